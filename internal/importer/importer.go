// Package importer reads a rollout file, XLSX or CSV, as a header and a stream
// of sites. It judges what the file itself shows (columns, cells, duplicates)
// and knows neither address rules, Redis nor the API.
//
// What makes the whole file unusable is a *FileError; what is wrong with one
// row is a rollout.Problem of that row, and never stops the others. Apart from
// the sets that find duplicates, and a workbook's shared strings up to
// MaxInMemory, memory does not grow with the number of rows.
//
// This file holds the door and the stream; fileerror.go recognises files,
// csv.go and xlsx.go read them, verify.go, plain.go and contents.go prove that a
// workbook is whole, header.go understands the header, row.go checks the rows,
// country.go their countries. kinds.go and filekinds.go list what problems and errors
// mean.
package importer

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"btrollout/internal/rollout"
)

// Limits of a rollout file. Beyond one of the first four, the file is refused;
// a longer cell is a Problem of its row.
const (
	MaxFileSize = 200 << 20 // bytes of the file as it is stored
	MaxUnzipped = 1 << 30   // bytes of a workbook once unzipped; sheets go to temporary files, not to memory
	MaxRows     = 200_000   // data rows
	MaxColumns  = 200       // up to the last column that has a name
	MaxCell     = 32_767    // characters in one cell, as many as Excel holds
)

// MaxInMemory is up to how many bytes a sheet, or the shared strings, are kept in
// memory once unzipped: what is larger goes to a temporary file. Shared strings
// take some ten times as much memory as bytes, but from a file they make reading
// last up to half as long again.
const MaxInMemory = 8 << 20

// Options say what to read.
type Options struct {
	// Sheet is the name of the sheet, in any case, hidden or not. When empty, the
	// first visible sheet that has content is read, and the others are not.
	Sheet string
}

// Header is the header row, the first row that is not empty. Columns, Fields
// and Letters run in parallel, as in rollout.Batch; no field is "".
type Header struct {
	Sheet   string   // of a workbook; "" for CSV
	Row     int      // as the spreadsheet numbers it
	Columns []string // as written
	Fields  []string // what each column feeds
	Letters []string // each column's place in the file
	Ignored []string // bt_… columns of an earlier report, as written
}

// File is an open rollout file. It is not safe for concurrent use.
type File struct {
	source source
	layout *layout
	check  *checker
	first  *record // the first data row, read by Open
	rows   int
}

// source yields the rows of one sheet or CSV file, blank ones included, and
// io.EOF after the last.
type source interface {
	next() (record, error)
	Close() error
}

// record is one row as it stands in the file.
type record struct {
	row     int
	cells   []string
	written func() string    // the row's own text, in CSV, where a row must be as wide as the header; else nil
	problem *rollout.Problem // the row as a whole cannot be read
}

// Open opens a rollout file and reads up to its first data row. An error that
// the file's author can mend is a *FileError.
func Open(path string, o Options) (*File, error) {
	form, err := recognise(path)
	if err != nil {
		return nil, err
	}
	f := &File{}
	err = guard(func() (err error) {
		if form == formCSV {
			f.source, err = openCSV(path, o.Sheet)
		} else {
			f.source, err = openXLSX(path, o.Sheet)
		}
		return err
	})
	if err == nil {
		err = f.start()
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Header returns the header, which is known once the file is open.
func (f *File) Header() Header { return f.layout.Header }

// Rows yields one site for each row that is not blank, in the file's order. A
// site is Imported, or Rejected with everything that is wrong with its row
// among its Problems. A row that cannot be divided into cells has empty Cells,
// so that no guess about them is ever ordered, and its text in the Problem's
// Value. Batch is left empty. The first error ends the sequence and means that
// the file as a whole cannot be used; a *FileError says why.
// Rows is a stream and can be ranged over once.
func (f *File) Rows() iter.Seq2[rollout.Site, error] {
	return func(yield func(rollout.Site, error) bool) {
		for {
			rec, err := f.nextData()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(rollout.Site{}, err)
				return
			}
			if !yield(f.check.site(rec), nil) {
				return
			}
		}
	}
}

// Close releases the file and what was unpacked from it.
func (f *File) Close() error {
	if f.source == nil {
		return nil
	}
	return f.source.Close()
}

// start reads the header and the first data row.
func (f *File) start() error {
	rec, err := f.nextFilled(hasText)
	if err == io.EOF {
		return fileError("file.empty", "The file has no content: put the column names into its first row and one site into each row below.")
	}
	if err != nil {
		return err
	}
	if rec.problem != nil {
		return fileError("file.not-csv", "The header in row %d cannot be read, because a quotation mark stands where none may: remove it, or save the file again as CSV UTF-8.", rec.row)
	}
	if f.layout, err = newLayout(rec); err != nil {
		return err
	}
	if book, ok := f.source.(*workbook); ok {
		f.layout.Sheet = book.sheet
	}
	f.check = newChecker(f.layout)
	first, err := f.nextData()
	if err == io.EOF {
		return fileError("file.no-rows", "The file has a header and no sites: put one site into each row below row %d.", rec.row)
	}
	f.first = &first
	return err
}

// nextData returns the next row that is not blank, bt_… columns set aside.
func (f *File) nextData() (record, error) {
	if f.first != nil {
		rec := *f.first
		f.first = nil
		return rec, nil
	}
	rec, err := f.nextFilled(f.layout.hasText)
	if err != nil {
		return rec, err
	}
	if f.rows++; f.rows > MaxRows {
		return rec, fileError("file.too-many-rows", "The file has more than %d rows: split it into several files.", MaxRows)
	}
	return rec, nil
}

// nextFilled skips rows in which filled finds nothing.
func (f *File) nextFilled(filled func([]string) bool) (rec record, err error) {
	for {
		err = guard(func() (err error) {
			rec, err = f.source.next()
			return err
		})
		if err != nil || rec.problem != nil || filled(rec.cells) {
			return rec, err
		}
	}
}

// hasText reports whether any cell holds more than white space.
func hasText(cells []string) bool {
	return slices.ContainsFunc(cells, func(cell string) bool { return !isEmpty(cell) })
}

// guard turns a panic of a library that reads a damaged file into a FileError.
func guard(read func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = damaged(fmt.Errorf("panic: %v", p))
		}
	}()
	return read()
}
