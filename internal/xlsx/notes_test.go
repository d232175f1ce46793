// This file tests notes that are added to those of a sheet.

package xlsx

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

const (
	noted = `<worksheet xmlns="` + main + `" xmlns:r="` + relationshipsNamespace + `"><sheetData/><legacyDrawing r:id="d"/></worksheet>`
	// notedRels leads to the parts of its notes.
	notedRels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="c" Type="` + relationshipsNamespace + `/comments" Target="../comments1.xml"/>` +
		`<Relationship Id="d" Type="` + relationshipsNamespace + `/vmlDrawing" Target="../drawings/vmlDrawing1.vml"/></Relationships>`
	// theirTexts are notes of somebody else at A1 and B2, and one without a text at C3.
	theirTexts = `<x:comments xmlns:x="` + main + `"><x:authors><x:author>Anne</x:author></x:authors><x:commentList>` +
		`<x:comment ref="A1" authorId="0"><x:text><x:r><x:rPr><x:b/></x:rPr><x:t>Anne:</x:t></x:r>` +
		`<x:r><x:t xml:space="preserve">` + "\n" + `1 &lt; 2</x:t></x:r></x:text></x:comment>` +
		`<x:comment ref="B2" authorId="0"><x:text><x:t>by hand</x:t></x:text></x:comment>` +
		`<x:comment ref="C3" authorId="0"><x:text/></x:comment></x:commentList></x:comments>`
	// theirShapes are what Excel draws of these, beside a button with an open <br>.
	theirShapes = `<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"` +
		` xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="_x0000_t202"/>` +
		`<v:shape id="_x0000_s2049"><x:ClientData ObjectType="Note"><x:Anchor>old</x:Anchor>` +
		`<x:Row>0</x:Row><x:Column>0</x:Column></x:ClientData></v:shape>` +
		`<v:shape id="_x0000_s2050"><x:ClientData ObjectType="Note"><x:Anchor>old</x:Anchor>` +
		`<x:Row>1</x:Row><x:Column>1</x:Column></x:ClientData></v:shape>` +
		`<v:shape id="_x0000_s2051"><x:ClientData ObjectType="Note"><x:Anchor>old</x:Anchor>` +
		`<x:Row>2</x:Row><x:Column>2</x:Column></x:ClientData></v:shape>` +
		`<v:shape id="button" o:spid="_x0000_s2060"><v:textbox><div>Press<br>here&nbsp;</div></v:textbox>` +
		`<x:ClientData ObjectType="Button"><x:Row>0</x:Row><x:Column>0</x:Column></x:ClientData></v:shape></xml>`
)

// openNoted gives access to a workbook with notes.
func openNoted(t *testing.T) *Parts {
	t.Helper()
	parts := open(t, noted)
	parts.write(RelationshipsPart(sheetPart), []byte(notedRels))
	parts.write("xl/comments1.xml", []byte(theirTexts))
	parts.write("xl/drawings/vmlDrawing1.vml", []byte(theirShapes))
	return parts
}

// add writes notes into the sheet.
func addNotes(t *testing.T, parts *Parts, notes ...Note) {
	t.Helper()
	sheet, err := parts.Sheet(sheetPart)
	if err != nil {
		t.Fatal(err)
	}
	there, err := sheet.Notes(len(notes) > 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := sheet.Save(); err != nil {
		t.Fatal(err)
	}
	if err := there.Write("Sheet1", "prog", notes); err != nil {
		t.Fatal(err)
	}
}

// said are the texts of the sheet's notes, by cell, with their authors.
func said(t *testing.T, parts *Parts) map[string]string {
	t.Helper()
	doc, err := parse(parts.read("xl/comments1.xml"))
	if err != nil {
		t.Fatal(err)
	}
	authors := doc.FindElements("./comments/authors/author")
	all := map[string]string{}
	for _, e := range doc.FindElements("./comments/commentList/comment") {
		author := authors[e.SelectAttrValue("authorId", "")[0]-'0'].Text()
		all[e.SelectAttrValue("ref", "")] = author + "|" + text(e)
		if e.Space != doc.Root().Space {
			t.Errorf("%s has another prefix than its part", e.FullTag())
		}
	}
	return all
}

// drawn are the anchors of the shapes of the sheet's notes, by cell. No two shapes may
// have the same id.
func drawn(t *testing.T, parts *Parts) map[string]string {
	t.Helper()
	doc, err := parse(parts.read("xl/drawings/vmlDrawing1.vml"))
	if err != nil {
		t.Fatal(err)
	}
	all, ids := map[string]string{}, map[string]bool{}
	for _, shape := range doc.FindElements("./xml/shape") {
		if id := shape.SelectAttrValue("id", ""); ids[id] {
			t.Errorf("two shapes have the id %s", id)
		} else {
			ids[id] = true
		}
		if cell, isNote := noteCell(shape); isNote {
			if all[cell.String()] != "" {
				t.Errorf("%s has two shapes", cell)
			}
			all[cell.String()] = shape.FindElement("./ClientData/Anchor").Text()
		}
	}
	return all
}

func TestNotes_Write(t *testing.T) {
	t.Parallel()
	parts := openNoted(t)
	const theirs = "Anne|Anne:\n1 < 2"
	for range 2 { // the second time, its own notes are replaced
		addNotes(t, parts, Note{Cell{1, 1}, "x & <y>"}, Note{Cell{4, 4}, "new"})
		want := map[string]string{"A1": theirs + "\nprog:\nx & <y>", "B2": "Anne|by hand", "D4": "prog|prog:\nnew"}
		if got := said(t, parts); !maps.Equal(got, want) {
			t.Errorf("the notes are %q, want %q", got, want)
		}
		shapes := drawn(t, parts)
		if got := slices.Sorted(maps.Keys(shapes)); !slices.Equal(got, []string{"A1", "B2", "D4"}) {
			t.Errorf("the shapes are those of %q", got)
		}
		if shapes["B2"] != "old" || shapes["A1"] == "old" {
			t.Errorf("the shapes stand at %q: only that of A1 says more", shapes)
		}
	}
	addNotes(t, parts) // nothing is wrong any more
	if got, want := said(t, parts), map[string]string{"A1": theirs, "B2": "Anne|by hand"}; !maps.Equal(got, want) {
		t.Errorf("the notes are %q, want %q", got, want)
	}
	if got := slices.Sorted(maps.Keys(drawn(t, parts))); !slices.Equal(got, []string{"A1", "B2"}) {
		t.Errorf("the shapes are those of %q", got)
	}
	drawing := string(parts.read("xl/drawings/vmlDrawing1.vml"))
	if !strings.Contains(drawing, "<div>Press<br></br>here\u00a0</div>") || !strings.Contains(drawing, `id="button"`) {
		t.Errorf("the button became %s", drawing)
	}
}

func TestNotes_Create(t *testing.T) {
	t.Parallel()
	parts := open(t, `<x:worksheet xmlns:x="`+main+`"><x:sheetData/></x:worksheet>`)
	addNotes(t, parts)
	if parts.read("xl/comments1.xml") != nil {
		t.Error("parts of notes were made for none")
	}
	addNotes(t, parts, Note{Cell{2, 3}, "new"})
	if got, want := said(t, parts), map[string]string{"B3": "prog|prog:\nnew"}; !maps.Equal(got, want) {
		t.Errorf("the notes are %q, want %q", got, want)
	}
	if got := slices.Sorted(maps.Keys(drawn(t, parts))); !slices.Equal(got, []string{"B3"}) {
		t.Errorf("the shapes are those of %q", got)
	}
	types := string(parts.read(contentTypesPart))
	for _, declared := range []string{`PartName="/xl/comments1.xml"`, `Extension="vml"`} {
		if strings.Count(types, declared) != 1 {
			t.Errorf("%s is not declared once: %s", declared, types)
		}
	}
	comments, err := parts.book.GetComments("Sheet1")
	if err != nil || len(comments) != 1 || comments[0].Author != "prog" || comments[0].Cell != "B3" {
		t.Errorf("excelize finds %+v (%v)", comments, err)
	}
}

// TestNotes_NotUnderstood: nothing is written beside what is not understood.
func TestNotes_NotUnderstood(t *testing.T) {
	t.Parallel()
	const end = "</Relationships>"
	thread := `<Relationship Id="t" Type="http://example.org/threadedComment" Target="t.xml"/>` + end
	threads := strings.Replace(notedRels, end, thread, 1)
	for name, c := range map[string]struct{ part, content string }{
		"threads":                         {RelationshipsPart(sheetPart), threads},
		"damaged texts":                   {"xl/comments1.xml", "<comments><authors>"},
		"texts without authors":           {"xl/comments1.xml", "<comments><commentList/></comments>"},
		"damaged shapes":                  {"xl/drawings/vmlDrawing1.vml", "<xml><v:shape></xml>"},
		"no shapes":                       {"xl/drawings/vmlDrawing1.vml", ""},
		"prefixes that mean other things": {"xl/drawings/vmlDrawing1.vml", `<xml xmlns:v="http://example.org/"/>`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parts := openNoted(t)
			parts.write(c.part, []byte(c.content))
			texts, shapes := string(parts.read("xl/comments1.xml")), string(parts.read("xl/drawings/vmlDrawing1.vml"))
			addNotes(t, parts, Note{Cell{1, 1}, "new"})
			if got := string(parts.read("xl/comments1.xml")); got != texts {
				t.Errorf("the texts became %s", got)
			}
			if got := string(parts.read("xl/drawings/vmlDrawing1.vml")); got != shapes {
				t.Errorf("the shapes became %s", got)
			}
		})
	}
}

// TestRemoveSigned: programs that edit a note divide it into runs as they like.
func TestRemoveSigned(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		`<t>prog:` + "\n" + `wrong</t>`:                                   "",
		`<r><t>prog:</t></r><r><t>` + "\n" + `wrong</t></r>`:              "",
		`<r><t>Anne  ` + "\n" + `prog:` + "\n" + `wrong</t></r>`:          "Anne",
		`<r><t>Anne&#xA;prog:&#xA;wrong</t></r>`:                          "Anne",
		`<r><t>Anne</t></r><r><t>` + "\n" + `prog: </t></r><phoneticPr/>`: "Anne",
		`<t>the prog: wrong</t>`:                                          "the prog: wrong",
		`<t>prog: wrong</t>`:                                              "prog: wrong",
		`<r><rPr/></r><t>Anne</t>`:                                        "Anne",
		``:                                                                "",
	} {
		doc, err := parse([]byte("<comment><text>" + content + "</text></comment>"))
		if err != nil {
			t.Fatal(err)
		}
		if got := removeSigned(doc.Root(), signaturePattern("prog")); got != want || strings.TrimSpace(text(doc.Root())) != want {
			t.Errorf("%q: %q is left, want %q", content, got, want)
		}
	}
}

func TestAddNote(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	if err := AddNote(book, "Sheet1", "B2", "prog", excelize.RichTextRun{Text: "a"}, excelize.RichTextRun{Text: "b"}); err != nil {
		t.Fatal(err)
	}
	comments, err := book.GetComments("Sheet1")
	if err != nil || len(comments) != 1 || comments[0].Cell != "B2" || comments[0].Author != "prog" || len(comments[0].Paragraph) != 2 {
		t.Errorf("got %+v (%v)", comments, err)
	}
	if _, height := noteSize(strings.Repeat("x", 100)); height != 3*16+14 {
		t.Errorf("three lines are %d pixels high", height)
	}
}
