// What people who still have to write their rows may choose from: possible values, places,
// and an example of an address, by the facts that rows are checked by. VPNs are in vpn.go.

package precheck

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"btrollout/internal/addrcheck"
	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// Choices lists the possible values of an element as rows may write them: each as it is
// displayed, if no other value is displayed so.
func Choices(k rollout.Constraint) []string {
	var texts []string
	for _, v := range k.Values {
		if text := writtenAs(v, k); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// writtenAs is how a row may write a value of such an element; "" if it is none.
func writtenAs(v rollout.PossibleValue, k rollout.Constraint) string {
	isAmbiguous := func() bool {
		text := spelling.Fold(v.Display)
		return slices.ContainsFunc(k.Values, func(other rollout.PossibleValue) bool {
			return other.Value != v.Value && (spelling.Fold(other.Display) == text || spelling.Fold(other.Value) == text)
		})
	}
	switch {
	case k.ValueType == rollout.TypeAssociative && v.Value != "" && v.Display != "" && !isAmbiguous():
		return v.Display
	case k.ValueType == rollout.TypeAssociative, k.ValueType == rollout.TypeList:
		return v.Value
	}
	return ""
}

// Branch is the geographical areas within others, all as rows may write them.
type Branch struct {
	Within []string // from area1 down
	Values []string
}

// place is a geographical area: by its name in the API, and as a row may write it.
type place struct{ name, text string }

// Places lists the geographical areas of a country, level by level: for each upper place,
// the places below it. It leaves out the first level, area1 aside, that lies below more
// than upper places or has more than most values, and all levels below.
func (c *Checker) Places(ctx context.Context, iso2 string, upper, most int) ([][]Branch, error) {
	book, err := c.rules(ctx, iso2, time.Time{})
	if err != nil {
		return nil, err
	}
	var levels [][]Branch
	paths := [][]place{nil}
	for level, element := range areaLevels(book.source) {
		if level > 0 && len(paths) > upper {
			break
		}
		var branches []Branch
		var below [][]place
		for _, path := range paths {
			places, err := c.places(ctx, iso2, book.source.Constraints[element], path)
			if err != nil {
				return nil, err
			}
			branch := Branch{Within: textsOf(path), Values: textsOf(places)}
			branches = append(branches, branch)
			for _, p := range places {
				below = append(below, append(slices.Clone(path), p))
			}
			if level > 0 && len(below) > most {
				return levels, nil
			}
		}
		levels, paths = append(levels, branches), below
	}
	return levels, nil
}

// Example returns an address that a row of this country might have: one that exists, if one is
// known that keeps the rules; else one that is made from the rules, and keeps them as far as it can
// be made from them.
func (c *Checker) Example(ctx context.Context, iso2 string) (rollout.Address, error) {
	return c.exampleFrom(ctx, iso2, knownAddresses[iso2])
}

// exampleFrom is Example, with an address that may exist; nil: none is known.
func (c *Checker) exampleFrom(ctx context.Context, iso2 string, known rollout.Address) (rollout.Address, error) {
	book, err := c.rules(ctx, iso2, time.Time{})
	if err != nil {
		return nil, err
	}
	if known != nil {
		f, err := c.checkRules(ctx, iso2, known, time.Time{})
		if err != nil {
			return nil, err
		}
		if len(f.Problems) == 0 {
			return maps.Clone(known), nil
		}
	}
	return c.madeExample(ctx, iso2, book)
}

// madeExample makes an address from the rules of a country, and from the first of its geographical
// areas.
func (c *Checker) madeExample(ctx context.Context, iso2 string, book rulebook) (rollout.Address, error) {
	a := book.checker.Example()
	var path []place
	for _, element := range areaLevels(book.source) {
		places, err := c.places(ctx, iso2, book.source.Constraints[element], path)
		if err != nil {
			return nil, err
		}
		if len(places) == 0 {
			break
		}
		path = append(path, places[0])
		a[element] = places[0].text
	}
	return a, nil
}

// areaLevels are the elements that must name a geographical area, from area1 down, as
// far as rows can have them.
func areaLevels(source addrcheck.Rulebook) []string {
	for level, element := range source.AreaElements {
		if source.Constraints[element].Usage == rollout.UsageNone || slices.Contains(source.AreaElements[:level], element) {
			return source.AreaElements[:level]
		}
	}
	return source.AreaElements
}

// places lists the places below a path, sorted by what rows write.
func (c *Checker) places(ctx context.Context, iso2 string, k rollout.Constraint, path []place) ([]place, error) {
	var upper []string
	for _, p := range path {
		upper = append(upper, p.name)
	}
	names, err := c.areas(ctx, iso2, upper)
	if err != nil {
		return nil, err
	}
	places := make([]place, 0, len(names))
	for _, name := range names {
		p := place{name, name}
		for _, v := range k.Values {
			if text := writtenAs(v, k); text != "" && (v.Value == name || v.Display == name) {
				p.text = text
			}
		}
		places = append(places, p)
	}
	slices.SortStableFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(spelling.Fold(a.text), spelling.Fold(b.text)), strings.Compare(a.text, b.text))
	})
	return places, nil
}

func textsOf(places []place) []string {
	var texts []string
	for _, p := range places {
		texts = append(texts, p.text)
	}
	return texts
}
