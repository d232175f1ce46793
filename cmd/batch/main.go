// Command batch shows enqueued batches, pauses, cancels and plans them, records people's decisions about
// sites in review, has failed and cancelled ones tried again, purges batches, sets the rate of API calls,
// and says how long a batch would take. It uses Redis and makes no API calls.
package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

const description = "Shows enqueued batches, pauses, cancels and changes them, records decisions about rows, purges batches, " +
	"and sets the rate of API calls."

type cli struct {
	List   listFlags   `cmd:"" help:"List all batches, the newest first."`
	Status statusFlags `cmd:"" help:"Show how many sites of a batch are in which state."`
	Watch  watchFlags  `cmd:"" help:"Show a batch's progress until it is done."`
	Report reportFlags `cmd:"" help:"Write a batch's report to a file; also while it runs."`

	Log logFlags `cmd:"" help:"Show who did what to a batch, and when."`

	Failures failuresFlags `cmd:"" help:"List the rows of a batch that need someone, with their problems."`
	Summary  summaryFlags  `cmd:"" help:"Count the sites of all batches by country: how many are live."`
	Find     findFlags     `cmd:"" help:"Find a site by its name in all batches."`

	Pause  pauseFlags  `cmd:"" help:"Order, validate and push nothing more for now."`
	Resume resumeFlags `cmd:"" help:"End a pause."`
	Cancel cancelFlags `cmd:"" help:"Cancel a batch: order nothing more, and finish or leave what was ordered."`
	Urgent urgentFlags `cmd:"" help:"Put a batch before all others."`
	Window windowFlags `cmd:"" help:"Show or change the times in which a batch may order."`
	Order  orderFlags  `cmd:"" help:"Change in which order the sites of a batch are ordered."`

	Resolve  resolveFlags  `cmd:"" help:"Decide about rows in review: only a person can tell whether these sites were ordered."`
	Retry    retryFlags    `cmd:"" help:"Have rows tried again that failed or were cancelled."`
	Purge    purgeFlags    `cmd:"" help:"Delete the addresses of a batch that is done; what was provisioned stays known."`
	Forecast forecastFlags `cmd:"" help:"Say how long a batch would take, before it is enqueued."`
	Rate     rateFlags     `cmd:"" help:"Show or change the rate at which all processes together call the API."`

	Redis config.Redis `embed:""`
}

// isJSON reports whether the command that was given prints JSON.
func (c *cli) isJSON() bool {
	return c.List.JSON || c.Status.JSON || c.Rate.JSON || c.Failures.JSON || c.Retry.JSON || c.Summary.JSON || c.Find.JSON || c.Log.JSON ||
		c.Forecast.JSON
}

// subcommand is one of the commands of cli.
type subcommand interface {
	// run does the work; exit is the exit code if there is no error.
	run(ctx context.Context, s *session) (exit int, err error)
}

// session is what the commands share.
type session struct {
	rdb            *redis.Client
	ledger         *ledger.Ledger // only reads
	stdout, stderr io.Writer
	columns        int // of a line
	terminal       int // columns of the terminal, for tables whose rows must be one line elsewhere; 0: there is none
	// ask asks the person at the terminal; nil: there is no terminal.
	ask func(ctx context.Context, question string) (string, error)
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	var c cli
	command := config.Command{Name: "batch", Description: description, Vars: helpTexts}
	parsed, exit, ended := config.Parse(command, &c, args, stdout, stderr)
	if ended {
		return exit
	}
	ctx, stop := app.SignalContext(stderr, nil)
	defer stop()
	out := app.NewOutput(stdout)
	rdb, err := app.OpenRedis(ctx, c.Redis.Address())
	if err == nil {
		defer rdb.Close()
		s := &session{
			rdb: rdb, ledger: ledger.NewReader(rdb), stdout: out, stderr: stderr, columns: out.Columns(), terminal: out.TerminalColumns(),
		}
		s.ask = app.Asker(os.Stdin, stderr)
		exit, err = parsed.Selected().Target.Addr().Interface().(subcommand).run(ctx, s)
	}
	return out.End("batch", stderr, c.isJSON(), cmp.Or(c.Status.ID, c.Failures.ID, c.Retry.ID, c.Log.ID), exit, err)
}

// batch reads one batch.
func (s *session) batch(ctx context.Context, id string) (rollout.Batch, error) {
	b, err := s.ledger.Batch(ctx, id)
	if errors.Is(err, ledger.ErrNotFound) {
		return b, errNoBatch(id)
	}
	return b, err
}

// exitFor is the exit code of a command that showed a batch.
func exitFor(b rollout.Batch) int {
	if b.State == rollout.Done && b.NeedSomeone() > 0 || !b.WithdrawnAt.IsZero() {
		return config.ExitSomeBad
	}
	return config.ExitDone
}
