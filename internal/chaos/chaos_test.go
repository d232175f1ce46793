package chaos_test

// This file is the run: upload, mischief, waiting, judgement, and all once more
// after Redis has lost everything. Its flags make it longer:
//
//	go test ./internal/chaos -run TestChaos -count=1 -timeout 120m -v -args -chaos.sites=2000 -chaos.kills=20 -chaos.rate=30

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"btrollout/internal/proctest"
)

var (
	sites      = flag.Int("chaos.sites", 500, "right rows that are uploaded, in two files")
	seed       = flag.Int64("chaos.seed", 1, "decides the rows, what is done to the cluster and when, and the simulator's faults")
	kills      = flag.Int("chaos.kills", 6, "times that a worker is killed")
	redisKills = flag.Int("chaos.redis-kills", 1, "times that Redis is killed")
	workers    = flag.Int("chaos.workers", 3, "workers at work")
	rate       = flag.Int("chaos.rate", 100, "calls a second that all processes together may make; fewer give the mischief more time")
	keep       = flag.Bool("chaos.keep", false, "keep all files of the run, and say where they are")
)

// How long a run takes that nobody disturbs: callsPerSite is about what a site
// needs, polls included, and settling is how long the workers wait on a Redis
// without memory, before they order, until all that may have been ordered before
// is to be seen.
const (
	callsPerSite = 4
	settling     = 21 * time.Second
)

// run is one run of the test.
type run struct {
	*cluster
	sites []site
	begun time.Time
	did   mischief
	tail  time.Duration // from the last repair until all batches were done
	open  atomic.Int64  // sites under way when last looked at
}

func TestChaos(t *testing.T) {
	began := time.Now()
	ctx := t.Context()
	if deadline, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-time.Minute)) // time to explain
		defer cancel()
	}
	t.Logf("seed %d: %d sites, %d workers, %d kills of workers, %d of Redis", *seed, *sites, *workers, *kills, *redisKills)
	r := &run{begun: began, sites: makeSites(rand.New(rand.NewPCG(uint64(*seed), 1)), *sites)}
	r.cluster = newCluster(t, folder(t), *seed)
	writeFiles(t, r.dir, r.sites)
	defer func() {
		if t.Failed() {
			r.lastWords(t)
		}
	}()
	for i := range *workers {
		r.workers = append(r.workers, r.newWorker(t, fmt.Sprintf("worker-%d", i)))
	}

	r.disturbed(ctx, t)
	r.stopWorkers(ctx, t)
	v := r.judge(t)
	if !t.Failed() {
		r.forgotten(ctx, t)
	}
	r.table(t, v)
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

// disturbed uploads both files, and the first one twice more, while the mischief
// is done, and returns when all batches are done.
func (r *run) disturbed(ctx context.Context, t *testing.T) {
	t.Helper()
	calm := settling + time.Duration(*sites)*callsPerSite*time.Second/time.Duration(*rate)
	span := calm * 8 / 10 // disturbed, the work takes longer anyway
	acts := plan(rand.New(rand.NewPCG(uint64(*seed), 2)), span, *workers, *kills, *redisKills)
	if err := r.upload(ctx, t, "first.csv"); err != nil {
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
	aside(0, func() (err error) {
		r.did, err = r.do(ctx, t, acts, func() bool { return r.open.Load() > 0 })
		return err
	})
	aside(3*time.Second, func() error { return r.upload(ctx, t, "second.csv") })
	for range 2 {
		aside(span*3/4, func() error { return r.upload(ctx, t, "first.csv") })
	}
	calmed, mended := make(chan struct{}), time.Time{}
	go func() {
		side.Wait()
		mended = time.Now()
		close(calmed)
	}()
	r.wait(ctx, t, calmed, 4*calm+5*time.Minute)
	<-calmed
	r.tail = time.Since(mended)
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	r.did.check(t)
}

// status is what the commands tell of a batch.
type status struct {
	Batch  string         `json:"batch"`
	File   string         `json:"file"`
	Rows   int            `json:"rows"`
	State  string         `json:"state"`
	Counts map[string]int `json:"counts"`
	Report string         `json:"report"`
}

const uploadTries = 30

// upload uploads a file as a person does: when the command could not do it, it is
// given again.
func (r *run) upload(ctx context.Context, t *testing.T, file string) error {
	r.redis.needed.RLock()
	defer r.redis.needed.RUnlock()
	for try := 1; ; try++ {
		got, err := r.run(ctx, "enqueue", "--partial", "--json", filepath.Join(r.dir, file))
		if err != nil {
			return err
		}
		var s status
		if err := json.Unmarshal([]byte(got.Stdout), &s); err != nil {
			return fmt.Errorf("enqueue %s printed no JSON: %w\n%s%s", file, err, got.Stdout, got.Stderr)
		}
		switch {
		case got.Code == 0 || got.Code == 3 || got.Code == 1 && s.Batch != "":
			t.Logf("uploaded %s: batch %q is %s, exit %d, %v", file, s.Batch, s.State, got.Code, s.Counts)
			return nil
		case got.Code != 1 || try == uploadTries:
			return fmt.Errorf("enqueue %s: exit %d in try %d: %s", file, got.Code, try, got.Stderr)
		}
		t.Logf("enqueue %s is tried again: %s", file, strings.TrimSpace(got.Stderr))
		time.Sleep(time.Second)
	}
}

// list is what the command batch tells of all batches; nil while it cannot.
func (r *run) list(ctx context.Context) []status {
	got, err := r.run(ctx, "batch", "list", "--json")
	var all []status
	if err != nil || got.Code != 0 || json.Unmarshal([]byte(got.Stdout), &all) != nil {
		return nil
	}
	return all
}

// wait returns when calmed is closed and all batches are done.
func (r *run) wait(ctx context.Context, t *testing.T, calmed <-chan struct{}, within time.Duration) {
	t.Helper()
	began, logged := time.Now(), time.Now()
	for {
		before := isClosed(calmed)
		counts, done := r.progress(ctx)
		if before && done {
			return
		}
		if time.Since(logged) > 5*time.Second {
			t.Logf("%6.1f s  %s", time.Since(r.begun).Seconds(), inWords(counts))
			logged = time.Now()
		}
		if ctx.Err() != nil || time.Since(began) > within {
			t.Errorf("the batches are not done after %s: %s", time.Since(began).Round(time.Second), inWords(counts))
			return
		}
		time.Sleep(time.Second)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// final are the states in which a site has ended.
var final = map[string]bool{"provisioned": true, "skipped": true, "rejected": true, "failed": true, "review": true, "cancelled": true}

// progress adds up the states of all batches, and says whether all are done.
func (r *run) progress(ctx context.Context) (counts map[string]int, done bool) {
	counts, done = map[string]int{}, true
	all := r.list(ctx)
	if all == nil {
		return counts, false
	}
	open := 0
	for _, s := range all {
		for state, n := range s.Counts {
			counts[state] += n
			if !final[state] {
				open += n
			}
		}
		done = done && s.State == "done"
	}
	r.open.Store(int64(open))
	return counts, done
}

func inWords[K ~string, N int | int64](counts map[K]N) string {
	var words []string
	for what, n := range counts {
		words = append(words, fmt.Sprintf("%d %s", n, what))
	}
	sort.Strings(words)
	return strings.Join(words, ", ")
}

// stopWorkers tells all workers to stop, and wants them to end well.
func (r *run) stopWorkers(ctx context.Context, t *testing.T) {
	t.Helper()
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

// forgotten uploads the first file once more after Redis lost all its data:
// nothing may be ordered that was ordered before.
func (r *run) forgotten(ctx context.Context, t *testing.T) {
	t.Helper()
	before := proctest.Books(t, r.env)
	if err := r.redis.rdb.FlushAll(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	r.workers = []*worker{r.newWorker(t, "worker-after")}
	if err := r.upload(ctx, t, "first.csv"); err != nil {
		t.Fatal(err)
	}
	calmed := make(chan struct{})
	close(calmed)
	r.wait(ctx, t, calmed, 5*time.Minute)
	r.stopWorkers(ctx, t)
	r.judgeForgotten(t, before)
}

// table prints the run in numbers.
func (r *run) table(t *testing.T, v verdict) {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, line := range []struct {
		name  string
		value any
	}{
		{"seed", *seed}, {"sites", *sites}, {"worker kills", r.did.kills}, {"redis kills", r.did.redisKills},
		{"network cuts", r.did.cuts}, {"freezes", r.did.freezes}, {"faults struck", inWords(v.books.Faults)}, {"orders", v.orders},
		{"doubles", v.doubles}, {"lost", v.lost}, {"reviews", v.reviews}, {"failed without reason", v.failed},
		{"seconds from the last repair to the end of the work", int(r.tail.Seconds())},
		{"seconds", int(time.Since(r.begun).Seconds())},
	} {
		fmt.Fprintf(w, "%s\t%v\n", line.name, line.value)
	}
	w.Flush()
	t.Log("\n" + text.String())
}
