// Records that cannot be read because they were deleted, overwritten or cut: what can
// still be read of them, and the scripts that mend them.

package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// ErrDamaged says that the record of a batch cannot be read.
var ErrDamaged = errors.New("its record in Redis is damaged")

// damage is an ErrDamaged with its own text.
type damage string

func (d damage) Error() string { return string(d) }
func (d damage) Unwrap() error { return ErrDamaged }

// CodeDamaged is the permanent code of the problem of a site whose record could not be read.
const CodeDamaged = "site.damaged"

// wrongType reports whether Redis refused a command because the key is of another type.
func wrongType(err error) bool { return redis.HasErrorPrefix(err, "WRONGTYPE") }

// served returns the first error of a pipeline that means that Redis did not carry a command
// out. A missing key, or a key of a wrong type, is no such error.
func served(cmds []redis.Cmder, err error) error {
	for _, cmd := range cmds {
		if e := cmd.Err(); e != nil && !errors.Is(e, redis.Nil) && !wrongType(e) {
			return e
		}
	}
	if len(cmds) == 0 || err != nil && !errors.Is(err, redis.Nil) && !wrongType(err) {
		return err
	}
	return nil
}

// parts are the readable parts of a site's records.
type parts struct {
	site             rollout.Site
	hasRequest       bool // what the row asks can be read
	hasProgress      bool // the progress can be read
	version          int  // 0: unknown
	state            rollout.State
	order, voiceSite string // ids that were found in a progress that cannot be read
}

// orderIn and voiceSiteIn find ids in a record that is no longer JSON.
var (
	orderIn     = regexp.MustCompile(`"order":"([^"]+)"`)
	voiceSiteIn = regexp.MustCompile(`"voiceSite":"([^"]+)"`)
)

// readParts reads the readable parts of a site's two records.
func readParts(batch string, row rollout.RowRef, input, progress string) parts {
	p := parts{hasRequest: true}
	version, rest, _ := strings.Cut(progress, " ")
	state, body, _ := strings.Cut(rest, " ")
	if slices.Contains(rollout.States, rollout.State(state)) {
		p.state = rollout.State(state)
	}
	// Only a rejected row may have no name.
	if json.Unmarshal([]byte(input), &p.site) != nil || p.site.Name == "" && p.state != rollout.Rejected {
		p.site, p.hasRequest = rollout.Site{}, false
	}
	p.site.Batch, p.site.Row = batch, row
	n, err := strconv.Atoi(version)
	if err == nil {
		p.version = n
	}
	// Every progress that the program wrote has a time of its last change.
	if json.Unmarshal([]byte(body), &p.site.Progress) == nil && err == nil && p.state != "" && !p.site.Changed.IsZero() {
		p.hasProgress = true
		p.site.Version, p.site.State, p.site.Recorded = n, p.state, p.state
		return p
	}
	p.site.Progress = rollout.Progress{}
	if found := orderIn.FindStringSubmatch(body); found != nil {
		p.order = found[1]
	}
	if found := voiceSiteIn.FindStringSubmatch(body); found != nil {
		p.voiceSite = found[1]
	}
	return p
}

// mendTries is how often a site's record is read when another process keeps changing it.
const mendTries = 5

// mend moves a site of which a record cannot be read to Review. A site that has ended keeps
// its state, and only the returned site has the problem. input and progress are the two
// records as they were read. mend returns the site as it then stands; if l only reads, as it would
// then stand.
func (l *Ledger) mend(ctx context.Context, batch string, row rollout.RowRef, input, progress string) (rollout.Site, error) {
	field := strconv.Itoa(int(row))
	for range mendTries {
		p := readParts(batch, row, input, progress)
		s, was := p.site, p.state
		if p.hasProgress {
			p.order, p.voiceSite = s.OrderID, s.Progress.VoiceSiteID
		}
		if p.hasRequest && p.hasProgress {
			return s, nil // another process mended it
		}
		if !slices.ContainsFunc(s.Problems, func(x rollout.Problem) bool { return x.Code == CodeDamaged }) {
			s.Problems = append(s.Problems, siteDamaged(p))
		}
		if p.hasProgress && was.Final() {
			return s, nil
		}
		now, err := l.Clock(ctx)
		if err != nil {
			return s, err
		}
		s.State, s.Recorded, s.Changed = rollout.Review, rollout.Review, now
		if s.OrderID == "" {
			s.OrderID = p.order
		}
		if s.Version = p.version + 1; p.version == 0 {
			s.Version = int(now.UnixMilli()) // a version that no writer can have read
		}
		if l.reads {
			return s, nil
		}
		record, err := json.Marshal(s.Progress)
		if err != nil {
			return s, err
		}
		replaced, err := toReviewScript.Run(ctx, l.rdb, []string{
			keySites(batch), keyCounts(batch), keyOpen(batch), keyWaiting(batch), keyFollowers(batch), keyOpen(""), keyFollowers(""),
		},
			int(row), progress, fmt.Sprintf("%d %s %s", s.Version, s.State, record), string(was)).Int()
		if err != nil {
			return s, fmt.Errorf("the record of row %d of batch %s is damaged, and cannot be mended: %w", row, batch, err)
		}
		if replaced == 1 {
			return s, nil
		}
		pipe := l.rdb.Pipeline()
		inputs, progresses := pipe.HGet(ctx, keyRows(batch), field), pipe.HGet(ctx, keySites(batch), field)
		if err := served(pipe.Exec(ctx)); err != nil {
			return s, fmt.Errorf("reading row %d of batch %s: %w", row, batch, err)
		}
		input, progress = inputs.Val(), progresses.Val()
	}
	return rollout.Site{}, fmt.Errorf("row %d of batch %s: %w", row, batch, ErrStale)
}

// Mend derives the counts, the list of open sites and the list of waiting sites of a batch
// from its sites. Sites whose record cannot be read go to Review. Sites that the list of open sites
// lacked are parked in the order of the plan, if their states allow that; others are due at once.
func (l *Ledger) Mend(ctx context.Context, id string) error {
	for _, err := range l.Sites(ctx, id) {
		if err != nil {
			return err
		}
	}
	now, err := l.Clock(ctx)
	if err != nil {
		return err
	}
	args := []any{now.UnixMilli()}
	for _, s := range rollout.States {
		if !s.Final() {
			args = append(args, string(s))
		}
	}
	keys := []string{keySites(id), keyCounts(id), keyOpen(id), keyWaiting(id), keyRows(id), keyFollowers(id)}
	if err := mendScript.Run(ctx, l.rdb, keys, args...).Err(); err != nil {
		return fmt.Errorf("mending the counts and lists of batch %s: %w", id, err)
	}
	b, err := l.Batch(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrDamaged): // no plan can be read
		return nil
	case err != nil:
		return err
	}
	return l.PutInOrder(ctx, b)
}

// MendLists enters every batch into the list of all batches and the list of open batches, if
// one of the lists is missing, or in any case if always is set.
func (l *Ledger) MendLists(ctx context.Context, always bool) error {
	missing, err := l.checkLists(ctx)
	if err != nil {
		return fmt.Errorf("checking the lists of batches: %w", err)
	}
	if missing == 0 && !always {
		return nil
	}
	ids := map[string]bool{}
	all, err := l.rdb.ZRange(ctx, keyBatches(), 0, -1).Result()
	if err != nil {
		return fmt.Errorf("listing batches: %w", err)
	}
	for _, id := range all {
		ids[id] = true
	}
	if missing == 1 { // all keys are scanned for batches
		prefix := keyBatch("")
		for scan := l.rdb.ScanType(ctx, 0, prefix+"*", chunk, "hash").Iterator(); scan.Next(ctx); {
			if id := strings.TrimPrefix(scan.Val(), prefix); !strings.Contains(id, ":") {
				ids[id] = true
			}
		}
	}
	for id := range ids {
		err := relistScript.Run(ctx, l.rdb, []string{keyBatches(), keyOpenBatches(), keyBatch(id)}, id).Err()
		if err != nil && !wrongType(err) {
			return fmt.Errorf("listing batch %s: %w", id, err)
		}
	}
	return nil
}

// checkLists reports by 1 whether a list of batches is missing, and deletes one of a wrong type. If
// both are sound, it runs no script.
func (l *Ledger) checkLists(ctx context.Context) (missing int, err error) {
	pipe := l.rdb.Pipeline()
	all, open := pipe.Type(ctx, keyBatches()), pipe.Type(ctx, keyOpenBatches())
	if _, err := pipe.Exec(ctx); err != nil || all.Val() == "zset" && open.Val() == "set" {
		return 0, err
	}
	return mendListsScript.Run(ctx, l.rdb, []string{keyBatches(), keyOpenBatches()}).Int()
}

// began returns rollout.Batch.LedgerSince, by keySince, which was read as since. A record
// that cannot be read is replaced by the present, also in Redis unless l only reads: then sites
// wait until all that was sent before is visible.
func (l *Ledger) began(ctx context.Context, since *redis.StringCmd) (time.Time, error) {
	if errors.Is(since.Err(), redis.Nil) {
		return time.UnixMilli(0).UTC(), nil
	}
	ms, err := strconv.ParseInt(since.Val(), 10, 64)
	if err == nil && since.Err() == nil {
		return time.UnixMilli(ms).UTC(), nil
	}
	now, err := l.Clock(ctx)
	if err == nil && !l.reads {
		err = l.rdb.Set(ctx, keySince(), now.UnixMilli(), 0).Err()
	}
	return now.Truncate(time.Millisecond), err
}

// mendLua begins scripts that mend records. They need no term of the sweep: they derive what they
// write from the records as they are when the script runs, or, in toReviewScript, compare the record with
// the one that the caller read. So any process may run them at any time.
//
//	count(sites, counts): derives the counts from the sites' records; counts is a hash or missing
const mendLua = baseLua + `
local function count(sites, counts)
  local n = {}
  for _, record in ipairs(redis.call('HVALS', sites)) do
    local state = record:match('^%d+ (%a+) ')
    if state then n[state] = (n[state] or 0) + 1 end
  end
  local had = redis.call('HKEYS', counts)
  for state, number in pairs(n) do redis.call('HSET', counts, state, number) end -- a full Redis refuses this
  for _, state in ipairs(had) do
    if not n[state] then redis.call('HDEL', counts, state) end
  end
end`

// toReviewScript replaces a site's record that cannot be read by a record in state review. The first
// row of those that follow it that has not ended is due at once.
//
//	KEYS  1 sites, 2 counts, 3 open, 4 waiting, 5 followers,
//	      6 open and 7 followers of the batch without a name
//	ARGV  1 row, 2 the record as it was read ("" there was none), 3 the new record,
//	      4 state of the old record ("" unknown)
//	answer: 1 replaced, 0 the record has changed since
var toReviewScript = redis.NewScript(mendLua + nowInLua + `
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
fit(KEYS[2], 'hash') fit(KEYS[3], 'zset') fit(KEYS[4], 'hash')
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[1])
local was = tonumber(ARGV[4] ~= '' and redis.call('HGET', KEYS[2], ARGV[4]) or '')
if was and was > 0 then
  if redis.call('HINCRBY', KEYS[2], ARGV[4], -1) == 0 then redis.call('HDEL', KEYS[2], ARGV[4]) end
  redis.call('HINCRBY', KEYS[2], 'review', 1)
else
  count(KEYS[1], KEYS[2])
end
wake(KEYS[6], KEYS[7], followerOf(KEYS[5], ARGV[1]), now)
return 1`)

// mendScript derives the counts and lists of a batch from its sites: it deletes fields that
// are no rows, counts the states, and corrects the lists of open and of waiting sites. Sites that it adds
// to the list of open ones are parked in the order of the file. Which rows
// follow others cannot be derived: followers of a wrong type is deleted.
//
//	KEYS  1 sites, 2 counts, 3 open, 4 waiting, 5 rows, 6 followers
//	ARGV  1 now, by Redis' clock (Unix ms), then the states of open sites
//	answer: 1
var mendScript = redis.NewScript(mendLua + `
local open, firstPlace = {}, {
  ` + string(rollout.Imported) + ` = ` + addressesBelowInLua + `, ` + string(rollout.Validated) + ` = ` + addressesBelowInLua + `,
  ` + string(rollout.Delivered) + ` = ` + parkedInLua + `,
}
for i = 2, #ARGV do open[ARGV[i]] = true end
for _, key in ipairs({KEYS[1], KEYS[5]}) do
  for _, row in ipairs(redis.call('HKEYS', key)) do
    if not row:match('^%d+$') then redis.call('HDEL', key, row) end
  end
end
fit(KEYS[2], 'hash') fit(KEYS[3], 'zset') fit(KEYS[4], 'hash') fit(KEYS[6], 'hash')
count(KEYS[1], KEYS[2])
local sites, states = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #sites, 2 do
  local row, state, body = sites[i], sites[i+1]:match('^%d+ (%a+) (.*)$')
  if state then
    states[row] = state
    if open[state] and not redis.call('ZSCORE', KEYS[3], row) then
      local due = firstPlace[state] and string.format('%.0f', firstPlace[state] + row) or ARGV[1]
      redis.call('ZADD', KEYS[3], due, row)
    end
    local entry = state == 'ordered' and redis.call('HGET', KEYS[4], row)
    if state == 'ordered' and not (entry and entry:match('^%d+ %d+ .')) then
      local read, progress = pcall(cjson.decode, body)
      local order = read and type(progress) == 'table' and progress.order or ''
      redis.call('HSET', KEYS[4], row, ARGV[1] .. ' ' .. ARGV[1] .. ' ' .. order)
    end
  end
end
for _, row in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  if not open[states[row] or ''] then redis.call('ZREM', KEYS[3], row) end
end
for _, row in ipairs(redis.call('HKEYS', KEYS[4])) do
  if states[row] ~= 'ordered' then redis.call('HDEL', KEYS[4], row) end
end
return 1`)

// mendListsScript deletes a list of batches that is of a wrong type.
//
//	KEYS  1 batches, 2 open batches
//	ARGV  none
//	answer: 1 a list is missing now, 0 none is
var mendListsScript = redis.NewScript(mendLua + `
fit(KEYS[1], 'zset') fit(KEYS[2], 'set')
if redis.call('EXISTS', KEYS[1], KEYS[2]) < 2 then return 1 end
return 0`)

// relistScript enters a batch into the list of all batches and, unless it is done, into the
// list of open batches.
//
//	KEYS  1 batches, 2 open batches, 3 batch
//	ARGV  1 batch id
//	answer: 1 entered, 0 there is no record of the batch
var relistScript = redis.NewScript(`
local state, entered = unpack(redis.call('HMGET', KEYS[3], 'state', 'entered'))
if redis.call('EXISTS', KEYS[3]) == 0 then return 0 end
redis.call('ZADD', KEYS[1], 'NX', tonumber(entered) or 0, ARGV[1])
if state ~= 'done' then redis.call('SADD', KEYS[2], ARGV[1]) end
return 1`)
