// This file tests how a rollout file comes back to its author: annotated, and fit to be
// uploaded as it is.

package report_test

import (
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/importer"
	"btrollout/internal/report"
	"btrollout/internal/rollout"
)

// intake is a rollout file as it was read.
type intake struct {
	batch   rollout.Batch
	headers []int
	sites   []rollout.Site
}

// read imports a file.
func read(t *testing.T, path string) intake {
	t.Helper()
	f, err := importer.Open(path, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := batch()
	b.File, b.State, b.Sheets = filepath.Base(path), rollout.Checked, f.Columns()
	in := intake{batch: b}
	for _, sheet := range f.Sheets() {
		in.headers = append(in.headers, sheet.Row)
	}
	for s, err := range f.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		in.sites = append(in.sites, s)
	}
	return in
}

// reject finds a fault with a site of that name.
func (in intake) reject(t *testing.T, name string, problems ...rollout.Problem) {
	t.Helper()
	for i := range in.sites {
		if in.sites[i].Name == name {
			in.sites[i].State, in.sites[i].Problems = rollout.Rejected, append(in.sites[i].Problems, problems...)
			return
		}
	}
	t.Fatalf("no site is called %q", name)
}

// annotate writes the annotated workbook, and opens it.
func (in intake) annotate(t *testing.T, source string) *excelize.File {
	t.Helper()
	out := filepath.Join(t.TempDir(), "annotated.xlsx")
	if _, err := report.Annotate(out, source, in.batch, in.headers, stream(in.sites...)); err != nil {
		t.Fatal(err)
	}
	return open(t, out)
}

// identical checks that the annotated file gives the same sites as the source.
func (in intake) identical(t *testing.T, path string) {
	t.Helper()
	back := read(t, path)
	if len(back.sites) != len(in.sites) {
		t.Fatalf("%d sites came back of %d", len(back.sites), len(in.sites))
	}
	for i, was := range in.sites {
		now := back.sites[i]
		if !slices.Equal(now.Cells, was.Cells) || now.Name != was.Name || now.Country != was.Country || !maps.Equal(now.Address, was.Address) {
			t.Errorf("came back as %+v, was %+v", now, was)
		}
	}
}

func pcWrong(suggestion string) rollout.Problem {
	return rollout.Problem{Code: "address.pattern", Field: "pc", Suggestion: suggestion,
		Message: rollout.Say("The postal code is wrong: give five digits.", "Le code postal est faux : écrivez cinq chiffres.")}
}

// own is a workbook as people make them: the header in the third row, numbers, formulas,
// notes, lists, formats, and a sheet that is not for btrollout.
func own(t *testing.T) string {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	must := func(errs ...error) {
		t.Helper()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	set := func(sheet, cell string, value any) { must(book.SetCellValue(sheet, cell, value)) }
	must(book.SetSheetName("Sheet1", "FR"))
	set("FR", "A1", "Rollout 2026")
	for i, header := range []string{"technicalSiteName", "customerSiteLabel", "country", "vpn", "pc", "a3", "Comment", "Cost"} {
		set("FR", cell(t, i, 3), header)
	}
	for row, name := range []string{"PAR-1", "LYO-1", "NCE-1"} {
		line := row + 4
		for i, value := range []any{name, "Label", "FR", "1", 1234 + row, "Paris", "=x", nil} {
			if text, ok := value.(string); ok && text == "=x" {
				value = "'=x"
			}
			set("FR", cell(t, i, line), value)
		}
		must(book.SetCellFormula("FR", cell(t, 7, line), "1+1"))
	}
	code := "00000"
	zeros, err := book.NewStyle(&excelize.Style{CustomNumFmt: &code, Font: &excelize.Font{Bold: true, Family: "Arial", Size: 12},
		Border: []excelize.Border{{Type: "left", Color: "0000FF", Style: 1}}})
	must(err, book.SetCellStyle("FR", "E4", "E6", zeros), book.SetColWidth("FR", "B", "B", 33))
	list := excelize.NewDataValidation(true)
	list.Sqref = "E4:F1048576"
	list.SetError(excelize.DataValidationErrorStyleStop, "No", "Choose > one")
	must(list.SetDropList([]string{"75001", "75002"}), book.AddDataValidation("FR", list))
	must(
		book.AddComment("FR", excelize.Comment{Cell: "A3", Author: "Anne", Paragraph: []excelize.RichTextRun{{Text: "The <name> & more"}}}),
		book.AddComment("FR", excelize.Comment{Cell: "E5", Author: "Anne", Text: "I asked them"}),
	)
	_, err = book.NewSheet("Notes")
	must(err)
	set("Notes", "B2", "by hand")
	must(book.AddComment("Notes", excelize.Comment{Cell: "B2", Author: "Bob", Text: "mine"}))
	path := filepath.Join(t.TempDir(), "own.xlsx")
	must(book.SaveAs(path))
	return path
}

// said are the notes of a sheet, by cell, with their authors.
func said(t *testing.T, book *excelize.File, sheet string) map[string]string {
	t.Helper()
	comments, err := book.GetComments(sheet)
	if err != nil {
		t.Fatal(err)
	}
	notes := map[string]string{}
	for _, c := range comments {
		if notes[c.Cell] != "" {
			t.Errorf("%s has two notes", c.Cell)
		}
		text := c.Author + "|" + c.Text
		for _, run := range c.Paragraph {
			text += run.Text
		}
		notes[c.Cell] = strings.Replace(text, "btrollout|btrollout:\n", "btrollout|", 1)
	}
	return notes
}

// lists are the values that the cells of a sheet offer. They forbid nothing.
func lists(t *testing.T, book *excelize.File, sheet string) map[string][]string {
	t.Helper()
	all, err := book.GetDataValidations(sheet)
	if err != nil {
		t.Fatal(err)
	}
	offered := map[string][]string{}
	for _, one := range all {
		formula, ours := strings.CutPrefix(one.Formula1, "bt_lists!")
		if !ours {
			offered[one.Sqref] = []string{one.Formula1}
			continue
		}
		if one.ShowErrorMessage || one.Type != "list" || one.ShowDropDown {
			t.Errorf("the list of %s forbids something, or is not shown: %+v", one.Sqref, one)
		}
		from, to, _ := strings.Cut(strings.ReplaceAll(formula, "$", ""), ":")
		first, row, err := excelize.CellNameToCoordinates(from)
		if err != nil {
			t.Fatal(err)
		}
		last, _, err := excelize.CellNameToCoordinates(to)
		if err != nil {
			t.Fatal(err)
		}
		for i := first; i <= last; i++ {
			value, err := book.GetCellValue("bt_lists", cell(t, i-1, row))
			if err != nil {
				t.Fatal(err)
			}
			offered[one.Sqref] = append(offered[one.Sqref], value)
		}
	}
	if visible, err := book.GetSheetVisible("bt_lists"); err == nil && visible && len(offered) > 0 {
		t.Error("the sheet of lists is in sight")
	}
	return offered
}

func value(t *testing.T, book *excelize.File, sheet, cell string) string {
	t.Helper()
	text, err := book.GetCellValue(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAnAnnotatedCopy(t *testing.T) {
	t.Parallel()
	source := own(t)
	in := read(t, source)
	in.reject(t, "LYO-1", pcWrong("01235"))
	in.reject(t, "NCE-1", rollout.Problem{Code: "order.odd", Message: rollout.Text{EN: "=It is odd."}},
		rollout.Problem{Field: "a3", Message: rollout.Text{EN: "@City."}, Suggestion: "=Nice"})
	book := in.annotate(t, source)
	in.identical(t, book.Path)

	if got := book.GetSheetList(); !slices.Equal(got, []string{"FR", "Notes", "bt_lists"}) {
		t.Errorf("sheets %q", got)
	}
	wantNotes := map[string]string{
		"A3": "Anne|The <name> & more",
		"E5": "Anne|I asked them\nbtrollout:\nThe postal code is wrong: give five digits.\nSuggestion: 01235",
		"F6": "btrollout|'@City.\nSuggestion: =Nice",
	}
	if got := said(t, book, "FR"); !maps.Equal(got, wantNotes) {
		t.Errorf("notes %q", got)
	}
	if got := said(t, book, "Notes"); !maps.Equal(got, map[string]string{"B2": "Bob|mine"}) {
		t.Errorf("notes of another sheet %q", got)
	}
	wantLists := map[string][]string{
		"E4:F4 E7:F1048576 E6 F5": {`"75001,75002"`}, "E5": {"01235"}, "F6": {"'=Nice"},
	}
	if got := lists(t, book, "FR"); !maps.EqualFunc(got, wantLists, slices.Equal[[]string]) {
		t.Errorf("lists %q", got)
	}
	for cell, want := range map[string]string{
		"I3": "bt_problem", "J3": "bt_suggestion", "K3": "", "I4": "", "I5": "The postal code is wrong: give five digits.", "J5": "01235",
		"I6": "1. =It is odd.\n2. @City.", "J6": "'=Nice", "E4": "01234", "E5": "01235", "A1": "Rollout 2026", "G5": "'=x",
	} {
		if got := value(t, book, "FR", cell); got != want {
			t.Errorf("%s is %q, want %q", cell, got, want)
		}
	}
	if formula, err := book.GetCellFormula("FR", "H5"); err != nil || formula != "1+1" {
		t.Errorf("the formula is now %q (%v)", formula, err)
	}
	if width, err := book.GetColWidth("FR", "B"); err != nil || width != 33 {
		t.Errorf("a width is now %v (%v)", width, err)
	}
	if got := value(t, book, "Notes", "B2"); got != "by hand" {
		t.Errorf("the other sheet holds %q", got)
	}
	looksRight(t, book)
}

// looksRight checks how the cells of TestAnAnnotatedCopy look.
func looksRight(t *testing.T, book *excelize.File) {
	t.Helper()
	right, wrong := look(t, book, "FR", "E4"), look(t, book, "FR", "E5")
	if len(right.Fill.Color) > 0 || *right.CustomNumFmt != "00000" {
		t.Errorf("a right cell looks like %+v", right)
	}
	if len(wrong.Fill.Color) != 1 || wrong.NumFmt != 49 || wrong.CustomNumFmt != nil || !wrong.Font.Bold || wrong.Font.Family != "Arial" ||
		len(wrong.Border) != 1 || wrong.Font.Color == "" {
		t.Errorf("a wrong cell looks like %+v %+v", wrong, wrong.Font)
	}
	for cell, marked := range map[string]bool{"E4": false, "E5": true, "E6": false, "F6": true, "I6": true, "I5": false, "A5": false} {
		if got := fill(t, book, "FR", cell) != ""; got != marked {
			t.Errorf("%s is coloured: %t", cell, got)
		}
	}
	if kind, err := book.GetCellType("FR", "E5"); err != nil || kind == excelize.CellTypeNumber || kind == excelize.CellTypeUnset {
		t.Errorf("the wrong number did not become text: %v %v", kind, err)
	}
}

// TestAnnotatedAgain corrects one of two rows and annotates once more.
func TestAnnotatedAgain(t *testing.T) {
	t.Parallel()
	source := own(t)
	in := read(t, source)
	in.reject(t, "PAR-1", pcWrong("75001"))
	in.reject(t, "LYO-1", pcWrong("75002"))
	in.sites[2].Notes = []rollout.Text{{EN: "The city is sent as \"PARIS\"."}}
	first := in.annotate(t, source)
	if got := value(t, first, "FR", "K6"); got != `The city is sent as "PARIS".` || value(t, first, "FR", "K3") != "bt_note" {
		t.Errorf("the note is %q", got)
	}
	again := read(t, first.Path)
	again.reject(t, "NCE-1", pcWrong("75009"))
	book := again.annotate(t, first.Path)
	in.identical(t, book.Path)
	want := map[string]string{
		"A3": "Anne|The <name> & more", "E5": "Anne|I asked them",
		"E6": "btrollout|The postal code is wrong: give five digits.\nSuggestion: 75009",
	}
	if got := said(t, book, "FR"); !maps.Equal(got, want) {
		t.Errorf("notes %q", got)
	}
	if got := lists(t, book, "FR"); !slices.Equal(got["E6"], []string{"75009"}) || len(got) != 2 {
		t.Errorf("lists %q", got)
	}
	for cell, want := range map[string]string{"I4": "", "I5": "", "J4": "", "K6": "", "I6": "The postal code is wrong: give five digits.",
		"J6": "75009", "L3": ""} {
		if got := value(t, book, "FR", cell); got != want {
			t.Errorf("%s is %q, want %q", cell, got, want)
		}
	}
	if now := look(t, book, "FR", "E4"); len(now.Fill.Color) > 0 || now.Font.Color != "" || !now.Font.Bold {
		t.Errorf("a cell that is right now looks like %+v %+v", now, now.Font)
	}
	if got := book.GetSheetList(); !slices.Equal(got, []string{"FR", "Notes", "bt_lists"}) {
		t.Errorf("sheets %q", got)
	}
	// Nothing is wrong any more.
	mended := read(t, book.Path)
	clean := mended.annotate(t, book.Path)
	if got := said(t, clean, "FR"); !maps.Equal(got, map[string]string{"A3": "Anne|The <name> & more", "E5": "Anne|I asked them"}) {
		t.Errorf("notes %q", got)
	}
	if got := clean.GetSheetList(); !slices.Equal(got, []string{"FR", "Notes"}) {
		t.Errorf("sheets %q", got)
	}
	mended.identical(t, clean.Path)
}

// TestShapesOfNotes tests what a reader of notes does not show: each has one shape of
// its own, or spreadsheets would find the workbook damaged.
func TestShapesOfNotes(t *testing.T) {
	t.Parallel()
	source := own(t)
	in := read(t, source)
	in.reject(t, "LYO-1", pcWrong("75002"))
	in.reject(t, "NCE-1", pcWrong("75002"))
	book := in.annotate(t, source)
	for range 2 {
		seen, shapes := map[string]bool{}, 0
		book.Pkg.Range(func(name, content any) bool {
			if strings.HasSuffix(name.(string), ".vml") {
				for _, id := range strings.Split(string(content.([]byte)), "<v:shape id=\"")[1:] {
					if key := name.(string) + id[:20]; seen[key] {
						t.Errorf("%s has two shapes of one id", name)
					} else {
						seen[key] = true
					}
				}
				shapes += strings.Count(string(content.([]byte)), `ObjectType="Note"`)
			}
			return true
		})
		if shapes != 4 { // A3, E5, E6 and the other sheet's B2
			t.Errorf("%d shapes of notes, want 4", shapes)
		}
		again := read(t, book.Path)
		again.reject(t, "LYO-1", pcWrong("75002"))
		again.reject(t, "NCE-1", pcWrong("75002"))
		book = again.annotate(t, book.Path)
	}
}

// TestAnnotatedAnew holds the same of files that are not copied.
func TestAnnotatedAnew(t *testing.T) {
	t.Parallel()
	source := filepath.Join(t.TempDir(), "own.csv")
	const content = "technicalSiteName;customerSiteLabel;country;vpn;pc;Comment\r\n" +
		"'=PAR;L;FR;1;01234;-x\r\n" + "LYO;L;FR;1;'=9;\r\n"
	if err := os.WriteFile(source, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	in := read(t, source)
	in.reject(t, "LYO", pcWrong("+75002"))
	for lang, name := range map[rollout.Lang]string{rollout.English: "Sheet1", rollout.French: "Feuil1"} {
		in.batch.Lang = lang
		book := in.annotate(t, source)
		in.identical(t, book.Path)
		if got := book.GetSheetList(); !slices.Equal(got, []string{name, "bt_lists"}) {
			t.Errorf("%s: sheets %q", lang, got)
		}
		want := map[rollout.Lang]string{
			rollout.English: "btrollout|The postal code is wrong: give five digits.\nSuggestion: +75002",
			rollout.French:  "btrollout|Le code postal est faux : écrivez cinq chiffres.\nSuggestion : +75002",
		}[lang]
		if got := said(t, book, name); !maps.Equal(got, map[string]string{"E3": want}) {
			t.Errorf("%s: notes %q", lang, got)
		}
		if got := lists(t, book, name); !maps.EqualFunc(got, map[string][]string{"E3": {"'+75002"}}, slices.Equal[[]string]) {
			t.Errorf("%s: lists %q", lang, got)
		}
		table := rows(t, book.Path, name)
		if want := []string{"technicalSiteName", "customerSiteLabel", "country", "vpn", "pc", "Comment", "bt_problem", "bt_suggestion",
			"bt_note"}; !slices.Equal(table[0], want) {
			t.Errorf("%s: header %q", lang, table[0])
		}
		if table[1][0] != "'=PAR" || table[1][5] != "'-x" || table[2][7] != "'+75002" {
			t.Errorf("%s: rows %q", lang, table[1:])
		}
	}
}

func TestAnnotate_ErrorsLeaveNoFile(t *testing.T) {
	t.Parallel()
	source := own(t)
	in := read(t, source)
	before, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	lost := fmt.Errorf("the disk went away")
	broken := iter.Seq2[rollout.Site, error](func(yield func(rollout.Site, error) bool) { yield(rollout.Site{}, lost) })
	dir := t.TempDir()
	for _, from := range []string{source, strings.TrimSuffix(source, "x")} {
		if err := os.WriteFile(from, before, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := report.Annotate(filepath.Join(dir, "out.xlsx"), from, in.batch, in.headers, broken); err == nil ||
			!strings.Contains(err.Error(), lost.Error()) {
			t.Errorf("got %v", err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if _, err := report.Annotate(filepath.Join(dir, "out.xlsx"), source, in.batch, nil, stream(in.sites...)); err == nil {
		t.Error("the header's row was not asked for")
	}
}

// TestCellsThatAreWrongInForm: made text, they would pass the next upload unseen.
func TestCellsThatAreWrongInForm(t *testing.T) {
	t.Parallel()
	source := own(t)
	in := read(t, source)
	for _, code := range []string{"row.date", "row.formula-empty", "row.merged", "row.cell-error"} {
		form := intake{in.batch, in.headers, slices.Clone(in.sites)}
		form.reject(t, "LYO-1", rollout.Problem{Code: code, Field: "pc", Message: rollout.Text{EN: "Type it again."}})
		book := form.annotate(t, source)
		kind, err := book.GetCellType("FR", "E5")
		if err != nil || kind != excelize.CellTypeUnset {
			t.Errorf("%s: the number became %v (%v)", code, kind, err)
		}
		if now := look(t, book, "FR", "E5"); len(now.Fill.Color) != 1 || now.CustomNumFmt == nil || *now.CustomNumFmt != "00000" {
			t.Errorf("%s: the cell looks like %+v", code, now)
		}
	}
}

// TestNotesWithoutAuthors: some spreadsheets keep none, and our words are known all the same.
func TestNotesWithoutAuthors(t *testing.T) {
	t.Parallel()
	source := own(t)
	in := read(t, source)
	in.reject(t, "LYO-1", pcWrong("75002"))
	in.reject(t, "NCE-1", pcWrong("75002"))
	book := in.annotate(t, source)
	book.Pkg.Range(func(name, content any) bool {
		if strings.HasPrefix(name.(string), "xl/comments") {
			text := strings.NewReplacer("<author>btrollout</author>", "<author> </author>", "<author>Anne</author>",
				"<author> </author>").Replace(string(content.([]byte)))
			book.Pkg.Store(name, []byte(text))
		}
		return true
	})
	if err := book.Save(); err != nil {
		t.Fatal(err)
	}
	again := read(t, book.Path)
	again.reject(t, "LYO-1", pcWrong("75009"))
	want := map[string]string{"A3": " |The <name> & more", "E5": " |I asked them\nbtrollout:\nThe postal code is wrong: give five " +
		"digits.\nSuggestion: 75009"}
	if got := said(t, again.annotate(t, book.Path), "FR"); !maps.Equal(got, want) {
		t.Errorf("notes %q", got)
	}
}

// TestThreads: where people discuss in threads, notes repeat what they say, and nothing
// is added to these.
func TestThreads(t *testing.T) {
	t.Parallel()
	source := own(t)
	in := read(t, source)
	in.reject(t, "NCE-1", pcWrong("75002"))
	book := open(t, source)
	const rels = "xl/worksheets/_rels/sheet1.xml.rels"
	content, _ := book.Pkg.Load(rels)
	book.Pkg.Store(rels, []byte(strings.Replace(string(content.([]byte)), "</Relationships>",
		`<Relationship Id="rId99" Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment" `+
			`Target="../threadedComments/threadedComment1.xml"/></Relationships>`, 1)))
	book.Pkg.Store("xl/threadedComments/threadedComment1.xml",
		[]byte(`<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"/>`))
	if err := book.Save(); err != nil {
		t.Fatal(err)
	}
	annotated := in.annotate(t, source)
	if got := said(t, annotated, "FR"); !maps.Equal(got, map[string]string{"A3": "Anne|The <name> & more", "E5": "Anne|I asked them"}) {
		t.Errorf("notes %q", got)
	}
	if fill(t, annotated, "FR", "E6") == "" || value(t, annotated, "FR", "I6") == "" {
		t.Error("the fault is not told")
	}
}
