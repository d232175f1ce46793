package spreadsheet

// This file reads the sheets of an Excel workbook, cells as displayed where that is
// what people mean, and else as stored.

import (
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
	"btrollout/internal/scratch"
)

// workbook is an open workbook.
type workbook struct {
	book  *excelize.File
	list  []Sheet
	temp  *scratch.Folder   // where excelize unpacks large parts
	facts map[string]*facts // by the sheets' names in lower case
}

// isoDate is how dates are told whose format leaves it to the reader's computer.
const isoDate = "yyyy-mm-dd"

func openXLSX(path string, limits Limits, progress func(done, total int64)) (book, error) {
	found, err := verify(path, limits, progress)
	if err != nil {
		return nil, err
	}
	temp, err := scratch.NewFolder()
	if err != nil {
		return nil, err
	}
	file, err := excelize.OpenFile(path, excelize.Options{
		UnzipSizeLimit: limits.Unzipped, UnzipXMLSizeLimit: found.inMemory, ShortDatePattern: isoDate, TmpDir: temp.Path,
	})
	if err != nil {
		return nil, errors.Join(errDamaged(err), temp.Close())
	}
	w := &workbook{book: file, temp: temp, facts: found.facts}
	for _, name := range file.GetSheetList() {
		visible, err := file.GetSheetVisible(name)
		w.list = append(w.list, Sheet{Name: name, Hidden: err == nil && !visible})
	}
	return w, nil
}

func (w *workbook) sheets() []Sheet { return w.list }

func (w *workbook) remarks() []rollout.Text { return nil }

func (w *workbook) open(sheet string) (source, error) {
	rows, err := w.book.Rows(sheet)
	if err != nil {
		return nil, errDamaged(err)
	}
	g := &grid{book: w.book, sheet: sheet, rows: rows}
	if found := w.facts[strings.ToLower(sheet)]; found != nil {
		g.facts = walk{odd: found.odd, merged: found.merged}
	}
	return g, nil
}

// Close removes what was unpacked.
func (w *workbook) Close() error { return errors.Join(w.book.Close(), w.temp.Close()) }

// grid is an open sheet.
type grid struct {
	book  *excelize.File
	sheet string
	rows  *excelize.Rows
	row   int
	facts walk

	raw    *excelize.Rows // a second reader, for values as stored; nil until one is needed
	rawRow int
}

// next returns the next row that has a cell.
func (g *grid) next() (Row, error) {
	for g.rows.Next() {
		g.row++
		cells, err := g.rows.Columns()
		if err != nil {
			return Row{}, errDamaged(err)
		}
		here := g.facts.to(g.row)
		if len(cells) == 0 && len(here) == 0 {
			continue
		}
		if cells, err = g.asStored(cells, here); err != nil {
			return Row{}, errDamaged(err)
		}
		return Row{Number: g.row, Cells: cells, CellFaults: g.facts.faults(g.row, here, cells), Hidden: isHiddenRow(here)}, nil
	}
	if err := g.rows.Error(); err != nil {
		return Row{}, errDamaged(err)
	}
	return Row{}, io.EOF
}

// asStored replaces cells of the present row that are shown otherwise than is meant.
func (g *grid) asStored(cells []string, here []odd) (_ []string, err error) {
	if !slices.ContainsFunc(here, odd.isStored) {
		return cells, nil
	}
	if g.raw == nil {
		if g.raw, err = g.book.Rows(g.sheet); err != nil {
			return cells, err
		}
	}
	for ; g.rawRow < g.row; g.rawRow++ {
		g.raw.Next()
	}
	stored, err := g.raw.Columns(excelize.Options{RawCellValue: true})
	if len(cells) < len(stored) {
		cells = append(cells, make([]string, len(stored)-len(cells))...)
	}
	for _, o := range here {
		switch i := o.place(); {
		case i >= len(stored) || !o.isStored():
		case o.kind() == aNumber:
			cells[i] = writtenOut(stored[i])
		default:
			cells[i] = stored[i]
		}
	}
	return cells, err
}

// Close closes the sheet.
func (g *grid) Close() error {
	err := g.rows.Close()
	if g.raw != nil {
		err = errors.Join(err, g.raw.Close())
	}
	return err
}

// whole and number are numbers as workbooks store them.
var (
	whole  = regexp.MustCompile(`^-?\d{1,30}$`)
	number = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$`)
)

// significant is how many digits of a number spreadsheets keep; what lies beyond are
// traces of how computers calculate, as in 0.30000000000000004.
const significant = 15

// writtenOut writes a stored number in digits, without exponent.
func writtenOut(stored string) string {
	if stored = strings.TrimSpace(stored); whole.MatchString(stored) || !number.MatchString(stored) {
		return stored
	}
	exact, err := strconv.ParseFloat(stored, 64)
	if err != nil { // it is beyond all numbers
		return stored
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(exact, 'g', significant, 64), 64) // of FormatFloat's own making
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
