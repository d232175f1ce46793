// This file has the checks of the judge. A site is all rows and orders whose names people read
// alike.

package chaos_test

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"btrollout/internal/btsim"
)

// outcome is the result of a run, in numbers.
type outcome struct {
	books   btsim.Stats
	orders  int
	doubles int // live orders beyond a site's first
	lost    int // sites that no report explains and that are not provisioned
	reviews int // sites that a person has to look up because of a break
	failed  int // sites that failed although nothing is wrong with them
}

// reviewBreaks are the breaks after which a site may end in review. After the others, the
// account still shows the truth.
var reviewBreaks = []btsim.Kind{btsim.ForeignAnswer, btsim.EmptyAnswer, btsim.NoReference, btsim.NoVoicesiteID}

// byKey returns the right rows of each site, in the order of the files.
func (j *judge) byKey() (keys []string, rows map[string][]site) {
	rows = map[string][]site{}
	for _, s := range j.sites {
		if s.expected == wrong {
			continue
		}
		if rows[s.key()] == nil {
			keys = append(keys, s.key())
		}
		rows[s.key()] = append(rows[s.key()], s)
	}
	return keys, rows
}

// checkAll judges all rows, orders and voicesites.
func (j *judge) checkAll() {
	keys, rows := j.byKey()
	j.checkKnown(rows)
	for _, key := range keys {
		s := rows[key][0]
		j.checkOrders(s)
		j.checkForeign(s, rows[key])
		if s.expected == refused {
			j.checkRejection(s)
		} else {
			j.checkBought(s)
		}
	}
	for _, entries := range j.entries {
		for _, e := range entries {
			j.checkEntry(e)
		}
	}
}

// checkAfterLoss judges the file that was uploaded after Redis lost everything.
func (j *judge) checkAfterLoss(before btsim.Stats) {
	had, alive := map[string]int{}, map[string]bool{} // orders of a site, and whether one is live
	for _, orders := range before.Orders {
		for _, o := range orders {
			had[o.FoldedName]++
			alive[o.FoldedName] = alive[o.FoldedName] || live(o)
		}
	}
	keys, rows := j.byKey()
	for _, key := range keys {
		s := rows[key][len(rows[key])-1]
		j.checkForeign(s, rows[key])
		e := j.newest(key)
		switch n := len(j.orders[key]) - had[key]; {
		case s.file != afterFile:
		case !alive[key]:
			j.checkDoubles(s)
		case n > 0:
			j.violation(s, "ordered %d times more after Redis lost its data", n)
		case e == nil:
			j.violation(s, "not worked on after Redis lost its data")
		case settled(*e):
			j.checkVoicesite(s, *e)
		case e.state() != "review" || !j.reviewAllowed(key):
			j.violation(s, "%s after Redis lost its data, and no break explains it", e.state())
		}
	}
}

// checkKnown finds orders for which there is no right row, and references of two sites.
func (j *judge) checkKnown(rows map[string][]site) {
	for key, orders := range j.orders {
		if rows[key] == nil {
			j.t.Errorf("%d orders for %q, which no right row asked for: %+v", len(orders), key, orders)
		}
	}
	for reference, orders := range j.v.books.Orders {
		for _, o := range orders[1:] {
			if o.FoldedName != orders[0].FoldedName {
				j.t.Errorf("reference %s is used for %q and %q", reference, orders[0].TechnicalSiteName, o.TechnicalSiteName)
			}
		}
	}
}

// enough is the number of sites with which each fault and break has an opportunity to
// strike.
const enough = 200

// checkStruck checks that each fault and break that is switched on has struck.
func (j *judge) checkStruck() {
	if *sites < enough {
		return
	}
	for _, kind := range struckKinds() {
		if j.v.books.Faults[kind] == 0 {
			j.t.Errorf("%s never struck in %d opportunities: give it a higher chance", kind, j.v.books.Opportunities[kind])
		}
	}
}

// longest is the number of characters that a cell of a workbook can hold.
const longest = 32767

// checkEntry finds wrong rows that were not rejected with a reason, and cells that a
// workbook cannot hold or people cannot read.
func (j *judge) checkEntry(e entry) {
	if e.row.expected == wrong && (e.state() != "rejected" || e.cells["bt_problem"] == "") {
		j.violation(e.row, "wrong in the file, and %s in batch %s", e.state(), e.batch)
	}
	for header, cell := range e.cells {
		unreadable := func(r rune) bool { return unicode.IsControl(r) && r != '\n' }
		if len(cell) > longest || strings.HasPrefix(header, "bt_") && strings.ContainsFunc(cell, unreadable) {
			j.violation(e.row, "%s in batch %s has %d bytes or control characters: %.100q", header, e.batch, len(cell), cell)
		}
	}
}

// rightEntries are the entries of a site's right rows, the oldest first.
func (j *judge) rightEntries(key string) []entry {
	return slices.DeleteFunc(slices.Clone(j.entries[key]), func(e entry) bool { return e.row.expected == wrong })
}

// settled reports whether a row ended with its voicesite and address in place.
func settled(e entry) bool { return e.state() == "provisioned" || e.state() == "skipped" }

// newest is the newest entry of a site that was worked on; nil if there is none.
func (j *judge) newest(key string) *entry {
	entries := j.rightEntries(key)
	for i := len(entries) - 1; i >= 0; i-- {
		if entries[i].state() != "rejected" { // refused at its upload
			return &entries[i]
		}
	}
	return nil
}

// reviewAllowed reports whether a break struck an order of the site, so that a person may
// have to look it up.
func (j *judge) reviewAllowed(key string) bool {
	return slices.ContainsFunc(j.orders[key], func(o btsim.Order) bool {
		return slices.ContainsFunc(o.Struck, func(k btsim.Kind) bool { return slices.Contains(reviewBreaks, k) })
	})
}

func liveOnes(orders []btsim.Order) []btsim.Order {
	return slices.DeleteFunc(slices.Clone(orders), func(o btsim.Order) bool { return !live(o) })
}

func (j *judge) checkDoubles(s site) {
	if live := liveOnes(j.orders[s.key()]); len(live) > 1 {
		j.v.doubles += len(live) - 1
		j.violation(s, "%d live orders", len(live))
	}
	if n := len(j.voicesites[s.key()]); n > 1 {
		j.violation(s, "%d voicesites", n)
	}
}

// checkOrders finds sites with more than one live order, or with more orders, rejected ones
// included, than rows that were worked on: a site whose order was rejected is only ordered
// again by an upload.
func (j *judge) checkOrders(s site) {
	j.checkDoubles(s)
	worked := 0
	for _, e := range j.rightEntries(s.key()) {
		if e.state() != "rejected" && e.state() != "skipped" {
			worked++
		}
	}
	if n := len(j.orders[s.key()]); n > worked {
		j.violation(s, "%d orders, and %d rows that were worked on", n, worked)
	}
}

// checkRejection checks that a site whose orders were all rejected failed for that reason.
func (j *judge) checkRejection(s site) {
	entries := j.rightEntries(s.key())
	explained := slices.ContainsFunc(entries, func(e entry) bool {
		return e.state() == "failed" && e.cells["bt_code"] == "order.rejected" && e.cells["bt_problem"] != ""
	})
	e := j.newest(s.key())
	switch {
	case len(j.voicesites[s.key()]) > 0 || slices.ContainsFunc(entries, settled):
		j.violation(s, "a voicesite, though its orders were rejected")
	case explained:
	case e != nil && e.state() == "review" && j.reviewAllowed(s.key()):
		j.v.reviews++
	default:
		j.violation(s, "its orders were rejected, and no report says so")
	}
}

// checkBought checks that the newest row of a site is in place, or in review because of a
// break, and that the address is that of the newest row in place.
func (j *judge) checkBought(s site) {
	orders, entries := j.orders[s.key()], j.rightEntries(s.key())
	if len(orders) > 0 && len(liveOnes(orders)) == 0 {
		j.checkRejection(s)
		return
	}
	switch e := j.newest(s.key()); {
	case e == nil:
		j.v.lost++
		j.violation(s, "lost: no row of it was worked on")
		return
	case settled(*e):
	case e.state() == "review" && j.reviewAllowed(s.key()):
		j.v.reviews++
	case e.state() == "review":
		j.violation(e.row, "left to a person, and no break explains it")
	case e.state() == "failed":
		j.v.failed++
		j.violation(e.row, "given up")
	default:
		j.v.lost++
		j.violation(e.row, "lost: %s", e.state())
	}
	for i := len(entries) - 1; i >= 0; i-- {
		if settled(entries[i]) {
			j.checkVoicesite(entries[i].row, entries[i])
			return
		}
	}
}

// checkVoicesite checks that the books hold the voicesite that an entry names, with the
// row's address.
func (j *judge) checkVoicesite(s site, e entry) {
	voicesites := j.voicesites[s.key()]
	if len(voicesites) == 0 {
		j.violation(s, "%s in batch %s, and the books hold no voicesite", e.state(), e.batch)
		return
	}
	if voicesites[0].VoiceSiteID != e.cells["bt_voicesite_id"] {
		j.violation(s, "voicesite %s in batch %s, and %s in the books", e.cells["bt_voicesite_id"], e.batch, voicesites[0].VoiceSiteID)
	}
	if element := differs(voicesites[0].Address, s.address); element != "" {
		j.violation(s, "%s in batch %s, and its %s is %q in the books, want %q",
			e.state(), e.batch, element, voicesites[0].Address[element], s.address[element])
	}
}

// checkForeign finds voicesites with an address that no row of their site has.
func (j *judge) checkForeign(s site, rows []site) {
	for _, p := range j.voicesites[s.key()] {
		own := slices.ContainsFunc(rows, func(row site) bool { return differs(p.Address, row.address) == "" })
		if p.AddressPushes > 0 && !own {
			j.violation(s, "voicesite %s has the address of another site: %v", p.VoiceSiteID, p.Address)
		}
	}
}

// differs names an element in which two addresses differ; "" if there is none.
func differs(got, want map[string]string) string {
	for _, element := range elements {
		if fold(got[element]) != fold(want[element]) {
			return element
		}
	}
	return ""
}

// fold returns the letters and digits of a text, without case and accents.
func fold(text string) string {
	folded, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.Predicate(func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}))), text)
	if err != nil {
		return text
	}
	return strings.ToLower(folded)
}
