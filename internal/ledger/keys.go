package ledger

import "github.com/redis/go-redis/v9"

// This file holds the keys and scripts of the ledger. Those of pushes are in pushkeys.go,
// those of claims in claims.go, and the scripts that mend damaged records in
// mendscripts.go. All keys carry the hash tag {btr}, so that one script may touch several
// of them, on a cluster too.

// keyBatches is a sorted set: batch id → when it was created, in Unix milliseconds.
func keyBatches() string { return "{btr}:batches" }

// keyOpenBatches is a set: ids of the batches that are not done.
func keyOpenBatches() string { return "{btr}:batches:open" }

// keySince is a string: when this ledger was first written to, in Unix milliseconds.
// Whatever was done before, it does not remember.
func keySince() string { return "{btr}:since" }

// keyBatch is a hash about one batch. Times are in Unix milliseconds, unless said
// otherwise:
//
//	entered    when it was created, by Redis' clock
//	meta       JSON of rollout.Batch
//	state      rollout.BatchState
//	touched    when its upload last gave a sign of life, by Redis' clock
//	doubted    "<when that was first found to be long ago> <touched, as it was then>",
//	           both by Redis' clock
//	withdrawn  when its upload was withdrawn, by Redis' clock
//	reason     why it is blocked
//	strikes    how often lately the account did not work
//	unblocked  when the account last worked again
//	edition    how often a person decided about a site
//	report     path of the report
//	finished   when it was done (RFC 3339)
func keyBatch(id string) string { return "{btr}:batch:" + id }

// keyRows is a hash: row → JSON of what the row asks. Written once.
func keyRows(id string) string { return "{btr}:batch:" + id + ":rows" }

// keySites is a hash: row → "<version> <state> <JSON of rollout.Progress>".
func keySites(id string) string { return "{btr}:batch:" + id + ":sites" }

// keyCounts is a hash: state → how many sites of the batch are in it.
func keyCounts(id string) string { return "{btr}:batch:" + id + ":counts" }

// keyCountries is JSON of what is known of the countries of a batch. Written once, and
// apart from the batch, because nobody needs it who works on a site.
func keyCountries(id string) string { return "{btr}:batch:" + id + ":countries" }

// keyOpen is a sorted set: row of each site that has not ended → when its next
// step is due, in Unix milliseconds. It is empty when the batch is through.
func keyOpen(id string) string { return "{btr}:batch:" + id + ":open" }

// keyWaiting is a hash: row of each site in state ordered → "<when its order is next
// to be looked at by itself> <when it was made> <orderId>", both in Unix milliseconds.
func keyWaiting(id string) string { return "{btr}:batch:" + id + ":waiting" }

// keyDuty is the string "1", and expires. It is the lease on a duty: a duty is the work
// that a lease in Redis gives to one worker at a time. Package jobs has the duties sweep,
// survey:CUSTOMER, poll:CUSTOMER, polled:CUSTOMER (no process polls as long as it is held),
// probe:BATCH and claims:CUSTOMER, package precheck fact:SUBJECT/NAME.
func keyDuty(name string) string { return "{btr}:duty:" + name }

// keySurvey is a hash for each customer: the fields of the last survey of the account,
// and "@", when the survey began, in Unix milliseconds. It has a lifetime. Earlier versions
// kept theirs, which knew names by their exact spelling only, as {btr}:account:CUSTOMER.
func keySurvey(customer string) string { return "{btr}:survey:" + customer }

// keySurveyNext is the same for a survey that is being written; publishScript renames it.
func keySurveyNext(customer, unique string) string {
	return keySurvey(customer) + ":next:" + unique
}

// keySurveyReading is a hash for each customer: the survey that is being made. "@cursor"
// (how far it is, as package jobs writes it), "@began" (in Unix milliseconds), "@total"
// (how many items there are, as far as told), "#" and a kind (how many different items of
// it were read), and for each item its kind, a colon and its identity → its text. It has
// a lifetime, which each page renews.
func keySurveyReading(customer string) string { return keySurvey(customer) + ":reading" }

// keyFacts is a hash for each subject of which the API tells something, such as a
// country as one account sees it: name of the fact → "<when it was asked for, by
// Redis' clock, in Unix microseconds> <text>". It has a lifetime.
func keyFacts(subject string) string { return "{btr}:facts:" + subject }

// addScript writes new sites, and claims the name of each for its row, in one
// step. A site is not written if its claim is no longer what the caller saw, or the
// record of the row that holds it has changed since: the caller's judgement of the two
// is out of date. A batch that is not importing any more, because it was withdrawn,
// takes none.
//
//	KEYS  1 rows, 2 sites, 3 counts, 4 open, 5 claims, 6 batch,
//	      7 sites of the batch without a name, from which the key of any batch's is made
//	ARGV  1 now, by Redis' clock (Unix ms), 2 batch id, then for each site:
//	      row, state, "1" if it has not ended, JSON of the row, JSON of the progress,
//	      name ("" to claim nothing), its field in claims, claim as seen ("" none),
//	      version of that row's record as seen ("" any)
//	answer: the rows that lost their claim; {-1}: the batch takes no sites; {-2}: claims
//	        are missing
var addScript = redis.NewScript(heldLua + `
if redis.call('HGET', KEYS[6], 'state') ~= 'importing' then return {-1} end
if redis.call('HEXISTS', KEYS[5], '` + fieldWhole + `') == 0 then return {-2} end
redis.call('HSET', KEYS[6], 'touched', ARGV[1])

local function changed(claim, version)
  if version == '' then return false end
  local batch, row = claim:match('^(.*)/(%d+)$')
  local record = redis.call('HGET', (KEYS[7]:gsub(':sites$', function() return batch .. ':sites' end)), row)
  return not record or record:match('^%d+') ~= version
end

local lost = {}
for i = 3, #ARGV, 9 do
  local row, state, open, input, progress = ARGV[i], ARGV[i+1], ARGV[i+2], ARGV[i+3], ARGV[i+4]
  local name, field, seen, version = ARGV[i+5], ARGV[i+6], ARGV[i+7], ARGV[i+8]
  local holder, place = '', field
  if name ~= '' then holder, place = held(KEYS[5], field, name) end
  local mine = ARGV[2] .. '/' .. row
  if name ~= '' and holder ~= mine and ((holder or '') ~= seen or changed(seen, version)) then
    lost[#lost+1] = row
  elseif redis.call('HSETNX', KEYS[1], row, input) == 1 then
    if name ~= '' then redis.call('HSET', KEYS[5], place, mine) end
    redis.call('HSET', KEYS[2], row, '1 ' .. state .. ' ' .. progress)
    redis.call('HINCRBY', KEYS[3], state, 1)
    if open == '1' then redis.call('ZADD', KEYS[4], ARGV[1], row) end
  end
end
return lost`)

// advanceScript moves one site on, if nobody moved it since the caller read it and,
// where the caller asks for it, the site's name is still claimed for it. A site leaves
// review by a person's decision only: then a batch that was done goes on, and a report
// that is just being written is of an old edition.
//
//	KEYS  1 sites, 2 counts, 3 open, 4 claims, 5 batch, 6 open batches, 7 waiting, 8 pushes
//	ARGV  1 row, 2 version as read, 3 new state, 4 JSON of the progress,
//	      5 when the next step is due (Unix ms), "" if the site has ended,
//	      6 batch id, 7 name whose claim must be the site's ("" any),
//	      8 its entry among those that wait for their order, "" if it does not,
//	      9 state in which the batch must be ("" any), 10 field of the name in claims,
//	      11 its voiceSiteId, 12 the push by which that has its address, "" if there is
//	      nothing to say of one, 13 when it was answered (Unix ms)
//	answer: {1 moved | 0 somebody else did | -1 no such site | -2 the name is
//	        another's | -3 the batch is in another state | -4 claims are missing,
//	        sites still open}
var advanceScript = redis.NewScript(heldLua + pushEntry + `
local was = redis.call('HGET', KEYS[1], ARGV[1])
if not was then return {-1, redis.call('ZCARD', KEYS[3])} end
local version, state = was:match('^(%d+) (%a+) ')
if version ~= ARGV[2] then return {0, redis.call('ZCARD', KEYS[3])} end
if ARGV[7] ~= '' and redis.call('HEXISTS', KEYS[4], '` + fieldWhole + `') == 0 then
  return {-4, redis.call('ZCARD', KEYS[3])}
end
if ARGV[7] ~= '' and (held(KEYS[4], ARGV[10], ARGV[7])) ~= ARGV[6] .. '/' .. ARGV[1] then
  return {-2, redis.call('ZCARD', KEYS[3])}
end
if ARGV[9] ~= '' and redis.call('HGET', KEYS[5], 'state') ~= ARGV[9] then
  return {-3, redis.call('ZCARD', KEYS[3])}
end
redis.call('HSET', KEYS[1], ARGV[1], (version + 1) .. ' ' .. ARGV[3] .. ' ' .. ARGV[4])
if state ~= ARGV[3] then
  redis.call('HINCRBY', KEYS[2], ARGV[3], 1)
  if redis.call('HINCRBY', KEYS[2], state, -1) == 0 then redis.call('HDEL', KEYS[2], state) end
end
if ARGV[5] == '' then
  redis.call('ZREM', KEYS[3], ARGV[1])
else
  redis.call('ZADD', KEYS[3], ARGV[5], ARGV[1])
end
if ARGV[8] ~= '' then
  redis.call('HSET', KEYS[7], ARGV[1], ARGV[8])
elseif state == 'ordered' then
  redis.call('HDEL', KEYS[7], ARGV[1])
end
if state == 'review' then
  redis.call('HINCRBY', KEYS[5], 'edition', 1)
  if redis.call('HGET', KEYS[5], 'state') == 'done' then
    redis.call('HSET', KEYS[5], 'state', 'running')
    redis.call('SADD', KEYS[6], ARGV[6])
  end
end
if ARGV[12] ~= '' then finish(KEYS[8], ARGV[11], ARGV[12], 'done', ARGV[13]) end
return {1, redis.call('ZCARD', KEYS[3])}`)

// lookScript says when the order of a site that still waits for it is next to be
// looked at by itself.
//
//	KEYS  1 waiting
//	ARGV  1 row, 2 when (Unix ms)
//	answer: 1 said, 0 the site does not wait any more
var lookScript = redis.NewScript(`
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if not entry then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. entry:match('^%d+(.*)$'))
return 1`)

// shortenScript caps the remaining time of a lease.
//
//	KEYS  1 duty
//	ARGV  1 the longest remaining time (ms)
//	answer: 1 shortened; 0 the lease expires before that, is free or has no expiry
var shortenScript = redis.NewScript(`
if redis.call('PTTL', KEYS[1]) <= tonumber(ARGV[1]) then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])`)

// keepPageScript adds a page to a survey that is being made, unless another worker went
// on with it since the caller read its cursor. A cursor is never the same twice, so a
// frozen worker that was taken for dead changes nothing when it goes on.
//
//	KEYS  1 survey being made
//	ARGV  1 cursor as read ("": none, so what is there is dropped), 2 new cursor,
//	      3 lifetime (ms), 4 kind of the items, 5 when the survey began (Unix ms),
//	      6 how many items there are, then pairs of identity and text
//	answer: how many different items of the kind were read; -1: another worker went on
var keepPageScript = redis.NewScript(`
local was = redis.call('HGET', KEYS[1], '@cursor') or ''
if was ~= ARGV[1] then return -1 end
if was == '' then redis.call('DEL', KEYS[1]) end
local fresh = 0
for i = 7, #ARGV, 2 do
  fresh = fresh + redis.call('HSET', KEYS[1], ARGV[4] .. ':' .. ARGV[i], ARGV[i+1])
end
redis.call('HSET', KEYS[1], '@cursor', ARGV[2], '@began', ARGV[5], '@total', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return redis.call('HINCRBY', KEYS[1], '#' .. ARGV[4], fresh)`)

// dropReadingScript forgets a survey that is being made, unless another worker went on
// with it since the caller read its cursor.
//
//	KEYS  1 survey being made
//	ARGV  1 cursor as read ("" none)
//	answer: 1 dropped, 0 not
var dropReadingScript = redis.NewScript(`
if (redis.call('HGET', KEYS[1], '@cursor') or '') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)

// publishScript puts a survey that was written in the place of the one before, unless
// that one began later.
//
//	KEYS  1 survey that was written, 2 last survey
//	ARGV  1 when it began (Unix ms)
//	answer: 1 published, 0 dropped because a later one is there
var publishScript = redis.NewScript(`
local readable = redis.call('TYPE', KEYS[2]).ok == 'hash'
local began = readable and tonumber(redis.call('HGET', KEYS[2], '@') or '')
if began and began > tonumber(ARGV[1]) then redis.call('DEL', KEYS[1]) return 0 end
redis.call('RENAME', KEYS[1], KEYS[2])
return 1`)

// batchStateScript moves a batch from one state to another, neither of which is done.
//
//	KEYS  1 batch
//	ARGV  1 state it must be in, 2 new state, then pairs of further fields to set
//	answer: 1 moved, 0 it was in another state
var batchStateScript = redis.NewScript(`
if redis.call('HGET', KEYS[1], 'state') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[2])
for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i+1]) end
return 1`)

// nowInLua is Redis' clock in Unix milliseconds, as a local variable of a script.
const nowInLua = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)`

// touchScript notes that the upload of a batch is alive.
//
//	KEYS  1 batch
//	answer: 1 noted, 0 the batch is not importing
var touchScript = redis.NewScript(nowInLua + `
if redis.call('HGET', KEYS[1], 'state') ~= 'importing' then return 0 end
redis.call('HSET', KEYS[1], 'touched', now)
return 1`)

// withdrawScript withdraws the upload of a batch that is importing: at once, or only if it
// is silent. Then it must have given no sign of life for a time, and afterwards none while
// it is watched, from the first call that finds this. So an outage of Redis, or a step of
// its clock, withdraws no living upload.
//
//	KEYS  1 batch
//	ARGV  1 how long it must have been silent (ms), "" if it is withdrawn anyway,
//	      2 how long it must have been watched after that (ms)
//	answer: 1 withdrawn, now or earlier; 0 not; -1 not yet, it is being watched;
//	        -2 there is no such batch
var withdrawScript = redis.NewScript(nowInLua + `
local state, withdrawn = unpack(redis.call('HMGET', KEYS[1], 'state', 'withdrawn'))
if not state then return -2 end
if state == 'withdrawn' or withdrawn then return 1 end
if state ~= 'importing' then return 0 end
if ARGV[1] ~= '' then
  local touched, doubted = unpack(redis.call('HMGET', KEYS[1], 'touched', 'doubted'))
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
redis.call('HSET', KEYS[1], 'state', 'withdrawn', 'withdrawn', now)
return 1`)

// finishScript ends a batch, unless a site is open, or a person decided about one
// since the report was begun.
//
//	KEYS  1 batch, 2 open, 3 open batches
//	ARGV  1 batch id, 2 edition of the report, 3 its path, 4 now (RFC 3339)
//	answer: 1 done, 0 not
var finishScript = redis.NewScript(`
local state = redis.call('HGET', KEYS[1], 'state')
if not state or state == 'done' or state == 'importing' or redis.call('ZCARD', KEYS[2]) > 0 then return 0 end
if (redis.call('HGET', KEYS[1], 'edition') or '0') ~= ARGV[2] then return 0 end
redis.call('SREM', KEYS[3], ARGV[1])
redis.call('HSET', KEYS[1], 'state', 'done', 'report', ARGV[3], 'finished', ARGV[4], 'reason', '')
return 1`)

// blockScript blocks a running batch, and counts how often that happened lately.
//
//	KEYS  1 batch
//	ARGV  1 reason, 2 now (Unix ms), 3 for how long the account must have worked for
//	      earlier strikes to be forgotten (ms)
//	answer: how many strikes there are now, 0 if it was not running
var blockScript = redis.NewScript(`
if redis.call('HGET', KEYS[1], 'state') ~= 'running' then return 0 end
local unblocked = redis.call('HGET', KEYS[1], 'unblocked')
if not unblocked or ARGV[2] - unblocked > tonumber(ARGV[3]) then redis.call('HDEL', KEYS[1], 'strikes') end
redis.call('HSET', KEYS[1], 'state', 'blocked', 'reason', ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'strikes', 1)`)

// forgetFactsScript drops the old facts of a subject, and those that cannot be read.
//
//	KEYS  1 facts
//	ARGV  1 those asked for before this are dropped (Unix µs)
//	answer: how many were dropped
var forgetFactsScript = redis.NewScript(`
local known, dropped = redis.call('HGETALL', KEYS[1]), 0
for i = 1, #known, 2 do
  local asked = tonumber(known[i+1]:match('^%d+') or '')
  if not asked or asked < tonumber(ARGV[1]) then
    dropped = dropped + redis.call('HDEL', KEYS[1], known[i])
  end
end
return dropped`)
