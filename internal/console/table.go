// This file prints tables.

package console

import (
	"io"
	"math"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table is text in columns. A row may have a text of any length: it stands in one more column, on
// as many lines as it needs, or beneath the row if that column would be too narrow.
type Table struct {
	Heads  []string // of the columns and, if the rows have a text, of that; nil: none
	Right  []bool   // whether each column is aligned to the right; default for missing ones: it is not
	Clip   bool     // shorten each paragraph of a text to one line, always beside the row
	Indent int      // columns before each line
	rows   []Row
}

// Row is a row of a Table. All rows of a table have the same number of cells.
type Row struct {
	Cells []string // one line each
	Text  []string // paragraphs
	Below string   // a paragraph beneath the row, for what is too long for a column; "": none
}

// Widths, in columns of the terminal.
const (
	gutter     = 2  // between two cells
	narrowText = 32 // a text that would be narrower stands beneath its row
	narrowName = 12 // the least width of a shortened second column
)

// layout has no lines between or around columns.
var layout = table.Style{Box: table.BoxStyle{PaddingRight: strings.Repeat(" ", gutter)}}

// Add adds a row.
func (t *Table) Add(row Row) {
	row.Cells = oneLineEach(row.Cells)
	t.rows = append(t.rows, row)
}

// Len returns the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// Print writes the table on lines of at most that many columns; 0: of as many as it needs. The
// second column, which has the name of what a row is about, is shortened if the columns do not
// fit. A table without rows prints nothing.
func (t *Table) Print(w io.Writer, columns int) {
	if len(t.rows) == 0 {
		return
	}
	if columns == 0 {
		columns = math.MaxInt
	}
	second, left := t.widths(columns)
	under := t.Indent + 2*gutter // indent of lines beneath a row
	beside := t.Clip || columns-left >= narrowText
	rows := t.rows
	if cells := len(rows[0].Cells); t.Heads != nil {
		head := Row{Cells: t.Heads[:cells]}
		if beside {
			head.Text = t.Heads[cells:]
		}
		rows = append([]Row{head}, rows...)
	}
	if !beside {
		left = under
	}
	texts := make([][]string, len(rows)) // each row's, on lines
	writer := table.NewWriter()
	writer.SetStyle(layout)
	writer.SuppressTrailingSpaces()
	writer.SetColumnConfigs(t.columnConfigs(second))
	for i, row := range rows {
		texts[i] = t.linesOf(row.Text, columns-left)
		var cells table.Row
		for _, cell := range row.Cells {
			cells = append(cells, cell)
		}
		if beside {
			cells = append(cells, strings.Join(texts[i], "\n"))
		}
		writer.AppendRow(cells)
	}
	lines := strings.Split(writer.Render(), "\n")
	for i, row := range rows {
		height, beneath := 1, texts[i]
		if beside {
			height, beneath = max(1, len(texts[i])), nil
		}
		if row.Below != "" {
			beneath = append(beneath, wrap(row.Below, columns-under)...)
		}
		printLines(w, t.Indent, lines[:height])
		printLines(w, under, beneath)
		lines = lines[height:]
	}
}

// columnConfigs aligns the columns, and limits the width of the second one.
func (t *Table) columnConfigs(second int) []table.ColumnConfig {
	var configs []table.ColumnConfig
	for i := range t.rows[0].Cells {
		config := table.ColumnConfig{Number: i + 1, Align: text.AlignLeft}
		if i < len(t.Right) && t.Right[i] {
			config.Align = text.AlignRight
		}
		if i == 1 {
			config.WidthMax, config.WidthMaxEnforcer = second, Clip
		}
		configs = append(configs, config)
	}
	return configs
}

// widths returns the width of the second column, and the indent of a text beside the cells.
func (t *Table) widths(columns int) (second, left int) {
	left = t.Indent
	for i := range t.rows[0].Cells {
		width := 0
		if t.Heads != nil {
			width = widthOf(t.Heads[i])
		}
		for _, row := range t.rows {
			width = max(width, widthOf(row.Cells[i]))
		}
		if i == 1 {
			second = width
		}
		left += width + gutter
	}
	over := left - gutter - columns
	if t.Clip && len(t.Heads) > len(t.rows[0].Cells) {
		over = left + narrowest - columns
	}
	if over = min(over, second-narrowName); over > 0 {
		second -= over
		left -= over
	}
	return second, left
}

// linesOf breaks or clips a row's text into lines of at most that many columns.
func (t *Table) linesOf(paragraphs []string, columns int) []string {
	var lines []string
	for _, paragraph := range paragraphs {
		if t.Clip {
			lines = append(lines, Clip(paragraph, max(columns, narrowest)))
		} else {
			lines = append(lines, wrap(paragraph, columns)...)
		}
	}
	return lines
}
