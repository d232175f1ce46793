// This file knows when two texts are the same for a person, and how a free text
// may be written otherwise. It knows nothing about addresses and lists: those are
// in list.go and near.go.

package addrcheck

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
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

// Fold gives two texts the same form when they differ only in case, accents, the
// amount of white space, Unicode's compatibility forms or the typographic shape of
// the same mark, such as ’ and ' or – and -. A letter that people replace where
// their keyboard lacks it (ø, ß, æ, ł) is folded too. Everything else, such as a
// hyphen against a space, keeps them apart.
func Fold(s string) string {
	f := folder{out: make([]byte, 0, len(s)+8)}
	f.fold(s)
	return string(f.out)
}

// folder takes a text apart letter by letter, without building strings.
type folder struct {
	out []byte
	gap bool // white space stands before the next letter
}

// fold appends a text.
func (f *folder) fold(s string) {
	for rest := s; rest != ""; {
		if c := rest[0]; c < utf8.RuneSelf {
			f.add(rune(c))
			rest = rest[1:]
			continue
		}
		parts := norm.NFKD.PropertiesString(rest)
		size := max(parts.Size(), 1)
		apart := parts.Decomposition()
		if apart == nil {
			r, _ := utf8.DecodeRuneInString(rest)
			f.add(r)
		}
		for len(apart) > 0 {
			r, n := utf8.DecodeRune(apart)
			f.add(r)
			apart = apart[n:]
		}
		rest = rest[size:]
	}
}

// add appends one letter without case, and a space only between words.
func (f *folder) add(r rune) {
	switch {
	case unicode.IsSpace(r):
		f.gap = true
		return
	case r >= utf8.RuneSelf && unicode.In(r, unicode.Mn, unicode.Cf):
		return
	}
	if f.gap && len(f.out) > 0 {
		f.out = append(f.out, ' ')
	}
	f.gap = false
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		f.out = append(f.out, byte(r))
		return
	}
	r = unicode.ToLower(r)
	if plain, ok := letters[r]; ok {
		f.out = append(f.out, plain...)
		return
	}
	if unicode.In(r, unicode.Pd) || r == '−' {
		r = '-'
	}
	f.out = utf8.AppendRune(f.out, r)
}

// letters are those that people replace where their keyboard lacks them and that
// no normalisation takes apart, and the shapes of the apostrophe.
var letters = map[rune]string{
	'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe", 'ß': "ss", 'ı': "i", 'ς': "σ",
	'’': "'", '‘': "'", 'ʼ': "'", '´': "'", '′': "'",
}

// maxCode bounds what may be a code (a postal code, a number), in characters.
const maxCode = 12

// respellings lists other ways to write a free text, mildest first: without
// accents, in one case, and, for a code, without separators or with those of its
// country, with the zeros that a spreadsheet takes away from its front or without
// those that another program puts there, and without the country's letters. Only a
// pattern can say that a code has separators: formed says whether there is one.
func respellings(s string, formed bool) []string {
	plain := unaccented(s)
	list := []string{plain, strings.ToUpper(plain), strings.ToLower(plain)}
	compact := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, plain)
	if length(plain) <= maxCode && strings.ContainsFunc(plain, unicode.IsDigit) {
		list = append(list, compact, strings.ToUpper(compact), strings.ToLower(compact))
		if strings.Trim(compact, "0123456789") == "" {
			list = append(list, "0"+compact, "00"+compact, strings.TrimLeft(compact, "0"))
		}
		if abroad := prefixed.FindStringSubmatch(plain); abroad != nil {
			list = append(list, abroad[1])
		}
		for _, cut := range separated {
			if n := len(compact) - cut.tail; formed && n > 0 {
				list = append(list, strings.ToUpper(compact[:n]+cut.mark+compact[n:]))
			}
		}
	}
	return list
}

// separated are the places at which postal codes are parted: 110 00 and 111 48,
// 1071 XX, WC1B 3DG, 1900-312, 10028-0198.
var separated = []struct {
	tail int
	mark string
}{{2, " "}, {3, " "}, {3, "-"}, {4, "-"}}

// prefixed is a postal code as foreign letters carry it: D-10117, F-75001.
var prefixed = regexp.MustCompile(`^[A-Za-z]{1,3}[-. ]+([0-9]{4,})$`)

// unaccented writes a text with as few special characters as possible.
func unaccented(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		lower := unicode.ToLower(r)
		plain, special := letters[lower]
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.Is(unicode.Pd, r):
			b.WriteByte('-')
		case special && lower != r:
			b.WriteString(strings.ToUpper(plain))
		case special:
			b.WriteString(plain)
		default:
			b.WriteRune(r)
		}
	}
	return clean(b.String())
}
