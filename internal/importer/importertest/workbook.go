// This file makes small workbooks, from the XML of their parts or by excelize.

package importertest

import (
	"archive/zip"
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// SpreadsheetML is the namespace of a workbook's parts.
const SpreadsheetML = namespace

// WholeSheet and WholeStrings are a sheet with a header and two sites, as Excel writes it, and
// its shared strings.
const (
	WholeSheet = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n" +
		`<worksheet xmlns="` + namespace + `"><dimension ref="A1:E3"/><sheetData>` +
		`<row r="1" spans="1:5"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c>` +
		`<c r="D1" t="s"><v>3</v></c><c r="E1" t="s"><v>4</v></c></row>` +
		`<row r="2" spans="1:5"><c r="A2" t="s"><v>5</v></c><c r="B2" t="s"><v>6</v></c><c r="C2" t="s"><v>7</v></c>` +
		`<c r="D2"><v>1</v></c><c r="E2"><v>12</v></c></row>` +
		`<row r="3" spans="1:5"><c r="A3" t="s"><v>8</v></c><c r="B3" t="s"><v>6</v></c><c r="C3" t="s"><v>7</v></c>` +
		`<c r="D3"><v>1</v></c><c r="E3"><v>14</v></c></row>` +
		`</sheetData><pageMargins left="0.7" right="0.7"/></worksheet>`
	WholeStrings = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" +
		`<sst xmlns="` + namespace + `" count="11" uniqueCount="9">` +
		`<si><t>technicalSiteName</t></si><si><t>customerSiteLabel</t></si><si><t>country</t></si><si><t>vpn</t></si><si><t>hno</t></si>` +
		`<si><t>A</t></si><si><t xml:space="preserve">É &amp; "L" </t></si><si><t>FR</t></si><si><t>B</t></si></sst>`
)

// Styles are two cell styles: 0 is General, 1 is 00000.
const Styles = `<styleSheet xmlns="` + namespace + `"><numFmts><numFmt numFmtId="200" formatCode="00000"/></numFmts>` +
	`<cellXfs><xf numFmtId="0"/><xf numFmtId="200"/></cellXfs></styleSheet>`

// Frame is what a workbook of one sheet, S, consists of beside sheet, shared strings and
// styles: the parts' XML by their names.
var Frame = map[string]string{
	"[Content_Types].xml": `<Types xmlns="` + packageSchema + `content-types"/>`,
	"_rels/.rels": `<Relationships xmlns="` + packageSchema + `relationships">` +
		`<Relationship Id="rId1" Type="` + relationships + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
	"xl/_rels/workbook.xml.rels": `<Relationships xmlns="` + packageSchema + `relationships">` +
		`<Relationship Id="rId1" Type="` + relationships + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
	"xl/workbook.xml": `<workbook xmlns="` + namespace + `" xmlns:r="` + relationships + `">` +
		`<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`,
}

// OneSheet makes a workbook from the XML of its sheet, its shared strings and its styles.
func OneSheet(t testing.TB, sheet, strings, styles string) []byte {
	t.Helper()
	files := maps.Clone(Frame)
	files["xl/worksheets/sheet1.xml"], files["xl/sharedStrings.xml"], files["xl/styles.xml"] = sheet, strings, styles
	return Pack(t, files)
}

// Pack makes an archive of parts, given by their names.
func Pack(t testing.TB, files map[string]string) []byte {
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

// Parts reads a workbook that is written as text (.parts): each part below its name.
func Parts(t testing.TB, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	parts := map[string]string{}
	for _, part := range strings.Split("\n"+string(text), "\n-- ")[1:] {
		name, content, _ := strings.Cut(part, " --\n")
		parts[name] = content
	}
	return parts
}

// Book makes a workbook of one sheet, Sheet1, with a header and one good row, has it edited,
// and saves it.
func Book(t testing.TB, edit func(f *excelize.File)) (path string) {
	t.Helper()
	f := excelize.NewFile()
	columns := []any{"technicalSiteName", "customerSiteLabel", "country", "vpn", "pc", "a6"}
	must(t, f.SetSheetRow("Sheet1", "A1", &columns))
	must(t, f.SetSheetRow("Sheet1", "A2", &[]any{"A", "L", "FR", "1", "75002", "x"}))
	edit(f)
	path = filepath.Join(t.TempDir(), "a.xlsx")
	must(t, f.SaveAs(path))
	must(t, f.Close())
	return path
}

// Write puts content into a new file of that name.
func Write(t testing.TB, name, content string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
