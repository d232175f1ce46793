// Batches whose account does not work: how they are blocked, who looks whether it
// works again, and when.
package jobs

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"btrollout/internal/rollout"
)

// block stops a batch because the account does not work, and leaves it alone for a
// while that becomes longer each time.
func (w *Worker) block(ctx context.Context, b rollout.Batch, reason string) error {
	strikes, err := w.Ledger.Block(ctx, b.ID, reason)
	if err != nil || strikes == 0 {
		return err
	}
	pause := w.Retry.probe(strikes)
	w.Log.Error("the account does not work; the batch waits", "batch", b.ID, "reason", reason, "looking_again_in", pause)
	return w.Ledger.Keep(ctx, dutyProbe+b.ID, pause)
}

// dutyProbe, followed by a batch's id, is the duty to find out whether its account
// works again. It is held for as long as nobody is to try.
const dutyProbe = "probe:"

// probe finds out whether the account of a blocked batch works again: the profile
// must be readable and allow orders, and one site's own step must get through, for
// an account may refuse one call and answer all others. One site at a time tries.
func (w *Worker) probe(ctx context.Context, b rollout.Batch, s rollout.Site) error {
	wait := &waiting{delay: w.Retry.Probe + rand.N(w.Retry.Probe/4+1), reason: "the batch is blocked: " + b.Reason}
	mine, err := w.Ledger.Hold(ctx, dutyProbe+b.ID, w.Retry.probe(b.Strikes))
	if err != nil {
		return err
	}
	if !mine {
		return wait
	}
	me, err := w.API.Me(ctx)
	if err != nil || me.ReadOnly() {
		return errors.Join(wait, w.strike(ctx, b))
	}
	o, err := w.step(ctx, b, s, s.State.Stage())
	if o.blocked {
		return errors.Join(err, w.strike(ctx, b))
	}
	if o.onward {
		err = w.queue.Site(ctx, o.site, 0)
	}
	return errors.Join(err, w.resume(ctx, b))
}

// resume lets a batch go on whose account works again.
func (w *Worker) resume(ctx context.Context, b rollout.Batch) error {
	w.Log.Info("the account works again; the batch goes on", "batch", b.ID)
	return w.Ledger.Unblock(context.WithoutCancel(ctx), b.ID)
}

// lookAgain has the accounts of blocked batches looked at without waiting: whoever
// started this worker may have mended them.
func (w *Worker) lookAgain(ctx context.Context) error {
	batches, err := w.Ledger.OpenBatches(ctx)
	for _, b := range batches {
		if b.State == rollout.Blocked {
			err = errors.Join(err, w.Ledger.Keep(ctx, dutyProbe+b.ID, time.Millisecond))
		}
	}
	return err
}

// strike keeps a batch blocked, for longer than the last time.
func (w *Worker) strike(ctx context.Context, b rollout.Batch) error {
	if err := w.Ledger.Strike(ctx, b.ID); err != nil {
		return err
	}
	return w.Ledger.Keep(ctx, dutyProbe+b.ID, w.Retry.probe(b.Strikes+1))
}
