// This file has the world of a run: its servers, machines and people, and the course of a run.

package virtual_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btsim"
	"btrollout/internal/judge"
	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
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
	redis  *redistest.Virtual
	direct *ledger.Ledger // over a connection that no act disturbs
	rdb    *redis.Client  // of direct
	events *events
	budget *budget
	api    api
	gate   *simtest.Gate // before the simulator; its rule is that of api

	workers []*machine
	office  *office
	proxy   *proxy
	killed  sync.WaitGroup // of killed processes that still stop

	mu         sync.Mutex
	reports    map[string][]byte // by batch
	batches    int               // uploads so far
	decided    map[string]bool   // by batch and row
	violations []string          // each with its time, and the evidence
	related    []string          // words that find the events that led to them
	ended      map[kind]int      // acts that were carried out
	struck     map[kind]int      // those that disturbed something: a worker, or one of its calls
	restores   atomic.Int32      // odd while a copy is put back, key by key
	emptied    bool
	losses     []judge.Loss
	lost       time.Time // when Redis last lost data
	acting     int       // acts that go on
	calm       time.Time // when the last act ended

	people   *people
	held     *held
	hindered *hindrances
	keys     map[string]map[string]string // keysOf the rows
	left     map[string]bool              // rows that were left to another one
	hadEnded map[string]time.Time         // sites that had ended when their batch was last read, and since when that is known
	follows  map[string]time.Time         // rows that follow with no open row ahead, and since when
	over     map[string]time.Time         // tasks whose lease is over, and since when
	waits    map[string]time.Time         // sites that wait for a delivered order, and since when that is known

	nightly chan struct{} // of capacity 1: a mutex, for which virtual time does not stop
	night   int           // the next one whose file is uploaded; nightly guards it
}

// settings are what all runs of a test have in common: how exact, and so how slow, a run is.
type settings struct {
	redis          redistest.VirtualOptions
	page           int           // items of a page of the simulator, at most
	watchEvery     time.Duration // how often the counts are added up
	tasks, delayed time.Duration // jobs.Config.TaskCheckInterval and DelayedTaskCheckInterval
	direct         bool          // no network to Redis delays, and no act can disturb it

	// Unless nil, observe gets the states of the sites of a batch by their rows, as addUp reads them.
	observe func(b rollout.Batch, states map[string]rollout.State)
}

// newWorld starts the servers of a run, and no worker.
func newWorld(t *testing.T, plan scenario, set settings, rows []judge.Row, dir string) *world {
	t.Helper()
	w := &world{
		t: t, plan: plan, set: set, rows: rows, dir: dir, redis: redistest.StartVirtual(t, set.redis),
		events: &events{began: time.Now()},
		keys:   keysOf(rows), left: map[string]bool{}, hadEnded: map[string]time.Time{},
		reports: map[string][]byte{}, decided: map[string]bool{}, ended: map[kind]int{}, struck: map[kind]int{},
		waits: map[string]time.Time{}, nightly: make(chan struct{}, 1), people: newPeople(), held: newHeld(),
	}
	w.gate, w.budget = &simtest.Gate{Rule: w.rule}, newBudget(plan)
	w.hindered = &hindrances{acts: make([]int, len(plan.paces)), since: make([]time.Time, len(plan.paces))}
	w.proxy = &proxy{rng: rand.New(rand.NewPCG(uint64(plan.seed), 2))}
	w.sim = simtest.StartInMemory(t, btsim.Options{
		Seed: plan.seed, DeliveryMin: plan.delivery[0], DeliveryMax: plan.delivery[1], MaxPage: set.page,
		Rate:   plan.rate.Calls + max(2, plan.rate.Calls/2), // the networks bring calls together
		Faults: plan.faults, Breaks: plan.breaks, Words: 2000, Slow: 10 * time.Minute, Invisible: invisible, Hang: 20 * time.Second,
	}, func(next http.Handler) http.Handler { return w.proxy.between(w.gate.Between(next)) })
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

// addViolation records a violation.
func (w *world) addViolation(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	const most = 50
	if len(w.violations) < most {
		w.violations = append(w.violations, fmt.Sprintf("at %s: ", time.Since(w.events.began))+fmt.Sprintf(format, args...))
	}
}

// doneWithin is how long the work may take once no act disturbs the machines any more: the
// pauses between retries and probes grow to 10 min, a poll may come a minute late, an order is
// slow for 10 min, and an account whose lists lose items is read for a while.
const doneWithin = 3 * time.Hour

// result is what came of a run.
type result struct {
	plan       scenario
	real       time.Duration
	violations []string
	related    []string // words that find the events that led to them
	outcome    judge.Outcome
	virtual    time.Duration
	calls      int
	faults     int          // faults and breaks of the API that struck
	acts       map[kind]int // that were carried out
	struck     map[kind]int // those that disturbed something
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
	w.uploadAtWork(ctx, &side)
	w.disturb(ctx, &side)
	side.Wait()
	w.held.end(func() { w.endHolds(ctx) })
	w.uploadLater(ctx)
	w.finish(ctx)
	before := w.sim.Sim.Stats()
	r.outcome = w.judged(ctx)
	w.afterLoss(ctx, before)
	cancel()
	watching.Wait()
	w.killed.Wait()
	w.budget.check(w)
	for _, wrong := range w.held.admitted {
		w.addViolation("%s", wrong)
	}
	books := w.sim.Sim.Stats()
	for _, n := range books.Faults {
		r.faults += n
	}
	r.calls = len(w.budget.times())
	r.violations, r.related, r.events, r.virtual = w.violations, w.related, w.events, time.Since(w.events.began)
	r.acts, r.struck = w.ended, w.struck
	return r
}

// uploadAtWork uploads the two files, and those that come while their sites are at work; side waits for all.
func (w *world) uploadAtWork(ctx context.Context, side *sync.WaitGroup) {
	later := func(at time.Duration, upload func()) {
		side.Go(func() {
			time.Sleep(at)
			upload()
		})
	}
	side.Go(func() { w.upload(ctx, judge.FirstFile) })
	if w.plan.twice {
		side.Go(func() { w.upload(ctx, judge.FirstFile) })
	}
	later(3*time.Second, func() { w.upload(ctx, judge.SecondFile) })
	if w.plan.early > 0 {
		later(w.plan.early, func() { w.uploadNight(ctx) })
	}
	if w.plan.again > 0 {
		later(w.plan.again, func() { w.uploadAgain(ctx) })
	}
}

// uploadLater uploads the first file twice at the same time, unless newer addresses were uploaded
// already, which it would hide; and then, each when all batches are done, the files of the nights: of
// two rows for a site, the one in the later file is newer.
func (w *world) uploadLater(ctx context.Context) {
	var files []string
	if w.night == 0 {
		files = []string{judge.FirstFile, judge.FirstFile}
	}
	if w.emptied {
		files = append(files, judge.SecondFile)
	}
	w.uploadTogether(ctx, files...)
	for more := true; more; more = w.uploadNight(ctx) {
		w.await(ctx)
	}
}

// uploadAgain uploads the first file, unless newer addresses were uploaded already, which it would hide.
func (w *world) uploadAgain(ctx context.Context) {
	w.nightly <- struct{}{}
	defer func() { <-w.nightly }()
	if w.night == 0 {
		w.upload(ctx, judge.FirstFile)
	}
}

// uploadTogether uploads files at the same time.
func (w *world) uploadTogether(ctx context.Context, files ...string) {
	var together sync.WaitGroup
	for _, file := range files {
		together.Go(func() { w.upload(ctx, file) })
	}
	together.Wait()
}

func (w *world) upload(ctx context.Context, file string) {
	if _, err := w.office.upload(ctx, file); err != nil {
		w.addViolation("%v", err)
	}
}

// finish waits until all batches are done, and has a person decide what is in review. Then it
// stops the workers.
func (w *world) finish(ctx context.Context) {
	for {
		w.await(ctx)
		decided, err := w.office.decide(ctx)
		if err != nil {
			w.addViolation("deciding: %v", err)
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
			w.addViolation("the batches are not done: %v %v", batches, err)
			return
		}
	}
}

func (w *world) stopAll() {
	var stopping sync.WaitGroup
	for _, m := range w.workers {
		stopping.Go(func() { m.stop() })
	}
	stopping.Wait()
}

// afterLoss empties Redis, and uploads the newest rows of the first file to it.
func (w *world) afterLoss(ctx context.Context, before btsim.Stats) {
	w.events.add(byAct, "Redis is emptied when all is done")
	w.redis.FlushAll()
	w.lost = time.Now()
	w.budget.restart()
	w.workers[0].start()
	w.upload(ctx, judge.AfterFile)
	w.await(ctx)
	time.Sleep(3 * time.Minute)
	w.stopAll()
	w.checkLeftovers(ctx)
	w.judgedAfterLoss(ctx, before)
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
