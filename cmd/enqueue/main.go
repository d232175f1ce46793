// Command enqueue imports a rollout file, checks every row and enqueues the sites.
// With --embedded it also does the work, in this one process.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/app"
	"btrollout/internal/btsim"
	"btrollout/internal/config"
	"btrollout/internal/embedded"
	"btrollout/internal/importer"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

const description = `Imports a rollout file (.xlsx or .csv), checks every row and enqueues the sites for the workers.

If any row is wrong, nothing is enqueued and the report names them all; with --partial the good rows go ahead. The Failures sheet of a batch's report can be corrected and given to enqueue as it is.

  enqueue --check rollout.xlsx                     only check
  enqueue --wait rollout.xlsx                      enqueue, and watch to the end
  enqueue --embedded --simulate --partial FILE     rehearse, with nothing installed`

type cli struct {
	File           string `arg:"" help:"Rollout file, .xlsx or .csv."`
	Check          bool   `help:"Stop after checking; nothing is enqueued. No Redis is needed; if one answers, the calls are counted there. Rows are not compared with earlier uploads."`
	Partial        bool   `help:"Enqueue the good rows even if others are wrong."`
	Wait           bool   `help:"Show progress until the batch is done."`
	Embedded       bool   `help:"Do everything in this process, with a Redis in memory: nothing to install, and nothing is remembered afterwards."`
	Simulate       bool   `help:"With --embedded: use a simulated Business Talk API. Nothing is really ordered."`
	Sheet          string `placeholder:"NAME" help:"Sheet to read; default: the first visible one that has content."`
	Report         string `placeholder:"FILE" type:"path" help:"Write the report to this .xlsx or .csv."`
	Customer       string `placeholder:"CODE" env:"BT_CUSTOMER_CODE" help:"Customer code; looked up when the account has exactly one customer." group:"Business Talk API"`
	JSON           bool   `name:"json" help:"Print the result as one JSON object."`
	LogLevel       string `enum:"debug,info,warn,error" default:"warn" help:"What is logged to stderr: ${enum}."`
	config.API     `embed:""`
	config.Redis   `embed:""`
	config.Reports `embed:""`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	var c cli
	if _, exit, ended := config.Parse(config.Command{Name: "enqueue", Description: description, UsesAPI: true}, &c, args, stdout, stderr); ended {
		return exit
	}
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // one of the enum
	ctx, stop := app.Interrupted()
	defer stop()
	out := app.NewOutput(stdout)
	e := &enqueue{cli: c, stdout: out, stderr: stderr, log: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))}
	defer e.cleanUp()
	exit, err := e.run(ctx)
	return out.End("enqueue", stderr, c.JSON, e.recorded, exit, err)
}

// enqueue is one run of the command.
type enqueue struct {
	cli
	stdout, stderr io.Writer
	log            *slog.Logger

	api   *app.Access
	rdb   redis.UniversalClient
	sim   *btsim.Sim // nil: the real API
	batch rollout.Batch
	spool *spool
	undo  []func()

	recorded string // id of the batch, once it is in the ledger
}

// errStopped: somebody interrupted the run in time.
var errStopped = errors.New("stopped; nothing was enqueued")

func (e *enqueue) cleanUp() {
	for i := len(e.undo) - 1; i >= 0; i-- {
		e.undo[i]()
	}
}

func (e *enqueue) run(ctx context.Context) (int, error) {
	if e.Simulate && !e.Embedded {
		return 0, &app.UsageError{Text: "--simulate goes with --embedded; for several processes, start the command simulator and set the variables it prints"}
	}
	if err := e.prepare(ctx); err != nil {
		if ctx.Err() != nil {
			err = errStopped
		}
		return 0, err
	}
	rejected := e.spool.counts[rollout.Rejected]
	switch {
	case e.Check:
		return e.turnedDown(rollout.Checked, "Checked %d rows: %d right, %d wrong. Nothing was enqueued.")
	case rejected > 0 && !e.Partial:
		return e.turnedDown(rollout.Refused, "Of %d rows, %d can be enqueued and %d cannot, so nothing was enqueued. Correct them in the file, or enqueue the others with --partial.")
	case rejected == e.spool.rows():
		return e.turnedDown(rollout.Refused, "Of %d rows, %d can be enqueued and %d cannot, so nothing was enqueued. The list says what to do about each.")
	}
	return e.enqueue(ctx)
}

// prepare does everything that comes before the decision to enqueue.
func (e *enqueue) prepare(ctx context.Context) error {
	if e.Report != "" {
		if err := app.CheckReportFile(e.Report); err != nil {
			return err
		}
	}
	if e.Report == "" || e.Embedded { // the worker in this process writes there
		if err := app.CheckReportDir(e.Dir); err != nil {
			return err
		}
	}
	// The file comes first: what is wrong with it needs neither network nor Redis.
	file, err := importer.Open(e.File, importer.Options{Sheet: e.Sheet})
	if err != nil {
		return err
	}
	defer file.Close()
	if err := e.connect(ctx); err != nil {
		return err
	}
	if e.batch.Customer, err = app.Customer(ctx, e.api.Checker, e.Customer); err != nil {
		return err
	}
	return e.check(ctx, file)
}

// connect opens what the run needs: the API or the simulator, and a Redis.
func (e *enqueue) connect(ctx context.Context) error {
	if e.Simulate {
		if err := e.startSimulator(); err != nil {
			return err
		}
	} else if err := e.LoadSecrets(); err != nil {
		return &app.UsageError{Text: err.Error()}
	}
	err := e.openRedis(ctx)
	if err != nil {
		return err
	}
	if e.api, err = app.NewAccess(e.API, e.rdb); err != nil {
		return err
	}
	e.undo = append(e.undo, e.api.Close)
	if said := e.api.Disagreement(ctx); said != "" {
		fmt.Fprintln(e.stderr, "Warning: "+said+".")
	}
	return nil
}

// openRedis connects to Redis. A check does without one, if none answers.
func (e *enqueue) openRedis(ctx context.Context) error {
	var err error
	url := e.Redis.URL
	if e.Embedded {
		if !e.Simulate && !e.Check {
			fmt.Fprintln(e.stderr, "Warning: real orders on a Redis in memory, which forgets them when this run ends. The same file may be uploaded again, because its sites are found in the account as long as the API shows the account's orders; but let no two runs order the same sites at the same time. Rows in review can be resolved only on a Redis that keeps its data.")
		}
		var stop func()
		if url, stop, err = embedded.Redis(); err != nil {
			return err
		}
		e.undo = append(e.undo, stop)
	}
	if e.rdb, err = app.OpenRedis(ctx, url); err != nil {
		if e.Check && ctx.Err() == nil {
			e.log.Info("no Redis can be used: this check keeps to BT_RATE by itself", "err", err)
			return nil
		}
		return err
	}
	e.undo = append(e.undo, func() { e.rdb.Close() })
	return nil
}

// In a rehearsal, orders are delivered within seconds, and nobody waits long for
// an order whose answer was lost.
const (
	simulatedDeliveryMin = 2 * time.Second
	simulatedDeliveryMax = 8 * time.Second
	simulatedSettle      = 2 * time.Second
	simulatedRate        = 25     // calls a second that the simulator lets through,
	rehearsedRate        = "20/s" // and those that are made, whatever BT_RATE says
)

func (e *enqueue) startSimulator() error {
	sim, err := btsim.New(btsim.Options{DeliveryMin: simulatedDeliveryMin, DeliveryMax: simulatedDeliveryMax, Rate: simulatedRate, Seed: 1})
	if err != nil {
		return err
	}
	url, stop, err := embedded.Serve(sim.Handler())
	if err != nil {
		return err
	}
	e.undo = append(e.undo, stop)
	id := sim.Credentials()
	e.sim = sim
	e.API.URL, e.TokenURL, e.Settle = url+btsim.BasePath, url+btsim.TokenPath, simulatedSettle
	e.Rate, e.Quota = rehearsedRate, ""
	e.API.Secrets = config.Secrets{ClientID: id.ClientID, ClientSecret: id.ClientSecret, APIKey: id.APIKey}
	e.Customer = id.CustomerCode
	return nil
}

// check reads the file and checks every row into the spool.
func (e *enqueue) check(ctx context.Context, file *importer.File) error {
	var err error
	if e.spool, err = newSpool(); err != nil {
		return err
	}
	e.undo = append(e.undo, e.spool.close)
	h := file.Header()
	e.batch.ID, e.batch.Created = newBatchID(time.Now()), time.Now().UTC()
	e.batch.File, e.batch.Sheet = baseName(e.File), h.Sheet
	e.batch.Columns, e.batch.Fields, e.batch.Letters = h.Columns, h.Fields, h.Letters

	progress := app.NewProgress(e.stderr, "Checking "+e.batch.File, -1)
	defer progress.Done()
	var part []rollout.Site
	flush := func() error {
		entries, err := e.recognise(ctx, part)
		for i := 0; err == nil && i < len(entries); i++ {
			err = e.spool.add(entries[i])
		}
		part = part[:0]
		return err
	}
	for s, err := range file.Rows() {
		if err != nil {
			return err
		}
		if err := checkRow(ctx, e.api.Checker, e.batch.Customer, &s); err != nil {
			return err
		}
		progress.Set(e.spool.rows()+len(part)+1, "")
		if part = append(part, s); len(part) == 500 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// checkRow adds to a row's problems what the account and its country's rules say.
func checkRow(ctx context.Context, checker *jobs.Checker, customer string, s *rollout.Site) error {
	noCountry := slices.ContainsFunc(s.Problems, func(p rollout.Problem) bool { return p.Field == rollout.FieldCountry })
	if noCountry {
		return nil // there are no rules to hold it against
	}
	_, problems, err := checker.Check(ctx, customer, &s.Request)
	if err != nil {
		return err
	}
	for _, p := range problems {
		p.Stage = rollout.StageImport
		s.Problems = append(s.Problems, p)
		s.State = rollout.Rejected
	}
	return nil
}

// recognise finds the sites that earlier batches know. A check is of the file alone.
func (e *enqueue) recognise(ctx context.Context, sites []rollout.Site) ([]ledger.Entry, error) {
	if !e.Check {
		return jobs.Recognise(ctx, ledger.New(e.rdb, nil), e.batch.Customer, sites)
	}
	entries := make([]ledger.Entry, len(sites))
	for i, s := range sites {
		entries[i] = ledger.Entry{Site: s}
	}
	return entries, nil
}

// enqueue submits the batch and, if asked, stays with it to the end.
func (e *enqueue) enqueue(ctx context.Context) (int, error) {
	l := ledger.New(e.rdb, nil)
	progress := app.NewProgress(e.stderr, "Enqueueing", e.spool.rows())
	err := jobs.Submit(ctx, l, jobs.NewQueue(e.rdb), e.batch, e.spool.entries(), func(n int) { progress.Set(n, "") })
	progress.Done()
	begun := errors.Is(err, jobs.ErrStarted)
	switch {
	case err != nil && !begun && ctx.Err() != nil:
		return 0, errStopped
	case err != nil && !begun:
		return 0, fmt.Errorf("the batch could not be enqueued (%w): look at batch list, and try again", err)
	}
	e.recorded = e.batch.ID
	switch {
	case e.Embedded:
		return e.workHere(ctx, l)
	case begun && ctx.Err() != nil:
		return 0, fmt.Errorf("stopped; batch %s had begun and goes on: see batch watch %s", e.batch.ID, e.batch.ID)
	case begun:
		return 0, fmt.Errorf("batch %s goes on without this command (%w): see batch watch %s", e.batch.ID, err, e.batch.ID)
	}
	b, err := l.Batch(ctx, e.batch.ID)
	if err != nil {
		return 0, fmt.Errorf("batch %s is enqueued and goes on, but cannot be shown (%w): see batch watch %s", e.batch.ID, err, e.batch.ID)
	}
	if e.Wait {
		fmt.Fprintf(e.stderr, "Batch %s: %d of %d rows enqueued.\n", b.ID, b.Open(), b.Rows())
		if working, err := jobs.Working(e.rdb); err == nil && !working {
			fmt.Fprintln(e.stderr, "No worker is running: start one with the command worker.")
		}
		if b, err = app.Watch(ctx, l, b.ID, e.stderr); err != nil {
			if ctx.Err() != nil {
				return 0, fmt.Errorf("stopped watching; batch %s goes on: see batch watch %s", b.ID, b.ID)
			}
			return 0, err
		}
	}
	return e.result(b)
}

// workHere runs a worker in this process until the batch is done.
func (e *enqueue) workHere(ctx context.Context, l *ledger.Ledger) (int, error) {
	c := app.WorkerConfig{Access: e.api, ReportDir: e.Dir, Log: e.log}
	if e.Simulate {
		c.Unseen = time.Nanosecond // nobody ordered before
	}
	w := app.NewWorker(c)
	if !e.Simulate {
		fmt.Fprintf(e.stderr, "The first order waits %s, so that what an earlier run may just have ordered can be seen.\n", w.Unseen)
	}
	if err := w.Start(); err != nil {
		return 0, err
	}
	b, err := app.Watch(ctx, l, e.batch.ID, e.stderr)
	w.Stop()
	if err != nil {
		return e.interrupted(l, err)
	}
	return e.result(b)
}

// interrupted saves what is known of a batch whose Redis is about to vanish.
func (e *enqueue) interrupted(l *ledger.Ledger, cause error) (int, error) {
	ctx := context.Background()
	b, err := l.Batch(ctx, e.batch.ID)
	if err != nil {
		return 0, errors.Join(cause, err)
	}
	if b.State == rollout.Done {
		return e.result(b) // it ended at the same moment
	}
	b.State = rollout.Stopped
	path, err := e.write(b, l.Sites(ctx, b.ID))
	if err != nil {
		return 0, errors.Join(cause, err)
	}
	if !errors.Is(cause, context.Canceled) { // nobody asked for it
		e.log.Error("the run ended early", "err", cause)
	}
	return 0, fmt.Errorf("stopped before %d sites had ended; what became of each is in %s: look there before ordering any of them again", b.Open(), path)
}
