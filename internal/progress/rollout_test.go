// This file has simulated rollouts: whole batches in virtual time, with all that decides how long
// they take drawn by a seed.

package progress_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
	"btrollout/internal/throttle"
)

// plan is what decides how long a rollout takes.
type plan struct {
	sites, workers int
	rate           throttle.Rate
	quotas         []throttle.Rate
	delivery       [2]time.Duration
	skewed         bool // few deliveries take very long
	faults         btsim.Faults
	wave           int           // sites of a batch that was done before; 0: there was none
	earlier, later int           // sites of batches that are uploaded just before, and just after
	window         time.Duration // for how long the batch may order, then it may not for as long; 0: always
	phase          time.Duration // how long before the upload the window opened; a window's length or more: it is closed
	strict         bool
	urgent         bool // the other batch is urgent
	paused         int  // percent of the batch at which the other one is paused, until it is done; 0: never
}

// draw draws a plan.
func draw(seed uint64) plan {
	r := rand.New(rand.NewPCG(seed, 17))
	p := plan{
		sites: 200 + r.IntN(400), workers: 1 + r.IntN(2), rate: throttle.Rate{Calls: 20 + r.IntN(100), Per: time.Minute},
		skewed: r.IntN(2) == 0,
	}
	if r.IntN(3) > 0 {
		p.wave = 150
	}
	orders := time.Duration(float64(2*p.sites) / p.rate.PerSecond() * float64(time.Second))
	switch r.IntN(4) {
	case 0:
		p.quotas = []throttle.Rate{{Calls: p.rate.Calls * (20 + r.IntN(30)), Per: time.Hour}}
	case 1:
		p.quotas = []throttle.Rate{{Calls: p.sites + r.IntN(p.sites), Per: 24 * time.Hour}}
	}
	lengths := [][2]float64{{0.02, 0.3}, {0.3, 2}, {5, 30}}
	length := lengths[r.IntN(len(lengths))]
	p.delivery = [2]time.Duration{time.Duration(length[0] * float64(orders)), time.Duration(length[1] * float64(orders))}
	if r.IntN(3) == 0 {
		must(p.faults.UnmarshalText([]byte("all=0.2%")))
		delete(p.faults, btsim.Slow)
	}
	switch r.IntN(4) {
	case 0:
		p.earlier = 50 + r.IntN(150)
	case 1:
		p.later = 50 + r.IntN(150)
	}
	// What is drawn from here on changes nothing of the above.
	if r.IntN(4) == 0 {
		p.window = time.Duration(float64(orders) * (0.15 + 1.2*r.Float64())).Round(time.Minute)
		p.phase = time.Duration(float64(p.window) * 2 * r.Float64())
		p.strict = r.IntN(3) == 0
	}
	if r.IntN(10) == 0 {
		p.urgent = true
		if p.earlier+p.later == 0 {
			p.later = 50 + r.IntN(100)
		}
	}
	if p.earlier+p.later > 0 && r.IntN(6) == 0 {
		p.paused = 20 + r.IntN(50)
	}
	return p
}

// batchPlan is when the batch may order that is uploaded at now: in windows of a day's hours, because these
// can have any length.
func (p plan) batchPlan(now time.Time) rollout.Plan {
	if p.window == 0 {
		return rollout.Plan{}
	}
	const day = 24 * time.Hour
	opened := now.Add(-p.phase).UTC()
	length := min(p.window, day/3)
	var windows []string
	for at := time.Duration(0); at+2*length <= day; at += 2 * length {
		from, until := opened.Add(at), opened.Add(at+length)
		windows = append(windows, from.Format("15:04")+"-"+until.Format("15:04")+" UTC")
	}
	return rollout.Plan{Windows: windows, Strict: p.strict}
}

// typical are rollouts of which much is known: deliveries are quick, or as in an earlier wave, or there are
// windows.
var typical = []plan{
	{
		sites: 120, workers: 1, rate: throttle.Rate{Calls: 60, Per: time.Minute},
		delivery: [2]time.Duration{5 * time.Second, 20 * time.Second}, wave: 50,
	},
	{
		sites: 80, workers: 2, rate: throttle.Rate{Calls: 2, Per: time.Second},
		delivery: [2]time.Duration{10 * time.Minute, 20 * time.Minute}, wave: 60,
	},
	{
		sites: 80, workers: 1, rate: throttle.Rate{Calls: 60, Per: time.Minute},
		delivery: [2]time.Duration{5 * time.Second, 20 * time.Second}, wave: 40, window: 2 * time.Minute,
	},
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// rig carries a plan out.
type rig struct {
	plan
	api     *simtest.API
	redis   *redistest.Virtual
	rdb     *redis.Client
	ledger  *ledger.Ledger
	checker *precheck.Checker
	rows    int
	live    []*jobs.Worker
}

// newRig starts the servers of a rollout.
func newRig(t *testing.T, p plan, seed int64) *rig {
	t.Helper()
	r := &rig{plan: p, redis: redistest.StartVirtual(t, redistest.VirtualOptions{Unlisted: true})}
	r.rdb = r.redis.Connect(t, nil)
	r.ledger = ledger.New(r.rdb)
	r.api = simtest.StartInMemory(t, btsim.Options{
		Latency: 200 * time.Millisecond, Seed: seed, Faults: p.faults, Hang: 10 * time.Second,
		DeliveryMin: max(1, p.delivery[0]), DeliveryMax: max(1, p.delivery[1]), DeliverySkewed: p.skewed,
	}, func(h http.Handler) http.Handler { return h })
	r.checker = precheck.NewChecker(precheck.Config{API: r.api.Client, Ledger: r.ledger, Scope: "simulator"})
	return r
}

// start starts the workers, each with networks of its own.
func (r *rig) start(t *testing.T) {
	t.Helper()
	for range r.workers {
		rdb := r.redis.Connect(t, nil)
		limiter := throttle.New(rdb, r.rate, r.quotas...)
		api := r.api.Connect(t, func(c *btapi.Config) { c.Limiter, c.Timeout = limiter, 20*time.Second })
		l := ledger.New(rdb)
		w := jobs.NewWorker(jobs.Config{
			Redis: rdb, Ledger: l, API: api, Sustained: limiter.Sustained,
			Checker: precheck.NewChecker(precheck.Config{API: api, Ledger: l, Scope: "simulator"}),
			Report: func(_ context.Context, b rollout.Batch, _ iter.Seq2[rollout.Site, error]) (string, error) {
				return "report of " + b.ID, nil
			},
			TaskCheckInterval: r.interval(), DelayedTaskCheckInterval: r.interval(),
			Timeout: 20 * time.Second, Settle: 10 * time.Second, OrderDeadline: 1000 * time.Hour,
			Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		})
		must(w.Start())
		r.live = append(r.live, w)
	}
}

// stop stops the workers.
func (r *rig) stop() {
	for _, w := range r.live {
		w.Stop()
	}
	r.live = nil
}

// interval is the time between two looks for tasks: longer in a rollout that takes long, to save
// commands.
func (p plan) interval() time.Duration {
	return min(max(250*time.Millisecond, p.lasts()/2000), 5*time.Second)
}

// lasts is about how long the rollout takes.
func (p plan) lasts() time.Duration {
	lasts := p.delivery[1] + time.Duration(float64(2*p.sites)/p.rate.PerSecond())*time.Second
	for _, q := range p.quotas {
		lasts = max(lasts, q.Per)
	}
	return lasts
}

// upload submits a batch of new sites.
func (r *rig) upload(ctx context.Context, id string, n int, plan rollout.Plan) {
	sites := make([]rollout.Site, n)
	customer := r.api.Sim.Credentials().CustomerCode
	for i := range sites {
		r.rows++
		s := rollout.Site{Row: rollout.RowRef(i + 2), Cells: []string{}}
		s.Name, s.Label, s.Country, s.VPN = fmt.Sprintf("SITE-%04d", r.rows), "A site", "CH", "1"
		s.Address = rollout.Address{"hno": "5", "a6": "Rue de Bourg", "pc": "1003", "a3": "Lausanne", "a1": "Vaud", "dialzone": "021"}
		s.State = rollout.Imported
		for range 10 {
			if _, err := r.checker.Check(ctx, customer, &s.Request); err == nil {
				break
			}
			time.Sleep(time.Second)
		}
		sites[i] = s
	}
	entries, err := jobs.Recognise(ctx, r.ledger, customer, sites)
	must(err)
	b := rollout.Batch{ID: id, File: "f.csv", Customer: customer, Created: time.Now().UTC(), Uploaded: n, Plan: plan}
	must(jobs.Submit(ctx, r.ledger, jobs.NewQueue(r.rdb), b, func(yield func(ledger.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}, nil))
}

// await waits until a batch is done.
func (r *rig) await(ctx context.Context, id string, look func(rollout.Batch)) {
	for {
		b, err := r.ledger.Batch(ctx, id)
		must(err)
		if look(b); b.State == rollout.Done {
			return
		}
		time.Sleep(min(max(time.Since(b.Created)/500, time.Second), 3*time.Second))
	}
}
