// This file tests the order in which addresses arrive: an older one never replaces a newer
// one, whether its worker froze, died or lost an answer. To which site a voicesite belongs,
// and what happens to a site whose voicesite is gone, is in voicesite_test.go.

package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btapi"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

const callReadAddress = "GET /voiceaddress"

// movedSite is the row of site(row), uploaded again with another house number.
func movedSite(row int) rollout.Site {
	s := site(row)
	s.Address["hno"] = "7"
	return s
}

// hold keeps the first who comes waiting until it is opened.
type hold struct {
	came    atomic.Bool
	arrived chan struct{}
	opened  chan struct{}
	Open    func()
}

func newHold() *hold {
	h := &hold{arrived: make(chan struct{}), opened: make(chan struct{})}
	h.Open = sync.OnceFunc(func() { close(h.opened) })
	return h
}

// pass returns at once for all but the first.
func (h *hold) pass(ctx context.Context) {
	if h.came.Swap(true) {
		return
	}
	close(h.arrived)
	select {
	case <-h.opened:
	case <-ctx.Done():
	}
}

// holdingLimiter keeps the first address waiting for its turn.
type holdingLimiter struct{ *hold }

func (l holdingLimiter) Wait(ctx context.Context, rank int) error {
	if rank == 0 { // the rank of addresses
		l.pass(ctx)
	}
	return ctx.Err()
}

func (holdingLimiter) Throttled(time.Duration) {}

// roundTrip carries calls as it likes.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// elsewhereProvisioned does what another worker does that was given the same task: it
// sends the address of row 2 of a batch, and moves the site on.
func (r *rig) elsewhereProvisioned(batch string) {
	r.t.Helper()
	r.putElsewhere(batch)
	_, s, err := r.ledger.Load(r.t.Context(), batch, 2)
	if err == nil {
		s.State = rollout.Provisioned
		_, _, err = r.ledger.Advance(r.t.Context(), s, time.Time{})
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// putElsewhere has the address of row 2 of a batch arrive.
func (r *rig) putElsewhere(batch string) {
	r.t.Helper()
	_, s, err := r.ledger.Load(r.t.Context(), batch, 2)
	if err == nil {
		err = r.elsewhere().PutAddress(r.t.Context(), r.sim.Credentials().CustomerCode, s.Progress.VoiceSiteID, s.Push, nil)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// waitsOrDone waits until row 2 of a batch has ended, or its address has to wait.
func (r *rig) waitsOrDone(batch string) {
	r.t.Helper()
	r.wait(batch, func(b rollout.Batch) bool {
		for _, set := range []string{"retry", "scheduled"} {
			keys, err := r.rdb.Keys(r.t.Context(), "asynq:*address*:"+set).Result()
			if err == nil && len(keys) > 0 {
				return true
			}
		}
		return b.Open() == 0
	})
}

// newestAddress checks that the books have the address of movedSite(2).
func (r *rig) newestAddress(batch string) {
	r.t.Helper()
	r.wait(batch, isDone)
	r.ended(batch, "2", rollout.Provisioned, "")
	r.judge(batch)
}

func TestAddress_OldOneWaitsForItsTurn(t *testing.T) {
	virtually(t, func(t *testing.T) {
		turn := newHold()
		g := &simtest.Gate{}
		r := newVirtualRig(t, instantly, g.Between, func(c *btapi.Config) { c.Limiter = holdingLimiter{turn} })
		r.submit("b1", site(2))
		stop := r.startWorker()
		t.Cleanup(turn.Open)
		<-turn.arrived
		r.elsewhereProvisioned("b1")
		r.submit("b2", movedSite(2))
		r.wait("b2", isDone)
		turn.Open()
		stop()
		r.newestAddress("b2")
		if n := g.Count(simtest.CallAddress); n != 1 {
			t.Errorf("the worker sent %d addresses, want the newer one only", n)
		}
	})
}

// The old address was announced, and its worker freezes before the first byte is sent.
func TestAddress_OldOneIsFrozenWhileItIsSent(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]bool{"it may still be sent": false, "it is too late": true} {
		runVirtually(t, name, func(t *testing.T) {
			sending := newHold()
			r := newVirtualRig(t, instantly, nil, func(c *btapi.Config) {
				next := c.Transport
				c.Transport = roundTrip(func(q *http.Request) (*http.Response, error) {
					if q.Method == http.MethodPut {
						sending.pass(q.Context())
					}
					return next.RoundTrip(q)
				})
			})
			r.submit("b1", site(2))
			stop := r.startWorker()
			t.Cleanup(sending.Open)
			<-sending.arrived
			r.elsewhereProvisioned("b1")
			r.submit("b2", movedSite(2))
			r.waitsOrDone("b2")
			if late {
				r.wait("b2", isDone)
			}
			sending.Open()
			r.wait("b2", isDone)
			stop()
			r.newestAddress("b2")
		})
	}
}

// The answer to the old address is lost, its site is given up, and the request arrives
// when the newer address has been uploaded.
func TestAddress_OldOneArrivesLate(t *testing.T) {
	virtually(t, func(t *testing.T) {
		first := firstOf()
		r := newVirtualRig(t, instantly, nil, func(c *btapi.Config) {
			next := c.Transport
			c.Transport = roundTrip(func(q *http.Request) (*http.Response, error) {
				if q.Method != http.MethodPut || !first("address") {
					return next.RoundTrip(q)
				}
				_, _ = io.Copy(io.Discard, q.Body) // it left, and no answer comes
				return nil, errors.New("connection reset")
			})
		})
		r.config.Retry.Tries, r.config.Timeout = 1, 3*time.Second
		r.submit("b1", site(2))
		stop := r.startWorker()
		r.wait("b1", func(b rollout.Batch) bool { return b.Counts[rollout.Failed] == 1 })
		r.ended("b1", "2", rollout.Failed, jobs.CodeUnavailable)
		r.submit("b2", movedSite(2))
		r.waitsOrDone("b2")
		r.putElsewhere("b1") // now it arrives
		r.newestAddress("b2")
		stop()
	})
}

// The same site's next try need not wait, but what it left under way is waited for.
func TestAddress_LateArrivalAfterTheSameSiteWasProvisioned(t *testing.T) {
	virtually(t, func(t *testing.T) {
		first := firstOf()
		r := newVirtualRig(t, instantly, nil, func(c *btapi.Config) {
			next := c.Transport
			c.Transport = roundTrip(func(q *http.Request) (*http.Response, error) {
				if q.Method != http.MethodPut || !first("address") {
					return next.RoundTrip(q)
				}
				_, _ = io.Copy(io.Discard, q.Body)
				return nil, errors.New("connection reset")
			})
		})
		r.config.Timeout = 3 * time.Second
		r.submit("b1", site(2))
		stop := r.startWorker()
		r.wait("b1", func(b rollout.Batch) bool { return b.Counts[rollout.Provisioned] == 1 })
		r.submit("b2", movedSite(2))
		r.waitsOrDone("b2")
		r.putElsewhere("b1")
		r.newestAddress("b2")
		stop()
	})
}

// A worker dies when it has announced the old address.
func TestAddress_WorkerDiesWhileItSends(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, instantly, nil)
		r.config.Timeout, r.config.StopWithin = 3*time.Second, patience
		r.submit("b1", site(2))
		m := &machine{strike: http.MethodPut, kill: true, struck: make(chan struct{})}
		stopDead := r.worker(t, m)
		<-m.struck
		r.elsewhereProvisioned("b1")
		stop := r.startWorker()
		r.submit("b2", movedSite(2))
		r.waitsOrDone("b2")
		r.putElsewhere("b1") // what the dead worker had sent
		r.newestAddress("b2")
		stop()
		m.mu.Lock() // its process still runs in this test: it is let go on, so that it ends
		m.dead = false
		m.mu.Unlock()
		stopDead()
		r.judge("b2")
	})
}

// After a restart of Redis, which may have lost the announcement of an older address that is
// under way, newer ones wait until that has arrived.
func TestAddress_WaitsForThoseSentBeforeARestart(t *testing.T) {
	virtually(t, func(t *testing.T) {
		const recovery = 20 * time.Second
		g := &simtest.Gate{}
		r := newVirtualRig(t, instantly, g.Between)
		r.config.RecoveryDelay = recovery
		stop := r.startWorker()
		r.submit("b1", site(2))
		r.wait("b1", isDone)
		for _, id := range []string{"first", "second"} {
			on := r.rdb.Conn()
			runID := func(context.Context, *redis.Conn) (string, error) { return id, nil }
			if err := (ledger.RestartWatch{RunID: runID, Now: time.Now, MaxOffset: time.Second}).OnConnect(t.Context(), on); err != nil {
				t.Fatal(err)
			}
			on.Close()
		}
		restarted := time.Now()
		r.submit("b2", movedSite(2))
		r.newestAddress("b2")
		stop()
		puts := g.Times(simtest.CallAddress)
		if after := puts[len(puts)-1].Sub(restarted); len(puts) != 2 || after < recovery-r.config.Settle {
			t.Errorf("%d addresses were sent, the last one %s after the restart", len(puts), after)
		}
	})
}

// crossed is a rig whose first address is lost, and arrives once more right after each
// address for which again says so. Its batch b1 was given up.
func crossed(t *testing.T, again func(n int) bool, read simtest.Rule) (*rig, *simtest.Gate) {
	t.Helper()
	var mu sync.Mutex
	var old []byte
	n := 0
	g := &simtest.Gate{}
	g.Set(func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
		if call == callReadAddress && read != nil {
			return read(call, w, q, carry)
		}
		if call != simtest.CallAddress {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		body, _ := io.ReadAll(q.Body)
		carryThis := func(body []byte) *httptest.ResponseRecorder {
			q.Body, q.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			return carry()
		}
		if n++; n == 1 {
			old = body
			return simtest.Refuse(w, http.StatusServiceUnavailable, 5)
		}
		answer := carryThis(body)
		if again(n) {
			carryThis(old)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer.Body.Bytes())
		return true
	})
	r := newVirtualRig(t, instantly, g.Between)
	r.config.Retry.Tries, r.config.Timeout = 1, 100*time.Millisecond
	r.submit("b1", site(2))
	stop := r.startWorker()
	r.wait("b1", isDone)
	stop()
	r.ended("b1", "2", rollout.Failed, jobs.CodeUnavailable)
	r.config.Retry.Tries = 4
	return r, g
}

// What arrives even after it could not arrive any more is seen, and replaced.
func TestAddress_ReadBackAfterTwoMayHaveCrossed(t *testing.T) {
	t.Parallel()
	never := func(int) bool { return false }
	for name, c := range map[string]struct {
		again func(n int) bool
		read  simtest.Rule
		sent  int // addresses, the lost one included
		state rollout.State
		code  string
		newer bool
	}{
		"they did not":            {never, nil, 2, rollout.Provisioned, "", true},
		"they did":                {func(n int) bool { return n == 2 }, nil, 3, rollout.Provisioned, "", true},
		"again and again":         {func(int) bool { return true }, nil, 5, rollout.Review, jobs.CodeAddressNotKept, false},
		"addresses are not shown": {never, simtest.Answering(callReadAddress, http.StatusMethodNotAllowed, 61), 2, rollout.Provisioned, "", true},
		"at no known path":        {never, simtest.Answering(callReadAddress, http.StatusNotFound, 0), 2, rollout.Provisioned, "", true},
	} {
		runVirtually(t, name, func(t *testing.T) {
			r, g := crossed(t, c.again, c.read)
			r.submit("b2", movedSite(2))
			stop := r.startWorker()
			r.wait("b2", isDone)
			stop()
			r.ended("b2", "2", c.state, c.code)
			if n := g.Count(simtest.CallAddress); n != c.sent || g.Count(callReadAddress) != c.sent-1 {
				t.Errorf("%d addresses were sent and %d read, want %d and %d", n, g.Count(callReadAddress), c.sent, c.sent-1)
			}
			if c.newer {
				r.judge("b2")
			}
		})
	}
}

// A batch that was blocked while its address waited for the turn sends nothing before
// the account was found to work.
func TestAddress_NotSentForABlockedBatch(t *testing.T) {
	virtually(t, func(t *testing.T) {
		turn := newHold()
		var mu sync.Mutex
		var calls []string
		g := &simtest.Gate{Rule: func(call string, _ http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, call)
			return false
		}}
		r := newVirtualRig(t, instantly, g.Between, func(c *btapi.Config) { c.Limiter = holdingLimiter{turn} })
		r.submit("b", site(2))
		stop := r.startWorker()
		t.Cleanup(turn.Open)
		<-turn.arrived
		if _, err := r.ledger.Block(t.Context(), "b", "the account does not work"); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		calls = nil
		mu.Unlock()
		turn.Open()
		r.wait("b", isDone)
		stop()
		r.ended("b", "2", rollout.Provisioned, "")
		if me, put := slices.Index(calls, simtest.CallMe), slices.Index(calls, simtest.CallAddress); me < 0 || put < me {
			t.Errorf("the address was sent before the account was looked at: %q", calls)
		}
	})
}

// A row whose site was claimed by a later upload sends nothing.
func TestAddress_NotSentForALostClaim(t *testing.T) {
	virtually(t, func(t *testing.T) {
		turn := newHold()
		g := &simtest.Gate{}
		r := newVirtualRig(t, instantly, g.Between, func(c *btapi.Config) { c.Limiter = holdingLimiter{turn} })
		r.submit("b1", site(2))
		stop := r.startWorker()
		t.Cleanup(turn.Open)
		<-turn.arrived
		later := rollout.Batch{ID: "b2", Customer: r.sim.Credentials().CustomerCode, Created: time.Now()}
		if err := r.ledger.Create(t.Context(), later); err != nil {
			t.Fatal(err)
		}
		claim := ledger.Entry{Site: site(2), Claim: true, Seen: ledger.Claim{Batch: "b1", Row: 2}}
		if lost, err := r.ledger.Add(t.Context(), later, []ledger.Entry{claim}); err != nil || len(lost) > 0 {
			t.Fatal(lost, err)
		}
		turn.Open()
		r.wait("b1", isDone)
		stop()
		r.ended("b1", "2", rollout.Failed, jobs.CodeTaken, "no address was sent")
		if n := g.Count(simtest.CallAddress); n != 0 {
			t.Errorf("%d addresses were sent", n)
		}
	})
}
