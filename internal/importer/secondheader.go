// This file finds rows, below the header of a sheet and above it, that are headers or parts of
// headers, so that no value is read by the name of another column.

package importer

import (
	"slices"
	"strings"
	"unicode"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
	"btrollout/internal/spreadsheet"
	"btrollout/internal/xlsx"
)

// rowKind is what a row below the header is taken for.
type rowKind byte

const (
	kindSite       rowKind = iota // a site, or a row that is rejected for other reasons
	kindHalfHeader                // a row with a country, some of whose cells are names of columns
	kindHeader                    // a header, or a row that may be one
)

// filledCell is a cell that is not blank, of a column that is not reserved.
type filledCell struct {
	place int
	field string // that the column feeds, or ""
	cellText
}

// cellText is what a cell says, wherever it stands.
type cellText struct {
	value string // cleaned
	key   string // of the value
	named string // the field that the value is a name of, or ""
}

// filledCells are those of a row.
func (l *layout) filledCells(cells []string, names *headerNames, labels elementLabels) []filledCell {
	filled := make([]filledCell, 0, len(cells))
	for place, cell := range cells {
		if l.useOf(place) == reservedColumn {
			continue
		}
		if text := l.textOf(cell, names, labels); text.value != "" {
			filled = append(filled, filledCell{place, l.fieldAt(place), text})
		}
	}
	return filled
}

// maxTexts is how many texts of cells a layout keeps.
const maxTexts = 4096

// textOf is the text of a cell. Most cells of a rollout are repeated in other rows, so
// those read last are kept.
func (l *layout) textOf(cell string, names *headerNames, labels elementLabels) cellText {
	text, known := l.texts[cell]
	if known {
		return text
	}
	if text.value = clean(rollout.Restore(cell)); text.value != "" {
		text.key = spelling.Key(text.value)
		text.named = names.fieldOfCell(text.value, text.key, labels)
	}
	if len(l.texts) >= maxTexts {
		clear(l.texts)
	}
	l.texts[strings.Clone(cell)] = text
	return text
}

// headerEvidence is what speaks for a row being a header.
type headerEvidence struct {
	named         []string // its cells that are names of columns, as described
	fields        []string // that these cells name, each once
	requiredNamed int      // number of requiredFields among fields
	country       bool     // the cell of the country's column is a country
	mayBeName     bool     // that cell is the name of a column, too, as NO is
	inWords       bool     // the row has no country and few digits: its words may be labels of countries
	asPart        partEvidence
}

// evidence weighs the cells of a row. A word such as "Rue" is no evidence in a column that often
// holds such words.
func (l *layout) evidence(cells []filledCell) headerEvidence {
	var e headerEvidence
	for _, cell := range cells {
		field := cell.named
		if cell.field == rollout.FieldCountry && possibleCountry(cell.value) != "" {
			if e.country, e.mayBeName = true, field != ""; !e.mayBeName {
				e.asPart.texts++
			}
			continue
		}
		if e.asPart.weigh(cell, field, l) {
			e.named = append(e.named, describe(cell.value, cell.place))
		}
		isRequired := slices.Contains(requiredFields, field)
		if field == "" || takesWords(cell.field) && !isRequired {
			continue
		}
		if slices.Contains(e.fields, field) {
			continue
		}
		e.fields = append(e.fields, field)
		if isRequired {
			e.requiredNamed++
		}
	}
	const perFigure = 6 // cells; a site has more cells with digits
	e.inWords = !e.country && len(cells) >= perFigure*e.asPart.figures && len(cells) >= len(requiredFields)
	return e
}

// takesWords reports whether the values of a field are often words that name columns, too: a street
// type "Rue", a suffix "bis", a room "Bureau".
func takesWords(field string) bool {
	switch field {
	case "", rollout.FieldLabel, "sts", "hns", "flr", "room", "unit":
		return true
	}
	return strings.HasPrefix(field, "addrExtInfo")
}

// kind decides what the row is. A row without a country is never ordered, so little evidence makes
// it a header; a row with a country is a site unless much evidence is against it.
func (e headerEvidence) kind() rowKind {
	const some, many = 2, 3 // fields
	switch {
	case e.isPart(), e.requiredNamed == len(requiredFields), e.requiredNamed >= many && (e.mayBeName || !e.country):
		return kindHeader
	case e.requiredNamed < some && len(e.fields) < many:
		if e.inWords && len(e.fields) > 0 {
			return kindHeader
		}
		return kindSite
	case e.country:
		return kindHalfHeader
	}
	return kindHeader
}

// fieldOfCell is fieldOfHeader for a cell of any row: it takes little time if the cell is no name of
// a column. A label by which countries mean different elements is a name; an element's code in
// capitals, as in "Hall (A3)" or "A 6", is none.
func (n *headerNames) fieldOfCell(value, key string, labels elementLabels) string {
	if !n.mayName(value, key, labels) {
		return ""
	}
	field, how, err := n.fieldOfHeader(value, labels)
	switch {
	case err != nil:
		return key
	case how == ByCode && rollout.IsElement(field) && !strings.Contains(value, field):
		return ""
	}
	return field
}

// mayName reports, in little time, whether a text may be the name of a column: it is one, or it may
// consist of one and a remark or a second name.
func (n *headerNames) mayName(value, key string, labels elementLabels) bool {
	switch {
	case n.mapped[key] != nil, ownNames[key] != "", len(labels[key]) > 0, fieldByEverydayName(key) != "":
		return true
	case strings.ContainsAny(value, "()[]"):
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

// remarkWords are the remarks of remarkAtEnd that need no parentheses; joints are the words of
// nameSeparator.
var (
	remarkWords = []string{"mandatory", "required", "optional", "obligatoire", "facultatif", "optionnel"}
	joints      = []string{"-", "–", "and", "or", "et", "ou"}
)

// checkForHeader tells whether a row below the header is a header, too. why is set for a repeated
// header, which is left out; doubt is the Problem of a row that is half a header. A header of other
// columns is a *spreadsheet.FileError: a sheet has one list of columns.
func (f *File) checkForHeader(l *layout, siteRow rollout.RowRef, row spreadsheet.Row, cells []filledCell) (
	why rollout.Text, doubt *rollout.Problem, err error,
) {
	e := l.evidence(cells)
	if f.ask != nil && (e.inWords || e.mayBePart() || e.kind() == kindHeader) && f.names.hasUnsettled(cellsOf(row)) {
		if err := f.moreLabels(); err != nil {
			return rollout.Text{}, nil, err
		}
		e = l.evidence(l.filledCells(cellsOf(row), f.names, f.labels[l.Name]))
	}
	switch kind := e.kind(); {
	case kind == kindSite:
		return rollout.Text{}, nil, nil
	case row.Unreadable != nil && e.requiredNamed < len(requiredFields)-1 && !e.isPart(): // it is rejected anyway
		return rollout.Text{}, nil, nil
	case kind == kindHalfHeader && row.Unreadable == nil:
		p := problemHeaderLike(e.named)
		return rollout.Text{}, &p, nil
	}
	other, err := newLayout(row, f.names, f.labels[l.Name], f.limits)
	if err == nil && l.difference(other) == "" {
		return whyRepeated(), nil, nil
	}
	return rollout.Text{}, nil, f.refuseHeader(l, other, siteRow, err, e)
}

// difference is the letter of the first column that feeds another field below another header, or "".
func (l *layout) difference(other *layout) string {
	for place := range max(len(l.uses), len(other.uses)) {
		if l.fieldAt(place) != other.fieldAt(place) {
			return xlsx.ColumnName(place + 1)
		}
	}
	return ""
}

// refuseHeader refuses the file for another header below the header. fault is why that header has no
// layout, or nil.
func (f *File) refuseHeader(l, other *layout, siteRow rollout.RowRef, fault error, e headerEvidence) error {
	row := f.builder.rowName(siteRow)
	why := whyNamesOfColumns(e.named[:min(len(e.named), len(requiredFields))])
	if fault == nil {
		column := l.difference(other)
		why = whyAnotherField(column, other.fedBy(column), l.fedBy(column))
	}
	orElse := rollout.Text{}
	if e.requiredNamed < len(requiredFields) {
		orElse = orNoHeader(row)
	}
	err := errSecondHeader(l, row, why, orElse)
	err.Cause = fault
	return err
}

// fedBy says which field a column feeds, given its letter.
func (l *layout) fedBy(column string) rollout.Text {
	if i := slices.Index(l.Letters, column); i >= 0 && l.Fields[i] != "" {
		return rollout.Text{EN: l.Fields[i]}
	}
	return noField()
}

// checkAbove refuses the file for a row above the header that looks like a site, because it would
// not be ordered, and keeps a remark about other rows there. The country of such a row stands where
// this header has it, or one above.
func (f *File) checkAbove(l *layout, above []spreadsheet.Row) error {
	if len(above) == 0 {
		return nil
	}
	countryPlaces := []int{l.placeOf(rollout.FieldCountry)}
	for _, row := range above {
		if f.names.isRollout(row.Cells) {
			countryPlaces = append(countryPlaces, f.names.placeOf(row.Cells, rollout.FieldCountry))
		}
	}
	for _, row := range above {
		filled := 0
		for _, cell := range row.Cells {
			if !isEmpty(cell) {
				filled++
			}
		}
		looksLikeSite := slices.ContainsFunc(countryPlaces, func(place int) bool {
			return place >= 0 && place < len(row.Cells) && possibleCountry(clean(row.Cells[place])) != ""
		})
		if filled >= len(requiredFields) && looksLikeSite {
			return errSiteAboveHeader(l, row.Number)
		}
	}
	f.headerRemarks = append(f.headerRemarks, remarkAbove(l, above[0].Number, above[len(above)-1].Number))
	return nil
}

// partEvidence is what speaks for a row being a part of a header: the names of a few columns, alone
// or beside a title. It counts cells, apart from ordinary words in columns that hold such words.
type partEvidence struct {
	own       int // name the column in which they stand
	elsewhere int // name another column
	codes     int // are codes of other columns in capitals: a title may be A1, but not A1 and A6
	texts     int // name no column
	figures   int // are texts with digits
	filled    int // stand in requiredFields, and are not "Site name" in the column of the name
}

// weigh counts a cell and reports whether it names a column. field is the field that it names, or "".
func (p *partEvidence) weigh(cell filledCell, field string, l *layout) (named bool) {
	if slices.Contains(requiredFields, cell.field) && (cell.field != rollout.FieldName || field != cell.field) {
		p.filled++
	}
	place, isHeader := l.headers[cell.key]
	switch {
	case field == "" && ownNames[cell.key] != "" && !takesWords(cell.field):
		if ownNames[cell.key] != cell.field {
			p.codes++
		}
		return true
	case field == "" && isHeader: // it names a column that is not used, or it is a heading such as "Remarks"
	case field == "":
		p.texts++
		if strings.ContainsFunc(cell.value, unicode.IsDigit) {
			p.figures++
		}
	case isOrdinaryWord(cell.field, field, cell.key):
	case field == cell.field, isHeader && place == cell.place:
		p.own++
		return true
	default:
		p.elsewhere++
		return true
	}
	return false
}

// isOrdinaryWord reports whether a cell that names a field is often a value of the field that its
// column feeds: a street type "Rue", a suffix "bis", a room "Bureau".
func isOrdinaryWord(column, field, key string) bool {
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

// isPart reports whether the row holds a part of a header. It lacks something that every site has,
// so it is never ordered. One name in another column is enough if at most one cell is a text, such
// as a title, or if no text has a digit and the row has no country. Names in their own columns are
// enough if nothing else is filled. A cell that may be a country as well as a name, as NO is,
// counts as a name beside others.
func (e headerEvidence) isPart() bool {
	p := e.asPart
	onlyNames := e.mayBeName && p.texts == 0
	if e.country && p.filled == len(requiredFields)-1 && !onlyNames { // with the country, all are filled: it may be a site called City
		return false
	}
	if p.elsewhere > 0 || p.codes > 1 || e.mayBeName && p.own > 0 {
		return p.texts <= 1 || !e.country && p.figures == 0
	}
	return p.own > 0 && p.texts == 0 && p.codes == 0
}

// mayBePart reports whether the row may be a part of a header, as soon as the labels of countries
// are known.
func (e headerEvidence) mayBePart() bool {
	return !e.country && e.asPart.texts > 0 && e.asPart.figures <= 1
}
