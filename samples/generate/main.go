// Command generate makes the sample rollout's XLSX file from its CSV file, so
// that both always hold the same rows. It checks nothing: wrong rows are part of
// the sample.
package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

//go:generate go run . ../rollout.csv ../rollout.xlsx

const (
	sheet      = "Rollout"
	textFormat = 49 // Excel's built-in "@": what is typed stays as typed, zeros included
	minWidth   = 8  // of a column, in characters
	maxWidth   = 42
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: generate FILE.csv FILE.xlsx")
		os.Exit(2)
	}
	if err := generate(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(csvPath, xlsxPath string) (err error) {
	rows, err := readCSV(csvPath)
	if err != nil {
		return err
	}
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	if err := book.SetSheetName(book.GetSheetName(0), sheet); err != nil {
		return err
	}
	for i, row := range rows {
		for j, text := range row {
			if text == "" {
				continue
			}
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				return err
			}
			if err := book.SetCellStr(sheet, cell, text); err != nil {
				return err
			}
		}
	}
	if err := format(book, rows); err != nil {
		return err
	}
	packed, err := book.WriteToBuffer()
	if err != nil {
		return err
	}
	return os.WriteFile(xlsxPath, packed.Bytes(), 0o644)
}

func readCSV(path string) ([][]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) < 2 {
		return nil, fmt.Errorf("%s holds no rows below its header", path)
	}
	return rows, nil
}

// format makes the sheet pleasant to fill in: the header stays in sight and
// filters, and whole columns are text, so that rows added later are text too.
// Numbers kept as text are meant: no warning triangles.
func format(book *excelize.File, rows [][]string) error {
	text, err := book.NewStyle(&excelize.Style{NumFmt: textFormat})
	if err != nil {
		return err
	}
	header, err := book.NewStyle(&excelize.Style{
		NumFmt: textFormat,
		Font:   &excelize.Font{Bold: true, Color: "FFFFFF", Family: "Calibri", Size: 11},
		Fill:   excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"1F4E79"}},
	})
	if err != nil {
		return err
	}
	for j, width := range widths(rows) {
		col, err := excelize.ColumnNumberToName(j + 1)
		if err != nil {
			return err
		}
		if err := book.SetColWidth(sheet, col, col, width); err != nil {
			return err
		}
		if err := book.SetColStyle(sheet, col, text); err != nil {
			return err
		}
	}
	last, err := excelize.CoordinatesToCellName(len(rows[0]), len(rows))
	if err != nil {
		return err
	}
	lastHeader, err := excelize.CoordinatesToCellName(len(rows[0]), 1)
	if err != nil {
		return err
	}
	return errors.Join(
		book.SetSheetDimension(sheet, "A1:"+last),
		book.SetCellStyle(sheet, "A1", last, text),
		book.SetCellStyle(sheet, "A1", lastHeader, header),
		book.AddIgnoredErrors(sheet, "A1:"+last, excelize.IgnoredErrorsNumberStoredAsText),
		book.AutoFilter(sheet, "A1:"+last, nil),
		book.SetPanes(sheet, &excelize.Panes{
			Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight",
		}),
	)
}

// widths is each column's width in characters: its longest text and room for
// the filter button, within reason.
func widths(rows [][]string) []float64 {
	longest := make([]int, len(rows[0]))
	for _, row := range rows {
		for j, text := range row {
			longest[j] = max(longest[j], utf8.RuneCountInString(text))
		}
	}
	widths := make([]float64, len(longest))
	for j, n := range longest {
		widths[j] = float64(min(max(n+4, minWidth), maxWidth))
	}
	return widths
}
