// Tests of several limiters over one Redis, and of limiters whose Redis is away.

package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/redistest"
	"btrollout/internal/throttle"
)

// shared is a Redis that several limiters use.
type shared struct {
	connect func() *redis.Client
	// delay is how much later than its slot a call may be noted: 0 in virtual time. On
	// redis-server time is real, and the machine may be busy.
	delay time.Duration
}

// onEach runs a test in virtual time with miniredis, and in real time with redis-server.
func onEach(t *testing.T, f func(t *testing.T, on shared)) {
	t.Parallel()
	t.Run("miniredis", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			server := newRedis(t)
			f(t, shared{connect: func() *redis.Client { return server.Connect(t, nil) }})
		})
	})
	t.Run("redis-server", func(t *testing.T) {
		t.Parallel()
		url := redistest.Server(t)
		f(t, shared{func() *redis.Client { return redistest.Connect(t, url) }, 200 * time.Millisecond})
	})
}

// least is the least number of calls that a test wants: n in virtual time. In real time it is
// none, because a busy machine may make any number.
func (s shared) least(n int) int {
	if s.delay > 0 {
		return 0
	}
	return n
}

// limiter makes a limiter with a connection of its own, as another process would.
func (s shared) limiter(r throttle.Rate, quotas ...throttle.Rate) *throttle.Limiter {
	return throttle.New(s.connect(), r, quotas...)
}

func perSecond(calls int) throttle.Rate { return throttle.Rate{Calls: calls, Per: time.Second} }

// rush has callers of every limiter take slots until the time is over, and returns
// when they came.
func rush(t *testing.T, length time.Duration, limiters ...*throttle.Limiter) []time.Time {
	t.Helper()
	const callers = 24
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var mu sync.Mutex
	var came []time.Time
	var all sync.WaitGroup
	for _, l := range limiters {
		for rank := range callers {
			all.Go(func() {
				for {
					err := l.Wait(ctx, rank%4)
					now := time.Now()
					if errors.Is(err, context.DeadlineExceeded) {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					came = append(came, now)
					mu.Unlock()
				}
			})
		}
	}
	all.Wait()
	return came
}

func TestNoWindowHoldsMoreThanTheRate(t *testing.T) {
	for _, c := range []struct{ limiters, calls int }{{1, 1000}, {4, 500}} {
		t.Run(fmt.Sprintf("%d at %d a second", c.limiters, c.calls), func(t *testing.T) {
			onEach(t, func(t *testing.T, on shared) {
				var all []*throttle.Limiter
				for range c.limiters {
					all = append(all, on.limiter(perSecond(c.calls)))
				}
				came := rush(t, 1800*time.Millisecond, all...)
				if n := most(came, time.Second-on.delay); n > c.calls {
					t.Errorf("%d calls within a second", n)
				}
				if len(came) < on.least(c.calls*17/10) {
					t.Errorf("only %d calls in 1.8 s", len(came))
				}
			})
		})
	}
}

func TestNoWindowHoldsMoreThanAQuota(t *testing.T) {
	onEach(t, func(t *testing.T, on shared) {
		quota := perSecond(60)
		came := rush(t, 2500*time.Millisecond, on.limiter(perSecond(1000), quota), on.limiter(perSecond(1000), quota))
		if n := most(came, quota.Per-on.delay); n > quota.Calls {
			t.Errorf("%d calls within %v", n, quota.Per)
		}
		if len(came) < on.least(2*quota.Calls) {
			t.Errorf("only %d calls in 2.5 s", len(came))
		}
	})
}

// A process exceeds the rate not even on a Redis that forgets what it handed out.
func TestARedisThatForgets(t *testing.T) {
	onEach(t, func(t *testing.T, on shared) {
		rdb := on.connect()
		stop := make(chan struct{})
		var forgetting sync.WaitGroup
		forgetting.Go(func() {
			for tick := time.NewTicker(30 * time.Millisecond); ; {
				select {
				case <-stop:
					tick.Stop()
					return
				case <-tick.C:
					if err := rdb.FlushAll(t.Context()).Err(); err != nil {
						t.Error(err)
					}
				}
			}
		})
		came := rush(t, 2*time.Second, on.limiter(perSecond(500)))
		close(stop)
		forgetting.Wait()
		if n := most(came, time.Second-on.delay); n > 500 || n < on.least(50) {
			t.Errorf("%d calls within a second", n)
		}
	})
}

func TestAPauseIsEverybodys(t *testing.T) {
	onEach(t, func(t *testing.T, on shared) {
		a, b := on.limiter(perSecond(20)), on.limiter(perSecond(20))
		waited(t, a)
		waited(t, b)
		came := make(chan []time.Time)
		go func() { came <- rush(t, 2*time.Second, b) }()
		time.Sleep(300 * time.Millisecond)
		refused := time.Now()
		a.Throttled(time.Second)
		paused := time.Now()
		waited(t, a)
		if got := time.Since(refused); got < 900*time.Millisecond-on.delay {
			t.Errorf("the limiter that was refused waited for %v only", got)
		}
		during, after := 0, 0
		for _, at := range <-came {
			if into := at.Sub(paused); into > 950*time.Millisecond {
				after++
			} else if into > on.delay {
				during++
			}
		}
		// What b held when the pause was set, it may use until it asks again.
		if during > 2 || after < on.least(1) {
			t.Errorf("of the calls of another, %d came during the pause, and %d after it", during, after)
		}

		for _, l := range []*throttle.Limiter{a, b} {
			if s, err := l.Sustained(t.Context()); err != nil || s < 9.9 || s > 19 {
				t.Errorf("sustained are %v (%v), want half of 20, and growing", s, err)
			}
		}
		b.Throttled(time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		var again interface{ RetryAfter() time.Duration }
		if err := a.Wait(ctx, 0); !errors.As(err, &again) || again.RetryAfter() < time.Hour-time.Minute || time.Since(start) > 10*time.Second {
			t.Errorf("a pause that another process was told of: %v after %v", err, time.Since(start))
		}
	})
}

func TestTheRateChangesLive(t *testing.T) {
	onEach(t, func(t *testing.T, on shared) {
		rdb := on.connect()
		slow, fast := on.limiter(throttle.Rate{Calls: 1, Per: time.Hour}), on.limiter(perSecond(500))
		waited(t, slow)
		turn := make(chan error)
		go func() { turn <- slow.Wait(t.Context(), 0) }() // in an hour
		if err := throttle.SetRate(t.Context(), rdb, perSecond(40)); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-turn:
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("who waits does not notice that the rate has changed")
		}
		came := rush(t, 1500*time.Millisecond, slow, fast)
		if n := most(came, time.Second-on.delay); n > 40 || n < on.least(30) {
			t.Errorf("%d calls within a second at a rate of 40", n)
		}
		if s, err := throttle.ReadStatus(t.Context(), rdb); err != nil || !s.ByHand || s.Rate != perSecond(40) {
			t.Errorf("the rate was set, and is %+v (%v)", s, err)
		}

		if err := throttle.ResetRate(t.Context(), rdb); err != nil {
			t.Fatal(err)
		}
		came = rush(t, time.Second, fast)
		if n := most(came, time.Second-on.delay); n < on.least(400) {
			t.Errorf("%d calls within a second at BT_RATE again, which is 500", n)
		}
		if s, err := throttle.ReadStatus(t.Context(), rdb); err != nil || s.ByHand || s.Rate != perSecond(500) || s.Default != perSecond(500) {
			t.Errorf("the rate was reset, and is %+v (%v)", s, err)
		}
	})
}

func TestReadStatus(t *testing.T) {
	onEach(t, func(t *testing.T, on shared) {
		rdb := on.connect()
		look := func() throttle.Status {
			s, err := throttle.ReadStatus(t.Context(), rdb)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		if s := look(); s.Rate.Calls != 0 || s.ByHand || s.Part != 1 {
			t.Errorf("before anybody called: %+v", s)
		}
		if err := throttle.SetRate(t.Context(), rdb, perSecond(7)); err != nil {
			t.Fatal(err)
		}
		if s := look(); s.Rate != perSecond(7) || !s.ByHand || s.Default.Calls != 0 {
			t.Errorf("before anybody called, at a rate set by hand: %+v", s)
		}
		if err := throttle.ResetRate(t.Context(), rdb); err != nil {
			t.Fatal(err)
		}
		minute, day := rateOf(t, "600/m"), rateOf(t, "50000/d")
		l := on.limiter(perSecond(100), minute, day)
		for range 3 {
			waited(t, l)
		}
		l.Throttled(time.Minute)
		s := look()
		if s.Part < .49 || s.Part > .51 || s.Pause < 30*time.Second || s.Pause > time.Minute {
			t.Errorf("after a refusal: %+v", s)
		}
		// A slot that could not be used in time counts too.
		if len(s.Quotas) != 2 || s.Quotas[0].Quota != minute || s.Quotas[1].Quota != day || s.Quotas[0].Used < 3 ||
			s.Quotas[0].Used > 10 && on.delay == 0 || s.Quotas[1].Used != s.Quotas[0].Used {
			t.Errorf("after three calls: %+v", s.Quotas)
		}
	})
}

// down fails every command while it is down, and counts them.
type down struct {
	redis.Hook
	is    atomic.Bool
	asked atomic.Int32
}

var errDown = errors.New("connection refused")

func (d *down) DialHook(next redis.DialHook) redis.DialHook { return next }

func (d *down) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (d *down) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		d.asked.Add(1)
		if d.is.Load() {
			cmd.SetErr(errDown)
			return errDown
		}
		return next(ctx, cmd)
	}
}

func TestWithoutRedisNoCallIsMade(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rdb := redis.NewClient(&redis.Options{
			Addr:   "127.0.0.1:1", // and no name, which would be looked up
			Dialer: func(context.Context, string, string) (net.Conn, error) { return nil, errDown },
		})
		defer time.Sleep(time.Minute) // in which the client gives up, too
		defer rdb.Close()
		d := &down{}
		d.is.Store(true)
		rdb.AddHook(d)
		l := throttle.New(rdb, perSecond(100))
		start := time.Now()
		err := l.Wait(t.Context(), 0)
		if took := time.Since(start); took < 9*time.Second || took > 12*time.Second {
			t.Errorf("gave up after %v", took)
		}
		if err == nil || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no call was made") ||
			!strings.Contains(err.Error(), errDown.Error()) {
			t.Errorf("Redis is away: %v, want a sentence that says so", err)
		}
		if n := d.asked.Load(); n < 5 || n > 50 {
			t.Errorf("Redis was asked %d times in 10 s, want to be asked again, and not all the time", n)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		if err := l.Wait(ctx, 0); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("%v after %v, want the caller's own deadline", err, time.Since(start))
		}
		if _, err := l.Sustained(t.Context()); !errors.Is(err, errDown) {
			t.Errorf("Sustained: %v", err)
		}
	})
}

// A Redis that takes questions and never answers.
func TestARedisThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		rdb := redis.NewClient(&redis.Options{
			Addr: "127.0.0.1:1",
			Dialer: func(context.Context, string, string) (net.Conn, error) {
				<-over
				return nil, errDown
			},
		})
		defer time.Sleep(time.Minute) // in which the client gives up, too
		defer rdb.Close()
		defer close(over)
		l := throttle.New(rdb, perSecond(100))
		start := time.Now()
		err := l.Wait(t.Context(), 0)
		if took := time.Since(start); err == nil || errors.Is(err, context.DeadlineExceeded) || took > 12*time.Second {
			t.Errorf("%v after %v, want to be told within 10 s", err, took)
		}
	})
}

func TestARedisThatComesBack(t *testing.T) {
	onEach(t, func(t *testing.T, on shared) {
		rdb := on.connect()
		d := &down{}
		rdb.AddHook(d)
		l := throttle.New(rdb, perSecond(100))
		waited(t, l)
		d.is.Store(true)
		passed := make(chan error)
		go func() { passed <- l.Wait(t.Context(), 0) }()
		for asked := d.asked.Load(); d.asked.Load() < asked+3; { // it tries, and tries again
			select {
			case err := <-passed:
				t.Fatalf("a call was let through without Redis (%v)", err)
			case <-time.After(time.Millisecond):
			}
		}
		d.is.Store(false)
		if err := <-passed; err != nil {
			t.Errorf("Redis is back: %v", err)
		}

		// A refusal that Redis could not be told of is told when it is back.
		d.is.Store(true)
		l.Throttled(time.Minute)
		d.is.Store(false)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if err := l.Wait(ctx, 0); !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			t.Errorf("the API asked for a pause while Redis was away, and got %v", err)
		}
		if s, err := throttle.ReadStatus(t.Context(), rdb); err != nil || s.Pause < 20*time.Second {
			t.Errorf("the others know nothing of the pause: %+v, %v", s, err)
		}
	})
}

func BenchmarkWait(b *testing.B) {
	for kind, start := range redistest.Kinds {
		b.Run(kind, func(b *testing.B) {
			l := throttle.New(redistest.Connect(b, start(b)), perSecond(1_000_000))
			for b.Loop() {
				if err := l.Wait(b.Context(), 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
