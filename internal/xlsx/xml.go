// This file reads and writes small parts as trees of elements.

package xlsx

import (
	"encoding/xml"
	"errors"
	"strings"

	"github.com/beevik/etree"
)

// parse reads a part that must be well-formed.
func parse(content []byte) (*etree.Document, error) {
	return parseInto(etree.NewDocument(), content)
}

// parseVML reads a drawing. Excel writes <br> into drawings without closing it.
func parseVML(content []byte) (*etree.Document, error) {
	doc := etree.NewDocument()
	doc.ReadSettings.Permissive = true
	doc.ReadSettings.AutoClose = []string{"br"}
	doc.ReadSettings.Entity = xml.HTMLEntity
	return parseInto(doc, content)
}

func parseInto(doc *etree.Document, content []byte) (*etree.Document, error) {
	doc.WriteSettings = etree.WriteSettings{CanonicalEndTags: true, CanonicalText: true, CanonicalAttrVal: true}
	if err := doc.ReadFromBytes(content); err != nil {
		return nil, err
	}
	if doc.Root() == nil {
		return nil, errors.New("the part is empty")
	}
	return doc, nil
}

// add adds an element to another, with attributes as pairs of name and value.
func add(parent *etree.Element, tag string, attributes ...string) *etree.Element {
	e := parent.CreateElement(tag)
	for i := 0; i < len(attributes); i += 2 {
		e.CreateAttr(attributes[i], attributes[i+1])
	}
	return e
}

// addAlike adds an element of the namespace of the other, by the prefix that it has
// there.
func addAlike(parent *etree.Element, name string, attributes ...string) *etree.Element {
	e := add(parent, name, attributes...)
	e.Space = parent.Space
	return e
}

// text is all text in an element.
func text(e *etree.Element) string {
	var out strings.Builder
	for _, child := range e.Child {
		switch child := child.(type) {
		case *etree.CharData:
			out.WriteString(child.Data)
		case *etree.Element:
			out.WriteString(text(child))
		}
	}
	return out.String()
}
