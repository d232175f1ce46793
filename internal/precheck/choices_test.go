// This file tests what people may choose from before they write their rows: that all of it is
// right when it is checked, and that nothing is asked for twice.

package precheck_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
)

// Limits that no country of the simulator reaches.
const manyUpper, manyPlaces = 60, 5000

func (h *harness) places(c *precheck.Checker, iso2 string, upper, most int) [][]precheck.Branch {
	h.t.Helper()
	levels, err := c.Places(h.t.Context(), iso2, upper, most)
	if err != nil {
		h.t.Fatal(err)
	}
	return levels
}

func (h *harness) vpns(c *precheck.Checker) []string {
	h.t.Helper()
	texts, err := c.VPNs(h.t.Context(), h.customer)
	if err != nil {
		h.t.Fatal(err)
	}
	return texts
}

func (h *harness) example(c *precheck.Checker, iso2 string) rollout.Address {
	h.t.Helper()
	a, err := c.Example(h.t.Context(), iso2)
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

func TestChoicesAreAskedForOnce(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for range 2 {
		c := h.process("scope")
		h.learn(c)
		h.describe(c, "CH")
		h.vpns(c)
		h.places(c, "CH", manyUpper, manyPlaces)
		h.example(c, "CH")
	}
	const cantons = 26 // the places of one of them are among what learn asks for
	h.expect(1, map[string]int{callArea2: cantons - 1})
}

// TestEveryChoiceIsRight holds the examples of each country, under each VPN that is offered, against
// the checks of a row. The one that is offered is spelled as the country's lists have it, and the
// country's register has it.
func TestEveryChoiceIsRight(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	c := h.process("scope")
	vpns := h.vpns(c)
	if !slices.Equal(vpns, []string{"VPN Europe", "VPN Americas", "VPN Legacy"}) {
		t.Errorf("the VPNs are %q", vpns)
	}
	for i, iso2 := range []string{"BE", "CH", "CZ", "DE", "ES", "FI", "FR", "GB", "GF", "NL", "NZ", "PT", "SE", "SJ", "US"} {
		made, err := precheck.ExampleFrom(c, t.Context(), iso2, nil)
		if err != nil {
			t.Fatal(err)
		}
		unfit, err := precheck.ExampleFrom(c, t.Context(), iso2, rollout.Address{"a6": "Without the rest"})
		if diff := cmp.Diff(made, unfit); err != nil || diff != "" {
			t.Errorf("%s: an address that breaks the rules is offered: %v (-made +got):\n%s", iso2, err, diff)
		}
		offered := h.example(c, iso2)
		elements := h.describe(c, iso2).Elements
		for _, a := range []rollout.Address{made, offered} {
			for _, e := range elements {
				if e.Usage == "mandatory" && a[e.Code] == "" {
					t.Errorf("%s: the example %v lacks %s", iso2, a, e.Code)
				}
				if listed := precheck.Choices(e.Constraint); a[e.Code] != "" && listed != nil && !slices.Contains(listed, a[e.Code]) {
					t.Errorf("%s: %s of the example %v is not in the list %q", iso2, e.Code, a, listed)
				}
			}
			row := rollout.Request{Name: "X", Label: "X", Country: iso2, VPN: vpns[i%len(vpns)], Address: maps.Clone(a)}
			f, err := c.Check(t.Context(), h.customer, &row)
			if err != nil || len(f.Problems) > 0 || f.Address == nil {
				t.Errorf("%s: the example %v has %+v (%v)", iso2, a, f.Problems, err)
			}
		}
		if made["a6"] == offered["a6"] {
			t.Errorf("%s: no known address keeps the rules: the example is %v", iso2, offered)
		}
		f, err := c.Verify(t.Context(), iso2, precheck.Finding{Address: pushed(t, c, iso2, offered)})
		if err != nil || len(f.Problems) > 0 {
			t.Errorf("%s: the register says of the example %v: %+v (%v)", iso2, offered, f.Problems, err)
		}
	}
}

// pushed is an address as it is pushed.
func pushed(t *testing.T, c *precheck.Checker, iso2 string, a rollout.Address) rollout.Address {
	t.Helper()
	f, err := c.CheckAddress(t.Context(), iso2, a, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return f.Address
}

func TestPlacesAreWrittenAsPeopleDo(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	levels := h.places(h.process("scope"), "CH", manyUpper, manyPlaces)
	if len(levels) != 2 || len(levels[0]) != 1 || len(levels[1]) != 26 {
		t.Fatalf("the places are %v", levels)
	}
	if top := levels[0][0]; top.Within != nil || top.Values[0] != "Aargau" || top.Values[len(top.Values)-1] != "Zürich" ||
		slices.Contains(top.Values, "VD") {
		t.Errorf("the cantons are %q", top.Values)
	}
	i := slices.IndexFunc(levels[1], func(b precheck.Branch) bool { return slices.Equal(b.Within, []string{"Vaud"}) })
	if i < 0 || !slices.Contains(levels[1][i].Values, "Lausanne") {
		t.Errorf("the places of Vaud are not among %v", levels[1])
	}
}

func TestTooManyPlacesAreNotAskedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ upper, most, asked int }{
		"upper places": {25, manyPlaces, 0},
		"places":       {manyUpper, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			if levels := h.places(h.process("scope"), "CH", c.upper, c.most); len(levels) != 1 || len(levels[0][0].Values) != 26 {
				t.Errorf("the places are %v", levels)
			}
			if n := calls(h.api.Sim)[callArea2]; n != c.asked {
				t.Errorf("the API was asked for the places of %d cantons, want %d", n, c.asked)
			}
		})
	}
}

func TestVPNsAreCalledByWhatNamesOneOnly(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.whenAsked("vpns", `[
		{"vpnId":"id1","name":"Europe","vpnCode":"1"},
		{"vpnId":"id2","name":"Twice","vpnCode":"2"},
		{"vpnId":"id3","name":"twice","vpnCode":"3"},
		{"vpnId":"id4","name":"","vpnCode":"3"},
		{"vpnId":"Europe","name":"","vpnCode":""}
	]`, http.StatusOK)
	c := h.process("scope")
	if got := strings.Join(h.vpns(c), " "); got != "1 2 id3 id4 Europe" {
		t.Errorf("the VPNs are called %s", got)
	}
}

func TestPossibleValuesAreCalledByWhatNamesOneOnly(t *testing.T) {
	t.Parallel()
	values := []rollout.PossibleValue{
		{Value: "AV", Display: "Avenue"}, {Value: "B1", Display: "Bis"}, {Value: "B2", Display: "bis"},
		{Value: "T"}, {Value: "", Display: "None"}, {Value: "X", Display: "t"},
	}
	for valueType, want := range map[string]string{
		"enumerationAssociative": "Avenue B1 B2 T X",
		"enumeration":            "AV B1 B2 T X",
		"freestring":             "",
	} {
		if got := strings.Join(precheck.Choices(rollout.Constraint{ValueType: valueType, Values: values}), " "); got != want {
			t.Errorf("%s is written %q, want %q", valueType, got, want)
		}
	}
}
