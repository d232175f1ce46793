// This file makes one row into a site, and checks its cells, its fields, and whether an earlier row
// has the same name, reference or voicesite. It knows no address rules.

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

// siteBuilder makes rows into sites. It keeps the first Site.Row of each value that must be unique.
type siteBuilder struct {
	sheets     []rollout.Sheet
	siteNames  map[string]rollout.RowRef // by technicalSiteName
	alikeNames map[string]rollout.RowRef // by technicalSiteName as identity.Alike folds it
	references map[string]rollout.RowRef // by customerOrderReference
	voiceSites map[string]rollout.RowRef // by voiceSiteId
}

func newSiteBuilder(sheets []rollout.Sheet) *siteBuilder {
	return &siteBuilder{
		sheets: sheets, siteNames: map[string]rollout.RowRef{}, alikeNames: map[string]rollout.RowRef{},
		references: map[string]rollout.RowRef{}, voiceSites: map[string]rollout.RowRef{},
	}
}

// site makes one row into a site, given its Site.Row, and checks all of it. doubt is a Problem that
// was found before, or nil.
func (b *siteBuilder) site(l *layout, siteRow rollout.RowRef, row spreadsheet.Row, doubt *rollout.Problem) rollout.Site {
	r := &siteCheck{Site: rollout.Site{Row: siteRow}, limits: l.limits}
	r.Address = make(rollout.Address, len(l.Fields))
	r.State = rollout.Imported
	if p := l.unreadable(row); p != nil {
		r.Cells = make([]string, len(l.Columns))
		r.report(*p)
	} else {
		r.Cells = l.cells(row)
		b.checkRow(l, r, row, doubt)
	}
	if len(r.Problems) > 0 {
		r.State = rollout.Rejected
	}
	return r.Site
}

// checkRow fills the fields and checks them.
func (b *siteBuilder) checkRow(l *layout, r *siteCheck, row spreadsheet.Row, doubt *rollout.Problem) {
	for i, field := range l.Fields {
		if field == "" {
			continue
		}
		value, place := clean(r.Cells[i]), l.places[i]
		r.fill(field, value)
		for _, f := range row.CellFaults {
			if f.Column != place {
				continue
			}
			if p := problemOf(f.Fault, field); !r.has(p) {
				r.report(p)
			}
		}
		if place < len(row.Cells) {
			r.checkCell(field, value, isTooLong(row.Cells[place], l.limits.Cell))
		}
	}
	if place, found := l.unnamedValue(row.Cells); found {
		r.report(problemColumnUnnamed(place, clean(truncate(row.Cells[place], l.limits.Cell))))
	}
	if doubt != nil {
		r.report(*doubt)
	}
	r.checkFields()
	b.checkUnique(r)
}

// problemOf makes a Fault of a cell, or without a field of a row, into a Problem.
func problemOf(f spreadsheet.Fault, field string) rollout.Problem {
	return rollout.Problem{Code: f.Code, Field: field, Value: f.Value, Message: f.Message}
}

// unreadable returns the Problem of a row that cannot be divided into cells, or of a CSV row that
// has more or fewer cells than the header, where more empty cells do not count; or nil.
func (l *layout) unreadable(row spreadsheet.Row) *rollout.Problem {
	if row.Unreadable != nil {
		p := problemOf(*row.Unreadable, "")
		return &p
	}
	n := len(row.Cells)
	if row.Text == nil || n == len(l.uses) || n > len(l.uses) && !hasText(row.Cells[len(l.uses):]) {
		return nil
	}
	p := problemRagged(truncate(row.Text(), l.limits.Cell), n, len(l.uses))
	return &p
}

// siteCheck is a site while it is checked.
type siteCheck struct {
	rollout.Site
	limits  Limits
	country string   // as the row has it, cleaned
	faulty  []string // fields that have a Problem, and get no second one
}

// fill sets the typed field that a column feeds.
func (r *siteCheck) fill(field, value string) {
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
func (r *siteCheck) report(p rollout.Problem) {
	if p.Field != "" && slices.Contains(r.faulty, p.Field) {
		return
	}
	p.Stage = rollout.StageImport
	r.Problems = append(r.Problems, p)
	r.faulty = append(r.faulty, p.Field)
}

// has reports whether another field has the same Problem: one sentence about merged cells is of all
// of them.
func (r *siteCheck) has(p rollout.Problem) bool {
	return slices.ContainsFunc(r.Problems, func(q rollout.Problem) bool { return q.Code == p.Code && q.Message == p.Message })
}

// checkCell checks a cell's value, whatever its field.
func (r *siteCheck) checkCell(field, value string, tooLong bool) {
	lost := spreadsheet.TextFault(value)
	switch {
	case tooLong:
		r.report(problemCellTooLong(field, value, r.limits.Cell))
	case lost != nil:
		r.report(problemOf(*lost, field))
	case isLatin(value):
	case strings.ContainsRune(value, utf8.RuneError):
		r.report(problemCharactersLost(field, value))
	case strings.ContainsFunc(value, breaksLine):
		words := strings.FieldsFunc(value, func(c rune) bool { return breaksLine(c) || unicode.IsSpace(c) })
		r.report(problemControlCharacter(field, value, strings.Join(words, " ")))
	}
}

// checkFields checks the fields that are not address elements.
func (r *siteCheck) checkFields() {
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
	r.checkLength(rollout.FieldName, r.Name, codeRowNameTooLong)
	r.checkLength(rollout.FieldReference, r.Reference, codeRowReferenceTooLong)
}

// checkCountry demands a code of two letters. One that is not assigned may be the API's own, so only
// the API can refuse it.
func (r *siteCheck) checkCountry() {
	code := CountryCode(r.country)
	if r.Country == "" || rollout.IsISO2(r.Country) && (code == "" || code == r.Country) {
		return
	}
	r.report(problemCountry(r.country, code))
}

// require reports a Problem of a field that is empty.
func (r *siteCheck) require(value string, missing func() rollout.Problem) {
	if value == "" {
		r.report(missing())
	}
}

// checkLength reports a Problem of that code if a name or a reference is too long.
func (r *siteCheck) checkLength(field, value, code string) {
	if n := utf8.RuneCountInString(value); n > rollout.MaxName {
		r.report(problemTooLong(code, field, value, n))
	}
}

// checkUnique reports what an earlier row has, too, whether or not that row is good.
func (b *siteBuilder) checkUnique(r *siteCheck) {
	alike := firstRowWith(b.alikeNames, identity.Alike(r.Name), r.Row)
	switch first := firstRowWith(b.siteNames, r.Name, r.Row); {
	case first == r.Row && alike != r.Row:
		r.report(problemNameAlike(r.Name, b.rowName(alike)))
	case first != r.Row:
		r.report(problemNameTwice(r.Name, b.rowName(first)))
	}
	if first := firstRowWith(b.references, r.Reference, r.Row); first != r.Row {
		r.report(problemReferenceTwice(r.Reference, b.rowName(first)))
	}
	if first := firstRowWith(b.voiceSites, r.Request.VoiceSiteID, r.Row); first != r.Row {
		r.report(problemVoiceSiteTwice(r.Request.VoiceSiteID, b.rowName(first)))
	}
}

// rowName is a Site.Row as people call it.
func (b *siteBuilder) rowName(row rollout.RowRef) string {
	batch := rollout.Batch{Sheets: b.sheets}
	return batch.RowName(row)
}

// firstRowWith returns the first row with a value: row itself, and keeps it, if none has it.
func firstRowWith(rows map[string]rollout.RowRef, value string, row rollout.RowRef) rollout.RowRef {
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

// clean is a cell's text as a field holds it: in Unicode NFC, without white space around it, also
// of no width or unbreakable.
func clean(cell string) string {
	if isLatin(cell) && strings.Trim(cell, " ") == cell {
		return cell
	}
	return norm.NFC.String(strings.TrimFunc(cell, isBlank))
}

// isLatin reports whether a text has visible ASCII and letters from U+00C0 up to U+02FF only, as
// most cells have, so that it needs no further checks. Such text is in NFC.
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

// isBlank reports whether a character at the end of a text cannot be seen.
func isBlank(c rune) bool {
	switch c {
	case '\u180E', '\u200B', '\u200C', '\u200D', '\u2060', '\uFEFF':
		return true
	}
	return unicode.IsSpace(c)
}

// breaksLine reports whether a character is no part of a line of text.
func breaksLine(c rune) bool {
	return unicode.IsControl(c) || c == '\u2028' || c == '\u2029'
}

// truncate cuts a cell to so many characters.
func truncate(cell string, most int) string {
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

// isTooLong reports whether a cell has more characters than that.
func isTooLong(cell string, most int) bool { return len(truncate(cell, most)) < len(cell) }
