// Tests of leases: pauses here, duties in duty_test.go.

package ledger_test

import (
	"errors"
	"testing"
	"time"

	"btrollout/internal/ledger"
)

// acquire tries to acquire a pause, and reports whether it did.
func acquire(t *testing.T, pause ledger.Timer, lifetime time.Duration) bool {
	t.Helper()
	acquired, err := pause.Acquire(t.Context(), lifetime)
	if err != nil {
		t.Fatal(err)
	}
	return acquired
}

// acquireSoon acquires a pause that is about to end.
func acquireSoon(t *testing.T, pause ledger.Timer) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !acquire(t, pause, time.Hour); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the lease never expired")
		}
	}
}

func TestPause_HasOneHolder(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		first, err1 := l.Timer("sweep").Acquire(t.Context(), time.Minute)
		second, err2 := l.Timer("sweep").Acquire(t.Context(), time.Minute)
		other, err3 := l.Timer("probe").Acquire(t.Context(), time.Minute)
		if err := errors.Join(err1, err2, err3); err != nil || !first || second || !other {
			t.Errorf("acquired %v %v %v (%v)", first, second, other, err)
		}
	})
}

func TestPause_TellsHowLongAnotherHolderHasIt(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		pause := l.Timer("poll")
		for _, c := range []struct {
			acquired bool
			least    time.Duration // the remaining time
		}{{true, 0}, {false, 59 * time.Minute}} {
			acquired, left, err := pause.AcquireOrRemaining(t.Context(), time.Hour)
			if err != nil || acquired != c.acquired || left < c.least || left > c.least+time.Minute {
				t.Errorf("acquired %t, another %v left (%v); want %t, %v", acquired, left, err, c.acquired, c.least)
			}
		}
	})
}

// The lease of a holder that died expires.
func TestPause_Expires(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		short := l.Timer("short")
		if !acquire(t, short, 50*time.Millisecond) {
			t.Fatal("the lease was not free")
		}
		acquireSoon(t, short)
	})
}

func TestPause_IsExtended(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		pause := l.Timer("survey")
		extend := func(lifetime time.Duration) {
			if err := pause.Extend(t.Context(), lifetime); err != nil {
				t.Fatal(err)
			}
		}
		if !acquire(t, pause, 50*time.Millisecond) {
			t.Fatal("the lease was not free")
		}
		extend(time.Hour)
		left, err := l.rdb.TTL(t.Context(), "{btr}:duty:survey").Result()
		if err != nil || left < 59*time.Minute || acquire(t, pause, time.Hour) {
			t.Errorf("a lease that was extended to an hour expires in %v (%v)", left, err)
		}
		if keys, err := l.rdb.Keys(t.Context(), "*duty*").Result(); err != nil || len(keys) != 1 {
			t.Errorf("keys %q (%v)", keys, err)
		}
		extend(time.Millisecond) // it may end early
		acquireSoon(t, pause)
	})
}

func TestPause_IsReleased(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		pause := l.Timer("ask")
		for range 2 {
			if !acquire(t, pause, time.Hour) {
				t.Fatal("the lease was not free")
			}
			if held, err := pause.IsHeld(t.Context()); err != nil || !held {
				t.Errorf("held: %v (%v)", held, err)
			}
			if acquire(t, pause, time.Hour) {
				t.Fatal("the lease was acquired twice")
			}
			if err := pause.Release(t.Context()); err != nil {
				t.Fatal(err)
			}
			if held, err := pause.IsHeld(t.Context()); err != nil || held {
				t.Errorf("after the release, held: %v (%v)", held, err)
			}
		}
	})
}

func TestPause_CanBeShortenedAndNotProlonged(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		pause := l.Timer("d")
		if !acquire(t, pause, time.Hour) {
			t.Fatal("the lease was not free")
		}
		for _, c := range []struct{ most, want time.Duration }{{2 * time.Hour, time.Hour}, {time.Minute, time.Minute}, {time.Hour, time.Minute}} {
			if err := pause.ShortenTo(t.Context(), c.most); err != nil {
				t.Fatal(err)
			}
			left, err := l.rdb.PTTL(t.Context(), "{btr}:duty:d").Result()
			if err != nil || left > c.want || left < c.want-10*time.Second {
				t.Errorf("shortened to %s, it lasts another %s (%v), want %s", c.most, left, err, c.want)
			}
		}
		free := l.Timer("free")
		if err := free.ShortenTo(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		if !acquire(t, free, time.Hour) {
			t.Error("a free lease that was shortened is held")
		}
	})
}

// A key without an expiry was damaged, and no process holds the pause.
func TestPause_IsAcquiredWhereItsRecordIsDamaged(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		check(t, l.rdb.LPush(t.Context(), "{btr}:duty:d", "x").Err())
		pause := l.Timer("d")
		if !acquire(t, pause, time.Hour) || acquire(t, pause, time.Hour) {
			t.Error("want a damaged lease to be acquired, and once")
		}
	})
}
