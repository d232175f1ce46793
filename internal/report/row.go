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
	width float64 // in characters
	text  func(s *rollout.Site) string
}

// added are the columns that follow the file's own; an import ignores them by
// their names.
var added = []column{
	{"bt_row", 8, func(s *rollout.Site) string { return strconv.Itoa(s.Row) }},
	{"bt_state", 13, func(s *rollout.Site) string { return string(s.State) }},
	{"bt_stage", 11, stage},
	{"bt_code", 26, each(func(p rollout.Problem) string { return p.Code })},
	{"bt_field", 22, each(func(p rollout.Problem) string { return p.Field })},
	{"bt_value", 26, each(func(p rollout.Problem) string { return p.Value })},
	{"bt_problem", 70, problem},
	{"bt_suggestion", 26, each(func(p rollout.Problem) string { return p.Suggestion })},
	{"bt_order_id", 20, func(s *rollout.Site) string { return s.OrderID }},
	{"bt_voicesite_id", 20, voiceSiteID},
	{"bt_request_id", 38, requestIDs},
}

// headers are the names of all columns.
func headers(b *rollout.Batch) []string {
	names := make([]string, 0, len(b.Columns)+len(added))
	for _, name := range b.Columns {
		names = append(names, safe(name))
	}
	for _, c := range added {
		names = append(names, c.name)
	}
	return names
}

// texts is a site's row: its cells as they were in the file, then what is added.
func texts(b *rollout.Batch, s rollout.Site) []string {
	row := make([]string, len(b.Columns), len(b.Columns)+len(added))
	for i := range min(len(row), len(s.Cells)) {
		row[i] = safe(s.Cells[i])
	}
	for _, c := range added {
		row = append(row, safe(c.text(&s)))
	}
	return row
}

// safe makes a text fit for a cell of either file.
func safe(text string) string {
	return rollout.Neutralise(strings.Map(func(c rune) rune {
		switch {
		case c == '\t', c == '\n', c == '\r', c >= ' ' && c <= '\uD7FF', c >= '\uE000' && c <= '\uFFFD', c >= 0x10000:
			return c
		}
		return utf8.RuneError
	}, text))
}

// each joins one text of all of a site's problems.
func each(text func(rollout.Problem) string) func(*rollout.Site) string {
	return func(s *rollout.Site) string {
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

// stage is where the problems were found or, without one, what the site waits for.
func stage(s *rollout.Site) string {
	if len(s.Problems) == 0 {
		return string(s.State.Stage())
	}
	return each(func(p rollout.Problem) string { return string(p.Stage) })(s)
}

// problem is what a person should read: the problems or, without one, why the
// row stands among the failures all the same.
func problem(s *rollout.Site) string {
	switch {
	case len(s.Problems) > 0:
		return each(func(p rollout.Problem) string { return p.Message })(s)
	case s.State.NeedsSomeone():
		return s.LastError
	case s.State.Final():
		return ""
	case s.LastError != "":
		return "The site had not ended when this report was written; the last trouble was: " + s.LastError
	}
	return "The site had not ended when this report was written: look at the batch again, or upload the row again."
}

// voiceSiteID is the API's own, or the one that the row brought.
func voiceSiteID(s *rollout.Site) string {
	if s.Progress.VoiceSiteID != "" {
		return s.Progress.VoiceSiteID
	}
	return s.Request.VoiceSiteID
}

// requestIDs are those of the problems, or that of the last call that failed.
func requestIDs(s *rollout.Site) string {
	ids := each(func(p rollout.Problem) string { return p.RequestID })(s)
	if ids == "" {
		return s.RequestID
	}
	return ids
}
