// The scripts of pushes and of claims on voicesites.

package ledger

import (
	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// pushEntry begins the scripts that read and write entries of keyPushes. Only advanceScript
// uses the outcome pushDone.
const pushEntry = `
local function read(entry)
  return entry:match('^(%d+) (%d+) ([01]) (%S+) (.+)$')
end
local function write(key, id, ends, earlier, crossed, attempt, owner)
  redis.call('HSET', key, id, ends .. ' ' .. earlier .. ' ' .. crossed .. ' ' .. attempt .. ' ' .. owner)
end
local function later(a, b)
  if tonumber(a) > tonumber(b) then return a end
  return b
end
-- finish records the outcome of an attempt, unless a later attempt was announced since: its
-- entry has this one as an earlier attempt. outcome is as for endPushScript. It returns 1 if
-- it recorded the outcome, else 0.
local function finish(key, id, attempt, outcome, at)
  local entry = redis.call('HGET', key, id)
  if not entry then return 0 end
  local ends, earlier, crossed, last, owner = read(entry)
  if last ~= attempt then return 0 end
  if outcome == '` + pushUnknown + `' then
    write(key, id, at, earlier, crossed, attempt, owner)
    return 1
  end
  local kept = crossed == '1' or earlier ~= '0'
  if outcome == '` + pushDone + `' then
    kept = tonumber(earlier) > tonumber(at)
    crossed = '0'
  end
  if kept then
    write(key, id, earlier, '0', crossed, '-', owner)
  else
    redis.call('HDEL', key, id)
  end
  return 1
end
`

// announcePushScript records a push that is about to be sent, and claims its voicesite, if
// neither the site nor since has changed since the caller read it, its row holds the claim on its
// name, its batch is in the state in which it was read, the voicesite is no other site's, and no
// push of another row to the voicesite may still arrive. A row's own earlier pushes carry
// the same address, so the push does not wait for them.
//
//	KEYS  1 sites, 2 batch, 3 claims, 4 voicesites, 5 pushes, 6 since, 7 account
//	ARGV  1 row, 2 version as read, 3 batch id, 4 state of the batch, 5 field of the
//	      site's name in claims, 6 voiceSiteId, 7 now, 8 when the push can no longer
//	      arrive (both Unix ms), 9 attempt, 10 the site's name, 11 since as read with the site ("" any)
//	answer: {"announced", crossed ("0" or "1")} | {"missing"} no such site | {"stale"} |
//	        {"taken"} the name is another row's | {"moved"} the batch is in another state, paused, or cancelled with
//	        its ordered sites |
//	        {"unclaimed"} claims on names or voicesites are missing | {"foreign", field in
//	        claims of the site that has the voicesite, its claim} | {"pending", until when
//	        another row's push may arrive (Unix ms)}
var announcePushScript = redis.NewScript(heldLua + pushEntry + `
local was = redis.call('HGET', KEYS[1], ARGV[1])
if not was then return {'missing'} end
if was:match('^%d+') ~= ARGV[2] then return {'stale'} end
if ARGV[11] ~= '' and (redis.call('GET', KEYS[6]) or '0') ~= ARGV[11] then return {'stale'} end
local own = ARGV[3] .. '/' .. ARGV[1]
if redis.call('HEXISTS', KEYS[3], '` + fieldNamesComplete + `') == 0 then return {'unclaimed'} end
local holder, place = held(KEYS[3], ARGV[5], ARGV[10])
if holder ~= own then return {'taken'} end
if redis.call('HGET', KEYS[2], 'state') ~= ARGV[4] or isPaused(KEYS[2], KEYS[7])
    or redis.call('HGET', KEYS[2], '` + fieldCancelled + `') == '` + string(rollout.LeaveOrdered) + `' then
  return {'moved'}
end
if redis.call('HEXISTS', KEYS[4], '') == 0 then return {'unclaimed'} end
local site = redis.call('HGET', KEYS[4], ARGV[6])
if site and site ~= place then
  return {'foreign', site, redis.call('HGET', KEYS[3], site) or ''}
end
local before, crossed = '0', '0'
local entry = redis.call('HGET', KEYS[5], ARGV[6])
if entry then
  local ends, earlier, crossing, attempt, owner = read(entry)
  if not owner then
    crossed = '1'
  else
    if attempt == ARGV[9] then return {'announced', crossing} end
    before = later(ends, earlier)
    crossed = crossing
    if owner ~= own then
      if tonumber(before) > tonumber(ARGV[7]) then return {'pending', before} end
      crossed = '1'
    end
  end
end
redis.call('HSET', KEYS[4], ARGV[6], place)
write(KEYS[5], ARGV[6], ARGV[8], before, crossed, ARGV[9], own)
return {'announced', crossed}`)

// endPushScript records the outcome of a push by which the voicesite has no address, as far
// as known. advanceScript records the others.
//
//	KEYS  1 pushes
//	ARGV  1 voiceSiteId, 2 attempt, 3 "over": the push cannot arrive any more,
//	      "unknown": it may, 4 unknown: until when (Unix ms)
//	answer: 1 recorded, 0 not
var endPushScript = redis.NewScript(pushEntry + `
return finish(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4])`)

// dropPushesScript deletes pushes that could last arrive long ago, and those that cannot be
// read.
//
//	KEYS  1 pushes
//	ARGV  1 pushes that could last arrive before this are deleted (Unix ms)
//	answer: number of entries that were deleted
var dropPushesScript = redis.NewScript(pushEntry + `
local known, dropped = redis.call('HGETALL', KEYS[1]), 0
for i = 1, #known, 2 do
  local ends, earlier = read(known[i+1])
  if not ends or tonumber(later(ends, earlier)) < tonumber(ARGV[1]) then
    dropped = dropped + redis.call('HDEL', KEYS[1], known[i])
  end
end
return dropped`)

// claimVoiceSiteScript claims a voicesite for a site, whichever site had it.
//
//	KEYS  1 claims, 2 voicesites
//	ARGV  1 voiceSiteId, 2 field of the site's name in claims, 3 the site's name
//	answer: number of fields that were added
var claimVoiceSiteScript = redis.NewScript(heldLua + `
local _, place = held(KEYS[1], ARGV[2], ARGV[3])
return redis.call('HSET', KEYS[2], ARGV[1], place)`)

// openVoiceSitesScript marks the claims on voicesites as complete if no site is claimed.
//
//	KEYS  1 claims, 2 voicesites, 3 names
//	answer: 1 marked, 0 not
var openVoiceSitesScript = redis.NewScript(`
local whole = redis.call('HEXISTS', KEYS[1], '` + fieldNamesComplete + `') -- no claim itself
if redis.call('HLEN', KEYS[1]) > whole or redis.call('EXISTS', KEYS[3]) > 0 then return 0 end
return redis.call('HSETNX', KEYS[2], '', '1')`)
