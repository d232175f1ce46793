// The survey of an account: all its orders and voicesites are read once, for every
// site that has to know what exists already. Before a batch orders anything, and
// when the answer to an order was lost, sites look here and not at the API.
package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"net/http"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

const (
	// surveyHold is how long a survey whose worker died keeps the next from beginning.
	surveyHold = 15 * time.Second
	// surveyPause is about how long a site waits for a survey under way.
	surveyPause = time.Second
)

// What a survey's fields are called in the ledger.
const (
	fieldNamed   = "n:"      // followed by a technicalSiteName: JSON of its orders, without those that failed
	fieldUnnamed = "o:"      // followed by a customerOrderReference: JSON of its orders of which the API tells no name
	fieldSites   = "v:"      // followed by a technicalSiteName: JSON of its voicesites, and who made them
	fieldRefused = "refused" // JSON of the refusal, if a list cannot be read
)

// holding is what an account holds that may be one site's.
type holding struct {
	orders  []btapi.Order // of its name, or under its reference and without a name; without those that failed
	sites   []madeSite    // of its name
	refused *refusal      // nil: both lists were read to their end
}

// madeSite is a voicesite, and the order that made it, as far as the orders tell.
type madeSite struct {
	Site      btapi.VoiceSite `json:"site"`
	OrderID   string          `json:"order,omitempty"`
	Reference string          `json:"reference,omitempty"`
}

// refusal says that the API does not show a list.
type refusal struct {
	Words     string `json:"words"`
	RequestID string `json:"request,omitempty"`
}

// knownSince is when a survey must have begun, at the earliest, for a batch to order
// by it: after the batch was created, and, in a ledger that remembers nothing of
// what was sent before it began, when all of that has arrived and can be seen.
func (w *Worker) knownSince(b rollout.Batch) time.Time {
	if seen := b.Ledger.Add(w.Unseen); seen.After(b.Entered) {
		return seen
	}
	return b.Entered
}

// account tells what the account holds that may be a site's, by a survey that began
// at since or later. If there is none, this site or another one makes it.
func (w *Worker) account(ctx context.Context, b rollout.Batch, s rollout.Site, since time.Time) (holding, error) {
	began, values, err := w.Ledger.Surveyed(ctx, b.Customer,
		fieldNamed+s.Name, fieldUnnamed+rollout.OrderReference(b.Customer, s.Request), fieldSites+s.Name, fieldRefused)
	if err != nil {
		return holding{}, err
	}
	if !began.IsZero() && !began.Before(since) {
		return readHolding(values)
	}
	if early := since.Sub(w.Now()); early > 0 {
		return holding{}, &waiting{delay: early, reason: "this Redis remembers nothing yet; what was ordered before must be seen first"}
	}
	wait := &waiting{delay: surveyPause + rand.N(surveyPause), reason: "the account is being surveyed"}
	duty := "survey:" + b.Customer
	mine, err := w.Ledger.Hold(ctx, duty, surveyHold)
	if err != nil {
		return holding{}, err
	}
	if !mine {
		return holding{}, wait
	}
	rest := w.Retry.pause(1) // nobody tries sooner after one that failed
	if err = w.Ledger.WhileHolding(ctx, duty, surveyHold, func() error { return w.survey(ctx, b.Customer) }); err == nil {
		rest = w.Settle / 2 // for sites that need the next one to gather
	}
	if e := w.Ledger.Keep(ctx, duty, rest); err == nil {
		err = e
	}
	if err != nil {
		return holding{}, err
	}
	return w.account(ctx, b, s, since)
}

// survey reads the account's orders and voicesites, and keeps what it saw.
func (w *Worker) survey(ctx context.Context, customer string) error {
	began, err := w.Ledger.Clock(ctx)
	if err != nil {
		return err
	}
	named, unnamed, sites := map[string][]btapi.Order{}, map[string][]btapi.Order{}, map[string][]madeSite{}
	makers := map[string]btapi.Order{} // by the voiceSiteId that they name
	noOrders, err := readAll(ctx, w.API.Orders(ctx, customer, ""), func(o btapi.Order) {
		if o.Failed() {
			return
		}
		makers[o.VoiceSiteID] = o
		if name := o.Parameters.TechnicalSiteName; name != "" {
			named[name] = append(named[name], o)
		} else {
			unnamed[o.CustomerOrderReference] = append(unnamed[o.CustomerOrderReference], o)
		}
	})
	if err != nil {
		return fmt.Errorf("reading the account's orders: %w", err)
	}
	noSites, err := readAll(ctx, w.API.VoiceSites(ctx, customer), func(v btapi.VoiceSite) {
		maker := makers[v.VoiceSiteID]
		sites[v.TechnicalSiteName] = append(sites[v.TechnicalSiteName], madeSite{v, maker.OrderID, maker.CustomerOrderReference})
	})
	if err != nil {
		return fmt.Errorf("reading the account's voicesites: %w", err)
	}
	refused := cmp.Or(noOrders, noSites)
	w.Log.Info("the account was surveyed", "customer", customer, "sites_with_orders", len(named), "orders_without_a_name", len(unnamed), "names_of_voicesites", len(sites))
	if refused != nil {
		w.Log.Warn("the API does not show all of the account's orders and voicesites; an order whose answer is lost will need a person", "customer", customer, "words", refused.Words)
	}
	fields := map[string]string{}
	err = errors.Join(encode(fields, fieldNamed, named), encode(fields, fieldUnnamed, unnamed), encode(fields, fieldSites, sites))
	if refused != nil {
		err = errors.Join(err, encode(fields, "", map[string]*refusal{fieldRefused: refused}))
	}
	if err != nil {
		return fmt.Errorf("keeping the survey of customer %s: %w", customer, err)
	}
	return w.Ledger.Survey(ctx, customer, began, maps.All(fields))
}

// notOffered finds in an error that the API does not offer a list: it refuses it, or
// knows nothing at its path, which is assumed.
func notOffered(err error) *refusal {
	var api *btapi.Error
	if errors.As(err, &api) && (api.Class == btapi.Site || api.HTTPStatus == http.StatusNotFound) {
		return &refusal{api.Words(), api.RequestID}
	}
	return nil
}

// readAll hands over every item of a list, and asks patiently for a page that fails,
// rather than begin anew. It gives the refusal if the API does not offer the list.
func readAll[T any](ctx context.Context, items iter.Seq2[T, error], take func(T)) (*refusal, error) {
	var page patience
	for item, err := range items {
		if err == nil {
			page.tries = 0
			take(item)
			continue
		}
		if refused := notOffered(err); refused != nil {
			return refused, nil
		}
		if !page.waitedOut(ctx, err) {
			return nil, err
		}
	}
	return nil, nil
}

// encode enters values into a survey's fields.
func encode[T any](fields map[string]string, prefix string, values map[string]T) error {
	for name, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		fields[prefix+name] = string(text)
	}
	return nil
}

func readHolding(values []string) (holding, error) {
	var h holding
	var unnamed []btapi.Order
	for i, into := range []any{&h.orders, &unnamed, &h.sites, &h.refused} {
		if values[i] == "" {
			continue
		}
		if err := json.Unmarshal([]byte(values[i]), into); err != nil {
			return holding{}, fmt.Errorf("the survey of the account cannot be read: %w", err)
		}
	}
	h.orders = append(h.orders, unnamed...)
	return h, nil
}

// ordersOf reads the orders under one reference: of all ways to look for an order,
// the one that a list which moves cannot lead astray. It is no error if the API
// does not offer it.
func (w *Worker) ordersOf(ctx context.Context, customer, reference string) ([]btapi.Order, error) {
	var live []btapi.Order
	_, err := readAll(ctx, w.API.Orders(ctx, customer, reference), func(o btapi.Order) {
		if !o.Failed() && o.CustomerOrderReference == reference {
			live = append(live, o)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("looking for order %s: %w", reference, err)
	}
	return live, nil
}
