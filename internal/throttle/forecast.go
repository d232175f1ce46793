// How long the budget needs for a number of calls: the rate, and the quotas with what is used of
// them already.

package throttle

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"time"
)

// The constants of budget.lua on which a forecast depends.
const (
	headroom     = 1.035 // slots are further apart than the rate says by this factor
	quotaParts   = 60    // sub-windows of a quota's period
	countedParts = 62    // number of sub-windows for which a call counts
)

// LongestForecast is how far a forecast looks ahead.
const LongestForecast = 365 * 24 * time.Hour

// Window is a number of calls that count against a quota until a time from now.
type Window struct {
	Until time.Duration
	Calls float64
}

// readWindows reads which calls count against a quota, the oldest first. now is Redis' clock.
func (b budget) readWindows(ctx context.Context, q Rate, now time.Duration) ([]Window, error) {
	fields, err := b.rdb.HGetAll(ctx, keyQuota(q.Per)).Result()
	if err != nil {
		return nil, err
	}
	var windows []Window
	for field, count := range fields {
		n, err1 := strconv.ParseInt(field, 10, 64)
		calls, err2 := strconv.Atoi(count)
		if err1 != nil || err2 != nil {
			continue
		}
		until := time.Duration(float64(n+countedParts)*float64(q.Per)/quotaParts) - now
		if until > 0 {
			windows = append(windows, Window{until, float64(calls)})
		}
	}
	slices.SortFunc(windows, func(a, b Window) int { return cmp.Compare(a.Until, b.Until) })
	return windows, nil
}

// HadBreak reports whether no call was made for a sub-window of the quota lately, between calls that were. Breaks
// that are shorter than a sixtieth of the quota's period may not be noticed.
func (u Usage) HadBreak(lately time.Duration) bool {
	part := u.Quota.Per / quotaParts
	since := countedParts*part - max(lately, 2*part)
	for i, w := range u.Windows {
		if i > 0 && w.Until >= since && w.Until-u.Windows[i-1].Until > part*3/2 {
			return true
		}
	}
	return false
}

// Hours says when calls may be made, in times from now: from is the first time from t on at which they
// may, and until the time from which on they may not. LongestForecast or later: never.
type Hours func(t time.Duration) (from, until time.Duration)

// TimeFor returns how long the budget needs for a number of calls from now on, if no process makes
// other ones and at most perSecond are made; LongestForecast if it needs longer. perSecond 0: as
// many as the rate allows. hours nil: calls may be made at any time. Quotas recover meanwhile.
func (s Status) TimeFor(calls, perSecond float64, hours Hours) time.Duration {
	if s.Rate.Calls == 0 { // none is known
		return LongestForecast
	}
	if hours == nil {
		hours = func(t time.Duration) (from, until time.Duration) { return t, LongestForecast }
	}
	rate := s.Rate.PerSecond() / headroom
	if perSecond > 0 {
		rate = min(rate, perSecond)
	}
	quotas := s.bindingQuotas(rate)
	now := s.Pause
	for calls > 0 {
		from, until := hours(now)
		if now = from; now >= LongestForecast {
			break
		}
		free, next, step := calls, LongestForecast, until-now
		for _, q := range quotas {
			q.expire(now)
			step = min(step, q.end(now)-now)
			if left := float64(q.Calls) - q.used; left < 1 {
				free, next = 0, min(next, q.windows[0].Until)
			} else {
				free = min(free, left)
			}
		}
		if free == 0 {
			now = next
			continue
		}
		n := min(free, max(1, rate*step.Seconds()))
		for _, q := range quotas {
			q.count(now, n)
		}
		calls -= n
		now += time.Duration(math.Ceil(n / rate * float64(time.Second)))
	}
	return min(now, LongestForecast)
}

// bindingQuotas are the quotas that stop calls at a rate (calls a second).
func (s Status) bindingQuotas(rate float64) (quotas []*quotaForecast) {
	for _, q := range s.Quotas {
		if q.Quota.PerSecond()*quotaParts/countedParts >= rate { // it never stops a call for long
			continue
		}
		f := &quotaForecast{Rate: q.Quota, part: q.Quota.Per / quotaParts, windows: slices.Clone(q.Windows)}
		f.begun = max(0, time.Duration(s.Now.UnixNano())%f.part) // zero time is far below 0
		for _, w := range f.windows {
			f.used += w.Calls
		}
		quotas = append(quotas, f)
	}
	return quotas
}

// quotaForecast is a quota while a forecast is made.
type quotaForecast struct {
	Rate
	part    time.Duration // length of a sub-window
	begun   time.Duration // for how long the present sub-window has lasted
	windows []Window      // the oldest first
	used    float64
}

// end is when the sub-window of a time ends.
func (q *quotaForecast) end(now time.Duration) time.Duration {
	return (now + q.begun).Truncate(q.part) + q.part - q.begun
}

// expire drops the calls that no longer count.
func (q *quotaForecast) expire(now time.Duration) {
	for len(q.windows) > 0 && q.windows[0].Until <= now {
		q.used -= q.windows[0].Calls
		q.windows = q.windows[1:]
	}
}

// count counts calls that are made at a time, within one sub-window.
func (q *quotaForecast) count(now time.Duration, calls float64) {
	until := q.end(now) + (countedParts-1)*q.part
	if last := len(q.windows) - 1; last >= 0 && q.windows[last].Until > until-q.part/2 { // but for rounding, the same sub-window
		q.windows[last].Calls += calls
	} else {
		q.windows = append(q.windows, Window{until, calls})
	}
	q.used += calls
}
