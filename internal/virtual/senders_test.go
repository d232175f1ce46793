// This file has the disturbances of a worker while it sends an order or an address: it freezes, or its
// call is held up on the way and arrives after the worker gave up.

package virtual_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"btrollout/internal/judge"
	"btrollout/internal/rollout"
)

// latest is how long after its sender gave up a call arrives at the latest: within BT_TIMEOUT,
// less the time after which the API finds that the connection is closed.
const latest = callTimeout - 500*time.Millisecond

// proxy stands between the networks and the API. It is safe for concurrent use.
type proxy struct {
	mu    sync.Mutex
	rng   *rand.Rand
	holds int // acts that have calls held up
	held  atomic.Int64
}

// hold has every second order and address held up for some time.
func (p *proxy) hold(lasts time.Duration) {
	p.add(1)
	time.Sleep(lasts)
	p.add(-1)
}

func (p *proxy) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holds += n
}

// pause returns whether the next call is held up, and for how long after its sender gave up.
func (p *proxy) pause() (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.holds == 0 || p.rng.IntN(2) == 0 {
		return 0, false
	}
	return time.Duration(p.rng.Int64N(int64(latest))), true
}

// between wraps the handler of the API.
func (p *proxy) between(next http.Handler) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, q *http.Request) {
		if calling(q) == "" {
			next.ServeHTTP(answer, q)
			return
		}
		pause, held := p.pause()
		if held {
			p.held.Add(1)
			body, err := io.ReadAll(q.Body)
			if err != nil {
				return // it did not arrive
			}
			<-q.Context().Done()
			time.Sleep(pause)
			q.Body = io.NopCloser(bytes.NewReader(body))
		}
		next.ServeHTTP(answer, q)
	})
}

// What is written right before an order or an address is sent, as writing describes it.
const (
	intentWritten    = " to " + string(rollout.Ordering)
	addressAnnounced = "announce "
)

// wasFrozenBefore reports whether a call comes late in its slot of the budget, because its process
// froze when it had written that it was about to send.
func (p *process) wasFrozenBefore(q *http.Request) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return calling(q) != "" && time.Since(p.thawed) < time.Second
}

const (
	// mostSentBefore bounds how many orders or addresses a worker sends before it freezes.
	mostSentBefore = 5
	// sentWithin is how long the worker may take for that: some orders are delivered late.
	sentWithin = 5 * time.Minute
)

// handedBackWithin is how long it takes until the tasks of a frozen worker are handed back, and
// another worker has sent the addresses, unless something else goes wrong.
const handedBackWithin = 20 * time.Second

// correct uploads the next file of a night while a worker is frozen that is about to send an older
// address.
func (w *world) correct(ctx context.Context) {
	time.Sleep(handedBackWithin)
	w.uploadNight(ctx)
}

// uploadNight uploads the file of the next night; false: there is none.
func (w *world) uploadNight(ctx context.Context) bool {
	w.nightly <- struct{}{} // one after the other
	defer func() { <-w.nightly }()
	if w.night == w.plan.nights {
		return false
	}
	files := []string{judge.NightFile(w.night), judge.NightFile(w.night)}
	if !w.plan.twice {
		files = files[:1]
	}
	w.uploadTogether(ctx, files...)
	w.night++
	return true
}
