// Package report writes what became of a batch as a workbook, which can be
// corrected and uploaded again as it is, and as CSV. It reads sites and decides
// nothing about them.
//
// Both files are safe to open in a spreadsheet: every cell is text, neutralised
// by rollout.Neutralise or, in CSV, rollout.NeutraliseCSV, which an import undoes.
// A cell comes back from the workbook as it was, but for what the format cannot
// hold: a character that XML 1.0 forbids becomes U+FFFD, which an import then
// refuses, and a text is cut at 32,767 UTF-16 units. CSV holds line breaks as CRLF
// and drops a carriage return that stands alone.
//
// What people read is in the batch's language; names of columns, states and codes
// are the same in all of them, and so is what others wrote.
//
// This file holds Write; row.go makes a site into texts, candidates.go offers
// addresses, advice.go and howto.go hold the sentences that depend on the state of the
// batch, workbook.go and sheet.go write sheets of rows, union.go joins those of several
// sheets, table.go writes CSV, summary.go the summary. marks.go finds the cells to look
// at, voice.go gives them notes and lists. annotate.go
// marks a rollout file itself, copy.go a copy of it.
package report

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"btrollout/internal/rollout"
	"btrollout/internal/scratch"
)

// Files are the paths of a written report.
type Files struct{ XLSX, CSV string }

// Write writes <dir>/<batch id>.xlsx and .csv, and makes dir when it is missing.
// Each of the files appears whole or not at all, and replaces an older one. The
// sites are read once, in the order in which they are to stand, and are not held
// in memory. When the batch has Counts, as many sites must come as they add up
// to: no row may be missing from a report unnoticed. now is the time that the
// summary gives as the report's own.
func Write(dir string, b rollout.Batch, sites iter.Seq2[rollout.Site, error], now time.Time) (files Files, err error) {
	if b.ID == "" || b.ID != filepath.Base(b.ID) {
		return Files{}, fmt.Errorf("batch id %q cannot be a file name", b.ID)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return Files{}, fmt.Errorf("make the directory for reports: %w", err)
	}
	files = Files{XLSX: filepath.Join(dir, b.ID+".xlsx"), CSV: filepath.Join(dir, b.ID+".csv")}
	workbook, err := newDraft(files.XLSX)
	if err != nil {
		return Files{}, err
	}
	defer workbook.Discard()
	table, err := newDraft(files.CSV)
	if err != nil {
		return Files{}, err
	}
	defer table.Discard()
	waiting, err := scratch.New(dir)
	if err != nil {
		return Files{}, err
	}
	defer waiting.Close()
	if err := write(b, sites, now, workbook, table, waiting); err != nil {
		return Files{}, fmt.Errorf("write the report of batch %s: %w", b.ID, err)
	}
	if err := errors.Join(workbook.Keep(), table.Keep()); err != nil {
		return Files{}, fmt.Errorf("keep the report of batch %s: %w", b.ID, err)
	}
	return files, nil
}

// mode lets the user's group read reports and annotated files, and nobody else, because they
// hold addresses of sites. The umask takes more away: with 077, only the user reads them.
const mode = 0o640

func newDraft(path string) (*scratch.Draft, error) {
	draft, err := scratch.NewDraft(path, mode)
	if err != nil {
		return nil, fmt.Errorf("begin a report: %w", err)
	}
	return draft, nil
}

// write fills both files in one pass over the sites.
func write(b rollout.Batch, sites iter.Seq2[rollout.Site, error], now time.Time, out, table io.Writer, waiting io.ReadWriteSeeker) (err error) {
	w, err := newWorkbook(&b, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.begin(newChoices(&b, waiting)); err != nil {
		return err
	}
	lines, err := newTable(table, w.union, &b)
	if err != nil {
		return err
	}
	for site, err := range sites {
		if err != nil {
			return err
		}
		own, more := ownTexts(&b, &site), textsIn(addedTo(&b), &b, &site)
		together := w.union.spread(&site, own)
		if err := errors.Join(w.add(&site, own, together, more), lines.write(together, more)); err != nil {
			return err
		}
	}
	if want := b.Rows(); len(b.Counts) > 0 && want != w.seen.total {
		return fmt.Errorf("%d sites were read, and the batch has %d rows", w.seen.total, want)
	}
	return errors.Join(lines.Flush(), w.end(now))
}
