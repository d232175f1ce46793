// This file uploads rows whose sites another batch is working on.

package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"btrollout/internal/proctest"
	"btrollout/internal/redistest"
)

// goodRows writes a file with the first four rows of the sample, which are right.
func goodRows(t *testing.T, file string, change func(lines []string)) {
	t.Helper()
	text, err := os.ReadFile(samples + "rollout.csv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")[:5]
	change(lines)
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// One file is uploaded twice in the same second, and then with one more address changed, while the
// sites are under way: no upload calls anything wrong, and the newest address comes last.
func TestUploadsOfSitesUnderWay(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t), "--delivery", "5s..6s").With("REDIS_URL", redistest.Server(t))
	stop := startWorker(t, env)
	dir := t.TempDir()
	file, changed := filepath.Join(dir, "rollout.csv"), filepath.Join(dir, "changed.csv")
	goodRows(t, file, func([]string) {})
	goodRows(t, changed, func(lines []string) { lines[1] = strings.Replace(lines[1], ",62,", ",60,", 1) })

	var twice [2]summary
	var both sync.WaitGroup
	for i := range twice {
		both.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			r, err := proctest.Run(ctx, command(ctx, env, "enqueue", "--wait", "--json", "--name", "Wave 3", file))
			if err != nil || r.Code != 0 {
				t.Errorf("exit %d (%v): %s", r.Code, err, r.Stderr)
				return
			}
			twice[i] = parseSummary(t, r.Stdout)
		})
	}
	both.Wait()
	first, second := twice[0], twice[1]
	if first.Counts["skipped"] > 0 {
		first, second = second, first
	}
	if first.Counts["provisioned"] != 4 || second.Counts["skipped"] != 4 {
		t.Errorf("the uploads ended as %v and %v, want one of them provisioned and the other skipped", first.Counts, second.Counts)
	}

	s := parseSummary(t, want(t, 0, env, "enqueue", "--wait", "--json", changed).Stdout)
	stop()
	if s.Counts["provisioned"] != 1 || s.Counts["skipped"] != 3 {
		t.Errorf("the changed file ended as %v", s.Counts)
	}
	books := proctest.Books(t, env)
	if v := voicesites(books, "PAR-ORSAY-01"); len(v) != 1 || v[0].Address["hno"] != "60" || ordersFor(books, "PAR-ORSAY-01") != 1 {
		t.Errorf("PAR-ORSAY-01 was ordered %d times and is %+v", ordersFor(books, "PAR-ORSAY-01"), v)
	}
	out := want(t, 0, env, "batch", "find", "par-orsay-01").Stdout
	if strings.Count(out, "PAR-ORSAY-01") != 3 || !strings.Contains(out, "Wave 3, rollout.csv") {
		t.Errorf("batch find prints %s", out)
	}
}
