// This file runs seeds, and makes a run that fails smaller.

package virtual_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/simtest"
	"btrollout/internal/throttle"
)

var (
	seeds   = flag.Int("virtual.seeds", 4, "how many seeds are run")
	first   = flag.Int64("virtual.seed", 1, "the first seed")
	sites   = flag.Int("virtual.sites", 50, "right rows of a run, in two files")
	workers = flag.Int("virtual.workers", 3, "workers at work")
	keep    = flag.String("virtual.events", "", "folder for the events of each run")
	shrink  = flag.Duration("virtual.shrink", 2*time.Minute, "how long a run that fails is made smaller")
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400)  // most of what a run makes is soon garbage
	redis.SetLogger(quiet{}) // disturbances of a Redis are among the events
	simtest.RunTests(m)
}

// quiet keeps go-redis from writing to stderr.
type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// endsWithin is how long a goroutine may live on after its run.
const endsWithin = 2 * time.Minute

// carryOut runs a scenario in a bubble of its own.
func carryOut(t *testing.T, plan scenario) (r result) {
	t.Helper()
	rows, dir := makeRows(t, plan)
	began := time.Now()
	simtest.InBubble(t, endsWithin, func(t *testing.T) { r = run(t, plan, rows, dir) })
	r.plan, r.real = plan, time.Since(began)
	return r
}

// TestSimulate runs seeds until one fails, and makes that run smaller.
func TestSimulate(t *testing.T) {
	all := &total{began: time.Now(), told: time.Now(), acts: map[kind]int{}, struck: map[kind]int{}}
	t.Run("seeds", func(t *testing.T) {
		for i := range *seeds {
			plan := newScenario(*first+int64(i), *sites, *workers)
			t.Run(fmt.Sprint(plan.seed), func(t *testing.T) {
				t.Parallel()
				if all.hasFailed() {
					return
				}
				r := carryOut(t, plan)
				all.add(t, r)
			})
		}
	})
	t.Log(all)
	if never := all.neverStruck(); all.runs >= enoughSeeds && len(never) > 0 {
		t.Errorf("no act of these kinds struck: %q", never)
	}
	if worst := all.failed; worst != nil {
		smallest := shrunk(t, *worst)
		t.Errorf("%s\n%s", smallest.plan, smallest.account())
	}
}

// enoughSeeds is after how many runs an act of each kind must have struck.
const enoughSeeds = 200

// TestCopyOfRedis puts a copy of Redis back that has a survey of the account from before many
// orders: none is made again.
func TestCopyOfRedis(t *testing.T) {
	t.Parallel()
	plan := scenario{
		seed: 35, sites: 30, rate: throttle.Rate{Calls: 10, Per: time.Second}, delivery: [2]time.Duration{time.Second, 3 * time.Second},
		deadline: time.Hour, paces: paces[:2], skews: make([]time.Duration, 2),
		acts: []act{{kind: redisRestored, at: 30 * time.Second, lasts: 20 * time.Second}},
	}
	if r := carryOut(t, plan); len(r.violations) > 0 {
		t.Errorf("%s\n%s", plan, r.account())
	}
}

// tellEvery is how often a long test tells how far it is.
const tellEvery = 15 * time.Second

// total adds up runs.
type total struct {
	began time.Time
	told  time.Time // when it was last told how far the test is

	mu                  sync.Mutex
	runs, calls, faults int
	reviews             int
	virtual             time.Duration
	acts, struck        map[kind]int
	failed              *result // the first that failed
}

func (a *total) hasFailed() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.failed != nil
}

func (a *total) add(t *testing.T, r result) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.runs++
	a.calls += r.calls
	a.faults += r.faults
	a.reviews += r.outcome.Reviews
	a.virtual += r.virtual
	for k, n := range r.acts {
		a.acts[k] += n
		a.struck[k] += r.struck[k]
	}
	if *keep != "" {
		path := filepath.Join(*keep, fmt.Sprintf("seed-%d.log", r.plan.seed))
		if err := os.WriteFile(path, []byte(strings.Join(r.events.lines(""), "\n")+"\n"), 0o600); err != nil {
			t.Error(err)
		}
	}
	if time.Since(a.told) > tellEvery {
		a.told = time.Now()
		fmt.Fprintf(os.Stderr, "%d of %d seeds\n", a.runs, *seeds)
	}
	if len(r.violations) > 0 {
		t.Errorf("seed %d: %.300s", r.plan.seed, r.violations[0])
		if a.failed == nil {
			a.failed = &r
		}
	}
}

func (a *total) String() string {
	took := time.Since(a.began)
	return fmt.Sprintf("%d seeds in %s: %s of virtual time (%.0f times as fast), %d calls, %d faults and breaks of the API, "+
		"%d sites in review; acts that struck: %s",
		a.runs, took.Round(time.Second), a.virtual.Round(time.Minute), a.virtual.Seconds()/took.Seconds(), a.calls, a.faults,
		a.reviews, a.actsInWords())
}

// actsInWords says how many of the acts of each kind disturbed something.
func (a *total) actsInWords() string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(a.acts)) {
		words = append(words, fmt.Sprintf("%s %d of %d", k, a.struck[k], a.acts[k]))
	}
	return strings.Join(words, ", ")
}

// neverStruck are the kinds of which no act disturbed anything.
func (a *total) neverStruck() (kinds []kind) {
	for _, k := range everyKind {
		if a.struck[k] == 0 && !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// shrunk makes a run that failed smaller: with fewer acts, faults and breaks. As another run of
// the same scenario may take another course, each is tried a few times.
func shrunk(t *testing.T, failed result) result {
	const tries = 3
	until := time.Now().Add(*shrink)
	for changed := true; changed; {
		changed = false
		for _, smaller := range failed.plan.smaller() {
			for range tries {
				if time.Now().After(until) {
					return failed
				}
				if r := tried(t, smaller); len(r.violations) > 0 {
					failed, changed = r, true
					break
				}
			}
			if changed {
				break
			}
		}
	}
	return failed
}

// tried carries out a scenario in a test of its own.
func tried(t *testing.T, plan scenario) (r result) {
	t.Run("smaller", func(t *testing.T) { r = carryOut(t, plan) })
	return r
}

// accountLines is how many of the events that led to a violation are shown.
const accountLines = 120

// account tells what is wrong with a run, and what led to it.
func (r result) account() string {
	const most = 8
	var text strings.Builder
	for _, v := range r.violations[:min(len(r.violations), most)] {
		fmt.Fprintln(&text, v)
	}
	if more := len(r.violations) - most; more > 0 {
		fmt.Fprintf(&text, "and %d more\n", more)
	}
	lines := r.events.lines(r.related...)
	fmt.Fprintf(&text, "the last of %d events that have to do with it (-virtual.events=FOLDER keeps all):\n%s\n",
		len(lines), strings.Join(lines[max(0, len(lines)-accountLines):], "\n"))
	return text.String()
}
