// This file says when a schedule is open.

package schedule

import (
	"time"

	"btrollout/internal/rollout"
)

// Schedule says when a batch may order. The zero Schedule is always open.
type Schedule struct {
	// Windows are the times of opening. They may overlap and be of different zones. None: always open.
	Windows []Window
	// Start is the time before which the schedule is closed. Zero: none.
	Start time.Time
}

// horizon is how far ClosesAt looks ahead. It is more than a year, so that it has every change of clocks.
const horizon = 400 * day

// IsOpen reports whether the schedule is open at t.
func (s Schedule) IsOpen(t time.Time) bool {
	opens, ok := s.NextOpening(t)
	return ok && opens.Equal(t)
}

// NextOpening returns the first moment from t on at which the schedule is open: t itself if it is open
// at t, otherwise a moment in the zone of the window that opens, or Start. It returns false if every window is
// a zero Window, which never opens.
func (s Schedule) NextOpening(t time.Time) (time.Time, bool) {
	if t.Before(s.Start) {
		t = s.Start
	}
	if len(s.Windows) == 0 {
		return t, true
	}
	var first time.Time
	found := false
	for _, w := range s.Windows {
		opens, _, ok := w.next(t)
		switch {
		case !ok:
		case !opens.After(t):
			return t, true
		case !found || opens.Before(first):
			first, found = opens, true
		}
	}
	return first, found
}

// ClosesAt returns the first moment from t on at which the schedule is closed: t itself if it is closed at
// t, otherwise a moment in the zone of the window that closes. Windows that overlap or follow each other without
// a gap are one opening. It returns false if the schedule stays open for the next 400 days, which means: for ever.
func (s Schedule) ClosesAt(t time.Time) (time.Time, bool) {
	if !s.IsOpen(t) {
		return t, true
	}
	if len(s.Windows) == 0 {
		return time.Time{}, false
	}
	for end := t; end.Sub(t) < horizon; {
		closes, open := s.closesFrom(end)
		if !open {
			return end, true
		}
		end = closes
	}
	return time.Time{}, false
}

// closesFrom returns when a window that is open at t closes. It returns false if no window is open at t.
func (s Schedule) closesFrom(t time.Time) (closes time.Time, open bool) {
	for _, w := range s.Windows {
		if opens, closes, ok := w.next(t); ok && !opens.After(t) {
			return closes, true
		}
	}
	return time.Time{}, false
}

// Read returns the schedule of windows, as ParseWindow reads them, and a start, which it puts into the zone of the
// first window. The error is that of the first window that cannot be read.
func Read(windows []string, start time.Time) (Schedule, error) {
	s := Schedule{Start: start}
	for _, text := range windows {
		w, err := ParseWindow(text)
		if err != nil {
			return s, err
		}
		s.Windows = append(s.Windows, w)
	}
	if len(s.Windows) > 0 && !start.IsZero() {
		s.Start = start.In(s.Windows[0].zone)
	}
	return s, nil
}

// Of returns the schedule of a plan. A plan whose windows cannot be read never opens.
func Of(p rollout.Plan) Schedule {
	s, err := Read(p.Windows, p.Start)
	if err != nil {
		s.Windows = []Window{{}}
	}
	return s
}
