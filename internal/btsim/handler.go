// The routes, and the layers that every call passes before its own handler.

package btsim

import (
	"crypto/rand"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// The rights profiles: "readonly" [G], the other [A].
const (
	profileReadOnly  = "readonly"
	profileReadWrite = "readwrite"
)

// requestID is the header that identifies a call for Orange's support [S].
const requestID = "X-Oapi-Request-Id"

// noSuchCall is the name in the books of calls without a route.
const noSuchCall = "no such call"

// handler answers a call, or returns its refusal.
type handler func(w http.ResponseWriter, r *http.Request) *refusal

// layer adds to a handler what every call passes.
type layer func(handler) handler

// routes serves every call. Source: docs/api.md, "Calls".
func (s *Sim) routes() http.Handler {
	mux := http.NewServeMux()
	for call, h := range map[string]handler{
		"GET /me":                                                          s.getMe,
		"GET /customers":                                                   s.listCustomers,
		"GET /customers/{customerCode}/vpns":                               s.listVPNs,
		"GET /countries/{iso2}":                                            s.getCountry,
		"GET /countries/{iso2}/addressconstraints":                         s.getAddressConstraints,
		"GET /countries/{iso2}/geographicalconstraints":                    s.getGeographicalConstraints,
		"GET /countries/{iso2}/geoareas/area1":                             s.listAreas,
		"GET /countries/{iso2}/geoareas/area1/{area1}/area2":               s.listAreas,
		"GET /countries/{iso2}/geoareas/area1/{area1}/area2/{area2}/area3": s.listAreas,
		"GET /countries/{iso2}/geoareas/area1/{area1}/area2/{area2}/area3/{area3}/area4": s.listAreas,
		"GET /countries/{iso2}/addresses":                                                s.listAddresses,
		"POST /customers/{customerCode}/orders/voicesite":                                s.postOrder,
		"GET /customers/{customerCode}/orders":                                           s.listOrders,
		"GET /customers/{customerCode}/orders/{orderId}":                                 s.getOrder,
		"GET /customers/{customerCode}/voicesites":                                       s.listVoicesites,
		"GET /customers/{customerCode}/voicesites/{voiceSiteId}":                         s.getVoicesite,
		"PUT /customers/{customerCode}/voicesites/{voiceSiteId}/voiceaddress":            s.putVoiceAddress,
		"GET /customers/{customerCode}/voicesites/{voiceSiteId}/voiceaddress":            s.getVoiceAddress,
	} {
		method, resource, _ := strings.Cut(call, " ")
		mux.Handle(method+" "+BasePath+resource, s.api(call, h))
	}
	mux.Handle(BasePath, s.api(noSuchCall, noRoute(mux)))
	mux.Handle(BasePath+"/", s.api(noSuchCall, noRoute(mux)))
	mux.Handle("POST "+TokenPath, s.serve("POST "+TokenPath, s.failBefore(s.postToken)))
	mux.Handle("GET "+StatsPath, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.Stats())
	}))
	mux.Handle("/", s.serve(noSuchCall, noRoute(mux)))

	misspelt := s.api(noSuchCall, noResource)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The mux would redirect a path that is not clean, and so hide a fault of the
		// client.
		if p := r.URL.EscapedPath(); p != path.Clean(p) {
			misspelt.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// api adds the layers of API calls to a handler, from the outside in. The books are outside
// the faults.
func (s *Sim) api(call string, h handler) http.Handler {
	layers := []layer{
		s.lengthenRefusal,
		s.delay,
		s.throttle,
		s.failBefore,
		s.spoilAnswer,
		s.limitRate,
		s.expireTokens,
		s.authenticate,
		requireAccept,
		s.requireAPIKey,
	}
	for i := len(layers) - 1; i >= 0; i-- {
		h = layers[i](h)
	}
	return s.serve(call, func(w http.ResponseWriter, r *http.Request) *refusal {
		s.locked(func(now time.Time) { s.books.arrive(now) })
		return h(w, r)
	})
}

// serve records a call in the books, sets its request id, and writes its refusal.
func (s *Sim) serve(call string, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(requestID, rand.Text())
		s.locked(func(time.Time) { s.books.calls[call]++ })
		if f := h(w, r); f != nil {
			s.locked(func(time.Time) { s.books.refused[refusedCall{call, f.status, f.code}]++ })
			f.write(w)
		}
	})
}

// locked calls do with the time, under the lock.
func (s *Sim) locked(do func(now time.Time)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do(s.options.Now())
}

// delay applies Options.Latency.
func (s *Sim) delay(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) *refusal {
		if s.options.Latency > 0 {
			select {
			case <-time.After(s.options.Latency):
			case <-r.Context().Done():
			}
		}
		return next(w, r)
	}
}

// limitRate accepts Options.Rate calls within any second.
// Source: docs/api.md, "Errors", 403 code 53 and known figures [S].
func (s *Sim) limitRate(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) *refusal {
		allowed := true
		s.locked(func(now time.Time) { allowed = s.apiWindow.allow(now) })
		if !allowed {
			return refuseAtGateway(http.StatusForbidden, codeTooManyRequests,
				"The application made more than %d calls within a second.", s.options.Rate)
		}
		return next(w, r)
	}
}

// authenticate refuses calls without a valid access token.
func (s *Sim) authenticate(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) *refusal {
		header := r.Header.Get("Authorization")
		if header == "" {
			return refuseAtGateway(http.StatusUnauthorized, codeNoCredentials, "The request carries no Authorization header.")
		}
		var known, expired bool
		s.locked(func(now time.Time) {
			token, _ := strings.CutPrefix(header, "Bearer ")
			expiry, found := s.tokens[token]
			known, expired = found && token != header, !now.Before(expiry)
		})
		switch {
		case !known:
			return refuseAtGateway(http.StatusUnauthorized, codeBadCredentials, "The access token is not known.")
		case expired:
			return refuseAtGateway(http.StatusUnauthorized, codeTokenExpired, "The access token has expired: get a new one.")
		}
		return next(w, r)
	}
}

// requireAccept refuses calls that do not accept JSON.
func requireAccept(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) *refusal {
		if !acceptsJSON(r) {
			return notAcceptable()
		}
		return next(w, r)
	}
}

// requireAPIKey refuses calls without the API key: 403, an account error by docs/api.md.
// Source: Business Talk getting started guide, section "Get your API KEY".
func (s *Sim) requireAPIKey(next handler) handler {
	key := s.Credentials().APIKey
	return func(w http.ResponseWriter, r *http.Request) *refusal {
		switch r.Header.Get("X-BT-API-KEY") {
		case key:
			return next(w, r)
		case "":
			return refuse(http.StatusForbidden, codeBadAPIKey, "The request carries no X-BT-API-KEY header.")
		}
		return refuse(http.StatusForbidden, codeBadAPIKey, "The api key is not known.")
	}
}

// requireWrite refuses a readonly profile.
func (s *Sim) requireWrite() *refusal {
	if s.options.Profile == profileReadOnly {
		return refuse(http.StatusForbidden, codeForbiddenUser, "The api key's profile is readonly: it can neither order nor change anything.")
	}
	return nil
}

// noRoute refuses calls without a route: 405 for a known path, 404 otherwise.
func noRoute(mux *http.ServeMux) handler {
	return func(_ http.ResponseWriter, r *http.Request) *refusal {
		var methods []string
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut} {
			other := &http.Request{Method: method, URL: r.URL, Host: r.Host}
			if _, pattern := mux.Handler(other); strings.HasPrefix(pattern, method+" ") {
				methods = append(methods, method)
			}
		}
		if methods != nil {
			return notAllowed(methods)
		}
		return noResource(nil, nil)
	}
}

func noResource(http.ResponseWriter, *http.Request) *refusal {
	return refuseAtGateway(http.StatusNotFound, codeNotFound, "There is no resource at this path.")
}

// acceptsJSON reports whether a request accepts application/json by name; the platform answers
// others with 406.
func acceptsJSON(r *http.Request) bool {
	for _, accepted := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		if media, _, err := mime.ParseMediaType(accepted); err == nil && media == "application/json" {
			return true
		}
	}
	return false
}

func notAcceptable() *refusal {
	return refuseAtGateway(http.StatusNotAcceptable, codeNotAcceptable, "The Accept header must name application/json.")
}

// window accepts limit events within any span of time; limit 0: all.
type window struct {
	span   time.Duration
	limit  int
	passed []time.Time // the accepted events of the last span
}

func (w *window) allow(now time.Time) bool {
	if w.limit == 0 {
		return true
	}
	for len(w.passed) > 0 && now.Sub(w.passed[0]) >= w.span {
		w.passed = w.passed[1:]
	}
	if len(w.passed) >= w.limit {
		return false
	}
	w.passed = append(w.passed, now)
	return true
}
