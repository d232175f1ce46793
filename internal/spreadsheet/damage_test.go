// This file tests that a workbook is read whole or refused: no row, cell or text of it is ever
// missing unnoticed.

package spreadsheet_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"btrollout/internal/importer/importertest"
	"btrollout/internal/spreadsheet"
)

// readParts reads a workbook made of these parts: a line for each row that is not blank.
func readParts(t *testing.T, sheet, texts string) (string, error) {
	t.Helper()
	rows, err := read(importertest.Write(t, "a.xlsx", string(importertest.OneSheet(t, sheet, texts, importertest.Styles))), options)
	var lines strings.Builder
	for _, row := range rows {
		if strings.Join(row.Cells, "") != "" || len(row.CellFaults) > 0 {
			fmt.Fprintf(&lines, "%d %q %v\n", row.Number, row.Cells, row.CellFaults)
		}
	}
	return lines.String(), err
}

const wholeRows = `1 ["technicalSiteName" "customerSiteLabel" "country" "vpn" "hno"] []` + "\n" +
	`2 ["A" "É & \"L\" " "FR" "1" "12"] []` + "\n" + `3 ["B" "É & \"L\" " "FR" "1" "14"] []` + "\n"

// TestXLSXWrittenOtherwise: the same workbook in XML that spreadsheet programs
// seldom write is read the same.
func TestXLSXWrittenOtherwise(t *testing.T) {
	t.Parallel()
	replace := func(old, by string) func(string) string {
		return func(s string) string { return strings.ReplaceAll(s, old, by) }
	}
	same := func(s string) string { return s }
	prefixed := func(s string) string {
		return replace("<x:?xml", "<?xml")(replace("<x:/", "</x:")(replace("<", "<x:")(replace("xmlns=", "xmlns:x=")(s))))
	}
	cases := map[string]struct{ sheet, texts func(string) string }{
		"as it is":               {same, same},
		"prefixed names":         {prefixed, prefixed},
		"single quotation marks": {replace(`"`, `'`), same},
		"attributes on lines":    {replace(` spans`, "\n\tspans"), replace(" count", "\n count")},
		"space within end tags":  {replace("</c>", "</c >"), replace("</si>", "</si\n>")},
		"no declaration":         {func(s string) string { return s[strings.Index(s, "<worksheet"):] }, same},
		"byte order mark":        {func(s string) string { return "\ufeff" + s }, func(s string) string { return "\ufeff" + s }},
		"comments":               {replace("<row", "<!-- a > b --><row"), replace("<si>", "<!--c--><si>")},
		"instructions":           {replace("</sheetData>", "<?a b > c?></sheetData>"), same},
		"a document type":        {replace("<worksheet", `<!DOCTYPE worksheet [<!ENTITY a "b">]><worksheet`), same},
		"character data":         {replace("<v>12</v>", "<v><![CDATA[12]]></v>"), replace("<t>FR</t>", "<t><![CDATA[FR]]></t>")},
		"references":             {replace("<v>5</v>", "<v>&#53;</v>"), replace("É", "&#xC9;")},
		"a stray angle bracket":  {replace("<v>12</v>", `<v a=">">12</v>`), same},
		"rows without numbers":   {replace(`<row r="3"`, `<row`), same},
		"cells without places":   {replace(`<c r="B2"`, `<c`), same},
		"empty cells and rows": {replace("</sheetData>", `<row r="4"/><row r="5"><c r="A5" s="0"/><c r="B5" t="s"><v/></c></row>`+
			`</sheetData>`), same},
		"rows of controls":         {replace("</worksheet>", `<controls><anchor><row>7</row><row>2</row></anchor></controls></worksheet>`), same},
		"shared and other strings": {replace(`<c r="B2" t="s"><v>6</v>`, `<c r="B2" t="str"><v>É &amp; "L" </v>`), same},
		"a cell of many bytes":     {same, replace("</sst>", "<si><t>"+strings.Repeat("x", 1<<20)+"</t></si></sst>")},
		"shared strings in a file": {same, replace("</sst>", manyTexts()+"</sst>")},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sheet, texts := c.sheet(importertest.WholeSheet), c.texts(importertest.WholeStrings)
			if name != "as it is" && sheet == importertest.WholeSheet && texts == importertest.WholeStrings {
				t.Fatal("nothing is written otherwise")
			}
			got, err := readParts(t, sheet, texts)
			must(t, err)
			if got != wholeRows {
				t.Errorf("got %s want %s", got, wholeRows)
			}
		})
	}
}

// manyTexts are shared strings that take more than is kept in memory.
func manyTexts() string {
	var all strings.Builder
	for i := 0; all.Len() < spreadsheet.MaxInMemory; i++ {
		fmt.Fprintf(&all, "<si><t>%d %s</t></si>", i*i, strings.Repeat("x", 100))
	}
	return all.String()
}

// TestXLSXMisplaced: what is XML, and no sheet all the same, is refused, because
// its values would be lost or taken for others.
func TestXLSXMisplaced(t *testing.T) {
	t.Parallel()
	row := func(n int) string {
		start := strings.Index(importertest.WholeSheet, fmt.Sprintf(`<row r="%d"`, n))
		return importertest.WholeSheet[start : start+strings.Index(importertest.WholeSheet[start:], "</row>")+len("</row>")]
	}
	// Each stands for text of the sheet, or else of the shared strings.
	cases := []struct{ name, old, new string }{
		{"rows in disorder", row(2) + row(3), row(3) + row(2)},
		{"a row twice", `<row r="3"`, `<row r="2"`},
		{"a row's number is none", `<row r="3"`, `<row r="3x"`},
		{"a row's number is empty", `<row r="2"`, `<row r=""`},
		{"a row's number is negative", `<row r="2"`, `<row r="-2"`},
		{"cells in disorder", `<c r="D2"><v>1</v></c><c r="E2"><v>12</v></c>`, `<c r="E2"><v>12</v></c><c r="D2"><v>1</v></c>`},
		{"a cell twice", `<c r="E2"`, `<c r="D2"`},
		{"a cell's place is none", `<c r="E2"`, `<c r="2"`},
		{"a cell's style is none", `<c r="E2"`, `<c r="E2" s="x"`},
		{"a shared string that is not there", `<v>8</v>`, `<v>9</v>`},
		{"a shared string before the first", `<v>8</v>`, `<v>-1</v>`},
		{"a shared string that is no number", `<v>8</v>`, `<v>8x</v>`},
		{"a number as shared string", `<c r="E2"`, `<c r="E2" t="s"`},
		{"one shared string less", `<si><t>B</t></si>`, ``},
		{"a value twice", `<v>12</v>`, `<v>12</v><v>13</v>`},
		{"an element in a value", `<v>12</v>`, `<v>1<b/>2</v>`},
		{"a comment in the place of a shared string", `<v>8</v>`, `<v>8<!-- -->8</v>`},
		{"a cell outside rows", `<row r="3"`, `<c><v>1</v></c><row r="3"`},
		{"a cell of another row", `<c r="E2"`, `<c r="E3"`},
		{"a second table", `</sheetData>`, `</sheetData><sheetData/>`},
		{"no shared strings", importertest.WholeStrings, ``},
		{"seldom written, and a row twice", `<row r="3"`, `<row r='2'`},
		{"seldom written, and a cell twice", `<c r="E2"`, `<c r='D2'`},
		{"seldom written, and no such shared string", `<v>8</v>`, `<v>&#57;</v>`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sheet, texts := strings.Replace(importertest.WholeSheet, c.old, c.new, 1), strings.Replace(importertest.WholeStrings, c.old, c.new, 1)
			if (sheet == importertest.WholeSheet) == (texts == importertest.WholeStrings) {
				t.Fatal("it is not one of the parts that changes")
			}
			_, err := readParts(t, sheet, texts)
			importertest.WantFileError(t, err, "file.damaged")
		})
	}
}

// TestXLSXSecondSheet: rows and cells are counted in each sheet by itself, and
// a damaged sheet is refused even if it is not the one to read.
func TestXLSXSecondSheet(t *testing.T) {
	t.Parallel()
	workbook := func(second string) string {
		files := map[string]string{
			"xl/worksheets/sheet1.xml": importertest.WholeSheet, "xl/worksheets/sheet2.xml": second,
			"xl/sharedStrings.xml": importertest.WholeStrings, "xl/styles.xml": importertest.Styles,
		}
		for name, content := range importertest.Frame {
			files[name] = content
		}
		return importertest.Write(t, "a.xlsx", string(importertest.Pack(t, files)))
	}
	rows, err := read(workbook(importertest.WholeSheet), options)
	must(t, err)
	if len(rows) != 3 {
		t.Errorf("%d rows, want 3", len(rows))
	}
	_, err = read(workbook(strings.TrimSuffix(importertest.WholeSheet, "</worksheet>")), options)
	importertest.WantFileError(t, err, "file.damaged")
}

// TestXLSXBackslashes: some programs separate the names of parts as Windows does.
func TestXLSXBackslashes(t *testing.T) {
	t.Parallel()
	workbook := func(sheet string) string {
		files := map[string]string{`xl\worksheets\sheet1.xml`: sheet, `xl\sharedStrings.xml`: importertest.WholeStrings,
			`xl\styles.xml`: importertest.Styles}
		for name, content := range importertest.Frame {
			files[name] = content
		}
		return importertest.Write(t, "a.xlsx", string(importertest.Pack(t, files)))
	}
	rows, err := read(workbook(importertest.WholeSheet), options)
	must(t, err)
	if len(rows) != 3 {
		t.Errorf("%d rows, want 3", len(rows))
	}
	_, err = read(workbook(strings.TrimSuffix(importertest.WholeSheet, "</worksheet>")), options)
	importertest.WantFileError(t, err, "file.damaged")
}

// isXML is what the library says, the slow way.
func isXML(text string) bool {
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := d.Token(); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// TestXLSXCutOff cuts the sheet after each byte of its last row and of what
// follows, and the shared strings after each byte of the last ones. Checksum and
// length of the parts are right.
func TestXLSXCutOff(t *testing.T) {
	t.Parallel()
	for i := strings.Index(importertest.WholeSheet, `<row r="3"`); i < len(importertest.WholeSheet); i++ {
		if rows, err := readParts(t, importertest.WholeSheet[:i], importertest.WholeStrings); !isRefused(err) {
			t.Errorf("a sheet that ends after %q is read as %q, %v", importertest.WholeSheet[:i], rows, err)
		}
	}
	for i := strings.Index(importertest.WholeStrings, `<si><t>FR`); i < len(importertest.WholeStrings); i++ {
		if rows, err := readParts(t, importertest.WholeSheet, importertest.WholeStrings[:i]); !isRefused(err) {
			t.Errorf("shared strings that end after %q are read as %q, %v", importertest.WholeStrings[:i], rows, err)
		}
	}
}

func isRefused(err error) bool {
	var fault *spreadsheet.FileError
	return errors.As(err, &fault) && fault.Code == "file.damaged"
}

// TestXLSXOneByteWrong puts each of some bytes in the place of each byte of the
// sheet's last cell, and of a shared string, and takes it away. What is no XML
// then is refused.
func TestXLSXOneByteWrong(t *testing.T) {
	t.Parallel()
	broken := 0
	try := func(sheet, texts string) {
		if isXML(sheet) && isXML(texts) {
			return
		}
		broken++
		if rows, err := readParts(t, sheet, texts); !isRefused(err) {
			t.Errorf("a sheet that is no XML is read as %q, %v: %q %q", rows, err, sheet, texts)
		}
	}
	for _, wrong := range []string{"", "<", `"`, "&", "\xc3"} {
		for i := strings.Index(importertest.WholeSheet, `<c r="E3"`); i < strings.Index(importertest.WholeSheet, "<pageMargins"); i++ {
			try(importertest.WholeSheet[:i]+wrong+importertest.WholeSheet[i+1:], importertest.WholeStrings)
		}
		for i := strings.Index(importertest.WholeStrings, `<si><t xml`); i < strings.Index(importertest.WholeStrings, "<si><t>FR"); i++ {
			try(importertest.WholeSheet, importertest.WholeStrings[:i]+wrong+importertest.WholeStrings[i+1:])
		}
	}
	if broken < 200 {
		t.Errorf("only %d workbooks were no XML", broken)
	}
}

// TestXLSXNoXML puts what is no XML behind the last row and behind the last tag.
func TestXLSXNoXML(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{
		"<1a/>", "<a:b:c/>", "<é><e/>", "</a>", "<a></b>", "<a></a", "<a/ >", "< a/>", "<>", "</>", "<", "a<",
		"<a b/>", "<a b=1/>", `<a b="/>`, `<a b="<"/>`, `<a b="&x;"/>`, `<a 1="2"/>`, "<a b=\"\x02\"/>",
		"<!-- -- -->", "<!-- ", "<!a", "<?", "<?xml version=\"2.0\"?>", "<![CDATA[", "<![CDATA[ > ", "]]>",
		"&", "&amp", "&x;", "&#0;", "&#x110000;", "&#xA", "\x00", "\x0b", "\xff", "\xed\xa0\x80", "\ufffe", "\uffff",
	} {
		for _, end := range []string{"</sheetData>", "</worksheet>"} {
			sheet := strings.Replace(importertest.WholeSheet, end, wrong+end, 1)
			if end == "</worksheet>" {
				sheet = importertest.WholeSheet + wrong
			}
			if isXML(sheet) {
				t.Errorf("%q is XML", sheet)
			}
			rows, err := readParts(t, sheet, importertest.WholeStrings)
			if !isRefused(err) {
				t.Errorf("a sheet with %q is read as %q, %v", wrong, rows, err)
			}
		}
	}
}

// TestXLSXChecksums changes a character of a part that stays XML and keeps its
// length: the checksum alone tells. What is no sheet matters too, such as the
// formats by which cells are displayed.
func TestXLSXChecksums(t *testing.T) {
	t.Parallel()
	files := map[string]string{"xl/worksheets/sheet1.xml": importertest.WholeSheet,
		"xl/sharedStrings.xml": importertest.WholeStrings, "xl/styles.xml": importertest.Styles}
	for name, content := range importertest.Frame {
		files[name] = content
	}
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for name, content := range files {
		part, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		must(t, err)
		_, err = io.WriteString(part, content)
		must(t, err)
	}
	must(t, archive.Close())
	for _, change := range [][2]string{{"", ""}, {"<v>14</v>", "<v>15</v>"}, {"<t>FR</t>", "<t>DE</t>"}, {`"00000"`, `"00001"`},
		{`name="S"`, `name="T"`}} {
		content := strings.Replace(out.String(), change[0], change[1], 1)
		_, err := read(importertest.Write(t, "a.xlsx", content), options)
		if content == out.String() {
			must(t, err)
		} else {
			importertest.WantFileError(t, err, "file.damaged")
		}
	}
}

// FuzzXLSXDamage tests that no workbook is read whose parts are no XML.
func FuzzXLSXDamage(f *testing.F) {
	f.Add(importertest.WholeSheet, importertest.WholeStrings)
	f.Add(strings.Replace(importertest.WholeSheet, "<sheetData>", "<sheetData><!-- > -->", 1),
		strings.Replace(importertest.WholeStrings, "FR", "<![CDATA[F]]>R&#x9;&lt;", 1))
	f.Add(importertest.WholeSheet+"]]>", importertest.WholeStrings+"&amp")
	f.Fuzz(func(t *testing.T, sheet, texts string) {
		if isXML(sheet) && isXML(texts) {
			return
		}
		if rows, err := readParts(t, sheet, texts); err == nil {
			t.Errorf("a sheet that is no XML is read as %q", rows)
		}
	})
}
