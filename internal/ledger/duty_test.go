// Tests of duties: what a process may still do when its term is over.

package ledger_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// lead acquires a duty that must be free.
func lead(t *testing.T, d ledger.Duty, lifetime time.Duration) ledger.Term {
	t.Helper()
	term, acquired, err := d.Acquire(t.Context(), lifetime)
	if err != nil || !acquired {
		t.Fatalf("acquired: %t (%v)", acquired, err)
	}
	return term
}

// holder is the content of a lease, "" if it is free.
func (l bundle) holder(t *testing.T, name string) string {
	t.Helper()
	text, err := l.rdb.Get(t.Context(), "{btr}:duty:"+name).Result()
	if err != nil && text != "" {
		t.Fatal(err)
	}
	return text
}

// expire ends a lease, as its expiry does.
func (l bundle) expire(t *testing.T, name string) {
	t.Helper()
	check(t, l.rdb.Del(t.Context(), "{btr}:duty:"+name).Err())
}

// wantRefused checks that an action was refused because a term is over.
func wantRefused(t *testing.T, action string, err error) {
	t.Helper()
	if !errors.Is(err, ledger.ErrNoLongerLeader) {
		t.Errorf("%s after the term: %v, want ErrNoLongerLeader", action, err)
	}
}

// A process whose lease expired neither changes the lease of the next leader nor frees it.
func TestTerm_IsOverWhenItsLeaseExpired(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		ctx := t.Context()
		a, b := l.Duty("sweeping", "A"), ledger.New(l.rdb).Duty("sweeping", "B")
		old := lead(t, a, time.Minute)
		if _, acquired, err := b.Acquire(ctx, time.Minute); err != nil || acquired {
			t.Fatalf("a second process leads: %t (%v)", acquired, err)
		}
		check(t, old.Extend(ctx, time.Minute))
		l.expire(t, "sweeping")
		wantRefused(t, "Extend of a free lease", old.Extend(ctx, time.Hour))
		next := lead(t, b, time.Minute)
		held := l.holder(t, "sweeping")
		wantRefused(t, "Extend", old.Extend(ctx, time.Hour))
		wantRefused(t, "Release", old.Release(ctx))
		wantRefused(t, "ReleaseAndStart", old.ReleaseAndStart(ctx, l.Timer("p"), time.Hour))
		if left, err := l.rdb.PTTL(ctx, "{btr}:duty:sweeping").Result(); err != nil || left > time.Minute || l.holder(t, "sweeping") != held {
			t.Errorf("the lease of the next leader is %q for %s (%v), want %q for a minute", l.holder(t, "sweeping"), left, err, held)
		}
		if busy, err := l.Timer("p").IsHeld(ctx); err != nil || busy {
			t.Errorf("a pause began: %t (%v)", busy, err)
		}
		check(t, next.ReleaseAndStart(ctx, l.Timer("p"), time.Hour))
		if busy, err := l.Timer("p").IsHeld(ctx); err != nil || !busy {
			t.Errorf("no pause began: %t (%v)", busy, err)
		}
		last := lead(t, a, time.Minute)
		if old.Number >= next.Number || next.Number >= last.Number {
			t.Errorf("the terms are %d, %d, %d, want growing numbers", old.Number, next.Number, last.Number)
		}
		wantRefused(t, "Extend by an earlier term of the same process", old.Extend(ctx, time.Hour))
		check(t, last.Release(ctx))
	})
}

// The number grows whatever happened to the record of the last one.
func TestDuty_NumberGrowsWithoutItsRecord(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		ctx, last := t.Context(), int64(0)
		for name, change := range map[string]func() error{
			"as it is":      func() error { return nil },
			"lost":          func() error { return l.rdb.Del(ctx, "{btr}:terms").Err() },
			"of an old one": func() error { return l.rdb.Set(ctx, "{btr}:terms", "7", 0).Err() },
			"a list": func() error {
				return errors.Join(l.rdb.Del(ctx, "{btr}:terms").Err(), l.rdb.LPush(ctx, "{btr}:terms", "x").Err())
			},
			"too high":  func() error { return l.rdb.Set(ctx, "{btr}:terms", "1e300", 0).Err() },
			"no number": func() error { return l.rdb.Set(ctx, "{btr}:terms", "x", 0).Err() },
		} {
			time.Sleep(2 * time.Millisecond)
			check(t, change())
			term := lead(t, l.Duty("d", "A"), time.Minute)
			if term.Number <= last {
				t.Errorf("with a record %s, the number is %d after %d", name, term.Number, last)
			}
			last = term.Number
			check(t, term.Release(ctx))
		}
	})
}

// An earlier version wrote "1", extended a lease by writing it, and released it by deleting it.
func TestDuty_BesideAnEarlierVersion(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		ctx, d := t.Context(), l.Duty("poll:9999", "A")
		earlier := func() { check(t, l.rdb.Set(ctx, "{btr}:duty:poll:9999", "1", time.Minute).Err()) }
		earlier()
		if _, acquired, err := d.Acquire(ctx, time.Minute); err != nil || acquired {
			t.Errorf("a duty that an earlier version leads was acquired: %t (%v)", acquired, err)
		}
		l.expire(t, "poll:9999")
		term := lead(t, d, time.Minute)
		earlier()
		wantRefused(t, "Extend", term.Extend(ctx, time.Hour))
		wantRefused(t, "Release", term.Release(ctx))
		if got := l.holder(t, "poll:9999"); got != "1" {
			t.Errorf("the lease of the earlier version is %q", got)
		}
	})
}

// A key without an expiry was damaged, and no process leads.
func TestDuty_IsAcquiredWhereItsRecordIsDamaged(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		check(t, l.rdb.LPush(t.Context(), "{btr}:duty:d", "x").Err())
		term := lead(t, l.Duty("d", "A"), time.Minute)
		l.expire(t, "d")
		check(t, l.rdb.LPush(t.Context(), "{btr}:duty:d", "x").Err())
		wantRefused(t, "Extend", term.Extend(t.Context(), time.Minute))
	})
}

// A leader that was frozen writes nothing of what only the leader writes.
func TestTerm_WritesOfAnEarlierLeaderAreRefused(t *testing.T) {
	t.Parallel()
	onBoth(t, 3, func(t *testing.T, l bundle) {
		ctx := t.Context()
		l.toOrdered(t, 2)
		waiting, err := l.WaitingSites(ctx, "b1")
		if err != nil || len(waiting) != 1 {
			t.Fatalf("%v (%v)", waiting, err)
		}
		fields := func(v string) map[string]string { return map[string]string{"o:A": v} }
		writes := map[string]func(by ledger.Term, value string, at time.Time) error{
			"PostponeAs":  func(by ledger.Term, _ string, at time.Time) error { return l.PostponeAs(ctx, by, "b1", at, 3, 4) },
			"SetNextPoll": func(by ledger.Term, _ string, at time.Time) error { return l.SetNextPoll(ctx, by, waiting[0], at) },
			"PublishSurvey": func(by ledger.Term, v string, at time.Time) error {
				return l.PublishSurvey(ctx, by, "9999", at, maps.All(fields(v)))
			},
			"StoreFact": func(by ledger.Term, v string, at time.Time) error {
				return l.StoreFact(ctx, by, "s", "n", v, at, time.Hour)
			},
			"RestoreClaims": func(by ledger.Term, _ string, _ time.Time) error {
				_, err := l.RestoreClaims(ctx, by, "9999")
				return err
			},
		}
		for _, name := range slices.Sorted(maps.Keys(writes)) {
			check(t, l.rdb.Del(ctx, "{btr}:claims:9999", "{btr}:voicesites:9999").Err())
			write, duty := writes[name], l.Duty(name, "A")
			old := lead(t, duty, time.Minute)
			check(t, write(old, "old", noon))
			if name == "RestoreClaims" { // they are deleted again, and the next leader has just begun
				check(t, l.rdb.Del(ctx, "{btr}:claims:9999").Err())
			}
			l.expire(t, name)
			before := l.dump(t)
			wantRefused(t, name+" with a free lease", write(old, "late", noon.Add(time.Hour)))
			next := lead(t, l.Duty(name, "B"), time.Minute)
			wantRefused(t, name, write(old, "late", noon.Add(time.Hour)))
			if diff := cmp.Diff(before, l.dump(t)); diff != "" {
				t.Errorf("%s changed records after the term (-before +after):\n%s", name, diff)
			}
			check(t, write(next, "next", noon.Add(2*time.Hour)))
			if cmp.Equal(before, l.dump(t)) {
				t.Errorf("%s of the next leader changed nothing", name)
			}
		}
	})
}

// dump is the content of all records but leases.
func (l bundle) dump(t *testing.T) map[string]any {
	t.Helper()
	ctx, all := t.Context(), map[string]any{}
	keys, err := l.rdb.Keys(ctx, "*").Result()
	check(t, err)
	for _, key := range keys {
		switch kind := l.rdb.Type(ctx, key).Val(); {
		case kind == "hash":
			all[key] = l.rdb.HGetAll(ctx, key).Val()
		case kind == "zset":
			all[key] = l.rdb.ZRangeWithScores(ctx, key, 0, -1).Val()
		}
	}
	return all
}

// toOrdered has a site wait for its order.
func (l bundle) toOrdered(t *testing.T, row rollout.RowRef) {
	t.Helper()
	_, s, err := l.Load(t.Context(), "b1", row)
	for _, state := range []rollout.State{rollout.Validated, rollout.Ordering, rollout.Ordered} {
		check(t, err)
		s.State, s.OrderID, s.OrderedAt = state, "o1", &noon
		s, _, err = l.Advance(t.Context(), s, noon)
	}
	check(t, err)
}

// ExtendWhile keeps the lease while the work goes on, and ends the work when the term is over.
func TestTerm_ExtendWhile(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		const lifetime = 3 * time.Second
		term := lead(t, l.Duty("d", "A"), lifetime)
		failed := errors.New("failed")
		left := func() time.Duration { return l.rdb.PTTL(t.Context(), "{btr}:duty:d").Val() }
		err := term.ExtendWhile(t.Context(), lifetime, func(ctx context.Context) error {
			for before := left(); ctx.Err() == nil && left() <= before; time.Sleep(10 * time.Millisecond) {
				before = left()
			}
			return errors.Join(failed, ctx.Err())
		})
		if !errors.Is(err, failed) || errors.Is(err, context.Canceled) || errors.Is(err, ledger.ErrNoLongerLeader) {
			t.Errorf("ended with %v, want %v", err, failed)
		}
		l.expire(t, "d")
		next := lead(t, l.Duty("d", "B"), time.Minute)
		err = term.ExtendWhile(t.Context(), lifetime, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		wantRefused(t, "ExtendWhile", err)
		check(t, next.Release(t.Context()))
	})
}
