// Properties of every country's addresses: what is true of any row, whatever
// somebody did to it. The rows are those of the countries' cases, and each spoilt
// in the ways in which spreadsheets and people spoil them.

package addrcheck_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/addrcheck"
	"btrollout/internal/rollout"
)

// spoilt lists what becomes of a value on its way.
func spoilt(value string) []string {
	list := []string{
		strings.ToUpper(value), strings.ToLower(value), " " + value + "\u00a0", value + value, value + ".", "0" + value, "",
		strings.ReplaceAll(value, " ", "  "), strings.ReplaceAll(value, " ", ""), strings.ReplaceAll(value, " ", "-"),
		strings.NewReplacer("-", " ", "'", "").Replace(value), strings.TrimLeft(value, "0"), strings.ReplaceAll(value, "é", "e\u0301"),
		strings.NewReplacer("é", "e", "è", "e", "ü", "ue", "ö", "oe", "å", "aa", "ø", "o", "'", "’", "-", "–").Replace(value),
	}
	letters := []rune(value)
	for i := range letters {
		list = append(list, string(slices.Delete(slices.Clone(letters), i, i+1)))
	}
	return list
}

func TestSpoiltRowsKeepThePromises(t *testing.T) {
	t.Parallel()
	eachCountry(t, func(t *testing.T, file string) {
		country := readCountry(t, file)
		c := compile(t, country.Rulebook)
		for i, tc := range readCases(t, strings.TrimSuffix(file, ".json")+".txt") {
			keepsItsPromises(t, c, tc.addr, country.Areas.list)
			if i > 0 {
				continue
			}
			for code, value := range tc.addr {
				for _, other := range spoilt(value[:min(len(value), 40)]) {
					addr := maps.Clone(tc.addr)
					addr[code] = other
					keepsItsPromises(t, c, addr, country.Areas.list)
				}
			}
		}
	})
}

// TestAListsOwnEntriesAreTaken tests that each possible value, each display and each
// place is taken as it stands and in capitals, and that its own spelling is pushed.
func TestAListsOwnEntriesAreTaken(t *testing.T) {
	t.Parallel()
	eachCountry(t, func(t *testing.T, file string) {
		country := readCountry(t, file)
		country.Rulebook.AreaElements = nil // they may not fit the case's upper area
		c := compile(t, country.Rulebook)
		whole := readCases(t, strings.TrimSuffix(file, ".json")+".txt")[0].addr
		for code, con := range country.Rulebook.Constraints {
			for _, v := range con.Values {
				for _, written := range []string{v.Value, v.Display, strings.ToUpper(v.Value), strings.ToUpper(v.Display)} {
					addr := maps.Clone(whole)
					addr[code] = written
					if res := check(t, c, addr, nil); written != "" && res.Address[code] != v.Value {
						t.Errorf("%s %q: pushes %q with problems %v", code, written, res.Address[code], res.Problems)
					}
				}
			}
		}
	})
}

func TestTheSameRowIsJudgedTheSame(t *testing.T) {
	t.Parallel()
	eachCountry(t, func(t *testing.T, file string) {
		country := readCountry(t, file)
		cases := readCases(t, strings.TrimSuffix(file, ".json")+".txt")
		for _, tc := range cases {
			var first addrcheck.Result
			for i := range 5 { // a map has another order each time
				res := check(t, compile(t, country.Rulebook), maps.Collect(maps.All(tc.addr)), country.Areas.list)
				if i == 0 {
					first = res
				} else if diff := cmp.Diff(first, res); diff != "" {
					t.Fatalf("%s: judged otherwise (-first +then):\n%s", tc.title, diff)
				}
			}
		}
	})
}

// TestSuggestions tells what is surely meant by a text that is none of a list.
func TestSuggestions(t *testing.T) {
	t.Parallel()
	listed := []string{"Saint-Étienne", "Genève", "Lausanne", "Avenue", "Boulevard", "Straße", "Road", "Square", "Place", "Rua", "Calle",
		"North", "München", "Bahnhofstraße", "High Street", "L'Aquila", "Biel/Bienne", "05800", "Sainte-Marie"}
	c := compile(t, one("a3", rollout.Constraint{Usage: "optional", ValueType: "enumeration", Values: simple(listed...)}))
	for written, want := range map[string]string{
		"St Etienne": "Saint-Étienne", "St. Étienne": "Saint-Étienne", "Ste. Marie": "Sainte-Marie", "Geneva": "Genève", "Lausane": "Lausanne",
		"Av.": "Avenue", "Ave": "Avenue", "Bd": "Boulevard", "Blvd.": "Boulevard",
		"Str.": "Straße", "Rd.": "Road", "Sq.": "Square", "Pl.": "Place",
		"R.": "Rua", "C/": "Calle", "N.": "North", "Muenchen": "München", "Bahnhofstr.": "Bahnhofstraße", "Bahnhof-Strasse": "Bahnhofstraße",
		"High St.": "High Street", "L Aquila": "L'Aquila", "LAquila": "L'Aquila", "Biel": "Biel/Bienne", "Bienne": "Biel/Bienne", "5800": "05800",
		"05 800": "05800", "05801": "", "Luzern": "", "x": "",
	} {
		got := ""
		res := check(t, c, rollout.Address{"a3": written}, nil)
		for _, p := range res.Problems {
			got += p.Suggestion
		}
		if len(res.Problems) != 1 || got != want {
			t.Errorf("%q: %s, want %q", written, fmt.Sprint(res.Problems), want)
		}
	}
}

// A house number or a floor is no code: what stands between its digits parts numbers.
func TestNumbersAreNeitherJoinedNorParted(t *testing.T) {
	t.Parallel()
	digits := rollout.Constraint{Usage: "optional", ValueType: "freenumerical"}
	lettered := rollout.Constraint{Usage: "optional", ValueType: "freestring", Regexp: "^[1-9][0-9]{0,5}[a-z]?$"}
	ranged := rollout.Constraint{Usage: "optional", ValueType: "freestring", Regexp: "^[1-9][0-9]{0,3}(-[1-9][0-9]{0,3})?$"}
	spaced := rollout.Constraint{Usage: "optional", ValueType: "freestring", MinLength: 6, MaxLength: 6, Regexp: "^[0-9]{3} [0-9]{2}$"}
	for _, tc := range []struct {
		element    string
		con        rollout.Constraint
		value      string
		suggestion string
	}{
		{"hno", digits, "12-14", ""}, {"hno", digits, "62,64", ""}, {"hno", digits, "3/5", ""}, {"hno", digits, "12 14", ""},
		{"hno", lettered, "12-14", ""}, {"hno", lettered, "1000 1/2", ""}, {"hno", lettered, "12 A", "12a"}, {"hno", lettered, "12-B", "12b"},
		{"hno", ranged, "2 - 4", "2-4"}, {"hno", ranged, "12345", ""}, {"hno", ranged, "2–4", "2-4"},
		{"flr", digits, "-1", ""}, {"flr", digits, "2.5", ""}, {"flr", digits, "2.0", "2"}, {"flr", digits, "−1", ""}, {"flr", digits, "1-3", ""},
		{"hno", spaced, "12345", ""}, {"pc", spaced, "12345", "123 45"}, {"pc", spaced, "SE-123 45", "123 45"},
		{"pc", spaced, "123-45", "123 45"},
	} {
		res := check(t, compile(t, one(tc.element, tc.con)), rollout.Address{tc.element: tc.value}, nil)
		if len(res.Problems) != 1 || res.Problems[0].Suggestion != tc.suggestion {
			t.Errorf("%s %q: %+v, want the suggestion %q", tc.element, tc.value, res, tc.suggestion)
		}
	}
}

func TestALongerNameIsAnotherPlace(t *testing.T) {
	t.Parallel()
	c := compile(t, one("a1", rollout.Constraint{Usage: "optional", ValueType: "enumeration",
		Values: simple("Washington", "Oregon", "Virginia", "West Virginia", "New York", "Ohio")}))
	for written, want := range map[string]string{"Washington DC": "", "Washingtn": "Washington", "West Virgina": "West Virginia",
		"New York City": "", "NewYork State": ""} {
		res := check(t, c, rollout.Address{"a1": written}, nil)
		if len(res.Problems) != 1 || res.Problems[0].Suggestion != want {
			t.Errorf("%q: %+v, want the suggestion %q", written, res, want)
		}
	}
}
