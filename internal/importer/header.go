// This file turns a header row into fields. What headers are called is in names.go,
// values are checked in row.go.

package importer

import (
	"regexp"
	"slices"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
	"btrollout/internal/spreadsheet"
)

// layout is the header of a sheet, and where in a row its columns stand.
type layout struct {
	Sheet
	places  []int               // index into a record's cells, for each of Columns
	headers map[string]int      // the place of a column, by the key of its header
	uses    []use               // what becomes of the cells at each place of the header row
	texts   map[string]cellText // of cells of rows that were read lately
	limits  Limits
}

// use says what becomes of a column's cells.
type use byte

const (
	unnamed  use = iota // there should be none
	kept                // they are kept, whether or not they feed a field
	reserved            // nothing: the column is called bt_…
)

// use is what becomes of the cells at a place, be it beyond the header's end.
func (l *layout) use(place int) use {
	if place < len(l.uses) {
		return l.uses[place]
	}
	return unnamed
}

// newLayout understands a header row. All faults of one kind are told at once.
func newLayout(rec spreadsheet.Row, names *names, of labels, limits Limits) (*layout, error) {
	l := &layout{
		Sheet: Sheet{Row: rec.Number}, limits: limits,
		headers: map[string]int{}, texts: map[string]cellText{}, uses: make([]use, len(rec.Cells)),
	}
	if rec.Unreadable != nil {
		return l, errHeaderQuote(rec.Number)
	}
	for _, f := range rec.CellFaults {
		if f.Code != spreadsheet.CodeDate { // a date may well be a column's name
			return l, errHeaderCell(rec.Number, f.Message)
		}
	}
	for place, cell := range rec.Cells {
		name := rollout.Restore(cell)
		switch {
		case clean(name) == "": // it has no name
		case rollout.Reserved(clean(name)):
			l.Ignored = append(l.Ignored, name)
			l.uses[place] = reserved
		case place >= limits.Columns:
			return l, errTooManyColumns(limits.Columns)
		case len(clean(name)) > longestName:
			return l, errHeaderNameTooLong(rec.Number, place)
		default:
			field, how, err := names.field(name, of)
			if (how == ByName || how == ByLabel) && names.isCounter(rec.Cells, place) {
				field, how = "", Unrecognised
			}
			if err == nil {
				err = l.add(column{name, field, how}, place, names)
			}
			if err != nil {
				return l, err
			}
		}
	}
	return l, l.fault(of)
}

// column is what a header means.
type column struct {
	name, field string
	how         How
}

// add takes a column in.
func (l *layout) add(c column, place int, names *names) error {
	if i := slices.Index(l.Fields, c.field); c.field != "" && i >= 0 {
		return errColumnTwice(l.describe(i), describe(c.name, place), c.field, c.name)
	}
	l.headers[spelling.Key(c.name)] = place
	if c.how == ByMap {
		names.mapping(c.name).met = true
		c.name = withCode(c.name, c.field)
	}
	l.Columns = append(l.Columns, c.name)
	l.Fields = append(l.Fields, c.field)
	l.How = append(l.How, c.how)
	l.Letters = append(l.Letters, spreadsheet.ColumnLetters(place))
	l.places = append(l.places, place)
	l.uses[place] = kept
	return nil
}

// looksLikeCode is what people take for an element of the contract.
var looksLikeCode = regexp.MustCompile(`(?i)^(a|addrExtInfo)\d+$`)

// street is the element that no address is without: where a column feeds it, one of
// whole addresses only repeats what others say.
const street = "a6"

// fault words what is wrong with the columns, or returns nil. A column that nothing
// recognises is no fault, unless its name is nearly that of a field no other column
// feeds: what stands in it would be missing from the order.
func (l *layout) fault(of labels) error {
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
		if several := meanings(name, of); len(several) > 1 && slices.ContainsFunc(several, l.unfed) {
			return errSeveralInOneCell(l.describe(i), name, several)
		}
		field, near := nearest(name, of)
		switch {
		case near != "" && !slices.Contains(l.Fields, field):
			unknown = append(unknown, didYouMean(l.describe(i), near))
			meant = append(meant, field)
		case looksLikeCode.MatchString(name):
			unknown = append(unknown, rollout.Text{EN: l.describe(i)})
		}
	}
	for _, field := range required {
		if !slices.Contains(l.Fields, field) && !slices.Contains(meant, field) {
			missing = append(missing, field)
		}
	}
	return l.lacks(missing, unknown, strange)
}

// lacks words which fields no column feeds, and which columns nobody recognises.
func (l *layout) lacks(missing []string, unknown []rollout.Text, strange []string) error {
	switch {
	case len(missing) == len(required):
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

// cells picks a row's own cells, one for each of Columns.
func (l *layout) cells(rec spreadsheet.Row) []string {
	cells := make([]string, len(l.places))
	for i, place := range l.places {
		if place < len(rec.Cells) {
			cells[i] = cut(rollout.Restore(rec.Cells[place]), l.limits.Cell)
		}
	}
	return cells
}

// hasText reports whether a row holds anything, bt_… columns set aside.
func (l *layout) hasText(cells []string) bool {
	for place, cell := range cells {
		if l.use(place) != reserved && !isEmpty(cell) {
			return true
		}
	}
	return false
}

// lacksValue reports whether a row has a value in one of the columns that was not
// saved, so that the row only looks blank.
func (l *layout) lacksValue(rec spreadsheet.Row) bool {
	return slices.ContainsFunc(rec.CellFaults, func(f spreadsheet.CellFault) bool {
		return f.Code == spreadsheet.CodeNoValue && l.use(f.Column) == kept
	})
}

// unnamed finds a value in a column that has no name.
func (l *layout) unnamed(cells []string) (place int, found bool) {
	for place, cell := range cells {
		if l.use(place) == unnamed && !isEmpty(cell) {
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
