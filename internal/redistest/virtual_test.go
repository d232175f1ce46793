// This file tests the Redis of tests in virtual time.

package redistest

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
)

// TestVirtual_Expiry holds that a key lives as long as it should, and no longer than Expiry more.
func TestVirtual_Expiry(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{Exact, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			rdb := StartVirtual(t, VirtualOptions{Expiry: late}).Connect(t, nil)
			const life = 10 * time.Second
			if err := rdb.Set(t.Context(), "key", "value", life).Err(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(life - time.Millisecond)
			if err := rdb.Get(t.Context(), "key").Err(); err != nil {
				t.Errorf("Expiry %s: the key expired early: %v", late, err)
			}
			time.Sleep(time.Millisecond + late)
			if err := rdb.Get(t.Context(), "key").Err(); !errors.Is(err, redis.Nil) {
				t.Errorf("Expiry %s: the key lives on: %v", late, err)
			}
		})
	}
}

// TestCopy_Stream holds that a stream is restored with the ids of its entries.
func TestCopy_Stream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := StartVirtual(t, VirtualOptions{})
		rdb, ctx := r.Connect(t, nil), t.Context()
		read := func() []redis.XMessage {
			t.Helper()
			entries, err := rdb.XRange(ctx, "log", "-", "+").Result()
			if err != nil {
				t.Fatal(err)
			}
			return entries
		}
		for _, what := range []string{"entered", "started"} {
			if err := rdb.XAdd(ctx, &redis.XAddArgs{Stream: "log", Values: []any{"who", "anna@host", "what", what}}).Err(); err != nil {
				t.Fatal(err)
			}
		}
		before := read()
		copied, err := r.Copy(ctx, rdb)
		if err != nil {
			t.Fatal(err)
		}
		r.FlushAll()
		if err := copied.Restore(ctx, rdb); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, read()); diff != "" || len(before) != 2 {
			t.Errorf("-before +after:\n%s", diff)
		}
	})
}
