// This file reads the sheets of an Excel workbook: cells as they are displayed where people mean
// that, and otherwise as they are stored.

package spreadsheet

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

// xlsxBook is an open workbook.
type xlsxBook struct {
	file     *excelize.File
	all      []Sheet
	temp     *scratch.Folder           // where excelize unpacks large parts
	oddities map[string]*sheetOddities // by the sheets' names in lower case
}

// isoDate is the format of dates whose style leaves it to the computer.
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
	b := &xlsxBook{file: file, temp: temp, oddities: found.oddities}
	for _, name := range file.GetSheetList() {
		visible, err := file.GetSheetVisible(name)
		b.all = append(b.all, Sheet{Name: name, Hidden: err == nil && !visible})
	}
	if len(b.all) != len(found.oddities) { // excelize reads another list of sheets than was scanned
		return nil, errors.Join(errDamaged(errTargets), b.Close())
	}
	return b, nil
}

func (b *xlsxBook) sheets() []Sheet { return b.all }

func (b *xlsxBook) remarks() []rollout.Text { return nil }

func (b *xlsxBook) open(sheet string) (source, error) {
	rows, err := b.file.Rows(sheet)
	if err != nil {
		return nil, errDamaged(err)
	}
	r := &xlsxRows{file: b.file, sheet: sheet, shown: rows}
	if found := b.oddities[strings.ToLower(sheet)]; found != nil {
		r.oddities = oddityReader{odd: found.odd, merged: found.merged}
	}
	return r, nil
}

// Close removes what was unpacked.
func (b *xlsxBook) Close() error { return errors.Join(b.file.Close(), b.temp.Close()) }

// xlsxRows reads an open sheet.
type xlsxRows struct {
	file     *excelize.File
	sheet    string
	shown    *excelize.Rows // cells as displayed
	row      int            // of shown
	oddities oddityReader

	stored    *excelize.Rows // cells as stored; nil until they are needed
	storedRow int            // of stored
}

// next returns the next row that has a cell.
func (r *xlsxRows) next() (Row, error) {
	for r.shown.Next() {
		r.row++
		cells, err := r.shown.Columns()
		if err != nil {
			return Row{}, errDamaged(err)
		}
		here := r.oddities.advance(r.row)
		if len(cells) == 0 && len(here) == 0 {
			continue
		}
		if cells, err = r.asStored(cells, here); err != nil {
			return Row{}, errDamaged(err)
		}
		return Row{Number: r.row, Cells: cells, CellFaults: r.oddities.faults(r.row, here, cells), Hidden: hasHiddenRow(here)}, nil
	}
	if err := r.shown.Error(); err != nil {
		return Row{}, errDamaged(err)
	}
	return Row{}, io.EOF
}

// asStored replaces the cells of the present row that are read as they are stored.
func (r *xlsxRows) asStored(cells []string, here []oddCell) (_ []string, err error) {
	if !slices.ContainsFunc(here, oddCell.wantsStored) {
		return cells, nil
	}
	if r.stored == nil {
		if r.stored, err = r.file.Rows(r.sheet); err != nil {
			return cells, err
		}
	}
	for ; r.storedRow < r.row; r.storedRow++ {
		r.stored.Next()
	}
	values, err := r.stored.Columns(excelize.Options{RawCellValue: true})
	if len(cells) < len(values) {
		cells = append(cells, make([]string, len(values)-len(cells))...)
	}
	for _, o := range here {
		switch i := o.column(); {
		case i >= len(values) || !o.wantsStored():
		case o.kind() == oddNumber:
			cells[i] = digitsOf(values[i])
		default:
			cells[i] = values[i]
		}
	}
	return cells, err
}

// Close closes the sheet.
func (r *xlsxRows) Close() error {
	err := r.shown.Close()
	if r.stored != nil {
		err = errors.Join(err, r.stored.Close())
	}
	return err
}

// wholeNumber and storedNumber are numbers as workbooks store them.
var (
	wholeNumber  = regexp.MustCompile(`^-?\d{1,30}$`)
	storedNumber = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$`)
)

// significant is how many digits of a number spreadsheet programs keep. Further digits come from
// binary arithmetic, as in 0.30000000000000004.
const significant = 15

// digitsOf writes a stored number in digits, without an exponent.
func digitsOf(stored string) string {
	if stored = strings.TrimSpace(stored); wholeNumber.MatchString(stored) || !storedNumber.MatchString(stored) {
		return stored
	}
	exact, err := strconv.ParseFloat(stored, 64)
	if err != nil { // it is beyond the range of float64
		return stored
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(exact, 'g', significant, 64), 64) // cannot fail: FormatFloat wrote it
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
