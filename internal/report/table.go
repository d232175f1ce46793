package report

// This file writes the report as CSV.

import (
	"bufio"
	"io"
	"strings"

	"btrollout/internal/rollout"
)

// table is a CSV file that is being written. Every field stands in quotation marks, which
// encoding/csv does not offer: where they are obeyed, no separator within a field begins a
// cell. rollout.NeutraliseCSV protects where they are not.
type table struct{ *bufio.Writer }

// newTable begins the CSV file. Excel needs the byte order mark to take the
// file for UTF-8.
func newTable(out io.Writer, u *union, b *rollout.Batch) (table, error) {
	t := table{bufio.NewWriter(out)}
	if _, err := t.WriteString("\uFEFF"); err != nil {
		return t, err
	}
	return t, t.write(namesOf(u.columns), namesOf(headingsOf(addedTo(b))))
}

func namesOf(columns []heading) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// inField writes a text within quotation marks.
var inField = strings.NewReplacer(`"`, `""`, "\n", "\r\n")

// write adds a row. The carriage returns that CSV cannot hold go first: to be taken away
// behind an apostrophe, they would leave it behind.
func (t table) write(parts ...[]string) error {
	separator := ""
	for _, part := range parts {
		for _, text := range part {
			text = rollout.NeutraliseCSV(safeText(strings.ReplaceAll(text, "\r", "")))
			t.WriteString(separator + `"` + inField.Replace(text) + `"`)
			separator = ","
		}
	}
	_, err := t.WriteString("\r\n") // a bufio.Writer keeps its first error
	return err
}
