// This file chooses the sheets to read, and the row of each that is its header. header.go makes
// fields of a header.

package importer

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"

	"btrollout/internal/rollout"
	"btrollout/internal/spreadsheet"
)

// A header is looked for in the first headRows of a sheet, because notes may stand above it. If one
// stands lower, down to lowRows, the file is refused: the sheet is no sheet of notes.
const headRows, lowRows = 20, 200

// readHeaders chooses the sheets and makes layouts of their headers.
func (f *File) readHeaders(o Options, names *headerNames) error {
	heads, err := f.findHeads(o, names)
	if err != nil {
		return err
	}
	f.names, f.ask = names, o.Labels
	if err := f.loadLabels(heads); err != nil {
		return err
	}
	if err := f.layOut(heads, names, len(o.Sheets) > 0); err != nil {
		return f.mentionHidden(err)
	}
	f.builder = newSiteBuilder(f.Columns())
	return nil
}

// layOut makes layouts of headers; asked is whether people named the sheets. The error is that of
// the first header that is wrong, with a mapping of a column that no sheet has, which may be why.
func (f *File) layOut(heads []sheetHead, names *headerNames, asked bool) error {
	var first error
	for _, h := range heads {
		l, err := readLayout(h.header, names, f.labels[h.name], f.limits)
		complete := err == nil
		l.Name = h.name
		if complete {
			err = l.check(f.labels[h.name])
		}
		if err == nil {
			err = f.checkAbove(l, h.above)
		}
		if err != nil && first == nil {
			first = h.nameSheet(err, len(heads) > 1 || len(f.unread) > 0, asked)
		}
		if !complete { // the mappings of columns that follow would seem to be of none
			return first
		}
		f.layouts = append(f.layouts, l)
	}
	unmet := names.checkMappings(f.layouts)
	if fault := (*spreadsheet.FileError)(nil); unmet != nil && errors.As(first, &fault) {
		fault.Message = rollout.Sentences(fault.Message, unmet.Message)
		return fault
	}
	if first == nil && unmet != nil {
		return unmet
	}
	return first
}

// sheetHead is the beginning of a sheet.
type sheetHead struct {
	name      string
	header    spreadsheet.Row   // with a copy of its cells; Number 0: the sheet is empty
	score     int               // of the header, as headerNames.score counts
	above     []spreadsheet.Row // rows above the header that are not blank: numbers and cells
	lowHeader int               // number of a row below headRows that is a header, or 0
}

// nameSheet adds to an error which sheet it is about, if there are others, and what to do if nobody
// asked for the sheet.
func (h *sheetHead) nameSheet(err error, others, asked bool) error {
	var fault *spreadsheet.FileError
	ok := errors.As(err, &fault)
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

// findHeads finds the sheets that are to be read.
func (f *File) findHeads(o Options, names *headerNames) ([]sheetHead, error) {
	asked, err := f.askedSheets(o.Sheets)
	if err != nil {
		return nil, err
	}
	var heads, others []sheetHead
	for _, sheet := range asked {
		h, err := f.readHead(sheet.Name, names)
		switch {
		case err != nil:
			return nil, err
		case h.header.Number == 0 && len(o.Sheets) > 0:
			return nil, errSheetEmpty(sheet.Name)
		case h.header.Number == 0:
			f.unread = append(f.unread, Unread{sheet.Name, whyEmpty()})
		case h.lowHeader > 0:
			return nil, h.nameSheet(errHeaderTooLow(h.lowHeader), len(asked) > 1, len(o.Sheets) > 0)
		case len(o.Sheets) > 0 || names.isRollout(h.header.Cells):
			heads = append(heads, h)
		case rollout.ReadOnly(clean(firstText(h.header.Cells))):
			f.unread = append(f.unread, Unread{sheet.Name, whyReport()})
		default:
			others = append(others, h)
		}
	}
	if len(heads) == 0 && len(o.Sheets) == 0 {
		f.findHiddenRollouts(names)
	}
	if len(heads) == 0 && len(others) > 0 { // people are told what is wrong with the likeliest
		likeliest := slices.MaxFunc(others, func(a, b sheetHead) int { return cmp.Compare(a.score, b.score) })
		heads = []sheetHead{likeliest}
		others = slices.DeleteFunc(others, func(h sheetHead) bool { return h.name == likeliest.name })
	}
	for _, h := range others {
		f.unread = append(f.unread, Unread{h.name, whyNoHeader()})
	}
	if len(heads) == 0 {
		return nil, f.mentionHidden(errNoContent())
	}
	return heads, nil
}

// findHiddenRollouts finds the hidden sheets that would be read if they were visible.
func (f *File) findHiddenRollouts(names *headerNames) {
	for _, sheet := range f.book.Sheets() {
		if !sheet.Hidden {
			continue
		}
		if h, err := f.readHead(sheet.Name, names); err == nil && names.isRollout(h.header.Cells) {
			f.hiddenRollouts = append(f.hiddenRollouts, sheet.Name)
		}
	}
}

// mentionHidden adds hiddenRollouts to an error.
func (f *File) mentionHidden(err error) error {
	if fault := (*spreadsheet.FileError)(nil); errors.As(err, &fault) && len(f.hiddenRollouts) > 0 {
		fault.Message = rollout.Sentences(fault.Message, areHidden(f.hiddenRollouts))
	}
	return err
}

// askedSheets lists the sheets that were named or, when none was, the visible ones.
func (f *File) askedSheets(wanted []string) ([]spreadsheet.Sheet, error) {
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

// readHead reads the first rows of a sheet, and takes for its header the one that looks most like
// a header, or else the first that is not blank.
func (f *File) readHead(sheet string, names *headerNames) (h sheetHead, err error) {
	in, err := f.openSheet(sheet)
	if err != nil {
		return sheetHead{}, err
	}
	defer in.Close()
	h.name = sheet
	var above []spreadsheet.Row
	for {
		row, err := in.next()
		if errors.Is(err, io.EOF) {
			return h, nil
		}
		if err != nil {
			return sheetHead{}, err
		}
		if row.Unreadable == nil && !hasText(row.Cells) && (h.header.Number == 0 || len(row.CellFaults) == 0) {
			continue
		}
		cells := cellsOf(row)
		switch score := names.score(cells[:min(len(cells), f.limits.Columns)]); {
		case row.Number > headRows && h.header.Number > 0:
			if names.isRollout(h.header.Cells) || row.Number > lowRows {
				return h, nil
			}
			if names.isRollout(row.Cells) && score > h.score {
				h.lowHeader = row.Number
				return h, nil
			}
		case h.header.Number == 0 || score > h.score:
			row.Cells = slices.Clone(row.Cells)
			h.header, h.score, h.above = row, score, slices.Clone(above)
		}
		above = append(above, spreadsheet.Row{Number: row.Number, Cells: slices.Clone(cells)})
	}
}

// cellsOf are a row's cells or, when it cannot be divided into them, what they might be.
func cellsOf(row spreadsheet.Row) []string {
	if row.Unreadable == nil {
		return row.Cells
	}
	return strings.FieldsFunc(row.Unreadable.Value, func(c rune) bool { return strings.ContainsRune(",;|\t\"", c) })
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
