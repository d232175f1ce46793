package app

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"btrollout/internal/report"
	"btrollout/internal/rollout"
)

// CheckReportName refuses a file name that says neither .xlsx nor .csv.
func CheckReportName(file string) error {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".xlsx", ".csv":
		return nil
	}
	return &UsageError{fmt.Sprintf("a report is written as .xlsx or .csv, so %q must end in one of them", file)}
}

// WriteReport writes one file of a batch's report, workbook or CSV by its name.
func WriteReport(file string, b rollout.Batch, sites iter.Seq2[rollout.Site, error]) error {
	if err := CheckReportName(file); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(file), ".report-*")
	if err != nil {
		return fmt.Errorf("the report cannot be written to %s (%w): choose another folder", file, err)
	}
	defer os.RemoveAll(dir)
	files, err := report.Write(dir, b, sites, time.Now())
	if err != nil {
		return err
	}
	written := files.XLSX
	if strings.EqualFold(filepath.Ext(file), ".csv") {
		written = files.CSV
	}
	if err := os.Rename(written, file); err != nil {
		return fmt.Errorf("the report cannot be written to %s (%w): choose another name", file, err)
	}
	return nil
}
