// Tests of single addresses through Check: rules, messages, spellings and compilation. Areas are
// tested in areas_test.go, hostile input in fuzz_test.go.

package addrcheck_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/addrcheck"
	"btrollout/internal/rollout"
)

func compile(t testing.TB, book addrcheck.Rulebook) *addrcheck.Checker {
	t.Helper()
	c, err := addrcheck.Compile(book)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func check(t testing.TB, c *addrcheck.Checker, addr rollout.Address, areas addrcheck.Areas) addrcheck.Result {
	t.Helper()
	res, err := c.Check(addr, areas)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// one is a rulebook of Belgium with a single element.
func one(code string, con rollout.Constraint) addrcheck.Rulebook {
	return addrcheck.Rulebook{Country: "Belgium", Constraints: map[string]rollout.Constraint{code: con}}
}

func simple(values ...string) []rollout.PossibleValue {
	var list []rollout.PossibleValue
	for _, v := range values {
		list = append(list, rollout.PossibleValue{Value: v})
	}
	return list
}

// english gives texts in English.
func english(texts []rollout.Text) []string {
	list := []string{}
	for _, t := range texts {
		list = append(list, t.EN)
	}
	return list
}

func codes(problems []rollout.Problem) []string {
	list := []string{}
	for _, p := range problems {
		list = append(list, p.Field+" "+p.Code)
	}
	return list
}

// wellSaid checks what is true of every sentence: it is there in both languages, and
// is one line with one full stop and without leftovers of its format.
func wellSaid(t testing.TB, said rollout.Text) {
	t.Helper()
	for _, s := range []string{said.EN, said.FR} {
		switch {
		case !strings.HasSuffix(s, ".") || strings.HasSuffix(strings.TrimRight(s, "…"), ".."),
			strings.Contains(s, "%!"), !utf8.ValidString(s), strings.ContainsFunc(s, unicode.IsControl), len(s) > 4_000:
			t.Errorf("badly said: %q", s)
		}
	}
	if said.EN == said.FR {
		t.Errorf("not translated: %q", said.EN)
	}
}

// wellSaidAll is wellSaid of everything that a result says.
func wellSaidAll(t testing.TB, res addrcheck.Result) {
	t.Helper()
	for _, p := range res.Problems {
		wellSaid(t, p.Message)
	}
	for _, n := range res.Notes {
		wellSaid(t, n)
	}
}

var mechanisms = []addrcheck.Mechanism{addrcheck.SchemaValidation, addrcheck.AreaValidation, addrcheck.DialZoneCheck}

func TestEveryRuleIsDocumentedAndItsSamplesHold(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range addrcheck.Rules() {
		if !strings.HasPrefix(r.Code, "address.") || seen[r.Code] {
			t.Errorf("code %q is badly formed or taken", r.Code)
		}
		seen[r.Code] = true
		wellSaid(t, r.Cause)
		wellSaid(t, r.Cure)
		if !strings.HasPrefix(r.Source, "Business Talk getting started guide, section ") || !slices.Contains(mechanisms, r.Mechanism) {
			t.Errorf("%s: source %q, mechanism %q", r.Code, r.Source, r.Mechanism)
		}
		if r.Sample.Pass == nil || r.Sample.Fail == nil {
			t.Errorf("%s: no passing or no failing sample", r.Code)
			continue
		}
		c := compile(t, r.Sample.Rulebook)
		if w := c.Warnings(); len(w) > 0 {
			t.Errorf("%s: the sample's rulebook warns: %q", r.Code, w)
		}
		if res := check(t, c, r.Sample.Pass, r.Sample.Areas); len(res.Problems) > 0 || res.Address == nil {
			t.Errorf("%s: the passing sample has problems: %v", r.Code, res.Problems)
		}
		res := check(t, c, r.Sample.Fail, r.Sample.Areas)
		if len(res.Problems) != 1 || res.Problems[0].Code != r.Code || res.Address != nil {
			t.Errorf("%s: the failing sample has problems %v and address %v", r.Code, res.Problems, res.Address)
		}
	}
}

// states is an associative list that is too long to be offered whole.
var states = rollout.Constraint{Usage: "mandatory", Label: "State", ValueType: "enumerationAssociative", Values: []rollout.PossibleValue{
	{Value: "CA", Display: "California"}, {Value: "NV", Display: "Nevada"}, {Value: "NY", Display: "New York"},
	{Value: "ND", Display: "North Dakota"}, {Value: "SD", Display: "South Dakota"}, {Value: "TX", Display: "Texas"},
}}

// complaint is an element, what is written in it, and the one problem it has.
type complaint struct {
	name       string
	con        rollout.Constraint
	value      string
	code       string
	message    string
	suggestion string
}

func (tc complaint) hold(t *testing.T) {
	t.Parallel()
	c := compile(t, one("pc", tc.con))
	want := rollout.Problem{Code: "address." + tc.code, Field: "pc", Value: tc.value, Message: rollout.Text{EN: tc.message},
		Suggestion: tc.suggestion}
	res := check(t, c, rollout.Address{"pc": tc.value}, nil)
	wellSaidAll(t, res)
	for i := range res.Problems {
		res.Problems[i].Message.FR = "" // held by the countries' cases
	}
	if diff := cmp.Diff([]rollout.Problem{want}, res.Problems); diff != "" {
		t.Fatalf("problems (-want +got):\n%s", diff)
	}
	if tc.suggestion != "" {
		if again := check(t, c, rollout.Address{"pc": tc.suggestion}, nil); len(again.Problems) > 0 {
			t.Errorf("the suggestion has problems itself: %v", again.Problems)
		}
	}
}

func TestMessagesAboutText(t *testing.T) {
	t.Parallel()
	free := func(usage string, least, most int, pattern string) rollout.Constraint {
		return rollout.Constraint{Usage: usage, Label: "Postal code", ValueType: "freestring", MinLength: least, MaxLength: most,
			Regexp: pattern}
	}
	digits := rollout.Constraint{Usage: "optional", Label: "Postal code", ValueType: "freenumerical", MinLength: 5, MaxLength: 5}
	described := free("mandatory", 5, 5, "")
	described.Description = "Enter the postal code where your site is located."
	told, shown := described, described
	told.Regexp, shown.Regexp = "^[a-z0-9]{5}$", "^[a-z0-9]{5}$"
	shown.Description = "NPA of five characters, such as 1000a"
	for _, tc := range []complaint{
		{"missing", free("mandatory", 1, 100, ""), " \u00a0", "missing",
			`Postal code (pc) is missing, and Belgium requires it: write 1 to 100 characters.`, ""},
		{"missing, in the country's words", described, "", "missing",
			`Postal code (pc) is missing, and Belgium requires it: enter the postal code where your site is located (exactly 5 characters).`, ""},
		{"not used", rollout.Constraint{Usage: "notUsed", Label: "Postal code"}, "1", "not-used",
			`Belgium does not use Postal code (pc): empty the cell.`, ""},
		{"control character", free("optional", 0, 0, ""), "10\x0000", "characters",
			`Postal code (pc) "10\x0000" has characters that cannot be read or printed: write it again by hand.`, ""},
		{"not UTF-8", free("optional", 0, 0, ""), "Li\xe8ge", "characters",
			"Postal code (pc) \"Li\ufffdge\" has characters that cannot be read or printed: write it again by hand.", ""},
		{"too long", free("optional", 0, 4, ""), "12345", "too-long",
			`Postal code (pc) "12345" has 5 characters: write at most 4 characters.`, ""},
		{"a very long value", free("optional", 0, 4, ""), strings.Repeat("x", 10_000), "too-long",
			`Postal code (pc) "` + strings.Repeat("x", 60) + `…" has 10000 characters: write at most 4 characters.`, ""},
		{"too short, a lost zero", free("optional", 5, 5, ""), "1000", "too-short",
			`Postal code (pc) "1000" has 4 characters: write "01000" if leading zeros were lost.`, "01000"},
		{"too short", free("optional", 3, 0, ""), "é", "too-short",
			`Postal code (pc) "é" has 1 character: write at least 3 characters.`, ""},
		{"separators among digits", digits, "75 001", "not-digits",
			`Postal code (pc) "75 001" has other characters than the digits 0 to 9: write "75001".`, "75001"},
		{"other digits", digits, "７５００１", "not-digits",
			`Postal code (pc) "７５００１" has other characters than the digits 0 to 9: write "75001".`, "75001"},
		{"letters among digits", digits, "7500A", "not-digits",
			`Postal code (pc) "7500A" has other characters than the digits 0 to 9: write exactly 5 digits.`, ""},
		{"pattern, the wrong case", free("optional", 5, 5, "^[a-z0-9]{5}$"), "AB123", "pattern",
			`Postal code (pc) "AB123" does not fit: write "ab123".`, "ab123"},
		{"pattern, accents", free("optional", 0, 0, "^[A-Za-z' ]+$"), "Rue de l’Église", "pattern",
			`Postal code (pc) "Rue de l’Église" does not fit: write "Rue de l'Eglise".`, "Rue de l'Eglise"},
		{"pattern, other letters", free("optional", 0, 0, "^[A-Za-z -]+$"), "Øster Æble–Gade", "pattern",
			`Postal code (pc) "Øster Æble–Gade" does not fit: write "Oster AEble-Gade".`, "Oster AEble-Gade"},
		{"pattern", free("optional", 5, 5, "^[a-z0-9]{5}$"), "ab_12", "pattern",
			`Postal code (pc) "ab_12" does not fit: write exactly 5 characters, such as "12345" (pattern ^[a-z0-9]{5}$).`, ""},
		{"a pattern that needs look-ahead", free("optional", 0, 0, `^(?!0000)\d{4}$`), "0000", "pattern",
			`Postal code (pc) "0000" does not fit: write a text, such as "1234" (pattern ^(?!0000)\d{4}$).`, ""},
		{"a pattern without an example", free("optional", 0, 0, `^(a)\1(?=b)[b-c]$`), "abc", "pattern",
			`Postal code (pc) "abc" does not fit: write a text (pattern ^(a)\1(?=b)[b-c]$).`, ""},
		{"a pattern in the country's words", told, "ab_12", "pattern",
			`Postal code (pc) "ab_12" does not fit: enter the postal code where your site is located (such as "12345"; pattern ^[a-z0-9]{5}$).`, ""},
		{"a pattern in the country's words, with its example", shown, "ab_12", "pattern",
			`Postal code (pc) "ab_12" does not fit: NPA of five characters, such as 1000a (pattern ^[a-z0-9]{5}$).`, ""},
		{"longer than a pattern is held against", free("optional", 0, 0, "^[a-z]+$"), strings.Repeat("x", 10_000), "pattern",
			`Postal code (pc) "` + strings.Repeat("x", 60) +
				`…" has 10000 characters, which is too long to be compared with the country's pattern ^[a-z]+$: write at most 1000 characters.`, ""},
	} {
		t.Run(tc.name, tc.hold)
	}
}

func TestMessagesAboutLists(t *testing.T) {
	t.Parallel()
	short := rollout.Constraint{Usage: "optional", Label: "Type", ValueType: "enumeration", Values: simple("Avenue", "Road", "Drive")}
	for _, tc := range []complaint{
		{"missing", states, "", "missing",
			`State (pc) is missing, and Belgium requires it: write one of its 6 possible values.`, ""},
		{"short list", short, "Lane", "not-listed",
			`Type (pc) "Lane" is not one of its possible values: write "Avenue", "Road" or "Drive".`, ""},
		{"short list, nearly", short, "avenu", "not-listed",
			`Type (pc) "avenu" is not one of its possible values: write "Avenue".`, "Avenue"},
		{"long list, nearly", states, "Californa", "not-listed",
			`State (pc) "Californa" is not one of its possible values: write "California".`, "California"},
		{"long list, the nearest of two", states, "outh dakota", "not-listed",
			`State (pc) "outh dakota" is not one of its possible values: write "South Dakota".`, "South Dakota"},
		{"long list, letters too many", states, "NNew Yorkk", "not-listed",
			`State (pc) "NNew Yorkk" is not one of its possible values: write "New York".`, "New York"},
		{"long list, near but not surely meant", states, "Tixos", "not-listed",
			`State (pc) "Tixos" is not one of its possible values: write one of its 6 values, such as "Texas".`, ""},
		{"long list, nothing near", states, "Bavaria", "not-listed",
			`State (pc) "Bavaria" is not one of its possible values: write "California", "Nevada", ` +
				`"New York", "North Dakota", "South Dakota" or "Texas".`, ""},
		{"a code that could be several", states, "NX", "not-listed",
			`State (pc) "NX" is not one of its possible values: write one of its 6 values, such as ` +
				`"Nevada", "New York", "North Dakota" or "Texas".`, ""},
	} {
		t.Run(tc.name, tc.hold)
	}
}

func TestAcceptedSpellings(t *testing.T) {
	t.Parallel()
	cities := rollout.Constraint{Usage: "optional", Label: "City", ValueType: "enumeration",
		Values: simple("Genève", "Saint-Étienne", "L'Aquila", "Łódź", "Straße", "東京", "Malmö", "Malmo")}
	free := rollout.Constraint{Usage: "optional", Label: "City", ValueType: "freestring", MaxLength: 100}
	for _, tc := range []struct {
		name, written, sent, note string
		con                       rollout.Constraint
	}{
		{"free text is trimmed and composed, silently", "  Rue de\u00a0la Fore\u0302t \ufeff", "Rue de la Forêt", "", free},
		{"white space within is told", " Rue  de la\nForêt", "Rue de la Forêt", `City (a3) "Rue  de la\nForêt" is sent as "Rue de la Forêt".`,
			free},
		{"what cannot be quoted is told too", strings.Repeat("x", 90) + "  y", strings.Repeat("x", 90) + " y",
			`City (a3) "` + strings.Repeat("x", 60) + `…" is sent with other spaces or letters towards its end.`, free},
		{"free text is otherwise left alone", "rue DE l’Église 🏢 \u200fשלום", "rue DE l’Église 🏢 \u200fשלום", "", free},
		{"as listed", "Genève", "Genève", "", cities},
		{"case", "GENÈVE", "Genève", `City (a3) "GENÈVE" is sent as "Genève".`, cities},
		{"accents", "geneve", "Genève", `City (a3) "geneve" is sent as "Genève".`, cities},
		{"case and accents", "saint-etienne", "Saint-Étienne", `City (a3) "saint-etienne" is sent as "Saint-Étienne".`, cities},
		{"dashes", "Saint–Étienne", "Saint-Étienne", `City (a3) "Saint–Étienne" is sent as "Saint-Étienne".`, cities},
		{"apostrophes", "L’Aquila", "L'Aquila", `City (a3) "L’Aquila" is sent as "L'Aquila".`, cities},
		{"letters without decomposition", "lodz", "Łódź", `City (a3) "lodz" is sent as "Łódź".`, cities},
		{"sharp s", "STRASSE", "Straße", `City (a3) "STRASSE" is sent as "Straße".`, cities},
		{"other scripts", "東京", "東京", "", cities},
		{"exact wins over folded", "Malmo", "Malmo", "", cities},
		{"case wins over accents", "malmö", "Malmö", `City (a3) "malmö" is sent as "Malmö".`, cities},
		{"display", "new york", "NY", `State (a3) "new york" is sent as "NY".`, states},
		{"value", "ny", "NY", `State (a3) "ny" is sent as "NY".`, states},
		{"optional and empty, whatever its bounds", " ", "", "",
			rollout.Constraint{Usage: "optional", ValueType: "freestring", MinLength: 5, Regexp: "^x$"}},
		{"characters are counted, not bytes", "Ü🏢e\u0301", "Ü🏢é", "",
			rollout.Constraint{Usage: "optional", ValueType: "freestring", MinLength: 3, MaxLength: 3}},
		{"a pattern without anchors matches anywhere", "BE-1000", "BE-1000", "",
			rollout.Constraint{Usage: "optional", ValueType: "freestring", Regexp: "[0-9]{4}"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := compile(t, one("a3", tc.con))
			res := check(t, c, rollout.Address{"a3": tc.written}, nil)
			want := rollout.Address{}
			if tc.sent != "" {
				want["a3"] = tc.sent
			}
			if len(res.Problems) > 0 || !maps.Equal(res.Address, want) {
				t.Fatalf("sent %q with problems %v, want %q", res.Address, res.Problems, want)
			}
			if got := strings.Join(english(res.Notes), "|"); got != tc.note {
				t.Errorf("notes %q, want %q", got, tc.note)
			}
		})
	}
}

func TestATextThatFitsTwoValuesIsNotGuessed(t *testing.T) {
	t.Parallel()
	c := compile(t, one("a3", rollout.Constraint{Usage: "optional", ValueType: "enumeration", Values: simple("Malmö", "Malmo", "Lund")}))
	res := check(t, c, rollout.Address{"a3": "Mâlmo"}, nil)
	want := `a3 "Mâlmo" can mean more than one of its possible values: write "Malmö" or "Malmo".`
	if len(res.Problems) != 1 || res.Problems[0].Message.EN != want || res.Problems[0].Suggestion != "" {
		t.Errorf("got %+v, want %s", res.Problems, want)
	}
}

func TestASuggestionThatFitsTwoValuesIsNotMade(t *testing.T) {
	t.Parallel()
	c := compile(t, one("sts", rollout.Constraint{Usage: "optional", ValueType: "enumerationAssociative", Values: []rollout.PossibleValue{
		{Value: "ROADWAY", Display: "Way"}, {Value: "WAY", Display: "Footpath"}, {Value: "Way", Display: "Track"},
	}}))
	res := check(t, c, rollout.Address{"sts": "Roadwa"}, nil)
	if len(res.Problems) != 1 || res.Problems[0].Suggestion != "" {
		t.Errorf("got %+v, want one problem without a suggestion", res.Problems)
	}
}

func TestAllProblemsComeAtOnceInTheCountrysOrder(t *testing.T) {
	t.Parallel()
	free := func(usage string, position int) rollout.Constraint {
		return rollout.Constraint{Usage: usage, ValueType: "freestring", MaxLength: 3, Position: position}
	}
	c := compile(t, addrcheck.Rulebook{Country: "Belgium", DialZoneManual: true, Constraints: map[string]rollout.Constraint{
		"hno": free("mandatory", 20), "a6": free("mandatory", 10), "a3": free("mandatory", 20), "room": free("notUsed", 5),
	}})
	addr := rollout.Address{"a3": "Brussels", "room": "7", "a1": "x", "zzz": "y", "pobox": "12", "flr": ""}
	want := []string{"room address.not-used", "a6 address.missing", "a3 address.too-long", "hno address.missing",
		"dialzone address.dialzone-missing", "a1 address.not-used", "pobox address.not-used", "zzz address.not-used"}
	if got := codes(check(t, c, addr, nil).Problems); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestDialZone(t *testing.T) {
	t.Parallel()
	book := one("a3", rollout.Constraint{Usage: "optional", ValueType: "freestring"})
	addr := rollout.Address{"a3": "Mons", "dialzone": "065"}

	res := check(t, compile(t, book), addr, nil)
	if _, sent := res.Address["dialzone"]; sent || len(res.Problems) > 0 {
		t.Errorf("automatic: sent %v, problems %v", res.Address, res.Problems)
	}
	if want := []string{`The dial zone "065" is ignored: Belgium derives it from the address.`}; !slices.Equal(english(res.Notes), want) {
		t.Errorf("automatic: notes %q", res.Notes)
	}

	book.DialZoneManual = true
	c := compile(t, book)
	if res := check(t, c, addr, nil); !maps.Equal(res.Address, addr) || len(res.Notes) > 0 {
		t.Errorf("manual: sent %v, notes %q, problems %v", res.Address, res.Notes, res.Problems)
	}
	addr["dialzone"] = strings.Repeat("1", 101)
	if got := codes(check(t, c, addr, nil).Problems); !slices.Equal(got, []string{"dialzone address.too-long"}) {
		t.Errorf("manual, 101 characters: %q", got)
	}
	want := `Dial zone (dialzone) is missing, and Belgium does not derive it from the address: ` +
		`write the dial zone local to the site, such as "021".`
	if res := check(t, c, rollout.Address{}, nil); len(res.Problems) != 1 || res.Problems[0].Message.EN != want {
		t.Errorf("manual, missing: %v", res.Problems)
	}
}

func TestCompileRefusesAnEmptyRulebook(t *testing.T) {
	t.Parallel()
	if _, err := addrcheck.Compile(addrcheck.Rulebook{Country: "Belgium"}); err == nil || !strings.Contains(err.Error(), "Belgium") {
		t.Errorf("error %v", err)
	}
}

func TestWarningsTellWhatIsNotApplied(t *testing.T) {
	t.Parallel()
	free := func(pattern string) rollout.Constraint {
		return rollout.Constraint{Usage: "optional", Label: "City", ValueType: "freestring", Regexp: pattern}
	}
	for _, tc := range []struct {
		name string
		con  rollout.Constraint
		want string
	}{
		{"Go cannot, ECMAScript can", free(`^(?=x).*$`), ""},
		{"neither can", free(`^[a-z`), `The pattern ^[a-z of City (a3) is not applied: neither Go nor ECMAScript can read it.`},
		{"possessive", free(`^a++$`), `The pattern ^a++$ of City (a3) is not applied: neither Go nor ECMAScript can read it.`},
		{"Java's escapes", free(`^(?=x)\h*$`), `The pattern ^(?=x)\h*$ of City (a3) is not applied: it uses an escape that only Java knows.`},
		{"an escaped backslash is none", free(`^(?=x)\\h*$`), ""},
		{"Java's intersections", free(`^[a-z&&[^b]]$`),
			`The pattern ^[a-z&&[^b]]$ of City (a3) is not applied: it uses the intersection of character classes.`},
		{"endless", free(strings.Repeat("a", 10_001)), `The pattern ` + strings.Repeat("a", 150) +
			`… of City (a3) is not applied: it is too long.`},
		{"usage", rollout.Constraint{Usage: "Often", ValueType: "freestring"}, `a3 has the unknown usage "Often" and is taken as optional.`},
		{"value type", rollout.Constraint{Usage: "optional", ValueType: "date"},
			`a3 has the unknown value type "date" and is taken as free text.`},
		{"empty list", rollout.Constraint{Usage: "optional", ValueType: "enumeration"},
			`a3 is a list without possible values and is taken as free text.`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := compile(t, one("a3", tc.con))
			if got := strings.Join(english(c.Warnings()), "|"); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if res := check(t, c, rollout.Address{"a3": "x anything"}, nil); tc.want != "" && len(res.Problems) > 0 {
				t.Errorf("applied all the same: %v", res.Problems)
			}
		})
	}
}

func TestACatastrophicPatternEnds(t *testing.T) {
	t.Parallel()
	c := compile(t, one("a3", rollout.Constraint{Usage: "optional", ValueType: "freestring", Regexp: `^(?=a)(a+)+$`}))
	res := check(t, c, rollout.Address{"a3": strings.Repeat("a", 900) + "!"}, nil)
	if len(res.Problems) != 1 || res.Problems[0].Code != "address.pattern" ||
		!strings.Contains(res.Problems[0].Message.EN, "could not be compared in time") {
		t.Errorf("problems %v", res.Problems)
	}
}

func TestACheckerMayBeShared(t *testing.T) {
	t.Parallel()
	book := swiss()
	book.Constraints["a6"] = rollout.Constraint{Usage: "optional", ValueType: "freestring", Regexp: `^(?!x)\p{L}+$`}
	c := compile(t, book)
	lists := []places{{"VD": {"Lausanne": {}, "Nyon": {}}}, {"VD": {"Lausanne": {}, "Morges": {}}}} // the API's answer may change
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 100 {
				addr := rollout.Address{"a1": "vaud", "a3": "LAUSANNE", "pc": "1006", "a6": "Orléans"}
				res, err := c.Check(addr, lists[i%2].list)
				if err != nil || len(res.Problems) > 0 || res.Address["a3"] != "Lausanne" {
					t.Errorf("pushes %v with problems %v, error %v", res.Address, res.Problems, err)
					return
				}
				addr["a3"] = "Nyon"
				if res, err := c.Check(addr, lists[i%2].list); err != nil || len(res.Problems) != i%2 {
					t.Errorf("list %d: problems %v, error %v", i%2, res.Problems, err)
					return
				}
			}
		})
	}
	wg.Wait()
}
