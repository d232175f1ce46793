// This file tests what is said of entries of the audit log.

package rollout_test

import (
	"testing"

	"btrollout/internal/rollout"
)

func TestAuditEntry_Texts(t *testing.T) {
	t.Parallel()
	of := func(what rollout.AuditEvent, d rollout.AuditDetail) rollout.AuditEntry {
		return rollout.AuditEntry{What: what, Detail: d}
	}
	resolved := func(decision, voiceSite string) rollout.AuditEntry {
		return of(rollout.AuditResolved, rollout.AuditDetail{Row: "BE:17", Decision: decision, VoiceSiteID: voiceSite})
	}
	for _, c := range []struct {
		entry rollout.AuditEntry
		want  rollout.Text
	}{
		{of(rollout.AuditEntered, rollout.AuditDetail{File: "f.xlsx"}), rollout.Text{EN: "f.xlsx"}},
		{of(rollout.AuditStarted, rollout.AuditDetail{}), rollout.Text{}},
		{of(rollout.AuditBlocked, rollout.AuditDetail{Reason: "no key"}), rollout.Text{EN: "no key"}},
		{of(rollout.AuditRate, rollout.AuditDetail{Rate: "10/s"}), rollout.Text{EN: "10/s"}},
		{of(rollout.AuditRate, rollout.AuditDetail{}), rollout.Text{EN: "BT_RATE again", FR: "de nouveau BT_RATE"}},
		{resolved(rollout.DecisionVoiceSite, "vs1"),
			rollout.Text{EN: "row BE:17: the voicesite is vs1", FR: "ligne BE:17 : le voicesite est vs1"}},
		{resolved(rollout.DecisionOrderAgain, ""), rollout.Text{EN: "row BE:17: order the site", FR: "ligne BE:17 : commander le site"}},
		{resolved(rollout.DecisionFail, ""),
			rollout.Text{EN: "row BE:17: give the site up", FR: "ligne BE:17 : abandonner le site"}},
		{resolved("newer", ""), rollout.Text{EN: "row BE:17: newer", FR: "ligne BE:17 : newer"}},
	} {
		if got := c.entry.DetailText(); got != c.want {
			t.Errorf("%+v is %+v, want %+v", c.entry, got, c.want)
		}
		if text := c.entry.What.Meaning(); text.EN == "" || text.FR == "" || text.EN == text.FR {
			t.Errorf("%s means %+v", c.entry.What, text)
		}
	}
	for _, what := range []rollout.AuditEvent{rollout.AuditWithdrawn, rollout.AuditUnblocked, rollout.AuditDone, rollout.AuditReopened} {
		if text := what.Meaning(); text.EN == "" || text.FR == "" || text.EN == text.FR {
			t.Errorf("%s means %+v", what, text)
		}
	}
	if text := rollout.AuditEvent("newer").Meaning(); text != (rollout.Text{EN: "newer"}) {
		t.Errorf("an event of a newer version means %+v", text)
	}
}
