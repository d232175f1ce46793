// This file has a master file that is uploaded every night while it grows: nothing is ordered twice, and
// nobody is called for nothing.

package virtual_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/judge"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
	"btrollout/internal/throttle"
)

// masterFile is how a master file grows, and how often it is uploaded.
type masterFile struct {
	plan   scenario
	growth judge.Growth
	every  time.Duration // from one night to the next
	twice  int           // of so many nights, the file is uploaded twice at the same second in one
}

// newMasterFile makes a master file of so many weeks, in which orders take up to four nights. With no
// week, nights are 20 minutes long.
func newMasterFile(weeks int) masterFile {
	const firstSize = 10
	nights, size := 7*weeks, 200
	m := masterFile{every: day, twice: 5, growth: judge.Growth{Moved: 8, Relabeled: 40}}
	if weeks == 0 {
		m.every, nights, size = 20*time.Minute, 10, 50
	}
	for night := range nights {
		m.growth.Sizes = append(m.growth.Sizes, firstSize+night*(size-firstSize)/(nights-1))
	}
	m.plan = scenario{
		seed: 1, sites: size, nights: nights, rate: throttle.Rate{Calls: 20, Per: time.Second},
		delivery: [2]time.Duration{m.every / 2, 4 * m.every}, deadline: 8 * m.every, consent: time.Second,
		paces: paces[1:2], skews: make([]time.Duration, 1),
	}
	return m
}

// nightsResult is what came of a master file.
type nightsResult struct {
	result
	batches   []rollout.Batch
	followed  map[string]bool // rows that followed another one
	left      int             // rows that were left to another one
	relabeled int             // rows whose report says that the voicesite keeps its label
	sites     []btsim.Voicesite
}

// run uploads the file every night, in a bubble.
func (m masterFile) run(t *testing.T, rows []judge.Row, dir string) (out nightsResult) {
	out.followed = map[string]bool{}
	observe := func(b rollout.Batch, states map[string]rollout.State) {
		for row, state := range states {
			if state == rollout.Following {
				out.followed[b.ID+" row="+row] = true
			}
		}
	}
	w := newWorld(t, m.plan, slowSettings(m.every/24, observe), rows, dir)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var watching sync.WaitGroup
	watching.Go(func() { w.watch(ctx) })
	w.workers[0].start()
	for night := range m.growth.Sizes {
		files := []string{judge.NightFile(night), judge.NightFile(night)}
		if night%m.twice != m.twice-1 {
			files = files[:1]
		}
		w.uploadTogether(ctx, files...)
		time.Sleep(time.Until(w.events.began.Add(time.Duration(night+1) * m.every)))
	}
	w.awaitSlowly(ctx)
	time.Sleep(3 * time.Minute) // a second delivery of a task of an ended site comes within that
	cancel()
	watching.Wait()
	w.stopAll()
	ctx = context.Background()
	w.checkLeftovers(ctx)
	out.outcome = w.judged(ctx)
	batches, err := w.direct.Batches(ctx)
	if err != nil {
		t.Error(err)
	}
	for _, e := range w.evidence(ctx).Entries {
		if strings.Contains(e.Cells["bt_note"], "keeps its label") {
			out.relabeled++
		}
	}
	out.batches, out.left, out.sites, out.events = batches, len(w.left), w.sim.Sim.Stats().Voicesites, w.events
	out.calls, out.virtual, out.violations, out.related = len(w.budget.times()), time.Since(w.events.began), w.violations, w.related
	return out
}

// TestMasterFile uploads a master file every night for weeks, or for some hours with nights of minutes. Its rows are
// still under way when the next nights bring them again, some of them with another address or label. At
// the end, each site was ordered once and has the newest address, and no batch needs a person.
func TestMasterFile(t *testing.T) {
	m := newMasterFile(*weeks)
	rows := judge.MakeGrowingRows(rand.New(rand.NewPCG(uint64(m.plan.seed), 1)), m.growth)
	dir := t.TempDir()
	if err := judge.WriteFiles(dir, rows); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var out nightsResult
	simtest.InBubble(t, endsWithin, func(t *testing.T) { out = m.run(t, rows, dir) })
	t.Logf("%s of virtual time in %s: %d rows in %d batches, %d sites, %d orders, %d calls; "+
		"%d rows followed another one, %d were left to one, %d keep a label",
		out.virtual.Round(time.Minute), time.Since(began).Round(time.Second), len(rows), len(out.batches), m.plan.sites,
		out.outcome.Orders, out.calls, len(out.followed), out.left, out.relabeled)
	if len(out.violations) > 0 {
		t.Error(out.account())
	}
	if out.outcome.Orders != m.plan.sites || len(out.sites) != m.plan.sites {
		t.Errorf("%d orders and %d voicesites, want %d", out.outcome.Orders, len(out.sites), m.plan.sites)
	}
	for _, b := range out.batches { // an exit code of 0
		if b.State != rollout.Done || b.NeedSomeone() > 0 || !b.WithdrawnAt.IsZero() {
			t.Errorf("batch %s is %s and needs a person: %s", b.ID, b.State, judge.InWords(b.Counts))
		}
	}
	if len(out.followed) < m.plan.sites/4 || out.left < m.plan.sites || out.relabeled == 0 || len(out.batches) <= m.plan.nights {
		t.Errorf("the run does not have what it is for: %s", fmt.Sprint(len(out.followed), out.left, out.relabeled, len(out.batches)))
	}
}
