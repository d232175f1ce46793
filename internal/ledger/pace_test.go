// Tests of how fast batches are said to be, and which workers are said to run.

package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// The pace counts orders, addresses, ends, and deliveries: those whose time is known, and those of
// which only a shorter time is known.
func TestPaces(t *testing.T) {
	t.Parallel()
	onBoth(t, 4, func(t *testing.T, l bundle) {
		now, err := l.Clock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		took, half := now.Add(-1000*time.Second), now.Add(-500*time.Second)
		for row, undelivered := range map[rollout.RowRef]time.Time{
			2: now.Add(-150 * time.Second), // it was delivered in the last 150 s of 1,000
			3: half, 4: {},
		} {
			_, s, err := l.Load(t.Context(), "b1", row)
			if err != nil {
				t.Fatal(err)
			}
			s.OrderID, s.OrderedAt = "order", &took
			for _, state := range []rollout.State{
				rollout.Validated, rollout.Ordering, rollout.Ordered, rollout.Delivered, rollout.Provisioned,
			} {
				if s.State = state; state == rollout.Delivered {
					s.Undelivered = undelivered
				}
				if s, _, err = l.Advance(t.Context(), s, now); err != nil {
					t.Fatal(err)
				}
			}
		}
		paces, err := l.Paces(t.Context(), "b1", "none")
		if err != nil || len(paces) != 2 {
			t.Fatal(paces, err)
		}
		p := paces[0]
		if p.Steps.Seen < 5.9 || p.Steps.Seen > 6 || p.Ended.Seen < 2.9 || p.Ended.Seen > 3 {
			t.Errorf("6 steps and 3 ends were counted as %+v", p)
		}
		if len(p.Deliveries) != 1 || p.Deliveries[0].Orders != 1 ||
			p.Deliveries[0].After < 980*time.Second || p.Deliveries[0].After > 1030*time.Second {
			t.Errorf("one delivery after 1,000 s: %+v", p.Deliveries)
		}
		if len(p.Unseen) != 1 || p.Unseen[0].Orders != 1 ||
			p.Unseen[0].After < 490*time.Second || p.Unseen[0].After > 510*time.Second {
			t.Errorf("one delivery later than 500 s: %+v", p.Unseen)
		}
		if p := paces[1]; p.Steps.Seen != 0 || len(p.Deliveries)+len(p.Unseen) != 0 {
			t.Errorf("a batch that is not there: %+v", p)
		}
	})
}

// A pace that cannot be read counts as empty, and is written anew.
func TestPaces_Damaged(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		if err := l.rdb.Set(t.Context(), "{btr}:batch:b1:pace", "x", 0).Err(); err != nil {
			t.Fatal(err)
		}
		if p, err := l.Paces(t.Context(), "b1"); err != nil || p[0].Ended.Seen != 0 {
			t.Errorf("%+v, %v", p, err)
		}
		_, s, err := l.Load(t.Context(), "b1", 2)
		if err != nil {
			t.Fatal(err)
		}
		s.State = rollout.Cancelled
		if _, _, err := l.Advance(t.Context(), s, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if p, err := l.Paces(t.Context(), "b1"); err != nil || p[0].Ended.Seen < 0.9 {
			t.Errorf("%+v, %v", p, err)
		}
		for _, fields := range [][]any{
			{"steps", "1 2", "ended", "x y z", "dx", "1", "d5", "many", "d-1", "1", "d6", "-3", "d7", "0", "d99999", "1", "u-1", "1", "u3", "x"},
			{"steps", "inf 1 1", "ended", "nan 1 1"},
			{"steps", "1e400 1 1", "ended", "-5 1 1"},
		} {
			if err := l.rdb.HSet(t.Context(), "{btr}:batch:b1:pace", fields...).Err(); err != nil {
				t.Fatal(err)
			}
			p, err := l.Paces(t.Context(), "b1")
			if err != nil || p[0].Steps != (ledger.Frequency{}) || p[0].Ended != (ledger.Frequency{}) || len(p[0].Deliveries)+len(p[0].Unseen) > 0 {
				t.Errorf("%v: %+v, %v", fields, p, err)
			}
		}
	})
}

// Damaged counts begin anew, and no damaged class stops a site.
func TestPaces_DamagedCountsHeal(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		fields := []any{"steps", "nan 1 1", "ended", "inf 1 99999999999999999999"}
		for class := range 1000 {
			fields = append(fields, fmt.Sprint("d", class), "many")
		}
		if err := l.rdb.HSet(t.Context(), "{btr}:batch:b1:pace", fields...).Err(); err != nil {
			t.Fatal(err)
		}
		_, s, err := l.Load(t.Context(), "b1", 2)
		if err != nil {
			t.Fatal(err)
		}
		now, err := l.Clock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ordered := now.Add(-time.Minute)
		s.OrderID, s.OrderedAt = "order", &ordered
		for _, state := range []rollout.State{
			rollout.Validated, rollout.Ordering, rollout.Ordered, rollout.Delivered, rollout.Provisioned,
		} {
			s.State, s.Undelivered = state, now
			if s, _, err = l.Advance(t.Context(), s, now); err != nil {
				t.Fatalf("%s: %v", state, err)
			}
		}
		if p, err := l.Paces(t.Context(), "b1"); err != nil || p[0].Steps.Seen < 1.9 || p[0].Ended.Seen < 0.9 {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func TestWorkers(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		running := func(want int) {
			t.Helper()
			if got, err := l.Workers(t.Context()); err != nil || len(got) != want {
				t.Errorf("%+v run (%v), want %d", got, err, want)
			}
		}
		sign := func(id string) {
			t.Helper()
			if err := l.Sign(t.Context(), ledger.RunningWorker{ID: id, RecoveryDelay: time.Minute}); err != nil {
				t.Fatal(err)
			}
		}
		running(0)
		sign("one")
		sign("one")
		sign("two")
		running(2)
		if got, _ := l.Workers(t.Context()); got[0].RecoveryDelay != time.Minute {
			t.Errorf("%+v", got)
		}
		if err := l.SignOff(t.Context(), "one"); err != nil {
			t.Fatal(err)
		}
		running(1)
		if err := l.rdb.Del(t.Context(), "{btr}:worker:two").Err(); err != nil { // as if it had expired
			t.Fatal(err)
		}
		running(0)
		sign("three")
		if ids := l.rdb.SMembers(t.Context(), "{btr}:workers").Val(); len(ids) != 1 {
			t.Errorf("a dead worker stays listed: %v", ids)
		}
		if err := l.rdb.Set(t.Context(), "{btr}:workers", "x", 0).Err(); err != nil {
			t.Fatal(err)
		}
		running(0)
		sign("three") // it runs on
		sign("four")
		running(2)
		for name, damage := range map[string]func() error{
			"lost list": func() error { return l.rdb.Del(t.Context(), "{btr}:workers").Err() },
			"damaged":   func() error { return l.rdb.Set(t.Context(), "{btr}:worker:three", "x", 0).Err() },
			"of no string": func() error {
				l.rdb.Del(t.Context(), "{btr}:worker:three")
				return l.rdb.RPush(t.Context(), "{btr}:worker:three", "x").Err()
			},
		} {
			if err := damage(); err != nil {
				t.Fatal(err)
			}
			sign("three")
			sign("four")
			t.Log(name)
			running(2)
			if left := l.rdb.PTTL(t.Context(), "{btr}:worker:three").Val(); left <= 0 || left > ledger.SignLifetime {
				t.Errorf("the sign of life lasts %s", left)
			}
		}
	})
}
