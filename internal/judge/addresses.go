// This file compares addresses as people read them, and finds the one that a site must have.

package judge

import (
	"slices"
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

// checkAddress checks that a site has the address of its newest row in place, or that the rows ask for
// which were left to that one. If rows were cancelled since, it may have that of one of them, whose
// address was under way, and a row that was left to one of them counts for nothing.
func (c *check) checkAddress(key string) {
	var newest *Row // that is in place, or was left to one that is
	var also []Row
	for _, e := range slices.Backward(c.entries[key]) {
		if newest == nil && (e.settled() || e.isLeft()) {
			newest = &e.Row
		}
		switch {
		case e.isCancelled():
			also = append(also, e.Row)
		case e.settled() && len(also) > 0:
			c.checkVoicesite(*newest, e, append(also, e.Row)...)
			return
		case e.settled():
			c.checkVoicesite(*newest, e)
			return
		}
	}
}
