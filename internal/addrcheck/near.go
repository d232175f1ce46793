// This file finds what a person may have meant by a text that is none of a list's
// entries. It only suggests: nothing here changes what is pushed.

package addrcheck

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"btrollout/internal/spelling"
)

// offered is how many entries a message offers at most.
const offered = 5

// listedWhole is how many entries a list has at most that is offered whole when none of
// them is near.
const listedWhole = 12

// maxNear bounds the texts that are compared letter by letter, in characters.
const maxNear = 100

// minSure is how many letters a text has at least, for an entry with other letters
// to be surely meant: a code of three letters is one letter away from others.
const minSure = 4

// nearest gives the entries that are worth offering for what is written, as people
// read them: the nearest ones, with at most half of the letters different, and a
// list that is not long whole if none is near. The suggestion is the one entry that
// was surely meant, or "": the only one with the same loose form, or else at most a
// third of the letters and none of the digits differ, none other is as near, and it
// stands for one entry only.
func (l *list) nearest(written string) (offers []string, suggestion string, near bool) {
	texts := l.shown()
	ranked := l.rank(loose(written))
	if len(ranked) > 0 {
		first := ranked[0]
		unrivalled := len(ranked) == 1 || first.distance < ranked[1].distance
		if first.sure && unrivalled && len(l.match(texts[first.index])) == 1 {
			suggestion = texts[first.index]
		}
	}
	if near = len(ranked) > 0; len(texts) <= offered || !near && len(texts) <= listedWhole {
		return texts, suggestion, near
	}
	for _, n := range ranked[:min(len(ranked), offered)] {
		offers = append(offers, texts[n.index])
	}
	return offers, suggestion, near
}

// loosened is a spelling of an entry in its loose form.
type loosened struct {
	text    string
	letters []rune
	number  string   // its digits
	names   []string // the loose forms of a place's names in two languages
}

func asLoosened(text string) loosened {
	return loosened{text: text, letters: []rune(text), number: number(text)}
}

func loosen(columns [][]string) [][]loosened {
	all := make([][]loosened, len(columns))
	for k, column := range columns {
		all[k] = make([]loosened, len(column))
		for i, entry := range column {
			form := asLoosened(loose(entry))
			if names := strings.Split(entry, "/"); len(names) > 1 {
				for _, name := range names {
					form.names = append(form.names, loose(name))
				}
			}
			all[k][i] = form
		}
	}
	return all
}

// neighbour is an entry near to what is written.
type neighbour struct {
	index, distance int
	sure            bool
	shared          int // letters that both begin with: postal codes are near by their first digits
}

// rank gives the entries within half of the letters of a loose form, nearest first.
func (l *list) rank(loosely string) []neighbour {
	want := asLoosened(loosely)
	if len(want.letters) > maxNear || len(want.letters) == 0 {
		return nil
	}
	var ranked []neighbour
	for i := range l.columns[0] {
		best := neighbour{index: i, distance: len(want.letters) + 1}
		for _, column := range l.loose() {
			if n := want.apart(column[i]); n.distance < best.distance {
				n.index = i
				best = n
			}
		}
		if 2*best.distance <= len(want.letters) {
			ranked = append(ranked, best)
		}
	}
	slices.SortStableFunc(ranked, func(a, b neighbour) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(b.shared, a.shared))
	})
	return ranked
}

// apart says how far an entry is from what is written, and whether it was surely
// meant if no other is as near. Of a place with names in two languages, one is
// enough; a name within a longer one, Washington in Washington DC, is near, but may
// be another place.
func (want loosened) apart(have loosened) neighbour {
	size := len(want.letters)
	n := neighbour{distance: spelling.Distance(want.letters, have.letters, size/2)}
	for n.shared < min(size, len(have.letters)) && have.letters[n.shared] == want.letters[n.shared] {
		n.shared++
	}
	n.sure = n.distance == 0 || 3*n.distance <= size && size >= minSure && have.number == want.number
	switch {
	case n.distance == 0 || size < minSure:
	case have.number == have.text && have.number == want.number: // B-1000
		n.distance, n.sure = 0, true
	case slices.Contains(have.names, want.text):
		n.distance, n.sure = 0, true
	case hasWords(have.text, want.text) || have.text != "" && hasWords(want.text, have.text):
		n.distance, n.sure = min(n.distance, size/3), false
	}
	return n
}

// hasWords reports whether words stand in a text, one after the other.
func hasWords(text, words string) bool {
	return strings.Contains(text, words) && strings.Contains(" "+text+" ", " "+words+" ")
}

// number is the digits of a text without the zeros in front: another postal code
// or house number is another place, however near it is written.
func number(s string) string {
	return strings.TrimLeft(strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s), "0")
}

// loose is spelling.Fold for suggestions: hyphens, apostrophes, dots and slashes are spaces,
// abbreviations are written out, ü, ö, ä and å are the same as ue, oe, ae and aa,
// and digits alone are a number.
func loose(s string) string {
	folded := strings.Map(func(r rune) rune {
		switch r {
		case '-', '.', ',', '/':
			return ' '
		}
		return r
	}, spelling.FoldWords(s))
	words := strings.Fields(folded)
	if joined := strings.Join(words, ""); joined != "" && strings.Trim(joined, "0123456789") == "" {
		return number(joined)
	}
	for i, word := range words {
		words[i] = writtenOut(word, i > 0 && i == len(words)-1)
	}
	joined := strings.Join(words, " ")
	if strings.Contains(joined, "'") {
		joined = strings.Join(strings.Fields(strings.ReplaceAll(joined, "'", " ")), " ")
	}
	return umlauts.Replace(joined)
}

// umlauts are the letters that stand for others where a keyboard lacks those.
var umlauts = strings.NewReplacer("ue", "u", "oe", "o", "ae", "a", "aa", "a")

// writtenOut gives the full form of an abbreviated word. At the end of several
// words "St" is the street, not the saint.
func writtenOut(word string, last bool) string {
	if last && word == "st" {
		return "street"
	}
	if full, ok := abbreviations[word]; ok {
		return full
	}
	if stem, ok := strings.CutSuffix(word, "str"); ok && utf8.RuneCountInString(stem) > 2 {
		return stem + "strasse"
	}
	return word
}

// abbreviations are the common ones in the languages of the guide's countries,
// folded; words that say the same in two of them share a form.
var abbreviations = map[string]string{
	// saints, in French, English, German, Dutch and Spanish
	"st": "saint", "ste": "saint", "sainte": "saint", "sankt": "saint", "sint": "saint", "sta": "santa", "sto": "santo",
	// French
	"av": "avenue", "ave": "avenue", "bd": "boulevard", "bld": "boulevard", "blvd": "boulevard", "bvd": "boulevard",
	"all": "allee", "ch": "chemin", "che": "chemin", "fbg": "faubourg", "fg": "faubourg", "imp": "impasse",
	"pl": "place", "r": "rue", "rte": "route", "sq": "square",
	// German
	"str": "strasse",
	// English
	"cres": "crescent", "ct": "court", "dr": "drive", "hwy": "highway", "ln": "lane", "mt": "mount",
	"pde": "parade", "rd": "road", "tce": "terrace", "tpke": "turnpike",
	"n": "north", "s": "south", "e": "east", "w": "west", "ne": "northeast", "nw": "northwest", "se": "southeast", "sw": "southwest",
	// Spanish and Portuguese
	"ava": "avenida", "avd": "avenida", "avda": "avenida", "c": "calle", "cl": "calle", "ctra": "carretera", "pza": "plaza", "plza": "plaza",
	"pso": "paseo", "rua": "rue", "trav": "travessa",
}
