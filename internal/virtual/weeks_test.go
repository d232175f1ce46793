// This file has a rollout of weeks: each working night a master file that has grown is uploaded,
// orders take days, and the account is blocked for a weekend.

package virtual_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/judge"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
	"btrollout/internal/throttle"
)

var (
	weeks    = flag.Int("virtual.weeks", 0, "weeks of the rollouts of TestWeeks and TestMasterFile; 0: some hours")
	plotFile = flag.String("virtual.plot", "", "file for the plot of TestWeeks, an SVG")
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// rolloutOfWeeks is what happens in a rollout of weeks, and when. Times are since a Monday, 0:00.
type rolloutOfWeeks struct {
	plan    scenario
	nights  []time.Duration  // when the master file is uploaded
	sizes   []int            // right rows of the file, by night
	blocked [2]time.Duration // when the account does not work
	lasts   time.Duration    // for at least so long, a worker runs
}

const (
	firstNight  = 840 // right rows of the first file
	laterNights = 40  // right rows that each later file has more
	movedEvery  = 250 // one row in so many has another address than the night before
	callsPerDay = 2500
	// justBefore is how long before midnight the files are uploaded: when the account is blocked
	// at midnight, sites of the new file are at work.
	justBefore = 4 * time.Second
)

// newRolloutOfWeeks makes a rollout of so many weeks, with a file each night from Monday to
// Friday. The account is blocked on the weekend in the middle, from Saturday, 0:00, to Monday,
// 6:00. With no week, the rollout has two files and takes some hours.
func newRolloutOfWeeks(weeks int) rolloutOfWeeks {
	r := rolloutOfWeeks{lasts: time.Duration(weeks) * week}
	delivery := [2]time.Duration{2 * time.Hour, 72 * time.Hour}
	for night := range 5 * weeks {
		midnight := time.Duration(night/5)*week + time.Duration(night%5+1)*day
		r.nights = append(r.nights, midnight-justBefore)
		r.sizes = append(r.sizes, firstNight+night*laterNights)
	}
	saturday := time.Duration((weeks-1)/2)*week + 5*day
	r.blocked = [2]time.Duration{saturday, saturday + 2*day + 6*time.Hour}
	if weeks == 0 {
		r.nights, r.sizes = []time.Duration{0, 4*time.Hour - justBefore}, []int{40, 60}
		r.blocked = [2]time.Duration{4 * time.Hour, 6 * time.Hour}
		delivery = [2]time.Duration{time.Hour, 3 * time.Hour}
	}
	r.plan = scenario{
		seed: 1, sites: r.sizes[len(r.sizes)-1], nights: len(r.nights),
		rate: throttle.Rate{Calls: 20, Per: time.Second}, quotas: []throttle.Rate{{Calls: callsPerDay, Per: day}},
		delivery: delivery, deadline: 100 * time.Hour,
		paces: paces[1:2], skews: make([]time.Duration, 1),
	}
	must(r.plan.faults.UnmarshalText([]byte("rejected=every:150")))
	return r
}

// slowSettings are those of a rollout in which most of the time all sites wait.
func slowSettings(watchEvery time.Duration, observe func(rollout.Batch, map[string]rollout.State)) settings {
	return settings{
		redis: redistest.VirtualOptions{Expiry: time.Second, Unlisted: true},
		page:  100, watchEvery: watchEvery, tasks: 10 * time.Second, delayed: 10 * time.Second, direct: true, observe: observe,
	}
}

// weeksResult is what came of a rollout of weeks.
type weeksResult struct {
	result
	progress      *progress
	restarts      int
	perDay        []int // calls
	ordersPerWeek []int
	whenBlocked   map[string]int // calls while the account was blocked
	commands      int64          // of Redis
}

// run carries the rollout out, in a bubble.
func (r rolloutOfWeeks) run(t *testing.T, rows []judge.Row, dir string) (out weeksResult) {
	p := newProgress(rows)
	w := newWorld(t, r.plan, slowSettings(time.Hour, p.observe), rows, dir)
	time.Sleep(untilMonday(time.Now()))
	p.monday = time.Now()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var side sync.WaitGroup
	side.Go(func() {
		time.Sleep(w.set.watchEvery / 2) // files come shortly before a full hour
		w.watch(ctx)
	})
	side.Go(func() { p.sampleEvery(ctx, w.set.watchEvery) })
	w.workers[0].start()
	side.Go(func() { out.restarts = w.workers[0].restartDaily(ctx, p.monday) })
	side.Go(func() { out.whenBlocked = r.block(w, p.monday) })
	for night, at := range r.nights {
		time.Sleep(time.Until(p.monday.Add(at)))
		w.uploadSlowly(ctx, judge.NightFile(night))
	}
	w.awaitSlowly(ctx)
	time.Sleep(time.Until(p.monday.Add(r.lasts)))
	out.virtual = time.Since(p.monday)
	time.Sleep(3 * time.Minute) // a second delivery of a task of an ended site comes within that
	cancel()
	side.Wait()
	w.stopAll()
	w.killed.Wait()
	w.checkLeftovers(context.Background())
	out.outcome = w.judged(context.Background())
	w.budget.check(w)
	out.progress, out.perDay, out.calls = p, w.budget.perDay(p.monday), len(w.budget.times())
	out.ordersPerWeek = ordersPerWeek(w.sim.Sim.Stats(), p.monday)
	out.commands, out.events, out.violations, out.related = w.redis.Commands(), w.events, w.violations, w.related
	return out
}

// uploadSlowly uploads a file, later if the quota is used up.
func (w *world) uploadSlowly(ctx context.Context, file string) {
	const most, pause = 24, 10 * time.Minute
	var err error
	for range most {
		if _, err = w.office.upload(ctx, file); err == nil {
			return
		}
		time.Sleep(pause)
	}
	w.addViolation("%v", err)
}

// awaitSlowly waits until all batches are done.
func (w *world) awaitSlowly(ctx context.Context) {
	const every = 10 * time.Minute
	for end := time.Now().Add(doneWithin + 2*w.plan.delivery[1] + day); !w.office.settled(ctx); time.Sleep(every) {
		if time.Now().After(end) {
			w.addViolation("the batches are not done")
			return
		}
	}
}

// untilMonday is the time until the next Monday, 0:00 UTC.
func untilMonday(now time.Time) time.Duration {
	midnight := now.UTC().Truncate(day).Add(day)
	return midnight.AddDate(0, 0, (8-int(midnight.Weekday()))%7).Sub(now)
}

// restartDaily restarts a worker at three each morning, in turn as an update does and as a
// machine that loses its power does.
func (m *machine) restartDaily(ctx context.Context, monday time.Time) (restarts int) {
	const threeOClock, pause = 3 * time.Hour, time.Minute
	for at := monday.Add(threeOClock); ; at = at.Add(day) {
		select {
		case <-ctx.Done():
			return restarts
		case <-time.After(time.Until(at)):
		}
		if restarts++; restarts%2 == 0 {
			m.kill()
		} else {
			m.stop()
		}
		time.Sleep(pause)
		m.start()
	}
}

// learnsWithin is how long a worker may take to learn that the account is blocked: while no site
// has a call to make, it learns that by a poll, and the quota allows one every few minutes.
const learnsWithin = 10 * time.Minute

// block refuses all calls for a while, and returns how often each came. After learnsWithin, only
// probes may come.
func (r rolloutOfWeeks) block(w *world, monday time.Time) map[string]int {
	time.Sleep(time.Until(monday.Add(r.blocked[0])))
	var mu sync.Mutex
	calls := map[string]int{}
	began := time.Now()
	w.gate.Set(func(call string, answer http.ResponseWriter, q *http.Request, _ func() *httptest.ResponseRecorder) bool {
		if q.URL.Path == btsim.TokenPath {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		calls[call]++
		if call != simtest.CallMe && time.Since(began) > learnsWithin {
			w.addViolation("%s %s after the account was blocked", call, time.Since(began))
		}
		return simtest.Refuse(answer, http.StatusForbidden, codeBlocked)
	})
	time.Sleep(time.Until(monday.Add(r.blocked[1])))
	w.gate.Set(w.rule)
	mu.Lock()
	defer mu.Unlock()
	return calls
}

// perDay counts the calls of each day.
func (b *budget) perDay(monday time.Time) []int {
	return countPer(day, monday, b.times())
}

// ordersPerWeek counts the orders of each week.
func ordersPerWeek(books btsim.Stats, monday time.Time) []int {
	var times []time.Time
	for _, orders := range books.Orders {
		for _, o := range orders {
			times = append(times, o.CreationDate)
		}
	}
	return countPer(week, monday, times)
}

// countPer counts times by the span in which they are.
func countPer(span time.Duration, since time.Time, times []time.Time) (counts []int) {
	for _, at := range times {
		n := int(at.Sub(since) / span)
		counts = append(counts, make([]int, max(0, n+1-len(counts)))...)
		counts[n]++
	}
	return counts
}

func (out weeksResult) String() string {
	return fmt.Sprintf("%s of virtual time in %s (%.0f times as fast): %d sites in %d files, %d orders (by week: %v), "+
		"%d calls (at most %d a day: %v), %d restarts, calls while blocked: %v, %d commands of Redis",
		out.virtual.Round(time.Minute), out.real.Round(time.Second), out.virtual.Seconds()/out.real.Seconds(), out.plan.sites, out.plan.nights,
		out.outcome.Orders, out.ordersPerWeek, out.calls, slices.Max(out.perDay), out.perDay, out.restarts, out.whenBlocked, out.commands)
}

// TestWeeks runs a rollout of weeks, or a small one of some hours.
func TestWeeks(t *testing.T) {
	r := newRolloutOfWeeks(*weeks)
	rows := judge.MakeGrowingRows(rand.New(rand.NewPCG(uint64(r.plan.seed), 1)), judge.Growth{Sizes: r.sizes, Moved: movedEvery, Wrong: true})
	dir := t.TempDir()
	if err := judge.WriteFiles(dir, rows); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var out weeksResult
	simtest.InBubble(t, endsWithin, func(t *testing.T) { out = r.run(t, rows, dir) })
	out.real, out.plan = time.Since(began), r.plan
	t.Log(out)
	if len(out.violations) > 0 {
		t.Error(out.account())
	}
	if most := slices.Max(out.perDay); most > callsPerDay {
		t.Errorf("%d calls on one day, the quota is %d: %v", most, callsPerDay, out.perDay)
	}
	if out.whenBlocked[simtest.CallMe] == 0 || out.restarts < *weeks*7-1 || *weeks > 0 && out.outcome.Orders == r.plan.sites ||
		slices.Contains(out.ordersPerWeek, 0) || len(out.ordersPerWeek) < *weeks {
		t.Errorf("the run does not have what it is for: %v", out)
	}
	if *plotFile != "" {
		if err := out.progress.draw(*plotFile, r.blocked); err != nil {
			t.Error(err)
		}
	}
}
