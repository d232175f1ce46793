// The check of the audit logs: every change of a batch's state, and every decision, is in its log.

package virtual_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/go-cmp/cmp"

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

// logged is what the log of a batch says of it.
type logged struct {
	state                     rollout.BatchState
	paused, cancelled, purged bool
	resolved, retried         int // decisions about rows; of retried rows, how many were chosen
	plan                      rollout.Plan
}

// read reads an entry. It returns what is wrong with it where it stands; "": nothing.
func (l *logged) read(e rollout.AuditEntry) string {
	switch e.What {
	case rollout.AuditResolved:
		l.resolved++
	case rollout.AuditRetried:
		l.retried += e.Detail.Rows
	case rollout.AuditPaused, rollout.AuditResumed:
		if l.paused == (e.What == rollout.AuditPaused) || l.state == rollout.Done {
			return fmt.Sprintf("although paused is %v", l.paused)
		}
		l.paused = !l.paused
	case rollout.AuditCancelled:
		if l.state == rollout.Done {
			return "although it is done"
		}
		l.cancelled = true
	case rollout.AuditPurged:
		if l.state != rollout.Done || l.purged {
			return "although it is not done, or was purged before"
		}
		l.purged = true
	case rollout.AuditPlanned:
		if e.Detail.Plan == nil {
			return "without a plan"
		}
		l.plan = *e.Detail.Plan
	default:
		change, known := changes[e.What]
		if !known || change.from != "" && change.from != l.state || change.from == "" && l.state == rollout.Done {
			return fmt.Sprintf("where it is %s", l.state)
		}
		l.state = change.to
		l.cancelled = l.cancelled && e.What != rollout.AuditReopened
		l.paused = l.paused && e.What != rollout.AuditDone
	}
	return ""
}

// checkLog checks that the log of a batch leads to the state that the batch has, by changes that follow
// each other, and has each decision.
func (w *world) checkLog(ctx context.Context, b rollout.Batch) {
	log, err := w.direct.AuditLog(ctx, b.ID)
	if err != nil {
		w.addViolation("reading the audit log of batch %s: %v", b.ID, err)
		return
	}
	var l logged
	for _, e := range log {
		if wrong := l.read(e); wrong != "" {
			w.addViolation("the audit log of batch %s has %s %s: %+v", b.ID, e.What, wrong, log)
			return
		}
	}
	is := logged{
		state: b.State, paused: !b.Paused.At.IsZero(), cancelled: b.Cancelled != rollout.NotCancelled, purged: !b.Purged.IsZero(),
		resolved: l.resolved, retried: l.retried, plan: b.Plan,
	}
	diff := cmp.Diff(is, l, cmp.AllowUnexported(logged{}))
	if diff != "" || b.Decisions < l.resolved || b.Decisions > l.resolved+l.retried {
		w.addViolation("batch %s after %d decisions, and its audit log (-is +log):\n%s\n%+v", b.ID, b.Decisions, diff, log)
	}
	w.checkDecisions(b.ID, log)
}

// checkAccountLog checks the log of the account as checkLog does.
func (w *world) checkAccountLog(ctx context.Context) {
	log, err := w.direct.AccountLog(ctx)
	if err != nil {
		w.addViolation("reading the audit log of the account: %v", err)
		return
	}
	paused := false
	for _, e := range log {
		pauses := e.What == rollout.AuditAllPaused
		if pauses == paused || !pauses && e.What != rollout.AuditAllResumed {
			w.addViolation("the audit log of the account has %s although paused is %v: %+v", e.What, paused, log)
			return
		}
		paused = pauses
	}
	if paused {
		w.addViolation("by its audit log, the account is still paused: %+v", log)
	}
	w.checkDecisions("", log)
}

// checkDecisions finds decisions about a batch that are in no entry of its log, although Redis has not
// lost data since they were made. That a pause which was lost before is ended needs no entry.
func (w *world) checkDecisions(batch string, log []rollout.AuditEntry) {
	for _, what := range w.people.madeSince(batch, w.lost) {
		ends := what == rollout.AuditResumed || what == rollout.AuditAllResumed || what == rollout.AuditPlanned
		if !slices.ContainsFunc(log, func(e rollout.AuditEntry) bool { return e.What == what }) && !(ends && !w.lost.IsZero()) {
			w.addViolation("the audit log of batch %q does not have that it was %s: %+v", batch, what, log)
		}
	}
}
