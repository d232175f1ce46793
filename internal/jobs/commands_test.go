// This file counts what a worker asks of its Redis while it has nothing to do.

package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
	"btrollout/internal/throttle"
)

// commandCount is a hook that counts the commands of this program by their names, each
// command of a pipeline by itself. It does not count asynq's.
type commandCount struct {
	mu sync.Mutex
	by map[string]int
}

// isScript reports whether a command runs a script.
func isScript(name string) bool { return strings.HasPrefix(name, "eval") }

// isAsynqs reports whether asynq, and not this program, sent a command.
func isAsynqs(cmd redis.Cmder) bool {
	var keys []string
	for _, arg := range cmd.Args()[1:] {
		if key := fmt.Sprint(arg); strings.HasPrefix(key, "asynq:") {
			keys = append(keys, key)
		}
	}
	switch {
	case len(keys) == 0:
		return cmd.Name() == "ping" || cmd.Name() == "publish"
	case !isScript(cmd.Name()):
		return cmd.Name() != "exists" // by which the sweep asks for active tasks
	}
	// The sweep's script that hands tasks back.
	ours := cmd.Args()[2] == 4 && strings.HasSuffix(keys[0], ":active") && strings.HasSuffix(keys[1], ":lease")
	return !ours
}

func (c *commandCount) add(cmds ...redis.Cmder) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cmd := range cmds {
		if !isAsynqs(cmd) {
			c.by[cmd.Name()]++
		}
	}
}

func (c *commandCount) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *commandCount) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.add(cmd)
		return next(ctx, cmd)
	}
}

func (c *commandCount) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.add(cmds...)
		return next(ctx, cmds)
	}
}

// during counts the commands of some time: those that run a script, all others, and each by
// its name.
func (c *commandCount) during(length time.Duration) (scripts, plain int, by string) {
	c.mu.Lock()
	clear(c.by)
	c.mu.Unlock()
	time.Sleep(length)
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, n := range c.by {
		if isScript(name) {
			scripts += n
		} else {
			plain += n
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.by)) {
		by += fmt.Sprintf("%s %d, ", name, c.by[name])
	}
	return scripts, plain, strings.TrimSuffix(by, ", ")
}

// A worker whose sites all have been waiting for their orders for an hour leaves its Redis
// nearly alone, and still notices what is new.
func TestWorker_WhileAllSitesWait(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 2} {
		runVirtually(t, fmt.Sprint(workers), func(t *testing.T) {
			const sites = 20
			m, g, count := newMemoryRedis(t), &simtest.Gate{}, &commandCount{by: map[string]int{}}
			connect := func(t testing.TB) *redis.Client {
				rdb := m.Connect(t, nil)
				rdb.AddHook(count)
				return rdb
			}
			limiter := throttle.New(connect(t), throttle.Rate{Calls: 20, Per: time.Second}, throttle.Rate{Calls: 50000, Per: 24 * time.Hour})
			o := btsim.Options{Latency: time.Millisecond, DeliveryMin: 72 * time.Hour, DeliveryMax: 72 * time.Hour}
			r := servers{connect, simtest.StartInMemory}.newRig(t, o, g.Between, func(c *btapi.Config) { c.Limiter = limiter })
			r.config.Sustained = limiter.Sustained
			r.config.OrderDeadline = 100 * time.Hour
			// asynq's commands are not counted, and cost most of the test's time.
			r.config.TaskCheckInterval, r.config.DelayedTaskCheckInterval = 4*time.Second, 4*time.Second
			r.submit("b", sitesFrom(sites)...)
			var stops []func()
			for range workers {
				stops = append(stops, r.startWorker())
			}
			r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == sites })
			time.Sleep(time.Hour)
			count.judge(t, workers)
			r.loseWaiting("b", sites)
			r.orderElsewhere("b2", site(100), g)
			r.loseTask("b3", site(101))
			for _, stop := range stops {
				began := time.Now()
				stop()
				if took, most := time.Since(began), 2*r.config.TaskCheckInterval; took > most { // of which asynq takes up to 6 s
					t.Errorf("a worker stopped after %s, want %s at most", took, most)
				}
			}
		})
	}
}

// judge counts the commands of ten minutes, and compares them with what so many workers may
// send: each of them, every five seconds, four commands that read the open batches and three of the
// sweep; and a script every ten seconds.
func (c *commandCount) judge(t *testing.T, workers int) {
	t.Helper()
	const length = 10 * time.Minute
	scripts, plain, by := c.during(length)
	t.Logf("%d scripts and %d other commands in %s: %s", scripts, plain, length, by)
	if most := workers * int(7*length.Seconds()/5); plain > most {
		t.Errorf("%d commands in %s, want %d at most: %s", plain, length, most, by)
	}
	if most := workers * int(0.1*length.Seconds()); scripts > most {
		t.Errorf("%d scripts in %s, want %d at most: %s", scripts, length, most, by)
	}
}

// loseWaiting deletes the list of the sites of a batch that wait. The sweep derives it from
// the sites within 5 minutes.
func (r *rig) loseWaiting(batch string, sites int) {
	r.t.Helper()
	if err := r.rdb.Del(r.t.Context(), "{btr}:batch:"+batch+":waiting").Err(); err != nil {
		r.t.Fatal(err)
	}
	time.Sleep(5*time.Minute + 10*time.Second)
	if list, err := r.ledger.WaitingSites(r.t.Context(), batch); err != nil || len(list) != sites {
		r.t.Errorf("%d sites are known to wait, want %d (%v)", len(list), sites, err)
	}
}

// orderElsewhere adds a batch whose site a worker that is not among the test's has ordered.
// The poller notices the order within 5 s, and polls it as soon as the budget allows it.
func (r *rig) orderElsewhere(batch string, s rollout.Site, g *simtest.Gate) {
	r.t.Helper()
	polls := g.Count(simtest.CallOrders)
	for range 90 { // polls are a minute apart
		if time.Sleep(time.Second); g.Count(simtest.CallOrders) > polls {
			break
		}
	}
	time.Sleep(10 * time.Second)
	order := r.place(r.reference(s), s)
	r.addWithoutTask(batch, s)
	_, s, err := r.ledger.Load(r.t.Context(), batch, s.Row)
	for _, state := range []rollout.State{rollout.Validated, rollout.Ordering, rollout.Ordered} {
		now := time.Now()
		s.State, s.OrderID, s.OrderedAt = state, order, &now
		if err == nil {
			s, _, err = r.ledger.Advance(r.t.Context(), s, now.Add(r.config.OrderDeadline))
		}
	}
	if err != nil {
		r.t.Fatal(err)
	}
	ordered := time.Now()
	time.Sleep(9 * time.Second)
	if polls := g.Times(simtest.CallOrders); polls[len(polls)-1].Before(ordered) {
		r.t.Errorf("no order was polled within %s", time.Since(ordered))
	}
}

// loseTask adds a batch whose site has no task. The sweep makes it within 20 s.
func (r *rig) loseTask(batch string, s rollout.Site) {
	r.t.Helper()
	r.addWithoutTask(batch, s)
	began := time.Now()
	r.wait(batch, func(b rollout.Batch) bool { return b.Counts[rollout.Imported] == 0 })
	if took := time.Since(began) - 2*r.config.TaskCheckInterval; took > 20*time.Second {
		r.t.Errorf("the site of batch %s had a task after %s", batch, took)
	}
}

// addWithoutTask adds a batch of one site, as an upload does that dies before it makes the
// task.
func (r *rig) addWithoutTask(batch string, s rollout.Site) {
	r.t.Helper()
	ctx, customer := r.t.Context(), r.sim.Credentials().CustomerCode
	b := rollout.Batch{ID: batch, File: "f.csv", Customer: customer, Created: time.Now().UTC()}
	entries, err := jobs.Recognise(ctx, r.ledger, customer, []rollout.Site{s})
	if err = errors.Join(err, r.ledger.Create(ctx, b)); err == nil {
		_, err = r.ledger.Add(ctx, b, entries)
	}
	if err = errors.Join(err, r.ledger.Start(ctx, batch)); err != nil {
		r.t.Fatal(err)
	}
}
