// This file tests what the import makes of a cell's characters.

package importer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"btrollout/internal/importer"
	"btrollout/internal/importer/importertest"
)

// TestCharacters has each character of a few alphabets, and those that cannot be
// seen, stand before, within and behind a text.
func TestCharacters(t *testing.T) {
	t.Parallel()
	blank := func(c rune) bool {
		return unicode.IsSpace(c) || strings.ContainsRune("\u180E\u200B\u200C\u200D\u2060\uFEFF", c)
	}
	characters := []rune{0x180E, 0x200B, 0x200C, 0x200D, 0x2028, 0x2029, 0x2060, 0x212B, 0x3000, 0xAC00, 0xFB01, 0xFEFF, 0xFFFD, 0x1F600}
	for c := rune(1); c < 0x400; c++ {
		if !strings.ContainsRune("\n\r\"'", c) {
			characters = append(characters, c)
		}
	}
	var content strings.Builder
	content.WriteString(header)
	for i, c := range characters {
		fmt.Fprintf(&content, "\n%d,\"%c e%cs%c\",FR,1", i, c, c, c)
	}
	_, sites, err := read(importertest.Write(t, "a.csv", content.String()), importer.Options{})
	must(t, err)
	if len(sites) != len(characters) {
		t.Fatalf("%d sites of %d rows", len(sites), len(characters))
	}
	for i, c := range characters {
		value := norm.NFC.String(strings.TrimFunc(fmt.Sprintf("%c e%cs%c", c, c, c), blank))
		code := ""
		switch {
		case strings.ContainsRune(value, unicode.ReplacementChar):
			code = "row.characters-lost"
		case strings.ContainsFunc(value, unicode.IsControl), strings.ContainsAny(value, "\u2028\u2029"):
			code = "row.control-character"
		}
		if got := sites[i]; got.Label != value || codes(got) != code {
			t.Errorf("%U: label %q with %q, want %q with %q", c, got.Label, codes(got), value, code)
		}
	}
}

// TestShortenedNumbers: only what a spreadsheet writes for a number too long is
// refused.
func TestShortenedNumbers(t *testing.T) {
	t.Parallel()
	refused := []string{"1E+10", "3.31E+10", "3,31E+10", "-1.2E-05", "+9E+100"}
	taken := []string{"E+10", "1E10", "1E+1", "12E+10", "1.E+10", "A1E+10", "1E+10A", "1e+10", "SITE-01", "1 E"}
	var content strings.Builder
	content.WriteString(header + ",voiceSiteId")
	for i, value := range slices.Concat(refused, taken) {
		fmt.Fprintf(&content, "\n%d,\"%s\",FR,1,", i, value)
	}
	_, sites, err := read(importertest.Write(t, "a.csv", content.String()), importer.Options{})
	must(t, err)
	for i, site := range sites {
		if want := i < len(refused); (codes(site) == "row.number-shortened") != want {
			t.Errorf("%q has %q", site.Label, codes(site))
		}
	}
}

// Countries by their names and by other codes.
func TestCountriesThatAreWrittenOtherwise(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"FR": "", "fr": "", "GB": "", "ZZ": "", "XK": "", "El": "", // codes, known here or not
		"France": "FR", "FRANCE": "FR", "Frankreich": "FR", "Francia": "FR", "Belgique": "BE", "België": "BE", "Belgien": "BE",
		"Suisse": "CH", "Schweiz": "CH", "Royaume-Uni": "GB", "United Kingdom": "GB", "Etats-Unis": "US", "Pays Bas": "NL",
		"UK": "GB", "GBR": "GB", "USA": "US", "CZE": "CZ", "Guyane française": "GF", "Côte d'Ivoire": "CI", "Svalbard et Jan Mayen": "SJ",
		strings.Repeat("x", 10_000): "none", "Bavaria": "none", "Europe": "none", "F": "none", "12": "none", "🇫🇷": "none", "": "none",
	} {
		file := filepath.Join(t.TempDir(), "f.csv")
		if err := os.WriteFile(file, []byte("technicalSiteName,customerSiteLabel,country,vpn\nA,A,\""+written+"\",1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := importer.Open(file, importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for s, err := range f.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, p := range s.Problems {
				if got = p.Suggestion; got == "" {
					got = "none"
				}
				if len(p.Message.EN) > 300 || written != "" && len(written) < 60 && !strings.Contains(p.Message.EN, strconv.Quote(written)) {
					t.Errorf("%q: %s", written, p.Message)
				}
			}
			if got != want {
				t.Errorf("%q: the suggestion is %q, want %q: %+v", written, got, want, s.Problems)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
