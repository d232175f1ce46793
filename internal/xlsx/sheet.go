// This file changes what stands in a sheet's part beside its rows.

package xlsx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// Sheet is a sheet of a workbook that somebody else wrote. Its rows, which may be many,
// are not taken apart.
type Sheet struct {
	parts   *Parts
	part    string
	frame   *etree.Document // the sheet without rows
	rows    []byte
	changed bool
}

// Sheet reads a sheet. What is changed in it is written by Save.
func (p *Parts) Sheet(part string) (*Sheet, error) {
	content := p.read(part)
	from, to, err := findRows(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", part, err)
	}
	frame, err := parse(slices.Concat(content[:from], content[to:]))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", part, err)
	}
	s := &Sheet{parts: p, part: part, frame: frame, rows: content[from:to]}
	s.declarePrefix()
	return s, nil
}

// findRows finds where the rows of a sheet begin and end: what stands in sheetData. Rows
// hold no element of that name, so that its last end is looked for, and nothing between.
func findRows(content []byte) (from, to int, err error) {
	decoder := xml.NewDecoder(bytes.NewReader(content))
	for {
		token, err := decoder.RawToken()
		if err != nil {
			return 0, 0, fmt.Errorf("no rows were found: %w", err)
		}
		start, is := token.(xml.StartElement)
		if !is || start.Name.Local != "sheetData" {
			continue
		}
		from = int(decoder.InputOffset())
		if content[from-2] == '/' { // <sheetData/>
			return from, from, nil
		}
		end := "</sheetData"
		if start.Name.Space != "" {
			end = "</" + start.Name.Space + ":sheetData"
		}
		if to = bytes.LastIndex(content, []byte(end)); to < from {
			return 0, 0, errors.New("the rows do not end")
		}
		return from, to, nil
	}
}

// Save writes the sheet, if it was changed.
func (s *Sheet) Save() error {
	if !s.changed {
		return nil
	}
	frame, err := s.frame.WriteToBytes()
	if err != nil {
		return err
	}
	from, to, err := findRows(frame)
	if err != nil {
		return err
	}
	s.parts.write(s.part, slices.Concat(frame[:from], s.rows, frame[to:]))
	s.changed = false
	return nil
}

// declarePrefix declares the prefix r of relationships. Where a sheet has notes, excelize
// writes that prefix and does not declare it.
func (s *Sheet) declarePrefix() {
	const declaration = "xmlns:r"
	if s.frame.Root().SelectAttr(declaration) == nil {
		s.frame.Root().CreateAttr(declaration, relationshipsNamespace)
		s.changed = true
	}
}

// afterDrawing are the elements that stand behind legacyDrawing.
// Source: ECMA-376, part 1, section 18.3.1.99 (worksheet).
var afterDrawing = []string{"legacyDrawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst"}

// setDrawing makes the sheet refer to the shapes of its notes, by the id of a relationship.
func (s *Sheet) setDrawing(id string) {
	root := s.frame.Root()
	if old := root.SelectElement("legacyDrawing"); old != nil { // it refers to no shapes
		root.RemoveChild(old)
	}
	drawing := addAlike(root, "legacyDrawing", "r:id", id)
	for _, e := range root.ChildElements() {
		if slices.Contains(afterDrawing, e.Tag) {
			root.InsertChildAt(e.Index(), drawing)
			break
		}
	}
	s.changed = true
}

// drawing is the id of the relationship to the shapes of the sheet's notes, or "".
func (s *Sheet) drawing() string {
	drawing := s.frame.Root().SelectElement("legacyDrawing")
	if drawing == nil {
		return ""
	}
	return drawing.SelectAttrValue("id", "")
}

// RemoveValidations removes the validations that some cells have, drop-downs and others,
// and all that refer to the sheet lists. It knows both forms: that of the first edition,
// and the extension of Excel 2010, for what refers to other sheets.
func (s *Sheet) RemoveValidations(cells []Cell, lists string) {
	for _, block := range s.frame.FindElements("//dataValidations") {
		left := 0
		for _, one := range block.SelectElements("dataValidation") {
			if strings.Contains(text(one), lists+"!") || s.freed(one, cells) {
				block.RemoveChild(one)
				s.changed = true
				continue
			}
			left++
		}
		if count := block.SelectAttr("count"); count != nil {
			count.Value = strconv.Itoa(left)
		}
		for e := block; e != s.frame.Root() && len(e.ChildElements()) == 0; {
			parent := e.Parent()
			e.Remove() // and the extension and the list of extensions around it, if it was all they held
			e = parent
		}
	}
}

// freed removes cells from those of a validation, and reports whether none is left.
func (s *Sheet) freed(validation *etree.Element, cells []Cell) bool {
	references := validation.SelectAttrValue("sqref", "")
	inside := validation.SelectElement("sqref")
	if inside != nil {
		references = inside.Text()
	}
	left := removeCells(references, cells)
	if left == references {
		return false
	}
	s.changed = true
	if inside != nil {
		inside.SetText(left)
	} else {
		validation.CreateAttr("sqref", left)
	}
	return left == ""
}
