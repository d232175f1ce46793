// This file makes a header row into fields. names.go knows what headers are called, row.go checks
// values.

package importer

import (
	"regexp"
	"slices"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
	"btrollout/internal/spreadsheet"
	"btrollout/internal/xlsx"
)

// layout is the header of a sheet. The place of a column is its index into a row's cells.
type layout struct {
	Sheet
	places  []int               // of each of Columns
	headers map[string]int      // the place of a column, by the key of its header
	uses    []columnUse         // of the columns at the places of the header row
	texts   map[string]cellText // of cells of the rows read last, by the cell as written
	limits  Limits
}

// columnUse says what becomes of a column's cells.
type columnUse byte

const (
	unnamedColumn  columnUse = iota // the column has no name: there should be no values
	keptColumn                      // they are kept, whether or not they feed a field
	reservedColumn                  // they are ignored: the column is called bt_…
)

// useOf is the use of the column at a place, also beyond the header's end.
func (l *layout) useOf(place int) columnUse {
	if place < len(l.uses) {
		return l.uses[place]
	}
	return unnamedColumn
}

// newLayout makes a header row into a layout and checks it.
func newLayout(row spreadsheet.Row, names *headerNames, labels elementLabels, limits Limits) (*layout, error) {
	l, err := readLayout(row, names, labels, limits)
	if err == nil {
		err = l.check(labels)
	}
	return l, err
}

// readLayout makes a header row into a layout, which is complete if there is no error, and is not
// checked.
func readLayout(row spreadsheet.Row, names *headerNames, labels elementLabels, limits Limits) (*layout, error) {
	l := &layout{
		Sheet: Sheet{Row: row.Number}, limits: limits,
		headers: map[string]int{}, texts: map[string]cellText{}, uses: make([]columnUse, len(row.Cells)),
	}
	if row.Unreadable != nil {
		return l, errHeaderQuote(row.Number)
	}
	for _, f := range row.CellFaults {
		if f.Code != rollout.CodeRowDate { // a date may be a column's name
			return l, errHeaderCell(row.Number, f.Message)
		}
	}
	for place, cell := range row.Cells {
		name := rollout.Restore(cell)
		switch {
		case clean(name) == "": // it has no name
		case rollout.Reserved(clean(name)):
			l.Ignored = append(l.Ignored, name)
			l.uses[place] = reservedColumn
		case place >= limits.Columns:
			return l, errTooManyColumns(limits.Columns)
		case len(clean(name)) > longestName:
			return l, errHeaderNameTooLong(row.Number, place)
		default:
			field, how, err := names.fieldOfHeader(name, labels)
			if (how == ByName || how == ByLabel) && names.isCounter(row.Cells, place) {
				field, how = "", Unrecognised
			}
			if err == nil {
				err = l.add(headerColumn{name, field, how}, place, names)
			}
			if err != nil {
				return l, err
			}
		}
	}
	return l, nil
}

// headerColumn is what a header means.
type headerColumn struct {
	name, field string
	how         How
}

// add adds a column.
func (l *layout) add(c headerColumn, place int, names *headerNames) error {
	if i := slices.Index(l.Fields, c.field); c.field != "" && i >= 0 {
		return errColumnTwice(l.describe(i), describe(c.name, place), c.field, c.name)
	}
	l.headers[spelling.Key(c.name)] = place
	if c.how == ByMap {
		names.mappingOf(c.name).met = true
		c.name = withCode(c.name, c.field)
	}
	l.Columns = append(l.Columns, c.name)
	l.Fields = append(l.Fields, c.field)
	l.How = append(l.How, c.how)
	l.Letters = append(l.Letters, xlsx.ColumnName(place+1))
	l.places = append(l.places, place)
	l.uses[place] = keptColumn
	return nil
}

// looksLikeCode are names that people take for codes of address elements.
var looksLikeCode = regexp.MustCompile(`(?i)^(a|addrExtInfo)\d+$`)

// street is the element that every address has. If a column feeds it, a column of whole addresses
// only repeats others.
const street = "a6"

// check returns what is wrong with the columns, or nil. All missing columns are told at once, and
// all unknown ones. A column that nothing recognises is no
// error, unless its name is nearly that of a field that no other column feeds: its values would be
// missing from the orders.
func (l *layout) check(labels elementLabels) error {
	var unknown []rollout.Text
	var missing, meant, strange []string
	for i, column := range l.Columns {
		if l.How[i] != Unrecognised {
			continue
		}
		name := clean(column)
		strange = append(strange, l.describe(i))
		if isWholeAddress(name) && !slices.Contains(l.Fields, street) {
			return errWholeAddress(l.describe(i), name)
		}
		if several := meanings(name, labels); len(several) > 1 && slices.ContainsFunc(several, l.unfed) {
			return errSeveralInOneCell(l.describe(i), name, several)
		}
		field, near := nearestName(name, labels)
		switch {
		case near != "" && !slices.Contains(l.Fields, field):
			unknown = append(unknown, didYouMean(l.describe(i), near))
			meant = append(meant, field)
		case looksLikeCode.MatchString(name):
			unknown = append(unknown, rollout.Text{EN: l.describe(i)})
		}
	}
	for _, field := range requiredFields {
		if !slices.Contains(l.Fields, field) && !slices.Contains(meant, field) {
			missing = append(missing, field)
		}
	}
	switch {
	case len(missing) == len(requiredFields):
		return errNoHeader()
	case len(unknown) > 0 && len(missing) > 0:
		return errUnknownAndMissing(l.Row, unknown, missing)
	case len(unknown) > 0:
		return errUnknown(l.Row, unknown)
	case len(missing) > 0:
		return errMissing(l.Row, missing, strange)
	}
	return nil
}

// unfed reports whether no column feeds an element.
func (l *layout) unfed(element string) bool {
	return rollout.IsElement(element) && !slices.Contains(l.Fields, element)
}

// cells are the values of a row, one for each of Columns.
func (l *layout) cells(row spreadsheet.Row) []string {
	cells := make([]string, len(l.places))
	for i, place := range l.places {
		if place < len(row.Cells) {
			cells[i] = truncate(rollout.Restore(row.Cells[place]), l.limits.Cell)
		}
	}
	return cells
}

// hasText reports whether a row holds anything outside of bt_… columns.
func (l *layout) hasText(cells []string) bool {
	for place, cell := range cells {
		if l.useOf(place) != reservedColumn && !isEmpty(cell) {
			return true
		}
	}
	return false
}

// lacksValue reports whether a value of a row was not saved, so that the row only looks blank.
func (l *layout) lacksValue(row spreadsheet.Row) bool {
	return slices.ContainsFunc(row.CellFaults, func(f spreadsheet.CellFault) bool {
		return f.Code == rollout.CodeRowFormulaEmpty && l.useOf(f.Column) == keptColumn
	})
}

// fieldAt is the field that the column at a place feeds, or "".
func (l *layout) fieldAt(place int) string {
	if i := slices.Index(l.places, place); i >= 0 {
		return l.Fields[i]
	}
	return ""
}

// unnamedValue finds the first value in a column that has no name.
func (l *layout) unnamedValue(cells []string) (place int, found bool) {
	for place, cell := range cells {
		if l.useOf(place) == unnamedColumn && !isEmpty(cell) {
			return place, true
		}
	}
	return 0, false
}

// placeOf is the place of the column that feeds a field, or -1.
func (l *layout) placeOf(field string) int {
	if i := slices.Index(l.Fields, field); i >= 0 {
		return l.places[i]
	}
	return -1
}

func (l *layout) describe(i int) string { return describe(l.Columns[i], l.places[i]) }
