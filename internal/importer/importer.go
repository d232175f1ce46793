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
	// Labels asks what countries call their address elements: by country and label,
	// the element's code. It is called at most once, if any header, or a row that may be
	// one, is not a field's own name, with the countries of the rows. nil: there are no
	// labels.
	Labels func(countries []string) (map[string]map[string]string, error)
	// Limits bound the file. Those that are 0 are those of DefaultLimits.
	Limits Limits
	// Progress is told how much of the file has been looked through, before rows come.
	// nil: nobody is.
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

// MaxCell is how many characters a cell holds in Excel.
const MaxCell = 32_767

func (l Limits) orDefault() Limits {
	return Limits{
		Limits:  l.Limits, // spreadsheet.Open knows its defaults
		Rows:    cmp.Or(l.Rows, DefaultLimits.Rows),
		Columns: cmp.Or(l.Columns, DefaultLimits.Columns),
		Cell:    min(cmp.Or(l.Cell, DefaultLimits.Cell), MaxCell),
	}
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
	book    *spreadsheet.Book
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

// Open opens a rollout file and reads its headers. An error that the file's author can
// mend is a *FileError.
func Open(path string, o Options) (*File, error) {
	names, err := newNames(o.Map)
	if err != nil {
		return nil, err
	}
	f := &File{limits: o.Limits.orDefault()}
	f.book, err = spreadsheet.Open(path, spreadsheet.Options{Limits: f.limits.Limits, HeaderScore: names.score, Progress: o.Progress})
	if err != nil {
		return nil, err
	}
	if err := f.start(o, names); err != nil {
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
func (f *File) Remarks() []rollout.Text { return slices.Concat(f.book.Remarks(), f.said) }

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
		return errNoRows(f.layouts[0].Row)
	}
	first := f.leftOut[0]
	return errAllLeftOut(f.check.rowName(first.Row), first.Why)
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
		place := k*rollout.SheetRows + rec.Number
		none, doubt, err := f.leavesOut(l, place, rec)
		if err != nil {
			return false, err
		}
		if none {
			continue
		}
		if f.rows++; f.rows > f.limits.Rows {
			return false, errTooManyRows(f.limits.Rows)
		}
		if rec.Hidden {
			f.hidden++
		}
		if !yield(f.check.site(l, place, rec, doubt), nil) {
			return false, nil
		}
	}
}

// leavesOut reports whether a row is no site, and keeps why. doubt is the Problem of a row
// that may be none.
func (f *File) leavesOut(l *layout, place int, rec spreadsheet.Row) (none bool, doubt *rollout.Problem, err error) {
	entries := l.entries(cellsOf(rec), f.names, f.labelled[l.Name])
	why, none := rollout.Text{}, false
	if rec.Unreadable == nil {
		why, none = noSite(entries)
	}
	if !none {
		if why, doubt, err = f.readRow(l, place, rec, entries); err != nil {
			return false, nil, err
		}
		none = why != rollout.Text{}
	}
	if none {
		f.leftOut = append(f.leftOut, LeftOut{place, why})
	}
	return none, doubt, nil
}

// nextSite returns the next row below the header that is not blank, bt_… columns set
// aside.
func (f *File) nextSite(in *sheetRows, l *layout) (spreadsheet.Row, error) {
	for {
		rec, err := in.next()
		switch {
		case err != nil:
			return rec, err
		case rec.Number >= rollout.SheetRows:
			return rec, errRowTooLow(rec.Number)
		case rec.Number > l.Row && (rec.Unreadable != nil || l.hasText(rec.Cells) || l.lacksValue(rec)):
			return rec, nil
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
	longest int // characters of a text that a Problem quotes
}

// next returns the next row, or io.EOF. The text of one that cannot be divided into cells is
// no longer than a cell may be.
func (s *sheetRows) next() (spreadsheet.Row, error) {
	row, err := s.Next()
	if row.Unreadable != nil {
		row.Unreadable.Value = cut(row.Unreadable.Value, s.longest)
	}
	return row, err
}

// Close releases the file and what was unpacked from it.
func (f *File) Close() error { return f.book.Close() }

// hasText reports whether any cell holds more than white space.
func hasText(cells []string) bool {
	return slices.ContainsFunc(cells, func(cell string) bool { return !isEmpty(cell) })
}
