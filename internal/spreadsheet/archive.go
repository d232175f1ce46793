package spreadsheet

// This file judges a workbook's archive by what it says of its parts, before anything
// is unpacked from it. What the parts hold is looked at in verify.go.

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path"
	"strings"
)

// Bounds of an archive. No spreadsheet comes near those that have no sentence of their
// own in judge.
const (
	maxDirectory = 4 << 20  // bytes of the archive's list of parts
	maxParts     = 5000     // parts
	maxSheets    = 250      // sheets
	maxOther     = 64 << 20 // bytes of the parts that are neither sheets nor shared strings: excelize keeps them in memory
	maxRatio     = 250      // bytes of a part for each byte as it is stored; 200,000 rows that differ in one number have 125
	ratioFrom    = 4 << 20  // bytes from which on a part's ratio matters
)

// archive is a workbook as the parts that it consists of.
type archive struct {
	file  *os.File
	size  int64
	parts map[string]*zip.File // by their names in lower case
}

// errDirectory says that an archive's list of parts has no end in sight.
var errDirectory = errors.New("the archive's list of parts is too long")

// openArchive lists a workbook's parts and judges them.
func openArchive(name string, limits Limits, progress func(done, total int64)) (*archive, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	a := &archive{file: file, parts: map[string]*zip.File{}}
	if err := a.list(progress); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := a.judge(limits); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return a, nil
}

// list reads the archive's list of parts.
func (a *archive) list(progress func(done, total int64)) error {
	info, err := a.file.Stat()
	if err != nil {
		return err
	}
	a.size = info.Size()
	read := &meter{in: a.file, total: a.size, most: maxDirectory}
	all, err := zip.NewReader(read, a.size)
	switch {
	case errors.Is(err, errDirectory):
		return errSuspicious(err)
	case err != nil:
		return errDamaged(err)
	case len(all.File) > maxParts:
		return errSuspicious(errDirectory)
	}
	read.done, read.most, read.progress = 0, 0, progress
	for _, part := range all.File {
		name, ok := partName(part.Name)
		if _, twice := a.parts[name]; twice || !ok {
			return errSuspicious(errors.New("a part has no name of its own: " + part.Name))
		}
		a.parts[name] = part
	}
	return nil
}

// partName is how a part is found: in lower case, with slashes.
func partName(name string) (found string, ok bool) {
	name = strings.ToLower(strings.ReplaceAll(name, `\`, "/"))
	whole := strings.TrimSuffix(name, "/") // of a folder
	return name, whole == path.Clean(whole) && whole != ".." && !strings.HasPrefix(whole, "../") && !strings.HasPrefix(whole, "/") && !strings.Contains(whole, ":")
}

// isStreamed reports whether a part is unpacked to a file, if it is large.
func isStreamed(name string) bool {
	return name == stringsPart || strings.HasPrefix(name, "xl/worksheets/sheet")
}

// judge holds the sizes that the parts are said to have to the limits. Unpacking them
// proves that they have no more.
func (a *archive) judge(limits Limits) error {
	if a.parts[workbookPart] == nil {
		is := formOfArchive(func(name string) bool { return a.parts[name] != nil })
		return errNotXLSX(is)
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
	targetsPart  = "xl/_rels/workbook.xml.rels"
	rootPart     = "_rels/.rels"
	stylesPart   = "xl/styles.xml"
	stringsPart  = "xl/sharedstrings.xml"
)

// errTargets says that a workbook does not say clearly which part is which sheet.
var errTargets = errors.New("the sheets' parts cannot be told")

// relationships are what one part says of others.
type relationships []struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
	Mode   string `xml:"TargetMode,attr"`
}

// sheetParts finds the part of each sheet, by the sheet's name in lower case, as
// excelize does. Source: ECMA-376, part 1, section 18.2.19 (sheet).
func (a *archive) sheetParts() (map[string]string, error) {
	var workbook struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	var root, targets struct {
		All relationships `xml:"Relationship"`
	}
	if err := errors.Join(a.decode(workbookPart, &workbook), a.decode(rootPart, &root), a.decode(targetsPart, &targets)); err != nil {
		return nil, err
	}
	for _, r := range root.All {
		if name, _ := partName(strings.TrimPrefix(r.Target, "/")); strings.HasSuffix(r.Type, "/officeDocument") && name != workbookPart {
			return nil, errDamaged(errTargets)
		}
	}
	if len(workbook.Sheets) > maxSheets {
		return nil, errTooManySheets()
	}
	byID := map[string]string{}
	for _, r := range targets.All {
		if _, twice := byID[r.ID]; twice {
			return nil, errDamaged(errTargets)
		}
		byID[r.ID] = target(r.Target)
		if r.Mode == "External" {
			byID[r.ID] = "" // nothing outside the workbook is ever read
		}
	}
	parts, used := map[string]string{}, map[string]bool{}
	for _, s := range workbook.Sheets {
		name, part := strings.ToLower(s.Name), byID[s.ID]
		if _, twice := parts[name]; twice || used[part] || a.parts[part] == nil {
			return nil, errDamaged(errTargets)
		}
		parts[name], used[part] = part, true
	}
	return parts, nil
}

// target is the part that a workbook's relationship names.
func target(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	if !strings.HasPrefix(name, "/") {
		name = "/" + path.Dir(workbookPart) + "/" + name
	}
	return strings.ToLower(strings.TrimPrefix(path.Clean(name), "/"))
}

// decode reads a part of the workbook's own making, if it is there.
func (a *archive) decode(name string, into any) error {
	part := a.parts[name]
	if part == nil {
		return nil
	}
	err := through(part, func(in io.Reader) error {
		if err := xml.NewDecoder(in).Decode(into); err != io.EOF { // io.EOF: there is nothing in it
			return err
		}
		return nil
	})
	if err != nil {
		return errDamaged(err)
	}
	return nil
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

// meter counts what is read of a file.
type meter struct {
	in       io.ReaderAt
	done     int64
	total    int64
	most     int64 // beyond which nothing is read; 0: there is no such bound
	progress func(done, total int64)
	told     int64
}

// ReadAt reads, and tells how far it has come, some hundred times in all.
func (m *meter) ReadAt(p []byte, offset int64) (int, error) {
	if m.most > 0 && m.done+int64(len(p)) > m.most {
		return 0, errDirectory
	}
	n, err := m.in.ReadAt(p, offset)
	m.done = m.done + int64(n)
	if done := min(m.done, m.total); m.progress != nil && done < m.total && done-m.told >= max(1, m.total/100) {
		m.told = done
		m.progress(done, m.total)
	}
	return n, err
}
