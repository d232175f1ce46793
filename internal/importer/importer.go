// This file holds the interface of the package: Open, and the File whose sites are read.

package importer

import (
	"cmp"
	"errors"
	"io"
	"iter"
	"slices"

	"btrollout/internal/rollout"
	"btrollout/internal/spreadsheet"
)

// Options say how a file is read.
type Options struct {
	// Sheets are the names of the sheets to read, in any case, hidden or not. Without
	// any, every visible sheet is read whose header is that of a rollout.
	Sheets []string
	// Map says which field a column feeds, by its header: a field's name, or NotUsed.
	Map map[string]string
	// Labels returns what countries call their address elements: by country and label, the
	// element's code. It is called at most once, with the countries of the rows, if any header,
	// or a row that may be one, is not a field's own name. nil: there are no labels.
	Labels func(countries []string) (map[string]map[string]string, error)
	// Limits bound the file. Those that are 0 are those of DefaultLimits.
	Limits Limits
	// Progress is called, before rows come, with the number of bytes of a workbook that were
	// scanned and of all. nil: nothing is called.
	Progress func(done, total int64)
}

// Limits of a rollout file. Beyond one of them, the file is refused, except that a longer cell
// is a Problem of its row.
type Limits struct {
	spreadsheet.Limits
	Rows    int // sites
	Columns int // of a sheet, up to the last column that has a name
	Cell    int // characters in one cell; no more than MaxCell
}

// DefaultLimits hold unless others are asked for.
var DefaultLimits = Limits{Limits: spreadsheet.DefaultLimits, Rows: 200_000, Columns: 200, Cell: MaxCell}

// MaxCell is the number of characters that a cell holds in Excel.
const MaxCell = 32_767

func (l Limits) orDefault() Limits {
	return Limits{
		Limits:  l.Limits, // spreadsheet.Open knows its defaults
		Rows:    cmp.Or(l.Rows, DefaultLimits.Rows),
		Columns: cmp.Or(l.Columns, DefaultLimits.Columns),
		Cell:    min(cmp.Or(l.Cell, DefaultLimits.Cell), MaxCell),
	}
}

// NotUsed is what people write as the field of a column that feeds none.
const NotUsed = "-"

// Sheet is a sheet that is read.
type Sheet struct {
	rollout.Sheet
	Row     int      // number of the header's row, as spreadsheet programs count
	How     []How    // how each of its Columns was recognised
	Ignored []string // bt_… columns of an earlier report, as written
}

// Unread is a sheet that is not read.
type Unread struct {
	Name string
	Why  rollout.Text // a clause, such as "it is empty"
}

// LeftOut is a row that is no site.
type LeftOut struct {
	Row rollout.RowRef
	Why rollout.Text // a clause, such as "it is a row of totals"
}

// File is an open rollout file. It is not safe for concurrent use.
type File struct {
	book      *spreadsheet.Book
	limits    Limits
	layouts   []*layout // of the sheets that are read
	builder   *siteBuilder
	siteCount int // sites so far

	names  *headerNames
	ask    func(countries []string) (map[string]map[string]string, error) // Options.Labels; nil once it was called
	labels map[string]elementLabels                                       // by sheet

	headerRemarks []rollout.Text
	unread        []Unread
	// hiddenRollouts are hidden sheets with the header of a rollout, if no visible one has it.
	hiddenRollouts []string
	hiddenRows     int // sites so far that stand in hidden rows
	leftOut        []LeftOut
}

// Open opens a rollout file and reads its headers. An error that the file's author can
// mend is a *spreadsheet.FileError.
func Open(path string, o Options) (*File, error) {
	names, err := newHeaderNames(o.Map)
	if err != nil {
		return nil, err
	}
	f := &File{limits: o.Limits.orDefault()}
	f.book, err = spreadsheet.Open(path, spreadsheet.Options{
		Limits: f.limits.Limits, HeaderScore: names.score, Progress: o.Progress,
	})
	if err != nil {
		return nil, err
	}
	if err := f.readHeaders(o, names); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Sheets are those that are read, in the file's order: the sites of Sheets()[k] have Rows from
// rollout.RowAt(k, 1) on.
func (f *File) Sheets() []Sheet {
	sheets := make([]Sheet, len(f.layouts))
	for i, l := range f.layouts {
		sheets[i] = l.Sheet
	}
	return sheets
}

// Columns are the sheets that are read, as a batch holds them.
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
func (f *File) Remarks() []rollout.Text { return slices.Concat(f.book.Remarks(), f.headerRemarks) }

// Hidden is the number of sites so far that stand in hidden rows.
func (f *File) Hidden() int { return f.hiddenRows }

// LeftOut are the rows so far that are no sites.
func (f *File) LeftOut() []LeftOut { return f.leftOut }

// Rows yields one site for each row that is not blank, in the file's order. A site is Imported,
// or Rejected with everything that is wrong with its row among its Problems. A row that cannot be
// divided into cells has empty Cells, so that no guess about them is ever ordered, and its text in
// the Problem's Value. Batch is left empty. The first error ends the sequence and means that the
// file as a whole cannot be used; a *spreadsheet.FileError says why. Rows is a stream and can be
// ranged over once.
func (f *File) Rows() iter.Seq2[rollout.Site, error] {
	return func(yield func(rollout.Site, error) bool) {
		for k, l := range f.layouts {
			more, err := f.sites(k, l, yield)
			if err != nil {
				yield(rollout.Site{}, err)
			}
			if !more || err != nil {
				return
			}
		}
		if f.siteCount == 0 {
			yield(rollout.Site{}, f.noSites())
		}
	}
}

// noSites says that there is no site, and what was left out.
func (f *File) noSites() error {
	if len(f.leftOut) == 0 {
		return errNoRows(f.layouts[0].Row)
	}
	first := f.leftOut[0]
	return errAllLeftOut(f.builder.rowName(first.Row), first.Why)
}

// sites yields the sites of Sheets()[k], and reports whether more are wanted.
func (f *File) sites(k int, l *layout, yield func(rollout.Site, error) bool) (more bool, err error) {
	in, err := f.openSheet(l.Name)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	for {
		row, err := f.nextSite(in, l)
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		siteRow := rollout.RowAt(k, row.Number)
		leftOut, doubt, err := f.leaveOut(l, siteRow, row)
		if err != nil {
			return false, err
		}
		if leftOut {
			continue
		}
		if f.siteCount++; f.siteCount > f.limits.Rows {
			return false, errTooManyRows(f.limits.Rows)
		}
		if row.Hidden {
			f.hiddenRows++
		}
		if !yield(f.builder.site(l, siteRow, row, doubt), nil) {
			return false, nil
		}
	}
}

// leaveOut leaves a row out that is no site, keeps why, and reports whether it did. doubt is the
// Problem of a row that may be no site.
func (f *File) leaveOut(l *layout, siteRow rollout.RowRef, row spreadsheet.Row) (leftOut bool, doubt *rollout.Problem, err error) {
	cells := l.filledCells(cellsOf(row), f.names, f.labels[l.Name])
	var why rollout.Text // "": it is a site
	if row.Unreadable == nil {
		why = whyNoSite(cells)
	}
	if why == (rollout.Text{}) {
		if why, doubt, err = f.checkForHeader(l, siteRow, row, cells); err != nil {
			return false, nil, err
		}
	}
	if why == (rollout.Text{}) {
		return false, doubt, nil
	}
	f.leftOut = append(f.leftOut, LeftOut{siteRow, why})
	return true, nil, nil
}

// nextSite returns the next row below the header that is not blank. bt_… columns do not count.
func (f *File) nextSite(in *sheetRows, l *layout) (spreadsheet.Row, error) {
	for {
		row, err := in.next()
		switch {
		case err != nil:
			return row, err
		case row.Number > rollout.MaxLine:
			return row, errRowTooLow(row.Number)
		case row.Number > l.Row && (row.Unreadable != nil || l.hasText(row.Cells) || l.lacksValue(row)):
			return row, nil
		}
	}
}

// openSheet begins to read a sheet.
func (f *File) openSheet(name string) (*sheetRows, error) {
	rows, err := f.book.Open(name)
	if err != nil {
		return nil, err
	}
	return &sheetRows{rows, f.limits.Cell}, nil
}

// sheetRows reads the rows of a sheet.
type sheetRows struct {
	*spreadsheet.Rows
	maxCell int // characters
}

// next returns the next row, or io.EOF. The text of a row that cannot be divided into cells is
// cut to the length of a cell.
func (s *sheetRows) next() (spreadsheet.Row, error) {
	row, err := s.Next()
	if row.Unreadable != nil {
		row.Unreadable.Value = truncate(row.Unreadable.Value, s.maxCell)
	}
	return row, err
}

// Close releases the file, and what was unpacked or decoded from it.
func (f *File) Close() error { return f.book.Close() }

// hasText reports whether any cell holds more than white space.
func hasText(cells []string) bool {
	return slices.ContainsFunc(cells, func(cell string) bool { return !isEmpty(cell) })
}
