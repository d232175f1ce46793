// This file tests pauses that the API asks for and that are longer than a task may take.

package jobs_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
	"btrollout/internal/throttle"
)

// The API asks for a pause that is longer than a task may take. No site pays for it,
// and nobody waits at a door that is known to be shut.
func TestALongPauseCostsNoSiteAnything(t *testing.T) {
	t.Parallel()
	const sites = 3
	for _, which := range []string{simtest.CallOrders, simtest.CallVoicesites, simtest.CallOrder, simtest.CallPoll, simtest.CallAddress} {
		runVirtually(t, which, func(t *testing.T) {
			first := firstOf()
			var shut atomic.Int64 // when, in Unix milliseconds
			g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
				if which == simtest.CallPoll && call == simtest.CallOrders { // so that orders are asked for one by one
					return simtest.Refuse(w, http.StatusNotFound, 60)
				}
				if call != which || !first(call) {
					return false
				}
				shut.Store(time.Now().UnixMilli())
				w.Header().Set("Retry-After", "3600")
				return simtest.Refuse(w, http.StatusTooManyRequests, 53)
			}}
			r := newVirtualRig(t, btsim.Options{}, g.Between, func(c *btapi.Config) {
				c.Limiter = throttle.New(newMemoryRedis(t).Connect(t, nil), throttle.Rate{Calls: 100, Per: time.Second})
			})
			r.submit("b", sitesFrom(sites)...)
			stop := r.startWorker()
			later := func(in time.Duration) int {
				late, err := r.ledger.Overdue(t.Context(), "b", time.Now().Add(in), 100)
				if err != nil {
					t.Fatal(err)
				}
				return len(late)
			}
			// Before the pause, an order in progress is not due for as long, either.
			r.wait("b", func(rollout.Batch) bool { return shut.Load() != 0 && later(55*time.Minute) == 0 })
			b, err := r.ledger.Batch(t.Context(), "b")
			if err != nil {
				t.Fatal(err)
			}
			if n := later(65 * time.Minute); n == 0 || n != b.Open() {
				t.Errorf("of %d open sites, %d are due in about an hour", b.Open(), n)
			}
			for row, s := range r.sites("b") {
				if s.Tries != 0 || s.LastError != "" || len(s.Problems) > 0 {
					t.Errorf("row %s has paid for it: %+v", row, s.Progress)
				}
			}

			inspector := asynq.NewInspectorFromRedisClient(r.rdb)
			queues, err := inspector.Queues()
			if err != nil {
				t.Fatal(err)
			}
			tasks := func() (waiting, delivered int) {
				for _, queue := range queues {
					info, err := inspector.GetQueueInfo(queue)
					if err != nil {
						t.Fatal(err)
					}
					waiting += info.Retry + info.Scheduled
					delivered += info.ProcessedTotal
				}
				return waiting, delivered
			}
			r.wait("b", func(b rollout.Batch) bool {
				waiting, _ := tasks()
				return waiting == b.Open()-b.Counts[rollout.Ordered]
			})
			_, before := tasks()
			time.Sleep(2 * time.Second) // in which nothing happens
			if _, now := tasks(); now != before {
				t.Errorf("%d tasks were delivered during the pause", now-before)
			}
			stop()
			for _, call := range allCalls {
				for _, at := range g.Times(call) {
					if into := at.Sub(time.UnixMilli(shut.Load())); into > callTimeout/2 { // what was on its way is forgiven
						t.Errorf("%s was called %s into the pause", call, into)
					}
				}
			}

			time.Sleep(time.Hour) // the pause is over
			stop = r.startWorker()
			b = r.wait("b", isDone)
			stop()
			r.judge("b")
			if b.Counts[rollout.Provisioned] != sites || r.orders() != sites {
				t.Errorf("ended as %v with %d orders", b.Counts, r.orders())
			}
		})
	}
}

// endingWith is a limiter at which nobody waits any longer than until.
type endingWith struct {
	*throttle.Limiter
	until <-chan struct{}
}

func (l endingWith) Wait(ctx context.Context, rank int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-l.until:
			cancel()
		case <-ctx.Done():
		}
	}()
	return l.Limiter.Wait(ctx, rank)
}

// The pause is asked for while a worker reads the rules of a country.
func TestALongPauseHoldsNoWorkerThatReadsRules(t *testing.T) {
	virtually(t, func(t *testing.T) {
		limiter := endingWith{throttle.New(newMemoryRedis(t).Connect(t, nil), throttle.Rate{Calls: 100, Per: time.Second}), t.Context().Done()}
		g := &simtest.Gate{}
		r := newVirtualRig(t, btsim.Options{}, g.Between, func(c *btapi.Config) { c.Limiter = limiter })
		r.submit("b", site(2))
		g.Set(func(_ string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
			w.Header().Set("Retry-After", "3600")
			return simtest.Refuse(w, http.StatusTooManyRequests, 53)
		})
		r.config.Checker = checkerBy(t, r.api, time.Now) // knows no rules yet
		stop := r.startWorker()
		defer stop()
		for end := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			late, err := r.ledger.Overdue(t.Context(), "b", time.Now().Add(55*time.Minute), 1)
			if err != nil {
				t.Fatal(err)
			}
			if len(late) == 0 {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("a task has been waiting at the door for 15 s, and no end of it: %+v", late[0].Progress)
			}
		}
		if s := r.sites("b")["2"]; s.State != rollout.Imported || s.Tries != 0 {
			t.Errorf("the site is %s, having tried %d times", s.State, s.Tries)
		}
	})
}
