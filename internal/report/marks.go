// This file finds the cells of a row that a person has to look at, and what is said of each.

package report

import (
	"regexp"
	"slices"
	"strings"

	"btrollout/internal/rollout"
)

// noCell is the column of a mark for which no single cell is to blame: bt_problem is marked
// instead.
const noCell = -1

// mark is on a cell that a person has to look at.
type mark struct {
	column  int      // index into the file's own columns and those behind them, or noCell
	codes   []string // of the cell's problems
	note    string   // what is wrong with the cell and what to do
	choices []string // what may be written into the cell
}

// Codes of problems that concern more than one cell.
var (
	// codesOfWhole say that any element may be wrong.
	codesOfWhole = []string{rollout.CodeAddressUnknown, rollout.CodeAddressDiffers, rollout.CodeAddressSeveral}
	// codeOfArea says that the place, or the area above it, is wrong.
	codeOfArea = rollout.CodeAddressArea
)

// marksOf finds the cells in which problems were found, in the order of the problems.
func marksOf(b *rollout.Batch, s *rollout.Site) []mark {
	sheet, _ := b.Locate(s.Row)
	var m marks
	for _, p := range s.Problems {
		for _, column := range columnsOf(sheet, s, p) {
			at := m.at(column)
			at.codes = append(at.codes, p.Code)
			at.addNote(p.Message.In(b.Lang))
			if column == noCell {
				continue
			}
			field := sheet.Field(column)
			if p.Suggestion != "" && field == p.Field {
				at.addNote(saySuggestion(p.Suggestion).In(b.Lang))
				at.addChoice(p.Suggestion)
			}
			if rollout.IsElement(field) {
				for _, candidate := range p.Candidates {
					at.addChoice(candidate[field])
				}
			}
		}
	}
	if needsVoiceSiteID(b, s) {
		i, _ := sheet.Column(rollout.FieldVoiceSiteID) // -1, which is noCell, without such a column
		m.at(i).addNote(unresolvable(b, s).In(b.Lang))
	}
	if len(m) == 0 && s.State.NeedsSomeone() {
		m.at(noCell)
	}
	return m
}

// marks has at most one mark for each column.
type marks []mark

// at finds or makes the mark of a column.
func (m *marks) at(column int) *mark {
	i := slices.IndexFunc(*m, func(one mark) bool { return one.column == column })
	if i < 0 {
		i = len(*m)
		*m = append(*m, mark{column: column})
	}
	return &(*m)[i]
}

// addNote adds a line to the note.
func (m *mark) addNote(text string) {
	if m.note != "" && text != "" {
		m.note += "\n"
	}
	m.note += text
}

func (m *mark) addChoice(value string) {
	if value != "" && !slices.Contains(m.choices, value) && len(m.choices) < maxChoices {
		m.choices = append(m.choices, value)
	}
}

// columnsOf finds the cells of a row that a problem is about.
func columnsOf(sheet *rollout.Sheet, s *rollout.Site, p rollout.Problem) []int {
	i, _ := sheet.Column(p.Field)
	switch {
	case i >= 0 && p.Code == codeOfArea:
		return slices.Concat(areasAbove(sheet, p), []int{i})
	case i >= 0:
		return []int{i}
	case slices.Contains(codesOfWhole, p.Code):
		if columns := disputed(sheet, s, p.Candidates); len(columns) > 0 {
			return columns
		}
	}
	return []int{noCell}
}

// elementInMessage is how messages name an element, after the country's own label.
var elementInMessage = regexp.MustCompile(`\(([[:alnum:]]+)\)`)

// areasAbove are the columns of the upper areas in which a place was not found. Only the
// problem's message names them.
func areasAbove(sheet *rollout.Sheet, p rollout.Problem) (columns []int) {
	for _, found := range elementInMessage.FindAllStringSubmatch(p.Message.EN, -1) {
		i, _ := sheet.Column(found[1])
		if i >= 0 && rollout.IsElement(found[1]) && found[1] != p.Field && !slices.Contains(columns, i) {
			columns = append(columns, i)
		}
	}
	return columns
}

// disputed are the columns of a row's address elements that differ in any candidate or,
// without candidates, of all elements that are not empty.
func disputed(sheet *rollout.Sheet, s *rollout.Site, candidates []rollout.Address) (columns []int) {
	for i, field := range sheet.Fields {
		if i >= len(s.Cells) || !rollout.IsElement(field) {
			continue
		}
		value := strings.TrimSpace(s.Cells[i])
		differs := slices.ContainsFunc(candidates, func(a rollout.Address) bool { return a[field] != value })
		if differs || len(candidates) == 0 && value != "" {
			columns = append(columns, i)
		}
	}
	return columns
}

// wrongCells lists the cells of a row that a person has to look at, one a line: what the file calls
// their columns, and what they hold.
func wrongCells(b *rollout.Batch, s *rollout.Site) string {
	if !needsAttention(b, s) {
		return ""
	}
	const longestHeader, longestValue = 40, 80 // characters; messages have the values in full
	sheet, _ := b.Locate(s.Row)
	var lines []string
	for _, m := range marksOf(b, s) {
		if m.column == noCell {
			continue
		}
		value := wordEmpty.In(b.Lang)
		if m.column < len(s.Cells) && strings.TrimSpace(s.Cells[m.column]) != "" {
			value = oneLine(s.Cells[m.column], longestValue)
		}
		lines = append(lines, sayCell(oneLine(sheet.Columns[m.column], longestHeader), value).In(b.Lang))
	}
	return strings.Join(lines, "\n")
}
