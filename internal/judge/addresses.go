// This file compares addresses as people read them.

package judge

import (
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// differs names an element in which two addresses differ; "" if there is none.
func differs(got, want map[string]string) string {
	for _, element := range elements {
		if fold(got[element]) != fold(want[element]) {
			return element
		}
	}
	return ""
}

// fold returns the letters and digits of a text, without case and accents.
func fold(text string) string {
	folded, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.Predicate(func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}))), text)
	if err != nil {
		return text
	}
	return strings.ToLower(folded)
}
