package report

// This file changes the parts of a workbook that excelize does not keep as they were:
// the notes of a sheet, the lists that its cells have already, and how the two are
// referred to. It edits their text, so that whatever else stands in them stays.

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/xlsx"
)

// parts are those of a workbook that is open and of which no sheet has been read yet.
type parts struct{ book *excelize.File }

func newParts(book *excelize.File) *parts { return &parts{book} }

func (p *parts) get(name string) string {
	content, _ := p.book.Pkg.Load(name)
	text, _ := content.([]byte)
	return string(text)
}

func (p *parts) set(name, text string) { p.book.Pkg.Store(name, []byte(text)) }

// relationship leads from one part to another.
type relationship struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:",attr"`
	Target string `xml:",attr"`
	Mode   string `xml:"TargetMode,attr,omitempty"`
}

type relationships struct {
	XMLName xml.Name       `xml:"http://schemas.openxmlformats.org/package/2006/relationships Relationships"`
	List    []relationship `xml:"Relationship"`
}

func relsPath(part string) string {
	return path.Join(path.Dir(part), "_rels", path.Base(part)+".rels")
}

// from lists where a part leads to.
func (p *parts) from(part string) (r relationships, err error) {
	if text := p.get(relsPath(part)); text != "" {
		err = xml.Unmarshal([]byte(text), &r)
	}
	return r, err
}

// to is the path of a part that another leads to.
func (r relationship) to(from string) string {
	if strings.HasPrefix(r.Target, "/") {
		return r.Target[1:]
	}
	return path.Join(path.Dir(from), r.Target)
}

// sheetPaths are the parts of the sheets, by name.
func (p *parts) sheetPaths() (map[string]string, error) {
	const workbookPart = "xl/workbook.xml"
	var list struct {
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := xml.Unmarshal([]byte(p.get(workbookPart)), &list); err != nil {
		return nil, err
	}
	leads, err := p.from(workbookPart)
	if err != nil {
		return nil, err
	}
	paths := map[string]string{}
	for _, sheet := range list.Sheets {
		for _, attr := range sheet.Attrs {
			for _, r := range leads.List {
				if attr.Name.Local == "id" && r.ID == attr.Value {
					paths[sheet.Name] = r.to(workbookPart)
				}
			}
		}
	}
	return paths, nil
}

// noteParts are the parts of a sheet's notes: their texts, and their shapes.
type noteParts struct{ texts, shapes string }

const (
	notesType  = "/comments" // how the types of relationships end, be they strict
	shapesType = "/vmlDrawing"
	typesBase  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
)

var legacyDrawing = regexp.MustCompile(`<legacyDrawing\b[^>]*?\bid="([^"]*)"`)

// notesOf finds the parts of a sheet's notes, and whether there may be notes of ours:
// not where people discuss in threads, whose texts these notes repeat.
func (p *parts) notesOf(sheet string) (found noteParts, leads relationships, ok bool) {
	leads, err := p.from(sheet)
	if err != nil {
		return found, leads, false
	}
	drawing := legacyDrawing.FindStringSubmatch(tail(p.get(sheet)))
	for _, r := range leads.List {
		switch {
		case strings.HasSuffix(r.Type, "/threadedComment"):
			return found, leads, false
		case strings.HasSuffix(r.Type, notesType):
			found.texts = r.to(sheet)
		case strings.HasSuffix(r.Type, shapesType) && drawing != nil && r.ID == drawing[1]:
			found.shapes = r.to(sheet)
		}
	}
	return found, leads, true
}

// tail is what stands behind a sheet's cells.
func tail(sheet string) string {
	if i := strings.LastIndex(sheet, "</sheetData>"); i >= 0 {
		return sheet[i:]
	}
	if i := strings.LastIndex(sheet, "<sheetData/>"); i >= 0 {
		return sheet[i:]
	}
	return ""
}

// prepare makes a sheet ready: some of its cells get lists, and it may have notes.
func (p *parts) prepare(sheet string, listed []xlsx.Cell, noted bool) {
	text := p.get(sheet)
	end := tail(text)
	if end == "" {
		return
	}
	text = text[:len(text)-len(end)] + withoutLists(end, listed)
	if noted {
		text = p.makeNotes(sheet, text)
	}
	p.set(sheet, text)
}

// makeNotes makes the parts of a sheet's notes that it lacks, and has the sheet's text
// lead to them.
func (p *parts) makeNotes(sheet, text string) string {
	found, leads, ok := p.notesOf(sheet)
	if !ok || found.texts != "" && found.shapes != "" {
		return text
	}
	n := 1
	for ; p.get(fmt.Sprintf("xl/comments%d.xml", n)) != "" || p.get(fmt.Sprintf("xl/drawings/vmlDrawing%d.vml", n)) != ""; n++ {
	}
	types := p.get("[Content_Types].xml")
	declare := func(what, declaration string) {
		if !strings.Contains(types, what) {
			types = strings.Replace(types, "</Types>", declaration+"</Types>", 1)
		}
	}
	lead := func(id, kind, target string) {
		leads.List = append(leads.List, relationship{ID: id, Type: typesBase + kind, Target: target})
	}
	if found.texts == "" {
		name := fmt.Sprintf("xl/comments%d.xml", n)
		p.set(name, noTexts)
		declare(`PartName="/`+name+`"`, `<Override PartName="/`+name+`" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"/>`)
		lead("rIdBtTexts", notesType, "/"+name)
	}
	if found.shapes == "" {
		name := fmt.Sprintf("xl/drawings/vmlDrawing%d.vml", n)
		p.set(name, noShapes)
		declare(`Extension="vml"`, `<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>`)
		lead("rIdBtShapes", shapesType, "/"+name)
		text = strings.Replace(text, "</worksheet>", `<legacyDrawing xmlns:r="`+typesBase+`" r:id="rIdBtShapes"/></worksheet>`, 1)
	}
	p.set("[Content_Types].xml", types)
	p.book.ContentTypes = nil // it is read again
	written, err := xml.Marshal(leads)
	if err == nil {
		p.set(relsPath(sheet), xml.Header+string(written))
	}
	return text
}

// Elements of a sheet: the lists and other validations of its cells, in both forms that
// there are. attributes matches those of an element, whatever stands in them.
const attributes = `(?:[^>"]|"[^"]*")*?`

var (
	validations = regexp.MustCompile(`(?s)<(?:\w+:)?dataValidations\b` + attributes + `>.*?</(?:\w+:)?dataValidations>`)
	validation  = regexp.MustCompile(`(?s)<(?:\w+:)?dataValidation\b` + attributes + `(?:/>|>.*?</(?:\w+:)?dataValidation>)`)
	theirCount  = regexp.MustCompile(`\bcount="\d+"`)
	theirCells  = regexp.MustCompile(`(\bsqref="|<xm:sqref>)([^"<]*)`)
	emptyExt    = regexp.MustCompile(`<ext\b` + attributes + `>\s*</ext>`)
	emptyList   = regexp.MustCompile(`<extLst\b` + attributes + `>\s*</extLst>`)
)

// withoutLists takes the validations away that the cells at some places have, which
// might forbid what these are to hold, and those of an earlier run.
func withoutLists(end string, cells []xlsx.Cell) string {
	end = validations.ReplaceAllStringFunc(end, func(block string) string {
		left := 0
		block = validation.ReplaceAllStringFunc(block, func(one string) string {
			if strings.Contains(one, listsSheet+"!") {
				return ""
			}
			any := true
			one = theirCells.ReplaceAllStringFunc(one, func(match string) string {
				part := theirCells.FindStringSubmatch(match)
				rest := xlsx.RemoveCells(part[2], cells)
				any = rest != ""
				return part[1] + rest
			})
			if !any {
				return ""
			}
			left++
			return one
		})
		if left == 0 {
			return ""
		}
		return theirCount.ReplaceAllString(block, fmt.Sprintf(`count="%d"`, left))
	})
	return emptyList.ReplaceAllString(emptyExt.ReplaceAllString(end, ""), "")
}

// escaped is a text as XML holds it.
func escaped(text string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(text)) // a buffer takes everything
	return out.String()
}
