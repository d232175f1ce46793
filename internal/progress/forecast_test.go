// This file holds the time that is said to be left against the time that it takes.

package progress_test

import (
	"flag"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"

	"btrollout/internal/jobs"
	"btrollout/internal/progress"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

var (
	rollouts = flag.Int("progress.rollouts", 0, "number of simulated rollouts of TestForecast; 0: those of typical")
	first    = flag.Uint64("progress.seed", 1, "seed of the first of them")
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // each test has a small heap, and most of it is garbage soon
	simtest.RunTests(m)
}

// look is what was said of a batch at one moment.
type look struct {
	at   time.Time
	said progress.Progress
	took time.Duration // until the batch was done
}

// ranges are the ranges that were told, in seconds from the look on.
func (l look) ranges() (list [][2]int) {
	left := l.said.Left
	if left == nil {
		return nil
	}
	for _, r := range left.Ranges {
		list = append(list, [2]int{int(math.Round(r.From.Sub(l.at).Seconds())), int(math.Round(r.Until.Sub(l.at).Seconds()))})
	}
	if list == nil {
		list = [][2]int{{left.LeastSeconds, left.MostSeconds}}
	}
	return list
}

// isWrong reports whether no range holds what came.
func (l look) isWrong() bool {
	ranges, took := l.ranges(), int(l.took.Seconds())
	return ranges != nil && !slices.ContainsFunc(ranges, func(r [2]int) bool { return r[0] <= took && took <= r[1] })
}

// looksAt carries a plan out, and looks at each tenth of its batch.
func looksAt(t *testing.T, p plan, seed uint64) (looks []look) {
	t.Helper()
	r := newRig(t, p, int64(seed))
	ctx := t.Context()
	r.start(t)
	defer r.stop()
	if p.wave > 0 {
		r.upload(ctx, "wave", p.wave, rollout.Plan{})
		r.await(ctx, "wave", func(rollout.Batch) {})
	}
	other := rollout.Plan{Urgent: p.urgent}
	if p.earlier > 0 {
		r.upload(ctx, "earlier", p.earlier, other)
	}
	r.upload(ctx, "b", p.sites, p.batchPlan(time.Now()))
	if p.later > 0 {
		r.upload(ctx, "later", p.later, other)
	}
	next := 10
	r.await(ctx, "b", func(b rollout.Batch) {
		percent := (b.Rows() - b.Open()) * 100 / b.Rows()
		if p.paused > 0 && percent >= p.paused {
			p.paused = 0
			for _, id := range []string{"earlier", "later"} {
				_ = jobs.Pause(ctx, r.ledger, id) // one of them is not there, or has ended
			}
		}
		if percent >= next && percent < 100 {
			next = percent/10*10 + 10
			said, err := progress.Of(ctx, r.ledger, r.rdb, b)
			must(err)
			looks = append(looks, look{at: time.Now(), said: said})
		}
	})
	for i := range looks {
		looks[i].took = time.Since(looks[i].at)
	}
	return looks
}

func share(part, of int) float64 { return float64(part) / float64(max(1, of)) }

// From a tenth of the batch on, the range holds what comes in 19 of 20 looks, or none is told.
func TestForecast(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var all, told, wrong, inAll int
	widest := 0.0 // distance of an end from the middle, as a part of that
	plans := map[uint64]plan{}
	for i, p := range typical {
		plans[uint64(i)] = p
	}
	if *rollouts > 0 {
		clear(plans)
		for seed := *first; seed < *first+uint64(*rollouts); seed++ {
			plans[seed] = draw(seed)
		}
	}
	t.Run("rollouts", func(t *testing.T) {
		for seed, p := range plans {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				var looks []look
				simtest.InBubble(t, time.Minute, func(t *testing.T) { looks = looksAt(t, p, seed) })
				mu.Lock()
				defer mu.Unlock()
				right := true
				for _, l := range looks {
					all++
					mark := ""
					if l.said.Left != nil {
						told++
						for _, r := range l.ranges() {
							widest = max(widest, share(r[1]-r[0], r[1]+r[0]))
						}
					}
					if l.isWrong() {
						wrong, mark, right = wrong+1, ": wrong", false
					}
					t.Logf("%s: %s%s", l.took.Round(time.Second), l.said.Line(rollout.English), mark)
				}
				if right {
					inAll++
				}
			})
		}
	})
	t.Logf("%d rollouts, %d looks, %d with a range, %d of these wrong; never wrong in %d rollouts", len(plans), all, told, wrong, inAll)
	if *rollouts > 0 { // as a benchmark, for docs/performance.md
		fmt.Printf("BenchmarkForecast\t1\t%d rollouts\t%d looks\t%.1f told-%%\t%.1f right-%%\t%.1f widest-%%\t%d never-wrong\n",
			len(plans), all, 100*share(told, all), 100*(1-share(wrong, told)), 100*widest, inAll)
	}
	if *rollouts == 0 && (wrong*20 > max(told, 20) || told < all/4) {
		t.Errorf("a range was told at %d of %d looks, and was wrong at %d", told, all, wrong)
	}
}

// TestPollShare: forecasts count polls as workers make them.
func TestPollShare(t *testing.T) {
	t.Parallel()
	if progress.PollShare != jobs.IdleShare {
		t.Errorf("forecasts count %v of the calls as polls, workers poll with %v", progress.PollShare, jobs.IdleShare)
	}
}
