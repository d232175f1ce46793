package app

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"btrollout/internal/rollout"
)

// Status is what the commands print about a batch with --json.
type Status struct {
	Batch    string                `json:"batch"`
	Rows     int                   `json:"rows"`
	Accepted int                   `json:"accepted"` // neither rejected nor skipped
	Rejected int                   `json:"rejected"`
	Skipped  int                   `json:"skipped"`
	State    string                `json:"state"` // a batch state, or checked or refused when none was made
	Counts   map[rollout.State]int `json:"counts"`
	Report   string                `json:"report"`
}

// StatusOf sums a batch up.
func StatusOf(b rollout.Batch) Status {
	rejected, skipped := b.Counts[rollout.Rejected], b.Counts[rollout.Skipped]
	return Status{
		Batch: b.ID, Rows: b.Rows(), Accepted: b.Rows() - rejected - skipped, Rejected: rejected, Skipped: skipped,
		State: string(b.State), Counts: b.Counts, Report: b.Report,
	}
}

// JSON prints one object, or a list of them, on a line.
func JSON(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

// meanings says each state in words that need no manual.
var meanings = map[rollout.State]string{
	rollout.Imported:    "waiting for validation",
	rollout.Validated:   "address checked, waiting for the order",
	rollout.Ordering:    "being ordered",
	rollout.Ordered:     "ordered, waiting for delivery",
	rollout.Delivered:   "voicesite exists, waiting for its address",
	rollout.Provisioned: "voicesite and address in place",
	rollout.Skipped:     "provisioned already, unchanged",
	rollout.Rejected:    "wrong in the file, not enqueued",
	rollout.Failed:      "refused, the row must be corrected",
	rollout.Review:      "a person must look it up in the portal",
	rollout.Cancelled:   "stopped before it was ordered",
}

// Summary prints a batch's counts as a table that adds up to its rows.
func Summary(w io.Writer, b rollout.Batch) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, s := range rollout.States {
		if n := b.Counts[s]; n > 0 {
			fmt.Fprintf(t, "  %s\t%d\t  %s\n", s, n, meanings[s])
		}
	}
	fmt.Fprintf(t, "  rows\t%d\t\n", b.Rows())
	t.Flush()
	if b.Reason != "" {
		fmt.Fprintf(w, "Blocked: %s\n", b.Reason)
	}
	if b.Report != "" {
		fmt.Fprintf(w, "Report: %s\n", b.Report)
	}
}

// Took says how long a batch took, or has been under way, in seconds.
func Took(b rollout.Batch, now time.Time) string {
	end := b.Finished
	if end.IsZero() {
		end = now
	}
	return strconv.Itoa(int(end.Sub(b.Created).Round(time.Second)/time.Second)) + " s"
}
