// Package importer reads a rollout file, XLSX or CSV, as sheets with a header each
// and a stream of sites. It judges what the file itself shows (columns, cells,
// duplicates) and knows neither address rules, Redis nor the API.
//
// What makes the whole file unusable is a *FileError; what is wrong with one
// row is a rollout.Problem of that row, and never stops the others. Apart from
// the sets that find duplicates, and a workbook's shared strings up to
// MaxInMemory, memory does not grow with the number of rows.
//
// This file holds the door and the stream; sheets.go chooses the sheets and finds
// their headers, fileerror.go recognises files, limits.go bounds them, csv.go
// (encoding.go) and xlsx.go read them. archive.go, verify.go, plain.go and contents.go
// prove that a workbook is whole and harmless, facts.go and styles.go find its cells
// that are not what they seem. header.go, names.go and everyday.go understand headers,
// nosite.go finds rows that are no sites, secondheader.go those that are headers
// (partheader.go: parts of headers), row.go checks the others, country.go their countries.
// kinds.go and filekinds.go list what problems and errors mean.
package importer

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"btrollout/internal/rollout"
)

// Options say how a file is read.
type Options struct {
	// Sheets are the names of the sheets to read, in any case, hidden or not. Without
	// any, every visible sheet is read whose header is that of a rollout.
	Sheets []string
	// Map says which field a column feeds, by its header: a field's name, or NotUsed.
	Map map[string]string
	// Labels asks what countries call their address elements: by country and label,
	// the element's code. It is called at most once, if any header, or a row that may be
	// one, is not a field's own name, with the countries of the rows. nil: there are no
	// labels.
	Labels func(countries []string) (map[string]map[string]string, error)
	// Limits default to those of DefaultLimits where they are 0.
	Limits Limits
	// Progress is told how much of the file has been looked through, before rows come.
	// nil: nobody is.
	Progress func(done, total int64)
}

// NotUsed is the field of a column that feeds none, as people write it.
const NotUsed = "-"

// Sheet is a sheet that is read.
type Sheet struct {
	rollout.Sheet
	Row     int      // of its header, as the spreadsheet numbers it
	How     []How    // how each of its Columns was recognised
	Ignored []string // bt_… columns of an earlier report, as written
}

// Unread is a sheet that is not read.
type Unread struct {
	Name string
	Why  rollout.Text // a clause: "its header is not that of a rollout"
}

// LeftOut is what was read past, so that people are told.
type LeftOut struct {
	Row int // as Site.Row
	Why rollout.Text
}

// File is an open rollout file. It is not safe for concurrent use.
type File struct {
	book    book
	limits  Limits
	layouts []*layout
	check   *checker
	rows    int

	names    *names
	ask      func(countries []string) (map[string]map[string]string, error) // Options.Labels; nil once it was called
	labelled map[string]labels                                              // by sheet

	said    []rollout.Text
	unread  []Unread
	hidden  int
	leftOut []LeftOut
}

// book is an open file as a number of sheets.
type book interface {
	sheets() []sheetName
	open(sheet string) (source, error)
	remarks() []rollout.Text // what people should know of how the file was read
	Close() error
}

type sheetName struct {
	name   string // "" for CSV
	hidden bool
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
	cells   []string         // valid until the next row is read
	doubt   *rollout.Problem // the row may not be a site
	faults  []fault          // cells that cannot be read as they stand
	hidden  bool
	written func() string    // the row's own text, in CSV, where a row must be as wide as the header; else nil
	problem *rollout.Problem // the row as a whole cannot be read
}

// fault is what is wrong with a cell before anybody looks at its value. Its Field is
// set once it is known.
type fault struct {
	place   int // index into cells
	problem rollout.Problem
}

// Open opens a rollout file and reads its headers. An error that the file's author can
// mend is a *FileError.
func Open(path string, o Options) (*File, error) {
	f := &File{limits: o.Limits.orDefault()}
	form, err := recognise(path, f.limits)
	if err != nil {
		return nil, err
	}
	names, err := newNames(o.Map)
	if err != nil {
		return nil, err
	}
	err = guard(func() (err error) {
		if form == formCSV {
			f.book, err = openCSV(path, names, f.limits)
		} else {
			f.book, err = openXLSX(path, f.limits, o.Progress)
		}
		return err
	})
	if err == nil {
		err = guard(func() error { return f.start(o, names) })
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Sheets are those that are read, in the file's order: the sites of the sheet at place
// k have Rows from k*rollout.SheetRows on.
func (f *File) Sheets() []Sheet {
	sheets := make([]Sheet, len(f.layouts))
	for i, l := range f.layouts {
		sheets[i] = l.Sheet
	}
	return sheets
}

// Columns are those of the sheets that are read, as a batch holds them.
func (f *File) Columns() []rollout.Sheet {
	sheets := make([]rollout.Sheet, len(f.layouts))
	for i, l := range f.layouts {
		sheets[i] = l.Sheet.Sheet
	}
	return sheets
}

// Unread are the sheets that are not read.
func (f *File) Unread() []Unread { return f.unread }

// Remarks say what people should know of how the file was read, one sentence each.
func (f *File) Remarks() []rollout.Text { return slices.Concat(f.book.remarks(), f.said) }

// Hidden is how many of the sites that have come so far stand in hidden rows.
func (f *File) Hidden() int { return f.hidden }

// LeftOut are the rows, of those that have come so far, that are no sites.
func (f *File) LeftOut() []LeftOut { return f.leftOut }

// Rows yields one site for each row that is not blank, in the file's order. A
// site is Imported, or Rejected with everything that is wrong with its row
// among its Problems. A row that cannot be divided into cells has empty Cells,
// so that no guess about them is ever ordered, and its text in the Problem's
// Value. Batch is left empty. The first error ends the sequence and means that
// the file as a whole cannot be used; a *FileError says why.
// Rows is a stream and can be ranged over once.
func (f *File) Rows() iter.Seq2[rollout.Site, error] {
	return func(yield func(rollout.Site, error) bool) {
		for k, l := range f.layouts {
			more, err := f.sheetRows(k, l, yield)
			if err != nil {
				yield(rollout.Site{}, err)
			}
			if !more || err != nil {
				return
			}
		}
		if f.rows == 0 {
			yield(rollout.Site{}, f.empty())
		}
	}
}

// empty says that there is no site, and what was left out.
func (f *File) empty() error {
	if len(f.leftOut) == 0 {
		return fileError("file.no-rows",
			"The file has a header and no sites: put one site into each row below row %d.",
			"Le fichier a un en-tête et aucun site : mettez un site sur chaque ligne sous la ligne %d.", f.layouts[0].Row)
	}
	first := f.leftOut[0]
	return fileError("file.no-rows",
		"The file has no sites: its only rows, such as row %s, were left out (%s): put one site into each row below, with a technicalSiteName of its own.",
		"Le fichier n'a aucun site, car ses seules lignes, dont la ligne %s, ont été laissées de côté (%s) : mettez un site sur chaque ligne suivante, avec un technicalSiteName qui lui soit propre.", f.check.rowName(first.Row), first.Why)
}

// sheetRows yields the sites of one sheet, and whether more are wanted.
func (f *File) sheetRows(k int, l *layout, yield func(rollout.Site, error) bool) (more bool, err error) {
	in, err := f.openSheet(l.Name)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	for {
		rec, err := f.nextSite(in, l)
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		place := k*rollout.SheetRows + rec.row
		if none, err := f.leavesOut(l, place, &rec); err != nil {
			return false, err
		} else if none {
			continue
		}
		if f.rows++; f.rows > f.limits.Rows {
			return false, fileError("file.too-many-rows",
				"The file has more than %d rows: split it into several files.",
				"Le fichier a plus de %d lignes : divisez-le en plusieurs fichiers.", f.limits.Rows)
		}
		if rec.hidden {
			f.hidden++
		}
		if !yield(f.check.site(l, place, rec), nil) {
			return false, nil
		}
	}
}

// leavesOut reports whether a row is no site, and keeps why. What makes it doubtful that
// it is one is set in rec.
func (f *File) leavesOut(l *layout, place int, rec *record) (none bool, err error) {
	entries := l.entries(cellsOf(*rec), f.names, f.labelled[l.Name])
	why, none := rollout.Text{}, false
	if rec.problem == nil {
		why, none = noSite(entries)
	}
	if !none {
		if why, rec.doubt, err = f.readRow(l, place, *rec, entries); err != nil {
			return false, err
		}
		none = why != rollout.Text{}
	}
	if none {
		f.leftOut = append(f.leftOut, LeftOut{place, why})
	}
	return none, nil
}

// nextSite returns the next row below the header that is not blank, bt_… columns set
// aside.
func (f *File) nextSite(in source, l *layout) (record, error) {
	for {
		rec, err := next(in)
		switch {
		case err != nil:
			return rec, err
		case rec.row >= rollout.SheetRows:
			return rec, fileError("file.too-many-rows",
				"The file has a row %d, and none beyond %d is read: delete what stands there, or move it up.",
				"Le fichier a une ligne %d, et aucune n'est lue au-delà de la ligne %d : supprimez ce qui s'y trouve, ou remontez-le.", rec.row, rollout.SheetRows-1)
		case rec.row > l.Row && (rec.problem != nil || l.hasText(rec.cells) || l.lacksValue(rec)):
			return rec, nil
		}
	}
}

func (f *File) openSheet(name string) (in source, err error) {
	err = guard(func() (err error) {
		in, err = f.book.open(name)
		return err
	})
	return in, err
}

// next reads a row.
func next(in source) (rec record, err error) {
	err = guard(func() (err error) {
		rec, err = in.next()
		return err
	})
	return rec, err
}

// Close releases the file and what was unpacked from it.
func (f *File) Close() error {
	if f.book == nil {
		return nil
	}
	return f.book.Close()
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
