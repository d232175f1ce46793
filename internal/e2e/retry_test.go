// This file has a row tried again whose order was rejected.

package e2e_test

import (
	"path/filepath"
	"strings"
	"testing"

	"btrollout/internal/proctest"
	"btrollout/internal/redistest"
)

func TestRetry_ARejectedOrder(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t), "--fault", "rejected=every:4").With("REDIS_URL", redistest.Server(t))
	stop := startWorker(t, env)
	file := filepath.Join(t.TempDir(), "rollout.csv")
	goodRows(t, file, func([]string) {})
	s := parseSummary(t, want(t, 3, env, "enqueue", "--wait", "--json", file).Stdout)
	if s.Counts["provisioned"] != 3 || s.Counts["failed"] != 1 {
		t.Fatalf("the file ended as %v", s.Counts)
	}
	said := want(t, 0, env, "batch", "retry", s.Batch, "--code", "order.rejected").Stdout
	if !strings.HasPrefix(said, "1 row will be tried again.\nOf the rows to be tried again, 1 needs a new order.\n1 row is tried again:") {
		t.Errorf("batch retry says %s", said)
	}
	want(t, 0, env, "batch", "watch", s.Batch)
	stop()
	if said := want(t, 0, env, "batch", "retry", s.Batch).Stdout; !strings.HasPrefix(said, "No row of batch ") {
		t.Errorf("once more, it says %s", said)
	}
	made, live := 0, 0
	for _, orders := range proctest.Books(t, env).Orders {
		for _, o := range orders {
			if made++; o.Status != "rejected" {
				live++
			}
		}
	}
	if made != 5 || live != 4 {
		t.Errorf("%d orders were made, and %d live; want 5 and 4", made, live)
	}
}
