// Package spelling knows when two texts are the same for a person, and how far apart
// two others are. It knows nothing of addresses, columns and lists: what is compared,
// and what follows from it, is its callers' business.
package spelling

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold gives two texts the same form when they differ only in case, accents, white
// space, Unicode's compatibility forms or the typographic shape of the same mark,
// such as ’ and ' or – and -. A letter that people replace where their keyboard lacks
// it (ø, ß, æ, ł) is folded too. Everything else, such as a hyphen against a space,
// keeps them apart, and so does the space between two numbers.
func Fold(s string) string {
	f := folder{out: make([]byte, 0, len(s)+8)}
	f.fold(s)
	return string(f.out)
}

// FoldWords is Fold that leaves a space between words.
func FoldWords(s string) string {
	f := folder{out: make([]byte, 0, len(s)+8), words: true}
	f.fold(s)
	return string(f.out)
}

// Key is what of a name tells it from others: Fold, and of that only letters and digits.
func Key(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, Fold(name))
}

// folder takes a text apart letter by letter, without building strings.
type folder struct {
	out   []byte
	words bool // a space between words stays
	gap   bool // white space stands before the next letter
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
	if plain, ok := letters[r]; ok {
		f.out = append(f.out, plain...)
		return
	}
	if unicode.In(r, unicode.Pd) || r == '−' {
		r = '-'
	}
	f.out = utf8.AppendRune(f.out, r)
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// letters are those that people replace where their keyboard lacks them and that
// no normalisation takes apart, and the shapes of the apostrophe.
var letters = map[rune]string{
	'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe", 'ß': "ss", 'ı': "i", 'ς': "σ",
	'’': "'", '‘': "'", 'ʼ': "'", '´': "'", '′': "'",
}

// Plain writes a text with as few special characters as possible.
func Plain(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		lower := unicode.ToLower(r)
		plain, special := letters[lower]
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

// usual is more letters than most texts have: for these, Distance needs no memory.
const usual = 200

// Distance counts the letters to insert, delete or replace to turn a into b; it
// stops at more than most, which is then what it gives at least.
// Source: Levenshtein distance, by rows (Wagner and Fischer).
func Distance(a, b []rune, most int) int {
	if max(len(a)-len(b), len(b)-len(a)) > most {
		return most + 1
	}
	var room [usual]int
	row := room[:]
	if len(b) >= usual {
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
