// This file writes the notes on headers.

package template

import (
	"strings"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
)

// addNote adds the note on a header.
func (w *writer) addNote(cell, iso2 string, c column) error {
	const bold, size, font = true, 9, "Tahoma"
	title := oneLine(c.Label)
	if title == "" {
		title = c.Code
	} else if title != c.Code {
		title = clip(title, maxNote) + " (" + c.Code + ")"
	}
	return xlsx.AddNote(w.book, iso2, cell, "btrollout",
		excelize.RichTextRun{Text: title + "\n", Font: &excelize.Font{Bold: bold, Size: size, Family: font}},
		excelize.RichTextRun{Text: strings.Join(w.rules(iso2, c), "\n"), Font: &excelize.Font{Size: size, Family: font}},
	)
}

// rules say, a line each, what may stand in a column.
func (w *writer) rules(iso2 string, c column) (lines []string) {
	add := func(text rollout.Text) { lines = append(lines, w.say(text)) }
	if c.Description != "" {
		lines = append(lines, fullStop(clip(oneLine(c.Description), maxNote)))
	}
	if c.isMandatory() {
		add(sayMandatory())
	} else {
		add(sayOptional())
	}
	if len(c.Choices) == 0 && c.Branches == nil {
		lines = append(lines, w.form(c)...)
	}
	switch {
	case c.Branches != nil:
		add(sayChooseWithin(c.upper))
	case c.Area && len(c.Choices) == 0:
		add(sayWritePlace(iso2))
	case c.Area:
		add(sayChoosePlace())
	case len(c.Choices) > 0:
		add(sayChoose())
	}
	return lines
}

// form says what a free text looks like.
func (w *writer) form(c column) (lines []string) {
	add := func(text rollout.Text) { lines = append(lines, w.say(text)) }
	switch least, most := c.MinLength, c.MaxLength; {
	case least > 0 && least == most:
		add(sayExactly(most))
	case least > 1 && most > 0:
		add(sayLengths(least, most))
	case most > 0:
		add(sayAtMost(most))
	case least > 1:
		add(sayAtLeast(least))
	}
	if c.ValueType == rollout.TypeDigits {
		add(sayDigitsOnly())
	}
	switch {
	case c.Regexp == "":
	case c.example == "":
		add(sayPattern(clip(oneLine(c.Regexp), maxNote)))
	default:
		add(sayPatternAsIn(clip(oneLine(c.Regexp), maxNote), c.example))
	}
	return lines
}

// maxNote bounds what the API says within a note, in characters.
const maxNote = 400

func fullStop(sentence string) string {
	if strings.HasSuffix(sentence, ".") || strings.HasSuffix(sentence, "…") {
		return sentence
	}
	return sentence + "."
}
