// This file marks what is wrong in a rollout file, in a new workbook. A copy of the author's own
// workbook is marked in copy.go.

package report

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"btrollout/internal/rollout"
)

// A workbook is copied up to this size, because it is held in memory as a whole, in some 15
// times as many bytes. A larger one is written again, a row at a time.
const (
	maxCopiedBytes = 16 << 20 // unzipped
	maxCopiedRows  = 20_000
)

// Annotate writes out, an .xlsx workbook with all rows of the rollout file source, right and
// wrong, that can be corrected and uploaded as it is. The cells that a person has to look at
// are coloured and have a note and, where there is something to choose from, a drop-down. The
// columns bt_problem, bt_suggestion and, if any row has a note, bt_note stand behind the
// file's own.
//
// An .xlsx of moderate size is copied, so that formats, formulas and other sheets stay as they
// are; what an earlier Annotate put into it is replaced. Of any other file, the sheets of the
// batch are written again, their own columns first, without the rows that are no sites. Either
// way texts are neutralised as in a report.
//
// headers are the rows of the headers in the file, one for each of b.Sheets. The sites come in
// the order of the file; they are ranged over a second time if a workbook cannot be copied.
// out appears whole or not at all. It replaces an older file, so the caller makes sure that it is not
// source itself. copied reports whether it is a copy of source.
func Annotate(out, source string, b rollout.Batch, headers []int, sites iter.Seq2[rollout.Site, error]) (copied bool, err error) {
	if len(headers) != len(b.Sheets) {
		return false, fmt.Errorf("%d headers were given for %d sheets", len(headers), len(b.Sheets))
	}
	draft, err := newDraft(out)
	if err != nil {
		return false, err
	}
	defer draft.Discard()
	if isCopyable(source, &b) {
		copied, err = annotateCopy(draft, source, &b, headers, sites)
	}
	if err == nil && !copied {
		err = errors.Join(draft.Empty(), rewrite(draft, &b, sites))
	}
	if err != nil {
		return false, fmt.Errorf("annotate %s: %w", b.File, err)
	}
	return copied, draft.Keep()
}

// isCopyable reports whether a file is a workbook of at most the size that is copied.
func isCopyable(source string, b *rollout.Batch) bool {
	if !strings.EqualFold(filepath.Ext(source), ".xlsx") || b.Rows() > maxCopiedRows {
		return false
	}
	archive, err := zip.OpenReader(source)
	if err != nil {
		return false
	}
	defer archive.Close()
	var size uint64
	for _, part := range archive.File {
		size += min(part.UncompressedSize64, maxCopiedBytes+1)
	}
	return size <= maxCopiedBytes
}

// annotationColumns are the columns that an annotated file has behind its own.
var annotationColumns = selectColumns(rollout.ColumnProblem, rollout.ColumnSuggestion, rollout.ColumnNote).columns()

// rewrite writes the sheets of a batch again, with all their rows.
func rewrite(out io.Writer, b *rollout.Batch, sites iter.Seq2[rollout.Site, error]) (err error) {
	w, err := newWorkbook(b, RoleMarked, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	w.names.reserve(listsSheet)
	sheets := make([]*sheet, len(b.Sheets))
	for k := range b.Sheets {
		source := &b.Sheets[k]
		name := source.Name
		if name == "" { // of a CSV file
			name = csvSheet.In(b.Lang)
		}
		name = w.names.reserve(name)
		if k == 0 {
			if err := w.book.SetSheetName(w.book.GetSheetName(0), name); err != nil {
				return err
			}
		}
		sheets[k], err = w.newSheet(sheetOptions{
			name: name, columns: slices.Concat(ownColumns(source), headingsOf(annotationColumns)),
			frozen: 1, markStyle: w.styles.faulty, hints: w.hints,
		})
		if err != nil {
			return err
		}
	}
	for site, err := range sites {
		if err != nil {
			return err
		}
		k := site.Row.Sheet()
		if k >= len(sheets) {
			return fmt.Errorf("row %d is of no sheet", site.Row)
		}
		texts := slices.Concat(ownTexts(b, &site), textsIn(annotationColumns, b, &site))
		if err := sheets[k].add(texts, marksOf(b, &site)); err != nil {
			return err
		}
	}
	for _, s := range sheets {
		if err := s.finish(); err != nil {
			return err
		}
	}
	if err := w.hints.finish(w.styles.text); err != nil {
		return err
	}
	_, err = w.book.WriteTo(io.Discard)
	return err
}
