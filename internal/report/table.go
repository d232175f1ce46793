package report

// This file writes the report as CSV.

import (
	"bufio"
	"io"
	"strings"

	"btrollout/internal/rollout"
)

// table is a CSV file that is being written. Every field stands in quotation marks, which
// encoding/csv does not offer: a program that obeys them begins no cell at a separator
// within a field. For other programs there is rollout.NeutraliseCSV.
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

// write adds a row. Carriage returns, which CSV cannot hold, are removed before a text is
// neutralised: removed after that, they would leave their apostrophe in the text.
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
