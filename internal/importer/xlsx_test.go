package importer_test

// This file holds what only workbooks can do.

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/importer"
	"btrollout/internal/rollout"
)

// book makes a workbook of one sheet with a header and one good row, lets edit
// change it, and saves it.
func book(t *testing.T, edit func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	columns := []any{"technicalSiteName", "customerSiteLabel", "country", "vpn", "pc", "a6"}
	must(t, f.SetSheetRow("Sheet1", "A1", &columns))
	must(t, f.SetSheetRow("Sheet1", "A2", &[]any{"A", "L", "FR", "1", "75002", "x"}))
	edit(f)
	path := filepath.Join(t.TempDir(), "a.xlsx")
	must(t, f.SaveAs(path))
	must(t, f.Close())
	return path
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
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
		{"neutralised", "'=1+1", plain, "=1+1", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, sites, err := read(book(t, func(f *excelize.File) {
				must(t, f.SetCellValue("Sheet1", "E2", c.value))
				c.style(t, f)
			}), importer.Options{})
			must(t, err)
			if len(sites) != 1 || sites[0].Cells[4] != c.want || sites[0].Address["pc"] != c.want || codes(sites[0]) != c.code {
				t.Errorf("got %+v, want %q and %q", sites, c.want, c.code)
			}
		})
	}
}

func TestXLSXRows(t *testing.T) {
	t.Parallel()
	head, sites, err := read(book(t, func(f *excelize.File) {
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
	path := book(t, func(f *excelize.File) {
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
	wantFileError(t, err, "file.no-sheet", `"Third"`, "Hidden, Empty, Sheet1 and Second")
	_, _, err = read(path, importer.Options{Sheets: []string{"Empty"}})
	wantFileError(t, err, "file.empty")
}

func TestXLSXFileErrors(t *testing.T) {
	t.Parallel()
	good, err := os.ReadFile(book(t, func(*excelize.File) {}))
	must(t, err)
	cases := []struct {
		name    string
		content []byte
		code    string
	}{
		{"another zip archive", pack(t, map[string]string{"word/document.xml": "<w/>"}), "file.not-xlsx"},
		{"cut off", good[:len(good)/2], "file.damaged"},
		{"sheet that ends early", parts(t, `<worksheet><sheetData><row r="1"><c t="str"><v>technicalSiteName</v></c></row>`, goodStrings, goodStyles), "file.damaged"},
		{"no sheet part", pack(t, frame), "file.damaged"},
		{"row beyond the last", parts(t, `<worksheet><sheetData><row r="9999999"></row></sheetData></worksheet>`, goodStrings, goodStyles), "file.damaged"},
		{"empty sheet", parts(t, `<worksheet><sheetData/></worksheet>`, goodStrings, goodStyles), "file.empty"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := read(write(t, "a.xlsx", string(c.content)), importer.Options{})
			wantFileError(t, err, c.code)
		})
	}
}

// TestXLSXChecksum flips one byte of the compressed sheet: without a look at the
// checksum, the rows behind it would be missing unnoticed.
func TestXLSXChecksum(t *testing.T) {
	t.Parallel()
	path := book(t, func(f *excelize.File) {
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
	_, _, err = read(write(t, "b.xlsx", string(content)), importer.Options{})
	wantFileError(t, err, "file.damaged")
}

const (
	goodSheet   = `<worksheet><sheetData><row r="1"><c t="s"><v>0</v></c><c t="str"><v>customerSiteLabel</v></c><c t="str"><v>country</v></c><c t="str"><v>vpn</v></c></row><row r="3"><c r="A3" t="inlineStr"><is><t>A</t></is></c><c s="1"><v>42</v></c><c t="e"><v>#N/A</v></c><c t="b"><v>1</v></c></row></sheetData></worksheet>`
	goodStrings = `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>technicalSiteName</t></si></sst>`
	goodStyles  = `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts><numFmt numFmtId="200" formatCode="00000"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="200"/></cellXfs></styleSheet>`
)

// frame is what a workbook consists of beside its cells.
var frame = map[string]string{
	"[Content_Types].xml":        `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
	"_rels/.rels":                `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
	"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
	"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`,
}

// parts makes a workbook of one sheet from the XML of its parts.
func parts(t testing.TB, sheet, strings, styles string) []byte {
	files := maps.Clone(frame)
	files["xl/worksheets/sheet1.xml"], files["xl/sharedStrings.xml"], files["xl/styles.xml"] = sheet, strings, styles
	return pack(t, files)
}

func pack(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for name, content := range files {
		part, err := archive.Create(name)
		must(t, err)
		_, err = part.Write([]byte(content))
		must(t, err)
	}
	must(t, archive.Close())
	return out.Bytes()
}

func TestXLSXHandMade(t *testing.T) {
	t.Parallel()
	_, sites, err := read(write(t, "a.xlsx", string(parts(t, goodSheet, goodStrings, goodStyles))), importer.Options{})
	must(t, err)
	if len(sites) != 1 || !slices.Equal(sites[0].Cells, []string{"A", "00042", "#N/A", "TRUE"}) ||
		sites[0].Row != 3 || sites[0].State != rollout.Rejected || codes(sites[0]) != "row.cell-error" || sites[0].Problems[0].Field != "country" {
		t.Errorf("got %+v", sites)
	}
}

// FuzzXLSX varies the XML inside a workbook, where the archive itself is sound.
// Run it with -fuzzminimizetime=5x: minimizing takes far longer than finding.
func FuzzXLSX(f *testing.F) {
	f.Add(goodSheet, goodStrings, goodStyles)
	f.Add(strings.ReplaceAll(goodSheet, `<row r="3">`, `<row r="2">`), "<sst/>", "")
	f.Add(`<worksheet><sheetData><row><c r="ZZZ1"><v>1E+20</v></c></row></sheetData></worksheet>`, "", goodStyles)
	f.Add(wholeSheet, wholeStrings, cellStyles)
	for _, file := range []string{"testdata/excel.parts", "testdata/strict.parts"} {
		all := partsOf(f, file)
		f.Add(all["xl/worksheets/sheet1.xml"], all["xl/sharedStrings.xml"], all["xl/styles.xml"])
	}
	f.Fuzz(func(t *testing.T, sheet, strings, styles string) {
		checkInvariants(t, write(t, "a.xlsx", string(parts(t, sheet, strings, styles))))
	})
}

// TestLargeSheetsAreUnpackedIntoAFolderOfTheirOwn: excelize opens what it unpacks by name,
// so it is in a folder that the next process removes if this one is killed.
func TestLargeSheetsAreUnpackedIntoAFolderOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
	path := book(t, func(f *excelize.File) {
		for i := range 40 { // so each of them may take less memory
			_, err := f.NewSheet(fmt.Sprintf("Empty %d", i))
			must(t, err)
		}
		for row := range 4000 {
			must(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", row+2), &[]any{fmt.Sprintf("Site %d", row), "L", "FR", "1"}))
		}
	})
	t.Setenv("TMPDIR", dir)
	f, err := importer.Open(path, importer.Options{})
	must(t, err)
	for _, err := range f.Rows() {
		must(t, err)
		break
	}
	folders, err := os.ReadDir(dir)
	must(t, err)
	unpacked, err := filepath.Glob(filepath.Join(dir, "btrollout-folder-*", "excelize-*"))
	must(t, err)
	if len(folders) != 1 || len(unpacked) == 0 {
		t.Errorf("the temporary folder holds %v, and in a folder of its own %v was unpacked", folders, unpacked)
	}
	must(t, f.Close())
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v (%v)", left, err)
	}
}
