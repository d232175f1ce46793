package report

// This file writes the summary: figures, what to do next, what to tell Orange.

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
)

// maxQuoted bounds the request ids that the summary lists.
const maxQuoted = 50

// tally counts sites as they are written, so that the summary agrees with the
// sheets whatever has moved since.
type tally struct {
	total      int
	open       int // have not ended
	attention  int // stand on the sheet of failures,
	voiceSites int // and have a voicesite that their row does not name
	states     map[rollout.State]int
	countries  map[string]*countryTally
	requests   int
	quoted     []request // the first maxQuoted
}

type countryTally struct{ sites, provisioned, needSomeone int }

type request struct {
	row int
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
	t.addCountry(b, s)
	if !needsAttention(b, s) {
		return
	}
	t.attention++
	if voiceSiteID(b, s) != "" && !namesVoiceSite(b, s) {
		t.voiceSites++
	}
	if ids := requestIDs(b, s); ids != "" {
		if t.requests++; t.requests <= maxQuoted {
			t.quoted = append(t.quoted, request{row: s.Row, ids: ids})
		}
	}
}

func (t *tally) addCountry(b *rollout.Batch, s *rollout.Site) {
	country := s.Country
	if len(country) != 2 { // a rejected row may hold anything
		country = "other"
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

// page is the summary sheet under way. The first error is kept, and the rest of
// the page is not written.
type page struct {
	book   *excelize.File
	styles styles
	row    int
	err    error
}

// The summary's columns, and their widths in characters.
const (
	firstColumn, secondColumn, thirdColumn, lastColumn = "A", "B", "C", "D"

	firstWidth, secondWidth, thirdWidth, lastWidth = 22, 12, 14, 48
)

func writeSummary(book *excelize.File, b *rollout.Batch, t *tally, looks styles, now time.Time) error {
	p := &page{book: book, styles: looks, err: addSheet(book, summarySheet, "portrait")}
	p.try(func() error {
		return errors.Join(
			book.SetColWidth(summarySheet, firstColumn, firstColumn, firstWidth),
			book.SetColWidth(summarySheet, secondColumn, secondColumn, secondWidth),
			book.SetColWidth(summarySheet, thirdColumn, thirdColumn, thirdWidth),
			book.SetColWidth(summarySheet, lastColumn, lastColumn, lastWidth),
			book.SetSheetView(summarySheet, 0, &excelize.ViewOptions{ShowGridLines: new(bool)}),
		)
	})
	p.title("Rollout report")
	p.facts(b, t, now)
	p.title("How to use this file")
	for _, line := range howTo(b, t) {
		p.line(line)
	}
	p.states(b, t)
	p.countries(t)
	p.support(b, t)
	return p.err
}

func (p *page) facts(b *rollout.Batch, t *tally, now time.Time) {
	finished, until := "not finished when this report was written", now
	if !b.Finished.IsZero() {
		finished, until = moment(b.Finished), b.Finished
	}
	p.fact("Batch", b.ID)
	p.fact("File", b.File)
	if b.Sheet != "" {
		p.fact("Sheet", b.Sheet)
	}
	p.fact("Customer code", b.Customer)
	p.fact("State", standing(b, t))
	p.fact("Created", moment(b.Created))
	p.fact("Finished", finished)
	p.fact("Duration", until.Sub(b.Created).Round(time.Second).String())
	p.fact("Report written", moment(now))
	p.fact("Rows", t.total)
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func (p *page) states(b *rollout.Batch, t *tally) {
	p.title("Sites by state")
	p.heads("State", "Sites", "Meaning")
	p.paint(thirdColumn, lastColumn, p.styles.ownHeader)
	for _, state := range rollout.States {
		if n := t.states[state]; n > 0 {
			p.cells(string(state), n, meaning(b, state))
			p.widen(thirdColumn, thirdWidth+lastWidth)
		}
	}
	p.fact("Total", t.total)
}

func (p *page) countries(t *tally) {
	p.title("Sites by country")
	p.heads("Country", "Sites", "Provisioned", "Needs someone")
	for _, country := range slices.Sorted(maps.Keys(t.countries)) {
		c := t.countries[country]
		p.cells(country, c.sites, c.provisioned, c.needSomeone)
	}
}

// support lists what Orange's support asks for.
func (p *page) support(b *rollout.Batch, t *tally) {
	p.title("For Orange support, quote")
	p.fact("Customer code", b.Customer)
	if t.requests == 0 {
		p.fact("Request ids", "none: behind no row on “"+failuresSheet+"” is a call that failed")
		return
	}
	if t.requests > maxQuoted {
		p.line(fmt.Sprintf("The first %d of the %d rows with a request id; the column bt_request_id has them all.", maxQuoted, t.requests))
	}
	p.heads("Row", "Request id")
	p.paint(secondColumn, lastColumn, p.styles.ownHeader)
	for _, r := range t.quoted {
		p.cells(r.row, r.ids)
		p.widen(secondColumn, secondWidth+thirdWidth+lastWidth)
	}
}

func (p *page) try(step func() error) {
	if p.err == nil {
		p.err = step()
	}
}

// title writes a heading, an empty row above it.
func (p *page) title(text string) {
	if p.row > 0 {
		p.row++
	}
	p.cells(text)
	p.paint(firstColumn, firstColumn, p.styles.title)
}

func (p *page) heads(names ...any) {
	p.cells(names...)
	last, err := excelize.ColumnNumberToName(len(names))
	p.try(func() error { return err })
	p.paint(firstColumn, last, p.styles.ownHeader)
}

func (p *page) fact(name string, value any) {
	p.cells(name, value)
	p.paint(firstColumn, firstColumn, p.styles.strong)
	p.widen(secondColumn, secondWidth+thirdWidth+lastWidth)
}

// line writes a text over the whole width.
func (p *page) line(text string) {
	p.cells(text)
	p.widen(firstColumn, firstWidth+secondWidth+thirdWidth+lastWidth)
}

// widen lets the present row's cell in column from take all columns to the right,
// width characters together, and as many lines as its text needs there.
func (p *page) widen(from string, width int) {
	cell := fmt.Sprintf("%s%d", from, p.row)
	p.try(func() error { return p.book.MergeCell(summarySheet, cell, fmt.Sprintf("%s%d", lastColumn, p.row)) })
	p.try(func() error {
		text, err := p.book.GetCellValue(summarySheet, cell)
		return errors.Join(err, p.book.SetRowHeight(summarySheet, p.row, heightOf(linesOf(text, width))))
	})
}

// cells writes the next row; texts are made safe and kept as text.
func (p *page) cells(values ...any) {
	p.row++
	for i, value := range values {
		cell, err := excelize.CoordinatesToCellName(i+1, p.row)
		p.try(func() error { return err })
		style := p.styles.number
		if text, ok := value.(string); ok {
			style, value = p.styles.text, safe(text)
		}
		p.try(func() error { return p.book.SetCellValue(summarySheet, cell, value) })
		p.try(func() error { return p.book.SetCellStyle(summarySheet, cell, cell, style) })
	}
}

func (p *page) paint(from, to string, style int) {
	p.try(func() error {
		return p.book.SetCellStyle(summarySheet, fmt.Sprintf("%s%d", from, p.row), fmt.Sprintf("%s%d", to, p.row), style)
	})
}
