package report

// This file offers the addresses one of which a row may have meant: in
// bt_suggestion, and on a sheet from which they can be pasted over the row. Which
// addresses these are is found out elsewhere.

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
	maxOffered    = 10     // addresses in a cell of bt_suggestion
	maxCandidates = 50_000 // rows of the sheet; more is nothing that people choose from by hand
)

// offer lists addresses, one a line.
func offer(b *rollout.Batch, candidates []rollout.Address) string {
	var lines []string
	for _, c := range candidates[:min(len(candidates), maxOffered)] {
		lines = append(lines, inElements(c))
	}
	if more := len(candidates) - maxOffered; more > 0 {
		lines = append(lines, say(b, "… and %d more", "… et %d de plus", more))
	}
	return strings.Join(lines, "\n")
}

// inElements says an address as "a3=Paris; pc=75001", in the guide's order.
func inElements(address rollout.Address) string {
	var parts []string
	for _, element := range address.Filled() {
		parts = append(parts, element+"="+address[element])
	}
	return strings.Join(parts, "; ")
}

// choice is a row, and the addresses one of which it may have meant.
type choice struct {
	Row        rollout.RowRef
	Cells      []string
	Candidates []rollout.Address
}

// choices are those of a whole batch. They wait in a file, because only the last of
// them tells which columns their sheets need.
type choices struct {
	batch  *rollout.Batch
	file   io.ReadWriteSeeker
	buffer *bufio.Writer
	sheets []*choosing
}

// choosing is what there is to choose for the rows of one sheet of the file.
type choosing struct {
	place   int // in Batch.Sheets
	source  *rollout.Sheet
	name    string   // of the sheet of candidates, and
	onto    string   // of that of failures
	count   int      // candidates
	dropped int      // candidates beyond maxCandidates
	lacking []string // elements that candidates have and the file's sheet has no column for, in the guide's order
	sheet   *sheet
}

func newChoices(b *rollout.Batch, file io.ReadWriteSeeker) *choices {
	return &choices{batch: b, file: file, buffer: bufio.NewWriter(file)}
}

// add keeps the candidates of a site, if it has any. onto is the name of the sheet on
// which the site stands among the failures.
func (c *choices) add(s *rollout.Site, onto string) error {
	one := choice{Row: s.Row, Cells: s.Cells}
	for _, p := range s.Problems {
		one.Candidates = append(one.Candidates, p.Candidates...)
	}
	if len(one.Candidates) == 0 {
		return nil
	}
	on := c.of(s.Row, onto)
	if room := maxCandidates - on.count; len(one.Candidates) > room {
		on.dropped += len(one.Candidates) - room
		one.Candidates = one.Candidates[:room]
	}
	on.count += len(one.Candidates)
	on.lacking = slices.DeleteFunc(slices.Clone(rollout.Elements), func(element string) bool {
		place, _ := on.source.Column(element)
		needed := slices.ContainsFunc(one.Candidates, func(a rollout.Address) bool { return a[element] != "" })
		return !slices.Contains(on.lacking, element) && (place >= 0 || !needed)
	})
	return json.NewEncoder(c.buffer).Encode(one)
}

// of finds what there is to choose on the sheet of a row.
func (c *choices) of(row rollout.RowRef, onto string) *choosing {
	k := row.Sheet()
	for _, on := range c.sheets {
		if on.place == k {
			return on
		}
	}
	source, _ := c.batch.Locate(row)
	on := &choosing{place: k, source: source, onto: onto}
	c.sheets = append(c.sheets, on)
	return on
}

// each reads the choices again, in their order.
func (c *choices) each(use func(choice) error) error {
	if err := c.buffer.Flush(); err != nil {
		return err
	}
	if _, err := c.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	for lines := json.NewDecoder(bufio.NewReader(c.file)); ; {
		var one choice
		if err := lines.Decode(&one); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := use(one); err != nil {
			return err
		}
	}
}

// beforeOwn are the columns of a sheet of candidates that stand before the file's own.
// They are the report's, so that an import does not read the sheet.
var beforeOwn = []heading{{name: rollout.ColumnRow, width: 8, number: true}, {name: "bt_candidate", width: 16, number: true}}

// addCandidates writes the sheets of candidates next to those of the failures: a row
// for each, in which what differs from the site's row is marked.
func (w *workbook) addCandidates(c *choices) error {
	for _, on := range c.sheets {
		columns := slices.Concat(beforeOwn, ownColumns(on.source))
		for _, element := range on.lacking {
			columns = append(columns, heading{name: element, width: widthOf(element, element)})
		}
		var err error
		on.name = w.nameFor(candidatesSheet, on.source)
		if on.sheet, err = w.newSheet(on.name, w.all.name, columns, len(beforeOwn)+1, w.looks.proposed, nil); err != nil {
			return err
		}
	}
	if len(c.sheets) == 0 {
		return nil
	}
	return c.each(func(one choice) error {
		on := c.of(one.Row, "")
		_, line := c.batch.Locate(one.Row)
		for i, candidate := range one.Candidates {
			texts, marked := on.row(one.Cells, candidate)
			if err := on.sheet.add(slices.Concat([]string{strconv.Itoa(line), strconv.Itoa(i + 1)}, texts), marked); err != nil {
				return err
			}
		}
		return nil
	})
}

// row is a candidate as the file would have it, and the places on the sheet at which
// it is not what the site's row has.
func (on *choosing) row(cells []string, candidate rollout.Address) (texts []string, marked []mark) {
	texts = make([]string, len(on.source.Columns), len(on.source.Columns)+len(on.lacking))
	copy(texts, cells)
	was := slices.Clone(texts)
	for i := range texts {
		if field := on.source.Field(i); rollout.IsElement(field) {
			texts[i] = candidate[field]
		}
		if texts[i] != was[i] {
			marked = append(marked, mark{place: len(beforeOwn) + i})
		}
	}
	for _, element := range on.lacking {
		if candidate[element] != "" {
			marked = append(marked, mark{place: len(beforeOwn) + len(texts)})
		}
		texts = append(texts, candidate[element])
	}
	return texts, marked
}
