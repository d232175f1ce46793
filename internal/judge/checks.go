// This file has the checks of the evidence.

package judge

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"btrollout/internal/btsim"
)

// Outcome is the result of a run, in numbers.
type Outcome struct {
	Orders  int // all orders in the books
	Doubles int // live orders beyond those that a site may have
	Lost    int // sites that are not provisioned, or with the address of an older row, and no report explains it
	Reviews int // sites that a person has to look up because of a break
	GivenUp int // sites that failed although nothing is wrong with them
	Refused int // sites whose newest row was refused for an address that changed rules forbid
	// Cancelled counts the sites of which each row that was worked on was cancelled with its batch.
	Cancelled int
}

// reviewBreaks are the breaks after which a site may end in review. After the others, the
// account still shows the truth.
var reviewBreaks = []btsim.Kind{btsim.ForeignAnswer, btsim.EmptyAnswer, btsim.NoReference, btsim.NoVoicesiteID}

// Check checks all rows, orders and voicesites of a run whose batches are done. The violations
// are the same and in the same order for the same evidence.
func (e *Evidence) Check() (Outcome, []Violation) {
	c := newCheck(e)
	c.checkKnown()
	for _, key := range c.keys {
		row := c.rows[key][0]
		c.checkOrders(row)
		c.checkForeign(row)
		if row.Expected == Refused {
			c.checkRejection(row)
		} else {
			c.checkBought(row)
		}
		c.checkRejected(key)
	}
	for _, entry := range e.Entries {
		c.checkEntry(entry)
	}
	return c.outcome, c.violations
}

// CheckAfterLoss checks the upload of AfterFile to an empty Redis: no site with a live order may
// be ordered again. The books before are those when Redis was emptied. Entries must be of the
// batches since then only.
func (e *Evidence) CheckAfterLoss(before btsim.Stats) []Violation {
	c := newCheck(e)
	had, alive := map[string]int{}, map[string]bool{} // orders of a site, and whether one is live
	for _, orders := range before.Orders {
		for _, o := range orders {
			had[o.FoldedName]++
			alive[o.FoldedName] = alive[o.FoldedName] || live(o)
		}
	}
	for _, key := range c.keys {
		row := c.rows[key][len(c.rows[key])-1]
		c.checkForeign(row)
		entry := c.newest(key)
		switch n := len(c.orders[key]) - had[key]; {
		case row.File != AfterFile:
		case !alive[key]:
			c.checkDoubles(row)
		case n > 0:
			c.violate(row, "ordered %d times more after Redis lost its data", n)
		case c.isRefused(key):
		case entry == nil:
			c.violate(row, "not worked on after Redis lost its data")
		case entry.settled():
			c.checkVoicesite(row, *entry)
		case entry.State() != "review" || !c.reviewAllowed(key):
			c.violate(row, "%s after Redis lost its data, and no break explains it", entry.State())
		}
	}
	return c.violations
}

// check is one pass over the evidence, which it has by site.
type check struct {
	*Evidence
	keys       []string                     // of the sites with right rows, in the order of the files
	rows       map[string][]Row             // the right rows, in the order of the files
	entries    map[string][]Entry           // of right rows, the oldest first
	orders     map[string][]btsim.Order     // of all sites, also those that no row asks for
	voicesites map[string][]btsim.Voicesite // the oldest order first
	outcome    Outcome
	violations []Violation
}

func newCheck(e *Evidence) *check {
	c := &check{
		Evidence: e, rows: map[string][]Row{}, entries: map[string][]Entry{},
		orders: map[string][]btsim.Order{}, voicesites: map[string][]btsim.Voicesite{},
	}
	for _, row := range e.Rows {
		if row.Expected == Wrong {
			continue
		}
		key := row.Key()
		if c.rows[key] == nil {
			c.keys = append(c.keys, key)
		}
		c.rows[key] = append(c.rows[key], row)
	}
	for _, entry := range e.Entries {
		if entry.Row.Expected != Wrong {
			c.entries[entry.Row.Key()] = append(c.entries[entry.Row.Key()], entry)
		}
	}
	for _, reference := range slices.Sorted(maps.Keys(e.Books.Orders)) {
		for _, o := range e.Books.Orders[reference] {
			c.orders[o.FoldedName] = append(c.orders[o.FoldedName], o)
			c.outcome.Orders++
		}
	}
	for _, v := range e.Books.Voicesites {
		c.voicesites[v.FoldedName] = append(c.voicesites[v.FoldedName], v)
	}
	return c
}

// violate records a violation that concerns a row.
func (c *check) violate(row Row, format string, args ...any) {
	c.violations = append(c.violations, violationf(&row, format, args...))
}

// checkKnown finds orders for which there is no right row, and references of two sites.
func (c *check) checkKnown() {
	for _, key := range slices.Sorted(maps.Keys(c.orders)) {
		if orders := c.orders[key]; c.rows[key] == nil {
			c.violations = append(c.violations, violationf(nil,
				"%d orders for %q, which no right row asked for: %+v", len(orders), key, orders))
		}
	}
	for _, reference := range slices.Sorted(maps.Keys(c.Books.Orders)) {
		orders := c.Books.Orders[reference]
		for _, o := range orders[1:] {
			if o.FoldedName != orders[0].FoldedName {
				c.violations = append(c.violations, violationf(nil,
					"reference %s is used for %q and %q", reference, orders[0].TechnicalSiteName, o.TechnicalSiteName))
			}
		}
	}
}

// longest is the number of characters that a cell of a workbook can hold.
const longest = 32767

// checkEntry finds wrong rows that were not rejected with a reason, and cells that a
// workbook cannot hold or people cannot read.
func (c *check) checkEntry(e Entry) {
	if e.Row.Expected == Wrong && (e.State() != "rejected" || e.Cells["bt_problem"] == "") {
		c.violate(e.Row, "wrong in the file, and %s in batch %s", e.State(), e.Batch)
	}
	unreadable := func(r rune) bool { return unicode.IsControl(r) && r != '\n' }
	for _, header := range slices.Sorted(maps.Keys(e.Cells)) {
		cell := e.Cells[header]
		if len(cell) > longest || strings.HasPrefix(header, "bt_") && strings.ContainsFunc(cell, unreadable) {
			c.violate(e.Row, "%s in batch %s has %d bytes or control characters: %.100q", header, e.Batch, len(cell), cell)
		}
	}
	c.checkDecided(e)
}

// newest is the newest entry of a site that was worked on, and not cancelled; nil if there is none.
func (c *check) newest(key string) *Entry {
	entries := c.entries[key]
	for i := len(entries) - 1; i >= 0; i-- {
		if e := entries[i]; e.State() != "rejected" && !e.isLeft() && !e.isCancelled() { // refused at its upload, or left to another batch
			return &entries[i]
		}
	}
	return nil
}

// checkRejected finds right rows that were rejected, and nothing explains it: what they ask for is
// lost. If no row of the site was worked on, the other checks say so.
func (c *check) checkRejected(key string) {
	if c.newest(key) == nil {
		return
	}
	lost := 0
	for _, e := range c.entries[key] {
		if e.State() == "rejected" && !c.isExplained(e) {
			lost = 1
			c.violate(e.Row, "lost: rejected in batch %s (%s), and nothing explains it", e.Batch, e.Cells["bt_code"])
		}
	}
	c.outcome.Lost += lost
}

// isExplained reports whether the evidence shows why a right row was rejected: the rules forbid its
// address by now, a break left its site to a person, or another upload that was entered later, or
// while this one was checked, has a row of the site that was not rejected.
func (c *check) isExplained(e Entry) bool {
	switch code := e.Cells["bt_code"]; {
	case strings.HasPrefix(code, "address."):
		return c.Refusable != nil && c.Refusable(e.Row)
	case code == "site.in-review":
		return c.reviewAllowed(e.Row.Key())
	case code == "site.taken":
		return slices.ContainsFunc(c.entries[e.Row.Key()], func(other Entry) bool {
			return other.Batch != e.Batch && other.State() != "rejected" && !other.Entered.Before(e.Began)
		})
	}
	return false
}

// reviewAllowed reports whether a break struck an order of the site, so that a person may have
// to look it up.
func (c *check) reviewAllowed(key string) bool {
	return slices.ContainsFunc(c.orders[key], func(o btsim.Order) bool {
		return slices.ContainsFunc(o.Struck, func(k btsim.Kind) bool { return slices.Contains(reviewBreaks, k) })
	})
}

// isRefused reports whether the newest row of a site that was worked on failed, or each row in the
// reports was rejected if none was, for an address that the rules forbid by now.
func (c *check) isRefused(key string) bool {
	if c.Refusable == nil {
		return false
	}
	entries, state := c.entries[key], "rejected"
	if newest := c.newest(key); newest != nil {
		entries, state = []Entry{*newest}, "failed"
	}
	return len(entries) > 0 && !slices.ContainsFunc(entries, func(e Entry) bool {
		return e.State() != state || !strings.HasPrefix(e.Cells["bt_code"], "address.") || !c.Refusable(e.Row)
	})
}

// live reports whether an order made or may still make a voicesite.
func live(o btsim.Order) bool { return o.Status != "rejected" && o.Status != "cancelled" }

// liveOrders is the number of live orders of a site.
func (c *check) liveOrders(key string) (n int) {
	for _, o := range c.orders[key] {
		if live(o) {
			n++
		}
	}
	return n
}

// checkDoubles finds a site with more than one live order or voicesite.
func (c *check) checkDoubles(row Row) {
	key := row.Key()
	if orders := c.liveOrders(key); orders > 1 {
		c.outcome.Doubles += orders - 1
		c.violate(row, "%d live orders", orders)
	}
	if n := len(c.voicesites[key]); n > 1 {
		c.violate(row, "%d voicesites", n)
	}
}

// checkOrders finds sites with more than one live order, or with more orders, rejected ones
// included, than rows that were worked on: a site whose order was rejected is only ordered
// again by an upload, or by a person who has its row tried again.
func (c *check) checkOrders(row Row) {
	c.checkDoubles(row)
	key, worked := row.Key(), 0
	for _, e := range c.entries[key] {
		if e.State() != "rejected" && e.State() != "skipped" {
			worked += 1 + c.Decided[e.Batch].Retried[e.Row.Number]
		}
	}
	if n := len(c.orders[key]); n > worked+c.forgotten(key, worked) {
		c.violate(row, "%d orders, and %d rows that were worked on", n, worked)
	}
}

// forgotten is how many orders a site may have beside those of the rows that were worked on,
// because Redis lost its data after an order that none of these rows has: a rejected one, or any
// if there are no such rows. A row that Redis forgot made one of them at most.
func (c *check) forgotten(key string, worked int) (n int) {
	for _, loss := range c.Losses {
		orders, rows := 0, 0
		for _, o := range c.orders[key] {
			if (!live(o) || worked == 0) && o.CreationDate.Before(loss.At) {
				orders++
			}
		}
		for _, row := range c.rows[key] {
			rows += loss.Uploads[row.File]
		}
		n += min(orders, rows)
	}
	return n
}

// checkRejection checks that the newest row of a site whose orders were all rejected failed for
// that reason, or was refused, or is in review because of a break.
func (c *check) checkRejection(row Row) {
	key := row.Key()
	newest := c.newest(key)
	if newest == nil && c.isCancelled(key) {
		c.checkCancelled(row)
		return
	}
	explained := newest != nil && newest.State() == "failed" && newest.Cells["bt_code"] == "order.rejected" &&
		newest.Cells["bt_problem"] != ""
	switch {
	case len(c.voicesites[key]) > 0 || slices.ContainsFunc(c.entries[key], Entry.settled):
		c.violate(row, "a voicesite, though its orders were rejected")
	case explained:
	case c.isRefused(key):
		c.outcome.Refused++
	case newest != nil && newest.State() == "review" && c.reviewAllowed(key):
		c.outcome.Reviews++
	case newest != nil && c.isGivenUp(*newest):
		c.outcome.GivenUp++
	default:
		c.violate(row, "its orders were rejected, and no report says so")
	}
}

// checkBought checks that the newest row of a site is in place, or in review because of a
// break, and that the address is that of the newest row in place, which the rows ask for that
// were left to it.
func (c *check) checkBought(row Row) {
	key := row.Key()
	if len(c.orders[key]) > 0 && c.liveOrders(key) == 0 {
		c.checkRejection(row)
		return
	}
	switch e := c.newest(key); {
	case c.isRefused(key):
		c.outcome.Refused++
	case e == nil && c.isCancelled(key):
		c.checkCancelled(row)
		return
	case e == nil:
		c.outcome.Lost++
		c.violate(row, "lost: no row of it was worked on")
		return
	case e.settled():
	case e.State() == "review" && c.reviewAllowed(key):
		c.outcome.Reviews++
	case e.State() == "review":
		c.violate(e.Row, "left to a person, and no break explains it")
	case c.isGivenUp(*e):
		c.outcome.GivenUp++
	case e.State() == "failed":
		c.outcome.GivenUp++
		c.violate(e.Row, "given up")
	default:
		c.outcome.Lost++
		c.violate(e.Row, "lost: %s", e.State())
	}
	c.checkAddress(key)
}

// checkVoicesite checks that the books hold the voicesite that an entry names, with the
// row's address, or with that of one of the others.
func (c *check) checkVoicesite(row Row, e Entry, others ...Row) {
	voicesites, id := c.voicesites[row.Key()], e.Cells["bt_voicesite_id"]
	if len(voicesites) == 0 {
		c.violate(row, "%s in batch %s, and the books hold no voicesite", e.State(), e.Batch)
		return
	}
	voicesite := voicesites[0]
	if voicesite.VoiceSiteID != id {
		c.violate(row, "voicesite %s in batch %s, and %s in the books", id, e.Batch, voicesite.VoiceSiteID)
	}
	isOther := func(r Row) bool { return differs(voicesite.Address, r.Address) == "" }
	if element := differs(voicesite.Address, row.Address); element != "" && !slices.ContainsFunc(others, isOther) {
		c.violate(row, "%s in batch %s, and its %s is %q in the books, want %q",
			e.State(), e.Batch, element, voicesite.Address[element], row.Address[element])
	}
}

// checkForeign finds voicesites with an address that no row of their site has.
func (c *check) checkForeign(row Row) {
	for _, v := range c.voicesites[row.Key()] {
		own := slices.ContainsFunc(c.rows[row.Key()], func(r Row) bool { return differs(v.Address, r.Address) == "" })
		if v.AddressPushes > 0 && !own {
			c.violate(row, "voicesite %s has the address of another site: %v", v.VoiceSiteID, v.Address)
		}
	}
}
