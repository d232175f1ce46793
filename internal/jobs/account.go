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
	"slices"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/identity"
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
	fieldNamed   = "n:"      // followed by identity.Alike of a technicalSiteName: JSON of the orders of names like it
	fieldUnder   = "o:"      // followed by a customerOrderReference: JSON of its orders that are not found by their name
	fieldSites   = "v:"      // followed by identity.Alike of a technicalSiteName: JSON of the voicesites, and who made them
	fieldRefused = "refused" // JSON of the refusal, if a list cannot be read
)

// holding is what an account holds that may be one site's.
type holding struct {
	orders  []btapi.Order // of a name like its own, or under its reference
	sites   []madeSite    // of a name like its own
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
	alike := identity.Alike(s.Name)
	fields := []string{fieldNamed + alike, fieldSites + alike, fieldRefused}
	for _, reference := range identity.References(b.Customer, s.Request) {
		fields = append(fields, fieldUnder+reference)
	}
	began, values, err := w.Ledger.Surveyed(ctx, b.Customer, fields...)
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
	var orders []btapi.Order
	noOrders, err := readAll(ctx, w.API.Orders(ctx, customer, ""), func(o btapi.Order) { orders = append(orders, o) })
	if err != nil {
		return fmt.Errorf("reading the account's orders: %w", err)
	}
	var sites []btapi.VoiceSite
	noSites, err := readAll(ctx, w.API.VoiceSites(ctx, customer), func(v btapi.VoiceSite) { sites = append(sites, v) })
	if err != nil {
		return fmt.Errorf("reading the account's voicesites: %w", err)
	}
	refused := cmp.Or(noOrders, noSites)
	w.Log.Info("the account was surveyed", "customer", customer, "orders", len(orders), "voicesites", len(sites))
	if refused != nil {
		w.Log.Warn("the API does not show all of the account's orders and voicesites; an order whose answer is lost will need a person", "customer", customer, "words", refused.Words)
	}
	fields, err := index(customer, orders, sites)
	if refused != nil {
		err = errors.Join(err, encode(fields, "", map[string]*refusal{fieldRefused: refused}))
	}
	if err != nil {
		return fmt.Errorf("keeping the survey of customer %s: %w", customer, err)
	}
	return w.Ledger.Survey(ctx, customer, began, maps.All(fields))
}

// index makes a survey's fields of all orders and voicesites of an account.
func index(customer string, orders []btapi.Order, sites []btapi.VoiceSite) (map[string]string, error) {
	named, under := map[string][]btapi.Order{}, map[string][]btapi.Order{}
	makers := map[string]btapi.Order{} // by the voiceSiteId that they name
	for _, o := range orders {
		if o.VoiceSiteID != "" && !o.Failed() {
			makers[o.VoiceSiteID] = o
		}
		name := o.Parameters.TechnicalSiteName
		if name != "" {
			named[identity.Alike(name)] = append(named[identity.Alike(name)], o)
		}
		// An API may call a site otherwise than it was ordered: the reference tells.
		if name == "" || identity.IsOwn(o.CustomerOrderReference) && !identity.IsOwnOf(o.CustomerOrderReference, customer, name) {
			under[o.CustomerOrderReference] = append(under[o.CustomerOrderReference], o)
		}
	}
	made := map[string][]madeSite{}
	for _, v := range sites {
		maker, alike := makers[v.VoiceSiteID], identity.Alike(v.TechnicalSiteName)
		made[alike] = append(made[alike], madeSite{v, maker.OrderID, maker.CustomerOrderReference})
	}
	fields := map[string]string{}
	err := errors.Join(encode(fields, fieldNamed, named), encode(fields, fieldUnder, under), encode(fields, fieldSites, made))
	return fields, err
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

// readHolding reads the fields of a survey that account asked for. An order may stand
// under several of them.
func readHolding(values []string) (holding, error) {
	var h holding
	into := []any{&h.orders, &h.sites, &h.refused}
	var under [2][]btapi.Order // a site has as many references at most
	for i := range under {
		into = append(into, &under[i])
	}
	for i, value := range values {
		if value == "" {
			continue
		}
		if err := json.Unmarshal([]byte(value), into[i]); err != nil {
			return holding{}, fmt.Errorf("the survey of the account cannot be read: %w", err)
		}
	}
	h.add(slices.Concat(under[:]...))
	return h, nil
}

// add adds orders that the holding does not have yet.
func (h *holding) add(orders []btapi.Order) {
	for _, o := range orders {
		if o.OrderID == "" || !slices.ContainsFunc(h.orders, func(other btapi.Order) bool { return other.OrderID == o.OrderID }) {
			h.orders = append(h.orders, o)
		}
	}
}

// ordersOf reads the orders under a site's references: of all ways to look for an
// order, the one that a list which moves cannot lead astray. It is no error if the API
// does not offer it.
func (w *Worker) ordersOf(ctx context.Context, customer string, s rollout.Site) ([]btapi.Order, error) {
	var found []btapi.Order
	for _, reference := range identity.References(customer, s.Request) {
		_, err := readAll(ctx, w.API.Orders(ctx, customer, reference), func(o btapi.Order) {
			if o.CustomerOrderReference == reference {
				found = append(found, o)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("looking for order %s: %w", reference, err)
		}
	}
	return found, nil
}
