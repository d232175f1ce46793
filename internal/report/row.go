package report

// This file makes one site into the texts of one row, the same in every file.

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"btrollout/internal/rollout"
)

// column is one that the report adds to the file's own.
type column struct {
	name  string
	width int // in characters
	text  func(b *rollout.Batch, s *rollout.Site) string
}

// rowColumns is the number of the added columns that say which row it is.
const rowColumns = 2

// added are the columns that the report has beside the file's own; an import ignores
// them by their names.
var added = []column{
	{rollout.ColumnSheet, 14, func(b *rollout.Batch, s *rollout.Site) string { sheet, _ := b.Locate(s.Row); return sheet.Name }},
	{rollout.ColumnRow, 8, func(b *rollout.Batch, s *rollout.Site) string { _, line := b.Locate(s.Row); return strconv.Itoa(line) }},
	{rollout.ColumnState, 13, func(_ *rollout.Batch, s *rollout.Site) string { return string(s.State) }},
	{rollout.ColumnStage, 11, stage},
	{rollout.ColumnCode, 26, codes},
	{rollout.ColumnField, 22, each(func(p rollout.Problem) string { return p.Field })},
	{rollout.ColumnValue, 26, each(func(p rollout.Problem) string { return p.Value })},
	{rollout.ColumnProblem, 70, problem},
	{rollout.ColumnSuggestion, 54, suggestion},
	{rollout.ColumnNote, 46, note},
	{rollout.ColumnReference, 28, madeReference},
	{rollout.ColumnOrderID, 20, func(_ *rollout.Batch, s *rollout.Site) string { return s.OrderID }},
	{rollout.ColumnVoiceSiteID, 20, voiceSiteID},
	{rollout.ColumnRequestID, 38, requestIDs},
}

// several reports whether a row's number alone does not tell which row it is.
func several(b *rollout.Batch) bool { return len(b.Sheets) > 1 }

// addedTo are the columns that are added where the rows of all sheets stand together:
// those that say which row it is first.
func addedTo(b *rollout.Batch) []column {
	if several(b) {
		return added
	}
	return added[1:]
}

// ownTexts are a site's cells as they were in its sheet.
func ownTexts(b *rollout.Batch, s *rollout.Site) []string {
	sheet, _ := b.Locate(s.Row)
	row := make([]string, len(sheet.Columns))
	copy(row, s.Cells)
	return row
}

// textsIn are a site's texts in added columns, in the batch's language.
func textsIn(columns []column, b *rollout.Batch, s *rollout.Site) []string {
	row := make([]string, len(columns))
	for i, c := range columns {
		row[i] = c.text(b, s)
	}
	return row
}

// safe makes a text fit for a cell of either file.
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

// each joins one text of all of a site's problems.
func each(text func(rollout.Problem) string) func(*rollout.Batch, *rollout.Site) string {
	return func(_ *rollout.Batch, s *rollout.Site) string {
		all := make([]string, len(s.Problems))
		for i, p := range s.Problems {
			all[i] = text(p)
		}
		return join(all)
	}
}

// join says once what all the problems have in common. Otherwise each problem's
// text stands on a line of its own, under the problem's number.
func join(all []string) string {
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

// codes are those of the problems, each once and a line for each, without numbers: they
// are there to be filtered by.
func codes(_ *rollout.Batch, s *rollout.Site) string {
	var all []string
	for _, p := range s.Problems {
		if p.Code != "" && !slices.Contains(all, p.Code) {
			all = append(all, p.Code)
		}
	}
	return strings.Join(all, "\n")
}

// stage is where the problems were found or, without one, what the site waits for.
func stage(b *rollout.Batch, s *rollout.Site) string {
	switch {
	case len(s.Problems) > 0:
		return each(func(p rollout.Problem) string { return string(p.Stage) })(b, s)
	case neverEnqueued(b):
		return ""
	}
	return string(s.State.Stage())
}

// problem is what a person should read: the problems, or why the row stands among
// the failures all the same. It holds no technical words of ours: LastError is
// for logs.
func problem(b *rollout.Batch, s *rollout.Site) string {
	words := each(func(p rollout.Problem) string { return p.Message.In(b.Lang) })(b, s)
	switch {
	case leftOpen(b, s):
		return openSite(b, s)
	case !s.State.NeedsSomeone():
		return words
	case words == "":
		words = unexplained(b, s)
	}
	if more := forgotten(b, s); more != "" {
		words += "\n" + more
	}
	return words
}

// suggestion is what can be pasted into the cells: a value, or whole addresses. One that
// stands alone has no number before it, whichever problem it is for.
func suggestion(b *rollout.Batch, s *rollout.Site) string {
	all := make([]string, len(s.Problems))
	alone, made := "", 0
	for i, p := range s.Problems {
		if all[i] = p.Suggestion; all[i] == "" {
			all[i] = offer(b, p.Candidates)
		}
		if all[i] != "" {
			alone = all[i]
			made++
		}
	}
	if made == 1 {
		return alone
	}
	return join(all)
}

// madeReference is the customerOrderReference that this program made for a site that may
// have been ordered: one of the row's own stands in the file's columns.
func madeReference(b *rollout.Batch, s *rollout.Site) string {
	if s.Reference != "" || s.Intent == nil && s.OrderID == "" && s.State != rollout.Review {
		return ""
	}
	return reference(b, s)
}

// note is what is sent otherwise than the row says, a line for each.
func note(b *rollout.Batch, s *rollout.Site) string {
	lines := make([]string, len(s.Notes))
	for i, n := range s.Notes {
		lines[i] = n.In(b.Lang)
	}
	return strings.Join(lines, "\n")
}

// voiceSiteID is the API's own, or the one that the row brought.
func voiceSiteID(_ *rollout.Batch, s *rollout.Site) string {
	if s.Progress.VoiceSiteID != "" {
		return s.Progress.VoiceSiteID
	}
	return s.Request.VoiceSiteID
}

// requestIDs are those of the problems, or that of the last call that failed.
func requestIDs(b *rollout.Batch, s *rollout.Site) string {
	ids := each(func(p rollout.Problem) string { return p.RequestID })(b, s)
	if ids == "" {
		return s.RequestID
	}
	return ids
}
