// This file writes notes of cells: those of a sheet that excelize writes, and those that
// are added to the notes of a sheet that somebody else wrote.

package xlsx

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
	"github.com/xuri/excelize/v2"
)

// AddNote gives a cell of a sheet that excelize writes a note with room for its text.
func AddNote(book *excelize.File, sheet, cell, author string, text ...excelize.RichTextRun) error {
	var all strings.Builder
	for _, run := range text {
		all.WriteString(run.Text)
	}
	width, height := noteSize(all.String())
	return book.AddComment(sheet, excelize.Comment{
		Cell: cell, Author: author, Width: uint(width), Height: uint(height), Paragraph: text,
	})
}

// noteSize is the size of a note in pixels that has room for a text in the usual font of
// notes.
func noteSize(text string) (width, height int) {
	const wide, perLine, lineHeight, edge = 320, 46, 16, 14 // 46 characters stand in a line
	return wide, CountLines(text, perLine)*lineHeight + edge
}

// Note is a text to be written at a cell.
type Note struct {
	Cell Cell
	Text string
}

// Sign begins a note with a line that names its author. The author is known by this line,
// because not every spreadsheet program keeps the authors of notes.
func Sign(author, text string) string { return author + ":\n" + text }

// Notes are the notes of a sheet that somebody else wrote.
type Notes struct {
	parts  *Parts
	texts  string // the part of what they say; "" if none can be written
	shapes string // the part of what they look like
}

// Notes finds the notes of the sheet. If create is set, it makes the parts of notes that
// the sheet lacks, and the sheet must be saved. It finds none where people discuss in
// threads, because the notes then repeat the texts of the threads.
func (s *Sheet) Notes(create bool) (*Notes, error) {
	n := &Notes{parts: s.parts}
	targets, err := s.parts.relationships(s.part)
	if err != nil {
		return nil, err
	}
	if _, threaded := targets.First("threadedComment"); threaded {
		return n, nil
	}
	texts, _ := targets.First("comments")
	shapes := Relationship{}
	if found, _ := targets.ByID(s.drawing()); found.Is("vmlDrawing") {
		shapes = found
	}
	if create && (texts.Part == "" || shapes.Part == "") {
		if texts.Part, shapes.Part, err = s.createNotes(targets, texts.Part, shapes.Part); err != nil {
			return nil, err
		}
	}
	if texts.Part != "" && shapes.Part != "" {
		n.texts, n.shapes = texts.Part, shapes.Part
	}
	return n, nil
}

// The parts of notes, as long as there is none.
const (
	emptyTexts = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" +
		`<comments xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><authors/><commentList/></comments>`
	emptyShapes = `<xml xmlns:v="` + vmlNamespace + `" xmlns:o="` + officeNamespace + `" xmlns:x="` + excelNamespace + `">` +
		`<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>`
)

// createNotes makes the parts of notes that have no name yet, and returns the names of both.
func (s *Sheet) createNotes(targets *Relationships, texts, shapes string) (string, string, error) {
	newTexts, newShapes := "", ""
	for n := 1; ; n++ {
		newTexts, newShapes = fmt.Sprintf("xl/comments%d.xml", n), fmt.Sprintf("xl/drawings/vmlDrawing%d.vml", n)
		if s.parts.read(newTexts) == nil && s.parts.read(newShapes) == nil {
			break
		}
	}
	if texts == "" {
		texts = newTexts
		s.parts.write(texts, []byte(emptyTexts))
		targets.add("comments", texts)
		const contentType = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
		if err := s.parts.declareType(texts, contentType); err != nil {
			return "", "", err
		}
	}
	if shapes == "" {
		shapes = newShapes
		s.parts.write(shapes, []byte(emptyShapes))
		s.setDrawing(targets.add("vmlDrawing", shapes))
		const contentType = "application/vnd.openxmlformats-officedocument.vmlDrawing"
		if err := s.parts.declareExtension("vml", contentType); err != nil {
			return "", "", err
		}
	}
	content, err := targets.doc.WriteToBytes()
	s.parts.write(RelationshipsPart(s.part), content)
	return texts, shapes, err
}

// Write signs notes and adds them to those of the sheet, below the note of somebody else
// where a cell has one. It removes the notes that author signed before, and empty ones.
// sheet is the name of the sheet; excelize tells the sizes of its columns and rows. Write
// changes nothing if the parts of the sheet's notes cannot be read.
func (n *Notes) Write(sheet, author string, notes []Note) error {
	if n.texts == "" {
		return nil
	}
	texts, err1 := parse(n.parts.read(n.texts))
	shapes, err2 := parseVML(n.parts.read(n.shapes))
	if cmp.Or(err1, err2) != nil || !isComments(texts.Root()) || !declareShapes(shapes.Root()) {
		return nil
	}
	signed := make([]Note, len(notes))
	for i, one := range notes {
		signed[i] = Note{one.Cell, Sign(author, one.Text)}
	}
	merged := mergeTexts(texts.Root(), author, signed)
	n.parts.mergeShapes(shapes.Root(), sheet, merged)
	written, err := texts.WriteToBytes()
	if err != nil {
		return err
	}
	drawn, err := shapes.WriteToBytes()
	if err != nil {
		return err
	}
	n.parts.write(n.texts, written)
	n.parts.write(n.shapes, drawn)
	return nil
}

func isComments(root *etree.Element) bool {
	return root.SelectElement("authors") != nil && root.SelectElement("commentList") != nil
}

// merge says how the notes of a sheet were changed.
type merge struct {
	added    []Note
	extended map[Cell]string // whole texts of the notes of others that got an addition
	removed  []Cell          // the cells whose notes were removed
}

// mergeTexts adds signed notes to the texts of a sheet's notes.
func mergeTexts(comments *etree.Element, author string, notes []Note) merge {
	byAuthor := authorID(comments.SelectElement("authors"), author)
	signature := signaturePattern(author)
	wanted := map[Cell]string{}
	for _, one := range notes {
		wanted[one.Cell] = one.Text
	}
	m := merge{extended: map[Cell]string{}}
	list := comments.SelectElement("commentList")
	for _, comment := range list.SelectElements("comment") {
		cell, err := ParseCell(comment.SelectAttrValue("ref", ""))
		if err != nil {
			continue
		}
		said := removeSigned(comment, signature)
		if said == "" || comment.SelectAttrValue("authorId", "") == byAuthor {
			list.RemoveChild(comment)
			m.removed = append(m.removed, cell)
			continue
		}
		if more := wanted[cell]; more != "" {
			addRun(comment.SelectElement("text"), "\n"+more)
			m.extended[cell] = said + "\n" + more
		}
	}
	for _, one := range notes {
		if m.extended[one.Cell] == "" {
			m.added = append(m.added, one)
			comment := addAlike(list, "comment", "ref", one.Cell.String(), "authorId", byAuthor)
			addRun(addAlike(comment, "text"), one.Text)
		}
	}
	return m
}

// authorID is the number of an author, who is added if need be.
func authorID(authors *etree.Element, author string) string {
	all := authors.SelectElements("author")
	i := slices.IndexFunc(all, func(e *etree.Element) bool { return e.Text() == author })
	if i < 0 {
		i = len(all)
		addAlike(authors, "author").SetText(author)
	}
	return strconv.Itoa(i)
}

// signaturePattern matches the line that Sign writes, in a run of a note's text.
func signaturePattern(author string) *regexp.Regexp {
	return regexp.MustCompile(`(?:^|\n)\s*` + regexp.QuoteMeta(author) + `:\s*(?:$|\n)`)
}

// removeSigned removes from a note what stands from the signature on, and returns what is
// left of its text.
func removeSigned(comment *etree.Element, signature *regexp.Regexp) (left string) {
	body := comment.SelectElement("text")
	if body == nil {
		return ""
	}
	for _, run := range body.ChildElements() { // <t>, or <r> with a <t> in it
		t := run
		if run.Tag == "r" {
			t = run.SelectElement("t")
		}
		if t == nil || t.Tag != "t" {
			continue
		}
		at := signature.FindStringIndex(t.Text())
		if at == nil {
			continue
		}
		for len(body.Child) > run.Index()+1 {
			body.RemoveChildAt(run.Index() + 1)
		}
		before := strings.TrimRight(t.Text()[:at[0]], " \t\r\n")
		if t.SetText(before); before == "" {
			body.RemoveChild(run)
		}
		break
	}
	return strings.TrimSpace(text(body))
}

// addRun adds a text in the usual font of notes.
func addRun(body *etree.Element, text string) {
	run := addAlike(body, "r")
	look := addAlike(run, "rPr")
	addAlike(look, "sz", "val", "9")
	addAlike(look, "color", "indexed", "81")
	addAlike(look, "rFont", "val", "Tahoma")
	addAlike(look, "family", "val", "2")
	addAlike(run, "t", "xml:space", "preserve").SetText(text)
}
