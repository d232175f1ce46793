// This file makes one site into the texts of one row, which are the same in every file.

package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"btrollout/internal/rollout"
)

// column is a column that a report adds to those of the rollout file.
type column struct {
	name  string
	width int // in characters
	text  func(b *rollout.Batch, s *rollout.Site) string
}

// addedColumns are all columns that a report adds, each once. An import ignores them by their names.
var addedColumns = []column{
	{rollout.ColumnSheet, 14, sheetName},
	{rollout.ColumnRow, 8, lineNumber},
	{rollout.ColumnSite, 24, siteName},
	{rollout.ColumnState, 13, func(_ *rollout.Batch, s *rollout.Site) string { return string(s.State) }},
	{rollout.ColumnStage, 11, stage},
	{rollout.ColumnCode, 26, codes},
	{rollout.ColumnField, 22, ofEachProblem(func(p rollout.Problem) string { return p.Field })},
	{rollout.ColumnValue, 26, ofEachProblem(func(p rollout.Problem) string { return p.Value })},
	{rollout.ColumnProblem, 60, problem},
	{rollout.ColumnCells, 34, wrongCells},
	{rollout.ColumnSuggestion, 46, suggestion},
	{rollout.ColumnNote, 46, note},
	{rollout.ColumnReference, 28, madeReference},
	{rollout.ColumnOrderID, 20, func(_ *rollout.Batch, s *rollout.Site) string { return s.OrderID }},
	{rollout.ColumnVoiceSiteID, 20, voiceSiteID},
	{rollout.ColumnRequestID, 38, requestIDs},
}

// selection is some of addedColumns, by their places there.
type selection []int

// selectColumns selects added columns by their names.
func selectColumns(names ...string) selection {
	selected := make(selection, len(names))
	for i, name := range names {
		selected[i] = slices.IndexFunc(addedColumns, func(c column) bool { return c.name == name })
	}
	return selected
}

// of are the texts of the selected columns, of the texts under all addedColumns.
func (s selection) of(added []string) []string {
	texts := make([]string, len(s))
	for i, place := range s {
		texts[i] = added[place]
	}
	return texts
}

// columns are the selected columns.
func (s selection) columns() []column {
	columns := make([]column, len(s))
	for i, place := range s {
		columns[i] = addedColumns[place]
	}
	return columns
}

// headings are those of the selected columns.
func (s selection) headings() []heading { return headingsOf(s.columns()) }

// What stands where. The sheets of a workbook begin with what people read first, so that they need
// not scroll past the columns of the file, which follow; the rest comes last.
var (
	// A sheet of failures, which an import reads, begins as rollout.ReadOnly excepts it. It is
	// printed up to the last one of failuresFirst.
	failuresFirst = selectColumns(
		rollout.ColumnSite, rollout.ColumnProblem, rollout.ColumnRow, rollout.ColumnCells, rollout.ColumnSuggestion)
	failuresLast = selectColumns(
		rollout.ColumnState, rollout.ColumnStage, rollout.ColumnCode, rollout.ColumnField, rollout.ColumnValue, rollout.ColumnNote,
		rollout.ColumnReference, rollout.ColumnOrderID, rollout.ColumnVoiceSiteID, rollout.ColumnRequestID)

	// The sheet of all sites, which is printed up to the last one of allFirst if it is too wide.
	// bt_sheet is left out if there is only one sheet.
	allFirst = selectColumns(
		rollout.ColumnSheet, rollout.ColumnRow, rollout.ColumnSite, rollout.ColumnState, rollout.ColumnProblem, rollout.ColumnVoiceSiteID)
	allLast = selectColumns(
		rollout.ColumnStage, rollout.ColumnCode, rollout.ColumnField, rollout.ColumnValue, rollout.ColumnSuggestion, rollout.ColumnNote,
		rollout.ColumnReference, rollout.ColumnOrderID, rollout.ColumnRequestID)

	// The CSV file, in which they stand behind the columns of the file, as scripts expect.
	// bt_sheet is left out if there is only one sheet.
	csvLast = selectColumns(rollout.ReportColumns...)
)

// Numbers of first columns that stay in sight beside those far to the right.
const (
	frozenFailures = 2 // bt_site, bt_problem
	frozenAll      = 2 // bt_row, bt_site; one more with bt_sheet
)

// hasSeveralSheets reports whether the sites of a batch come from several sheets, so that the
// number of a line alone does not tell which row it is.
func hasSeveralSheets(b *rollout.Batch) bool { return len(b.Sheets) > 1 }

// forSheets is a selection that begins with bt_sheet, without that if there is only one sheet.
func (s selection) forSheets(b *rollout.Batch) selection {
	if hasSeveralSheets(b) {
		return s
	}
	return s[1:]
}

// siteRow is a site as texts.
type siteRow struct {
	own     []string // its cells, under the columns of its sheet
	inUnion []string // its cells, under the columns of all sheets
	added   []string // under addedColumns
}

// ownTexts are a site's cells as they were in its sheet.
func ownTexts(b *rollout.Batch, s *rollout.Site) []string {
	sheet, _ := b.Locate(s.Row)
	row := make([]string, len(sheet.Columns))
	copy(row, s.Cells)
	return row
}

// textsIn are a site's texts for some added columns, in the batch's language.
func textsIn(columns []column, b *rollout.Batch, s *rollout.Site) []string {
	row := make([]string, len(columns))
	for i, c := range columns {
		row[i] = c.text(b, s)
	}
	return row
}

// safe neutralises a text for a cell of a workbook.
func safe(text string) string { return rollout.Neutralise(safeText(text)) }

// safeText replaces the characters that XML cannot hold.
func safeText(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\t', c == '\n', c == '\r', c >= ' ' && c <= '\uD7FF', c >= '\uE000' && c <= '\uFFFD', c >= 0x10000:
			return c
		}
		return utf8.RuneError
	}, text)
}

// ofEachProblem joins one text of each problem of a site.
func ofEachProblem(text func(rollout.Problem) string) func(*rollout.Batch, *rollout.Site) string {
	return func(_ *rollout.Batch, s *rollout.Site) string {
		all := make([]string, len(s.Problems))
		for i, p := range s.Problems {
			all[i] = text(p)
		}
		return numbered(all)
	}
}

// numbered gives the text that all problems have in common. Otherwise each problem's text
// stands on a line of its own, under the problem's number.
func numbered(all []string) string {
	if len(all) == 0 {
		return ""
	}
	if !slices.ContainsFunc(all, func(text string) bool { return text != all[0] }) {
		return all[0]
	}
	var lines []string
	for i, text := range all {
		if text != "" {
			lines = append(lines, fmt.Sprintf("%d. %s", i+1, text))
		}
	}
	return strings.Join(lines, "\n")
}

// codes are the codes of the problems, a line for each, and each once. They have no numbers,
// because people filter by them.
func codes(_ *rollout.Batch, s *rollout.Site) string {
	var all []string
	for _, p := range s.Problems {
		if p.Code != "" && !slices.Contains(all, p.Code) {
			all = append(all, p.Code)
		}
	}
	return strings.Join(all, "\n")
}

func sheetName(b *rollout.Batch, s *rollout.Site) string {
	sheet, _ := b.Locate(s.Row)
	return sheet.Name
}

// siteName is the name in the row, as far as a name may be long.
func siteName(b *rollout.Batch, s *rollout.Site) string {
	sheet, _ := b.Locate(s.Row)
	name := s.Name
	if i, _ := sheet.Column(rollout.FieldName); name == "" && i >= 0 && i < len(s.Cells) {
		name = s.Cells[i]
	}
	return oneLine(name, rollout.MaxName)
}

// oneLine puts a text on one line and cuts it to at most that many characters.
func oneLine(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

func lineNumber(b *rollout.Batch, s *rollout.Site) string {
	_, line := b.Locate(s.Row)
	return strconv.Itoa(line)
}

// stage is the stage that found the problems or, if there is none, that the site waits for.
func stage(b *rollout.Batch, s *rollout.Site) string {
	switch {
	case len(s.Problems) > 0:
		return ofEachProblem(func(p rollout.Problem) string { return string(p.Stage) })(b, s)
	case neverEnqueued(b):
		return ""
	}
	return string(s.State.Stage())
}

// problem is what a person should read: the problems, or why the row stands among the
// failures without any. It leaves out LastError, whose technical words are for logs.
func problem(b *rollout.Batch, s *rollout.Site) string {
	words := ofEachProblem(func(p rollout.Problem) string { return p.Message.In(b.Lang) })(b, s)
	switch {
	case leftOpen(b, s):
		return openSite(b, s).In(b.Lang)
	case !s.State.NeedsSomeone():
		return words
	case words == "":
		words = unexplained(b, s).In(b.Lang)
	}
	if more := unresolvable(b, s).In(b.Lang); more != "" {
		words += "\n" + more
	}
	return words
}

// suggestion is what can be pasted into the cells: a value, or whole addresses. If only one
// problem has a suggestion, no number stands before it.
func suggestion(b *rollout.Batch, s *rollout.Site) string {
	all := make([]string, len(s.Problems))
	only, found := "", 0
	for i, p := range s.Problems {
		if all[i] = p.Suggestion; all[i] == "" {
			all[i] = listCandidates(b, p.Candidates)
		}
		if all[i] != "" {
			only = all[i]
			found++
		}
	}
	if found == 1 {
		return only
	}
	return numbered(all)
}

// madeReference is the customerOrderReference that this program made for a site that may have
// been ordered; "" if the row has its own, which stands in the columns of the file.
func madeReference(b *rollout.Batch, s *rollout.Site) string {
	if s.Reference != "" || s.Intent == nil && s.OrderID == "" && s.State != rollout.Review {
		return ""
	}
	return reference(b, s)
}

// note says for which row this one waits, what is changed before sending, and, with its code, what
// is left as it is: a line for each.
func note(b *rollout.Batch, s *rollout.Site) string {
	var lines []string
	if s.State == rollout.Following && s.Elsewhere != nil {
		lines = append(lines, sayFollowing(*s.Elsewhere).In(b.Lang))
	}
	for _, n := range s.Notes {
		lines = append(lines, n.In(b.Lang))
	}
	for _, p := range s.LeftAsIs {
		lines = append(lines, p.Code+": "+p.Message.In(b.Lang))
	}
	return strings.Join(lines, "\n")
}

// voiceSiteID is the id that the API gave, or else the row's own.
func voiceSiteID(_ *rollout.Batch, s *rollout.Site) string {
	if s.Progress.VoiceSiteID != "" {
		return s.Progress.VoiceSiteID
	}
	return s.Request.VoiceSiteID
}

// requestIDs are the ids of the calls that led to the problems, or else of the last call that
// failed.
func requestIDs(b *rollout.Batch, s *rollout.Site) string {
	ids := ofEachProblem(func(p rollout.Problem) string { return p.RequestID })(b, s)
	if ids == "" {
		return s.RequestID
	}
	return ids
}
