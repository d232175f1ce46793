// This file tests what only workbooks can do.

package spreadsheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/importer/importertest"
	"btrollout/internal/spreadsheet"
)

// wholeBook is a workbook of two sites, as Excel writes it.
func wholeBook(t *testing.T) []byte {
	t.Helper()
	return importertest.OneSheet(t, importertest.WholeSheet, importertest.WholeStrings, importertest.Styles)
}

// cellAt is the text of a cell, "" beyond the last.
func cellAt(row spreadsheet.Row, column int) string {
	if column < len(row.Cells) {
		return row.Cells[column]
	}
	return ""
}

// codesAt are the codes of what is wrong with a cell, or with what it shows.
func codesAt(row spreadsheet.Row, column int) string {
	var all []string
	for _, f := range row.CellFaults {
		if f.Column == column {
			all = append(all, f.Code)
		}
	}
	if f := spreadsheet.TextFault(cellAt(row, column)); f != nil && !slices.Contains(all, f.Code) {
		all = append(all, f.Code)
	}
	return strings.Join(all, " ")
}

func TestXLSXCellsAreReadAsDisplayed(t *testing.T) {
	t.Parallel()
	format := func(code string) func(*testing.T, *excelize.File) {
		return func(t *testing.T, f *excelize.File) {
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
			must(t, err)
			must(t, f.SetCellStyle("Sheet1", "E2", "E2", style))
		}
	}
	plain := func(*testing.T, *excelize.File) {}
	cases := []struct {
		name  string
		value any
		style func(*testing.T, *excelize.File)
		want  string
		code  string
	}{
		{"text", "075", plain, "075", ""},
		{"number", 75002, plain, "75002", ""},
		{"zeros by format", 1234, format("00000"), "01234", ""},
		{"long number", 33123456789, plain, "33123456789", ""},
		{"longer number", 12345678901234567, plain, "12345678901234567", ""},
		{"long number in scientific format", 33123456789, format("0.00E+00"), "33123456789", ""},
		{"number shortened for good", "3.31E+10", plain, "3.31E+10", "row.number-shortened"},
		{"decimal", 12.5, plain, "12.5", ""},
		{"date", time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC), format("dd/mm/yyyy"), "09/03/2026", "row.date"},
		{"true", true, plain, "TRUE", ""},
		{"false", false, plain, "FALSE", ""},
		{"error", "#DIV/0!", plain, "#DIV/0!", "row.cell-error"},
		{"neutralised", "'=1+1", plain, "'=1+1", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rows, err := read(importertest.Book(t, func(f *excelize.File) {
				must(t, f.SetCellValue("Sheet1", "E2", c.value))
				c.style(t, f)
			}), options)
			must(t, err)
			if len(rows) != 2 || rows[1].Cells[4] != c.want || codesAt(rows[1], 4) != c.code {
				t.Errorf("got %+v, want %q and %q", rows, c.want, c.code)
			}
		})
	}
}

func TestXLSXFileErrors(t *testing.T) {
	t.Parallel()
	good, err := os.ReadFile(importertest.Book(t, func(*excelize.File) {}))
	must(t, err)
	cases := []struct {
		name    string
		content []byte
		code    string
	}{
		{"another zip archive", importertest.Pack(t, map[string]string{"word/document.xml": "<w/>"}), "file.not-xlsx"},
		{"cut off", good[:len(good)/2], "file.damaged"},
		{"sheet that ends early", importertest.OneSheet(t, `<worksheet><sheetData><row r="1"><c t="str"><v>technicalSiteName</v></c>`+
			`</row>`, goodStrings, importertest.Styles), "file.damaged"},
		{"no sheet part", importertest.Pack(t, importertest.Frame), "file.damaged"},
		{"row beyond the last", importertest.OneSheet(t, `<worksheet><sheetData><row r="9999999"></row></sheetData></worksheet>`,
			goodStrings, importertest.Styles), "file.damaged"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := read(importertest.Write(t, "a.xlsx", string(c.content)), options)
			importertest.WantFileError(t, err, c.code)
		})
	}
}

// TestXLSXChecksum flips one byte of the compressed sheet: without a look at the
// checksum, the rows behind it would be missing unnoticed.
func TestXLSXChecksum(t *testing.T) {
	t.Parallel()
	path := importertest.Book(t, func(f *excelize.File) {
		for i := range 1000 {
			must(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+3), &[]any{fmt.Sprintf("S%d", i), "L", "FR", "1", i * i, "x"}))
		}
	})
	content, err := os.ReadFile(path)
	must(t, err)
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	must(t, err)
	for _, part := range archive.File {
		if part.Name == "xl/worksheets/sheet1.xml" {
			offset, err := part.DataOffset()
			must(t, err)
			content[offset+int64(part.CompressedSize64)/2] ^= 0x10
		}
	}
	_, err = read(importertest.Write(t, "b.xlsx", string(content)), options)
	importertest.WantFileError(t, err, "file.damaged")
}

const (
	goodSheet = `<worksheet><sheetData><row r="1"><c t="s"><v>0</v></c><c t="str"><v>customerSiteLabel</v></c><c t="str">` +
		`<v>country</v></c><c t="str"><v>vpn</v></c></row><row r="3"><c r="A3" t="inlineStr"><is><t>A</t></is></c><c s="1"><v>42</v>` +
		`</c><c t="e"><v>#N/A</v></c><c t="b"><v>1</v></c></row></sheetData></worksheet>`
	goodStrings = `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>technicalSiteName</t></si></sst>`
)

func TestXLSXHandMade(t *testing.T) {
	t.Parallel()
	rows, err := read(importertest.Write(t, "a.xlsx", string(importertest.OneSheet(t, goodSheet, goodStrings, importertest.Styles))), options)
	must(t, err)
	if len(rows) != 2 || !slices.Equal(rows[1].Cells, []string{"A", "00042", "#N/A", "TRUE"}) ||
		rows[1].Number != 3 || len(rows[1].CellFaults) != 1 || codesAt(rows[1], 2) != "row.cell-error" {
		t.Errorf("got %+v", rows)
	}
}

// FuzzXLSX varies the XML inside a workbook, where the archive itself is sound.
// Run it with -fuzzminimizetime=5x: minimizing takes far longer than finding.
func FuzzXLSX(f *testing.F) {
	f.Add(goodSheet, goodStrings, importertest.Styles)
	f.Add(strings.ReplaceAll(goodSheet, `<row r="3">`, `<row r="2">`), "<sst/>", "")
	f.Add(`<worksheet><sheetData><row><c r="ZZZ1"><v>1E+20</v></c></row></sheetData></worksheet>`, "", importertest.Styles)
	f.Add(importertest.WholeSheet, importertest.WholeStrings, cellStyles)
	for _, file := range []string{"testdata/excel.parts", "testdata/strict.parts"} {
		all := importertest.Parts(f, file)
		f.Add(all["xl/worksheets/sheet1.xml"], all["xl/sharedStrings.xml"], all["xl/styles.xml"])
	}
	f.Fuzz(func(t *testing.T, sheet, strings, styles string) {
		checkInvariants(t, importertest.Write(t, "a.xlsx", string(importertest.OneSheet(t, sheet, strings, styles))))
	})
}

// TestLargeSheetsAreUnpackedIntoAFolderOfTheirOwn: excelize opens what it unpacks by name,
// so it is in a folder that the next process removes if this one is killed.
func TestLargeSheetsAreUnpackedIntoAFolderOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
	path := importertest.Book(t, func(f *excelize.File) {
		for i := range 40 { // so each of them may take less memory
			_, err := f.NewSheet(fmt.Sprintf("Empty %d", i))
			must(t, err)
		}
		for row := range 4000 {
			must(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", row+2), &[]any{fmt.Sprintf("Site %d", row), "L", "FR", "1"}))
		}
	})
	t.Setenv("TMPDIR", dir)
	book, err := spreadsheet.Open(path, options)
	must(t, err)
	rows, err := book.Open("Sheet1")
	must(t, err)
	_, err = rows.Next()
	must(t, err)
	folders, err := os.ReadDir(dir)
	must(t, err)
	unpacked, err := filepath.Glob(filepath.Join(dir, "btrollout-folder-*", "excelize-*"))
	must(t, err)
	if len(folders) != 1 || len(unpacked) == 0 {
		t.Errorf("the temporary folder holds %v, and in a folder of its own %v was unpacked", folders, unpacked)
	}
	must(t, errors.Join(rows.Close(), book.Close()))
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v (%v)", left, err)
	}
}
