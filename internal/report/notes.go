package report

// This file writes the notes of a sheet into its parts. Notes of others stay as they
// are; ours of an earlier run are replaced.

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"btrollout/internal/xlsx"
)

// comment is what is said at a cell.
type comment struct {
	xlsx.Cell
	text string
}

// ours begins what we say, alone or below the note of somebody else. By it our words
// are known again: not every spreadsheet keeps the authors of notes.
const ours = author + ":\n"

// The parts of notes, before there is one.
const (
	noTexts = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" +
		`<comments xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><authors></authors><commentList></commentList></comments>`
	noShapes = `<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel">` +
		`<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>`
	noteShape = `<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">` +
		`<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>`
)

// lineBreak is one as XML may hold it.
const lineBreak = `(?:\n|&#xA;|&#10;)`

var (
	authorsOf   = regexp.MustCompile(`(?s)<authors\s*/>|<authors>(.*?)</authors>`)
	oneAuthor   = regexp.MustCompile(`(?s)<author\s*/>|<author\b` + attributes + `>(.*?)</author>`)
	listOf      = regexp.MustCompile(`(?s)<commentList\s*/>|<commentList>(.*)</commentList>`)
	oneComment  = regexp.MustCompile(`(?s)<comment\b` + attributes + `>.*?</comment>`)
	refOf       = regexp.MustCompile(`\bref="([^"]*)"`)
	authorOf    = regexp.MustCompile(`\bauthorId="(\d+)"`)
	ourWords    = regexp.MustCompile(`(?:>|` + lineBreak + `)\s*` + author + `:\s*(?:<|` + lineBreak + `)`)
	blankEnd    = regexp.MustCompile(`(?:\s|` + lineBreak + `)+$`)
	anyTag      = regexp.MustCompile(`<[^>]*>`)
	oneShape    = regexp.MustCompile(`(?s)<v:shape\b.*?</v:shape>`)
	shapeNumber = regexp.MustCompile(`_x0000_s(\d+)`)
	shapeRow    = regexp.MustCompile(`<x:Row>\s*(\d+)\s*</x:Row>`)
	shapeColumn = regexp.MustCompile(`<x:Column>\s*(\d+)\s*</x:Column>`)
	shapeAnchor = regexp.MustCompile(`(?s)<x:Anchor>.*?</x:Anchor>`)
)

// writeNotes writes our notes into a sheet that makeNotes has made ready, be there any,
// and takes away those of an earlier run.
func (p *parts) writeNotes(sheet, name string, notes []comment) error {
	found, _, ok := p.notesOf(sheet)
	texts, shapes := p.get(found.texts), p.get(found.shapes)
	end := strings.LastIndex(shapes, "</xml>")
	if !ok || end < 0 || !authorsOf.MatchString(texts) || !listOf.MatchString(texts) {
		return nil // bt_problem says it alone
	}
	texts, kept, dropped := mergeTexts(texts, notes)
	shapes = oneShape.ReplaceAllStringFunc(shapes[:end], func(shape string) string {
		at, isNote := shapePlace(shape)
		switch {
		case !isNote || !slices.Contains(dropped, at) && kept[at] == "":
			return shape
		case kept[at] != "": // somebody else's, which says more now
			return shapeAnchor.ReplaceAllLiteralString(shape, "<x:Anchor>"+p.anchor(name, at, boxOf(kept[at]))+"</x:Anchor>")
		}
		return ""
	})
	number := 1024
	for _, match := range shapeNumber.FindAllStringSubmatch(shapes, -1) {
		n, err := strconv.Atoi(match[1])
		if err == nil {
			number = max(number, n)
		}
	}
	var out strings.Builder
	out.WriteString(shapes)
	if !strings.Contains(shapes, `id="_x0000_t202"`) {
		out.WriteString(noteShape)
	}
	for _, n := range notes {
		if kept[n.Cell] == "" {
			number++
			out.WriteString(shapeOf(number, n.Cell, p.anchor(name, n.Cell, boxOf(ours+n.text))))
		}
	}
	out.WriteString("</xml>")
	p.set(found.texts, texts)
	p.set(found.shapes, out.String())
	return nil
}

// mergeTexts puts notes into the texts of a sheet's notes. It returns what notes of
// others say now to which something was added, and the places at which ours were.
func mergeTexts(part string, notes []comment) (merged string, kept map[xlsx.Cell]string, dropped []xlsx.Cell) {
	authors := authorsOf.FindStringSubmatch(part)[1]
	written := oneAuthor.FindAllStringSubmatch(authors, -1)
	us := slices.IndexFunc(written, func(match []string) bool { return match[1] == author })
	if us < 0 {
		us = len(written)
		authors += "<author>" + author + "</author>"
	}
	said := map[string]string{}
	for _, n := range notes {
		said[n.String()] = n.text
	}
	kept = map[xlsx.Cell]string{}
	list := oneComment.ReplaceAllStringFunc(listOf.FindStringSubmatch(part)[1], func(one string) string {
		ref := refOf.FindStringSubmatch(one)
		by := authorOf.FindStringSubmatch(one)
		if ref == nil {
			return one
		}
		one, left := withoutOurs(one)
		if left == "" || by != nil && by[1] == strconv.Itoa(us) {
			if at, err := xlsx.ParseCell(ref[1]); err == nil {
				dropped = append(dropped, at)
			}
			return ""
		}
		if text := said[ref[1]]; text != "" {
			one = strings.Replace(one, "</text>", runOf("\n"+ours+text)+"</text>", 1)
			if at, err := xlsx.ParseCell(ref[1]); err == nil {
				kept[at] = left + "\n" + ours + text
			}
		}
		return one
	})
	var added strings.Builder
	for _, n := range notes {
		if kept[n.Cell] == "" {
			fmt.Fprintf(&added, `<comment ref="%s" authorId="%d"><text>%s</text></comment>`, n.Cell, us, runOf(ours+n.text))
		}
	}
	merged = replaceOnce(authorsOf, part, "<authors>"+authors+"</authors>")
	return replaceOnce(listOf, merged, "<commentList>"+list+added.String()+"</commentList>"), kept, dropped
}

// withoutOurs cuts a comment where our words begin. It also returns what is left of its
// text.
func withoutOurs(one string) (rest, left string) {
	if at := ourWords.FindStringIndex(one); at != nil {
		begin := at[0]
		if one[begin] == '>' {
			begin++
		}
		rest = blankEnd.ReplaceAllString(one[:begin], "")
		if strings.LastIndex(rest, "<t") > strings.LastIndex(rest, "</t>") {
			rest += "</t>"
		}
		if strings.LastIndex(rest, "<r>") > strings.LastIndex(rest, "</r>") {
			rest += "</r>"
		}
		one = rest + "</text></comment>"
	}
	return one, strings.TrimSpace(anyTag.ReplaceAllString(one, ""))
}

func replaceOnce(pattern *regexp.Regexp, text, with string) string {
	at := pattern.FindStringIndex(text)
	return text[:at[0]] + with + text[at[1]:]
}

// runOf is a text in the usual font of notes.
func runOf(text string) string {
	return `<r><rPr><sz val="9"/><color indexed="81"/><rFont val="Tahoma"/><family val="2"/></rPr><t xml:space="preserve">` + escaped(text) + `</t></r>`
}

// shapePlace is the cell of a shape, if that is a note's.
func shapePlace(shape string) (xlsx.Cell, bool) {
	row, column := shapeRow.FindStringSubmatch(shape), shapeColumn.FindStringSubmatch(shape)
	if row == nil || column == nil || !strings.Contains(shape, `ObjectType="Note"`) {
		return xlsx.Cell{}, false
	}
	r, err1 := strconv.Atoi(row[1])
	c, err2 := strconv.Atoi(column[1])
	return xlsx.Cell{Column: c + 1, Row: r + 1}, err1 == nil && err2 == nil
}

// shapeOf is the shape of a note, hidden until somebody points at its cell.
func shapeOf(number int, at xlsx.Cell, anchor string) string {
	return fmt.Sprintf(`<v:shape id="_x0000_s%d" type="#_x0000_t202" style="position:absolute;z-index:1;visibility:hidden" fillcolor="infoBackground [80]" o:insetmode="auto">`+
		`<v:fill color2="infoBackground [80]"/><v:shadow color="none [81]" obscured="t"/><v:path o:connecttype="none"/>`+
		`<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>`+
		`<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>%s</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>%d</x:Row><x:Column>%d</x:Column></x:ClientData></v:shape>`,
		number, anchor, at.Row-1, at.Column-1)
}

// anchor says where a note of some size stands: to the right of its cell, by columns,
// rows and pixels within them.
func (p *parts) anchor(sheet string, at xlsx.Cell, size box) string {
	const gap = 15 // pixels
	across := func(column int) int {
		width, err := p.book.GetColWidth(sheet, xlsx.ColumnName(column))
		if err != nil {
			width = 9
		}
		return max(int(width*7)+5, 1)
	}
	down := func(row int) int {
		height, err := p.book.GetRowHeight(sheet, row)
		if err != nil {
			height = 15
		}
		return max(int(height*4/3), 1)
	}
	column, x := along(at.Column+1, gap+int(size.width), across)
	row, y := along(at.Row, int(size.height), down)
	return fmt.Sprintf("%d, %d, %d, 0, %d, %d, %d, %d", at.Column, gap, at.Row-1, column-1, x, row-1, y)
}

// along goes so many pixels on from the beginning of a column or row: to which, and how
// far into that.
func along(from, pixels int, size func(int) int) (at, rest int) {
	const far = 1000 // columns or rows: those that are hidden have hardly a pixel
	for at = from; at < from+far && pixels >= size(at); at++ {
		pixels -= size(at)
	}
	return at, pixels
}
