// Submits a batch: writes the rows to the ledger, parked, and makes the tasks of those that follow others.

package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

const (
	// submitChunk is how many rows are looked up, written and enqueued together.
	submitChunk = 500
	// withdrawWithin bounds what is done about an upload that failed.
	withdrawWithin = 30 * time.Second
	// cancelAtOnce is how many sites of a batch are cancelled concurrently.
	cancelAtOnce = 16
)

// ErrStarted means that the upload ended early, but its batch had begun by then and continues.
var ErrStarted = errors.New("the batch had begun, and goes on")

// Submit writes a batch to the ledger; workers admit its sites. It calls progress, unless nil, with how
// many rows are done.
//
// When it fails, the batch is withdrawn and none of its sites is ordered; unless
// the error is ErrStarted: then the batch had begun, and the workers' sweep finds
// the rows that follow others and have no task. The error is ledger.ErrWithdrawn when a worker or
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
	if err := makeFollowerTasks(ctx, l, q, b); err != nil {
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
			if err := writeRows(ctx, l, b, part); err != nil {
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
	if err := cancelSites(ctx, l, b, l.Sites(ctx, b.ID), func(rollout.Site) bool { return true }); err != nil {
		return true, err
	}
	return true, q.Close(ctx, id)
}

// makeFollowerTasks makes the first task of each site of a batch that follows another row. All others are
// parked: workers admit them.
func makeFollowerTasks(ctx context.Context, l *ledger.Ledger, q *Queue, b rollout.Batch) error {
	now, err := l.Batch(ctx, b.ID)
	if err != nil {
		return err
	}
	if now.Open() == 0 {
		return q.Close(ctx, b.ID)
	}
	if now.Counts[rollout.Following] == 0 {
		return nil
	}
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
		if s.State != rollout.Following {
			continue
		}
		if sites = append(sites, s); len(sites) == submitChunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// writeRows adds rows to a batch. A row for which another upload was faster, or about whose
// site a person decided meanwhile, is recognised again.
func writeRows(ctx context.Context, l *ledger.Ledger, b rollout.Batch, rows []ledger.Entry) error {
	for tries := 1; len(rows) > 0; tries++ {
		lost, err := l.Add(ctx, b, rows)
		if err != nil || len(lost) == 0 {
			return err
		}
		rows = slices.DeleteFunc(rows, func(e ledger.Entry) bool { return !slices.Contains(lost, e.Site.Row) })
		if rows, err = recogniseLost(ctx, l, b, rows, tries < recogniseTries); err != nil {
			return err
		}
	}
	return nil
}

// recogniseTries is how often a row is recognised while other uploads keep being faster.
const recogniseTries = 5

// recogniseLost recognises rows again, if tryAgain, and rejects those for which that does not
// help. A row whose site was in place is rejected rather than made to change something: its author
// was told that it changes nothing.
func recogniseLost(ctx context.Context, l *ledger.Ledger, b rollout.Batch, rows []ledger.Entry, tryAgain bool) ([]ledger.Entry, error) {
	sites := make([]rollout.Site, len(rows))
	for i, e := range rows {
		sites[i] = asUploaded(e.Site)
	}
	again := make([]ledger.Entry, len(rows))
	if tryAgain {
		own, err := l.Batch(ctx, b.ID)
		if err == nil {
			again, err = recogniseAll(ctx, l, b.Customer, sites, own.Entered)
		}
		if err != nil {
			return nil, err
		}
	}
	for i, e := range rows {
		idle := e.Site.State == rollout.Skipped && e.Site.Elsewhere == nil
		if !tryAgain || idle && again[i].Site.State != rollout.Skipped {
			reject(&sites[i], problemTakenDuringUpload(e.Site))
			again[i] = ledger.Entry{Site: sites[i]}
		}
	}
	return again, nil
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
