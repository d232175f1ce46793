// How far a list has been read, and whether that was all of it. A Reading is a plain
// value, so that another process can go on with the list. How a page is asked for and
// decoded is in pages.go.

package btapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

const (
	// passes is how often a list is read from its beginning, at most.
	passes = 5
	// trailLength is how many items a Reading remembers of those that it read last. It
	// is longer than the first step back (firstStep), so that pages of any size meet it.
	trailLength = 20
	// firstStep is how many items a Reading goes back first when it has lost its place;
	// each further step is ten times as long.
	firstStep = 10
	// maxIdle is how many pages in a row may show nothing new before the end.
	maxIdle = 2
	// maxItems is how many items a list may hold. An account of that size is read in
	// 500 calls.
	maxItems = 500_000
	// maxPages is how many pages of one list are read in all passes.
	maxPages = 100_000
)

// ErrEndless: a list holds more than this client reads. To go on would not end.
var ErrEndless = fmt.Errorf("the list has more than %d items or %d pages, and is read no further", maxItems, maxPages)

// errStuck: the pages show nothing new, and the list is not at its end.
var errStuck = errors.New("the list does not advance")

// A Reading is how far a list has been read. The zero value is a list that was not
// begun.
//
// Lists change while they are read. Each page therefore begins with the last item of
// the page before, and by that item the reading knows its place again. If the page
// shows the item elsewhere, the reading goes on after it. If the page does not show
// it, the reading steps back by growing amounts until it meets one of the last items
// that it read; if it meets none, it begins a new pass at the head of the list. What
// was seen in any pass counts.
//
// In a list that keeps the order of its items, a pass that never lost its place has
// seen each item that was there the whole time, whatever was inserted and deleted
// meanwhile. Where the order is not kept, the total helps: a pass settles the reading
// only if as many different items came as the largest total that it was told, and
// not if the list moved in a way that its total does not explain. Without a total it
// must not have moved at all.
type Reading struct {
	// Distinct is how many different items came so far. The caller, who keeps the
	// items, sets it after each page.
	Distinct int `json:"distinct"`

	Pass  int `json:"pass"`  // passes begun
	Pages int `json:"pages"` // pages read, in all passes
	Total int `json:"total"` // items of the list, as told last; -1: not told
	Most  int `json:"most"`  // the largest total told in any pass

	Head  string   `json:"head,omitempty"`  // identity of this pass's first item
	Trail []string `json:"trail,omitempty"` // identities of the items read last in this pass, the latest at the end
	At    int      `json:"at"`              // offset that follows the last item of Trail
	Known int      `json:"known"`           // the total told with the page that showed that item
	Size  int      `json:"size"`            // items of the longest page

	First   int  `json:"first"`             // the first total told in this pass
	Largest int  `json:"largest"`           // the largest total told in this pass
	Misses  int  `json:"misses,omitempty"`  // pages in a row that did not show the trail
	Idle    int  `json:"idle,omitempty"`    // pages in a row that showed nothing new
	Repeats int  `json:"repeats,omitempty"` // pages in a row that were all that this pass has read
	Changed bool `json:"changed,omitempty"` // the total changed in this pass
	Odd     bool `json:"odd,omitempty"`     // items moved in this pass, and the total does not explain it
	Short   bool `json:"short,omitempty"`   // the pass before kept its place, and only the number of items was short
	Lost    bool `json:"lost,omitempty"`    // the last pass lost its place
	End     bool `json:"end,omitempty"`     // the pass is at its end
}

// UnmarshalJSON refuses a Reading that no reading can have come to.
func (r *Reading) UnmarshalJSON(b []byte) error {
	type plain Reading
	var p plain
	if err := json.Unmarshal(b, &p); err != nil {
		return err
	}
	for _, n := range []int{p.Distinct, p.Pass, p.Pages, p.At, p.Size, p.Misses, p.Idle, p.Repeats} {
		if n < 0 {
			return errors.New("a reading has a negative number")
		}
	}
	if p.Pass > passes || len(p.Trail) > trailLength {
		return errors.New("a reading contradicts itself")
	}
	*r = Reading(p)
	return nil
}

// Over reports whether nothing more is to be read.
func (r Reading) Over() bool { return r.Settled() || r.Lost || r.End && r.Pass >= passes }

// Settled reports whether every item that was there the whole time was seen, as far
// as can be told. A reading that is over and not settled is of a list that moves
// faster than it can be read.
//
// A total that grows while the pages fit is no reason for another pass: new orders
// are made while an account is read. They come at the end of a list that is sorted by
// age, and are read there; at the head of one that is sorted the other way, they make
// the number of items short, and the next pass ends as soon as it has seen them.
func (r Reading) Settled() bool {
	switch {
	case r.Lost || r.Pass == 0:
		return false
	case r.Distinct == 0 && r.Pass == 1: // one empty answer proves nothing: it is asked for again
		return false
	case !r.End:
		return r.Short && r.Distinct >= r.Most
	case r.Largest < 0:
		return !r.Odd
	}
	return r.Distinct >= r.Largest && !(r.Odd && r.Changed)
}

// begin starts the next pass.
func (r *Reading) begin() {
	*r = Reading{
		Distinct: r.Distinct, Pass: r.Pass + 1, Pages: r.Pages, Total: r.Total, Most: r.Most, Size: r.Size,
		Short: r.End && r.Total >= 0 && !(r.Odd && r.Changed),
		First: -1, Largest: -1,
	}
}

// due is the offset of the page to ask for.
func (r *Reading) due() int {
	base := r.At - 1
	switch {
	case len(r.Trail) == 0:
		return 0
	case r.Misses == 0:
		return base + r.Repeats*r.Size
	case r.Misses == 1: // where the total says that the place is now, less half a page
		return max(base+r.grown()-max(r.Size/2, 1), 1)
	}
	step := firstStep
	for range r.Misses - 2 {
		step *= 10
	}
	return base - step
}

// grown is by how much the total grew since the trail was last seen, as far as told.
func (r *Reading) grown() int {
	if r.Total < 0 || r.Known < 0 {
		return 0
	}
	return r.Total - r.Known
}

// take enters a page: the identities of its items, and the total told with it.
func (r *Reading) take(offset int, keys []string, total int) error {
	r.Pages++
	if r.Pages > maxPages || offset+len(keys) > maxItems {
		return ErrEndless
	}
	r.told(total)
	r.Size = max(r.Size, len(keys))
	first := len(r.Trail) == 0
	fresh, ends := keys, first && len(keys) == 0
	switch {
	case first && len(keys) > 0:
		r.Head = keys[0]
	case first && r.Distinct > 0: // a pass before has seen items, so nothing proves that there are none
		r.miss()
		return nil
	case first: // an empty list
	case r.repeats(keys): // here and further on: the server knows no pages
		r.Repeats++
		r.End = r.Repeats >= 2
		return nil
	default:
		i, j := r.meet(keys)
		if i < 0 {
			r.miss()
			return nil
		}
		fresh = keys[i+1:]
		later := len(r.Trail) - 1 - j
		if ends = len(fresh) == 0 && later == 0 && offset+i+1 == r.At; len(fresh) > 0 || later == 0 {
			r.compare(offset+i+1, r.At) // what came later is gone
		} else {
			r.compare(offset+i, r.At-1-later)
		}
		r.Trail = r.Trail[:j+1]
	}
	r.Trail = slices.Concat(r.Trail, fresh)
	r.Trail = r.Trail[max(len(r.Trail)-trailLength, 0):]
	r.At, r.Known, r.Misses, r.Repeats = offset+len(keys), total, 0, 0
	r.End = ends || total >= 0 && r.At >= total // one that ends before its total is short of items
	if r.Idle++; len(fresh) > 0 || r.End {
		r.Idle = 0
	}
	if r.Idle >= maxIdle {
		return errStuck
	}
	return nil
}

// told enters the total of a page.
func (r *Reading) told(total int) {
	r.Changed = r.Changed || r.First >= 0 && total != r.First
	if r.First < 0 {
		r.First = total
	}
	r.Total, r.Most, r.Largest = total, max(r.Most, total), max(r.Largest, total)
}

// repeats reports whether a page is all that this pass has read, although its head
// was not asked for, and no total says that there is more.
func (r *Reading) repeats(keys []string) bool {
	return r.Total < 0 && r.At == len(keys) && len(keys) > 1 && keys[0] == r.Head && keys[len(keys)-1] == r.Trail[len(r.Trail)-1]
}

// meet finds the latest item of the trail that a page shows: item i of the page is item
// j of the trail. i < 0: the page shows none.
func (r *Reading) meet(keys []string) (i, j int) {
	for j := len(r.Trail) - 1; j >= 0; j-- {
		if i := slices.Index(keys, r.Trail[j]); i >= 0 {
			return i, j
		}
	}
	return -1, -1
}

// miss enters that a page does not show the trail.
func (r *Reading) miss() {
	r.Repeats = 0
	if r.Misses++; r.due() > 0 {
		return
	}
	if r.Pass >= passes {
		r.Lost = true
		return
	}
	r.begin()
	r.Short = false
}

// compare enters that a place in the list is at one offset now and was at another.
func (r *Reading) compare(at, was int) {
	moved, grown := at-was, r.grown()
	switch {
	case moved == 0 && r.Misses == 0:
	case moved > 0 && grown >= moved, moved < 0 && grown <= moved:
	default:
		r.Odd = true
	}
}
