// The sweep, by which nothing is lost between ledger and queue: it hands back tasks whose
// worker died, gives sites without a task one, withdraws uploads that died, and mends
// damaged records.

package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// Sweep is how often the sweep runs, and when it considers a task lost.
type Sweep struct {
	Every   time.Duration // between two sweeps, whichever worker makes them
	Overdue time.Duration // a site's step is overdue for this long before its task is made again
	// Silent is how long a worker gives no sign of life for a task before the task is handed
	// back. asynq renews the lease of a task every 5 s; the rest is for a worker that is slow,
	// and for clocks that differ.
	Silent time.Duration
}

// DefaultSweep finds a lost task within 20 s.
var DefaultSweep = Sweep{Every: 5 * time.Second, Overdue: 10 * time.Second, Silent: 13 * time.Second}

// sweepLimit is how many overdue sites of a batch get their tasks in one sweep.
const sweepLimit = 1000

// sweepForever sweeps until ctx ends. Of all workers, one sweeps at a time.
func (w *Worker) sweepForever(ctx context.Context) {
	if err := w.shortenProbePauses(ctx); err != nil {
		w.Log.Log(ctx, min(levelOf(err.Error()), slog.LevelWarn), "blocked batches are looked at later", "err", err)
	}
	tick := time.NewTicker(w.Sweep.Every)
	defer tick.Stop()
	redisWellSince := w.Now() // since when every sweep found its Redis
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		mine, err := w.sweepTimer().Acquire(ctx, w.Sweep.Every*4/5)
		if err == nil && mine {
			w.leaveOldQueues(ctx)
			err = errors.Join(w.unlessOver(w.handBack(ctx, redisWellSince)), w.sweep(ctx), w.unlessOver(w.endSweep(ctx)))
		}
		if err != nil && ctx.Err() == nil {
			redisWellSince = w.Now()
			w.Log.Log(ctx, levelOf(err.Error()), "the sweep for lost tasks failed; it is tried again", "err", err)
		}
	}
}

// leaveOldQueues removes the tasks that an earlier version left in its queues, until
// there are none.
func (w *Worker) leaveOldQueues(ctx context.Context) {
	if w.leftOld {
		return
	}
	removed, leased, err := w.queue.removeOld(ctx, w.Now())
	if err != nil {
		w.Log.Warn("tasks of an earlier version are removed later", "err", err)
		return
	}
	w.leftOld = removed+leased == 0
	if removed > 0 {
		w.Log.Info("tasks of an earlier version were removed; their sites get new ones", "tasks", removed)
	}
}

// handBack hands back the tasks of dead workers. Every sweep since redisWellSince has found its Redis.
func (w *Worker) handBack(ctx context.Context, redisWellSince time.Time) error {
	now := w.Now()
	// After an outage of Redis, running workers must renew their leases first. And where no
	// task was active at noActive, none has been silent for long enough yet.
	if now.Sub(redisWellSince) <= w.Sweep.Silent || now.Sub(w.noActive) < w.Sweep.Silent {
		return nil
	}
	active, err := w.queue.handBack(ctx, w.leadSweep, now.Add(-w.Sweep.Silent))
	if err == nil && !active {
		w.noActive = now
	}
	return err
}

// longestCheckLull is the longest time between two checks of the batches' records.
const longestCheckLull = 5 * time.Minute

// sweep does for each open batch what its state requires. While nothing changes in the
// batches, it checks their records less often, and leaves those alone whose open sites all
// wait for their orders: these sites need no tasks.
func (w *Worker) sweep(ctx context.Context) error {
	now := w.Now()
	// A site without a task is looked for when it is Overdue: such counts are recent enough.
	batches, err := w.readCounts(ctx, w.Sweep.Overdue/2)
	if err != nil || now.Sub(w.foundSound) >= w.lullPause(w.Sweep.Every, longestCheckLull) {
		return w.sweepChecked(ctx, now)
	}
	var failed []error
	for _, b := range batches {
		if b.Open() == 0 || b.Open() > b.Counts[rollout.Ordered] {
			failed = append(failed, w.sweepBatch(ctx, b, now))
		}
	}
	return errors.Join(failed...)
}

// sweepChecked is sweep for all batches, after a check of their records. It mends those that
// are damaged.
func (w *Worker) sweepChecked(ctx context.Context, now time.Time) error {
	w.foundSound = time.Time{}
	failed := []error{w.mendLists(ctx, now)}
	batches, err := w.Ledger.OpenBatches(ctx)
	if err != nil {
		return errors.Join(append(failed, err)...)
	}
	sound := true
	for _, b := range batches {
		if b.Unsound {
			sound = false
			if mended, err := w.mend(ctx, b.ID, now); mended || err != nil { // b was read before: the next sweep reads it again
				failed = append(failed, err)
				continue
			}
		}
		failed = append(failed, w.sweepBatch(ctx, b, now)) // an error of one batch does not stop the others
	}
	err = errors.Join(failed...)
	if err == nil && sound {
		w.foundSound = now
	}
	return err
}

// sweepBatch does for one batch what its state requires. What it writes is safe if another worker
// has come to lead the sweep: tasks are postponed with the term of the leader (reviveSites), sites
// are written with their versions, the scripts that withdraw an upload and mend records decide by
// what they find, and making a task again changes nothing.
func (w *Worker) sweepBatch(ctx context.Context, b rollout.Batch, now time.Time) (err error) {
	switch {
	case b.State == rollout.Damaged:
		w.warnOnce("damaged "+b.ID, "the record of a batch cannot be read, so nothing is done for it; see docs/operations.md, Damaged records",
			"batch", b.ID, "reason", b.Reason)
	case b.State == rollout.Importing:
		_, _, err = w.Ledger.WithdrawSilent(ctx, b.ID, deadUpload) // the next sweep cancels its sites
	case b.State == rollout.Withdrawn:
		w.Log.Warn("an upload did not become whole; its sites are cancelled",
			"batch", b.ID, "rows", b.Rows(), "rows_not_written", b.Unwritten())
		_, err = withdraw(ctx, w.Ledger, w.queue, b.ID)
	case b.State != rollout.Running && b.State != rollout.Blocked:
	case b.Open() == 0:
		err = w.queue.Close(ctx, b.ID)
	default:
		err = w.sweepOpen(ctx, b, now)
	}
	return err
}

// sweepOpen sweeps a batch that has open sites. Those of a cancelled batch are cancelled, except for
// those that are to be finished.
func (w *Worker) sweepOpen(ctx context.Context, b rollout.Batch, now time.Time) error {
	if err := w.sweepCancelled(ctx, b, now); err != nil {
		return err
	}
	if b.State == rollout.Blocked {
		return w.tryAgain(ctx, b, now)
	}
	return w.revive(ctx, b.ID, now.Add(-w.Sweep.Overdue), sweepLimit)
}

// cancelSweep is when the sites of a cancelled batch were last read, and how many of those that had to be
// cancelled by the counts were left, because they are to be finished.
type cancelSweep struct {
	at   time.Time
	left int
}

// cancelAgain is how long the sites of a cancelled batch are not read again while their number stays.
const cancelAgain = time.Minute

// sweepCancelled cancels the sites of a cancelled batch. Those that are left are put in order: a worker of
// an earlier version may have parked them where no site of such a batch is admitted.
func (w *Worker) sweepCancelled(ctx context.Context, b rollout.Batch, now time.Time) error {
	n, last := mayHaveToCancel(b), w.cancelled[b.ID]
	if n == 0 || n == last.left && now.Sub(last.at) < cancelAgain {
		return nil
	}
	left := 0
	err := cancelSites(ctx, w.Ledger, b, w.Ledger.OpenSites(ctx, b.ID), func(s rollout.Site) bool {
		is := isCancelled(b, s)
		if !is && s.IsPastOrder() {
			left++
		}
		return is
	})
	if err == nil && left > 0 {
		err = w.Ledger.PutInOrder(ctx, b)
	}
	if err == nil {
		w.cancelled[b.ID] = cancelSweep{now, left}
	}
	return err
}

// mendEvery is how often, at most, the counts and lists of one batch are mended.
const mendEvery = time.Minute

// mend derives the counts and lists of a batch from its sites, because they do not agree. It
// reports whether it did: each batch is mended at most once in mendEvery.
func (w *Worker) mend(ctx context.Context, batch string, now time.Time) (bool, error) {
	if now.Sub(w.mended[batch]) < mendEvery {
		return false, nil
	}
	w.mended[batch] = now
	w.Log.Warn("records of a batch were damaged; they are derived from its sites again, and sites that cannot be read go to review",
		"batch", batch)
	return true, w.Ledger.Mend(ctx, batch)
}

// mendLists mends the lists of batches, at most once in mendEvery. The first time it checks
// each batch, later only whether the lists exist.
func (w *Worker) mendLists(ctx context.Context, now time.Time) error {
	if now.Sub(w.mended[""]) < mendEvery {
		return nil
	}
	first := w.mended[""].IsZero()
	w.mended[""] = now
	return w.Ledger.MendLists(ctx, first)
}

// revive makes sure that each site of a batch whose step was due before due has its task,
// the longest overdue first, at most limit. Making a task again is harmless. The sites are
// postponed first, so that the next call takes others; their tasks may postpone them further.
func (w *Worker) revive(ctx context.Context, batch string, due time.Time, limit int) error {
	late, err := w.Ledger.Overdue(ctx, batch, due, limit)
	if err != nil {
		return err
	}
	return w.reviveSites(ctx, batch, late)
}

// reviveSites makes sure that these sites of a batch have their tasks, as the leader of the sweep. If
// another worker leads, it does nothing.
func (w *Worker) reviveSites(ctx context.Context, batch string, late []rollout.Site) error {
	if len(late) == 0 {
		return nil
	}
	term, err := w.leadSweep(ctx)
	if err == nil {
		err = w.makeTasks(ctx, term, batch, late)
	}
	return w.unlessOver(err)
}

// makeTasks postpones these sites of a batch, in a term of the sweep, and makes sure that they have
// their tasks.
func (w *Worker) makeTasks(ctx context.Context, by ledger.Term, batch string, late []rollout.Site) error {
	rows := make([]rollout.RowRef, len(late))
	for i, s := range late {
		rows[i] = s.Row
	}
	if err := w.Ledger.PostponeAs(ctx, by, batch, w.Now(), rows...); err != nil {
		return err
	}
	if err := w.queue.Sites(ctx, late); err != nil {
		return err
	}
	for _, s := range late {
		if s.State != rollout.Ordered {
			continue
		}
		// Its deadline has passed: it is written unchanged, so that the poller polls its order
		// individually.
		if _, _, err := w.Ledger.Advance(ctx, s, w.Now()); err != nil && !errors.Is(err, ledger.ErrStale) {
			return err
		}
	}
	return nil
}
