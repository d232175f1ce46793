// This file finds the two-letter code of a country that is written otherwise: as its name in one of
// several languages, or as another code.

package importer

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// countryLanguages are the languages of names of countries.
var countryLanguages = []language.Tag{
	language.English, language.French, language.German, language.Spanish, language.Italian, language.Dutch,
	language.Portuguese, language.Swedish, language.Finnish, language.Czech, language.Norwegian,
}

// CountryCode returns the ISO 3166 alpha-2 code for a country's name or code; "" if it is unknown.
func CountryCode(written string) string {
	code := strings.ToUpper(written)
	if region, err := language.ParseRegion(code); err == nil && (len(code) == 2 || len(code) == 3) && region.IsCountry() {
		return region.Canonicalize().String() // UK is GB, CZE is CZ
	}
	if len(code) == 2 {
		return "" // a name of two letters is none
	}
	return countryNames()[spelling.Key(written)]
}

// possibleCountry is the code that a cell may mean, even if no known country has it; else "".
func possibleCountry(written string) string {
	if code := CountryCode(written); code != "" {
		return code
	}
	if code := strings.ToUpper(written); rollout.IsISO2(code) {
		return code
	}
	return ""
}

// countryNames maps the keys of names of countries to their codes. A name of two countries maps
// to "".
var countryNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for first := 'A'; first <= 'Z'; first++ {
		for second := 'A'; second <= 'Z'; second++ {
			region, err := language.ParseRegion(string([]rune{first, second}))
			if err != nil || !region.IsCountry() || region.Canonicalize() != region {
				continue
			}
			for _, tag := range countryLanguages {
				name := spelling.Key(display.Regions(tag).Name(region))
				if other, taken := names[name]; taken && other != region.String() {
					names[name] = ""
				} else if name != "" && !taken {
					names[name] = region.String()
				}
			}
		}
	}
	return names
})
