// Command simulator serves a simulated Business Talk API: orders cost nothing, its books show
// what was ordered, and it fails on demand as the real API may. The API is package btsim; this
// package has the flags and the server.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"btrollout/internal/btsim"
	"btrollout/internal/config"
	"btrollout/internal/console"
	"btrollout/internal/endpoint"
)

// The exit codes.
const (
	exitDone    = 0
	exitFailed  = 1
	exitMisused = 2
)

// grace is how long calls under way may take to end when the simulator stops. Only tests
// change it.
var grace = 5 * time.Second

const description = `Serves a simulated Business Talk API, for practice.

It refuses what the real API refuses, delivers orders after some time, and keeps
books of every call and order. It prints environment variables to paste into the
shell of the other programs. When it stops, all data is lost.

It has the VPNs "VPN Europe", "VPN Americas" and "VPN Legacy"; the last accepts
no new sites, so orders on it are rejected.

With --fault it fails on purpose. CHANCE is a probability such as 0.02, a
percentage such as 2%%, or every:50 for each fiftieth opportunity. KIND is all, or
one of these; a later flag replaces an earlier one for the same KIND:

%sOnly the first two strike the token endpoint.

With --break it gives answers that are well formed, and not true, not complete, or
huge. --fault all does not include these. CHANCE is written as above; without it the
break always strikes. KIND is all, or one of these:

%sThe books stay true: they have what happened, how often each fault and break could
have struck, how often it did, and which orders a break concerned.`

type flags struct {
	Addr     string        `default:"127.0.0.1:8400" help:"Address to listen on. Port 0 takes a free one."`
	Delivery span          `default:"5s..60s" placeholder:"MIN..MAX" help:"Time from order to delivery, such as 2s or 5s..60s. (${default})"`
	Latency  time.Duration `default:"0s" help:"Time added to every API call."`
	Rate     int           `default:"25" help:"API calls that are accepted within any second; 0 for no limit."`
	MaxPage  int           `default:"1000" help:"Largest number of items of a page, whatever limit is requested."`
	Seed     int64         `default:"0" help:"Decides delivery times, credentials and faults."`
	Profile  string        `default:"readwrite" help:"Rights profile of the api key: readwrite, or readonly, which cannot order."`

	UniqueNames bool          `help:"Refuse an order whose technicalSiteName is taken. The real API does not promise to."`
	Fault       btsim.Faults  `placeholder:"KIND=CHANCE" help:"Fail on purpose, as described above. May be given several times."`
	Break       btsim.Breaks  `placeholder:"KIND[=CHANCE]" help:"Give false answers, as described above. May be given several times."`
	Hang        time.Duration `default:"60s" help:"How long timeout-after and reject-after-lost keep a connection open."`
	Storm       time.Duration `default:"1s" help:"How long a storm of throttle lasts."`
	Slow        time.Duration `default:"10m" help:"How long an order struck by slow stays in progress."`
	Invisible   time.Duration `default:"5s" help:"How long an order struck by invisible stays out of the lists."`
	LongWords   int           `default:"1048576" help:"Length of a text of long-words, in bytes; 8388608 at most."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program. It returns the exit code when ctx is done, or at once if it cannot start.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f, helped, err := parse(args, stdout, stderr)
	if helped {
		return exitDone
	}
	var sim *btsim.Sim
	if err == nil {
		sim, err = btsim.New(f.options())
	}
	if err != nil {
		fmt.Fprintf(stderr, "simulator: %v. See simulator --help.\n", err)
		return exitMisused
	}
	if err := serve(ctx, f.Addr, sim, stdout); err != nil {
		fmt.Fprintf(stderr, "simulator: %v\n", err)
		return exitFailed
	}
	return exitDone
}

// parse reads the flags; helped: it has printed the help or the version.
func parse(args []string, stdout, stderr io.Writer) (f flags, helped bool, err error) {
	parser, err := kong.New(&f,
		kong.Name("simulator"),
		kong.Description(fmt.Sprintf(description, kindTable(btsim.Kinds), kindTable(btsim.BreakKinds))),
		kong.Writers(stdout, stderr),
		config.WithVersion(),
		kong.Exit(func(int) { helped = true }), // kong calls it after it printed the help
	)
	if err != nil {
		return f, false, err
	}
	_, err = parser.Parse(args)
	return f, helped, err
}

// options returns the options of the simulator that the flags ask for.
func (f flags) options() btsim.Options {
	return btsim.Options{
		DeliveryMin: f.Delivery.min,
		DeliveryMax: max(f.Delivery.max, time.Nanosecond), // zero for both would mean the default
		Latency:     f.Latency,
		Rate:        f.Rate,
		MaxPage:     f.MaxPage,
		Seed:        f.Seed,
		Profile:     f.Profile,
		UniqueNames: f.UniqueNames,
		Faults:      f.Fault,
		Breaks:      f.Break,
		Words:       f.LongWords,
		Hang:        atLeastOne(f.Hang),
		Storm:       atLeastOne(f.Storm),
		Slow:        atLeastOne(f.Slow),
		Invisible:   atLeastOne(f.Invisible),
	}
}

// atLeastOne replaces zero by one nanosecond, because zero is the default of btsim.Options.
func atLeastOne(d time.Duration) time.Duration {
	if d == 0 {
		return time.Nanosecond
	}
	return d
}

// kindTable is a table of faults or breaks, indented so that kong prints it unchanged.
func kindTable(all []btsim.Kind) string {
	var lines strings.Builder
	table := console.Table{Indent: 4}
	for _, kind := range all {
		table.Add(console.Row{Cells: []string{string(kind), kind.Meaning()}})
	}
	table.Print(&lines, 0)
	return lines.String() + "\n"
}

// serve serves sim until ctx is done.
func serve(ctx context.Context, addr string, sim *btsim.Sim, stdout io.Writer) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s (%w): choose another address with --addr", addr, err)
	}
	server := &http.Server{
		Handler:           sim.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx }, // ends calls that hang on purpose
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	printSettings(stdout, listener.Addr(), sim.Credentials())

	select {
	case err = <-ended:
		return fmt.Errorf("stopped serving: %w", err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := server.Shutdown(last); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("did not stop cleanly: %w", err)
	}
	return server.Close()
}

// printSettings prints the addresses and credentials for clients. The credentials are valid for
// this simulator only.
func printSettings(stdout io.Writer, addr net.Addr, c btsim.Credentials) {
	host := addr.String()
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		host = fmt.Sprintf("localhost:%d", tcp.Port)
	}
	root := "http://" + host
	insecure := ""
	if name, _, err := net.SplitHostPort(host); err == nil && !endpoint.IsLoopback(name) {
		insecure = "export BT_INSECURE_HTTP=true\n"
	}
	fmt.Fprintf(stdout, `Business Talk simulator
  API    %[1]s%[2]s
  token  %[1]s%[3]s

Paste this into the shell of the other programs:

export BT_API_URL=%[1]s%[2]s
export BT_TOKEN_URL=%[1]s%[3]s
%[9]sexport BT_CLIENT_ID=%[5]s
export BT_CLIENT_SECRET=%[6]s
export BT_API_KEY=%[7]s
export BT_CUSTOMER_CODE=%[8]s

Read the books, with every call, order and voicesite, at any time:

  curl %[1]s%[4]s

Stop with Ctrl-C.
`, root, btsim.BasePath, btsim.TokenPath, btsim.StatsPath, c.ClientID, c.ClientSecret, c.APIKey, c.CustomerCode, insecure)
}

// span is a shortest and a longest duration, written "5s..60s", or "5s" for both.
type span struct{ min, max time.Duration }

// UnmarshalText reads a span from a flag.
func (s *span) UnmarshalText(text []byte) error {
	low, high, isSpan := strings.Cut(string(text), "..")
	if !isSpan {
		high = low
	}
	var err error
	if s.min, err = time.ParseDuration(low); err != nil {
		return fmt.Errorf("%q is not a duration such as 5s", low)
	}
	if s.max, err = time.ParseDuration(high); err != nil {
		return fmt.Errorf("%q is not a duration such as 60s", high)
	}
	return nil
}
