package importer

// This file reads one sheet of an Excel workbook, cells as displayed.

import (
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// digits is a number that is written out.
var digits = regexp.MustCompile(`^[+-]?\d+(\.\d+)?$`)

// workbook is an open sheet.
type workbook struct {
	book  *excelize.File
	sheet string
	rows  *excelize.Rows
	row   int

	raw    *excelize.Rows // a second reader, for numbers as stored; nil until one is needed
	rawRow int
}

func openXLSX(path, sheet string) (source, error) {
	if err := verify(path); err != nil {
		return nil, err
	}
	book, err := excelize.OpenFile(path, excelize.Options{UnzipSizeLimit: MaxUnzipped, UnzipXMLSizeLimit: MaxInMemory})
	if err != nil {
		return nil, damaged(err)
	}
	w := &workbook{book: book}
	if err = w.start(strings.TrimSpace(sheet)); err != nil {
		return nil, errors.Join(err, book.Close())
	}
	return w, nil
}

func (w *workbook) start(sheet string) (err error) {
	if w.sheet, err = choose(w.book, sheet); err != nil {
		return err
	}
	if w.rows, err = w.book.Rows(w.sheet); err != nil {
		return damaged(err)
	}
	return nil
}

// choose finds the sheet by its name or, without one, the first visible sheet
// that has content, or else the first.
func choose(book *excelize.File, name string) (string, error) {
	sheets := book.GetSheetList()
	if len(sheets) == 0 {
		return "", fileError("file.empty", "The workbook has no sheet: put the sites into one.")
	}
	if name != "" {
		i := slices.IndexFunc(sheets, func(s string) bool { return strings.EqualFold(s, name) })
		if i < 0 {
			return "", fileError("file.no-sheet", "The workbook has no sheet %q: name one of %s.", name, list(sheets))
		}
		return sheets[i], nil
	}
	for _, sheet := range sheets {
		if visible, err := book.GetSheetVisible(sheet); err != nil || !visible {
			continue
		}
		if found, err := hasContent(book, sheet); err != nil || found {
			return sheet, err
		}
	}
	return sheets[0], nil
}

func hasContent(book *excelize.File, sheet string) (bool, error) {
	rows, err := book.Rows(sheet)
	if err != nil {
		return false, damaged(err)
	}
	defer rows.Close()
	for rows.Next() {
		cells, err := rows.Columns()
		if err != nil {
			return false, damaged(err)
		}
		if hasText(cells) {
			return true, nil
		}
	}
	return false, nil
}

// next returns the next row, which may be empty.
func (w *workbook) next() (record, error) {
	if !w.rows.Next() {
		if err := w.rows.Error(); err != nil {
			return record{}, damaged(err)
		}
		return record{}, io.EOF
	}
	w.row++
	cells, err := w.rows.Columns()
	if err == nil && slices.ContainsFunc(cells, isShortened) {
		err = w.writeOut(cells)
	}
	if err != nil {
		return record{}, damaged(err)
	}
	return record{row: w.row, cells: cells}, nil
}

// writeOut replaces the numbers of the present row that a format shortens, such
// as 1.23E+13, by their digits, when the file stores these.
func (w *workbook) writeOut(cells []string) (err error) {
	if w.raw == nil {
		if w.raw, err = w.book.Rows(w.sheet); err != nil {
			return err
		}
	}
	for ; w.rawRow < w.row; w.rawRow++ {
		w.raw.Next()
	}
	stored, err := w.raw.Columns(excelize.Options{RawCellValue: true})
	for i := range min(len(cells), len(stored)) {
		if isShortened(cells[i]) && digits.MatchString(stored[i]) {
			cells[i] = stored[i]
		}
	}
	return err
}

// Close closes the sheet and removes what was unpacked.
func (w *workbook) Close() error {
	err := w.rows.Close()
	if w.raw != nil {
		err = errors.Join(err, w.raw.Close())
	}
	return errors.Join(err, w.book.Close())
}
