// This file lets the tests see what they need of the inside.

package progress

import (
	"time"

	"btrollout/internal/rollout"
)

// Calendar is a calendar for tests.
type Calendar struct{ *calendar }

// NewCalendar is newCalendar.
func NewCalendar(b rollout.Batch, now time.Time) Calendar { return Calendar{newCalendar(b, now)} }

// Elapsed is elapsed.
func (c Calendar) Elapsed(open time.Duration) time.Duration { return c.elapsed(open) }

// OpenWithin is openWithin.
func (c Calendar) OpenWithin(length time.Duration) time.Duration { return c.openWithin(length) }

// Hours is hours.
func (c Calendar) Hours(t time.Duration) (from, until time.Duration) { return c.hours(t) }

// Overlap is overlap.
func (c Calendar) Overlap(other Calendar, length time.Duration) float64 {
	return c.overlap(other.calendar, length)
}

// PollShare is pollShare.
const PollShare = pollShare

// Furthest is furthest.
const Furthest = furthest

// ClockWords are the words of ranges, seen at now, of which the window that closes at closes decides; zero: there is
// one range.
func ClockWords(now, closes time.Time, b rollout.Batch, zone string, ranges ...Range) rollout.Text {
	l := &Left{Ranges: ranges, Zone: zone, WindowCloses: closes}
	f := &forecast{facts: facts{batch: b, now: now}, calendar: newCalendar(b, now)}
	window := presentWindow
	if !closes.IsZero() {
		window = f.nameWindow(closes.Sub(now))
	}
	return clock(l, now, window)
}
