// This file tests what the command prints of audit logs.

package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/app"
	"btrollout/internal/jsonout"
	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

func TestLog(t *testing.T) {
	t.Parallel()
	url := redistest.InMemory(t)
	rdb, ctx := redistest.Connect(t, url), t.Context()
	said := func(exit int, args ...string) string {
		t.Helper()
		var out strings.Builder
		if got := run(append(args, "--redis-url", url), &out, &out); got != exit {
			t.Errorf("%q: exit code %d, want %d: %s", args, got, exit, out.String())
		}
		return out.String()
	}
	if got := said(1, "log", "b1"); !strings.Contains(got, errNoBatch("b1").Error()) {
		t.Errorf("of no batch: %s", got)
	}
	if got := said(0, "log"); got != sayNoEntry("")+"\n" {
		t.Errorf("without a change: %s", got)
	}
	l := ledger.New(rdb).As("anna@host")
	if err := l.Create(ctx, rollout.Batch{ID: "b1", File: "rollout.csv", Customer: "9999"}); err != nil {
		t.Fatal(err)
	}
	site := rollout.Site{Row: 2}
	site.Name, site.State = "S1", rollout.Review
	if _, err := l.Add(ctx, rollout.Batch{ID: "b1", Customer: "9999"}, []ledger.Entry{{Site: site, Claim: true}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Start(ctx, "b1"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.As("worker w1").Block(ctx, "b1", "the key is wrong"); err != nil {
		t.Fatal(err)
	}
	said(0, "resolve", "b1", "2", "--fail")

	zone, _ := time.Now().Zone()
	when := `\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ` + regexp.QuoteMeta(zone) + `  `
	me := regexp.QuoteMeta(app.Person())
	want := regexp.MustCompile(`^WHEN +WHO +WHAT +DETAIL *\n` +
		when + `anna@host +upload begun +rollout\.csv\n` +
		when + `anna@host +started: all rows are written *\n` +
		when + `worker w1 +blocked +the key is wrong\n` +
		when + me + ` +decision +row 2: give the site up\n$`)
	if got := said(0, "log", "b1"); !want.MatchString(got) {
		t.Errorf("got %s\nwant %s", got, want)
	}
	var log jsonout.Log
	if err := json.Unmarshal([]byte(said(0, "log", "b1", "--json")), &log); err != nil || log.Batch != "b1" || len(log.Entries) != 4 ||
		!cmp.Equal(log.Entries[3].Detail, rollout.AuditDetail{Row: "2", Decision: rollout.DecisionFail}) || log.Entries[3].Who != app.Person() {
		t.Errorf("as JSON: %+v (%v)", log, err)
	}
	if got := said(1, "log", "b2", "--json"); !strings.Contains(got, `"batch":"b2"`) {
		t.Errorf("of no batch, as JSON: %s", got)
	}

	// The log of a batch that was deleted is shown.
	if err := rdb.Del(ctx, "{btr}:batch:b1", "{btr}:batch:b1:rows", "{btr}:batch:b1:sites").Err(); err != nil {
		t.Fatal(err)
	}
	if got := said(0, "log", "b1"); !want.MatchString(got) {
		t.Errorf("of a batch that was deleted: %s", got)
	}
}

func TestLog_OfTheAccount(t *testing.T) {
	t.Parallel()
	url := redistest.InMemory(t)
	if err := redistest.Connect(t, url).Set(t.Context(), "asynq:{btrollout:validate}:paused", 1, 0).Err(); err != nil {
		t.Fatal(err)
	}
	said := func(args ...string) string {
		t.Helper()
		var out strings.Builder
		if got := run(append(args, "--redis-url", url), &out, &out); got != 0 {
			t.Errorf("%q: exit code %d: %s", args, got, out.String())
		}
		return out.String()
	}
	said("rate", "10/s")
	said("rate", "--default")
	said("rate") // changes nothing
	said("resume", "--queues")
	said("resume", "--queues") // there is none any more
	want := regexp.MustCompile(`^WHEN.*\n.* ` + regexp.QuoteMeta(app.Person()) + ` +rate of API calls +10/s\n.* BT_RATE again\n` +
		`.* ` + regexp.QuoteMeta(app.Person()) + ` +queues of asynq resumed +btrollout:validate\n$`)
	if got := said("log"); !want.MatchString(got) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
