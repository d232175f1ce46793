// This file tests what the sites of a blocked batch cost, and when they go on.

package jobs_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/rollout"
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
