// This file tests the checks before the order against the simulator's own, which were written
// apart from them: thousands of addresses for every country, generated from right ones. What
// the checks pass, the simulator takes when it is pushed; what the simulator takes as it is
// written, the checks pass.

package addrcheck_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/importer"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// generated is the number of addresses that are made for each country. With
// BTROLLOUT_LONG=1 in the environment, which make test-long sets, it is ten times as many.
var generated = func() int {
	if os.Getenv("BTROLLOUT_LONG") != "" {
		return 2_000
	}
	return 200
}()

// fifteen are the countries of the guide's table.
// Source: Business Talk getting started guide, section Country configuration status.
var fifteen = []string{"BE", "CH", "CZ", "DE", "ES", "FI", "FR", "GB", "GF", "NL", "NZ", "PT", "SE", "SJ", "US"}

func TestWhatIsCheckedIsTakenAndWhatIsTakenPasses(t *testing.T) {
	t.Parallel()
	rows := sampleAddresses(t)
	for _, iso2 := range fifteen {
		t.Run(iso2, func(t *testing.T) {
			t.Parallel()
			trial := newTrial(t, iso2, rows)
			for range generated {
				trial.hold(trial.generate())
			}
			t.Logf("%d passed, %d of them respelled; the simulator took %d as written", trial.passed, trial.respelled, trial.taken)
			if trial.passed < generated/20 || trial.passed > generated*19/20 || trial.respelled < generated/50 || trial.taken < generated/50 {
				t.Errorf("%d of %d addresses passed, %d respelled, %d taken as written: they prove too little", trial.passed, generated,
					trial.respelled, trial.taken)
			}
		})
	}
}

// sampleAddresses are the addresses of the sample, right ones and wrong ones.
func sampleAddresses(t *testing.T) map[string][]rollout.Address {
	t.Helper()
	file, err := importer.Open("../../samples/rollout.csv", importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows := map[string][]rollout.Address{}
	for s, err := range file.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		rows[s.Country] = append(rows[s.Country], s.Address)
	}
	return rows
}

// trial is one country's checks and the simulator's.
type trial struct {
	t           *testing.T
	iso2        string
	api         *btapi.Client
	checker     *precheck.Checker
	customer    string
	voiceSite   string
	rand        *rand.Rand
	bases       []rollout.Address   // right and wrong ones
	right       []rollout.Address   // those of the bases that pass, as written and as pushed
	values      map[string][]string // by element, what makes sense there
	unpublished []string            // the reasons of refusals that no rule tells of

	passed, respelled, taken int
}

func newTrial(t *testing.T, iso2 string, rows map[string][]rollout.Address) *trial {
	t.Helper()
	sim, err := btsim.New(btsim.Options{DeliveryMin: time.Nanosecond, DeliveryMax: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(server.Close)
	id := sim.Credentials()
	api, err := btapi.New(btapi.Config{
		BaseURL: server.URL + btsim.BasePath, TokenURL: server.URL + btsim.TokenPath,
		ClientID: id.ClientID, ClientSecret: id.ClientSecret, APIKey: id.APIKey, Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(api.Close)
	seed := fnv.New64a()
	seed.Write([]byte(iso2))
	x := &trial{
		t: t, iso2: iso2, api: api, customer: id.CustomerCode,
		checker: precheck.NewChecker(precheck.Config{
			API: api, Ledger: ledger.New(redistest.Connect(t, redistest.InMemory(t))), Scope: "simulator",
		}),
		rand: rand.New(rand.NewPCG(seed.Sum64(), 1)), bases: rows[iso2], values: map[string][]string{},
	}
	x.voiceSite = x.order()
	x.learn(rows)
	for _, a := range x.bases {
		if f := x.check(a); len(f.Problems) == 0 {
			x.right = append(x.right, a, f.Address)
		}
	}
	if len(x.right) == 0 {
		t.Fatal("no base address passes")
	}
	return x
}

// order makes the voicesite that every address is pushed to.
func (x *trial) order() string {
	x.t.Helper()
	ctx := x.t.Context()
	vpns, err := x.api.VPNs(ctx, x.customer)
	if err != nil {
		x.t.Fatal(err)
	}
	made, err := x.api.OrderVoiceSite(ctx, x.customer, btapi.OrderRequest{CustomerOrderReference: "one", Parameters: btapi.OrderParameters{
		TechnicalSiteName: "one", CustomerSiteLabel: "one", Country: x.iso2, VPNID: vpns[0].VPNID,
	}}, func(context.Context) (time.Time, error) { return time.Now().Add(time.Minute), nil })
	for tries := 0; err == nil && made.VoiceSiteID == "" && tries < 100; tries++ {
		made, err = x.api.Order(ctx, x.customer, made.OrderID)
	}
	if err != nil || made.VoiceSiteID == "" {
		x.t.Fatalf("no voicesite was made: %+v %v", made, err)
	}
	return made.VoiceSiteID
}

// learn gathers values that make sense in each element: those of the sample, those
// that the schema lists or describes, and the geographical areas.
func (x *trial) learn(rows map[string][]rollout.Address) {
	x.t.Helper()
	ctx := x.t.Context()
	constraints, err := x.api.AddressConstraints(ctx, x.iso2)
	if err != nil {
		x.t.Fatal(err)
	}
	for element, k := range constraints {
		for _, v := range k.PossibleValues {
			x.values[element] = append(x.values[element], v.Value, v.Display)
		}
		if expr, err := syntax.Parse(k.ValueRegexp, syntax.Perl); err == nil && k.ValueRegexp != "" {
			for range 10 {
				x.values[element] = append(x.values[element], x.matching(expr))
			}
		}
	}
	for _, country := range slices.Sorted(maps.Keys(rows)) {
		for _, a := range rows[country] {
			for element, value := range a {
				x.values[element] = append(x.values[element], value)
			}
		}
	}
	geo, err := x.api.GeographicalConstraints(ctx, x.iso2)
	if err != nil {
		x.t.Fatal(err)
	}
	x.areas(geo.Areas())
	for element := range x.values {
		slices.Sort(x.values[element]) // a map gave them in any order
	}
	text, err := os.ReadFile(filepath.Join("..", "btsim", "countries", strings.ToLower(x.iso2)+".json"))
	var country struct{ Refusals []struct{ Reason string } }
	if err := errors.Join(err, json.Unmarshal(text, &country)); err != nil {
		x.t.Fatal(err)
	}
	for _, refusal := range country.Refusals {
		x.unpublished = append(x.unpublished, refusal.Reason)
	}
}

// areas makes a base address of every geographical area.
func (x *trial) areas(elements []string, path ...string) {
	x.t.Helper()
	if len(path) == len(elements) {
		if len(path) > 0 {
			a := maps.Clone(x.bases[0])
			for i, element := range elements {
				a[element] = path[i]
			}
			x.bases = append(x.bases, a)
		}
		return
	}
	places, err := x.api.GeoAreas(x.t.Context(), x.iso2, path...)
	if err != nil {
		x.t.Fatal(err)
	}
	for _, place := range places {
		x.values[elements[len(path)]] = append(x.values[elements[len(path)]], place)
		x.areas(elements, append(slices.Clone(path), place)...)
	}
}

// matching makes a text that an expression matches.
func (x *trial) matching(e *syntax.Regexp) string {
	var b strings.Builder
	switch e.Op {
	case syntax.OpLiteral:
		b.WriteString(string(e.Rune))
	case syntax.OpCharClass:
		i := 2 * x.rand.IntN(len(e.Rune)/2)
		b.WriteRune(e.Rune[i] + rune(x.rand.IntN(int(e.Rune[i+1]-e.Rune[i]+1))))
	case syntax.OpAlternate:
		b.WriteString(x.matching(e.Sub[x.rand.IntN(len(e.Sub))]))
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		least, most := e.Min, e.Max
		switch e.Op {
		case syntax.OpQuest:
			least, most = 0, 1
		case syntax.OpStar, syntax.OpPlus:
			least, most = 1, 4
		}
		for range least + x.rand.IntN(most-least+1) {
			b.WriteString(x.matching(e.Sub[0]))
		}
	default: // a group, a sequence, an anchor
		for _, sub := range e.Sub {
			b.WriteString(x.matching(sub))
		}
	}
	return b.String()
}

// generate makes an address by up to three changes of a base, every other time of a right one:
// a wrong base hides what the changes do.
func (x *trial) generate() rollout.Address {
	bases := x.bases
	if x.rand.IntN(2) == 0 {
		bases = x.right
	}
	a := maps.Clone(bases[x.rand.IntN(len(bases))])
	for range x.rand.IntN(4) {
		element := rollout.Elements[x.rand.IntN(len(rollout.Elements))]
		if filled := slices.Sorted(maps.Keys(a)); len(filled) > 0 && x.rand.IntN(3) > 0 {
			element = filled[x.rand.IntN(len(filled))]
		}
		if sensible := x.values[element]; len(sensible) > 0 && (a[element] == "" || x.rand.IntN(3) == 0) {
			a[element] = sensible[x.rand.IntN(len(sensible))]
		} else {
			a[element] = mutations[x.rand.IntN(len(mutations))](x.rand, a[element])
		}
		if a[element] == "" {
			delete(a, element)
		}
	}
	return a
}

// mutations are what happens to a text on its way into a spreadsheet.
var mutations = []func(r *rand.Rand, s string) string{
	func(_ *rand.Rand, s string) string { return strings.ToUpper(s) },
	func(_ *rand.Rand, s string) string { return strings.ToLower(s) },
	func(_ *rand.Rand, s string) string { return norm.NFD.String(s) },
	func(_ *rand.Rand, s string) string { // without accents
		return strings.Map(func(c rune) rune {
			if unicode.Is(unicode.Mn, c) {
				return -1
			}
			return c
		}, norm.NFD.String(s))
	},
	func(_ *rand.Rand, s string) string {
		return " \u00a0" + strings.ReplaceAll(s, " ", "\u202f ") + "\u200b"
	},
	func(_ *rand.Rand, s string) string { return strings.NewReplacer("-", " ", "'", "’").Replace(s) },
	func(_ *rand.Rand, s string) string { return strings.ReplaceAll(s, " ", "-") },
	func(_ *rand.Rand, s string) string { return strings.ReplaceAll(s, " ", "") },
	func(_ *rand.Rand, s string) string { return strings.TrimLeft(s, "0") },
	func(_ *rand.Rand, s string) string { return s + ".0" },
	func(r *rand.Rand, s string) string { return replace(r, s, "") },
	func(r *rand.Rand, s string) string { return replace(r, s, "x") },
	func(r *rand.Rand, s string) string { return replace(r, s, "７") },
	func(r *rand.Rand, s string) string { return replace(r, s, "é") },
	func(r *rand.Rand, s string) string { return replace(r, s, "🏢") },
	func(r *rand.Rand, s string) string { return replace(r, s, "\x00") },
	func(_ *rand.Rand, s string) string { return s + " שלום" },
	func(_ *rand.Rand, s string) string { return strings.Repeat(s+"x", 10_000/(len(s)+1)) },
	func(*rand.Rand, string) string { return "" },
	func(r *rand.Rand, _ string) string { return fmt.Sprint(r.IntN(100_000)) },
}

// replace puts something in the place of one character.
func replace(r *rand.Rand, s, by string) string {
	letters := []rune(s)
	if len(letters) == 0 {
		return by
	}
	i := r.IntN(len(letters))
	return string(letters[:i]) + by + string(letters[i+1:])
}

// hold checks one address, and pushes it both as it was written and as it was checked.
func (x *trial) hold(written rollout.Address) {
	x.t.Helper()
	f := x.check(written)
	passes := len(f.Problems) == 0
	if passes {
		x.passed++
		if taken, refusal := x.push(f.Address); !taken && !x.isUnpublished(refusal) {
			x.t.Fatalf("passed, and refused: %v\nwritten %q\npushed  %q", refusal, written, f.Address)
		}
		if maps.Equal(f.Address, written) {
			x.taken++
			return
		}
		x.respelled++
		if len(f.Notes) == 0 && tidy(written) {
			x.t.Errorf("respelled without a word\nwritten %q\npushed  %q", written, f.Address)
		}
	}
	if taken, _ := x.push(written); taken && tidy(written) && !stricter(f.Problems) {
		x.taken++
		if !passes {
			x.t.Fatalf("taken as written %q, and not passed: %+v", written, f.Problems)
		}
	}
}

func (x *trial) check(a rollout.Address) precheck.Finding {
	x.t.Helper()
	f, err := x.checker.Check(x.t.Context(), x.customer, &rollout.Request{Country: x.iso2, Address: a})
	if err == nil && len(f.Problems) == 0 {
		f, err = x.checker.Verify(x.t.Context(), x.iso2, f)
	}
	if err != nil {
		x.t.Fatalf("%q could not be checked: %v", a, err)
	}
	return f
}

// push sends an address, and reports whether it was taken, or the reason why not.
func (x *trial) push(a rollout.Address) (taken bool, reason string) {
	x.t.Helper()
	err := x.api.PutAddress(x.t.Context(), x.customer, x.voiceSite, a, nil)
	var api *btapi.Error
	switch {
	case err == nil:
		return true, ""
	case !errors.As(err, &api) || api.Class != btapi.Site:
		x.t.Fatal(err)
	}
	return false, api.Words()
}

// isUnpublished reports whether no rule tells of a reason.
func (x *trial) isUnpublished(reason string) bool {
	return slices.ContainsFunc(x.unpublished, func(known string) bool { return strings.Contains(reason, known) })
}

// stricter reports whether the checks refuse on purpose what the simulator takes: a dial
// zone, which nobody verifies, must look like one; and what the register does not
// mention does not agree with the row.
func stricter(problems []rollout.Problem) bool {
	if len(problems) != 1 {
		return false
	}
	p := problems[0]
	return p.Field == rollout.DialZone || p.Code == rollout.CodeAddressDiffers && len(p.Candidates) == 1 && p.Candidates[0][p.Field] == ""
}

// tidy reports whether an address holds nothing that a person cannot see: the checks
// are stricter about it than the rules.
func tidy(a rollout.Address) bool {
	for _, value := range a {
		if !norm.NFC.IsNormalString(value) || strings.Join(strings.Fields(value), " ") != value ||
			strings.ContainsFunc(value, func(c rune) bool { return !unicode.IsPrint(c) }) {
			return false
		}
	}
	return true
}
