// Tests of sites and of uploads, on redis-server and in memory.

package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

type bundle struct {
	*ledger.Ledger
	url string
	rdb *redis.Client
	b   rollout.Batch
}

// onBoth runs a test on a real Redis and on miniredis, with a batch of n sites in
// rows 2 to n+1.
func onBoth(t *testing.T, n int, test func(t *testing.T, l bundle)) {
	for kind, start := range redistest.Kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			url := start(t)
			rdb := redistest.Connect(t, url)
			l := bundle{ledger.NewWithClock(rdb, func() time.Time { return noon }), url, rdb, rollout.Batch{
				ID: "b1", File: "f.xlsx", Customer: "9999", Created: noon, Lang: rollout.French,
				Countries: []rollout.Country{{ISO2: "FR", Name: "France", Emergency: "Yes", Unapplied: []rollout.Text{{EN: "one", FR: "un"}}}},
				Sheets: []rollout.Sheet{{
					Columns: []string{"Name", "country"}, Fields: []string{rollout.FieldName, rollout.FieldCountry}, Letters: []string{"A", "B"},
				}},
			}}
			if err := l.Create(t.Context(), l.b); err != nil {
				t.Fatal(err)
			}
			var entries []ledger.Entry
			for i := range n {
				entries = append(entries, entry(i+2))
			}
			if lost, err := l.Add(t.Context(), l.b, entries); err != nil || len(lost) > 0 {
				t.Fatalf("Add: lost %v, %v", lost, err)
			}
			if err := l.Start(t.Context(), l.b.ID); err != nil {
				t.Fatal(err)
			}
			test(t, l)
		})
	}
}

func entry(row int) ledger.Entry {
	s := rollout.Site{Row: rollout.RowRef(row), Cells: []string{fmt.Sprint("S", row), "FR"}}
	s.Name, s.Country, s.Address = fmt.Sprint("S", row), "FR", rollout.Address{"pc": "01000"}
	s.State = rollout.Imported
	return ledger.Entry{Site: s, Claim: true}
}

func TestASiteComesBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		b, s, err := l.Load(t.Context(), "b1", 2)
		if err != nil {
			t.Fatal(err)
		}
		if b.File != "f.xlsx" || b.Lang != rollout.French || b.State != rollout.Running || b.Countries != nil {
			t.Errorf("batch = %+v", b)
		}
		if diff := cmp.Diff(l.b.Sheets, b.Sheets); diff != "" {
			t.Errorf("sheets (-want +got):\n%s", diff)
		}
		whole, err := l.Batch(t.Context(), "b1")
		if diff := cmp.Diff(l.b.Countries, whole.Countries); err != nil || diff != "" {
			t.Errorf("countries (%v) (-want +got):\n%s", err, diff)
		}
		want := entry(2).Site
		want.Batch, want.Version, want.Recorded, want.Changed = "b1", 1, rollout.Imported, noon
		want.LedgerSince = b.LedgerSince
		if diff := cmp.Diff(want, s); diff != "" || s.Changed.Location() != time.UTC {
			t.Errorf("changed %v, site (-want +got):\n%s", s.Changed, diff)
		}

		s.State, s.Push = rollout.Validated, rollout.Address{"pc": "01000", "a3": "Bourg"}
		s.Intent = &rollout.Intent{Attempt: 1, SendBefore: noon}
		moved, open, err := l.Advance(t.Context(), s, noon)
		if err != nil || open != 1 {
			t.Fatalf("Advance: open %d, %v", open, err)
		}
		_, again, err := l.Load(t.Context(), "b1", 2)
		if diff := cmp.Diff(moved, again); err != nil || diff != "" {
			t.Errorf("site (%v) (-written +read):\n%s", err, diff)
		}
	})
}

func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		if _, _, err := l.Load(t.Context(), "nope", 2); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("unknown batch: %v", err)
		}
		if _, _, err := l.Load(t.Context(), "b1", 99); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("unknown row: %v", err)
		}
		if _, err := l.Batch(t.Context(), "nope"); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("unknown batch: %v", err)
		}
	})
}

// Many writers race over few sites: each version is won exactly once, and the
// counts add up to the rows whenever anybody looks.
func TestOneWriterWinsAndCountsAlwaysAddUp(t *testing.T) {
	t.Parallel()
	const sites, writers = 6, 8
	next := map[rollout.State]rollout.State{
		rollout.Imported: rollout.Validated, rollout.Validated: rollout.Ordering,
		rollout.Ordering: rollout.Ordered, rollout.Ordered: rollout.Delivered, rollout.Delivered: rollout.Provisioned,
	}
	onBoth(t, sites, func(t *testing.T, l bundle) {
		ctx, cancel := context.WithCancel(t.Context())
		var watching, working sync.WaitGroup
		watching.Go(func() {
			for ctx.Err() == nil {
				if b, err := l.Batch(t.Context(), "b1"); err != nil || b.Rows() != sites {
					t.Errorf("counts %v do not add up to %d (%v)", b.Counts, sites, err)
					return
				}
			}
		})
		var mu sync.Mutex
		won := map[string]int{}
		for w := range writers {
			working.Go(func() {
				pick := rand.New(rand.NewPCG(uint64(w), 1))
				for range 400 {
					_, s, err := l.Load(t.Context(), "b1", rollout.RowRef(pick.IntN(sites)+2))
					if err != nil {
						t.Error(err)
						return
					}
					if s.State.Final() {
						continue
					}
					version := s.Version
					s.State = next[s.State]
					_, _, err = l.Advance(t.Context(), s, noon)
					switch {
					case err == nil:
						mu.Lock()
						won[fmt.Sprint(s.Row, "/", version)]++
						mu.Unlock()
					case !errors.Is(err, ledger.ErrStale):
						t.Error(err)
					}
				}
			})
		}
		working.Wait()
		cancel()
		watching.Wait()
		for step, n := range won {
			if n != 1 {
				t.Errorf("step %s was won %d times", step, n)
			}
		}
		b, err := l.Batch(t.Context(), "b1")
		if err != nil || b.Counts[rollout.Provisioned] != sites || b.Open() != 0 || len(won) != 5*sites {
			t.Errorf("in the end %v after %d steps (%v)", b.Counts, len(won), err)
		}
	})
}

func TestAStateThatMayNotFollowIsRefused(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		_, s, err := l.Load(t.Context(), "b1", 2)
		if err != nil {
			t.Fatal(err)
		}
		s.State = rollout.Ordered
		if _, _, err := l.Advance(t.Context(), s, noon); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("imported → ordered: %v", err)
		}
	})
}

func TestANameIsClaimedOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, 3, func(t *testing.T, l bundle) {
		second := l.b
		second.ID = "b2"
		if err := l.Create(t.Context(), second); err != nil {
			t.Fatal(err)
		}
		// b2 was read before b1 claimed its names: row 2 is lost, row 9 is new.
		lost, err := l.Add(t.Context(), second, []ledger.Entry{entry(2), entry(9)})
		if err != nil || !slices.Equal(lost, []rollout.RowRef{2}) {
			t.Fatalf("lost %v, %v", lost, err)
		}
		// Having looked, it may take the name over; adding again changes nothing.
		takeover := entry(3)
		takeover.Seen = ledger.Claim{Batch: "b1", Row: 3}
		for range 2 {
			if lost, err := l.Add(t.Context(), second, []ledger.Entry{takeover}); err != nil || len(lost) > 0 {
				t.Fatalf("lost %v, %v", lost, err)
			}
		}
		claims, err := l.Claims(t.Context(), "9999", []string{"S2", "S3", "S9", "S77"})
		want := []ledger.Claim{{Batch: "b1", Row: 2}, {Batch: "b2", Row: 3}, {Batch: "b2", Row: 9}, {}}
		if diff := cmp.Diff(want, claims); err != nil || diff != "" {
			t.Errorf("claims (%v) (-want +got):\n%s", err, diff)
		}
		b, err := l.Batch(t.Context(), "b2")
		if err != nil || b.Rows() != 2 {
			t.Errorf("batch b2 has %d rows, want 2 (%v)", b.Rows(), err)
		}
	})
}

func TestSitesComeInTheOrderOfTheFile(t *testing.T) {
	t.Parallel()
	const n = 1203 // several round trips
	onBoth(t, n, func(t *testing.T, l bundle) {
		row := 2
		for s, err := range l.Sites(t.Context(), "b1") {
			if err != nil {
				t.Fatal(err)
			}
			if int(s.Row) != row {
				t.Fatalf("row %d comes where %d should", s.Row, row)
			}
			row++
		}
		if row != n+2 {
			t.Errorf("%d sites came, want %d", row-2, n)
		}
	})
}

func TestOverdueSites(t *testing.T) {
	t.Parallel()
	onBoth(t, 4, func(t *testing.T, l bundle) {
		if err := errors.Join(l.Postpone(t.Context(), "b1", noon, 2), l.Postpone(t.Context(), "b1", noon.Add(time.Hour), 3, 4)); err != nil {
			t.Fatal(err)
		}
		_, done, err := l.Load(t.Context(), "b1", 5)
		if err != nil {
			t.Fatal(err)
		}
		done.State = rollout.Failed
		if _, open, err := l.Advance(t.Context(), done, noon); err != nil || open != 3 {
			t.Fatalf("open %d, %v", open, err)
		}
		if err := l.Postpone(t.Context(), "b1", noon, 5); err != nil { // an ended site stays ended
			t.Fatal(err)
		}
		late, err := l.Overdue(t.Context(), "b1", noon.Add(time.Minute), 10)
		if err != nil || len(late) != 1 || late[0].Row != 2 {
			t.Errorf("overdue: %v (%v)", late, err)
		}
	})
}

func TestABatchsWay(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		ctx := t.Context()
		state := func(want rollout.BatchState, reason string) {
			t.Helper()
			b, err := l.Batch(ctx, "b1")
			if err != nil || b.State != want || b.Reason != reason {
				t.Errorf("batch is %s %q, want %s %q (%v)", b.State, b.Reason, want, reason, err)
			}
		}
		block := func(reason string) func() error {
			return func() error {
				_, err := l.Block(ctx, "b1", reason)
				return err
			}
		}
		finish := func() error {
			_, err := l.Finish(ctx, "b1", 0, "r.xlsx")
			return err
		}
		end := func() error {
			_, s, err := l.Load(ctx, "b1", 2)
			if err != nil {
				return err
			}
			s.State = rollout.Review
			_, _, err = l.Advance(ctx, s, noon)
			return err
		}
		for _, step := range []struct {
			do     func() error
			want   rollout.BatchState
			reason string
		}{
			{func() error { return l.Unblock(ctx, "b1") }, rollout.Running, ""},
			{block("not subscribed"), rollout.Blocked, "not subscribed"},
			{block("again"), rollout.Blocked, "not subscribed"},
			{func() error { return l.Unblock(ctx, "b1") }, rollout.Running, ""},
			{finish, rollout.Running, ""}, // a site is open
			{end, rollout.Running, ""},
			{finish, rollout.Done, ""},
			{block("late"), rollout.Done, ""},
		} {
			if err := step.do(); err != nil {
				t.Fatal(err)
			}
			state(step.want, step.reason)
		}
		list, err := l.Batches(ctx)
		if err != nil || len(list) != 1 || list[0].Report != "r.xlsx" || !list[0].Finished.Equal(noon) {
			t.Errorf("batches %+v (%v)", list, err)
		}
	})
}

func TestAWithdrawnBatchNeitherGrowsNorStarts(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		ctx := t.Context()
		if withdrawn, err := l.Withdraw(ctx, "b1"); withdrawn || err != nil {
			t.Errorf("a running batch was withdrawn: %t, %v", withdrawn, err)
		}
		late := l.b
		late.ID = "b2"
		if err := l.Create(ctx, late); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if withdrawn, err := l.Withdraw(ctx, "b2"); !withdrawn || err != nil {
				t.Errorf("withdrawn: %t, %v", withdrawn, err)
			}
		}
		if _, err := l.Add(ctx, late, []ledger.Entry{entry(9)}); !errors.Is(err, ledger.ErrWithdrawn) {
			t.Errorf("Add: %v", err)
		}
		if err := l.Start(ctx, "b2"); !errors.Is(err, ledger.ErrWithdrawn) {
			t.Errorf("Start: %v", err)
		}
		b, err := l.Batch(ctx, "b2")
		if err != nil || b.State != rollout.Withdrawn || b.Rows() != 0 || b.WithdrawnAt.IsZero() {
			t.Errorf("batch %+v, %v", b, err)
		}
	})
}
