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

// A forecast is held against the calls that limiters really let pass: these begin within a sub-window of the
// quotas.
func TestStatus_TimeFor(t *testing.T) {
	t.Parallel()
	minute, hour := throttle.Rate{Calls: 60, Per: time.Minute}, throttle.Rate{Calls: 400, Per: time.Hour}
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
				time.Sleep(40 * time.Second)
				call(100)
				for _, n := range []int{10, 100, 700} {
					s, err := throttle.ReadStatus(t.Context(), rdb)
					if err != nil {
						t.Fatal(err)
					}
					began := time.Now()
					call(n)
					took, told := time.Since(began), s.TimeFor(float64(n), 0, nil)
					if off := math.Abs(told.Seconds() - took.Seconds()); off > 0.5 {
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
	if got := s.TimeFor(100, 2, nil); got.Round(time.Second) != time.Minute+50*time.Second {
		t.Errorf("100 calls, 2 a second, after a pause: %s", got)
	}
	if got := (throttle.Status{}).TimeFor(1, 0, nil); got < 300*24*time.Hour {
		t.Errorf("without a rate: %s", got)
	}
}

// Outside hours no call is made, and quotas recover.
func TestStatus_TimeFor_Hours(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	night := func(at time.Duration) (from, until time.Duration) { // the first 8 hours of each day
		if at%day >= 8*time.Hour {
			at = at.Truncate(day) + day
		}
		return at, at.Truncate(day) + 8*time.Hour
	}
	never := func(time.Duration) (from, until time.Duration) {
		return throttle.LongestForecast, throttle.LongestForecast
	}
	hourly := []throttle.Usage{{Quota: throttle.Rate{Calls: 100, Per: time.Hour}}}
	daily := []throttle.Usage{{Quota: throttle.Rate{Calls: 1000, Per: day}}}
	used := []throttle.Usage{{Quota: daily[0].Quota, Used: 1000, Windows: []throttle.Window{{Until: 20 * time.Hour, Calls: 1000}}}}
	perMinute := throttle.Rate{Calls: 60, Per: time.Minute}
	for _, c := range []struct {
		name   string
		quotas []throttle.Usage
		hours  throttle.Hours
		calls  float64
		want   time.Duration
	}{
		{"within the first window", nil, night, 3600, 62 * time.Minute},
		{"in the second window", nil, night, 8*3600/1.035 + 3600, day + 62*time.Minute},
		{"never", nil, never, 1, throttle.LongestForecast},
		{"nothing to do", nil, never, 0, 0},
		{"a quota by the hour, in two windows", hourly, night, 1000, day + time.Hour + 7*time.Minute},
		{"a quota by the day, which is free again in the second window", daily, night, 1500, day + 49*time.Minute},
		{"a quota that recovers while the window is closed", used, night, 600, day + 10*time.Minute},
	} {
		s := throttle.Status{Rate: perMinute, Quotas: c.quotas}
		if got := s.TimeFor(c.calls, 0, c.hours); (got-c.want).Abs() > 25*time.Minute || c.want == 0 && got != 0 {
			t.Errorf("%s: %s, want about %s", c.name, got, c.want)
		}
		if c.quotas == nil {
			continue
		}
		if got, always := s.TimeFor(c.calls, 0, c.hours), s.TimeFor(c.calls, 0, nil); got < always {
			t.Errorf("%s: %s, and %s without hours", c.name, got, always)
		}
	}
}

func TestUsage_HadBreak(t *testing.T) {
	t.Parallel()
	at := func(minutes ...int) (u throttle.Usage) { // calls that were made so many minutes ago
		u.Quota = throttle.Rate{Calls: 100, Per: time.Hour}
		for _, m := range minutes {
			u.Windows = append(u.Windows, throttle.Window{Until: time.Duration(62-m) * time.Minute, Calls: 1})
		}
		return u
	}
	for _, c := range []struct {
		usage throttle.Usage
		want  bool
	}{
		{at(), false}, {at(5), false}, {at(3, 2, 1, 0), false}, {at(3, 1), true}, {at(30, 29, 28, 3, 2), true},
		{at(30, 20, 19, 18), false}, {at(30, 20, 19, 12, 11), false},
	} {
		if got := c.usage.HadBreak(10 * time.Minute); got != c.want {
			t.Errorf("%v: %t", c.usage.Windows, got)
		}
	}
}
