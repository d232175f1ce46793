// Routing and what every call goes through before its own handler sees it. What
// each call does lives in catalog.go, addresses.go, orders.go and voicesites.go.

package btsim

import (
	"crypto/rand"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// The two rights profiles. "readonly" is the guide's; the other is assumed [A].
const (
	profileReadOnly  = "readonly"
	profileReadWrite = "readwrite"
)

// requestID is the header that names a call to Orange's support [S].
const requestID = "X-Oapi-Request-Id"

// noSuchCall is what the books call every path that no route takes.
const noSuchCall = "no such call"

// handler answers a call, or returns why it refuses to.
type handler func(w http.ResponseWriter, r *http.Request) *fault

// layer wraps a handler into something that every call goes through.
type layer func(handler) handler

// routes lists every call. Source: docs/api.md, "Calls".
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
	mux.Handle(BasePath, s.api(noSuchCall, stray(mux)))
	mux.Handle(BasePath+"/", s.api(noSuchCall, stray(mux)))
	mux.Handle("POST "+TokenPath, s.serve("POST "+TokenPath, s.breakDown(s.postToken)))
	mux.Handle("GET "+StatsPath, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.Stats())
	}))
	mux.Handle("/", s.serve(noSuchCall, stray(mux)))

	misspelt := s.api(noSuchCall, missing)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The mux would redirect a sloppy path to the clean one, and so hide a
		// client that cannot spell.
		if p := r.URL.EscapedPath(); p != path.Clean(p) {
			misspelt.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// api is the way of every API call, from the outside in. Faults on purpose strike
// behind the books.
func (s *Sim) api(call string, h handler) http.Handler {
	layers := []layer{
		s.lengthen,
		s.delay,
		s.throttle,
		s.breakDown,
		s.spoil,
		s.arrestSpikes,
		s.expireTokens,
		s.authenticate,
		requireAccept,
		s.requireAPIKey,
	}
	for i := len(layers) - 1; i >= 0; i-- {
		h = layers[i](h)
	}
	return s.serve(call, func(w http.ResponseWriter, r *http.Request) *fault {
		s.locked(func(now time.Time) { s.books.arrive(now) })
		return h(w, r)
	})
}

// serve is the one place where a call enters the books, gets its request id, and
// has its refusal written.
func (s *Sim) serve(call string, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(requestID, rand.Text())
		s.locked(func(time.Time) { s.books.calls[call]++ })
		if f := h(w, r); f != nil {
			s.locked(func(time.Time) { s.books.refused[refusal{call, f.status, f.code}]++ })
			f.write(w)
		}
	})
}

// locked runs do alone, and tells it the time.
func (s *Sim) locked(do func(now time.Time)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do(s.options.Now())
}

func (s *Sim) delay(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) *fault {
		if s.options.Latency > 0 {
			select {
			case <-time.After(s.options.Latency):
			case <-r.Context().Done():
			}
		}
		return next(w, r)
	}
}

// arrestSpikes lets Options.Rate calls through within any second.
// Source: docs/api.md, "Errors", 403 code 53 and known figures [S].
func (s *Sim) arrestSpikes(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) *fault {
		allowed := true
		s.locked(func(now time.Time) { allowed = s.apiWindow.allow(now) })
		if !allowed {
			return block(http.StatusForbidden, codeTooManyRequests, "The application made more than %d calls within a second.", s.options.Rate)
		}
		return next(w, r)
	}
}

func (s *Sim) authenticate(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) *fault {
		header := r.Header.Get("Authorization")
		if header == "" {
			return block(http.StatusUnauthorized, codeNoCredentials, "The request carries no Authorization header.")
		}
		var known, expired bool
		s.locked(func(now time.Time) {
			token, _ := strings.CutPrefix(header, "Bearer ")
			expiry, found := s.tokens[token]
			known, expired = found && token != header, !now.Before(expiry)
		})
		switch {
		case !known:
			return block(http.StatusUnauthorized, codeBadCredentials, "The access token is not known.")
		case expired:
			return block(http.StatusUnauthorized, codeTokenExpired, "The access token has expired: get a new one.")
		}
		return next(w, r)
	}
}

func requireAccept(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) *fault {
		if !acceptsJSON(r) {
			return notAcceptable()
		}
		return next(w, r)
	}
}

// requireAPIKey refuses with an account error, as docs/api.md classifies 403.
// Source: Business Talk getting started guide, section "Get your API KEY".
func (s *Sim) requireAPIKey(next handler) handler {
	key := s.Credentials().APIKey
	return func(w http.ResponseWriter, r *http.Request) *fault {
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
func (s *Sim) requireWrite() *fault {
	if s.options.Profile == profileReadOnly {
		return refuse(http.StatusForbidden, codeForbiddenUser, "The api key's profile is readonly: it can neither order nor change anything.")
	}
	return nil
}

// stray answers what no route takes: 405 for a known path, 404 otherwise.
func stray(mux *http.ServeMux) handler {
	return func(_ http.ResponseWriter, r *http.Request) *fault {
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
		return missing(nil, nil)
	}
}

func missing(http.ResponseWriter, *http.Request) *fault {
	return block(http.StatusNotFound, codeNotFound, "There is no resource at this path.")
}

// acceptsJSON wants application/json by name: the platform answers 406 without.
func acceptsJSON(r *http.Request) bool {
	for _, accepted := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		if media, _, err := mime.ParseMediaType(accepted); err == nil && media == "application/json" {
			return true
		}
	}
	return false
}

func notAcceptable() *fault {
	return block(http.StatusNotAcceptable, codeNotAcceptable, "The Accept header must name application/json.")
}

// window lets limit events through within any span of time; 0 lets all.
type window struct {
	span   time.Duration
	limit  int
	passed []time.Time // the events let through within the last span
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
