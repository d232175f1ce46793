package importer

// This file proves that a workbook is whole, before rows are read from it in
// xlsx.go.

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// verify reads the archive through before excelize does, because excelize takes
// a damaged part for one that ends early, and rows would be missing unnoticed.
func verify(path string) error {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return damaged(err)
	}
	defer archive.Close()
	if !slices.ContainsFunc(archive.File, func(part *zip.File) bool { return strings.EqualFold(part.Name, "xl/workbook.xml") }) {
		return fileError("file.not-xlsx", "The file is named .xlsx, but it is not an Excel workbook: save your table as an Excel workbook (.xlsx).")
	}
	var size uint64
	var seen contents
	for _, part := range archive.File {
		if size += part.UncompressedSize64; part.UncompressedSize64 > MaxUnzipped || size > MaxUnzipped {
			return fileError("file.too-large", "The workbook takes more than %d MB once unzipped: delete sheets that are not needed, or split it into several files.", MaxUnzipped>>20)
		}
		if err := verifyPart(part, &seen); err != nil {
			return damaged(fmt.Errorf("%s: %w", part.Name, err))
		}
	}
	if !seen.whole() {
		return damaged(errMisplaced)
	}
	return nil
}

// verifyPart checks a part's length and checksum and, where cells are read from
// it, that it is XML to its end and that all of it will be read. What is not plain
// may still be sound, and gets the slow look.
func verifyPart(part *zip.File, seen *contents) error {
	name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
	if name != "xl/sharedstrings.xml" && (!strings.HasPrefix(name, "xl/worksheets/") || !strings.HasSuffix(name, ".xml")) {
		return through(part, func(io.Reader) error { return nil })
	}
	seen.begin()
	before := *seen
	err := through(part, func(in io.Reader) error { return plain(in, seen) })
	if errors.Is(err, errNotPlain) {
		*seen = before
		err = through(part, func(in io.Reader) error { return wellFormed(in, seen) })
	}
	return err
}

// through has a part read, and unpacks what is left of it: its length and its
// checksum are compared at its end.
func through(part *zip.File, read func(io.Reader) error) error {
	in, err := part.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	if err = read(in); err == nil {
		_, err = io.Copy(io.Discard, in)
	}
	return err
}

// wellFormed reads XML to its end, and tells seen of its elements.
func wellFormed(in io.Reader, seen *contents) error {
	var text []byte
	for decoder := xml.NewDecoder(in); ; {
		token, err := decoder.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		sound := true
		switch token := token.(type) {
		case xml.StartElement:
			text = nil
			seen.open([]byte(token.Name.Local))
			for _, a := range token.Attr {
				sound = sound && seen.attribute([]byte(a.Name.Local), []byte(a.Value))
			}
		case xml.EndElement:
			sound = seen.close([]byte(token.Name.Local), text)
			text = nil
		case xml.CharData:
			text = append(text, token...)
		}
		if !sound {
			return errMisplaced
		}
	}
}
