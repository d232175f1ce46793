// This file measures reading a file of benchRows sites, beside the bare loop of
// the library that reads it. peak-MB is the whole process's, so run one benchmark
// alone, such as: go test -run '^$' -bench 'XLSX$' -benchtime 1x

package importer_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/importer"
	"btrollout/internal/importer/importertest"
	"btrollout/internal/spreadsheet"
)

const (
	benchRows    = 100_000
	benchColumns = 20
)

func BenchmarkXLSX(b *testing.B) {
	benchmark(b, "a.xlsx", importertest.WriteXLSX, readSites)
}

// BenchmarkXLSXBare is excelize alone, with the importer's options.
func BenchmarkXLSXBare(b *testing.B) {
	benchmark(b, "a.xlsx", importertest.WriteXLSX, func(path string) (int, error) {
		return readBare(path, excelize.Options{UnzipSizeLimit: importer.DefaultLimits.Unzipped, UnzipXMLSizeLimit: spreadsheet.MaxInMemory})
	})
}

// BenchmarkXLSXDefault is excelize alone, with its own options.
func BenchmarkXLSXDefault(b *testing.B) {
	benchmark(b, "a.xlsx", importertest.WriteXLSX, func(path string) (int, error) { return readBare(path, excelize.Options{}) })
}

func BenchmarkCSV(b *testing.B) {
	benchmark(b, "a.csv", importertest.WriteCSV, readSites)
}

// BenchmarkCSVBare is encoding/csv alone.
func BenchmarkCSVBare(b *testing.B) {
	benchmark(b, "a.csv", importertest.WriteCSV, func(path string) (rows int, err error) {
		file, err := os.Open(path)
		if err != nil {
			return 0, err
		}
		defer file.Close()
		r := csv.NewReader(file)
		r.ReuseRecord = true
		for {
			if _, err := r.Read(); err == io.EOF {
				return rows - 1, nil
			} else if err != nil {
				return rows, err
			}
			rows++
		}
	})
}

// readSites counts the sites of a file that have nothing wrong with them.
func readSites(path string) (rows int, err error) {
	f, err := importer.Open(path, importer.Options{})
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for site, err := range f.Rows() {
		if err != nil || len(site.Problems) > 0 {
			return rows, fmt.Errorf("row %d: %v %v", site.Row, site.Problems, err)
		}
		rows++
	}
	return rows, nil
}

func readBare(path string, o excelize.Options) (rows int, err error) {
	book, err := excelize.OpenFile(path, o)
	if err != nil {
		return 0, err
	}
	defer book.Close()
	sheet, err := book.Rows(book.GetSheetName(0))
	if err != nil {
		return 0, err
	}
	defer sheet.Close()
	for ; sheet.Next(); rows++ {
		if _, err := sheet.Columns(); err != nil {
			return rows, err
		}
	}
	return rows - 1, nil
}

// benchmark makes a file once and has it read over and over.
func benchmark(b *testing.B, name string, write func(path string, rows, columns int) error, read func(path string) (int, error)) {
	path := filepath.Join(b.TempDir(), name)
	must(b, write(path, benchRows, benchColumns))
	debug.FreeOSMemory() // what the making took is not what the reading takes
	before := processorTime(b)
	for b.Loop() {
		rows, err := read(path)
		must(b, err)
		if rows != benchRows {
			b.Fatalf("%d rows read, %d written", rows, benchRows)
		}
	}
	b.ReportMetric(float64(benchRows*b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric((processorTime(b)-before).Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(importertest.PeakMB(b), "peak-MB")
}

// processorTime is what this process has taken of the processors so far, which
// other processes disturb less than time by the clock.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
