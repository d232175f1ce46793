// Submits a batch: recognises sites that an earlier upload knows, writes the rows to the
// ledger, and enqueues the first task of each.

package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"time"

	"golang.org/x/sync/errgroup"

	"btrollout/internal/identity"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

const (
	// submitChunk is how many rows are looked up, written and enqueued together.
	submitChunk = 500
	// withdrawWithin bounds what is done about an upload that failed.
	withdrawWithin = 30 * time.Second
	// cancelAtOnce is how many sites of a withdrawn batch are cancelled concurrently.
	cancelAtOnce = 16
)

// ErrStarted means that the upload ended early, but its batch had begun by then and continues.
var ErrStarted = errors.New("the batch had begun, and goes on")

// Recognise compares rows with what earlier uploads made of the same sites, and
// marks those that need no order, no work, or must wait. The entries returned are
// what Submit takes.
func Recognise(ctx context.Context, l *ledger.Ledger, customer string, sites []rollout.Site) ([]ledger.Entry, error) {
	names := make([]string, len(sites))
	for i, s := range sites {
		names[i] = s.Name
	}
	claims, err := l.Claims(ctx, customer, names)
	if err != nil {
		return nil, err
	}
	entries := make([]ledger.Entry, len(sites))
	for i, s := range sites {
		if s.State == rollout.Imported && claims[i] != (ledger.Claim{}) {
			if err := recogniseClaimed(ctx, l, &s, &claims[i]); err != nil {
				return nil, err
			}
		}
		entries[i] = ledger.Entry{Site: s, Claim: s.State == rollout.Imported || s.State == rollout.Skipped, Seen: claims[i]}
	}
	return entries, nil
}

// recogniseClaimed decides what a row means whose site is claimed, and notes in the claim
// the version of the record behind it.
func recogniseClaimed(ctx context.Context, l *ledger.Ledger, s *rollout.Site, c *ledger.Claim) error {
	if c.IsDamaged() {
		reject(s, problemRecordDamaged(*s, c.Batch))
		return nil
	}
	b, was, err := l.Load(ctx, c.Batch, c.Row)
	if err == nil && b.State == rollout.Importing {
		// A dead upload is withdrawn first, so that it cannot start any more.
		if err = withdrawDead(ctx, l, b.ID); err == nil {
			b, was, err = l.Load(ctx, c.Batch, c.Row)
		}
	}
	switch {
	case errors.Is(err, ledger.ErrDamaged): // it may have been ordered
		reject(s, problemRecordDamaged(*s, c.Batch))
	case errors.Is(err, ledger.ErrNotFound): // the account shows it
	case err != nil:
		return err
	default:
		recognise(s, b, was)
		if was.State.Final() { // only a person can change it, and may do so before the row is written
			c.Version = was.Version
		}
	}
	return nil
}

// recognise decides what a row means for a site that row `was` of batch b claimed.
func recognise(s *rollout.Site, b rollout.Batch, was rollout.Site) {
	s.Dismissed = dismissedBefore(was, s.Request.VoiceSiteID)
	known := was.Progress.VoiceSiteID // the API confirmed it; what a row says, it may not have
	s.Unconfirmed = was.Unconfirmed && known != ""
	addressOnly := func() { s.Request.VoiceSiteID, s.Progress.VoiceSiteID = known, known }
	lost := was.Name == "" // what that row asked cannot be read any more
	inReview := was.State == rollout.Review || was.InDoubt
	underWay := !was.State.Final() && b.State != rollout.Withdrawn
	switch {
	case (known != "" || inReview || underWay) && !lost && !identity.Same(s.Name, was.Name):
		reject(s, problemNameAlike(*s, b, was))
	case b.State == rollout.Importing:
		reject(s, problemSiteBeingWritten(*s, b, was))
	case underWay:
		reject(s, problemSiteUnderWay(*s, b, was))
	case inReview && s.Request.VoiceSiteID == "":
		reject(s, problemSiteInReview(*s, b, was))
	case inReview: // the voiceSiteId is a person's decision like any other, and verified like one
		s.Problems, s.Decision = nil, &rollout.Decision{VoiceSiteID: s.Request.VoiceSiteID}
		s.InDoubt, s.Intent, s.OrderID, s.OrderedAt = true, was.Intent, was.OrderID, was.OrderedAt
	case known == "", lost:
		// Nothing was made, or the account shows what: the row starts from the beginning.
	case s.Request.VoiceSiteID != "" && s.Request.VoiceSiteID != known:
		s.Progress.VoiceSiteID = known // a person says that it is another: the worker looks whether the known one is gone
	case differs(was.Country, s.Country) || s.VPNID != "" && differs(was.VPNID, s.VPNID):
		reject(s, problemSiteChanged(*s, was))
	case was.State == rollout.Provisioned || was.State == rollout.Skipped:
		addressOnly()
		if maps.Equal(was.Request.Address, s.Request.Address) {
			s.State = rollout.Skipped
		}
	default:
		addressOnly()
	}
}

// reject ends a row that cannot be enqueued.
func reject(s *rollout.Site, p rollout.Problem) {
	s.State = rollout.Rejected
	s.Problems = append(s.Problems, p)
}

// Submit writes a batch to the ledger and enqueues its sites. Rows whose site was
// taken by another upload in the meantime are rejected. It calls progress, unless
// nil, with how many rows are done.
//
// When it fails, the batch is withdrawn and none of its sites is ordered; unless
// the error is ErrStarted: then the batch had begun, and the workers' sweep finds
// the sites that were not enqueued. The error is ledger.ErrWithdrawn when a worker or
// another upload withdrew the batch, because this one gave no sign of life for too long.
func Submit(
	ctx context.Context, l *ledger.Ledger, q *Queue, b rollout.Batch, entries iter.Seq2[ledger.Entry, error], progress func(int),
) error {
	err := write(ctx, l, b, entries, progress)
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), withdrawWithin)
		defer cancel()
		withdrawn, failed := withdraw(ctx, l, q, b.ID)
		switch {
		case errors.Is(failed, ledger.ErrNotFound):
			return err
		case failed != nil || withdrawn:
			return errors.Join(err, failed) // a batch that was not withdrawn is taken for dead later
		}
		// The batch runs: only the answer to its start was lost.
	}
	if err := enqueue(ctx, l, q, b); err != nil {
		return fmt.Errorf("%w: %w", ErrStarted, err)
	}
	return nil
}

// write writes a batch with all its sites, and starts it.
func write(ctx context.Context, l *ledger.Ledger, b rollout.Batch, entries iter.Seq2[ledger.Entry, error], progress func(int)) error {
	if err := l.Create(ctx, b); err != nil {
		return err
	}
	err := whileTouching(ctx, l, b.ID, func(ctx context.Context) error {
		done := 0
		for part, err := range chunks(ctx, entries) {
			if err != nil {
				return err
			}
			lost, err := l.Add(ctx, b, part)
			if err != nil {
				return err
			}
			if err := addLost(ctx, l, b, part, lost); err != nil {
				return err
			}
			if done += len(part); progress != nil {
				progress(done)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.Start(ctx, b.ID)
}

// withdraw takes a batch back whose upload failed, and cancels its sites. It
// reports whether that was still possible.
func withdraw(ctx context.Context, l *ledger.Ledger, q *Queue, id string) (bool, error) {
	withdrawn, err := l.Withdraw(ctx, id)
	if !withdrawn {
		return false, err
	}
	b, err := l.Batch(ctx, id)
	if err != nil {
		return true, err
	}
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(cancelAtOnce)
	for s, err := range l.Sites(ctx, id) {
		if err != nil {
			return true, errors.Join(err, g.Wait())
		}
		if s.State.Final() {
			continue
		}
		s.State = rollout.Cancelled
		endInDoubt(b, &s)
		g.Go(func() error {
			_, _, err := l.Advance(within, s, time.Time{})
			if errors.Is(err, ledger.ErrStale) {
				return nil // somebody else cancelled it
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return true, err
	}
	return true, q.Close(ctx, id)
}

// enqueue makes the first task of each site of a batch.
func enqueue(ctx context.Context, l *ledger.Ledger, q *Queue, b rollout.Batch) error {
	var sites []rollout.Site
	flush := func() error {
		err := q.Sites(ctx, sites)
		sites = sites[:0]
		return err
	}
	for s, err := range l.Sites(ctx, b.ID) {
		if err != nil {
			return err
		}
		if sites = append(sites, s); len(sites) == submitChunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	now, err := l.Batch(ctx, b.ID)
	if err != nil {
		return err
	}
	if now.Open() == 0 {
		return q.Close(ctx, b.ID)
	}
	return nil
}

// addLost writes the rows that lost their claim to another upload, as rejected.
func addLost(ctx context.Context, l *ledger.Ledger, b rollout.Batch, part []ledger.Entry, lost []rollout.RowRef) error {
	if len(lost) == 0 {
		return nil
	}
	isLost := map[rollout.RowRef]bool{}
	for _, row := range lost {
		isLost[row] = true
	}
	var again []ledger.Entry
	for _, e := range part {
		if !isLost[e.Site.Row] {
			continue
		}
		reject(&e.Site, problemTakenDuringUpload(e.Site))
		again = append(again, ledger.Entry{Site: e.Site})
	}
	_, err := l.Add(ctx, b, again)
	return err
}

// chunks gathers entries into slices of submitChunk, until ctx ends.
func chunks(ctx context.Context, entries iter.Seq2[ledger.Entry, error]) iter.Seq2[[]ledger.Entry, error] {
	return func(yield func([]ledger.Entry, error) bool) {
		var part []ledger.Entry
		for e, err := range entries {
			if err = cmp.Or(err, ctx.Err()); err != nil {
				yield(nil, err)
				return
			}
			if part = append(part, e); len(part) == submitChunk {
				if !yield(part, nil) {
					return
				}
				part = nil
			}
		}
		if len(part) > 0 {
			yield(part, nil)
		}
	}
}
