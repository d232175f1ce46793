// What asynq has no call for. Tasks of dead workers are handed back to their queues; asynq
// does so after up to two minutes, and never if the lease was lost. Tasks that asynq would
// never deliver, and those that an earlier version left in its queues, are removed. This is
// the only file that knows how asynq 0.26 keeps its tasks: lists of pending and of active
// ones, sorted sets of leases, of scheduled tasks, of those to be retried, of archived and of
// completed ones, and a hash for each task.

package jobs

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// keyQueue begins all keys of a queue. It is followed by "pending", "active", "lease",
// "scheduled", "retry", "archived", "completed", by "paused", a key that is there while the queue is
// paused, or by "t:" and a task's id.
func keyQueue(queue string) string { return "asynq:{" + queue + "}:" }

// asynqLeaseTime is how long asynq's lease of a task lasts from each renewal.
const asynqLeaseTime = 30 * time.Second

// handBackScript moves active tasks back to the head of their queue if their lease
// ends too early, or is gone. A worker that lives after all, and finishes such a
// task, is told by asynq that it is not active any more, and the ledger's
// compare-and-set makes one of the two win.
//
//	KEYS  1 active tasks, 2 leases, 3 pending tasks, 4 lease of the sweep
//	ARGV  1 a lease that ends before this (Unix s) was not renewed lately,
//	      2 prefix of a task's own key, 3 term of the sweep
//	answer: how many were moved; -1: the term is over
var handBackScript = redis.NewScript(ledger.FenceLua + `
if not leads(KEYS[4], ARGV[3]) then return -1 end
local moved = 0
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local ends = redis.call('ZSCORE', KEYS[2], id)
  if not ends or tonumber(ends) < tonumber(ARGV[1]) then
    redis.call('LREM', KEYS[1], 1, id)
    redis.call('ZREM', KEYS[2], id)
    redis.call('RPUSH', KEYS[3], id)
    redis.call('HSET', ARGV[2] .. id, 'state', 'pending')
    moved = moved + 1
  end
end
return moved`)

// handBack hands back every active task whose lease no worker has renewed since. It reports
// whether any task was active; then it needs lead, which returns the term of the sweep. The error is
// ledger.ErrNoLongerLeader if the term is over.
func (q *Queue) handBack(
	ctx context.Context, lead func(context.Context) (ledger.Term, error), since time.Time,
) (active bool, err error) {
	list, err := q.activeQueues(ctx)
	if err != nil {
		return false, fmt.Errorf("looking for active tasks: %w", err)
	}
	if len(list) == 0 {
		return false, nil
	}
	by, err := lead(ctx)
	if err != nil {
		return true, err
	}
	lease, term := by.Fence()
	for _, queue := range list {
		key := keyQueue(queue)
		n, err := handBackScript.Run(ctx, q.rdb, []string{key + "active", key + "lease", key + "pending", lease},
			since.Add(asynqLeaseTime).Unix(), key+"t:", term).Int()
		if err == nil && n < 0 {
			err = ledger.ErrNoLongerLeader
		}
		if err != nil {
			return true, fmt.Errorf("handing back the tasks of a dead worker in queue %s: %w", queue, err)
		}
	}
	return true, nil
}

// activeQueues returns the queues that have active tasks. If none has, it costs one command.
func (q *Queue) activeQueues(ctx context.Context) (active []string, err error) {
	keys := make([]string, len(queues))
	for i, queue := range queues {
		keys[i] = keyQueue(queue) + "active" // Redis deletes a list that is empty
	}
	if n, err := q.rdb.Exists(ctx, keys...).Result(); err != nil || n == 0 {
		return nil, err
	}
	for i, queue := range queues {
		n, err := q.rdb.Exists(ctx, keys[i]).Result()
		if err != nil {
			return nil, err
		}
		if n > 0 {
			active = append(active, queue)
		}
	}
	return active, nil
}

// clocksApart is how far the clocks of two processes that make tasks may be apart, so
// that the order of a queue's tasks can be told by when they were made.
const clocksApart = time.Minute

// removeDeadScript removes a task that asynq will never deliver: it is archived or
// completed, its record cannot be read, or it is not in the list of its state. A task
// that waits to be delivered, or is being delivered, stays. So no term is compared: any process may
// run it at any time. The list of pending tasks may
// be long, so a pending task is looked up in it only if it is older than the oldest there.
//
//	KEYS  1 task, 2 pending, 3 active, 4 scheduled, 5 retry, 6 archived, 7 completed
//	ARGV  1 its id, 2 prefix of a task's own key, 3 how far clocks may be apart (ns)
//	answer: the state of the task that was removed; "" if none was
var removeDeadScript = redis.NewScript(`
local kind = redis.call('TYPE', KEYS[1])
kind = kind.ok or kind
if kind == 'none' then return '' end
local msg, state, since
if kind == 'hash' then msg, state, since = unpack(redis.call('HMGET', KEYS[1], 'msg', 'state', 'pending_since')) end
local function pending()
  if since then
    for i = -1, -100, -1 do
      local other = redis.call('LINDEX', KEYS[2], i)
      local oldest = other and redis.call('HGET', ARGV[2] .. other, 'pending_since')
      if oldest and tonumber(since) > tonumber(oldest) - tonumber(ARGV[3]) then return true end
      if oldest or not other then break end
    end
  end
  return redis.call('LPOS', KEYS[2], ARGV[1], 'RANK', -1)
end
if msg and (state == 'scheduled' and redis.call('ZSCORE', KEYS[4], ARGV[1])
    or state == 'retry' and redis.call('ZSCORE', KEYS[5], ARGV[1])
    or state == 'active' and redis.call('LPOS', KEYS[3], ARGV[1])
    or state == 'pending' and pending()) then
  return ''
end
if not msg or not state then
  redis.call('LREM', KEYS[2], 0, ARGV[1])
  redis.call('LREM', KEYS[3], 0, ARGV[1])
end
for i = 4, 7 do redis.call('ZREM', KEYS[i], ARGV[1]) end
redis.call('DEL', KEYS[1])
return state or 'unreadable'`)

// removeDead removes a task if asynq will never deliver it, and returns the state in
// which it was; "" if the task is not dead.
func (q *Queue) removeDead(ctx context.Context, queue, id string) (state string, err error) {
	key := keyQueue(queue)
	return removeDeadScript.Run(ctx, q.rdb, []string{
		key + "t:" + id, key + "pending", key + "active", key + "scheduled", key + "retry", key + "archived", key + "completed",
	}, id, key+"t:", clocksApart.Nanoseconds()).Text()
}

// oldQueues are the queues of earlier versions, without a prefix, and what the ids of
// their tasks look like. Other applications may have queues of these names.
var oldQueues = []struct {
	name, kind string
	id         *regexp.Regexp
}{
	{"batch", kindClose, regexp.MustCompile("^" + kindClose + ":[^:]+$")},
	{string(rollout.StageAddress), kindAddress, regexp.MustCompile("^" + kindAddress + `:[^:]+:\d+:\d+$`)},
	{string(rollout.StageOrder), kindOrder, regexp.MustCompile("^" + kindOrder + `:[^:]+:\d+:\d+$`)},
	{string(rollout.StageValidate), kindValidate, regexp.MustCompile("^" + kindValidate + `:[^:]+:\d+:\d+$`)},
}

// oldChunk is how many tasks of an old queue are looked at together.
const oldChunk = 500

// removeOldScript removes tasks of a kind from a list or a sorted set of a queue. Active
// ones stay as long as a worker holds their lease. No term is compared: this version needs none of
// these tasks, and a sweeper that was frozen asks with an older time, at which more leases were held.
//
//	KEYS  1 list or sorted set, 2 leases
//	ARGV  1 "list" or "zset", 2 prefix of a task's own key, 3 kind, 4 now (Unix s), then
//	      the ids of the tasks
//	answer: {how many were removed, how many stay for their lease}
var removeOldScript = redis.NewScript(`
local removed, leased = 0, 0
local begins = '\n' .. string.char(#ARGV[3]) .. ARGV[3] -- a message, in Protocol Buffers, of this kind
for i = 5, #ARGV do
  local key = ARGV[2] .. ARGV[i]
  local msg = redis.call('HGET', key, 'msg')
  if not msg or msg:sub(1, #begins) == begins then
    local ends = redis.call('ZSCORE', KEYS[2], ARGV[i])
    if ends and tonumber(ends) >= tonumber(ARGV[4]) then
      leased = leased + 1
    else
      if ARGV[1] == 'list' then redis.call('LREM', KEYS[1], -1, ARGV[i]) else redis.call('ZREM', KEYS[1], ARGV[i]) end
      redis.call('ZREM', KEYS[2], ARGV[i])
      redis.call('DEL', key)
      removed = removed + 1
    end
  end
end
return {removed, leased}`)

// removeOld removes the tasks that an earlier version left in its queues; the sweep makes
// new ones of all that are still needed. Tasks of other applications are not touched.
// leased is how many stay because a worker of that version holds their lease.
func (q *Queue) removeOld(ctx context.Context, now time.Time) (removed, leased int, err error) {
	for _, old := range oldQueues {
		for _, part := range []string{"pending", "active", "scheduled", "retry", "archived", "completed"} {
			read, shape := q.rdb.ZRange, "zset"
			if part == "pending" || part == "active" {
				read, shape = q.rdb.LRange, "list"
			}
			key := keyQueue(old.name)
			// Tasks that were looked at and stay, counted from the end, from which asynq takes tasks.
			for stay := int64(0); ; {
				ids, err := read(ctx, key+part, -stay-oldChunk, -stay-1).Result()
				if err != nil {
					return removed, leased, fmt.Errorf("reading the tasks that an earlier version left in queue %s: %w", old.name, err)
				}
				args := []any{shape, key + "t:", old.kind, now.Unix()}
				for _, id := range slices.Backward(ids) {
					if old.id.MatchString(id) {
						args = append(args, id)
					}
				}
				n := []int64{0, 0}
				if len(args) > 4 {
					if n, err = removeOldScript.Run(ctx, q.rdb, []string{key + part, key + "lease"}, args...).Int64Slice(); err != nil {
						return removed, leased, fmt.Errorf("removing the tasks that an earlier version left in queue %s: %w", old.name, err)
					}
				}
				removed, leased = removed+int(n[0]), leased+int(n[1])
				stay += int64(len(ids)) - n[0]
				if len(ids) < oldChunk {
					break
				}
			}
		}
	}
	return removed, leased, nil
}
