// This file plans the disturbances of the cluster from a seed, and carries them out.

package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// The kinds of acts.
const (
	killWorker   = "kill worker"
	freezeWorker = "freeze worker" // after the pause it goes on, too late
	killRedis    = "kill redis"
	cutNetwork   = "cut"
)

// act is one disturbance.
type act struct {
	at     time.Duration // since the disturbances began
	kind   string
	worker int           // index of the worker
	lasts  time.Duration // until the process starts again, or the connection is repaired
	how    string        // way of a cut
	api    bool          // the connection to the API is cut
	redis  bool          // the connection to Redis is cut
}

func (a act) String() string {
	switch {
	case a.kind == killRedis:
		return fmt.Sprintf("%s for %s", a.kind, a.lasts)
	case a.kind == killWorker || a.kind == freezeWorker:
		return fmt.Sprintf("%s %d for %s", a.kind, a.worker, a.lasts)
	case a.api && a.redis:
		return fmt.Sprintf("worker %d: %s from API and Redis for %s", a.worker, a.how, a.lasts)
	case a.api:
		return fmt.Sprintf("worker %d: %s from API for %s", a.worker, a.how, a.lasts)
	}
	return fmt.Sprintf("worker %d: %s from Redis for %s", a.worker, a.how, a.lasts)
}

// between draws a duration, in tenths of a second.
func between(rng *rand.Rand, low, high time.Duration) time.Duration {
	const step = 100 * time.Millisecond
	return low + time.Duration(rng.Int64N(int64((high-low)/step)+1))*step
}

// plan spreads the acts evenly over span, in an order that only the seed decides:
// for each kill of a worker there is a cut too, and for each third one a freeze.
func plan(rng *rand.Rand, span time.Duration, workers, kills, redisKills int) []act {
	var acts []act
	for i := range kills {
		kill := act{kind: killWorker, worker: rng.IntN(workers)}
		if rng.IntN(2) == 0 { // otherwise it starts again at once
			kill.lasts = between(rng, time.Second, 5*time.Second)
		}
		cut := act{
			kind: cutNetwork, worker: rng.IntN(workers), lasts: between(rng, time.Second, 8*time.Second),
			how: []string{silence, reset, refusal}[rng.IntN(3)],
		}
		which := rng.IntN(3)
		cut.api, cut.redis = which != 0, which != 1
		acts = append(acts, kill, cut)
		if i%3 == 0 {
			acts = append(acts, act{kind: freezeWorker, worker: rng.IntN(workers), lasts: between(rng, 5*time.Second, 20*time.Second)})
		}
	}
	for range redisKills {
		acts = append(acts, act{kind: killRedis, lasts: between(rng, 500*time.Millisecond, 3*time.Second)})
	}
	rng.Shuffle(len(acts), func(i, j int) { acts[i], acts[j] = acts[j], acts[i] })
	for i := range acts {
		slot := span / time.Duration(len(acts))
		acts[i].at = time.Duration(i)*slot + time.Duration(rng.Int64N(int64(slot)))
	}
	return acts
}

// disturbances counts the acts that were carried out.
type disturbances struct {
	kills, redisKills, cuts, freezes int
	idle                             []string // acts during which the cluster had no work
}

// check checks that all planned acts were carried out while there was work.
func (m disturbances) check(t *testing.T) {
	t.Helper()
	if m.kills != *kills || m.redisKills != *redisKills {
		t.Errorf("%d workers and %d Redis were killed, want %d and %d", m.kills, m.redisKills, *kills, *redisKills)
	}
	if len(m.idle) > 0 {
		t.Errorf("nothing was left to be disturbed by: %s", strings.Join(m.idle, "; "))
	}
}

// do carries the plan out, and returns when everything is repaired. Working reports whether
// the cluster has work.
func (c *cluster) do(ctx context.Context, t *testing.T, acts []act, working func() bool) (m disturbances, err error) {
	var (
		aside  sync.WaitGroup
		mu     sync.Mutex
		failed []error
	)
	// An act may have to wait for its worker, or for the end of an earlier act; the others do
	// not wait for it.
	meanwhile := func(done *int, do func() error) {
		aside.Go(func() {
			err := do()
			mu.Lock()
			defer mu.Unlock()
			if failed = append(failed, err); err == nil {
				*done++
			}
		})
	}
	began := time.Now()
	for _, a := range acts {
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(began.Add(a.at))):
		}
		if !working() {
			m.idle = append(m.idle, a.String())
		}
		t.Logf("%6.1f s  %s", time.Since(began).Seconds(), a)
		w := c.workers[a.worker]
		switch a.kind {
		case killWorker:
			meanwhile(&m.kills, func() error { return w.kill(ctx, a.lasts) })
		case freezeWorker:
			meanwhile(&m.freezes, func() error { return w.freezeFor(ctx, a.lasts) })
		case killRedis:
			meanwhile(&m.redisKills, func() error { return c.redis.killFor(a.lasts) })
		case cutNetwork:
			meanwhile(&m.cuts, func() error { return cutFor(a.proxies(w), a.how, a.lasts) })
		}
	}
	aside.Wait()
	return m, errors.Join(failed...)
}

// proxies are those of a worker whose connections the act cuts.
func (a act) proxies(w *worker) (cut []*proxy) {
	if a.api {
		cut = append(cut, w.api)
	}
	if a.redis {
		cut = append(cut, w.redis)
	}
	return cut
}
