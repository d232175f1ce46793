package report

// This file finds what the file's sheets have in common: the columns under which rows of
// all of them stand together, and the names of the sheets that each of them gets here.

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"btrollout/internal/rollout"
)

// union are the columns of all sheets of a file, each of them once.
type union struct {
	columns []heading
	places  [][]int // by sheet and column: the index into columns
}

// newUnion joins columns that feed the same field, and those that feed none and have the
// same header. A batch of one sheet has its own.
func newUnion(b *rollout.Batch) *union {
	u := &union{}
	if !several(b) {
		sheet, _ := b.Locate(0)
		u.columns = ownColumns(sheet)
		return u
	}
	found := map[string]int{}
	for _, sheet := range b.Sheets {
		places, times := make([]int, len(sheet.Columns)), map[string]int{}
		for i, header := range sheet.Columns {
			field := sheet.Field(i)
			key := "field " + field
			if field == "" {
				times[header]++ // two of a sheet stay two
				key = strconv.Itoa(times[header]) + " " + header
			}
			place, known := found[key]
			if !known {
				place = len(u.columns)
				found[key] = place
				name := header
				if field != "" {
					name = calledByAll(b, field)
				}
				u.columns = append(u.columns, heading{name: name, field: field, width: widthOf(name, field), own: true})
			}
			places[i] = place
		}
		u.places = append(u.places, places)
	}
	u.tellApart(b)
	return u
}

// calledByAll is what every sheet calls a field or, if they differ, its own name: what
// is a field's name in one country may mean another in the next.
func calledByAll(b *rollout.Batch, field string) string {
	_, name := b.Sheets[0].Column(field)
	for _, sheet := range b.Sheets {
		if _, other := sheet.Column(field); other != name {
			return field
		}
	}
	return name
}

// tellApart says of columns that feed nothing that they do, where another sheet has a
// column of that name that feeds a field: an upload would take one for the other.
func (u *union) tellApart(b *rollout.Batch) {
	for i, c := range u.columns {
		if c.field == "" && slices.ContainsFunc(b.Sheets, func(sheet rollout.Sheet) bool {
			for j, header := range sheet.Columns {
				if field := sheet.Field(j); field != "" && (strings.EqualFold(header, c.name) || strings.EqualFold(field, c.name)) {
					return true
				}
			}
			return false
		}) {
			u.columns[i].name += " (-)"
		}
	}
}

// spread puts a site's own cells under the columns.
func (u *union) spread(site *rollout.Site, own []string) []string {
	if len(u.places) == 0 {
		return own
	}
	row := make([]string, len(u.columns))
	if k := site.Row.Sheet(); k < len(u.places) {
		for i, text := range own {
			row[u.places[k][i]] = text
		}
	}
	return row
}

// names are those of a workbook's sheets, none of them given twice.
type names map[string]bool

// take makes a name valid, and takes it.
func (n names) take(wanted string) string {
	const longest = 31 // UTF-16 units, in Excel
	valid := strings.Trim(strings.Map(func(c rune) rune {
		if strings.ContainsRune(`[]:*?/\`, c) || c < ' ' {
			return ' '
		}
		return c
	}, safeText(wanted)), "' ")
	if valid == "" {
		valid = "Sheet"
	}
	for i := 1; ; i++ {
		end := ""
		if i > 1 {
			end = " " + strconv.Itoa(i)
		}
		name := strings.TrimRight(cutUnits(valid, longest-len(end)), "' ") + end
		if key := strings.ToLower(name); !n[key] {
			n[key] = true
			return name
		}
	}
}

// cutUnits shortens a text to so many UTF-16 units, and splits no character.
func cutUnits(text string, most int) string {
	units := 0
	for i, c := range text {
		if units += max(utf16.RuneLen(c), 1); units > most {
			return text[:i]
		}
	}
	return text
}
