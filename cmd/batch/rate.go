// The command batch rate: shows and sets the rate of API calls of all processes.

package main

import (
	"context"
	"fmt"
	"io"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/jsonout"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/throttle"
)

type rateFlags struct {
	Rate    string `arg:"" optional:"" help:"Rate of all processes from now on, instead of their BT_RATE, such as 10/s or 300/m."`
	Default bool   `help:"Set the rate back to BT_RATE."`
	JSON    bool   `name:"json" help:"Print one JSON object."`
}

// Help is the text of --help.
func (*rateFlags) Help() string {
	return `Without a rate, it shows the present rate, a reduction because the API refused calls, a pause, ` +
		`and how much of each quota is used.

  batch rate
  batch rate 10/s
  batch rate --default`
}

func (f *rateFlags) run(ctx context.Context, s *session) (int, error) {
	switch {
	case f.Rate != "" && f.Default:
		return 0, errRateAndDefault
	case f.Rate != "":
		r, err := throttle.ParseRate(f.Rate)
		if err != nil {
			return 0, &app.UsageError{Text: err.Error()}
		}
		if err := throttle.SetRate(ctx, s.rdb, r); err != nil {
			return 0, errRateNotSet(err)
		}
		if err := recordRate(ctx, s, r.String()); err != nil {
			return 0, err
		}
	case f.Default:
		if err := throttle.ResetRate(ctx, s.rdb); err != nil {
			return 0, errRateNotReset(err)
		}
		if err := recordRate(ctx, s, ""); err != nil {
			return 0, err
		}
	}
	status, err := throttle.ReadStatus(ctx, s.rdb)
	if err != nil {
		return 0, errNoBudget(err)
	}
	if f.JSON {
		return config.ExitDone, jsonout.Print(s.stdout, budgetOf(status))
	}
	printBudget(s.stdout, status)
	return config.ExitDone, nil
}

// recordRate records that this person set the rate; "": set it back to BT_RATE.
func recordRate(ctx context.Context, s *session, rate string) error {
	err := ledger.New(s.rdb).As(app.Person()).Record(ctx, rollout.AuditRate, rollout.AuditDetail{Rate: rate})
	if err != nil {
		return errRateNotRecorded(err)
	}
	return nil
}

// budgetOf is what is printed of the budget with --json.
func budgetOf(s throttle.Status) jsonout.Rate {
	b := jsonout.Rate{Pause: s.Pause.Seconds(), Full: s.Full.Seconds(), Quotas: []jsonout.Quota{}}
	if s.Rate.Calls > 0 {
		b.Rate, b.Source, b.Present = s.Rate.String(), jsonout.RateFromVariable, s.Rate.PerSecond()*s.Part
	}
	if s.ByHand {
		b.Source = jsonout.RateByHand
	}
	if s.Default.Calls > 0 {
		b.Default = s.Default.String()
	}
	for _, q := range s.Quotas {
		b.Quotas = append(b.Quotas, jsonout.Quota{Quota: q.Quota.String(), Used: q.Used})
	}
	return b
}

// printBudget prints the budget for people.
func printBudget(w io.Writer, s throttle.Status) {
	b := budgetOf(s)
	fmt.Fprintln(w, sayRate(b))
	if s.Part < 1 {
		fmt.Fprintln(w, sayReduced(b.Present))
	}
	if s.Pause > 0 {
		fmt.Fprintln(w, sayPause(s.Pause))
	}
	for _, q := range b.Quotas {
		fmt.Fprintln(w, sayQuota(q))
	}
	if s.Full > 0 {
		fmt.Fprintln(w, sayQuotaFull(s.Full))
	}
}
