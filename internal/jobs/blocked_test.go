// This file tests what the sites of a blocked batch cost, and when they go on.

package jobs_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// probers is how many sites of a blocked batch may have tasks.
const probers = 4

// lockable stands before an API whose account can be locked.
func lockable(locked *atomic.Bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if locked.Load() {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"code":50,"message":"Access denied","description":"not subscribed"}`)
			return
		}
		next.ServeHTTP(w, q)
	})
}

// The sites of a blocked batch have no tasks; they get them when a worker is started
// that finds the account working, however long the next look would be away.
func TestBlocked_SitesRestUntilTheAccountWorks(t *testing.T) {
	virtually(t, func(t *testing.T) {
		const sites = 40
		var locked atomic.Bool
		r := newVirtualRig(t, btsim.Options{}, func(next http.Handler) http.Handler { return lockable(&locked, next) })
		r.config.Retry.Probe, r.config.Retry.Max = 5*time.Second, time.Hour
		r.submit("b", sitesFrom(sites)...)
		locked.Store(true)
		stop := r.startWorker()
		r.wait("b", func(b rollout.Batch) bool {
			tasks, err := r.rdb.Keys(t.Context(), "asynq:*:t:*").Result()
			return err == nil && b.State == rollout.Blocked && len(tasks) <= probers
		})
		stop()
		locked.Store(false)
		stop = r.startWorker()
		b := r.wait("b", isDone)
		stop()
		r.judge("b")
		if b.Counts[rollout.Provisioned] != sites || r.orders() != sites {
			t.Errorf("ended as %v with %d orders", b.Counts, r.orders())
		}
	})
}

// When one batch finds that the account works, all others look at once, however long their own
// pauses still are.
func TestBlocked_AllBatchesLookWhenOneContinues(t *testing.T) {
	virtually(t, func(t *testing.T) {
		var locked atomic.Bool
		r := newVirtualRig(t, btsim.Options{}, func(next http.Handler) http.Handler { return lockable(&locked, next) })
		r.config.Retry.Probe, r.config.Sweep = 10*time.Second, jobs.DefaultSweep
		r.submit("b1", site(2))
		r.submit("b2", site(3))
		locked.Store(true)
		stop := r.startWorker()
		blocked := func(b rollout.Batch) bool { return b.State == rollout.Blocked }
		r.wait("b1", blocked)
		r.wait("b2", blocked)
		if err := r.rdb.Expire(t.Context(), "{btr}:duty:probe:b1", time.Hour).Err(); err != nil { // the pause of the first
			t.Fatal(err)
		}
		locked.Store(false)
		r.wait("b2", func(b rollout.Batch) bool { return !blocked(b) })
		continued := time.Now()
		r.wait("b1", func(b rollout.Batch) bool { return !blocked(b) })
		if waited := time.Since(continued); waited > 3*r.config.Sweep.Every {
			t.Errorf("the other batch waited another %s", waited)
		}
		r.wait("b1", isDone)
		stop()
		r.judge("b1")
	})
}

// resumed reports whether the batch continued after it was blocked.
func (r *rig) resumed(batch string) bool {
	r.t.Helper()
	resumed, err := r.rdb.HExists(r.t.Context(), "{btr}:batch:"+batch, "unblocked").Result()
	if err != nil {
		r.t.Fatal(err)
	}
	return resumed
}

// A batch stays blocked until the API answers an order: a step that proves nothing about the
// account does not start the tasks of all other sites.
func TestBlocked_UntilAnOrderIsAnswered(t *testing.T) {
	t.Parallel()
	const (
		sites   = 40
		watched = time.Minute
		probe   = 5 * time.Second
	)
	for which, status := range map[string]int{"refused": http.StatusForbidden, "no answer": http.StatusServiceUnavailable} {
		runVirtually(t, which, func(t *testing.T) {
			g := &simtest.Gate{Rule: simtest.Answering(simtest.CallOrder, http.StatusForbidden, 50)}
			r := newVirtualRig(t, btsim.Options{}, g.Between)
			r.config.Retry.Probe, r.config.Retry.Max = probe, time.Hour
			r.submit("b", sitesFrom(sites)...)
			stop := r.startWorker()
			r.wait("b", func(b rollout.Batch) bool { return b.State == rollout.Blocked })
			time.Sleep(time.Second) // in which the orders that had begun end
			g.Set(simtest.Answering(simtest.CallOrder, status, 50))
			before := g.Count(simtest.CallOrder)
			time.Sleep(watched)
			if n := g.Count(simtest.CallOrder) - before; n == 0 || n > int(watched/probe)+1 {
				t.Errorf("%d orders were sent for a blocked batch", n)
			}
			if r.resumed("b") {
				t.Error("the batch continued although no order was answered")
			}
			g.Set(nil)
			b := r.wait("b", func(b rollout.Batch) bool { return b.State == rollout.Running || b.State == rollout.Done })
			if b.State == rollout.Running {
				b = r.wait("b", isDone)
			}
			stop()
			r.judge("b")
			if b.Counts[rollout.Provisioned] != sites || r.orders() != sites {
				t.Errorf("ended as %v with %d orders", b.Counts, r.orders())
			}
		})
	}
}

// Sites that only wait for a survey neither resume a blocked batch nor keep it blocked: the
// survey continues without the pauses of an account that does not work.
func TestBlocked_WhileTheAccountIsSurveyed(t *testing.T) {
	virtually(t, func(t *testing.T) {
		const sites, old, probe = 8, 30, 2 * time.Second
		var locked atomic.Bool
		g := &simtest.Gate{}
		r := newVirtualRig(t, btsim.Options{}, func(next http.Handler) http.Handler { return lockable(&locked, g.Between(next)) })
		for row := range old {
			r.place(fmt.Sprint("PO-", row), site(1000+row))
		}
		r.config.Retry.Probe, r.config.Retry.Max = probe, 30*time.Second
		r.config.SurveySlice = time.Nanosecond // one page for each slice
		r.submit("b", sitesFrom(sites)...)
		locked.Store(true)
		stop := r.startWorker()
		r.wait("b", func(b rollout.Batch) bool { return b.FailedProbes >= 5 })
		g.Set(simtest.Answering(simtest.CallOrder, http.StatusForbidden, 50))
		locked.Store(false)
		r.wait("b", func(rollout.Batch) bool { return g.Count(simtest.CallOrder) > 0 })
		if r.resumed("b") {
			t.Error("the batch continued although no order was answered")
		}
		g.Set(nil)
		b := r.wait("b", isDone)
		stop()
		r.judge("b")
		if b.Counts[rollout.Provisioned] != sites {
			t.Errorf("ended as %v", b.Counts)
		}
	})
}
