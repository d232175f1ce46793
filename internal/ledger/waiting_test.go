// Tests of sites that wait for their orders, and of steps while the batch changes state.

package ledger_test

import (
	"errors"
	"testing"
	"time"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

func TestASiteWaitsWhileItIsOrdered(t *testing.T) {
	t.Parallel()
	onBoth(t, 2, func(t *testing.T, l bundle) {
		waiting := func() []ledger.WaitingSite {
			t.Helper()
			list, err := l.WaitingSites(t.Context(), "b1")
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		_, s, err := l.Load(t.Context(), "b1", 2)
		if err != nil {
			t.Fatal(err)
		}
		ordered := noon.Add(-time.Minute)
		step := func(to rollout.State) {
			t.Helper()
			s.State = to
			if s, _, err = l.Advance(t.Context(), s, noon); err != nil {
				t.Fatal(err)
			}
		}
		step(rollout.Validated)
		step(rollout.Ordering)
		if got := waiting(); len(got) != 0 {
			t.Errorf("before the order is made: %v", got)
		}
		s.OrderID, s.OrderedAt = "order 7/x", &ordered
		step(rollout.Ordered)
		want := ledger.WaitingSite{Batch: "b1", Row: 2, OrderID: "order 7/x", OrderedAt: ordered, PollAt: ordered}
		if got := waiting(); len(got) != 1 || got[0] != want {
			t.Errorf("waiting = %+v, want %+v", got, want)
		}
		want.PollAt = noon.Add(time.Hour)
		if err := l.SetNextPoll(t.Context(), ledger.Term{}, want, want.PollAt); err != nil {
			t.Fatal(err)
		}
		if got := waiting(); len(got) != 1 || got[0] != want {
			t.Errorf("put off, it waits as %+v, want %+v", got, want)
		}
		step(rollout.Delivered)
		if err := l.SetNextPoll(t.Context(), ledger.Term{}, want, noon); err != nil {
			t.Fatal(err)
		}
		if got := waiting(); len(got) != 0 {
			t.Errorf("after the delivery: %v", got)
		}
	})
}

// A step that was begun while the batch ran is not taken when it is blocked by then.
func TestAStepOfABatchThatWasBlockedMeanwhile(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		b, s, err := l.Load(t.Context(), "b1", 2)
		if err != nil {
			t.Fatal(err)
		}
		s.State = rollout.Validated
		if _, err := l.Block(t.Context(), "b1", "no rights"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := l.AdvanceClaimedInState(t.Context(), b, s, noon); !errors.Is(err, ledger.ErrMoved) {
			t.Errorf("as it was loaded, the batch is %s: %v", b.State, err)
		}
		if b, s, err = l.Load(t.Context(), "b1", 2); err != nil || s.State != rollout.Imported {
			t.Fatalf("%s %v", s.State, err)
		}
		s.State = rollout.Validated
		if _, _, err := l.AdvanceClaimedInState(t.Context(), b, s, noon); err != nil { // who probes knows that it is blocked
			t.Error(err)
		}
	})
}
