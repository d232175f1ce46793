package spreadsheet

// This file proves that a workbook is whole and harmless, before rows are read from it
// in xlsx.go: archive.go judges the archive, contents.go what the parts hold.

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

// maxToken is how many bytes of XML may stand between two tags, or be a tag: more than
// the longest cell that spreadsheets hold, written as references.
const maxToken = 2 << 20

// manyTexts is how many elements the shared strings may have to be kept in memory,
// where two of them, a text, take some 200 bytes.
const manyTexts = 500_000

// survey is what a look through a workbook finds.
type survey struct {
	facts    map[string]*facts // by the sheets' names in lower case
	inMemory int64             // bytes up to which a sheet, or the shared strings, are kept in memory
}

// verify reads the archive through before excelize does, because excelize takes
// a damaged part for one that ends early, and rows would be missing unnoticed.
func verify(path string, limits Limits, progress func(done, total int64)) (survey, error) {
	a, err := openArchive(path, limits, progress)
	if err != nil {
		return survey{}, err
	}
	defer a.file.Close()
	seen := &contents{limits: limits}
	for _, name := range []string{"[content_types].xml", rootPart, workbookPart, targetsPart, stylesPart, "xl/theme/theme1.xml"} {
		if err := a.verify(name, aStructure, seen); err != nil {
			return survey{}, err
		}
	}
	if err := a.verify("xl/calcchain.xml", aChain, seen); err != nil {
		return survey{}, err
	}
	sheets, err := a.sheetParts()
	if err != nil {
		return survey{}, err
	}
	var sheet styleSheet
	if err := a.decode(stylesPart, &sheet); err != nil {
		return survey{}, err
	}
	seen.styles = sheet.styles()
	if err := a.verify(stringsPart, theStrings, seen); err != nil {
		return survey{}, err
	}
	found := survey{facts: map[string]*facts{}, inMemory: MaxInMemory / int64(max(1, len(sheets)))}
	if texts := a.parts[stringsPart]; texts != nil && seen.elements > manyTexts {
		found.inMemory = min(found.inMemory, int64(texts.UncompressedSize64)-1)
	}
	if err := a.rest(sheets, seen, found.facts); err != nil {
		return survey{}, err
	}
	if progress != nil {
		progress(a.size, a.size)
	}
	return found, nil
}

// rest verifies the sheets, of which it notes the facts, and all other parts.
func (a *archive) rest(sheets map[string]string, seen *contents, found map[string]*facts) error {
	bySheet := map[string]*facts{}
	for name, part := range sheets {
		bySheet[part] = &facts{}
		found[name] = bySheet[part]
	}
	for _, name := range slices.Sorted(maps.Keys(a.parts)) {
		if bySheet[name] == nil && !(strings.HasPrefix(name, "xl/worksheets/") && strings.HasSuffix(name, ".xml")) {
			if err := through(a.parts[name], func(io.Reader) error { return nil }); err != nil {
				return errDamaged(fmt.Errorf("%s: %w", name, err))
			}
			continue
		}
		if err := a.verify(name, aSheet, seen); err != nil {
			return err
		}
		if bySheet[name] != nil {
			*bySheet[name] = seen.facts
			bySheet[name].sort()
		}
	}
	return nil
}

// verify checks a part's length and checksum, that it is XML to its end, and that
// all of it will be read. What is not plain may still be sound, and gets the slow look.
func (a *archive) verify(name string, kind kindOfPart, seen *contents) error {
	part := a.parts[name]
	if part == nil {
		return nil
	}
	seen.begin(kind)
	before := *seen
	err := seen.look(part, plain)
	if errors.Is(err, errNotPlain) {
		*seen = before
		err = seen.look(part, wellFormed)
	}
	var refused *FileError
	if err == nil || errors.As(err, &refused) {
		return err
	}
	return errDamaged(fmt.Errorf("%s: %w", name, err))
}

// look reads a part. The reason why the workbook is refused, if there is one, counts
// for more than that the part is not sound.
func (c *contents) look(part *zip.File, read func(io.Reader, *contents) error) error {
	err := through(part, func(in io.Reader) error { return read(in, c) })
	if c.refused != nil {
		return c.refused
	}
	return err
}

// wellFormed reads XML to its end, and tells seen of its elements.
func wellFormed(in io.Reader, seen *contents) error {
	var text []byte
	bounded := &tokens{in: in}
	for decoder := xml.NewDecoder(bounded); ; {
		bounded.left = maxToken
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
			text = text[:0]
			sound = seen.open([]byte(token.Name.Local))
			for _, a := range token.Attr {
				sound = sound && seen.attribute([]byte(a.Name.Local), []byte(a.Value))
			}
		case xml.EndElement:
			sound = seen.close([]byte(token.Name.Local), text)
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

// errTooLong refuses a text or a tag without end.
var errTooLong error = errCellTooLarge()

// tokens reads no more than is left.
type tokens struct {
	in   io.Reader
	left int
}

func (t *tokens) Read(p []byte) (int, error) {
	if t.left <= 0 {
		return 0, errTooLong
	}
	n, err := t.in.Read(p[:min(len(p), t.left)])
	t.left -= n
	return n, err
}
