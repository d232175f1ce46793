// Command simulator serves a Business Talk API to practise on: orders cost nothing, its
// books show what was bought, and on demand it misbehaves as the real API may. The API
// itself is internal/btsim; here are the flags and the server around it.
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
	"btrollout/internal/console"
	"btrollout/internal/endpoint"
)

// The exit codes.
const (
	exitDone    = 0
	exitFailed  = 1
	exitMisused = 2
)

// grace is how long calls under way may take to end when the simulator stops.
const grace = 5 * time.Second

const teach = `A Business Talk API to practise on.

It refuses what the real API refuses, delivers orders after a while, and keeps
books of every call and purchase. It prints the environment to paste into the
shell of the other programs. Nothing is kept when it stops.

It knows the VPNs "VPN Europe", "VPN Americas" and "VPN Legacy"; the last takes
no new sites, so that orders on it are rejected.

With --fault it misbehaves on purpose. CHANCE is a probability such as 0.02, a
percentage such as 2%%, or every:50 for each fiftieth opportunity. KIND is all, or
one of these; what is said later on the command line replaces what was said before:

%sOnly the first two strike the token endpoint.

With --break it answers dishonestly: what it says is well formed, and not true, not
complete, or huge. --fault all does not switch these on. CHANCE is written as above;
without it the break always strikes. KIND is all, or one of these:

%sWhatever a client is told, the books hold what happened, how often each fault and
break could have struck, how often it did, and which orders a break concerned.`

type flags struct {
	Addr     string        `default:"127.0.0.1:8400" help:"Address to listen on. Port 0 takes a free one."`
	Delivery span          `default:"5s..60s" placeholder:"MIN..MAX" help:"How long an order takes to be delivered, such as 2s or 5s..60s. (${default})"`
	Latency  time.Duration `default:"0s" help:"Time added to every API call."`
	Rate     int           `default:"25" help:"API calls within a second that are let through; 0 for no limit."`
	MaxPage  int           `default:"1000" help:"Most items that a page of a list holds, whatever is asked for."`
	Seed     int64         `default:"0" help:"Decides delivery times, credentials and faults."`
	Profile  string        `default:"readwrite" help:"Rights profile of the api key: readwrite, or readonly, which cannot order."`

	UniqueNames bool          `help:"Refuse an order whose technicalSiteName is taken. The real API does not promise to."`
	Fault       btsim.Faults  `placeholder:"KIND=CHANCE" help:"Misbehave on purpose, as described above. May be given several times."`
	Break       btsim.Breaks  `placeholder:"KIND[=CHANCE]" help:"Answer dishonestly, as described above. May be given several times."`
	Hang        time.Duration `default:"60s" help:"How long timeout-after and reject-after-lost keep a connection."`
	Storm       time.Duration `default:"1s" help:"How long a storm of throttle lasts."`
	Slow        time.Duration `default:"10m" help:"How long an order struck by slow stays in progress."`
	Invisible   time.Duration `default:"5s" help:"How long an order struck by invisible is in no list."`
	LongWords   int           `default:"1048576" help:"How long long-words makes a text, in bytes; 8388608 at most."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program: it returns the exit code once ctx is done, or at once when
// it cannot start.
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

func parse(args []string, stdout, stderr io.Writer) (f flags, helped bool, err error) {
	parser, err := kong.New(&f,
		kong.Name("simulator"),
		kong.Description(fmt.Sprintf(teach, kinds(btsim.Kinds), kinds(btsim.BreakKinds))),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { helped = true }), // kong leaves only after it printed the help
	)
	if err != nil {
		return f, false, err
	}
	_, err = parser.Parse(args)
	return f, helped, err
}

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
		Hang:        literally(f.Hang),
		Storm:       literally(f.Storm),
		Slow:        literally(f.Slow),
		Invisible:   literally(f.Invisible),
	}
}

// literally turns a zero, which the user typed, into the shortest time: zero would mean
// the default.
func literally(d time.Duration) time.Duration {
	if d == 0 {
		return time.Nanosecond
	}
	return d
}

// kinds is a table of faults or breaks, indented so that it is printed as it stands.
func kinds(all []btsim.Kind) string {
	var lines strings.Builder
	table := console.Table{Indent: 4}
	for _, kind := range all {
		table.Add(console.Row{Cells: []string{string(kind), kind.Meaning()}})
	}
	table.Print(&lines, 0)
	return lines.String() + "\n"
}

func serve(ctx context.Context, addr string, sim *btsim.Sim, stdout io.Writer) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s (%w): choose another address with --addr", addr, err)
	}
	server := &http.Server{
		Handler:           sim.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx }, // ends what hangs on purpose
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	introduce(stdout, listener.Addr(), sim.Credentials())

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

// introduce prints what a client needs to know. The credentials open nothing but
// this simulator.
func introduce(stdout io.Writer, addr net.Addr, c btsim.Credentials) {
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
