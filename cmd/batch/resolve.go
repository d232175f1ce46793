package main

// This file is batch resolve: what a person decided about rows in review.

import (
	"errors"
	"fmt"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

type resolve struct {
	ID   string   `arg:"" help:"Batch, as batch list shows it."`
	Rows []string `arg:"" name:"row" help:"Rows in review, by their numbers in the file, such as 17 or, in a file of several sheets, BE:17. The report says what is to be decided about each."`

	Voicesite  string `placeholder:"ID" xor:"decision" help:"The voicesite exists: the worker makes sure that it is the site's, and goes on with its address."`
	OrderAgain bool   `xor:"decision" help:"Nothing the account holds by now is the site: order it. If an earlier order arrives after all, both cost money."`
	Fail       bool   `xor:"decision" help:"Give the site up. Should its row be uploaded again, it is looked for in the account, and ordered if it is not to be seen there."`
}

// Help is printed below the flags.
func (resolve) Help() string {
	return `Before you decide, look for the site in the Business Talk Online portal, by its name and its customerOrderReference, and ask Orange's support if need be.

  batch resolve 20260302-120000-ab12 17 --voicesite vs00000042
  batch resolve 20260302-120000-ab12 18 19 20 --order-again

The batch goes on with these rows, and writes its report anew when they have ended.`
}

func (c *resolve) Run(e *env) error {
	if c.Voicesite == "" && !c.OrderAgain && !c.Fail {
		return &app.UsageError{Text: "say what you decided: --voicesite ID, --order-again or --fail"}
	}
	if c.Voicesite != "" && len(c.Rows) > 1 {
		return &app.UsageError{Text: "a voicesite belongs to one row: resolve the others one by one"}
	}
	b, err := e.batch(c.ID)
	if err != nil {
		return err
	}
	rows := make([]int, len(c.Rows))
	for i, name := range c.Rows {
		if rows[i], err = b.ParseRow(name); err != nil {
			return &app.UsageError{Text: err.Error()}
		}
	}
	for _, row := range rows {
		s, err := jobs.Resolve(e.ctx, e.ledger, e.queue, c.ID, row, jobs.Resolution{VoiceSiteID: c.Voicesite, OrderAgain: c.OrderAgain, Fail: c.Fail})
		if errors.Is(err, jobs.ErrNotInReview) || errors.Is(err, jobs.ErrRowLost) || errors.Is(err, ledger.ErrNotFound) ||
			errors.Is(err, ledger.ErrTaken) || errors.Is(err, ledger.ErrStale) {
			fmt.Fprintf(e.stderr, "batch: %v\n", err) // the other rows may be right
			e.exit = config.ExitFailed
			continue
		}
		if err != nil {
			return err
		}
		said := "is given up"
		if s.State != rollout.Failed {
			said = "goes on"
		}
		fmt.Fprintf(e.stdout, "Row %s (%s) %s.\n", b.RowName(row), s.Name, said)
	}
	return nil
}
