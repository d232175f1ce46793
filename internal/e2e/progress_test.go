// This file tests what is said of a batch that does not move, or not yet.

package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/jsonout"
	"btrollout/internal/ledger"
	"btrollout/internal/proctest"
	"btrollout/internal/progress"
	"btrollout/internal/redistest"
)

// watching is a `batch watch` under way.
type watching struct {
	lines chan string                      // its standard error; closed when it has ended
	ended func() (exit int, stdout string) // waits until it has
}

// watch starts to watch a batch.
func watch(t *testing.T, env proctest.Settings, id string) watching {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	cmd := command(ctx, env, "batch", "watch", id)
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	w := watching{lines: make(chan string, 1000)}
	exit := make(chan int, 1)
	go func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			w.lines <- lines.Text()
		}
		_ = cmd.Wait()
		exit <- cmd.ProcessState.ExitCode()
		close(w.lines)
	}()
	w.ended = func() (int, string) { return <-exit, stdout.String() }
	t.Cleanup(func() {
		cancel()
		for line := range w.lines { // until it has ended
			t.Log("not waited for:", line)
		}
	})
	return w
}

// waitFor waits for a line with these words.
func (w watching) waitFor(t *testing.T, words string) {
	t.Helper()
	var lines []string
	for line := range w.lines {
		if strings.Contains(line, words) {
			return
		}
		lines = append(lines, line)
	}
	t.Fatalf("batch watch ended without saying %q:\n%s", words, strings.Join(lines, "\n"))
}

// beginLedger lets the ledger count as begun some time ago, by a worker that noticed it.
func beginLedger(t *testing.T, rdb *redis.Client, ago time.Duration) {
	t.Helper()
	on := rdb.Conn()
	defer on.Close()
	err := ledger.RestartWatch{RunID: ledger.RunID, Now: time.Now, MaxOffset: patience}.OnConnect(t.Context(), on)
	if err == nil {
		err = rdb.Set(t.Context(), "{btr}:since", time.Now().Add(-ago).UnixMilli(), 0).Err()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A batch has no worker, waits for its first order, loses its worker, and ends with another: each
// command says so.
func TestProgress_WithAndWithoutWorker(t *testing.T) {
	t.Parallel()
	url := redistest.Server(t)
	env := simulator(t, fresh(t)).With("REDIS_URL", url)
	file := filepath.Join(t.TempDir(), "rollout.csv")
	goodRows(t, file, func([]string) {})

	var enqueued jsonout.File
	if err := json.Unmarshal([]byte(want(t, 0, env, "enqueue", "--json", file).Stdout), &enqueued); err != nil {
		t.Fatal(err)
	}
	wantCause := func(command string, p *progress.Progress, cause progress.Cause) {
		t.Helper()
		if p == nil || p.Rows != 4 || p.Waiting != 4 || p.Left != nil || len(p.Reasons) != 1 || p.Reasons[0].Cause != cause {
			t.Errorf("%s says %+v, want %s", command, p, cause)
		}
	}
	wantCause("enqueue", enqueued.Progress, progress.NoWorker)

	w := watch(t, env, enqueued.Batch)
	w.waitFor(t, "rollout.csv: 0 of 4 done (0%) · 4 waiting · no worker is running")
	beginLedger(t, redistest.Connect(t, url), 6*time.Second) // the first order comes in 12 s
	stop := startWorker(t, env)
	w.waitFor(t, "because this Redis is new")
	stop()
	w.waitFor(t, "no worker is running")

	var status jsonout.Status
	printed := want(t, 0, env, "batch", "status", "--json", enqueued.Batch).Stdout
	if err := json.Unmarshal([]byte(printed), &status); err != nil {
		t.Fatal(err)
	}
	wantCause("batch status", status.Progress, progress.NoWorker)
	const sentence = "No worker is running: start one with the command worker."
	next := filepath.Join(t.TempDir(), "next.csv")
	goodRows(t, next, func(lines []string) {
		for i := range lines[1:] {
			lines[i+1] = "NEW-" + lines[i+1]
		}
	})
	for _, said := range []string{
		want(t, 0, env, "batch", "status", enqueued.Batch).Stdout,
		want(t, 0, env, "enqueue", next).Stdout,
	} {
		if !strings.Contains(strings.Join(strings.Fields(said), " "), sentence) {
			t.Errorf("not said: %s\n%s", sentence, said)
		}
	}

	stop = startWorker(t, env)
	if exit, stdout := w.ended(); exit != 0 || !strings.Contains(stdout, "is done") {
		t.Errorf("batch watch ended with %d: %s", exit, stdout)
	}
	stop()
}
