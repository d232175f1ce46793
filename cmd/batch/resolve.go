// The command batch resolve: a person's decision about rows in review.

package main

import (
	"context"
	"errors"
	"fmt"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

type resolveFlags struct {
	ID   string   `arg:"" help:"Batch, as batch list shows it."`
	Rows []string `arg:"" name:"row" help:"Rows in review, as in the report: 17 or, in a file of several sheets, BE:17."`

	Voicesite  string `placeholder:"ID" xor:"decision" help:"The voicesite exists: the worker verifies it, and sends the address."`
	OrderAgain bool   `xor:"decision" help:"The account does not have the site: order it. If an earlier order appears later, both cost money."`
	Fail       bool   `xor:"decision" help:"Give the site up. If the row is uploaded again, the site is ordered unless the account has it."`
}

// Help is the text of --help.
func (*resolveFlags) Help() string {
	return `Before you decide, look for the site in the Business Talk Online portal, by its name and its ` +
		`customerOrderReference, and ask Orange's support if necessary.

  batch resolve 20260302-120000-ab12 17 --voicesite vs00000042
  batch resolve 20260302-120000-ab12 18 19 20 --order-again

The batch goes on with these rows, and its report is written again when they have ended.`
}

func (f *resolveFlags) run(ctx context.Context, s *session) (int, error) {
	if f.Voicesite == "" && !f.OrderAgain && !f.Fail {
		return 0, errNoDecision
	}
	if f.Voicesite != "" && len(f.Rows) > 1 {
		return 0, errOneVoicesite
	}
	b, err := s.batch(ctx, f.ID)
	if err != nil {
		return 0, err
	}
	rows := make([]rollout.RowRef, len(f.Rows))
	for i, name := range f.Rows {
		if rows[i], err = b.ParseRow(name); err != nil {
			return 0, &app.UsageError{Text: err.Error()}
		}
	}
	exit, l, queue := config.ExitDone, ledger.New(s.rdb).As(app.Person()), jobs.NewQueue(s.rdb)
	decision := jobs.Resolution{VoiceSiteID: f.Voicesite, OrderAgain: f.OrderAgain, Fail: f.Fail}
	for _, row := range rows {
		site, err := jobs.Resolve(ctx, l, queue, f.ID, row, decision)
		if isOfRow(err) {
			fmt.Fprintf(s.stderr, "batch: %s\n", app.Explain(err))
			exit = config.ExitFailed
			continue
		}
		if err != nil {
			return 0, err
		}
		fmt.Fprintln(s.stdout, sayResolved(b.RowName(row), site))
	}
	return exit, nil
}

// isOfRow reports whether an error concerns one row, so that the others can be resolved.
func isOfRow(err error) bool {
	for _, of := range []error{jobs.ErrNotInReview, jobs.ErrRowLost, jobs.ErrCancelling,
		ledger.ErrNotFound, ledger.ErrTaken, ledger.ErrStale} {
		if errors.Is(err, of) {
			return true
		}
	}
	return false
}
