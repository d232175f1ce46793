// This file tests what concerns an account as a whole: how it is surveyed, what blocks a batch
// and what does not, and refusals that must not lead to one order after the other. Which
// orders of the account a site adopts is in adopt_test.go.

package jobs_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
	"btrollout/internal/throttle"
)

// sitesFrom are n right rows, the first of them row 2.
func sitesFrom(n int) (sites []rollout.Site) {
	for row := range n {
		sites = append(sites, site(row+2))
	}
	return sites
}

// firstOf returns what tells whether it is asked about a key for the first time.
func firstOf() func(key string) bool {
	var seen sync.Map
	return func(key string) bool {
		_, known := seen.LoadOrStore(key, true)
		return !known
	}
}

func TestAnOrderIsSentAsOftenAsItMayBeAndNoMore(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{Rule: simtest.Answering(simtest.CallOrder, http.StatusServiceUnavailable, 5)}
		r := newVirtualRig(t, btsim.Options{}, g.Between)
		r.config.Retry.Tries = 2
		r.finish("b", site(2))
		r.ended("b", "2", rollout.Review, jobs.CodeOrderUnknown, "2 answers were lost", r.reference(site(2)), "batch resolve b 2")
		if n := g.Count(simtest.CallOrder); n != 2 {
			t.Errorf("%d orders were sent, want 2", n)
		}
	})
}

// An order that the API says exists already is not sent again.
func TestAConflictIsForAPerson(t *testing.T) {
	t.Parallel()
	runVirtually(t, "the account shows nothing", func(t *testing.T) {
		g := &simtest.Gate{Rule: simtest.Answering(simtest.CallOrder, http.StatusConflict, 69)}
		r := newVirtualRig(t, btsim.Options{}, g.Between)
		r.finish("b", site(2))
		r.ended("b", "2", rollout.Review, jobs.CodeOrderUnknown, "exists already", r.reference(site(2)), "batch resolve b 2")
		if n := g.Count(simtest.CallOrder); n != 1 {
			t.Errorf("%d orders were sent, want 1", n)
		}
	})
	runVirtually(t, "somebody took the name meanwhile", func(t *testing.T) {
		g := &simtest.Gate{}
		r := newVirtualRig(t, btsim.Options{DeliveryMin: 1, DeliveryMax: 1, UniqueNames: true}, g.Between)
		g.Set(func(call string, _ http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
			if call == simtest.CallOrder && r.orders() == 0 {
				r.place("PORTAL-1", site(2))
			}
			return false
		})
		r.finish("b", site(2))
		r.ended("b", "2", rollout.Review, jobs.CodeNameTaken, "batch resolve b 2")
		if n := g.Count(simtest.CallOrder); n != 1 || g.Count(simtest.CallAddress) != 0 {
			t.Errorf("%d orders were sent, want 1", n)
		}
	})
}

// Whoever redirects an order may have made it first.
func TestARedirectedOrderIsNotMadeTwice(t *testing.T) {
	t.Parallel()
	redirect := func(w http.ResponseWriter) bool {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusFound)
		return true
	}
	runVirtually(t, "it was made", func(t *testing.T) {
		g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, _ *http.Request, carry func() *httptest.ResponseRecorder) bool {
			if call != simtest.CallOrder {
				return false
			}
			carry()
			return redirect(w)
		}}
		r := newVirtualRig(t, btsim.Options{}, g.Between)
		b := r.finish("b", site(2))
		r.ended("b", "2", rollout.Provisioned, "")
		if n := g.Count(simtest.CallOrder); n != 1 || b.FailedProbes == 0 {
			t.Errorf("%d orders were sent, and the batch was blocked %d times", n, b.FailedProbes)
		}
	})
	runVirtually(t, "it was not", func(t *testing.T) {
		g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
			return call == simtest.CallOrder && redirect(w)
		}}
		r := newVirtualRig(t, btsim.Options{}, g.Between)
		r.submit("b", site(2))
		stop := r.startWorker()
		r.wait("b", func(b rollout.Batch) bool { return b.State == rollout.Blocked && g.Count(simtest.CallOrder) > 0 })
		g.Set(nil)
		r.wait("b", isDone)
		stop()
		r.judge("b")
		r.ended("b", "2", rollout.Provisioned, "")
		if n := r.orders(); n != 1 {
			t.Errorf("%d orders were made", n)
		}
	})
}

// What was made a moment ago may not be shown yet: that is no reason to give up.
func TestWhatWasJustMadeMayNotBeKnownYet(t *testing.T) {
	virtually(t, func(t *testing.T) {
		first := firstOf()
		var early atomic.Int32
		g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
			if (call != simtest.CallPoll && call != simtest.CallAddress) || !first(call) {
				return false
			}
			early.Add(1)
			return simtest.Refuse(w, http.StatusNotFound, 60)
		}}
		r := newVirtualRig(t, btsim.Options{}, g.Between)
		r.config.Settle = 8 * time.Second
		r.finish("b", site(2))
		r.ended("b", "2", rollout.Provisioned, "")
		if early.Load() != 2 {
			t.Errorf("%d calls came early, want a poll and an address", early.Load())
		}
	})
}

// Below one voicesite or order, a 404 that is not the API's own says nothing about
// the account.
func TestAPageThatIsNotFoundConcernsOneRow(t *testing.T) {
	t.Parallel()
	for which, c := range map[string]struct {
		state rollout.State
		code  string
	}{
		simtest.CallAddress: {rollout.Review, jobs.CodeVoiceSiteGone},
		simtest.CallPoll:    {rollout.Review, jobs.CodeOrderUnknown},
	} {
		runVirtually(t, which, func(t *testing.T) {
			var victim atomic.Value
			g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, q *http.Request, _ func() *httptest.ResponseRecorder) bool {
				if which == simtest.CallPoll && call == simtest.CallOrders { // so that orders are asked for one by one
					return simtest.Refuse(w, http.StatusNotFound, 60)
				}
				if call != which {
					return false
				}
				victim.CompareAndSwap(nil, q.URL.Path)
				return victim.Load() == q.URL.Path && simtest.Refuse(w, http.StatusNotFound, 0)
			}}
			r := newVirtualRig(t, btsim.Options{}, g.Between)
			b := r.finish("b", sitesFrom(3)...)
			if b.Counts[rollout.Provisioned] != 2 || b.Counts[c.state] != 1 || b.FailedProbes != 0 {
				t.Errorf("ended as %v, and was blocked %d times", b.Counts, b.FailedProbes)
			}
			for row, s := range r.sites("b") {
				if s.State == c.state {
					r.ended("b", row, c.state, c.code)
				}
			}
		})
	}
}

func TestAccountTroubleBlocksAndNothingFails(t *testing.T) {
	virtually(t, func(t *testing.T) {
		var locked atomic.Bool
		r := newVirtualRig(t, btsim.Options{}, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
				if locked.Load() {
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(http.StatusForbidden)
					fmt.Fprint(w, `{"code":50,"message":"Access denied","description":"not subscribed"}`)
					return
				}
				next.ServeHTTP(w, q)
			})
		})
		r.submit("b", site(2), site(3), site(4))
		locked.Store(true)
		stop := r.startWorker()
		b := r.wait("b", func(b rollout.Batch) bool { return b.State == rollout.Blocked })
		if !strings.Contains(b.Reason, "not subscribed") || b.NeedSomeone() != 0 {
			t.Errorf("blocked for %q with %v", b.Reason, b.Counts)
		}
		locked.Store(false)
		b = r.wait("b", isDone)
		stop()
		r.judge("b")
		if b.Counts[rollout.Provisioned] != 3 {
			t.Errorf("ended as %v", b.Counts)
		}
	})
}

// One call is refused, and all others work: a site whose call succeeds does not have the
// refused call tried over and over.
func TestABatchWhoseOrdersAreRefusedIsTriedMoreAndMoreRarely(t *testing.T) {
	virtually(t, func(t *testing.T) {
		later := &clock{}
		var n atomic.Int32
		g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
			if call != simtest.CallOrder || n.Add(1) <= 2 { // two sites are ordered, and wait
				return false
			}
			return simtest.Refuse(w, http.StatusForbidden, 50)
		}}
		r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Minute, DeliveryMax: time.Minute, Now: later.now}, g.Between)
		r.config.Retry.Probe, r.config.Retry.Max = 500*time.Millisecond, 4*time.Second
		r.submit("b", sitesFrom(3)...)
		stop := r.startWorker()
		r.wait("b", func(rollout.Batch) bool { return g.Count(simtest.CallOrder) >= 2+5 })
		b := r.wait("b", func(b rollout.Batch) bool { return b.State == rollout.Blocked })
		if b.Reason == "" || b.NeedSomeone() != 0 {
			t.Errorf("blocked for %q with %v", b.Reason, b.Counts)
		}
		orders := g.Times(simtest.CallOrder)[2:7]
		for i, at := range orders[1:] {
			if gap, want := at.Sub(orders[i]), r.config.Retry.Probe<<i; gap < want-redistest.DefaultExpiry {
				t.Errorf("order %d was tried %s after the one before, want %s at least", i+2, gap, want)
			}
		}
		if r.orders() != 2 {
			t.Errorf("%d orders were made", r.orders())
		}
		g.Set(nil)
		r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 3 })
		later.forward(time.Hour)
		b = r.wait("b", isDone)
		stop()
		r.judge("b")
		if b.Counts[rollout.Provisioned] != 3 || r.orders() != 3 {
			t.Errorf("ended as %v with %d orders", b.Counts, r.orders())
		}
	})
}

// When the account stops working, the orders that wait for their turn are not sent.
func TestNoOrderIsSentForABlockedBatch(t *testing.T) {
	virtually(t, func(t *testing.T) {
		const sites = 40
		const before = 6 // orders that are let through, until all sites wait for their turns
		var n atomic.Int32
		g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
			return call == simtest.CallOrder && n.Add(1) > before && simtest.Refuse(w, http.StatusForbidden, 52)
		}}
		r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Hour, DeliveryMax: time.Hour}, g.Between, func(c *btapi.Config) {
			c.Limiter = throttle.New(newMemoryRedis(t).Connect(t, nil), throttle.Rate{Calls: 20, Per: time.Second})
		})
		r.config.Retry.Probe, r.config.Retry.Max = time.Hour, time.Hour
		r.submit("b", sitesFrom(sites)...)
		stop := r.startWorker()
		r.wait("b", func(b rollout.Batch) bool { return b.State == rollout.Blocked })
		time.Sleep(2 * time.Second) // in which 40 turns come
		stop()
		if refused := int(n.Load()) - before; refused < 1 || refused > 4 {
			t.Errorf("%d orders were sent to an account that takes none", refused)
		}
		if b, err := r.ledger.Batch(t.Context(), "b"); err != nil || b.Open() != sites {
			t.Errorf("the batch stands at %v (%v)", b.Counts, err)
		}
	})
}

// A profile that cannot order keeps a batch blocked, whatever else works.
func TestAReadOnlyProfileKeepsABatchBlocked(t *testing.T) {
	virtually(t, func(t *testing.T) {
		readOnly := func(call string, w http.ResponseWriter) bool {
			if call != simtest.CallMe {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"rightsProfile":"readonly"}`)
			return true
		}
		g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
			return call == simtest.CallOrder && simtest.Refuse(w, http.StatusForbidden, 52) || readOnly(call, w)
		}}
		r := newVirtualRig(t, btsim.Options{}, g.Between)
		r.submit("b", site(2))
		stop := r.startWorker()
		r.wait("b", func(b rollout.Batch) bool { return b.State == rollout.Blocked })
		g.Set(func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
			return readOnly(call, w)
		})
		asked := g.Count(simtest.CallMe)
		r.wait("b", func(b rollout.Batch) bool {
			if b.State != rollout.Blocked {
				t.Fatalf("the batch is %s", b.State)
			}
			return g.Count(simtest.CallMe) >= asked+3
		})
		if n := g.Count(simtest.CallOrder); n != 1 {
			t.Errorf("%d orders were sent meanwhile", n-1)
		}
		g.Set(nil)
		r.wait("b", isDone)
		stop()
		r.judge("b")
		r.ended("b", "2", rollout.Provisioned, "")
	})
}

// Sites that must look do it together.
func TestManySitesLookAtOneSurvey(t *testing.T) {
	virtually(t, func(t *testing.T) {
		const sites = 20
		first := firstOf()
		g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, q *http.Request, _ func() *httptest.ResponseRecorder) bool {
			if call != simtest.CallOrder {
				return false
			}
			body, err := io.ReadAll(q.Body)
			if err != nil {
				panic(err)
			}
			q.Body = io.NopCloser(bytes.NewReader(body))
			return first(string(body)) && simtest.Refuse(w, http.StatusServiceUnavailable, 5)
		}}
		r := newVirtualRig(t, btsim.Options{Latency: 100 * time.Millisecond}, g.Between)
		b := r.finish("b", sitesFrom(sites)...)
		if b.Counts[rollout.Provisioned] != sites || r.orders() != sites || g.Count(simtest.CallOrder) != 2*sites {
			t.Errorf("ended as %v with %d orders of %d sent", b.Counts, r.orders(), g.Count(simtest.CallOrder))
		}
		// Orders are listed by the poller, too. An empty list is asked for twice in each survey.
		if n := g.Count(simtest.CallVoicesites); n > 2*(sites/2) {
			t.Errorf("%d calls for surveys for %d sites that looked twice", n, sites)
		}
	})
}

// Lists that move while they are read hide nothing from a survey.
func TestNothingIsOrderedTwiceWhileListsMove(t *testing.T) {
	virtually(t, func(t *testing.T) {
		const sites = 40
		g := &simtest.Gate{}
		r := newVirtualRig(t, btsim.Options{
			DeliveryMin: 1, DeliveryMax: 1, MaxPage: 7, Faults: btsim.Faults{btsim.Shift: {Probability: .3}},
		}, g.Between)
		for _, s := range sitesFrom(sites) {
			r.place(r.reference(s), s)
		}
		b := r.finish("b", sitesFrom(sites)...)
		if struck := r.sim.Stats().Faults[btsim.Shift]; b.Counts[rollout.Provisioned] != sites || g.Count(simtest.CallOrder) != 0 || struck == 0 {
			t.Errorf("ended as %v, %d orders were sent; lists moved %d times", b.Counts, g.Count(simtest.CallOrder), struck)
		}
	})
}
