// Tests of the geographical areas, level by level.

package addrcheck_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"btrollout/internal/addrcheck"
	"btrollout/internal/rollout"
)

// swiss is a rulebook with two area levels, the upper one an associative list.
func swiss() addrcheck.Rulebook {
	return addrcheck.Rulebook{
		Country:      "Switzerland",
		AreaElements: []string{"a1", "a3"},
		Constraints: map[string]rollout.Constraint{
			"a1": {Usage: "mandatory", Label: "Canton", ValueType: "enumerationAssociative", Position: 10, Values: []rollout.PossibleValue{
				{Value: "VD", Display: "Vaud"}, {Value: "GE", Display: "Genève"}, {Value: "TI", Display: "Ticino"}}},
			"a3": {Usage: "mandatory", Label: "City", ValueType: "freestring", MaxLength: 100, Position: 20},
			"pc": {Usage: "mandatory", Label: "Postal code", ValueType: "freenumerical", MinLength: 4, MaxLength: 4, Position: 15},
		},
	}
}

// swissPlaces lists places and remembers what it was asked for.
func swissPlaces(asked *[]string) addrcheck.Areas {
	places := map[string][]string{
		"":   {"VD", "GE", "TI"},
		"VD": {"Lausanne", "Morges", "Nyon", "Renens", "Vevey", "Yverdon-les-Bains"},
		"GE": {"Genève", "Meyrin"},
	}
	return func(parents ...string) ([]string, error) {
		key := strings.Join(parents, "/")
		*asked = append(*asked, "/"+key)
		return places[key], nil
	}
}

func TestAreas(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		canton    string
		city      string
		asked     []string
		city2push string
		problems  []string // field, code and message
		suggests  string
		notes     int
	}{
		{"as listed", "VD", "Lausanne", []string{"/", "/VD"}, "Lausanne", nil, "", 0},
		{"respelled, and the parent as the API spells it", "vaud", "yverdon-LES-bains", []string{"/", "/VD"}, "Yverdon-les-Bains", nil, "", 2},
		{"spaces for hyphens are no mere respelling", "VD", "yverdon les bains", []string{"/", "/VD"}, "",
			[]string{`a3 address.area City (a3) "yverdon les bains" is not in Canton (a1) "VD": ` +
				`write "Yverdon-les-Bains".`}, "Yverdon-les-Bains", 0},
		{"the English name", "GE", "Geneva", []string{"/", "/GE"}, "",
			[]string{`a3 address.area City (a3) "Geneva" is not in Canton (a1) "GE": write "Genève".`}, "Genève", 0},
		{"the lower level breaks", "VD", "Lausane", []string{"/", "/VD"}, "",
			[]string{`a3 address.area City (a3) "Lausane" is not in Canton (a1) "VD": write "Lausanne".`}, "Lausanne", 0},
		{"nothing is near", "VD", "Bern", []string{"/", "/VD"}, "",
			[]string{`a3 address.area City (a3) "Bern" is not in Canton (a1) "VD": correct Canton (a1), or write ` +
				`"Lausanne", "Morges", "Nyon", "Renens", "Vevey" or "Yverdon-les-Bains".`}, "", 0},
		{"the place of another canton", "GE", "Lausanne", []string{"/", "/GE"}, "",
			[]string{`a3 address.area City (a3) "Lausanne" is not in Canton (a1) "GE": correct Canton (a1), or write "Genève" or "Meyrin".`}, "", 0},
		{"the upper level breaks, so the lower is not judged", "Bayern", "Nowhere", nil, "",
			[]string{`a1 address.not-listed Canton (a1) "Bayern" is not one of its possible values: write "Vaud", "Genève" or "Ticino".`}, "", 0},
		{"the upper level is missing", "", "Lausanne", nil, "",
			[]string{`a1 address.missing Canton (a1) is missing, and Switzerland requires it: write "Vaud", "Genève" or "Ticino".`}, "", 0},
		{"the API lists no places there", "TI", "Lugano", []string{"/", "/TI"}, "Lugano", nil, "", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			res := check(t, compile(t, swiss()), rollout.Address{"a1": tc.canton, "a3": tc.city, "pc": "1000"}, swissPlaces(&asked))
			wellSaidAll(t, res)
			var got []string
			suggestion := ""
			for _, p := range res.Problems {
				got = append(got, p.Field+" "+p.Code+" "+p.Message.EN)
				suggestion += p.Suggestion
			}
			if !slices.Equal(got, tc.problems) || suggestion != tc.suggests || len(res.Notes) != tc.notes {
				t.Errorf("problems %q, suggestion %q, notes %q", got, suggestion, res.Notes)
			}
			if !slices.Equal(asked, tc.asked) {
				t.Errorf("asked %q, want %q", asked, tc.asked)
			}
			if tc.problems == nil && res.Address["a3"] != tc.city2push {
				t.Errorf("pushes %v", res.Address)
			}
		})
	}
}

func TestAreaProblemsStandAmongTheOthersInOrder(t *testing.T) {
	t.Parallel()
	book := swiss()
	book.AreaElements = []string{"a3"} // judged first, shown last
	areas := func(...string) ([]string, error) { return []string{"Nyon"}, nil }
	res := check(t, compile(t, book), rollout.Address{"a1": "x", "pc": "10", "a3": "Bern"}, areas)
	want := []string{"a1 address.not-listed", "pc address.too-short", "a3 address.area"}
	if got := codes(res.Problems); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAnUpperAreaIsNeededForALowerOne(t *testing.T) {
	t.Parallel()
	optional := rollout.Constraint{Usage: "optional", Label: "Area", ValueType: "freestring"}
	book := addrcheck.Rulebook{Country: "Spain", AreaElements: []string{"a1", "a2", "a3"},
		Constraints: map[string]rollout.Constraint{"a1": optional, "a2": optional, "a3": optional}}
	areas := func(...string) ([]string, error) { return []string{"x"}, nil }
	c := compile(t, book)
	for _, tc := range []struct {
		addr rollout.Address
		want []string
	}{
		{rollout.Address{}, []string{}},
		{rollout.Address{"a1": "x"}, []string{}},
		{rollout.Address{"a1": "x", "a3": "x"}, []string{"a2 address.missing"}},
		{rollout.Address{"a3": "x"}, []string{"a1 address.missing", "a2 address.missing"}},
	} {
		if got := codes(check(t, c, tc.addr, areas).Problems); !slices.Equal(got, tc.want) {
			t.Errorf("%v: got %q, want %q", tc.addr, got, tc.want)
		}
	}
}

func TestAnErrorOfAreasIsNoProblemOfTheSite(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection refused")
	c := compile(t, swiss())
	addr := rollout.Address{"a1": "VD", "a3": "Nyon", "pc": "1260"}
	res, err := c.Check(addr, func(...string) ([]string, error) { return nil, broken })
	if !errors.Is(err, broken) || len(res.Problems) > 0 || res.Address != nil {
		t.Errorf("error %v, result %+v", err, res)
	}
	if _, err := c.Check(addr, nil); err == nil {
		t.Error("a checker that needs areas judged without them")
	}
}

func TestAreaRulesThatContradictTheSchema(t *testing.T) {
	t.Parallel()
	free := rollout.Constraint{Usage: "optional", Label: "Region", ValueType: "freestring"}
	areas := func(...string) ([]string, error) { return []string{"Known"}, nil }

	undeclared := one("a1", free)
	undeclared.AreaElements = []string{"a1", "a3"}
	c := compile(t, undeclared)
	if w := c.Warnings(); len(w) != 1 || !strings.HasPrefix(w[0].EN, "a3 is constrained by geographical areas") {
		t.Errorf("undeclared: warnings %q", w)
	}
	known := rollout.Address{"a1": "Known", "a3": "Known"}
	if res := check(t, c, rollout.Address{"a1": "known", "a3": "known"}, areas); !maps.Equal(res.Address, known) {
		t.Errorf("undeclared: %+v", res)
	}

	forbidden := one("a1", free)
	forbidden.Constraints["a2"] = rollout.Constraint{Usage: "notUsed"}
	forbidden.Constraints["a3"] = free
	forbidden.AreaElements = []string{"a1", "a2", "a3"}
	c = compile(t, forbidden)
	if w := c.Warnings(); len(w) != 1 || !strings.HasPrefix(w[0].EN, "Geographical areas are not applied from a2 downwards") {
		t.Errorf("forbidden: warnings %q", w)
	}
	if res := check(t, c, rollout.Address{"a1": "Known", "a3": "Unknown"}, areas); len(res.Problems) > 0 {
		t.Errorf("forbidden: %v", res.Problems)
	}
}

func TestAreasSpelledAsDisplays(t *testing.T) {
	t.Parallel()
	places := places{"VAUD": {"Nyon": {}}, "Genève": {"Meyrin": {}}}
	c := compile(t, swiss())
	for _, written := range []string{"VD", "vaud", "Vaud"} {
		res := check(t, c, rollout.Address{"a1": written, "a3": "nyon", "pc": "1260"}, places.list)
		if want := (rollout.Address{"a1": "VD", "a3": "Nyon", "pc": "1260"}); !maps.Equal(res.Address, want) {
			t.Errorf("%s: pushes %v with problems %v, want %v", written, res.Address, res.Problems, want)
		}
	}
	res := check(t, c, rollout.Address{"a1": "TI", "a3": "Lugano", "pc": "6900"}, places.list)
	want := `Canton (a1) "TI" is not one of the places that the API lists for Switzerland: write "Genève" or "Vaud".`
	if len(res.Problems) != 1 || res.Problems[0].Message.EN != want {
		t.Errorf("got %+v, want %s", res.Problems, want)
	}
}

func TestFourLevelsOfAreas(t *testing.T) {
	t.Parallel()
	free := rollout.Constraint{Usage: "mandatory", ValueType: "freestring"}
	book := addrcheck.Rulebook{Country: "Utopia", AreaElements: []string{"a1", "a2", "a3", "a4"},
		Constraints: map[string]rollout.Constraint{"a1": free, "a2": free, "a3": free, "a4": free}}
	tree := places{"North": {"Lake": {"Port": {"Old Town": {}, "New Town": {}}}}}
	var asked []string
	areas := func(parents ...string) ([]string, error) {
		asked = append(asked, "/"+strings.Join(parents, "/"))
		return tree.list(parents...)
	}
	c := compile(t, book)
	res := check(t, c, rollout.Address{"a1": "north", "a2": "LAKE", "a3": "Port", "a4": "old town"}, areas)
	if want := (rollout.Address{"a1": "North", "a2": "Lake", "a3": "Port", "a4": "Old Town"}); !maps.Equal(res.Address, want) ||
		len(res.Notes) != 3 {
		t.Errorf("pushes %v with notes %q", res.Address, res.Notes)
	}
	if want := []string{"/", "/North", "/North/Lake", "/North/Lake/Port"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
	asked = nil
	res = check(t, c, rollout.Address{"a1": "North", "a2": "River", "a3": "Port", "a4": "Old Town"}, areas)
	want := `a2 "River" is not in a1 "North": correct a1, or write "Lake".`
	if len(res.Problems) != 1 || res.Problems[0].Message.EN != want || !slices.Equal(asked, []string{"/", "/North"}) {
		t.Errorf("problems %v, asked %q, want %s", res.Problems, asked, want)
	}
}
