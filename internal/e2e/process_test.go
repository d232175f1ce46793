package e2e_test

// This file builds and runs the commands, and reads what they leave behind. What
// is expected of them stands in the other files.

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/btsim"
)

// patience bounds every process and every wait.
const patience = 90 * time.Second

const samples = "../../samples/"

var bin string // where the commands were built

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "btrollout-e2e-*")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		bin = dir
		if out, err := exec.Command("go", "build", "-o", dir+"/", "../../cmd/...").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "the commands do not build: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// settings is the environment of a process, and its only one.
type settings map[string]string

// with returns a copy in which pairs of names and values are set anew.
func (s settings) with(pairs ...string) settings {
	changed := maps.Clone(s)
	for i := 0; i < len(pairs); i += 2 {
		changed[pairs[i]] = pairs[i+1]
	}
	return changed
}

// fresh is an environment whose reports and temporary files go to folders of the test.
func fresh(t *testing.T) settings {
	t.Helper()
	return settings{
		"TMPDIR": t.TempDir(), "REPORT_DIR": filepath.Join(t.TempDir(), "reports"),
		"BT_TIMEOUT": "2s", "BT_SETTLE": "1s", // a new Redis orders nothing before what was sent earlier can be seen
	}
}

func command(ctx context.Context, env settings, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(bin, name), args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + env["TMPDIR"]}
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	return cmd
}

// result is what a command that ended has left.
type result struct {
	code           int
	stdout, stderr string
}

// run runs a command to its end.
func run(t *testing.T, env settings, name string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := command(ctx, env, name, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("%s %q did not end by itself: %v\n%s", name, args, err, stderr.String())
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// want is run, for a command that must end with code.
func want(t *testing.T, code int, env settings, name string, args ...string) result {
	t.Helper()
	r := run(t, env, name, args...)
	if r.code != code {
		t.Fatalf("%s %q: exit %d, want %d\nstdout: %s\nstderr: %s", name, args, r.code, code, r.stdout, r.stderr)
	}
	return r
}

// startWorker starts a worker; the function returned stops it and wants exit 0.
func startWorker(t *testing.T, env settings) (stop func()) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := command(context.Background(), env, "worker")
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
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			<-ended
			t.Errorf("worker does not stop\n%s", stderr.String())
		}
	}
	t.Cleanup(func() { end(os.Kill) })
	return func() { end(syscall.SIGTERM) }
}

// simulator starts one and returns env with what it prints to be pasted.
func simulator(t *testing.T, env settings, args ...string) settings {
	t.Helper()
	args = append([]string{"--addr", "127.0.0.1:0", "--delivery", "200ms..1s", "--rate", "200"}, args...)
	lines, read := serve(t, command(context.Background(), env, "simulator", args...))
	defer read()
	pasted := env.with("BT_RATE", "100/s") // within what it lets through
	for lines.Scan() {
		if line, ok := strings.CutPrefix(lines.Text(), "export "); ok {
			name, value, _ := strings.Cut(line, "=")
			pasted[name] = value
		}
		if strings.HasPrefix(lines.Text(), "Stop with") {
			return pasted
		}
	}
	t.Fatal("the simulator ended before it said where it is")
	return nil
}

// serve starts a server that ends with the test, and gives what it prints. When
// its words do not come, it is killed, and they end; read says that they came.
func serve(t *testing.T, cmd *exec.Cmd) (lines *bufio.Scanner, read func()) {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	hung := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	return bufio.NewScanner(stdout), func() { hung.Stop() }
}

// books reads what the simulator says was bought.
func books(t *testing.T, env settings) btsim.Stats {
	t.Helper()
	client := http.Client{Timeout: patience}
	resp, err := client.Get(strings.TrimSuffix(env["BT_API_URL"], btsim.BasePath) + btsim.StatsPath)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var stats btsim.Stats
	if err := json.NewDecoder(resp.Body).Decode(&stats); err != nil {
		t.Fatal(err)
	}
	return stats
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

// wrongRows reads that table.
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
