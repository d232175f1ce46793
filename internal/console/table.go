// This file prints tables.

package console

import (
	"io"
	"math"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table is text in columns. A row may have a text of any length: it stands in one more
// column, on as many lines as it needs, or beneath the row where that column would be
// too narrow.
type Table struct {
	Heads  []string // of the columns and, if the rows have a text, of that; nil: none
	Right  []bool   // columns that are aligned to the right; those not mentioned are not
	Clip   bool     // texts are shortened to one line each, and stay beside their row
	Indent int      // columns before each line
	rows   []Row
}

// Row is a row of a Table. All rows of a table have the same number of cells.
type Row struct {
	Cells []string
	Text  []string // paragraphs
	Below string   // printed beneath the row: what is too long for any column; "": nothing
}

const (
	gutter     = 2  // columns between two cells
	narrowText = 32 // a text with less room than this goes beneath its row
	narrowName = 12 // the second column is not made narrower than this
)

// layout has columns, and no lines between or around them.
var layout = table.Style{Box: table.BoxStyle{PaddingRight: strings.Repeat(" ", gutter)}}

// Add adds a row.
func (t *Table) Add(row Row) {
	row.Cells = oneLineEach(row.Cells)
	t.rows = append(t.rows, row)
}

// Len is the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// Print writes the table on lines of so many columns; 0: of as many as it takes. The
// second column, which names what a row is about, is shortened where all do not fit.
// A table without rows prints nothing.
func (t *Table) Print(w io.Writer, columns int) {
	if len(t.rows) == 0 {
		return
	}
	if columns == 0 {
		columns = math.MaxInt
	}
	second, left := t.widths(columns)
	under := t.Indent + 2*gutter // where lines beneath a row begin
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

// columnConfigs aligns the columns, and limits the second one to so many columns.
func (t *Table) columnConfigs(second int) []table.ColumnConfig {
	var configs []table.ColumnConfig
	for i := range t.rows[0].Cells {
		config := table.ColumnConfig{Number: i + 1, Align: text.AlignLeft}
		if i < len(t.Right) && t.Right[i] {
			config.Align = text.AlignRight
		}
		if i == 1 {
			config.WidthMax, config.WidthMaxEnforcer = second, clip
		}
		configs = append(configs, config)
	}
	return configs
}

// widths is how wide the second column may be, and where a text beside the cells begins.
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

// linesOf sets a row's text on lines.
func (t *Table) linesOf(paragraphs []string, room int) []string {
	var lines []string
	for _, paragraph := range paragraphs {
		if t.Clip {
			lines = append(lines, clip(paragraph, max(room, narrowest)))
		} else {
			lines = append(lines, wrap(paragraph, room)...)
		}
	}
	return lines
}
