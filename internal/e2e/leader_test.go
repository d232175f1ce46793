// This file freezes the worker that polls the orders, while another worker runs.

package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/ledger"
	"btrollout/internal/proctest"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// takeoverWithin is how long after a leader died or was frozen another worker leads, at most.
const takeoverWithin = 15 * time.Second

// process is a worker that can be frozen.
type process struct {
	cmd *exec.Cmd
	log bytes.Buffer // complete when the process has ended
}

// startFreezable starts a worker and adds it to known, the workers that are running, by its id in the
// ledger, with which it leads duties.
func startFreezable(t *testing.T, env proctest.Settings, rdb *redis.Client, known map[string]*process) {
	t.Helper()
	p := &process{cmd: command(context.Background(), env, "worker", "--log-level", "debug")}
	p.cmd.Stderr = &p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		if t.Failed() {
			t.Log(p.log.String())
		}
	})
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for _, id := range rdb.SMembers(t.Context(), "{btr}:workers").Val() {
			if known[id] == nil {
				known[id] = p
				return
			}
		}
	}
	t.Fatal("the worker gives no sign of life")
}

// ageLedger makes the ledger an hour old, so that no worker waits before its first order.
func ageLedger(t *testing.T, rdb *redis.Client) {
	t.Helper()
	conn := rdb.Conn()
	defer conn.Close()
	runID, err := ledger.RunID(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	err = rdb.MSet(t.Context(), "{btr}:server", runID, "{btr}:since", time.Now().Add(-time.Hour).UnixMilli()).Err()
	if err != nil {
		t.Fatal(err)
	}
}

// sitesFile writes a rollout file of so many right rows, whose names begin with name.
func sitesFile(t *testing.T, name string, rows int) string {
	t.Helper()
	var text strings.Builder
	text.WriteString(strings.TrimSpace(header) + ",hno,hns,prd,sts,a6,pod,a4,pc,a3,a2,a1,flr,room,addrExtInfo1\n")
	for i := range rows {
		fmt.Fprintf(&text, "%s%d,Site %d,FR,1,62,,,Rue,de Lille,,,75007,Paris,,,2,,\n", name, i, i)
	}
	file := filepath.Join(t.TempDir(), name+".csv")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// leader is the id of the worker that polls the orders; "": none does at this moment.
func leader(t *testing.T, rdb *redis.Client) string {
	t.Helper()
	for _, key := range rdb.Keys(t.Context(), "{btr}:duty:poll:*").Val() {
		if _, owner, ok := strings.Cut(rdb.Get(t.Context(), key).Val(), " "); ok {
			return owner
		}
	}
	return ""
}

// freezeLeader freezes the worker that polls the orders, in the middle of a poll.
func freezeLeader(t *testing.T, rdb *redis.Client, workers map[string]*process) (frozen string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		id := leader(t, rdb)
		if workers[id] == nil {
			continue
		}
		if err := workers[id].cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond) // what it has sent arrives
		if leader(t, rdb) == id {
			return id
		}
		thaw(t, workers[id]) // it had just ended its poll
	}
	t.Fatal("no worker polls")
	return ""
}

func thaw(t *testing.T, p *process) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
}

// TestWorker_LeaderIsFrozen: while the leader is stopped in the middle of a poll, the other worker takes
// over; what the first one does when it goes on is not done twice.
func TestWorker_LeaderIsFrozen(t *testing.T) {
	t.Parallel()
	const rows = 20
	url := redistest.Server(t)
	rdb := redistest.Connect(t, url)
	env := simulator(t, fresh(t), "--delivery", "6s..9s", "--latency", "150ms").With("REDIS_URL", url)
	ageLedger(t, rdb)
	workers := map[string]*process{}
	startFreezable(t, env, rdb, workers)
	startFreezable(t, env, rdb, workers)

	file := sitesFile(t, "S", rows)
	batch := parseSummary(t, want(t, 0, env, "enqueue", "--json", file).Stdout).Batch
	eventually(t, "all sites are ordered", func() bool { return len(proctest.Books(t, env).Orders) == rows })
	frozen := freezeLeader(t, rdb, workers)
	began := time.Now()
	eventually(t, "another worker leads", func() bool {
		id := leader(t, rdb)
		return id != "" && id != frozen
	})
	took := time.Since(began)
	t.Logf("the other worker led after %s", took)
	if took > takeoverWithin {
		t.Errorf("another worker led after %s, want %s at most", took, takeoverWithin)
	}
	thaw(t, workers[frozen])

	want(t, 0, env, "batch", "watch", batch)
	books := proctest.Books(t, env)
	for reference, orders := range books.Orders {
		if len(orders) != 1 {
			t.Errorf("%d orders under %s", len(orders), reference)
		}
	}
	for _, v := range books.Voicesites {
		if v.AddressPushes != 1 {
			t.Errorf("%d addresses were pushed to the voicesite of %s", v.AddressPushes, v.TechnicalSiteName)
		}
	}
	if len(books.Orders) != rows || len(books.Voicesites) != rows {
		t.Errorf("%d orders and %d voicesites for %d sites", len(books.Orders), len(books.Voicesites), rows)
	}
	l := ledger.New(rdb)
	if b, err := l.Batch(t.Context(), batch); err != nil || b.Counts[rollout.Provisioned] != rows {
		t.Errorf("the sites ended as %v (%v)", b.Counts, err)
	}
}
