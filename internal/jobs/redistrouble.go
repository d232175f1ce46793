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
)

// The pauses after commands that Redis in trouble did not carry out, and between two tries of
// a write: the first one, and the longest, to which they double.
const (
	redisPauseFirst = 100 * time.Millisecond
	redisPauseMax   = 2 * time.Second
)

// troubleLogEvery is how often, at most, trouble with Redis is logged.
const troubleLogEvery = time.Minute

// troubles are the kinds of trouble of Redis as a whole: the words in an error by which
// each is recognised, and what to do about it.
var troubles = []struct {
	words []string
	cure  string
}{
	{[]string{"OOM command not allowed"}, "Redis is full: give it more memory (maxmemory), or delete other applications' data"},
	{[]string{"READONLY You can't write"}, "this Redis is a replica and takes no writes: set REDIS_URL to the primary"},
	{[]string{"MOVED ", "ASK ", "CLUSTERDOWN ", "CROSSSLOT ", "TRYAGAIN ", "cluster support disabled"},
		"this Redis is part of a cluster, which is not supported: set REDIS_URL to a single primary"},
	{[]string{"LOADING "}, "Redis is still reading its data: it is waited for"},
	{[]string{"NOAUTH "}, "Redis wants a password: put it into REDIS_URL (redis://:PASSWORD@host)"},
	{[]string{"WRONGPASS ", "invalid password", "without any password configured"},
		"Redis does not accept the user or the password of REDIS_URL: correct them"},
	{[]string{"NOPERM ", "has no permissions"},
		"the user of REDIS_URL may not use this command: allow it all commands on all keys and channels"},
	{[]string{"MISCONF "}, "Redis cannot write to its disk: free some space, and read its log"},
	{[]string{"NOREPLICAS ", "MASTERDOWN "}, "Redis does not reach its replicas or its primary: check its replication"},
	{[]string{"the clock of Redis differs"},
		"the clocks of this machine and of Redis' machine are too far apart: set both by NTP"},
	{[]string{"BUSY "}, "Redis is busy with another client's script: wait, or end the script with redis-cli SCRIPT KILL"},
	{[]string{"max number of clients reached"}, "Redis takes no more connections: raise maxclients, or start fewer workers"},
	{[]string{"connection refused", "no such host", "i/o timeout", "network is unreachable", "no route to host", "connection reset",
		"broken pipe", "EOF", "failed to dial"},
		"Redis cannot be reached: start it, or check REDIS_URL and the network"},
}

// troubleCure says what to do about an error if it is trouble of Redis as a whole, and
// "" otherwise: most error replies concern one command only, and are no trouble.
func troubleCure(text string) string {
	for _, t := range troubles {
		for _, words := range t.words {
			if strings.Contains(text, words) {
				return t.cure
			}
		}
	}
	return ""
}

// levelOf is the level at which an error is logged: debug for trouble of Redis as a whole,
// because DelayRedisErrors logs that already.
func levelOf(text string) slog.Level {
	if troubleCure(text) != "" {
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
			if failed := cmd.Err(); failed != nil && troubleCure(failed.Error()) != "" {
				trouble = failed
				break
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
	cure := ""
	if err != nil && !errors.Is(err, redis.Nil) && ctx.Err() == nil {
		cure = troubleCure(err.Error())
	}
	h.mu.Lock()
	if cure == "" {
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
		h.log.Error("Redis does not do its work; everything waits, and goes on by itself when Redis works again", "what_to_do", cure, "err", err)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
