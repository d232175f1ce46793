// This file builds and runs the commands, and reads the files that they write.

package e2e_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/proctest"
)

// patience bounds each process and each wait.
const patience = proctest.Patience

const samples = "../../samples/"

var bin string // where the commands were built

// parallel is how many tests run at the same time, unless -parallel says otherwise: they
// wait for processes, deliveries and delays much longer than they compute.
const parallel = "12"

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set(parallel)
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "btrollout-e2e-*")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		if bin, err = proctest.Commands(os.Getenv(proctest.BuiltVar), dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// fresh returns an environment whose reports and temporary files go to folders of the test.
func fresh(t *testing.T) proctest.Settings {
	t.Helper()
	return proctest.Settings{
		"TMPDIR": t.TempDir(), "REPORT_DIR": filepath.Join(t.TempDir(), "reports"),
		// Short, because a worker on an empty ledger waits for both before its first order.
		"BT_TIMEOUT": "2s", "BT_SETTLE": "1s",
	}
}

func command(ctx context.Context, env proctest.Settings, name string, args ...string) *exec.Cmd {
	return proctest.Command(ctx, bin, env.With("PATH", os.Getenv("PATH"), "HOME", env["TMPDIR"]), name, args...)
}

// run runs a command to its end.
func run(t *testing.T, env proctest.Settings, name string, args ...string) proctest.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := proctest.Run(ctx, command(ctx, env, name, args...))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// want runs a command that must end with the exit code code.
func want(t *testing.T, code int, env proctest.Settings, name string, args ...string) proctest.Result {
	t.Helper()
	r := run(t, env, name, args...)
	if r.Code != code {
		t.Fatalf("%s %q: exit %d, want %d\nstdout: %s\nstderr: %s", name, args, r.Code, code, r.Stdout, r.Stderr)
	}
	return r
}

// startWorker starts a worker; the function returned stops it and requires exit code 0.
func startWorker(t *testing.T, env proctest.Settings, args ...string) (stop func()) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := command(context.Background(), env, "worker", args...)
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stopped := false
	end := func(sig os.Signal) {
		if stopped {
			return
		}
		stopped = true
		_ = cmd.Process.Signal(sig)
		select {
		case err := <-ended:
			if err != nil && sig == syscall.SIGTERM {
				t.Errorf("worker, told to stop: %v, want exit 0\n%s", err, stderr.String())
			}
			if said := "worker: stopping: the present steps are finished within "; sig == syscall.SIGTERM &&
				!strings.Contains(stderr.String(), said) {
				t.Errorf("worker, told to stop, does not say %q\n%s", said, stderr.String())
			}
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			<-ended
			t.Errorf("worker does not stop\n%s", stderr.String())
		}
	}
	t.Cleanup(func() { end(os.Kill) })
	return func() { end(syscall.SIGTERM) }
}

// simulator starts a simulator, and returns env with the variables that it prints.
func simulator(t *testing.T, env proctest.Settings, args ...string) proctest.Settings {
	t.Helper()
	args = append([]string{"--addr", "127.0.0.1:0", "--delivery", "200ms..1s", "--rate", "200"}, args...)
	printed := proctest.Simulator(t, command(context.Background(), env, "simulator", args...))
	pasted := env.With("BT_RATE", "100/s") // within what it lets through
	maps.Copy(pasted, printed)
	return pasted
}

// row is a line of a table, by its headers.
type row map[string]string

func byHeader(table [][]string) []row {
	var rows []row
	for _, cells := range table[1:] {
		r := row{}
		for i, cell := range cells {
			r[table[0][i]] = cell
		}
		rows = append(rows, r)
	}
	return rows
}

func readCSV(t *testing.T, path string) []row {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	table, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(content), "\uFEFF"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return byHeader(table)
}

func readFailures(t *testing.T, path string) []row {
	t.Helper()
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	table, err := book.GetRows("Failures")
	if err != nil || len(table) == 0 {
		t.Fatalf("no failures in %s: %v", path, err)
	}
	return byHeader(table)
}

// wrongRow is a line of the table in samples/README.md.
type wrongRow struct{ row, site, stage string }

// wrongRows reads the table of wrong rows in samples/README.md.
func wrongRows(t *testing.T) []wrongRow {
	t.Helper()
	text, err := os.ReadFile(samples + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	var wrong []wrongRow
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) < 6 || strings.Trim(cells[1], " 0123456789") != "" {
			continue
		}
		wrong = append(wrong, wrongRow{strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2]), strings.TrimSpace(cells[4])})
	}
	if len(wrong) == 0 {
		t.Fatal("samples/README.md names no wrong rows")
	}
	return wrong
}

func (w wrongRow) ordered() bool { return slices.Contains([]string{"poll", "address"}, w.stage) }
