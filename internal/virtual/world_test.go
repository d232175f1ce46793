// This file has the world of a run: its servers, machines and people, and the course of a run.

package virtual_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btsim"
	"btrollout/internal/judge"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// world is everything of one run.
type world struct {
	t      *testing.T
	plan   scenario
	set    settings
	rows   []judge.Row
	dir    string // of the files
	sim    *simtest.API
	redis  *simtest.Redis
	direct *ledger.Ledger // over a connection that nothing befalls
	rdb    *redis.Client  // of direct
	events *events
	budget *budget
	api    api
	gate   *simtest.Gate // before the simulator; its rule is that of api

	workers []*machine
	office  *office
	dying   sync.WaitGroup // of killed processes

	mu        sync.Mutex
	reports   map[string][]byte // by batch
	batches   int               // uploads so far
	decided   map[string]bool   // by batch and row
	suspicion []string          // violations
	suspects  []string          // words that find the events that led to them
	did       map[kind]int      // acts that were carried out
	emptied   bool
	acting    int       // acts that go on
	calm      time.Time // when the last act ended
}

// settings are what all runs of a test have in common: how exact, and so how slow, a run is.
type settings struct {
	redis          simtest.RedisOptions
	page           int           // items of a page of the simulator, at most
	watchEvery     time.Duration // how often the counts are added up
	tasks, delayed time.Duration // jobs.Config.TaskCheckInterval and DelayedTaskCheckInterval
	direct         bool          // no network to Redis delays, and no act can befall it

	// Unless nil, observe gets the states of the sites of a batch by their rows, as addUp reads them.
	observe func(b rollout.Batch, states map[string]rollout.State)
}

// newWorld starts the servers of a run, and no worker.
func newWorld(t *testing.T, plan scenario, set settings, rows []judge.Row, dir string) *world {
	t.Helper()
	w := &world{
		t: t, plan: plan, set: set, rows: rows, dir: dir, redis: simtest.StartRedis(t, set.redis),
		events:  &events{began: time.Now()},
		reports: map[string][]byte{}, decided: map[string]bool{}, did: map[kind]int{},
	}
	w.gate, w.budget = &simtest.Gate{Rule: w.rule}, newBudget(plan)
	w.sim = simtest.StartInMemory(t, btsim.Options{
		Seed: plan.seed, DeliveryMin: plan.delivery[0], DeliveryMax: plan.delivery[1], MaxPage: set.page,
		Rate:   plan.rate.Calls + max(2, plan.rate.Calls/2), // the networks bring calls together
		Faults: plan.faults, Breaks: plan.breaks, Words: 2000, Slow: 10 * time.Minute, Invisible: 2 * time.Second, Hang: 20 * time.Second,
	}, w.gate.Between)
	w.rdb = w.redis.ConnectAlways(t)
	w.direct = ledger.New(w.rdb)
	for i := range plan.paces {
		w.workers = append(w.workers, w.newMachine(fmt.Sprintf("worker-%d", i), plan.paces[i], plan.skews[i]))
	}
	w.office = w.newOffice()
	return w
}

// delays is how long each part is under way in a network of that pace.
func (w *world) delays(name string, p pace) func(simtest.Direction) time.Duration {
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(uint64(w.plan.seed), uint64(len(name))<<32|uint64(name[len(name)-1])))
	return func(simtest.Direction) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return p.from + time.Duration(rng.Int64N(int64(p.to-p.from)))
	}
}

func (w *world) keepReport(batch string, csv []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reports[batch] = bytes.Clone(csv)
}

func (w *world) nextBatch(file string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.batches++
	return fmt.Sprintf("%02d-%s", w.batches, file)
}

// suspect records a violation.
func (w *world) suspect(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	const most = 50
	if len(w.suspicion) < most {
		w.suspicion = append(w.suspicion, fmt.Sprintf("at %s: ", time.Since(w.events.began))+fmt.Sprintf(format, args...))
	}
}

// doneWithin is how long the work may take once nothing befalls the machines any more: the
// pauses between retries and probes grow to 10 min, a poll may come a minute late, an order is
// slow for 10 min, and an account whose lists lose items is read for a while.
const doneWithin = 3 * time.Hour

// result is what came of a run.
type result struct {
	plan       scenario
	real       time.Duration
	violations []string
	suspects   []string // words that find the events that led to them
	outcome    judge.Outcome
	virtual    time.Duration
	calls      int
	faults     int // faults and breaks of the API that struck
	did        map[kind]int
	events     *events
}

// run carries a scenario out, in a bubble.
func run(t *testing.T, plan scenario, rows []judge.Row, dir string) (r result) {
	w := newWorld(t, plan, settings{
		page: max(5, plan.sites/5), watchEvery: time.Second, tasks: time.Second, delayed: 2 * time.Second,
	}, rows, dir)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var watching sync.WaitGroup
	watching.Go(func() { w.watch(ctx) })
	for _, m := range w.workers {
		m.start()
	}
	var side sync.WaitGroup
	side.Go(func() { w.upload(ctx, judge.FirstFile) })
	side.Go(func() {
		time.Sleep(3 * time.Second)
		w.upload(ctx, judge.SecondFile)
	})
	w.disturb(&side)
	side.Wait()
	w.uploadLater(ctx)
	w.finish(ctx)
	before := w.sim.Sim.Stats()
	r.outcome = w.judged(ctx)
	w.afterLoss(ctx, before)
	cancel()
	watching.Wait()
	w.dying.Wait()
	w.budget.check(w)
	books := w.sim.Sim.Stats()
	for _, n := range books.Faults {
		r.faults += n
	}
	r.calls = w.budget.count()
	r.violations, r.suspects, r.did, r.events, r.virtual = w.suspicion, w.suspects, w.did, w.events, time.Since(w.events.began)
	return r
}

// uploadLater uploads the first file twice at the same time, and then, each when all batches are
// done, the files of the nights: of two rows for a site, the one in the later file is newer.
func (w *world) uploadLater(ctx context.Context) {
	files := []string{judge.FirstFile, judge.FirstFile}
	if w.emptied {
		files = append(files, judge.SecondFile)
	}
	var together sync.WaitGroup
	for _, file := range files {
		together.Go(func() { w.upload(ctx, file) })
	}
	together.Wait()
	for night := range w.plan.nights {
		w.await(ctx)
		w.upload(ctx, judge.NightFile(night))
	}
}

func (w *world) upload(ctx context.Context, file string) {
	if _, err := w.office.upload(ctx, file); err != nil {
		w.suspect("%v", err)
	}
}

// finish waits until all batches are done, and has a person decide what is in review. Then it
// stops the workers.
func (w *world) finish(ctx context.Context) {
	for {
		w.await(ctx)
		decided, err := w.office.decide(ctx)
		if err != nil {
			w.suspect("deciding: %v", err)
		}
		if !decided {
			break
		}
	}
	time.Sleep(3 * time.Minute) // a second delivery of a task of an ended site comes within that
	w.stopAll()
	w.checkLeftovers(ctx)
}

// await waits until all batches are done.
func (w *world) await(ctx context.Context) {
	const every = 5 * time.Second
	for began := time.Now(); !w.office.settled(ctx); time.Sleep(every) {
		if time.Since(began) > doneWithin+2*w.plan.delivery[1] {
			batches, err := w.direct.OpenBatches(ctx)
			w.suspect("the batches are not done: %v %v", batches, err)
			return
		}
	}
}

func (w *world) stopAll() {
	var stopping sync.WaitGroup
	for _, m := range w.workers {
		stopping.Go(m.stop)
	}
	stopping.Wait()
}

// afterLoss empties Redis, and uploads the newest rows of the first file to it.
func (w *world) afterLoss(ctx context.Context, before btsim.Stats) {
	w.events.add(theSeed, "empties Redis when all is done")
	w.redis.FlushAll()
	w.budget.restart()
	w.workers[0].start()
	w.upload(ctx, judge.AfterFile)
	w.await(ctx)
	time.Sleep(3 * time.Minute)
	w.stopAll()
	w.checkLeftovers(ctx)
	w.judgedAfterLoss(ctx, before)
}

// disturb carries out the acts of the scenario; side waits for all of them.
func (w *world) disturb(side *sync.WaitGroup) {
	for _, a := range w.plan.acts {
		side.Go(func() {
			time.Sleep(a.at)
			w.events.add(theSeed, "begins: %s", a)
			w.note(a, 1)
			w.do(a)
			w.note(a, -1)
			w.events.add(theSeed, "has ended: %s", a)
		})
	}
}

// note counts the acts, and those that go on.
func (w *world) note(a act, begun int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.did[a.kind] += max(begun, 0)
	w.acting += begun
	w.calm = time.Now()
}

// isCalm reports whether nothing has befallen anything for a while.
func (w *world) isCalm() bool {
	const while = 3 * time.Minute
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.acting == 0 && time.Since(w.calm) > while
}

// do carries out one act, and undoes it.
func (w *world) do(a act) {
	m := w.workers[a.worker]
	switch a.kind {
	case killWorker:
		killed := make(chan struct{})
		m.atWrite(a.after, a.behind, func() { m.kill(); close(killed) })
		<-killed
		time.Sleep(a.lasts)
		m.startIfNone()
	case freezeWorker:
		frozen := make(chan func(), 1)
		m.atWrite(a.after, a.behind, func() { frozen <- m.freeze() })
		thaw := <-frozen
		time.Sleep(a.lasts)
		thaw()
	case restartWorker:
		m.stop()
		time.Sleep(a.lasts)
		m.startIfNone()
	case cutThere, cutBack, cutAPI, cutRedis:
		w.silence(m, a)
	case resetNetwork:
		m.redis.Refuse(true)
		m.api.Refuse(true)
		m.redis.Reset()
		m.api.Reset()
		time.Sleep(a.lasts)
		m.redis.Refuse(false)
		m.api.Refuse(false)
	case redisAway:
		w.redis.Leave()
		time.Sleep(a.lasts)
		w.redis.Return()
	case redisFull:
		w.refuseWrites("OOM command not allowed when used memory > 'maxmemory'.", a.lasts)
	case redisReplica:
		w.refuseWrites("READONLY You can't write against a read only replica.", a.lasts)
	case apiAway:
		w.during(a.lasts, &w.api.away)
	case apiBlocked:
		w.during(a.lasts, &w.api.blocked)
	case apiStricter:
		w.changeRules()
	case redisRestored:
		w.restore(a.lasts)
	case redisEmptied:
		w.events.add(theSeed, "empties Redis")
		w.redis.FlushAll()
		w.budget.restart()
		w.emptied = true
	}
}

// silence cuts a machine's networks off for a while.
func (w *world) silence(m *machine, a act) {
	there, back := a.kind != cutBack, a.kind != cutThere
	if a.kind != cutAPI {
		m.redis.Silence(there, back)
	}
	if a.kind != cutRedis {
		m.api.Silence(there, back)
	}
	time.Sleep(a.lasts)
	m.redis.Silence(false, false)
	m.api.Silence(false, false)
}

func (w *world) refuseWrites(reply string, lasts time.Duration) {
	w.redis.RefuseWrites(reply)
	time.Sleep(lasts)
	w.redis.RefuseWrites("")
}

// restore copies Redis now, and puts the copy back after a while.
func (w *world) restore(after time.Duration) {
	ctx := context.Background()
	copied, err := w.redis.Copy(ctx, w.rdb)
	if err != nil {
		w.suspect("copying Redis: %v", err)
		return
	}
	time.Sleep(after)
	w.redis.Leave()
	w.redis.FlushAll()
	if err := copied.Restore(ctx, w.rdb); err != nil {
		w.suspect("restoring Redis: %v", err)
	}
	w.budget.restart()
	time.Sleep(time.Second)
	w.redis.Return()
	w.events.add(theSeed, "has put back the copy of %s ago", after)
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

// makeRows writes the files of a scenario into dir.
func makeRows(t *testing.T, plan scenario) (rows []judge.Row, dir string) {
	t.Helper()
	rows = judge.MakeRows(rand.New(rand.NewPCG(uint64(plan.seed), 1)), plan.sites, plan.nights, true)
	dir = t.TempDir()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := judge.WriteFiles(dir, rows); err != nil {
		t.Fatal(err)
	}
	return rows, dir
}
