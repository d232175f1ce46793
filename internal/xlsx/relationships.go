// This file reads and extends relationships, by which a part refers to others.

package xlsx

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// relationshipsNamespace begins the types of relationships, and is the namespace of the
// attributes that name one.
const relationshipsNamespace = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

// Relationship is a reference from one part to another.
type Relationship struct {
	ID   string // among the relationships of its part
	Type string // a URL
	Part string // the other part; "" if that is outside the workbook
}

// Is reports whether the relationship is of a kind, such as "comments": the end of its
// type. Workbooks in the strict form have other URLs, and the same ends.
func (r Relationship) Is(kind string) bool { return strings.HasSuffix(r.Type, "/"+kind) }

// Relationships are those of one part.
type Relationships struct {
	List []Relationship
	doc  *etree.Document
}

// RelationshipsPart is the part that holds the relationships of a part, those of the
// workbook as a whole if part is "".
func RelationshipsPart(part string) string {
	folder, name := path.Split(part)
	return folder + "_rels/" + name + ".rels"
}

// ReadRelationships reads the relationships of a part: content is that of its
// RelationshipsPart, or empty if there is none.
func ReadRelationships(part string, content []byte) (*Relationships, error) {
	if len(content) == 0 {
		content = []byte(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" +
			`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>`)
	}
	doc, err := parse(content)
	if err != nil {
		return nil, fmt.Errorf("the relationships of %s: %w", part, err)
	}
	r := &Relationships{doc: doc}
	for _, e := range doc.Root().SelectElements("Relationship") {
		one := Relationship{ID: e.SelectAttrValue("Id", ""), Type: e.SelectAttrValue("Type", "")}
		if e.SelectAttrValue("TargetMode", "") != "External" {
			one.Part = resolve(part, e.SelectAttrValue("Target", ""))
		}
		r.List = append(r.List, one)
	}
	return r, nil
}

// resolve is the part that the target of a relationship of a part names.
func resolve(from, target string) string {
	target = strings.ReplaceAll(target, `\`, "/")
	if !strings.HasPrefix(target, "/") {
		target = path.Dir("/"+from) + "/" + target
	}
	return strings.TrimPrefix(path.Clean(target), "/")
}

// ByID finds a relationship. It finds none if several have that id.
func (r *Relationships) ByID(id string) (found Relationship, ok bool) {
	for _, one := range r.List {
		if one.ID == id {
			if ok {
				return Relationship{}, false
			}
			found, ok = one, true
		}
	}
	return found, ok
}

// partsByID are the parts by the ids of the relationships, without ids that several have. It
// takes no longer with many relationships and many ids, as a hostile workbook may have.
func (r *Relationships) partsByID() map[string]string {
	parts, seen := map[string]string{}, map[string]bool{}
	for _, one := range r.List {
		if parts[one.ID] = one.Part; seen[one.ID] {
			parts[one.ID] = ""
		}
		seen[one.ID] = true
	}
	return parts
}

// First finds the first relationship of a kind.
func (r *Relationships) First(kind string) (found Relationship, ok bool) {
	i := slices.IndexFunc(r.List, func(one Relationship) bool { return one.Is(kind) })
	if i < 0 {
		return Relationship{}, false
	}
	return r.List[i], true
}

// add adds a relationship, and returns its id.
func (r *Relationships) add(kind, part string) (id string) {
	one := Relationship{Type: relationshipsNamespace + "/" + kind, Part: part}
	for n := len(r.List) + 1; ; n++ {
		one.ID = fmt.Sprintf("rId%d", n)
		if !slices.ContainsFunc(r.List, func(other Relationship) bool { return other.ID == one.ID }) {
			break
		}
	}
	r.List = append(r.List, one)
	addAlike(r.doc.Root(), "Relationship", "Id", one.ID, "Type", one.Type, "Target", "/"+part)
	return one.ID
}

// WorkbookPart finds the part of the workbook itself by the relationships of the workbook
// as a whole. It is "" if they name none.
func WorkbookPart(whole *Relationships) string {
	found, _ := whole.First("officeDocument")
	return found.Part
}

// SheetPart is a sheet, and its part, "" if that is not known or outside the workbook.
type SheetPart struct{ Name, Part string }

// SheetParts lists the sheets of a workbook in their order. content is that of the
// WorkbookPart.
func SheetParts(content []byte, targets *Relationships) (sheets []SheetPart, err error) {
	doc, err := parse(content)
	if err != nil {
		return nil, fmt.Errorf("the list of sheets: %w", err)
	}
	parts := targets.partsByID()
	for _, e := range doc.Root().FindElements("./sheets/sheet") {
		sheets = append(sheets, SheetPart{Name: e.SelectAttrValue("name", ""), Part: parts[e.SelectAttrValue("id", "")]})
	}
	return sheets, nil
}
