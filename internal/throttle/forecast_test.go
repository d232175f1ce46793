// This file tests how long the budget is said to need for calls.

package throttle_test

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"btrollout/internal/redistest"
	"btrollout/internal/throttle"
)

// A forecast is held against the calls that limiters really let pass.
func TestStatus_TimeFor(t *testing.T) {
	t.Parallel()
	minute, hour := throttle.Rate{Calls: 120, Per: time.Minute}, throttle.Rate{Calls: 1500, Per: time.Hour}
	for _, quotas := range [][]throttle.Rate{nil, {minute}, {hour}, {minute, hour}} {
		t.Run(fmt.Sprint(quotas), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := redistest.StartVirtual(t, redistest.VirtualOptions{})
				rdb := server.Connect(t, nil)
				l := throttle.New(rdb, throttle.Rate{Calls: 5, Per: time.Second}, quotas...)
				call := func(n int) {
					for range n {
						if err := l.Wait(t.Context(), 0); err != nil {
							t.Fatal(err)
						}
					}
				}
				call(100)
				for _, n := range []int{10, 300, 2000} {
					s, err := throttle.ReadStatus(t.Context(), rdb)
					if err != nil {
						t.Fatal(err)
					}
					began := time.Now()
					call(n)
					took, told := time.Since(began), s.TimeFor(float64(n), 0)
					if off := math.Abs(told.Seconds() - took.Seconds()); off > 1.5+0.05*took.Seconds() {
						t.Errorf("%d calls took %s, %s were said", n, took, told)
					}
				}
			})
		})
	}
}

func TestStatus_TimeFor_Limits(t *testing.T) {
	t.Parallel()
	s := throttle.Status{Rate: throttle.Rate{Calls: 10, Per: time.Second}, Pause: time.Minute}
	if got := s.TimeFor(100, 2); got.Round(time.Second) != time.Minute+50*time.Second {
		t.Errorf("100 calls, 2 a second, after a pause: %s", got)
	}
	if got := (throttle.Status{}).TimeFor(1, 0); got < 300*24*time.Hour {
		t.Errorf("without a rate: %s", got)
	}
}
