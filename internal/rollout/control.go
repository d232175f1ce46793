// This file holds what people decide about a batch: when and in which order its sites are ordered,
// whether it is paused, and whether it is cancelled.

package rollout

import (
	"slices"
	"strings"
	"time"
)

// Plan is when the sites of a batch are ordered, and in which order. The zero Plan: at once, in the
// order of the file.
type Plan struct {
	// The times in which the batch may order, such as `mon-fri 22:00-06:00 Europe/Paris`; none: at any
	// time.
	Windows   []string  `json:"windows,omitempty"`
	Strict    bool      `json:"strict,omitempty"`    // outside the windows, orders are not polled either, and no address is sent
	Start     time.Time `json:"start,omitzero"`      // when the batch may order for the first time; left out: at once
	Urgent    bool      `json:"urgent,omitempty"`    // the batch comes before all that are not urgent
	First     []string  `json:"first,omitempty"`     // countries (ISO 3166 code) whose sites come first, in this order
	ByCountry bool      `json:"byCountry,omitempty"` // the sites come in the order of their countries' codes, instead of the file's
}

// UrgentTurns is how many sites of urgent batches are admitted for each site of other batches, so that no
// batch waits until all urgent ones are done.
const UrgentTurns = 7

// IsZero reports whether the plan says nothing.
func (p Plan) IsZero() bool {
	return len(p.Windows)+len(p.First) == 0 && !p.Strict && p.Start.IsZero() && !p.Urgent && !p.ByCountry
}

// OrdersAs reports whether two plans differ at most in when sites are ordered, and not in their order.
func (p Plan) OrdersAs(q Plan) bool {
	return p.Urgent == q.Urgent && p.ByCountry == q.ByCountry && slices.Equal(p.First, q.First)
}

// Text says the plan in a few words.
func (p Plan) Text() Text {
	var parts []Text
	if p.Urgent {
		parts = append(parts, Say("urgent", "urgent"))
	}
	if len(p.Windows) > 0 {
		parts = append(parts, Say("windows %s", "plages %s", strings.Join(p.Windows, ", ")))
	}
	if p.Strict {
		parts = append(parts, Say("strict", "strictes"))
	}
	if !p.Start.IsZero() {
		parts = append(parts, Say("not before %s", "pas avant %s", p.Start.Format("2006-01-02 15:04 MST")))
	}
	if len(p.First) > 0 {
		parts = append(parts, Say("first %s", "d'abord %s", strings.Join(p.First, ", ")))
	}
	if p.ByCountry {
		parts = append(parts, Say("by country", "par pays"))
	}
	if len(parts) == 0 {
		return Say("at any time, in turn with other batches", "à tout moment, en alternance avec les autres lots")
	}
	return ListOf(parts, func(t Text) Text { return t })
}

// sitesPerGroup is how many places in the order of work a group of sites has: more than there are
// numbers of rows.
const sitesPerGroup = 1_000_000_000

// MostPlace is above every place that Plan.Place returns.
const MostPlace = 1000 * sitesPerGroup

// AddressPlaces is above the places of sites that need no order any more: these come before all others.
const AddressPlaces = sitesPerGroup

// Place is the place of a site in the order of work of its batch, from 0 on: sites that need no order
// any more, then those of the countries that come first, then all others.
func (p Plan) Place(s Site) int64 {
	group := 0
	if s.State != Delivered && !s.IsPastOrder() {
		group = 1 + slices.Index(p.First, s.Country)
		if group == 0 {
			group = 1 + len(p.First)
			if p.ByCountry && IsISO2(s.Country) {
				group += int(s.Country[0]-'A')*26 + int(s.Country[1]-'A')
			}
		}
	}
	return int64(group)*sitesPerGroup + int64(s.Row)
}

// Cancellation is what becomes of the sites of a cancelled batch that were ordered.
type Cancellation string

const (
	// NotCancelled means that the batch goes on.
	NotCancelled Cancellation = ""
	// FinishOrdered means that ordered sites are delivered and get their address, and all others
	// are cancelled.
	FinishOrdered Cancellation = "finish"
	// LeaveOrdered means that ordered sites are cancelled, too: their orders are left as they are.
	LeaveOrdered Cancellation = "leave"
)

// Pause is a person's decision that nothing is ordered, validated or pushed.
type Pause struct {
	At time.Time // zero: there is no pause
	By string    // who decided
}

// IsPaused reports whether the batch is paused, by itself or with the whole account.
func (b *Batch) IsPaused() bool { return !b.Paused.At.IsZero() || !b.AllPaused.At.IsZero() }

// Shown is the state of the batch as people see it: its state and, while it is open, what they
// decided about it. If several are true at once, it is the first of ShownStates.
func (b *Batch) Shown() BatchState { return b.ShownStates()[0] }

// ShownStates is all that is true of the batch at once: Cancelling, Paused and Blocked, in this order; its
// state if none of these is.
func (b *Batch) ShownStates() []BatchState {
	if b.State != Running && b.State != Blocked {
		return []BatchState{b.State}
	}
	var all []BatchState
	if b.Cancelled != NotCancelled {
		all = append(all, Cancelling)
	}
	if b.IsPaused() {
		all = append(all, Paused)
	}
	if b.State == Blocked || len(all) == 0 {
		all = append(all, b.State)
	}
	return all
}
