// This file tests workers whose clocks differ: what one sent may still arrive when another
// looks whether it did.

package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/rollout"
)

// Calls that may arrive late: their methods, and how their paths end.
const (
	postOrder  = "POST /voicesite"
	putAddress = "PUT /voiceaddress"
)

// arrivesLate lets the first of these calls arrive only after some time. Its sender is told at
// once that the connection broke.
func arrivesLate(call string, after time.Duration) func(*btapi.Config) {
	first := firstOf()
	return func(c *btapi.Config) {
		next := c.Transport
		c.Transport = roundTrip(func(q *http.Request) (*http.Response, error) {
			if q.Method+" /"+path.Base(q.URL.Path) != call || !first(call) {
				return next.RoundTrip(q)
			}
			body, err := io.ReadAll(q.Body)
			if err != nil {
				return nil, err
			}
			late := q.Clone(q.Context())
			late.Body = io.NopCloser(bytes.NewReader(body))
			time.AfterFunc(after, func() {
				if answer, err := next.RoundTrip(late.WithContext(context.WithoutCancel(q.Context()))); err == nil {
					_ = answer.Body.Close()
				}
			})
			return nil, errors.New("connection reset")
		})
	}
}

// twoClocks is a rig with two workers, one after the other, and how far their clocks are ahead
// of Redis' clock.
type twoClocks struct {
	*rig
	clock  *clock
	second time.Duration
}

// onTwoClocks runs a test with each two workers' clocks that differ from Redis' by as much as
// they may. The first of these calls arrives as late as it may, and the lists show an order as
// late as they may.
func onTwoClocks(t *testing.T, call string, o btsim.Options, test func(r twoClocks)) {
	t.Parallel()
	ahead := []time.Duration{-clocksDiffer / 2, 0, clocksDiffer / 2}
	for _, first := range ahead {
		for _, second := range ahead {
			runVirtually(t, fmt.Sprintf("%v, then %v", first, second), func(t *testing.T) {
				test(newTwoClocks(t, call, o, first, second))
			})
		}
	}
}

// clocksDiffer is how far two workers' clocks may be apart.
const clocksDiffer = 4 * time.Second

func newTwoClocks(t *testing.T, call string, o btsim.Options, first, second time.Duration) twoClocks {
	t.Helper()
	const timeout, settle = 3 * time.Second, 2 * time.Second
	two := twoClocks{clock: &clock{}, second: second - first}
	two.clock.forward(first)
	o.Faults, o.Invisible = btsim.Faults{btsim.Invisible: {Every: 1}}, settle-time.Millisecond
	two.rig = newVirtualRig(t, o, nil, arrivesLate(call, timeout-time.Millisecond), func(c *btapi.Config) { c.Now = two.clock.now })
	two.config.Timeout, two.config.Settle, two.config.Skew, two.config.Now = timeout, settle, clocksDiffer, two.clock.now
	return two
}

// startSecond starts the second worker.
func (two twoClocks) startSecond() (stop func()) {
	two.clock.forward(two.second)
	return two.startWorker()
}

func TestClocksApart_AnOrderThatArrivesLateIsFound(t *testing.T) {
	onTwoClocks(t, postOrder, btsim.Options{DeliveryMin: time.Hour, DeliveryMax: time.Hour}, func(r twoClocks) {
		r.submit("b1", site(2))
		stopFirst := r.startWorker()
		r.wait("b1", func(rollout.Batch) bool { s := r.sites("b1")["2"]; return s.Intent != nil && s.Intent.Lost == 1 })
		stopFirst()
		stopSecond := r.startSecond()
		r.wait("b1", func(b rollout.Batch) bool {
			r.runTasks()
			return b.Counts[rollout.Ordered] == 1
		})
		stopSecond()
		r.judge("b1")
	})
}

func TestClocksApart_AnAddressThatArrivesLateIsWaitedFor(t *testing.T) {
	onTwoClocks(t, putAddress, instantly, func(r twoClocks) {
		r.config.Retry.Tries = 1
		r.submit("b1", site(2))
		stopFirst := r.startWorker()
		r.wait("b1", func(b rollout.Batch) bool { return b.Counts[rollout.Failed] == 1 })
		stopFirst()
		stopSecond := r.startSecond()
		r.submit("b2", movedSite(2))
		r.newestAddress("b2")
		stopSecond()
		time.Sleep(time.Minute) // by then the older address has arrived
		r.judge("b2")
	})
}

// runTasks has all tasks run that wait for their time.
func (two twoClocks) runTasks() {
	two.t.Helper()
	inspector := asynq.NewInspectorFromRedisClient(two.rdb)
	queues, err := inspector.Queues()
	for _, q := range queues {
		_, retries := inspector.RunAllRetryTasks(q)
		_, scheduled := inspector.RunAllScheduledTasks(q)
		err = errors.Join(err, retries, scheduled)
	}
	if err != nil {
		two.t.Fatal(err)
	}
}
