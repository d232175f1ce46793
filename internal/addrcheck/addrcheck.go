// This file holds the exported types and Check.

package addrcheck

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"btrollout/internal/rollout"
)

// Rulebook is what the API says about the addresses of one country.
// Source: Business Talk getting started guide, section Address management.
type Rulebook struct {
	Country        string                        // as people read it, such as "Belgium"
	Constraints    map[string]rollout.Constraint // by address element; an element that is missing here must be empty [A]
	AreaElements   []string                      // the elements that area1, area2, … constrain, in this order; empty: none
	DialZoneManual bool                          // the row has the dial zone; otherwise the API derives it
}

// Areas lists the places that the API has below these parents, from area1 downwards: Areas()
// lists area1, Areas("VD") lists area2 of "VD". Check calls it with the API's own spelling of
// the parents, at most once for each level.
type Areas func(parents ...string) ([]string, error)

// Result is what Check finds about one address.
type Result struct {
	// Address is what to push: every element in the API's own spelling. It is nil if there
	// are problems, because then nothing may be pushed.
	Address rollout.Address
	// Problems has at most one problem for each element, in the order in which the country
	// shows its elements. The caller sets their Stage.
	Problems []rollout.Problem
	// Notes has a sentence for each value that is pushed otherwise than written, that is left
	// out, or that could not be checked.
	Notes []rollout.Text
}

// Checker is a compiled rulebook. It is safe for concurrent use.
type Checker struct {
	country  rollout.Text
	elements []*element // in the order in which the country shows them
	byCode   map[string]*element
	levels   []*element // those that area1, area2, … constrain, in this order
	warnings []rollout.Text
	branches branches
}

// element is one address element, ready to be checked.
type element struct {
	code string
	rollout.Constraint
	level   int      // 1 to 4: constrained by area1 to area4; 0: by none
	values  *list    // the possible values of an enumeration; nil: it is none
	pattern *pattern // nil: none
	example string   // a value that pattern and bounds allow; "": none was found
}

// Compile makes a rulebook ready for use. It fails only for a rulebook without any element:
// every country has a schema, so the API's answer cannot be right. What it does not understand
// in a constraint is not applied, and Warnings reports it.
func Compile(book Rulebook) (*Checker, error) {
	if len(book.Constraints) == 0 {
		return nil, fmt.Errorf("the API gave no address constraints for %s: ask it again before checking addresses", countryName(book.Country).EN)
	}
	c := &Checker{country: countryName(book.Country), byCode: map[string]*element{}}
	for _, code := range slices.Sorted(maps.Keys(book.Constraints)) {
		if code != rollout.DialZone {
			c.add(code, book.Constraints[code])
		}
	}
	if book.DialZoneManual {
		c.add(rollout.DialZone, dialZoneConstraint(book))
	}
	c.bindAreas(book.AreaElements)
	for _, e := range c.elements {
		e.example = e.findExample()
	}
	slices.SortFunc(c.elements, func(a, b *element) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), rollout.CompareElements(a.code, b.code))
	})
	return c, nil
}

// Warnings says in sentences which parts of the rulebook are not applied, and why. The API
// still applies them when the address is pushed.
func (c *Checker) Warnings() []rollout.Text { return slices.Clone(c.warnings) }

// Check checks an address as the row has it. Values change only in case, accents and white
// space (see spelling.Fold), or from a displayed text to its value, and a note says so;
// anything more is a suggestion. It returns an error only if areas does. areas may be nil for a
// country without area elements.
func (c *Checker) Check(addr rollout.Address, areas Areas) (Result, error) {
	j := &judgement{Checker: c, written: map[string]string{}, areas: areas}
	for code, value := range addr {
		if value = clean(value); value != "" {
			j.written[code] = value
		}
	}
	shown := slices.Concat(c.elements, j.unlisted())
	results := map[*element]elementResult{}
	for _, e := range slices.Concat(c.levels, shown) { // an area before those below it
		if _, done := results[e]; done {
			continue
		}
		r, err := j.judge(e)
		if err != nil {
			return Result{}, err
		}
		results[e] = r
	}
	return j.result(addr, shown, results), nil
}

// result joins the results of the elements, in the order in which they are shown.
func (j *judgement) result(addr rollout.Address, shown []*element, results map[*element]elementResult) Result {
	res := Result{Address: rollout.Address{}, Notes: j.notes}
	for _, e := range shown {
		r := results[e]
		switch {
		case r.violation != nil:
			res.Problems = append(res.Problems, rollout.Problem{
				Code: r.code, Field: e.code, Value: addr[e.code],
				Message: r.violation.message, Suggestion: r.violation.suggestion,
			})
		case r.value != "":
			res.Address[e.code] = r.value
			if written := visible(addr[e.code]); written != visible(r.value) {
				res.Notes = append(res.Notes, noteRespelled(e, written, r.value))
			}
		}
	}
	if res.Problems != nil {
		res.Address = nil
	}
	return res
}

// unlisted are the elements that the address has and the rulebook has not. If the API derives
// the dial zone, that is left out, with a note. [G]
func (j *judgement) unlisted() []*element {
	var found []*element
	for code := range j.written {
		switch {
		case j.byCode[code] != nil:
		case code == rollout.DialZone:
			j.notes = append(j.notes, noteDialZone(j.country, j.written[code]))
		default:
			found = append(found, &element{code: code, Constraint: rollout.Constraint{Usage: rollout.UsageNone}})
		}
	}
	slices.SortFunc(found, func(a, b *element) int { return rollout.CompareElements(a.code, b.code) })
	return found
}
