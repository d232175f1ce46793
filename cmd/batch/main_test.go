// This file tests what the command prints.

package main

import (
	"strings"
	"testing"
	"time"

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
	l := ledger.New(redistest.Connect(t, url), nil)
	created := time.Date(2026, 3, 2, 12, 0, 0, 0, time.Local)
	for i, b := range []rollout.Batch{{ID: "20260302-120000-ab12", File: "rollout.xlsx"}, {ID: "b2", File: "東京\x1b[2J.csv"}} {
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
BATCH                 STATE      ROWS  ENDED  PROVISIONED  SKIPPED  NEED SOMEONE  CREATED           FILE
b2                    importing  1     1      0            0        1             2026-03-02 12:01  東京[2J.csv
20260302-120000-ab12  importing  1     1      0            0        1             2026-03-02 12:00  rollout.xlsx
`
	if got := "\n" + list(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
