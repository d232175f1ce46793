package app

// This file prints how a batch stands, for people and as JSON.

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"btrollout/internal/console"
	"btrollout/internal/rollout"
)

// Status is what the commands print about a batch with --json.
type Status struct {
	Batch    string    `json:"batch"`
	File     string    `json:"file"`
	Created  time.Time `json:"created"`
	Rows     int       `json:"rows"`
	Accepted int       `json:"accepted"` // neither rejected nor skipped
	Rejected int       `json:"rejected"`
	Skipped  int       `json:"skipped"`
	State    string    `json:"state"`            // a batch state, or checked or refused when none was made
	Reason   string    `json:"reason,omitempty"` // why it is blocked
	// Withdrawn: its upload ended before it was whole, and nothing was ordered.
	Withdrawn bool `json:"withdrawn,omitempty"`
	// Unwritten is how many rows of a withdrawn upload are not in the ledger, and so in no report.
	Unwritten int                   `json:"unwritten,omitempty"`
	Counts    map[rollout.State]int `json:"counts"`
	Report    string                `json:"report"`

	Countries []rollout.Country `json:"countries,omitempty"` // what the API said of the countries of its rows
	Remarks   []rollout.Text    `json:"remarks,omitempty"`   // on how the file was read
}

// StatusOf sums a batch up.
func StatusOf(b rollout.Batch) Status {
	rejected, skipped := b.Counts[rollout.Rejected], b.Counts[rollout.Skipped]
	return Status{
		Batch: b.ID, File: b.File, Created: b.Created, Rows: b.Rows(), Accepted: b.Rows() - rejected - skipped, Rejected: rejected, Skipped: skipped,
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
	say := func(en, fr string, args ...any) string { return rollout.Say(en, fr, args...).In(b.Lang) }
	t.Add(console.Row{Cells: []string{say("rows", "lignes"), strconv.Itoa(b.Rows()), ""}})
	t.Print(w, 0)
	if b.Reason != "" {
		fmt.Fprintln(w, say(
			"Blocked by the API: %s. It goes on by itself when the account works again; check credentials and contract.",
			"Bloqué par l'API : %s. Le traitement reprend de lui-même dès que le compte fonctionne de nouveau ; vérifiez les identifiants et le contrat.", strings.TrimRight(b.Reason, ".")))
	}
	if !b.WithdrawnAt.IsZero() {
		fmt.Fprintln(w, Withdrawn(b).In(b.Lang))
	}
	if b.Report != "" {
		fmt.Fprintln(w, say("Report: %s", "Rapport : %s", b.Report))
	}
}

// Withdrawn says what became of a batch whose upload was withdrawn, and what to do.
func Withdrawn(b rollout.Batch) rollout.Text {
	if n := b.Unwritten(); n > 0 {
		return rollout.Say(
			"The upload was withdrawn before all its rows were written, and nothing was ordered: "+
				"%d more rows of the file are in no report; enqueue the file again.",
			"L'envoi a été retiré avant que toutes ses lignes ne soient écrites, et rien n'a été commandé : "+
				"%d autres lignes du fichier ne figurent dans aucun rapport ; transmettez de nouveau le fichier.", n)
	}
	return rollout.Say(
		"The upload was withdrawn before it was complete, and nothing was ordered: enqueue the file again.",
		"L'envoi a été retiré avant d'être complet, et rien n'a été commandé : transmettez de nouveau le fichier.")
}

// Took says how long a batch took, or has been under way, in seconds.
func Took(b rollout.Batch, now time.Time) string {
	end := b.Finished
	if end.IsZero() {
		end = now
	}
	return strconv.Itoa(int(end.Sub(b.Created).Round(time.Second)/time.Second)) + " s"
}
