// This file knows when two texts are the same for a person, and what a person
// may have meant. It knows nothing about addresses.

package addrcheck

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// clean composes characters (NFC), drops invisible spaces and turns every run of
// white space into one space. Bytes that are not UTF-8 become U+FFFD, for the
// rules to find.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\u200b', '\u2060', '\ufeff':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
	return norm.NFC.String(strings.Join(strings.Fields(s), " "))
}

// Fold gives two texts the same form when they differ only in case, accents,
// white space, hyphens or the shape of an apostrophe. It runs over whole lists of
// places, so it takes letters apart one by one, without building strings.
func Fold(s string) string {
	folded := make([]byte, 0, len(s)+8)
	for rest := s; rest != ""; {
		if c := rest[0]; c < utf8.RuneSelf {
			folded, rest = appendFolded(folded, rune(c)), rest[1:]
			continue
		}
		parts := norm.NFKD.PropertiesString(rest)
		size := max(parts.Size(), 1)
		if apart := parts.Decomposition(); apart != nil {
			for _, r := range string(apart) {
				folded = appendFolded(folded, r)
			}
		} else {
			r, _ := utf8.DecodeRuneInString(rest)
			folded = appendFolded(folded, r)
		}
		rest = rest[size:]
	}
	return string(bytes.TrimSuffix(folded, []byte(" ")))
}

// appendFolded adds one letter without case, and a space only between words.
func appendFolded(folded []byte, r rune) []byte {
	switch {
	case r == '-', unicode.IsSpace(r), unicode.Is(unicode.Pd, r):
		if len(folded) == 0 || folded[len(folded)-1] == ' ' {
			return folded
		}
		return append(folded, ' ')
	case r < utf8.RuneSelf:
		return append(folded, byte(unicode.ToLower(r)))
	case unicode.In(r, unicode.Mn, unicode.Cf):
		return folded
	}
	r = unicode.ToLower(r)
	if plain, ok := letters[r]; ok {
		return append(folded, plain...)
	}
	return utf8.AppendRune(folded, r)
}

// letters are those that people replace where their keyboard lacks them and that
// no normalisation takes apart.
var letters = map[rune]string{
	'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe", 'ß': "ss", 'ı': "i", 'ς': "σ",
	'’': "'", '‘': "'", 'ʼ': "'", '´': "'",
}

// match finds the entries that a person means by what is written: exactly as
// listed, else but for case, else but for everything that fold ignores. An entry
// may have several spellings, one in each list. More than one index means that
// the text cannot tell them apart; entries alike in the first list count once.
func match(written string, spellings ...[]string) []int {
	for _, key := range []func(string) string{verbatim, strings.ToLower, Fold} {
		want := key(written)
		var found []int
		for i, value := range spellings[0] {
			same := slices.ContainsFunc(spellings, func(list []string) bool { return key(list[i]) == want })
			if same && want != "" && !slices.ContainsFunc(found, func(j int) bool { return spellings[0][j] == value }) {
				found = append(found, i)
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

func verbatim(s string) string { return s }

// offered is how many entries a message offers at most.
const offered = 5

// maxNear bounds the texts that are compared letter by letter, in characters.
const maxNear = 100

// nearest gives the entries that are worth offering for what is written, as the
// last list spells them: a short list whole, a long one by its nearest entries,
// with at most half of the letters different, after folding. The suggestion is
// the one entry that was surely meant, or "": at most a third of the letters
// differ, none other is as near, and it stands for one entry only.
func nearest(written string, spellings ...[]string) (offers []string, suggestion string) {
	texts := spellings[len(spellings)-1]
	ranked := rank([]rune(Fold(written)), spellings)
	if len(ranked) > 0 {
		first := ranked[0]
		unrivalled := len(ranked) == 1 || first.distance < ranked[1].distance
		if first.sure && unrivalled && len(match(texts[first.index], spellings...)) == 1 {
			suggestion = texts[first.index]
		}
	}
	if len(texts) <= offered {
		return texts, suggestion
	}
	for _, n := range ranked[:min(len(ranked), offered)] {
		offers = append(offers, texts[n.index])
	}
	return offers, suggestion
}

// neighbour is an entry near to what is written.
type neighbour struct {
	index, distance int
	sure            bool
}

// rank gives the entries within half of the letters of want, nearest first.
func rank(want []rune, spellings [][]string) []neighbour {
	if len(want) > maxNear {
		return nil
	}
	var ranked []neighbour
	for i := range spellings[0] {
		best := len(want)
		for _, list := range spellings {
			have := []rune(Fold(list[i]))
			if 2*max(len(have)-len(want), len(want)-len(have)) <= len(want) {
				best = min(best, distance(want, have))
			}
		}
		if 2*best <= len(want) && len(want) > 0 {
			ranked = append(ranked, neighbour{i, best, 3*best <= len(want)})
		}
	}
	slices.SortStableFunc(ranked, func(a, b neighbour) int { return cmp.Compare(a.distance, b.distance) })
	return ranked
}

// distance counts the letters to insert, delete or replace to turn a into b.
// Source: Levenshtein distance, by rows (Wagner and Fischer).
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			replace := diagonal
			if x != y {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// maxCode bounds what may be a code (a postal code, a number), in characters.
const maxCode = 12

// respellings lists other ways to write a free text, mildest first: without
// accents, in one case, and, for a code, without separators and with the zeros
// that a spreadsheet takes away from its front.
func respellings(s string) []string {
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
			list = append(list, "0"+compact, "00"+compact)
		}
	}
	return list
}

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

func pick(list []string, indexes []int) []string {
	picked := make([]string, len(indexes))
	for i, index := range indexes {
		picked[i] = list[index]
	}
	return picked
}
