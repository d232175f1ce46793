// This file tests what is read of each kind of cell that Excel saves, in the XML that Excel
// writes.

package spreadsheet_test

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"btrollout/internal/importer/importertest"
	"btrollout/internal/spreadsheet"
	"btrollout/internal/xlsx"
)

// cellStyles are number formats; the style of a cell is a place in styled.
const cellStyles = `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts>` +
	`<numFmt numFmtId="170" formatCode="00000"/><numFmt numFmtId="171" formatCode="00-000"/><numFmt numFmtId="172" ` +
	`formatCode="00&quot; &quot;00&quot; &quot;00"/>` +
	`<numFmt numFmtId="173" formatCode="#,##0.00\ &quot;€&quot;"/><numFmt numFmtId="174" formatCode="[$-40C]d\ mmm\ yyyy;@"/><numFmt ` +
	`numFmtId="175" formatCode="[h]"/>` +
	`<numFmt numFmtId="176" formatCode=";;;"/><numFmt numFmtId="177" formatCode="0;0;0;&quot;Dr &quot;@"/><numFmt numFmtId="178" ` +
	`formatCode="#\ ##0"/>` +
	`<numFmt numFmtId="179" formatCode="[&lt;=99999]00000;00000\-0000"/><numFmt numFmtId="180" formatCode="&quot;day &quot;0"/>` +
	`<numFmt numFmtId="181" formatCode="0#&quot; &quot;##&quot; &quot;##"/>` +
	`<numFmt numFmtId="170" formatCode="dd/mm"/></numFmts><cellXfs>` +
	`<xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="172"/><xf numFmtId="173"/><xf numFmtId="174"/><xf ` +
	`numFmtId="175"/><xf numFmtId="176"/><xf numFmtId="177"/><xf numFmtId="178"/><xf numFmtId="179"/><xf numFmtId="180"/><xf ` +
	`numFmtId="181"/>` +
	`<xf numFmtId="1"/><xf numFmtId="3"/><xf numFmtId="10"/><xf numFmtId="11"/><xf numFmtId="14"/><xf numFmtId="20"/><xf ` +
	`numFmtId="49"/><xf numFmtId="47"/><xf numFmtId="57"/></cellXfs></styleSheet>`

var styled = []string{"", "00000", "00-000", "00 00 00", "€", "d mmm", "[h]", "hidden", "Dr", "# ##0", "zip+4", "day", "phone", "0",
	"#,##0", "%", "E", "date", "time", "@", "mm:ss.0", "cjk"}

func TestXLSXCellsOfExcel(t *testing.T) {
	t.Parallel()
	n := func(style, value string) string {
		return fmt.Sprintf(`<c r="E2" s="%d"><v>%s</v></c>`, slices.Index(styled, style), value)
	}
	texts := importertest.WholeStrings[:strings.Index(importertest.WholeStrings, "</sst>")] +
		`<si><r><t xml:space="preserve">Rue </t></r><r><rPr><b/></rPr><t>de la Paix</t></r><rPh sb="0" eb="1"><t>フリガナ</t></rPh>` +
		`<phoneticPr fontId="1"/></si>` + // 9
		`<si><t>two_x000D_lines_x005F_x0041_</t></si><si><t xml:space="preserve"> 12 </t></si><si/><si><t/></si></sst>` // 10 to 13
	cases := []struct{ name, cell, want, code string }{
		{"general", n("", "75002"), "75002", ""},
		{"general, long", n("", "33123456789"), "33123456789", ""},
		{"general, more digits than Excel keeps", n("", "1.2345678901234567E+16"), "12345678901234600", ""},
		{"general, stored in full", n("", "12345678901234567"), "12345678901234567", ""},
		{"general, a trace of arithmetic", n("", "0.30000000000000004"), "0.3", ""},
		{"general, small", n("", "1.5E-7"), "0.00000015", ""},
		{"general, beyond all numbers", n("", "1E+999"), "1E+999", "row.number-shortened"},
		{"negative", n("", "-12.50"), "-12.5", ""},
		{"zeros", n("00000", "1234"), "01234", ""},
		{"zeros and a hyphen", n("00-000", "1234"), "01-234", ""},
		{"zeros and spaces", n("00 00 00", "12345"), "01 23 45", ""},
		{"a telephone number", n("phone", "12345"), "01 23 45", ""},
		{"whole numbers", n("0", "12"), "12", ""},
		{"an amount", n("#,##0", "75002"), "75002", ""},
		{"an amount of money", n("€", "1234.5"), "1234.5", ""},
		{"a share", n("%", "0.125"), "0.125", ""},
		{"scientific", n("E", "33123456789"), "33123456789", ""},
		{"grouped by spaces", n("# ##0", "75002"), "75002", ""},
		{"a format with conditions", n("zip+4", "123456789"), "123456789", ""},
		{"text as format", n("@", "0.1"), "0.1", ""},
		{"a word with letters of dates", n("day", "12"), "day 12", ""},
		{"a number that is hidden", n("hidden", "12"), "12", ""},
		{"a text that is hidden", `<c r="E2" s="7" t="s"><v>9</v></c>`, "Rue de la Paix", ""},
		{"a text that a format adds to", `<c r="E2" s="8" t="inlineStr"><is><t>1E5</t></is></c>`, "1E5", ""},
		{"a text in a date's format", `<c r="E2" s="17" t="s"><v>9</v></c>`, "Rue de la Paix", ""},
		{"no value in a date's format", `<c r="E2" s="17"/>`, "", ""},
		{"date", n("date", "46000"), "2025-12-09", "row.date"},
		{"date in French", n("d mmm", "46000"), "9 déc. 2025", "row.date"},
		{"time", n("time", "0.5"), "12:00", "row.date"},
		{"hours", n("[h]", "1.5"), "36", "row.date"},
		{"minutes", n("mm:ss.0", "0.5"), "00:00.0", "row.date"},
		{"date of East Asia", n("cjk", "46000"), "46000", "row.date"},
		{"date that is written", `<c r="E2" t="d"><v>2026-03-01</v></c>`, "2026-03-01", "row.date"},
		{"date by a formula", `<c r="E2" s="17"><f>TODAY()</f><v>46000</v></c>`, "2025-12-09", "row.date"},
		{"true", `<c r="E2" t="b"><v>1</v></c>`, "TRUE", ""},
		{"false", `<c r="E2" t="b"><v>0</v></c>`, "FALSE", ""},
		{"formula", `<c r="E2"><f>1+1</f><v>2</v></c>`, "2", ""},
		{"formula of a text", `<c r="E2" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>`, "ab", ""},
		{"formula of an empty text", `<c r="E2" t="str"><f>""</f><v></v></c>`, "", ""},
		{"formula of an empty text, in short", `<c r="E2" t="str"><f>""</f><v/></c>`, "", ""},
		{"formula without a value", `<c r="E2"><f>1+1</f></c>`, "", "row.formula-empty"},
		{"formula with an empty number", `<c r="E2"><f>1+1</f><v></v></c>`, "", "row.formula-empty"},
		{"formula of a text without a value", `<c r="E2" t="str"><f>1+1</f></c>`, "", "row.formula-empty"},
		{"shared formula without a value", `<c r="E2"><f t="shared" si="0"/></c>`, "", "row.formula-empty"},
		{"inline", `<c r="E2" t="inlineStr"><is><t>12 bis</t></is></c>`, "12 bis", ""},
		{"inline in runs", `<c r="E2" t="inlineStr"><is><r><t>12</t></r><r><t xml:space="preserve"> bis</t></r><rPh sb="0" eb="1">` +
			`<t>x</t></rPh></is></c>`, "12 bis", ""},
		{"runs and a reading", `<c r="E2" t="s"><v>9</v></c>`, "Rue de la Paix", ""},
		{"escapes", `<c r="E2" t="s"><v>10</v></c>`, "two\rlines_x0041_", ""},
		{"spaces", `<c r="E2" t="s"><v>11</v></c>`, " 12 ", ""},
		{"an empty text", `<c r="E2" t="s"><v>12</v></c>`, "", ""},
		{"another empty text", `<c r="E2" t="s"><v>13</v></c>`, "", ""},
		{"attributes of extensions", `<c r="E2" x14ac:dyDescent="0.25" cm="1" vm="1"><v>2</v></c>`, "2", ""},
	}
	for _, e := range []string{"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#GETTING_DATA", "#SPILL!",
		"#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#EXTERNAL!", "#PYTHON!", "#TIMEOUT!"} {
		cases = append(cases, struct{ name, cell, want, code string }{e, `<c r="E2" t="e"><f>A9</f><v>` + e + `</v></c>`, e, "row.cell-error"})
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sheet := strings.Replace(importertest.WholeSheet, `<c r="E2"><v>12</v></c>`, c.cell, 1)
			rows, err := read(importertest.Write(t, "a.xlsx", string(importertest.OneSheet(t, sheet, texts, cellStyles))), options)
			must(t, err)
			if len(rows) != 3 || cellAt(rows[1], 4) != c.want || codesAt(rows[1], 4) != c.code || len(rows[2].CellFaults) > 0 {
				t.Fatalf("got %+v, want %q and %q", rows, c.want, c.code)
			}
			for _, f := range rows[1].CellFaults {
				if f.Column != 4 || f.Value != c.want || !isSentence(f.Message) {
					t.Errorf("fault %+v", f)
				}
			}
		})
	}
}

func TestXLSXMergedAndHidden(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, new, want string }{
		"nothing":          {"", "", ""},
		"merged downwards": {"<pageMargins", `<mergeCells count="1"><mergeCell ref="C2:C3"/></mergeCells><pageMargins`, "C2 C2:C3, C3 C2:C3"},
		"merged to the right": {"<pageMargins", `<mergeCells><mergeCell ref="B3:E3"/></mergeCells><pageMargins`,
			"B3 B3:E3, C3 B3:E3, D3 B3:E3, E3 B3:E3"},
		"merged twice": {"<pageMargins", `<mergeCells><mergeCell ref="E3:E9"/><mergeCell ref="A2:A3"/></mergeCells><pageMargins`,
			"A2 A2:A3, A3 A2:A3, E3 E3:E9"},
		"merged elsewhere": {"<pageMargins", `<mergeCells><mergeCell ref="G2:H3"/><mergeCell ref="A4:B9"/><mergeCell ref="A2"/>` +
			`</mergeCells><pageMargins`,
			"G2 G2:H3, H2 G2:H3, G3 G2:H3, H3 G2:H3"},
		"merged, the header too": {"<pageMargins", `<mergeCells><mergeCell ref="A1:B1"/></mergeCells><pageMargins`, "A1 A1:B1, B1 A1:B1"},
		"hidden":                 {`<row r="3"`, `<row hidden="1" r="3"`, "row 3"},
		"without height":         {`<row r="2"`, `<row customHeight="1" ht="0" r="2"`, "row 2"},
		"not hidden":             {`<row r="2"`, `<row hidden="0" ht="15" r="2"`, ""},
		"a row of formulas only": {"</sheetData>", `<row r="7"><c r="A7"><f>X!A1</f></c><c r="B7"><f>X!B1</f></c></row></sheetData>`,
			"A7 row.formula-empty, B7 row.formula-empty"},
		"a formula beside the table": {"</sheetData>", `<row r="7"><c r="H7"><f>X!A1</f></c></row></sheetData>`, "H7 row.formula-empty"},
		"a date beside the table":    {"</row><row r=\"3\"", `<c r="F2" s="17"><v>46000</v></c></row><row r="3"`, "F2 row.date"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sheet := strings.Replace(importertest.WholeSheet, c.old, c.new, 1)
			path := importertest.Write(t, "a.xlsm", string(importertest.OneSheet(t, sheet, importertest.WholeStrings, cellStyles)))
			rows, err := read(path, options)
			must(t, err)
			var got []string
			for _, row := range rows {
				if row.Hidden {
					got = append(got, fmt.Sprintf("row %d", row.Number))
				}
				for _, f := range row.CellFaults {
					what := f.Code
					if what == "row.merged" {
						what = regexp.MustCompile(`[A-Z]+\d+:[A-Z]+\d+`).FindString(f.Message.EN)
					}
					got = append(got, fmt.Sprintf("%s%d %s", xlsx.ColumnName(f.Column+1), row.Number, what))
				}
			}
			if said := strings.Join(got, ", "); said != c.want {
				t.Errorf("got %q, want %q", said, c.want)
			}
		})
	}
}

// TestXLSXProgress: people are told how far the look through has come, not too often.
func TestXLSXProgress(t *testing.T) {
	t.Parallel()
	var told, last, total int64
	var texts strings.Builder
	for i := range 20_000 { // of which hardly anything can be packed
		fmt.Fprintf(&texts, "<si><t>%x</t></si>", sha256.Sum256([]byte{byte(i), byte(i >> 8)}))
	}
	many := strings.Replace(importertest.WholeStrings, "</sst>", texts.String()+"</sst>", 1)
	path := importertest.Write(t, "a.xlsx", string(importertest.OneSheet(t, importertest.WholeSheet, many, importertest.Styles)))
	book, err := spreadsheet.Open(path, spreadsheet.Options{Progress: func(done, all int64) {
		if done < last {
			t.Errorf("%d after %d", done, last)
		}
		told, last, total = told+1, done, all
	}})
	must(t, err)
	must(t, book.Close())
	if told < 5 || told > 110 || last != total {
		t.Errorf("told %d times, and %d of %d at last", told, last, total)
	}
}
