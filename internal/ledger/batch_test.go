// Tests of batches as a whole: steps that require a claim, failed probes, and which batches are
// open.

package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

func TestOnlyTheHolderOfANameMayTakeItsSiteFurther(t *testing.T) {
	t.Parallel()
	onBoth(t, 2, func(t *testing.T, l bundle) {
		ctx := t.Context()
		second := l.b
		second.ID = "b2"
		if err := l.Create(ctx, second); err != nil {
			t.Fatal(err)
		}
		takeover := entry(2)
		takeover.Seen = ledger.Claim{Batch: "b1", Row: 2}
		if lost, err := l.Add(ctx, second, []ledger.Entry{takeover}); err != nil || len(lost) > 0 {
			t.Fatalf("lost %v, %v", lost, err)
		}
		load := func(batch string, row rollout.RowRef) rollout.Site {
			_, s, err := l.Load(ctx, batch, row)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		for _, c := range []struct {
			batch string
			row   rollout.RowRef
			want  error
		}{{"b1", 2, ledger.ErrTaken}, {"b2", 2, nil}, {"b1", 3, nil}} {
			was := load(c.batch, c.row)
			s := was
			s.State = rollout.Validated
			if _, _, err := l.AdvanceClaimed(ctx, "9999", s, noon); !errors.Is(err, c.want) {
				t.Errorf("row %d of %s: %v, want %v", c.row, c.batch, err, c.want)
			}
			if c.want != nil {
				if diff := cmp.Diff(was, load(c.batch, c.row)); diff != "" {
					t.Errorf("row %d of %s was refused, and changed (-before +after):\n%s", c.row, c.batch, diff)
				}
				continue
			}
			if _, _, err := l.AdvanceClaimed(ctx, "9999", s, noon); !errors.Is(err, ledger.ErrStale) {
				t.Errorf("row %d of %s, once more: %v", c.row, c.batch, err)
			}
		}
		// What needs no claim is open to both.
		s := load("b1", 2)
		s.State = rollout.Failed
		if _, _, err := l.Advance(ctx, s, noon); err != nil {
			t.Error(err)
		}
	})
}

// The failed probes of a batch tell for how long to leave the account alone.
func TestFailedProbesAreCountedUntilTheAccountWorksForLong(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		ctx, now := t.Context(), noon
		own := ledger.NewWithClock(l.rdb, func() time.Time { return now })
		block := func() int {
			failed, err := own.Block(ctx, "b1", "no")
			if err != nil {
				t.Fatal(err)
			}
			return failed
		}
		expect := func(what string, got, want int) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %d, want %d", what, got, want)
			}
			if b, err := own.Batch(ctx, "b1"); err != nil || want > 0 && b.FailedProbes != want {
				t.Errorf("%s: the batch says %d (%v)", what, b.FailedProbes, err)
			}
		}
		unblock := func(after time.Duration) {
			now = now.Add(after)
			if err := own.Unblock(ctx, "b1"); err != nil {
				t.Fatal(err)
			}
		}
		expect("the first", block(), 1)
		expect("one that is blocked already", block(), 0)
		if err := own.CountFailedProbe(ctx, "b1"); err != nil {
			t.Fatal(err)
		}
		unblock(time.Hour) // that it was blocked for long forgives nothing
		now = now.Add(time.Minute)
		expect("soon again", block(), 3)
		unblock(0)
		now = now.Add(16 * time.Minute)
		expect("after a time in which it worked", block(), 1)
	})
}

func TestBatchesAreOpenUntilTheyAreDone(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		ctx := t.Context()
		check := func(what string, err error, state rollout.BatchState, open int) {
			t.Helper()
			list, failed := l.OpenBatches(ctx)
			b, missing := l.Batch(ctx, "b1")
			if err := errors.Join(err, failed, missing); err != nil || b.State != state || len(list) != open {
				t.Fatalf("%s: batch %s, %d open (%v); want %s, %d", what, b.State, len(list), err, state, open)
			}
		}
		move := func(to rollout.State) error {
			_, s, err := l.Load(ctx, "b1", 2)
			if err != nil {
				return err
			}
			s.State = to
			_, _, err = l.Advance(ctx, s, noon)
			return err
		}
		finish := func(decisions int) error {
			_, err := l.Finish(ctx, "b1", decisions, "r.xlsx")
			return err
		}
		check("at first", nil, rollout.Running, 1)
		check("finished while a site is open", finish(0), rollout.Running, 1)
		check("its site in review", move(rollout.Review), rollout.Running, 1)
		check("finished", finish(0), rollout.Done, 0)
		check("its site taken up again", move(rollout.Validated), rollout.Running, 1)
		check("finished while it is open", finish(1), rollout.Running, 1)
		check("its site in review again", move(rollout.Review), rollout.Running, 1)
		check("a report from before it was taken up", finish(0), rollout.Running, 1)
		check("finished again", finish(1), rollout.Done, 0)
		check("its site given up", move(rollout.Failed), rollout.Running, 1)
		check("finished with the report from before", finish(1), rollout.Running, 1)
		check("finished for good", finish(2), rollout.Done, 0)
		check("the final site stays", func() error {
			if err := move(rollout.Validated); err == nil {
				return errors.New("a failed site was taken up")
			}
			return nil
		}(), rollout.Done, 0)
		check("its site tried again", move(rollout.Imported), rollout.Running, 1)
		check("its site cancelled", move(rollout.Cancelled), rollout.Running, 1)
		check("a report from before it was tried again", finish(2), rollout.Running, 1)
		check("finished with that", finish(3), rollout.Done, 0)
		check("its cancelled site tried again", move(rollout.Imported), rollout.Running, 1)
		if b, err := l.Batch(ctx, "b1"); err != nil || b.Decisions != 4 || b.Unsound || b.Open() != 1 {
			t.Errorf("the batch has %d decisions and %v (%v)", b.Decisions, b.Counts, err)
		}
	})
}

// OpenCounts reads of each batch what OpenBatches does, except for what its comment names.
func TestOpenCounts_AgreeWithOpenBatches(t *testing.T) {
	t.Parallel()
	onBoth(t, 2, func(t *testing.T, l bundle) {
		ctx := t.Context()
		blocked, damaged := l.b, l.b
		blocked.ID, damaged.ID = "b2", "b3"
		_, failed := l.Block(ctx, "b1", "no")
		check(t, errors.Join(l.Create(ctx, blocked), l.Create(ctx, damaged), failed,
			l.rdb.HSet(ctx, "{btr}:batch:b3", "state", "x").Err(),
			l.rdb.SAdd(ctx, "{btr}:batches:open", "vanished").Err()))
		full, err1 := l.OpenBatches(ctx)
		counts, err2 := l.OpenCounts(ctx)
		if err := errors.Join(err1, err2); err != nil || len(full) != 4 {
			t.Fatalf("%d open batches, want 4 (%v)", len(full), err)
		}
		for i := range full {
			full[i].Countries, full[i].LedgerSince, full[i].Unsound = nil, time.Time{}, false
		}
		byID := cmpopts.SortSlices(func(a, b rollout.Batch) bool { return a.ID < b.ID })
		if diff := cmp.Diff(full, counts, byID); diff != "" {
			t.Errorf("OpenCounts (-OpenBatches +OpenCounts):\n%s", diff)
		}
	})
}
