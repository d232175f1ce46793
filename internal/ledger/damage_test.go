// Tests of damaged records. That they stop no other batch is tested in internal/jobs.

package ledger_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

func TestWaiting_EntriesThatCannotBeReadAreMadeAnew(t *testing.T) {
	t.Parallel()
	onBoth(t, 3, func(t *testing.T, l bundle) {
		ctx := t.Context()
		for row := rollout.RowRef(2); row < 5; row++ {
			_, s, err := l.Load(ctx, "b1", row)
			for _, state := range []rollout.State{rollout.Validated, rollout.Ordering, rollout.Ordered} {
				s.State, s.OrderID = state, "order"
				if err == nil {
					s, _, err = l.Advance(ctx, s, noon)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		const key = "{btr}:batch:b1:waiting"
		for name, err := range map[string]func() error{
			"cut":          func() error { return l.rdb.HSet(ctx, key, "2", "12 3").Err() },
			"empty":        func() error { return l.rdb.HSet(ctx, key, "3", "").Err() },
			"garbage":      func() error { return l.rdb.HSet(ctx, key, "x", "1 2 order").Err() },
			"another type": func() error { return errors.Join(l.rdb.Del(ctx, key).Err(), l.rdb.Set(ctx, key, "x", 0).Err()) },
		} {
			if err := err(); err != nil {
				t.Fatal(err)
			}
			list, err := l.WaitingSites(ctx, "b1")
			if err != nil || len(list) != 3 || list[0].OrderID != "order" || list[2].OrderID != "order" {
				t.Errorf("%s: %+v, %v", name, list, err)
			}
		}
		// Missing ones are noticed by the counts.
		if err := l.rdb.HDel(ctx, key, "2").Err(); err != nil {
			t.Fatal(err)
		}
		if b, err := l.Batch(ctx, "b1"); err != nil || !b.Unsound {
			t.Errorf("one of three is missing, and unsound is %t (%v)", b.Unsound, err)
		}
		if err := l.Mend(ctx, "b1"); err != nil {
			t.Fatal(err)
		}
		if b, err := l.Batch(ctx, "b1"); err != nil || b.Unsound || !maps.Equal(b.Counts, map[rollout.State]int{rollout.Ordered: 3}) {
			t.Errorf("mended, unsound is %t with %v (%v)", b.Unsound, b.Counts, err)
		}
	})
}

// Sites that were lost from the list of open sites are parked again, in the order of the plan, unless they
// have begun.
func TestMend_ParksInOrder(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		ctx := t.Context()
		b := l.more(t, "b2", rollout.Plan{First: []string{"NL", "BE"}}, "FR", "BE", "NL", "FR", "BE", "DE")
		for row, states := range map[rollout.RowRef][]rollout.State{
			2: {rollout.Validated},
			3: {rollout.Validated, rollout.Ordering},
			7: {rollout.Validated, rollout.Ordering, rollout.Delivered},
		} {
			_, s, err := l.Load(ctx, "b2", row)
			for _, state := range states {
				if s.State = state; err == nil {
					s, _, err = l.Advance(ctx, s, noon)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, lost := range [][]any{{2, 4, 6, 7}, {2, 3, 4, 5, 6, 7}} { // some, then all
			if err := errors.Join(l.rdb.ZRem(ctx, "{btr}:batch:b2:open", lost...).Err(), l.Mend(ctx, "b2")); err != nil {
				t.Fatal(err)
			}
			late, err := l.Overdue(ctx, "b2", time.Now().Add(time.Hour), 9)
			if err != nil || len(late) != 1 || late[0].Row != 3 {
				t.Errorf("without %v, %d sites are due, want row 3 alone (%v)", lost, len(late), err)
			}
		}
		if got := l.admit(t, 2, b); len(got) != 1 || got[0] != "b2/7" { // row 3 is due
			t.Errorf("%v were admitted first, want the one that waits for its address", got)
		}
		if got := l.admit(t, 5, b); len(got) != 3 {
			t.Errorf("%v were admitted", got)
		}
		late, err := l.Overdue(ctx, "b2", time.Now().Add(time.Hour), 9)
		rows := map[rollout.RowRef]bool{}
		for _, s := range late {
			rows[s.Row] = true
		}
		if diff := cmp.Diff(map[rollout.RowRef]bool{3: true, 7: true, 4: true, 6: true, 2: true}, rows); diff != "" {
			t.Errorf("due after these (-want +got, %v):\n%s", err, diff)
		}
	})
}

func TestLoad_ASiteThatCannotBeReadGoesToReview(t *testing.T) {
	t.Parallel()
	onBoth(t, 2, func(t *testing.T, l bundle) {
		ctx := t.Context()
		_, old, err := l.Load(ctx, "b1", 2) // by a worker that freezes now
		if err == nil {
			err = l.rdb.HSet(ctx, "{btr}:batch:b1:sites", "2", `7 ordered {"order":"o-7","voiceSite":"vs-9","prob`).Err()
		}
		if err != nil {
			t.Fatal(err)
		}
		b, s, err := l.Load(ctx, "b1", 2)
		if err != nil || s.State != rollout.Review || s.OrderID != "o-7" || s.Version != 8 || len(s.Problems) != 1 || s.Name != "S2" {
			t.Fatalf("%+v, %v", s, err)
		}
		for _, words := range []string{"it was ordered", "order o-7", "voicesite vs-9", "batch b1"} {
			if text := s.Problems[0].Message.EN; !strings.Contains(text, words) {
				t.Errorf("%q does not say %q", text, words)
			}
		}
		old.State = rollout.Validated
		if _, _, err := l.Advance(ctx, old, noon); !errors.Is(err, ledger.ErrStale) {
			t.Errorf("the worker that thaws moves it on: %v", err)
		}
		if whole, err := l.Batch(ctx, "b1"); err != nil || whole.Rows() != 2 || b.State != rollout.Running {
			t.Errorf("the batch has %v (%v)", whole.Counts, err)
		}
		// A person decides, and it goes on.
		s.State = rollout.Validated
		if s, _, err = l.Advance(ctx, s, noon); err != nil {
			t.Error(err)
		}
		if _, again, err := l.Load(ctx, "b1", 2); err != nil || again.State != rollout.Validated {
			t.Errorf("decided, it is %s (%v)", again.State, err)
		}
	})
}

func TestSurveyed_WhatCannotBeReadIsNoSurvey(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		ctx := t.Context()
		const key = "{btr}:survey:9999"
		for name, harm := range map[string]func() error{
			"another type":   func() error { return errors.Join(l.rdb.Del(ctx, key).Err(), l.rdb.LPush(ctx, key, "x").Err()) },
			"no beginning":   func() error { return l.rdb.HSet(ctx, key, "@", "x").Err() },
			"an empty field": func() error { return l.rdb.HSet(ctx, key, "o:A", "").Err() },
		} {
			if err := errors.Join(l.PublishSurvey(ctx, ledger.Term{}, "9999", noon, maps.All(map[string]string{"o:A": "1"})), harm()); err != nil {
				t.Fatal(name, err)
			}
			if began, _, err := l.LastSurvey(ctx, "9999", "o:A"); err != nil || !began.IsZero() {
				t.Errorf("%s: surveyed at %v (%v)", name, began, err)
			}
		}
		if err := l.rdb.Set(ctx, "{btr}:facts:s", "x", 0).Err(); err != nil {
			t.Fatal(err)
		}
		_, _, known, err1 := l.Fact(ctx, "s", "n")
		err2 := l.StoreFact(ctx, ledger.Term{}, "s", "n", "text", noon, time.Hour)
		text, _, _, err3 := l.Fact(ctx, "s", "n")
		if err := errors.Join(err1, err2, err3); err != nil || known || text != "text" {
			t.Errorf("facts of another type: %t, then %q (%v)", known, text, err)
		}
	})
}

// A record that is JSON and tells nothing is damaged like one that is not.
func TestLoad_ARecordThatTellsNothingIsDamaged(t *testing.T) {
	t.Parallel()
	onBoth(t, 2, func(t *testing.T, l bundle) {
		ctx := t.Context()
		for key, records := range map[string][]string{
			"{btr}:batch:b1:sites": {"7 ordered {}", "7 ordering null"},
			"{btr}:batch:b1:rows":  {"{}", "null"},
		} {
			for i, record := range records {
				if err := l.rdb.HSet(ctx, key, i+2, record).Err(); err != nil {
					t.Fatal(err)
				}
				_, s, err := l.Load(ctx, "b1", rollout.RowRef(i+2))
				if err != nil || s.State != rollout.Review || len(s.Problems) != 1 || s.Problems[0].Code != ledger.CodeDamaged {
					t.Errorf("with %s = %q, it is %s with %+v (%v)", key, record, s.State, s.Problems, err)
				}
			}
		}
	})
}

// A worker may have read a batch, or be on a call for it, when Redis is emptied. What it
// writes then must not bring back a part of the batch, which would be open for ever.
func TestWhatIsWrittenToABatchAfterALossLeavesNoPartOfIt(t *testing.T) {
	t.Parallel()
	onBoth(t, 2, func(t *testing.T, l bundle) {
		ctx := t.Context()
		var sites []rollout.Site
		for s, err := range l.Sites(ctx, "b1") {
			if err != nil {
				t.Fatal(err)
			}
			s.State = rollout.Validated
			sites = append(sites, s)
		}
		following := entry(9)
		following.Site.Name, following.Site.State, following.Claim = sites[0].Name, rollout.Following, false
		following.Seen = ledger.Claim{Batch: "b1", Row: 2}
		following.Behind = following.Seen
		for name, write := range map[string]func(){
			"Add":                   func() { _, _ = l.Add(ctx, l.b, []ledger.Entry{entry(9)}) },
			"Start":                 func() { _ = l.Start(ctx, "b1") },
			"Touch":                 func() { _ = l.Touch(ctx, "b1") },
			"Withdraw":              func() { _, _ = l.Withdraw(ctx, "b1") },
			"WithdrawSilent":        func() { _, _, _ = l.WithdrawSilent(ctx, "b1", ledger.Silence{}) },
			"Block":                 func() { _, _ = l.Block(ctx, "b1", "no") },
			"CountFailedProbe":      func() { _ = l.CountFailedProbe(ctx, "b1") },
			"Unblock":               func() { _ = l.Unblock(ctx, "b1") },
			"Finish":                func() { _, _ = l.Finish(ctx, "b1", 0, "report.xlsx") },
			"Advance":               func() { _, _, _ = l.Advance(ctx, sites[0], noon) },
			"AdvanceClaimed":        func() { _, _, _ = l.AdvanceClaimed(ctx, "9999", sites[0], noon) },
			"AdvanceClaimedInState": func() { _, _, _ = l.AdvanceClaimedInState(ctx, l.b, sites[1], noon) },
			"AdvanceClaiming": func() {
				_, _, _ = l.AdvanceClaiming(ctx, "9999", sites[0], ledger.Claim{Batch: "b1", Row: 2}, noon)
			},
			"Add of a row that follows": func() {
				_, _ = l.Add(ctx, l.b, []ledger.Entry{following})
			},
			"AdvanceDecided": func() {
				left := sites[0]
				left.Recorded, left.State = rollout.Review, rollout.Failed
				_, _, _ = l.AdvanceDecided(ctx, "9999", left, rollout.AuditDetail{Row: "2"}, noon)
			},
			"ExpireAuditLog": func() { _ = l.ExpireAuditLog(ctx, "b1") },

			"Postpone":    func() { _ = l.Postpone(ctx, "b1", noon, 2) },
			"SetNextPoll": func() { _ = l.SetNextPoll(ctx, ledger.Term{}, ledger.WaitingSite{Batch: "b1", Row: 2}, noon) },
			"Mend":        func() { _ = l.Mend(ctx, "b1") },
		} {
			if err := l.rdb.FlushAll(ctx).Err(); err != nil {
				t.Fatal(err)
			}
			write()
			if err := l.MendLists(ctx, true); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if b, err := l.Batch(ctx, "b1"); !errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("%s leaves a batch that is %s (%v)", name, b.State, err)
			}
			if list, err := l.Batches(ctx); err != nil || len(list) > 0 {
				t.Errorf("%s leaves %d batches in the list (%v)", name, len(list), err)
			}
			if keys, err := l.rdb.Keys(ctx, "{btr}:batch:*").Result(); err != nil || len(keys) > 0 {
				t.Errorf("%s leaves %v (%v)", name, keys, err)
			}
		}
	})
}
