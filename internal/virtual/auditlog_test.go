// The check of the audit logs: every change of a batch's state, and every decision, is in its log.

package virtual_test

import (
	"context"

	"btrollout/internal/rollout"
)

// changeOf is a change of a batch's state: from which state ("" any that is not done), and to which.
type changeOf struct{ from, to rollout.BatchState }

// changes are those that events record.
var changes = map[rollout.AuditEvent]changeOf{
	rollout.AuditEntered:   {"", rollout.Importing},
	rollout.AuditStarted:   {rollout.Importing, rollout.Running},
	rollout.AuditWithdrawn: {rollout.Importing, rollout.Withdrawn},
	rollout.AuditBlocked:   {rollout.Running, rollout.Blocked},
	rollout.AuditUnblocked: {rollout.Blocked, rollout.Running},
	rollout.AuditDone:      {"", rollout.Done},
	rollout.AuditReopened:  {rollout.Done, rollout.Running},
}

// checkLog checks that the log of a batch leads to the state that the batch has, by changes that follow
// each other, and has each decision once.
func (w *world) checkLog(ctx context.Context, b rollout.Batch) {
	log, err := w.direct.AuditLog(ctx, b.ID)
	if err != nil {
		w.addViolation("reading the audit log of batch %s: %v", b.ID, err)
		return
	}
	var state rollout.BatchState
	decisions := 0
	for _, e := range log {
		switch e.What {
		case rollout.AuditResolved:
			decisions++
			continue
		case rollout.AuditPaused, rollout.AuditResumed, rollout.AuditCancelled, rollout.AuditRetried, rollout.AuditPlanned,
			rollout.AuditPurged: // these change no state
			continue
		}
		change, known := changes[e.What]
		if !known || change.from != "" && change.from != state || change.from == "" && state == rollout.Done {
			w.addViolation("the audit log of batch %s has %s where it is %s: %+v", b.ID, e.What, state, log)
			return
		}
		state = change.to
	}
	if state != b.State || decisions != b.Decisions {
		w.addViolation("batch %s is %s after %d decisions; its audit log: %+v", b.ID, b.State, b.Decisions, log)
	}
}
