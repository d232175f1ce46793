// Reading: how far a list has been read, and whether that is all of it.

package btapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

const (
	// passes bounds how often a list is read from its beginning.
	passes = 5
	// trailLength is how many of the last items a Reading remembers: more than firstStep,
	// so that a page of any size after the first step back shows one of them.
	trailLength = 20
	// firstStep is how many items a Reading first steps back when it has lost its place;
	// each further step is ten times as long.
	firstStep = 10
	// maxIdle is how many pages in a row may show no new item before the end.
	maxIdle = 2
	// maxItems bounds the items of a list. So many items are read in 500 calls.
	maxItems = 500_000
	// maxPages bounds the pages of one list in all passes.
	maxPages = 100_000
)

// ErrEndless means that a list is longer than this client reads.
var ErrEndless = fmt.Errorf("the list has more than %d items or %d pages, and is read no further", maxItems, maxPages)

// errStuck means that the pages show no new items before the end of the list.
var errStuck = errors.New("the list does not advance")

// A Reading is how far a list has been read. The zero value is a list of which nothing has
// been read. It is a plain value, so that another process can continue.
//
// Lists change while they are read. Therefore each page begins with the last item of the page
// before, by which the reading finds its place. If the page shows that item elsewhere, the
// reading continues after it. If the page does not show it, the reading steps back by growing
// amounts until a page shows one of the last items; if none does, it begins a new pass at the
// head of the list. The items of all passes count.
//
// In a list that keeps the order of its items, a pass that never lost its place has seen each
// item that was there all the time, whatever was inserted and deleted meanwhile. In a list
// that does not, the reading is complete only if as many different items came as the largest
// total that it was told, and only if the total explains how the list moved. Without a total,
// the list must not have moved at all.
type Reading struct {
	// Distinct is how many different items came so far. The caller keeps the items and
	// sets it after each page.
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

// UnmarshalJSON returns an error for a Reading that no list can lead to.
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

// Over reports whether there is nothing more to read.
func (r Reading) Over() bool { return r.Complete() || r.Lost || r.End && r.Pass >= passes }

// Complete reports whether every item that was there all the time was seen, as far as the
// pages tell. A reading that is over and not complete is of a list that moves faster than it
// can be read.
//
// A total that grows while the pages fit causes no other pass: new orders are made while an
// account is read. In a list that is sorted by age they come at the end, where they are read;
// in one that is sorted the other way they come at the head and make the number of items
// short, and the next pass ends as soon as it has seen them.
func (r Reading) Complete() bool {
	switch {
	case r.Lost || r.Pass == 0:
		return false
	case r.Distinct == 0 && r.Pass == 1: // one empty answer proves nothing: the list is read again
		return false
	case !r.End:
		return r.Short && r.Distinct >= r.Most
	case r.Largest < 0:
		return !r.Odd
	}
	return r.Distinct >= r.Largest && !(r.Odd && r.Changed)
}

// next returns the reading to which the next page is taken, and the offset of that page.
func (r Reading) next() (Reading, int) {
	if r.Pass == 0 || r.End {
		r.begin()
	}
	return r, r.due()
}

// begin starts the next pass.
func (r *Reading) begin() {
	*r = Reading{
		Distinct: r.Distinct, Pass: r.Pass + 1, Pages: r.Pages, Total: r.Total, Most: r.Most, Size: r.Size,
		Short: r.End && r.Total >= 0 && !(r.Odd && r.Changed),
		First: -1, Largest: -1,
	}
}

// due is the offset of the next page.
func (r *Reading) due() int {
	base := r.At - 1
	switch {
	case len(r.Trail) == 0:
		return 0
	case r.Misses == 0:
		return base + r.Repeats*r.Size
	case r.Misses == 1: // the place by the total, minus half a page
		return max(base+r.grown()-max(r.Size/2, 1), 1)
	}
	step := firstStep
	for range r.Misses - 2 {
		step *= 10
	}
	return base - step
}

// grown is by how much the total grew since a page last showed the trail; 0: not told.
func (r *Reading) grown() int {
	if r.Total < 0 || r.Known < 0 {
		return 0
	}
	return r.Total - r.Known
}

// take records a page: the identities of its items, and the total that came with it. It
// returns ErrEndless or errStuck.
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
	case r.repeats(keys): // and so does the next page: the server has no paging
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
			r.compare(offset+i+1, r.At) // the items after it are deleted
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

// told records the total of a page.
func (r *Reading) told(total int) {
	r.Changed = r.Changed || r.First >= 0 && total != r.First
	if r.First < 0 {
		r.First = total
	}
	r.Total, r.Most, r.Largest = total, max(r.Most, total), max(r.Largest, total)
}

// repeats reports whether a page shows all items that this pass has read, although its offset
// is not 0, and no total says that there are more.
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

// miss records that a page does not show the trail.
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

// compare records that an item is at one offset now and was at another.
func (r *Reading) compare(at, was int) {
	moved, grown := at-was, r.grown()
	switch {
	case moved == 0 && r.Misses == 0:
	case moved > 0 && grown >= moved, moved < 0 && grown <= moved:
	default:
		r.Odd = true
	}
}
