// How an account is surveyed: its lists are read to their end and kept. Which survey
// a site needs, and what the fields of a survey mean, is in account.go.
package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"

	"btrollout/internal/btapi"
	"btrollout/internal/identity"
	"btrollout/internal/rollout"
)

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
		w.Log.Warn("the API does not show all of the account's orders and voicesites; an order whose answer is lost will need a person",
			"customer", customer, "words", refused.Words)
	}
	fields, err := index(customer, orders, sites)
	if err == nil && refused != nil {
		err = encode(fields, "", map[string]*refusal{fieldRefused: refused})
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
