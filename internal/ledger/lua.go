// What the scripts share: functions in Lua.

package ledger

// baseLua begins scripts that look at keys of other batches, or at keys that may be damaged. A place
// is "<batch>/<row>"; a nameless key is that of a batch without a name, from which the keys of any
// batch's are made.
//
//	isA(key, kind): whether the key is of type kind; 'none': it is missing
//	fit(key, kind): deletes the key if it is not of type kind
//	key(nameless, id): the key of batch id
//	split(place): batch and row; nothing if it is no place
//	isOpen(open, place): whether a row has not ended; open is keyOpen, nameless
//	followerOf(followers, row): the place of the row that follows a row, by keyFollowers; "" if
//	none does, or the record cannot be read
//	isPaused(batch, account): whether a batch is paused, by itself or with the account
//	log(key, who, what, detail): writes an entry into the audit log at key; a failure changes nothing
//	else. It comes after the change that it records, so that a full Redis has refused that before
//	wake(open, followers, follower, now): makes due the first row that has not ended, of follower
//	and those that follow it one behind the other; open and followers are nameless
const baseLua = `
local function isA(key, kind)
  local is = redis.call('TYPE', key)
  return (is.ok or is) == kind
end
local function fit(key, kind)
  if not isA(key, kind) and not isA(key, 'none') then redis.call('DEL', key) end
end
local function key(nameless, id)
  return (nameless:gsub('batch::', function() return 'batch:' .. id .. ':' end))
end
local function split(place)
  local batch, row = place:match('^([^/]+)/([1-9]%d*)$')
  if batch and #row <= ` + mostDigits + ` then return batch, row end
end
local function isOpen(open, place)
  local batch, row = split(place)
  return batch and isA(key(open, batch), 'zset') and redis.call('ZSCORE', key(open, batch), row)
end
local function followerOf(followers, row)
  local place = isA(followers, 'hash') and redis.call('HGET', followers, row) or ''
  return split(place) and place or ''
end
local function isPaused(batch, account)
  return redis.call('HEXISTS', batch, '` + fieldPaused + `') == 1
    or isA(account, 'hash') and redis.call('HEXISTS', account, '` + fieldPaused + `') == 1
end
local function wake(open, followers, follower, now)
  for _ = 1, ` + longestLineInLua + ` do
    local batch, row = split(follower)
    if not batch then return end
    if isOpen(open, follower) then
      redis.call('ZADD', key(open, batch), 'XX', now, row)
      return
    end
    follower = followerOf(key(followers, batch), row)
  end
end
local function log(key, who, what, detail)
  fit(key, 'stream')
  redis.pcall('XADD', key, 'MAXLEN', '~', '` + auditLength + `', '*', 'who', who, 'what', what, 'detail', detail)
end
`

// mostDigits is how many digits the number of a row has at most.
const mostDigits = "12"

// MostFollowers is how many rows of one site that follow each other are looked at, at most.
const MostFollowers = 1000

// longestLineInLua is MostFollowers.
const longestLineInLua = "1000"

// nowInLua is Redis' clock in Unix milliseconds, as a local variable of a script.
const nowInLua = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)`
