// This file tests what the command prints.

package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

func TestList(t *testing.T) {
	t.Parallel()
	url := redistest.InMemory(t)
	list := func() string {
		t.Helper()
		var stdout, stderr strings.Builder
		if exit := run([]string{"list", "--redis-url", url}, &stdout, &stderr); exit != 0 || stderr.Len() > 0 {
			t.Fatalf("exit code %d: %s", exit, stderr.String())
		}
		return stdout.String()
	}
	if got := list(); got != noBatchYet+"\n" {
		t.Errorf("without batches: %s", got)
	}
	l := ledger.New(redistest.Connect(t, url))
	created := time.Date(2026, 3, 2, 12, 0, 0, 0, time.Local)
	for i, b := range []rollout.Batch{{ID: "20260302-120000-ab12", Name: "Wave 3", File: "rollout.xlsx"}, {ID: "b2", File: "東京\x1b[2J.csv"}} {
		b.Created, b.Customer = created.Add(time.Duration(i)*time.Minute), "9999"
		if err := l.Create(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		site := rollout.Site{Row: 2}
		site.Name, site.State = b.ID, rollout.Rejected
		if _, err := l.Add(t.Context(), b, []ledger.Entry{{Site: site}}); err != nil {
			t.Fatal(err)
		}
	}
	const want = `
BATCH                 STATE      ROWS  DONE  CANCELLED  NEED SOMEONE  CREATED · NAME AND FILE
b2                    importing  1     0     0          1             2026-03-02 12:01 · 東京[2J.csv
20260302-120000-ab12  importing  1     0     0          1             2026-03-02 12:00 · Wave 3, rollout.xlsx
`
	if got := "\n" + list(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestList_OfCancelledBatches: a batch that is done, and was cancelled, is no batch that is merely done; of one
// that is being cancelled in a pause, both are said.
func TestList_OfCancelledBatches(t *testing.T) {
	t.Parallel()
	url := redistest.InMemory(t)
	rdb := redistest.Connect(t, url)
	l := ledger.New(rdb)
	for i, id := range []string{"20260302-120000-ab12", "20260302-120100-cd34"} {
		b := rollout.Batch{
			ID: id, Name: "Wave 3, second half, Brittany", File: "rollout.xlsx", Customer: "9999",
			Created: time.Date(2026, 3, 2, 12, i, 0, 0, time.Local),
		}
		if err := l.Create(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		var entries []ledger.Entry
		for row, state := range []rollout.State{rollout.Provisioned, rollout.Skipped, rollout.Imported, rollout.Failed} {
			e := ledger.Entry{Site: rollout.Site{Row: rollout.RowRef(row + 2)}, Claim: true}
			e.Site.Name, e.Site.State = fmt.Sprint(id, row), state
			entries = append(entries, e)
		}
		if _, err := l.Add(t.Context(), b, entries); err != nil {
			t.Fatal(err)
		}
		if err := l.Start(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		printed(t, 0, "pause", id, "--redis-url", url)
		printed(t, 0, "cancel", id, "--leave-ordered", "--redis-url", url)
	}
	const ended = "20260302-120100-cd34"
	_, s, err := l.Load(t.Context(), ended, 4)
	if err != nil {
		t.Fatal(err)
	}
	s.State = rollout.Cancelled
	if _, _, err := l.Advance(t.Context(), s, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if done, err := l.Finish(t.Context(), ended, 0, ""); err != nil || !done {
		t.Fatal(done, err)
	}
	// On a terminal of 80 columns, each line fits.
	const want = `
BATCH                 STATE               ROWS  DONE  CANCELLED  NEED SOMEONE
20260302-120100-cd34  cancelled           4     2     1          1
    2026-03-02 12:01 · Wave 3, second half, Brittany, rollout.xlsx
20260302-120000-ab12  cancelling, paused  4     2     0          1
    2026-03-02 12:00 · Wave 3, second half, Brittany, rollout.xlsx
`
	var out strings.Builder
	if _, err := (&listFlags{}).run(t.Context(), &session{rdb: rdb, ledger: l, stdout: &out, terminal: 80}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, "\n"+out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := printed(t, 0, "status", "20260302-120000-ab12", "--redis-url", url); !strings.Contains(got, " is cancelling and paused after ") {
		t.Errorf("status says %s", got)
	}
	if got := printed(t, 3, "status", ended, "--redis-url", url); !strings.Contains(got, " is cancelled after ") {
		t.Errorf("status says %s", got)
	}
	got := printed(t, 0, "list", "--json", "--redis-url", url)
	for _, want := range []string{`"state":"done","cancellation":"leave"`, `"state":"cancelling","paused":true,"cancellation":"leave"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
}

// TestReport_WhileItsUploadWritesRows: rows are added between the read of the counts and
// the read of the rows.
func TestReport_WhileItsUploadWritesRows(t *testing.T) {
	t.Parallel()
	url := redistest.InMemory(t)
	upload := ledger.New(redistest.Connect(t, url))
	b := rollout.Batch{ID: "b1", File: "rollout.csv", Customer: "9999"}
	if err := upload.Create(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	add := func(row int) {
		t.Helper()
		site := rollout.Site{Row: rollout.RowRef(row)}
		site.Name, site.State = fmt.Sprint("S", row), rollout.Rejected
		if _, err := upload.Add(t.Context(), b, []ledger.Entry{{Site: site}}); err != nil {
			t.Fatal(err)
		}
	}
	add(2)
	rdb := redistest.Connect(t, url)
	rdb.AddHook(&beforePipeline{command: "hkeys", do: func() { add(3) }})
	s := &session{rdb: rdb, ledger: ledger.New(rdb), stdout: io.Discard, stderr: io.Discard}
	f := &reportFlags{ID: b.ID, Output: filepath.Join(t.TempDir(), "report.csv")}
	if _, err := f.run(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(f.Output)
	if err != nil {
		t.Fatal(err)
	}
	in := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff")))
	if rows, err := in.ReadAll(); err != nil || len(rows) != 3 {
		t.Errorf("the report has %d lines, want a header and 2 rows (%v): %q", len(rows), err, rows)
	}
}

// TestReport_OfAFileThatIsThere: it is left alone, unless it is a report as the command wrote it.
func TestReport_OfAFileThatIsThere(t *testing.T) {
	t.Parallel()
	url := redistest.InMemory(t)
	l := ledger.New(redistest.Connect(t, url))
	if err := l.Create(t.Context(), rollout.Batch{ID: "b1", File: "rollout.csv", Customer: "9999"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"out.xlsx", "out.csv"} {
		out := filepath.Join(t.TempDir(), name)
		report := func(exit int, flags ...string) string {
			t.Helper()
			var stderr strings.Builder
			if got := run(append([]string{"report", "b1", "-o", out, "--redis-url", url}, flags...), io.Discard, &stderr); got != exit {
				t.Errorf("%s: exit %d, want %d: %s", name, got, exit, stderr.String())
			}
			return stderr.String()
		}
		report(0)
		report(0)
		if err := os.WriteFile(out, []byte("master"), 0o600); err != nil {
			t.Fatal(err)
		}
		if said := report(2); !strings.Contains(said, "there already") || !strings.Contains(said, "--force") {
			t.Errorf("said %s", said)
		}
		if content, err := os.ReadFile(out); err != nil || string(content) != "master" {
			t.Errorf("%s is now %q (%v)", name, content, err)
		}
		report(0, "--force")
	}
}

// beforePipeline does something, once, before the first pipeline that has a command.
type beforePipeline struct {
	command string
	do      func()
}

func (*beforePipeline) DialHook(next redis.DialHook) redis.DialHook { return next }

func (*beforePipeline) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (b *beforePipeline) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if do := b.do; do != nil && slices.ContainsFunc(cmds, func(c redis.Cmder) bool { return c.Name() == b.command }) {
			b.do = nil
			do()
		}
		return next(ctx, cmds)
	}
}
