// Package spelling compares texts as people read them. Fold returns a form without case, accents
// and white space; FoldWords is the same with one space between words; Key returns only the
// letters and digits of Fold, for names of columns. Two texts are the same if their forms are
// equal. Distance counts the letters that differ between two texts. The package knows nothing of
// addresses, columns and lists: its callers decide what is compared, and what follows from it.
package spelling

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns a form that is the same for two texts which differ only in case, accents, white
// space, Unicode's compatibility forms or the typographic shape of a mark, such as ’ and ' or
// – and -. A letter that people replace because their keyboard lacks it (ø, ß, æ, ł) is
// replaced too. Everything else makes another form, such as a hyphen against a space, and so
// does a space between two digits.
func Fold(s string) string {
	f := folder{out: make([]byte, 0, len(s)+8)}
	f.fold(s)
	return string(f.out)
}

// FoldWords is Fold, but keeps one space between words.
func FoldWords(s string) string {
	f := folder{out: make([]byte, 0, len(s)+8), words: true}
	f.fold(s)
	return string(f.out)
}

// Key returns the letters and digits of Fold(name).
func Key(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, Fold(name))
}

// folder folds a text letter by letter, without building strings.
type folder struct {
	out   []byte
	words bool // keep a space between words
	gap   bool // there is white space before the next letter
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
		decomposed := parts.Decomposition()
		if decomposed == nil {
			r, _ := utf8.DecodeRuneInString(rest)
			f.add(r)
		}
		for len(decomposed) > 0 {
			r, n := utf8.DecodeRune(decomposed)
			f.add(r)
			decomposed = decomposed[n:]
		}
		rest = rest[size:]
	}
}

// add appends one letter in lower case, and before it a space where one is kept.
func (f *folder) add(r rune) {
	switch {
	case unicode.IsSpace(r):
		f.gap = true
		return
	case r >= utf8.RuneSelf && unicode.In(r, unicode.Mn, unicode.Cf):
		return
	}
	if f.gap && len(f.out) > 0 && (f.words || isDigit(rune(f.out[len(f.out)-1])) && isDigit(r)) {
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
	if plain, ok := replacements[r]; ok {
		f.out = append(f.out, plain...)
		return
	}
	if unicode.In(r, unicode.Pd) || r == '−' {
		r = '-'
	}
	f.out = utf8.AppendRune(f.out, r)
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// replacements has the letters that people replace because their keyboard lacks them and that
// Unicode does not decompose, and the shapes of the apostrophe.
var replacements = map[rune]string{
	'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe", 'ß': "ss", 'ı': "i", 'ς': "σ",
	'’': "'", '‘': "'", 'ʼ': "'", '´': "'", '′': "'",
}

// Plain returns a text with as few special characters as possible, in the same case.
func Plain(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		lower := unicode.ToLower(r)
		plain, special := replacements[lower]
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.Is(unicode.Pd, r), r == '−':
			b.WriteByte('-')
		case special && lower != r:
			b.WriteString(strings.ToUpper(plain))
		case special:
			b.WriteString(plain)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// usualLength is more letters than most texts have; for these, Distance allocates no memory.
const usualLength = 200

// Distance counts the letters to insert, delete or replace to make b of a. If they are more than
// most, it returns a number above most.
// Source: Levenshtein distance, by rows (Wagner and Fischer).
func Distance(a, b []rune, most int) int {
	if max(len(a)-len(b), len(b)-len(a)) > most {
		return most + 1
	}
	var onStack [usualLength]int
	row := onStack[:]
	if len(b) >= usualLength {
		row = make([]int, len(b)+1)
	}
	row = row[:len(b)+1]
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		least := row[0]
		for j, y := range b {
			replace := diagonal
			if x != y {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
			least = min(least, row[j+1])
		}
		if least > most {
			return most + 1
		}
	}
	return row[len(b)]
}
