// Tests of calls whose answer never comes, or not whole, and that no order is
// sent twice or too late.

package btapi_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"btrollout/internal/btapi"
)

// hijack takes the connection away from a handler that has read its request.
func hijack(w http.ResponseWriter, r *http.Request) net.Conn {
	io.Copy(io.Discard, r.Body)
	conn, _, _ := w.(http.Hijacker).Hijack()
	return conn
}

// brokenAnswers are the ways in which an answer does not come, or not whole.
var brokenAnswers = map[string]http.HandlerFunc{
	"reset": func(w http.ResponseWriter, r *http.Request) {
		conn := hijack(w, r)
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	},
	"closed": func(w http.ResponseWriter, r *http.Request) { hijack(w, r).Close() },
	"half a header": func(w http.ResponseWriter, r *http.Request) {
		conn := hijack(w, r)
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Le")
		conn.Close()
	},
	"half a body": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"orderId":"1"}`)
	},
	"half a chunked body": func(w http.ResponseWriter, r *http.Request) {
		conn := hijack(w, r)
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n{\"orderId\":\"1\"}")
		conn.Close()
	},
	"never": func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	},
	"never ends": func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, `{"orderId":"1"`)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	},
}

func TestAnswersThatDoNotCome(t *testing.T) {
	t.Parallel()
	for name, serve := range brokenAnswers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, func(cfg *btapi.Config) {
				if strings.HasPrefix(name, "never") { // long enough for the token, also on a busy machine
					cfg.Timeout = time.Second
				}
			})
			if _, err := b.Customers(t.Context()); err == nil { // has a connection kept alive
				t.Fatal("there are no customers")
			}
			var sent atomic.Int32
			b.mux.HandleFunc("/customers/9999/", func(w http.ResponseWriter, r *http.Request) {
				sent.Add(1)
				serve(w, r)
			})
			_, err := b.order(t.Context())
			if e := failure(t, err); e.Class != btapi.Transient || !e.Unknown || !strings.Contains(e.Error(), "look before trying again") {
				t.Errorf("order: %s, unknown %v, %v", e.Class, e.Unknown, e)
			}
			if sent.Load() != 1 {
				t.Errorf("the order was sent %d times", sent.Load())
			}
			_, err = b.VoiceSite(t.Context(), "9999", "vs1")
			if e := failure(t, err); e.Class != btapi.Transient || e.Unknown || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("voicesite: %s, unknown %v, %v", e.Class, e.Unknown, e)
			}
		})
	}
}

func TestEndlessAnswer(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	written := make(chan int, 1)
	b.mux.HandleFunc(orderPath, func(w http.ResponseWriter, _ *http.Request) {
		chunk, megabytes := []byte(strings.Repeat(" ", 1<<20)), 0
		for ; megabytes < 1<<10; megabytes++ {
			if _, err := w.Write(chunk); err != nil {
				break
			}
		}
		written <- megabytes
	})
	_, err := b.order(t.Context())
	if e := failure(t, err); e.Class != btapi.Transient || !e.Unknown || !strings.Contains(e.Error(), "longer than") {
		t.Errorf("%s, unknown %v, %v", e.Class, e.Unknown, e)
	}
	if got := <-written; got > 100 {
		t.Errorf("the server could write %d MB", got)
	}
}

func TestNothingIsUnknownWithoutAConnection(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	b := newBundle(t, func(cfg *btapi.Config) { cfg.Transport = unplugged(&down) })
	b.answer("GET /me", http.StatusOK, `{}`)
	if _, err := b.Me(t.Context()); err != nil { // there is a token
		t.Fatal(err)
	}
	down.Store(true)
	_, err := b.order(t.Context())
	if e := failure(t, err); e.Class != btapi.Transient || e.Unknown || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%s, unknown %v, %v", e.Class, e.Unknown, e)
	}
}

// unplugged connects again for every call, unless it is down. (The port of a
// server that was closed may be another test's by now.)
func unplugged(down *atomic.Bool) http.RoundTripper {
	return &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if down.Load() {
				return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}
}

// stage is a transport that does as it is told with everything but tokens.
type stage struct {
	http.RoundTripper
	play func(*http.Request) (*http.Response, error)
}

func (s stage) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/token") {
		return s.RoundTripper.RoundTrip(r)
	}
	return s.play(r)
}

func onStage(t *testing.T, play func(*http.Request) (*http.Response, error)) *bundle {
	return newBundle(t, func(cfg *btapi.Config) {
		transport := &http.Transport{}
		t.Cleanup(transport.CloseIdleConnections)
		cfg.Transport = stage{transport, play}
	})
}

// TestFailureBeforeTheBodyProvesThatNothingWasSent: a transport that fails
// before it reads the body can never send it afterwards.
func TestFailureBeforeTheBodyProvesThatNothingWasSent(t *testing.T) {
	t.Parallel()
	var body io.Reader
	b := onStage(t, func(r *http.Request) (*http.Response, error) {
		body = r.Body
		return nil, errors.New("no TLS today")
	})
	_, err := b.order(t.Context())
	if e := failure(t, err); e.Unknown || !strings.Contains(e.Error(), "no TLS today") {
		t.Errorf("unknown %v, %v", e.Unknown, e)
	}
	if n, err := body.Read(make([]byte, 100)); n != 0 || err == nil || err == io.EOF {
		t.Errorf("the body gave %d bytes away afterwards, %v", n, err)
	}
}

// TestTransportCannotReplay: what net/http repeats by itself needs GetBody or a
// header that says that repeating is harmless.
func TestTransportCannotReplay(t *testing.T) {
	t.Parallel()
	b := onStage(t, func(r *http.Request) (*http.Response, error) {
		if r.GetBody != nil || r.Header.Get("Idempotency-Key")+r.Header.Get("X-Idempotency-Key") != "" {
			t.Errorf("%s can be replayed", r.Method)
		}
		io.Copy(io.Discard, r.Body)
		return nil, errors.New("stop")
	})
	if _, err := b.order(t.Context()); !failure(t, err).Unknown {
		t.Errorf("got %v, want unknown", err)
	}
	if err := b.PutAddress(t.Context(), "9999", "vs1", nil, nil); !failure(t, err).Unknown {
		t.Errorf("got %v, want unknown", err)
	}
}

// TestDeadKeptConnectionIsNotReplayed: the server serves one request on a
// connection, takes the order on the same one, and hangs up. net/http would send
// a GET again.
func TestDeadKeptConnectionIsNotReplayed(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var posts atomic.Int32
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			in := bufio.NewReader(conn)
			for {
				r, err := http.ReadRequest(in)
				if err != nil {
					break
				}
				io.Copy(io.Discard, r.Body)
				if strings.HasSuffix(r.URL.Path, "/voicesite") {
					posts.Add(1)
					break
				}
				fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"access_token\":\"x\"}")
			}
			conn.Close()
		}
	}()
	b := newBundle(t, func(cfg *btapi.Config) {
		cfg.BaseURL = "http://" + listener.Addr().String() + "/v1"
		cfg.TokenURL = cfg.BaseURL + "/token"
	})
	_, err = b.order(t.Context())
	if e := failure(t, err); !e.Unknown || posts.Load() != 1 {
		t.Errorf("unknown %v after %d orders, %v", e.Unknown, posts.Load(), e)
	}
	b.Close()
	listener.Close()
	<-served
}

func TestCancelledByTheCaller(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	arrived := make(chan struct{})
	b.mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	for name, test := range map[string]struct {
		call    func(context.Context) error
		unknown bool
	}{
		"order": {func(ctx context.Context) error { _, err := b.order(ctx); return err }, true},
		"me":    {func(ctx context.Context) error { _, err := b.Me(ctx); return err }, false},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error)
		go func() { failed <- test.call(ctx) }()
		<-arrived
		cancel()
		err := <-failed
		if e := failure(t, err); !errors.Is(err, context.Canceled) || e.Unknown != test.unknown {
			t.Errorf("%s under way: unknown %v, %v", name, e.Unknown, err)
		}
		err = test.call(ctx)
		if e := failure(t, err); !errors.Is(err, context.Canceled) || e.Unknown {
			t.Errorf("%s not begun: unknown %v, %v", name, e.Unknown, err)
		}
	}
}

// An order is announced when everything else is ready, and once for each sending.
func TestAnOrderIsAnnouncedRightBeforeItIsSent(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	var events []string
	b.pace.onWait = func(context.Context) error {
		events = append(events, "slot")
		b.clock.advance(time.Hour) // costs the order none of its time
		return nil
	}
	sent := 0
	b.mux.HandleFunc(orderPath, func(w http.ResponseWriter, _ *http.Request) {
		events = append(events, "sent")
		if sent++; sent == 1 {
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, array(42))
			return
		}
		io.WriteString(w, `{"orderId":"1"}`)
	})
	_, err := b.OrderVoiceSite(t.Context(), "9999", anOrder, func(ctx context.Context) (time.Time, error) {
		events = append(events, "announced")
		return b.aMinute(ctx)
	})
	// Each of the two slots in which a token was fetched is followed by another.
	if got := strings.Join(events, "|"); err != nil || got != "slot|slot|announced|sent|slot|slot|announced|sent" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestAnOrderThatCannotBeAnnouncedIsNotSent(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	b.mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) { t.Error("the order was sent") })
	lost := errors.New("somebody else has the site")
	_, err := b.OrderVoiceSite(t.Context(), "9999", anOrder, func(context.Context) (time.Time, error) { return time.Time{}, lost })
	if !errors.Is(err, lost) {
		t.Errorf("got %v, want the announcement's own error", err)
	}
}

func TestAnOrderIsNotSentWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	b.mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) { t.Error("the order was sent") })
	_, err := b.OrderVoiceSite(t.Context(), "9999", anOrder, func(context.Context) (time.Time, error) { return b.clock.Now(), nil })
	if e := failure(t, err); !errors.Is(err, btapi.ErrTooLate) || e.Unknown || !strings.Contains(e.Error(), "nothing was sent") {
		t.Errorf("unknown %v, %v; want ErrTooLate", e.Unknown, err)
	}
}

// TestTooLateWhileConnecting: the connection takes until the time is over.
func TestTooLateWhileConnecting(t *testing.T) {
	t.Parallel()
	var b *bundle
	b = newBundle(t, func(cfg *btapi.Config) {
		dials := 0
		cfg.Transport = &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if dials++; dials > 1 { // the first is for the token
					b.clock.advance(time.Minute)
				}
				return (&net.Dialer{}).DialContext(ctx, network, address)
			},
		}
	})
	b.mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err == nil {
			t.Error("the order was sent")
		}
	})
	_, err := b.order(t.Context())
	if e := failure(t, err); !errors.Is(err, btapi.ErrTooLate) || e.Unknown {
		t.Errorf("unknown %v, %v; want ErrTooLate", e.Unknown, err)
	}
}

// TestAnswerToAnOrderThatWasNotSent: somebody answers the header alone.
func TestAnswerToAnOrderThatWasNotSent(t *testing.T) {
	t.Parallel()
	var b *bundle
	b = onStage(t, func(r *http.Request) (*http.Response, error) {
		b.clock.advance(time.Minute)
		if n, err := r.Body.Read(make([]byte, 100)); n != 0 || !errors.Is(err, btapi.ErrTooLate) {
			t.Errorf("the body gave %d bytes away, %v", n, err)
		}
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"orderId":"1"}`))}, nil
	})
	if _, err := b.order(t.Context()); !errors.Is(err, btapi.ErrTooLate) || failure(t, err).Unknown {
		t.Errorf("got %v, want ErrTooLate", err)
	}
}

func TestLimiterThatFails(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	down := errors.New("the limiter is down")
	b.pace.onWait = func(context.Context) error { return down }
	for name, call := range map[string]func() error{
		"order": func() error { _, err := b.order(t.Context()); return err },
		"me":    func() error { _, err := b.Me(t.Context()); return err },
	} {
		err := call()
		if e := (*btapi.Error)(nil); !errors.Is(err, down) || errors.As(err, &e) {
			t.Errorf("%s: %v (%T), want the limiter's error, and none of the API", name, err, err)
		}
	}
	if b.tokens.Load() != 0 {
		t.Error("a token was fetched without a slot")
	}

	b.pace.onWait = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := b.order(ctx); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, btapi.ErrTooLate) {
		t.Errorf("got %v, want the caller's own DeadlineExceeded", err)
	}
}

// long is a limiter's error: the pause ends after the caller's deadline.
type long struct{ error }

func (long) Unwrap() error             { return context.DeadlineExceeded }
func (long) RetryAfter() time.Duration { return time.Hour }

func TestATurnBeyondTheDeadlineIsNobodysFailure(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	for _, c := range []struct {
		said error
		wait time.Duration
	}{
		{fmt.Errorf("too late: %w", context.DeadlineExceeded), 0},
		{long{errors.New("a pause")}, time.Hour},
	} {
		b.pace.onWait = func(context.Context) error { return c.said }
		_, err := b.order(t.Context())
		if e := failure(t, err); e.Class != btapi.Throttle || e.RetryAfter != c.wait || e.Unknown {
			t.Errorf("%v: %s, come again after %v", c.said, e.Class, e.RetryAfter)
		}
	}
	if len(b.pace.pauses) > 0 {
		t.Error("the limiter was told to pause although the API said nothing")
	}
}

// TestWhatWasGivenUpDoesNotArriveLater: the rest of an order that was given up half sent,
// because its time or its caller's was over, must not be delivered by the operating
// system after the order was looked up in vain.
func TestWhatWasGivenUpDoesNotArriveLater(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	b := newBundle(t, func(cfg *btapi.Config) {
		cfg.BaseURL = "http://" + ln.Addr().String()
		cfg.Timeout = time.Minute
	})
	order := anOrder
	order.Parameters.CustomerSiteLabel = strings.Repeat("x", 16<<20) // more than fits into the buffers on the way
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	given := make(chan error, 1)
	go func() {
		_, err := b.OrderVoiceSite(ctx, "9999", order, b.aMinute)
		given <- err
	}()
	_ = ln.(*net.TCPListener).SetDeadline(time.Now().Add(time.Minute))
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.ReadFull(conn, make([]byte, 64<<10)); err != nil { // the head, and some of the body
		t.Fatal(err)
	}
	giveUp()
	if e := failure(t, <-given); !e.Unknown {
		t.Fatalf("the order was not given up half sent: %v", e)
	}
	if n, err := io.Copy(io.Discard, conn); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after the order was given up, %d bytes arrived, and then %v; want a reset", n, err)
	}
}
