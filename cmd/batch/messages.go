// Every message of the command.

package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"btrollout/internal/app"
	"btrollout/internal/jobs"
	"btrollout/internal/jsonout"
	"btrollout/internal/overview"
	"btrollout/internal/rollout"
	"btrollout/internal/throttle"
)

func errNoBatch(id string) error { return fmt.Errorf("there is no batch %s: see batch list", id) }

const noBatchYet = "There is no batch yet: enqueue a rollout file with the command enqueue."

// listHeads are the heads of the columns of batch list.
var listHeads = []string{"BATCH", "STATE", "ROWS", "DONE", "CANCELLED", "NEED SOMEONE", "CREATED · NAME AND FILE"}

// statesOf is what people see of a batch, within a sentence.
func statesOf(b rollout.Batch) string { return strings.Join(shownStates(b), " and ") }

func sayState(b rollout.Batch, now time.Time) rollout.Text {
	if !b.Purged.IsZero() {
		return rollout.Text{EN: sayPurged(b)}
	}
	return rollout.Say("Batch %s (%s) is %s after %s.", "Lot %s (%s) : %s après %s.",
		b.ID, b.Title(), rollout.Text{EN: statesOf(b), FR: strings.Join(shownStates(b), ", ")}, app.Took(b, now))
}

// logHeads are the heads of the columns of batch log.
var logHeads = []string{"WHEN", "WHO", "WHAT", "DETAIL"}

// sayNoEntry says that a log is empty; "": that of the account.
func sayNoEntry(batch string) string {
	if batch == "" {
		return "No change that concerns no batch is recorded."
	}
	return fmt.Sprintf("Nothing is recorded about batch %s.", batch)
}

func errStoppedWatching(id string) error {
	return fmt.Errorf("stopped watching; batch %s goes on", id)
}

func sayReport(id, file string) string { return fmt.Sprintf("Report of batch %s: %s", id, file) }

// helpTexts are the help texts of flags that are too long for their tags.
var helpTexts = kong.Vars{
	"help_stage":   "Only problems found at this stage: import, validate, order, poll or address.",
	"help_row":     "Only this row, as in the report: 17 or, in a file of several sheets, BE:17.",
	"help_several": "Several times: one of these.",

	"help_registers": "Of these countries, those whose addresses are looked up in a register before the order, which is one more " +
		"call a site: enqueue countries says which.",
	"help_forecast_customer": "Customer code: only deliveries of this customer's batches count; default: of all batches.",
}

// Messages about what stands where.

const (
	noSiteYet    = "No site has been uploaded yet."
	titleFinding = "Looking through the batches"
	wordAll      = "all"
)

// Words of batch status, which are in the language of the batch.
var (
	sayProblems   = rollout.Say("Most frequent problems:", "Problèmes les plus fréquents :")
	headCountry   = rollout.Say("COUNTRY", "PAYS")
	wordNoCountry = rollout.Say("other", "autre")
	problemHeads  = []rollout.Text{
		rollout.Say("ROWS", "LIGNES"), rollout.Say("CODE", "CODE"), rollout.Say("FIRST ROW", "PREMIÈRE LIGNE"), rollout.Say("NAME", "NOM"),
	}
)

// Heads of columns.
var (
	failureHeads = []string{"ROW", "NAME", "COUNTRY", "STATE", "CODE", "PROBLEM"}
	totalHeads   = []string{headCountry.EN, "SITES", "LIVE", "UNDER WAY", "NEED SOMEONE", "CANCELLED"}
	foundHeads   = []string{"BATCH", "NAME", "ROW", "COUNTRY", "STATE", "VOICESITE, PROBLEM OR OTHER ROW · CREATED · NAME AND FILE"}
)

func sayNoFailures(b rollout.Batch, f overview.Filter) string {
	if !f.IsEmpty() {
		return fmt.Sprintf("No row of batch %s that needs someone matches.", b.ID)
	}
	return fmt.Sprintf("No row of batch %s needs someone.", b.ID)
}

// sayMoreProblems says where all problems are; more is how many codes were not printed.
func sayMoreProblems(id string, more int) rollout.Text {
	if more > 0 {
		codes := rollout.Count(more, rollout.Say("more code", "autre code"), rollout.Say("more codes", "autres codes"))
		return rollout.Say("%s: all rows are listed by batch failures %s.",
			"%s : toutes les lignes sont données par batch failures %s.", codes, id)
	}
	return rollout.Say("All rows are listed by batch failures %s.", "Toutes les lignes sont données par batch failures %s.", id)
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

// Messages about pausing, cancelling and planning batches.

var (
	errAllOrSome       = &app.UsageError{Text: "give the ids of batches, or --all"}
	errNothingToResume = &app.UsageError{Text: "give the ids of batches, --all or --queues"}
	errWindowsOrNone   = &app.UsageError{Text: "give windows or --none, not both"}
	errStoppedWaiting  = errors.New("stopped waiting; the pause stays")
)

func errEnded(id string) error {
	return fmt.Errorf("batch %s has ended: there is nothing of it to change", id)
}

func errNoOrder(text string) error {
	return &app.UsageError{Text: fmt.Sprintf("%q is no order: write file or country, and countries that come first with --countries", text)}
}

// sayOrder says in which order the sites of a batch are ordered.
func sayOrder(id string, p rollout.Plan) string {
	order := "as in the file"
	if p.ByCountry {
		order = "by country"
	}
	if len(p.First) > 0 {
		return fmt.Sprintf("Batch %s orders the sites of %s first, and then the others %s.", id, strings.Join(p.First, ", "), order)
	}
	return fmt.Sprintf("Batch %s orders its sites %s.", id, order)
}

func errCancelledPlan(id string) error {
	return fmt.Errorf("batch %s was cancelled, and orders nothing more: its order of work is not changed", id)
}

const (
	sayAllPaused  = "All batches are paused, also those that are enqueued later: batch resume --all lets them go on."
	sayAllResumed = "The pause of all batches has ended."
)

func sayPaused(id string) string {
	return fmt.Sprintf("Batch %s is paused: batch resume %s lets it go on.", id, id)
}

func sayStillPaused(id string) string {
	return fmt.Sprintf("Batch %s was paused separately, and stays paused: batch resume %s lets it go on.", id, id)
}

func sayResumed(b rollout.Batch) string {
	if b.IsPaused() {
		return fmt.Sprintf("The pause of batch %s has ended, but all batches are paused: batch resume --all lets them go on.", b.ID)
	}
	return fmt.Sprintf("Batch %s goes on.", b.ID)
}

// sayInFlight says how many orders and addresses are under way.
func sayInFlight(calls int) string {
	if calls == 0 {
		return "No order and no address is under way."
	}
	return rollout.Count(calls, rollout.Text{EN: "order or address is"}, rollout.Text{EN: "orders and addresses are"}).EN + " still under way."
}

func errQueuesNotRecorded(cause error) error {
	const what = "the queues go on, but batch log will not show who resumed them"
	return app.BecauseOfRedis(what, cause, "", fmt.Errorf(what+" (%w)", cause))
}

func sayQueuesResumed(queues []string) string {
	if len(queues) == 0 {
		return "No queue was paused."
	}
	return fmt.Sprintf("These queues go on: %s. Workers notice it within seconds.", strings.Join(queues, ", "))
}

// sayCancelWithdrew says that a batch was cancelled before its upload had written all rows.
func sayCancelWithdrew(id string) string {
	return fmt.Sprintf("Batch %s is withdrawn: its upload had not written all rows. Nothing of it was ordered, and nothing will be; "+
		"the command enqueue that uploads it ends. Its rows cannot be tried again: enqueue the file if you need it after all.", id)
}

// sayCancelled says what becomes of the sites of a batch that was just cancelled, as it stood before: so
// many of them were being tried again, and had been ordered.
func sayCancelled(b rollout.Batch, again int, leave bool) []string {
	count := func(n int, one, many string) string {
		return rollout.Count(n, rollout.Text{EN: one}, rollout.Text{EN: many}).EN
	}
	lines, c := []string{fmt.Sprintf("Batch %s is cancelled.", b.ID)}, b.Counts
	if n := c[rollout.Following] + c[rollout.Imported] + c[rollout.Validated] - again; n > 0 {
		lines = append(lines, count(n, "site was not ordered yet, and will not be.", "sites were not ordered yet, and will not be."))
	}
	if n := c[rollout.Ordering]; n > 0 {
		lines = append(lines, count(n, "site may have been ordered: that is looked up first.",
			"sites may have been ordered: each is looked up first."))
	}
	n := c[rollout.Ordered] + c[rollout.Delivered] + again
	switch {
	case n == 0:
	case leave:
		lines = append(lines, count(n, "site was ordered, and is left as it is: the report says what is to be done by hand.",
			"sites were ordered, and are left as they are: the report says what is to be done by hand."))
	default:
		lines = append(lines, count(n, "site was ordered: it is delivered, and gets its address.",
			"sites were ordered: they are delivered, and get their addresses."))
	}
	if b.IsPaused() && !leave && c[rollout.Ordering]+n > 0 {
		resume := b.ID
		if b.Paused.At.IsZero() {
			resume = "--all"
		}
		lines = append(lines, fmt.Sprintf("The batch is paused: addresses are sent after batch resume %s.", resume))
	}
	if c[rollout.Imported]+c[rollout.Validated] > 0 {
		lines = append(lines, "If a later upload left its sites to this batch (site.under-way), upload it again.")
	}
	return append(lines, fmt.Sprintf("batch watch %s shows how far that is.", b.ID))
}

func sayUrgent(id string, on bool) string {
	if on {
		return fmt.Sprintf("Batch %s is urgent: it comes before all batches that are not.", id)
	}
	return fmt.Sprintf("Batch %s is not urgent: it takes turns with the others.", id)
}

// Messages about rows that are tried again.

const (
	titleChoosing = "Reading the batch"
	titleRetrying = "Trying again"
)

func errCancelling(id string) error {
	return fmt.Errorf("batch %s is being cancelled: wait until it is done, see batch watch %s", id, id)
}

// retryHeads are the heads of the columns of rows that are not tried again.
var retryHeads = []string{"ROW", "NAME", "WHY"}

// sayRetryPlan says how many rows will be tried again; the reasons of the others follow.
func sayRetryPlan(rows, not int) string {
	will := rollout.Count(rows, rollout.Text{EN: "row"}, rollout.Text{EN: "rows"}).EN + " will be tried again"
	switch {
	case not == 0:
		return will + "."
	case rows == 0:
		return fmt.Sprintf("No row will be tried again; %d will not, because", not)
	}
	return fmt.Sprintf("%s, %d will not, because", will, not)
}

// sayOrderNeeds says how many of the rows that are tried again cost a new order.
func sayOrderNeeds(rows map[jobs.OrderNeed]int) string {
	var parts []string
	for _, need := range []struct {
		of        jobs.OrderNeed
		one, many string
	}{
		{jobs.NeedsOrder, "needs a new order", "need a new order"},
		{jobs.HasOrder, "has an order or a voicesite already", "have an order or a voicesite already"},
		{jobs.MayHaveOrder, "may have an order, which is looked up first", "may have an order, which is looked up first"},
	} {
		if n := rows[need.of]; n > 0 {
			parts = append(parts, rollout.Count(n, rollout.Text{EN: need.one}, rollout.Text{EN: need.many}).EN)
		}
	}
	return "Of the rows to be tried again, " + strings.Join(parts, "; ") + "."
}

func sayRetried(id string, rows int) string {
	tried := rollout.Count(rows, rollout.Text{EN: "row is"}, rollout.Text{EN: "rows are"})
	if rows == 0 {
		return "No row is tried again."
	}
	return fmt.Sprintf("%s tried again: batch watch %s shows how far.", tried, id)
}

// sayRetryWaits says that rows that are tried again wait for the end of a pause; "" if they do not.
func sayRetryWaits(b rollout.Batch) string {
	switch {
	case !b.AllPaused.At.IsZero():
		return "All batches are paused: batch resume --all lets them begin."
	case !b.Paused.At.IsZero():
		return fmt.Sprintf("The batch is paused: batch resume %s lets them begin.", b.ID)
	}
	return ""
}

// sayMoreNotRetried says that more rows were not printed.
func sayMoreNotRetried(more int) string {
	return fmt.Sprintf("%s: --json lists all.", rollout.Count(more, rollout.Text{EN: "more row"}, rollout.Text{EN: "more rows"}))
}

// sayNothingToRetry says that no row matches, and what values there are.
func sayNothingToRetry(id string, filtered bool, there overview.Filter) string {
	var values []string
	add := func(what string, list []string) {
		if len(list) > 0 {
			values = append(values, what+" "+strings.Join(list, ", "))
		}
	}
	stages := make([]string, len(there.Stages))
	for i, stage := range there.Stages {
		stages[i] = string(stage)
	}
	add("codes", there.Codes)
	add("stages", stages)
	add("countries", there.Countries)
	switch {
	case !filtered:
		return fmt.Sprintf("No row of batch %s failed, was cancelled or needs someone.", id)
	case len(values) == 0:
		return fmt.Sprintf("No row of batch %s matches, and none failed, was cancelled or needs someone.", id)
	}
	return fmt.Sprintf("No row of batch %s that failed, was cancelled or needs someone matches. These have the %s.",
		id, strings.Join(values, "; "))
}

func errRetryEnded(tried int, cause error) error {
	return fmt.Errorf("%w; %s tried again by then: run the command again for the others", cause,
		rollout.Count(tried, rollout.Text{EN: "row is"}, rollout.Text{EN: "rows are"}))
}

// Messages about the time that a planned batch takes.

var (
	errFileOrSites  = &app.UsageError{Text: "give a rollout file, or the number of sites with --sites"}
	errSitesOfWhere = &app.UsageError{Text: "give the countries of the sites, too, such as --country FR"}
)

func errRegisterOfWhere(country string) error {
	return &app.UsageError{Text: fmt.Sprintf("--registers %s is none of the countries of --country", country)}
}

func errNoSiteInFile(file string) error {
	return fmt.Errorf("no row of %s can be ordered: enqueue --check says why", file)
}

const (
	sayNoWorker   = "No worker is running: times count from when one is."
	sayLastOrder  = "The last order is sent %s."
	sayOrdersOnly = "How long deliveries take is not known, because too few were seen in this Redis. The last order would be sent %s, " +
		"if no address is sent before; deliveries and addresses come on top."
)

func sayPlannedRows(rows plannedRows, calls int) string {
	text := rollout.Count(rows.orders, rollout.Text{EN: "site to order"}, rollout.Text{EN: "sites to order"}).EN
	if rows.addresses > 0 {
		text += fmt.Sprintf(", %d that only need an address", rows.addresses)
	}
	if rows.rejected > 0 {
		text += fmt.Sprintf(", %d that cannot be read and are left out", rows.rejected)
	}
	return fmt.Sprintf("%s: about %d API calls.", text, calls)
}

func sayForecastRate(r throttle.Rate) string { return fmt.Sprintf("Rate: %s.", r) }

func sayShared(batches int) string {
	return rollout.Count(batches, rollout.Text{EN: "other batch is open, and shares the calls."},
		rollout.Text{EN: "other batches are open, and share the calls."}).EN
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

func errRateNotRecorded(cause error) error {
	const what = "the rate is set, but batch log will not show who set it"
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
