// Package simtest has the simulator of the API behind HTTP for tests, with a client of it. A Gate
// between the two counts the calls, and can answer them instead of the simulator. For tests in
// virtual time, the simulator needs no sockets, and a Link is a network, with its failures, between
// a machine and a server: the simulator or a Redis (redistest.Virtual).
package simtest

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
)

// clientTimeout is how long the client waits for one answer. It is long, so that on a slow machine
// the client does not repeat a call that a test counts.
const clientTimeout = time.Minute

// API is a simulator and a client of it.
type API struct {
	Sim    *btsim.Sim
	Access btapi.Config // of Client
	Client *btapi.Client
	serve  serving
	dial   dialer // of a server in memory
}

// serving is a function that serves a handler until the test ends.
type serving func(testing.TB, http.Handler) reached

// reached is how a server is reached.
type reached struct {
	baseURL, tokenURL string
	transport         http.RoundTripper // nil: any
	dial              dialer            // nil: over the network
}

// Start starts a simulator behind a socket, which is stopped with the test. The function between,
// unless nil, wraps the simulator's handler. The functions change, called last, may change the
// client's settings.
func Start(t testing.TB, o btsim.Options, between func(http.Handler) http.Handler, change ...func(*btapi.Config)) *API {
	t.Helper()
	return start(t, serve, o, between, change)
}

// StartInMemory is Start without sockets, so that the test may run in virtual time, in a
// bubble of testing/synctest. The functions change find the transport that reaches the
// simulator in Config.Transport.
func StartInMemory(t testing.TB, o btsim.Options, between func(http.Handler) http.Handler, change ...func(*btapi.Config)) *API {
	t.Helper()
	return start(t, serveInMemory, o, between, change)
}

func start(
	t testing.TB, serve serving, o btsim.Options, between func(http.Handler) http.Handler, change []func(*btapi.Config),
) *API {
	t.Helper()
	sim, err := btsim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	a := &API{Sim: sim, serve: serve}
	handler := sim.Handler()
	if between != nil {
		handler = between(handler)
	}
	id := sim.Credentials()
	a.Access = btapi.Config{ClientID: id.ClientID, ClientSecret: id.ClientSecret, APIKey: id.APIKey, Timeout: clientTimeout}
	at := serve(t, handler)
	a.Access.BaseURL, a.Access.TokenURL, a.Access.Transport, a.dial = at.baseURL, at.tokenURL, at.transport, at.dial
	for _, c := range change {
		c(&a.Access)
	}
	a.Client = a.Connect(t, nil)
	return a
}

// serve serves a handler behind a socket.
func serve(t testing.TB, handler http.Handler) reached {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return reached{baseURL: server.URL + btsim.BasePath, tokenURL: server.URL + btsim.TokenPath}
}

// Connect makes one more client of the same account. The function change, unless nil, may change
// its settings. The client is closed when the test ends.
func (a *API) Connect(t testing.TB, change func(*btapi.Config)) *btapi.Client {
	t.Helper()
	access := a.Access
	if change != nil {
		change(&access)
	}
	client, err := btapi.New(access)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// Elsewhere makes a client of the same account whose calls pass no gate and no limiter.
func (a *API) Elsewhere(t testing.TB) *btapi.Client {
	t.Helper()
	at := a.serve(t, a.Sim.Handler())
	return a.Connect(t, func(c *btapi.Config) {
		c.BaseURL, c.TokenURL, c.Transport = at.baseURL, at.tokenURL, at.transport
		c.Limiter, c.Timeout = nil, clientTimeout
	})
}

// Until waits until a condition holds, for a minute at most. If it does not hold by then, the test
// fails with a message that begins with what.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: never", what)
		}
	}
}
