// This file tests what the import makes of the rows and the cells of workbooks.

package importer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/importer"
	"btrollout/internal/importer/importertest"
	"btrollout/internal/rollout"
)

// cellStyles are number formats: style 1 is 00000, style 2 a date.
const cellStyles = `<styleSheet xmlns="` + importertest.SpreadsheetML + `"><numFmts><numFmt numFmtId="170" formatCode="00000"/></numFmts>` +
	`<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="14"/></cellXfs></styleSheet>`

// TestXLSXCells: what is wrong with a cell is a Problem of the field that it feeds.
func TestXLSXCells(t *testing.T) {
	t.Parallel()
	texts := strings.Replace(importertest.WholeStrings, "</sst>",
		`<si><t>two_x000D_lines</t></si><si><t xml:space="preserve"> 12 </t></si></sst>`, 1)
	for _, c := range []struct{ name, cell, want, code string }{
		{"zeros by format", `<c r="E2" s="1"><v>1234</v></c>`, "01234", ""},
		{"general, beyond all numbers", `<c r="E2"><v>1E+999</v></c>`, "1E+999", "row.number-shortened"},
		{"number shortened for good", `<c r="E2" t="str"><v>3.31E+10</v></c>`, "3.31E+10", "row.number-shortened"},
		{"date", `<c r="E2" s="2"><v>46000</v></c>`, "2025-12-09", "row.date"},
		{"formula without a value", `<c r="E2"><f>1+1</f></c>`, "", "row.formula-empty"},
		{"error", `<c r="E2" t="e"><f>A9</f><v>#N/A</v></c>`, "#N/A", "row.cell-error"},
		{"an error nobody knows", `<c r="E2" t="e"><f>A9</f><v>#PYTHON!</v></c>`, "#PYTHON!", "row.cell-error"},
		{"error as text", `<c r="E2" t="str"><v>#DIV/0!</v></c>`, "#DIV/0!", "row.cell-error"},
		{"escapes", `<c r="E2" t="s"><v>9</v></c>`, "two\rlines", "row.control-character"},
		{"spaces", `<c r="E2" t="s"><v>10</v></c>`, " 12 ", ""},
		{"neutralised", `<c r="E2" t="str"><v>'=1+1</v></c>`, "=1+1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sheet := strings.Replace(importertest.WholeSheet, `<c r="E2"><v>12</v></c>`, c.cell, 1)
			_, sites, err := read(importertest.Write(t, "a.xlsx", string(importertest.OneSheet(t, sheet, texts, cellStyles))), importer.Options{})
			must(t, err)
			if len(sites) != 2 || sites[0].Cells[4] != c.want || sites[0].Address["hno"] != strings.TrimSpace(c.want) ||
				codes(sites[0]) != c.code || codes(sites[1]) != "" {
				t.Fatalf("got %+v, want %q and %q", sites, c.want, c.code)
			}
			for _, p := range sites[0].Problems {
				if p.Field != "hno" || p.Value != strings.TrimSpace(c.want) || p.Message.FR == "" || sites[0].State != rollout.Rejected {
					t.Errorf("problem %+v", p)
				}
			}
		})
	}
}

func TestXLSXRows(t *testing.T) {
	t.Parallel()
	head, sites, err := read(importertest.Book(t, func(f *excelize.File) {
		must(t, f.InsertRows("Sheet1", 1, 2)) // the header moves to row 3
		must(t, f.SetCellValue("Sheet1", "H3", "bt_problem"))
		must(t, f.SetCellValue("Sheet1", "H4", "old words"))
		must(t, f.SetCellValue("Sheet1", "H6", "old words in a row of their own"))
		must(t, f.SetSheetRow("Sheet1", "A9", &[]any{"B", "L", "FR", "1", "", "x", "a note"}))
		must(t, f.SetSheetRow("Sheet1", "A10", &[]any{"C", "L", "FR", 1e10}))
		must(t, f.SetCellFormula("Sheet1", "F10", `"rue " & "x"`)) // without a cached value
	}), importer.Options{})
	must(t, err)
	want := importer.Sheet{
		Sheet: rollout.Sheet{
			Name:    "Sheet1",
			Columns: []string{"technicalSiteName", "customerSiteLabel", "country", "vpn", "pc", "a6"},
			Fields:  []string{"technicalSiteName", "customerSiteLabel", "country", "vpn", "pc", "a6"},
			Letters: []string{"A", "B", "C", "D", "E", "F"},
		},
		Row:     3,
		How:     slices.Repeat([]importer.How{importer.ByCode}, 6),
		Ignored: []string{"bt_problem"},
	}
	if fmt.Sprint(head) != fmt.Sprint(want) {
		t.Errorf("header %+v, want %+v", head, want)
	}
	var got []string
	for _, s := range sites {
		got = append(got, fmt.Sprintf("%d %s %s", s.Row, s.VPN, codes(s)))
	}
	if !slices.Equal(got, []string{"4 1 ", "9 1 row.column-unnamed", "10 10000000000 row.formula-empty"}) {
		t.Errorf("got %q", got)
	}
}

func TestXLSXSheets(t *testing.T) {
	t.Parallel()
	path := importertest.Book(t, func(f *excelize.File) {
		for _, name := range []string{"Second", "Hidden", "Empty"} {
			_, err := f.NewSheet(name)
			must(t, err)
		}
		for _, name := range []string{"Second", "Hidden"} {
			must(t, f.SetSheetRow(name, "B2", &[]any{"technicalSiteName", "customerSiteLabel", "country", "vpn"}))
			must(t, f.SetSheetRow(name, "B3", &[]any{name, "L", "FR", "1"}))
		}
		must(t, f.MoveSheet("Empty", "Sheet1"))
		must(t, f.MoveSheet("Hidden", "Empty"))
		must(t, f.SetSheetVisible("Hidden", false))
	})
	for _, c := range []struct {
		ask                 []string
		sheet, name, letter string
	}{
		{[]string{"Sheet1"}, "Sheet1", "A", "A"},
		{[]string{" second "}, "Second", "Second", "B"},
		{[]string{"Hidden"}, "Hidden", "Hidden", "B"},
	} {
		head, sites, err := read(path, importer.Options{Sheets: c.ask})
		must(t, err)
		if head.Name != c.sheet || head.Letters[0] != c.letter || len(sites) != 1 || sites[0].Name != c.name {
			t.Errorf("asked for %q: got sheet %q, letters %v, sites %+v", c.ask, head.Name, head.Letters, sites)
		}
	}
	_, _, err := read(path, importer.Options{Sheets: []string{"Third"}})
	importertest.WantFileError(t, err, "file.no-sheet", `"Third"`, "Hidden, Empty, Sheet1 and Second")
	_, _, err = read(path, importer.Options{Sheets: []string{"Empty"}})
	importertest.WantFileError(t, err, "file.empty")
	_, _, err = read(importertest.Write(t, "a.xlsx", string(importertest.OneSheet(t, `<worksheet><sheetData/></worksheet>`,
		importertest.WholeStrings, importertest.Styles))), importer.Options{})
	importertest.WantFileError(t, err, "file.empty")
}

// readFacts reads a workbook of one sheet: a line for each site.
func readFacts(t *testing.T, sheet string) string {
	t.Helper()
	f, err := importer.Open(importertest.Write(t, "a.xlsm", string(importertest.OneSheet(t, sheet, importertest.WholeStrings,
		cellStyles))), importer.Options{})
	must(t, err)
	var lines strings.Builder
	for s, err := range f.Rows() {
		must(t, err)
		fmt.Fprintf(&lines, "%d", s.Row)
		for _, p := range s.Problems {
			fmt.Fprintf(&lines, " %s %s", p.Code, p.Field)
			for _, word := range strings.FieldsFunc(p.Message.EN, func(c rune) bool { return c == ' ' || c == ',' }) {
				if strings.ContainsAny(word[:1], "ABCDEF") && strings.ContainsAny(word, "123456789") {
					fmt.Fprintf(&lines, " %s", word)
				}
			}
		}
		fmt.Fprintln(&lines)
	}
	fmt.Fprintf(&lines, "hidden %d", f.Hidden())
	must(t, f.Close())
	return lines.String()
}

func TestXLSXMergedAndHidden(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, new, want string }{
		"nothing": {"", "", "2\n3\nhidden 0"},
		"merged downwards": {"<pageMargins", `<mergeCells count="1"><mergeCell ref="C2:C3"/></mergeCells><pageMargins`,
			"2 row.merged country C2:C3\n3 row.merged country C2:C3\nhidden 0"},
		"merged to the right": {"<pageMargins", `<mergeCells><mergeCell ref="B3:E3"/></mergeCells><pageMargins`,
			"2\n3 row.merged customerSiteLabel B3:E3\nhidden 0"},
		"merged twice": {"<pageMargins", `<mergeCells><mergeCell ref="E3:E9"/><mergeCell ref="A2:A3"/></mergeCells><pageMargins`,
			"2 row.merged technicalSiteName A2:A3\n3 row.merged technicalSiteName A2:A3 row.merged hno E3:E9\nhidden 0"},
		"merged elsewhere": {"<pageMargins", `<mergeCells><mergeCell ref="G2:H3"/><mergeCell ref="A4:B9"/><mergeCell ref="A2"/>` +
			`</mergeCells><pageMargins`, "2\n3\nhidden 0"},
		"from a column without": {"<pageMargins", `<mergeCells><mergeCell ref="E2:F2"/></mergeCells><pageMargins`,
			"2 row.merged hno E2:F2\n3\nhidden 0"},
		"hidden":         {`<row r="3"`, `<row hidden="1" r="3"`, "2\n3\nhidden 1"},
		"without height": {`<row r="2"`, `<row customHeight="1" ht="0" r="2"`, "2\n3\nhidden 1"},
		"not hidden":     {`<row r="2"`, `<row hidden="0" ht="15" r="2"`, "2\n3\nhidden 0"},
		"a row of formulas only": {"</sheetData>", `<row r="7"><c r="A7"><f>X!A1</f></c><c r="B7"><f>X!B1</f></c></row></sheetData>`,
			"2\n3\n7 row.formula-empty technicalSiteName A7 row.formula-empty customerSiteLabel B7 row.country-missing country " +
				"row.vpn-missing vpn\nhidden 0"},
		"a formula beside the table": {"</sheetData>", `<row r="7"><c r="H7"><f>X!A1</f></c></row></sheetData>`, "2\n3\nhidden 0"},
		"a date beside the table": {"</row><row r=\"3\"", `<c r="F2" s="2"><v>46000</v></c></row><row r="3"`,
			"2 row.column-unnamed \n3\nhidden 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sheet := strings.Replace(importertest.WholeSheet, c.old, c.new, 1)
			if got := readFacts(t, sheet); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestXLSXMergedHeader: merged cells refuse the file where they cover the header, and
// matter no more where they stand above it.
func TestXLSXMergedHeader(t *testing.T) {
	t.Parallel()
	sheet := strings.Replace(importertest.WholeSheet, "<pageMargins", `<mergeCells><mergeCell ref="A1:B1"/></mergeCells><pageMargins`, 1)
	_, _, err := read(importertest.Write(t, "a.xlsx", string(importertest.OneSheet(t, sheet, importertest.WholeStrings,
		importertest.Styles))), importer.Options{})
	importertest.WantFileError(t, err, "file.header-cell", "A1:B1", "row 1")
	title := strings.NewReplacer(`<row r="1"`, `<row r="1"><c r="A1" t="inlineStr"><is><t>Rollout 2026</t></is></c></row><row r="2"`,
		`r="A1"`, `r="A2"`, `r="B1"`, `r="B2"`, `r="C1"`, `r="C2"`, `r="D1"`, `r="D2"`, `r="E1"`, `r="E2"`,
		`<row r="2"`, `<row r="4"`, `r="A2"`, `r="A4"`, `r="B2"`, `r="B4"`, `r="C2"`, `r="C4"`, `r="D2"`, `r="D4"`, `r="E2"`, `r="E4"`,
		`<row r="3"`, `<row r="5"`, `r="A3"`, `r="A5"`, `r="B3"`, `r="B5"`, `r="C3"`, `r="C5"`, `r="D3"`, `r="D5"`, `r="E3"`, `r="E5"`,
	).Replace(sheet)
	_, sites, err := read(importertest.Write(t, "a.xlsx", string(importertest.OneSheet(t, title, importertest.WholeStrings,
		importertest.Styles))), importer.Options{})
	must(t, err)
	if len(sites) != 2 || sites[0].State != rollout.Imported {
		t.Errorf("got %+v", sites)
	}
}
