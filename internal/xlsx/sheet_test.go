// This file tests what is changed in a sheet beside its rows.

package xlsx

import (
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

// sheetPart is where the sheet under test stands.
const sheetPart = "xl/worksheets/sheet1.xml"

// open gives access to a workbook whose first sheet has some content.
func open(t *testing.T, sheet string) *Parts {
	t.Helper()
	book := excelize.NewFile()
	t.Cleanup(func() { _ = book.Close() })
	parts := NewParts(book)
	parts.write(sheetPart, []byte(sheet))
	return parts
}

// changed changes the sheet, and returns what it is then.
func changed(t *testing.T, parts *Parts, change func(*Sheet)) string {
	t.Helper()
	sheet, err := parts.Sheet(sheetPart)
	if err != nil {
		t.Fatal(err)
	}
	change(sheet)
	if err := sheet.Save(); err != nil {
		t.Fatal(err)
	}
	return string(parts.read(sheetPart))
}

func TestFindRows(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		`<worksheet><cols/><sheetData><row><c/></row></sheetData><extLst/></worksheet>`:                    `<row><c/></row>`,
		`<x:worksheet><x:sheetData ><x:row/></x:sheetData ></x:worksheet>`:                                 `<x:row/>`,
		`<worksheet><sheetData/></worksheet>`:                                                              ``,
		`<worksheet><sheetData></sheetData></worksheet>`:                                                   ``,
		`<worksheet><!-- <sheetData> --><sheetData a="/>"><row a="</x"/></sheetData></worksheet>`:          `<row a="</x"/>`,
		`<worksheet><sheetData><c><![CDATA[</sheetData>]]></c></sheetData></worksheet>`:                    `<c><![CDATA[</sheetData>]]></c>`,
		"\ufeff" + `<?xml version="1.0" encoding="UTF-8"?><worksheet><sheetData>é</sheetData></worksheet>`: `é`,
	} {
		from, to, err := findRows([]byte(content))
		if err != nil || content[from:to] != want {
			t.Errorf("the rows of %s are %q (%v)", content, content[from:to], err)
		}
	}
	for _, content := range []string{
		``, `<worksheet/>`, `<worksheet><sheetData><row/></worksheet>`, `<worksheet><x:sheetData></sheetData></worksheet>`, `<a`,
	} {
		if from, to, err := findRows([]byte(content)); err == nil {
			t.Errorf("%q has rows from %d to %d", content, from, to)
		}
	}
}

func TestSheet_Save(t *testing.T) {
	t.Parallel()
	same := `<worksheet xmlns="` + main + `" xmlns:r="rel"><sheetData><row r='1'/></sheetData><pageMargins/></worksheet>`
	if got := changed(t, open(t, same), func(*Sheet) {}); got != same {
		t.Errorf("a sheet that was not changed became %s", got)
	}
	for content, want := range map[string]string{
		`<worksheet><sheetData><row r='1'/></sheetData><a>&#13;"</a></worksheet>`: `<sheetData><row r='1'/></sheetData><a>&#xD;"</a></worksheet>`,
		`<x:worksheet><x:sheetData/></x:worksheet>`:                               `<x:sheetData></x:sheetData></x:worksheet>`,
	} {
		got := changed(t, open(t, content), func(*Sheet) {})
		if !strings.HasSuffix(got, want) || !strings.Contains(got, `xmlns:r="`+relationshipsNamespace+`"`) {
			t.Errorf("%s became %s, want the end %s", content, got, want)
		}
	}
	for _, content := range []string{"", "<worksheet/>", "<worksheet><sheetData></sheetData></a>"} {
		if _, err := open(t, content).Sheet(sheetPart); err == nil {
			t.Errorf("%q is read", content)
		}
	}
}

func TestSheet_RemoveValidations(t *testing.T) {
	t.Parallel()
	const head = `<worksheet xmlns:r="rel"><sheetData><row/></sheetData>`
	const x14 = `<ext uri="{CCE6A557}"><x14:dataValidations count="%">@</x14:dataValidations></ext>`
	inExt := func(count, content string) string {
		return strings.NewReplacer("%", count, "@", content).Replace(x14)
	}
	one := func(cells, formula string) string {
		return `<x14:dataValidation><x14:formula1><xm:f>` + formula + `</xm:f></x14:formula1>` +
			`<xm:sqref>` + cells + `</xm:sqref></x14:dataValidation>`
	}
	for name, c := range map[string]struct{ before, after string }{
		"others stay": {
			`<dataValidations count="1"><dataValidation sqref="B1"></dataValidation></dataValidations>`,
			`<dataValidations count="1"><dataValidation sqref="B1"></dataValidation></dataValidations>`,
		},
		"a cell of a range, and an attribute with a greater-than sign": {
			`<dataValidations count="2"><dataValidation prompt="a > b" sqref="E4:E6"></dataValidation>` +
				`<dataValidation sqref="E5"></dataValidation></dataValidations>`,
			`<dataValidations count="1"><dataValidation prompt="a > b" sqref="E4 E6"></dataValidation></dataValidations>`,
		},
		"with a prefix": {
			`<x:dataValidations count="2"><x:dataValidation sqref="E5"/><x:dataValidation sqref="E5:F5"></x:dataValidation></x:dataValidations>`,
			`<x:dataValidations count="1"><x:dataValidation sqref="F5"></x:dataValidation></x:dataValidations>`,
		},
		"of an earlier run": {
			`<dataValidations count="1"><dataValidation sqref="A1"><formula1>lists!$A$2</formula1></dataValidation></dataValidations><a></a>`,
			`<a></a>`,
		},
		"the extension, which goes when it is empty": {
			`<extLst>` + inExt("1", one("E5", "Other!$A$1")) + `</extLst>`, ``,
		},
		"the extension, of which some stay": {
			`<extLst>` + inExt("2", one("E5", "Other!$A$1")+one("E4:E5", "Other!$A$1")) + `<ext uri="x"></ext></extLst>`,
			`<extLst>` + inExt("1", one("E4", "Other!$A$1")) + `<ext uri="x"></ext></extLst>`,
		},
		"the extension, of an earlier run": {
			`<extLst>` + inExt("1", one("A9", "lists!$A$1")) + `<ext uri="x"></ext></extLst>`,
			`<extLst><ext uri="x"></ext></extLst>`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := changed(t, open(t, head+c.before+`</worksheet>`), func(s *Sheet) { s.RemoveValidations([]Cell{{5, 5}}, "lists") })
			if want := head + c.after + `</worksheet>`; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestSheet_SetDrawing(t *testing.T) {
	t.Parallel()
	for before, want := range map[string]string{
		`<worksheet xmlns:r="rel"><sheetData/><drawing/><tableParts/><extLst/></worksheet>`: `<drawing></drawing>` +
			`<legacyDrawing r:id="rId5"></legacyDrawing><tableParts></tableParts><extLst></extLst></worksheet>`,
		`<x:worksheet xmlns:r="rel"><x:sheetData/></x:worksheet>`: `<x:legacyDrawing r:id="rId5"></x:legacyDrawing></x:worksheet>`,
		`<worksheet xmlns:r="rel"><sheetData/><legacyDrawing r:id="lost"/></worksheet>`: `<sheetData></sheetData>` +
			`<legacyDrawing r:id="rId5"></legacyDrawing></worksheet>`,
	} {
		var found string
		got := changed(t, open(t, before), func(s *Sheet) {
			s.setDrawing("rId5")
			found = s.drawing()
		})
		if !strings.HasSuffix(got, want) || found != "rId5" {
			t.Errorf("%s became %s, want the end %s", before, got, want)
		}
	}
}
