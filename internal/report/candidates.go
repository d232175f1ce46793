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

	"github.com/xuri/excelize/v2"

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
	Row        int
	Cells      []string
	Candidates []rollout.Address
}

// choices are those of a whole batch. They wait in a file, because only the last of
// them tells which columns their sheet needs.
type choices struct {
	batch   *rollout.Batch
	file    io.ReadWriteSeeker
	buffer  *bufio.Writer
	count   int      // candidates
	dropped int      // candidates beyond maxCandidates
	lacking []string // elements that candidates have and the file has no column for, in the guide's order
}

func newChoices(b *rollout.Batch, file io.ReadWriteSeeker) *choices {
	return &choices{batch: b, file: file, buffer: bufio.NewWriter(file)}
}

// add keeps the candidates of a site, if it has any.
func (c *choices) add(s *rollout.Site) error {
	one := choice{Row: s.Row, Cells: s.Cells}
	for _, p := range s.Problems {
		one.Candidates = append(one.Candidates, p.Candidates...)
	}
	if room := maxCandidates - c.count; len(one.Candidates) > room {
		c.dropped += len(one.Candidates) - room
		one.Candidates = one.Candidates[:room]
	}
	if len(one.Candidates) == 0 {
		return nil
	}
	c.count += len(one.Candidates)
	c.lacking = slices.DeleteFunc(slices.Clone(rollout.Elements), func(element string) bool {
		place, _ := c.batch.Column(element)
		needed := slices.ContainsFunc(one.Candidates, func(a rollout.Address) bool { return a[element] != "" })
		return !slices.Contains(c.lacking, element) && (place >= 0 || !needed)
	})
	return json.NewEncoder(c.buffer).Encode(one)
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

// beforeOwn are the columns of the sheet of candidates that stand before the file's own.
var beforeOwn = []heading{{name: rowColumn, width: 8, number: true}, {name: "bt_candidate", width: 16, number: true}}

// writeCandidates writes the sheet of candidates next to that of the failures: a row
// for each, in which what differs from the site's row is marked.
func writeCandidates(book *excelize.File, c *choices, looks styles) error {
	if c.count == 0 {
		return nil
	}
	columns := slices.Concat(beforeOwn, ownColumns(c.batch))
	for _, element := range c.lacking {
		columns = append(columns, heading{name: element, width: widthOf(element, element)})
	}
	name := candidatesSheet.In(c.batch.Lang)
	s, err := newSheet(book, name, columns, len(beforeOwn)+1, looks, looks.proposed)
	if err != nil {
		return err
	}
	if err := book.MoveSheet(name, allSheet.In(c.batch.Lang)); err != nil {
		return err
	}
	err = c.each(func(one choice) error {
		for i, candidate := range one.Candidates {
			texts, marked := c.row(one.Cells, candidate)
			if err := s.add(slices.Concat([]string{strconv.Itoa(one.Row), strconv.Itoa(i + 1)}, texts), marked); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, s.finish())
}

// row is a candidate as the file would have it, and the places on the sheet at which
// it is not what the site's row has.
func (c *choices) row(cells []string, candidate rollout.Address) (texts []string, marked []int) {
	texts = make([]string, len(c.batch.Columns), len(c.batch.Columns)+len(c.lacking))
	copy(texts, cells)
	was := slices.Clone(texts)
	for i := range texts {
		if field := fieldOf(c.batch, i); rollout.IsElement(field) {
			texts[i] = candidate[field]
		}
		if texts[i] != was[i] {
			marked = append(marked, len(beforeOwn)+i)
		}
	}
	for _, element := range c.lacking {
		if candidate[element] != "" {
			marked = append(marked, len(beforeOwn)+len(texts))
		}
		texts = append(texts, candidate[element])
	}
	return texts, marked
}
