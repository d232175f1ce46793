// This file checks a workbook's archive by what it says of its parts, before anything is
// unpacked from it. What the parts hold is checked in verify.go.

package spreadsheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"btrollout/internal/xlsx"
)

// Bounds of an archive. Beyond maxSheets and maxOther, a person is told the bound; no
// spreadsheet program comes near the others.
const (
	maxDirectory = 4 << 20  // bytes of the archive's list of parts
	maxParts     = 5000     // parts
	maxSheets    = 250      // sheets
	maxOther     = 64 << 20 // bytes of the parts that are neither sheets nor shared strings: excelize keeps them in memory
	maxRatio     = 250      // bytes of a part for each byte as it is stored; 200,000 rows that differ in one number have 125
	ratioFrom    = 4 << 20  // bytes from which on a part's ratio matters
	maxTree      = 16 << 20 // bytes of a part that is read as a tree, which takes up to twelve times as much memory
)

// archive is an open workbook as its parts.
type archive struct {
	file  *os.File
	size  int64
	parts map[string]*zip.File // by their names in lower case
}

// errDirectory: the archive lists more parts than any workbook.
var errDirectory = errors.New("the archive's list of parts is too long")

// openArchive lists a workbook's parts and checks their sizes.
func openArchive(name string, limits Limits, progress func(done, total int64)) (*archive, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, errRead(err)
	}
	a := &archive{file: file, parts: map[string]*zip.File{}}
	if err := a.readDirectory(progress); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := a.checkSizes(limits); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return a, nil
}

// readDirectory reads the archive's list of parts.
func (a *archive) readDirectory(progress func(done, total int64)) error {
	info, err := a.file.Stat()
	if err != nil {
		return err
	}
	a.size = info.Size()
	reader := &countingReader{in: a.file, total: a.size, most: maxDirectory}
	all, err := zip.NewReader(reader, a.size)
	switch {
	case errors.Is(err, errDirectory):
		return errSuspicious(err)
	case err != nil:
		return errDamaged(err)
	case len(all.File) > maxParts:
		return errSuspicious(errDirectory)
	}
	reader.read, reader.most, reader.progress = 0, 0, progress
	for _, part := range all.File {
		name, ok := partName(part.Name)
		if _, twice := a.parts[name]; twice || !ok {
			return errSuspicious(errors.New("a part has no name of its own: " + part.Name))
		}
		a.parts[name] = part
	}
	return nil
}

// partName is the name by which a part is found: in lower case, with slashes. It is not ok if
// the part would lie outside the archive.
func partName(name string) (found string, ok bool) {
	name = strings.ToLower(strings.ReplaceAll(name, `\`, "/"))
	whole := strings.TrimSuffix(name, "/") // of a folder
	outside := whole == ".." || strings.HasPrefix(whole, "../") || strings.HasPrefix(whole, "/") || strings.Contains(whole, ":")
	return name, whole == path.Clean(whole) && !outside
}

// isStreamed reports whether excelize unpacks a large part to a file.
func isStreamed(name string) bool {
	return name == stringsPart || strings.HasPrefix(name, "xl/worksheets/sheet")
}

// checkSizes refuses a workbook whose parts, by the sizes that the archive gives, are beyond the
// limits. Unpacking a part proves that its size is right.
func (a *archive) checkSizes(limits Limits) error {
	if a.parts[workbookPart] == nil {
		return errNotXLSX(formOfArchive(func(name string) bool { return a.parts[name] != nil }))
	}
	var size, stored, other uint64
	for name, part := range a.parts {
		unpacked := part.UncompressedSize64
		size, stored = size+unpacked, stored+part.CompressedSize64
		if unpacked > uint64(limits.Unzipped) || size > uint64(limits.Unzipped) {
			return errUnzippedTooLarge(limits.Unzipped)
		}
		if !isStreamed(name) {
			other += unpacked
		}
		if part.CompressedSize64 > uint64(a.size) || stored > uint64(a.size) {
			return errSuspicious(errors.New("the parts overlap"))
		}
		if unpacked > ratioFrom && unpacked/maxRatio > part.CompressedSize64 {
			return errSuspicious(errors.New("a part is packed more than any table: " + part.Name))
		}
	}
	if other > maxOther {
		return errOthersTooLarge()
	}
	return nil
}

// The parts that every workbook has, by their names in lower case.
const (
	workbookPart = "xl/workbook.xml"
	stylesPart   = "xl/styles.xml"
	stringsPart  = "xl/sharedstrings.xml"
)

// The parts that say where the workbook and its sheets are.
var (
	rootPart    = xlsx.RelationshipsPart("")
	targetsPart = xlsx.RelationshipsPart(workbookPart)
)

// errTargets: the workbook does not say clearly which part is which sheet.
var errTargets = errors.New("the sheets' parts cannot be told")

// sheetParts finds the part of each sheet, by the sheet's name in lower case, as
// excelize does. Source: ECMA-376, part 1, section 18.2.19 (sheet).
func (a *archive) sheetParts() (map[string]string, error) {
	root, err := a.relationships("")
	if err != nil {
		return nil, err
	}
	for _, r := range root.List {
		if r.Is("officeDocument") && strings.ToLower(r.Part) != workbookPart {
			return nil, errDamaged(errTargets)
		}
	}
	targets, err := a.relationships(workbookPart)
	if err != nil {
		return nil, err
	}
	workbook, err := a.content(workbookPart)
	if err != nil {
		return nil, err
	}
	sheets, err := xlsx.SheetParts(workbook, targets)
	if err != nil {
		return nil, errDamaged(err)
	}
	if len(sheets) > maxSheets {
		return nil, errTooManySheets()
	}
	parts, used := map[string]string{}, map[string]bool{}
	for _, s := range sheets {
		name, part := strings.ToLower(s.Name), strings.ToLower(s.Part)
		if _, twice := parts[name]; twice || used[part] || a.parts[part] == nil {
			return nil, errDamaged(errTargets)
		}
		parts[name], used[part] = part, true
	}
	return parts, nil
}

// relationships reads those of a part.
func (a *archive) relationships(part string) (*xlsx.Relationships, error) {
	content, err := a.content(xlsx.RelationshipsPart(part))
	if err != nil {
		return nil, err
	}
	r, err := xlsx.ReadRelationships(part, content)
	if err != nil {
		return nil, errDamaged(err)
	}
	return r, nil
}

// content is a part that is read as a tree; empty if there is no such part.
func (a *archive) content(name string) (content []byte, err error) {
	part := a.parts[name]
	if part == nil {
		return nil, nil
	}
	if part.UncompressedSize64 > maxTree {
		return nil, errSuspicious(errors.New("a part that lists others is longer than any list: " + part.Name))
	}
	err = readPart(part, func(in io.Reader) error {
		content, err = io.ReadAll(in)
		return err
	})
	if err != nil {
		return nil, errDamaged(err)
	}
	return content, nil
}

// decode decodes the XML of a part, if the part exists.
func (a *archive) decode(name string, into any) error {
	part := a.parts[name]
	if part == nil {
		return nil
	}
	err := readPart(part, func(in io.Reader) error {
		if err := xml.NewDecoder(in).Decode(into); !errors.Is(err, io.EOF) { // io.EOF: there is nothing in it
			return err
		}
		return nil
	})
	if err != nil {
		return errDamaged(err)
	}
	return nil
}

// readPart reads a part by a function, and unpacks what the function left: the part's length
// and checksum are compared at its end.
func readPart(part *zip.File, read func(io.Reader) error) error {
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

// countingReader counts the bytes that are read of a file.
type countingReader struct {
	in       io.ReaderAt
	read     int64 // bytes so far
	total    int64
	most     int64 // bytes that may be read; 0: any number
	progress func(done, total int64)
	reported int64 // bytes when progress was called last
}

// ReadAt reads, and calls progress some hundred times in all.
func (r *countingReader) ReadAt(p []byte, offset int64) (int, error) {
	if r.most > 0 && r.read+int64(len(p)) > r.most {
		return 0, errDirectory
	}
	n, err := r.in.ReadAt(p, offset)
	r.read += int64(n)
	if done := min(r.read, r.total); r.progress != nil && done < r.total && done-r.reported >= max(1, r.total/100) {
		r.reported = done
		r.progress(done, r.total)
	}
	return n, err
}
