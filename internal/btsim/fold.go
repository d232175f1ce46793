// When people read two site names as one name.

package btsim

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// FoldName returns a form that two names share if they differ only in case, accents, full width
// or other compatibility forms, composition (NFC or NFD), the kind and number of spaces, the
// kind of hyphen, or invisible characters.
func FoldName(name string) string {
	// NFKD replaces all spaces by U+0020, and full width by the usual form. Case folding
	// can compose letters, so they are decomposed again.
	folded := norm.NFKD.String(cases.Fold().String(norm.NFKD.String(name)))
	visible := strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Cf):
			return -1
		case unicode.Is(unicode.Pd, r), r == '−': // dashes, and the minus sign
			return '-'
		}
		return r
	}, folded)
	return strings.Join(strings.Fields(visible), " ")
}
