// This file tests that workbooks with other prefixes than Excel's are annotated like all
// others.

package report_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
)

// rewritten is a copy of a workbook whose parts have been changed.
func rewritten(t *testing.T, source string, change func(part string, root *etree.Element)) string {
	t.Helper()
	archive, err := zip.OpenReader(source)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range archive.File {
		in, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		doc := etree.NewDocument()
		doc.WriteSettings.CanonicalText = true // excelize compares formulas as they are written
		if _, err := doc.ReadFrom(in); err != nil {
			t.Fatalf("%s: %v", part.Name, err)
		}
		change(part.Name, doc.Root())
		to, err := w.Create(part.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := doc.WriteTo(to); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rewritten.xlsx")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// withPrefix gives every element of the default namespace a prefix, as the Open XML SDK
// does in workbooks and others do elsewhere.
func withPrefix(root *etree.Element, prefix string) {
	space := root.RemoveAttr("xmlns")
	if space == nil {
		return
	}
	root.CreateAttr("xmlns:"+prefix, space.Value)
	for _, e := range append(root.FindElements(".//*"), root) {
		if e.Space == "" {
			e.Space = prefix
		}
	}
}

// renamed gives a namespace another prefix.
func renamed(root *etree.Element, from, to string) {
	space := root.RemoveAttr("xmlns:" + from)
	if space == nil {
		return
	}
	root.CreateAttr("xmlns:"+to, space.Value)
	for _, e := range append(root.FindElements(".//*"), root) {
		if e.Space == from {
			e.Space = to
		}
		for i := range e.Attr {
			if e.Attr[i].Space == from {
				e.Attr[i].Space = to
			}
		}
	}
}

// sound checks that all parts of a workbook are XML whose prefixes are all declared:
// spreadsheets find others damaged.
func sound(t *testing.T, path string) {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, part := range archive.File {
		in, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		for decoder := xml.NewDecoder(in); ; {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%s: %v", part.Name, err)
				break
			}
			element, is := token.(xml.StartElement)
			if !is {
				continue
			}
			for _, name := range append([]xml.Name{element.Name}, namesOf(element.Attr)...) {
				if name.Space != "" && name.Space != "xmlns" && !strings.ContainsAny(name.Space, ":/") && name.Space != "xml" {
					t.Errorf("%s: the prefix %s of %s is not declared", part.Name, name.Space, name.Local)
				}
			}
		}
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func namesOf(attributes []xml.Attr) (names []xml.Name) {
	for _, a := range attributes {
		names = append(names, a.Name)
	}
	return names
}

// withoutNotes is a workbook whose sheet has neither notes nor drop-downs.
func withoutNotes(t *testing.T) string {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	for line, cells := range [][]any{
		{"technicalSiteName", "customerSiteLabel", "country", "vpn", "pc", "a3"},
		{"PAR-1", "L", "FR", "1", "75001", "Paris"},
		{"LYO-1", "L", "FR", "1", "9", "Lyon"},
	} {
		if err := book.SetSheetRow("Sheet1", cell(t, 0, line+1), &cells); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "plain.xlsx")
	if err := book.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// otherPrefixes are ways in which programs choose the prefixes of elements.
func otherPrefixes() map[string]func(part string, root *etree.Element) {
	everywhere := func(_ string, root *etree.Element) { withPrefix(root, "x") }
	return map[string]func(part string, root *etree.Element){
		"in all parts": everywhere,
		"other prefixes of shapes": func(part string, root *etree.Element) {
			everywhere(part, root)
			for i, prefix := range []string{"v", "o", "x"} {
				if strings.HasSuffix(part, ".vml") {
					renamed(root, prefix, []string{"ns0", "ns1", "ns2"}[i])
				}
			}
		},
		"other prefix of relationships": func(_ string, root *etree.Element) { renamed(root, "r", "rel") },
	}
}

// TestAnnotate_PrefixesFirstNotes: a sheet gets its first notes whatever its prefixes are.
func TestAnnotate_PrefixesFirstNotes(t *testing.T) {
	t.Parallel()
	for name, change := range otherPrefixes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := rewritten(t, withoutNotes(t), change)
			in := read(t, source)
			in.reject(t, "LYO-1", pcWrong("69001"))
			for range 2 { // the second time, its notes are those of the first
				book := in.annotate(t, source)
				sound(t, book.Path)
				in.identical(t, book.Path)
				want := map[string]string{"E3": "btrollout|The postal code is wrong: give five digits.\nSuggestion: 69001"}
				if got := said(t, book, "Sheet1"); !maps.Equal(got, want) {
					t.Errorf("notes %q", got)
				}
				if got := lists(t, book, "Sheet1"); !maps.EqualFunc(got, map[string][]string{"E3": {"69001"}}, slices.Equal[[]string]) {
					t.Errorf("lists %q", got)
				}
				if shapes := notesAt(t, book.Path); !slices.Equal(shapes, []string{"E3"}) {
					t.Errorf("shapes of notes stand at %q", shapes)
				}
				source = rewritten(t, book.Path, change)
			}
		})
	}
}

// TestAnnotate_PrefixesMoreNotes: notes and validations of others stay, whatever their
// prefixes are.
func TestAnnotate_PrefixesMoreNotes(t *testing.T) {
	t.Parallel()
	for name, change := range otherPrefixes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := rewritten(t, own(t), change)
			in := read(t, source)
			in.reject(t, "LYO-1", pcWrong("01235"))
			in.reject(t, "NCE-1", rollout.Problem{Field: "a3", Message: rollout.Text{EN: "<City> & more."}, Suggestion: "Nice"})
			book := in.annotate(t, source)
			sound(t, book.Path)
			in.identical(t, book.Path)
			want := map[string]string{
				"A3": "Anne|The <name> & more",
				"E5": "Anne|I asked them\nbtrollout:\nThe postal code is wrong: give five digits.\nSuggestion: 01235",
				"F6": "btrollout|<City> & more.\nSuggestion: Nice",
			}
			if got := said(t, book, "FR"); !maps.Equal(got, want) {
				t.Errorf("notes %q", got)
			}
			wantLists := map[string][]string{"E4:F4 E7:F1048576 E6 F5": {`"75001,75002"`}, "E5": {"01235"}, "F6": {"Nice"}}
			if got := lists(t, book, "FR"); !maps.EqualFunc(got, wantLists, slices.Equal[[]string]) {
				t.Errorf("lists %q", got)
			}
			if shapes := notesAt(t, book.Path); !slices.Equal(shapes, []string{"A3", "B2", "E5", "F6"}) { // B2 is of another sheet
				t.Errorf("shapes of notes stand at %q", shapes)
			}
		})
	}
}

// notesAt are the cells of the shapes of all notes.
func notesAt(t *testing.T, path string) (cells []string) {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, part := range archive.File {
		if !strings.HasSuffix(part.Name, ".vml") {
			continue
		}
		in, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		var drawing struct {
			Shapes []struct {
				Data struct {
					Row, Column int
				} `xml:"ClientData"`
			} `xml:"shape"`
		}
		if err := xml.NewDecoder(in).Decode(&drawing); err != nil {
			t.Fatal(err)
		}
		for _, shape := range drawing.Shapes {
			cells = append(cells, cell(t, shape.Data.Column, shape.Data.Row+1))
		}
	}
	slices.Sort(cells)
	return cells
}
