// Package judge makes rollout files and checks what became of their rows: MakeRows makes the
// rows, each with the outcome that it must have, ReadReport reads the report of a batch, and
// Evidence.Check compares the reports with the books of the simulator, package btsim.
//
// The package knows nothing of how the program works, and runs nothing: its callers upload the
// files, wait for the end, and fail their tests for the violations that it returns. A site is
// all rows and orders whose names people read alike (Row.Key).
package judge

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"btrollout/internal/btsim"
)

// Evidence is what a run left.
type Evidence struct {
	Rows    []Row       // of all files, as MakeRows returns them
	Entries []Entry     // of the reports of all batches, in the order in which these were Entered
	Books   btsim.Stats // of the simulator, after the last call

	// Losses are when Redis lost data while sites were worked on. After each, a site may have more
	// orders than rows that were worked on: those of before that were rejected, or all if no row was
	// worked on since, but at most one for each upload of the site that Redis had.
	Losses []Loss
	// Refusable reports whether the API forbids the address of a row since its rules changed: the
	// row may then be rejected or failed for its address. Nil: the rules are those of before.
	Refusable func(Row) bool
	// Decided is what people decided, or tried to decide, about batches, by their IDs.
	Decided map[string]Decided
}

// Loss is a loss of data of Redis, of all or of those since a copy was made.
type Loss struct {
	At      time.Time      // when orders that it forgot may have been made at the latest
	Uploads map[string]int // number of batches that Redis had before, by their file
}

// Violation is a broken promise.
type Violation struct {
	Row    *Row // the row that it concerns; nil: none
	Reason string
}

// String is the row, if there is one, and the reason.
func (v Violation) String() string {
	if v.Row == nil {
		return v.Reason
	}
	return v.Row.String() + ": " + v.Reason
}

// Entry is a row's line in the report of a batch.
type Entry struct {
	Batch          string    // its ID
	Began, Entered time.Time // those of the batch
	Row            Row
	Cells          map[string]string // of the report, by header
}

// State is the state of the row's site in the batch.
func (e Entry) State() string { return e.Cells["bt_state"] }

// settled reports whether the row ended with its voicesite and address in place.
func (e Entry) settled() bool {
	return e.State() == "provisioned" || e.State() == "skipped" && !e.isLeft()
}

// isLeft reports whether the row was left to another batch, which asks for the same.
func (e Entry) isLeft() bool { return e.State() == "skipped" && e.Cells["bt_voicesite_id"] == "" }

// Batch is what the program says of a batch elsewhere than in its report.
type Batch struct {
	ID      string
	Began   time.Time      // when its upload began to check rows: what it then knew of their sites may be out of date
	Entered time.Time      // when it came into the ledger: of two uploads, the newer one was entered later
	File    string         // as in Row.File
	Rows    int            // number of rows
	Counts  map[string]int // number of rows by state, without states that no row has
}

// Report is the content of the report of a batch.
type Report struct {
	Entries    []Entry        // of the rows of its file, in the order of the file
	Counts     map[string]int // number of lines by state
	Violations []Violation
}

// ReadReport reads the report of a batch, a CSV file with a header. Each of the rows that is of
// the batch's file must have one line, no other line may be there, and the states must be those
// that the batch counts. It returns an error if the report is no CSV or has no header.
func ReadReport(content []byte, batch Batch, rows []Row) (Report, error) {
	table, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\uFEFF")))).ReadAll()
	if err == nil && len(table) == 0 {
		err = errors.New("no header")
	}
	if err != nil {
		return Report{}, fmt.Errorf("the report of batch %s: %w", batch.ID, err)
	}
	r, lines, inFile := Report{Counts: map[string]int{}}, map[string][]Entry{}, 0 // lines by bt_row
	for _, line := range table[1:] {
		e := Entry{Batch: batch.ID, Began: batch.Began, Entered: batch.Entered, Cells: map[string]string{}}
		for i, cell := range line {
			e.Cells[table[0][i]] = cell
		}
		r.Counts[e.State()]++
		lines[e.Cells["bt_row"]] = append(lines[e.Cells["bt_row"]], e)
	}
	for _, row := range rows {
		if row.File != batch.File {
			continue
		}
		inFile++
		number := strconv.Itoa(row.Number)
		if n := len(lines[number]); n != 1 {
			r.Violations = append(r.Violations, violationf(&row, "it stands in the report of batch %s %d times", batch.ID, n))
		}
		for _, e := range lines[number] {
			e.Row = row
			r.Entries = append(r.Entries, e)
		}
		delete(lines, number)
	}
	for _, number := range slices.Sorted(maps.Keys(lines)) {
		r.Violations = append(r.Violations, violationf(nil,
			"the report of batch %s has %d lines for row %q, which %s does not have", batch.ID, len(lines[number]), number, batch.File))
	}
	if batch.Rows != inFile || !maps.Equal(r.Counts, batch.Counts) {
		r.Violations = append(r.Violations, violationf(nil, "batch %s has %d rows (%s), its report has %s, and %s has %d rows",
			batch.ID, batch.Rows, InWords(batch.Counts), InWords(r.Counts), batch.File, inFile))
	}
	return r, nil
}

func violationf(row *Row, format string, args ...any) Violation {
	return Violation{row, fmt.Sprintf(format, args...)}
}

// About returns what the evidence shows about the site of a row, a line for each item.
func (e *Evidence) About(row Row) string {
	var text strings.Builder
	fmt.Fprintf(&text, "  row     %s %v\n", row.Expected, row.Cells)
	for _, entry := range e.Entries {
		if entry.Row.Key() == row.Key() {
			fmt.Fprintf(&text, "  batch   %s: %s at %s is %s %s %.300s\n",
				entry.Batch, entry.Row, entry.Row.at(), entry.State(), entry.Cells["bt_code"], entry.Cells["bt_problem"])
		}
	}
	for _, reference := range slices.Sorted(maps.Keys(e.Books.Orders)) {
		for _, o := range e.Books.Orders[reference] {
			if o.FoldedName == row.Key() {
				fmt.Fprintf(&text, "  order   %+v\n", o)
			}
		}
	}
	for _, v := range e.Books.Voicesites {
		if v.FoldedName == row.Key() {
			fmt.Fprintf(&text, "  place   %+v\n", v)
		}
	}
	return text.String()
}

// InWords lists counts in the order of their texts, as in "1 failed, 12 provisioned".
func InWords[K ~string](counts map[K]int) string {
	var words []string
	for what, n := range counts {
		words = append(words, fmt.Sprintf("%d %s", n, what))
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}
