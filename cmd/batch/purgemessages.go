// Messages about batches that are, or are to be, purged.

package main

import (
	"errors"
	"fmt"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/rollout"
)

// sayPurged says that a batch was purged, when, and what is left.
func sayPurged(b rollout.Batch) string { return "B" + clausePurged(b)[1:] + "." }

// clausePurged is sayPurged within another sentence.
func clausePurged(b rollout.Batch) string {
	return fmt.Sprintf("batch %s (%s) was purged on %s: its counts are left, and what recognises its sites in a later upload, "+
		"but no addresses and no problems", b.ID, b.Title(), day(b.Purged))
}

// sayPurge says what a purge deletes, and what stays.
func sayPurge(b rollout.Batch) []string {
	said := []string{
		fmt.Sprintf("Batch %s (%s) has %s, and was done on %s.", b.ID, b.Title(), rollout.Rows(b.Rows()).EN, day(b.Finished)),
		"Deleted: the cells, addresses, problems and notes of its rows, the headers of the file, " +
			"and what the API said of the countries. No report can be written again.",
		"Kept: the batch's name, file and counts; of each site its technicalSiteName, label, country, VPN, reference, order, " +
			"voicesite and state, and a hash of its address, so that a later upload is recognised.",
	}
	if b.Report != "" {
		said = append(said, fmt.Sprintf("The report %s, with the .csv beside it, and copies of it stay where they are: "+
			"delete them yourself.", b.Report))
	}
	return said
}

func day(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

const (
	askToPurge       = "Type the batch's id to purge it: "
	sayNothingPurged = "Nothing was deleted (--dry-run)."
	purgeBroken      = "the batch could not be purged"
	purgeAgain       = "run the same command again, which continues where it stopped"
)

var (
	errCannotAsk     = &app.UsageError{Text: "nobody can be asked here, because this is no terminal: add --yes, or --dry-run"}
	errNothingPurged = errors.New("this is not the batch's id: nothing was deleted")
)

func errPurgeNeedsPerson(b rollout.Batch) error {
	return fmt.Errorf("batch %s cannot be purged, because rows in review wait for a person's decision: "+
		"see batch failures %[1]s, and decide with batch resolve", b.ID)
}

func errPurgeNotDone(b rollout.Batch) error {
	return fmt.Errorf("batch %s cannot be purged, because it is not done (it is %s): see batch status %[1]s", b.ID, statesOf(b))
}

// errPurged is the error of a command that needs what was deleted.
func errPurged(b rollout.Batch) error {
	if b.Report != "" {
		return fmt.Errorf("%s; its report was written to %s", clausePurged(b), b.Report)
	}
	return errors.New(clausePurged(b))
}

func saySummaryPurged(n int) string {
	batches := rollout.Count(n, rollout.Text{EN: "batch was"}, rollout.Text{EN: "batches were"})
	return fmt.Sprintf("%s purged; the sites are counted as before.", batches)
}
