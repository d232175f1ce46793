// This file puts the report's workbook together, sheet by sheet. How a sheet of rows is written
// is in sheet.go.

package report

import (
	"archive/zip"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
	"btrollout/internal/scratch"
	"btrollout/internal/xlsx"
)

// workbook is a workbook that is being written.
type workbook struct {
	book   *excelize.File
	temp   *scratch.Folder // where excelize keeps large sheets
	batch  *rollout.Batch
	styles styles
	names  sheetNames
	hints  *hints

	union           *union
	all             *sheet
	failures        map[int]*sheet // by the place of their source in Batch.Sheets
	failuresInOrder []*sheet       // in the workbook's order
	candidates      *candidates
	tally           *tally
}

// newWorkbook begins a workbook that is written to out.
func newWorkbook(b *rollout.Batch, role Role, out io.Writer) (*workbook, error) {
	temp, err := scratch.NewFolder()
	if err != nil {
		return nil, err
	}
	book := excelize.NewFile(excelize.Options{TmpDir: temp.Path})
	// Left to itself, excelize would build the whole archive in memory.
	book.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(out) })
	styles, err := newStyles(book)
	if err = errors.Join(err, xlsx.NewParts(book).SetApplication(role.application())); err != nil {
		return nil, errors.Join(err, book.Close(), temp.Close())
	}
	return &workbook{
		book: book, temp: temp, batch: b, styles: styles,
		names: sheetNames{}, hints: newHints(book), failures: map[int]*sheet{}, tally: newTally(),
	}, nil
}

// close frees what the workbook holds in memory and in temporary files.
func (w *workbook) close() error { return errors.Join(w.book.Close(), w.temp.Close()) }

// maxPagesWide is the greatest number of pages side by side: in more, nobody finds anything.
const maxPagesWide = 5

// begin begins the sheet of all sites. A sheet of failures is begun when there is a row for it.
func (w *workbook) begin(c *candidates) (err error) {
	w.union, w.candidates = newUnion(w.batch), c
	for _, reserved := range []rollout.Text{allSheet, summarySheet, {EN: listsSheet}} {
		w.names.reserve(reserved.In(w.batch.Lang))
	}
	first, frozen := allFirst.forSheets(w.batch), frozenAll
	if hasSeveralSheets(w.batch) {
		frozen++
	}
	all := sheetOptions{
		name:    allSheet.In(w.batch.Lang),
		columns: slices.Concat(first.headings(), w.union.columns, allLast.headings()),
		frozen:  frozen, markStyle: w.styles.faulty,
	}
	if all.pagesWide() > maxPagesWide {
		all.printed = len(first)
	}
	w.all, err = w.newSheet(all)
	return err
}

// add writes a site to the sheet of all sites and, if a person has to look at it, to a sheet of
// failures.
func (w *workbook) add(s *rollout.Site, r siteRow) error {
	w.tally.add(w.batch, s)
	err := w.all.add(slices.Concat(allFirst.forSheets(w.batch).of(r.added), r.inUnion, allLast.of(r.added)), nil)
	if !needsAttention(w.batch, s) || err != nil {
		return err
	}
	on, err := w.failuresOf(s.Row)
	if err != nil {
		return err
	}
	texts := slices.Concat(failuresFirst.of(r.added), r.own, failuresLast.of(r.added))
	return errors.Join(on.add(texts, marksOf(w.batch, s)), w.candidates.add(s, on.name))
}

// failuresOf finds or makes the sheet of failures of a row. The first one takes the sheet that
// a new workbook has, on which the workbook opens.
func (w *workbook) failuresOf(row rollout.RowRef) (*sheet, error) {
	k := row.Sheet()
	if on := w.failures[k]; on != nil {
		return on, nil
	}
	source, _ := w.batch.Locate(row)
	name, before := w.nameFor(failuresSheet, source), w.all.name
	if len(w.failuresInOrder) == 0 {
		before = ""
		if err := w.book.SetSheetName(w.book.GetSheetName(0), name); err != nil {
			return nil, err
		}
	}
	on, err := w.newSheet(sheetOptions{
		name: name, before: before,
		columns: slices.Concat(failuresFirst.headings(), ownColumns(source), failuresLast.headings()),
		frozen:  frozenFailures, printed: len(failuresFirst), markStyle: w.styles.faulty, hints: w.hints,
	})
	if err != nil {
		return nil, err
	}
	w.failures[k], w.failuresInOrder = on, append(w.failuresInOrder, on)
	return on, nil
}

// nameFor is the name of a sheet about one of the file's sheets, whose name it has too if
// there are several.
func (w *workbook) nameFor(what rollout.Text, source *rollout.Sheet) string {
	name := what.In(w.batch.Lang)
	if hasSeveralSheets(w.batch) {
		name += " " + source.Name
	}
	return w.names.reserve(name)
}

// end completes the sheets and writes the workbook. A sheet is finished only when all of them
// are there, because what finish writes refers to their order.
func (w *workbook) end(log []rollout.AuditEntry, now time.Time) error {
	if len(w.failuresInOrder) == 0 {
		if _, err := w.failuresOf(0); err != nil {
			return err
		}
	}
	if err := w.addCandidates(); err != nil {
		return err
	}
	sheets := append(slices.Clone(w.failuresInOrder), w.all)
	for _, on := range w.candidates.sheets {
		sheets = append(sheets, on.sheet)
	}
	if err := errors.Join(writeSummary(w, log, now), w.hints.finish(w.styles.text)); err != nil {
		return err
	}
	for _, s := range sheets {
		if err := s.finish(); err != nil {
			return err
		}
	}
	_, err := w.book.WriteTo(io.Discard) // it goes to the zip writer, and so to out
	return err
}

// sheetNames are the names of a workbook's sheets that are taken, in lower case.
type sheetNames map[string]bool

// reserve makes a name of a sheet valid and unique, and takes it.
func (n sheetNames) reserve(wanted string) string {
	const longest = 31 // UTF-16 units, in Excel
	valid := strings.Trim(strings.Map(func(c rune) rune {
		if strings.ContainsRune(`[]:*?/\`, c) || c < ' ' {
			return ' '
		}
		return c
	}, safeText(wanted)), "' ")
	if valid == "" {
		valid = "Sheet"
	}
	for i := 1; ; i++ {
		end := ""
		if i > 1 {
			end = " " + strconv.Itoa(i)
		}
		name := strings.TrimRight(cutUnits(valid, longest-len(end)), "' ") + end
		if key := strings.ToLower(name); !n[key] {
			n[key] = true
			return name
		}
	}
}

// cutUnits shortens a text to at most that many UTF-16 units, and splits no character.
func cutUnits(text string, most int) string {
	units := 0
	for i, c := range text {
		if units += max(utf16.RuneLen(c), 1); units > most {
			return text[:i]
		}
	}
	return text
}
