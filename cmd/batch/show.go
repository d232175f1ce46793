// The commands that show batches: batch list, status, watch and report.

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/console"
	"btrollout/internal/jsonout"
	"btrollout/internal/ledger"
	"btrollout/internal/progress"
	"btrollout/internal/report"
	"btrollout/internal/rollout"
)

type listFlags struct {
	JSON bool `name:"json" help:"Print one JSON list."`
}

type statusFlags struct {
	ID   string `arg:"" help:"Batch, as batch list shows it."`
	JSON bool   `name:"json" help:"Print one JSON object."`
}

type watchFlags struct {
	ID string `arg:"" help:"Batch, as batch list shows it."`
}

type reportFlags struct {
	ID     string `arg:"" help:"Batch, as batch list shows it."`
	Output string `short:"o" required:"" placeholder:"FILE" type:"path" help:"The .xlsx or .csv to write."`

	Force bool `help:"Replace the file, whatever it is. Without it, only a report that nobody has changed is replaced."`

	Lang rollout.Lang `enum:",en,fr" default:"" placeholder:"en|fr" help:"Language of the report; default: the batch's own."`
}

func (f *listFlags) run(ctx context.Context, s *session) (int, error) {
	batches, err := s.ledger.Batches(ctx)
	if err != nil {
		return 0, err
	}
	if f.JSON {
		all := make([]jsonout.Status, len(batches))
		for i, b := range batches {
			all[i] = jsonout.StatusOf(b)
		}
		return config.ExitDone, jsonout.Print(s.stdout, all)
	}
	if len(batches) == 0 {
		fmt.Fprintln(s.stdout, noBatchYet)
		return config.ExitDone, nil
	}
	t := console.Table{Heads: listHeads}
	for _, b := range batches {
		t.Add(console.Row{Cells: []string{
			b.ID, strings.Join(shownStates(b), ", "), strconv.Itoa(b.Rows()),
			strconv.Itoa(b.Counts[rollout.Provisioned] + b.Counts[rollout.Skipped]),
			strconv.Itoa(b.Counts[rollout.Cancelled]), strconv.Itoa(b.NeedSomeone()),
		}, Text: []string{createdAndTitle(b)}})
	}
	t.Print(s.stdout, s.terminal)
	return config.ExitDone, nil
}

// createdAndTitle is when a batch was created, its name and its file.
func createdAndTitle(b rollout.Batch) string {
	return b.Created.Local().Format("2006-01-02 15:04") + separator + b.Title()
}

// separator stands between two parts of a text.
const separator = " · "

// What is shown as the state of a batch that is Done.
const (
	shownPurged    = "purged"
	shownCancelled = "cancelled"
)

// shownStates is what people see of a batch: its states, or how it came to be done, other than by having done
// all rows.
func shownStates(b rollout.Batch) []string {
	switch {
	case !b.Purged.IsZero():
		return []string{shownPurged}
	case !b.WithdrawnAt.IsZero():
		return []string{string(rollout.Withdrawn)}
	case b.State == rollout.Done && b.Cancelled != rollout.NotCancelled:
		return []string{shownCancelled}
	}
	var all []string
	for _, state := range b.ShownStates() {
		all = append(all, string(state))
	}
	return all
}

func (f *statusFlags) run(ctx context.Context, s *session) (int, error) {
	b, err := s.batch(ctx, f.ID)
	if errors.Is(err, ledger.ErrDamaged) && f.JSON {
		return config.ExitFailed, jsonout.Print(s.stdout, jsonout.StatusOf(b))
	}
	if err != nil {
		return 0, err
	}
	p, err := progress.Of(ctx, s.ledger, s.rdb, b)
	if err != nil {
		return 0, err
	}
	if f.JSON {
		status := jsonout.StatusOf(b)
		status.Progress = &p
		return exitFor(b), jsonout.Print(s.stdout, status)
	}
	fmt.Fprintln(s.stdout, sayState(b, time.Now()).In(b.Lang))
	if b.State != rollout.Done {
		app.PrintProgress(s.stdout, p, b.Lang, s.columns)
	}
	app.Summary(s.stdout, b)
	return exitFor(b), s.printOverview(ctx, b)
}

func (f *watchFlags) run(ctx context.Context, s *session) (int, error) {
	if _, err := s.batch(ctx, f.ID); err != nil {
		return 0, err
	}
	b, err := app.Watch(ctx, s.ledger, s.rdb, f.ID, s.stderr)
	if ctx.Err() != nil {
		return 0, errStoppedWatching(f.ID)
	}
	if err != nil {
		return 0, err
	}
	fmt.Fprintln(s.stdout, sayState(b, time.Now()).In(b.Lang))
	app.Summary(s.stdout, b)
	return exitFor(b), nil
}

func (f *reportFlags) run(ctx context.Context, s *session) (int, error) {
	if err := app.CheckReplaceable(f.Output, report.RoleReport, f.Force, rollout.English); err != nil {
		return 0, err
	}
	b, err := s.batch(ctx, f.ID)
	if err != nil {
		return 0, err
	}
	if !b.Purged.IsZero() {
		return 0, errPurged(b)
	}
	if f.Lang != "" {
		b.Lang = f.Lang
	}
	log, err := s.ledger.AuditLog(ctx, b.ID)
	if err != nil {
		return 0, err
	}
	if err := app.WriteReport(f.Output, b, log, s.ledger.Sites(ctx, b.ID)); err != nil {
		return 0, err
	}
	fmt.Fprintln(s.stdout, sayReport(b.ID, f.Output))
	return config.ExitDone, nil
}
