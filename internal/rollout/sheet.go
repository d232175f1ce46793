package rollout

// This file holds the sheets of a rollout file, and how a row is found in them.

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Sheet is one sheet of a rollout file, or a CSV file. Columns, Fields and Letters run
// in parallel.
type Sheet struct {
	Name    string   `json:"name,omitempty"` // "" for CSV
	Columns []string `json:"columns"`        // the sheet's own headers, in their order, without bt_… columns
	Fields  []string `json:"fields"`         // the field that each column feeds; "" for none
	Letters []string `json:"letters"`        // each column's place in the file: "A", "B", …
}

// SheetRows is how many row numbers each sheet of a file has: Site.Row of the sheet at
// place k of Batch.Sheets is k*SheetRows and the row as the spreadsheet numbers it.
const SheetRows = 1_000_000

// Column finds the place of a field in the sheet: the index into Columns and the
// header as written; -1 and "" when no column feeds it.
func (s *Sheet) Column(field string) (int, string) {
	i := slices.Index(s.Fields, field)
	if field == "" || i < 0 {
		return -1, ""
	}
	return i, s.Columns[i]
}

// Field is the field that the column at a place feeds, or "".
func (s *Sheet) Field(place int) string {
	if place < len(s.Fields) {
		return s.Fields[place]
	}
	return ""
}

// Locate finds the sheet of a row, and the row as that sheet numbers it. A row of no
// sheet has an empty one.
func (b *Batch) Locate(row int) (*Sheet, int) {
	if k := row / SheetRows; row >= 0 && k < len(b.Sheets) {
		return &b.Sheets[k], row % SheetRows
	}
	return &Sheet{}, row
}

// RowName is a row as people call it: "12" or, where the batch has several sheets,
// "BE:12". No sheet has a colon in its name, and a shell takes it for what it is, which
// it does not of the exclamation mark that spreadsheets write.
func (b *Batch) RowName(row int) string {
	sheet, line := b.Locate(row)
	if len(b.Sheets) < 2 {
		return strconv.Itoa(line)
	}
	return sheet.Name + ":" + strconv.Itoa(line)
}

// ParseRow finds the row of a name that RowName gives; the sheet's may be in any case.
func (b *Batch) ParseRow(name string) (int, error) {
	sheet, number := 0, name
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		number = name[i+1:]
		sheet = slices.IndexFunc(b.Sheets, func(s Sheet) bool { return strings.EqualFold(s.Name, name[:i]) })
		if sheet < 0 {
			return 0, fmt.Errorf("the batch has no sheet %q", name[:i])
		}
	} else if len(b.Sheets) > 1 {
		return 0, fmt.Errorf("the batch has several sheets, so a row is named like %s", b.RowName(2))
	}
	line, err := strconv.Atoi(number)
	if err != nil || line < 1 || line >= SheetRows {
		return 0, fmt.Errorf("%q is not the number of a row", name)
	}
	return sheet*SheetRows + line, nil
}

// UnmarshalJSON also takes a batch of version 1, which is of one sheet and holds its
// columns itself.
func (b *Batch) UnmarshalJSON(raw []byte) error {
	type plain Batch
	if err := json.Unmarshal(raw, (*plain)(b)); err != nil || b.Sheets != nil {
		return err
	}
	var only struct {
		Name string `json:"sheet"`
		Sheet
	}
	if err := json.Unmarshal(raw, &only); err != nil {
		return err
	}
	if only.Columns != nil {
		only.Sheet.Name = only.Name
		b.Sheets = []Sheet{only.Sheet}
	}
	return nil
}
