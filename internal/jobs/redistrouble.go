// Slows a worker down while Redis is in trouble, because asynq asks again at once after an
// error.

package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/redistrouble"
)

// The pauses after commands that Redis in trouble did not carry out, and between two tries of
// a write: the first one, and the longest, to which they double.
const (
	redisPauseFirst = 100 * time.Millisecond
	redisPauseMax   = 2 * time.Second
)

// troubleLogEvery is how often, at most, trouble with Redis is logged.
const troubleLogEvery = time.Minute

// levelOf is the level at which an error is logged: debug for trouble of Redis as a whole,
// because DelayRedisErrors logs that already.
func levelOf(text string) slog.Level {
	if _, found := redistrouble.InText(text); found {
		return slog.LevelDebug
	}
	return slog.LevelError
}

// redisTrouble is a hook of a Redis client. After a command that Redis in trouble did
// not carry out, it delays the answer.
type redisTrouble struct {
	log *slog.Logger

	mu     sync.Mutex
	pauses map[string]time.Duration // by command, for those that were not carried out the last time
	said   time.Time                // when trouble was last logged
}

// DelayRedisErrors delays the errors of a Redis in trouble: by 100 ms, doubling to 2 s with each
// further command of the same kind until one is carried out, and never beyond the end of
// the command's context. Once a minute it logs what to do. It is for a process that runs
// a Worker; call it once for a client.
func DelayRedisErrors(rdb *redis.Client, log *slog.Logger) {
	rdb.AddHook(&redisTrouble{log: log, pauses: map[string]time.Duration{}})
}

// DialHook changes nothing: if no connection can be made, the command fails.
func (h *redisTrouble) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook watches single commands.
func (h *redisTrouble) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if refusal := redis.Error(nil); cmd.Name() == "info" && errors.As(err, &refusal) {
			return err // what only INFO tells can be done without
		}
		h.answered(ctx, commandKind(cmd), err)
		return err
	}
}

// ProcessPipelineHook watches commands that are sent together.
func (h *redisTrouble) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		kind, trouble := "pipeline", err
		for _, cmd := range cmds {
			if failed := cmd.Err(); failed != nil {
				if _, found := redistrouble.InText(failed.Error()); found {
					trouble = failed
					break
				}
			}
		}
		if len(cmds) > 0 {
			kind += " " + commandKind(cmds[0])
		}
		h.answered(ctx, kind, trouble)
		return err
	}
}

// commandKind is the name of a command or, for scripts, the script. Redis in trouble may
// carry out commands of one kind, such as reads, and none of another.
func commandKind(cmd redis.Cmder) string {
	args := cmd.Args()
	if name := cmd.Name(); len(args) > 1 && strings.HasPrefix(name, "eval") {
		return fmt.Sprint(args[1])
	}
	return cmd.Name()
}

// answered delays the answer to a command if it is trouble.
func (h *redisTrouble) answered(ctx context.Context, kind string, err error) {
	trouble, found := redistrouble.Trouble{}, false
	if err != nil && !errors.Is(err, redis.Nil) && ctx.Err() == nil {
		trouble, found = redistrouble.InText(err.Error())
	}
	h.mu.Lock()
	if !found {
		if err == nil || ctx.Err() == nil {
			delete(h.pauses, kind)
		}
		h.mu.Unlock()
		return
	}
	pause := min(max(2*h.pauses[kind], redisPauseFirst), redisPauseMax)
	h.pauses[kind] = pause
	say := time.Since(h.said) >= troubleLogEvery
	if say {
		h.said = time.Now()
	}
	h.mu.Unlock()
	if say {
		h.log.Error("Redis does not do its work; everything waits, and goes on by itself when Redis works again",
			"what_to_do", trouble.String(), "err", err)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
