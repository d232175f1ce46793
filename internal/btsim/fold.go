// When people read two site names as one.

package btsim

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// FoldName gives two names the same form when people read them alike: they differ only
// in case, accents, full width or other compatibility forms, composition (NFC or NFD),
// the kind and number of spaces, the kind of hyphen, or characters that are not seen.
func FoldName(name string) string {
	// NFKD makes all spaces U+0020, and gives full width its usual form. Folding the
	// case can compose letters, so they are decomposed again.
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
