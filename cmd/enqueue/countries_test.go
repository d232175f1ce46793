// This file tests what the command prints about countries. That this agrees with the API
// is tested in internal/precheck.

package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"

	"btrollout/internal/app"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
)

func TestWhatIsPrintedOfCountries(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"be-fr.en.txt":    {"countries", "be", "FR", "--lang", "en"},
		"nl-sj.fr.txt":    {"countries", "NL", "SJ", "nl", "--lang", "fr"},
		"ch-vd.en.txt":    {"countries", "CH", "--area", "vaud", "--lang", "en"},
		"without.en.txt":  {"countries", "GL", "ZZ", "--lang", "en"},
		"without.fr.txt":  {"countries", "GL", "ZZ", "--lang", "fr"},
		"overview.en.txt": {"countries", "--lang", "en"},
		"overview.fr.txt": {"--lang", "fr", "countries"},
		"ch.json":         {"countries", "CH", "--json"},
		"all.json":        {"countries", "--json"},
		"without.json":    {"countries", "GL", "ZZ", "FR", "--json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := inquire(t, 0, args...)
			golden(t, name, got)
		})
	}
}

func TestCountriesThatTheAPIDoesNotKnow(t *testing.T) {
	t.Parallel()
	if got, _ := inquire(t, 1, "countries", "ZZ", "--lang", "en"); !strings.Contains(got, "does not cover") {
		t.Errorf("printed %s", got)
	}
	var list []precheck.Description
	got, _ := inquire(t, 1, "countries", "ZZ", "--json")
	if err := json.Unmarshal([]byte(got), &list); err != nil || len(list) != 1 || list[0].Known {
		t.Errorf("printed %s (%v)", got, err)
	}
}

func TestArgumentsThatAreWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"three letters":             {[]string{"countries", "FR", "FRA", "1"}, `"FRA", "1"`},
		"a file":                    {[]string{"countries", "rollout.xlsx"}, "./countries"},
		"simulate, not embedded":    {[]string{"countries", "FR", "--simulate"}, "--embedded"},
		"a flag of the other":       {[]string{"countries", "FR", "--check"}, "--check"},
		"a flag of the other first": {[]string{"--check", "countries", "FR"}, "--check"},
		"no file":                   {[]string{"--embedded", "--simulate"}, "<file>"},
		"a command that is mistyped": {
			[]string{"countris"}, "unknown command countris: did you mean enqueue countries?",
		},
		"a command that is mistyped, with more": {
			[]string{"countris", "FR"}, "unknown command countris: did you mean enqueue countries? See enqueue --help",
		},
		"a command that is mistyped, with its flags": {
			[]string{"templat", "--countries", "FR"}, "unknown command templat: did you mean enqueue template?",
		},
		"a flag of a command that is not named": {[]string{"--output", "x.xlsx"}, "it is a flag of enqueue template"},
		"a place in two countries":              {[]string{"countries", "SE", "CH", "--area", "VD"}, "one country"},
		"a place that is not there": {
			[]string{"countries", "SE", "--area", "Malmo", "--area", "Kista", "--embedded", "--simulate"},
			`no "Kista" for a4 within Malmö`,
		},
		"an unknown language": {[]string{"countries", "--lang", "de"}, "--lang"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, said := command(t, 2, c.args...); !strings.Contains(said, c.says) || strings.Count(said, "\n") != 1 {
				t.Errorf("said %q, want one line with %q", said, c.says)
			}
		})
	}
}

func TestHelpShowsTheFlagsOfTheCommandThatNeedsNoName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args    []string
		has     []string
		without string
	}{
		{[]string{"--help"}, []string{"--check", "--sheet", "--lang", "BT_API_KEY", "countries  "}, "telephone"},
		{[]string{"file", "--help"}, []string{"--check", "--sheet", "--lang"}, "<iso2>"},
		{[]string{"countries", "--help"}, []string{"--lang", "<iso2>", "no call"}, "--check"},
	} {
		got, _ := command(t, 0, c.args...)
		for _, words := range c.has {
			if !strings.Contains(got, words) {
				t.Errorf("%q does not mention %s:\n%s", c.args, words, got)
			}
		}
		if strings.Contains(got, c.without) {
			t.Errorf("%q mentions %s:\n%s", c.args, c.without, got)
		}
	}
}

// TestEveryCountryFitsAnyTerminal prints all countries on lines of several lengths.
func TestEveryCountryFitsAnyTerminal(t *testing.T) {
	t.Parallel()
	list, _ := inquire(t, 0, "countries", "--json")
	var all []precheck.Description
	if err := json.Unmarshal([]byte(list), &all); err != nil || len(all) != len(guideCountries) {
		t.Fatalf("%d countries (%v)", len(all), err)
	}
	for _, lang := range []rollout.Lang{rollout.English, rollout.French} {
		for _, columns := range []int{80, 100, 160, 300} {
			var out bytes.Buffer
			s := screen{out: app.NewOutput(&out), columns: columns, lang: lang}
			s.printOverview(all)
			for _, d := range all {
				s.printCountry(d)
			}
			for _, line := range strings.Split(out.String(), "\n") {
				if n := text.StringWidthWithoutEscSequences(line); n > columns || strings.TrimRight(line, " ") != line {
					t.Errorf("%s, %d columns: a line of %d: %q", lang, columns, n, line)
				}
			}
			words := strings.Join(strings.Fields(out.String()), " ")
			for _, d := range all {
				for _, e := range d.Elements {
					values := valuesOf(e)
					if !strings.Contains(words, strings.Join(values[:min(len(values), valuesShown)], ", ")) || !strings.Contains(words, e.Label) {
						t.Errorf("%s, %d columns: %s %s is not whole", lang, columns, d.ISO2, e.Code)
					}
				}
			}
		}
	}
}

func TestLongListsSayHowManyThereAre(t *testing.T) {
	t.Parallel()
	values := make([]string, valuesShown+1)
	for i := range values {
		values[i] = strings.Repeat("x", 3)
	}
	if got := someOf(values[1:]).EN; strings.Contains(got, "…") || strings.Count(got, "xxx") != valuesShown {
		t.Errorf("%d values are %s", valuesShown, got)
	}
	got := someOf(values).EN
	if !strings.Contains(got, "… 61 in all") || !strings.Contains(got, "--json") || strings.Count(got, "xxx") != valuesShown {
		t.Errorf("%d values are %s", len(values), got)
	}
}

func TestRulesThatAreNotAppliedAndWordsThatAreNotKnown(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := screen{out: app.NewOutput(&out), columns: 80, lang: rollout.French}
	s.printCountry(precheck.Description{
		Country: rollout.Country{
			ISO2: "AA", Name: "Somewhere", Emergency: "Partial",
			Unapplied: []rollout.Text{rollout.Say("One.", "Un."), rollout.Say("Two.", "Deux.")},
		},
		Known: true, Orderable: true,
		Elements: []rollout.Element{{Code: "pc", Constraint: rollout.Constraint{
			Label: "Code", Usage: "wanted", ValueType: "freedate", MinLength: 3, Regexp: "^[A-Z]$",
		}}},
	})
	for _, words := range []string{
		"  Appels d'urgence      Partial\n", "  Non appliqué          Un.\n  Non appliqué          Deux.\n",
		"  pc       Code     wanted  freedate  ≥ 3       motif ^[A-Z]$\n",
	} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("%q is not in %s", words, out.String())
		}
	}
}
