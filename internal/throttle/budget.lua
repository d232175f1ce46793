-- One request to the budget that all processes share: it records a refusal, grants slots
-- and returns the status. Only SetRate and ResetRate change the budget otherwise. All times
-- are in whole microseconds; points of time are Redis' clock, since 1970.
--
-- KEYS   1 the budget, then one for each quota
-- ARGV   1 number of slots that are requested, 0 for the status only
--        2 the least time from now to the first slot
--        3 the pause that a refusal asked for, 0 if it named none, -1: no refusal
--        4 a random number from 0 to 1
--        5 calls, 6 period of BT_RATE, then the same of each quota
-- answer 1 now, 2 number of pauses so far, 3 number of slots that are granted,
--        4 the first slot; if none is granted, when a call could be made
--        5 from one slot to the next, 6 when more slots can be granted
--        7 what slot 4 waits for: 0 the rate, 1 a pause, 2 a quota
--        8 calls, 9 period of the rate in force, 10 1 if a person set it
--        11 the part of it that is used at present, in millionths
--        12 when the last pause ends or ended
--        then for each quota the number of calls that count against it now

-- Slots are further apart than the rate says by this factor, so that every window stays
-- below the rate even if a call is late by up to 3.5 % of the period: 35 ms for a rate per
-- second. 15 ms of it are for this process (lateness in dispatch.go), the rest for the network.
local HEADROOM = 1.035
-- No slot is granted whose time is further away than this. It covers a slow round trip. More
-- would be lost if a process died, and would delay urgent callers of other processes.
local HORIZON = 250000
-- A quota's period has PARTS sub-windows. A call counts for COUNTED of them: those of a
-- period, one that the period only touches, and one more for calls that are late.
local PARTS, COUNTED = 60, 62
-- Pauses after refusals that name none: the API's spike arrest counts by the second, its
-- quotas by the minute. The random part spreads the end of the pause.
local FIRST, LONGEST, JITTER = 1000000, 60000000, 0.25
-- After calls were not refused for this time, the next pause is FIRST again: a rate that is
-- too high for a spike arrest is refused within a second, a quota that is used up at once.
local CALM = 5000000
-- A refusal halves the rate, down to SLOWEST; the rate doubles within RECOVERY, so that it is
-- whole again after a minute at most, the period of the API's quotas.
local SLOWEST, RECOVERY = 1 / 16, 15000000

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local wanted, lead, refused = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local function read(key)
  local flat, fields = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

local budget = read(KEYS[1])
local function number(name, default) return tonumber(budget[name] or default) end
local function write(name, value)
  if type(value) == 'number' then value = string.format('%.17g', value) end
  if budget[name] ~= value then redis.call('HSET', KEYS[1], name, value) end
end

-- The part of the rate that is used, and the pause.
local since, notBefore = number('since', 0), number('notBefore', 0)
local pauses, tried = number('pauses', 0), number('tried', 0)
local part = math.min(1, number('part', 1) * 2 ^ (math.max(0, now - since) / RECOVERY))
-- A refusal counts only if a call was made since the last pause.
if refused >= 0 then
  local pause, till = number('pause', 0), now + refused
  if notBefore == 0 or tried > 0 and now >= tried then
    if now - tried > CALM then pause = 0 end
    if refused == 0 then
      pause = math.min(math.max(2 * pause, FIRST), LONGEST)
      till = now + math.ceil(pause * (1 + JITTER * tonumber(ARGV[4])))
    end
    part = math.max(part / 2, SLOWEST)
    write('pause', pause)
  end
  if till > math.max(now, notBefore) then
    notBefore, since, tried, pauses = till, till, 0, pauses + 1
    write('part', part)
    write('since', since)
    write('notBefore', notBefore)
    write('tried', tried)
    write('pauses', pauses)
  end
end

-- When the next call may be made. The clock may have been set back since the last.
local calls, period = number('calls', ARGV[5]), number('period', ARGV[6])
local apart = math.ceil(period / calls / part * HEADROOM)
local last = math.min(number('last', 0), now + 2 * HORIZON)
local first, waitsFor = math.max(now + lead, last + apart), 0
if notBefore > first then first, waitsFor = notBefore, 1 end
local quotas, grantable = {}, wanted
for i = 2, #KEYS do
  local q = {key = KEYS[i], calls = tonumber(ARGV[2 * i + 3]), size = tonumber(ARGV[2 * i + 4]) / PARTS}
  q.counts, q.order, q.used, q.now = read(q.key), {}, 0, 0
  for window, count in pairs(q.counts) do
    if (tonumber(window) + COUNTED) * q.size <= now then
      redis.call('HDEL', q.key, window)
    else
      q.order[#q.order + 1] = tonumber(window)
      q.used = q.used + tonumber(count)
    end
  end
  q.now = q.used
  table.sort(q.order)
  for _, window in ipairs(q.order) do
    local gone = math.ceil((window + COUNTED) * q.size)
    if gone > first then
      if q.used < q.calls then break end
      first, waitsFor = gone, 2
    end
    q.used = q.used - tonumber(q.counts[string.format('%.0f', window)])
  end
  grantable = math.min(grantable, q.calls - q.used)
  quotas[#quotas + 1] = q
end

-- Granting slots.
local granted, following = 0, first
if wanted > 0 and first <= now + HORIZON then
  granted, following = grantable, first + grantable * apart
  write('last', first + (granted - 1) * apart)
  if tried == 0 then write('tried', first) end
  for _, q in ipairs(quotas) do
    local counts = {}
    for i = 0, granted - 1 do
      local window = string.format('%.0f', math.floor((first + i * apart) / q.size))
      counts[window] = (counts[window] or tonumber(q.counts[window] or 0)) + 1
    end
    for window, count in pairs(counts) do redis.call('HSET', q.key, window, string.format('%.0f', count)) end
    redis.call('PEXPIRE', q.key, string.format('%.0f', math.ceil(2 * PARTS * q.size / 1000)))
  end
  write('settings', table.concat(ARGV, ' ', 5))
end

local answer = {
  now, pauses, granted, first, apart, following - HORIZON, waitsFor,
  calls, period, budget.calls and 1 or 0, part * 1000000, notBefore,
}
for _, q in ipairs(quotas) do answer[#answer + 1] = q.now end
return answer
