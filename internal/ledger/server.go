// Restarts of Redis: a Redis that starts anew may have lost its last writes, or have the data
// of an older copy, or be another one. What was ordered since is then not in the ledger, and
// a survey in it may be older than that.

package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// RunID returns the id that a Redis chose when it started; "" if it does not tell, such as the
// embedded one, or if its user may not ask.
func RunID(ctx context.Context, on *redis.Conn) (string, error) {
	info, err := on.Info(ctx, "server").Result()
	if err != nil {
		for _, refused := range []string{"NOPERM ", "ERR ", "section "} { // the last one is miniredis'
			if refusal := redis.Error(nil); errors.As(err, &refusal) && strings.HasPrefix(refusal.Error(), refused) {
				return "", nil
			}
		}
		return "", fmt.Errorf("asking Redis for its run id: %w", err)
	}
	for line := range strings.Lines(info) {
		if id, found := strings.CutPrefix(strings.TrimSpace(line), "run_id:"); found {
			return id, nil
		}
	}
	return "", nil
}

// NoticeRestarts returns an OnConnect for the clients of a process that orders. When the run id of
// the Redis is another one than that of the last connection of any process, the ledger counts as
// begun at this moment (keySince): as with an empty ledger, nothing is ordered before a survey of
// the account that is younger shows what was ordered earlier. No command of a connection comes
// before that, and no connection outlives a restart.
func NoticeRestarts(runID func(context.Context, *redis.Conn) (string, error)) func(context.Context, *redis.Conn) error {
	return func(ctx context.Context, on *redis.Conn) error {
		id, err := runID(ctx, on)
		if err != nil || id == "" {
			return err
		}
		if err := restartScript.Run(ctx, on, []string{keyServer(), keySince()}, id).Err(); err != nil {
			return fmt.Errorf("noting which Redis holds the ledger: %w", err)
		}
		return nil
	}
}

// restartScript notes the run id of the Redis and, if it is another one than before, that the
// ledger began now. A ledger of an earlier version, which has none, stays as it is.
//
//	KEYS  1 server, 2 since
//	ARGV  1 the run id
//	answer: 1 the Redis has started anew, 0 it has not
var restartScript = redis.NewScript(`
local kind = redis.call('TYPE', KEYS[1]).ok
local known = ''
if kind == 'string' or kind == 'none' then known = redis.call('GET', KEYS[1]) else redis.call('DEL', KEYS[1]) end
if known == ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
if not known then return 0 end
local now = redis.call('TIME')
redis.call('SET', KEYS[2], string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000)))
return 1`)
