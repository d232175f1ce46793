// This file tests what batch status, failures, summary and find print.

package main

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/jsonout"
	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// newOverview makes a batch with rows of two countries, and returns its Redis.
func newOverview(t *testing.T) (url string) { return newOverviewIn(t, rollout.English) }

// newImporting makes a Redis with a batch that has no rows yet.
func newImporting(t *testing.T) (url string, l *ledger.Ledger, b rollout.Batch) {
	t.Helper()
	url = redistest.InMemory(t)
	l, b = ledger.New(redistest.Connect(t, url)), rollout.Batch{ID: "b1", File: "rollout.csv", Customer: "9999"}
	if err := l.Create(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return url, l, b
}

// newOverviewIn is newOverview for a batch in a language.
func newOverviewIn(t *testing.T, lang rollout.Lang) (url string) {
	t.Helper()
	url = redistest.InMemory(t)
	l := ledger.New(redistest.Connect(t, url))
	b := rollout.Batch{ID: "b1", File: "rollout.csv", Customer: "9999", Created: time.Date(2026, 3, 2, 12, 0, 0, 0, time.Local)}
	b.Lang, b.Countries = lang, []rollout.Country{{ISO2: "DE"}, {ISO2: "FR"}}
	if err := l.Create(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	row := func(number int, name, country string, state rollout.State, problems ...rollout.Problem) ledger.Entry {
		s := rollout.Site{Row: rollout.RowRef(number), Request: rollout.Request{Name: name, Country: country}}
		s.State, s.Problems = state, problems
		return ledger.Entry{Site: s, Claim: state != rollout.Rejected}
	}
	pattern := rollout.Problem{Code: "address.pattern", Stage: rollout.StageImport, Message: rollout.Text{EN: "The postal code is wrong."}}
	refused := rollout.Problem{Code: "order.refused", Stage: rollout.StageOrder, Message: rollout.Text{EN: "The order was refused."}}
	if _, err := l.Add(t.Context(), b, []ledger.Entry{
		row(2, "Büro 1", "DE", rollout.Provisioned), row(3, "Bureau 2", "FR", rollout.Rejected, pattern),
		row(4, "Bureau 3", "FR", rollout.Failed, refused), row(5, "Bureau 4", "FR", rollout.Rejected, pattern),
		row(6, "Bureau 5", "FR", rollout.Ordered),
	}); err != nil {
		t.Fatal(err)
	}
	if err := l.Start(t.Context(), "b1"); err != nil {
		t.Fatal(err)
	}
	return url
}

// printed runs the command and returns what it prints.
func printed(t *testing.T, exit int, args ...string) string {
	t.Helper()
	var stdout, stderr strings.Builder
	if got := run(args, &stdout, &stderr); got != exit {
		t.Errorf("%v: exit %d, want %d: %s", args, got, exit, stderr.String())
	}
	return stdout.String()
}

func TestStatus_SaysWhatStandsWhere(t *testing.T) {
	t.Parallel()
	got := printed(t, 0, "status", "b1", "--redis-url", newOverview(t))
	_, got, _ = strings.Cut(got, "\n") // the time that it took
	const want = `1 of 5 done (20%) · 3 failed · 1 waiting
    No worker is running: start one with the command worker.
        ordered  1  ordered, waiting for delivery
    provisioned  1  voicesite and address in place
       rejected  2  wrong in the file, not enqueued
         failed  1  refused, the row must be corrected
           rows  5

    COUNTRY  ordered  provisioned  rejected  failed
    DE             0            1         0       0
    FR             1            0         2       1

Most frequent problems:
    ROWS  CODE             FIRST ROW  NAME
       2  address.pattern  3          Bureau 2
       1  order.refused    4          Bureau 3
All rows are listed by batch failures b1.
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestStatus_InFrench(t *testing.T) {
	t.Parallel()
	got := printed(t, 0, "status", "b1", "--redis-url", newOverviewIn(t, rollout.French))
	const start, end = "Lot b1 (rollout.csv) : running après ", `
    PAYS  ordered  provisioned  rejected  failed
    DE          0            1         0       0
    FR          1            0         2       1

Problèmes les plus fréquents :
    LIGNES  CODE             PREMIÈRE LIGNE  NOM
         2  address.pattern  3               Bureau 2
         1  order.refused    4               Bureau 3
Toutes les lignes sont données par batch failures b1.
`
	if !strings.HasPrefix(got, start) || !strings.HasSuffix(got, end) {
		t.Errorf("said %s", got)
	}
}

func TestFailures_Lists(t *testing.T) {
	t.Parallel()
	url := newOverview(t)
	const want = `ROW  NAME      COUNTRY  STATE     CODE             PROBLEM
3    Bureau 2  FR       rejected  address.pattern  The postal code is wrong.
5    Bureau 4  FR       rejected  address.pattern  The postal code is wrong.
`
	got := printed(t, 0, "failures", "b1", "--code", "address.pattern", "--redis-url", url)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	const two = `ROW  NAME      COUNTRY  STATE     CODE             PROBLEM
3    Bureau 2  FR       rejected  address.pattern  The postal code is wrong.
4    Bureau 3  FR       failed    order.refused    The order was refused.
5    Bureau 4  FR       rejected  address.pattern  The postal code is wrong.
`
	got = printed(t, 0, "failures", "b1", "--code", "address.pattern", "--code", "order.refused", "--country", "de,fr", "--redis-url", url)
	if diff := cmp.Diff(two, got); diff != "" {
		t.Errorf("of two codes and countries (-want +got):\n%s", diff)
	}
	printed(t, 2, "failures", "b1", "--country", "France", "--redis-url", url)
	got = printed(t, 0, "failures", "b1", "--country", "DE", "--redis-url", url)
	if got != "No row of batch b1 that needs someone matches.\n" {
		t.Errorf("said %s", got)
	}
	var failures jsonout.Failures
	got = printed(t, 0, "failures", "b1", "--stage", "order", "--json", "--redis-url", url)
	if err := json.Unmarshal([]byte(got), &failures); err != nil {
		t.Fatal(err)
	}
	refused := []jsonout.Problem{{
		Row: "4", Name: "Bureau 3", Country: "FR", State: rollout.Failed, Stage: rollout.StageOrder,
		Code: "order.refused", Sentence: "The order was refused.",
	}}
	if diff := cmp.Diff(jsonout.Failures{Batch: "b1", Problems: refused}, failures); diff != "" {
		t.Errorf("as JSON (-want +got):\n%s", diff)
	}
}

func TestSummary_CountsSites(t *testing.T) {
	t.Parallel()
	url := newOverview(t)
	const want = `COUNTRY  SITES  LIVE  UNDER WAY  NEED SOMEONE  CANCELLED
DE           1     1          0             0          0
FR           2     0          1             1          0
all          3     1          1             1          0
`
	if diff := cmp.Diff(want, printed(t, 0, "summary", "--redis-url", url)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := printed(t, 0, "summary", "--since", "2026-03-03", "--redis-url", url); got != noSiteYet+"\n" {
		t.Errorf("said %s", got)
	}
	printed(t, 2, "summary", "--since", "yesterday", "--redis-url", url)
}

// Rows that are left to another batch, and what is not done although it was asked, are told.
func TestStatus_TellsWhatWasLeft(t *testing.T) {
	t.Parallel()
	url := redistest.InMemory(t)
	rdb := redistest.Connect(t, url)
	l := ledger.New(rdb)
	add := func(id string, entries ...ledger.Entry) {
		t.Helper()
		b := rollout.Batch{ID: id, Customer: "9999", File: "rollout.csv", Created: time.Now()}
		err := l.Create(t.Context(), b)
		lost, failed := l.Add(t.Context(), b, entries)
		if err := errors.Join(err, failed, l.Start(t.Context(), id)); err != nil || len(lost) > 0 {
			t.Fatal(err, lost)
		}
	}
	site := func(row int, progress rollout.Progress) rollout.Site {
		name := "Site " + strconv.Itoa(row)
		return rollout.Site{Row: rollout.RowRef(row), Request: rollout.Request{Name: name, Country: "FR"}, Progress: progress}
	}
	add("b0", ledger.Entry{Site: site(2, rollout.Progress{State: rollout.Imported}), Claim: true})
	at := ledger.Claim{Batch: "b0", Row: 2}
	add("b1", ledger.Entry{
		Site:   site(2, rollout.Progress{State: rollout.Skipped, Elsewhere: &rollout.Place{Batch: "b0", Row: 2, Name: "2"}}),
		Seen:   at,
		Behind: at,
	}, ledger.Entry{
		Site:  site(3, rollout.Progress{State: rollout.Skipped, LeftAsIs: []rollout.Problem{{Code: "site.label-differs"}}}),
		Claim: true,
	})
	got := printed(t, 0, "status", "b1", "--redis-url", url)
	for _, want := range []string{
		"1 row is left to batch b0, which still works: follow it with batch watch b0.\n",
		"site.label-differs: 1 row; column bt_note of the report says what was left as it is.\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in:\n%s", want, got)
		}
	}
}

func TestFind_Site(t *testing.T) {
	t.Parallel()
	url := newOverview(t)
	got := printed(t, 0, "find", "bureau 3", "--redis-url", url)
	if !strings.Contains(got, "b1     Bureau 3  4    FR       failed  order.refused · 2026-03-02 12:00 · rollout.csv\n") {
		t.Errorf("found %s", got)
	}
	const narrow = `BATCH  NAME      ROW  COUNTRY  STATE
b1     Bureau 3  4    FR       failed
    order.refused · 2026-03-02 12:00 · rollout.csv
`
	rdb := redistest.Connect(t, url)
	var out strings.Builder
	s := &session{rdb: rdb, ledger: ledger.New(rdb), stdout: &out, stderr: io.Discard, terminal: 60}
	if _, err := (&findFlags{Name: "bureau 3"}).run(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(narrow, out.String()); diff != "" {
		t.Errorf("on a narrow terminal (-want +got):\n%s", diff)
	}
	if got := printed(t, 0, "find", "Bureau 99", "--redis-url", url); got != sayNotFound("Bureau 99")+"\n" {
		t.Errorf("found %s", got)
	}
}

// A row that waits for another one says for which, one that was left to another one to which.
func TestFind_OtherRowsOfTheSite(t *testing.T) {
	t.Parallel()
	url := redistest.InMemory(t)
	rdb := redistest.Connect(t, url)
	l := ledger.New(rdb)
	at := &rollout.Place{Batch: "b0", Row: 2, Name: "Paris:2"}
	kept := []rollout.Problem{{Code: "site.label-differs"}}
	for i, progress := range []rollout.Progress{
		{State: rollout.Following, Elsewhere: at},
		{State: rollout.Skipped, Elsewhere: at, LeftAsIs: []rollout.Problem{{Code: "site.under-way"}}},
		{State: rollout.Provisioned, VoiceSiteID: "vs1", LeftAsIs: kept},
		{State: rollout.Failed, Problems: []rollout.Problem{{Code: "address.refused"}}, LeftAsIs: kept},
	} {
		b := rollout.Batch{ID: "b" + strconv.Itoa(i+1), Customer: "9999", File: "rollout.csv"}
		s := rollout.Site{Row: 2, Request: rollout.Request{Name: "Site", Country: "FR"}, Progress: progress}
		e := ledger.Entry{Site: s}
		if s.State == rollout.Following {
			e.Behind = ledger.Claim{Batch: at.Batch, Row: at.Row}
		}
		err := l.Create(t.Context(), b)
		if err == nil {
			_, err = l.Add(t.Context(), b, []ledger.Entry{e})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Create(t.Context(), rollout.Batch{ID: "b5", Customer: "9999"}); err != nil {
		t.Fatal(err)
	}
	if err := rdb.HSet(t.Context(), "{btr}:batch:b5", "meta", "{").Err(); err != nil {
		t.Fatal(err)
	}

	var stdout, stderr strings.Builder
	if exit := run([]string{"find", "site", "--redis-url", url}, &stdout, &stderr); exit != 0 {
		t.Errorf("exit %d", exit)
	}
	for _, want := range []string{
		"following    waits for row Paris:2 of batch b0 ", "skipped      left to row Paris:2 of batch b0, site.under-way ",
		"provisioned  vs1, site.label-differs ", "failed       address.refused, site.label-differs ",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("%q is not in:\n%s", want, stdout.String())
		}
	}
	if want := "\n1 damaged batch was left out: b5 (batch status says why).\n"; !strings.HasSuffix(stderr.String(), want) {
		t.Errorf("standard error has %q, and not at its end %q", stderr.String(), want)
	}

	var found jsonout.Found
	if err := json.Unmarshal([]byte(printed(t, 0, "find", "site", "--json", "--redis-url", url)), &found); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(found.Found, func(a, b jsonout.FoundRow) int { return strings.Compare(a.Batch, b.Batch) })
	row := func(batch string, state rollout.State) jsonout.FoundRow {
		return jsonout.FoundRow{Batch: batch, File: "rollout.csv", Row: "2", Name: "Site", Same: true, Country: "FR", State: state}
	}
	want := jsonout.Found{Found: []jsonout.FoundRow{
		row("b1", rollout.Following), row("b2", rollout.Skipped), row("b3", rollout.Provisioned), row("b4", rollout.Failed),
	}, Damaged: []string{"b5"}}
	other := &jsonout.OtherRow{Batch: "b0", Row: "Paris:2"}
	want.Found[0].Elsewhere, want.Found[1].Elsewhere = other, other
	want.Found[1].NoteCodes, want.Found[2].VoiceSiteID = []string{"site.under-way"}, "vs1"
	want.Found[2].NoteCodes, want.Found[3].NoteCodes = []string{"site.label-differs"}, []string{"site.label-differs"}
	want.Found[3].Codes = []string{"address.refused"}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var failures jsonout.Failures
	if err := json.Unmarshal([]byte(printed(t, 0, "failures", "b4", "--json", "--redis-url", url)), &failures); err != nil {
		t.Fatal(err)
	}
	if got := failures.Problems; len(got) != 1 || !slices.Equal(got[0].NoteCodes, []string{"site.label-differs"}) {
		t.Errorf("the failures are %+v", got)
	}
}
