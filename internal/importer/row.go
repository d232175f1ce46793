// This file checks one row: its cells, its fields, and whether an earlier row
// claims the same. Address rules are not known here.

package importer

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"btrollout/internal/identity"
	"btrollout/internal/rollout"
	"btrollout/internal/spreadsheet"
)

// checker makes records into sites. It remembers who claimed what is unique.
type checker struct {
	sheets     []rollout.Sheet
	names      map[string]int // the first row with each technicalSiteName,
	alike      map[string]int // and with each as people read it
	references map[string]int
	voiceSites map[string]int
}

func newChecker(sheets []rollout.Sheet) *checker {
	return &checker{sheets: sheets, names: map[string]int{}, alike: map[string]int{}, references: map[string]int{}, voiceSites: map[string]int{}}
}

// site checks one row completely. place is its Site.Row.
func (c *checker) site(l *layout, place int, rec spreadsheet.Row, doubt *rollout.Problem) rollout.Site {
	r := &row{Site: rollout.Site{Row: place}, limits: l.limits}
	r.Address = make(rollout.Address, len(l.Fields))
	r.State = rollout.Imported
	if p := l.unreadable(rec); p != nil {
		r.Cells = make([]string, len(l.Columns))
		r.report(*p)
	} else {
		r.Cells = l.cells(rec)
		c.checkRow(l, r, rec, doubt)
	}
	if len(r.Problems) > 0 {
		r.State = rollout.Rejected
	}
	return r.Site
}

// checkRow fills the fields and judges them.
func (c *checker) checkRow(l *layout, r *row, rec spreadsheet.Row, doubt *rollout.Problem) {
	for i, field := range l.Fields {
		if field == "" {
			continue
		}
		value, place := clean(r.Cells[i]), l.places[i]
		r.fill(field, value)
		for _, f := range rec.CellFaults {
			if f.Column != place {
				continue
			}
			if p := problemOf(f.Fault, field); !r.has(p) {
				r.report(p)
			}
		}
		if place < len(rec.Cells) {
			r.checkCell(field, value, isTooLong(rec.Cells[place], l.limits.Cell))
		}
	}
	if place, found := l.unnamed(rec.Cells); found {
		r.report(problemColumnUnnamed(place, clean(cut(rec.Cells[place], l.limits.Cell))))
	}
	if doubt != nil {
		r.report(*doubt)
	}
	r.checkFields()
	c.checkUnique(r)
}

// problemOf makes what is wrong with a cell or, without a field, with a row a Problem.
func problemOf(f spreadsheet.Fault, field string) rollout.Problem {
	return rollout.Problem{Code: f.Code, Field: field, Value: f.Value, Message: f.Message}
}

// unreadable returns the Problem of a row that cannot be divided into cells, or of a CSV row
// that has more or fewer cells than the header; empty ones at the end are no more.
func (l *layout) unreadable(rec spreadsheet.Row) *rollout.Problem {
	if rec.Unreadable != nil {
		p := problemOf(*rec.Unreadable, "")
		return &p
	}
	n := len(rec.Cells)
	if rec.Text == nil || n == len(l.uses) || n > len(l.uses) && !hasText(rec.Cells[len(l.uses):]) {
		return nil
	}
	p := problemRagged(cut(rec.Text(), l.limits.Cell), n, len(l.uses))
	return &p
}

// row is a site under examination.
type row struct {
	rollout.Site
	limits  Limits
	country string   // as written, cleaned
	faulty  []string // fields that have a Problem already, and get no second one
}

// fill sets the typed field that a column feeds.
func (r *row) fill(field, value string) {
	switch field {
	case rollout.FieldName:
		r.Name = value
	case rollout.FieldLabel:
		r.Label = value
	case rollout.FieldCountry:
		r.country, r.Country = value, strings.ToUpper(value)
	case rollout.FieldVPN:
		r.VPN = value
	case rollout.FieldReference:
		r.Reference = value
	case rollout.FieldVoiceSiteID:
		r.Request.VoiceSiteID = value
	default:
		if value != "" {
			r.Address[field] = value
		}
	}
}

// report adds a Problem, unless its field has one.
func (r *row) report(p rollout.Problem) {
	if p.Field != "" && slices.Contains(r.faulty, p.Field) {
		return
	}
	p.Stage = rollout.StageImport
	r.Problems = append(r.Problems, p)
	r.faulty = append(r.faulty, p.Field)
}

// has reports whether the same was said of another field: merged cells are, in one
// sentence, of several.
func (r *row) has(p rollout.Problem) bool {
	return slices.ContainsFunc(r.Problems, func(q rollout.Problem) bool { return q.Code == p.Code && q.Message == p.Message })
}

// checkCell judges a cell's value whatever its field.
func (r *row) checkCell(field, value string, tooLong bool) {
	lost := spreadsheet.TextFault(value)
	switch {
	case tooLong:
		r.report(problemCellTooLong(field, value, r.limits.Cell))
	case lost != nil:
		r.report(problemOf(*lost, field))
	case isLatin(value):
	case strings.ContainsRune(value, utf8.RuneError):
		r.report(problemCharactersLost(field, value))
	case strings.ContainsFunc(value, breaks):
		oneLine := strings.Join(strings.FieldsFunc(value, func(c rune) bool { return breaks(c) || unicode.IsSpace(c) }), " ")
		r.report(problemControlCharacter(field, value, oneLine))
	}
}

// checkFields judges the fields that are not address elements.
func (r *row) checkFields() {
	r.require(r.Name, problemNoName)
	r.require(r.Country, problemNoCountry)
	if r.Request.VoiceSiteID == "" {
		r.require(r.Label, problemNoLabel)
		r.require(r.VPN, problemNoVPN)
	}
	if isExample(r.Name) {
		r.report(problemNameOfExample(r.Name))
	}
	r.checkCountry()
	r.bound(rollout.FieldName, r.Name, "row.name-too-long")
	r.bound(rollout.FieldReference, r.Reference, "row.reference-too-long")
}

// checkCountry wants a code of two letters. One that nobody assigned may be the API's
// own, so only the API can refuse it.
func (r *row) checkCountry() {
	code := countryCode(r.country)
	if r.Country == "" || isISO2(r.Country) && (code == "" || code == r.Country) {
		return
	}
	r.report(problemCountry(r.country, code))
}

// require reports a Problem of a field that is empty.
func (r *row) require(value string, missing func() rollout.Problem) {
	if value == "" {
		r.report(missing())
	}
}

func (r *row) bound(field, value, code string) {
	if n := utf8.RuneCountInString(value); n > rollout.MaxName {
		r.report(problemTooLong(code, field, value, n))
	}
}

// checkUnique refuses what an earlier row claims already, whether or not that
// row is good.
func (c *checker) checkUnique(r *row) {
	alike := claim(c.alike, identity.Alike(r.Name), r.Row)
	switch first := claim(c.names, r.Name, r.Row); {
	case first == r.Row && alike != r.Row:
		r.report(problemNameAlike(r.Name, c.rowName(alike)))
	case first != r.Row:
		r.report(problemNameTwice(r.Name, c.rowName(first)))
	}
	if first := claim(c.references, r.Reference, r.Row); first != r.Row {
		r.report(problemReferenceTwice(r.Reference, c.rowName(first)))
	}
	if first := claim(c.voiceSites, r.Request.VoiceSiteID, r.Row); first != r.Row {
		r.report(problemVoiceSiteTwice(r.Request.VoiceSiteID, c.rowName(first)))
	}
}

// rowName is a row as people call it.
func (c *checker) rowName(row int) string {
	b := rollout.Batch{Sheets: c.sheets}
	return b.RowName(row)
}

// claim returns the first row that has the value: row itself, when none has.
func claim(rows map[string]int, value string, row int) int {
	if value == "" {
		return row
	}
	first, taken := rows[value]
	if taken {
		return first
	}
	rows[strings.Clone(value)] = row // a clone, because value may share memory with its whole row
	return row
}

func isISO2(s string) bool {
	return len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z'
}

// clean gives a cell's text as a field holds it: in Unicode NFC, without white
// space around it, be it of no width or unbreakable.
func clean(cell string) string {
	if isLatin(cell) && strings.Trim(cell, " ") == cell {
		return cell
	}
	return norm.NFC.String(strings.TrimFunc(cell, isBlank))
}

// isLatin reports whether a text is of what most cells are made of, so that it
// need not be looked at more closely: visible ASCII, and letters from U+00C0 up to
// U+02FF. Such text is in NFC.
func isLatin(text string) bool {
	ascii := true
	for i := range len(text) {
		switch c := text[i]; {
		case c >= ' ' && c <= '~':
		case c >= 0x80 && c <= 0xBF, c >= 0xC3 && c <= 0xCB: // bytes of U+00C0 to U+02FF, when valid
			ascii = false
		default:
			return false
		}
	}
	return ascii || utf8.ValidString(text)
}

// isEmpty reports whether clean leaves nothing of a cell.
func isEmpty(cell string) bool {
	return !strings.ContainsFunc(cell, func(c rune) bool { return !isBlank(c) })
}

// isBlank reports whether a character cannot be seen at a text's end.
func isBlank(c rune) bool {
	switch c {
	case '\u180E', '\u200B', '\u200C', '\u200D', '\u2060', '\uFEFF':
		return true
	}
	return unicode.IsSpace(c)
}

// breaks reports whether a character is no part of a line of text.
func breaks(c rune) bool {
	return unicode.IsControl(c) || c == '\u2028' || c == '\u2029'
}

// cut keeps the first so many characters of a cell.
func cut(cell string, most int) string {
	if len(cell) <= most {
		return cell
	}
	n := 0
	for i := range cell {
		if n == most {
			return cell[:i]
		}
		n++
	}
	return cell
}

// isTooLong reports whether cut takes something off.
func isTooLong(cell string, most int) bool { return len(cut(cell, most)) < len(cell) }
