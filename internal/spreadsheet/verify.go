// This file proves that a workbook is whole and harmless, before xlsx.go reads rows from it:
// archive.go checks the archive, scan.go what the parts hold.

package spreadsheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// maxToken bounds a tag, and the text between two tags, in bytes of XML. The longest cell of
// Excel takes less, even if each character is written as a reference.
const maxToken = 2 << 20

// manyTexts bounds the elements of shared strings that are kept in memory, where two of them, a
// text, take some 200 bytes.
const manyTexts = 500_000

// findings are what the scan of a workbook found.
type findings struct {
	oddities map[string]*sheetOddities // by the sheets' names in lower case
	inMemory int64                     // bytes up to which a sheet, or the shared strings, are kept in memory
}

// verify scans the whole archive before excelize reads it, because excelize takes a damaged
// part for one that ends early, and rows would be missing unnoticed.
func verify(path string, limits Limits, progress func(done, total int64)) (findings, error) {
	a, err := openArchive(path, limits, progress)
	if err != nil {
		return findings{}, err
	}
	defer a.file.Close()
	s := &scan{limits: limits}
	for _, name := range []string{"[content_types].xml", rootPart, workbookPart, targetsPart, stylesPart, "xl/theme/theme1.xml"} {
		if err := a.verify(name, structureKind, s); err != nil {
			return findings{}, err
		}
	}
	if err := a.verify("xl/calcchain.xml", chainKind, s); err != nil {
		return findings{}, err
	}
	sheets, err := a.sheetParts()
	if err != nil {
		return findings{}, err
	}
	var sheet styleSheet
	if err := a.decode(stylesPart, &sheet); err != nil {
		return findings{}, err
	}
	s.styles = sheet.cellStyles()
	if err := a.verify(stringsPart, stringsKind, s); err != nil {
		return findings{}, err
	}
	found := findings{oddities: map[string]*sheetOddities{}, inMemory: MaxInMemory / int64(max(1, len(sheets)))}
	if texts := a.parts[stringsPart]; texts != nil && s.elements > manyTexts {
		found.inMemory = min(found.inMemory, int64(texts.UncompressedSize64)-1)
	}
	if err := a.verifyRest(sheets, s, found.oddities); err != nil {
		return findings{}, err
	}
	if progress != nil {
		progress(a.size, a.size)
	}
	return found, nil
}

// verifyRest verifies the sheets, whose oddities it keeps in found, and all other parts.
func (a *archive) verifyRest(sheets map[string]string, s *scan, found map[string]*sheetOddities) error {
	bySheet := map[string]*sheetOddities{}
	for name, part := range sheets {
		bySheet[part] = &sheetOddities{}
		found[name] = bySheet[part]
	}
	for _, name := range slices.Sorted(maps.Keys(a.parts)) {
		if bySheet[name] == nil && !(strings.HasPrefix(name, "xl/worksheets/") && strings.HasSuffix(name, ".xml")) {
			if err := readPart(a.parts[name], func(io.Reader) error { return nil }); err != nil {
				return errDamaged(fmt.Errorf("%s: %w", name, err))
			}
			continue
		}
		if err := a.verify(name, sheetKind, s); err != nil {
			return err
		}
		if bySheet[name] != nil {
			*bySheet[name] = s.oddities
			bySheet[name].sort()
		}
	}
	return nil
}

// verify checks a part's length and checksum, that it is XML to its end, and that excelize will
// read all of it. XML that is not plain is scanned a second time, the slow way.
func (a *archive) verify(name string, kind partKind, s *scan) error {
	part := a.parts[name]
	if part == nil {
		return nil
	}
	s.startPart(kind)
	before := *s
	err := s.readPart(part, scanPlainXML)
	if errors.Is(err, errNotPlain) {
		*s = before
		err = s.readPart(part, scanAnyXML)
	}
	var refused *FileError
	if err == nil || errors.As(err, &refused) {
		return err
	}
	return errDamaged(fmt.Errorf("%s: %w", name, err))
}

// readPart scans a part. If there is a reason to refuse the workbook, it is returned rather than
// the error that the part is not sound.
func (s *scan) readPart(part *zip.File, read func(io.Reader, *scan) error) error {
	err := readPart(part, func(in io.Reader) error { return read(in, s) })
	if s.refused != nil {
		return s.refused
	}
	return err
}

// scanAnyXML reads XML to its end, and passes its elements to the scan.
func scanAnyXML(in io.Reader, s *scan) error {
	var text []byte
	bounded := &boundedReader{in: in}
	for decoder := xml.NewDecoder(bounded); ; {
		bounded.left = maxToken
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		sound := true
		switch token := token.(type) {
		case xml.StartElement:
			text = text[:0]
			sound = s.startElement([]byte(token.Name.Local))
			for _, a := range token.Attr {
				sound = sound && s.attribute([]byte(a.Name.Local), []byte(a.Value))
			}
		case xml.EndElement:
			sound = s.endElement([]byte(token.Name.Local), text)
			text = text[:0]
		case xml.CharData:
			if text = append(text, token...); len(text) > maxToken {
				return errTooLong
			}
		}
		if !sound {
			return errMisplaced
		}
	}
}

// errTooLong: a text or a tag is longer than maxToken.
var errTooLong error = errCellTooLarge()

// boundedReader reads no more bytes than are left.
type boundedReader struct {
	in   io.Reader
	left int
}

func (r *boundedReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errTooLong
	}
	n, err := r.in.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}
