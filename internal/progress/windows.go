// The windows of batches, and what they make of the time left.

package progress

import (
	"time"

	"btrollout/internal/rollout"
	"btrollout/internal/schedule"
)

// schedule is when a batch may order. One whose windows cannot be read never may.
func (f facts) schedule(b rollout.Batch) schedule.Schedule {
	s, err := schedule.Read(b.Plan.Windows, b.Plan.Start)
	if err != nil {
		s.Windows = []schedule.Window{{}}
	}
	return s
}

// isOpen reports whether a batch may order now, by its windows.
func (f facts) isOpen(b rollout.Batch) bool { return f.schedule(b).IsOpen(f.now) }

// elapsed is how long it takes until the batch was allowed to order for a time, from now on; furthest if
// it takes longer than that.
func (f facts) elapsed(open time.Duration) time.Duration {
	s, at := f.schedule(f.batch), f.now
	for {
		opens, found := s.NextOpening(at)
		if !found || opens.Sub(f.now) > furthest {
			return furthest
		}
		closes, found := s.ClosesAt(opens)
		if !found || closes.Sub(opens) >= open {
			return opens.Add(open).Sub(f.now)
		}
		open -= closes.Sub(opens)
		at = closes
	}
}

// openWithin is for how long the batch may order within a time from now on.
func (f facts) openWithin(length time.Duration) time.Duration {
	s, at, end, open := f.schedule(f.batch), f.now, f.now.Add(length), time.Duration(0)
	for {
		opens, found := s.NextOpening(at)
		if !found || !opens.Before(end) {
			return open
		}
		closes, found := s.ClosesAt(opens)
		if !found || !closes.Before(end) {
			return open + end.Sub(opens)
		}
		open += closes.Sub(opens)
		at = closes
	}
}
