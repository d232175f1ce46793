// This file writes the report as CSV.

package report

import (
	"bufio"
	"io"
	"strings"

	"btrollout/internal/rollout"
)

// csvWriter writes a CSV file in which every field stands in quotation marks, which
// encoding/csv does not offer: a program that obeys them begins no cell at a separator
// within a field. For other programs there is rollout.NeutraliseCSV.
type csvWriter struct{ *bufio.Writer }

// newCSV writes the header. The byte order mark before it makes Excel read the file as UTF-8.
func newCSV(out io.Writer, u *union, b *rollout.Batch) (csvWriter, error) {
	w := csvWriter{bufio.NewWriter(out)}
	if _, err := w.WriteString("\uFEFF"); err != nil {
		return w, err
	}
	return w, w.writeRow(namesOf(u.columns), namesOf(csvLast.forSheets(b).headings()))
}

func namesOf(columns []heading) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// fieldEscapes are what stands for some characters between quotation marks.
var fieldEscapes = strings.NewReplacer(`"`, `""`, "\n", "\r\n")

// writeRow adds a row of several parts. Carriage returns, which CSV cannot hold, are removed
// before a text is neutralised: removed after that, they would leave their apostrophe in the
// text.
func (w csvWriter) writeRow(parts ...[]string) error {
	separator := ""
	for _, part := range parts {
		for _, text := range part {
			text = rollout.NeutraliseCSV(safeText(strings.ReplaceAll(text, "\r", "")))
			w.WriteString(separator + `"` + fieldEscapes.Replace(text) + `"`)
			separator = ","
		}
	}
	_, err := w.WriteString("\r\n") // a bufio.Writer keeps its first error
	return err
}
