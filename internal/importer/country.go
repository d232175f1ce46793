// This file finds the two-letter code of a country that is written otherwise: by its
// name in one of several languages, or by another code.

package importer

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"btrollout/internal/spelling"
)

// countryLanguages are those in which countries are called by name.
var countryLanguages = []language.Tag{
	language.English, language.French, language.German, language.Spanish, language.Italian, language.Dutch,
	language.Portuguese, language.Swedish, language.Finnish, language.Czech, language.Norwegian,
}

// countryCode gives the ISO 3166 code of two letters of what is written: of a code
// in use, itself, and "" of what is no country that anybody calls so.
func countryCode(written string) string {
	code := strings.ToUpper(written)
	if region, err := language.ParseRegion(code); err == nil && (len(code) == 2 || len(code) == 3) && region.IsCountry() {
		return region.Canonicalize().String() // UK is GB, CZE is CZ
	}
	if len(code) == 2 {
		return "" // a name of two letters is none
	}
	return countryNames()[spelling.Key(written)]
}

// countryOf is the code that a cell may mean, be it no country's that is known; else "".
func countryOf(written string) string {
	if code := countryCode(written); code != "" {
		return code
	}
	if code := strings.ToUpper(written); isISO2(code) {
		return code
	}
	return ""
}

// countryNames are the codes of countries by their plain names. A name that stands for
// two of them is left out.
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
