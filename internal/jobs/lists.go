// Reads the orders under the references of one site, and recognises an API that offers no
// lists. How the whole account is read is in survey.go.

package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"

	"btrollout/internal/btapi"
)

// notOffered returns the refusal if an error says that the API does not offer a list: it
// refuses the list, or answers 404 at its path, which is assumed. Otherwise it is nil.
func notOffered(err error) *listRefusal {
	var api *btapi.Error
	if errors.As(err, &api) && (api.Class == btapi.Site || api.HTTPStatus == http.StatusNotFound) {
		return &listRefusal{api.Words(), api.RequestID}
	}
	return nil
}

// readAll calls take for every item of a list. A page that fails is asked for again, and
// the list does not begin again. It returns the refusal if the API does not offer the list.
func readAll[T any](ctx context.Context, items iter.Seq2[T, error], take func(T)) (*listRefusal, error) {
	var page btapi.Retries
	for item, err := range items {
		if err == nil {
			page = btapi.Retries{}
			take(item)
			continue
		}
		if refused := notOffered(err); refused != nil {
			return refused, nil
		}
		if !page.Wait(ctx, err) {
			return nil, err
		}
	}
	return nil, nil
}

// ordersOf reads the orders under references. It finds an order that a survey of a moving
// list may miss. It returns the refusal if the API does not offer the search.
func (w *Worker) ordersOf(
	ctx context.Context, customer string, references ...string,
) (found []btapi.Order, refused *listRefusal, err error) {
	for _, reference := range references {
		no, err := readAll(ctx, w.API.Orders(ctx, customer, reference), func(o btapi.Order) {
			if o.CustomerOrderReference == reference {
				found = append(found, o)
			}
		})
		if err != nil {
			return nil, nil, fmt.Errorf("looking for order %s: %w", reference, err)
		}
		refused = cmp.Or(refused, no)
	}
	return found, refused, nil
}
