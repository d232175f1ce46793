// Batches: how they are created, filled, blocked, ended and listed, and how all their
// sites are read in the order of the file.

package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// chunk is the largest number of sites, or of other items, that one round trip reads or
// writes.
const chunk = 500

// Create enters a new batch, without sites, in state Importing. Its Entered is read from
// Redis' clock, because the uploader's clock may be wrong.
func (l *Ledger) Create(ctx context.Context, b rollout.Batch) error {
	meta, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("creating batch %s: %w", b.ID, err)
	}
	countries, err := json.Marshal(b.Countries)
	if err != nil {
		return fmt.Errorf("creating batch %s: %w", b.ID, err)
	}
	entered, err := l.Clock(ctx)
	if err != nil {
		return fmt.Errorf("creating batch %s: %w", b.ID, err)
	}
	if err := errors.Join(l.openVoiceSites(ctx, b.Customer), l.restoreNameClaims(ctx, Term{}, b.Customer)); err != nil {
		return fmt.Errorf("creating batch %s: %w", b.ID, err)
	}
	_, err = l.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, keyBatch(b.ID), "entered", entered.UnixMilli(), "meta", meta,
			"state", string(rollout.Importing), "touched", entered.UnixMilli(), fieldPlan, planJSON(b.Plan))
		p.Set(ctx, keyCountries(b.ID), countries, 0)
		p.ZAdd(ctx, keyBatches(), redis.Z{Score: float64(b.Created.UnixMilli()), Member: b.ID})
		p.SAdd(ctx, keyOpenBatches(), b.ID)
		p.SetNX(ctx, keySince(), entered.UnixMilli(), 0)
		logScript.Eval(ctx, p, []string{keyLog(b.ID)}, l.actor, string(rollout.AuditEntered),
			detailRecord(rollout.AuditDetail{File: b.File}))
		return nil
	})
	if err != nil {
		return fmt.Errorf("creating batch %s: %w", b.ID, err)
	}
	return nil
}

// Entry is a site to be added, and what the caller saw when it decided about the site.
type Entry struct {
	Site  rollout.Site
	Claim bool  // the site claims its technicalSiteName; a rejected row does not
	Seen  Claim // the claim on the name when the caller read it; zero: there was none
	// Behind is the row behind which this one stands: the one that it follows or to which it
	// leaves the site, or the last of those that follow the one with the claim. Zero: none; then a
	// row that claims nothing is written whatever Seen is.
	Behind Claim
	// Follower is the row that followed Behind when the caller read it, and has ended; zero:
	// there was none.
	Follower Claim
}

// Add writes sites to a batch that is Importing, and notes that its upload is alive. Sites in state
// Imported are parked. It
// returns the rows that were not written, because what the caller decided by is out of date
// (addScript says when). Adding a row again changes nothing. The error is ErrWithdrawn if the
// batch is no longer Importing, and ErrUnclaimed. Times are read from Redis' clock, because the
// uploader's clock may be wrong.
func (l *Ledger) Add(ctx context.Context, b rollout.Batch, entries []Entry) (lost []rollout.RowRef, err error) {
	for part := range slices.Chunk(entries, chunk) {
		now, err := l.Clock(ctx)
		if err != nil {
			return lost, fmt.Errorf("writing rows of batch %s: %w", b.ID, err)
		}
		args := make([]any, 0, 2+12*len(part))
		args = append(args, now.UnixMilli(), b.ID)
		for _, e := range part {
			e.Site.Changed = l.now().UTC()
			input, err := json.Marshal(e.Site)
			if err != nil {
				return lost, fmt.Errorf("writing row %d of batch %s: %w", e.Site.Row, b.ID, err)
			}
			progress, err := json.Marshal(e.Site.Progress)
			if err != nil {
				return lost, fmt.Errorf("writing row %d of batch %s: %w", e.Site.Row, b.ID, err)
			}
			open, name, field, claims := "", "", "", ""
			switch {
			case e.Site.State == rollout.Imported:
				open = strconv.FormatInt(ParkedDue(b, e.Site).UnixMilli(), 10)
			case !e.Site.State.Final():
				open = strconv.FormatInt(now.UnixMilli(), 10)
			}
			if e.Claim || e.Behind != (Claim{}) {
				name, field = e.Site.Name, claimField(e.Site.Name)
			}
			if e.Claim {
				claims = "1"
			}
			args = append(args, int(e.Site.Row), string(e.Site.State), open, input, progress,
				name, field, e.Seen.String(), e.Seen.version(), claims, e.Behind.String(), e.Follower.String())
		}
		rows, err := addScript.Run(ctx, l.rdb, []string{
			keyRows(b.ID), keySites(b.ID), keyCounts(b.ID), keyOpen(b.ID), keyClaims(b.Customer), keyBatch(b.ID),
			keySites(""), keyFollowers(""), keyOpen(""),
		}, args...).Int64Slice()
		if err != nil && !errors.Is(err, redis.Nil) {
			return lost, fmt.Errorf("writing batch %s: %w", b.ID, err)
		}
		for _, r := range rows {
			switch r {
			case -1:
				return lost, ErrWithdrawn
			case -2: // the claims were deleted while this upload wrote its rows
				return lost, ErrUnclaimed
			}
			lost = append(lost, rollout.RowRef(r))
		}
	}
	return lost, nil
}

// Start lets a batch run: Importing → Running. The error is ErrWithdrawn if the batch is
// no longer Importing.
func (l *Ledger) Start(ctx context.Context, id string) error {
	moved, err := l.move(ctx, id, rollout.Importing, rollout.Running, rollout.AuditStarted)
	if err == nil && !moved {
		err = ErrWithdrawn
	}
	return err
}

// Touch notes that the upload of a batch is alive. The error is ErrWithdrawn if the batch is
// no longer Importing.
func (l *Ledger) Touch(ctx context.Context, id string) error {
	n, err := touchScript.Run(ctx, l.rdb, []string{keyBatch(id)}).Int()
	if err != nil {
		return fmt.Errorf("noting that the upload of batch %s is alive: %w", id, err)
	}
	if n == 0 {
		return ErrWithdrawn
	}
	return nil
}

// Withdraw ends an upload that will not be completed: Importing → Withdrawn. Afterwards no
// site can be added, and the batch cannot start. Withdraw reports whether the batch was
// withdrawn, now or earlier, even if it is Done by now; a batch that has started was not. It works on
// a Redis that is full, too.
func (l *Ledger) Withdraw(ctx context.Context, id string) (bool, error) {
	n, err := l.withdraw(ctx, id, "", 0)
	return n == 1, err
}

// Silence is how long an upload must have given no sign of life to be considered dead: for
// After until it is watched, and then for While.
type Silence struct{ After, While time.Duration }

// WithdrawSilent is Withdraw for an upload that gives no sign of life, by Redis' clock.
// watched reports that the upload has been silent for s.After, and is withdrawn if it stays
// silent.
func (l *Ledger) WithdrawSilent(ctx context.Context, id string, s Silence) (withdrawn, watched bool, err error) {
	n, err := l.withdraw(ctx, id, s.After.Milliseconds(), s.While.Milliseconds())
	return n == 1, n == -1, err
}

func (l *Ledger) withdraw(ctx context.Context, id string, silent, watched any) (int, error) {
	n, err := withdrawScript.Run(ctx, l.rdb, []string{keyBatch(id), keyLog(id)}, silent, watched, l.actor).Int()
	if err == nil && n == -2 {
		err = ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("withdrawing batch %s: %w", id, err)
	}
	return n, nil
}

// failedProbesExpireAfter is how long the account must have worked for earlier failed probes
// to be dropped.
const failedProbesExpireAfter = 15 * time.Minute

// Block blocks a running batch because the account does not work: Running → Blocked. It
// returns how often the account did not work lately (its failed probes), or 0 if the batch was not
// running.
func (l *Ledger) Block(ctx context.Context, id, reason string) (failed int, err error) {
	failed, err = blockScript.Run(ctx, l.rdb, []string{keyBatch(id), keyLog(id)}, reason, l.now().UnixMilli(),
		failedProbesExpireAfter.Milliseconds(), l.actor, detailRecord(rollout.AuditDetail{Reason: reason})).Int()
	if err != nil {
		return 0, fmt.Errorf("blocking batch %s: %w", id, err)
	}
	return failed, nil
}

// CountFailedProbe counts that the account of a blocked batch still does not work. It changes
// nothing if the batch is no longer blocked, or its record was lost during the probe.
func (l *Ledger) CountFailedProbe(ctx context.Context, id string) error {
	if err := countFailedProbeScript.Run(ctx, l.rdb, []string{keyBatch(id)}).Err(); err != nil {
		return fmt.Errorf("keeping batch %s blocked: %w", id, err)
	}
	return nil
}

// Unblock lets a blocked batch continue: Blocked → Running.
func (l *Ledger) Unblock(ctx context.Context, id string) error {
	_, err := l.move(ctx, id, rollout.Blocked, rollout.Running, rollout.AuditUnblocked,
		"reason", "", "unblocked", l.now().UnixMilli())
	return err
}

// Finish ends a batch whose sites have all ended, and its own pause, which would hold up rows that are tried
// again later. report is the path of its report, and decisions the batch's number of decisions when the report was
// begun. Finish reports whether the batch is done now: a person's decision about a site since then keeps it
// running.
func (l *Ledger) Finish(ctx context.Context, id string, decisions int, report string) (bool, error) {
	n, err := finishScript.Run(ctx, l.rdb, []string{keyBatch(id), keyOpen(id), keyOpenBatches(), keyLog(id)},
		id, decisions, report, l.now().UTC().Format(time.RFC3339Nano), l.actor).Int()
	if err != nil {
		return false, fmt.Errorf("ending batch %s: %w", id, err)
	}
	return n == 1, nil
}

// move changes the state of a batch that is in state from, records that as what, and sets further
// fields. It reports whether it did.
func (l *Ledger) move(
	ctx context.Context, id string, from, to rollout.BatchState, what rollout.AuditEvent, fields ...any,
) (bool, error) {
	args := append([]any{string(from), string(to), l.actor, string(what)}, fields...)
	n, err := batchStateScript.Run(ctx, l.rdb, []string{keyBatch(id), keyLog(id)}, args...).Int()
	if err != nil {
		return false, fmt.Errorf("moving batch %s from %s to %s: %w", id, from, to, err)
	}
	return n == 1, nil
}

// Batch reads one batch, with its counts. The error is ErrNotFound if there is none, and
// ErrDamaged, with a batch in state Damaged, if its record cannot be read.
func (l *Ledger) Batch(ctx context.Context, id string) (rollout.Batch, error) {
	got, err := l.batches(ctx, []string{id})
	if err != nil {
		return rollout.Batch{}, err
	}
	if b := got[0]; b.State != rollout.Damaged {
		return b, nil
	}
	n, err := l.rdb.Exists(ctx, keyBatch(id), keyRows(id), keySites(id)).Result()
	if err == nil && n == 0 {
		return rollout.Batch{}, fmt.Errorf("batch %s: %w", id, ErrNotFound)
	}
	return got[0], errors.Join(damage(got[0].Reason), err)
}

// Batches lists all batches, the newest first. A batch whose record cannot be read is in
// state Damaged.
func (l *Ledger) Batches(ctx context.Context) ([]rollout.Batch, error) {
	ids, err := l.rdb.ZRange(ctx, keyBatches(), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("listing batches: %w", err)
	}
	slices.Reverse(ids)
	return l.batches(ctx, ids)
}

// OpenBatches lists the batches that are not done, in any order. A batch whose record cannot
// be read is in state Damaged.
func (l *Ledger) OpenBatches(ctx context.Context) ([]rollout.Batch, error) {
	ids, err := l.openIDs(ctx)
	if err != nil {
		return nil, err
	}
	return l.batches(ctx, ids)
}

// OpenCounts is OpenBatches for a caller that asks often: it costs two commands for each
// batch and one more. It reads neither Countries nor LedgerSince, and does not check the
// counts: Unsound says nothing. State and Counts of a batch may be from two moments.
func (l *Ledger) OpenCounts(ctx context.Context) ([]rollout.Batch, error) {
	ids, err := l.openIDs(ctx)
	if err != nil {
		return nil, err
	}
	return l.counts(ctx, ids)
}

// openIDs lists the ids of the batches that are not done, in any order.
func (l *Ledger) openIDs(ctx context.Context) ([]string, error) {
	ids, err := l.rdb.SMembers(ctx, keyOpenBatches()).Result()
	if err != nil {
		return nil, fmt.Errorf("listing open batches: %w", err)
	}
	return ids, nil
}

// Sites yields every site of a batch in the order of the file, and reads them chunk by
// chunk. A site of which a record is missing or cannot be read is mended.
func (l *Ledger) Sites(ctx context.Context, id string) iter.Seq2[rollout.Site, error] {
	return func(yield func(rollout.Site, error) bool) {
		pipe := l.rdb.Pipeline()
		sites, asked := pipe.HKeys(ctx, keySites(id)), pipe.HKeys(ctx, keyRows(id))
		if _, err := pipe.Exec(ctx); err != nil {
			yield(rollout.Site{}, fmt.Errorf("reading batch %s: %w", id, err))
			return
		}
		var rows []rollout.RowRef
		for _, f := range slices.Concat(sites.Val(), asked.Val()) {
			if row, err := strconv.Atoi(f); err == nil { // Mend removes anything else
				rows = append(rows, rollout.RowRef(row))
			}
		}
		slices.Sort(rows)
		rows = slices.Compact(rows)
		for s, err := range l.sites(ctx, id, rows) {
			if !yield(s, err) || err != nil {
				return
			}
		}
	}
}

// sites yields these sites of a batch, mended as by Sites.
func (l *Ledger) sites(ctx context.Context, id string, rows []rollout.RowRef) iter.Seq2[rollout.Site, error] {
	return func(yield func(rollout.Site, error) bool) {
		for part := range slices.Chunk(rows, chunk) {
			fields := make([]string, len(part))
			for i, r := range part {
				fields[i] = strconv.Itoa(int(r))
			}
			pipe := l.rdb.Pipeline()
			since := pipe.Get(ctx, keySince())
			inputs, progresses := pipe.HMGet(ctx, keyRows(id), fields...), pipe.HMGet(ctx, keySites(id), fields...)
			_, _ = pipe.Exec(ctx) // its error is that of one of these
			if err := cmp.Or(inputs.Err(), progresses.Err()); err != nil {
				yield(rollout.Site{}, fmt.Errorf("reading batch %s: %w", id, err))
				return
			}
			began, err := l.began(ctx, since)
			if err != nil {
				yield(rollout.Site{}, fmt.Errorf("reading batch %s: %w", id, err))
				return
			}
			for i, r := range part {
				input, _ := inputs.Val()[i].(string)
				progress, _ := progresses.Val()[i].(string)
				s, err := l.site(ctx, id, r, input, progress)
				s.LedgerSince = began
				if !yield(s, err) || err != nil {
					return
				}
			}
		}
	}
}
