// What a worker last read of the open batches, and how long nothing has changed in them. Sites
// wait for their orders for days: meanwhile, what only looks for changes does so less often.

package jobs

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"btrollout/internal/rollout"
)

// lullShare is which part of the time for which nothing has changed a worker waits before it
// looks for changes again: a twelfth.
const lullShare = 12

// lastCounts is what a worker last read of the open batches.
type lastCounts struct {
	mu      sync.Mutex
	batches []rollout.Batch // as of ledger.OpenCounts, sorted by their ids
	read    time.Time       // when
	changed time.Time       // when a batch, its state or its counts were last found changed
}

// readCounts reads the open batches, unless this worker did so at most age ago. Callers must
// not change them.
func (w *Worker) readCounts(ctx context.Context, age time.Duration) ([]rollout.Batch, error) {
	last, now := &w.counts, w.Now()
	last.mu.Lock()
	batches, known := last.batches, age > 0 && !last.read.IsZero() && now.Sub(last.read) <= age
	last.mu.Unlock()
	if known {
		return batches, nil
	}
	batches, err := w.Ledger.OpenCounts(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(batches, func(a, b rollout.Batch) int { return cmp.Compare(a.ID, b.ID) })
	last.mu.Lock()
	defer last.mu.Unlock()
	if last.read.IsZero() || !slices.EqualFunc(batches, last.batches, hasSameCounts) {
		last.changed = now
		w.noteMoved()
	}
	last.batches, last.read = batches, now
	return batches, nil
}

func hasSameCounts(a, b rollout.Batch) bool {
	return a.ID == b.ID && a.State == b.State && a.Paused == b.Paused && a.AllPaused == b.AllPaused && a.Cancelled == b.Cancelled &&
		reflect.DeepEqual(a.Plan, b.Plan) && maps.Equal(a.Counts, b.Counts)
}

// lullPause is how long to wait before the next look for changes: longer, the longer nothing
// has changed, from least to most.
func (w *Worker) lullPause(least, most time.Duration) time.Duration {
	w.counts.mu.Lock()
	defer w.counts.mu.Unlock()
	if w.counts.read.IsZero() {
		return least
	}
	return min(max(w.Now().Sub(w.counts.changed)/lullShare, least), most)
}
