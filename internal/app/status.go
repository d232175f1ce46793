// This file prints the state of a batch, for people and as JSON.

package app

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"btrollout/internal/console"
	"btrollout/internal/rollout"
)

// Status is what the commands print about a batch with --json.
type Status struct {
	Batch    string    `json:"batch"`
	Name     string    `json:"name,omitempty"` // that people gave it
	File     string    `json:"file"`
	Created  time.Time `json:"created"`
	Rows     int       `json:"rows"`
	Accepted int       `json:"accepted"` // neither rejected nor skipped
	Rejected int       `json:"rejected"`
	Skipped  int       `json:"skipped"`
	State    string    `json:"state"`            // a batch state, or checked or refused when none was made
	Reason   string    `json:"reason,omitempty"` // why it is blocked
	// Withdrawn: the upload ended before all rows were written, and nothing was ordered.
	Withdrawn bool `json:"withdrawn,omitempty"`
	// Unwritten is the number of rows of a withdrawn upload that are not in the ledger, and so in
	// no report.
	Unwritten int                   `json:"unwritten,omitempty"`
	Counts    map[rollout.State]int `json:"counts"`
	Report    string                `json:"report"`

	Countries []rollout.Country `json:"countries,omitempty"` // what the API said of the countries of its rows
	Remarks   []rollout.Text    `json:"remarks,omitempty"`   // on how the file was read
}

// StatusOf returns the Status of a batch.
func StatusOf(b rollout.Batch) Status {
	rejected, skipped := b.Counts[rollout.Rejected], b.Counts[rollout.Skipped]
	return Status{
		Batch: b.ID, Name: b.Name, File: b.File, Created: b.Created,
		Rows: b.Rows(), Accepted: b.Rows() - rejected - skipped, Rejected: rejected, Skipped: skipped,
		Withdrawn: !b.WithdrawnAt.IsZero(), Unwritten: b.Unwritten(),
		State: string(b.State), Reason: b.Reason, Counts: b.Counts, Report: b.Report, Countries: b.Countries, Remarks: b.Remarks,
	}
}

// JSON prints one object, or a list of them, on a line.
func JSON(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

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
	if b.Reason != "" {
		fmt.Fprintln(w, sayBlocked(b.Reason).In(b.Lang))
	}
	if !b.WithdrawnAt.IsZero() {
		fmt.Fprintln(w, Withdrawn(b).In(b.Lang))
	}
	if b.Report != "" {
		fmt.Fprintln(w, sayReport(b.Report).In(b.Lang))
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
