// The scripts that write sites and batches. Other scripts stand beside the functions that
// run them.

package ledger

import (
	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// addScript writes new sites. Each claims its name for its row, or its row follows another, or it
// does neither. A site is not written if what the caller decided by is out of date:
//
//   - the claim on its name is not the one that the caller read;
//   - the record of the row that holds the claim has changed since;
//   - another row has come to follow the one behind which this one stands;
//   - that one has ended, and this one was to be left to it.
//
// A batch that is no longer importing, because it was withdrawn, takes no sites, nor does one that
// its upload gave up.
//
//	KEYS  1 rows, 2 sites, 3 counts, 4 open, 5 claims, 6 batch,
//	      7 sites, 8 followers and 9 open of the batch without a name, from which the keys of any
//	      batch's are made
//	ARGV  1 now, by Redis' clock (Unix ms), 2 batch id, then for each site:
//	      row, state, its number in open ("" if it has ended), JSON of the row, JSON of the progress,
//	      name ("" if its claim does not matter), its field in claims, claim as read ("" none),
//	      version of that row's record as read ("" any), "1" to claim the name,
//	      the row behind which it stands ("" none), follower of that as read ("" none)
//	answer: the rows that were not written; {-1}: the batch takes no sites; {-2}: claims
//	        are missing
var addScript = redis.NewScript(heldLua + `
if redis.call('HGET', KEYS[6], 'state') ~= 'importing' or redis.call('HEXISTS', KEYS[6], 'touched') == 0 then return {-1} end
if redis.call('HEXISTS', KEYS[5], '` + fieldNamesComplete + `') == 0 then return {-2} end
redis.call('HSET', KEYS[6], 'touched', ARGV[1])

local lost = {}
for i = 3, #ARGV, 12 do
  local row, state, open, input, progress = ARGV[i], ARGV[i+1], ARGV[i+2], ARGV[i+3], ARGV[i+4]
  local name, field, seen, version = ARGV[i+5], ARGV[i+6], ARGV[i+7], ARGV[i+8]
  local claims, mine = ARGV[i+9] == '1', ARGV[2] .. '/' .. row
  local behind, ahead = split(ARGV[i+10])
  local holder, place, follower = '', field, ''
  if name ~= '' then holder, place = held(KEYS[5], field, name) end
  if behind then follower = followerOf(key(KEYS[8], behind), ahead) end
  local left = behind and not claims and open == ''
  if redis.call('HEXISTS', KEYS[1], row) == 1 then
    -- it was written before
  elseif name ~= '' and ((holder or '') ~= seen or changed(KEYS[7], seen, version)) or follower ~= ARGV[i+11]
      or left and not isOpen(KEYS[9], ARGV[i+10]) then
    lost[#lost+1] = row
  else
    redis.call('HSET', KEYS[1], row, input)
    if claims then redis.call('HSET', KEYS[5], place, mine) end
    if state == 'following' then follow(key(KEYS[8], behind), ahead, mine) end
    redis.call('HSET', KEYS[2], row, '1 ' .. state .. ' ' .. progress)
    redis.call('HINCRBY', KEYS[3], state, 1)
    if open ~= '' then redis.call('ZADD', KEYS[4], open, row) end
  end
end
return lost`)

// advanceScript replaces the progress of one site, if neither it nor since has changed since
// the caller read it and, if required, its row still holds the claim on its name, or may take it
// over, and its batch is in a certain state, and goes on. A site leaves review, failed or cancelled only
// by a person's decision: then a batch that was done runs again, even if it was cancelled, and a report that is
// just being written is out of date.
// When a site has ended, the first row of those that follow it, one behind the other, that has not
// ended is due at once, by Redis' clock. The pace of the batch counts what happened.
//
//	KEYS  1 sites, 2 counts, 3 open, 4 claims, 5 batch, 6 open batches, 7 waiting, 8 pushes,
//	      9 since, 10 followers, 11 sites, 12 open and 13 followers of the batch without a name,
//	      14 pace, 15 account, 16 log
//	ARGV  1 row, 2 version as read, 3 new state, 4 JSON of the progress,
//	      5 when the next step is due (Unix ms), "" if the site has ended,
//	      6 batch id, 7 name whose claim the row must hold or take over ("" none),
//	      8 its entry in waiting, "" if it does not wait,
//	      9 state in which the batch must be ("" any), and neither paused nor cancelled, 10 field of the name in claims,
//	      11 its voiceSiteId, 12 attempt of the push by which the voicesite has its
//	      address, "" if there is none, 13 when that was answered (Unix ms),
//	      14 since as read with the site ("" any),
//	      15 "1" to take the claim over, 16 claim as read ("" none), 17 version of that
//	      row's record as read ("" any),
//	      18 when its order was last seen to be in progress (Unix ms),
//	      19 another row of the site that must not have ended ("" none),
//	      20 who makes the change, 21 detail of the decision, both for the log
//	answer: {1 replaced | 0 the site, since, the claim to take over or the other row has changed, or the
//	        batch was purged | -1 no
//	        such site | -2 another row holds the claim | -3 the batch is in another state, paused or cancelled |
//	        -4 claims are missing,
//	        number of open sites}
var advanceScript = redis.NewScript(heldLua + pushEntry + paceLua + `
local was = redis.call('HGET', KEYS[1], ARGV[1])
if not was then return {-1, redis.call('ZCARD', KEYS[3])} end
local version, state = was:match('^(%d+) (%a+) ')
if version ~= ARGV[2] or ARGV[14] ~= '' and (redis.call('GET', KEYS[9]) or '0') ~= ARGV[14] then
  return {0, redis.call('ZCARD', KEYS[3])}
end
if ARGV[19] ~= '' and not isOpen(KEYS[12], ARGV[19]) then
  return {0, redis.call('ZCARD', KEYS[3])}
end
if (state == 'failed' or state == 'cancelled') and redis.call('HEXISTS', KEYS[5], 'purged') == 1 then
  return {0, redis.call('ZCARD', KEYS[3])} -- what its row asks is gone
end
if ARGV[7] ~= '' and redis.call('HEXISTS', KEYS[4], '` + fieldNamesComplete + `') == 0 then
  return {-4, redis.call('ZCARD', KEYS[3])}
end
local mine, holder, place = ARGV[6] .. '/' .. ARGV[1], false, ''
if ARGV[7] ~= '' then holder, place = held(KEYS[4], ARGV[10], ARGV[7]) end
if ARGV[15] == '1' then
  if holder ~= mine and ((holder or '') ~= ARGV[16] or changed(KEYS[11], ARGV[16], ARGV[17])) then
    return {0, redis.call('ZCARD', KEYS[3])}
  end
elseif ARGV[7] ~= '' and holder ~= mine then
  return {-2, redis.call('ZCARD', KEYS[3])}
end
if ARGV[9] ~= '' and (redis.call('HGET', KEYS[5], 'state') ~= ARGV[9] or isPaused(KEYS[5], KEYS[15])
    or redis.call('HEXISTS', KEYS[5], '` + fieldCancelled + `') == 1) then
  return {-3, redis.call('ZCARD', KEYS[3])}
end
local follower = followerOf(KEYS[10], ARGV[1])
local ordered = state == 'ordered' and (redis.call('HGET', KEYS[7], ARGV[1]) or ''):match('^%d+ (%d+) ')` + nowInLua + `
redis.call('HSET', KEYS[1], ARGV[1], (version + 1) .. ' ' .. ARGV[3] .. ' ' .. ARGV[4])
if ARGV[15] == '1' then redis.call('HSET', KEYS[4], place, mine) end
if state ~= ARGV[3] then
  redis.call('HINCRBY', KEYS[2], ARGV[3], 1)
  if redis.call('HINCRBY', KEYS[2], state, -1) == 0 then redis.call('HDEL', KEYS[2], state) end
end
if ARGV[5] == '' then
  redis.call('ZREM', KEYS[3], ARGV[1])
  wake(KEYS[12], KEYS[13], follower, now)
else
  redis.call('ZADD', KEYS[3], ARGV[5], ARGV[1])
end
if ARGV[8] ~= '' then
  redis.call('HSET', KEYS[7], ARGV[1], ARGV[8])
elseif state == 'ordered' then
  redis.call('HDEL', KEYS[7], ARGV[1])
end
if state == 'review' or state == 'failed' or state == 'cancelled' then
  redis.call('HINCRBY', KEYS[5], 'edition', 1)
  if state == 'review' then log(KEYS[16], ARGV[20], '` + string(rollout.AuditResolved) + `', ARGV[21]) end
  if redis.call('HGET', KEYS[5], 'state') == 'done' then
    redis.call('HSET', KEYS[5], 'state', 'running')
    redis.call('HDEL', KEYS[5], '` + fieldCancelled + `')
    redis.call('SADD', KEYS[6], ARGV[6])
    log(KEYS[16], ARGV[20], '` + string(rollout.AuditReopened) + `', '')
  end
end
if ARGV[12] ~= '' then finish(KEYS[8], ARGV[11], ARGV[12], '` + pushDone + `', ARGV[13]) end
if state ~= ARGV[3] then
  fit(KEYS[14], 'hash')
  if ARGV[3] == 'ordered' or ARGV[3] == 'provisioned' then count(KEYS[14], '` + fieldSteps + `', now) end
  if ARGV[5] == '' then count(KEYS[14], '` + fieldEnded + `', now) end
  if ordered and ARGV[3] == 'delivered' then countDelivery(KEYS[14], ordered, tonumber(ARGV[18]), now) end
end
return {1, redis.call('ZCARD', KEYS[3])}`)

// postponeScript sets when the next step of open sites is due, for the leader of a duty.
//
//	KEYS  1 open, 2 lease of the duty
//	ARGV  1 term, 2 when (Unix ms), then the rows
//	answer: 1 set, -9 the term is over
var postponeScript = redis.NewScript(FenceLua + `
if not leads(KEYS[2], ARGV[1]) then return -9 end
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], 'XX', ARGV[2], ARGV[i]) end
return 1`)

// batchStateScript changes the state of a batch; neither the old nor the new one is done. A batch
// that its upload gave up keeps its state.
//
//	KEYS  1 batch, 2 log
//	ARGV  1 state it must be in, 2 new state, 3 who, 4 what, both for the log,
//	      then pairs of further fields to set
//	answer: 1 changed, 0 it was in another state
var batchStateScript = redis.NewScript(baseLua + `
if redis.call('HGET', KEYS[1], 'state') ~= ARGV[1] then return 0 end
if ARGV[1] == 'importing' and redis.call('HEXISTS', KEYS[1], 'touched') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[2])
for i = 5, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i+1]) end
log(KEYS[2], ARGV[3], ARGV[4], '')
return 1`)

// touchScript notes that the upload of a batch is alive.
//
//	KEYS  1 batch
//	ARGV  none
//	answer: 1 noted, 0 the batch is not importing, or its upload gave it up
var touchScript = redis.NewScript(nowInLua + `
if redis.call('HGET', KEYS[1], 'state') ~= 'importing' or redis.call('HEXISTS', KEYS[1], 'touched') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'touched', now)
return 1`)

// withdrawScript withdraws the upload of a batch that is importing: at once, or only if the
// upload is silent. A silent upload has given no sign of life for a time; the first call that
// finds this begins to watch it, and it is withdrawn if it gives none while it is watched. So
// neither an outage of Redis nor a step of its clock withdraws a living upload. A full Redis takes
// no new state: instead the field touched is deleted, which needs no memory. A batch without it
// counts as withdrawn, and is withdrawn, with an entry in the log, by the next call on a Redis that
// has room.
//
// It needs no term of the sweep: it decides by the record and the clock of Redis as they are when
// it runs, so a sweeper that was frozen before this call does what the present one would do.
//
//	KEYS  1 batch, 2 log
//	ARGV  1 how long it must have been silent (ms), "" to withdraw it in any case,
//	      2 how long it must have been watched after that (ms), 3 who, for the log
//	answer: 1 withdrawn, now or earlier; 0 not; -1 not yet, it is watched;
//	        -2 there is no such batch
var withdrawScript = redis.NewScript(baseLua + nowInLua + `
local state, withdrawn, touched, doubted = unpack(redis.call('HMGET', KEYS[1], 'state', 'withdrawn', 'touched', 'doubted'))
if not state then return -2 end
if state == 'withdrawn' or withdrawn then return 1 end
if state ~= 'importing' then return 0 end
if ARGV[1] ~= '' and touched then
  local silent = now - (tonumber(touched) or 0)
  if silent >= 0 and silent <= tonumber(ARGV[1]) then return 0 end
  local since, sign = (doubted or ''):match('^(%d+) (.*)$')
  local watched = now - (tonumber(since) or now)
  if sign ~= (touched or '') or watched < 0 then
    redis.call('HSET', KEYS[1], 'doubted', string.format('%.0f', now) .. ' ' .. (touched or ''))
    return -1
  end
  if watched < tonumber(ARGV[2]) then return -1 end
end
local done = redis.pcall('HSET', KEYS[1], 'state', 'withdrawn', 'withdrawn', now, 'touched', touched or '0')
if type(done) == 'table' and done.err then
  redis.call('HDEL', KEYS[1], 'touched')
else
  log(KEYS[2], ARGV[3], '` + string(rollout.AuditWithdrawn) + `', '')
end
return 1`)

// finishScript ends a batch, and its pause, unless a site is open, or a person has decided about one since
// the report was begun.
//
//	KEYS  1 batch, 2 open, 3 open batches, 4 log
//	ARGV  1 batch id, 2 number of decisions when the report was begun, 3 its path, 4 now (RFC 3339),
//	      5 who, for the log
//	answer: 1 done, 0 not
var finishScript = redis.NewScript(baseLua + nowInLua + `
local state = redis.call('HGET', KEYS[1], 'state')
if not state or state == 'done' or state == 'importing' or redis.call('ZCARD', KEYS[2]) > 0 then return 0 end
if (redis.call('HGET', KEYS[1], 'edition') or '0') ~= ARGV[2] then return 0 end
redis.call('SREM', KEYS[3], ARGV[1])
redis.call('HSET', KEYS[1], 'state', 'done', 'report', ARGV[3], 'finished', ARGV[4], 'reason', '', 'doneAt', now)
redis.call('HDEL', KEYS[1], '` + fieldPaused + `')
log(KEYS[4], ARGV[5], '` + string(rollout.AuditDone) + `', '')
return 1`)

// blockScript blocks a running batch, and counts a failed probe.
//
//	KEYS  1 batch, 2 log
//	ARGV  1 reason, 2 now (Unix ms), 3 for how long the account must have worked for
//	      earlier failed probes to be dropped (ms), 4 who, 5 detail, both for the log
//	answer: number of failed probes, 0 if the batch was not running
var blockScript = redis.NewScript(baseLua + `
if redis.call('HGET', KEYS[1], 'state') ~= 'running' then return 0 end
local unblocked = redis.call('HGET', KEYS[1], 'unblocked')
if not unblocked or ARGV[2] - unblocked > tonumber(ARGV[3]) then redis.call('HDEL', KEYS[1], 'strikes') end
redis.call('HSET', KEYS[1], 'state', 'blocked', 'reason', ARGV[1])
log(KEYS[2], ARGV[4], '` + string(rollout.AuditBlocked) + `', ARGV[5])
return redis.call('HINCRBY', KEYS[1], 'strikes', 1)`)

// countFailedProbeScript counts a failed probe of a blocked batch.
//
//	KEYS  1 batch
//	ARGV  none
//	answer: 1 counted, 0 the batch is not blocked
var countFailedProbeScript = redis.NewScript(`
if redis.call('HGET', KEYS[1], 'state') ~= 'blocked' then return 0 end
redis.call('HINCRBY', KEYS[1], 'strikes', 1)
return 1`)
