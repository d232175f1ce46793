// This file reads and sets which program saved a workbook.

package xlsx

import (
	"archive/zip"
	"io"
	"slices"

	"github.com/beevik/etree"
)

// propertiesPart is where the properties of a workbook that has none are put.
const propertiesPart = "docProps/app.xml"

// propertiesOf finds the part of the properties by the relationships of the workbook as a whole.
// Source: ECMA-376, part 1, section 15.2.12.3 (Extended File Properties Part); the second kind is
// that of the strict form.
func propertiesOf(whole *Relationships) (part string, ok bool) {
	found, ok := whole.First("extended-properties")
	if !ok {
		found, ok = whole.First("extendedProperties")
	}
	return found.Part, ok && found.Part != ""
}

// SetApplication writes into the properties of a workbook which program saved it. A spreadsheet
// program that saves the workbook later writes its own name instead.
func (p *Parts) SetApplication(name string) error {
	whole, err := p.relationships("")
	if err != nil {
		return err
	}
	part, ok := propertiesOf(whole)
	doc, err := parse(p.read(part))
	if !ok || err != nil {
		if part, doc, err = p.addProperties(whole); err != nil {
			return err
		}
	}
	application := doc.Root().SelectElement("Application")
	if application == nil {
		application = addAlike(doc.Root(), "Application")
	}
	application.SetText(name)
	content, err := doc.WriteToBytes()
	if err != nil {
		return err
	}
	p.write(part, content)
	return nil
}

// addProperties adds the part of the properties, which is still to be written.
func (p *Parts) addProperties(whole *Relationships) (part string, doc *etree.Document, err error) {
	part, ok := propertiesOf(whole)
	if !ok {
		part = propertiesPart
		whole.add("extended-properties", part)
		content, err := whole.doc.WriteToBytes()
		if err != nil {
			return "", nil, err
		}
		p.write(RelationshipsPart(""), content)
		p.book.Relationships.Delete(RelationshipsPart("")) // excelize reads them again
	}
	const namespace = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
	doc, err = parse([]byte(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" + `<Properties xmlns="` + namespace + `"/>`))
	if err != nil {
		return "", nil, err
	}
	return part, doc, p.declareType(part, "application/vnd.openxmlformats-officedocument.extended-properties+xml")
}

// Application is which program saved a workbook last, as its properties say; "" if they do not, or
// the file is no workbook.
func Application(path string) string {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return ""
	}
	defer archive.Close()
	whole, err := ReadRelationships("", partIn(archive, RelationshipsPart("")))
	if err != nil {
		return ""
	}
	part, _ := propertiesOf(whole)
	doc, err := parse(partIn(archive, part))
	if err != nil {
		return ""
	}
	if application := doc.Root().SelectElement("Application"); application != nil {
		return application.Text()
	}
	return ""
}

// partIn is the content of a small part, or nothing.
func partIn(archive *zip.ReadCloser, part string) []byte {
	const most = 1 << 20 // bytes
	i := slices.IndexFunc(archive.File, func(f *zip.File) bool { return f.Name == part })
	if i < 0 {
		return nil
	}
	in, err := archive.File[i].Open()
	if err != nil {
		return nil
	}
	defer in.Close()
	content, err := io.ReadAll(io.LimitReader(in, most))
	if err != nil {
		return nil
	}
	return content
}
