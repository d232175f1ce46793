// Tests of whole addresses in the guide's fifteen countries. Each country has its
// rulebook (testdata/countries/xx.json) and its cases (xx.txt) side by side: what a
// row gives, and below the line what comes of it. After a change of sentences, run
// `go test ./internal/addrcheck -run Countries -update` and read every line again.

package addrcheck_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"btrollout/internal/addrcheck"
	"btrollout/internal/rollout"
)

var update = flag.Bool("update", false, "write what comes of the countries' cases into their files")

// country is a rulebook with its areas.
type country struct {
	Rulebook addrcheck.Rulebook
	Areas    places
}

// places are the areas of one level, each with those below it.
type places map[string]places

func (p places) list(parents ...string) ([]string, error) {
	below := p
	for _, parent := range parents {
		if below[parent] == nil {
			return nil, fmt.Errorf("asked below %q, which is no place", parent)
		}
		below = below[parent]
	}
	return slices.Sorted(maps.Keys(below)), nil
}

func readCountry(t testing.TB, file string) country {
	t.Helper()
	var c country
	content, err := os.ReadFile(file)
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(content))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(&c)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return c
}

// eachCountry runs a test for every country's file.
func eachCountry(t *testing.T, test func(t *testing.T, file string)) {
	t.Helper()
	files, err := filepath.Glob("testdata/countries/*.json")
	if err != nil || len(files) != 15 {
		t.Fatalf("%d countries, error %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			test(t, file)
		})
	}
}

// rowCase is one case of a file: its text as written, and the address it describes.
type rowCase struct {
	title, given string // given: the lines of the elements that differ from the first case's
	addr         rollout.Address
	want         string
}

// readCases reads a file of cases: each is a title after "==", elements as
// `code = "value"` or `code = 10000 * "x"`, a line "--" and what comes of it. The
// first case is a whole address; the others name what they change of it.
func readCases(t testing.TB, file string) []rowCase {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []rowCase
	for _, part := range strings.Split("\n"+string(content), "\n== ")[1:] {
		title, body, _ := strings.Cut(part, "\n")
		given, want, ruled := strings.Cut(body, "--\n")
		if !ruled {
			t.Fatalf("%s: case %q has no line --", file, title)
		}
		c := rowCase{title: title, given: given, want: strings.TrimSpace(want), addr: rollout.Address{}}
		if len(cases) > 0 {
			c.addr = maps.Clone(cases[0].addr)
		}
		for line := range strings.Lines(given) {
			c.set(t, strings.TrimSpace(line))
		}
		cases = append(cases, c)
	}
	return cases
}

func (c *rowCase) set(t testing.TB, line string) {
	t.Helper()
	code, value, found := strings.Cut(line, " = ")
	times := 1
	if n, repeated, ok := strings.Cut(value, " * "); ok && found && value[0] != '"' {
		times, _ = strconv.Atoi(n)
		value = repeated
	}
	text, err := strconv.Unquote(value)
	if !found || err != nil || times < 1 {
		t.Fatalf("case %q: cannot read %q: %v", c.title, line, err)
	}
	c.addr[code] = strings.Repeat(text, times)
}

// outcome writes a result as the case files show it.
func outcome(res addrcheck.Result) string {
	var b strings.Builder
	if res.Address != nil {
		b.WriteString("sent:")
		for _, code := range slices.Sorted(maps.Keys(res.Address)) {
			fmt.Fprintf(&b, " %s=%q", code, res.Address[code])
		}
		b.WriteString("\n")
	}
	for _, p := range res.Problems {
		fmt.Fprintf(&b, "%s %s", p.Field, p.Code)
		if p.Suggestion != "" {
			fmt.Fprintf(&b, ", suggests %q", p.Suggestion)
		}
		fmt.Fprintf(&b, "\n  en: %s\n  fr: %s\n", p.Message.EN, p.Message.FR)
	}
	for _, n := range res.Notes {
		fmt.Fprintf(&b, "note\n  en: %s\n  fr: %s\n", n.EN, n.FR)
	}
	return strings.TrimSpace(b.String())
}

func TestCountries(t *testing.T) {
	t.Parallel()
	eachCountry(t, func(t *testing.T, file string) {
		country := readCountry(t, file)
		c := compile(t, country.Rulebook)
		if w := c.Warnings(); len(w) > 0 {
			t.Errorf("warnings: %q", w)
		}
		casesFile := strings.TrimSuffix(file, ".json") + ".txt"
		cases := readCases(t, casesFile)
		if len(cases) < 8 {
			t.Errorf("%d cases, want at least 8", len(cases))
		}
		var rewritten []string
		for _, tc := range cases {
			got := outcome(check(t, c, tc.addr, country.Areas.list))
			if got != tc.want && !*update {
				t.Errorf("%s\n%s", tc.title, difference(tc.want, got))
			}
			rewritten = append(rewritten, fmt.Sprintf("== %s\n%s--\n%s\n", tc.title, tc.given, got))
		}
		if *update {
			if err := os.WriteFile(casesFile, []byte(strings.Join(rewritten, "\n")), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// difference shows two texts by their lines: those only wanted, those only got.
func difference(want, got string) string {
	wanted, gotten := strings.Split(want, "\n"), strings.Split(got, "\n")
	var b strings.Builder
	for _, line := range wanted {
		if !slices.Contains(gotten, line) {
			b.WriteString("  want " + line + "\n")
		}
	}
	for _, line := range gotten {
		if !slices.Contains(wanted, line) {
			b.WriteString("  got  " + line + "\n")
		}
	}
	return b.String()
}
