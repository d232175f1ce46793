package report

// This file annotates a copy of the author's own workbook.

import (
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
)

// finding is what is said of one row.
type finding struct {
	line  int // in its sheet
	cells []string
	texts []string // in annotations
	marks []mark
}

// copied is a workbook under way.
type copied struct {
	book   *excelize.File
	batch  *rollout.Batch
	looks  styles
	voice  *voice
	marked map[look]int // derived styles
}

// look is the style of a cell, and what is made of it.
type look struct {
	style        int
	fault, typed bool // it is marked; what is typed into it stays text
}

// annotateCopy writes the annotated copy to out, and whether it could be made: a
// workbook that the library cannot take apart is no fault of anybody.
func annotateCopy(out io.Writer, source string, b *rollout.Batch, headers []int, sites iter.Seq2[rollout.Site, error]) (done bool, err error) {
	book, err := excelize.OpenFile(source, excelize.Options{UnzipSizeLimit: maxCopiedBytes, UnzipXMLSizeLimit: maxCopiedBytes})
	if err != nil {
		return false, nil
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	c := &copied{book: book, batch: b, voice: newVoice(book), marked: map[look]int{}}
	found, err := c.findings(sites)
	if err != nil {
		return false, err
	}
	failed := guarded(func() error {
		book.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(out) })
		return c.annotate(found, headers)
	})
	if failed != nil {
		return false, nil // the file is written anew
	}
	_, err = book.WriteTo(io.Discard)
	return err == nil, err
}

// guarded turns a panic of the library, which other programs' workbooks may cause, into
// an error.
func guarded(step func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return step()
}

// findings are what is said, by sheet. Cells beyond those that may speak are marked
// only.
func (c *copied) findings(sites iter.Seq2[rollout.Site, error]) (map[int][]finding, error) {
	found := map[int][]finding{}
	for site, err := range sites {
		if err != nil {
			return nil, err
		}
		_, line := c.batch.Locate(site.Row)
		f := finding{line: line, texts: textsIn(annotations, c.batch, &site), marks: marksOf(c.batch, &site)}
		if len(f.marks) == 0 && !slices.ContainsFunc(f.texts, func(text string) bool { return text != "" }) {
			continue
		}
		f.cells = site.Cells
		for i, m := range f.marks {
			if m.place != noCell && !c.voice.allows() {
				f.marks[i].note, f.marks[i].choices = "", nil
			}
		}
		k := site.Row.Sheet()
		found[k] = append(found[k], f)
	}
	return found, nil
}

// annotate puts the findings into the workbook. What excelize does not keep of a sheet is
// changed before excelize reads it; the notes come last, when the sizes of cells are known.
func (c *copied) annotate(found map[int][]finding, headers []int) error {
	parts := xlsx.NewParts(c.book)
	paths, err := parts.SheetParts()
	if err != nil {
		return err
	}
	notes := make([]func() error, len(c.batch.Sheets))
	for k := range c.batch.Sheets {
		if notes[k], err = prepare(parts, paths, &c.batch.Sheets[k], found[k]); err != nil {
			return err
		}
	}
	if i, err := c.book.GetSheetIndex(listsSheet); err == nil && i >= 0 { // of an earlier run
		if err := c.book.DeleteSheet(listsSheet); err != nil {
			return err
		}
	}
	if c.looks, err = newStyles(c.book); err != nil {
		return err
	}
	for k := range c.batch.Sheets {
		if err := c.sheet(&c.batch.Sheets[k], headers[k], found[k]); err != nil {
			return err
		}
	}
	for _, write := range notes {
		if err := write(); err != nil {
			return err
		}
	}
	return c.voice.finish(c.looks.text)
}

// prepare removes from a sheet what might forbid what its cells are to hold, and returns
// what writes its notes.
func prepare(parts *xlsx.Parts, paths map[string]string, source *rollout.Sheet, found []finding) (writeNotes func() error, err error) {
	var notes []xlsx.Note
	var listed []xlsx.Cell
	for _, f := range found {
		for _, m := range f.marks {
			if m.place == noCell {
				continue
			}
			cell, err := xlsx.ParseCell(fmt.Sprintf("%s%d", source.Letters[m.place], f.line))
			if err != nil {
				return nil, err
			}
			if m.note != "" {
				notes = append(notes, xlsx.Note{Cell: cell, Text: safe(m.note)})
			}
			if len(m.choices) > 0 {
				listed = append(listed, cell)
			}
		}
	}
	sheet, err := parts.Sheet(paths[source.Name])
	if err != nil {
		return nil, err
	}
	sheet.RemoveValidations(listed, listsSheet)
	there, err := sheet.Notes(len(notes) > 0)
	if err != nil {
		return nil, err
	}
	return func() error { return there.Write(source.Name, author, notes) }, sheet.Save()
}

// sheet annotates one sheet.
func (c *copied) sheet(sheet *rollout.Sheet, header int, found []finding) error {
	rows, err := c.book.GetRows(sheet.Name, excelize.Options{RawCellValue: true})
	if err != nil {
		return err
	}
	columns, err := c.columns(sheet.Name, rows, header, slices.ContainsFunc(found, func(f finding) bool { return f.texts[len(f.texts)-1] != "" }))
	if err != nil {
		return err
	}
	if err := c.unmark(sheet, rows, header); err != nil {
		return err
	}
	for _, f := range found {
		for i, text := range f.texts {
			if columns[i] == "" || text == "" {
				continue
			}
			look := c.looks.text
			if annotations[i].name == rollout.ColumnProblem && slices.ContainsFunc(f.marks, func(m mark) bool { return m.place == noCell }) {
				look = c.looks.faulty
			}
			if err := c.write(sheet.Name, columns[i], f.line, text, look); err != nil {
				return err
			}
			if err := c.raise(sheet.Name, f.line, xlsx.CountLines(text, annotations[i].width)); err != nil {
				return err
			}
		}
		for _, m := range f.marks {
			if m.place == noCell {
				continue
			}
			if err := c.mark(sheet.Name, sheet.Letters[m.place], f, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// columns finds or makes the columns of the annotations, and empties those that are
// there from an earlier run: the letter of each. That of notes is made if it is needed.
func (c *copied) columns(sheet string, rows [][]string, header int, noted bool) ([]string, error) {
	used := 0
	for _, row := range rows {
		used = max(used, len(row))
	}
	merged, err := c.book.GetMergeCells(sheet, true)
	if err != nil {
		return nil, err
	}
	for _, m := range merged {
		column, _, err := excelize.CellNameToCoordinates(m.GetEndAxis())
		if err != nil {
			return nil, err
		}
		used = max(used, column)
	}
	letters := make([]string, len(annotations))
	for i, a := range annotations {
		at := -1
		if header <= len(rows) {
			at = slices.IndexFunc(rows[header-1], func(name string) bool { return strings.EqualFold(strings.TrimSpace(name), a.name) })
		}
		if at >= 0 {
			letters[i] = xlsx.ColumnName(at + 1)
			for r := header; r < len(rows); r++ {
				if at < len(rows[r]) && rows[r][at] != "" {
					err = errors.Join(err, c.write(sheet, letters[i], r+1, "", c.looks.text))
				}
			}
			continue
		}
		if a.name == rollout.ColumnNote && !noted {
			continue
		}
		used++
		letters[i] = xlsx.ColumnName(used)
		err = errors.Join(err,
			c.write(sheet, letters[i], header, a.name, c.looks.addedHeader),
			c.book.SetColWidth(sheet, letters[i], letters[i], float64(a.width)))
	}
	return letters, err
}

// write writes a text into a cell.
func (c *copied) write(sheet, column string, line int, text string, look int) error {
	cell := fmt.Sprintf("%s%d", column, line)
	var value any
	if text != "" {
		value = safe(text)
	}
	return errors.Join(c.book.SetCellValue(sheet, cell, value), c.book.SetCellStyle(sheet, cell, cell, look))
}

// raise makes a row as high as some lines need.
func (c *copied) raise(sheet string, line, lines int) error {
	if lines == 1 {
		return nil // every row has room for one, save where its author wants otherwise
	}
	height, err := c.book.GetRowHeight(sheet, line)
	if err != nil || height >= xlsx.RowHeight(lines) {
		return err
	}
	return c.book.SetRowHeight(sheet, line, xlsx.RowHeight(lines))
}

// codesOfForm are problems of what a cell is, not of what stands in it: made text, it
// would hide them from the next upload.
var codesOfForm = []string{rollout.CodeRowDate, rollout.CodeRowMerged, rollout.CodeRowFormulaEmpty, rollout.CodeRowCellError}

// mark colours a cell and gives it its list. What was a number becomes the text as
// which it was read, since numbers lose their zeros.
func (c *copied) mark(sheet, column string, f finding, m mark) error {
	cell := fmt.Sprintf("%s%d", column, f.line)
	formula, err := c.book.GetCellFormula(sheet, cell)
	if err != nil {
		return err
	}
	typed := formula == "" && !slices.ContainsFunc(m.codes, func(code string) bool { return slices.Contains(codesOfForm, code) })
	if typed && m.place < len(f.cells) && f.cells[m.place] != "" {
		kind, err := c.book.GetCellType(sheet, cell)
		if err != nil {
			return err
		}
		if kind == excelize.CellTypeNumber || kind == excelize.CellTypeUnset {
			if err := c.book.SetCellStr(sheet, cell, safe(f.cells[m.place])); err != nil {
				return err
			}
		}
	}
	if err := c.restyle(sheet, cell, true, typed); err != nil {
		return err
	}
	return c.voice.offer(sheet, cell, m.choices)
}

// restyle gives a cell the look of one that is marked, or of one that is no longer, and
// leaves the rest of its look alone.
func (c *copied) restyle(sheet, cell string, fault, typed bool) error {
	was, err := c.book.GetCellStyle(sheet, cell)
	if err != nil {
		return err
	}
	key := look{was, fault, typed}
	style, known := c.marked[key]
	if !known {
		if style, err = c.derive(key); err != nil {
			return err
		}
		c.marked[key] = style
	}
	return c.book.SetCellStyle(sheet, cell, cell, style)
}

func (c *copied) derive(l look) (int, error) {
	style, err := c.book.GetStyle(l.style)
	if err != nil {
		return 0, err
	}
	usual, err := c.book.GetDefaultFont()
	if err != nil {
		return 0, err
	}
	const usualSize = 11 // points
	font := &excelize.Font{}
	if style.Font != nil {
		*font = *style.Font
	}
	font.Family, font.Size = cmp.Or(font.Family, usual), cmp.Or(font.Size, usualSize)
	font.ColorTheme, font.ColorIndexed, font.ColorTint, font.Color = nil, 0, 0, ""
	style.Fill = excelize.Fill{}
	if l.fault {
		font.Color, style.Fill = faultyFont, xlsx.Fill(faultyFill)
	}
	if l.typed {
		style.NumFmt, style.CustomNumFmt = xlsx.TextFormat, nil
	}
	style.Font = font
	return c.book.NewStyle(style)
}

// unmark takes the colour from the cells below the header that an earlier run gave it,
// which nobody else uses.
func (c *copied) unmark(sheet *rollout.Sheet, rows [][]string, header int) error {
	ours := map[int]bool{}
	for i := range c.book.Styles.CellXfs.Xf {
		style, err := c.book.GetStyle(i)
		if err != nil {
			return err
		}
		if slices.Equal(style.Fill.Color, []string{faultyFill}) {
			ours[i] = true
		}
	}
	for line := header + 1; line <= len(rows); line++ {
		for _, column := range sheet.Letters {
			cell := fmt.Sprintf("%s%d", column, line)
			style, err := c.book.GetCellStyle(sheet.Name, cell)
			if err != nil {
				return err
			}
			if ours[style] {
				if err := c.restyle(sheet.Name, cell, false, false); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
