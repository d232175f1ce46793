// The workers that run. Each gives a sign of life, so that people who wait for a batch learn when no
// worker runs.

package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// SignLifetime is how long a worker counts as running after its last sign of life.
const SignLifetime = time.Minute

// RunningWorker is a worker that runs, with what others must know of its settings.
type RunningWorker struct {
	ID string `json:"-"` // unique
	// RecoveryDelay is how long after the ledger began, or its Redis was restarted, the worker
	// sends no order.
	RecoveryDelay time.Duration `json:"recoveryDelay"` // in nanoseconds
	// AddressDelay is how long after the same moment the worker sends no address.
	AddressDelay time.Duration `json:"addressDelay"` // in nanoseconds
	// PausedQueues are the queues of asynq that somebody paused, as the worker last found.
	PausedQueues []string `json:"pausedQueues,omitempty"`
}

// Sign notes that a worker runs, for SignLifetime. While its records are there, that takes no memory,
// so that it works on a full Redis; records that were lost or damaged are written again.
func (l *Ledger) Sign(ctx context.Context, w RunningWorker) error {
	about, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("giving a sign of life: %w", err)
	}
	err = signScript.Run(ctx, l.rdb, []string{keyWorkers(), keyWorker(""), keyWorker(w.ID)},
		w.ID, about, SignLifetime.Milliseconds()).Err()
	if err != nil {
		return fmt.Errorf("giving a sign of life: %w", err)
	}
	return nil
}

// SignOff notes that a worker has stopped.
func (l *Ledger) SignOff(ctx context.Context, id string) error {
	_, err := l.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, keyWorker(id))
		p.SRem(ctx, keyWorkers(), id)
		return nil
	})
	if err != nil {
		return fmt.Errorf("signing off: %w", err)
	}
	return nil
}

// Workers lists the workers that run, in any order.
func (l *Ledger) Workers(ctx context.Context) ([]RunningWorker, error) {
	ids, err := l.rdb.SMembers(ctx, keyWorkers()).Result()
	if wrongType(err) {
		return nil, nil // the next sign of life writes it again
	}
	if err != nil {
		return nil, fmt.Errorf("reading which workers run: %w", err)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	pipe := l.rdb.Pipeline()
	read := make([]*redis.StringCmd, len(ids))
	for i, id := range ids {
		read[i] = pipe.Get(ctx, keyWorker(id))
	}
	if err := served(pipe.Exec(ctx)); err != nil {
		return nil, fmt.Errorf("reading which workers run: %w", err)
	}
	var running []RunningWorker
	for i, cmd := range read {
		w := RunningWorker{ID: ids[i]}
		if cmd.Err() == nil && json.Unmarshal([]byte(cmd.Val()), &w) == nil {
			running = append(running, w)
		}
	}
	return running, nil
}

// signScript prolongs the sign of life of a worker. If its records are lost or damaged, it writes them,
// and drops the workers whose sign has expired.
//
//	KEYS  1 workers, 2 worker without an id, 3 worker
//	ARGV  1 its id, 2 JSON about it, 3 lifetime of the sign (ms)
//	answer: 1
var signScript = redis.NewScript(baseLua + `
fit(KEYS[1], 'set') fit(KEYS[3], 'string')
if redis.call('GET', KEYS[3]) == ARGV[2] and redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then
  return redis.call('PEXPIRE', KEYS[3], ARGV[3])
end
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if redis.call('EXISTS', KEYS[2] .. id) == 0 then redis.call('SREM', KEYS[1], id) end
end
redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
redis.call('SADD', KEYS[1], ARGV[1])
return 1`)
