// This file tests that batches are shown on a Redis that takes no writes.

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// aBatch makes a batch b1 that is done, with a site that was provisioned, one whose record and one
// whose request cannot be read, and a batch b2 that is being imported.
func aBatch(t *testing.T, rdb *redis.Client) {
	t.Helper()
	l, ctx := ledger.New(rdb), t.Context()
	created := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	b := rollout.Batch{ID: "b1", File: "rollout.csv", Customer: "9999", Created: created}
	var entries []ledger.Entry
	for row := range 3 {
		site := rollout.Site{Row: rollout.RowRef(row + 2)}
		site.Name, site.State = "S"+string(rune('1'+row)), rollout.Skipped
		entries = append(entries, ledger.Entry{Site: site})
	}
	err := l.Create(ctx, b)
	for _, step := range []func() error{
		func() error { _, err := l.Add(ctx, b, entries); return err },
		func() error { return l.Start(ctx, "b1") },
		func() error { _, err := l.Finish(ctx, "b1", 0, "r.xlsx"); return err },
		func() error {
			return l.Create(ctx, rollout.Batch{ID: "b2", File: "next.csv", Customer: "9999", Created: created})
		},
		func() error { return rdb.HSet(ctx, "{btr}:batch:b1:sites", "3", "1 skipped {").Err() },
		func() error { return rdb.HSet(ctx, "{btr}:batch:b1:rows", "4", "{").Err() },
		func() error { return rdb.Set(ctx, "{btr}:since", "long ago", 0).Err() },
	} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestShow_ARedisThatTakesNoWrites(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string][]any{
		"full":    {"config", "set", "maxmemory", "1mb"},
		"replica": {"replicaof", "127.0.0.1", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := redistest.Server(t)
			rdb := redistest.Connect(t, url)
			aBatch(t, rdb)
			report := filepath.Join(t.TempDir(), "r.csv")
			show := func() string {
				t.Helper()
				var said strings.Builder
				for _, args := range [][]string{
					{"list"}, {"list", "--json"}, {"status", "b1"}, {"status", "b2", "--json"}, {"watch", "b1"}, {"report", "b1", "-o", report},
					{"rate"}, {"log", "b1"},
				} {
					var stderr strings.Builder
					if exit := run(append(args, "--redis-url", url), &said, &stderr); exit != 0 || strings.Contains(stderr.String(), "batch: ") {
						t.Errorf("%q: exit code %d: %s", args, exit, stderr.String())
					}
				}
				rows, err := os.ReadFile(report)
				if err != nil || strings.Count(string(rows), "site.damaged") != 2 {
					t.Errorf("the report (%v): %s", err, rows)
				}
				return said.String()
			}
			before := show()
			if err := rdb.Do(t.Context(), trouble...).Err(); err != nil {
				t.Fatal(err)
			}
			if now := show(); now != before {
				t.Errorf("before:\n%s\nnow:\n%s", before, now)
			}
			var stderr strings.Builder
			if exit := run([]string{"rate", "10/s", "--redis-url", url}, &stderr, &stderr); exit != 1 ||
				!strings.Contains(stderr.String(), "the rate could not be set, because ") || strings.Contains(stderr.String(), "script") {
				t.Errorf("a rate: exit code %d: %s", exit, stderr.String())
			}
		})
	}
}

// TestShow_AWithdrawnUpload: it is shown as such before and after a worker has ended it, and its
// exit code says that someone is needed.
func TestShow_AWithdrawnUpload(t *testing.T) {
	t.Parallel()
	url := redistest.InMemory(t)
	l := ledger.New(redistest.Connect(t, url))
	err := l.Create(t.Context(), rollout.Batch{ID: "b1", File: "rollout.csv", Customer: "9999", Uploaded: 7, Created: time.Now()})
	if err == nil {
		_, err = l.Withdraw(t.Context(), "b1")
	}
	if err != nil {
		t.Fatal(err)
	}
	show := func(exit int, args ...string) {
		t.Helper()
		var stdout, stderr strings.Builder
		if got := run(append(args, "--redis-url", url), &stdout, &stderr); got != exit || !strings.Contains(stdout.String(), "withdrawn") {
			t.Errorf("%q: exit code %d, want %d: %s%s", args, got, exit, stdout.String(), stderr.String())
		}
		if strings.Contains(stdout.String(), "is done") {
			t.Errorf("%q says that it is done: %s", args, stdout.String())
		}
	}
	show(0, "list")
	show(3, "status", "b1")
	show(3, "status", "b1", "--json")
	if done, err := l.Finish(t.Context(), "b1", 0, "r.xlsx"); err != nil || !done {
		t.Fatal(done, err)
	}
	show(0, "list")
	show(3, "status", "b1")
	show(3, "status", "b1", "--json")
	show(3, "watch", "b1")
}
