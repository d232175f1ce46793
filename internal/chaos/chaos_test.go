// This file has the run of the test: it uploads files, disturbs the cluster, waits, judges, uploads once
// more after Redis has lost everything, and judges again. Flags make it longer:
//
//	go test ./internal/chaos -run TestChaos -count=1 -timeout 120m -v -args -chaos.sites=2000 -chaos.kills=20 -chaos.rate=30

package chaos_test

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

	"btrollout/internal/btsim"
	"btrollout/internal/judge"
	"btrollout/internal/proctest"
)

var (
	sites      = flag.Int("chaos.sites", 200, "right rows that are uploaded, in two files")
	nights     = flag.Int("chaos.nights", 1, "files uploaded after that, with new addresses and spellings for some sites")
	respelled  = flag.Bool("chaos.respelled", true, "the files of the nights spell some names otherwise")
	seed       = flag.Int64("chaos.seed", 1, "decides the rows, what is done to the cluster and when, and the simulator's faults and breaks")
	kills      = flag.Int("chaos.kills", 4, "times that a worker is killed")
	redisKills = flag.Int("chaos.redis-kills", 1, "times that Redis is killed")
	decisions  = flag.Int("chaos.decisions", 1, "of people, in turn: a pause, and a cancellation that is followed by a retry")
	workers    = flag.Int("chaos.workers", 3, "workers at work")
	rate       = flag.Int("chaos.rate", 80, "calls a second that all processes together may make; fewer give the mischief more time")
	minutes    = flag.Int("chaos.minutes", 0, "begin further rounds, each with the next seed, for so long")
	keep       = flag.Bool("chaos.keep", false, "keep all files of the run, and say where they are")
	faultFlag  = flag.String("chaos.faults", faults, "the simulator's --fault, separated by spaces")
	breakFlag  = flag.String("chaos.breaks", breaks, "the simulator's --break, separated by spaces")
)

// The duration of an undisturbed run follows from callsPerSite, the approximate number of
// calls for a site, polls included, and settling, the time for which workers on an empty
// Redis wait before the first order, until earlier orders are in the lists.
const (
	callsPerSite = 4
	settling     = 21 * time.Second
)

// The duration of the search for lost orders: a page comes every perPage, faults included;
// a list that changes is read readings times; an order whose answer is lost lostTimes in a
// row is looked up twice each time.
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

// bound is how long the disturbed work may take. The last sites of each file may wait until
// lost orders are looked up, and a row of a night until those of earlier files have ended.
func bound() time.Duration {
	files := time.Duration(1 + *nights)
	return 4*(settling+working()) + 2*time.Minute + files*lostTimes*2*surveying()
}

// run is one round of the test.
type run struct {
	*cluster
	seed     int64
	rows     []judge.Row
	begun    time.Time
	did      disturbances
	made     decisionsMade
	decided  map[string]judge.Decided // by batch
	phases   []string                 // how long each part took
	open     atomic.Int64             // sites under way at the last look
	rejected atomic.Int64             // rows of the nights that were rejected at import, such as those of sites in review
	outcome  judge.Outcome
	faults   map[btsim.Kind]int // how often each fault or break struck
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
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-time.Minute)) // time for the evidence
		defer cancel()
	}
	t.Logf("seed %d: %d sites, %d workers, %d kills of workers, %d of Redis", seed, *sites, *workers, *kills, *redisKills)
	rng := rand.New(rand.NewPCG(uint64(seed), 1))
	r := &run{begun: time.Now(), seed: seed, rows: judge.MakeRows(rng, *sites, *nights, *respelled), decided: map[string]judge.Decided{}}
	r.cluster = newCluster(t, folder(t), bin, seed)
	if err := judge.WriteFiles(r.dir, r.rows); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if t.Failed() {
			r.logEnds(t)
		}
		table.add(r, t.Failed())
	}()
	for i := range *workers {
		r.workers = append(r.workers, r.newWorker(t, fmt.Sprintf("worker-%d", i)))
	}

	r.phase("disturbed", func() { r.disturbed(ctx, t) })
	r.stopWorkers(ctx, t)
	r.judge(t)
	if !t.Failed() {
		r.phase("after the loss", func() { r.afterLoss(ctx, t) })
	}
}

// phase does a part of the round and notes how long it took.
func (r *run) phase(name string, do func()) {
	began := time.Now()
	do()
	r.phases = append(r.phases, fmt.Sprintf("%s %.0f s", name, time.Since(began).Seconds()))
}

// folder returns the folder for all files of the run.
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

// disturbed uploads all files, the first one three times, while the cluster is disturbed,
// and returns when all batches are done. Most disturbances begin after settling, when the
// workers order.
func (r *run) disturbed(ctx context.Context, t *testing.T) {
	t.Helper()
	const from = settling * 7 / 10
	span := settling - from + working()*7/10 // disturbances make the work longer
	acts := plan(rand.New(rand.NewPCG(uint64(r.seed), 2)), span, *workers, *kills, *redisKills)
	if err := r.upload(ctx, t, judge.FirstFile); err != nil {
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
	aside(from, func() error { return r.decideAll(ctx, t, *decisions, span) })
	aside(3*time.Second, func() error { return r.upload(ctx, t, judge.SecondFile) })
	aside(from+span, func() error { return r.uploadLater(ctx, t) })
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

// uploadLater uploads the first file twice at the same time, and then the files of the
// nights, one after the other: of two rows for a site, the one in the later file is newer, and
// follows the other one while that is worked on.
func (r *run) uploadLater(ctx context.Context, t *testing.T) error {
	var again [2]error
	var twice sync.WaitGroup
	for i := range again {
		twice.Go(func() { again[i] = r.upload(ctx, t, judge.FirstFile) })
	}
	twice.Wait()
	for night := range *nights {
		s, err := r.uploaded(ctx, t, judge.NightFile(night))
		if err != nil {
			return errors.Join(again[0], again[1], err)
		}
		r.rejected.Add(int64(s.Counts["rejected"]))
	}
	return errors.Join(again[:]...)
}

// stopWorkers tells all workers to stop, and requires exit code 0.
func (r *run) stopWorkers(ctx context.Context, t *testing.T) {
	t.Helper()
	// A second delivery of an ended site may still be in a queue. The workers take it within
	// seconds; the judge checks that none stays.
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

// afterLoss uploads the newest rows of the first file after Redis lost all its data: no site
// may be ordered again, in whatever spelling.
func (r *run) afterLoss(ctx context.Context, t *testing.T) {
	t.Helper()
	before := proctest.Books(t, r.env)
	if err := r.redis.rdb.FlushAll(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	r.workers = []*worker{r.newWorker(t, "worker-after")}
	if err := r.upload(ctx, t, judge.AfterFile); err != nil {
		t.Fatal(err)
	}
	calmed := make(chan struct{})
	close(calmed)
	r.wait(ctx, t, calmed, bound())
	r.stopWorkers(ctx, t)
	r.judgeAfterLoss(t, before)
}

// rounds is the table of all rounds, and notes about each.
type rounds struct{ lines, notes []string }

func (all *rounds) add(r *run, failed bool) {
	ended := "ok"
	if failed {
		ended = "FAILED"
	}
	did, o := r.did, r.outcome
	line := []any{
		r.seed, ended, *sites, did.kills, did.redisKills, did.cuts, did.freezes, r.made.pauses, r.made.cancellations, r.struck(),
		o.Orders, o.Doubles, o.Lost, o.Reviews, o.GivenUp, r.rejected.Load(), int(time.Since(r.begun).Seconds()),
	}
	all.lines = append(all.lines, strings.Trim(strings.Join(strings.Fields(fmt.Sprint(line)), "\t"), "[]"))
	all.notes = append(all.notes, fmt.Sprintf("seed %d: %s\n  %s", r.seed, strings.Join(r.phases, ", "), judge.InWords(r.faults)))
}

// struck is the number of times that faults and breaks struck.
func (r *run) struck() (n int) {
	for _, times := range r.faults {
		n += times
	}
	return n
}

func (all *rounds) String() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.ReplaceAll("seed|end|sites|worker kills|Redis kills|cuts|freezes|pauses|cancellations|struck|"+
		"orders|double|lost|review|given up|rejected at night|seconds", "|", "\t"))
	for _, line := range all.lines {
		fmt.Fprintln(w, line)
	}
	w.Flush()
	return text.String() + strings.Join(all.notes, "\n")
}
