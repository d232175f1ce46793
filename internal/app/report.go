// This file writes reports and annotated files to the place that the user chose, and checks that
// place before any work is done. Their content is made by package report.

package app

import (
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"btrollout/internal/report"
	"btrollout/internal/rollout"
	"btrollout/internal/scratch"
)

// checkName refuses a file name that ends neither in .xlsx nor in .csv.
func checkName(file string) error {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".xlsx", ".csv":
		return nil
	}
	return errReportName(file)
}

// CheckReportDir makes sure, before any work is done, that reports can be written to a folder,
// which need not exist yet. It leaves nothing behind.
func CheckReportDir(dir string) error {
	existing := dir // or the folder in which it would be made
	for {
		if _, err := os.Stat(existing); !errors.Is(err, fs.ErrNotExist) || existing == filepath.Dir(existing) {
			break
		}
		existing = filepath.Dir(existing)
	}
	if err := checkWritable(existing); err != nil {
		return errReportDir(dir, err)
	}
	return nil
}

// CheckReportFile makes sure that a report can be written to a file: the name ends in .xlsx or
// .csv, and files can be made in its folder.
func CheckReportFile(file string) error {
	if err := checkName(file); err != nil {
		return err
	}
	if err := checkWritable(filepath.Dir(file)); err != nil {
		return errReportFile(file, err)
	}
	return nil
}

// CheckReplaceable refuses a file that is there already, unless it is empty, or is in the state in
// which this program wrote it in that role, or force is set.
func CheckReplaceable(file string, role report.Role, force bool, lang rollout.Lang) error {
	info, err := os.Lstat(file)
	switch {
	case err != nil, force, info.Mode().IsRegular() && info.Size() == 0, report.IsOwn(file, role):
		return nil // an error comes again when the file is written
	}
	return &UsageError{Text: sayNotOwn(file, role).In(lang)}
}

// checkWritable makes a file in a folder, and removes it.
func checkWritable(dir string) error {
	f, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return WithoutPath(err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// WithoutPath is the cause of an error of a temporary file, whose name says nothing to the
// user. It returns any other error as it is.
func WithoutPath(err error) error {
	if wrapped := (*fs.PathError)(nil); errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// WriteReport writes one file of a batch's report: the workbook or the CSV file, by the end of
// its name. log is the batch's audit log, which only the workbook shows.
func WriteReport(file string, b rollout.Batch, log []rollout.AuditEntry, sites iter.Seq2[rollout.Site, error]) error {
	if err := checkName(file); err != nil {
		return err
	}
	draft, err := scratch.NewDraft(file, report.FileMode)
	if err != nil {
		return errReportNotWritten(file, WithoutPath(err), "folder")
	}
	defer draft.Discard()
	if !b.WithdrawnAt.IsZero() {
		b.State = rollout.Withdrawn // as in the report that a worker wrote when it ended the batch
	}
	if strings.EqualFold(filepath.Ext(file), ".csv") {
		err = report.WriteCSV(draft, b, sites, time.Now())
	} else {
		err = report.WriteXLSX(draft, b, log, sites, time.Now())
	}
	if err != nil {
		return err
	}
	if err := draft.Keep(); err != nil {
		return errReportNotWritten(file, err, "name")
	}
	return nil
}

// CheckAnnotated makes sure, before any work is done, that an annotated copy of a rollout file can
// be written, by report.Annotate: its name ends in .xlsx, files can be made in its folder, and it
// does not replace the rollout file itself.
func CheckAnnotated(out, source string) error {
	if !strings.EqualFold(filepath.Ext(out), ".xlsx") {
		return errAnnotatedName(out)
	}
	if err := checkWritable(filepath.Dir(out)); err != nil {
		return errAnnotatedFile(out, err)
	}
	if SameFile(out, source) {
		return errAnnotatedReplaces(source)
	}
	return nil
}

// SameFile reports whether two paths lead to one file that exists.
func SameFile(a, b string) bool {
	one, err1 := os.Stat(a)
	other, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(one, other)
}
