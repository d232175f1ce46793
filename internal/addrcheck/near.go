// This file finds what a person may have meant by a text that is none of a list's entries. It
// only suggests: nothing here changes what is pushed.

package addrcheck

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"btrollout/internal/spelling"
)

const (
	// maxOffers is the number of entries that a message offers.
	maxOffers = 5
	// maxWholeList is the number of entries of a list that is offered whole if none is near.
	maxWholeList = 12
	// maxNear bounds the texts that are compared letter by letter, in characters.
	maxNear = 100
	// minSure bounds the texts for which an entry with other letters can be surely meant, in
	// letters: a code of three letters is one letter away from others.
	minSure = 4
)

// nearest returns the entries to offer for what is written, as people read them: a short list
// whole, otherwise the nearest entries, of which at most half of the letters differ; near
// reports whether there are any. suggestion is the one entry that was surely meant, or "": its
// loose form is the same, or at most a third of the letters and no digit differ; no other entry
// is as near; and its text means no other entry.
func (l *list) nearest(written string) (offers []string, suggestion string, near bool) {
	texts := l.shown()
	ranked := l.rank(loose(written))
	if len(ranked) > 0 {
		first := ranked[0]
		isNearest := len(ranked) == 1 || first.distance < ranked[1].distance
		if first.sure && isNearest && len(l.match(texts[first.index])) == 1 {
			suggestion = texts[first.index]
		}
	}
	if near = len(ranked) > 0; len(texts) <= maxOffers || !near && len(texts) <= maxWholeList {
		return texts, suggestion, near
	}
	for _, n := range ranked[:min(len(ranked), maxOffers)] {
		offers = append(offers, texts[n.index])
	}
	return offers, suggestion, near
}

// loosened is a text in its loose form.
type loosened struct {
	text    string
	letters []rune
	number  string   // its digits
	names   []string // the loose forms of a place's names, if it has one in each of two languages
}

func asLoosened(text string) loosened {
	return loosened{text: text, letters: []rune(text), number: number(text)}
}

// loosen gives the loose forms of the texts of a list, by column and entry.
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

// neighbour is an entry that is near to what is written.
type neighbour struct {
	index    int  // of the entry
	distance int  // letters that differ
	sure     bool // the entry was surely meant, if no other is as near
	shared   int  // number of first letters that both have: postal codes are near by their first digits
}

// rank returns the entries of which at most half of the letters differ from a loose form, the
// nearest first.
func (l *list) rank(loosely string) []neighbour {
	want := asLoosened(loosely)
	if len(want.letters) > maxNear || len(want.letters) == 0 {
		return nil
	}
	var ranked []neighbour
	for i := range l.columns[0] {
		best := neighbour{index: i, distance: len(want.letters) + 1}
		for _, column := range l.loose() {
			if n := want.compare(column[i]); n.distance < best.distance {
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

// compare compares an entry with what is written. Of a place with names in two languages, one
// name is enough; a name within a longer one, as Washington in Washington DC, is near, but may
// be another place.
func (want loosened) compare(have loosened) neighbour {
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

// hasWords reports whether a text has these words, one after the other.
func hasWords(text, words string) bool {
	return strings.Contains(text, words) && strings.Contains(" "+text+" ", " "+words+" ")
}

// number is the digits of a text without leading zeros: another postal code or house number is
// another place, however near it is written.
func number(s string) string {
	return strings.TrimLeft(strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s), "0")
}

// loose is spelling.Fold for suggestions: hyphens, apostrophes, dots and slashes are spaces,
// abbreviations are written out, ü, ö, ä and å are the same as ue, oe, ae and aa, and a text of
// digits is a number.
func loose(s string) string {
	folded := strings.Map(func(r rune) rune {
		switch r {
		case '-', '.', ',', '/':
			return ' '
		}
		return r
	}, spelling.FoldWords(s))
	words := strings.Fields(folded)
	if joined := strings.Join(words, ""); joined != "" && hasOnlyDigits(joined) {
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

// umlauts replaces pairs of letters that people write if their keyboard lacks an umlaut.
var umlauts = strings.NewReplacer("ue", "u", "oe", "o", "ae", "a", "aa", "a")

// writtenOut returns the full form of an abbreviated word. At the end of several words, "St" is
// the street and not the saint.
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

// abbreviations are the usual ones in the languages of the guide's countries, folded, and their
// full forms. Words of the same meaning in two languages share a form.
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
