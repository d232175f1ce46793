// This file starts, breaks and repairs the cluster: commands, simulator, Redis, and the
// proxies between them. The workers are in worker_test.go.

package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"btrollout/internal/btsim"
	"btrollout/internal/proctest"
)

// patience bounds each short wait, long enough for a busy machine.
const patience = 30 * time.Second

// until waits until a condition holds; the error says that it did not.
func until(ctx context.Context, within time.Duration, what string, condition func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: not within %s", what, within)
		case <-tick.C:
		}
	}
	return nil
}

// cluster is all processes of a run, and the proxies between them.
type cluster struct {
	dir     string // for all files of the run
	bin     string // the commands
	env     proctest.Settings
	redis   *redisServer
	network *toxiproxy.ApiServer
	workers []*worker
}

// faults and breaks are what the simulator does to its callers. Kinds with few
// opportunities strike each n-th time, so that a short run meets all of them.
const (
	faults = "error-before=2% html=1% throttle=every:300 token=every:250 error-after=3% timeout-after=every:70" +
		" reset=2% truncated=2% shift=every:4 slow=every:80 rejected=every:80 invisible=every:20"
	breaks = "respell=30% foreign-answer=every:40 empty-answer=every:45 no-reference=every:35" +
		" no-voicesite-id=every:50 reject-after-lost=every:60 long-words=25%"
)

// maxPage is how many items the simulator puts on one page.
const maxPage = 40

// activeBreaks are the breaks that the flags switch on. If the flags do not say how often a
// list loses an item, it does so about once while both lists are read from end to end: a
// list that loses one at each reading is never read whole.
func activeBreaks() []string {
	active := strings.Fields(*breakFlag)
	if !strings.Contains(*breakFlag, string(btsim.LosingList)) {
		active = append(active, fmt.Sprintf("%s=every:%d", btsim.LosingList, max(6, *sites*12/(5*maxPage))))
	}
	return active
}

// simulatorArgs is the command line of the simulator.
func simulatorArgs(seed int64) []string {
	args := []string{
		"--addr", "127.0.0.1:0", "--delivery", "500ms..3s", "--seed", fmt.Sprint(seed), "--max-page", fmt.Sprint(maxPage),
		"--rate", fmt.Sprint(*rate + *rate/5), // the network delays some calls, so that they come together
		"--long-words", "200000", "--storm", "1s", "--slow", "10s", "--invisible", "2s", "--hang", "60s",
	}
	for _, fault := range strings.Fields(*faultFlag) {
		args = append(args, "--fault", fault)
	}
	for _, b := range activeBreaks() {
		args = append(args, "--break", b)
	}
	return args
}

// struckKinds are those that the flags switch on.
func struckKinds() (kinds []btsim.Kind) {
	for _, written := range slices.Concat(strings.Fields(*faultFlag), activeBreaks()) {
		name, _, _ := strings.Cut(written, "=")
		kinds = append(kinds, btsim.Kind(name))
	}
	return kinds
}

// newCluster starts everything but the workers, from the commands in bin.
func newCluster(t *testing.T, dir, bin string, seed int64) *cluster {
	t.Helper()
	for _, name := range []string{"tmp", "reports", "logs"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	c := &cluster{
		dir:     dir,
		bin:     bin,
		network: toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()),
		env: proctest.Settings{
			"PATH": os.Getenv("PATH"), "HOME": dir, "TMPDIR": filepath.Join(dir, "tmp"), "REPORT_DIR": filepath.Join(dir, "reports"),
			"BT_RATE": fmt.Sprintf("%d/s", *rate), "BT_TIMEOUT": "2s", "BT_SETTLE": "4s", "BT_ORDER_DEADLINE": "10m",
		},
	}
	c.redis = newRedis(t, dir)
	c.env["REDIS_URL"] = c.redis.url()
	c.simulate(t, simulatorArgs(seed))
	return c
}

// command prepares a command of the program.
func (c *cluster) command(ctx context.Context, env proctest.Settings, name string, args ...string) *exec.Cmd {
	return proctest.Command(ctx, c.bin, env, name, args...)
}

// run runs a command to its end; it returns an error if the command does not end by
// itself.
func (c *cluster) run(ctx context.Context, name string, args ...string) (proctest.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	return proctest.Run(ctx, c.command(ctx, c.env, name, args...))
}

// logFile opens a file for the output of a process.
func (c *cluster) logFile(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(c.dir, "logs", name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// simulate starts the simulator, and adds the variables that it prints to the environment.
func (c *cluster) simulate(t *testing.T, args []string) {
	t.Helper()
	cmd := c.command(context.Background(), c.env, "simulator", args...)
	cmd.Stderr = c.logFile(t, "simulator")
	maps.Copy(c.env, proctest.Simulator(t, cmd))
}

// The system gives the ports from firstQuietPort to lastQuietPort to no outgoing connection,
// so that a server that was killed finds its port free when it starts again.
const firstQuietPort, lastQuietPort = 20000, 32000

var nextPort = struct {
	sync.Mutex
	port int
}{port: firstQuietPort + os.Getpid()%(lastQuietPort-firstQuietPort)}

// quietAddress returns an address with a free port of that range.
func quietAddress() (string, error) {
	nextPort.Lock()
	defer nextPort.Unlock()
	for range lastQuietPort - firstQuietPort {
		if nextPort.port++; nextPort.port > lastQuietPort {
			nextPort.port = firstQuietPort
		}
		address := fmt.Sprintf("127.0.0.1:%d", nextPort.port)
		if ln, err := net.Listen("tcp", address); err == nil {
			return address, ln.Close()
		}
	}
	return "", errors.New("no port is free")
}

// redisServer is a redis-server that writes every change to disk and can be
// killed and started again on the same data.
type redisServer struct {
	address, dir string
	rdb          *redis.Client

	needed  sync.RWMutex // held for reading by uploads, for writing while the server is down
	process *os.Process
	ended   chan struct{} // closed when the process has ended
}

func newRedis(t *testing.T, dir string) *redisServer {
	t.Helper()
	address, err := quietAddress()
	if err != nil {
		t.Fatal(err)
	}
	r := &redisServer{address: address, dir: filepath.Join(dir, "redis"), rdb: redis.NewClient(&redis.Options{Addr: address, MaxRetries: -1})}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := r.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.rdb.Close()
		r.kill()
	})
	return r
}

func (r *redisServer) url() string { return "redis://" + r.address + "/0" }

// start starts the server, and returns when it answers. For a moment its port may be in use
// by a process that is being forked and still holds a listener that its parent has closed.
func (r *redisServer) start() error {
	host, port, _ := net.SplitHostPort(r.address)
	var failed error
	err := until(context.Background(), patience, "redis-server answers", func() bool {
		if r.ended == nil || isClosed(r.ended) {
			failed = r.launch(host, port)
		}
		return failed != nil || r.rdb.Ping(context.Background()).Err() == nil
	})
	return errors.Join(err, failed)
}

func (r *redisServer) launch(host, port string) error {
	cmd := exec.Command("redis-server", "--bind", host, "--port", port,
		"--dir", r.dir, "--appendonly", "yes", "--appendfsync", "always", "--save", "",
		"--maxmemory-policy", "noeviction", "--logfile", "redis.log")
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("redis-server does not start (%w); make tools installs it", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	r.process, r.ended = cmd.Process, ended
	return nil
}

func (r *redisServer) kill() {
	_ = r.process.Kill()
	<-r.ended
}

// killFor kills the server, and starts it again after down.
func (r *redisServer) killFor(down time.Duration) error {
	r.needed.Lock()
	defer r.needed.Unlock()
	r.kill()
	time.Sleep(down)
	return r.start()
}

// proxy is between one worker and the API or Redis, and can cut the connection.
type proxy struct {
	*toxiproxy.Proxy
	whole sync.Mutex // held while the connection is cut
}

// newProxy starts a proxy to an address.
func (c *cluster) newProxy(t *testing.T, name, to string) *proxy {
	t.Helper()
	address, err := quietAddress()
	if err != nil {
		t.Fatal(err)
	}
	w := &proxy{Proxy: toxiproxy.NewProxy(c.network, name, address, to)}
	if err := w.open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	return w
}

// open accepts connections. For a moment its port may be in use, as that of Redis.
func (w *proxy) open() error {
	return until(context.Background(), patience, w.Name+" takes connections", func() bool { return w.Start() == nil })
}

// The ways to cut a connection.
const (
	silence = "silence" // nothing arrives, without an error
	reset   = "reset"   // requests arrive, and their answer is a reset
	refusal = "refusal" // connections are refused
)

// cutFor cuts the connections of proxies, and repairs them after a while.
func cutFor(proxies []*proxy, how string, while time.Duration) error {
	var failed []error
	for _, w := range proxies {
		w.whole.Lock()
		defer w.whole.Unlock()
		failed = append(failed, w.cut(how))
	}
	time.Sleep(while)
	for _, w := range proxies {
		failed = append(failed, w.mend(how))
	}
	return errors.Join(failed...)
}

func (w *proxy) cut(how string) error {
	toxics := []string{`{"type":"timeout","stream":"upstream"}`, `{"type":"timeout","stream":"downstream"}`}
	switch how {
	case refusal:
		w.Stop()
		return nil
	case reset:
		toxics = []string{`{"type":"reset_peer","stream":"downstream"}`}
	}
	for _, toxic := range toxics {
		if _, err := w.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			return fmt.Errorf("cutting %s: %w", w.Name, err)
		}
	}
	return nil
}

func (w *proxy) mend(how string) error {
	if how == refusal {
		return w.open()
	}
	w.Toxics.ResetToxics(context.Background())
	return nil
}
