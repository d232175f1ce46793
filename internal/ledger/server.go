// Restarts of Redis: a Redis that was restarted may have lost its last writes, or have the data
// of an older copy, or be another one. What was ordered since is then not in the ledger, and
// a survey in it may be older than that.

package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// RunID returns the id that a Redis chose when it started; "" if it does not tell, such as the
// embedded one, or if its user may not ask.
func RunID(ctx context.Context, on *redis.Conn) (string, error) {
	info, err := on.Info(ctx, "server").Result()
	var refusal redis.Error
	switch {
	case errors.As(err, &refusal) && slices.ContainsFunc(noRunID, func(words string) bool {
		return strings.HasPrefix(refusal.Error(), words)
	}):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("asking Redis for its run id: %w", err)
	}
	for line := range strings.Lines(info) {
		if id, found := strings.CutPrefix(strings.TrimSpace(line), "run_id:"); found {
			return id, nil
		}
	}
	return "", nil
}

// noRunID begins the refusals of a Redis that does not tell its run id; the last one is
// miniredis'.
var noRunID = []string{"NOPERM ", "ERR ", "section "}

// ClockError says that the worker's clock is Ahead of Redis' by more than allowed; behind it, if
// that is negative.
type ClockError struct{ Ahead time.Duration }

func (e *ClockError) Error() string {
	return fmt.Sprintf("the clock of Redis differs from this machine's by %.1f s", e.Ahead.Abs().Seconds())
}

// RestartWatch is how a worker's connections notice restarts of Redis.
type RestartWatch struct {
	RunID func(context.Context, *redis.Conn) (string, error) // the function RunID, or a test's
	Now   func() time.Time                                   // the worker's clock
	// MaxOffset is how far Redis' clock may be from the worker's.
	MaxOffset time.Duration
}

// OnConnect is for a worker's redis.Options. When the run id of the Redis is another one than that
// of the last connection of any worker, the ledger counts as begun at this moment (keySince): as
// with an empty ledger, nothing is ordered before a survey of the account that is younger shows
// what was ordered earlier. No command of a connection comes before that, and no connection
// outlives a restart, unless a proxy between them answers for Redis. The error is a *ClockError if
// the clock of the Redis, which may be another one than before, is too far off, as far as one answer
// can tell: times that surveys have by the clock of the earlier one could not be compared.
func (w RestartWatch) OnConnect(ctx context.Context, on *redis.Conn) error {
	before := w.Now()
	theirs, err := on.Time(ctx).Result()
	if err != nil {
		return fmt.Errorf("asking Redis for the time: %w", err)
	}
	trip := w.Now().Sub(before)
	if ahead := before.Add(trip / 2).Sub(theirs); ahead.Abs()-trip/2 > w.MaxOffset {
		return &ClockError{ahead}
	}
	id, err := w.RunID(ctx, on)
	if err != nil || id == "" {
		return err
	}
	if err := restartScript.Run(ctx, on, []string{keyRunID(), keySince()}, id).Err(); err != nil {
		return fmt.Errorf("noting which Redis holds the ledger: %w", err)
	}
	return nil
}

// restartScript notes the run id of the Redis and, if it is another one than before, that the
// ledger began now. That is also so if no run id is known of a ledger: it may be an old copy that
// an earlier version wrote.
//
//	KEYS  1 run id, 2 since
//	ARGV  1 the run id
//	answer: 1 the Redis was restarted, 0 it was not
var restartScript = redis.NewScript(nowInLua + `
local kind = redis.call('TYPE', KEYS[1]).ok
local known = ''
if kind == 'string' or kind == 'none' then known = redis.call('GET', KEYS[1]) else redis.call('DEL', KEYS[1]) end
if known == ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
if not known and redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('SET', KEYS[2], string.format('%.0f', now))
return 1`)
