// The windows of batches, and what they make of the time left.

package progress

import (
	"slices"
	"time"

	"btrollout/internal/rollout"
	"btrollout/internal/schedule"
	"btrollout/internal/throttle"
)

// furthest is how far ahead a forecast looks.
const furthest = throttle.LongestForecast

// isOpen reports whether a batch may order now, by its windows.
func (f facts) isOpen(b rollout.Batch) bool { return schedule.Of(b.Plan).IsOpen(f.now) }

// calendar has the openings of a schedule, in times from now. It finds them when they are asked for.
type calendar struct {
	schedule schedule.Schedule
	now      time.Time
	openings []opening     // in their order
	known    time.Duration // openings has all that begin before
}

// opening is a time in which a batch may order.
type opening struct{ from, until time.Duration }

func newCalendar(b rollout.Batch, now time.Time) *calendar {
	return &calendar{schedule: schedule.Of(b.Plan), now: now}
}

// hours is a throttle.Hours: it returns the first time from t on at which the schedule is open, and until
// when; furthest twice if there is none.
func (c *calendar) hours(t time.Duration) (from, until time.Duration) {
	for c.known <= t && c.known < furthest {
		c.extend()
	}
	i, _ := slices.BinarySearchFunc(c.openings, t, func(o opening, t time.Duration) int {
		if o.until > t {
			return 1
		}
		return -1
	})
	if i == len(c.openings) {
		return furthest, furthest
	}
	return max(t, c.openings[i].from), c.openings[i].until
}

// extend finds the next opening.
func (c *calendar) extend() {
	opens, found := c.schedule.NextOpening(c.now.Add(c.known))
	if !found || opens.Sub(c.now) >= furthest {
		c.known = furthest
		return
	}
	c.known = furthest
	if closes, found := c.schedule.ClosesAt(opens); found {
		c.known = min(c.known, closes.Sub(c.now))
	}
	c.openings = append(c.openings, opening{opens.Sub(c.now), c.known})
}

// within lists the openings within a time from now on.
func (c *calendar) within(length time.Duration) (list []opening) {
	c.hours(length)
	for _, o := range c.openings {
		if o.from >= length {
			break
		}
		list = append(list, opening{o.from, min(o.until, length)})
	}
	return list
}

// elapsed is how long it takes until the schedule was open for a time, from now on; furthest if it takes
// longer than that.
func (c *calendar) elapsed(open time.Duration) time.Duration {
	at := time.Duration(0)
	for {
		from, until := c.hours(at)
		if from >= furthest || until-from >= open {
			return min(from+open, furthest)
		}
		open -= until - from
		at = until
	}
}

// openWithin is for how long the schedule is open within a time from now on.
func (c *calendar) openWithin(length time.Duration) (open time.Duration) {
	for _, o := range c.within(length) {
		open += o.until - o.from
	}
	return open
}

// overlap is the part of a calendar's open time, within a time from now on, in which another one is open,
// too.
func (c *calendar) overlap(other *calendar, length time.Duration) float64 {
	var all, both time.Duration
	for _, o := range c.within(length) {
		all += o.until - o.from
		for _, p := range other.within(o.until) {
			both += max(0, min(o.until, p.until)-max(o.from, p.from))
		}
	}
	if all == 0 {
		return 0
	}
	return float64(both) / float64(all)
}

// isAlwaysOpen reports whether the schedule is open from now on for ever.
func (c *calendar) isAlwaysOpen() bool {
	from, until := c.hours(0)
	return from == 0 && until >= furthest
}

// wasOpenFor reports whether the schedule has been open for a time without a break.
func (c *calendar) wasOpenFor(length time.Duration) bool {
	before := c.now.Add(-length)
	closes, found := c.schedule.ClosesAt(before)
	return c.schedule.IsOpen(before) && (!found || closes.After(c.now))
}

// zone is the time zone of the windows; nil: there are none.
func (c *calendar) zone() *time.Location {
	i := slices.IndexFunc(c.schedule.Windows, func(w schedule.Window) bool { return w.Zone() != nil })
	if i < 0 {
		return nil
	}
	return c.schedule.Windows[i].Zone()
}

// lastClosing is when the schedule last closes before t; 0: it does not from now on.
func (c *calendar) lastClosing(t time.Duration) time.Duration {
	list := c.within(t)
	if len(list) == 0 {
		return 0
	}
	return list[len(list)-1].until
}

// openingBefore is when the opening begins that closes at a time; of one that is open now, now.
func (c *calendar) openingBefore(closes time.Duration) time.Duration {
	list := c.within(closes)
	if len(list) == 0 {
		return closes
	}
	return list[len(list)-1].from
}
