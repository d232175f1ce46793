// What holds sites up: the decisions of people that a batch may not order, or may not push addresses,
// for now. A site that is held up is parked. Calls that wait for their slot are not made.

package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

// holdError says that a site is held up.
type holdError struct{ reason string }

func (h *holdError) Error() string { return h.reason }

// hold returns why the next step of a site in a state is not done for now; nil if it may be done.
func (w *Worker) hold(b rollout.Batch, s rollout.State) error {
	switch {
	case !mayBeHeld(s):
		return nil
	case b.IsPaused():
		return &holdError{"the batch is paused"}
	case isCancelled(b, s):
		return &holdError{"the batch is cancelled"}
	case (s != rollout.Delivered || b.Plan.Strict) && !w.schedules.of(b.Plan).IsOpen(w.Now()):
		return &holdError{"the batch is outside its windows"}
	}
	return nil
}

// mayBeHeld reports whether a site in a state may be held up. Look-ups of orders that may have been
// made, and polls, are not.
func mayBeHeld(s rollout.State) bool {
	return s == rollout.Imported || s == rollout.Validated || s == rollout.Delivered
}

// holdCheck is how often a worker reads whether a batch is held up of which steps are being done.
const holdCheck = 500 * time.Millisecond

// permits end the permission to begin calls when a batch is held up while steps of its sites wait
// for their slots.
type permits struct {
	mu       sync.Mutex
	watching map[permitKey]*permit
}

// permitKey is what a permit is for: the steps of sites in a state of one batch.
type permitKey struct {
	batch string
	state rollout.State
}

type permit struct {
	ctx    context.Context
	end    context.CancelCauseFunc
	users  int
	closed chan struct{} // ends its watch
}

// withPermit returns a context whose calls may be begun until the batch is held up, and a function
// that must be called when the step is over.
func (w *Worker) withPermit(ctx context.Context, b rollout.Batch, s rollout.State) (context.Context, func()) {
	if b.Plan.Urgent {
		ctx = btapi.WithUrgency(ctx)
	}
	if !mayBeHeld(s) {
		return ctx, func() {}
	}
	key := permitKey{b.ID, s}
	w.permits.mu.Lock()
	defer w.permits.mu.Unlock()
	p := w.permits.watching[key]
	if p == nil || p.ctx.Err() != nil {
		p = &permit{closed: make(chan struct{})}
		p.ctx, p.end = context.WithCancelCause(context.Background())
		w.permits.watching[key] = p
		go w.watchHold(key, p)
	}
	p.users++
	return btapi.WithPermit(ctx, p.ctx), func() {
		w.permits.mu.Lock()
		defer w.permits.mu.Unlock()
		if p.users--; p.users == 0 {
			close(p.closed)
			if w.permits.watching[key] == p {
				delete(w.permits.watching, key)
			}
		}
	}
}

// watchHold ends a permit when its batch is held up.
func (w *Worker) watchHold(key permitKey, p *permit) {
	tick := time.NewTicker(holdCheck)
	defer tick.Stop()
	defer p.end(errors.New("the step is over"))
	for {
		select {
		case <-p.closed:
			return
		case <-tick.C:
		}
		batches, err := w.readCounts(p.ctx, holdCheck)
		if err != nil {
			continue // nothing is sent either: each order is announced in Redis
		}
		for _, b := range batches {
			if b.ID != key.batch {
				continue
			}
			if err := w.hold(b, key.state); err != nil {
				p.end(fmt.Errorf("held up: %w", err))
				return
			}
		}
	}
}
