package ledger

// This file holds the scripts that mend damaged records; see damage.go and lease.go.

import "github.com/redis/go-redis/v9"

// mendLua begins scripts that mend records.
//
//	count(sites, counts): replaces the counts by those of the sites' records
//	fit(key, kind): deletes a key that is not of this type
const mendLua = `
local function count(sites, counts)
  local n = {}
  for _, record in ipairs(redis.call('HVALS', sites)) do
    local state = record:match('^%d+ (%a+) ')
    if state then n[state] = (n[state] or 0) + 1 end
  end
  redis.call('DEL', counts)
  for state, number in pairs(n) do redis.call('HSET', counts, state, number) end
end
local function fit(key, kind)
  local is = redis.call('TYPE', key)
  is = is.ok or is
  if is ~= kind and is ~= 'none' then redis.call('DEL', key) end
end`

// condemnScript replaces a site's record that cannot be read by one of a site in Review.
//
//	KEYS  1 sites, 2 counts, 3 open, 4 waiting
//	ARGV  1 row, 2 the record as it was read ("" there was none), 3 the new record,
//	      4 state of the old record ("" unknown)
//	answer: 1 replaced, 0 it changed since
var condemnScript = redis.NewScript(mendLua + `
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
return 1`)

// mendScript derives the counts and lists of a batch from its sites: it deletes fields
// that are no rows, counts the states again, and corrects the lists of open and of waiting
// sites.
//
//	KEYS  1 sites, 2 counts, 3 open, 4 waiting, 5 rows
//	ARGV  1 now, by Redis' clock (Unix ms), then the states of open sites
//	answer: 1
var mendScript = redis.NewScript(mendLua + `
local open = {}
for i = 2, #ARGV do open[ARGV[i]] = true end
for _, key in ipairs({KEYS[1], KEYS[5]}) do
  for _, row in ipairs(redis.call('HKEYS', key)) do
    if not row:match('^%d+$') then redis.call('HDEL', key, row) end
  end
end
fit(KEYS[2], 'hash') fit(KEYS[3], 'zset') fit(KEYS[4], 'hash')
count(KEYS[1], KEYS[2])
local sites, states = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #sites, 2 do
  local row, state, body = sites[i], sites[i+1]:match('^%d+ (%a+) (.*)$')
  if state then
    states[row] = state
    if open[state] and not redis.call('ZSCORE', KEYS[3], row) then redis.call('ZADD', KEYS[3], ARGV[1], row) end
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

// mendListsScript drops a list of batches that is of a wrong type.
//
//	KEYS  1 batches, 2 open batches
//	answer: 1 one of the lists is missing now, 0 none is
var mendListsScript = redis.NewScript(mendLua + `
fit(KEYS[1], 'zset') fit(KEYS[2], 'set')
if redis.call('EXISTS', KEYS[1], KEYS[2]) < 2 then return 1 end
return 0`)

// relistScript enters a batch into the lists in which it must be.
//
//	KEYS  1 batches, 2 open batches, 3 batch
//	ARGV  1 its id
//	answer: 1, or 0 if there is no record of the batch
var relistScript = redis.NewScript(`
local state, entered = unpack(redis.call('HMGET', KEYS[3], 'state', 'entered'))
if redis.call('EXISTS', KEYS[3]) == 0 then return 0 end
redis.call('ZADD', KEYS[1], 'NX', tonumber(entered) or 0, ARGV[1])
if state ~= 'done' then redis.call('SADD', KEYS[2], ARGV[1]) end
return 1`)

// acquireScript acquires a lease that is free, or damaged: its key has no expiry.
//
//	KEYS  1 duty
//	ARGV  1 lifetime (ms)
//	answer: 1 acquired, 0 another process holds it
var acquireScript = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 1 and redis.call('PTTL', KEYS[1]) ~= -1 then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
return 1`)
