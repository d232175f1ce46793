// This file runs tests in virtual time, in bubbles of testing/synctest: their Redis and
// their simulator are in memory, their clocks go on as soon as all goroutines wait, and a
// busy machine changes nothing. Tests that need a redis-server run in real time.

package jobs_test

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/dlclark/regexp2"
	"github.com/redis/go-redis/v9"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/simtest"
)

// endsWithin is how long a goroutine may live on after its test.
const endsWithin = time.Minute

// virtually runs a test in virtual time, beside other tests. A goroutine that has not
// ended endsWithin after the test fails it.
func virtually(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		t.Cleanup(func() { time.Sleep(endsWithin) }) // comes last
		test(t)
	})
}

// runVirtually runs a subtest in virtual time, beside other tests.
func runVirtually(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { virtually(t, test) })
}

// startRegexpClock starts the clock of regexp2's time limits, which all tests share,
// outside their bubbles, so that it goes on when one of them ends.
func startRegexpClock() error {
	long := regexp2.MustCompile("x", regexp2.None)
	long.MatchTimeout = time.Hour
	_, err := long.MatchString("x")
	return err
}

// expireEvery is how exactly the keys of a memoryRedis expire.
const expireEvery = 100 * time.Millisecond

// memoryRedis is a Redis without sockets.
type memoryRedis struct {
	*miniredis.Miniredis
	quick bool // its clients have emptyQueues
}

// newMemoryRedis starts a Redis whose clock is the test's, and whose keys expire.
func newMemoryRedis(t *testing.T) memoryRedis {
	t.Helper()
	m := miniredis.NewMiniRedis()
	ended, expired := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(expired)
		for tick := time.NewTicker(expireEvery); ; {
			select {
			case <-tick.C:
				m.FastForward(expireEvery)
			case <-ended:
				tick.Stop()
				return
			}
		}
	}()
	t.Cleanup(func() {
		close(ended)
		<-expired
		m.Close()
	})
	return memoryRedis{m, true}
}

// poolSize is more connections than one client needs at once.
const poolSize = 2000

// connect opens a client that is closed with the test.
func (m memoryRedis) connect(t testing.TB) *redis.Client {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{
		Addr:   "127.0.0.1:6379",
		Dialer: func(context.Context, string, string) (net.Conn, error) { return dialBuffered(m.Miniredis) },
		// The client's pool takes the age of a connection from the real clock, and who waits for
		// a connection uses timers of other tests: nobody waits.
		ConnMaxIdleTime: -1,
		PoolSize:        poolSize,
	})
	t.Cleanup(func() { rdb.Close() })
	if m.quick {
		rdb.AddHook(emptyQueues{m.Miniredis})
	}
	return rdb
}

// emptyQueues answers asynq when it looks into an empty queue, which its servers do many
// times a second, and which otherwise is most of what these tests cost: miniredis starts a
// Lua interpreter each time.
type emptyQueues struct{ redis *miniredis.Miniredis }

func (e emptyQueues) DialHook(next redis.DialHook) redis.DialHook { return next }

func (e emptyQueues) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (e emptyQueues) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		script, ok := cmd.(*redis.Cmd)
		if !ok || cmd.Name() != "evalsha" || ctx.Err() != nil {
			return next(ctx, cmd)
		}
		keys := cmd.Args()[3:]
		key, n := fmt.Sprint(keys[0]), cmd.Args()[2]
		queue, of, found := strings.Cut(key, "}:")
		if !found || !strings.HasPrefix(queue, "asynq:") || e.redis.Exists(key) {
			return next(ctx, cmd)
		}
		switch {
		case n == 4 && of == "pending": // takes a pending task
			script.SetErr(redis.Nil)
			return redis.Nil
		case n == 2 && (of == "scheduled" || of == "retry") && keys[1] == queue+"}:pending": // moves tasks that are due
			script.SetVal(int64(0))
			return nil
		}
		return next(ctx, cmd)
	}
}

// bufferedConn is a connection whose writes do not wait for their reader, as those of a
// socket do not: a client writes a long pipeline before it reads the first reply.
type bufferedConn struct {
	net.Conn
	written chan []byte
	closed  chan struct{}
	close   func() error
}

// dialBuffered makes a connection to a miniredis.
func dialBuffered(m *miniredis.Miniredis) (net.Conn, error) {
	pipe, err := m.Dial()
	if err != nil {
		return nil, err
	}
	c := &bufferedConn{Conn: pipe, written: make(chan []byte, 1000), closed: make(chan struct{})}
	c.close = sync.OnceValue(func() error {
		close(c.closed)
		return pipe.Close()
	})
	go func() {
		for {
			select {
			case part := <-c.written:
				_, _ = pipe.Write(part) // if that fails, the reader sees it
			case <-c.closed:
				return
			}
		}
	}()
	return c, nil
}

func (c *bufferedConn) Write(part []byte) (int, error) {
	select {
	case c.written <- slices.Clone(part):
		return len(part), nil
	case <-c.closed:
		return 0, net.ErrClosed
	}
}

func (c *bufferedConn) Close() error { return c.close() }

// memoryServers are a Redis and a simulator in memory, for a test in virtual time.
func memoryServers(t *testing.T) servers {
	t.Helper()
	return servers{newMemoryRedis(t).connect, simtest.StartInMemory}
}

// newVirtualRig makes a rig in memory, for a test in virtual time.
func newVirtualRig(t *testing.T, o btsim.Options, meddle func(http.Handler) http.Handler, change ...func(*btapi.Config)) *rig {
	t.Helper()
	o.Latency = cmp.Or(o.Latency, time.Millisecond) // otherwise no time passes while calls are made
	return memoryServers(t).newRig(t, o, meddle, change...)
}
