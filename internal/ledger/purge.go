// The purge of a batch that is done: what personal data it has is deleted, and of each site remains what
// decides about a later upload of it.

package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// ErrNotDone says that the batch cannot be purged, because it is not done.
var ErrNotDone = errors.New("only a batch that is done can be purged")

// ErrNeedsPerson says that the batch cannot be purged, because a person must first decide about rows.
var ErrNeedsPerson = errors.New("rows of the batch wait for a person's decision")

// CanPurge returns nil if a batch can be purged: it is done, and no person has to decide about a row.
// Otherwise the error is ErrNotDone, ErrNeedsPerson, or one of the ledger. A record that cannot be
// read is mended, by which its site may go to review.
func (l *Ledger) CanPurge(ctx context.Context, id string) error {
	b, err := l.Batch(ctx, id)
	if err == nil && b.Unsound && !l.reads {
		if err = l.Mend(ctx, id); err == nil {
			b, err = l.Batch(ctx, id)
		}
	}
	switch {
	case err != nil:
		return err
	case b.State != rollout.Done || b.Open() > 0:
		return fmt.Errorf("batch %s is %s: %w", id, b.State, ErrNotDone)
	}
	waiting := 0
	for s, err := range l.Sites(ctx, id) {
		if err != nil {
			return err
		}
		if s.State == rollout.Review || s.InDoubt {
			waiting++
		}
	}
	if waiting > 0 {
		return fmt.Errorf("%s of batch %s: %w", rollout.Rows(waiting).EN, id, ErrNeedsPerson)
	}
	return nil
}

// BeginPurge marks a batch as purged, unless it is not done or has rows in review: then the error is
// ErrNotDone or ErrNeedsPerson. From then on no person can decide about its rows.
func (l *Ledger) BeginPurge(ctx context.Context, id string) error {
	n, err := beginPurgeScript.Run(ctx, l.rdb, []string{keyBatch(id), keyCounts(id), keyOpen(id), keyLog(id)},
		l.actor, string(rollout.AuditPurged)).Int()
	switch {
	case err != nil:
		return fmt.Errorf("purging batch %s: %w", id, err)
	case n == -2:
		return fmt.Errorf("batch %s: %w", id, ErrNotFound)
	case n == -1:
		return fmt.Errorf("batch %s: %w", id, ErrNeedsPerson)
	case n == 0:
		return fmt.Errorf("batch %s: %w", id, ErrNotDone)
	}
	return nil
}

// PurgeSites replaces the records of all sites of a batch, for which BeginPurge was called, by what
// remains of them: chunk by chunk, so that Redis is never blocked for long. It may be interrupted,
// repeated, and run by two processes at once. The error is ErrNeedsPerson if a record was damaged
// meanwhile, so that its site is in review; the others are replaced.
func (l *Ledger) PurgeSites(ctx context.Context, id string) error {
	key, err := l.makeAddressKey(ctx)
	if err != nil {
		return fmt.Errorf("purging batch %s: %w", id, err)
	}
	var args []any
	left := 0
	flush := func() error {
		if len(args) == 0 {
			return nil
		}
		n, err := purgeSitesScript.Run(ctx, l.rdb, []string{keyRows(id), keySites(id), keyBatch(id)}, args...).Int()
		left += n
		args = args[:0]
		return err
	}
	for s, err := range l.Sites(ctx, id) {
		if err == nil && (s.State == rollout.Review || !s.State.Final()) {
			left++
			continue
		}
		if err == nil && len(args) >= 5*chunk {
			err = flush()
		}
		if err != nil {
			return fmt.Errorf("purging batch %s: %w", id, err)
		}
		input, progress, err := remainsOf(s, key)
		if err != nil {
			return fmt.Errorf("purging row %d of batch %s: %w: %w", s.Row, id, ErrInvalid, err)
		}
		args = append(args, int(s.Row), s.Version, string(s.State), input, progress)
	}
	if err := flush(); err != nil {
		return fmt.Errorf("purging batch %s: %w", id, err)
	}
	if left > 0 {
		return fmt.Errorf("%s of batch %s: %w", rollout.Rows(left).EN, id, ErrNeedsPerson)
	}
	return nil
}

// remainsOf returns the two records of a site in a purged batch: what decides about a later upload
// (package jobs, recognise.go), and what commands show of it. A rejected row is in no later decision,
// and of a row that cannot be read any more the first record is "".
func remainsOf(s rollout.Site, key AddressKey) (input, progress []byte, err error) {
	p := s.Progress
	kept := rollout.Progress{
		Run: p.Run, OrderID: p.OrderID, VoiceSiteID: p.VoiceSiteID, KeptLabel: p.KeptLabel, Intent: p.Intent,
		OrderedAt: p.OrderedAt, Dismissed: p.Dismissed, Elsewhere: p.Elsewhere, SurveyFrom: p.SurveyFrom,
		InDoubt: p.InDoubt, Unconfirmed: p.Unconfirmed, Changed: p.Changed,
	}
	if progress, err = json.Marshal(kept); err != nil {
		return nil, nil, err
	}
	asked := rollout.Site{Request: rollout.Request{Country: s.Country}}
	switch {
	case s.State == rollout.Rejected:
	case s.Name == "":
		return nil, progress, nil
	default:
		asked.AddressHash, asked.Request = cmp.Or(s.AddressHash, key.hash(s.Name, s.Address)), s.Request
		asked.Address = nil
	}
	input, err = json.Marshal(asked)
	return input, progress, err
}

// EndPurge deletes what else a batch has of its file, and ends its purge; the audit log is kept for
// AuditRetention. noReport says that its report was removed, too.
func (l *Ledger) EndPurge(ctx context.Context, id string, noReport bool) error {
	b, err := l.Batch(ctx, id)
	if err != nil {
		return err
	}
	b.Remarks, b.Finished = nil, time.Time{}
	b.Sheets = slices.Clone(b.Sheets)
	for i, sheet := range b.Sheets {
		b.Sheets[i] = rollout.Sheet{Name: sheet.Name} // rows are called by it
	}
	meta, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("purging batch %s: %w", id, err)
	}
	report := ""
	if noReport {
		report = "report"
	}
	if err := endPurgeScript.Run(ctx, l.rdb, []string{keyBatch(id), keyCountries(id)}, meta, report).Err(); err != nil {
		return fmt.Errorf("purging batch %s: %w", id, err)
	}
	return l.ExpireAuditLog(ctx, id)
}

// decodePurge reads the fields of keyBatch that tell when a batch was done, and purged.
func decodePurge(b *rollout.Batch, about map[string]string) error {
	for field, at := range map[string]*time.Time{"doneAt": &b.DoneAt, "purged": &b.Purged} {
		if about[field] == "" {
			continue
		}
		ms, err := strconv.ParseInt(about[field], 10, 64)
		if err != nil {
			return err
		}
		*at = time.UnixMilli(ms).UTC()
	}
	b.Purging = about["purging"] != ""
	return nil
}

// beginPurgeScript marks a batch as purged.
//
//	KEYS  1 batch, 2 counts, 3 open, 4 log
//	ARGV  1 who, 2 what, for the log
//	answer: 1 it is marked, now or earlier; 0 it is not done; -1 a row is in review; -2 there is none
var beginPurgeScript = redis.NewScript(baseLua + nowInLua + `
local state, purged = unpack(redis.call('HMGET', KEYS[1], 'state', 'purged'))
if not state then return -2 end
if state ~= 'done' or redis.call('ZCARD', KEYS[3]) > 0 then return 0 end
if tonumber(redis.call('HGET', KEYS[2], 'review') or '0') ~= 0 then return -1 end
if not purged then
  redis.call('HSET', KEYS[1], 'purged', now, 'purging', '1')
  log(KEYS[4], ARGV[1], ARGV[2], '')
end
return 1`)

// purgeSitesScript replaces the records of sites of a purged batch. Versions and states stay, so that
// what another process decided by a site's version is still right. A record that has changed since
// it was read is left.
//
//	KEYS  1 rows, 2 sites, 3 batch
//	ARGV  for each site: row, version and state as read, JSON of what remains of the row ("": nothing),
//	      JSON of what remains of the progress
//	answer: number of sites that were left
var purgeSitesScript = redis.NewScript(`
if redis.call('HEXISTS', KEYS[3], 'purged') == 0 then return #ARGV / 5 end
local left = 0
for i = 1, #ARGV, 5 do
  local row, prefix = ARGV[i], ARGV[i+1] .. ' ' .. ARGV[i+2] .. ' '
  local was = redis.call('HGET', KEYS[2], row) or ''
  if was:sub(1, #prefix) ~= prefix then
    left = left + 1
  else
    redis.call('HSET', KEYS[2], row, prefix .. ARGV[i+4])
    if ARGV[i+3] == '' then redis.call('HDEL', KEYS[1], row) else redis.call('HSET', KEYS[1], row, ARGV[i+3]) end
  end
end
return left`)

// endPurgeScript ends the purge of a batch.
//
//	KEYS  1 batch, 2 countries
//	ARGV  1 JSON of what remains of the batch, 2 "report" to forget the path of its report, else ""
//	answer: 1 ended, 0 the batch is not purged
var endPurgeScript = redis.NewScript(`
if redis.call('HEXISTS', KEYS[1], 'purged') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'meta', ARGV[1])
redis.call('HDEL', KEYS[1], 'purging', ARGV[2])
redis.call('DEL', KEYS[2])
return 1`)
