// This file tests the commands that change the plan of a batch.

package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

func TestOrder(t *testing.T) {
	t.Parallel()
	url := newOverview(t)
	l := ledger.New(redistest.Connect(t, url))
	for _, c := range []struct {
		args string
		exit int
		said string
		plan rollout.Plan
	}{
		{"", 0, "Batch b1 orders its sites as in the file.\n", rollout.Plan{}},
		{"--countries fr,BE", 0, "Batch b1 orders the sites of FR, BE first, and then the others as in the file.\n" +
			"No row has the country BE: naming it in --countries changes nothing.\n", rollout.Plan{First: []string{"FR", "BE"}}},
		{"country --countries FR", 0, "Batch b1 orders the sites of FR first, and then the others by country.\n",
			rollout.Plan{First: []string{"FR"}, ByCountry: true}},
		{"--countries FR,XX", 2, "no country has the code XX", rollout.Plan{First: []string{"FR"}, ByCountry: true}},
		{"FR", 2, `"FR" is no order`, rollout.Plan{First: []string{"FR"}, ByCountry: true}},
		{"country", 0, "Batch b1 orders its sites by country.\n", rollout.Plan{ByCountry: true}},
		{"", 0, "Batch b1 orders its sites by country.\n", rollout.Plan{ByCountry: true}},
		{"file", 0, "Batch b1 orders its sites as in the file.\n", rollout.Plan{}},
	} {
		var out strings.Builder
		exit := run(append(strings.Fields("order b1 "+c.args), "--redis-url", url), &out, &out)
		if got := out.String(); exit != c.exit || exit == 0 && got != c.said || !strings.Contains(got, c.said) {
			t.Errorf("order %s: exit code %d: %s", c.args, exit, got)
		}
		b, err := l.Batch(t.Context(), "b1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.plan, b.Plan); diff != "" {
			t.Errorf("after order %s, the plan is (-want +got):\n%s", c.args, diff)
		}
	}
	log := printed(t, 0, "log", "b1", "--redis-url", url)
	if n := strings.Count(log, "plan changed"); n != 4 || !strings.Contains(log, "first FR, BE\n") || !strings.Contains(log, "by country\n") {
		t.Errorf("the audit log has %d changes of the plan: %s", n, log)
	}
}

// TestPlan_OfABatchThatIsCancelled: its order of work is not changed, and the command says so. It is still shown,
// and its windows, which hold up addresses if they are strict, may be changed.
func TestPlan_OfABatchThatIsCancelled(t *testing.T) {
	t.Parallel()
	url := newOverview(t)
	printed(t, 0, "cancel", "b1", "--redis-url", url)
	for _, args := range []string{"urgent b1", "order b1 country"} {
		var out strings.Builder
		exit := run(append(strings.Fields(args), "--redis-url", url), &out, &out)
		if want := "batch: " + errCancelledPlan("b1").Error() + "\n"; exit != 1 || out.String() != want {
			t.Errorf("%s: exit code %d: %s", args, exit, out.String())
		}
	}
	for _, args := range []string{"order b1", "window b1", "window b1 --none", "urgent b1 --off"} {
		printed(t, 0, append(strings.Fields(args), "--redis-url", url)...)
	}
}

// TestCancel_WhileImporting: the batch is withdrawn, and that is said.
func TestCancel_WhileImporting(t *testing.T) {
	t.Parallel()
	url, l, b := newImporting(t)
	e := ledger.Entry{Site: rollout.Site{Row: 2, Request: rollout.Request{Name: "S"}, Progress: rollout.Progress{State: rollout.Imported}}}
	if _, err := l.Add(t.Context(), b, []ledger.Entry{e}); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(strings.Fields(printed(t, 0, "cancel", "b1", "--redis-url", url)), " ")
	if got != sayCancelWithdrew("b1") {
		t.Errorf("said %s", got)
	}
	if b, err := l.Batch(t.Context(), "b1"); err != nil || b.WithdrawnAt.IsZero() || b.Counts[rollout.Cancelled] != 1 {
		t.Errorf("%+v, %v", b, err)
	}
}

// TestCancel_AfterARetry: a site that was ordered before it was tried again counts as ordered.
func TestCancel_AfterARetry(t *testing.T) {
	t.Parallel()
	url, l, b := newImporting(t)
	var entries []ledger.Entry
	for row, order := range []string{"O-1", ""} {
		e := ledger.Entry{Site: rollout.Site{Row: rollout.RowRef(row + 2), Request: rollout.Request{Name: fmt.Sprint("S", row)}}, Claim: true}
		e.Site.State, e.Site.OrderID = rollout.Failed, order
		entries = append(entries, e)
	}
	if _, err := l.Add(t.Context(), b, entries); err != nil {
		t.Fatal(err)
	}
	if err := l.Start(t.Context(), "b1"); err != nil {
		t.Fatal(err)
	}
	printed(t, 0, "retry", "b1", "--redis-url", url)
	got := printed(t, 0, "cancel", "b1", "--redis-url", url)
	for _, want := range []string{
		"1 site was not ordered yet, and will not be.", "1 site was ordered: it is delivered, and gets its address.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("not said: %s, but\n%s", want, got)
		}
	}
}
