// This file holds entries of the audit log: who changed the state of a batch or decided about it, and
// when.

package rollout

import (
	"strings"
	"time"
)

// AuditEvent is the permanent code of what an entry of the audit log records.
type AuditEvent string

const (
	// AuditEntered means that an upload began to write a batch. Detail: File.
	AuditEntered AuditEvent = "entered"
	// AuditStarted means that all rows of the batch were written, and it runs.
	AuditStarted AuditEvent = "started"
	// AuditWithdrawn means that the upload was withdrawn.
	AuditWithdrawn AuditEvent = "withdrawn"
	// AuditBlocked means that the batch is blocked, because the account does not work. Detail: Reason.
	AuditBlocked AuditEvent = "blocked"
	// AuditUnblocked means that a blocked batch runs again.
	AuditUnblocked AuditEvent = "unblocked"
	// AuditDone means that all sites of the batch have ended, and its report is written.
	AuditDone AuditEvent = "done"
	// AuditReopened means that a batch that was done runs again, because of a decision.
	AuditReopened AuditEvent = "reopened"
	// AuditResolved means that a person decided about a row in Review. Detail: Row, Decision and
	// VoiceSiteID.
	AuditResolved AuditEvent = "resolved"
	// AuditPaused means that a person paused the batch.
	AuditPaused AuditEvent = "paused"
	// AuditResumed means that a person ended the pause of the batch.
	AuditResumed AuditEvent = "resumed"
	// AuditCancelled means that a person cancelled the batch. Detail: Decision.
	AuditCancelled AuditEvent = "cancelled"
	// AuditRetried means that a person had rows of the batch tried again. Detail: Rows.
	AuditRetried AuditEvent = "retried"
	// AuditPurged means that the batch was purged.
	AuditPurged AuditEvent = "purged"
	// AuditPlanned means that a person changed when, or in which order, the batch orders. Detail: Plan.
	AuditPlanned AuditEvent = "planned"
	// AuditAllPaused means that a person paused all batches of the account.
	AuditAllPaused AuditEvent = "all-paused"
	// AuditAllResumed means that a person ended that pause.
	AuditAllResumed AuditEvent = "all-resumed"
	// AuditQueuesResumed means that a person let queues go on that somebody had paused in asynq. Detail: Queues.
	AuditQueuesResumed AuditEvent = "queues-resumed"
	// AuditRate means that a person set the rate of API calls, for the whole account. Detail: Rate.
	AuditRate AuditEvent = "rate"
)

// Decisions about a row in Review, in AuditDetail.Decision: the flags of batch resolve.
const (
	DecisionVoiceSite  = "voicesite"
	DecisionOrderAgain = "order-again"
	DecisionFail       = "fail"
)

// AuditEntry is an entry of the audit log.
type AuditEntry struct {
	At     time.Time // by the ledger's clock
	Who    string    // person at a terminal (`anna@host`) or `worker HOST`
	What   AuditEvent
	Detail AuditDetail
}

// AuditDetail is what else is known of an event. Which fields are set depends on the event.
type AuditDetail struct {
	File   string `json:"file,omitempty"`   // `entered`: name of the rollout file, without its folder
	Reason string `json:"reason,omitempty"` // `blocked`: why
	Row    string `json:"row,omitempty"`    // `resolved`: the row as people call it: `17` or, in a file of several sheets, `BE:17`
	// `resolved`: `voicesite`, `order-again` or `fail`, as the flags of `batch resolve`; `cancelled`: what
	// becomes of ordered sites, `finish` or `leave`.
	Decision    string   `json:"decision,omitempty"`
	VoiceSiteID string   `json:"voiceSiteId,omitempty"` // `resolved`: the voicesite that the person named
	Rows        int      `json:"rows,omitempty"`        // `retried`: number of rows
	Plan        *Plan    `json:"plan,omitempty"`        // `planned`: when, and in which order, its sites are ordered from then on
	Queues      []string `json:"queues,omitempty"`      // `queues-resumed`: the queues that go on
	Rate        string   `json:"rate,omitempty"`        // `rate`: the rate, such as `20/s`; left out: `BT_RATE` again
}

// auditMeanings says each event in words that need no manual.
var auditMeanings = map[AuditEvent]Text{
	AuditEntered:       {"upload begun", "envoi commencé"},
	AuditStarted:       {"started: all rows are written", "démarré : toutes les lignes sont écrites"},
	AuditWithdrawn:     {"upload withdrawn", "envoi retiré"},
	AuditBlocked:       {"blocked", "bloqué"},
	AuditUnblocked:     {"running again: the account works", "repris : le compte fonctionne"},
	AuditDone:          {"done", "terminé"},
	AuditReopened:      {"running again, because of a decision", "repris, à la suite d'une décision"},
	AuditResolved:      {"decision", "décision"},
	AuditPaused:        {"paused", "mis en pause"},
	AuditResumed:       {"resumed", "repris"},
	AuditCancelled:     {"cancelled", "annulé"},
	AuditRetried:       {"rows tried again", "lignes réessayées"},
	AuditPurged:        {"purged", "purgé"},
	AuditPlanned:       {"plan changed", "plan modifié"},
	AuditAllPaused:     {"all batches paused", "tous les lots mis en pause"},
	AuditAllResumed:    {"all batches resumed", "tous les lots repris"},
	AuditQueuesResumed: {"queues of asynq resumed", "files d'asynq reprises"},
	AuditRate:          {"rate of API calls", "débit des appels à l'API"},
}

// Meaning is the event in plain words; the code of an event that this version does not know.
func (e AuditEvent) Meaning() Text {
	if text, known := auditMeanings[e]; known {
		return text
	}
	return Text{EN: string(e)}
}

// DetailText is the detail of an entry in plain words; zero: there is none.
func (e AuditEntry) DetailText() Text {
	d := e.Detail
	switch {
	case e.What == AuditRate && d.Rate == "":
		return Say("BT_RATE again", "de nouveau BT_RATE")
	case e.What == AuditRate:
		return Text{EN: d.Rate}
	case e.What == AuditResolved:
		return Say("row %s: %s", "ligne %s : %s", d.Row, d.decisionText())
	case e.What == AuditCancelled && d.Decision == string(LeaveOrdered):
		return Say("ordered sites are left as they are", "les sites commandés sont laissés en l'état")
	case e.What == AuditCancelled:
		return Say("ordered sites are finished", "les sites commandés sont terminés")
	case e.What == AuditRetried:
		return Count(d.Rows, Say("row", "ligne"), Say("rows", "lignes"))
	case e.What == AuditPlanned && d.Plan != nil:
		return d.Plan.Text()
	case e.What == AuditQueuesResumed:
		return Text{EN: strings.Join(d.Queues, ", ")}
	case e.What == AuditBlocked:
		return Text{EN: d.Reason}
	}
	return Text{EN: d.File}
}

// decisionText is the decision in plain words.
func (d AuditDetail) decisionText() Text {
	switch d.Decision {
	case DecisionVoiceSite:
		return Say("the voicesite is %s", "le voicesite est %s", d.VoiceSiteID)
	case DecisionOrderAgain:
		return Say("order the site", "commander le site")
	case DecisionFail:
		return Say("give the site up", "abandonner le site")
	}
	return Text{EN: d.Decision}
}
