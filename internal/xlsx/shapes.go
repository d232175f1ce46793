// This file draws the shapes of notes: where they stand, and how large they are.

package xlsx

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// The namespaces of drawings in VML.
const (
	vmlNamespace    = "urn:schemas-microsoft-com:vml"
	officeNamespace = "urn:schemas-microsoft-com:office:office"
	excelNamespace  = "urn:schemas-microsoft-com:office:excel"
)

// declareShapes declares the usual prefixes in a drawing. It reports false if one of them
// means something else there.
func declareShapes(drawing *etree.Element) bool {
	for _, usual := range [][2]string{{"xmlns:v", vmlNamespace}, {"xmlns:o", officeNamespace}, {"xmlns:x", excelNamespace}} {
		declaration, namespace := usual[0], usual[1]
		if drawing.SelectAttrValue(declaration, namespace) != namespace {
			return false
		}
		drawing.CreateAttr(declaration, namespace)
	}
	return true
}

// mergeShapes draws the notes that were added to a sheet, resizes those that say more
// now, and removes those that were removed.
func (p *Parts) mergeShapes(drawing *etree.Element, sheet string, m merge) {
	gone := map[Cell]bool{}
	for _, cell := range m.removed {
		gone[cell] = true
	}
	for _, note := range m.added { // a shape without a note may stand there
		gone[note.Cell] = true
	}
	for _, shape := range drawing.FindElements(".//shape") {
		cell, isNote := noteCell(shape)
		switch {
		case !isNote:
		case m.extended[cell] != "":
			if anchor := shape.FindElement("./ClientData/Anchor"); anchor != nil {
				anchor.SetText(p.anchor(sheet, cell, m.extended[cell]))
			}
		case gone[cell]:
			shape.Remove()
		}
	}
	number := lastShape(drawing)
	if drawing.FindElement("./shapetype[@id='"+noteShapeType+"']") == nil {
		addShapeType(drawing)
	}
	for _, note := range m.added {
		number++
		addShape(drawing, number, note.Cell, p.anchor(sheet, note.Cell, note.Text))
	}
}

// noteCell is the cell of a shape, if it is that of a note.
func noteCell(shape *etree.Element) (Cell, bool) {
	data := shape.SelectElement("ClientData")
	if data == nil || data.SelectAttrValue("ObjectType", "") != "Note" {
		return Cell{}, false
	}
	number := func(name string) (int, error) {
		e := data.SelectElement(name)
		if e == nil {
			return 0, strconv.ErrSyntax
		}
		return strconv.Atoi(strings.TrimSpace(e.Text()))
	}
	row, err1 := number("Row")
	column, err2 := number("Column")
	return Cell{Column: column + 1, Row: row + 1}, err1 == nil && err2 == nil
}

// Ids of shapes, and of their type.
const (
	shapeIDPrefix = "_x0000_s"
	noteShapeType = "_x0000_t202"
)

// lastShape is the greatest number of the shapes of a drawing. Numbers begin at 1025.
func lastShape(drawing *etree.Element) int {
	const first = 1025
	last := first - 1
	for _, shape := range drawing.FindElements(".//*") {
		for _, attribute := range shape.Attr {
			if digits, is := strings.CutPrefix(attribute.Value, shapeIDPrefix); is {
				if n, err := strconv.Atoi(digits); err == nil {
					last = max(last, n)
				}
			}
		}
	}
	return last
}

// addShapeType says what the shapes of notes have in common.
func addShapeType(drawing *etree.Element) {
	shape := add(drawing, "v:shapetype", "id", noteShapeType, "coordsize", "21600,21600", "o:spt", "202", "path", "m,l,21600r21600,l21600,xe")
	add(shape, "v:stroke", "joinstyle", "miter")
	add(shape, "v:path", "gradientshapeok", "t", "o:connecttype", "rect")
}

// addShape draws a note, hidden until somebody points at its cell.
func addShape(drawing *etree.Element, number int, cell Cell, anchor string) {
	const color = "infoBackground [80]"
	shape := add(drawing, "v:shape", "id", shapeIDPrefix+strconv.Itoa(number), "type", "#"+noteShapeType,
		"style", "position:absolute;z-index:1;visibility:hidden", "fillcolor", color, "o:insetmode", "auto")
	add(shape, "v:fill", "color2", color)
	add(shape, "v:shadow", "color", "none [81]", "obscured", "t")
	add(shape, "v:path", "o:connecttype", "none")
	add(add(shape, "v:textbox", "style", "mso-direction-alt:auto"), "div", "style", "text-align:left")
	data := add(shape, "x:ClientData", "ObjectType", "Note")
	add(data, "x:MoveWithCells")
	add(data, "x:SizeWithCells")
	add(data, "x:Anchor").SetText(anchor)
	add(data, "x:AutoFill").SetText("False")
	add(data, "x:Row").SetText(strconv.Itoa(cell.Row - 1))
	add(data, "x:Column").SetText(strconv.Itoa(cell.Column - 1))
}

// anchor is the place of the note of a cell, with room for its text, to the right of the
// cell: columns, rows, and pixels within them.
func (p *Parts) anchor(sheet string, cell Cell, text string) string {
	const gap = 15 // pixels
	columnWidth := func(column int) int {
		width, err := p.book.GetColWidth(sheet, ColumnName(column))
		if err != nil {
			width = 9 // characters
		}
		return max(int(width*7)+5, 1)
	}
	rowHeight := func(row int) int {
		height, err := p.book.GetRowHeight(sheet, row)
		if err != nil {
			height = 15 // points
		}
		return max(int(height*4/3), 1)
	}
	width, height := noteSize(text)
	column, x := advance(cell.Column+1, gap+width, columnWidth)
	row, y := advance(cell.Row, height, rowHeight)
	return fmt.Sprintf("%d, %d, %d, 0, %d, %d, %d, %d", cell.Column, gap, cell.Row-1, column-1, x, row-1, y)
}

// advance finds the column or row that is some pixels behind the beginning of another, and
// the pixels that remain within it.
func advance(from, pixels int, size func(int) int) (at, rest int) {
	const far = 1000 // columns or rows: those that are hidden have hardly a pixel
	for at = from; at < from+far && pixels >= size(at); at++ {
		pixels -= size(at)
	}
	return at, pixels
}
