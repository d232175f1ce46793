// Command batch shows what became of enqueued batches, takes a person's decision about
// sites in review, and sets the rate of API calls. It speaks to Redis, never to the
// API. What it shows of batches is here, the decisions are in resolve.go, the rate in
// rate.go.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/console"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

type cli struct {
	List   list   `cmd:"" help:"List all batches, the newest first."`
	Status status `cmd:"" help:"Show how many sites of a batch are in which state."`
	Watch  watch  `cmd:"" help:"Show a batch's progress until it is done."`
	Report export `cmd:"" help:"Write a batch's report to a file; also while it runs."`

	Resolve resolve `cmd:"" help:"Decide about rows in review: sites of which only a person can tell whether they were ordered."`
	Rate    rate    `cmd:"" help:"Show or change the rate at which all processes together call the API."`

	config.Redis `embed:""`
}

type list struct {
	JSON bool `name:"json" help:"Print one JSON list."`
}

type status struct {
	ID   string `arg:"" help:"Batch, as batch list shows it."`
	JSON bool   `name:"json" help:"Print one JSON object."`
}

type watch struct {
	ID string `arg:"" help:"Batch, as batch list shows it."`
}

type export struct {
	ID     string `arg:"" help:"Batch, as batch list shows it."`
	Output string `short:"o" required:"" placeholder:"FILE" type:"path" help:"The .xlsx or .csv to write."`

	Lang rollout.Lang `enum:",en,fr" default:"" placeholder:"en|fr" help:"Language of the report; default: the batch's own."`
}

// env is what every subcommand gets.
type env struct {
	ctx            context.Context
	rdb            redis.UniversalClient
	ledger         *ledger.Ledger
	queue          *jobs.Queue
	stdout, stderr io.Writer
	exit           int
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	var c cli
	command := config.Command{Name: "batch", Description: "Shows what became of enqueued batches, takes decisions about rows in review, and sets the rate of API calls."}
	parsed, exit, ended := config.Parse(command, &c, args, stdout, stderr)
	if ended {
		return exit
	}
	ctx, stop := app.Interrupted()
	defer stop()
	out := app.NewOutput(stdout)
	e := &env{ctx: ctx, stdout: out, stderr: stderr}
	rdb, err := app.OpenRedis(ctx, c.Redis.URL)
	if err == nil {
		defer rdb.Close()
		e.rdb = rdb
		e.ledger, e.queue = ledger.New(rdb, nil), jobs.NewQueue(rdb)
		err = parsed.Run(e)
	}
	return out.End("batch", stderr, c.List.JSON || c.Status.JSON || c.Rate.JSON, c.Status.ID, e.exit, err)
}

// batch reads one batch; that there is none is said in a way that helps.
func (e *env) batch(id string) (rollout.Batch, error) {
	b, err := e.ledger.Batch(e.ctx, id)
	if errors.Is(err, ledger.ErrNotFound) {
		return b, fmt.Errorf("there is no batch %s: see batch list", id)
	}
	return b, err
}

// ended sets the exit code for a batch that is done.
func (e *env) ended(b rollout.Batch) {
	if b.State == rollout.Done && (b.NeedSomeone() > 0 || !b.WithdrawnAt.IsZero()) {
		e.exit = config.ExitSomeBad
	}
}

func (c *list) Run(e *env) error {
	batches, err := e.ledger.Batches(e.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		all := make([]app.Status, len(batches))
		for i, b := range batches {
			all[i] = app.StatusOf(b)
		}
		return app.JSON(e.stdout, all)
	}
	if len(batches) == 0 {
		fmt.Fprintln(e.stdout, "There is no batch yet: enqueue a rollout file with the command enqueue.")
		return nil
	}
	t := console.Table{Heads: []string{"BATCH", "STATE", "ROWS", "ENDED", "PROVISIONED", "SKIPPED", "NEED SOMEONE", "CREATED", "FILE"}}
	for _, b := range batches {
		state := b.State
		if !b.WithdrawnAt.IsZero() {
			state = rollout.Withdrawn
		}
		t.Add(console.Row{Cells: []string{
			b.ID, string(state), strconv.Itoa(b.Rows()), strconv.Itoa(b.Rows() - b.Open()),
			strconv.Itoa(b.Counts[rollout.Provisioned]), strconv.Itoa(b.Counts[rollout.Skipped]), strconv.Itoa(b.NeedSomeone()),
			b.Created.Local().Format("2006-01-02 15:04"), b.File,
		}})
	}
	t.Print(e.stdout, 0)
	return nil
}

func (c *status) Run(e *env) error {
	b, err := e.batch(c.ID)
	if errors.Is(err, ledger.ErrDamaged) && c.JSON {
		e.exit = config.ExitFailed
		return app.JSON(e.stdout, app.StatusOf(b))
	}
	if err != nil {
		return err
	}
	e.ended(b)
	if c.JSON {
		return app.JSON(e.stdout, app.StatusOf(b))
	}
	fmt.Fprintf(e.stdout, "Batch %s (%s) is %s after %s.\n", b.ID, b.File, b.State, app.Took(b, time.Now()))
	app.Summary(e.stdout, b)
	return nil
}

func (c *watch) Run(e *env) error {
	if _, err := e.batch(c.ID); err != nil {
		return err
	}
	b, err := app.Watch(e.ctx, e.ledger, c.ID, e.stderr)
	if e.ctx.Err() != nil {
		return fmt.Errorf("stopped watching; batch %s goes on", c.ID)
	}
	if err != nil {
		return err
	}
	e.ended(b)
	fmt.Fprintf(e.stdout, "Batch %s (%s) is done after %s.\n", b.ID, b.File, app.Took(b, time.Now()))
	app.Summary(e.stdout, b)
	return nil
}

func (c *export) Run(e *env) error {
	b, err := e.batch(c.ID)
	if err != nil {
		return err
	}
	if c.Lang != "" {
		b.Lang = c.Lang
	}
	if err := app.WriteReport(c.Output, b, e.ledger.Sites(e.ctx, b.ID)); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "Report of batch %s: %s\n", b.ID, c.Output)
	return nil
}
