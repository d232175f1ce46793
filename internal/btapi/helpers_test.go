// What the tests share: a small API under a non-empty base path, and a clock.

package btapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"btrollout/internal/btapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	basePath = "/gateway/btalk/v1"
	secret   = "s3cret+/of-the-client"
	apiKey   = "0123456789abcdef0123456789abcdef01234567"
)

// bundle is an API and a client of it, made for each test.
type bundle struct {
	*btapi.Client
	server *httptest.Server
	mux    *http.ServeMux // below basePath
	clock  *clock
	pace   *pace

	tokens atomic.Int32 // that were handed out
}

// token is what the n-th token looks like.
func token(n int32) string { return fmt.Sprintf("token-number-%d", n) }

func newBundle(t *testing.T, change ...func(*btapi.Config)) *bundle {
	t.Helper()
	b := &bundle{mux: http.NewServeMux(), clock: &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}, pace: &pace{}}
	b.mux.HandleFunc("POST /token", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"token_type":"Bearer","access_token":%q,"expires_in":"3600"}`, token(b.tokens.Add(1)))
	})
	b.server = httptest.NewServer(http.StripPrefix(basePath, b.mux))
	cfg := btapi.Config{
		BaseURL:      b.server.URL + basePath + "/",
		TokenURL:     b.server.URL + basePath + "/token",
		ClientID:     "client",
		ClientSecret: secret,
		APIKey:       apiKey,
		Timeout:      20 * time.Second,
		Limiter:      b.pace,
		Now:          b.clock.Now,
	}
	for _, f := range change {
		f(&cfg)
	}
	client, err := btapi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b.Client = client
	t.Cleanup(func() {
		b.Close()
		b.server.Close()
	})
	return b
}

// answer has every call of a pattern answered alike.
func (b *bundle) answer(pattern string, status int, body string, headers ...string) {
	b.mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
}

// order places an order that may be sent for another minute.
func (b *bundle) order(ctx context.Context) (btapi.Order, error) {
	return b.OrderVoiceSite(ctx, "9999", anOrder, b.aMinute)
}

// aMinute announces an order that may be sent for another minute.
func (b *bundle) aMinute(context.Context) (time.Time, error) {
	return b.clock.Now().Add(time.Minute), nil
}

var anOrder = btapi.OrderRequest{
	CustomerOrderReference: "btr-1",
	Parameters:             btapi.OrderParameters{TechnicalSiteName: "LYON_1", CustomerSiteLabel: "Lyon", Country: "FR", VPNID: "vpn1"},
}

const (
	orderPath   = "POST /customers/9999/orders/voicesite"
	addressPath = "PUT /customers/9999/voicesites/vs1/voiceaddress"
)

// failure is err as an *Error, or the end of the test.
func failure(t *testing.T, err error) *btapi.Error {
	t.Helper()
	var e *btapi.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v (%T), want an *Error", err, err)
	}
	return e
}

// clock is set by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// pace is a limiter that lets everybody pass and remembers who came.
type pace struct {
	mu     sync.Mutex
	slots  int
	ranks  []int
	pauses []time.Duration
	onWait func(context.Context) error
}

func (p *pace) Wait(ctx context.Context, rank int) error {
	p.mu.Lock()
	p.slots++
	p.ranks = append(p.ranks, rank)
	f := p.onWait
	p.mu.Unlock()
	if f != nil {
		return f(ctx)
	}
	return ctx.Err()
}

func (p *pace) Throttled(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pauses = append(p.pauses, d)
}
