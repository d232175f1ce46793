// This file checks that sites do not wait for orders that were delivered.

package virtual_test

import (
	"strconv"
	"time"

	"btrollout/internal/judge"
	"btrollout/internal/rollout"
)

// polledWithin is how long a site may wait for an order that was delivered while no act is under
// way: a minute, longer with a low quota, and longer if polls fail.
const polledWithin = 10 * time.Minute

// checkPolled finds sites of a batch that runs that wait for an order that was delivered, by the
// simulator's books. Only watch calls it, with the states of the sites by row.
func (w *world) checkPolled(b rollout.Batch, states map[string]rollout.State) {
	delivered := map[string]bool{} // by key
	for _, orders := range w.sim.Sim.Stats().Orders {
		for _, o := range orders {
			if o.Status == "delivered" && len(o.Struck) == 0 {
				delivered[o.FoldedName] = true
			}
		}
	}
	for _, row := range w.rows {
		if row.File != b.File || row.Expected == judge.Wrong {
			continue
		}
		site := b.ID + " row=" + strconv.Itoa(row.Number)
		if states[strconv.Itoa(row.Number)] != rollout.Ordered || !delivered[row.Key()] {
			delete(w.waits, site)
			continue
		}
		since, known := w.waits[site]
		if !known {
			w.waits[site] = time.Now()
		} else if time.Since(since) > polledWithin {
			w.addViolation("%s waits for its order, which was delivered %s ago", site, time.Since(since))
			delete(w.waits, site)
		}
	}
}
