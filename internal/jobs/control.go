// What people decide about a batch while it runs: pausing it, cancelling it, changing its plan. A
// cancelled batch orders nothing more: sites that were not ordered are cancelled; those that were are
// finished, or left as they are.

package jobs

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"golang.org/x/sync/errgroup"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// ErrEnded means that a batch has ended, so that it cannot be paused, cancelled or changed.
var ErrEnded = errors.New("the batch has ended")

// Pause pauses a batch: within 2 s, workers begin no order, validation or push of it any more. Orders that
// were made are polled. The error is ledger.ErrNotFound or ErrEnded.
func Pause(ctx context.Context, l *ledger.Ledger, id string) error {
	return decided(ctx, l, id, func() (bool, error) { return l.Pause(ctx, id) })
}

// Resume ends the pause of a batch. Its errors are those of Pause.
func Resume(ctx context.Context, l *ledger.Ledger, id string) error {
	return decided(ctx, l, id, func() (bool, error) { return l.Resume(ctx, id) })
}

// Replan changes when, and in which order, the sites of a batch are ordered. It returns the new plan.
// Its errors are those of Pause, that of change, and ErrCancelling: a cancelled batch orders nothing more, so
// that only its windows and its start are changed, which hold up addresses if they are strict.
func Replan(ctx context.Context, l *ledger.Ledger, id string, change func(*rollout.Plan) error) (rollout.Plan, error) {
	for {
		was, err := l.Batch(ctx, id)
		p := was.Plan
		if err == nil {
			err = change(&p)
		}
		if err == nil && was.Cancelled != rollout.NotCancelled && was.State != rollout.Done && !p.OrdersAs(was.Plan) {
			err = fmt.Errorf("batch %s: %w", id, ErrCancelling)
		}
		if err != nil {
			return was.Plan, err
		}
		err = decided(ctx, l, id, func() (bool, error) { return l.Replan(ctx, was, p) })
		if !errors.Is(err, ledger.ErrStale) { // otherwise somebody else changed the plan at the same moment
			return p, err
		}
	}
}

// decided makes a decision about a batch. decide reports whether the batch is there and has not ended.
func decided(ctx context.Context, l *ledger.Ledger, id string, decide func() (bool, error)) error {
	done, err := decide()
	if err != nil || done {
		return err
	}
	if _, err := l.Batch(ctx, id); err != nil {
		return err
	}
	return fmt.Errorf("batch %s: %w", id, ErrEnded)
}

// Cancel cancels a batch: from now on none of its sites is ordered. Workers cancel the sites that were
// not ordered, look up those whose order may have been made, and finish those that were ordered or, if
// leave is set, leave them as they are. A batch that is still being uploaded is withdrawn. The error
// is ledger.ErrNotFound or ErrEnded.
func Cancel(ctx context.Context, l *ledger.Ledger, q *Queue, id string, leave bool) error {
	b, err := l.Batch(ctx, id)
	switch {
	case err != nil:
		return err
	case b.State == rollout.Importing:
		withdrawn, err := withdraw(ctx, l, q, id)
		if err != nil || withdrawn {
			return err
		}
	}
	c := rollout.FinishOrdered
	if leave {
		c = rollout.LeaveOrdered
	}
	return decided(ctx, l, id, func() (bool, error) { return l.Cancel(ctx, id, c) })
}

// isCancelled reports whether a site is cancelled because its batch was.
func isCancelled(b rollout.Batch, s rollout.Site) bool {
	switch s.State {
	case rollout.Following:
		return b.Cancelled != rollout.NotCancelled
	case rollout.Ordered:
		return b.Cancelled == rollout.LeaveOrdered
	}
	return isWorkCancelled(b, workOf(s))
}

// asCancelled returns a site in the state in which a cancellation leaves it. A site that has an order or a
// voicesite of its own, or may have, is Failed: a person has to see to it.
func asCancelled(b rollout.Batch, s rollout.Site) rollout.Site {
	switch past := s.IsPastOrder(); {
	case s.State == rollout.Delivered || past && s.Progress.VoiceSiteID != "":
		fail(&s, problemAddressLeft(s))
	case s.State == rollout.Ordered || past && s.OrderID != "":
		fail(&s, problemOrderLeft(s))
	case past:
		fail(&s, problemOrderNotLookedUp(s))
	default:
		s.State = rollout.Cancelled
	}
	endInDoubt(b, &s)
	return s
}

// cancelSite cancels a site of a batch that was cancelled.
func (w *Worker) cancelSite(ctx context.Context, b rollout.Batch, s rollout.Site) error {
	_, open, err := w.Ledger.Advance(ctx, asCancelled(b, s), time.Time{})
	switch {
	case errors.Is(err, ledger.ErrStale):
		return w.handleStale(ctx, s, s.State.Stage())
	case err == nil && open == 0:
		return w.queue.Close(ctx, b.ID)
	}
	return err
}

// cancelSites cancels those of some sites of a batch that are open and to be cancelled.
func cancelSites(
	ctx context.Context, l *ledger.Ledger, b rollout.Batch, sites iter.Seq2[rollout.Site, error], isToBe func(rollout.Site) bool,
) error {
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(cancelAtOnce)
	for s, err := range sites {
		if err != nil {
			return errors.Join(err, g.Wait())
		}
		if s.State.Final() || !isToBe(s) {
			continue
		}
		g.Go(func() error {
			_, _, err := l.Advance(within, asCancelled(b, s), time.Time{})
			if errors.Is(err, ledger.ErrStale) {
				return nil // another process changed the site; its next step, or the next sweep, cancels it
			}
			return err
		})
	}
	return g.Wait()
}

// mayHaveToCancel counts the sites of a batch that may have to be cancelled, by the counts of the batch.
func mayHaveToCancel(b rollout.Batch) (n int) {
	if isWorkCancelled(b, orders) {
		n += b.Counts[rollout.Following] + b.Counts[rollout.Imported] + b.Counts[rollout.Validated]
	}
	if isWorkCancelled(b, addresses) {
		n += b.Counts[rollout.Ordered] + b.Counts[rollout.Delivered]
	}
	return n
}
