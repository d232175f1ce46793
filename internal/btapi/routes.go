// The paths of the API, in one table, and how a path is made from its pattern.

package btapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// A route is the method, the path pattern and the rank of a call. The pattern is relative to
// the base URL; each {name} stands for one segment.
type route struct {
	method, pattern string
	rank            int // for the limiter; the lowest is the most urgent
}

// The ranks of calls at the limiter, the most urgent first: so sites are finished before
// others are begun, and existing orders are read before new ones are made. An order has the rank of
// the calls that come before it, so that sites are ordered in the order in which they are begun: if
// orders came first, sites whose address is checked in a register would wait until no other site has an
// order to make.
const (
	rankAddress = iota // pushing an address, the last call for a site
	rankLook           // reading orders and voicesites
	rankOrder          // ordering, and everything that comes before it
	rankCount
)

var (
	routeMe        = route{http.MethodGet, "/me", rankOrder}                            // [G]
	routeCustomers = route{http.MethodGet, "/customers", rankOrder}                     // [A]
	routeVPNs      = route{http.MethodGet, "/customers/{customerCode}/vpns", rankOrder} // [A]

	routeCountry        = route{http.MethodGet, "/countries/{iso2}", rankOrder}                         // [A]
	routeConstraints    = route{http.MethodGet, "/countries/{iso2}/addressconstraints", rankOrder}      // [G]
	routeGeoConstraints = route{http.MethodGet, "/countries/{iso2}/geographicalconstraints", rankOrder} // [G]
	routeAddresses      = route{http.MethodGet, "/countries/{iso2}/addresses", rankOrder}               // [G]

	// One for each level of geographical areas. [G]
	routesGeoAreas = []route{
		{http.MethodGet, "/countries/{iso2}/geoareas/area1", rankOrder},
		{http.MethodGet, "/countries/{iso2}/geoareas/area1/{area1}/area2", rankOrder},
		{http.MethodGet, "/countries/{iso2}/geoareas/area1/{area1}/area2/{area2}/area3", rankOrder},
		{http.MethodGet, "/countries/{iso2}/geoareas/area1/{area1}/area2/{area2}/area3/{area3}/area4", rankOrder},
	}

	routeMakeOrder = route{http.MethodPost, "/{collection}/{customerCode}/orders/voicesite", rankOrder} // [G]
	routeOrder     = route{http.MethodGet, "/{collection}/{customerCode}/orders/{orderId}", rankLook}   // [A]
	routeOrders    = route{http.MethodGet, "/{collection}/{customerCode}/orders", rankLook}             // [A]

	routeVoiceSites = route{http.MethodGet, "/customers/{customerCode}/voicesites", rankLook}                               // [G]
	routeVoiceSite  = route{http.MethodGet, "/customers/{customerCode}/voicesites/{voiceSiteId}", rankLook}                 // [A]
	routeAddress    = route{http.MethodGet, "/customers/{customerCode}/voicesites/{voiceSiteId}/voiceaddress", rankOrder}   // [G]
	routePutAddress = route{http.MethodPut, "/customers/{customerCode}/voicesites/{voiceSiteId}/voiceaddress", rankAddress} // [G]; PUT [A]
)

// Query parameters.
const (
	queryOffset    = "offset"                 // zero-based [G]
	queryLimit     = "limit"                  // items of a page, 40 unless told [G]
	queryReference = "customerOrderReference" // exact match [A]
)

// String names the call in errors, without the values of its path.
func (r route) String() string { return r.method + " " + r.pattern }

// below puts the order paths below the collection that is configured.
func (r route) below(collection string) route {
	r.pattern = strings.Replace(r.pattern, "{collection}", url.PathEscape(collection), 1)
	return r
}

// changes reports whether the call may change something at the API.
func (r route) changes() bool { return r.method != http.MethodGet }

// single reports whether the call is about one order or voicesite.
func (r route) single() bool {
	return strings.Contains(r.pattern, "{orderId}") || strings.Contains(r.pattern, "{voiceSiteId}")
}

// path fills the pattern's segments, percent-encoded. It returns an error for a value that a
// server would read as another path.
func (r route) path(values ...string) (string, error) {
	path := r.pattern
	var out strings.Builder
	for _, value := range values {
		before, rest, _ := strings.Cut(path, "{")
		name, after, _ := strings.Cut(rest, "}")
		if value == "" || value == "." || value == ".." {
			return "", fmt.Errorf("%q cannot be a %s; correct it", value, name)
		}
		out.WriteString(before + url.PathEscape(value))
		path = after
	}
	return out.String() + path, nil
}
