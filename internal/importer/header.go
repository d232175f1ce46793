package importer

// This file turns a header row into fields. Values are checked in row.go.

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// required are the columns that every file has; optional ones may be absent.
var (
	required = []string{rollout.FieldName, rollout.FieldLabel, rollout.FieldCountry, rollout.FieldVPN}
	optional = append([]string{rollout.FieldReference, rollout.FieldVoiceSiteID, rollout.DialZone}, rollout.Elements...)
	known    = slices.Concat(required, optional)
)

// fieldOf returns the field that a header names, or "": the field's own name,
// in any case, white space around it set aside.
func fieldOf(header string) string {
	header = clean(header)
	i := slices.IndexFunc(known, func(field string) bool { return strings.EqualFold(field, header) })
	if i < 0 {
		return ""
	}
	return known[i]
}

// layout is the header, and where in a row its columns stand.
type layout struct {
	Header
	places []int // index into a record's cells, for each of Columns
	uses   []use // what becomes of the cells at each place of the header row
}

// use says what becomes of a column's cells.
type use byte

const (
	unnamed use = iota // there should be none
	fed                // they feed a field
	ignored            // nothing: the column is called bt_…
)

// use is what becomes of the cells at a place, be it beyond the header's end.
func (l *layout) use(place int) use {
	if place < len(l.uses) {
		return l.uses[place]
	}
	return unnamed
}

// newLayout understands a header row. All faults of one kind are told at once.
func newLayout(rec record) (*layout, error) {
	l := &layout{Header: Header{Row: rec.row}, uses: make([]use, len(rec.cells))}
	var unknown, missing, nearest []string
	for place, cell := range rec.cells {
		name := rollout.Restore(cell)
		field := fieldOf(name)
		switch {
		case clean(name) == "":
		case rollout.Reserved(clean(name)):
			l.Ignored = append(l.Ignored, name)
			l.uses[place] = ignored
		case place >= MaxColumns:
			return l, fileError("file.too-many-columns", "The file has more than %d columns: delete those that are not for btrollout.", MaxColumns)
		case field == "":
			near := nearestField(clean(name))
			unknown = append(unknown, describeUnknown(name, place, near))
			nearest = append(nearest, near)
		case slices.Contains(l.Fields, field):
			first := slices.Index(l.Fields, field)
			return l, fileError("file.column-twice", "The columns %s and %s both hold %s: keep one and delete the other.", l.Letters[first], letter(place), field)
		default:
			l.Columns = append(l.Columns, name)
			l.Fields = append(l.Fields, field)
			l.Letters = append(l.Letters, letter(place))
			l.places = append(l.places, place)
			l.uses[place] = fed
		}
	}
	for _, field := range required {
		if !slices.Contains(l.Fields, field) && !slices.Contains(nearest, field) {
			missing = append(missing, field)
		}
	}
	return l, l.fault(unknown, missing)
}

// fault words what is wrong with the columns, or returns nil.
func (l *layout) fault(unknown, missing []string) error {
	switch {
	case len(l.Columns) == 0 && len(missing) == len(required):
		return fileError("file.column-missing", "Row %d names none of the columns that btrollout reads: the first row must be a header with at least %s.", l.Row, list(required))
	case len(unknown) > 0 && len(missing) > 0:
		return fileError("file.column-unknown", "btrollout does not know the %s, and misses the %s: correct the header in row %d.", columns(unknown), columns(missing), l.Row)
	case len(unknown) > 0:
		return fileError("file.column-unknown", "btrollout does not know the %s: correct the header in row %d, or delete what is not for btrollout.", columns(unknown), l.Row)
	case len(missing) > 0:
		return fileError("file.column-missing", "The file lacks the %s: add what is missing to the header in row %d.", columns(missing), l.Row)
	}
	return nil
}

// cells picks a row's own cells, one for each of Columns.
func (l *layout) cells(rec record) []string {
	cells := make([]string, len(l.places))
	for i, place := range l.places {
		if place < len(rec.cells) {
			cells[i] = cut(rollout.Restore(rec.cells[place]))
		}
	}
	return cells
}

// hasText reports whether a row holds anything, bt_… columns set aside.
func (l *layout) hasText(cells []string) bool {
	for place, cell := range cells {
		if l.use(place) != ignored && !isEmpty(cell) {
			return true
		}
	}
	return false
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

func letter(place int) string {
	name, _ := excelize.ColumnNumberToName(place + 1) // fails beyond XFD only, where no column stands
	return name
}

func describeUnknown(name string, place int, near string) string {
	if near == "" {
		return fmt.Sprintf("%q (%s)", clean(name), letter(place))
	}
	return fmt.Sprintf("%q (%s; did you mean %s?)", clean(name), letter(place), near)
}

// columns says "column a" or "columns a and b".
func columns(names []string) string {
	if len(names) == 1 {
		return "column " + names[0]
	}
	return "columns " + list(names)
}

// list says "a, b and c".
func list(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// nearestField is the field whose name takes the fewest edits to reach, or "" when more
// than a third of it would have to change.
func nearestField(name string) string {
	best, least := "", MaxCell
	written := []rune(spelling.Fold(name))
	for _, field := range known {
		most := min(len(field)/3, least-1)
		if d := spelling.Distance(written, []rune(spelling.Fold(field)), most); d <= most {
			best, least = field, d
		}
	}
	return best
}
