// This file tests the answers that clients of a Virtual give by themselves.

package redistest

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
)

// emptyAnswers are scripts that answer as asynq's do when a queue has nothing that they look for.
var emptyAnswers = []struct {
	keys   []string
	script string
}{
	{[]string{"asynq:{q}:pending", "asynq:{q}:paused", "asynq:{q}:active", "asynq:{q}:lease"}, "return nil"},
	{[]string{"asynq:{q}:scheduled", "asynq:{q}:pending"}, "return 0"},
	{[]string{"asynq:{q}:retry", "asynq:{q}:pending"}, "return 0"},
	{[]string{"asynq:{q}:lease"}, "return {}"},
	{[]string{"asynq:{q}:aggregation_sets"}, "return redis.status_reply('OK')"},
}

// TestShortcuts_EmptyQueues holds that a client answers as the server does, and only if the
// queue is empty.
func TestShortcuts_EmptyQueues(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, empty := range emptyAnswers {
		var answers []string
		for _, all := range []bool{true, false} {
			r := StartVirtual(t, VirtualOptions{AllCommands: all})
			rdb := r.Connect(t, nil)
			sha := rdb.ScriptLoad(ctx, empty.script).Val()
			for _, filled := range []bool{false, true} {
				if filled {
					r.Set(empty.keys[0], "a task")
				}
				before := r.Commands()
				got, err := rdb.EvalSha(ctx, sha, empty.keys).Result()
				answers = append(answers, fmt.Sprintf("%T %v %v", got, got, err))
				if carried := r.Commands() > before; carried != (all || filled) {
					t.Errorf("%s: AllCommands %v, filled %v: the server got the script: %v", empty.keys[0], all, filled, carried)
				}
			}
		}
		if diff := cmp.Diff(answers[:2], answers[2:]); diff != "" {
			t.Errorf("%s: the server answers otherwise than the client: %s", empty.keys[0], diff)
		}
	}
}

// TestShortcuts_Unlisted holds that servers are listed unless Unlisted is set, and nothing else
// is dropped.
func TestShortcuts_Unlisted(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, unlisted := range []bool{true, false} {
		r := StartVirtual(t, VirtualOptions{Unlisted: unlisted})
		rdb := r.Connect(t, nil)
		for _, key := range []string{"asynq:servers", "asynq:workers", "asynq:{q}:scheduled"} {
			if err := rdb.ZAdd(ctx, key, redis.Z{Member: "m"}).Err(); err != nil {
				t.Error(err)
			}
		}
		sha := rdb.ScriptLoad(ctx, "return redis.call('SET', KEYS[1], '1')").Val()
		if err := rdb.EvalSha(ctx, sha, []string{"asynq:servers:{h:1:s}", "asynq:workers:{h:1:s}"}).Err(); err != nil {
			t.Error(err)
		}
		want := []string{"asynq:servers", "asynq:servers:{h:1:s}", "asynq:workers", "asynq:{q}:scheduled"}
		if unlisted {
			want = []string{"asynq:{q}:scheduled"}
		}
		if diff := cmp.Diff(want, r.Keys()); diff != "" {
			t.Errorf("Unlisted %v: %s", unlisted, diff)
		}
	}
}
