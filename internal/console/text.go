// Package console prints text for people who read a terminal: paragraphs, and tables whose
// columns align in any script. The text comes from files and from the API, so characters that
// control a terminal are removed. The package knows nothing of the meaning of the text.
//
// Widths are in columns of the terminal: a wide character takes two, an accent none.
package console

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/text"
)

// narrowest is the least width of a text, in columns, even if the terminal is narrower.
const narrowest = 20

// go-pretty depends on the locale: under a Chinese, Japanese or Korean one it counts two columns
// for characters such as … and –. A table must not depend on the locale, and terminals that read
// UTF-8 show these characters in one column.
func init() { text.OverrideRuneWidthEastAsianWidth(false) }

// Paragraph prints a text, broken between words, on lines of at most that many columns, which
// include an indent of each line.
func Paragraph(w io.Writer, indent int, paragraph string, columns int) {
	printLines(w, indent, wrap(paragraph, columns-indent))
}

// printLines prints lines, indented by that many columns.
func printLines(w io.Writer, indent int, lines []string) {
	for _, line := range lines {
		if line != "" {
			line = strings.Repeat(" ", indent) + line
		}
		fmt.Fprintln(w, line)
	}
}

// Printable replaces white space by spaces, and removes the other control characters and those
// that change the direction of writing.
func Printable(text string) string {
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

// oneLine is a printable text with single spaces.
func oneLine(text string) string { return strings.Join(strings.Fields(Printable(text)), " ") }

// oneLineEach is oneLine of each text.
func oneLineEach(texts []string) []string {
	lines := make([]string, len(texts))
	for i, text := range texts {
		lines[i] = oneLine(text)
	}
	return lines
}

// wrap breaks a text into lines of at most that many columns: at its white space, and within a
// word that is longer than a line.
func wrap(paragraph string, columns int) []string {
	columns = max(columns, narrowest)
	var words []string
	for word := range strings.FieldsSeq(Printable(paragraph)) {
		// WrapSoft breaks long words too, but too late before a wide character, and
		// between a letter and its accent.
		for widthOf(word) > columns {
			head := text.Trim(word, columns)
			words = append(words, head)
			word = word[len(head):]
		}
		words = append(words, word)
	}
	lines := strings.Split(text.WrapSoft(strings.Join(words, " "), columns), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// Clip shortens a text to one line of at most that many columns.
func Clip(paragraph string, columns int) string {
	line := oneLine(paragraph)
	if widthOf(line) <= columns {
		return line
	}
	return strings.TrimRight(text.Trim(line, columns-1), " ") + "…"
}

// widthOf is the width of a line, in columns.
func widthOf(line string) int { return text.StringWidthWithoutEscSequences(line) }
