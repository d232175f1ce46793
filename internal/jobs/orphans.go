package jobs

// This file hands tasks back to their queues whose worker died. asynq does that
// itself after up to two minutes, and never for a task that lost its lease; it
// offers no way to do it sooner. So these are the only lines that know how asynq
// 0.26 keeps its tasks: a list of active ones, a sorted set of leases, a list of
// pending ones, and a hash for each task.

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// lease is how long asynq's lease of a task lasts from each renewal.
const lease = 30 * time.Second

// handBackScript moves active tasks back to the head of their queue if their lease
// ends too early, or is gone. A worker that lives after all, and finishes such a
// task, is told by asynq that it is not active any more, and the ledger's
// compare-and-set makes one of the two win.
//
//	KEYS  1 active tasks, 2 leases, 3 pending tasks
//	ARGV  1 a lease that ends before this (Unix s) was not renewed lately,
//	      2 prefix of a task's own key
//	answer: how many were moved
var handBackScript = redis.NewScript(`
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

// handBack hands back every active task about which no worker was heard since.
func (q *Queue) handBack(ctx context.Context, since time.Time) error {
	for _, queue := range queues {
		key := "asynq:{" + queue + "}:"
		err := handBackScript.Run(ctx, q.rdb, []string{key + "active", key + "lease", key + "pending"},
			since.Add(lease).Unix(), key+"t:").Err()
		if err != nil {
			return fmt.Errorf("handing back the tasks of a dead worker in queue %s: %w", queue, err)
		}
	}
	return nil
}
