// This file tests the audit log on the summary.

package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"btrollout/internal/rollout"
)

const titleLog = "Who did what\n"

func TestSummary_AuditLog(t *testing.T) {
	t.Parallel()
	entry := func(minute int, who string, what rollout.AuditEvent, d rollout.AuditDetail) rollout.AuditEntry {
		return rollout.AuditEntry{At: created.Add(time.Duration(minute) * time.Minute), Who: who, What: what, Detail: d}
	}
	at := func(minute int) string {
		return created.Add(time.Duration(minute) * time.Minute).UTC().Format("2006-01-02 15:04:05 UTC")
	}
	log := []rollout.AuditEntry{
		entry(0, "anna@host", rollout.AuditEntered, rollout.AuditDetail{File: "rollout.xlsx"}),
		entry(1, "anna@host", rollout.AuditStarted, rollout.AuditDetail{}),
		entry(2, "=1+1", rollout.AuditBlocked, rollout.AuditDetail{Reason: "the key is wrong"}),
		entry(3, "anna@host", rollout.AuditResolved, rollout.AuditDetail{Row: "17", Decision: rollout.DecisionOrderAgain}),
	}
	site := site(2, rollout.Provisioned)
	text := summary(t, writeWithLog(t, batch(), log, site))
	want := titleLog + "When|Who||What\n" +
		at(0) + "|anna@host||upload begun: rollout.xlsx\n" +
		at(1) + "|anna@host||started: all rows are written\n" +
		at(2) + "|'=1+1||blocked: the key is wrong\n" +
		at(3) + "|anna@host||decision: row 17: order the site\n"
	if !strings.HasSuffix(text, want) {
		t.Errorf("the summary does not end with %q:\n%s", want, text)
	}
	french := batch()
	french.Lang = rollout.French
	table := rows(t, writeWithLog(t, french, log, site).XLSX, "Résumé")
	if got := strings.Join(table[len(table)-1], "|"); got != at(3)+"|anna@host||décision : ligne 17 : commander le site" {
		t.Errorf("the last entry in French is %q", got)
	}

	for i := range maxLogEntries {
		log = append(log, entry(10+i, fmt.Sprint("worker w", i), rollout.AuditUnblocked, rollout.AuditDetail{}))
	}
	text = summary(t, writeWithLog(t, batch(), log, site))
	for _, want := range []string{
		titleLog + "The last 50 of 54 entries; batch log b-1 shows them all.\nWhen|Who||What\n" + at(10) + "|worker w0||running again",
		at(59) + "|worker w49||running again: the account works\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the summary lacks %q:\n%s", want, text)
		}
	}
	if text := summary(t, write(t, batch(), site)); strings.Contains(text, titleLog) {
		t.Errorf("the summary has a heading without an entry:\n%s", text)
	}
}
