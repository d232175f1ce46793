// This file finds the rows of a sheet that are headers themselves, below its header and
// above it, so that no value is read by the name of another column.

package importer

import (
	"slices"
	"strings"
	"unicode"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
	"btrollout/internal/spreadsheet"
)

// reading is what a row below the header is taken for.
type reading byte

const (
	aSite        reading = iota // or a row that is rejected for other reasons
	headerLike                  // a row with a country, some of whose cells are names of columns
	secondHeader                // a header, or a row that may be one
)

// entry is a cell that is not blank, of a column that is not reserved.
type entry struct {
	place int
	field string // that the column feeds, or ""
	cellText
}

// cellText is what a cell says, wherever it stands.
type cellText struct {
	value string // cleaned
	key   string
	named string // the field that it is the name of, or ""
}

// entries are those of a row.
func (l *layout) entries(cells []string, names *names, of labels) []entry {
	entries := make([]entry, 0, len(cells))
	for place, cell := range cells {
		if l.use(place) == reserved {
			continue
		}
		if text := l.textOf(cell, names, of); text.value != "" {
			entries = append(entries, entry{place, l.fieldAt(place), text})
		}
	}
	return entries
}

// mostTexts is how many texts of cells a layout keeps.
const mostTexts = 4096

// textOf is the text of a cell. Most cells of a rollout are repeated in other rows, so
// those read last are kept.
func (l *layout) textOf(cell string, names *names, of labels) cellText {
	text, known := l.texts[cell]
	if known {
		return text
	}
	if text.value = clean(rollout.Restore(cell)); text.value != "" {
		text.key = spelling.Key(text.value)
		text.named = names.fieldOfCell(text.value, text.key, of)
	}
	if len(l.texts) >= mostTexts {
		clear(l.texts)
	}
	l.texts[strings.Clone(cell)] = text
	return text
}

// evidence is what speaks for a row being a header.
type evidence struct {
	named     []string // its cells that are names of columns, as people find them
	fields    []string // that these cells name, each once
	required  int      // how many of the fields every file has
	country   bool     // the cell of the country's column is a country
	mayBeName bool     // which is the name of a column too, as NO is
	inWords   bool     // it has no country and few digits: its words may be labels of countries
	partial   partial
}

// evidence weighs the entries of a row. A word such as "Rue" says nothing in a column
// that usually holds such words.
func (l *layout) evidence(entries []entry) evidence {
	var e evidence
	for _, t := range entries {
		field := t.named
		if t.field == rollout.FieldCountry && countryOf(t.value) != "" {
			if e.country, e.mayBeName = true, field != ""; !e.mayBeName {
				e.partial.texts++
			}
			continue
		}
		if e.partial.weigh(t, field, l) {
			e.named = append(e.named, describe(t.value, t.place))
		}
		isRequired := slices.Contains(required, field)
		if field == "" || takesWords(t.field) && !isRequired {
			continue
		}
		if slices.Contains(e.fields, field) {
			continue
		}
		e.fields = append(e.fields, field)
		if isRequired {
			e.required++
		}
	}
	const fewest = 6 // cells for one with digits: a site has more of these
	e.inWords = !e.country && len(entries) >= fewest*e.partial.figures && len(entries) >= len(required)
	return e
}

// takesWords reports whether the values of a field are often words that also name
// columns: a street type "Rue", a suffix "bis", a room "Bureau".
func takesWords(field string) bool {
	switch field {
	case "", rollout.FieldLabel, "sts", "hns", "flr", "room", "unit":
		return true
	}
	return strings.HasPrefix(field, "addrExtInfo")
}

// reading decides what the row is. A row without a country is never ordered, so little
// evidence makes it a header; a row with a country is a site unless much speaks against it.
func (e evidence) reading() reading {
	const some, many = 2, 3 // fields that are named
	switch {
	case e.part(), e.required == len(required), e.required >= many && (e.mayBeName || !e.country):
		return secondHeader
	case e.required < some && len(e.fields) < many:
		if e.inWords && len(e.fields) > 0 {
			return secondHeader
		}
		return aSite
	case e.country:
		return headerLike
	}
	return secondHeader
}

// fieldOfCell is names.field for a cell of any row: it takes little time where the cell
// is no name of a column. A label that countries use for different elements is a name; an
// element's code in capitals, as in "Hall (A3)" or "A 6", is none.
func (n *names) fieldOfCell(value, key string, of labels) string {
	if !n.mayName(value, key, of) {
		return ""
	}
	field, how, err := n.field(value, of)
	switch {
	case err != nil:
		return key
	case how == ByCode && rollout.IsElement(field) && !strings.Contains(value, field):
		return ""
	}
	return field
}

// mayName reports whether a text may be the name of a column, in little time: it is one,
// or it may be made of one and something else, a remark or a second name.
func (n *names) mayName(value, key string, of labels) bool {
	switch {
	case n.mapped[key] != nil, ownNames[key] != "", len(of[key]) > 0, commonName(key) != "", strings.ContainsAny(value, "()[]"):
		return true
	case !strings.ContainsFunc(key, unicode.IsLetter):
		return false
	case strings.ContainsAny(value, "/|+&,;\n"):
		return true
	}
	for _, word := range remarkWords {
		if strings.HasSuffix(key, word) {
			return true
		}
	}
	for word := range strings.FieldsSeq(value) {
		if slices.ContainsFunc(joints, func(joint string) bool { return strings.EqualFold(word, joint) }) {
			return true
		}
	}
	return false
}

// remarkWords are the remarks of remarked that need no parentheses; joints stand between
// the two names of both.
var (
	remarkWords = []string{"mandatory", "required", "optional", "obligatoire", "facultatif", "optionnel"}
	joints      = []string{"-", "–", "and", "or", "et", "ou"}
)

// readRow says what a row below the header is. why is set for a repeated header, which is
// left out; doubt is the Problem of a row that is half a header. A header of other columns
// is a *spreadsheet.FileError: a sheet has one list of columns.
func (f *File) readRow(l *layout, place int, rec spreadsheet.Row, entries []entry) (why rollout.Text, doubt *rollout.Problem, err error) {
	e := l.evidence(entries)
	if f.ask != nil && (e.inWords || e.mayBePart() || e.reading() == secondHeader) && f.names.unsettled(cellsOf(rec)) {
		if err := f.moreLabels(); err != nil {
			return rollout.Text{}, nil, err
		}
		e = l.evidence(l.entries(cellsOf(rec), f.names, f.labelled[l.Name]))
	}
	switch kind := e.reading(); {
	case kind == aSite, rec.Unreadable != nil && e.required < len(required)-1 && !e.part(): // its cells cannot be told apart: it is rejected
		return rollout.Text{}, nil, nil
	case kind == headerLike && rec.Unreadable == nil:
		p := problemHeaderLike(e.named)
		return rollout.Text{}, &p, nil
	}
	other, err := newLayout(rec, f.names, f.labelled[l.Name], f.limits)
	if err == nil && l.difference(other) == "" {
		return whyRepeated(), nil, nil
	}
	return rollout.Text{}, nil, f.anotherHeader(l, other, place, err, e)
}

// difference is the letter of the first column that feeds another field below another
// header, or "".
func (l *layout) difference(other *layout) string {
	for place := range max(len(l.uses), len(other.uses)) {
		if l.fieldAt(place) != other.fieldAt(place) {
			return spreadsheet.ColumnLetters(place)
		}
	}
	return ""
}

// anotherHeader refuses the file for a header below the header. fault is why that header
// cannot be understood, or nil.
func (f *File) anotherHeader(l, other *layout, place int, fault error, e evidence) error {
	row := f.check.rowName(place)
	why := whyNamesOfColumns(e.named[:min(len(e.named), len(required))])
	if fault == nil {
		column := l.difference(other)
		why = whyAnotherField(column, f.fed(other, column), f.fed(l, column))
	}
	orElse := rollout.Text{}
	if e.required < len(required) {
		orElse = orNoHeader(row)
	}
	err := errSecondHeader(l, row, why, orElse)
	err.Cause = fault
	return err
}

// fed says what the column of a letter feeds.
func (f *File) fed(l *layout, column string) rollout.Text {
	if i := slices.Index(l.Letters, column); i >= 0 && l.Fields[i] != "" {
		return rollout.Text{EN: l.Fields[i]}
	}
	return noField()
}

// checkAbove refuses rows above the header that look like sites, which would not be
// ordered, and keeps a remark about the others. The country of such a row stands where
// the header has it, or a header above.
func (f *File) checkAbove(l *layout, above []spreadsheet.Row) error {
	if len(above) == 0 {
		return nil
	}
	places := []int{l.placeOf(rollout.FieldCountry)}
	for _, rec := range above {
		if f.names.isRollout(rec.Cells) {
			places = append(places, f.names.placeOf(rec.Cells, rollout.FieldCountry))
		}
	}
	for _, rec := range above {
		filled := 0
		for _, cell := range rec.Cells {
			if !isEmpty(cell) {
				filled++
			}
		}
		looksLikeSite := slices.ContainsFunc(places, func(place int) bool {
			return place >= 0 && place < len(rec.Cells) && countryOf(clean(rec.Cells[place])) != ""
		})
		if filled >= len(required) && looksLikeSite {
			return errSiteAboveHeader(l, rec.Number)
		}
	}
	f.said = append(f.said, remarkAbove(l, above[0].Number, above[len(above)-1].Number))
	return nil
}

// moreLabels asks what countries call their elements, unless that was done.
func (f *File) moreLabels() error {
	tables := make([]tablePlace, len(f.layouts))
	for i, l := range f.layouts {
		tables[i] = tablePlace{l.Name, l.Row, l.placeOf(rollout.FieldCountry)}
	}
	return f.askLabels(tables)
}
