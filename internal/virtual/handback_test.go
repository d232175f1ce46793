// This file checks that the tasks of a dead or frozen worker are handed back while another works.

package virtual_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// wellFor is how long a worker has been undisturbed by when its sweeps hand tasks back: after
	// trouble, living workers have 13 s to renew their leases.
	wellFor = 25 * time.Second
	// overFor is how long a lease may be over. A worker's request for a task that was held up by
	// its network takes the task when it arrives, with a lease of the time at which it was sent,
	// and nobody works on it.
	overFor = 15 * time.Second
	// handBackEvery is the time between two checks.
	handBackEvery = 5 * time.Second
)

// hindrances are the acts by which workers cannot hand tasks back. They are safe for concurrent
// use.
type hindrances struct {
	mu    sync.Mutex
	acts  []int       // that last, by worker
	since []time.Time // when the last of them ended, by worker
}

// begin notes that an act begins. The function that it returns is for its end.
func (h *hindrances) begin(a act) (end func()) {
	change := func(by int) {
		h.mu.Lock()
		defer h.mu.Unlock()
		for i := range h.acts {
			if a.kind.hinders(a.worker, i) {
				h.acts[i] += by
				h.since[i] = time.Now()
			}
		}
	}
	change(1)
	return func() { change(-1) }
}

// hinders reports whether an act that strikes a worker keeps one from its sweeps.
func (k kind) hinders(struck, worker int) bool {
	switch k {
	case redisAway, redisFull, redisReplica, redisRestored, restoredUnder, redisEmptied:
		return true
	case apiAway, apiBlocked, apiStricter, holdCalls:
		return false
	}
	if k != holdUnder && slices.Contains(byPeople, k) {
		return false
	}
	return struck == worker
}

// anyWell reports whether a worker has been undisturbed for wellFor.
func (h *hindrances) anyWell() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, n := range h.acts {
		if n == 0 && time.Since(h.since[i]) > wellFor {
			return true
		}
	}
	return false
}

// stages are those that have a queue of asynq.
var stages = []string{"batch", "validate", "order", "address"}

// checkHandedBack finds tasks whose lease has been over for overFor: their worker has given no sign
// of life for 30 s more. Only watch calls it.
func (w *world) checkHandedBack(ctx context.Context) {
	now, before := time.Now(), w.over
	w.over = map[string]time.Time{}
	if !w.hindered.anyWell() {
		return
	}
	var leases []*redis.StringSliceCmd
	_, err := w.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, stage := range stages {
			ended := &redis.ZRangeBy{Min: "-inf", Max: "(" + strconv.FormatInt(now.Unix(), 10)}
			leases = append(leases, p.ZRangeByScore(ctx, "asynq:{btrollout:"+stage+"}:lease", ended))
		}
		return nil
	})
	if err != nil {
		return // watch reads the batches, and says so
	}
	for _, ended := range leases {
		for _, task := range ended.Val() {
			since, known := before[task]
			if !known {
				since = now
			}
			if w.over[task] = since; now.Sub(since) >= overFor {
				w.addViolation("the task %s is not handed back", task)
			}
		}
	}
}
