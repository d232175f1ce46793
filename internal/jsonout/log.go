// This file holds what is printed of audit logs.

package jsonout

import (
	"time"

	"btrollout/internal/rollout"
)

// Log is what batch log prints.
type Log struct {
	Schema  Schema     `json:"schema"`
	Batch   string     `json:"batch,omitempty"` // the batch's id; left out for the changes that concern no batch
	Entries []LogEntry `json:"entries"`         // the oldest first; some 5,000 are kept
}

// LogEntry is an entry of an audit log.
type LogEntry struct {
	At     time.Time           `json:"at"`     // when it happened, by Redis' clock
	Who    string              `json:"who"`    // person at a terminal, such as `anna@host`, or `worker HOST`
	What   rollout.AuditEvent  `json:"what"`   // what happened
	Detail rollout.AuditDetail `json:"detail"` // what else is known; which fields it has depends on `what`
}

// LogOf describes the log of a batch; "": of the account.
func LogOf(batch string, entries []rollout.AuditEntry) Log {
	log := Log{Batch: batch, Entries: make([]LogEntry, len(entries))}
	for i, e := range entries {
		log.Entries[i] = LogEntry{At: e.At, Who: e.Who, What: e.What, Detail: e.Detail}
	}
	return log
}
