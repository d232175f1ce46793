// This file tests rows that follow others.

package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// first is the row that others follow.
var first = ledger.Claim{Batch: "b1", Row: 2}

// addFollower adds batch b2, whose row 2 follows row 2 of b1, and returns the site of b1.
func addFollower(t *testing.T, l bundle) rollout.Site {
	t.Helper()
	b := l.b
	b.ID = "b2"
	e := entry(2)
	e.Site.State, e.Claim, e.Seen, e.Behind = rollout.Following, false, first, first
	err := l.Create(t.Context(), b)
	if err == nil {
		var lost []rollout.RowRef
		if lost, err = l.Add(t.Context(), b, []ledger.Entry{e}); len(lost) > 0 {
			t.Fatalf("lost %v", lost)
		}
	}
	if err = errors.Join(err, l.Start(t.Context(), "b2"), l.Postpone(t.Context(), "b2", time.Now().Add(time.Hour), 2)); err != nil {
		t.Fatal(err)
	}
	_, s, err := l.Load(t.Context(), "b1", 2)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// isDue reports whether row 2 of b2 is due.
func isDue(t *testing.T, l bundle) bool {
	t.Helper()
	due, err := l.Overdue(t.Context(), "b2", time.Now().Add(time.Minute), 10)
	if err != nil {
		t.Fatal(err)
	}
	return len(due) > 0
}

// A row takes the claim over if nothing has changed since it read who has it.
func TestAdvanceClaiming(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		s := addFollower(t, l)
		s.State = rollout.Failed
		if _, _, err := l.Advance(t.Context(), s, noon); err != nil {
			t.Fatal(err)
		}
		_, follower, err := l.Load(t.Context(), "b2", 2)
		if err != nil {
			t.Fatal(err)
		}
		follower.State = rollout.Imported
		seen := func(version int) ledger.Claim { return ledger.Claim{Batch: "b1", Row: 2, Version: version} }
		for _, c := range []struct {
			name string
			seen ledger.Claim
			want error
		}{
			{"another claim was seen", ledger.Claim{Batch: "b0", Row: 2}, ledger.ErrStale},
			{"no claim was seen", ledger.Claim{}, ledger.ErrStale},
			{"the record has changed", seen(1), ledger.ErrStale},
			{"nothing has changed", seen(2), nil},
		} {
			if _, _, err := l.AdvanceClaiming(t.Context(), "9999", follower, c.seen, noon); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		claims, err := l.Claims(t.Context(), "9999", []string{s.Name})
		if diff := cmp.Diff([]ledger.Claim{{Batch: "b2", Row: 2}}, claims); err != nil || diff != "" {
			t.Errorf("%v; claims -want +got:\n%s", err, diff)
		}
	})
}

// A row that followed leaves its site to another row only while that one is worked on.
func TestAdvanceLeaving(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		s := addFollower(t, l)
		leave := func(to ledger.Claim, want error) {
			t.Helper()
			_, follower, err := l.Load(t.Context(), "b2", 2)
			if err != nil {
				t.Fatal(err)
			}
			follower.State = rollout.Skipped
			if _, _, err := l.AdvanceLeaving(t.Context(), follower, to, noon); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
		leave(ledger.Claim{Batch: "b1", Row: 3}, ledger.ErrStale)
		leave(first, nil)

		l.b.ID = "b3"
		e := entry(2)
		e.Site.State, e.Claim, e.Seen, e.Behind, e.Follower = rollout.Following, false, first, first, ledger.Claim{Batch: "b2", Row: 2}
		if err := l.Create(t.Context(), l.b); err != nil {
			t.Fatal(err)
		}
		if lost, err := l.Add(t.Context(), l.b, []ledger.Entry{e}); err != nil || len(lost) > 0 {
			t.Fatal(lost, err)
		}
		_, follower, err := l.Load(t.Context(), "b3", 2)
		if err != nil {
			t.Fatal(err)
		}
		s.State = rollout.Failed
		if _, _, err := l.Advance(t.Context(), s, noon); err != nil {
			t.Fatal(err)
		}
		follower.State = rollout.Skipped
		if _, _, err := l.AdvanceLeaving(t.Context(), follower, first, noon); !errors.Is(err, ledger.ErrStale) {
			t.Errorf("left to a row that has ended: %v", err)
		}
	})
}

// A row that follows is due when the row before it has ended, and not before.
func TestAdvance_MakesTheFollowerDue(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		s := addFollower(t, l)
		for _, state := range []rollout.State{rollout.Validated, rollout.Failed} {
			if isDue(t, l) {
				t.Errorf("due before the row before it is %s", state)
			}
			s.State = state
			var err error
			if s, _, err = l.Advance(t.Context(), s, noon); err != nil {
				t.Fatal(err)
			}
		}
		if !isDue(t, l) {
			t.Error("not due")
		}
	})
}

// A record of followers that cannot be read counts as none, and stops no write.
func TestFollowers_ThatCannotBeRead(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		const key = "{btr}:batch:b1:followers"
		s := addFollower(t, l)
		for _, value := range []string{"", "b2", "b2/", "/2", "b2/x", "b2/-2", "b2/+2", "b2/02", "b2/0"} {
			if err := l.rdb.HSet(t.Context(), key, "2", value).Err(); err != nil {
				t.Fatal(err)
			}
			got, err := l.Followers(t.Context(), first)
			if err != nil || !slices.Equal(got, []ledger.Claim{{}}) {
				t.Errorf("%q: %v, %v", value, got, err)
			}
			s.State = rollout.Validated
			if s, _, err = l.Advance(t.Context(), s, noon); err != nil {
				t.Errorf("%q: %v", value, err)
			}
		}
		if err := errors.Join(l.rdb.Del(t.Context(), key).Err(), l.rdb.Set(t.Context(), key, "x", 0).Err()); err != nil {
			t.Fatal(err)
		}
		if got, err := l.Followers(t.Context(), first); err != nil || !slices.Equal(got, []ledger.Claim{{}}) {
			t.Errorf("another type: %v, %v", got, err)
		}
		b := l.b
		b.ID = "b3"
		e := entry(3)
		e.Site.Name, e.Site.State, e.Claim, e.Seen, e.Behind = s.Name, rollout.Following, false, first, first
		err := l.Create(t.Context(), b)
		lost, added := l.Add(t.Context(), b, []ledger.Entry{e})
		got, read := l.Followers(t.Context(), first)
		if err := errors.Join(err, added, read); err != nil || len(lost) > 0 || !slices.Equal(got, []ledger.Claim{{Batch: "b3", Row: 3}}) {
			t.Errorf("added to another type: lost %v, %v; the follower is %v", lost, err, got)
		}
		s.State = rollout.Failed
		if _, _, err := l.Advance(t.Context(), s, noon); err != nil {
			t.Errorf("ended: %v", err)
		}
	})
}

// A list of open sites that is damaged stops neither the site before nor an upload.
func TestFollow_DamagedOpen(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		s := addFollower(t, l)
		ordered := noon
		for _, state := range []rollout.State{rollout.Validated, rollout.Ordering, rollout.Ordered} {
			s.State, s.OrderID, s.OrderedAt = state, "order", &ordered
			var err error
			if s, _, err = l.Advance(t.Context(), s, noon); err != nil {
				t.Fatal(err)
			}
		}
		damage := func(batch string) {
			t.Helper()
			if err := l.rdb.Set(t.Context(), "{btr}:batch:"+batch+":open", "x", 0).Err(); err != nil {
				t.Fatal(err)
			}
		}
		damage("b2")
		s.State = rollout.Failed
		if _, _, err := l.Advance(t.Context(), s, noon); err != nil {
			t.Errorf("the open sites of the batch behind are damaged: %v", err)
		}
		if list, err := l.WaitingSites(t.Context(), "b1"); err != nil || len(list) > 0 {
			t.Errorf("the site still waits: %v, %v", list, err)
		}

		damage("b1")
		b := l.b
		b.ID = "b3"
		e := entry(2)
		e.Site.State, e.Claim, e.Seen, e.Behind, e.Follower = rollout.Skipped, false, first, first, ledger.Claim{Batch: "b2", Row: 2}
		err := l.Create(t.Context(), b)
		lost, failed := l.Add(t.Context(), b, []ledger.Entry{e})
		if err != nil || failed != nil || len(lost) != 1 {
			t.Errorf("left to a row whose batch has no list of open sites: lost %v, %v %v", lost, err, failed)
		}
	})
}

// A row that ends because its record cannot be read makes the row due that follows it.
func TestMend_MakesTheFollowerDue(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		addFollower(t, l)
		if err := l.rdb.HSet(t.Context(), "{btr}:batch:b1:sites", "2", "1 imported {").Err(); err != nil {
			t.Fatal(err)
		}
		if _, s, err := l.Load(t.Context(), "b1", 2); err != nil || s.State != rollout.Review {
			t.Fatal(s.State, err)
		}
		if !isDue(t, l) {
			t.Error("not due")
		}
	})
}

// What is no place of a row is no follower, for Followers as for the scripts.
func TestFollowers_Damaged(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		for i, place := range []string{"b2/3/4", "b2/02", "b2/-1", "/2", "b2/", "b2", "b2/12345678901234567890", "b2/1234567890123"} {
			if err := l.rdb.HSet(t.Context(), "{btr}:batch:b1:followers", "2", place).Err(); err != nil {
				t.Fatal(err)
			}
			followers, err := l.Followers(t.Context(), first)
			if err != nil || followers[0] != (ledger.Claim{}) {
				t.Errorf("%q: %v, %v", place, followers, err)
			}
			b, e := l.b, entry(2)
			b.ID = fmt.Sprint("c", i)
			e.Site.State, e.Claim, e.Seen, e.Behind = rollout.Skipped, false, first, first
			err = l.Create(t.Context(), b)
			if lost, failed := l.Add(t.Context(), b, []ledger.Entry{e}); err != nil || failed != nil || len(lost) > 0 {
				t.Errorf("%q: lost %v, %v %v", place, lost, err, failed)
			}
		}
	})
}
