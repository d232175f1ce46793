// Command worker processes enqueued sites: validation, order, delivery, address. It runs until it
// is stopped. Any number of workers may share one Redis and its budget of API calls.
package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/app"
	"btrollout/internal/btapi"
	"btrollout/internal/config"
	"btrollout/internal/ledger"
	"btrollout/internal/report"
	"btrollout/internal/retention"
	"btrollout/internal/rollout"
)

const description = "Processes the batches in Redis until it is stopped (SIGTERM or Ctrl-C); " +
	"then it finishes the present steps, or returns their tasks to the queues."

type cli struct {
	Concurrency    int            `default:"50" help:"Number of sites processed at the same time at each stage."`
	RequireDurable bool           `env:"BT_REQUIRE_DURABLE" help:"Start only if Redis surely keeps every write; else warn." group:"Storage"`
	LogLevel       string         `enum:"debug,info,warn,error" default:"info" help:"What is logged to stderr: ${enum}."`
	API            config.API     `embed:""`
	Redis          config.Redis   `embed:""`
	Reports        config.Reports `embed:""`
	Batches        config.Batches `embed:""`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	var c cli
	command := config.Command{Name: "worker", Description: description, UsesAPI: true}
	if _, exit, ended := config.Parse(command, &c, args, stdout, stderr); ended {
		return exit
	}
	return app.NewOutput(stdout).End("worker", stderr, false, "", config.ExitDone, c.work(stderr))
}

func (c *cli) work(stderr io.Writer) error {
	if c.Concurrency < 1 {
		return errConcurrency
	}
	if err := c.API.LoadSecrets(); err != nil {
		return &app.UsageError{Text: err.Error()}
	}
	if err := app.CheckReportDir(c.Reports.Dir); err != nil {
		return err
	}
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // one of the enum
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))

	ctx, stop := app.SignalContext(stderr, func() string { return tellStopping(c.API.Timeout) })
	defer stop()
	rdb, err := app.OpenRedisForWorker(ctx, c.Redis.Address())
	if err != nil {
		return err
	}
	defer rdb.Close()
	if err := app.CheckRedis(ctx, rdb, c.RequireDurable, time.Now, log); err != nil {
		return err
	}
	api, err := app.NewAccess(c.API, rdb)
	if err != nil {
		return err
	}
	defer api.Close()
	if said := api.Disagreement(ctx); said != "" {
		log.Warn(said)
	}
	// An account that does not work ends the worker now. An API that fails for a moment or is
	// at its limit does not, as it does not later.
	var e *btapi.Error
	if err := app.MayOrder(ctx, api.Checker); errors.As(err, &e) && e.Class != btapi.Account {
		log.Warn(warnAPI, "err", err)
	} else if err != nil {
		return err
	}
	w := app.NewWorker(app.WorkerConfig{
		Access: api, ReportDir: c.Reports.Dir, Concurrency: c.Concurrency, Log: log,
	})
	if err := w.Start(); err != nil {
		return err
	}
	defer c.keepBatches(ctx, rdb, log)()
	log.Info("worker started", "concurrency", c.Concurrency, "rate", c.API.Rate, "quota", c.API.Quota)
	<-ctx.Done()
	w.Stop()
	return nil
}

// keepBatches purges batches after their time until ctx ends. It returns what waits for that.
func (c *cli) keepBatches(ctx context.Context, rdb *redis.Client, log *slog.Logger) (wait func()) {
	keeper := retention.Keeper{
		Ledger: ledger.New(rdb).As(app.WorkerActor()), Retention: time.Duration(c.Batches.Retention), Log: log,
		RemoveReport: func(b rollout.Batch) (bool, error) { return report.Remove(c.Reports.Dir, b) },
	}
	var keeping sync.WaitGroup
	keeping.Go(func() { keeper.Run(ctx) })
	return keeping.Wait
}
