// The audit log: which person or worker changed the state of a batch or decided about it, and when. The
// script that makes a change writes the entry, too (log in lua.go).

package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// AuditRetention is how long the log of a batch is kept after the batch was deleted.
const AuditRetention = 365 * 24 * time.Hour

// auditLength is the number of entries that a log keeps, as scripts take it; Redis may keep some 100
// more. An ordinary batch has ten. 5,000 hold a decision about every row of a large batch, and take less than 1 MB.
const auditLength = "5000"

// noActor is recorded for changes of a Ledger that was not made by As.
const noActor = "unknown"

// As returns a Ledger whose changes are recorded as made by actor: a person at a terminal
// (`anna@host`), a worker, or the file by which an upload came. It must hold no secret.
func (l *Ledger) As(actor string) *Ledger {
	as := *l
	as.actor = actor
	return &as
}

// Record records a change that concerns no batch. The change itself is made by the caller, before that.
func (l *Ledger) Record(ctx context.Context, what rollout.AuditEvent, detail rollout.AuditDetail) error {
	err := logScript.Run(ctx, l.rdb, []string{keyAccountLog()}, l.actor, string(what), detailRecord(detail)).Err()
	if err != nil {
		return fmt.Errorf("recording a change: %w", err)
	}
	return nil
}

// RecordIn records a decision about a batch that changes no field of its record. The caller carries it out.
func (l *Ledger) RecordIn(ctx context.Context, batch string, what rollout.AuditEvent, detail rollout.AuditDetail) error {
	err := logInScript.Run(ctx, l.rdb, []string{keyBatch(batch), keyLog(batch)}, l.actor, string(what), detailRecord(detail)).Err()
	if err != nil {
		return fmt.Errorf("recording a decision about batch %s: %w", batch, err)
	}
	return nil
}

// detailRecord is a detail as the log holds it.
func detailRecord(d rollout.AuditDetail) string {
	text, _ := json.Marshal(d) // strings always have a JSON
	return string(text)
}

// AdvanceDecided is AdvanceClaimed for a site that leaves Review by a person's decision, which is
// recorded. detail is as for rollout.AuditResolved.
func (l *Ledger) AdvanceDecided(
	ctx context.Context, customer string, s rollout.Site, detail rollout.AuditDetail, due time.Time,
) (rollout.Site, int, error) {
	return l.advance(ctx, s, due, condition{customer: customer, name: s.Name, decision: detail})
}

// AuditLog reads the log of a batch, the oldest entry first. The log of a batch that was deleted is
// kept for AuditRetention. A log that is missing or cannot be read is empty, and so is a detail.
func (l *Ledger) AuditLog(ctx context.Context, batch string) ([]rollout.AuditEntry, error) {
	return l.auditLog(ctx, keyLog(batch))
}

// AccountLog is AuditLog for the changes that concern no batch.
func (l *Ledger) AccountLog(ctx context.Context) ([]rollout.AuditEntry, error) {
	return l.auditLog(ctx, keyAccountLog())
}

func (l *Ledger) auditLog(ctx context.Context, key string) ([]rollout.AuditEntry, error) {
	records, err := l.rdb.XRange(ctx, key, "-", "+").Result()
	if err != nil && !wrongType(err) {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	entries := make([]rollout.AuditEntry, len(records))
	for i, record := range records {
		entries[i] = auditEntry(record)
	}
	return entries, nil
}

// auditEntry makes an entry of its record.
func auditEntry(m redis.XMessage) rollout.AuditEntry {
	field := func(name string) string {
		text, _ := m.Values[name].(string)
		return text
	}
	ms, _, _ := strings.Cut(m.ID, "-")
	at, _ := strconv.ParseInt(ms, 10, 64)
	e := rollout.AuditEntry{At: time.UnixMilli(at).UTC(), Who: field("who"), What: rollout.AuditEvent(field("what"))}
	if json.Unmarshal([]byte(field("detail")), &e.Detail) != nil {
		e.Detail = rollout.AuditDetail{}
	}
	return e
}

// ExpireAuditLog has the log of a batch that is deleted expire after AuditRetention.
func (l *Ledger) ExpireAuditLog(ctx context.Context, batch string) error {
	if err := l.rdb.PExpire(ctx, keyLog(batch), AuditRetention).Err(); err != nil {
		return fmt.Errorf("keeping the audit log of batch %s for a year: %w", batch, err)
	}
	return nil
}

// logScript writes an entry into a log.
//
//	KEYS  1 log
//	ARGV  1 who, 2 what, 3 detail
//	answer: 1
var logScript = redis.NewScript(baseLua + `
log(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
return 1`)

// logInScript writes an entry into the log of a batch that is there.
//
//	KEYS  1 batch, 2 log
//	ARGV  1 who, 2 what, 3 detail
//	answer: 1 written, 0 there is no such batch
var logInScript = redis.NewScript(baseLua + `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
log(KEYS[2], ARGV[1], ARGV[2], ARGV[3])
return 1`)
