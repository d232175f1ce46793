// Rows that follow another row of their site: what the worker does for them. The ledger makes a
// row due at once when the one that it follows has ended, and the sweep gives it its task.

package jobs

import (
	"context"
	"errors"
	"time"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// followRecheck is after how long the worker checks again whether a row still has to wait, even if the
// end of the other row did not make it due.
const followRecheck = time.Hour

// follow checks whether a row still has to wait for an earlier one of its site. If it has not,
// it becomes what it would be if it were uploaded now: parked, if it is imported.
// Following → Imported, Skipped or Rejected.
func (w *Worker) follow(ctx context.Context, b rollout.Batch, s rollout.Site) error {
	// It is postponed before the check: if the other row ends after the check, this one is due.
	if err := w.Ledger.Postpone(ctx, s.Batch, w.Now().Add(followRecheck), s.Row); err != nil {
		return err
	}
	e, importing, err := w.recogniseFollower(ctx, b, s)
	next, open := e.Site, 0
	switch {
	case err != nil:
		return err
	case next.State == rollout.Following && importing: // whether it becomes whole shows soon
		return &waitError{delay: idlePause, reason: "an earlier upload of the site is being written"}
	case next.State == rollout.Following:
		return nil
	case next.State == rollout.Rejected:
		next, open, err = w.Ledger.Advance(ctx, next, w.Now())
	case next.Elsewhere != nil:
		next, open, err = w.Ledger.AdvanceLeaving(ctx, next, placeClaim(*next.Elsewhere), w.Now())
	default:
		var now time.Time
		if now, err = w.Ledger.Clock(ctx); err != nil {
			return err
		}
		next.SurveyFrom = &now
		next, open, err = w.Ledger.AdvanceClaiming(ctx, b.Customer, next, e.Seen, ledger.ParkedDue(b, next))
	}
	switch {
	case errors.Is(err, ledger.ErrUnclaimed):
		return w.restoreClaims(ctx, b.Customer)
	case errors.Is(err, ledger.ErrStale):
		return w.handleStale(ctx, s, rollout.StageValidate)
	case err != nil:
		return err
	case open == 0:
		return w.queue.Close(ctx, s.Batch)
	}
	w.noteMoved() // it waits for its turn
	return nil
}

// recogniseFollower is what a row in Following becomes now. It reports whether the row still
// waits for one of an upload that is being written.
func (w *Worker) recogniseFollower(ctx context.Context, b rollout.Batch, s rollout.Site) (e ledger.Entry, importing bool, err error) {
	claims, err := w.Ledger.Claims(ctx, b.Customer, []string{s.Name})
	if err != nil {
		return e, false, err
	}
	followers, err := w.Ledger.Followers(ctx, claims...)
	if err != nil {
		return e, false, err
	}
	key, err := w.Ledger.AddressKey(ctx)
	if err != nil {
		return e, false, err
	}
	s.State = rollout.Imported
	e = ledger.Entry{Site: s, Seen: claims[0]}
	ahead, err := recogniser{ledger: w.Ledger, addresses: key}.recognise(ctx, &e, followers[0], ledger.Claim{Batch: s.Batch, Row: s.Row})
	return e, ahead.b.State == rollout.Importing, err
}
