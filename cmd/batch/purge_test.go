// This file tests batch purge, and what the other commands say of a batch that was purged.

package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"btrollout/internal/jsonout"
	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// newDone makes a batch b1 that is done, with a live site in Lausanne and rows that need someone.
func newDone(t *testing.T, extra ...ledger.Entry) (url string, l *ledger.Ledger) {
	t.Helper()
	url = redistest.InMemory(t)
	l = ledger.New(redistest.Connect(t, url))
	ctx := t.Context()
	b := rollout.Batch{ID: "b1", Name: "Wave 1", File: "rollout.csv", Customer: "9999", Created: time.Now()}
	row := func(number int, name string, state rollout.State) ledger.Entry {
		s := rollout.Site{Row: rollout.RowRef(number), Request: rollout.Request{Name: name, Country: "CH"}}
		s.Address, s.State = rollout.Address{"a6": "Rue de Bourg"}, state
		if state == rollout.Provisioned {
			s.Progress.VoiceSiteID = "vs1"
		} else {
			s.Problems = []rollout.Problem{{Code: "address.pattern", Value: "Rue de Bourg"}}
		}
		return ledger.Entry{Site: s, Claim: state != rollout.Rejected}
	}
	entries := append([]ledger.Entry{
		row(2, "Bureau 1", rollout.Provisioned), row(3, "Bureau 2", rollout.Failed), row(4, "Bureau 3", rollout.Rejected),
	}, extra...)
	err := l.Create(ctx, b)
	for _, step := range []func() error{
		func() error { _, err := l.Add(ctx, b, entries); return err },
		func() error { return l.Start(ctx, "b1") },
		func() error { _, err := l.Finish(ctx, "b1", 0, "/reports/b1.xlsx"); return err },
	} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return url, l
}

// isPurged reports whether batch b1 is purged.
func isPurged(t *testing.T, l *ledger.Ledger) bool {
	t.Helper()
	b, err := l.Batch(t.Context(), "b1")
	if err != nil {
		t.Fatal(err)
	}
	return !b.Purged.IsZero()
}

// failed runs the command and returns what it says on stderr.
func failed(t *testing.T, exit int, args ...string) string {
	t.Helper()
	var stdout, stderr strings.Builder
	if got := run(args, &stdout, &stderr); got != exit {
		t.Errorf("%v: exit %d, want %d: %s%s", args, got, exit, stdout.String(), stderr.String())
	}
	return stderr.String()
}

func TestPurge_AsksAndShows(t *testing.T) {
	t.Parallel()
	url, l := newDone(t)
	said := printed(t, 0, "purge", "b1", "--dry-run", "--redis-url", url)
	for _, words := range []string{"Deleted: ", "Kept: ", "3 rows", "/reports/b1.xlsx", sayNothingPurged} {
		if !strings.Contains(said, words) {
			t.Errorf("--dry-run does not say %q:\n%s", words, said)
		}
	}
	if said := failed(t, 2, "purge", "b1", "--redis-url", url); !strings.Contains(said, "--yes") {
		t.Errorf("without a terminal: %s", said)
	}
	answering := func(answer string, err error) error {
		t.Helper()
		var stdout strings.Builder
		rdb := redistest.Connect(t, url)
		s := &session{rdb: rdb, ledger: ledger.NewReader(rdb), stdout: &stdout, stderr: &stdout}
		s.ask = func(context.Context, string) (string, error) { return answer, err }
		_, err = (&purgeFlags{ID: "b1"}).run(t.Context(), s)
		return err
	}
	for _, err := range []error{answering("yes\n", nil), answering("b11\n", nil), answering("b1", errors.New("end of file"))} {
		if !errors.Is(err, errNothingPurged) {
			t.Errorf("another answer: %v", err)
		}
	}
	if isPurged(t, l) {
		t.Fatal("it is purged, and nobody agreed")
	}
	if err := answering(" b1\n", nil); err != nil || !isPurged(t, l) {
		t.Errorf("it is not purged, and its id was typed: %v", err)
	}
	if said := printed(t, 0, "purge", "b1", "--redis-url", url); !strings.Contains(said, "was purged on") {
		t.Errorf("the second time: %s", said)
	}
}

func TestPurge_ContinuesWhereItStopped(t *testing.T) {
	t.Parallel()
	url, l := newDone(t)
	if err := l.BeginPurge(t.Context(), "b1"); err != nil {
		t.Fatal(err)
	}
	printed(t, 0, "purge", "b1", "--yes", "--redis-url", url)
	if b, err := l.Batch(t.Context(), "b1"); err != nil || b.Purging {
		t.Errorf("it is %+v (%v)", b, err)
	}
}

func TestPurge_Refused(t *testing.T) {
	t.Parallel()
	review := ledger.Entry{Site: rollout.Site{Row: 9, Request: rollout.Request{Name: "Bureau 9", Country: "CH"}}, Claim: true}
	review.Site.State = rollout.Review
	url, l := newDone(t, review)
	if err := l.Create(t.Context(), rollout.Batch{ID: "b2", File: "f.csv", Customer: "9999"}); err != nil {
		t.Fatal(err)
	}
	for id, words := range map[string]string{"b1": "batch resolve", "b2": "importing", "b3": "no batch b3"} {
		for _, flag := range []string{"--yes", "--dry-run"} {
			if said := failed(t, 1, "purge", id, flag, "--redis-url", url); !strings.Contains(said, words) {
				t.Errorf("%s %s: %s", id, flag, said)
			}
		}
	}
	if isPurged(t, l) {
		t.Error("a batch with a row in review is purged")
	}
}

func TestPurge_WhatOtherCommandsSay(t *testing.T) {
	t.Parallel()
	url, _ := newDone(t)
	summary := printed(t, 0, "summary", "--redis-url", url)
	printed(t, 0, "purge", "b1", "--yes", "--redis-url", url)

	if said := printed(t, 0, "list", "--redis-url", url); !strings.Contains(said, "b1     purged  3     1     0          2             ") {
		t.Errorf("list:\n%s", said)
	}
	const one = "Batch b1 (Wave 1, rollout.csv) was purged on "
	for _, args := range [][]string{{"status", "b1"}, {"watch", "b1"}} {
		said := printed(t, 3, append(args, "--redis-url", url)...)
		if !strings.HasPrefix(said, one) || !strings.Contains(said, "provisioned  1") || !strings.Contains(said, "/reports/b1.xlsx") {
			t.Errorf("%v:\n%s", args, said)
		}
	}
	report := t.TempDir() + "/r.csv"
	for _, args := range [][]string{{"failures", "b1"}, {"report", "b1", "-o", report}} {
		said := failed(t, 1, append(args, "--redis-url", url)...)
		if !strings.Contains(said, "was purged on ") || !strings.Contains(said, "/reports/b1.xlsx") || strings.Count(said, "\n") != 1 {
			t.Errorf("%v: %s", args, said)
		}
	}
	after := printed(t, 0, "summary", "--redis-url", url)
	if first, said, _ := strings.Cut(after, "1 batch was purged"); first != summary || said == "" {
		t.Errorf("summary before:\n%s\nand after:\n%s", summary, after)
	}
	found := printed(t, 0, "find", "bureau 1", "--redis-url", url)
	if !strings.Contains(found, "provisioned  vs1") || strings.Count(found, one) != 1 {
		t.Errorf("find:\n%s", found)
	}
	var rows jsonout.Found
	var status jsonout.Status
	for args, object := range map[string]any{"find BUREAU1": &rows, "status b1": &status} {
		exit := 0
		if object == &status {
			exit = 3
		}
		said := printed(t, exit, append(strings.Fields(args), "--json", "--redis-url", url)...)
		if err := json.Unmarshal([]byte(said), object); err != nil {
			t.Errorf("%s: %v: %s", args, err, said)
		}
	}
	if status.State != rollout.Done || status.Purged == nil || status.Rows != 3 {
		t.Errorf("status is %+v", status)
	}
	if len(rows.Found) != 1 || rows.Found[0].Purged == nil || rows.Found[0].VoiceSiteID != "vs1" {
		t.Errorf("found is %+v", rows)
	}
	var problem jsonout.Error
	said := printed(t, 1, "failures", "b1", "--json", "--redis-url", url)
	if err := json.Unmarshal([]byte(said), &problem); err != nil || problem.Batch != "b1" || !strings.Contains(problem.Error, "was purged") {
		t.Errorf("failures is %s (%v)", said, err)
	}
}
