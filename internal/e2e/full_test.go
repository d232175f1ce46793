// This file tests an upload that breaks off because Redis is full.

package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"btrollout/internal/ledger"
	"btrollout/internal/proctest"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// usedMemory is how many bytes of memory a redis-server uses.
var usedMemory = regexp.MustCompile(`used_memory:(\d+)`)

// TestEnqueue_RedisBecomesFull: the upload is withdrawn and shown as such, and the same file is
// enqueued at once when Redis has room again, with no worker running.
func TestEnqueue_RedisBecomesFull(t *testing.T) {
	t.Parallel()
	const rows = 3000
	url := redistest.Server(t)
	env := simulator(t, fresh(t)).With("REDIS_URL", url)
	var text strings.Builder
	text.WriteString(strings.TrimSpace(header) + ",hno,hns,prd,sts,a6,pod,a4,pc,a3,a2,a1,flr,room,addrExtInfo1\n")
	for i := range rows {
		fmt.Fprintf(&text, "S%d,Site %d,FR,1,62,,,Rue,de Lille,,,75007,Paris,,,2,,\n", i, i)
	}
	file := filepath.Join(t.TempDir(), "rollout.csv")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	rdb := redistest.Connect(t, url)
	limit := func(bytes int) {
		t.Helper()
		if err := rdb.ConfigSet(t.Context(), "maxmemory", strconv.Itoa(bytes)).Err(); err != nil {
			t.Fatal(err)
		}
	}
	// The facts of the account are read, and stay in Redis.
	want(t, 0, env, "enqueue", "--check", file)
	info, err := rdb.Info(t.Context(), "memory").Result()
	if err != nil {
		t.Fatal(err)
	}
	used, err := strconv.Atoi(usedMemory.FindStringSubmatch(info)[1])
	if err != nil {
		t.Fatal(err)
	}
	limit(used + 3<<19)
	r := want(t, 1, env, "enqueue", "--wait", file)
	const says = "enqueue: the batch could not be enqueued, because Redis is full (OOM): give it more memory (maxmemory), " +
		"or delete other applications' data, then look at batch list, and enqueue the same file again\n"
	if !strings.HasSuffix(r.Stderr, says) {
		t.Errorf("said %s", r.Stderr)
	}
	all, err := ledger.NewReader(rdb).Batches(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	broken := all[0]
	t.Logf("%d of %d rows were written", broken.Rows(), rows)
	if n := broken.Rows(); n == 0 || n == rows {
		t.Fatalf("%d of %d rows were written: it did not break off in the middle", n, rows)
	}
	wantShownWithdrawn(t, env, broken)
	want(t, 0, env, "batch", "report", broken.ID, "-o", filepath.Join(t.TempDir(), "r.xlsx"))

	limit(0)
	wantShownWithdrawn(t, env, broken)
	again := parseSummary(t, want(t, 0, env, "enqueue", "--json", file).Stdout)
	if n := again.Counts["imported"]; n != rows || again.Rows != rows {
		t.Errorf("the second upload: %v", again.Counts)
	}
	stop := startWorker(t, env)
	defer stop()
	watched := want(t, 3, env, "batch", "watch", broken.ID)
	if !strings.Contains(watched.Stdout, "is withdrawn after") || !strings.Contains(watched.Stdout, "enqueue the file again") {
		t.Errorf("watched: %s", watched.Stdout)
	}
	ended, err := ledger.New(rdb).Batch(t.Context(), broken.ID)
	if err != nil || ended.State != rollout.Done || ended.Counts[rollout.Cancelled] != broken.Rows() {
		t.Errorf("it ended as %s with %v (%v)", ended.State, ended.Counts, err)
	}
	wantShownWithdrawn(t, env, broken)
}

// TestRedisThatTakesNoWrites: the commands that write say so in one sentence, without the hash of a
// script.
func TestRedisThatTakesNoWrites(t *testing.T) {
	t.Parallel()
	for says, trouble := range map[string][]any{
		"Redis is full (OOM): give it more memory (maxmemory), or delete other applications' data": {"config", "set", "maxmemory", "1mb"},
		"this Redis is a replica and takes no writes (READONLY): set REDIS_URL to the primary":     {"replicaof", "127.0.0.1", "1"},
	} {
		t.Run(fmt.Sprint(trouble[0]), func(t *testing.T) {
			t.Parallel()
			url := redistest.Server(t)
			env := simulator(t, fresh(t)).With("REDIS_URL", url)
			if err := redistest.Connect(t, url).Do(t.Context(), trouble...).Err(); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{
				{"enqueue", samples + "rollout.csv"}, {"enqueue", "--check", samples + "rollout.csv"}, {"worker"},
			} {
				r := want(t, 1, env, args[0], args[1:]...)
				lines := strings.Split(strings.TrimSpace(r.Stderr), "\n")
				if last := lines[len(lines)-1]; last != args[0]+": "+says {
					t.Errorf("%q said %s", args, r.Stderr)
				}
			}
		})
	}
}

// wantShownWithdrawn checks how a batch is listed, and its status.
func wantShownWithdrawn(t *testing.T, env proctest.Settings, b rollout.Batch) {
	t.Helper()
	if list := want(t, 0, env, "batch", "list").Stdout; !regexp.MustCompile(b.ID + ` +withdrawn +`).MatchString(list) {
		t.Errorf("listed as %s", list)
	}
	status := want(t, 3, env, "batch", "status", b.ID).Stdout
	if !strings.Contains(status, "is withdrawn after") || !strings.Contains(status, "enqueue the file again") {
		t.Errorf("its status: %s", status)
	}
}
