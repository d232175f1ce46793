// This file holds what is printed of batches, and of files that were checked.

package jsonout

import (
	"time"

	"btrollout/internal/progress"
	"btrollout/internal/rollout"
)

// Status is what the commands print of a batch.
type Status struct {
	Schema    Schema             `json:"schema"`
	Batch     string             `json:"batch"`               // the batch's id; "": no batch was made
	BatchName string             `json:"batchName,omitempty"` // name given with `enqueue --name`
	File      string             `json:"file"`                // name of the rollout file, without its folder
	Created   time.Time          `json:"created"`             // when the file was enqueued or checked
	Rows      int                `json:"rows"`                // number of rows; the sum of the next three
	Accepted  int                `json:"accepted"`            // number of rows that are neither rejected nor skipped
	Rejected  int                `json:"rejected"`            // number of rows that were wrong in the file
	Skipped   int                `json:"skipped"`             // number of rows for which there is nothing to do
	State     rollout.BatchState `json:"state"`               // state of the batch or, if none was made, what became of the file
	Reason    string             `json:"reason,omitempty"`    // why the batch is `blocked` or `damaged`
	Paused    bool               `json:"paused,omitempty"`    // the batch is paused, by itself or with all batches
	// What becomes of ordered sites, because the batch was cancelled: `finish` or `leave`.
	Cancellation string `json:"cancellation,omitempty"`
	// The upload ended before all rows were written, and nothing was ordered.
	Withdrawn bool `json:"withdrawn,omitempty"`
	// When the batch was purged: its counts are left, but no addresses and no problems.
	Purged *time.Time `json:"purged,omitempty"`
	// Number of rows of a withdrawn upload that are in no report.
	Unwritten int                   `json:"unwritten,omitempty"`
	Counts    map[rollout.State]int `json:"counts"` // number of rows in each state that a row has; the sum is `rows`
	// How far the batch is, why it is not faster, and when it will be done; left out of lists, and if
	// there is no batch.
	Progress *progress.Progress `json:"progress,omitempty"`
	// When, and in which order, its sites are ordered; left out if nobody said.
	Plan   *rollout.Plan `json:"plan,omitempty"`
	Report string        `json:"report"` // path of the report; "": none is written yet

	Countries []rollout.Country `json:"countries,omitempty"` // what the API said of the countries of the rows
	Remarks   []rollout.Text    `json:"remarks,omitempty"`   // how the file was read, and what was left out
}

// StatusOf returns the Status of a batch.
func StatusOf(b rollout.Batch) Status {
	rejected, skipped := b.Counts[rollout.Rejected], b.Counts[rollout.Skipped]
	s := Status{
		Batch: b.ID, BatchName: b.Name, File: b.File, Created: b.Created,
		Rows: b.Rows(), Accepted: b.Rows() - rejected - skipped, Rejected: rejected, Skipped: skipped,
		Withdrawn: !b.WithdrawnAt.IsZero(), Unwritten: b.Unwritten(), Purged: timeOrNil(b.Purged),
		Paused: b.State != rollout.Done && b.IsPaused(), Cancellation: string(b.Cancelled),
		State: b.Shown(), Reason: b.Reason, Plan: planOf(b.Plan), Counts: b.Counts, Report: b.Report, Countries: b.Countries, Remarks: b.Remarks,
	}
	if s.Counts == nil {
		s.Counts = map[rollout.State]int{}
	}
	return s
}

// planOf is a plan, or nil if it says nothing.
func planOf(p rollout.Plan) *rollout.Plan {
	if p.IsZero() {
		return nil
	}
	return &p
}

// timeOrNil is a time, or nil for the zero time.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// File is what enqueue prints of a file.
type File struct {
	Status
	Sheets  []Sheet   `json:"sheets"`          // the sheets that were read
	Preview []Preview `json:"preview"`         // what becomes of the rows of each country, as known before anything is ordered
	Notes   int       `json:"notes,omitempty"` // number of rows with a value that is changed before sending
	// Problems that the check found, in the order of the file. Those of rows that are rejected or fail
	// later are printed by `batch failures`.
	Problems []Problem `json:"problems"`
}

// Sheet is a sheet that was read. A CSV file is one.
type Sheet struct {
	Name    string   `json:"name,omitempty"` // name of the sheet; left out for a CSV file
	Header  int      `json:"header"`         // number of the row that holds the header
	Columns []Column `json:"columns"`        // its columns, from the left
}

// Column is a column of a sheet.
type Column struct {
	Letter string `json:"letter"`          // place in the file, such as `C`
	Header string `json:"header"`          // the header's text in the file
	Field  string `json:"field,omitempty"` // field that the column feeds; left out if it is not used
	By     string `json:"by,omitempty"`    // how it was recognised: `map` (`--map`), `code`, `label` (of the country) or `name`
}

// Preview counts what becomes of the rows of a country.
type Preview struct {
	Country   string `json:"country,omitempty"`   // ISO 3166 code; left out for rows of no country
	Rows      int    `json:"rows"`                // number of rows; the sum of the others
	Orders    int    `json:"orders"`              // rows that are ordered, unless the account has the site already
	Addresses int    `json:"addressOnly"`         // rows whose voicesite exists: only the address is sent
	Following int    `json:"following,omitempty"` // rows that wait until an earlier batch is done with their sites
	Skipped   int    `json:"skipped"`             // rows for which there is nothing to do
	Rejected  int    `json:"rejected"`            // rows that are wrong
}
