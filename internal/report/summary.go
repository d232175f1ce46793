package report

// This file writes the summary: figures, what to do next, what to tell Orange.

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

// maxQuoted bounds the request ids that the summary lists.
const maxQuoted = 50

// tally counts sites as they are written, so that the summary agrees with the
// sheets whatever has moved since.
type tally struct {
	total      int
	open       int // have not ended
	attention  int // stand on the sheet of failures,
	voiceSites int // and have a voicesite that their row does not name
	noted      int // have a note
	states     map[rollout.State]int
	countries  map[string]*countryTally
	requests   int
	quoted     []request // the first maxQuoted
}

type countryTally struct{ sites, provisioned, needSomeone int }

type request struct {
	row any // its number, or its name where there are several sheets
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
		if t.requests++; t.requests <= maxQuoted {
			name := any(b.RowName(s.Row))
			if !several(b) {
				_, name = b.Locate(s.Row)
			}
			t.quoted = append(t.quoted, request{row: name, ids: ids})
		}
	}
}

func (t *tally) addCountry(b *rollout.Batch, s *rollout.Site) {
	country := s.Country
	if len(country) != 2 { // a rejected row may hold anything
		country = say(b, "other", "autre")
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
	sheet  string
	batch  *rollout.Batch
	tally  *tally
	styles styles
	row    int // the present one,
	lines  int // and how many lines high it is
	err    error
}

// The summary's columns, and their widths in characters.
const (
	firstColumn, secondColumn, thirdColumn, lastColumn = "A", "B", "C", "D"

	firstWidth, secondWidth, thirdWidth, lastWidth = 24, 12, 14, 48
)

func writeSummary(w *workbook, now time.Time) error {
	book, b := w.book, w.batch
	p := &page{book: book, sheet: summarySheet.In(b.Lang), batch: b, tally: w.seen, styles: w.looks}
	p.err = addSheet(book, p.sheet, "portrait")
	p.try(func() error {
		return errors.Join(
			book.SetColWidth(p.sheet, firstColumn, firstColumn, firstWidth),
			book.SetColWidth(p.sheet, secondColumn, secondColumn, secondWidth),
			book.SetColWidth(p.sheet, thirdColumn, thirdColumn, thirdWidth),
			book.SetColWidth(p.sheet, lastColumn, lastColumn, lastWidth),
			book.SetSheetView(p.sheet, 0, &excelize.ViewOptions{ShowGridLines: new(bool)}),
		)
	})
	p.title(p.say("Rollout report", "Rapport de déploiement"))
	p.facts(now)
	p.title(p.say("How to use this file", "Comment utiliser ce fichier"))
	for _, line := range howTo(w) {
		p.line(line)
	}
	p.states()
	p.countries()
	p.remarks()
	p.support()
	return p.err
}

func (p *page) say(en, fr string, args ...any) string { return say(p.batch, en, fr, args...) }

func (p *page) facts(now time.Time) {
	b := p.batch
	finished, until := p.say("not finished when this report was written", "pas terminé au moment où ce rapport a été écrit"), now
	if !b.Finished.IsZero() {
		finished, until = moment(b.Finished), b.Finished
	}
	p.fact(p.say("Batch", "Lot"), b.ID)
	p.fact(p.say("File", "Fichier"), b.File)
	var sheets []string
	for _, sheet := range b.Sheets {
		sheets = append(sheets, sheet.Name)
	}
	switch {
	case several(b):
		p.fact(p.say("Sheets", "Feuilles"), strings.Join(sheets, ", "))
	case len(sheets) == 1 && sheets[0] != "":
		p.fact(p.say("Sheet", "Feuille"), sheets[0])
	}
	name := p.say("Good to know", "À savoir") // beside the first
	for _, remark := range b.Remarks {
		p.fact(name, remark.In(b.Lang))
		name = ""
	}
	p.fact(p.customerCode(), b.Customer)
	p.fact(p.state(), standing(b, p.tally))
	p.fact(p.say("Created", "Créé"), moment(b.Created))
	p.fact(p.say("Finished", "Terminé"), finished)
	p.fact(p.say("Duration", "Durée"), until.Sub(b.Created).Round(time.Second).String())
	p.fact(p.say("Report written", "Rapport écrit"), moment(now))
	p.fact(p.say("Rows", "Lignes"), p.tally.total)
	if n := b.Unwritten(); n > 0 {
		p.fact(p.say("Rows in no report", "Lignes absentes"), p.say(
			"%d: the upload was withdrawn before they were written; enqueue the file again",
			"%d : l'envoi a été retiré avant leur écriture ; transmettez de nouveau le fichier", n))
	}
}

// Labels that stand in several places.
func (p *page) customerCode() string { return p.say("Customer code", "Code client") }
func (p *page) state() string        { return p.say("State", "État") }
func (p *page) country() string      { return p.say("Country", "Pays") }

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func (p *page) states() {
	p.title(p.say("Sites by state", "Sites par état"))
	p.heads(p.state(), "Sites", p.say("Meaning", "Signification"))
	for _, state := range rollout.States {
		if n := p.tally.states[state]; n > 0 {
			p.cells(string(state), n, meaning(p.batch, state))
			p.widen(thirdColumn)
		}
	}
	p.fact("Total", p.tally.total)
	switch n := p.tally.noted; {
	case n == 1:
		p.line(p.say("In 1 row, values are sent otherwise than the file has them (case, accents, white space; left out or added): see %s on “%s”.",
			"Dans 1 ligne, des valeurs sont transmises autrement que dans le fichier (casse, accents, espaces ; omises ou ajoutées) : voyez %s dans « %s ».", rollout.ColumnNote, allSheet))
	case n > 1:
		p.line(p.say("In %d rows, values are sent otherwise than the file has them (case, accents, white space; left out or added): see %s on “%s”.",
			"Dans %d lignes, des valeurs sont transmises autrement que dans le fichier (casse, accents, espaces ; omises ou ajoutées) : voyez %s dans « %s ».", n, rollout.ColumnNote, allSheet))
	}
}

func (p *page) countries() {
	p.title(p.say("Sites by country", "Sites par pays"))
	p.heads(p.country(), "Sites", p.say("Provisioned", "En place"), p.say("Needs someone", "À traiter"))
	for _, code := range slices.Sorted(maps.Keys(p.tally.countries)) {
		name := code
		for _, c := range p.batch.Countries {
			if c.ISO2 == code {
				name = named(c)
			}
		}
		c := p.tally.countries[code]
		p.cells(name, c.sites, c.provisioned, c.needSomeone)
		p.raise(name, firstWidth)
	}
}

// named is a country as people look for it, its code first.
func named(c rollout.Country) string { return strings.TrimSpace(c.ISO2 + " " + c.Name) }

// remarks says what people should know of countries before they order there, a row
// for each thing to know, the country beside the first.
func (p *page) remarks() {
	begun := false
	for _, c := range p.batch.Countries {
		name := named(c)
		for _, remark := range p.remarksOn(c) {
			if !begun {
				p.title(p.say("What Orange says about these countries", "Remarques d'Orange sur ces pays"))
				p.heads(p.country(), p.say("Good to know before an order", "À savoir avant de commander"))
				begun = true
			}
			p.fact(name, remark)
			name = ""
		}
	}
}

// remarksOn says what is remarkable about a country, nothing being remarkable where
// emergency calls are possible and Orange has no comment.
func (p *page) remarksOn(c rollout.Country) (remarks []string) {
	comment := strings.TrimSpace(c.Comment)
	if comment == "" && len(c.Unapplied) == 0 && (c.Emergency == "" || strings.EqualFold(c.Emergency, "Yes")) {
		return nil
	}
	if c.Emergency != "" {
		remarks = append(remarks, p.say("Domestic emergency calls: %s.", "Appels d'urgence nationaux : %s.", yesOrNo(c.Emergency)))
	}
	if comment != "" {
		remarks = append(remarks, comment)
	}
	for _, rule := range c.Unapplied {
		remarks = append(remarks, p.say("Not checked before the order: %s", "Non vérifié avant la commande : %s", rule))
	}
	return remarks
}

// yesOrNo is a flag of the API in words; what is neither stays as the API says it.
func yesOrNo(flag string) rollout.Text {
	switch {
	case strings.EqualFold(flag, "Yes"):
		return rollout.Say("Yes", "Oui")
	case strings.EqualFold(flag, "No"):
		return rollout.Say("No", "Non")
	}
	return rollout.Text{EN: flag}
}

// support lists what Orange's support asks for.
func (p *page) support() {
	p.title(p.say("For Orange support, quote", "À communiquer au support Orange"))
	p.fact(p.customerCode(), p.batch.Customer)
	t := p.tally
	if t.requests == 0 {
		p.fact(p.say("Request ids", "Identifiants de requête"), p.say("none: behind no row on “%s” is a call that failed", "aucun : les lignes de « %s » ne viennent pas d'un appel en échec", failuresSheet))
		return
	}
	if t.requests > maxQuoted {
		p.line(p.say("The first %d of the %d rows with a request id; the column bt_request_id has them all.",
			"Les %d premières des %d lignes avec un identifiant de requête ; la colonne bt_request_id les contient tous.", maxQuoted, t.requests))
	}
	p.heads(p.say("Row", "Ligne"), p.say("Request id", "Identifiant de requête"))
	for _, r := range t.quoted {
		p.cells(r.row, r.ids)
		p.widen(secondColumn)
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

// heads writes the header of a table, which is as wide as the page.
func (p *page) heads(names ...any) {
	p.cells(names...)
	p.paint(firstColumn, lastColumn, p.styles.ownHeader)
}

func (p *page) fact(name string, value any) {
	p.cells(name, value)
	p.paint(firstColumn, firstColumn, p.styles.strong)
	p.raise(name, firstWidth)
	p.widen(secondColumn)
}

// line writes a text over the whole width.
func (p *page) line(text string) {
	p.cells(text)
	p.widen(firstColumn)
}

// widths are those of a cell that takes all columns from one of them on.
var widths = map[string]int{
	firstColumn:  firstWidth + secondWidth + thirdWidth + lastWidth,
	secondColumn: secondWidth + thirdWidth + lastWidth,
	thirdColumn:  thirdWidth + lastWidth,
}

// widen lets the present row's cell in column from take all columns to the right,
// and as many lines as its text needs there.
func (p *page) widen(from string) {
	cell := fmt.Sprintf("%s%d", from, p.row)
	p.try(func() error { return p.book.MergeCell(p.sheet, cell, fmt.Sprintf("%s%d", lastColumn, p.row)) })
	text := ""
	p.try(func() (err error) {
		text, err = p.book.GetCellValue(p.sheet, cell)
		return err
	})
	p.raise(text, widths[from])
}

// raise makes the present row as high at least as a text in a cell of some width needs.
func (p *page) raise(text string, width int) {
	p.lines = max(p.lines, xlsx.CountLines(text, width))
	p.try(func() error { return p.book.SetRowHeight(p.sheet, p.row, xlsx.RowHeight(p.lines)) })
}

// cells writes the next row; texts are made safe and kept as text.
func (p *page) cells(values ...any) {
	p.row, p.lines = p.row+1, 1
	for i, value := range values {
		cell, err := excelize.CoordinatesToCellName(i+1, p.row)
		p.try(func() error { return err })
		style := p.styles.number
		if text, ok := value.(string); ok {
			style, value = p.styles.text, safe(text)
		}
		p.try(func() error { return p.book.SetCellValue(p.sheet, cell, value) })
		p.try(func() error { return p.book.SetCellStyle(p.sheet, cell, cell, style) })
	}
}

func (p *page) paint(from, to string, style int) {
	p.try(func() error {
		return p.book.SetCellStyle(p.sheet, fmt.Sprintf("%s%d", from, p.row), fmt.Sprintf("%s%d", to, p.row), style)
	})
}
