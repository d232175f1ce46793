// This file puts Redis in trouble under a worker, and counts what it is asked for.

package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// troubledFor is for how long Redis is in trouble, and mostErrors how often a worker may
// ask it in vain meanwhile. Without pauses it is 500 to 30,000 times.
const (
	troubledFor = 2 * time.Second
	mostErrors  = 150
)

// loud collects what is logged for people.
type loud struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *loud) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *loud) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSpace(l.text.String()), "\n")
}

// counted counts the commands of a client.
type counted struct{ n *atomic.Int64 }

func (c counted) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c counted) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.n.Add(1)
		return next(ctx, cmd)
	}
}

func (c counted) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.n.Add(int64(len(cmds)))
		return next(ctx, cmds)
	}
}

// eased gives the worker a client of its own, as app.NewWorker does, and counts its
// commands.
func (r *rig) eased() (*loud, *atomic.Int64) {
	log, commands := &loud{}, &atomic.Int64{}
	r.config.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	rdb := r.connect(r.t)
	jobs.DelayRedisErrors(rdb, r.config.Log)
	rdb.AddHook(counted{commands})
	r.config.Redis, r.config.Ledger = rdb, ledger.New(rdb)
	return log, commands
}

// errorReplies is how many errors of a kind a redis-server has answered.
func (r *rig) errorReplies(kind string) int {
	r.t.Helper()
	info, err := r.rdb.Info(r.t.Context(), "errorstats").Result()
	if err != nil {
		r.t.Fatal(err)
	}
	n := 0
	if found := regexp.MustCompile("errorstat_" + kind + `:count=(\d+)`).FindStringSubmatch(info); found != nil {
		n, _ = strconv.Atoi(found[1])
	}
	return n
}

func TestDelayRedisErrors_AWorkerLeavesARedisInTroubleAlone(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct {
		begin, end [][]any
		cure       string
	}{
		"OOM": {
			[][]any{{"config", "set", "maxmemory", "1mb"}}, [][]any{{"config", "set", "maxmemory", "0"}}, "give it more memory",
		},
		"READONLY": {
			[][]any{{"replicaof", "127.0.0.1", "1"}}, [][]any{{"replicaof", "no", "one"}}, "set REDIS_URL to the primary",
		},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := realServers(t).newRig(t, btsim.Options{}, nil)
			log, _ := r.eased()
			do := func(commands [][]any) {
				t.Helper()
				for _, args := range commands {
					if err := r.rdb.Do(t.Context(), args...).Err(); err != nil {
						t.Fatal(args, err)
					}
				}
			}
			r.submit("b", sitesFrom(3)...)
			do(c.begin)
			stop := r.startWorker()
			before := r.errorReplies(kind)
			time.Sleep(troubledFor)
			n := r.errorReplies(kind) - before
			t.Logf("%d errors in %s", n, troubledFor)
			if n == 0 || n > mostErrors {
				t.Errorf("%d errors in %s, want at most %d and some", n, troubledFor, mostErrors)
			}
			if lines := log.lines(); len(lines) != 1 || !strings.Contains(lines[0], c.cure) {
				t.Errorf("logged, without %q or more than once:\n%s", c.cure, strings.Join(lines, "\n"))
			}
			do(c.end)
			b := r.wait("b", isDone)
			stop()
			r.judge("b")
			if b.Counts[rollout.Provisioned] != 3 || r.orders() != 3 {
				t.Errorf("ended as %v with %d orders", b.Counts, r.orders())
			}
		})
	}
}

// The other kinds, as far as a miniredis can play them.
func TestDelayRedisErrors_EachTroubleIsSaidWithItsCure(t *testing.T) {
	t.Parallel()
	for answer, cure := range map[string]string{
		"MOVED 3999 127.0.0.1:6381":                                        "set REDIS_URL to a single primary",
		"CLUSTERDOWN Hash slot not served":                                 "set REDIS_URL to a single primary",
		"LOADING Redis is loading the dataset in memory":                   "a running worker waits for it",
		"NOAUTH Authentication required.":                                  "wants a password",
		"WRONGPASS invalid username-password pair or user is disabled.":    "correct them",
		"NOPERM this user has no permissions to run the 'evalsha' command": "allow it all commands",
		"MISCONF Redis is configured to save RDB snapshots, but unable to": "free some space",
		"NOREPLICAS Not enough good replicas to write.":                    "check its replication",
		"BUSY Redis is busy running a script.":                             "SCRIPT KILL",
		"ERR max number of clients reached":                                "raise maxclients",
	} {
		runVirtually(t, strings.Fields(answer)[0], func(t *testing.T) {
			server := redistest.StartVirtual(t, redistest.VirtualOptions{AllCommands: true})
			r := servers{connectTo(server), simtest.StartInMemory}.newRig(t, btsim.Options{}, nil)
			log, commands := r.eased()
			r.submit("b", site(2))
			server.SetError(answer)
			stop := r.startWorker()
			before := commands.Load()
			time.Sleep(troubledFor / 2)
			if n := commands.Load() - before; n == 0 || n > mostErrors {
				t.Errorf("%d commands in %s, want at most %d and some", n, troubledFor/2, mostErrors)
			}
			if lines := log.lines(); len(lines) != 1 || !strings.Contains(lines[0], cure) {
				t.Errorf("logged, without %q or more than once:\n%s", cure, strings.Join(lines, "\n"))
			}
			server.SetError("")
			r.wait("b", isDone)
			stop()
		})
	}
}

// A worker whose Redis user may not use INFO works like any other.
func TestDelayRedisErrors_ARefusedINFOIsNoTrouble(t *testing.T) {
	virtually(t, func(t *testing.T) {
		server := newMemoryRedis(t)
		rdb, log := server.Connect(t, nil), &loud{}
		jobs.DelayRedisErrors(rdb, slog.New(slog.NewTextHandler(log, nil)))
		if err := rdb.Ping(t.Context()).Err(); err != nil { // a connection is made
			t.Fatal(err)
		}
		server.SetError("NOPERM this user has no permissions to run the 'info' command")
		began := time.Now()
		for range 10 {
			if err := rdb.Info(t.Context(), "server").Err(); err == nil {
				t.Fatal("INFO was not refused")
			}
		}
		server.SetError("")
		if lines := log.lines(); time.Since(began) > 0 || lines[0] != "" {
			t.Errorf("it took %s; logged: %q", time.Since(began), lines)
		}
	})
}

func TestDelayRedisErrors_OtherAnswersAndDeadlinesAreKept(t *testing.T) {
	virtually(t, func(t *testing.T) {
		server := newMemoryRedis(t)
		rdb := server.Connect(t, nil)
		jobs.DelayRedisErrors(rdb, slog.New(slog.DiscardHandler))
		// Were these delayed, it would take ten minutes.
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		server.Lpush("list", "x")
		for i := range 300 {
			if err := rdb.Get(ctx, fmt.Sprint("none", i)).Err(); !errors.Is(err, redis.Nil) {
				t.Fatal(err)
			}
			if err := rdb.Get(ctx, "list").Err(); err == nil || ctx.Err() != nil {
				t.Fatal("a list was read as a string", err, ctx.Err())
			}
			if err := redis.NewScript("return redis.error_reply('NOT FOUND')").Run(ctx, rdb, []string{"k"}).Err(); err == nil || ctx.Err() != nil {
				t.Fatal("an error of a script was lost", err, ctx.Err())
			}
		}
		// In trouble, a command waits no longer than it has time. Otherwise it would take more
		// than a minute.
		server.SetError("NOAUTH Authentication required.")
		for range 40 {
			short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
			_ = rdb.Get(short, "k").Err()
			cancel()
		}
		if ctx.Err() != nil {
			t.Error("commands with 10 ms were delayed for longer")
		}
	})
}
