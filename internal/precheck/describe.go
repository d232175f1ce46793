// The description of a country for people who still have to write their rows, made from
// the facts that rows are checked by: what it asks for, and what it calls its elements.

package precheck

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"btrollout/internal/addrcheck"
	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// Description is what the API says of a country. There are no rules for a country that
// the API does not know or refuses to describe, or in which no voicesite can be ordered.
// The names of its JSON are permanent.
type Description struct {
	rollout.Country
	Telephone string `json:"telephoneCode"`     // code of the country's telephone numbers
	Known     bool   `json:"known"`             // whether the API knows the country
	Orderable bool   `json:"orderable"`         // whether voicesites can be ordered there
	Refused   string `json:"refused,omitempty"` // the API's words, if it refuses to say what applies
	// Who gives the dial zone: `manual`, the row; `automatic`, the API derives it; "": there are no rules.
	DialZone string            `json:"dialZoneSelection"`
	Areas    []Area            `json:"areas"`      // the elements that must name a geographical area, from area1 down
	Register bool              `json:"addressApi"` // whether addresses are looked up in the country's register before they are ordered
	Elements []rollout.Element `json:"elements"`   // elements that may be written, in the order of their positions
	NotUsed  []string          `json:"notUsed"`    // elements that the country names and takes nothing in
}

// Area is a level of geographical areas.
type Area struct {
	Element string   `json:"element"`          // the address element that names it
	Within  []string `json:"within,omitempty"` // the upper places, as the API spells them, within which the values lie
	Values  []string `json:"values,omitempty"` // its places: of area1 and, with `--area`, of the levels below
}

// NoPlace is the error of a place that the API does not list.
type NoPlace struct {
	Place   string
	Element string
	Within  []string
}

func (e *NoPlace) Error() string {
	where := e.Element
	if len(e.Within) > 0 {
		where += " within " + strings.Join(e.Within, ", ")
	}
	return fmt.Sprintf("the API lists no %q for %s", e.Place, where)
}

// Describe describes a country by the facts that its rows are checked by. Within lists
// places, from area1 down: the description has the geographical areas that lie within
// them. An error is a *NoPlace, or says that the API could not be asked.
func (c *Checker) Describe(ctx context.Context, iso2 string, within ...string) (Description, error) {
	d := Description{Country: rollout.Country{ISO2: iso2}, Areas: []Area{}, Elements: []rollout.Element{}, NotUsed: []string{}}
	err := c.describe(ctx, iso2, within, &d)
	if !isCountryRefused(err) {
		return d, err
	}
	d.Refused = errNoRules.Error()
	if refused := btapi.RefusalIn(err); refused != nil {
		d.Refused = rollout.Clause(refused.Words())
	}
	return d, nil
}

func (c *Checker) describe(ctx context.Context, iso2 string, within []string, d *Description) error {
	found, err := c.coverage(ctx, iso2)
	if err != nil {
		return err
	}
	d.Country = found.country(iso2)
	d.Telephone, d.Known, d.Orderable = found.Code, found.Known, found.Known && found.Online
	if !d.Orderable {
		return nil
	}
	book, err := c.rules(ctx, iso2, time.Time{})
	if err != nil {
		return err
	}
	d.Unapplied = book.checker.Warnings()
	d.DialZone = btapi.DialZoneAutomatic
	if book.source.DialZoneManual {
		d.DialZone = btapi.DialZoneManual
	}
	d.describeElements(book.source.Constraints)
	if err := c.describeAreas(ctx, iso2, book.source, within, d); err != nil {
		return err
	}
	d.Register, err = c.hasRegister(ctx, iso2, d.Elements)
	return err
}

// describeAreas lists the places of each level within those that were asked for.
func (c *Checker) describeAreas(ctx context.Context, iso2 string, source addrcheck.Rulebook, within []string, d *Description) error {
	var path []string
	for level, element := range source.AreaElements {
		area := Area{Element: element}
		if level <= len(within) {
			values, err := c.areas(ctx, iso2, path)
			if err != nil {
				return err
			}
			area.Within, area.Values = slices.Clone(path), values
		}
		d.Areas = append(d.Areas, area)
		if level < len(within) {
			place, found := placeNamed(within[level], area.Values, source.Constraints[element].Values)
			if !found {
				return &NoPlace{within[level], element, area.Within}
			}
			path = append(path, place)
		}
	}
	return nil
}

// placeNamed finds a place by its name or, where the element has possible values, by
// what these are displayed as.
func placeNamed(text string, places []string, values []rollout.PossibleValue) (string, bool) {
	for _, v := range values {
		if spelling.Fold(v.Display) == spelling.Fold(text) {
			text = v.Value
			break
		}
	}
	i := slices.IndexFunc(places, func(place string) bool { return spelling.Fold(place) == spelling.Fold(text) })
	if i < 0 {
		return "", false
	}
	return places[i], true
}

// describeElements describes the elements, in the order of their positions.
func (d *Description) describeElements(constraints map[string]rollout.Constraint) {
	for code, k := range constraints {
		if k.Usage == rollout.UsageNone {
			d.NotUsed = append(d.NotUsed, code)
			continue
		}
		k.Values = slices.Clone(k.Values)
		for i, v := range k.Values {
			if v.Display == v.Value {
				k.Values[i].Display = ""
			}
		}
		d.Elements = append(d.Elements, rollout.Element{Code: code, Constraint: k})
	}
	slices.SortFunc(d.Elements, func(a, b rollout.Element) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), rollout.CompareElements(a.Code, b.Code))
	})
	slices.SortFunc(d.NotUsed, rollout.CompareElements)
}

// unlikelyAddress is an address that can hardly exist: of one element that is mandatory
// and takes any text, filled with its own label.
func unlikelyAddress(elements []rollout.Element) map[string]string {
	for _, e := range elements {
		if e.Usage == rollout.UsageMandatory && e.ValueType == rollout.TypeString && e.Regexp == "" && e.Label != "" {
			return map[string]string{e.Code: e.Label}
		}
	}
	return map[string]string{"a3": "City"}
}

// Labels returns the elements of a country by their labels, by which the columns of a file
// are recognised. A country without rules, or that the API refuses to describe, has none:
// its rows are refused one by one.
func (c *Checker) Labels(ctx context.Context, iso2 string) (map[string]string, error) {
	country, err := c.coverage(ctx, iso2)
	if err == nil && country.problem(iso2) != nil {
		return nil, nil
	}
	var book rulebook
	if err == nil {
		book, err = c.rules(ctx, iso2, time.Time{})
	}
	if isCountryRefused(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	elements := map[string]string{}
	for code, k := range book.source.Constraints {
		if k.Usage != rollout.UsageNone && k.Label != "" {
			elements[k.Label] = code
		}
	}
	return elements, nil
}
