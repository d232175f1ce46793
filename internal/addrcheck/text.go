// This file cleans texts, and knows how a free text may be written otherwise. When two
// texts are the same for a person is in internal/spelling, what stands in lists in
// list.go and near.go.

package addrcheck

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"btrollout/internal/spelling"
)

// clean composes characters (NFC), drops invisible spaces and turns every run of
// white space into one space. Bytes that are not UTF-8 become U+FFFD, for the
// rules to find.
func clean(s string) string {
	return norm.NFC.String(strings.Join(strings.Fields(withoutInvisible(s)), " "))
}

func withoutInvisible(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\u200b', '\u2060', '\ufeff':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}

// visible is what a person sees of a text: two texts that look alike in a cell
// give the same. White space within counts, at the ends it does not.
func visible(s string) string {
	return norm.NFC.String(strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, withoutInvisible(s))))
}

// maxCode bounds what may be a code (a postal code, a number), in characters.
const maxCode = 12

// respellings lists other ways to write a free text, mildest first: without
// accents, in one case, with other separators or none, without the zeros that another
// program puts in front. The numbers in it stay what they are: 12-14 is no 1214, and
// -1 no 1. Only a pattern can ask for separators: formed says whether there is one.
func respellings(s string, formed bool) []string {
	plain := unaccented(s)
	list := inCases(plain)
	if length(plain) > maxCode || !strings.ContainsFunc(plain, unicode.IsDigit) {
		return list
	}
	list = append(list, strings.ReplaceAll(plain, " ", ""))
	list = append(list, separations(plain, formed)...)
	list = append(list, strings.TrimLeft(plain, "0"), decimals.ReplaceAllString(plain, ""))
	own := numbers(plain)
	return slices.DeleteFunc(list, func(other string) bool { return !slices.Equal(own, numbers(other)) })
}

// postalRespellings are respellings of a postal code, which is one number however it
// is parted: without the country's letters too, and with the zeros that a spreadsheet
// takes away from its front.
func postalRespellings(s string, formed bool) []string {
	list := respellings(s, formed)
	code := unaccented(s)
	if length(code) > maxCode || !strings.ContainsFunc(code, unicode.IsDigit) {
		return list
	}
	if abroad := prefixed.FindStringSubmatch(code); abroad != nil {
		code = abroad[1]
	}
	list = append(append(list, code), separations(code, formed)...)
	return append(list, withZeros(code)...)
}

// withZeros is a number with the zeros that a spreadsheet takes away from its front.
func withZeros(s string) []string {
	digits := compact(s)
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return nil
	}
	return []string{"0" + digits, "00" + digits}
}

// separations are the ways to part a code, none at all first.
func separations(code string, formed bool) []string {
	joined := compact(code)
	list := inCases(joined)
	for _, cut := range separated {
		if n := len(joined) - cut.tail; formed && n > 0 {
			list = append(list, strings.ToUpper(joined[:n]+cut.mark+joined[n:]))
		}
	}
	return list
}

func inCases(s string) []string { return []string{s, strings.ToUpper(s), strings.ToLower(s)} }

// compact leaves nothing of a text but letters and digits.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// numbers lists the numbers in a text, without zeros in front. A minus belongs to a
// number at the beginning only.
func numbers(s string) []string {
	s = decimals.ReplaceAllString(s, "")
	list := strings.FieldsFunc(s, func(r rune) bool { return !isDigit(r) })
	for i, n := range list {
		list[i] = strings.TrimLeft(n, "0")
	}
	if len(s) > 1 && s[0] == '-' && isDigit(rune(s[1])) {
		list[0] = "-" + list[0]
	}
	return list
}

// decimals are what a spreadsheet makes of a whole number.
var decimals = regexp.MustCompile(`[.,]0{1,2}$`)

// separated are the places at which postal codes are parted: 110 00 and 111 48,
// 1071 XX, WC1B 3DG, 1900-312, 10028-0198.
var separated = []struct {
	tail int
	mark string
}{{2, " "}, {3, " "}, {3, "-"}, {4, "-"}}

// prefixed is a postal code as foreign letters carry it: D-10117, SE-115 21.
var prefixed = regexp.MustCompile(`^[A-Za-z]{1,3}[-. ]+([0-9].*)$`)

// unaccented writes a text with as few special characters as possible.
func unaccented(s string) string { return clean(spelling.Plain(s)) }

func isDigit(r rune) bool { return '0' <= r && r <= '9' }
