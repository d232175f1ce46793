// This file has what people decide about batches, and the checks of what follows from it.

package judge

import (
	"slices"
	"strings"
)

// Decided is what people decided about a batch while it ran, or afterwards.
type Decided struct {
	Cancelled bool         // rows without an order may be cancelled
	Left      bool         // ordered rows may be cancelled, too
	GivenUp   map[int]bool // by row number: a person gave the row up while it was in review
	Retried   map[int]int  // by row number, if the row was tried again: retries after which it may have one more order
}

// triedAgain reports whether a row was tried again. If it is then cancelled, its order is left.
func (d Decided) triedAgain(row Row) bool {
	_, again := d.Retried[row.Number]
	return again
}

// isCancelled reports whether the row was cancelled, because its batch was, or left.
func (e Entry) isCancelled() bool { return e.State() == "cancelled" || e.saysLeft() }

// codeLeft is the code of a row whose order or voicesite was left as it is.
const codeLeft = "site.left"

// saysLeft reports whether the row failed because its order or its voicesite was left as it is.
func (e Entry) saysLeft() bool {
	return e.State() == "failed" && strings.Contains(e.Cells["bt_code"], codeLeft)
}

// checkDecided finds rows that were cancelled, or left as they are, and nobody decided that.
func (c *check) checkDecided(e Entry) {
	switch by := c.Decided[e.Batch]; {
	case e.isCancelled() && !by.Cancelled:
		c.violate(e.Row, "cancelled in batch %s, which nobody cancelled", e.Batch)
	case e.saysLeft() && !by.Left && !by.triedAgain(e.Row):
		c.violate(e.Row, "%s in batch %s, because it was left, which nobody decided", e.State(), e.Batch)
	}
}

// isGivenUp reports whether a row failed because a person gave it up.
func (c *check) isGivenUp(e Entry) bool {
	return e.State() == "failed" && e.Cells["bt_code"] == "site.given-up" && c.Decided[e.Batch].GivenUp[e.Row.Number]
}

// isCancelled reports whether a row of a site was cancelled.
func (c *check) isCancelled(key string) bool {
	return slices.ContainsFunc(c.entries[key], Entry.isCancelled)
}

// checkCancelled checks a site of which each row that was worked on was cancelled: if it has a live order
// or a voicesite, a row says that these were left, unless
// Redis forgot the order.
func (c *check) checkCancelled(row Row) {
	key := row.Key()
	c.outcome.Cancelled++
	if c.liveOrders(key) > 0 && !slices.ContainsFunc(c.entries[key], Entry.saysLeft) && c.forgotten(key, 0) == 0 {
		c.violate(row, "cancelled without a note, and it has a live order")
	}
}
