// This file has the machines: each has its own networks to Redis and to the API, its own clock,
// and one process at a time, which can be killed or frozen at any of its writes.

package virtual_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/redistest"
	"btrollout/internal/report"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
	"btrollout/internal/throttle"
)

// machine is a machine of the rollout.
type machine struct {
	*world
	name       string
	redis, api *simtest.Link
	longest    time.Duration // that a part is under way in its networks, unless they are disturbed
	skew       time.Duration // how far its clock is ahead

	mu      sync.Mutex
	process *process // nil: none runs
	strikes []*strike
	worker  *jobs.Worker

	toRedis, toAPI traffic
}

// traffic counts the calls of a machine's processes to a server.
type traffic struct{ calls, writes atomic.Int64 }

// process is a process on a machine, from its start to its death.
type process struct {
	*machine
	mu     sync.Mutex
	dead   bool
	frozen chan struct{} // closed when it thaws; nil: it is not frozen
	thawed time.Time
}

// newMachine makes a machine whose networks delay as p says.
func (w *world) newMachine(name string, p pace, skew time.Duration) *machine {
	delays := w.delays(name, p)
	m := &machine{world: w, name: name, longest: p.to, skew: skew, redis: simtest.NewLink(delays), api: simtest.NewLink(delays).DropsUnsent()}
	if w.set.direct {
		m.redis = nil
	}
	return m
}

// now is the time by the machine's clock.
func (m *machine) now() time.Time { return time.Now().Add(m.skew) }

// tools are what a process needs.
type tools struct {
	rdb     *redis.Client
	ledger  *ledger.Ledger
	queue   *jobs.Queue
	api     *btapi.Client
	limiter *throttle.Limiter
	checker *precheck.Checker
}

// newProcess starts a process, which does nothing yet. The functions change how its client of
// Redis is made.
func (m *machine) newProcess(change ...func(*redis.Options)) (*process, tools) {
	p := &process{machine: m}
	var network redistest.Network
	if m.redis != nil {
		network = m.redis.Dial
	}
	rdb := m.world.redis.Connect(m.t, network, change...)
	rdb.AddHook(p)
	limiter := throttle.New(rdb, m.plan.rate, m.plan.quotas...)
	api := m.sim.Connect(m.t, func(c *btapi.Config) {
		c.Timeout, c.Limiter, c.Now = callTimeout, grants{limiter, m.budget, m.longest}, m.now
		m.sim.Through(m.t, m.api, c)
		c.Transport = &calls{p, c.Transport}
	})
	l := ledger.NewWithClock(rdb, m.now)
	checker := precheck.NewChecker(precheck.Config{API: api, Ledger: l, Scope: "simulator", Now: m.now})
	return p, tools{rdb, l, jobs.NewQueue(rdb), api, limiter, checker}
}

// callTimeout and settle are BT_TIMEOUT and BT_SETTLE. As in real use, settle is longer than the
// difference of clocks for which every look-up waits: otherwise one look-up would do.
const (
	callTimeout = 2 * time.Second
	settle      = 10 * time.Second
)

// invisible is how long a new order may be in no list: a little less than BT_SETTLE.
const invisible = settle - 100*time.Millisecond

// start starts a worker.
func (m *machine) start() {
	p, with := m.newProcess(func(o *redis.Options) {
		o.OnConnect = ledger.RestartWatch{RunID: m.world.redis.RunID, Now: m.now, MaxOffset: jobs.MaxSkew / 2}.OnConnect
	})
	log := slog.New(slog.NewTextHandler(logLines{p}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	jobs.DelayRedisErrors(with.rdb, log)
	worker := jobs.NewWorker(jobs.Config{
		Redis: with.rdb, Ledger: with.ledger, API: with.api, Checker: with.checker, Sustained: with.limiter.Sustained,
		Report:  p.report,
		Timeout: callTimeout, Settle: settle, Window: m.plan.window, OrderDeadline: m.plan.deadline, Now: m.now, Log: log,
		Concurrency: 8, TaskCheckInterval: m.set.tasks, DelayedTaskCheckInterval: m.set.delayed,
	})
	if err := worker.Start(); err != nil {
		m.t.Errorf("%s: %v", m.name, err)
		return
	}
	m.mu.Lock()
	m.process, m.worker = p, worker
	m.mu.Unlock()
	m.events.add(m.name, "starts")
}

// startIfNone starts a worker, unless another act did.
func (m *machine) startIfNone() {
	m.mu.Lock()
	runs := m.process != nil
	m.mu.Unlock()
	if !runs {
		m.start()
	}
}

// report keeps the report of a batch, as a worker writes it to disk.
func (p *process) report(_ context.Context, b rollout.Batch, sites iter.Seq2[rollout.Site, error]) (string, error) {
	var csv bytes.Buffer
	if err := report.WriteCSV(&csv, b, sites, p.now()); err != nil {
		return "", err
	}
	if err := p.pass(); err != nil {
		return "", err
	}
	p.world.keepReport(b.ID, csv.Bytes())
	return b.ID, nil
}

// stop stops the worker as SIGTERM does; false: none ran.
func (m *machine) stop() bool {
	m.mu.Lock()
	worker := m.worker
	m.process, m.worker = nil, nil
	m.mu.Unlock()
	if worker != nil {
		worker.Stop()
		m.events.add(m.name, "has stopped")
	}
	return worker != nil
}

// kill ends the process at once.
func (m *machine) kill() {
	m.mu.Lock()
	p, worker := m.process, m.worker
	m.process, m.worker = nil, nil
	m.mu.Unlock()
	if p == nil {
		return
	}
	p.mu.Lock()
	p.dead = true
	if p.frozen != nil {
		close(p.frozen)
		p.frozen = nil
	}
	p.mu.Unlock()
	if m.redis != nil {
		m.redis.Reset()
	}
	m.api.Reset()
	m.events.add(byAct, "%s is killed", m.name)
	m.world.killed.Go(worker.Stop)
}

// freeze stops the process until thaw. Its timers go on, so it finds its deadlines passed when
// it thaws, as a process does that was suspended.
func (m *machine) freeze() (thaw func()) {
	m.mu.Lock()
	p := m.process
	m.mu.Unlock()
	if p == nil {
		return func() {}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead || p.frozen != nil {
		return func() {}
	}
	frozen := make(chan struct{})
	p.frozen = frozen
	m.events.add(byAct, "%s is frozen", m.name)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.frozen == frozen {
			close(frozen)
			p.frozen, p.thawed = nil, time.Now()
			m.events.add(byAct, "%s continues", m.name)
		}
	}
}

// errDead is what the calls of a dead process come to.
var errDead = errors.New("connection refused: this process is dead")

// deadPause keeps a dead process, which asks again at once, from working without end.
const deadPause = 5 * time.Second

// pass returns when the process runs, or errDead.
func (p *process) pass() error {
	for {
		p.mu.Lock()
		frozen, dead := p.frozen, p.dead
		p.mu.Unlock()
		if dead {
			time.Sleep(deadPause)
			return errDead
		}
		if frozen == nil {
			return nil
		}
		<-frozen
	}
}

// around does a call of the process to a server; what describes it if it writes.
func (p *process) around(to *traffic, what string, call func() error) error {
	if err := p.pass(); err != nil {
		return err
	}
	to.calls.Add(1)
	if what != "" {
		to.writes.Add(1)
	}
	due := p.struck(what)
	if due != nil && !due.behind {
		due.do(true)
		if err := p.pass(); err != nil {
			return err
		}
	}
	if what != "" {
		p.events.add(p.name, what)
	}
	err := call()
	if due != nil && due.behind {
		due.do(true)
	}
	if dead := p.pass(); dead != nil {
		return dead
	}
	return err
}

// DialHook lets connections through: nothing passes them that the other hooks do not carry.
func (p *process) DialHook(next redis.DialHook) redis.DialHook { return next }

// connecting are the commands with which go-redis begins a connection, also those of
// subscriptions, which must not wait (redistest.Virtual.Connect).
var connecting = map[string]bool{"hello": true, "client": true, "auth": true, "select": true}

// ProcessHook carries the commands of the process to Redis.
func (p *process) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if connecting[cmd.Name()] {
			return next(ctx, cmd)
		}
		err := p.around(&p.toRedis, writing(cmd), func() error {
			began := time.Now()
			err := next(ctx, cmd)
			if err == nil {
				p.held.noteAnnounced(began, cmd)
			}
			return err
		})
		if errors.Is(err, errDead) {
			cmd.SetErr(err)
		}
		return err
	}
}

// ProcessPipelineHook carries the pipelines of the process to Redis.
func (p *process) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if len(cmds) > 0 && connecting[cmds[0].Name()] {
			return next(ctx, cmds)
		}
		what := ""
		for _, cmd := range cmds {
			if described := writing(cmd); described != "" {
				what = "together: " + described
				break
			}
		}
		err := p.around(&p.toRedis, what, func() error { return next(ctx, cmds) })
		if errors.Is(err, errDead) {
			for _, cmd := range cmds {
				cmd.SetErr(err)
			}
		}
		return err
	}
}

// calls carries the calls of a process to the API.
type calls struct {
	of   *process
	next http.RoundTripper
}

// RoundTrip carries one call.
func (c *calls) RoundTrip(q *http.Request) (*http.Response, error) {
	p := c.of
	slot := time.Now()
	if err := p.pass(); err != nil {
		return nil, err
	}
	p.checkValidation(slot, q)
	if frozen := time.Since(slot) > 0; q.URL.Path != btsim.TokenPath && !frozen && !p.wasFrozenBefore(q) {
		p.budget.call(p.longest, calling(q) != "")
	}
	var answer *http.Response
	err := p.around(&p.toAPI, calling(q), func() (err error) {
		answer, err = c.next.RoundTrip(q)
		return err
	})
	if err != nil && answer != nil {
		answer.Body.Close()
		answer = nil
	}
	return answer, err
}

// logLines records what a worker logs about sites, as events.
type logLines struct{ p *process }

func (l logLines) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	if _, after, found := strings.Cut(text, "level="); found {
		const longest = 500
		l.p.events.add(l.p.name, after[:min(len(after), longest)])
	}
	if strings.Contains(text, "panic: ") {
		l.p.world.addViolation("%s panicked: %.2000s", l.p.name, text)
	}
	return len(line), nil
}
