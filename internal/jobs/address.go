// Pushes the address to the site's voicesite, so that an older address never arrives after
// a newer one. Which voicesite is the site's is decided in voicesite.go.

package jobs

import (
	"context"
	"errors"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// pushesKept is how long the ledger remembers a push whose outcome was never known.
const pushesKept = 24 * time.Hour

// address pushes the address to the voicesite. Delivered → Provisioned, Failed or
// Review. A worker that dies at any point leaves the push recorded as one that may still
// arrive; the next task delivery pushes the same address again, which does no harm.
func (w *Worker) address(ctx context.Context, b rollout.Batch, s rollout.Site) (rollout.Site, error) {
	if s.Unconfirmed {
		var err error
		if s, err = w.confirmVoiceSite(ctx, b, s); err != nil || s.State != rollout.Delivered {
			return s, err
		}
	}
	push, err := w.push(ctx, b, s)
	if err != nil {
		return w.notPushed(ctx, b, s, err)
	}
	if push.Crossed {
		w.note(ctx, func(ctx context.Context) error { return w.Ledger.EndPush(ctx, push) })
		kept, err := w.keeps(ctx, b, s)
		if err != nil {
			return s, err
		}
		if !kept {
			return w.notKept(b, s)
		}
	} else {
		s.Pushed = &rollout.Pushed{Customer: push.Customer, Attempt: push.Attempt, At: w.Now()}
	}
	s.State = rollout.Provisioned
	return s, nil
}

// push makes one attempt to push the address. It is announced when its slot has come, right
// before the sending; if the announcement fails, nothing is sent.
func (w *Worker) push(ctx context.Context, b rollout.Batch, s rollout.Site) (ledger.Push, error) {
	var push ledger.Push
	if early := w.earliestAddress(b).Sub(w.Now()); early > 0 {
		return push, &waitError{delay: early, reason: "Redis is new or was restarted; an address that was sent before may still arrive"}
	}
	end := func(ctx context.Context) error { return w.Ledger.EndPush(ctx, push) }
	err := w.API.PutAddress(ctx, b.Customer, s.Progress.VoiceSiteID, s.Push, func(ctx context.Context) (time.Time, error) {
		if push.Attempt != "" { // the token was refused, which proves that nothing was done
			w.note(ctx, end)
		}
		now := w.Now()
		sendBefore := now.Add(w.Window)
		if b.Plan.Strict {
			sendBefore = w.sendBefore(b, now)
		}
		var err error
		push, err = w.Ledger.AnnouncePush(ctx, b, s, now, w.arrivesBy(sendBefore))
		return sendBefore, err
	})
	var api *btapi.Error
	switch {
	case err == nil || push.Attempt == "":
	case errors.As(err, &api) && api.Unknown: // this sender is done with the attempt
		w.note(ctx, func(ctx context.Context) error { return w.Ledger.PushUnknown(ctx, push, w.arrivesBy(w.Now())) })
	default:
		w.note(ctx, end)
	}
	return push, err
}

// note records what became of a push, even if the worker is being stopped. If Redis does
// not take it, the push is treated as one that may still arrive, which is safe.
func (w *Worker) note(ctx context.Context, record func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	if err := record(ctx); err != nil {
		w.Log.Warn("the outcome of a push was not recorded; a later address of the voicesite waits until this one cannot arrive", "err", err)
	}
}

// notPushed decides about a site whose push ended with an error. Errors that it returns
// are for the policy.
func (w *Worker) notPushed(ctx context.Context, b rollout.Batch, s rollout.Site, err error) (rollout.Site, error) {
	var pending *ledger.PendingPush
	var foreign *ledger.ForeignVoiceSite
	switch {
	case errors.As(err, &pending):
		return s, &waitError{delay: max(0, pending.Until.Sub(w.Now())), reason: pending.Error()}
	case errors.As(err, &foreign):
		return w.reviewForeign(ctx, b, s, foreign)
	case errors.Is(err, ledger.ErrUnclaimed):
		return s, w.restoreClaims(ctx, b.Customer)
	case errors.Is(err, ledger.ErrTaken):
		fail(&s, problemTakenBeforeAddress(s))
		return s, nil
	case btapi.IsNotFound(err):
		return w.reviewNotFound(ctx, b, s, btapi.RefusalIn(err))
	}
	return s, err
}

// forgetPushes drops what the ledger remembers of old pushes.
func (w *Worker) forgetPushes(ctx context.Context, customer string) {
	if err := w.Ledger.DropPushes(ctx, customer, w.Now().Add(-pushesKept)); err != nil {
		w.Log.Debug("old pushes could not be forgotten; the end of the next batch tries again", "err", err)
	}
}

// keeps reports whether the voicesite has the address of the site, where the API offers
// to read it.
func (w *Worker) keeps(ctx context.Context, b rollout.Batch, s rollout.Site) (bool, error) {
	stored, err := w.API.Address(ctx, b.Customer, s.Progress.VoiceSiteID)
	if notOffered(err) != nil {
		return true, nil
	}
	return err == nil && sameAddress(s.Push, stored), err
}

// sameAddress reports whether the API stores the address that was pushed. It may spell
// it differently, and adds the dial zone where it derives it.
func sameAddress(pushed, stored map[string]string) bool {
	for element, value := range stored {
		if spelling.Fold(value) != spelling.Fold(pushed[element]) && !(element == rollout.DialZone && pushed[element] == "") {
			return false
		}
	}
	for element, value := range pushed {
		if value != "" && stored[element] == "" {
			return false
		}
	}
	return true
}

// notKept decides about a site whose voicesite has another address than the one that was
// just pushed: it is pushed again, as often as any step is tried. Delivered → Review
// after that.
func (w *Worker) notKept(b rollout.Batch, s rollout.Site) (rollout.Site, error) {
	s.Tries++
	if s.Tries < w.Retry.Tries {
		return s, &waitError{delay: w.Retry.pause(s.Tries), reason: "the API shows another address than the one sent"}
	}
	review(b, &s, problemAddressNotKept(s))
	return s, nil
}
