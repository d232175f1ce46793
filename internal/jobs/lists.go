// Reads the orders under the references of one site, and recognises an API that offers no
// lists. How the whole account is read is in survey.go.

package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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

// ordersOf reads the orders under references. It finds an order that a survey of a moving
// list may miss. It returns the refusal if the API does not offer the search.
func (w *Worker) ordersOf(
	ctx context.Context, customer string, references ...string,
) (found []btapi.Order, refused *listRefusal, err error) {
	for _, reference := range references {
		orders, no, err := w.ordersUnder(ctx, customer, reference)
		if err != nil {
			return nil, nil, fmt.Errorf("looking for order %s: %w", reference, err)
		}
		found, refused = append(found, orders...), cmp.Or(refused, no)
	}
	return found, refused, nil
}

// ordersUnder reads the orders under one reference. A page that fails is asked for again, and
// the list does not begin again. It returns the refusal if the API does not offer the search.
func (w *Worker) ordersUnder(ctx context.Context, customer, reference string) ([]btapi.Order, *listRefusal, error) {
	var found []btapi.Order
	var page btapi.Retries
	for o, err := range w.API.Orders(ctx, customer, reference) {
		refused := notOffered(err)
		switch {
		case refused != nil:
			return found, refused, nil
		case err != nil && !page.Wait(ctx, err):
			return nil, nil, err
		case err == nil:
			page = btapi.Retries{}
			if o.CustomerOrderReference == reference {
				found = append(found, o)
			}
		}
	}
	return found, nil, nil
}
