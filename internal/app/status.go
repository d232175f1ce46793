// This file prints the state of a batch for people.

package app

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"btrollout/internal/console"
	"btrollout/internal/overview"
	"btrollout/internal/rollout"
)

// Summary prints a batch's counts, in its language, as a table that adds up to its rows.
func Summary(w io.Writer, b rollout.Batch) {
	t := console.Table{Indent: 4, Right: []bool{true, true}}
	for _, s := range rollout.States {
		if n := b.Counts[s]; n > 0 {
			t.Add(console.Row{Cells: []string{string(s), strconv.Itoa(n), s.Meaning().In(b.Lang)}})
		}
	}
	t.Add(console.Row{Cells: []string{labelRows.In(b.Lang), strconv.Itoa(b.Rows()), ""}})
	t.Print(w, 0)
	if !b.WithdrawnAt.IsZero() {
		fmt.Fprintln(w, Withdrawn(b).In(b.Lang))
	}
	if b.Report != "" {
		fmt.Fprintln(w, sayReport(b.Report).In(b.Lang))
	}
}

// PrintNotes prints what else is to be known of rows that need nobody: those that are left to other
// batches, and those that ask what is not done.
func PrintNotes(w io.Writer, o overview.Batch, lang rollout.Lang, columns int) {
	for _, left := range o.Left {
		console.Paragraph(w, 0, sayLeft(left).In(lang), columns)
	}
	for _, note := range o.Notes {
		console.Paragraph(w, 0, sayNote(note).In(lang), columns)
	}
}

// Took returns the seconds that a batch took, or has taken until now if it is not finished.
func Took(b rollout.Batch, now time.Time) string {
	end := b.Finished
	if end.IsZero() {
		end = now
	}
	return strconv.Itoa(int(end.Sub(b.Created).Round(time.Second)/time.Second)) + " s"
}
