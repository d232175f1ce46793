// Every message of the command.

package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"btrollout/internal/app"
	"btrollout/internal/jsonout"
	"btrollout/internal/overview"
	"btrollout/internal/rollout"
)

func errNoBatch(id string) error { return fmt.Errorf("there is no batch %s: see batch list", id) }

const noBatchYet = "There is no batch yet: enqueue a rollout file with the command enqueue."

// listHeads are the heads of the columns of batch list.
var listHeads = []string{"BATCH", "STATE", "ROWS", "ENDED", "PROVISIONED", "SKIPPED", "NEED SOMEONE", "CREATED", "NAME AND FILE"}

func sayState(b rollout.Batch, now time.Time) string {
	if !b.Purged.IsZero() {
		return sayPurged(b)
	}
	return fmt.Sprintf("Batch %s (%s) is %s after %s.", b.ID, b.Title(), shownState(b), app.Took(b, now))
}

func errStoppedWatching(id string) error {
	return fmt.Errorf("stopped watching; batch %s goes on", id)
}

func sayReport(id, file string) string { return fmt.Sprintf("Report of batch %s: %s", id, file) }

// helpTexts are the help texts of flags that are too long for their tags.
var helpTexts = kong.Vars{
	"help_stage": "Only problems found at this stage: import, validate, order, poll or address.",
}

// Messages about what stands where.

const (
	noSiteYet     = "No site has been uploaded yet."
	sayProblems   = "Most frequent problems:"
	titleFinding  = "Looking through the batches"
	headCountry   = "COUNTRY"
	wordNoCountry = "other"
	wordAll       = "all"
)

// Heads of columns.
var (
	failureHeads = []string{"ROW", "NAME", "COUNTRY", "STATE", "CODE", "PROBLEM"}
	totalHeads   = []string{headCountry, "SITES", "LIVE", "UNDER WAY", "NEED SOMEONE", "CANCELLED"}
	foundHeads   = []string{"BATCH", "ROW", "NAME", "COUNTRY", "STATE", "VOICESITE, PROBLEM OR OTHER ROW", "CREATED", "NAME AND FILE"}
	problemHeads = []string{"ROWS", "CODE", "FIRST ROW", "NAME"}
)

func sayNoFailures(b rollout.Batch, f overview.Filter) string {
	if f != (overview.Filter{}) {
		return fmt.Sprintf("No row of batch %s that needs someone matches.", b.ID)
	}
	return fmt.Sprintf("No row of batch %s needs someone.", b.ID)
}

// sayMoreProblems says where all problems are; more is how many codes were not printed.
func sayMoreProblems(id string, more int) string {
	if more > 0 {
		codes := rollout.Count(more, rollout.Text{EN: "more code"}, rollout.Text{EN: "more codes"})
		return fmt.Sprintf("%s: all rows are listed by batch failures %s.", codes, id)
	}
	return fmt.Sprintf("All rows are listed by batch failures %s.", id)
}

func sayNotFound(name string) string {
	return fmt.Sprintf("No batch has a site called %q.", name)
}

// sayLeftOut names the batches that batch find left out.
func sayLeftOut(damaged []string) string {
	batches := rollout.Count(len(damaged), rollout.Text{EN: "damaged batch was"}, rollout.Text{EN: "damaged batches were"})
	return fmt.Sprintf("%s left out: %s (batch status says why).", batches, strings.Join(damaged, ", "))
}

func sayWaitsFor(p jsonout.OtherRow) string {
	return fmt.Sprintf("waits for row %s of batch %s", p.Row, p.Batch)
}

func sayLeftTo(p jsonout.OtherRow) string {
	return fmt.Sprintf("left to row %s of batch %s", p.Row, p.Batch)
}

func tellBatches(done, of int) string { return fmt.Sprintf("%d of %d", done, of) }

func errNoCountry(text string) error {
	return &app.UsageError{Text: fmt.Sprintf("--country %q is no country code: write two letters, such as FR", text)}
}

func errNoDay(text string) error {
	return &app.UsageError{Text: fmt.Sprintf("--since %q is no day: write it like 2026-03-02", text)}
}

// Messages about decisions.

var (
	errNoDecision   = &app.UsageError{Text: "say what you decided: --voicesite ID, --order-again or --fail"}
	errOneVoicesite = &app.UsageError{Text: "a voicesite belongs to one row: resolve the others one by one"}
)

func sayResolved(row string, s rollout.Site) string {
	what := "goes on"
	if s.State == rollout.Failed {
		what = "is given up"
	}
	return fmt.Sprintf("Row %s (%s) %s.", row, s.Name, what)
}

// Messages about the rate of API calls.

var errRateAndDefault = &app.UsageError{Text: "give a rate or --default, not both"}

func errRateNotSet(cause error) error {
	const what = "the rate could not be set"
	return app.BecauseOfRedis(what, cause, "try again", fmt.Errorf(what+" (%w): try again", cause))
}

func errRateNotReset(cause error) error {
	const what = "the rate could not be set back to BT_RATE"
	return app.BecauseOfRedis(what, cause, "try again", fmt.Errorf(what+" (%w): try again", cause))
}

func errNoBudget(cause error) error {
	const what = "the budget of API calls cannot be read"
	return app.BecauseOfRedis(what, cause, "try again", fmt.Errorf(what+" (%w): try again", cause))
}

func sayRate(b jsonout.Rate) string {
	switch {
	case b.Rate == "":
		return "No process has called the API yet: the rate will be its BT_RATE."
	case b.Source == jsonout.RateByHand && b.Default != "":
		return fmt.Sprintf("Rate: %s, set by hand; BT_RATE is %s.", b.Rate, b.Default)
	case b.Source == jsonout.RateByHand:
		return fmt.Sprintf("Rate: %s, set by hand.", b.Rate)
	}
	return fmt.Sprintf("Rate: %s, from BT_RATE.", b.Rate)
}

func sayReduced(perSecond float64) string {
	return fmt.Sprintf("At present %s calls a second, because the API refused calls; this grows to the full rate.",
		strconv.FormatFloat(perSecond, 'g', 3, 64))
}

func sayPause(left time.Duration) string {
	return fmt.Sprintf("The API asked for a pause: no calls for another %s.", left.Round(time.Second))
}

func sayQuota(q jsonout.Quota) string { return fmt.Sprintf("Quota %s: %d used.", q.Quota, q.Used) }

func sayQuotaFull(left time.Duration) string {
	return fmt.Sprintf("A quota is used up: no calls for another %s.", (left + time.Second).Truncate(time.Second))
}
