// This file polls orders: all of them by the list, one by one where there is none,
// as rarely as the budget asks, and from where a list of many old orders gets
// interesting.

package jobs_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

func TestOneListServesAllSites(t *testing.T) {
	virtually(t, func(t *testing.T) {
		const sites = 200
		g := &simtest.Gate{}
		r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Second, DeliveryMax: 4 * time.Second}, g.Between)
		r.submit("b", sitesFrom(sites)...)
		stops := []func(){r.startWorker(), r.startWorker(), r.startWorker()}
		b := r.wait("b", isDone)
		for _, stop := range stops {
			stop()
		}
		r.judge("b")
		if b.Counts[rollout.Provisioned] != sites || r.orders() != sites {
			t.Errorf("ended as %v with %d orders", b.Counts, r.orders())
		}
		// The last few may be cheaper to ask for than a list.
		if lists, alone := g.Count(simtest.CallOrders), g.Count(simtest.CallPoll); lists > 10 || alone > 5 {
			t.Errorf("%d lists of orders were read, and %d orders asked for by themselves", lists, alone)
		}
		if left, err := r.ledger.WaitingSites(t.Context(), "b"); err != nil || len(left) > 0 {
			t.Errorf("still waiting: %v %v", left, err)
		}
	})
}

func TestWithoutAListOrdersAreAskedForOneByOne(t *testing.T) {
	virtually(t, func(t *testing.T) {
		const sites = 5
		g := &simtest.Gate{Rule: simtest.Answering(simtest.CallOrders, http.StatusNotFound, 60)}
		r := newVirtualRig(t, btsim.Options{DeliveryMin: 3 * time.Second, DeliveryMax: 5 * time.Second}, g.Between)
		b := r.finish("b", sitesFrom(sites)...)
		if b.Counts[rollout.Provisioned] != sites {
			t.Errorf("ended as %v", b.Counts)
		}
		if n := g.Count(simtest.CallOrders); n != 2 { // the survey and the poller each ask once
			t.Errorf("the list was asked for %d times", n)
		}
		if n := g.Count(simtest.CallPoll); n < sites || n > 5*sites { // once, where it was delivered by then
			t.Errorf("%d orders were asked for by themselves", n)
		}
	})
}

// An order that was just looked at is left alone for a while.
func TestAnOrderIsNotAskedForAgainAtOnce(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{Rule: simtest.Answering(simtest.CallOrders, http.StatusNotFound, 60)}
		r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Hour, DeliveryMax: time.Hour}, g.Between)
		r.submit("b", sitesFrom(3)...)
		defer r.startWorker()()
		simtest.Until(t, "orders that are looked at later", func() bool {
			waiting, err := r.ledger.WaitingSites(t.Context(), "b")
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range waiting {
				if x.PollAt.Sub(x.OrderedAt) < 2*time.Second {
					return false
				}
			}
			return len(waiting) == 3
		})
	})
}

// A list that shows some orders only: the others are asked for by themselves.
func TestAnOrderThatTheListDoesNotShow(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, _ *http.Request, carry func() *httptest.ResponseRecorder) bool {
			if call != simtest.CallOrders {
				return false
			}
			carry()
			w.Header().Set("X-Total-Count", "0")
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, "[]")
			return true
		}}
		r := newVirtualRig(t, btsim.Options{}, g.Between)
		r.config.Settle = 3 * time.Second
		b := r.finish("b", sitesFrom(3)...)
		if b.Counts[rollout.Provisioned] != 3 || g.Count(simtest.CallPoll) == 0 {
			t.Errorf("ended as %v, and %d orders were asked for by themselves", b.Counts, g.Count(simtest.CallPoll))
		}
		if n := g.Count(simtest.CallPoll); n > 9 {
			t.Errorf("%d orders were asked for by themselves, while they had not to be in the list yet", n)
		}
	})
}

// An order in progress for too long goes to a person, whether it is looked at in the
// list or by itself.
func TestOrdersThatTakeTooLong(t *testing.T) {
	t.Parallel()
	for _, sites := range []int{1, 4} {
		runVirtually(t, fmt.Sprint(sites), func(t *testing.T) {
			g := &simtest.Gate{}
			r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Hour, DeliveryMax: time.Hour}, g.Between)
			r.config.OrderDeadline = 3 * time.Second
			r.finish("b", sitesFrom(sites)...)
			for row := range r.sites("b") {
				r.ended("b", row, rollout.Review, jobs.CodeOrderLate, "in progress for more than 3s", "batch resolve b "+row)
			}
			if lists := g.Count(simtest.CallOrders); sites > 1 && lists < 2 {
				t.Errorf("the list was read %d times", lists)
			}
		})
	}
}

// Polls come as rarely as they must, so that the calls suffice for the orders.
func TestPollingKeepsToItsShare(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{}
		r := newVirtualRig(t, btsim.Options{DeliveryMin: 9 * time.Second, DeliveryMax: 9 * time.Second}, g.Between)
		r.config.Sustained = func(context.Context) (float64, error) { return 0.5, nil }
		r.submit("b", sitesFrom(3)...)
		stops := []func(){r.startWorker(), r.startWorker()}
		r.wait("b", isDone)
		for _, stop := range stops {
			stop()
		}
		r.judge("b")
		polls := g.Times(simtest.CallOrders)[1:] // the first is the survey's
		if len(polls) < 2 {
			t.Fatalf("%d polls", len(polls))
		}
		// Half of 0.5 calls a second goes into polls while there is nothing else to do.
		for i, at := range polls[1:] {
			if gap := at.Sub(polls[i]); gap < 3900*time.Millisecond {
				t.Errorf("poll %d came %s after the one before, want 4 s", i+2, gap)
			}
		}
	})
}

// In an account with many old orders, only the end of the list is read.
func TestOldOrdersAreNotReadAgainAndAgain(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{}
		r := newVirtualRig(t, btsim.Options{DeliveryMin: 8 * time.Second, DeliveryMax: 8 * time.Second, MaxPage: 10}, g.Between)
		for i := range 40 {
			old := site(1000 + i)
			r.place(fmt.Sprint("OLD-", i), old)
		}
		r.config.Sustained = func(context.Context) (float64, error) { return 1000, nil }
		var mu sync.Mutex
		var offsets []string
		g.Set(func(call string, _ http.ResponseWriter, q *http.Request, _ func() *httptest.ResponseRecorder) bool {
			if call == simtest.CallOrders {
				mu.Lock()
				defer mu.Unlock()
				offsets = append(offsets, q.URL.Query().Get("offset"))
			}
			return false
		})
		b := r.finish("b", sitesFrom(15)...)
		if b.Counts[rollout.Provisioned] != 15 {
			t.Errorf("ended as %v", b.Counts)
		}
		all := strings.Join(offsets, " ")
		after := strings.TrimPrefix(all, "0 10 20 30 ")
		if n := strings.Count(" "+after+" ", " 20 "); n != 1 {
			t.Errorf("old orders were read %d times after the survey: %s", n, all)
		}
		if n := strings.Count(" "+after+" ", " 40 "); n < 3 {
			t.Errorf("the end of the list was read %d times only: %s", n, all)
		}
	})
}

// When all that a blocked batch does is to wait, the poll finds out whether the
// account works again.
func TestABlockedBatchThatOnlyWaitsGoesOn(t *testing.T) {
	t.Parallel()
	for _, sites := range []int{1, 4} {
		runVirtually(t, fmt.Sprint(sites), func(t *testing.T) {
			later := &clock{}
			g := &simtest.Gate{}
			r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Minute, DeliveryMax: time.Minute, Now: later.now}, g.Between)
			r.submit("b", sitesFrom(sites)...)
			stop := r.startWorker()
			r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == sites })
			g.Set(func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
				return (call == simtest.CallOrders || call == simtest.CallPoll) && simtest.Refuse(w, http.StatusForbidden, 50)
			})
			b := r.wait("b", func(b rollout.Batch) bool { return b.State == rollout.Blocked && b.FailedProbes >= 3 })
			if b.Counts[rollout.Ordered] != sites || !strings.Contains(b.Reason, "on purpose") {
				t.Errorf("blocked for %q with %v", b.Reason, b.Counts)
			}
			g.Set(nil)
			r.wait("b", func(b rollout.Batch) bool { return b.State == rollout.Running && b.Counts[rollout.Ordered] == sites })
			later.forward(time.Hour)
			b = r.wait("b", isDone)
			stop()
			r.judge("b")
			if b.Counts[rollout.Provisioned] != sites {
				t.Errorf("ended as %v", b.Counts)
			}
		})
	}
}

// A site that nobody knows to be waiting any more is found by the sweep.
func TestASiteThatIsNotKnownToWaitIsFound(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{DeliveryMin: 2 * time.Second, DeliveryMax: 2 * time.Second}, nil)
		r.submit("b", site(2))
		stop := r.startWorker()
		r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 1 })
		if err := r.rdb.Del(t.Context(), "{btr}:batch:b:waiting").Err(); err != nil {
			t.Fatal(err)
		}
		if err := r.ledger.Postpone(t.Context(), "b", time.Now().Add(-time.Minute), 2); err != nil {
			t.Fatal(err)
		}
		b := r.wait("b", isDone)
		stop()
		r.judge("b")
		if b.Counts[rollout.Provisioned] != 1 {
			t.Errorf("ended as %v", b.Counts)
		}
	})
}

// One site that cannot be read keeps nobody else from going on.
func TestASiteThatCannotBeReadHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	for which, g := range map[string]*simtest.Gate{
		"list": {}, "one by one": {Rule: simtest.Answering(simtest.CallOrders, http.StatusNotFound, 60)},
	} {
		runVirtually(t, which, func(t *testing.T) {
			const sites = 5
			later := &clock{}
			r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Minute, DeliveryMax: time.Minute, Now: later.now}, g.Between)
			r.submit("b", sitesFrom(sites)...)
			defer r.startWorker()()
			r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == sites })
			if err := r.rdb.HSet(t.Context(), "{btr}:batch:b:rows", "2", "not JSON").Err(); err != nil {
				t.Fatal(err)
			}
			later.forward(time.Hour)
			r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Provisioned] == sites-1 })
		})
	}
}

// While the API fails, the ledger says so, with its words; when a call succeeds, it does no longer.
func TestWorker_NotesTroubleWithTheAPI(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{}
		r := newVirtualRig(t, btsim.Options{}, g.Between)
		trouble := func() string {
			t.Helper()
			words, err := r.ledger.APITrouble(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return words
		}
		r.submit("b", sitesFrom(3)...)
		g.Set(func(_ string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		})
		stop := r.startWorker()
		for range 50 {
			if time.Sleep(100 * time.Millisecond); trouble() != "" {
				break
			}
		}
		if words := trouble(); !strings.Contains(words, "503") {
			t.Errorf("the trouble is %q", words)
		}
		g.Set(nil)
		r.wait("b", isDone)
		stop()
		if words := trouble(); words != "" {
			t.Errorf("the trouble is still %q", words)
		}
	})
}
