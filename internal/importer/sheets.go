// This file chooses the sheets to read and the row of each that is its header. What a
// header means is found out in header.go.

package importer

import (
	"cmp"
	"io"
	"maps"
	"slices"
	"strings"

	"btrollout/internal/rollout"
	"btrollout/internal/spreadsheet"
)

// A header is looked for in the first headRows of a sheet, because notes may stand above
// it. One that stands lower is refused, and not taken for that of a sheet of notes, as
// far down as lowRows.
const headRows, lowRows = 20, 200

// start chooses the sheets and understands their headers.
func (f *File) start(o Options, names *names) error {
	heads, err := f.heads(o, names)
	if err != nil {
		return err
	}
	f.names, f.ask = names, o.Labels
	if err := f.labels(heads); err != nil {
		return err
	}
	for _, h := range heads {
		l, err := newLayout(h.header, names, f.labelled[h.name], f.limits)
		if err == nil {
			l.Name = h.name
			err = f.checkAbove(l, h.above)
		}
		if err != nil {
			return h.named(err, len(heads) > 1 || len(f.unread) > 0, len(o.Sheets) > 0)
		}
		f.layouts = append(f.layouts, l)
	}
	if err := names.unmet(f.layouts); err != nil {
		return err
	}
	f.check = newChecker(f.Columns())
	return nil
}

// head is the beginning of a sheet.
type head struct {
	name   string
	header spreadsheet.Row   // cells of its own
	above  []spreadsheet.Row // the rows above the header that are not blank: their numbers and cells
	score  int               // how much it looks like one
	low    int               // the row, far below, that would be a better one, or 0
}

// named says in an error which sheet it is about, if there are others, and what to do if
// nobody has asked for it.
func (h *head) named(err error, others, asked bool) error {
	fault, ok := err.(*spreadsheet.FileError)
	switch {
	case !ok || !others || h.name == "":
		return err
	case asked:
		fault.Message = onSheet(h.name, fault.Message)
	default:
		fault.Message = onSheetOrName(h.name, fault.Message)
	}
	return fault
}

// heads finds the sheets that are to be read.
func (f *File) heads(o Options, names *names) ([]head, error) {
	asked, err := f.asked(o.Sheets)
	if err != nil {
		return nil, err
	}
	var heads, others []head
	for _, sheet := range asked {
		h, err := f.head(sheet.Name, names)
		switch {
		case err != nil:
			return nil, err
		case h.header.Number == 0 && len(o.Sheets) > 0:
			return nil, errSheetEmpty(sheet.Name)
		case h.header.Number == 0:
			f.unread = append(f.unread, Unread{sheet.Name, whyEmpty()})
		case h.low > 0:
			return nil, h.named(errHeaderTooLow(h.low), len(asked) > 1, len(o.Sheets) > 0)
		case len(o.Sheets) > 0 || names.isRollout(h.header.Cells):
			heads = append(heads, h)
		case rollout.Reserved(clean(firstText(h.header.Cells))):
			f.unread = append(f.unread, Unread{sheet.Name, whyReport()})
		default:
			others = append(others, h)
		}
	}
	if len(heads) == 0 && len(others) > 0 { // the faults of the likeliest are what people are to be told
		likeliest := slices.MaxFunc(others, func(a, b head) int { return cmp.Compare(a.score, b.score) })
		heads = []head{likeliest}
		others = slices.DeleteFunc(others, func(h head) bool { return h.name == likeliest.name })
	}
	for _, h := range others {
		f.unread = append(f.unread, Unread{h.name, whyNoHeader()})
	}
	if len(heads) == 0 {
		return nil, errNoContent()
	}
	return heads, nil
}

// asked lists the sheets that were named or, when none was, the visible ones.
func (f *File) asked(wanted []string) ([]spreadsheet.Sheet, error) {
	all := f.book.Sheets()
	if len(all) == 1 && all[0].Name == "" && len(wanted) > 0 {
		return nil, errSheetOfCSV(wanted[0])
	}
	for _, name := range wanted {
		if !slices.ContainsFunc(all, func(s spreadsheet.Sheet) bool { return isNamed(s, name) }) {
			existing := make([]string, len(all))
			for i, s := range all {
				existing[i] = s.Name
			}
			return nil, errNoSheet(strings.TrimSpace(name), existing)
		}
	}
	var asked []spreadsheet.Sheet
	for _, s := range all {
		switch {
		case len(wanted) == 0 && !s.Hidden, slices.ContainsFunc(wanted, func(name string) bool { return isNamed(s, name) }):
			asked = append(asked, s)
		case s.Hidden:
			f.unread = append(f.unread, Unread{s.Name, whyHidden()})
		default:
			f.unread = append(f.unread, Unread{s.Name, whyNotNamed()})
		}
	}
	return asked, nil
}

// isNamed reports whether a sheet has a name that a person gave.
func isNamed(s spreadsheet.Sheet, name string) bool {
	return strings.EqualFold(s.Name, strings.TrimSpace(name))
}

// head reads a sheet's first rows, and takes for its header the one that looks most like
// it, or else the first that is not blank.
func (f *File) head(sheet string, names *names) (h head, err error) {
	in, err := f.openSheet(sheet)
	if err != nil {
		return head{}, err
	}
	defer in.Close()
	h.name = sheet
	var seen []spreadsheet.Row
	for {
		rec, err := in.next()
		if err == io.EOF {
			return h, nil
		}
		if err != nil {
			return head{}, err
		}
		if rec.Unreadable == nil && !hasText(rec.Cells) && (h.header.Number == 0 || len(rec.CellFaults) == 0) {
			continue
		}
		cells := cellsOf(rec)
		switch score := names.score(cells[:min(len(cells), f.limits.Columns)]); {
		case rec.Number > headRows && h.header.Number > 0:
			if names.isRollout(h.header.Cells) || rec.Number > lowRows {
				return h, nil
			}
			if names.isRollout(rec.Cells) && score > h.score {
				h.low = rec.Number
				return h, nil
			}
		case h.header.Number == 0 || score > h.score:
			rec.Cells = slices.Clone(rec.Cells)
			h.header, h.score, h.above = rec, score, slices.Clone(seen)
		}
		seen = append(seen, spreadsheet.Row{Number: rec.Number, Cells: slices.Clone(cells)})
	}
}

// cellsOf are a record's cells or, when it cannot be divided into them, what they might be.
func cellsOf(rec spreadsheet.Row) []string {
	if rec.Unreadable == nil {
		return rec.Cells
	}
	return strings.FieldsFunc(rec.Unreadable.Value, func(c rune) bool { return strings.ContainsRune(",;|\t\"", c) })
}

// labels asks what the countries of the rows call their elements, if a header is
// anything but a field's own name.
func (f *File) labels(heads []head) error {
	if !slices.ContainsFunc(heads, func(h head) bool { return f.names.unsettled(h.header.Cells) }) {
		return nil
	}
	tables := make([]tablePlace, len(heads))
	for i, h := range heads {
		tables[i] = tablePlace{h.name, h.header.Number, f.names.placeOf(h.header.Cells, rollout.FieldCountry)}
	}
	return f.askLabels(tables)
}

// tablePlace says where the countries of a sheet's rows stand.
type tablePlace struct {
	sheet   string
	header  int // its row
	country int // the index of the column, or -1
}

// askLabels asks what the countries of the rows call their elements, unless that was
// done.
func (f *File) askLabels(tables []tablePlace) error {
	ask := f.ask
	if f.ask = nil; ask == nil {
		return nil
	}
	bySheet := map[string][]string{}
	var all []string
	for _, t := range tables {
		countries, err := f.countries(t)
		if err != nil {
			return err
		}
		bySheet[t.sheet] = countries
		all = append(all, countries...)
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) == 0 {
		return nil
	}
	known, err := ask(all)
	if err != nil {
		return err
	}
	f.labelled = map[string]labels{}
	for sheet, countries := range bySheet {
		f.labelled[sheet] = newLabels(known, countries)
	}
	for _, l := range f.layouts { // a text that was read may be a name now
		clear(l.texts)
	}
	return nil
}

// countries lists the countries of a sheet's rows, each once, in order.
func (f *File) countries(t tablePlace) ([]string, error) {
	if t.country < 0 {
		return nil, nil
	}
	in, err := f.openSheet(t.sheet)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	found := map[string]bool{}
	for {
		rec, err := in.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if rec.Number <= t.header || rec.Unreadable != nil || t.country >= len(rec.Cells) {
			continue
		}
		if code := countryOf(clean(rec.Cells[t.country])); code != "" {
			found[code] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// firstText is the first cell that is not blank, or "".
func firstText(cells []string) string {
	for _, cell := range cells {
		if !isEmpty(cell) {
			return cell
		}
	}
	return ""
}
