// Every call of docs/api.md. Each returns an *Error when it fails. How a call
// is carried is in exchange.go, how a list is read in pages.go.

package btapi

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Me says what the API key may do, and so whether the account works at all.
func (c *Client) Me(ctx context.Context) (Profile, error) {
	return get[Profile](ctx, c, routeMe)
}

// Customers lists the accounts that the API key may manage.
func (c *Client) Customers(ctx context.Context) ([]Customer, error) {
	return collect(list[Customer](ctx, c, call{route: routeCustomers}, nil))
}

// VPNs lists a customer's voice VPNs.
func (c *Client) VPNs(ctx context.Context, customer string) ([]VPN, error) {
	return collect(list[VPN](ctx, c, call{route: routeVPNs, values: []string{customer}}, nil))
}

// Country says what is offered in a country. IsNotFound: it is not covered.
func (c *Client) Country(ctx context.Context, iso2 string) (Country, error) {
	return getOf(ctx, c, func(got Country) bool { return got.ISO2 == "" || strings.EqualFold(got.ISO2, iso2) }, routeCountry, iso2)
}

// AddressConstraints says what a country asks of each address element. An
// element that is missing must not be sent. Rules that name another country are an
// error.
func (c *Client) AddressConstraints(ctx context.Context, iso2 string) (map[string]Constraint, error) {
	asked := func(got constraints) bool { return got.iso2 == "" || strings.EqualFold(got.iso2, iso2) }
	got, err := getOf(ctx, c, asked, routeConstraints, iso2)
	return got.elements, err
}

// GeographicalConstraints says which elements must name a geographical area,
// and who chooses the dial zone.
func (c *Client) GeographicalConstraints(ctx context.Context, iso2 string) (GeographicalConstraints, error) {
	return get[GeographicalConstraints](ctx, c, routeGeoConstraints, iso2)
}

// GeoAreas lists the areas below the given ones: those of area1 when no parent
// is given, those of area2 in parents[0], and so on to area4.
func (c *Client) GeoAreas(ctx context.Context, iso2 string, parents ...string) ([]string, error) {
	if len(parents) >= len(routesGeoAreas) {
		deepest := routesGeoAreas[len(routesGeoAreas)-1]
		return nil, unsendable(deepest, errors.New("there are four levels of areas; name three parents at most"))
	}
	k := call{route: routesGeoAreas[len(parents)], values: append([]string{iso2}, parents...)}
	areas, err := collect(list[area](ctx, c, k, nil))
	names := make([]string, len(areas))
	for i, a := range areas {
		names[i] = string(a)
	}
	return names, err
}

// Addresses lists the addresses that match the given elements, each in the
// shape that PutAddress takes; none: there is no such address. IsNotFound: the
// country has no address API. It reads one page, for one call is enough to tell
// no match, one, and many.
func (c *Client) Addresses(ctx context.Context, iso2 string, elements map[string]string) ([]map[string]string, error) {
	query := url.Values{}
	for element, value := range elements {
		if value != "" {
			query.Set(element, value) // [A]
		}
	}
	p, err := page[address](ctx, c, call{route: routeAddresses, values: []string{iso2}, query: query}, nil, 0)
	addresses := make([]map[string]string, len(p.items))
	for i, a := range p.items {
		addresses[i] = a.Value
	}
	return addresses, err
}

// ErrTooLate says that the time of an order or an address was over before it could be
// sent. Nothing of it was sent: at most the header of a request whose body never follows.
var ErrTooLate = errors.New("the time for sending was over, and nothing was sent; begin the next attempt")

// An Announcement is made right before an order or an address is sent, when the turn to
// call has come and only the sending is left. It tells until when the call may be sent.
// Its error keeps the call from being sent, and is what OrderVoiceSite or PutAddress
// returns.
type Announcement func(context.Context) (sendBefore time.Time, err error)

// OrderVoiceSite orders a voicesite. Every order that arrives costs money, and
// the API knows no idempotency key: so it is sent once, after announce, and not at
// all at or after the moment that announce named (ErrTooLate). When an answer
// proves that nothing was done, because the token had expired, it is announced and
// sent once more. The error's Unknown says whether an order may exist although the
// call failed.
func (c *Client) OrderVoiceSite(ctx context.Context, customer string, r OrderRequest, announce Announcement) (Order, error) {
	x, err := c.do(ctx, call{route: routeMakeOrder.below(c.collection), values: []string{customer}, body: r, announce: announce})
	if err != nil {
		return Order{}, err
	}
	order, err := decode[Order](c, x)
	if err == nil && order.OrderID == "" && order.VoiceSiteID == "" {
		x.err = errors.New("the answer names neither an order nor a voicesite")
		return Order{}, c.classify(x)
	}
	return order, err
}

// Order says how an order stands. An answer that is about no order, or about another
// one, says nothing: it is Transient. One that leaves its number out is taken for the
// order that was asked for.
func (c *Client) Order(ctx context.Context, customer, orderID string) (Order, error) {
	order, err := getOf(ctx, c, func(got Order) bool { return got.OrderID == "" || got.OrderID == orderID },
		routeOrder.below(c.collection), customer, orderID)
	if err == nil {
		order.OrderID = orderID
	}
	return order, err
}

// Orders reads a customer's orders, those with the given reference only unless
// it is "". An error need not be the end: if the caller goes on, the page that failed is
// asked for again. The API promises no order of items while others write: an order
// that is missing may exist all the same. ReadOrders reads them step by step.
func (c *Client) Orders(ctx context.Context, customer, reference string) iter.Seq2[Order, error] {
	return list(ctx, c, c.ordersCall(customer, reference), orderKey)
}

// ReadOrders reads the next page of a customer's orders, and gives the reading after it:
// items that were seen before may come again. When it fails, the reading is as before;
// ErrEndless says that it cannot be read to its end.
func (c *Client) ReadOrders(ctx context.Context, customer string, r Reading) ([]Item[Order], Reading, error) {
	return read(ctx, c, c.ordersCall(customer, ""), orderKey, r)
}

func (c *Client) ordersCall(customer, reference string) call {
	k := call{route: routeOrders.below(c.collection), values: []string{customer}, query: url.Values{}}
	if reference != "" {
		k.query.Set(queryReference, reference)
	}
	return k
}

func orderKey(o Order) string { return o.OrderID }

// OrderPage is one page of a customer's orders.
type OrderPage struct {
	Orders []Order
	Total  int // how many orders there are on all pages; -1: not told
}

// OrdersFrom reads one page of a customer's orders, from the zero-based offset on. An
// empty page is the end of the list.
func (c *Client) OrdersFrom(ctx context.Context, customer string, offset int) (OrderPage, error) {
	p, err := page(ctx, c, c.ordersCall(customer, ""), orderKey, offset)
	answer := OrderPage{make([]Order, len(p.items)), p.total}
	for i, o := range p.items {
		answer.Orders[i] = o.Value
	}
	return answer, err
}

// VoiceSites reads a customer's voicesites; Orders says what else holds.
func (c *Client) VoiceSites(ctx context.Context, customer string) iter.Seq2[VoiceSite, error] {
	return list(ctx, c, voiceSitesCall(customer), voiceSiteKey)
}

// ReadVoiceSites reads the next page of a customer's voicesites; ReadOrders says what
// else holds.
func (c *Client) ReadVoiceSites(ctx context.Context, customer string, r Reading) ([]Item[VoiceSite], Reading, error) {
	return read(ctx, c, voiceSitesCall(customer), voiceSiteKey, r)
}

func voiceSitesCall(customer string) call {
	return call{route: routeVoiceSites, values: []string{customer}}
}

func voiceSiteKey(v VoiceSite) string { return v.VoiceSiteID }

// VoiceSite gives one voicesite. An answer about another one is Transient; one that
// leaves its id out is taken for the voicesite that was asked for.
func (c *Client) VoiceSite(ctx context.Context, customer, voiceSiteID string) (VoiceSite, error) {
	site, err := getOf(ctx, c, func(got VoiceSite) bool { return got.VoiceSiteID == "" || got.VoiceSiteID == voiceSiteID },
		routeVoiceSite, customer, voiceSiteID)
	if err == nil {
		site.VoiceSiteID = voiceSiteID
	}
	return site, err
}

// PutAddress gives a voicesite its address. Like an order, it is sent once, after
// announce, and not at all at or after the moment that announce named (ErrTooLate);
// when the token had expired, it is announced and sent once more. Without announce
// (nil) it is sent at any time. The error's Unknown says whether the address may
// arrive although the call failed: an older address must not arrive after a newer one.
func (c *Client) PutAddress(ctx context.Context, customer, voiceSiteID string, elements map[string]string, announce Announcement) error {
	_, err := c.do(ctx, call{route: routePutAddress, values: []string{customer, voiceSiteID}, body: elements, announce: announce})
	return err
}

// Address gives a voicesite's address as it is stored. An empty answer gives an empty
// address: an API may say so that none is stored. The caller then pushes the address
// again, which does no harm.
func (c *Client) Address(ctx context.Context, customer, voiceSiteID string) (map[string]string, error) {
	x, err := c.do(ctx, call{route: routeAddress, values: []string{customer, voiceSiteID}})
	if err != nil {
		return nil, err
	}
	stored := address{}
	if x.status == http.StatusNoContent {
		return stored, nil
	}
	if x.err = json.Unmarshal(x.body, &stored); x.err != nil {
		return nil, c.classify(x)
	}
	return stored, nil
}

// get makes a call that has neither query nor body, and decodes its answer.
func get[T any](ctx context.Context, c *Client, r route, values ...string) (T, error) {
	return getOf(ctx, c, func(T) bool { return true }, r, values...)
}

// getOf is get for an answer of which asked tells whether it is about what was asked for.
// If it is not, it proves nothing, and the error is Transient.
func getOf[T any](ctx context.Context, c *Client, asked func(T) bool, r route, values ...string) (T, error) {
	var zero T
	x, err := c.do(ctx, call{route: r, values: values})
	if err != nil {
		return zero, err
	}
	v, err := decode[T](c, x)
	if err == nil && !asked(v) {
		x.err = errForeign
		return zero, c.classify(x)
	}
	return v, err
}

// collect reads a list to its end.
func collect[T any](items iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for item, err := range items {
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, nil
}
