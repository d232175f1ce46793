// This file offers the addresses one of which a row may have meant: in bt_suggestion, and on a
// sheet from which they can be pasted over the row. Package precheck finds these addresses.

package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"btrollout/internal/rollout"
)

const (
	maxListedCandidates = 10     // in a cell of bt_suggestion
	maxCandidates       = 50_000 // rows of a sheet; more is nothing that people choose from by hand
)

// listCandidates lists addresses, one a line.
func listCandidates(b *rollout.Batch, candidates []rollout.Address) string {
	var lines []string
	for _, c := range candidates[:min(len(candidates), maxListedCandidates)] {
		lines = append(lines, c.List("; "))
	}
	if more := len(candidates) - maxListedCandidates; more > 0 {
		lines = append(lines, sayMoreCandidates(more).In(b.Lang))
	}
	return strings.Join(lines, "\n")
}

// rowCandidates is a row, and the addresses one of which it may have meant.
type rowCandidates struct {
	Row        rollout.RowRef
	Cells      []string
	Candidates []rollout.Address
}

// candidates are those of a whole batch. They wait in a file, because only the last of them
// tells which columns their sheets need.
type candidates struct {
	batch  *rollout.Batch
	file   io.ReadWriteSeeker
	buffer *bufio.Writer
	sheets []*candidateSheet
}

// candidateSheet has the candidates of the rows of one sheet of the file.
type candidateSheet struct {
	place    int // of the source in Batch.Sheets
	source   *rollout.Sheet
	name     string
	failures string   // name of the sheet of failures that has the same rows
	count    int      // of candidates
	dropped  int      // candidates beyond maxCandidates
	added    []string // elements that candidates have and the source has no column for, in the guide's order
	sheet    *sheet
}

func newCandidates(b *rollout.Batch, file io.ReadWriteSeeker) *candidates {
	return &candidates{batch: b, file: file, buffer: bufio.NewWriter(file)}
}

// add keeps the candidates of a site, if it has any. failures is the name of the sheet of
// failures on which the site stands.
func (c *candidates) add(s *rollout.Site, failures string) error {
	row := rowCandidates{Row: s.Row, Cells: s.Cells}
	for _, p := range s.Problems {
		row.Candidates = append(row.Candidates, p.Candidates...)
	}
	if len(row.Candidates) == 0 {
		return nil
	}
	on := c.sheetOf(s.Row, failures)
	if room := maxCandidates - on.count; len(row.Candidates) > room {
		on.dropped += len(row.Candidates) - room
		row.Candidates = row.Candidates[:room]
	}
	on.count += len(row.Candidates)
	on.added = slices.DeleteFunc(slices.Clone(rollout.Elements), func(element string) bool {
		i, _ := on.source.Column(element)
		needed := slices.ContainsFunc(row.Candidates, func(a rollout.Address) bool { return a[element] != "" })
		return !slices.Contains(on.added, element) && (i >= 0 || !needed)
	})
	return json.NewEncoder(c.buffer).Encode(row)
}

// sheetOf finds or makes the candidateSheet of a row.
func (c *candidates) sheetOf(row rollout.RowRef, failures string) *candidateSheet {
	k := row.Sheet()
	for _, on := range c.sheets {
		if on.place == k {
			return on
		}
	}
	source, _ := c.batch.Locate(row)
	on := &candidateSheet{place: k, source: source, failures: failures}
	c.sheets = append(c.sheets, on)
	return on
}

// each reads the kept candidates again, in their order.
func (c *candidates) each(use func(rowCandidates) error) error {
	if err := c.buffer.Flush(); err != nil {
		return err
	}
	if _, err := c.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	for lines := json.NewDecoder(bufio.NewReader(c.file)); ; {
		var row rowCandidates
		if err := lines.Decode(&row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := use(row); err != nil {
			return err
		}
	}
}

// candidateColumns are the columns of a sheet of candidates that stand before the file's own.
// Their names begin with bt_, so that an import does not read the sheet.
var candidateColumns = []heading{{name: rollout.ColumnRow, width: 8, number: true}, {name: "bt_candidate", width: 16, number: true}}

// addCandidates writes the sheets of candidates behind those of the failures: a row for each
// candidate, in which what differs from the site's row is marked.
func (w *workbook) addCandidates() error {
	c := w.candidates
	for _, on := range c.sheets {
		columns := slices.Concat(candidateColumns, ownColumns(on.source))
		for _, element := range on.added {
			columns = append(columns, heading{name: element, width: widthOf(element, element)})
		}
		var err error
		on.name = w.nameFor(candidatesSheet, on.source)
		on.sheet, err = w.newSheet(sheetOptions{
			name: on.name, before: w.all.name, columns: columns, frozen: len(candidateColumns) + 1, markStyle: w.styles.proposed,
		})
		if err != nil {
			return err
		}
	}
	if len(c.sheets) == 0 {
		return nil
	}
	return c.each(func(row rowCandidates) error {
		on := c.sheetOf(row.Row, "")
		_, line := c.batch.Locate(row.Row)
		for i, candidate := range row.Candidates {
			texts, differences := on.row(row.Cells, candidate)
			if err := on.sheet.add(slices.Concat([]string{strconv.Itoa(line), strconv.Itoa(i + 1)}, texts), differences); err != nil {
				return err
			}
		}
		return nil
	})
}

// row is a candidate as the file would have it, without candidateColumns, and marks on what
// differs from the cells of the site's row.
func (on *candidateSheet) row(cells []string, candidate rollout.Address) (texts []string, differences []mark) {
	texts = make([]string, len(on.source.Columns), len(on.source.Columns)+len(on.added))
	copy(texts, cells)
	was := slices.Clone(texts)
	for i := range texts {
		if field := on.source.Field(i); rollout.IsElement(field) {
			texts[i] = candidate[field]
		}
		if texts[i] != was[i] {
			differences = append(differences, mark{column: i})
		}
	}
	for _, element := range on.added {
		if candidate[element] != "" {
			differences = append(differences, mark{column: len(texts)})
		}
		texts = append(texts, candidate[element])
	}
	return texts, differences
}
