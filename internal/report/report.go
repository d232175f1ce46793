// This file writes the files of a report in one pass over the sites.

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

// Write writes <dir>/<batch id>.xlsx and .csv, and makes dir if it is missing. Each of the
// files appears whole or not at all, and replaces an older one. The sites are read once, in
// the order in which they are to stand, and are not held in memory. If the batch has Counts,
// as many sites must come as they add up to: no row may be missing from a report unnoticed.
// A batch that is Importing may have more sites, because its upload adds rows after the Counts
// were read.
// log is the batch's audit log, the oldest entry first; the summary shows the last ones. now is the
// time at which the summary says that the report was written. An error of sites is returned as it is,
// wrapped.
func Write(
	dir string, b rollout.Batch, log []rollout.AuditEntry, sites iter.Seq2[rollout.Site, error], now time.Time,
) (files Files, err error) {
	if b.ID == "" || b.ID != filepath.Base(b.ID) {
		return Files{}, fmt.Errorf("batch id %q cannot be a file name", b.ID)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return Files{}, fmt.Errorf("make the directory for reports: %w", err)
	}
	files = Files{XLSX: filepath.Join(dir, b.ID+".xlsx"), CSV: filepath.Join(dir, b.ID+".csv")}
	xlsxDraft, err := newDraft(files.XLSX)
	if err != nil {
		return Files{}, err
	}
	defer xlsxDraft.Discard()
	csvDraft, err := newDraft(files.CSV)
	if err != nil {
		return Files{}, err
	}
	defer csvDraft.Discard()
	if err := write(b, log, sites, now, xlsxDraft, csvDraft); err != nil {
		return Files{}, err
	}
	if err := errors.Join(xlsxDraft.Keep(), csvDraft.Keep()); err != nil {
		return Files{}, fmt.Errorf("keep the report of batch %s: %w", b.ID, err)
	}
	return files, nil
}

// WriteXLSX writes the workbook of a report, as Write does.
func WriteXLSX(
	out io.Writer, b rollout.Batch, log []rollout.AuditEntry, sites iter.Seq2[rollout.Site, error], now time.Time,
) error {
	return write(b, log, sites, now, out, io.Discard)
}

// WriteCSV writes the CSV file of a report, as Write does.
func WriteCSV(out io.Writer, b rollout.Batch, sites iter.Seq2[rollout.Site, error], now time.Time) error {
	return write(b, nil, sites, now, io.Discard, out)
}

// FileMode lets the user's group read reports and annotated files, and nobody else, because they
// hold addresses of sites. The umask takes more away: with 077, only the user reads them.
const FileMode = 0o640

func newDraft(path string) (*scratch.Draft, error) {
	draft, err := scratch.NewDraft(path, FileMode)
	if err != nil {
		return nil, fmt.Errorf("begin a report: %w", err)
	}
	return draft, nil
}

// write fills both files in one pass over the sites.
func write(
	b rollout.Batch, log []rollout.AuditEntry, sites iter.Seq2[rollout.Site, error], now time.Time, xlsxOut, csvOut io.Writer,
) error {
	candidates, err := scratch.New("")
	if err != nil {
		return err
	}
	defer candidates.Close()
	if err := fill(b, log, sites, now, xlsxOut, csvOut, candidates); err != nil {
		return fmt.Errorf("write the report of batch %s: %w", b.ID, err)
	}
	return nil
}

// fill is write with an empty file for the candidates.
func fill(
	b rollout.Batch, log []rollout.AuditEntry, sites iter.Seq2[rollout.Site, error], now time.Time,
	xlsxOut, csvOut io.Writer, candidates io.ReadWriteSeeker,
) (err error) {
	w, err := newWorkbook(&b, RoleReport, xlsxOut)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.begin(newCandidates(&b, candidates)); err != nil {
		return err
	}
	csv, err := newCSV(csvOut, w.union, &b)
	if err != nil {
		return err
	}
	for site, err := range sites {
		if err != nil {
			return err
		}
		r := siteRow{own: ownTexts(&b, &site), added: textsIn(addedColumns, &b, &site)}
		r.inUnion = w.union.spread(&site, r.own)
		if err := errors.Join(w.add(&site, r), csv.writeRow(r.inUnion, csvLast.forSheets(&b).of(r.added))); err != nil {
			return err
		}
	}
	want, added := b.Rows(), b.State == rollout.Importing && w.tally.total > b.Rows()
	if len(b.Counts) > 0 && w.tally.total != want && !added {
		return fmt.Errorf("%d sites were read, and the batch has %d rows", w.tally.total, want)
	}
	return errors.Join(csv.Flush(), w.end(log, now))
}
