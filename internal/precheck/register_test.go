// This file tests the address register: what becomes of a row for every kind of answer, and
// that its candidates can be put into the row. That the commands do the same is tested with
// the sample.

package precheck_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

const callSearch = "GET /addresses"

// register answers every look-up of an address with these candidates.
func register(candidates ...map[string]string) simtest.Rule {
	return func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
		if call != callSearch {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(append([]map[string]string{}, candidates...)); err != nil {
			panic(err)
		}
		return true
	}
}

// with copies an address, with other values; "" takes an element out.
func with(a rollout.Address, change ...string) rollout.Address {
	a = maps.Clone(a)
	for pair := range slices.Chunk(change, 2) {
		if a[pair[0]] = pair[1]; pair[1] == "" {
			delete(a, pair[0])
		}
	}
	return a
}

var rivoli = rollout.Address{"hno": "99", "a6": "de Rivoli", "sts": "RUE", "pc": "75001", "a3": "Paris"}

func TestWhatTheRegisterMakesOfARow(t *testing.T) {
	t.Parallel()
	inside := with(rivoli, "flr", "2", "addrExtInfo1", "Hall")
	for _, c := range []struct {
		name       string
		row        rollout.Address
		candidates []map[string]string
		push       rollout.Address // nil: there is a problem
		notes      int
		code       string
		field      string
		suggestion string
		say        []string
	}{
		{name: "the very address", row: rivoli, candidates: []map[string]string{rivoli}, push: rivoli},
		{name: "in its own spelling", row: with(rivoli, "a6", "DE RIVOLI", "a3", "PÀRIS"), candidates: []map[string]string{rivoli},
			push: rivoli, notes: 2},
		{name: "with more than the row says", row: with(rivoli, "sts", ""), candidates: []map[string]string{rivoli}, push: rivoli, notes: 1},
		{name: "what is inside the building stays", row: inside, candidates: []map[string]string{rivoli}, push: inside},
		{name: "the same twice", row: rivoli, candidates: []map[string]string{rivoli, with(rivoli, "hns", "")}, push: rivoli},
		{name: "one that agrees among others", row: rivoli, candidates: []map[string]string{with(rivoli, "pc", "75004"), rivoli}, push: rivoli},
		{
			name: "none", row: rivoli, candidates: nil,
			code: rollout.CodeAddressUnknown, say: []string{"does not know this address", "ne connaît pas cette adresse"},
		},
		{
			name: "another postal code", row: with(rivoli, "pc", "75002"), candidates: []map[string]string{rivoli},
			code: rollout.CodeAddressDiffers, field: "pc", suggestion: "75001",
			say: []string{`Code postal (pc) is "75001" there, not "75002"`, `Code postal (pc) y est "75001", et non "75002"`},
		},
		{
			name: "a hyphen is more than spelling", row: with(rivoli, "a6", "de-Rivoli"), candidates: []map[string]string{rivoli},
			code: rollout.CodeAddressDiffers, field: "a6", suggestion: "de Rivoli",
		},
		{
			name: "a street without the number", row: rivoli, candidates: []map[string]string{with(rivoli, "hno", "")},
			code: rollout.CodeAddressDiffers, field: "hno", say: []string{`(hno) is empty there, not "99"`},
		},
		{
			name: "several like it", row: with(rivoli, "a6", "Rivolli"), candidates: []map[string]string{rivoli, with(rivoli, "pc", "75004")},
			code: rollout.CodeAddressDiffers, say: []string{"knows 2 like it", "en connaît 2"},
		},
		{
			name: "several that fit", row: with(rivoli, "pc", ""), candidates: []map[string]string{rivoli, with(rivoli, "pc", "75004"),
				with(rivoli, "a3", "Lyon")},
			code: rollout.CodeAddressSeveral, say: []string{"2 addresses", "2 adresses"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			h.Set(register(c.candidates...))
			checker := h.process("scope")
			before := rollout.Text{EN: "said before"}
			f, err := checker.Verify(t.Context(), "FR", precheck.Finding{Address: c.row, Notes: []rollout.Text{before}})
			if err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(f.Address, c.push) || len(f.Notes) != 1+c.notes || f.Notes[0] != before || len(f.Problems) > 1 {
				t.Fatalf("pushes %v with notes %v and problems %v", f.Address, f.Notes, f.Problems)
			}
			if c.push != nil {
				return
			}
			p := f.Problems[0]
			if p.Code != c.code || p.Field != c.field || p.Suggestion != c.suggestion {
				t.Errorf("the problem is %+v", p)
			}
			for _, words := range c.say {
				if !strings.Contains(p.Message.EN+"\n"+p.Message.FR, words) {
					t.Errorf("not said: %s\n%+v", words, p.Message)
				}
			}
			if c.code == rollout.CodeAddressSeveral && len(p.Candidates) != 2 {
				t.Errorf("the candidates are %v", p.Candidates)
			}
			for _, candidate := range p.Candidates { // put into the row, each is one address
				f, err := checker.Verify(t.Context(), "FR", precheck.Finding{Address: candidate})
				if err != nil || !maps.Equal(f.Address, candidate) && candidate["hno"] != "" {
					t.Errorf("put into the row, %v gives %v %v", candidate, f, err)
				}
			}
		})
	}
}

func TestManyCandidatesAreCut(t *testing.T) {
	t.Parallel()
	var many []map[string]string
	for hno := range 25 {
		many = append(many, with(rivoli, "hno", string(rune('a'+hno))))
	}
	h := newHarness(t)
	h.Set(register(many...))
	checker := h.process("scope")
	f, err := checker.Verify(t.Context(), "FR", precheck.Finding{Address: rivoli})
	if err != nil || len(f.Problems) != 1 || len(f.Problems[0].Candidates) != 10 || !strings.Contains(f.Problems[0].Message.EN, "25") {
		t.Errorf("%v %+v", err, f.Problems)
	}
}

// Portugal's register knows places and no streets.
func TestAPartialRegister(t *testing.T) {
	t.Parallel()
	row := rollout.Address{"hno": "4", "a6": "da Madre de Deus", "sts": "R", "pc": "1900-312", "a3": "Lisboa", "a1": "Lisboa"}
	place := rollout.Address{"pc": "1900-312", "a3": "Lisboa", "a1": "Lisboa", "a2": "Beato"}
	asked := map[string]string{}
	h := newHarness(t)
	h.Set(func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
		if call == callSearch {
			for element := range q.URL.Query() {
				asked[element] = q.URL.Query().Get(element)
			}
		}
		return register(place)(call, w, q, carry)
	})
	checker := h.process("scope")
	f, err := checker.Verify(t.Context(), "PT", precheck.Finding{Address: row})
	if err != nil || !maps.Equal(f.Address, with(row, "a2", "Beato")) {
		t.Errorf("pushes %v %v", f, err)
	}
	delete(asked, "limit")
	delete(asked, "offset")
	if want := with(row, "hno", "", "a6", "", "sts", ""); !maps.Equal(asked, want) {
		t.Errorf("asked for %v, want %v", asked, want)
	}
	f, err = checker.Verify(t.Context(), "PT", precheck.Finding{Address: with(row, "pc", "1900-313")})
	if err != nil || len(f.Problems) != 1 || f.Problems[0].Suggestion != "1900-312" ||
		!maps.Equal(f.Problems[0].Candidates[0], with(row, "a2", "Beato")) {
		t.Errorf("another postal code gives %v %v", f, err)
	}
	if f, err = checker.Verify(t.Context(), "PT", precheck.Finding{Address: rollout.Address{"a6": "x"}}); err != nil || f.Address == nil {
		t.Errorf("what the register does not know gives %v %v", f, err)
	}
}

func TestACountryWithoutRegisterIsRememberedAsSuch(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	checker := h.process("scope")
	for range 100 {
		address := row().Address
		if f, err := checker.Verify(t.Context(), "CH", precheck.Finding{Address: address}); err != nil || !maps.Equal(f.Address, address) {
			t.Fatal(f, err)
		}
	}
	if n := h.Count(callSearch); n != 1 {
		t.Errorf("asked %d times for what is not there", n)
	}
}

func TestVPNsByIDNameOrCode(t *testing.T) {
	t.Parallel()
	vpns := `[{"vpnId":"id1","name":"Europe","vpnCode":"1"},{"vpnId":"id2","name":"1","vpnCode":"2"},
		{"vpnId":"id3","name":"Asia","vpnCode":"3"},{"vpnId":"id4","name":"ASIA","vpnCode":"4"},{"vpnId":"Europe","name":"Africa","vpnCode":"5"}]`
	h := newHarness(t)
	h.Set(func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
		if call == "GET /vpns" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(vpns))
		}
		return call == "GET /vpns"
	})
	checker := h.process("scope")
	for text, want := range map[string]string{
		"id1": "id1", "AFRICA": "Europe", " África\u00a0": "Europe", "2": "id2", "5": "Europe",
		"Europe": "Europe",                  // an id goes before a name
		"1":      precheck.CodeVPNAmbiguous, // a name and another's code
		"asia":   precheck.CodeVPNAmbiguous,
		"6":      precheck.CodeVPNUnknown,
	} {
		r := row()
		r.VPN = text
		f, err := checker.Check(t.Context(), h.customer, &r)
		got := r.VPNID
		if len(f.Problems) > 0 {
			got = f.Problems[0].Code
			if f.Address != nil || f.Problems[0].Message.FR == "" {
				t.Errorf("%q: %+v", text, f)
			}
		}
		if err != nil || got != want {
			t.Errorf("%q names %q, want %q (%v)", text, got, want, err)
		}
	}
}

// TestHasRegister_AgreesWithTheDescription asks about countries with and without a register, one
// without orders and one that is not covered.
func TestHasRegister_AgreesWithTheDescription(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	asking, describing := h.process("one"), h.process("other")
	for iso2, want := range map[string]bool{"FR": true, "DE": true, "PT": false, "CH": false, "GL": false, "ZZ": false} {
		got, err := asking.HasRegister(t.Context(), iso2)
		if described := h.describe(describing, iso2).Register; err != nil || got != want || described != want {
			t.Errorf("%s: %v (%v), described as %v, want %v", iso2, got, err, described, want)
		}
	}
}
