// This file holds the sheets of a rollout file, as a batch keeps them.

package rollout

import (
	"encoding/json"
	"slices"
)

// Sheet is one sheet of a rollout file, or a CSV file. Columns, Fields and Letters run
// in parallel.
type Sheet struct {
	Name    string   `json:"name,omitempty"` // "" for CSV
	Columns []string `json:"columns"`        // the sheet's own headers, in their order, without bt_… columns
	Fields  []string `json:"fields"`         // the field that each column feeds; "" for none
	Letters []string `json:"letters"`        // each column's place in the file: "A", "B", …
}

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
