package report

// This file puts the report's workbook together, sheet by sheet; what a sheet of rows
// looks like is in sheet.go.

import (
	"archive/zip"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
	"btrollout/internal/scratch"
)

// workbook is one under way.
type workbook struct {
	book  *excelize.File
	temp  *scratch.Folder // where excelize keeps large sheets
	batch *rollout.Batch
	looks styles
	names names
	voice *voice

	union    *union
	failures map[int]*sheet // by the place of their source in Batch.Sheets
	order    []*sheet       // the sheets of failures, in the workbook's order
	all      *sheet
	offered  *choices
	seen     *tally
}

// newWorkbook begins a workbook that is written to out.
func newWorkbook(b *rollout.Batch, out io.Writer) (*workbook, error) {
	temp, err := scratch.NewFolder()
	if err != nil {
		return nil, err
	}
	book := excelize.NewFile(excelize.Options{TmpDir: temp.Path})
	// Left to itself, excelize would build the whole archive in memory.
	book.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(out) })
	looks, err := newStyles(book)
	if err != nil {
		return nil, errors.Join(err, book.Close(), temp.Close())
	}
	return &workbook{
		book: book, temp: temp, batch: b, looks: looks,
		names: names{}, voice: newVoice(book), failures: map[int]*sheet{}, seen: newTally(),
	}, nil
}

// close frees what the workbook holds in memory and in temporary files.
func (w *workbook) close() error { return errors.Join(w.book.Close(), w.temp.Close()) }

// begin begins the sheet of all sites. The sheets of failures are begun when there is
// something to put on them; the first takes over the sheet that a new workbook has, on
// which it opens.
func (w *workbook) begin(offered *choices) (err error) {
	w.union, w.offered = newUnion(w.batch), offered
	for _, taken := range []rollout.Text{allSheet, summarySheet, {EN: listsSheet}} {
		w.names.take(taken.In(w.batch.Lang))
	}
	more := addedTo(w.batch)
	known := len(more) - len(added) + rowColumns
	columns := slices.Concat(headingsOf(more[:known]), w.union.columns, headingsOf(more[known:]))
	w.all, err = w.newSheet(allSheet.In(w.batch.Lang), "", columns, known+1, w.looks.faulty, nil)
	return err
}

// add writes a site: its own cells, these under the columns of all sheets, and what is
// added to them.
func (w *workbook) add(s *rollout.Site, own, together, more []string) error {
	w.seen.add(w.batch, s)
	known := len(more) - len(added) + rowColumns
	err := w.all.add(slices.Concat(more[:known], together, more[known:]), nil)
	if !needsAttention(w.batch, s) || err != nil {
		return err
	}
	on, err := w.failuresOf(s.Row)
	if err != nil {
		return err
	}
	return errors.Join(on.add(slices.Concat(own, more[known-1:]), marksOf(w.batch, s)), w.offered.add(s, on.name))
}

// failuresOf is the sheet of failures on which a row belongs.
func (w *workbook) failuresOf(row rollout.RowRef) (*sheet, error) {
	k := row.Sheet()
	if on := w.failures[k]; on != nil {
		return on, nil
	}
	source, _ := w.batch.Locate(row)
	name, before := w.nameFor(failuresSheet, source), w.all.name
	if len(w.order) == 0 {
		before = ""
		if err := w.book.SetSheetName(w.book.GetSheetName(0), name); err != nil {
			return nil, err
		}
	}
	on, err := w.newSheet(name, before, slices.Concat(ownColumns(source), headingsOf(added[1:])), 1, w.looks.faulty, w.voice)
	if err != nil {
		return nil, err
	}
	w.failures[k], w.order = on, append(w.order, on)
	return on, nil
}

// nameFor is the name of a sheet about one of the file's sheets, which stands in it if
// there are several.
func (w *workbook) nameFor(what rollout.Text, source *rollout.Sheet) string {
	name := what.In(w.batch.Lang)
	if several(w.batch) {
		name += " " + source.Name
	}
	return w.names.take(name)
}

// end completes the sheets and writes the workbook. All of them must have taken their
// places before any is finished.
func (w *workbook) end(now time.Time) error {
	if len(w.order) == 0 {
		if _, err := w.failuresOf(0); err != nil {
			return err
		}
	}
	if err := w.addCandidates(w.offered); err != nil {
		return err
	}
	sheets := append(slices.Clone(w.order), w.all)
	for _, on := range w.offered.sheets {
		sheets = append(sheets, on.sheet)
	}
	if err := errors.Join(writeSummary(w, now), w.voice.finish(w.looks.text)); err != nil {
		return err
	}
	for _, s := range sheets {
		if err := s.finish(); err != nil {
			return err
		}
	}
	_, err := w.book.WriteTo(io.Discard)
	return err
}
