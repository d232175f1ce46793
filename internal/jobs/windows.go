// The windows of batches: when a batch may order, by the plan that people made for it.

package jobs

import (
	"strings"
	"sync"
	"time"

	"btrollout/internal/rollout"
	"btrollout/internal/schedule"
)

// schedules are the schedules of plans, by what the plans say, so that each is read once.
type schedules struct {
	known      sync.Map
	unreadable func(windows []string, err error) // called once for each set of windows that cannot be read; may be nil
}

// of is schedule.Of.
func (c *schedules) of(p rollout.Plan) schedule.Schedule {
	if len(p.Windows) == 0 {
		return schedule.Schedule{Start: p.Start}
	}
	key := strings.Join(p.Windows, "\n")
	if known, found := c.known.Load(key); found {
		s := known.(schedule.Schedule)
		s.Start = p.Start
		return s
	}
	s := schedule.Of(p)
	if _, known := c.known.LoadOrStore(key, s); !known && c.unreadable != nil {
		if _, err := schedule.Read(p.Windows, p.Start); err != nil {
			c.unreadable(p.Windows, err)
		}
	}
	return s
}

// sendBefore is the send-before of an order of a batch, or of an address if its windows are strict:
// Config.Window from now, or the time at which the batch's window closes, if that is earlier.
func (w *Worker) sendBefore(b rollout.Batch, now time.Time) time.Time {
	end := now.Add(w.Window)
	if closes, found := w.schedules.of(b.Plan).ClosesAt(now); found && closes.Before(end) {
		return closes
	}
	return end
}
