// This file tests how parts are found by relationships.

package xlsx

import (
	"slices"
	"strings"
	"testing"
)

const (
	plainRels = `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="` + relationshipsNamespace + `/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet" Target="/xl/worksheets/sheet2.xml"/>` +
		`<Relationship Id="rId3" Type="http://example.org/hyperlink" Target="http://example.org/x" TargetMode="External"/>` +
		`<Relationship Id="rId4" Type="http://example.org/vmlDrawing" Target="..\drawings\vmlDrawing1.vml"/></Relationships>`
	prefixedRels = `<p:Relationships xmlns:p="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<p:Relationship Id="a" Type="http://example.org/comments" Target="../comments1.xml"/>` +
		`<p:Relationship Id="twice" Type="http://example.org/x" Target="x.xml"/>` +
		`<p:Relationship Id="twice" Type="http://example.org/x" Target="y.xml"/></p:Relationships>`
)

func read(t *testing.T, part, content string) *Relationships {
	t.Helper()
	r, err := ReadRelationships(part, []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRelationshipsPart(t *testing.T) {
	t.Parallel()
	for part, want := range map[string]string{
		"": "_rels/.rels", "xl/workbook.xml": "xl/_rels/workbook.xml.rels", "book.xml": "_rels/book.xml.rels",
	} {
		if got := RelationshipsPart(part); got != want {
			t.Errorf("%q has %q, want %q", part, got, want)
		}
	}
}

func TestReadRelationships(t *testing.T) {
	t.Parallel()
	var parts []string
	for _, r := range read(t, "xl/workbook.xml", plainRels).List {
		parts = append(parts, r.Part)
	}
	if want := []string{"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "", "drawings/vmlDrawing1.vml"}; !slices.Equal(parts, want) {
		t.Errorf("got %q, want %q", parts, want)
	}
	prefixed := read(t, "xl/worksheets/sheet1.xml", prefixedRels)
	if r, ok := prefixed.First("comments"); !ok || r.Part != "xl/comments1.xml" || r.ID != "a" || !r.Is("comments") || r.Is("s") {
		t.Errorf("got %+v, %t", r, ok)
	}
	if r, ok := prefixed.First("threadedComment"); ok {
		t.Errorf("got %+v", r)
	}
	for id, want := range map[string]bool{"a": true, "twice": false, "none": false, "": false} {
		if r, ok := prefixed.ByID(id); ok != want {
			t.Errorf("%q leads to %+v, %t", id, r, ok)
		}
	}
	if r := read(t, "", ""); len(r.List) != 0 {
		t.Errorf("nothing leads to %+v", r.List)
	}
	for _, damaged := range []string{"<Relationships>", "text", "<a></b>"} {
		if _, err := ReadRelationships("x", []byte(damaged)); err == nil {
			t.Errorf("%q is read", damaged)
		}
	}
}

func TestRelationships_Add(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"none": "", "plain": plainRels, "prefixed": prefixedRels} {
		r := read(t, "xl/worksheets/sheet1.xml", content)
		before := len(r.List)
		first, second := r.add("comments", "xl/comments7.xml"), r.add("vmlDrawing", "xl/drawings/vmlDrawing7.vml")
		written, err := r.doc.WriteToBytes()
		if err != nil {
			t.Fatal(err)
		}
		again := read(t, "xl/worksheets/sheet1.xml", string(written))
		if len(again.List) != before+2 || first == second {
			t.Errorf("%s: %d relationships became %+v", name, before, again.List)
		}
		for id, want := range map[string]string{first: "xl/comments7.xml", second: "xl/drawings/vmlDrawing7.vml"} {
			if got, ok := again.ByID(id); !ok || got.Part != want {
				t.Errorf("%s: %s leads to %+v, want %s", name, id, got, want)
			}
		}
		if name == "plain" && !strings.Contains(string(written), `TargetMode="External"`) {
			t.Errorf("attributes are lost: %s", written)
		}
	}
}

func TestWorkbookPart(t *testing.T) {
	t.Parallel()
	root := `<Relationships><Relationship Id="x" Type="http://example.org/extended-properties" Target="docProps/app.xml"/>` +
		`<Relationship Id="y" Type="http://example.org/officeDocument" Target="/xl/other.xml"/></Relationships>`
	if got := WorkbookPart(read(t, "", root)); got != "xl/other.xml" {
		t.Errorf("got %q", got)
	}
	if got := WorkbookPart(read(t, "", "")); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestSheetParts(t *testing.T) {
	t.Parallel()
	targets := read(t, "xl/workbook.xml", plainRels)
	want := []SheetPart{{"One", "xl/worksheets/sheet1.xml"}, {"Two & <3>", "xl/worksheets/sheet2.xml"}, {"Lost", ""}}
	for _, workbook := range []string{
		`<workbook xmlns="m" xmlns:r="rel"><sheets><sheet name="One" sheetId="9" r:id="rId1"/>` +
			`<sheet name="Two &amp; &lt;3>" sheetId="1" r:id="rId2"/><sheet name="Lost" sheetId="2" r:id="rId9"/></sheets></workbook>`,
		`<x:workbook xmlns:x="m" xmlns:ns1="rel"><x:sheets><x:sheet name="One" sheetId="9" ns1:id="rId1"/>` +
			`<x:sheet name="Two &amp; &lt;3>" sheetId="1" ns1:id="rId2"/><x:sheet name="Lost" sheetId="2" ns1:id="rId9"/></x:sheets></x:workbook>`,
	} {
		got, err := SheetParts([]byte(workbook), targets)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q (%v), want %q", got, err, want)
		}
	}
	if _, err := SheetParts(nil, targets); err == nil {
		t.Error("a workbook without its list of sheets is read")
	}
}
