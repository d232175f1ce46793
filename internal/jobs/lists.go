// Orders that are looked for by the reference of one site, and what an answer means that
// does not offer a list. How the whole account is read is in survey.go.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"

	"btrollout/internal/btapi"
)

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

// ordersOf reads the orders under references: of all ways to look for an order, the one
// that a list which moves cannot lead astray. It is no error if the API does not offer it.
func (w *Worker) ordersOf(ctx context.Context, customer string, references ...string) ([]btapi.Order, error) {
	var found []btapi.Order
	for _, reference := range references {
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
