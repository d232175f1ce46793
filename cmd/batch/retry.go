// The command batch retry: failed and cancelled rows are tried again.

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/console"
	"btrollout/internal/jobs"
	"btrollout/internal/jsonout"
	"btrollout/internal/overview"
	"btrollout/internal/rollout"
)

type retryFlags struct {
	ID string `arg:"" help:"Batch, as batch list shows it."`

	Filter filterFlags `embed:""`

	Row    []string `placeholder:"N" sep:"none" help:"${help_row} ${help_several}"`
	State  []string `enum:"failed,cancelled" placeholder:"STATE" help:"Only rows in this state: failed or cancelled. ${help_several}"`
	DryRun bool     `help:"Only say which rows would be tried again, and why others would not."`
	JSON   bool     `name:"json" help:"Print one JSON object, with all rows that are not tried again."`
}

// Help is the text of --help.
func (*retryFlags) Help() string {
	return `Use it when the cause is gone and the row is right as it stands; a row that must be corrected is uploaded again ` +
		`instead. A row must match each flag that is given; of a flag that is given several times, one value.

  batch retry 20260302-120000-ab12 --dry-run
  batch retry 20260302-120000-ab12 --code order.rejected --country FR --country BE
  batch retry 20260302-120000-ab12 --state cancelled
  batch retry 20260302-120000-ab12 --row 17 --row 18

It costs what an upload of these rows would cost: a row that has no order, or whose order was refused or rejected, is ordered. ` +
		`A row that has its voicesite is not: its address is sent again. Before an order, the account is searched. ` +
		`The command says how many rows need a new order. ` +
		`Rows that a person gave up are tried again only with --row or --code site.given-up. ` +
		`The batch goes on with these rows, and its report is written again when they have ended. ` +
		`Exit code 3: some rows that match are not tried again, or no row matches the flags.`
}

func (f *retryFlags) run(ctx context.Context, s *session) (int, error) {
	b, filter, err := s.filtered(ctx, f.ID, f.Filter)
	if err != nil {
		return 0, err
	}
	matches := func(s rollout.Site) bool {
		return filter.Selects(s) && (len(f.State) == 0 || slices.Contains(f.State, string(s.State)))
	}
	sel := jobs.Selection{Matches: matches, GivenUp: slices.Contains(filter.Codes, jobs.CodeGivenUp)}
	for _, name := range f.Row {
		row, err := b.ParseRow(name)
		if err != nil {
			return 0, &app.UsageError{Text: err.Error()}
		}
		sel.Rows = append(sel.Rows, row)
	}
	reading := newSlowProgress(s.stderr, titleChoosing, b.Rows())
	plan, err := jobs.PlanRetry(ctx, s.ledger, b.ID, sel, reading.set)
	reading.done()
	switch {
	case errors.Is(err, jobs.ErrCancelling):
		return 0, errCancelling(b.ID)
	case errors.Is(err, jobs.ErrPurged):
		return 0, errPurged(b)
	case err != nil:
		return 0, err
	case len(plan.Rows)+len(plan.Not) == 0:
		filtered := !filter.IsEmpty() || len(f.Row)+len(f.State) > 0
		if filtered {
			return config.ExitSomeBad, f.sayNothing(ctx, s, true)
		}
		return config.ExitDone, f.sayNothing(ctx, s, false)
	}
	orders := map[jobs.OrderNeed]int{}
	for _, row := range plan.Rows {
		orders[row.Need]++
	}
	if !f.JSON {
		printRetryPlan(s.stdout, plan, orders)
	}
	tried, not := len(plan.Rows), plan.Not
	if !f.DryRun {
		writing := newSlowProgress(s.stderr, titleRetrying, len(plan.Rows))
		tried, not, err = jobs.RetryRows(ctx, s.writer(), plan, writing.set)
		writing.done()
		if err != nil {
			return 0, errRetryEnded(tried, err)
		}
	}
	exit := config.ExitDone
	if len(not) > 0 {
		exit = config.ExitSomeBad
	}
	switch {
	case f.JSON:
		return exit, jsonout.Print(s.stdout, retryObject(plan.Batch, tried, not, orders, f.DryRun))
	case !f.DryRun:
		s.printRetried(plan.Batch, tried, not)
	}
	return exit, nil
}

// sayNothing says that no row matches, and what there is.
func (f *retryFlags) sayNothing(ctx context.Context, s *session, filtered bool) error {
	there, err := overview.Choices(ctx, s.ledger, f.ID)
	if err != nil {
		return err
	}
	if !f.JSON {
		fmt.Fprintln(s.stdout, sayNothingToRetry(f.ID, filtered, there))
		return nil
	}
	object := retryObject(rollout.Batch{ID: f.ID}, 0, nil, nil, f.DryRun)
	object.Choices = &jsonout.RetryChoices{Codes: there.Codes, Stages: there.Stages, Countries: there.Countries}
	return jsonout.Print(s.stdout, object)
}

// reasonCount is how many rows are not tried again for a reason.
type reasonCount struct {
	reason jobs.RetryReason
	rows   int
}

// countReasons counts rows by their reasons, the most frequent first.
func countReasons(not []jobs.NotRetried) []reasonCount {
	rows := map[jobs.RetryReason]int{}
	for _, n := range not {
		rows[n.Reason]++
	}
	var counts []reasonCount
	for reason, n := range rows {
		counts = append(counts, reasonCount{reason, n})
	}
	slices.SortFunc(counts, func(a, b reasonCount) int {
		return cmp.Or(cmp.Compare(b.rows, a.rows), cmp.Compare(a.reason, b.reason))
	})
	return counts
}

// printRetryPlan says what will be done, before it is done; orders counts the rows by their needs.
func printRetryPlan(w io.Writer, plan jobs.RetryPlan, orders map[jobs.OrderNeed]int) {
	fmt.Fprintln(w, sayRetryPlan(len(plan.Rows), len(plan.Not)))
	t := console.Table{Indent: 4, Right: []bool{true}}
	for _, c := range countReasons(plan.Not) {
		t.Add(console.Row{Cells: []string{strconv.Itoa(c.rows), c.reason.Words().In(plan.Batch.Lang)}})
	}
	t.Print(w, 0)
	if len(plan.Rows) > 0 {
		fmt.Fprintln(w, sayOrderNeeds(orders))
	}
}

// notRetriedPrinted is how many rows that are not tried again are printed; --json has them all.
const notRetriedPrinted = 10

// printRetried says what was done, and which rows are not tried again.
func (s *session) printRetried(b rollout.Batch, tried int, not []jobs.NotRetried) {
	fmt.Fprintln(s.stdout, sayRetried(b.ID, tried))
	if waits := sayRetryWaits(b); waits != "" && tried > 0 {
		fmt.Fprintln(s.stdout, waits)
	}
	t := console.Table{Heads: retryHeads, Indent: 4}
	for _, n := range not[:min(len(not), notRetriedPrinted)] {
		why := n.Reason.Words().In(b.Lang)
		if n.Other != nil {
			why += fmt.Sprintf(" (%s %s)", n.Other.Batch, n.Other.Name)
		}
		t.Add(console.Row{Cells: []string{b.RowName(n.Row), n.Name, why}})
	}
	t.Print(s.stdout, 0)
	if more := len(not) - notRetriedPrinted; more > 0 {
		fmt.Fprintln(s.stdout, sayMoreNotRetried(more))
	}
}

// retryObject is what is printed with --json.
func retryObject(
	b rollout.Batch, tried int, not []jobs.NotRetried, orders map[jobs.OrderNeed]int, dryRun bool,
) jsonout.Retry {
	object := jsonout.Retry{
		Batch: b.ID, DryRun: dryRun, Retried: tried,
		NewOrders: orders[jobs.NeedsOrder], MayHaveOrder: orders[jobs.MayHaveOrder], HaveOrder: orders[jobs.HasOrder],
		Reasons: []jsonout.RetryReason{}, NotRetried: []jsonout.NotRetried{},
	}
	for _, c := range countReasons(not) {
		object.Reasons = append(object.Reasons, jsonout.RetryReason{
			Reason: string(c.reason), Sentence: c.reason.Words().In(b.Lang), Rows: c.rows,
		})
	}
	for _, n := range not {
		row := jsonout.NotRetried{Row: b.RowName(n.Row), Name: n.Name, Reason: string(n.Reason)}
		if n.Other != nil {
			row.Elsewhere = &jsonout.OtherRow{Batch: n.Other.Batch, Row: n.Other.Name}
		}
		object.NotRetried = append(object.NotRetried, row)
	}
	return object
}

// slowAfter is how long something takes before its progress is shown.
const slowAfter = time.Second

// slowProgress shows the progress of something that takes longer than slowAfter.
type slowProgress struct {
	show  func() *app.Progress
	began time.Time
	shown *app.Progress // nil: it is not shown yet
}

func newSlowProgress(out io.Writer, title string, total int) *slowProgress {
	return &slowProgress{show: func() *app.Progress { return app.NewProgress(out, title, total) }, began: time.Now()}
}

func (p *slowProgress) set(n int) {
	if p.shown == nil && time.Since(p.began) >= slowAfter {
		p.shown = p.show()
	}
	if p.shown != nil {
		p.shown.Set(n, "")
	}
}

func (p *slowProgress) done() {
	if p.shown != nil {
		p.shown.Done()
	}
}
