package main

// This file sets text on lines of a given width: tables whose columns align whatever
// letters they hold, and paragraphs. It knows nothing of what they say.

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// table is text in columns. The text of its rows stands in one more column, or beneath
// the row where that would be too narrow.
type table struct {
	heads  []string // of the columns and, if its rows have a text, of that
	right  []bool   // columns that are aligned to the right; those not mentioned are not
	clip   bool     // texts take one line each, and stay beside their row
	indent int
	rows   []tableRow
}

type tableRow struct {
	cells []string
	text  []string // paragraphs
	below string   // what is too long for any column
}

const (
	gutter     = 2  // between two columns
	narrowText = 32 // a text with less room than this goes beneath its row
	narrowName = 12 // no name is made narrower than this, and
	narrowest  = 20 // no text is made narrower than this, whatever the terminal
)

func (t *table) add(row tableRow) {
	for i := range row.cells {
		row.cells[i] = oneLine(row.cells[i])
	}
	t.rows = append(t.rows, row)
}

// print writes the table on lines of so many columns.
func (t *table) print(w io.Writer, columns int) {
	widths, left := t.widths(columns)
	under := t.indent + 2*gutter // where lines beneath a row begin
	beside := t.clip || columns-left >= narrowText
	head := tableRow{cells: t.heads[:len(widths)]}
	if beside {
		head.text = t.heads[len(widths):]
	} else {
		left = under
	}
	for _, row := range append([]tableRow{head}, t.rows...) {
		lines := t.textOf(row, columns-left)
		line := strings.Repeat(" ", t.indent) + t.line(row.cells, widths)
		if beside && len(lines) > 0 {
			line, lines = line+strings.Repeat(" ", gutter)+lines[0], lines[1:]
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
		for _, line := range lines {
			fmt.Fprintln(w, strings.Repeat(" ", left)+line)
		}
		if row.below != "" {
			hanging(w, "", under, row.below, columns)
		}
	}
}

// textOf sets a row's text on lines.
func (t *table) textOf(row tableRow, room int) []string {
	var lines []string
	for _, paragraph := range row.text {
		if t.clip {
			lines = append(lines, clip(paragraph, max(room, narrowest)))
		} else {
			lines = append(lines, wrap(paragraph, room)...)
		}
	}
	return lines
}

// widths is how wide each column is, and where a text beside them begins. The second
// column, which names what the row is about, gives way where all do not fit.
func (t *table) widths(columns int) (widths []int, left int) {
	for _, row := range t.rows {
		for i, cell := range row.cells {
			if i == len(widths) {
				widths = append(widths, columnsOf(t.heads[i]))
			}
			widths[i] = max(widths[i], columnsOf(cell))
		}
	}
	left = t.indent
	for _, n := range widths {
		left += n + gutter
	}
	over := left - gutter - columns
	if t.clip && len(t.heads) > len(widths) {
		over = left + narrowest - columns
	}
	if over > 0 && len(widths) > 1 {
		over = min(over, max(0, widths[1]-narrowName))
		widths[1] -= over
		left -= over
	}
	return widths, left
}

// line sets one row's cells side by side.
func (t *table) line(cells []string, widths []int) string {
	var line strings.Builder
	for i, cell := range cells {
		if i > 0 {
			line.WriteString(strings.Repeat(" ", gutter))
		}
		cell = clip(cell, widths[i])
		pad := strings.Repeat(" ", widths[i]-columnsOf(cell))
		if i < len(t.right) && t.right[i] {
			cell, pad = pad, cell
		}
		line.WriteString(cell + pad)
	}
	return line.String()
}

// hanging prints a paragraph whose lines begin at the same column, the first one after
// its label.
func hanging(w io.Writer, label string, labelColumns int, text string, columns int) {
	label += strings.Repeat(" ", max(0, labelColumns-columnsOf(label)))
	for _, line := range wrap(text, columns-labelColumns) {
		fmt.Fprintln(w, label+line)
		label = strings.Repeat(" ", labelColumns)
	}
}

// wrap breaks a text into lines at its white space, and a word that is longer than a
// line wherever it must.
func wrap(text string, room int) []string {
	room = max(room, narrowest)
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(printable(text)) {
		n := columnsOf(word)
		if used > 0 && used+1+n <= room {
			line, used = line+" "+word, used+1+n
			continue
		}
		if used > 0 {
			lines = append(lines, line)
		}
		for n > room {
			head := fitting(word, room)
			lines = append(lines, head)
			word = word[len(head):]
			n = columnsOf(word)
		}
		line, used = word, n
	}
	return append(lines, line)
}

// clip shortens a text to one line.
func clip(text string, room int) string {
	text = oneLine(text)
	if columnsOf(text) <= room {
		return text
	}
	return strings.TrimRight(fitting(text, room-1), " ") + "…"
}

func oneLine(text string) string { return strings.Join(strings.Fields(printable(text)), " ") }

// fitting is as much of a text's beginning as has room; one character at least.
func fitting(text string, room int) string {
	for i, r := range text {
		if room -= columnsOfRune(r); room < 0 && i > 0 {
			return text[:i]
		}
	}
	return text
}

// printable takes out what would do something to a terminal; the API is somebody else's.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, text)
}

// columnsOf is how many columns of a terminal a text takes.
func columnsOf(text string) int {
	n := 0
	for _, r := range text {
		n += columnsOfRune(r)
	}
	return n
}

func columnsOfRune(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) { // they stand on the letter before
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
