package ledger_test

// This file holds surveys, claims that a step depends on, and batches that are
// blocked, reopened, or looked after as long as they are not done.

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

func TestASurveyReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		ctx := t.Context()
		if began, values, err := l.Surveyed(ctx, "9999", "o:A"); err != nil || !began.IsZero() || len(values) != 0 {
			t.Errorf("before any survey: %v %q (%v)", began, values, err)
		}
		many := map[string]string{"o:A": "1", "v:B": "2"}
		for i := range 2500 { // several round trips
			many[fmt.Sprint("o:", i)] = strconv.Itoa(i)
		}
		for _, s := range []struct {
			began  time.Time
			fields map[string]string
			want   []string
		}{
			{noon, many, []string{"1", "2", "2499", ""}},
			{noon.Add(time.Minute), map[string]string{"o:A": "3"}, []string{"3", "", "", ""}},
			{noon.Add(time.Hour), nil, []string{"", "", "", ""}},
		} {
			if err := l.Survey(ctx, "9999", s.began, maps.All(s.fields)); err != nil {
				t.Fatal(err)
			}
			began, values, err := l.Surveyed(ctx, "9999", "o:A", "v:B", "o:2499", "never")
			if diff := cmp.Diff(s.want, values); err != nil || !began.Equal(s.began) || diff != "" {
				t.Errorf("survey of %v: %v (%v), values (-want +got):\n%s", s.began, began, err, diff)
			}
		}
		if began, _, err := l.Surveyed(ctx, "8888", "o:A"); err != nil || !began.IsZero() {
			t.Errorf("another customer's account was surveyed at %v (%v)", began, err)
		}
		keys, err := l.rdb.Keys(ctx, "*survey*").Result()
		if err != nil || len(keys) != 1 {
			t.Fatalf("keys %q (%v)", keys, err)
		}
		if left, err := l.rdb.TTL(ctx, keys[0]).Result(); err != nil || left <= 0 || left > time.Hour {
			t.Errorf("a survey is kept for %v (%v)", left, err)
		}
		if err := l.Forget(ctx, "9999"); err != nil {
			t.Fatal(err)
		}
		if began, _, err := l.Surveyed(ctx, "9999", "o:A"); err != nil || !began.IsZero() {
			t.Errorf("the survey of %v was to be forgotten (%v)", began, err)
		}
	})
}

// Whoever reads during a survey sees the one before or the new one, never a mixture.
func TestASurveyIsSeenAsAWhole(t *testing.T) {
	t.Parallel()
	names := make([]string, 600)
	for i := range names {
		names[i] = fmt.Sprint("o:", i)
	}
	survey := func(number int) iter.Seq2[string, string] {
		return func(yield func(string, string) bool) {
			for _, name := range names {
				if !yield(name, strconv.Itoa(number)) {
					return
				}
			}
		}
	}
	onBoth(t, 0, func(t *testing.T, l bundle) {
		at := func(number int) time.Time { return noon.Add(time.Duration(number) * time.Second) }
		if err := l.Survey(t.Context(), "9999", at(0), survey(0)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var reading sync.WaitGroup
		for range 2 {
			reading.Go(func() {
				for ctx.Err() == nil {
					began, values, err := l.Surveyed(t.Context(), "9999", names...)
					want := strconv.Itoa(int(began.Sub(noon) / time.Second))
					if err != nil || slices.ContainsFunc(values, func(v string) bool { return v != want }) {
						t.Errorf("the survey of %v is mixed with another (%v)", began, err)
						return
					}
				}
			})
		}
		for number := range 10 {
			if err := l.Survey(t.Context(), "9999", at(number), survey(number)); err != nil {
				t.Error(err)
			}
		}
		cancel()
		reading.Wait()
	})
}

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
			if _, _, err := l.AdvanceOwn(ctx, "9999", s, noon); !errors.Is(err, c.want) {
				t.Errorf("row %d of %s: %v, want %v", c.row, c.batch, err, c.want)
			}
			if c.want != nil {
				if diff := cmp.Diff(was, load(c.batch, c.row)); diff != "" {
					t.Errorf("row %d of %s was refused, and changed (-before +after):\n%s", c.row, c.batch, diff)
				}
				continue
			}
			if _, _, err := l.AdvanceOwn(ctx, "9999", s, noon); !errors.Is(err, ledger.ErrStale) {
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

// The strikes of a batch tell for how long to leave the account alone.
func TestStrikesAreCountedUntilTheAccountWorksForLong(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		ctx, now := t.Context(), noon
		own := ledger.New(l.rdb, func() time.Time { return now })
		block := func() int {
			strikes, err := own.Block(ctx, "b1", "no")
			if err != nil {
				t.Fatal(err)
			}
			return strikes
		}
		expect := func(what string, got, want int) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %d, want %d", what, got, want)
			}
			if b, err := own.Batch(ctx, "b1"); err != nil || want > 0 && b.Strikes != want {
				t.Errorf("%s: the batch says %d (%v)", what, b.Strikes, err)
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
		if err := own.Strike(ctx, "b1"); err != nil {
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
		finish := func(edition int) error {
			_, err := l.Finish(ctx, "b1", edition, "r.xlsx")
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
	})
}
