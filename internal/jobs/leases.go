// The leases of this package: duties, each of which one worker at a time does, and timers, which
// all workers share.

package jobs

import (
	"context"
	"errors"
	"time"

	"btrollout/internal/ledger"
)

// workLease is the lifetime of the lease on a duty, whose leader extends it meanwhile. It is such that
// another worker leads within 15 s after a leader died or was frozen: a worker tries to acquire the
// duty every 5 s at least, if there is work.
const workLease = 10 * time.Second

// sweepTimer is the time until the next sweep is due. Its name is that of the sweep's only lease in
// earlier versions, so that their workers and this one's do not sweep more often together.
func (w *Worker) sweepTimer() ledger.Timer { return w.Ledger.Timer("sweep") }

// sweepDuty is led while a sweep writes.
func (w *Worker) sweepDuty() ledger.Duty { return w.Ledger.Duty("sweeping", w.id) }

// probeTimer is the time until the next probe of the account of a blocked batch is due.
func (w *Worker) probeTimer(batch string) ledger.Timer { return w.Ledger.Timer("probe:" + batch) }

// pollDuty is led while a customer's orders are polled.
func (w *Worker) pollDuty(customer string) ledger.Duty {
	return w.Ledger.Duty("poll:"+customer, w.id)
}

// polledTimer is the time until the next poll of a customer's orders is due.
func (w *Worker) polledTimer(customer string) ledger.Timer {
	return w.Ledger.Timer("polled:" + customer)
}

// surveyDuty is led while a slice of the survey of an account is read, and afterwards until the
// next survey may begin.
func (w *Worker) surveyDuty(customer string) ledger.Duty {
	return w.Ledger.Duty("survey:"+customer, w.id)
}

// claimsDuty is led while the claims of a customer are restored.
func (w *Worker) claimsDuty(customer string) ledger.Duty {
	return w.Ledger.Duty("claims:"+customer, w.id)
}

// leadSweep returns the term in which this worker leads the sweep, for a write that follows at
// once. The term begins with the first write of a sweep, so that a sweep that finds nothing to do costs
// no script, and endSweep ends it. The error is ledger.ErrNoLongerLeader if another worker leads.
func (w *Worker) leadSweep(ctx context.Context) (ledger.Term, error) {
	if w.sweepTerm != nil {
		return *w.sweepTerm, w.sweepTerm.Extend(ctx, workLease)
	}
	term, acquired, err := w.sweepDuty().Acquire(ctx, workLease)
	if err == nil && !acquired {
		err = ledger.ErrNoLongerLeader
	}
	if err == nil {
		w.sweepTerm = &term
	}
	return term, err
}

// endSweep ends the term of the sweep, if it has begun.
func (w *Worker) endSweep(ctx context.Context) error {
	if w.sweepTerm == nil {
		return nil
	}
	term := *w.sweepTerm
	w.sweepTerm = nil
	return term.Release(context.WithoutCancel(ctx))
}

// unlessOver returns the error of a duty's turn, unless it says that the worker's term is over: then
// the turn ends quietly, and the next leader does what is left.
func (w *Worker) unlessOver(err error) error {
	if errors.Is(err, ledger.ErrNoLongerLeader) {
		w.Log.Debug("another worker leads by now", "err", err)
		return nil
	}
	return err
}
