// The commands that change a batch while it runs: batch pause, resume, cancel, urgent and window.

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/console"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/schedule"
)

type pauseFlags struct {
	IDs  []string `arg:"" optional:"" name:"id" help:"Batches, as batch list shows them."`
	All  bool     `help:"Pause all batches of the account, also those that are enqueued later."`
	Wait bool     `help:"Wait until no call of the batches is under way any more."`
}

// Help is the text of --help.
func (*pauseFlags) Help() string {
	return `Within 2 s, no worker orders, validates or pushes anything for the batch any more. Orders that were made ` +
		`are still polled; the sites that they deliver wait for their addresses. A call that is just being made is finished.

  batch pause 20260302-120000-ab12 --wait
  batch pause --all`
}

type resumeFlags struct {
	IDs    []string `arg:"" optional:"" name:"id" help:"Batches, as batch list shows them."`
	All    bool     `help:"End the pause of all batches (batch pause --all). Batches that were paused one by one stay paused."`
	Queues bool     `help:"Let queues go on that somebody paused in asynq, such as in asynqmon."`
}

type cancelFlags struct {
	ID           string `arg:"" help:"Batch, as batch list shows it."`
	LeaveOrdered bool   `help:"Leave ordered sites as they are; the report says what is to be done by hand."`
	Wait         bool   `help:"Wait until the batch is done."`
}

// Help is the text of --help.
func (*cancelFlags) Help() string {
	return `Nothing more is ordered. Sites that were ordered are delivered and get their addresses, because they cost money ` +
		`already; with --leave-ordered they are left. A site whose order may have been made is looked up first. ` +
		`The same file can be uploaded again.

  batch cancel 20260302-120000-ab12 --wait`
}

type urgentFlags struct {
	ID  string `arg:"" help:"Batch, as batch list shows it."`
	Off bool   `help:"The batch takes turns with the others again."`
}

// Help is the text of --help.
func (*urgentFlags) Help() string {
	return `The batch comes before all that are not urgent; these get one turn of eight meanwhile.`
}

type windowFlags struct {
	ID      string   `arg:"" help:"Batch, as batch list shows it."`
	Windows []string `arg:"" optional:"" name:"window" help:"Times in which the batch may order, such as \"22:00-06:00 Europe/Paris\"."`
	None    bool     `help:"The batch may order at any time."`
	app.WindowFlags
}

// Help is the text of --help.
func (*windowFlags) Help() string {
	return `The windows replace those that the batch had. Outside them nothing is ordered; what was ordered is polled and gets ` +
		`its address, unless --window-strict. --days names the days on which the windows open. Without windows, the command shows them.

  batch window 20260302-120000-ab12 "22:00-06:00 Europe/Paris" --days mon-fri
  batch window 20260302-120000-ab12 "22:00-06:00 Europe/Paris" "sat,sun 00:00-24:00 Europe/Paris"
  batch window 20260302-120000-ab12 --none`
}

// writer is the ledger of a command that changes batches.
func (s *session) writer() *ledger.Ledger { return ledger.New(s.rdb).As(app.Person()) }

// of explains an error about a batch.
func of(id string, err error) error {
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return errNoBatch(id)
	case errors.Is(err, jobs.ErrEnded):
		return errEnded(id)
	}
	return err
}

func (f *pauseFlags) run(ctx context.Context, s *session) (int, error) {
	l := s.writer()
	switch {
	case f.All == (len(f.IDs) > 0):
		return 0, errAllOrSome
	case f.All:
		if err := l.PauseAll(ctx); err != nil {
			return 0, err
		}
		fmt.Fprintln(s.stdout, sayAllPaused)
	}
	for _, id := range f.IDs {
		if err := jobs.Pause(ctx, l, id); err != nil {
			return 0, of(id, err)
		}
		fmt.Fprintln(s.stdout, sayPaused(id))
	}
	return config.ExitDone, s.awaitCalls(ctx, f.IDs, f.Wait)
}

// flightCheck is how often the calls that are under way are counted.
const flightCheck = 500 * time.Millisecond

// awaitCalls says how many calls of batches are under way, and waits until there are none if wait is set.
// No ids: of all open batches.
func (s *session) awaitCalls(ctx context.Context, ids []string, wait bool) error {
	last := -1
	for {
		flying, err := s.inFlight(ctx, ids)
		if err != nil {
			return err
		}
		if flying != last {
			fmt.Fprintln(s.stdout, sayInFlight(flying))
		}
		if last = flying; flying == 0 || !wait {
			return nil
		}
		select {
		case <-ctx.Done():
			return errStoppedWaiting
		case <-time.After(flightCheck):
		}
	}
}

// inFlight counts the calls of batches that are under way. No ids: of all open batches.
func (s *session) inFlight(ctx context.Context, ids []string) (int, error) {
	open, err := s.ledger.OpenCounts(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, b := range open {
		if b.State == rollout.Damaged || len(ids) > 0 && !slices.Contains(ids, b.ID) {
			continue
		}
		calls, err := s.ledger.InFlight(ctx, b, time.Now())
		if err != nil {
			return 0, err
		}
		n += calls
	}
	return n, nil
}

func (f *resumeFlags) run(ctx context.Context, s *session) (int, error) {
	l := s.writer()
	if len(f.IDs) == 0 && !f.All && !f.Queues {
		return 0, errNothingToResume
	}
	if f.Queues {
		resumed, err := jobs.NewQueue(s.rdb).Resume(ctx)
		if err != nil {
			return 0, err
		}
		fmt.Fprintln(s.stdout, sayQueuesResumed(resumed))
	}
	if f.All {
		if err := l.ResumeAll(ctx); err != nil {
			return 0, err
		}
		fmt.Fprintln(s.stdout, sayAllResumed)
		open, err := l.OpenCounts(ctx)
		if err != nil {
			return 0, err
		}
		for _, b := range open {
			if !b.Paused.At.IsZero() && !slices.Contains(f.IDs, b.ID) {
				fmt.Fprintln(s.stdout, sayStillPaused(b.ID))
			}
		}
	}
	for _, id := range f.IDs {
		if err := jobs.Resume(ctx, l, id); err != nil {
			return 0, of(id, err)
		}
		b, err := l.Batch(ctx, id)
		if err != nil {
			return 0, of(id, err)
		}
		fmt.Fprintln(s.stdout, sayResumed(b))
	}
	return config.ExitDone, nil
}

func (f *cancelFlags) run(ctx context.Context, s *session) (int, error) {
	l := s.writer()
	before, err := s.batch(ctx, f.ID)
	if err != nil {
		return 0, err
	}
	if err := jobs.Cancel(ctx, l, jobs.NewQueue(s.rdb), f.ID, f.LeaveOrdered); err != nil {
		return 0, of(f.ID, err)
	}
	for _, line := range sayCancelled(before, f.LeaveOrdered) {
		console.Paragraph(s.stdout, 0, line, s.columns)
	}
	if !f.Wait {
		return config.ExitDone, nil
	}
	return (&watchFlags{ID: f.ID}).run(ctx, s)
}

func (f *urgentFlags) run(ctx context.Context, s *session) (int, error) {
	_, err := jobs.Replan(ctx, s.writer(), f.ID, func(p *rollout.Plan) error { p.Urgent = !f.Off; return nil })
	if err != nil {
		return 0, of(f.ID, err)
	}
	fmt.Fprintln(s.stdout, sayUrgent(f.ID, !f.Off))
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
		windows := f.Windows
		if len(windows) == 0 && !f.None {
			windows = plan.Windows
		}
		plan, err = jobs.Replan(ctx, s.writer(), f.ID, func(p *rollout.Plan) error { return f.SetWindows(p, windows, time.Now()) })
		if err != nil {
			return 0, of(f.ID, err)
		}
	}
	fmt.Fprintln(s.stdout, sayPlan(plan, time.Now()))
	return config.ExitDone, nil
}

// sayPlan says when a batch may order.
func sayPlan(p rollout.Plan, now time.Time) string {
	sched, err := schedule.Read(p.Windows, p.Start)
	if err != nil {
		return err.Error()
	}
	var parts []string
	if len(p.Windows) == 0 {
		parts = append(parts, sayNoWindows)
	} else {
		parts = append(parts, sayWindows(strings.Join(p.Windows, ", "), p.Strict))
	}
	if opens, found := sched.NextOpening(now); found && opens.After(now) {
		parts = append(parts, sayOpens(schedule.FormatMoment(opens, now)))
	} else if closes, found := sched.ClosesAt(now); found {
		parts = append(parts, sayCloses(schedule.FormatMoment(closes, now)))
	}
	return strings.Join(parts, " ")
}
