// Package addrcheck judges one address by its country's rulebook: it says what
// is wrong with it, in words a person can act on, and which address to push.
// It is pure: no clock, no network, nothing that changes between two calls.
//
// This file holds the door: Rulebook, Checker and Check. The rules are in
// rules.go, what they do in judge.go and areas.go, their sentences in messages.go.
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
	Constraints    map[string]rollout.Constraint // by address element; an element that is not here must be empty [A]
	AreaElements   []string                      // the elements that area1, area2, … constrain, in this order; empty: none
	DialZoneManual bool                          // the row gives the dial zone; otherwise the API derives it
}

// Areas answers which places the API lists below the given parents, from area1
// downwards: Areas() lists area1, Areas("VD") lists area2 of "VD". Check asks
// with the API's own spelling of the parents, at most once for each level.
type Areas func(parents ...string) ([]string, error)

// Result is the judgement of one address.
type Result struct {
	// Address is what to push: every element in the API's own spelling. It is nil
	// when there are problems, because then nothing may be pushed.
	Address rollout.Address
	// Problems has at most one problem for each element, in the order in which the
	// country shows its elements. The caller sets their Stage.
	Problems []rollout.Problem
	// Notes says, one sentence each, what is pushed otherwise than written, what
	// is left out and what could not be judged.
	Notes []rollout.Text
}

// Checker is a compiled rulebook. Goroutines may share it.
type Checker struct {
	country  rollout.Text
	elements []*element // as the country shows them
	byCode   map[string]*element
	levels   []*element // those that area1, area2, … constrain
	warnings []rollout.Text
	branches branches
}

// element is one address element, ready to be judged.
type element struct {
	code string
	rollout.Constraint
	level   int      // 1 to 4: constrained by this area; 0: by none
	values  *list    // what may be written, when it is an enumeration; nil: it is none
	pattern *pattern // nil: none
	example string   // a value that pattern and bounds allow; "": none was found
}

// Compile makes a rulebook ready for use. It fails only for a rulebook without
// any element: every country has a schema, so the answer it came from is not to
// be trusted. What it does not understand in a single constraint is left
// unapplied and told by Warnings.
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

// Warnings says in sentences which parts of the rulebook are not applied, and
// why. The API still applies them when the address is pushed.
func (c *Checker) Warnings() []rollout.Text { return slices.Clone(c.warnings) }

// Check judges an address as the row gives it. Values are changed only in case,
// accents and white space (see spelling.Fold), or from a display text to its value, and a
// note tells it; anything more is a suggestion. It returns an error only when
// areas does; areas may be nil for a country without area elements.
func (c *Checker) Check(addr rollout.Address, areas Areas) (Result, error) {
	j := &judgement{Checker: c, written: map[string]string{}, areas: areas}
	for code, value := range addr {
		if value = clean(value); value != "" {
			j.written[code] = value
		}
	}
	shown := slices.Concat(c.elements, j.strangers())
	verdicts := map[*element]verdict{}
	for _, e := range slices.Concat(c.levels, shown) { // an area is judged before those below it
		if _, done := verdicts[e]; done {
			continue
		}
		v, err := j.judge(e)
		if err != nil {
			return Result{}, err
		}
		verdicts[e] = v
	}
	return j.result(addr, shown, verdicts), nil
}

// result puts the verdicts together, in the order in which elements are shown.
func (j *judgement) result(addr rollout.Address, shown []*element, verdicts map[*element]verdict) Result {
	res := Result{Address: rollout.Address{}, Notes: j.notes}
	for _, e := range shown {
		v := verdicts[e]
		switch {
		case v.fault != nil:
			res.Problems = append(res.Problems, rollout.Problem{
				Code: v.code, Field: e.code, Value: addr[e.code],
				Message: v.fault.message, Suggestion: v.fault.suggestion,
			})
		case v.value != "":
			res.Address[e.code] = v.value
			if written := visible(addr[e.code]); written != visible(v.value) {
				res.Notes = append(res.Notes, noteRespelled(e, written, v.value))
			}
		}
	}
	if res.Problems != nil {
		res.Address = nil
	}
	return res
}

// strangers are the elements that the address has and the rulebook does not. The
// dial zone is one of them where the API derives it: there it is left out. [G]
func (j *judgement) strangers() []*element {
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
