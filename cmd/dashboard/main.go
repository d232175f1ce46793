// Command dashboard serves asynqmon's web pages about the queues, under /monitor. They are
// read-only: pausing a queue or deleting a task would look like cancelling orders, and the sweep
// makes deleted tasks again.
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

	"github.com/alecthomas/kong"
	"github.com/hibiken/asynqmon"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/jobs"
)

const description = `Serves the queues of the pipeline as web pages: validate, order, address and batch show how many sites are where.

The pages are read-only. The dashboard has no login: keep it on loopback, or behind a proxy with a login. ` +
	`It answers requests for localhost, for the IP address at which they arrive, and for the names given with --host; ` +
	`any other name gets status 421, because a web page of another site could use it to read these pages through a browser.`

type cli struct {
	Addr  string       `default:"127.0.0.1:8080" help:"Address to listen on; port 0 takes a free one."`
	Hosts []string     `name:"host" placeholder:"NAME" env:"BT_DASHBOARD_HOST" help:"${help_host}"`
	Redis config.Redis `embed:""`
}

// helpTexts are the help texts that are too long for a tag.
var helpTexts = kong.Vars{
	"help_host": "Host name by which browsers reach the dashboard through a proxy, such as dashboard.example.com; " +
		"may be given several times, or as a list with commas. Ports are ignored.",
}

// stopWithin is how long the dashboard waits for requests under way when it stops.
const stopWithin = 2 * time.Second

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	var c cli
	command := config.Command{Name: "dashboard", Description: description, Vars: helpTexts}
	if _, exit, ended := config.Parse(command, &c, args, stdout, stderr); ended {
		return exit
	}
	out := app.NewOutput(stdout)
	return out.End("dashboard", stderr, false, "", config.ExitDone, c.serve(out, stderr))
}

func (c *cli) serve(stdout, stderr io.Writer) error {
	allowed, err := newHosts(c.Addr, c.Hosts)
	if err != nil {
		return err
	}
	ctx, stop := app.SignalContext(stderr, nil)
	defer stop()
	rdb, err := app.OpenRedis(ctx, c.Redis.Address())
	if err != nil {
		return err
	}
	defer rdb.Close()
	opts, err := app.RedisOptions(c.Redis.Address())
	if err != nil {
		return err
	}
	monitor := asynqmon.New(asynqmon.Options{RootPath: "/monitor", RedisConnOpt: jobs.AsynqConnection(opts), ReadOnly: true})
	defer monitor.Close()

	mux := http.NewServeMux()
	mux.Handle("/monitor/", monitor)
	mux.Handle("GET /{$}", http.RedirectHandler("/monitor/", http.StatusFound))
	ln, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s (%w): choose another --addr", c.Addr, err)
	}
	srv := &http.Server{
		Handler:                      guard(allowed, http.NewCrossOriginProtection().Handler(mux)),
		DisableGeneralOptionsHandler: true, // OPTIONS * goes through guard too
		ReadHeaderTimeout:            10 * time.Second,
	}
	printAddress(stdout, stderr, ln.Addr().(*net.TCPAddr))
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

// printAddress prints the address of the dashboard, and warns if other machines can reach it.
func printAddress(stdout, stderr io.Writer, at *net.TCPAddr) {
	shown := at.String()
	if at.IP.IsUnspecified() {
		shown = fmt.Sprintf("localhost:%d", at.Port)
	}
	if !at.IP.IsLoopback() {
		fmt.Fprintf(stderr, "Warning: the dashboard has no login, and listens on %s, where other machines may reach it: "+
			"use --addr 127.0.0.1:%d, or let only a proxy with a login reach it.\n", at, at.Port)
	}
	fmt.Fprintf(stdout, "Dashboard: http://%s/\n", shown)
}
