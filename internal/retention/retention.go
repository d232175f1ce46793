// Package retention purges batches: one that a person names (Purge), and, in a worker, those that have
// been done for longer than a time (Keeper). What a purge deletes and what remains of a site is decided
// by package ledger.
//
// A purge marks the batch, replaces the records of its sites in slices, has the report removed, and takes
// the mark "purging" away. If it is interrupted, the batch counts as purged, and the next Purge or Keeper
// comes to its end.
package retention

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// RemoveReport removes the report of a batch, and reports whether nothing is left of it. What it must
// not remove, it leaves.
type RemoveReport func(rollout.Batch) (removed bool, err error)

// Purge purges a batch. remove, unless nil, removes its report; if it fails, the batch is purged
// nevertheless, and the error is an *ReportLeft. Otherwise the error is that of Ledger.CanPurge, or
// one of the ledger.
func Purge(ctx context.Context, l *ledger.Ledger, b rollout.Batch, remove RemoveReport) error {
	if err := l.CanPurge(ctx, b.ID); err != nil {
		return err
	}
	if err := l.BeginPurge(ctx, b.ID); err != nil {
		return err
	}
	if err := l.PurgeSites(ctx, b.ID); err != nil {
		return err
	}
	var removed bool
	var failed error
	if remove != nil && b.Report != "" {
		removed, failed = remove(b)
	}
	if err := l.EndPurge(ctx, b.ID, removed); err != nil {
		return err
	}
	if failed != nil {
		return &ReportLeft{Path: b.Report, Err: failed}
	}
	return nil
}

// ReportLeft is the error of a batch that was purged, and whose report could not be removed.
type ReportLeft struct {
	Path string // of the report
	Err  error
}

func (e *ReportLeft) Error() string { return fmt.Sprintf("the report %s stays: %v", e.Path, e.Err) }

// Unwrap returns the cause.
func (e *ReportLeft) Unwrap() error { return e.Err }

const (
	// keepEvery is the time between two searches of a Keeper for batches to purge.
	keepEvery = time.Hour
	// keepLease is the lifetime of the lease under which a Keeper works, which it extends meanwhile.
	keepLease = 15 * time.Second
)

// Keeper purges the batches that have been done for longer than Retention. All fields are required,
// except RemoveReport.
type Keeper struct {
	Ledger       *ledger.Ledger
	Retention    time.Duration // by Redis' clock; 0: for ever, and Run does nothing
	RemoveReport RemoveReport  // for these batches; nil: their reports stay
	Log          *slog.Logger

	told map[string]bool // ids of the batches of which it was logged that they need a person
	id   string          // unique; "": none was chosen yet
}

// owner is the id of the Keeper as the leader of its duty.
func (k *Keeper) owner() string {
	if k.id == "" {
		k.id = rand.Text()
	}
	return k.id
}

// Run calls PurgeExpired at once, and then every hour, until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	if k.Retention <= 0 {
		return
	}
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		if err := k.PurgeExpired(ctx); err != nil && ctx.Err() == nil {
			k.Log.Warn("batches could not be purged; this is tried again in an hour", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// PurgeExpired purges the batches whose time has come, and ends purges that were interrupted, unless
// another process does this. A batch that fails does not stop the others.
func (k *Keeper) PurgeExpired(ctx context.Context) error {
	term, mine, err := k.Ledger.Duty("retention", k.owner()).Acquire(ctx, keepLease)
	if err != nil || !mine {
		return err
	}
	err = term.ExtendWhile(ctx, keepLease, k.purgeExpired)
	return errors.Join(err, term.Release(context.WithoutCancel(ctx)))
}

func (k *Keeper) purgeExpired(ctx context.Context) error {
	now, err := k.Ledger.Clock(ctx)
	if err != nil {
		return err
	}
	batches, err := k.Ledger.Batches(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, b := range batches {
		expired := !now.Before(doneAt(b).Add(k.Retention))
		if b.State != rollout.Done || !b.Purging && (!b.Purged.IsZero() || !expired) {
			continue
		}
		remove := k.RemoveReport
		if !expired { // a person's purge was interrupted, which leaves the report
			remove = nil
		}
		if err := k.purge(ctx, b, remove); err != nil {
			failed = append(failed, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failed...)
}

// purge purges one batch, and logs it.
func (k *Keeper) purge(ctx context.Context, b rollout.Batch, remove RemoveReport) error {
	err := Purge(ctx, k.Ledger, b, remove)
	var left *ReportLeft
	switch {
	case errors.Is(err, ledger.ErrNeedsPerson):
		if !k.told[b.ID] {
			k.Log.Warn("a batch is kept for longer than BATCH_RETENTION, because a person must decide about rows: see batch resolve",
				"batch", b.ID, "err", err)
		}
		if k.told == nil {
			k.told = map[string]bool{}
		}
		k.told[b.ID] = true
		return nil
	case errors.Is(err, ledger.ErrNotDone): // a person decided about a row at this moment
		return nil
	case errors.As(err, &left):
		k.Log.Warn("the report of a purged batch could not be removed", "batch", b.ID, "report", left.Path, "err", left.Err)
	case err != nil:
		return err
	}
	after, err := k.Ledger.Batch(ctx, b.ID)
	if err != nil {
		return err
	}
	k.Log.Info("the batch was purged", "batch", b.ID, "rows", b.Rows(), "done", doneAt(b).Format(time.RFC3339), "report_left", after.Report)
	return nil
}

// doneAt is when a batch was done, by Redis' clock. Earlier versions recorded it by a worker's clock,
// which may be wrong, but a batch is never done before it was entered.
func doneAt(b rollout.Batch) time.Time {
	switch {
	case !b.DoneAt.IsZero():
		return b.DoneAt
	case b.Finished.Before(b.Entered):
		return b.Entered
	}
	return b.Finished
}
