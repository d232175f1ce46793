// Package console sets text on lines for people who read a terminal: paragraphs, and
// tables whose columns align whatever letters they hold. What is printed comes from
// files and from the API, so characters that would do something to a terminal are
// taken out. The package knows nothing of what the text says.
package console

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/text"
)

// narrowest is the narrowest room that a text is set in, in columns, whatever the
// terminal.
const narrowest = 20

// go-pretty takes the locale into account: under a Chinese, Japanese or Korean one it
// counts two columns for characters such as … and –. A table must not depend on the
// locale, and terminals that read UTF-8 show these characters in one column.
func init() { text.OverrideRuneWidthEastAsianWidth(false) }

// Paragraph prints a text, broken between words, on lines of so many columns that
// begin with an indent.
func Paragraph(w io.Writer, indent int, paragraph string, columns int) {
	printLines(w, indent, wrap(paragraph, columns-indent))
}

// printLines prints lines that begin at a column.
func printLines(w io.Writer, column int, lines []string) {
	for _, line := range lines {
		if line != "" {
			line = strings.Repeat(" ", column) + line
		}
		fmt.Fprintln(w, line)
	}
}

// Printable replaces white space by spaces, and takes out the other control characters
// and those that turn the direction of writing.
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

func oneLineEach(texts []string) []string {
	lines := make([]string, len(texts))
	for i, text := range texts {
		lines[i] = oneLine(text)
	}
	return lines
}

// wrap breaks a text into lines at its white space, and a word that is longer than a
// line wherever it must.
func wrap(paragraph string, room int) []string {
	room = max(room, narrowest)
	var words []string
	for word := range strings.FieldsSeq(Printable(paragraph)) {
		// WrapSoft breaks long words too, but too late before a wide character, and
		// between a letter and its accent.
		for widthOf(word) > room {
			head := text.Trim(word, room)
			words = append(words, head)
			word = word[len(head):]
		}
		words = append(words, word)
	}
	lines := strings.Split(text.WrapSoft(strings.Join(words, " "), room), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// clip shortens a text to one line.
func clip(paragraph string, room int) string {
	line := oneLine(paragraph)
	if widthOf(line) <= room {
		return line
	}
	return strings.TrimRight(text.Trim(line, room-1), " ") + "…"
}

// widthOf is how many columns of a terminal a line takes.
func widthOf(line string) int { return text.StringWidthWithoutEscSequences(line) }
