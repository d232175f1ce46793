// This file reads and writes the parts of a workbook that excelize has open.

package xlsx

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Parts are the parts of an open workbook. A part must be changed before excelize reads it,
// or never be read by excelize: excelize overwrites a part with what it read.
type Parts struct{ book *excelize.File }

// NewParts gives access to the parts of a workbook, all of which excelize holds in memory.
func NewParts(book *excelize.File) *Parts { return &Parts{book} }

// read returns the content of a part, or nothing if there is no such part.
func (p *Parts) read(part string) []byte {
	content, _ := p.book.Pkg.Load(part)
	read, _ := content.([]byte)
	return read
}

func (p *Parts) write(part string, content []byte) { p.book.Pkg.Store(part, content) }

// relationships reads those of a part.
func (p *Parts) relationships(part string) (*Relationships, error) {
	return ReadRelationships(part, p.read(RelationshipsPart(part)))
}

// SheetParts finds the part of each sheet by its name.
func (p *Parts) SheetParts() (map[string]string, error) {
	whole, err := p.relationships("")
	if err != nil {
		return nil, err
	}
	workbook := WorkbookPart(whole)
	targets, err := p.relationships(workbook)
	if err != nil {
		return nil, err
	}
	sheets, err := SheetParts(p.read(workbook), targets)
	if err != nil {
		return nil, err
	}
	parts := map[string]string{}
	for _, sheet := range sheets {
		parts[sheet.Name] = sheet.Part
	}
	return parts, nil
}

const contentTypesPart = "[Content_Types].xml"

// declareType says of what type a part is.
func (p *Parts) declareType(part, contentType string) error {
	return p.declare("Override", "PartName", "/"+part, contentType)
}

// declareExtension says of what type the parts with an extension are, unless that is
// said already.
func (p *Parts) declareExtension(extension, contentType string) error {
	return p.declare("Default", "Extension", extension, contentType)
}

func (p *Parts) declare(element, key, value, contentType string) error {
	doc, err := parse(p.read(contentTypesPart))
	if err != nil {
		return fmt.Errorf("the types of parts: %w", err)
	}
	for _, e := range doc.Root().SelectElements(element) {
		if strings.EqualFold(e.SelectAttrValue(key, ""), value) {
			return nil
		}
	}
	addAlike(doc.Root(), element, key, value, "ContentType", contentType)
	content, err := doc.WriteToBytes()
	if err != nil {
		return err
	}
	p.write(contentTypesPart, content)
	p.book.ContentTypes = nil // excelize reads them again
	return nil
}
