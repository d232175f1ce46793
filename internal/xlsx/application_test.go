// This file tests which program a workbook says that it was saved by.

package xlsx

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func TestSetApplication(t *testing.T) {
	t.Parallel()
	const app, rels, types = "docProps/app.xml", "_rels/.rels", "[Content_Types].xml"
	const other = `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">` +
		`<Company>ACME</Company><Application>Microsoft Excel</Application></Properties>`
	without := func(f *excelize.File) { // as Google Sheets exports workbooks
		f.Pkg.Delete(app)
		f.Pkg.Store(types, []byte(strings.ReplaceAll(string(NewParts(f).read(types)), "/"+app, "/docProps/none.xml")))
		f.Pkg.Store(rels, []byte(strings.ReplaceAll(string(NewParts(f).read(rels)), "extended-properties", "none")))
		f.ContentTypes = nil
		f.Relationships.Delete(rels)
	}
	for name, c := range map[string]struct {
		change func(f *excelize.File)
		keeps  string
	}{
		"new":       {func(*excelize.File) {}, ""},
		"of Excel":  {func(f *excelize.File) { f.Pkg.Store(app, []byte(other)) }, "<Company>ACME</Company>"},
		"malformed": {func(f *excelize.File) { f.Pkg.Store(app, []byte("<Properties")) }, ""},
		"empty":     {func(f *excelize.File) { f.Pkg.Store(app, []byte(`<p:Properties xmlns:p="x"/>`)) }, "<p:Application>"},
		"without":   {without, ""},
		"lost":      {func(f *excelize.File) { f.Pkg.Delete(app) }, ""},
		"strict": {func(f *excelize.File) {
			f.Pkg.Store(rels, []byte(strings.ReplaceAll(string(NewParts(f).read(rels)),
				"http://schemas.openxmlformats.org/officeDocument/2006/relationships/extended-properties",
				"http://purl.oclc.org/ooxml/officeDocument/relationships/extendedProperties")))
			f.Relationships.Delete(rels)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "a.xlsx")
			f := excelize.NewFile()
			c.change(f)
			if err := f.SaveAs(path); err != nil {
				t.Fatal(err)
			}
			if got := Application(path); got == "btrollout report" {
				t.Fatalf("before it is set, it is %q", got)
			}
			f, err := excelize.OpenFile(path)
			if err != nil {
				t.Fatal(err)
			}
			parts := NewParts(f)
			if err := parts.SetApplication("btrollout report"); err != nil {
				t.Fatal(err)
			}
			if err := f.Save(); err != nil {
				t.Fatal(err)
			}
			if got := Application(path); got != "btrollout report" {
				t.Errorf("it is %q", got)
			}
			if !strings.Contains(string(parts.read(app)), c.keeps) || !strings.Contains(string(parts.read(types)), `PartName="/`+app+`"`) {
				t.Errorf("the properties are %s, the types %s", parts.read(app), parts.read(types))
			}
			if f, err = excelize.OpenFile(path); err != nil || len(f.GetSheetList()) != 1 {
				t.Errorf("the workbook has become unreadable: %v", err)
			}
		})
	}
	if got := Application("application_test.go"); got != "" {
		t.Errorf("of a file that is no workbook it is %q", got)
	}
}
