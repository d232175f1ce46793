// Batches whose account does not work: how they are blocked, and how sites probe whether the
// account works again.

package jobs

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// block stops a batch because the account does not work. The pause until the first probe
// becomes longer each time.
func (w *Worker) block(ctx context.Context, b rollout.Batch, reason string) error {
	failed, err := w.Ledger.Block(ctx, b.ID, reason)
	if err != nil || failed == 0 {
		return err
	}
	pause := w.Retry.probe(failed)
	w.Log.Error("the account does not work; the batch waits", "batch", b.ID, "reason", reason, "looking_again_in", pause)
	return w.probeTimer(b.ID).Extend(ctx, pause)
}

// probers is how many sites of a blocked batch get their tasks when it is time to find
// out whether the account works again: several, because a site's task may be waiting.
const probers = 4

// probe finds out whether the account of a blocked batch works again: the profile
// must be readable and allow orders, and the API must answer the calls of one site's step,
// because an account may refuse one call and answer all others. One site at a time probes.
// The others have no tasks: the sweep makes them when the next probe is due, and all of those that were
// admitted when the batch continues.
//
// A probe after which the account still does not work makes the pauses longer. One that
// proved nothing does not: after trouble of the API, the pause is the same again; after a
// step that only waited, such as for a survey, the next site may probe at once, because
// sites that wait must not keep a batch blocked.
func (w *Worker) probe(ctx context.Context, b rollout.Batch, s rollout.Site) error {
	pause := w.Retry.probe(b.FailedProbes)
	untilNext := w.probeTimer(b.ID)
	mine, err := untilNext.Acquire(ctx, pause)
	if err != nil || !mine {
		return err
	}
	me, err := w.API.Me(ctx)
	switch {
	case me.ReadOnly() || accountTrouble(err) != nil:
		return errors.Join(w.endProbe(b, pause), w.countFailedProbe(ctx, b))
	case err != nil:
		w.warnOfTrouble(ctx, err)
		return w.endProbe(b, pause)
	}
	o, err := w.step(ctx, b, s, s.State.Stage())
	var wait *waitError
	waits := errors.As(err, &wait)
	switch {
	case o.blocked:
		if waits {
			err = w.endProbe(b, pause)
		}
		return errors.Join(err, w.countFailedProbe(ctx, b))
	case o.troubled:
		if waits {
			err = w.endProbe(b, pause)
		}
		return err
	case !o.answered:
		if waits {
			err = w.endProbe(b, wait.delay)
		}
		return errors.Join(err, untilNext.Release(context.WithoutCancel(ctx)))
	case o.onward:
		err = w.queue.Site(ctx, o.site, 0)
	}
	return errors.Join(err, w.resume(ctx, b))
}

// endProbe ends the delivery of a task whose probe failed. If the pause is shorter than the
// sweep's, the task waits for it; otherwise the site has no task, and the sweep makes one.
func (w *Worker) endProbe(b rollout.Batch, pause time.Duration) error {
	if pause >= w.Sweep.Every {
		return nil
	}
	return &waitError{delay: pause + rand.N(pause/4+1), reason: "the batch is blocked: " + b.Reason}
}

// resume lets a batch continue whose account works again. All other blocked batches look at
// once whether it works for them, too.
func (w *Worker) resume(ctx context.Context, b rollout.Batch) error {
	w.Log.Info("the account works again; the batch goes on", "batch", b.ID)
	ctx = context.WithoutCancel(ctx)
	if err := errors.Join(w.Ledger.Unblock(ctx, b.ID), w.shortenProbePauses(ctx)); err != nil {
		return err
	}
	late, err := w.Ledger.Overdue(ctx, b.ID, w.Now(), sweepLimit) // the sweep makes the tasks of further sites
	if err != nil {
		return err
	}
	return w.makeTasks(ctx, ledger.Term{}, b.ID, late) // any worker may find that the account works
}

// tryAgain gives some sites of a blocked batch their tasks if it is time to find out
// whether the account works again.
func (w *Worker) tryAgain(ctx context.Context, b rollout.Batch, now time.Time) error {
	held, err := w.probeTimer(b.ID).IsHeld(ctx)
	if err != nil || held {
		return err
	}
	late, err := w.Ledger.Overdue(ctx, b.ID, now, sweepLimit)
	if err != nil {
		return err
	}
	chosen := 0
	late = slices.DeleteFunc(late, func(s rollout.Site) bool {
		if s.State == rollout.Following { // it makes no call, so it probes nothing
			return false
		}
		chosen++
		return chosen > probers
	})
	if chosen == 0 {
		if err := w.admitFrom(ctx, probers, w.admissible(b)); err != nil {
			return err
		}
	}
	return w.reviveSites(ctx, b.ID, late)
}

// shortenProbePauses has blocked batches try the account soon: an operator who started this worker
// may have corrected the credentials, or another batch found that the account works. A probe under
// way is given the time of a sweep, so that no second one comes beside it.
func (w *Worker) shortenProbePauses(ctx context.Context) error {
	batches, err := w.Ledger.OpenBatches(ctx)
	for _, b := range batches {
		if b.State == rollout.Blocked {
			err = errors.Join(err, w.probeTimer(b.ID).ShortenTo(ctx, w.Sweep.Every))
		}
	}
	return err
}

// countFailedProbe keeps a batch blocked, for longer than the last time.
func (w *Worker) countFailedProbe(ctx context.Context, b rollout.Batch) error {
	if err := w.Ledger.CountFailedProbe(ctx, b.ID); err != nil {
		return err
	}
	return w.probeTimer(b.ID).Extend(ctx, w.Retry.probe(b.FailedProbes+1))
}
