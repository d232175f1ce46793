// This file writes the summary: figures, what to do next, what to tell Orange.

package report

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
)

// maxRequestRows is the number of rows whose request ids the summary lists.
const maxRequestRows = 50

// tally counts sites as they are written, so that the summary agrees with the sheets, whatever
// has changed in the ledger since.
type tally struct {
	total       int
	open        int // sites that have not ended
	attention   int // sites that stand on a sheet of failures,
	voiceSites  int // and those of them with a voicesite that their row does not name
	noted       int // sites with a note
	states      map[rollout.State]int
	countries   map[string]*countryTally // by ISO2, or wordOther
	requestRows int                      // rows on a sheet of failures with request ids
	requests    []request                // of the first maxRequestRows of them
}

type countryTally struct{ sites, provisioned, needSomeone int }

// request has the request ids of a row.
type request struct {
	row any // its number, or its name if the file has several sheets
	ids string
}

func newTally() *tally {
	return &tally{states: map[rollout.State]int{}, countries: map[string]*countryTally{}}
}

func (t *tally) add(b *rollout.Batch, s *rollout.Site) {
	t.total++
	t.states[s.State]++
	if !s.State.Final() {
		t.open++
	}
	if len(s.Notes) > 0 {
		t.noted++
	}
	t.addCountry(b, s)
	if !needsAttention(b, s) {
		return
	}
	t.attention++
	if voiceSiteID(b, s) != "" && !namesVoiceSite(b, s) {
		t.voiceSites++
	}
	if ids := requestIDs(b, s); ids != "" {
		if t.requestRows++; t.requestRows <= maxRequestRows {
			row := any(b.RowName(s.Row))
			if !hasSeveralSheets(b) {
				_, row = b.Locate(s.Row)
			}
			t.requests = append(t.requests, request{row, ids})
		}
	}
}

func (t *tally) addCountry(b *rollout.Batch, s *rollout.Site) {
	country := s.Country
	if !rollout.IsISO2(country) { // a rejected row may hold any text
		country = wordOther.In(b.Lang)
	}
	c := t.countries[country]
	if c == nil {
		c = &countryTally{}
		t.countries[country] = c
	}
	c.sites++
	if s.State == rollout.Provisioned {
		c.provisioned++
	}
	if needsAttention(b, s) {
		c.needSomeone++
	}
}

// writeSummary writes the sheet of the summary, with the last entries of an audit log. now is the time
// that it gives as the report's.
func writeSummary(w *workbook, log []rollout.AuditEntry, now time.Time) error {
	book, b := w.book, w.batch
	p := &page{book: book, sheet: summarySheet.In(b.Lang), batch: b, tally: w.tally, styles: w.styles}
	p.err = w.addSheet(p.sheet, "portrait", 1)
	p.try(func() error {
		return errors.Join(
			book.SetColWidth(p.sheet, firstColumn, firstColumn, firstWidth),
			book.SetColWidth(p.sheet, secondColumn, secondColumn, secondWidth),
			book.SetColWidth(p.sheet, thirdColumn, thirdColumn, thirdWidth),
			book.SetColWidth(p.sheet, lastColumn, lastColumn, lastWidth),
			book.SetSheetView(p.sheet, 0, &excelize.ViewOptions{ShowGridLines: new(bool)}),
		)
	})
	p.title(titleReport)
	p.aboutBatch(now)
	p.title(titleHowTo)
	for _, line := range howTo(w) {
		p.line(line)
	}
	p.states()
	p.countries()
	p.remarks()
	p.support()
	p.log(log)
	return p.err
}

// aboutBatch writes what is true of the batch as a whole.
func (p *page) aboutBatch(now time.Time) {
	b := p.batch
	finished, end := any(wordNotFinished), now
	if !b.Finished.IsZero() {
		finished, end = timeText(b.Finished), b.Finished
	}
	p.labelled(labelBatch, b.ID)
	if b.Name != "" {
		p.labelled(labelName, b.Name)
	}
	p.labelled(labelFile, b.File)
	var sheets []string
	for _, sheet := range b.Sheets {
		sheets = append(sheets, sheet.Name)
	}
	switch {
	case hasSeveralSheets(b):
		p.labelled(labelSheets, strings.Join(sheets, ", "))
	case len(sheets) == 1 && sheets[0] != "":
		p.labelled(labelSheet, sheets[0])
	}
	label := labelRemarks // beside the first remark only
	for _, remark := range b.Remarks {
		p.labelled(label, remark)
		label = rollout.Text{}
	}
	p.labelled(labelCustomer, b.Customer)
	p.labelled(labelState, batchState(b, p.tally))
	p.labelled(labelCreated, timeText(b.Created))
	p.labelled(labelFinished, finished)
	p.labelled(labelDuration, end.Sub(b.Created).Round(time.Second).String())
	p.labelled(labelWritten, timeText(now))
	p.labelled(labelRows, p.tally.total)
	if n := b.Unwritten(); n > 0 {
		p.labelled(labelUnwritten, sayUnwritten(n))
	}
}

func timeText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func (p *page) states() {
	p.title(titleStates)
	p.heads(labelState, headSites, headMeaning)
	for _, state := range rollout.States {
		if n := p.tally.states[state]; n > 0 {
			p.cells(string(state), n, meaning(p.batch, state))
			p.widen(thirdColumn)
		}
	}
	p.labelled(labelTotal, p.tally.total)
	if p.tally.noted > 0 {
		p.line(sayNoted(p.tally.noted))
	}
}

func (p *page) countries() {
	p.title(titleCountries)
	p.heads(headCountry, headSites, headProvisioned, headNeedSomeone)
	for _, code := range slices.Sorted(maps.Keys(p.tally.countries)) {
		name := code
		for _, c := range p.batch.Countries {
			if c.ISO2 == code {
				name = countryName(c)
			}
		}
		c := p.tally.countries[code]
		p.cells(name, c.sites, c.provisioned, c.needSomeone)
		p.raise(name, firstWidth)
	}
}

// countryName is a country by code and name, in the order in which people look for it.
func countryName(c rollout.Country) string { return strings.TrimSpace(c.ISO2 + " " + c.Name) }

// remarks writes what people should know of countries before they order there, a row for each
// thing to know, and the country beside the first.
func (p *page) remarks() {
	hasTitle := false
	for _, c := range p.batch.Countries {
		name := countryName(c)
		for _, remark := range remarksOn(c) {
			if !hasTitle {
				p.title(titleRemarks)
				p.heads(headCountry, headRemarks)
				hasTitle = true
			}
			p.labelled(rollout.Text{EN: name}, remark)
			name = ""
		}
	}
}

// remarksOn says what is remarkable about a country. Nothing is, where emergency calls are
// possible, Orange has no comment and all rules are applied.
func remarksOn(c rollout.Country) (remarks []rollout.Text) {
	comment := strings.TrimSpace(c.Comment)
	if comment == "" && len(c.Unapplied) == 0 && (c.Emergency == "" || strings.EqualFold(c.Emergency, "Yes")) {
		return nil
	}
	if c.Emergency != "" {
		remarks = append(remarks, sayEmergency(yesOrNo(c.Emergency)))
	}
	if comment != "" {
		remarks = append(remarks, rollout.Text{EN: comment})
	}
	for _, rule := range c.Unapplied {
		remarks = append(remarks, sayUnapplied(rule))
	}
	return remarks
}

// yesOrNo translates a flag of the API; what is neither stays as the API says it.
func yesOrNo(flag string) rollout.Text {
	switch {
	case strings.EqualFold(flag, "Yes"):
		return wordYes
	case strings.EqualFold(flag, "No"):
		return wordNo
	}
	return rollout.Text{EN: flag}
}

// support lists what Orange's support asks for.
func (p *page) support() {
	p.title(titleSupport)
	p.labelled(labelCustomer, p.batch.Customer)
	t := p.tally
	if t.requestRows == 0 {
		p.labelled(labelRequestIDs, sayNoRequestIDs())
		return
	}
	if t.requestRows > maxRequestRows {
		p.line(sayRequestIDsCut(maxRequestRows, t.requestRows))
	}
	p.heads(headRow, headRequestID)
	for _, r := range t.requests {
		p.cells(r.row, r.ids)
		p.widen(secondColumn)
	}
}

// page is the sheet of the summary while it is written. After the first error, which is kept,
// nothing more is written.
type page struct {
	book   *excelize.File
	sheet  string
	batch  *rollout.Batch
	tally  *tally
	styles styles
	row    int // the current row,
	lines  int // and how many lines high it is
	err    error
}

// The summary's columns, and their widths in characters.
const (
	firstColumn, secondColumn, thirdColumn, lastColumn = "A", "B", "C", "D"

	firstWidth, secondWidth, thirdWidth, lastWidth = 24, 12, 14, 48
)

// joinedWidths are those of a cell that is merged with all cells to its right, by its column.
var joinedWidths = map[string]int{
	firstColumn:  firstWidth + secondWidth + thirdWidth + lastWidth,
	secondColumn: secondWidth + thirdWidth + lastWidth,
	thirdColumn:  thirdWidth + lastWidth,
}

// try runs a step, unless an earlier one failed.
func (p *page) try(step func() error) {
	if p.err == nil {
		p.err = step()
	}
}

// title writes a heading, with an empty row above it.
func (p *page) title(text rollout.Text) {
	if p.row > 0 {
		p.row++
	}
	p.cells(text)
	p.paint(firstColumn, firstColumn, p.styles.title)
}

// heads writes the header of a table, which is as wide as the page.
func (p *page) heads(names ...any) {
	p.cells(names...)
	p.paint(firstColumn, lastColumn, p.styles.ownHeader)
}

// labelled writes a label, and a value beside it.
func (p *page) labelled(label rollout.Text, value any) {
	p.cells(label, value)
	p.paint(firstColumn, firstColumn, p.styles.strong)
	p.raise(label.In(p.batch.Lang), firstWidth)
	p.widen(secondColumn)
}

// line writes a text over the whole width.
func (p *page) line(text rollout.Text) {
	p.cells(text)
	p.widen(firstColumn)
}

// widen merges the current row's cell in a column with all cells to its right, and makes the
// row as high as the cell's text needs then.
func (p *page) widen(from string) {
	cell := fmt.Sprintf("%s%d", from, p.row)
	p.try(func() error { return p.book.MergeCell(p.sheet, cell, fmt.Sprintf("%s%d", lastColumn, p.row)) })
	text := ""
	p.try(func() (err error) {
		text, err = p.book.GetCellValue(p.sheet, cell)
		return err
	})
	p.raise(text, joinedWidths[from])
}

// raise makes the current row at least as high as a text in a cell of some width needs.
func (p *page) raise(text string, width int) {
	p.lines = max(p.lines, xlsx.CountLines(text, width))
	p.try(func() error { return p.book.SetRowHeight(p.sheet, p.row, xlsx.RowHeight(p.lines)) })
}

// cells writes the next row. Strings and rollout.Text are neutralised and kept as text;
// anything else is a number.
func (p *page) cells(values ...any) {
	p.row, p.lines = p.row+1, 1
	for i, value := range values {
		cell, err := excelize.CoordinatesToCellName(i+1, p.row)
		p.try(func() error { return err })
		if text, ok := value.(rollout.Text); ok {
			value = text.In(p.batch.Lang)
		}
		style := p.styles.number
		if text, ok := value.(string); ok {
			style, value = p.styles.text, safe(text)
		}
		p.try(func() error { return p.book.SetCellValue(p.sheet, cell, value) })
		p.try(func() error { return p.book.SetCellStyle(p.sheet, cell, cell, style) })
	}
}

// paint gives the current row's cells from one column to another a style.
func (p *page) paint(from, to string, style int) {
	p.try(func() error {
		return p.book.SetCellStyle(p.sheet, fmt.Sprintf("%s%d", from, p.row), fmt.Sprintf("%s%d", to, p.row), style)
	})
}
