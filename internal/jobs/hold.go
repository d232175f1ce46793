// What holds sites up: the decisions of people that a batch may not order, or may not push addresses,
// for now. A site that is held up is parked. Calls that wait for their slot are not made.

package jobs

import (
	"context"
	"errors"
	"sync"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

// holdError says that a site is held up.
type holdError struct{ reason string }

func (h *holdError) Error() string { return h.reason }

// work is what the next step of a site does, as far as people can hold it up.
type work int

const (
	// lookUps are reads of orders that were made, or may have been. They are never held up.
	lookUps work = iota
	// orders are validations, and the orders that follow them.
	orders
	// addresses are pushes, and the steps towards the push of a site that was ordered before a person had
	// it tried again.
	addresses
)

// workOf returns what the next step of a site does.
func workOf(s rollout.Site) work {
	switch {
	case s.State == rollout.Delivered || s.IsPastOrder():
		return addresses
	case s.State == rollout.Imported || s.State == rollout.Validated:
		return orders
	}
	return lookUps
}

// hold returns why some work of a batch is not done for now; nil if it may be done.
func (w *Worker) hold(b rollout.Batch, of work) error {
	switch {
	case of == lookUps:
		return nil
	case b.IsPaused():
		return &holdError{"the batch is paused"}
	case isWorkCancelled(b, of):
		return &holdError{"the batch is cancelled"}
	case (of == orders || b.Plan.Strict) && !w.schedules.of(b.Plan).IsOpen(w.Now()):
		return &holdError{"the batch is outside its windows"}
	}
	return nil
}

// isWorkCancelled reports whether some work of a batch will not be done any more, because the batch was
// cancelled.
func isWorkCancelled(b rollout.Batch, of work) bool {
	return of == orders && b.Cancelled != rollout.NotCancelled || of == addresses && b.Cancelled == rollout.LeaveOrdered
}

// holdCheck is how often a worker reads whether a batch is held up while it does steps of that batch.
const holdCheck = 500 * time.Millisecond

// permits are the permits of the steps that a worker is doing.
type permits struct {
	mu     sync.Mutex
	issued map[permitFor]*issuedPermit
}

// permitFor is what a permit is for: some work of one batch.
type permitFor struct {
	batch string
	work  work
}

type issuedPermit struct {
	*btapi.Permit
	steps  int           // number of steps that have it
	unused chan struct{} // closed when no step has it any more
}

// withPermit returns a context whose calls may be begun until that work of the batch is held up, and a
// function that must be called when the step is over.
func (w *Worker) withPermit(ctx context.Context, b rollout.Batch, do work) (context.Context, func()) {
	if b.Plan.Urgent {
		ctx = btapi.WithUrgency(ctx)
	}
	if do == lookUps {
		return ctx, func() {}
	}
	of := permitFor{b.ID, do}
	w.permits.mu.Lock()
	defer w.permits.mu.Unlock()
	p := w.permits.issued[of]
	if p == nil || p.Cause() != nil {
		p = &issuedPermit{Permit: btapi.NewPermit(), unused: make(chan struct{})}
		w.permits.issued[of] = p
		go w.watchHold(of, p)
	}
	p.steps++
	return btapi.WithPermit(ctx, p.Permit), func() { w.returnPermit(of, p) }
}

// returnPermit notes that a step is over.
func (w *Worker) returnPermit(of permitFor, p *issuedPermit) {
	w.permits.mu.Lock()
	defer w.permits.mu.Unlock()
	if p.steps--; p.steps > 0 {
		return
	}
	close(p.unused)
	if w.permits.issued[of] == p {
		delete(w.permits.issued, of)
	}
}

// errStepOver ends the permits of steps that are over.
var errStepOver = errors.New("the step is over")

// watchHold ends a permit when its batch is held up, or no step has it any more.
func (w *Worker) watchHold(of permitFor, p *issuedPermit) {
	tick := time.NewTicker(holdCheck)
	defer tick.Stop()
	defer p.End(errStepOver)
	for {
		select {
		case <-p.unused:
			return
		case <-tick.C:
		}
		if err := w.readHold(of); err != nil {
			p.End(err)
			return
		}
	}
}

// readHold reads whether a batch is held up. If Redis does not answer, it is not: no order and no
// address is sent then either, because each is announced in Redis.
func (w *Worker) readHold(of permitFor) error {
	ctx, cancel := context.WithTimeout(context.Background(), recordWithin)
	defer cancel()
	batches, err := w.readCounts(ctx, holdCheck)
	if err != nil {
		return nil
	}
	for _, b := range batches {
		if b.ID == of.batch {
			return w.hold(b, of.work)
		}
	}
	return nil
}
