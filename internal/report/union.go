// This file finds the columns under which the rows of all sheets of a rollout file stand
// together.

package report

import (
	"slices"
	"strconv"
	"strings"

	"btrollout/internal/rollout"
)

// union has the columns of all sheets of a file, each of them once.
type union struct {
	columns []heading
	indexes [][]int // into columns, by sheet and column; nil: the file has one sheet, whose columns these are
}

// newUnion joins columns that feed the same field, and those that feed none and have the same
// header.
func newUnion(b *rollout.Batch) *union {
	u := &union{}
	if !hasSeveralSheets(b) {
		sheet, _ := b.Locate(0)
		u.columns = ownColumns(sheet)
		return u
	}
	found := map[string]int{}
	for _, sheet := range b.Sheets {
		indexes, times := make([]int, len(sheet.Columns)), map[string]int{}
		for i, header := range sheet.Columns {
			field := sheet.Field(i)
			key := "field " + field
			if field == "" {
				times[header]++ // two columns of a sheet stay two
				key = strconv.Itoa(times[header]) + " " + header
			}
			index, known := found[key]
			if !known {
				index = len(u.columns)
				found[key] = index
				name := header
				if field != "" {
					name = commonHeader(b, field)
				}
				u.columns = append(u.columns, heading{name: name, field: field, width: widthOf(name, field), own: true})
			}
			indexes[i] = index
		}
		u.indexes = append(u.indexes, indexes)
	}
	u.renameAmbiguous(b)
	return u
}

// commonHeader is the header of a field in every sheet or, if they differ, the field's own name:
// the label of a field in one country may mean another field in the next.
func commonHeader(b *rollout.Batch, field string) string {
	_, name := b.Sheets[0].Column(field)
	for _, sheet := range b.Sheets {
		if _, other := sheet.Column(field); other != name {
			return field
		}
	}
	return name
}

// renameAmbiguous renames a column that feeds no field, if another sheet has a column of that
// name that feeds one: an upload would take one for the other.
func (u *union) renameAmbiguous(b *rollout.Batch) {
	for i, c := range u.columns {
		if c.field == "" && slices.ContainsFunc(b.Sheets, func(sheet rollout.Sheet) bool {
			for j, header := range sheet.Columns {
				field := sheet.Field(j)
				if field != "" && (strings.EqualFold(header, c.name) || strings.EqualFold(field, c.name)) {
					return true
				}
			}
			return false
		}) {
			u.columns[i].name += " (-)"
		}
	}
}

// spread gives a site's own cells, in the order of the columns.
func (u *union) spread(site *rollout.Site, own []string) []string {
	if len(u.indexes) == 0 {
		return own
	}
	row := make([]string, len(u.columns))
	if k := site.Row.Sheet(); k < len(u.indexes) {
		for i, text := range own {
			row[u.indexes[k][i]] = text
		}
	}
	return row
}
