// This file tests the command batch retry: what it says and does, and its exit codes.

package main

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/jsonout"
	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// stateOf is the state of a row of batch b1.
func stateOf(t *testing.T, url string, row rollout.RowRef) rollout.State {
	t.Helper()
	_, s, err := ledger.New(redistest.Connect(t, url)).Load(t.Context(), "b1", row)
	if err != nil {
		t.Fatal(err)
	}
	return s.State
}

func TestRetry_SaysWhatItDoes(t *testing.T) {
	t.Parallel()
	url := newOverview(t)
	const plan = `1 row will be tried again, 2 will not, because
    2  wrong in the file: correct the row and upload it
Of the rows to be tried again, 1 needs a new order.
`
	if diff := cmp.Diff(plan, printed(t, 3, "retry", "b1", "--dry-run", "--redis-url", url)); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	if state := stateOf(t, url, 4); state != rollout.Failed {
		t.Errorf("after a dry run, the row is %s", state)
	}
	const done = plan + `1 row is tried again: batch watch b1 shows how far.
    ROW  NAME      WHY
    3    Bureau 2  wrong in the file: correct the row and upload it
    5    Bureau 4  wrong in the file: correct the row and upload it
`
	if diff := cmp.Diff(done, printed(t, 3, "retry", "b1", "--redis-url", url)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if state := stateOf(t, url, 4); state != rollout.Imported {
		t.Errorf("the row is %s", state)
	}
	got := printed(t, 3, "retry", "b1", "--row", "4", "--row", "99", "--redis-url", url)
	for _, want := range []string{
		"No row will be tried again; 2 will not, because\n", "still under way", "not in the batch", "No row is tried again.\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in:\n%s", want, got)
		}
	}
}

func TestRetry_Filters(t *testing.T) {
	t.Parallel()
	url := newOverview(t)
	for _, c := range []struct {
		exit int
		args string
		want string // what it says first
	}{
		{0, "--code order.refused", "1 row will be tried again.\n"},
		{0, "--code order.refused --code x --stage order --stage poll --country fr --country DE --row 4", "1 row will be tried again.\n"},
		{3, "--code address.pattern", "No row will be tried again; 2 will not, because\n"},
		{0, "--code order.refused --state failed", "1 row will be tried again.\n"},
		{3, "--code order.refused --state cancelled", "No row of batch b1 that failed,"},
		{3, "--code order.refused --stage poll", "No row of batch b1 that failed, was cancelled or needs someone matches. " +
			"These have the codes address.pattern, order.refused; stages import, order; countries FR.\n"},
		{3, "--row 4 --country DE", "No row of batch b1 that failed,"},
		{2, "--country France", ""},
		{2, "--stage nowhere", ""},
		{2, "--state review", ""},
		{2, "--row x", ""},
	} {
		got := printed(t, c.exit, append(strings.Fields("retry b1 --dry-run "+c.args), "--redis-url", url)...)
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s", c.args, got)
		}
	}
	printed(t, 1, "retry", "nope", "--redis-url", url)
}

func TestRetry_JSON(t *testing.T) {
	t.Parallel()
	url := newOverview(t)
	retry := func(exit int, args ...string) (object jsonout.Retry) {
		t.Helper()
		text := printed(t, exit, append([]string{"retry", "b1", "--json", "--redis-url", url}, args...)...)
		if err := json.Unmarshal([]byte(text), &object); err != nil || strings.Contains(text, "null") {
			t.Fatal(text, err)
		}
		return object
	}
	wrong := "wrong in the file: correct the row and upload it"
	want := jsonout.Retry{
		Batch: "b1", DryRun: true, Retried: 1, NewOrders: 1,
		Reasons: []jsonout.RetryReason{{Reason: "wrong-in-file", Sentence: wrong, Rows: 2}},
		NotRetried: []jsonout.NotRetried{
			{Row: "3", Name: "Bureau 2", Reason: "wrong-in-file"}, {Row: "5", Name: "Bureau 4", Reason: "wrong-in-file"},
		},
	}
	if diff := cmp.Diff(want, retry(3, "--dry-run")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want.DryRun = false
	if diff := cmp.Diff(want, retry(3)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want = jsonout.Retry{Batch: "b1", Reasons: []jsonout.RetryReason{}, NotRetried: []jsonout.NotRetried{}, Choices: &jsonout.RetryChoices{
		Codes: []string{"address.pattern"}, Stages: []rollout.Stage{rollout.StageImport}, Countries: []string{"FR"},
	}}
	if diff := cmp.Diff(want, retry(3, "--code", "order.refused")); diff != "" {
		t.Errorf("nothing matches (-want +got):\n%s", diff)
	}
}

// TestRetry_SaysWhichRowsCostAnOrder has a row of each kind, and then none that could be tried again.
func TestRetry_SaysWhichRowsCostAnOrder(t *testing.T) {
	t.Parallel()
	url, l, b := newImporting(t)
	problem := func(code string) []rollout.Problem { return []rollout.Problem{{Code: code, Stage: rollout.StageOrder}} }
	var entries []ledger.Entry
	for i, p := range []rollout.Progress{
		{State: rollout.Cancelled},
		{State: rollout.Failed, Intent: &rollout.Intent{}, Problems: problem("order.refused")},
		{State: rollout.Failed, Intent: &rollout.Intent{}, OrderID: "O1", Problems: problem("order.rejected")},
		{State: rollout.Failed, Intent: &rollout.Intent{}, OrderID: "O2", Problems: problem("site.left")},
		{State: rollout.Failed, OrderID: "O3", VoiceSiteID: "vs3", Problems: problem("address.refused")},
		{State: rollout.Failed, Intent: &rollout.Intent{LookUp: true}, Problems: problem("site.left")},
	} {
		s := rollout.Site{Row: rollout.RowRef(i + 2), Request: rollout.Request{Name: "S" + strconv.Itoa(i), Country: "FR"}, Progress: p}
		entries = append(entries, ledger.Entry{Site: s, Claim: true})
	}
	if _, err := l.Add(t.Context(), b, entries); err != nil {
		t.Fatal(err)
	}
	if err := l.Start(t.Context(), "b1"); err != nil {
		t.Fatal(err)
	}
	const all = "6 rows will be tried again.\nOf the rows to be tried again, 3 need a new order; 2 have an order or a voicesite already; " +
		"1 may have an order, which is looked up first.\n"
	if diff := cmp.Diff(all, printed(t, 0, "retry", "b1", "--dry-run", "--redis-url", url)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	const cancelled = "1 row will be tried again.\nOf the rows to be tried again, 1 needs a new order.\n"
	got := printed(t, 0, "retry", "b1", "--state", "cancelled", "--dry-run", "--redis-url", url)
	if diff := cmp.Diff(cancelled, got); diff != "" {
		t.Errorf("only cancelled rows (-want +got):\n%s", diff)
	}
	var object jsonout.Retry
	text := printed(t, 0, "retry", "b1", "--json", "--redis-url", url)
	err := json.Unmarshal([]byte(text), &object)
	if err != nil || object.NewOrders != 3 || object.HaveOrder != 2 || object.MayHaveOrder != 1 || object.Retried != 6 {
		t.Errorf("as JSON: %s (%v)", text, err)
	}
}
