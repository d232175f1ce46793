// This file annotates a copy of the author's own workbook. What an earlier Annotate put into it is
// found again and replaced: the notes by their author, the drop-downs by listsSheet, the colours
// by faultyFill, the columns by their names.

package report

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

// copyColumns are the columns that a copy gets or, where it has them, that are written again.
// bt_cells, of a sheet of failures, is not added: the copy itself shows the cells.
var copyColumns = selectColumns(rollout.ColumnCells, rollout.ColumnProblem, rollout.ColumnSuggestion, rollout.ColumnNote).columns()

// annotation is what a row gets.
type annotation struct {
	line  int      // of the row, in its sheet
	cells []string // of the row, as they were read
	texts []string // under copyColumns
	marks []mark
}

// workbookCopy is a copy that is being annotated.
type workbookCopy struct {
	book    *excelize.File
	batch   *rollout.Batch
	styles  styles
	hints   *hints
	derived map[derivation]int // the styles that were derived so far
}

// derivation says what style a cell had, and what becomes of it.
type derivation struct {
	style  int
	marked bool // the cell gets the colours of a mark; otherwise it loses them
	asText bool // what is typed into the cell stays text
}

// annotateCopy writes the annotated copy to out. done is false if the workbook could not be
// copied because excelize does not understand it; then out may hold a part of it.
func annotateCopy(out io.Writer, source string, b *rollout.Batch, headers []int, sites iter.Seq2[rollout.Site, error]) (done bool,
	err error) {
	book, err := excelize.OpenFile(source, excelize.Options{UnzipSizeLimit: maxCopiedBytes, UnzipXMLSizeLimit: maxCopiedBytes})
	if err != nil {
		return false, nil
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	c := &workbookCopy{book: book, batch: b, hints: newHints(book), derived: map[derivation]int{}}
	found, err := c.annotations(sites)
	if err != nil {
		return false, err
	}
	failed := recovered(func() error {
		book.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(out) })
		return c.annotate(found, headers)
	})
	if failed != nil {
		return false, nil // the file is written again
	}
	_, err = book.WriteTo(io.Discard)
	return err == nil, err
}

// recovered runs a step and returns a panic as an error: excelize panics on some workbooks of
// other programs.
func recovered(step func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return step()
}

// annotations finds what each row gets, by sheet. Cells beyond those that may have hints get
// their colours only.
func (c *workbookCopy) annotations(sites iter.Seq2[rollout.Site, error]) (map[int][]annotation, error) {
	found := map[int][]annotation{}
	for site, err := range sites {
		if err != nil {
			return nil, err
		}
		_, line := c.batch.Locate(site.Row)
		a := annotation{line: line, texts: textsIn(copyColumns, c.batch, &site), marks: marksOf(c.batch, &site)}
		if len(a.marks) == 0 && !slices.ContainsFunc(a.texts, func(text string) bool { return text != "" }) {
			continue
		}
		a.cells = site.Cells
		for i, m := range a.marks {
			if m.column != noCell && !c.hints.reserve() {
				a.marks[i].note, a.marks[i].choices = "", nil
			}
		}
		k := site.Row.Sheet()
		found[k] = append(found[k], a)
	}
	return found, nil
}

// annotate writes the annotations into the workbook. What excelize would not keep of a sheet is
// changed before excelize reads the sheet; the notes come last, when the sizes of cells are
// known.
func (c *workbookCopy) annotate(found map[int][]annotation, headers []int) error {
	parts := xlsx.NewParts(c.book)
	paths, err := parts.SheetParts()
	if err = errors.Join(err, parts.SetApplication(RoleMarked.application())); err != nil {
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
	if c.styles, err = newStyles(c.book); err != nil {
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
	return c.hints.finish(c.styles.text)
}

// prepare removes from a sheet the validations of cells that get a drop-down, and the
// drop-downs of an earlier run. It returns a function that writes the notes of the sheet.
func prepare(
	parts *xlsx.Parts, paths map[string]string, source *rollout.Sheet, found []annotation,
) (writeNotes func() error, err error) {
	var notes []xlsx.Note
	var listed []xlsx.Cell
	for _, a := range found {
		for _, m := range a.marks {
			if m.column == noCell {
				continue
			}
			cell, err := xlsx.ParseCell(fmt.Sprintf("%s%d", source.Letters[m.column], a.line))
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
	sheetNotes, err := sheet.Notes(len(notes) > 0)
	if err != nil {
		return nil, err
	}
	return func() error { return sheetNotes.Write(source.Name, author, notes) }, sheet.Save()
}

// sheet annotates one sheet, whose header is in row header.
func (c *workbookCopy) sheet(sheet *rollout.Sheet, header int, found []annotation) error {
	rows, err := c.book.GetRows(sheet.Name, excelize.Options{RawCellValue: true})
	if err != nil {
		return err
	}
	hasNotes := slices.ContainsFunc(found, func(a annotation) bool { return a.texts[len(a.texts)-1] != "" })
	columns, err := c.columns(sheet.Name, rows, header, hasNotes)
	if err != nil {
		return err
	}
	if err := c.unmark(sheet, rows, header); err != nil {
		return err
	}
	for _, a := range found {
		for i, text := range a.texts {
			if columns[i] == "" || text == "" {
				continue
			}
			style := c.styles.text
			if copyColumns[i].name == rollout.ColumnProblem && slices.ContainsFunc(a.marks, func(m mark) bool { return m.column == noCell }) {
				style = c.styles.faulty
			}
			if err := c.write(sheet.Name, columns[i], a.line, text, style); err != nil {
				return err
			}
			if err := c.raise(sheet.Name, a.line, xlsx.CountLines(text, copyColumns[i].width)); err != nil {
				return err
			}
		}
		for _, m := range a.marks {
			if m.column == noCell {
				continue
			}
			if err := c.mark(sheet.Name, sheet.Letters[m.column], a, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// columns returns the letters of copyColumns in a sheet. It empties those that an earlier
// run left, and makes the others behind all columns in use, but none for bt_cells, and one for notes
// only if hasNotes: the letter of a column that is missing is "".
func (c *workbookCopy) columns(sheet string, rows [][]string, header int, hasNotes bool) ([]string, error) {
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
	letters := make([]string, len(copyColumns))
	for i, a := range copyColumns {
		at := -1
		if header <= len(rows) {
			at = slices.IndexFunc(rows[header-1], func(name string) bool { return strings.EqualFold(strings.TrimSpace(name), a.name) })
		}
		if at >= 0 {
			letters[i] = xlsx.ColumnName(at + 1)
			for r := header; r < len(rows); r++ {
				if at < len(rows[r]) && rows[r][at] != "" {
					err = errors.Join(err, c.write(sheet, letters[i], r+1, "", c.styles.text))
				}
			}
			continue
		}
		if a.name == rollout.ColumnCells || a.name == rollout.ColumnNote && !hasNotes {
			continue
		}
		used++
		letters[i] = xlsx.ColumnName(used)
		err = errors.Join(err,
			c.write(sheet, letters[i], header, a.name, c.styles.addedHeader),
			c.book.SetColWidth(sheet, letters[i], letters[i], float64(a.width)))
	}
	return letters, err
}

// write writes a text into a cell, or empties it, and gives it a style.
func (c *workbookCopy) write(sheet, column string, line int, text string, style int) error {
	cell := fmt.Sprintf("%s%d", column, line)
	var value any
	if text != "" {
		value = safe(text)
	}
	return errors.Join(c.book.SetCellValue(sheet, cell, value), c.book.SetCellStyle(sheet, cell, cell, style))
}

// raise makes a row at least as high as that many lines need.
func (c *workbookCopy) raise(sheet string, line, lines int) error {
	if lines == 1 {
		return nil // every row has room for one, unless its author wants otherwise
	}
	height, err := c.book.GetRowHeight(sheet, line)
	if err != nil || height >= xlsx.RowHeight(lines) {
		return err
	}
	return c.book.SetRowHeight(sheet, line, xlsx.RowHeight(lines))
}

// codesOfForm are problems of the kind of a cell, not of its text: if the cell became text, the
// next upload would not find them.
var codesOfForm = []string{rollout.CodeRowDate, rollout.CodeRowMerged, rollout.CodeRowFormulaEmpty, rollout.CodeRowCellError}

// mark colours a cell and gives it its drop-down. A number becomes the text as which it was
// read, because numbers lose their zeros.
func (c *workbookCopy) mark(sheet, column string, a annotation, m mark) error {
	cell := fmt.Sprintf("%s%d", column, a.line)
	formula, err := c.book.GetCellFormula(sheet, cell)
	if err != nil {
		return err
	}
	asText := formula == "" && !slices.ContainsFunc(m.codes, func(code string) bool { return slices.Contains(codesOfForm, code) })
	if asText && m.column < len(a.cells) && a.cells[m.column] != "" {
		cellType, err := c.book.GetCellType(sheet, cell)
		if err != nil {
			return err
		}
		if cellType == excelize.CellTypeNumber || cellType == excelize.CellTypeUnset {
			if err := c.book.SetCellStr(sheet, cell, safe(a.cells[m.column])); err != nil {
				return err
			}
		}
	}
	if err := c.restyle(sheet, cell, true, asText); err != nil {
		return err
	}
	return c.hints.addDropDown(sheet, cell, m.choices)
}

// restyle gives a cell the colours of a mark, or takes them away, and leaves the rest of its
// style alone.
func (c *workbookCopy) restyle(sheet, cell string, marked, asText bool) error {
	was, err := c.book.GetCellStyle(sheet, cell)
	if err != nil {
		return err
	}
	key := derivation{was, marked, asText}
	style, known := c.derived[key]
	if !known {
		if style, err = c.derive(key); err != nil {
			return err
		}
		c.derived[key] = style
	}
	return c.book.SetCellStyle(sheet, cell, cell, style)
}

// derive makes a style, and returns the workbook's number for it.
func (c *workbookCopy) derive(d derivation) (int, error) {
	style, err := c.book.GetStyle(d.style)
	if err != nil {
		return 0, err
	}
	defaultFont, err := c.book.GetDefaultFont()
	if err != nil {
		return 0, err
	}
	const defaultSize = 11 // points
	font := &excelize.Font{}
	if style.Font != nil {
		*font = *style.Font
	}
	font.Family, font.Size = cmp.Or(font.Family, defaultFont), cmp.Or(font.Size, defaultSize)
	font.ColorTheme, font.ColorIndexed, font.ColorTint, font.Color = nil, 0, 0, ""
	style.Fill = excelize.Fill{}
	if d.marked {
		font.Color, style.Fill = faultyFont, xlsx.Fill(faultyFill)
	}
	if d.asText {
		style.NumFmt, style.CustomNumFmt = xlsx.TextFormat, nil
	}
	style.Font = font
	return c.book.NewStyle(style)
}

// unmark takes the colours from the cells below the header that an earlier run marked.
func (c *workbookCopy) unmark(sheet *rollout.Sheet, rows [][]string, header int) error {
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
