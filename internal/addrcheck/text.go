// This file cleans texts, and finds other ways to write a free text. Texts that are in lists are
// found in list.go and near.go; when two texts are the same is decided in internal/spelling.

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

// clean composes characters (NFC), drops invisible spaces and replaces every run of white space
// by one space. Bytes that are not UTF-8 become U+FFFD, which a rule refuses.
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

// visible is what a person sees of a text: it is the same for two texts that look alike in a
// cell. White space within a text counts, and at its ends it does not.
func visible(s string) string {
	return norm.NFC.String(strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, withoutInvisible(s))))
}

// maxCode bounds the texts that may be a postal code or another number, in characters.
const maxCode = 12

// respellings lists other ways to write a free text, those with the least changes first: without
// accents, in one case, with other separators or none, without leading zeros. The numbers in it
// stay as they are: 12-14 does not become 1214, nor -1 become 1. Separators are added only if
// the element has a pattern, because nothing else can require them.
func respellings(s string, hasPattern bool) []string {
	plain := unaccented(s)
	list := inCases(plain)
	if length(plain) > maxCode || !strings.ContainsFunc(plain, unicode.IsDigit) {
		return list
	}
	list = append(list, strings.ReplaceAll(plain, " ", ""))
	list = append(list, separations(plain, hasPattern)...)
	list = append(list, strings.TrimLeft(plain, "0"), decimals.ReplaceAllString(plain, ""))
	own := numbers(plain)
	return slices.DeleteFunc(list, func(other string) bool { return !slices.Equal(own, numbers(other)) })
}

// postalRespellings are respellings of a postal code, which is one number whatever its
// separators: also without the letters of its country, and with the leading zeros that a
// spreadsheet program removes.
func postalRespellings(s string, hasPattern bool) []string {
	list := respellings(s, hasPattern)
	code := unaccented(s)
	if length(code) > maxCode || !strings.ContainsFunc(code, unicode.IsDigit) {
		return list
	}
	if abroad := prefixed.FindStringSubmatch(code); abroad != nil {
		code = abroad[1]
	}
	list = append(append(list, code), separations(code, hasPattern)...)
	return append(list, withZeros(code)...)
}

// withZeros returns a number with the leading zeros that a spreadsheet program removes; nil if s
// is no number.
func withZeros(s string) []string {
	digits := compact(s)
	if digits == "" || !hasOnlyDigits(digits) {
		return nil
	}
	return []string{"0" + digits, "00" + digits}
}

// separations lists a code without separators and, with separators, in the ways in which postal
// codes are written.
func separations(code string, hasPattern bool) []string {
	joined := compact(code)
	list := inCases(joined)
	for _, cut := range separators {
		if n := len(joined) - cut.tail; hasPattern && n > 0 {
			list = append(list, strings.ToUpper(joined[:n]+cut.mark+joined[n:]))
		}
	}
	return list
}

func inCases(s string) []string { return []string{s, strings.ToUpper(s), strings.ToLower(s)} }

// arabicDigits are the characters that an element of digits takes.
const arabicDigits = "0123456789"

// hasOnlyDigits reports whether a text has no other characters than digits. It may be empty.
func hasOnlyDigits(s string) bool { return strings.Trim(s, arabicDigits) == "" }

// compact removes everything but letters and digits.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// numbers lists the numbers in a text, without leading zeros. A minus belongs to a number only at
// the beginning of the text.
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

// decimals are what a spreadsheet program appends to a whole number.
var decimals = regexp.MustCompile(`[.,]0{1,2}$`)

// separators are those of postal codes, such as 110 00, 1071 XX, WC1B 3DG, 1900-312 and
// 10028-0198.
var separators = []struct {
	tail int // characters behind the separator
	mark string
}{{2, " "}, {3, " "}, {3, "-"}, {4, "-"}}

// prefixed is a postal code with the letters of its country: D-10117, SE-115 21.
var prefixed = regexp.MustCompile(`^[A-Za-z]{1,3}[-. ]+([0-9].*)$`)

// unaccented is a clean text with as few special characters as possible.
func unaccented(s string) string { return clean(spelling.Plain(s)) }

func isDigit(r rune) bool { return '0' <= r && r <= '9' }
