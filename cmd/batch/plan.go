// The commands that change the plan of a batch while it runs: batch urgent, window and order.

package main

import (
	"context"
	"errors"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
)

type urgentFlags struct {
	ID  string `arg:"" help:"Batch, as batch list shows it."`
	Off bool   `help:"The batch takes turns with the others again."`
}

// Help is the text of --help.
func (*urgentFlags) Help() string {
	return `The batch orders before all batches that are not urgent; of eight sites that begin, one is of these meanwhile. ` +
		`Several urgent batches take turns. Windows and pauses hold an urgent batch, too.

  batch urgent 20260302-120000-ab12
  batch urgent 20260302-120000-ab12 --off`
}

type windowFlags struct {
	ID      string   `arg:"" help:"Batch, as batch list shows it."`
	Windows []string `arg:"" optional:"" name:"window" help:"Times in which the batch may order, such as \"22:00-06:00 Europe/Paris\"."`
	None    bool     `help:"The batch may order at once and at any time."`
	app.WindowFlags
}

// Help is the text of --help.
func (*windowFlags) Help() string {
	return `The windows replace those that the batch had. Outside them nothing is ordered; what was ordered is polled and gets ` +
		`its address, unless --window-strict. A window that passes midnight belongs to the day on which it opens. ` +
		`Without windows and flags, the command shows when the batch may order.

  batch window 20260302-120000-ab12 "22:00-06:00 Europe/Paris" --days mon-fri
  batch window 20260302-120000-ab12 "22:00-06:00 UTC" "sat,sun 00:00-24:00 UTC"
  batch window 20260302-120000-ab12 --at "2026-12-01 22:00 Europe/Paris"
  batch window 20260302-120000-ab12 --none`
}

type orderFlags struct {
	ID        string   `arg:"" help:"Batch, as batch list shows it."`
	Order     string   `arg:"" optional:"" help:"Order the sites as in the file (file), or by country (country)."`
	Countries []string `placeholder:"FR,BE" help:"Order the sites of these countries first."`
}

// Help is the text of --help.
func (*orderFlags) Help() string {
	return `The order replaces the one that the batch had. Sites that have begun are finished first, and sites that only wait for ` +
		`their addresses come before all others. Without an order and --countries, the command shows the order of the batch.

  batch order 20260302-120000-ab12 country
  batch order 20260302-120000-ab12 --countries FR,BE
  batch order 20260302-120000-ab12 file`
}

// replan changes the plan of a batch that goes on.
func (s *session) replan(ctx context.Context, b rollout.Batch, change func(*rollout.Plan) error) (rollout.Plan, error) {
	p, err := jobs.Replan(ctx, s.writer(), b.ID, change)
	if errors.Is(err, jobs.ErrCancelling) {
		err = errCancelledPlan(b.ID)
	}
	return p, of(b.ID, err)
}

func (f *urgentFlags) run(ctx context.Context, s *session) (int, error) {
	b, err := s.batch(ctx, f.ID)
	if err != nil {
		return 0, err
	}
	if _, err := s.replan(ctx, b, func(p *rollout.Plan) error { p.Urgent = !f.Off; return nil }); err != nil {
		return 0, err
	}
	s.say(sayUrgent(f.ID, !f.Off))
	return config.ExitDone, nil
}

func (f *windowFlags) run(ctx context.Context, s *session) (int, error) {
	b, err := s.batch(ctx, f.ID)
	if err != nil {
		return 0, err
	}
	plan := b.Plan
	if len(f.Windows) > 0 || f.None || f.Given() {
		if f.None && len(f.Windows) > 0 {
			return 0, errWindowsOrNone
		}
		if plan, err = s.replan(ctx, b, f.change); err != nil {
			return 0, err
		}
	}
	s.say(app.SayPlan(plan, time.Now()).EN)
	return config.ExitDone, nil
}

// change makes the change of a plan that the flags say. --none takes the start time back, too.
func (f *windowFlags) change(p *rollout.Plan) error {
	flags, windows := f.WindowFlags, f.Windows
	switch {
	case f.None:
		p.Start = time.Time{}
	case len(windows) == 0:
		windows, flags.WindowStrict = p.Windows, flags.WindowStrict || p.Strict && len(p.Windows) > 0
	}
	return flags.SetWindows(p, windows, time.Now())
}

func (f *orderFlags) run(ctx context.Context, s *session) (int, error) {
	b, err := s.batch(ctx, f.ID)
	if err != nil {
		return 0, err
	}
	plan := b.Plan
	switch {
	case f.Order != "" && f.Order != app.OrderFile && f.Order != app.OrderCountry:
		return 0, errNoOrder(f.Order)
	case f.Order != "" || len(f.Countries) > 0:
		first, err := app.ParseFirst(f.Countries)
		if err != nil {
			return 0, err
		}
		plan, err = s.replan(ctx, b, func(p *rollout.Plan) error {
			p.First, p.ByCountry = first, f.Order == app.OrderCountry
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	s.say(sayOrder(b.ID, plan))
	if without := app.SayFirstWithoutRows(plan, b.Countries); without != (rollout.Text{}) {
		s.say(without.EN)
	}
	return config.ExitDone, nil
}
