// The calls of docs/api.md. Each returns an *Error when it fails.

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

// Me returns what the API key may do. Its error says whether the account works.
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

// Country returns what is offered in a country. An IsNotFound error means that the country is
// not covered.
func (c *Client) Country(ctx context.Context, iso2 string) (Country, error) {
	isAsked := func(got Country) bool { return got.ISO2 == "" || strings.EqualFold(got.ISO2, iso2) }
	return getIf(ctx, c, isAsked, routeCountry, iso2)
}

// AddressConstraints returns what a country asks of each address element. An element that it
// does not list must not be sent. Constraints that name another country are an error.
func (c *Client) AddressConstraints(ctx context.Context, iso2 string) (map[string]Constraint, error) {
	isAsked := func(got constraints) bool { return got.iso2 == "" || strings.EqualFold(got.iso2, iso2) }
	got, err := getIf(ctx, c, isAsked, routeConstraints, iso2)
	return got.elements, err
}

// GeographicalConstraints returns which elements must name a geographical area, and whether
// the API derives the dial zone.
func (c *Client) GeographicalConstraints(ctx context.Context, iso2 string) (GeographicalConstraints, error) {
	return get[GeographicalConstraints](ctx, c, routeGeoConstraints, iso2)
}

// GeoAreas lists geographical areas: those of area1 without parents, those of area2 in
// parents[0] with one parent, and so on to area4.
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

// Addresses lists the addresses that match the elements, each in the form that PutAddress
// takes; none: there is no such address. An IsNotFound error means that the country has no
// address API. Addresses reads one page: enough to distinguish no match, one, and many.
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

// ErrTooLate means that send-before of an order or an address came before it could be sent.
// At most the header of the request was sent, without its body.
var ErrTooLate = errors.New("the time for sending was over, and nothing was sent; begin the next attempt")

// An Announcement is called right before an order or an address is sent, after the wait for
// the limiter and the token. sendBefore is the time at or after which the call is not sent.
// If it returns an error, the call is not sent, and OrderVoiceSite or PutAddress returns that
// error.
type Announcement func(context.Context) (sendBefore time.Time, err error)

// OrderVoiceSite orders a voicesite. Every order that arrives costs money, and the API has no
// idempotency key: so the order is announced and sent once, and not at or after send-before
// (ErrTooLate). After a 401, which proves that nothing was done, it is announced and sent once
// more. Error.Unknown says whether an order may exist although the call failed.
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

// Order returns an order. An answer about no order or another one is a Transient error. An
// order without an id gets the id that was asked for.
func (c *Client) Order(ctx context.Context, customer, orderID string) (Order, error) {
	isAsked := func(got Order) bool { return got.OrderID == "" || got.OrderID == orderID }
	order, err := getIf(ctx, c, isAsked, routeOrder.below(c.collection), customer, orderID)
	if err == nil {
		order.OrderID = orderID
	}
	return order, err
}

// Orders reads a customer's orders: all, or those with a reference unless it is "". After an
// error the caller may continue: the page that failed is then read again. An order that does
// not come may exist all the same, because the list may move while it is read.
func (c *Client) Orders(ctx context.Context, customer, reference string) iter.Seq2[Order, error] {
	return list(ctx, c, c.ordersCall(customer, reference), orderKey)
}

// ReadOrders reads the next page of a customer's orders and returns its items and the reading
// after it. Items of earlier pages may come again. If it fails, it returns r as it was;
// ErrEndless means that the list is too long to be read.
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
	Total  int // number of orders on all pages; -1: not told
}

// OrdersFrom reads one page of a customer's orders, from the zero-based offset on. After the
// end of the list the page is empty.
func (c *Client) OrdersFrom(ctx context.Context, customer string, offset int) (OrderPage, error) {
	p, err := page(ctx, c, c.ordersCall(customer, ""), orderKey, offset)
	answer := OrderPage{make([]Order, len(p.items)), p.total}
	for i, o := range p.items {
		answer.Orders[i] = o.Value
	}
	return answer, err
}

// ReadVoiceSites reads the next page of a customer's voicesites as ReadOrders does of orders.
func (c *Client) ReadVoiceSites(ctx context.Context, customer string, r Reading) ([]Item[VoiceSite], Reading, error) {
	return read(ctx, c, voiceSitesCall(customer), voiceSiteKey, r)
}

func voiceSitesCall(customer string) call {
	return call{route: routeVoiceSites, values: []string{customer}}
}

func voiceSiteKey(v VoiceSite) string { return v.VoiceSiteID }

// VoiceSite returns a voicesite. An answer about another one is a Transient error. A
// voicesite without an id gets the id that was asked for.
func (c *Client) VoiceSite(ctx context.Context, customer, voiceSiteID string) (VoiceSite, error) {
	isAsked := func(got VoiceSite) bool { return got.VoiceSiteID == "" || got.VoiceSiteID == voiceSiteID }
	site, err := getIf(ctx, c, isAsked, routeVoiceSite, customer, voiceSiteID)
	if err == nil {
		site.VoiceSiteID = voiceSiteID
	}
	return site, err
}

// PutAddress sets the address of a voicesite. Like an order, it is announced and sent once,
// and not at or after send-before (ErrTooLate); after a 401 it is announced and sent once
// more. If announce is nil, it is sent at any time. Error.Unknown says whether the address may
// still arrive although the call failed.
func (c *Client) PutAddress(ctx context.Context, customer, voiceSiteID string, elements map[string]string, announce Announcement) error {
	_, err := c.do(ctx, call{route: routePutAddress, values: []string{customer, voiceSiteID}, body: elements, announce: announce})
	return err
}

// Address returns the stored address of a voicesite. An empty answer is an empty address: an
// API may answer so when none is stored.
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

// get makes a call without query and body, and decodes its answer.
func get[T any](ctx context.Context, c *Client, r route, values ...string) (T, error) {
	return getIf(ctx, c, func(T) bool { return true }, r, values...)
}

// getIf is get for an answer that may be about something else than was asked for. isAsked
// reports whether it is about that; otherwise getIf returns a Transient error.
func getIf[T any](ctx context.Context, c *Client, isAsked func(T) bool, r route, values ...string) (T, error) {
	var zero T
	x, err := c.do(ctx, call{route: r, values: values})
	if err != nil {
		return zero, err
	}
	v, err := decode[T](c, x)
	if err == nil && !isAsked(v) {
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
