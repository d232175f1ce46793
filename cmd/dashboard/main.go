// Command dashboard serves web pages about the batches: for now the queues, as
// asynqmon shows them, under /monitor.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/hibiken/asynqmon"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/jobs"
)

const description = `Serves the queues of the pipeline as web pages: validate, order, address and batch show how many sites are where.

It has no login: keep it on loopback, or behind a proxy that asks for one.`

type cli struct {
	Addr         string `default:"127.0.0.1:8080" help:"Address to listen on; port 0 takes a free one."`
	Write        bool   `help:"Allow pausing, deleting and running tasks from the pages."`
	config.Redis `embed:""`
}

// stopWithin is how long pages that are being served may take when it stops.
const stopWithin = 2 * time.Second

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	var c cli
	if _, exit, ended := config.Parse(config.Command{Name: "dashboard", Description: description}, &c, args, stdout, stderr); ended {
		return exit
	}
	out := app.NewOutput(stdout)
	return out.End("dashboard", stderr, false, "", config.ExitDone, c.serve(out))
}

func (c *cli) serve(stdout io.Writer) error {
	ctx, stop := app.Interrupted()
	defer stop()
	rdb, err := app.OpenRedis(ctx, c.Redis.URL)
	if err != nil {
		return err
	}
	defer rdb.Close()
	opts, err := app.RedisOptions(c.Redis.URL)
	if err != nil {
		return err
	}
	monitor := asynqmon.New(asynqmon.Options{RootPath: "/monitor", RedisConnOpt: jobs.Connection(opts), ReadOnly: !c.Write})
	defer monitor.Close()

	mux := http.NewServeMux()
	mux.Handle("/monitor/", monitor)
	mux.Handle("GET /{$}", http.RedirectHandler("/monitor/", http.StatusFound))
	ln, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s (%w): choose another --addr", c.Addr, err)
	}
	// A page that the user has open elsewhere must not press buttons here.
	srv := &http.Server{Handler: http.NewCrossOriginProtection().Handler(mux), ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintf(stdout, "Dashboard: http://%s/\n", ln.Addr())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	if err := srv.Shutdown(closing); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
