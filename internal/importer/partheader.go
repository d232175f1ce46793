// This file finds the rows below a header that hold only a part of another header: the
// names of a few columns, alone or beside a title.

package importer

import (
	"slices"
	"strings"
	"unicode"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// partial is what speaks for a row being a part of a header. It counts cells; ordinary
// words in the columns that hold such words are not counted.
type partial struct {
	own       int // name the column that they stand in
	elsewhere int // name another column
	codes     int // are codes of other columns in capitals: a title may be called A1, but not A1 and A6
	texts     int // name no column
	figures   int // are texts with digits
	filled    int // stand in the columns that every file has, and are not "Site name" in the column of the name
}

// weigh counts a cell and reports whether it names a column. field is what it names, or "".
func (p *partial) weigh(t entry, field string, l *layout) (named bool) {
	if slices.Contains(required, t.field) && (t.field != rollout.FieldName || field != t.field) {
		p.filled++
	}
	place, isHeader := l.headers[t.key]
	switch {
	case field == "" && ownNames[t.key] != "" && !takesWords(t.field):
		if ownNames[t.key] != t.field {
			p.codes++
		}
		return true
	case field == "" && isHeader: // it names a column that is not used, or it is a heading such as "Remarks"
	case field == "":
		p.texts++
		if strings.ContainsFunc(t.value, unicode.IsDigit) {
			p.figures++
		}
	case isWord(t.field, field, t.key):
	case field == t.field, isHeader && place == t.place:
		p.own++
		return true
	default:
		p.elsewhere++
		return true
	}
	return false
}

// isWord reports whether a cell that names a field is often a value of its column: a
// street type "Rue", a suffix "bis", a room "Bureau".
func isWord(column, field, key string) bool {
	switch {
	case column == "sts":
		return field == street && key != spelling.Key(street)
	case column == "hns":
		return field == column
	case column == "flr", column == "room", column == "unit", strings.HasPrefix(column, "addrExtInfo"):
		return slices.Contains([]string{"flr", "room", "unit"}, field)
	}
	return false
}

// part reports whether the row holds a part of a header. It lacks something that every
// site has, so it is never ordered, and one name in another column is enough where at most
// one cell is a text, such as a title, or no text has a digit and no country stands there.
// Names in their own columns are enough where nothing else stands. A cell that may be a
// country as well as a name, as NO is, counts as a name beside others.
func (e evidence) part() bool {
	p := e.partial
	onlyNames := e.mayBeName && p.texts == 0
	if e.country && p.filled == len(required)-1 && !onlyNames { // and the country: it may be a site called City
		return false
	}
	if p.elsewhere > 0 || p.codes > 1 || e.mayBeName && p.own > 0 {
		return p.texts <= 1 || !e.country && p.figures == 0
	}
	return p.own > 0 && p.texts == 0 && p.codes == 0
}

// mayBePart reports whether the row may turn out to be a part of a header once it is
// known what countries call their elements.
func (e evidence) mayBePart() bool {
	return !e.country && e.partial.texts > 0 && e.partial.figures <= 1
}
