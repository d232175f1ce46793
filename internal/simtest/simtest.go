// Package simtest gives a test the simulator of the API behind real HTTP, with a client
// of it. A Gate between the two counts the calls, and answers those that a test wants to
// be answered otherwise.
package simtest

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
)

// clientTimeout is how long the client waits for one answer: long, so that a slow machine
// does not make it send a call again that a test counts.
const clientTimeout = time.Minute

// API is a simulator and a client of it.
type API struct {
	Sim    *btsim.Sim
	Access btapi.Config // what Client is made of
	Client *btapi.Client
}

// Start starts a simulator, which is stopped with the test. Between, unless nil, wraps
// the simulator's handler. The functions change, called last, may change how the client
// is made.
func Start(t testing.TB, o btsim.Options, between func(http.Handler) http.Handler, change ...func(*btapi.Config)) *API {
	t.Helper()
	sim, err := btsim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	a := &API{Sim: sim}
	handler := sim.Handler()
	if between != nil {
		handler = between(handler)
	}
	id := sim.Credentials()
	a.Access = btapi.Config{ClientID: id.ClientID, ClientSecret: id.ClientSecret, APIKey: id.APIKey, Timeout: clientTimeout}
	a.Access.BaseURL, a.Access.TokenURL = serve(t, handler)
	for _, c := range change {
		c(&a.Access)
	}
	a.Client = a.Connect(t, nil)
	return a
}

// serve serves a handler over HTTP until the test ends, and returns its addresses.
func serve(t testing.TB, handler http.Handler) (baseURL, tokenURL string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL + btsim.BasePath, server.URL + btsim.TokenPath
}

// Connect makes one more client of the same account, which change, unless nil, may make
// otherwise. It is closed with the test.
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
	baseURL, tokenURL := serve(t, a.Sim.Handler())
	return a.Connect(t, func(c *btapi.Config) {
		c.BaseURL, c.TokenURL = baseURL, tokenURL
		c.Limiter, c.Transport, c.Timeout = nil, nil, clientTimeout
	})
}

// Until waits until a condition holds, for a minute at most. If it does not hold by then,
// the test fails, and says what was waited for.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: never", what)
		}
	}
}
