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
	total     int
	states    map[rollout.State]int
	countries map[string]*countryTally
	requests  int
	quoted    []request // the first maxQuoted
}

type countryTally struct{ sites, provisioned, needSomeone int }

type request struct {
	row int
	ids string
}

func newTally() *tally {
	return &tally{states: map[rollout.State]int{}, countries: map[string]*countryTally{}}
}

func (t *tally) add(s rollout.Site) {
	t.total++
	t.states[s.State]++
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
	if s.State.NeedsSomeone() {
		c.needSomeone++
	}
	if ids := requestIDs(&s); ids != "" && needsAttention(s) {
		if t.requests++; t.requests <= maxQuoted {
			t.quoted = append(t.quoted, request{row: s.Row, ids: ids})
		}
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

func writeSummary(book *excelize.File, b *rollout.Batch, t *tally, looks styles, now time.Time) error {
	p := &page{book: book, styles: looks, err: addSheet(book, summarySheet)}
	p.try(func() error {
		return errors.Join(
			book.SetColWidth(summarySheet, "A", "A", 24),
			book.SetColWidth(summarySheet, "B", "B", 40),
			book.SetColWidth(summarySheet, "C", "D", 16),
			book.SetSheetView(summarySheet, 0, &excelize.ViewOptions{ShowGridLines: new(bool)}),
		)
	})
	p.title("Rollout report")
	p.facts(b, t, now)
	p.states(t)
	p.countries(t)
	p.title("How to use this file")
	p.line("Correct the coloured cells on the sheet “" + failuresSheet + "”; the column bt_problem says what is wrong in each row and what to do.")
	p.line("Save the workbook and upload it as it is: that sheet is read, and no site is ordered a second time.")
	p.line("Columns whose names start with bt_ are ignored by the upload, so they can stay.")
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
	p.fact("Created", moment(b.Created))
	p.fact("Finished", finished)
	p.fact("Duration", until.Sub(b.Created).Round(time.Second).String())
	p.fact("Report written", moment(now))
	p.fact("Rows", t.total)
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func (p *page) states(t *tally) {
	p.title("Sites by state")
	p.heads("State", "Sites")
	for _, state := range rollout.States {
		if n := t.states[state]; n > 0 {
			p.cells(string(state), n)
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
		p.fact("Request ids", "none: no call to the API failed for the sites in this report")
		return
	}
	if t.requests > maxQuoted {
		p.line(fmt.Sprintf("The first %d of the %d rows with a request id; the column bt_request_id has them all.", maxQuoted, t.requests))
	}
	p.heads("Row", "Request id")
	for _, r := range t.quoted {
		p.cells(r.row, r.ids)
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
	p.paint("A", "A", p.styles.title)
}

func (p *page) heads(names ...any) {
	p.cells(names...)
	last, err := excelize.ColumnNumberToName(len(names))
	p.try(func() error { return err })
	p.paint("A", last, p.styles.ownHeader)
}

func (p *page) fact(name string, value any) {
	p.cells(name, value)
	p.paint("A", "A", p.styles.strong)
}

func (p *page) line(text string) { p.cells(text) }

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
