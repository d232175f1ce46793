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
type schedules struct{ known sync.Map }

// of is the schedule of a plan. A plan whose windows cannot be read never opens: Replan and enqueue
// take no such plan.
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
	s, err := schedule.Read(p.Windows, p.Start)
	if err != nil {
		s.Windows = []schedule.Window{{}}
	}
	c.known.Store(key, s)
	return s
}

// sendBefore is the time at which the sending of an order of a batch, or of an address if its windows are
// strict, must have begun: Config.Window from
// now, or when the batch's window closes, whichever is earlier.
func (w *Worker) sendBefore(b rollout.Batch, now time.Time) time.Time {
	end := now.Add(w.Window)
	if closes, found := w.schedules.of(b.Plan).ClosesAt(now); found && closes.Before(end) {
		return closes
	}
	return end
}
