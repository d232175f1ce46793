// The gate: it counts calls, and answers those that a test chooses.

package simtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// The names of calls. Any other call is named by its method and the last part of its
// path, such as "GET /addresses".
const (
	CallOrder      = "POST an order"
	CallOrders     = "GET all orders"
	CallOrdersOf   = "GET the orders under a reference"
	CallPoll       = "GET an order"
	CallVoicesites = "GET all voicesites"
	CallAddress    = "PUT an address"
	CallMe         = "GET me"
)

// A Rule either answers a call instead of the simulator, and returns true, or returns false to
// let the call through. The function carry sends the call to the simulator, and returns the
// answer to the rule instead of the client.
type Rule func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool

// Gate is a handler between client and simulator: it counts the calls, and answers those that
// its rule answers. The zero value lets every call through. It is safe for concurrent use.
type Gate struct {
	Rule Rule // of a new gate; Set replaces it while the gate is in use; nil: no call is answered

	mu    sync.Mutex
	calls map[string][]time.Time
}

// Set replaces the rule; nil lets every call through.
func (g *Gate) Set(r Rule) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.Rule = r
}

// Times returns the times at which a call came, oldest first.
func (g *Gate) Times(call string) []time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]time.Time{}, g.calls[call]...)
}

// Count returns how often any of these calls came.
func (g *Gate) Count(calls ...string) int {
	n := 0
	for _, call := range calls {
		n += len(g.Times(call))
	}
	return n
}

// Between wraps the simulator's handler, for Start.
func (g *Gate) Between(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		call := callOf(q)
		g.mu.Lock()
		rule := g.Rule
		if g.calls == nil {
			g.calls = map[string][]time.Time{}
		}
		g.calls[call] = append(g.calls[call], time.Now())
		g.mu.Unlock()
		carry := func() *httptest.ResponseRecorder {
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, q)
			return answer
		}
		if rule == nil || !rule(call, w, q, carry) {
			next.ServeHTTP(w, q)
		}
	})
}

// callOf names a call.
func callOf(q *http.Request) string {
	last := q.URL.Path[strings.LastIndex(q.URL.Path, "/"):]
	switch {
	case q.Method == http.MethodPost && last == "/voicesite":
		return CallOrder
	case q.Method == http.MethodPut:
		return CallAddress
	case last == "/orders" && q.URL.Query().Has("customerOrderReference"):
		return CallOrdersOf
	case last == "/orders":
		return CallOrders
	case strings.Contains(q.URL.Path, "/orders/"):
		return CallPoll
	case last == "/voicesites":
		return CallVoicesites
	case last == "/me":
		return CallMe
	}
	return q.Method + " " + last
}

// Refuse answers with an HTTP status and an error code of the API; code 0: with a page that is not
// the API's. It returns true, as a Rule that answered does.
func Refuse(w http.ResponseWriter, status, code int) bool {
	if code == 0 {
		http.Error(w, "<html>no</html>", status)
		return true
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `[{"code":%d,"message":"Refused","description":"on purpose"}]`, code)
	return true
}

// Answering returns a rule that always refuses one call, and lets all others through.
func Answering(which string, status, code int) Rule {
	return func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
		return call == which && Refuse(w, status, code)
	}
}
