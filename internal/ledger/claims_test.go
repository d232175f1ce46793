// Tests of claims: names that are alike share one, a claim is lost when the record behind
// it changed, and those of earlier versions count.

package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// named is a site of a row, under a name.
func named(row int, name string) ledger.Entry {
	e := entry(row)
	e.Site.Name = name
	return e
}

// create enters a further batch.
func (l bundle) create(t *testing.T, id string) rollout.Batch {
	t.Helper()
	b := l.b
	b.ID = id
	if err := l.Create(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestClaims_AlikeNamesShareOne(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		ctx := t.Context()
		first, second := l.create(t, "b2"), l.create(t, "b3")
		if lost, err := l.Add(ctx, first, []ledger.Entry{named(2, "Café 01")}); err != nil || len(lost) > 0 {
			t.Fatal(lost, err)
		}
		for _, alike := range []string{"CAFÉ\u00a001", "Cafe\u0301  01", "Ｃａｆé 01", "Cafe 01"} {
			if claims, err := l.Claims(ctx, "9999", []string{alike}); err != nil || claims[0] != (ledger.Claim{Batch: "b2", Row: 2}) {
				t.Errorf("%q is claimed by %+v (%v)", alike, claims, err)
			}
			if lost, err := l.Add(ctx, second, []ledger.Entry{named(3, alike)}); err != nil || !slices.Equal(lost, []rollout.RowRef{3}) {
				t.Errorf("%q was written beside its like: lost %v (%v)", alike, lost, err)
			}
		}
		claims, err := l.Claims(ctx, "9999", []string{"Café 02", "Café-01"})
		if err != nil || claims[0] != claims[1] || claims[0] != (ledger.Claim{}) {
			t.Errorf("names of other sites are claimed: %+v (%v)", claims, err)
		}
	})
}

// TestAdd_TheRecordBehindTheClaimChanged: what the uploader judged by is not what is
// there when it writes.
func TestAdd_TheRecordBehindTheClaimChanged(t *testing.T) {
	t.Parallel()
	onBoth(t, 2, func(t *testing.T, l bundle) {
		ctx := t.Context()
		second := l.create(t, "b2")
		for _, c := range []struct {
			row     rollout.RowRef
			changes bool
			version int
			lost    bool
		}{{2, true, 1, true}, {2, false, 2, false}, {3, true, 0, false}} {
			_, s, err := l.Load(ctx, "b1", c.row)
			if err != nil {
				t.Fatal(err)
			}
			if c.changes {
				s.State = rollout.Validated
				if _, _, err := l.Advance(ctx, s, noon); err != nil {
					t.Fatal(err)
				}
			}
			takeover := entry(int(c.row))
			takeover.Seen = ledger.Claim{Batch: "b1", Row: c.row, Version: c.version}
			if lost, err := l.Add(ctx, second, []ledger.Entry{takeover}); err != nil || (len(lost) > 0) != c.lost {
				t.Errorf("%+v: lost %v (%v)", c, lost, err)
			}
		}
	})
}

// TestClaims_OfEarlierVersions: they were by exact name. They count before they are
// moved and afterwards, and two that are alike stay two.
func TestClaims_OfEarlierVersions(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		ctx := t.Context()
		b := l.create(t, "b2")
		entries := []ledger.Entry{named(2, "SITE-1"), named(3, "C1")}
		for i := range 1200 { // more than one round trip
			entries = append(entries, named(4+i, fmt.Sprint("X", i)))
		}
		if lost, err := l.Add(ctx, b, entries); err != nil || len(lost) > 0 {
			t.Fatal(lost, err)
		}
		if err := l.rdb.Del(ctx, "{btr}:claims:9999").Err(); err != nil {
			t.Fatal(err)
		}
		old := []any{"SITE-1", "b2/2", "C1", "b2/3", "c1", "b0/7"}
		for i := range 1200 {
			old = append(old, fmt.Sprint("X", i), fmt.Sprint("b2/", 4+i))
		}
		if err := l.rdb.HSet(ctx, "{btr}:names:9999", old...).Err(); err != nil {
			t.Fatal(err)
		}
		if err := l.Start(ctx, "b2"); err != nil {
			t.Fatal(err)
		}
		advance := func(row rollout.RowRef, state rollout.State, want error) {
			t.Helper()
			_, s, err := l.Load(ctx, "b2", row)
			if err != nil {
				t.Fatal(err)
			}
			s.State = state
			if _, _, err := l.AdvanceClaimed(ctx, "9999", s, noon); !errors.Is(err, want) {
				t.Errorf("row %d cannot become %s: %v, want %v", row, state, err, want)
			}
		}
		advance(2, rollout.Validated, ledger.ErrUnclaimed) // nothing is decided before they are moved
		for range 2 {                                      // moving again changes nothing
			claims, err := l.Claims(ctx, "9999", []string{"site-1", "C1", "c1", "X1199", "SITE-2"})
			want := []ledger.Claim{{Batch: "b2", Row: 2}, {Batch: "b2", Row: 3}, {Batch: "b0", Row: 7}, {Batch: "b2", Row: 1203}, {}}
			if diff := cmp.Diff(want, claims); err != nil || diff != "" {
				t.Errorf("claims (%v) (-want +got):\n%s", err, diff)
			}
		}
		if n, err := l.rdb.Exists(ctx, "{btr}:names:9999").Result(); err != nil || n != 0 {
			t.Errorf("the claims of the earlier version are still there (%v)", err)
		}
		advance(2, rollout.Validated, nil)
		advance(3, rollout.Validated, nil)
		again := named(2, "c1")
		again.Seen = ledger.Claim{Batch: "b0", Row: 7}
		third := l.create(t, "b3")
		if lost, err := l.Add(ctx, third, []ledger.Entry{again}); err != nil || len(lost) > 0 {
			t.Errorf("c1 cannot be claimed: %v (%v)", lost, err)
		}
		advance(3, rollout.Ordering, nil) // C1 is another site, and still its row's
	})
}

// TestClaims_ThatWereDeleted: they are taken from the batches again, the newest first,
// before anything is decided by them.
func TestClaims_ThatWereDeleted(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(*testing.T, bundle){
		"deleted":      func(t *testing.T, l bundle) { check(t, l.rdb.Del(t.Context(), "{btr}:claims:9999").Err()) },
		"another type": func(t *testing.T, l bundle) { check(t, l.rdb.Set(t.Context(), "{btr}:claims:9999", "x", 0).Err()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, 3, func(t *testing.T, l bundle) {
				ctx := t.Context()
				second, third := l.create(t, "b2"), l.create(t, "b3")
				takeover := entry(3)
				takeover.Seen = ledger.Claim{Batch: "b1", Row: 3}
				rejected := entry(4)
				rejected.Claim, rejected.Site.State = false, rollout.Rejected
				if lost, err := l.Add(ctx, second, []ledger.Entry{takeover, rejected}); err != nil || len(lost) > 0 {
					t.Fatal(lost, err)
				}
				_, was, err := l.Load(ctx, "b1", 2)
				check(t, err)
				damage(t, l)
				was.State = rollout.Validated
				if name == "deleted" {
					if _, _, err := l.AdvanceClaimed(ctx, "9999", was, noon); !errors.Is(err, ledger.ErrUnclaimed) {
						t.Errorf("a site goes on without its claim: %v", err)
					}
					if _, err := l.Add(ctx, third, []ledger.Entry{entry(2)}); !errors.Is(err, ledger.ErrUnclaimed) {
						t.Errorf("an upload claims a site again: %v", err)
					}
				}
				claims, err := l.Claims(ctx, "9999", []string{"S2", "s3", "S4", "S5"})
				want := []ledger.Claim{{Batch: "b1", Row: 2}, {Batch: "b2", Row: 3}, {Batch: "b1", Row: 4}, {}}
				if diff := cmp.Diff(want, claims); err != nil || diff != "" {
					t.Errorf("claims (%v) (-want +got):\n%s", err, diff)
				}
				if _, _, err := l.AdvanceClaimed(ctx, "9999", was, noon); err != nil {
					t.Errorf("the site does not go on: %v", err)
				}
			})
		})
	}
}
