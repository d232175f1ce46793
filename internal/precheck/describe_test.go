// This file tests what a country's description says, and that it costs no call that checking
// rows does not cost too.

package precheck_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"btrollout/internal/btapi"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
)

// whenAsked answers a country's document, or its addresses, in the simulator's stead.
func (h *harness) whenAsked(document, answer string, status int) {
	h.Set(func(_ string, w http.ResponseWriter, q *http.Request, _ func() *httptest.ResponseRecorder) bool {
		if !strings.HasSuffix(q.URL.Path, "/"+document) {
			return false
		}
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
		return true
	})
}

func (h *harness) describe(c *precheck.Checker, iso2 string) precheck.Description {
	h.t.Helper()
	d, err := c.Describe(h.t.Context(), iso2)
	if err != nil {
		h.t.Fatal(err)
	}
	return d
}

func codesOf(elements []rollout.Element) string {
	var codes []string
	for _, e := range elements {
		codes = append(codes, e.Code)
	}
	return strings.Join(codes, " ")
}

func TestADescriptionCostsNothingThatRowsDoNot(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]bool{"before the rows": true, "after them": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			if !first {
				h.learn(h.process("scope"))
			}
			for range 2 {
				h.describe(h.process("scope"), "CH")
			}
			h.learn(h.process("scope"))
			h.expect(1, nil)
		})
	}
}

func TestDescriptionOfACountryWithAreas(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	d := h.describe(h.process("scope"), "CH")
	if d.Name != "Switzerland" || d.Telephone != "41" || d.Emergency != "Yes" || !d.Known || !d.Orderable || d.Register {
		t.Errorf("described as %+v", d)
	}
	if d.DialZone != btapi.DialZoneManual {
		t.Errorf("the dial zone is %q", d.DialZone)
	}
	if len(d.Areas) != 2 || d.Areas[0].Element != "a1" || !slices.Contains(d.Areas[0].Values, "VD") || d.Areas[1].Element != "a3" ||
		d.Areas[1].Values != nil {
		t.Errorf("the areas are %+v", d.Areas)
	}
	if got := codesOf(d.Elements); got != "a1 a3 pc a6 hno flr room pobox addrExtInfo1" || strings.Join(d.NotUsed, " ") != "hns sts" {
		t.Errorf("the elements are %s; not used %q", got, d.NotUsed)
	}
	canton := d.Elements[0]
	vaud := rollout.PossibleValue{Value: "VD", Display: "Vaud"}
	if canton.Usage != "mandatory" || canton.ValueType != "enumerationAssociative" || !slices.Contains(canton.Values, vaud) {
		t.Errorf("the canton is %+v", canton)
	}
	if pc := d.Elements[2]; pc.Regexp == "" || pc.MinLength != 4 || pc.MaxLength != 4 {
		t.Errorf("the postal code is %+v", pc)
	}
}

func TestDescriptionOfACountryWithARegister(t *testing.T) {
	t.Parallel()
	for _, iso2 := range []string{"FR", "US"} { // that searches, and that validates only
		h := newHarness(t)
		if d := h.describe(h.process("scope"), iso2); !d.Register || len(d.Areas) > 0 {
			t.Errorf("%s has %+v", iso2, d)
		}
		if n := calls(h.api.Sim)[callAddresses]; n != 1 {
			t.Errorf("%d addresses of %s were looked up", n, iso2)
		}
	}
	h := newHarness(t)
	h.whenAsked("addresses", `[{"code":28,"message":"Invalid query-string","description":"ask otherwise"}]`, http.StatusBadRequest)
	if !h.describe(h.process("scope"), "FR").Register {
		t.Error("a register that refuses the question is taken for none")
	}
}

func TestDescriptionOfACountryWithoutRules(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	c := h.process("scope")
	if d := h.describe(c, "ZZ"); d.Known || d.Orderable || d.Refused != "" {
		t.Errorf("a country that is not known: %+v", d)
	}
	if d := h.describe(c, "GL"); !d.Known || d.Orderable || d.Name != "Greenland" || d.Comment == "" {
		t.Errorf("a country that cannot be ordered: %+v", d)
	}
	h.whenAsked("addressconstraints", `[{"code":25,"message":"Invalid field","description":"No rules are told."}]`, http.StatusBadRequest)
	if d := h.describe(c, "BE"); !d.Orderable || !strings.Contains(d.Refused, "No rules are told") || strings.HasSuffix(d.Refused, ".") {
		t.Errorf("a country that the API does not speak about: %+v", d)
	}
	h.whenAsked("FI", `no JSON`, http.StatusUnauthorized)
	if _, err := c.Describe(t.Context(), "FI"); err == nil {
		t.Error("an account that does not work describes a country")
	}
}

func TestDescriptionTellsWhatIsNotApplied(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.whenAsked("addressconstraints", `{
		"pc": {"usage":"mandatory","defaultLabel":"Postcode","valueType":"freestring","valueRegexp":"([","position":2},
		"a5": {"usage":"optional","defaultLabel":"Block","valueType":"freestring","position":1},
		"a2": {"usage":"optional","defaultLabel":"County","valueType":"freestring","position":1},
		"zz": {"usage":"notUsed"}, "a1": {"usage":"notUsed"}
	}`, http.StatusOK)
	d := h.describe(h.process("scope"), "GB")
	if len(d.Unapplied) != 1 || !strings.Contains(d.Unapplied[0].EN, "pc") {
		t.Errorf("not applied is %q", d.Unapplied)
	}
	if got := codesOf(d.Elements); got != "a2 a5 pc" || strings.Join(d.NotUsed, " ") != "a1 zz" {
		t.Errorf("the elements are %s; not used %q", got, d.NotUsed)
	}
}

func TestDescriptionAsJSON(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	text, err := json.Marshal(h.describe(h.process("scope"), "ZZ"))
	if err != nil {
		t.Fatal(err)
	}
	// Lists are lists even when they are empty, for programs that read them.
	const want = `{"iso2":"ZZ","name":"","telephoneCode":"","known":false,"orderable":false,` +
		`"dialZoneSelection":"","areas":[],"addressApi":false,"elements":[],"notUsed":[]}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}
