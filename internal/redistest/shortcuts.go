// Commands of asynq that clients of a Virtual answer by themselves.

package redistest

import (
	"context"
	"fmt"
	"strings"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// shortcuts is a hook that answers asynq's reads of empty queues and, if unlisted is set, its
// writes to the list of servers.
type shortcuts struct {
	redis    *miniredis.Miniredis
	unlisted bool
}

// DialHook changes nothing.
func (s shortcuts) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook changes nothing.
func (s shortcuts) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook answers a command, or lets it through.
func (s shortcuts) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		switch {
		case ctx.Err() != nil:
		case s.unlisted && listsServers(cmd):
			return nil
		case cmd.Name() == "evalsha" && s.answerEmpty(cmd):
			return cmd.Err()
		}
		return next(ctx, cmd)
	}
}

// listsServers reports whether asynq writes or removes which servers run.
func listsServers(cmd redis.Cmder) bool {
	at := 1
	switch cmd.Name() {
	case "zadd", "zrem":
	case "evalsha":
		at = 3
	default:
		return false
	}
	key := fmt.Sprint(cmd.Args()[at])
	return strings.HasPrefix(key, "asynq:servers") || strings.HasPrefix(key, "asynq:workers")
}

// answerEmpty answers a script of asynq that looks for tasks in an empty list, as Redis would. It
// reports whether the command was such a script.
func (s shortcuts) answerEmpty(cmd redis.Cmder) bool {
	script, ok := cmd.(*redis.Cmd)
	if !ok {
		return false
	}
	keys, n := cmd.Args()[3:], cmd.Args()[2]
	key := fmt.Sprint(keys[0])
	queue, of, found := strings.Cut(key, "}:")
	if !found || !strings.HasPrefix(queue, "asynq:") || s.redis.Exists(key) {
		return false
	}
	switch {
	case n == 4 && of == "pending": // takes a pending task
		script.SetErr(redis.Nil)
	case n == 2 && (of == "scheduled" || of == "retry") && keys[1] == queue+"}:pending": // moves tasks that are due
		script.SetVal(int64(0))
	case n == 1 && of == "lease": // looks for tasks whose worker died
		script.SetVal([]any{})
	case n == 1 && of == "aggregation_sets": // looks for groups of tasks, which nobody uses
		script.SetVal("OK")
	default:
		return false
	}
	return true
}
