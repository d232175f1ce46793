// This file tests the Redis of tests in virtual time.

package redistest

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

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
