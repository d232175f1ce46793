// Tests of how the token is fetched, shared and renewed.

package btapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"btrollout/internal/btapi"
)

// newBundleWithTokens has its own token endpoint, and a working API.
func newBundleWithTokens(t *testing.T, endpoint http.HandlerFunc, change ...func(*btapi.Config)) *bundle {
	t.Helper()
	b := newBundle(t, append(change, func(cfg *btapi.Config) { cfg.TokenURL += "s" })...)
	b.mux.HandleFunc("/tokens", endpoint)
	b.answer("/", http.StatusOK, `{}`)
	return b
}

func TestTokenRequest(t *testing.T) {
	t.Parallel()
	b := newBundleWithTokens(t, func(w http.ResponseWriter, r *http.Request) {
		id, password, _ := r.BasicAuth()
		if r.Method != "POST" || r.Header.Get("Accept") != "application/json" || id != "client" || password == "" ||
			r.FormValue("grant_type") != "client_credentials" || r.FormValue("client_secret") != "" {
			t.Errorf("%s %v %v", r.Method, r.Header, r.Form)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"x"}`)
	})
	if _, err := b.Me(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTokenIsKeptAndRenewedInTime(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	b.answer("GET /me", http.StatusOK, `{}`)
	for _, step := range []struct {
		pass   time.Duration
		tokens int32
	}{{0, 1}, {0, 1}, {53 * time.Minute, 1}, {2 * time.Minute, 2}, {10 * time.Minute, 2}} {
		b.clock.advance(step.pass)
		if _, err := b.Me(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := b.tokens.Load(); got != step.tokens {
			t.Errorf("at %v: %d tokens, want %d", b.clock.Now(), got, step.tokens)
		}
	}
}

func TestExpiredTokenIsRenewedOnceForAll(t *testing.T) {
	t.Parallel()
	const callers = 50
	b := newBundle(t)
	var refused sync.WaitGroup // the old token is refused when all of them hold it
	refused.Add(callers)
	var answers atomic.Int32
	b.mux.HandleFunc("GET /me", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer "+token(1) && answers.Add(1) > 1 {
			refused.Done()
			refused.Wait()
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, array(42))
			return
		}
		fmt.Fprint(w, `{"rightsProfile":"all"}`)
	})
	if _, err := b.Me(t.Context()); err != nil { // the token is valid for one call
		t.Fatal(err)
	}
	var calls sync.WaitGroup
	for range callers {
		calls.Go(func() {
			if me, err := b.Me(t.Context()); err != nil || me.RightsProfile != "all" {
				t.Errorf("got %v, %v", me, err)
			}
		})
	}
	calls.Wait()
	if got := b.tokens.Load(); got != 2 {
		t.Errorf("%d tokens, want the first and one more", got)
	}
}

func TestTokenThatTheAPIForgotIsNotKept(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	b.mux.HandleFunc("GET /me", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer "+token(1) {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, array(41))
			return
		}
		fmt.Fprint(w, `{"rightsProfile":"all"}`)
	})
	if _, err := b.Me(t.Context()); err != nil || b.tokens.Load() != 2 {
		t.Errorf("got %v, with %d tokens, want the call made again with a fresh one", err, b.tokens.Load())
	}
}

func TestFreshTokenRefusedIsTheAccount(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	var orders atomic.Int32
	b.mux.HandleFunc(orderPath, func(w http.ResponseWriter, _ *http.Request) {
		orders.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, array(42))
	})
	_, err := b.order(t.Context())
	e := failure(t, err)
	if e.Class != btapi.Account || e.Unknown || orders.Load() != 2 || b.tokens.Load() != 2 {
		t.Errorf("%v after %d orders and %d tokens; want the account blamed after two of each", e, orders.Load(), b.tokens.Load())
	}
}

func TestTokenFailures(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status int
		body   string
		class  btapi.Class
		names  string
	}{
		{401, `{"error":"invalid_client","error_description":"no such client"}`, btapi.Account, "invalid_client: no such client"},
		{400, `{"error":"invalid_client"}`, btapi.Account, "BT_CLIENT_ID and BT_CLIENT_SECRET"},
		{200, `{"error":"invalid_client"}`, btapi.Account, "BT_CLIENT_ID and BT_CLIENT_SECRET"},
		{403, page, btapi.Account, "BT_CLIENT_ID and BT_CLIENT_SECRET"},
		{404, page, btapi.Account, "BT_TOKEN_URL"},
		{401, array(42), btapi.Account, "BT_CLIENT_SECRET"},
		{302, "", btapi.Account, "BT_TOKEN_URL"},
		{429, `{"code":53,"message":"Too many"}`, btapi.Throttle, "fewer calls"},
		{403, `{"code":53,"message":"Too many"}`, btapi.Throttle, "fewer calls"},
		{500, page, btapi.Transient, "try again later"},
		{200, page, btapi.Transient, "try again later"},
		{200, `{}`, btapi.Transient, "try again later"},
	} {
		t.Run(fmt.Sprintf("%d %.20s", test.status, test.body), func(t *testing.T) {
			t.Parallel()
			b := newBundleWithTokens(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Retry-After", "9")
				w.Header().Set("Location", "/gateway/btalk/v1/token")
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.body)
			})
			_, err := b.order(t.Context())
			e := failure(t, err)
			if e.Class != test.class || e.Unknown || e.Op != "POST token" || !strings.Contains(e.Error(), test.names) {
				t.Errorf("%s, unknown %v, %v; want %s and %q", e.Class, e.Unknown, e, test.class, test.names)
			}
			if (e.Class == btapi.Throttle) != (len(b.pace.pauses) == 1 && b.pace.pauses[0] == 9*time.Second) {
				t.Errorf("the limiter was told %v", b.pace.pauses)
			}
			if b.tokens.Load() != 0 {
				t.Error("a redirect was followed with the credentials")
			}
		})
	}
}

func TestTokenEndpointDown(t *testing.T) {
	t.Parallel()
	b := newBundle(t, func(cfg *btapi.Config) { cfg.TokenURL = "http://127.0.0.1:1/token" })
	_, err := b.order(t.Context())
	if e := failure(t, err); e.Class != btapi.Transient || e.Unknown || !strings.Contains(e.Error(), "refused") {
		t.Errorf("got %v", e)
	}
}

func TestTokenEndpointSilent(t *testing.T) {
	t.Parallel()
	b := newBundleWithTokens(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	},
		func(cfg *btapi.Config) { cfg.Timeout = 50 * time.Millisecond })
	_, err := b.order(t.Context())
	if e := failure(t, err); e.Class != btapi.Transient || e.Unknown || !strings.Contains(e.Error(), "time for one exchange") {
		t.Errorf("got %v", e)
	}
}

// TestGivingUpOnATokenLeavesItToOthers: the caller who happened to start the
// fetch goes away, and the other one still gets the token.
func TestGivingUpOnATokenLeavesItToOthers(t *testing.T) {
	t.Parallel()
	asked, release := make(chan struct{}), make(chan struct{})
	var fetches atomic.Int32
	b := newBundleWithTokens(t, func(w http.ResponseWriter, _ *http.Request) {
		fetches.Add(1)
		close(asked)
		<-release
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"x"}`)
	})
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error)
	go func() {
		_, err := b.Me(ctx)
		gaveUp <- err
	}()
	<-asked
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want Canceled", err)
	}
	done := make(chan error)
	go func() {
		_, err := b.Me(t.Context())
		done <- err
	}()
	close(release)
	if err := <-done; err != nil || fetches.Load() != 1 {
		t.Errorf("got %v after %d fetches, want the token of the first", err, fetches.Load())
	}
}
