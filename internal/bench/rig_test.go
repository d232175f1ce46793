// This file sets up what the benchmarks measure: the commands, a simulator, a Redis,
// and rows. What is measured stands in the other files.

package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/app"
	"btrollout/internal/btsim"
	"btrollout/internal/importer/importertest"
	"btrollout/internal/ledger"
	"btrollout/internal/proctest"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

var sites = flag.Int("bench.sites", 0, "sites of each benchmark; 0: as many as docs/performance.md says")

// size is how many sites a benchmark works on.
func size(standard int) int {
	if *sites > 0 {
		return *sites
	}
	return standard
}

const (
	columns  = 20               // of the rollout files
	patience = 30 * time.Minute // for anything
	look     = 100 * time.Millisecond
	progress = 5 * time.Second // between two lines that say how far a run is
)

// The shortest waits that leave a slow machine room. The first order in a new Redis
// waits 15 s and both of them; every clock starts after that.
const (
	timeout = 5 * time.Second
	settle  = time.Second
)

var bin string // where the commands are built

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "btrollout-bench-*")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		bin = dir
		return m.Run()
	}())
}

// build builds the commands, and the plain pipeline among them, when the first
// benchmark needs them.
var build = sync.OnceValue(func() error {
	if err := proctest.Build(bin); err != nil {
		return err
	}
	if out, err := exec.Command("go", "build", "-o", bin+"/", "btrollout/internal/bench/plain").CombinedOutput(); err != nil {
		return fmt.Errorf("the plain pipeline does not build: %w\n%s", err, out)
	}
	return nil
})

// rig is a simulator, a redis-server that writes every change to disk, and the
// environment of the commands that use them.
type rig struct {
	b      *testing.B
	env    proctest.Settings
	rdb    *redis.Client
	ledger *ledger.Ledger
}

func newRig(b *testing.B, simulator ...string) *rig {
	b.Helper()
	must(b, build())
	env := proctest.Settings{
		"TMPDIR": b.TempDir(), "REPORT_DIR": b.TempDir(), "REDIS_URL": redistest.Server(b),
		"BT_TIMEOUT": timeout.String(), "BT_SETTLE": settle.String(),
	}
	simulator = append([]string{"--addr", "127.0.0.1:0", "--seed", "1"}, simulator...)
	maps.Copy(env, proctest.Simulator(b, proctest.Command(context.Background(), bin, env, "simulator", simulator...)))
	rdb, err := app.OpenRedis(context.Background(), env["REDIS_URL"]) // as the commands do
	must(b, err)
	b.Cleanup(func() { rdb.Close() })
	return &rig{b, env, rdb, ledger.New(rdb)}
}

// books are the simulator's.
func (r *rig) books() btsim.Stats { return proctest.Books(r.b, r.env) }

// usage is what a process used.
type usage struct {
	cpu     time.Duration
	peakMB  float64
	began   time.Time
	ended   time.Time
	printed []byte
}

// start starts one of the commands; the function returned tells it to stop, and
// wants it to end well.
func (r *rig) start(name string, args ...string) (stop func() usage) {
	r.b.Helper()
	cmd := proctest.Command(context.Background(), bin, r.env, name, args...)
	wait := r.launch(cmd)
	r.b.Cleanup(func() { _ = cmd.Process.Kill() })
	return func() usage {
		must(r.b, cmd.Process.Signal(syscall.SIGTERM))
		return wait()
	}
}

// run runs one of the commands to its end.
func (r *rig) run(name string, args ...string) usage {
	r.b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return r.launch(proctest.Command(ctx, bin, r.env, name, args...))()
}

// launch starts a process; wait waits for its end.
func (r *rig) launch(cmd *exec.Cmd) (wait func() usage) {
	r.b.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	u := usage{began: time.Now()}
	must(r.b, cmd.Start())
	return func() usage {
		r.b.Helper()
		if err := cmd.Wait(); err != nil {
			r.b.Fatalf("%q: %v\n%s", cmd.Args[1:], err, stderr.String())
		}
		u.ended, u.printed = time.Now(), stdout.Bytes()
		u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		u.peakMB = float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / 1024 // Linux counts kB
		return u
	}
}

// enqueue gives a rollout file of n sites to the command enqueue.
func (r *rig) enqueue(n int) (batch string, u usage) {
	r.b.Helper()
	u = r.run("enqueue", "--json", rolloutFile(r.b, n))
	var result struct{ Batch string }
	must(r.b, json.Unmarshal(u.printed, &result))
	return result.Batch, u
}

// finish waits until a batch is done, and wants all of its sites provisioned.
func (r *rig) finish(batch string, n int) {
	r.b.Helper()
	b := r.await(batch, func(b rollout.Batch) bool { return b.State == rollout.Done })
	if b.Counts[rollout.Provisioned] != n {
		r.b.Fatalf("of %d sites: %v", n, b.Counts)
	}
}

// await waits until a batch is as wanted.
func (r *rig) await(batch string, wanted func(rollout.Batch) bool) rollout.Batch {
	r.b.Helper()
	var b rollout.Batch
	r.until(func() (bool, string) {
		var err error
		b, err = r.ledger.Batch(context.Background(), batch)
		must(r.b, err)
		if b.NeedSomeone() > 0 {
			r.b.Fatalf("sites went wrong: %v\n%s", b.Counts, r.firstProblem(batch))
		}
		return wanted(b), fmt.Sprintf("%d of %d sites have ended", b.Rows()-b.Open(), b.Rows())
	})
	return b
}

// firstProblem is what the first site that went wrong says of itself.
func (r *rig) firstProblem(batch string) string {
	r.b.Helper()
	for s, err := range r.ledger.Sites(context.Background(), batch) {
		must(r.b, err)
		if s.State.NeedsSomeone() {
			return fmt.Sprintf("row %d: %+v %s", s.Row, s.Problems, s.LastError)
		}
	}
	return ""
}

// until looks until something is over, and says from time to time how far it is.
func (r *rig) until(over func() (bool, string)) {
	r.b.Helper()
	began, said := time.Now(), time.Now()
	for {
		done, far := over()
		if done {
			return
		}
		if time.Since(began) > patience {
			r.b.Fatalf("not over after %s: %s", patience, far)
		}
		if time.Since(said) > progress {
			said = time.Now()
			say(r.b, "%s", far)
		}
		time.Sleep(look)
	}
}

// rolloutFile writes a rollout file of n sites.
func rolloutFile(b *testing.B, n int) string {
	b.Helper()
	say(b, "a file of %d rows", n)
	path := filepath.Join(b.TempDir(), "rollout.csv")
	must(b, importertest.WriteCSV(path, n, columns))
	return path
}

// say tells whoever waits what is going on.
func say(b *testing.B, format string, args ...any) {
	fmt.Fprintf(os.Stderr, "# %s %s: %s\n", time.Now().Format(time.TimeOnly), b.Name(), fmt.Sprintf(format, args...))
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
