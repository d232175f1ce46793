// This file holds what the other commands print.

package jsonout

import (
	"time"

	"btrollout/internal/overview"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
	"btrollout/internal/template"
)

// Error is printed by a command that fails.
type Error struct {
	Schema Schema `json:"schema"`
	Error  string `json:"error"`           // what is wrong and what to do, as on stderr but without the code
	Code   string `json:"code,omitempty"`  // why the file as a whole cannot be used, explained in [problems](problems.md)
	Batch  string `json:"batch,omitempty"` // id of the batch concerned
}

// Country is what enqueue countries prints of a country.
type Country struct {
	Schema Schema `json:"schema"`
	precheck.Description
}

// Template is what enqueue template prints.
type Template struct {
	Schema Schema           `json:"schema"`
	File   string           `json:"file"`   // path of the workbook
	Lang   rollout.Lang     `json:"lang"`   // language of the workbook
	Sheets []template.Sheet `json:"sheets"` // its sheets for countries
	VPNs   int              `json:"vpns"`   // number of VPNs that can be chosen
}

// Retry is what batch retry prints.
type Retry struct {
	Schema  Schema `json:"schema"`
	Batch   string `json:"batch"`   // the batch's id
	DryRun  bool   `json:"dryRun"`  // whether nothing was done (`--dry-run`)
	Retried int    `json:"retried"` // number of rows that are tried again, or would be
	// Of the rows that are chosen to be tried again: the number of those for which a new order is made, as far as the ledger knows.
	NewOrders    int           `json:"newOrders"`
	HaveOrder    int           `json:"haveOrder"`    // number of those that have an order or a voicesite already
	MayHaveOrder int           `json:"mayHaveOrder"` // number of those that may have an order, which is looked up first
	Reasons      []RetryReason `json:"reasons"`      // why others are not, the most frequent first
	// The rows that match and are not tried again, in the order of the file.
	NotRetried []NotRetried `json:"notRetried"`
	// What there is to choose; only if no row matches.
	Choices *RetryChoices `json:"choices,omitempty"`
}

// RetryReason counts the rows that are not tried again for a reason.
type RetryReason struct {
	// Permanent: `not-in-batch`, `not-ended`, `in-place`, `left-to-other`, `in-review`, `wrong-in-file`, `given-up`, `in-doubt`,
	// `damaged`, `withdrawn`, `taken-over`, `under-way`, `in-place-since`, `other-in-review` or `changed`.
	Reason   string `json:"reason"`
	Sentence string `json:"sentence"` // the reason in words, in the language of the batch
	Rows     int    `json:"rows"`     // number of rows
}

// NotRetried is a row that is not tried again.
type NotRetried struct {
	Row    string `json:"row"`    // the row as people call it: `17` or, in a file of several sheets, `BE:17`
	Name   string `json:"name"`   // technicalSiteName of the row; "": it cannot be read
	Reason string `json:"reason"` // as in `reasons`
	// The row of the same site that is the reason, if one is.
	Elsewhere *OtherRow `json:"elsewhere,omitempty"`
}

// RetryChoices are the values that rows of the batch have which need someone or were cancelled.
type RetryChoices struct {
	Codes     []string        `json:"codes"`        // codes of problems
	Stages    []rollout.Stage `json:"stages"`       // stages at which problems were found
	Countries []string        `json:"countryCodes"` // ISO 3166 codes
}

// Summary is what batch summary prints.
type Summary struct {
	Schema Schema           `json:"schema"`
	Totals []overview.Total `json:"totals"` // a total for each country, in the order of their codes
}

// Found is what batch find prints.
type Found struct {
	Schema Schema     `json:"schema"`
	Found  []FoundRow `json:"found"` // the rows, those of the newest batch first
	// Batches that cannot be read, and were left out.
	Damaged []string `json:"damagedBatches,omitempty"`
}

// FoundRow is a row that batch find found.
type FoundRow struct {
	Batch       string        `json:"batch"`                 // id of the row's batch
	BatchName   string        `json:"batchName,omitempty"`   // name given with `enqueue --name`
	File        string        `json:"file"`                  // name of the rollout file, without its folder
	Created     time.Time     `json:"created"`               // when the file was enqueued
	Row         string        `json:"row"`                   // the row as people call it: `17` or, in a file of several sheets, `BE:17`
	Name        string        `json:"name"`                  // technicalSiteName of the row
	Same        bool          `json:"same"`                  // whether the names are the same; false: they differ in accents or spaces
	Country     string        `json:"country"`               // country of the row, as in the file if it is no ISO 3166 code
	State       rollout.State `json:"state"`                 // state of the row
	OrderID     string        `json:"orderId,omitempty"`     // the API's orderId
	VoiceSiteID string        `json:"voiceSiteId,omitempty"` // the API's voiceSiteId
	Codes       []string      `json:"codes,omitempty"`       // codes of the row's problems, each once
	// Codes of what the row asks that is not done, and is no failure, each once.
	NoteCodes []string `json:"noteCodes,omitempty"`
	// When the row's batch was purged: what is known of the row then has no problems.
	Purged *time.Time `json:"batchPurged,omitempty"`
	// The row for which it waits, or to which it leaves the site.
	Elsewhere *OtherRow `json:"elsewhere,omitempty"`
}

// OtherRow is a row of the same site in another batch.
type OtherRow struct {
	Batch string `json:"batch"` // id of the other row's batch
	Row   string `json:"row"`   // the other row as people call it
}

// FoundRowOf describes a row that was found.
func FoundRowOf(r overview.Found) FoundRow {
	row := FoundRow{
		Batch: r.Batch.ID, BatchName: r.Batch.Name, File: r.Batch.File, Created: r.Batch.Created,
		Row: r.Batch.RowName(r.Site.Row), Name: r.Site.Name, Same: r.Same,
		Country: r.Site.Country, State: r.Site.State, OrderID: r.Site.OrderID, VoiceSiteID: r.Site.Progress.VoiceSiteID,
		Codes: rollout.Codes(r.Site.Problems), NoteCodes: rollout.Codes(r.Site.LeftAsIs), Purged: timeOrNil(r.Batch.Purged),
	}
	if at := r.Site.Elsewhere; at != nil && (row.State == rollout.Following || row.State == rollout.Skipped) {
		row.Elsewhere = &OtherRow{at.Batch, at.Name}
	}
	return row
}

// Sources of the rate in force.
const (
	RateFromVariable = "BT_RATE"
	RateByHand       = "hand" // set by batch rate
)

// Rate is what batch rate prints.
type Rate struct {
	Schema  Schema  `json:"schema"`
	Rate    string  `json:"rate"`             // the rate in force, such as `20/s`; "": no process has called the API yet
	Source  string  `json:"source,omitempty"` // where the rate comes from: `BT_RATE`, or `hand` (`batch rate`)
	Default string  `json:"btRate,omitempty"` // BT_RATE of the process that called last
	Present float64 `json:"presentPerSecond"` // calls a second at present, with the reduction
	Pause   float64 `json:"pauseSeconds"`     // seconds that are left of the pause; 0: there is none
	Full    float64 `json:"quotaSeconds"`     // seconds until a quota that is used up allows the next call; 0: none is used up
	Quotas  []Quota `json:"quotas"`           // BT_QUOTA of the process that called last
}

// Quota is a quota and its use.
type Quota struct {
	Quota string `json:"quota"` // the quota, such as `600/m`
	Used  int    `json:"used"`  // number of calls that count now
}
