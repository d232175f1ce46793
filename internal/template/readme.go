// This file writes the page that says how the workbook is filled in, and what Orange
// remarks about its countries.

package template

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
)

// readme fills the page: what is spoken of on the left, what is said of it on the right.
func (w *writer) readme() error {
	const left, right = 22, 96 // characters
	sheet := w.say(readmeSheet)
	err := errors.Join(
		w.book.SetColWidth(sheet, "A", "A", left), w.book.SetColWidth(sheet, "B", "B", right),
		xlsx.FitToPages(w.book, sheet, "portrait", 1),
		w.cell(sheet, "A1", w.say(sayHowToFillIn()), w.looks.title),
	)
	row := 2
	put := func(subject, text string) {
		row++
		err = errors.Join(err,
			w.cell(sheet, fmt.Sprintf("A%d", row), subject, w.looks.strong),
			w.cell(sheet, fmt.Sprintf("B%d", row), text, w.looks.plain),
			w.book.SetRowHeight(sheet, row, xlsx.RowHeight(max(xlsx.CountLines(subject, left), xlsx.CountLines(text, right)))),
		)
	}
	for _, step := range w.steps() {
		put(w.say(step[0]), w.say(step[1]))
	}
	row++
	put(w.say(subjectCountries), w.say(sayWhatOrangeSays()))
	for _, c := range w.Countries {
		for i, line := range w.remarks(c) {
			subject := ""
			if i == 0 {
				subject = strings.TrimSpace(c.ISO2 + " " + c.Name)
			}
			put(subject, line)
		}
	}
	return err
}

// steps say how the workbook is filled in and sent.
func (w *writer) steps() [][2]rollout.Text {
	var codes []string
	for _, c := range w.Countries {
		codes = append(codes, c.ISO2)
	}
	file := w.File
	if strings.ContainsAny(file, ` '"&;()$`) {
		file = strconv.Quote(file)
	}
	return [][2]rollout.Text{
		{subjectRows, sayRows(codes)},
		{subjectMandatory, sayMandatoryColumns()},
		{subjectNotes, sayNotes()},
		{subjectDropDowns, sayDropDowns()},
		{subjectExample, sayExample()},
		{subjectColumns, sayColumns()},
		{subjectZeros, sayZeros()},
		{subjectSending, sayCheckFile(file)},
	}
}

// remarks are what is to be known of a country, a line each.
func (w *writer) remarks(c Country) (lines []string) {
	add := func(text rollout.Text) { lines = append(lines, w.say(text)) }
	if c.Emergency != "" {
		add(sayEmergency(c.Emergency))
	}
	if c.Comment != "" {
		add(sayRemark(fullStop(c.Comment)))
	}
	if c.DialZone != nil {
		add(sayDialZone())
	}
	for _, rule := range c.Unapplied {
		add(sayUnapplied(rule))
	}
	if lines == nil {
		add(sayNothing())
	}
	return lines
}
