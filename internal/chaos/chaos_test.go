package chaos_test

// This file is the run: upload, mischief, waiting, judgement, and all once more
// after Redis has lost everything; and rounds of it. Flags make it longer:
//
//	go test ./internal/chaos -run TestChaos -count=1 -timeout 120m -v -args -chaos.sites=2000 -chaos.kills=20 -chaos.rate=30

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"btrollout/internal/proctest"
)

var (
	sites      = flag.Int("chaos.sites", 200, "right rows that are uploaded, in two files")
	nights     = flag.Int("chaos.nights", 1, "files uploaded after that, with new addresses and spellings for some sites")
	respelled  = flag.Bool("chaos.respelled", true, "the files of the nights spell some names otherwise")
	seed       = flag.Int64("chaos.seed", 1, "decides the rows, what is done to the cluster and when, and the simulator's faults and breaks")
	kills      = flag.Int("chaos.kills", 4, "times that a worker is killed")
	redisKills = flag.Int("chaos.redis-kills", 1, "times that Redis is killed")
	workers    = flag.Int("chaos.workers", 3, "workers at work")
	rate       = flag.Int("chaos.rate", 80, "calls a second that all processes together may make; fewer give the mischief more time")
	minutes    = flag.Int("chaos.minutes", 0, "begin further rounds, each with the next seed, for so long")
	keep       = flag.Bool("chaos.keep", false, "keep all files of the run, and say where they are")
	faultFlag  = flag.String("chaos.faults", faults, "the simulator's --fault, separated by spaces")
	breakFlag  = flag.String("chaos.breaks", breaks, "the simulator's --break, separated by spaces")
)

// How long a run takes that nobody disturbs: callsPerSite is about what a site
// needs, polls included, and settling is how long the workers wait on a Redis
// without memory, before they order, until everything that may have been ordered
// before is in the lists.
const (
	callsPerSite = 4
	settling     = 21 * time.Second
)

// What looking for lost orders takes: a page comes every perPage, faults included, a list
// that moves is read readings times, and an order that is lost lostTimes in a row is
// looked for twice each time.
const (
	perPage   = 150 * time.Millisecond
	readings  = 4
	lostTimes = 3
)

func working() time.Duration {
	return time.Duration(*sites) * callsPerSite * time.Second / time.Duration(*rate)
}

// surveying is how long a survey of both lists takes.
func surveying() time.Duration { return time.Duration(2**sites/maxPage) * readings * perPage }

// bound is how long the disturbed work may take. The last sites of each file may wait for
// lost orders to be looked for, and the files of the nights come one after the other.
func bound() time.Duration {
	files := time.Duration(1 + *nights)
	return 4*(settling+working()) + 2*time.Minute + files*lostTimes*2*surveying()
}

// run is one round of the test.
type run struct {
	*cluster
	seed   int64
	sites  []site
	begun  time.Time
	did    mischief
	phases []string     // how long each part took
	open   atomic.Int64 // sites under way when last looked at
	never  atomic.Int64 // rows of the nights that were refused for another reason than work under way
}

func TestChaos(t *testing.T) {
	began := time.Now()
	bin, err := proctest.Commands(os.Getenv(proctest.BuiltVar), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var table rounds
	for round := int64(0); round == 0 || time.Since(began) < time.Duration(*minutes)*time.Minute; round++ {
		t.Run(fmt.Sprintf("seed=%d", *seed+round), func(t *testing.T) { chaos(t, bin, *seed+round, &table) })
		t.Log("\n" + table.String())
	}
}

// chaos is one round.
func chaos(t *testing.T, bin string, seed int64, table *rounds) {
	ctx := t.Context()
	if deadline, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-time.Minute)) // time to explain
		defer cancel()
	}
	t.Logf("seed %d: %d sites, %d workers, %d kills of workers, %d of Redis", seed, *sites, *workers, *kills, *redisKills)
	r := &run{begun: time.Now(), seed: seed, sites: makeSites(rand.New(rand.NewPCG(uint64(seed), 1)), *sites, *nights, *respelled)}
	r.cluster = newCluster(t, folder(t), bin, seed)
	writeFiles(t, r.dir, r.sites)
	var v verdict
	defer func() {
		if t.Failed() {
			r.lastWords(t)
		}
		table.add(r, v, t.Failed())
	}()
	for i := range *workers {
		r.workers = append(r.workers, r.newWorker(t, fmt.Sprintf("worker-%d", i)))
	}

	r.phase("disturbed", func() { r.disturbed(ctx, t) })
	r.stopWorkers(ctx, t)
	v = r.judge(t)
	if !t.Failed() {
		r.phase("after the loss", func() { r.forgotten(ctx, t) })
	}
}

// phase does a part of the round and notes how long it took.
func (r *run) phase(name string, do func()) {
	began := time.Now()
	do()
	r.phases = append(r.phases, fmt.Sprintf("%s %.0f s", name, time.Since(began).Seconds()))
}

// folder is where all files of the run go.
func folder(t *testing.T) string {
	t.Helper()
	if !*keep {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("", "btrollout-chaos-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("all files of the run are kept in %s", dir)
	return dir
}

// disturbed uploads all files, the first one three times, while the mischief is done,
// and returns when all batches are done. Most of the mischief is done when the workers
// have waited long enough to order.
func (r *run) disturbed(ctx context.Context, t *testing.T) {
	t.Helper()
	const from = settling * 7 / 10
	span := settling - from + working()*7/10 // disturbed, the work takes longer anyway
	acts := plan(rand.New(rand.NewPCG(uint64(r.seed), 2)), span, *workers, *kills, *redisKills)
	if err := r.upload(ctx, t, firstFile); err != nil {
		t.Fatal(err)
	}
	r.open.Store(int64(*sites))
	var (
		side sync.WaitGroup
		mu   sync.Mutex
		errs []error
	)
	aside := func(after time.Duration, what func() error) {
		side.Go(func() {
			time.Sleep(after)
			if err := what(); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	aside(from, func() (err error) {
		r.did, err = r.do(ctx, t, acts, func() bool { return r.open.Load() > 0 })
		return err
	})
	aside(3*time.Second, func() error { return r.upload(ctx, t, "second.csv") })
	aside(from+span, func() error { return r.later(ctx, t) })
	calmed, mended := make(chan struct{}), time.Time{}
	go func() {
		side.Wait()
		mended = time.Now()
		close(calmed)
	}()
	r.wait(ctx, t, calmed, bound())
	<-calmed
	r.phases = append(r.phases, fmt.Sprintf("from the last repair or upload to the end %.0f s", time.Since(mended).Seconds()))
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	r.did.check(t)
}

// later uploads the first file twice at once, and then the files of the nights, one
// after the other: of two rows for a site, the one in the later file is the newer.
func (r *run) later(ctx context.Context, t *testing.T) error {
	var again [2]error
	var twice sync.WaitGroup
	for i := range again {
		twice.Go(func() { again[i] = r.upload(ctx, t, firstFile) })
	}
	twice.Wait()
	for night := range *nights {
		if err := r.nightly(ctx, t, nightFile(night)); err != nil {
			return errors.Join(again[0], again[1], err)
		}
	}
	return errors.Join(again[:]...)
}

// stopWorkers tells all workers to stop, and wants them to end well.
func (r *run) stopWorkers(ctx context.Context, t *testing.T) {
	t.Helper()
	// A second delivery of an ended site may wait for its turn still. The workers take it
	// within seconds; whether one stays for good is for the judge to say.
	_ = until(ctx, patience, "no task is left", func() bool {
		left, err := r.tasks()
		return err == nil && len(left) == 0
	})
	var stopping sync.WaitGroup
	for _, w := range r.workers {
		stopping.Go(func() {
			if err := w.stop(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	stopping.Wait()
	for _, w := range r.workers {
		for _, death := range w.died {
			t.Errorf("%s ended by itself: %s", w.name, death)
		}
		if w.failedStart > 0 {
			t.Logf("%s could not start %d times, being cut off", w.name, w.failedStart)
		}
	}
	r.workers = nil
}

// forgotten uploads the newest rows of the first file after Redis lost all its data:
// nothing may be ordered that was ordered before, however its name is spelled.
func (r *run) forgotten(ctx context.Context, t *testing.T) {
	t.Helper()
	before := proctest.Books(t, r.env)
	if err := r.redis.rdb.FlushAll(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	r.workers = []*worker{r.newWorker(t, "worker-after")}
	if err := r.upload(ctx, t, afterFile); err != nil {
		t.Fatal(err)
	}
	calmed := make(chan struct{})
	close(calmed)
	r.wait(ctx, t, calmed, bound())
	r.stopWorkers(ctx, t)
	r.judgeForgotten(t, before)
}

// rounds is the table of all rounds, and notes to each.
type rounds struct{ lines, notes []string }

func (all *rounds) add(r *run, v verdict, failed bool) {
	ended := "ok"
	if failed {
		ended = "FAILED"
	}
	did := r.did
	line := []any{
		r.seed, ended, *sites, did.kills, did.redisKills, did.cuts, did.freezes, struck(v),
		v.orders, v.doubles, v.lost, v.reviews, v.failed, r.never.Load(), int(time.Since(r.begun).Seconds()),
	}
	all.lines = append(all.lines, strings.Trim(strings.Join(strings.Fields(fmt.Sprint(line)), "\t"), "[]"))
	all.notes = append(all.notes, fmt.Sprintf("seed %d: %s\n  %s", r.seed, strings.Join(r.phases, ", "), inWords(v.books.Faults)))
}

// struck is how often all faults and breaks did.
func struck(v verdict) (n int) {
	for _, times := range v.books.Faults {
		n += times
	}
	return n
}

func (all *rounds) String() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.ReplaceAll("seed|end|sites|worker kills|Redis kills|cuts|freezes|struck|"+
		"orders|double|lost|review|given up|refused for good|seconds", "|", "\t"))
	for _, line := range all.lines {
		fmt.Fprintln(w, line)
	}
	w.Flush()
	return text.String() + strings.Join(all.notes, "\n")
}
