// What people decide about a batch while it runs, and about the whole account: pause, cancellation,
// plan.

package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// Fields of keyBatch about decisions; fieldPaused is one of keyAccount, too.
const (
	fieldPaused    = "paused"
	fieldCancelled = "cancelled"
	fieldPlan      = "plan"
	fieldTurn      = "turn" // of a batch
)

// planJSON is the field plan of keyBatch.
func planJSON(p rollout.Plan) string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // it holds texts and a time only
	}
	return string(text)
}

// Pause pauses a batch that has not ended: nothing new of it is ordered, validated or pushed. A batch
// that is paused stays as it is. Pause reports whether the batch is there and has not ended.
func (l *Ledger) Pause(ctx context.Context, id string) (bool, error) {
	pause, err := l.newPause(ctx)
	if err != nil {
		return false, err
	}
	return l.decide(ctx, id, decision{field: fieldPaused, value: pause, onlyIfUnset: true, what: rollout.AuditPaused})
}

// newPause is a pause that begins now, as keyBatch and keyAccount have it.
func (l *Ledger) newPause(ctx context.Context) (string, error) {
	now, err := l.Clock(ctx)
	return fmt.Sprintf("%d %s", now.UnixMilli(), l.actor), err
}

// Resume ends the pause of a batch. It reports whether the batch is there and has not ended.
func (l *Ledger) Resume(ctx context.Context, id string) (bool, error) {
	return l.decide(ctx, id, decision{field: fieldPaused, what: rollout.AuditResumed})
}

// PauseAll pauses all batches, also those that are uploaded later, until ResumeAll.
func (l *Ledger) PauseAll(ctx context.Context) error {
	pause, err := l.newPause(ctx)
	if err == nil {
		err = pauseAllScript.Run(ctx, l.rdb, []string{keyAccount(), keyAccountLog()},
			pause, l.actor, string(rollout.AuditAllPaused)).Err()
	}
	if err != nil {
		return fmt.Errorf("pausing all batches: %w", err)
	}
	return nil
}

// ResumeAll ends PauseAll. Batches that are paused themselves stay paused.
func (l *Ledger) ResumeAll(ctx context.Context) error {
	err := resumeAllScript.Run(ctx, l.rdb, []string{keyAccount(), keyAccountLog()}, l.actor, string(rollout.AuditAllResumed)).Err()
	if err != nil {
		return fmt.Errorf("resuming all batches: %w", err)
	}
	return nil
}

// AllPaused returns the pause of the whole account; zero: there is none.
func (l *Ledger) AllPaused(ctx context.Context) (rollout.Pause, error) {
	cmd := l.rdb.HGet(ctx, keyAccount(), fieldPaused)
	if err := served([]redis.Cmder{cmd}, cmd.Err()); err != nil {
		return rollout.Pause{}, fmt.Errorf("reading whether all batches are paused: %w", err)
	}
	return readPause(cmd.Val()), nil
}

// Cancel cancels a batch that has not ended: none of its sites is ordered any more. What becomes of
// those that were ordered may be decided again: from FinishOrdered to LeaveOrdered, not back. Cancel
// reports whether the batch is there and has not ended.
func (l *Ledger) Cancel(ctx context.Context, id string, c rollout.Cancellation) (bool, error) {
	return l.decide(ctx, id, decision{
		field: fieldCancelled, value: string(c), onlyIfUnset: c == rollout.FinishOrdered,
		what: rollout.AuditCancelled, detail: rollout.AuditDetail{Decision: string(c)},
	})
}

// decision is a change of a field of keyBatch.
type decision struct {
	field, value string  // value "": the field is deleted
	onlyIfUnset  bool    // the field is left as it is if it is set already
	from         *string // what the field must be; nil: anything
	what         rollout.AuditEvent
	detail       rollout.AuditDetail
}

// Modes of decideScript.
const (
	modeUnset = "unset"
	modeFrom  = "from"
)

// decide makes a decision about a batch, and records it if it changes something. It reports whether the
// batch is there and has not ended.
func (l *Ledger) decide(ctx context.Context, id string, d decision) (bool, error) {
	mode, from := "", ""
	switch {
	case d.onlyIfUnset:
		mode = modeUnset
	case d.from != nil:
		mode, from = modeFrom, *d.from
	}
	n, err := decideScript.Run(ctx, l.rdb, []string{keyBatch(id), keyLog(id)},
		d.field, d.value, mode, l.actor, string(d.what), detailRecord(d.detail), from).Int()
	if err == nil && n == -1 {
		err = ErrStale
	}
	if err != nil {
		return false, fmt.Errorf("changing batch %s: %w", id, err)
	}
	return n == 1, nil
}

// InFlight counts the orders and addresses of a batch that are being sent, or whose answer was lost
// and which may still arrive. now is by the workers' clocks.
func (l *Ledger) InFlight(ctx context.Context, b rollout.Batch, now time.Time) (int, error) {
	n, err := inFlightScript.Run(ctx, l.rdb, []string{keyOpen(b.ID), keySites(b.ID), keyPushes(b.Customer)}, b.ID, now.UnixMilli()).Int()
	if err != nil {
		return 0, fmt.Errorf("counting the calls of batch %s: %w", b.ID, err)
	}
	return n, nil
}

// decideScript sets a field of a batch that has not ended.
//
//	KEYS  1 batch, 2 log
//	ARGV  1 field, 2 value ("" deletes the field), 3 "unset" to leave it if it is set, "from" to change it
//	      only if it is 7, or if it is not set, 4 who makes the change, 5 what and 6 detail, for the log,
//	      7 value that the field must have
//	answer: 1 done, 0 there is no such batch, or it has ended, -1 the field has another value
var decideScript = redis.NewScript(baseLua + `
local state, was = unpack(redis.call('HMGET', KEYS[1], 'state', ARGV[1]))
if not state or state == 'done' or state == 'withdrawn' then return 0 end
if (was or '') == ARGV[2] or was and ARGV[3] == '` + modeUnset + `' then return 1 end
if was and ARGV[3] == '` + modeFrom + `' and was ~= ARGV[7] then return -1 end
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
log(KEYS[2], ARGV[4], ARGV[5], ARGV[6])
return 1`)

// pauseAllScript pauses all batches, unless they are.
//
//	KEYS  1 account, 2 log of the account
//	ARGV  1 the pause, as in keyAccount, 2 who makes the change, 3 what, for the log
//	answer: 1
var pauseAllScript = redis.NewScript(baseLua + `
fit(KEYS[1], 'hash')
if redis.call('HSETNX', KEYS[1], '` + fieldPaused + `', ARGV[1]) == 1 then log(KEYS[2], ARGV[2], ARGV[3], '') end
return 1`)

// resumeAllScript ends the pause of all batches.
//
//	KEYS  1 account, 2 log of the account
//	ARGV  1 who makes the change, 2 what, for the log
//	answer: 1
var resumeAllScript = redis.NewScript(baseLua + `
fit(KEYS[1], 'hash')
if redis.call('HDEL', KEYS[1], '` + fieldPaused + `') == 1 then log(KEYS[2], ARGV[1], ARGV[2], '') end
return 1`)

// inFlightScript counts the calls of a batch that change something and may still arrive: orders of
// sites that are not due to be looked up yet, and pushes.
//
//	KEYS  1 open, 2 sites, 3 pushes
//	ARGV  1 batch id, 2 now (Unix ms)
//	answer: their number
var inFlightScript = redis.NewScript(baseLua + `
local n, now = 0, tonumber(ARGV[2])
if isA(KEYS[1], 'zset') and isA(KEYS[2], 'hash') then
  for _, row in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[2], string.format('%.0f', now + 600000))) do
    local state, body = (redis.call('HGET', KEYS[2], row) or ''):match('^%d+ (%a+) (.*)$')
    if state == 'ordering' and not body:match('"missed":') then n = n + 1 end
  end
end
if isA(KEYS[3], 'hash') then
  for _, entry in ipairs(redis.call('HVALS', KEYS[3])) do
    local till, attempt, batch = entry:match('^(%d+) %d+ %d (%S+) ([^/]+)/%d+$')
    if till and attempt ~= '-' and batch == ARGV[1] and tonumber(till) > now then n = n + 1 end
  end
end
return n`)
