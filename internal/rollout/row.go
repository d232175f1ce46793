// This file holds how a row is identified within its batch, and what people call it.

package rollout

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// RowRef identifies a row within a batch of one or several sheets. It is one number, under
// which the ledger, tasks and JSON know the row: linesPerSheet times the place of the
// sheet in Batch.Sheets, plus the line. In a batch of one sheet it equals the line.
type RowRef int

// linesPerSheet is how many numbers each sheet of a batch has. It is part of every number
// in Redis, and permanent.
const linesPerSheet = 1_000_000

// MaxLine is the last line of a sheet that can be referred to.
const MaxLine = linesPerSheet - 1

// RowAt refers to a line of the sheet at a place in Batch.Sheets. Lines count from 1, as
// spreadsheet programs number rows, and end at MaxLine.
func RowAt(sheet, line int) RowRef { return RowRef(sheet*linesPerSheet + line) }

// Sheet is the place of the row's sheet in Batch.Sheets.
func (r RowRef) Sheet() int { return int(r) / linesPerSheet }

// Line is the row as its sheet numbers it, from 1.
func (r RowRef) Line() int { return int(r) % linesPerSheet }

// Locate finds the sheet of a row, and the line in that sheet. A row of no sheet has an
// empty one, and its whole number for a line.
func (b *Batch) Locate(row RowRef) (*Sheet, int) {
	if row >= 0 && row.Sheet() < len(b.Sheets) {
		return &b.Sheets[row.Sheet()], row.Line()
	}
	return &Sheet{}, int(row)
}

// Cell is the place of a field's cell in the sheet of a row, such as "C5", and the header of its column;
// both are "" if no column feeds the field.
func (b *Batch) Cell(row RowRef, field string) (cell, header string) {
	sheet, line := b.Locate(row)
	i, header := sheet.Column(field)
	if i < 0 {
		return "", ""
	}
	return sheet.Letters[i] + strconv.Itoa(line), header
}

// RowName is a row as people call it: "12" or, where the batch has several sheets,
// "BE:12". No sheet has a colon in its name, and a shell takes the colon as it is, unlike
// the exclamation mark that spreadsheets write.
func (b *Batch) RowName(row RowRef) string {
	sheet, line := b.Locate(row)
	if len(b.Sheets) < 2 {
		return strconv.Itoa(line)
	}
	return sheet.Name + ":" + strconv.Itoa(line)
}

// ParseRow finds the row of a name that RowName gives; the sheet's may be in any case.
func (b *Batch) ParseRow(name string) (RowRef, error) {
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
	if err != nil || line < 1 || line > MaxLine {
		return 0, fmt.Errorf("%q is not the number of a row", name)
	}
	return RowAt(sheet, line), nil
}
