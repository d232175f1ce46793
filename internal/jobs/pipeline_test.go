// This file takes sites from row to voicesite, against the simulator over HTTP,
// and holds the rig for it. Orders that nobody tells of are in uncertain_test.go,
// uploads that break off in submit_test.go.

package jobs_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/identity"
	"btrollout/internal/importer"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
	"btrollout/internal/spelling"
)

func TestMain(m *testing.M) {
	// These tests wait far more than they work, so many may run side by side.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	debug.SetGCPercent(400) // each test has a small heap of its own, and most of it is garbage soon
	simtest.RunTests(m)
}

// patience is how long a batch may take in these tests.
const patience = 60 * time.Second

// lookEvery is how often a test looks at what it waits for.
const lookEvery = 50 * time.Millisecond

// lookShare makes looks rarer the longer a test waits: it looks again after a twentieth of that time.
const lookShare = 20

// callTimeout is how long the workers believe that one call may take. The client waits
// longer, so that a busy machine does not make it send again what a test counts; where
// workers die, both must agree.
const callTimeout = time.Second

// rig is a simulator, a Redis, and what the workers need.
type rig struct {
	servers
	t       *testing.T
	backend *simtest.API
	sim     *btsim.Sim    // that of backend
	api     *btapi.Client // that of backend
	rdb     *redis.Client
	ledger  *ledger.Ledger
	queue   *jobs.Queue
	reports atomic.Int32
	config  jobs.Config

	patience  time.Duration // how long a batch may take; default patience
	lookEvery time.Duration // how often a test looks at what it waits for; default lookEvery
}

// servers are what a rig runs on: a Redis, and a way to start a simulator.
type servers struct {
	connect func(testing.TB) *redis.Client // makes one more client of the Redis
	start   func(testing.TB, btsim.Options, func(http.Handler) http.Handler, ...func(*btapi.Config)) *simtest.API
}

// realServers are a redis-server, and a simulator behind a socket.
func realServers(t *testing.T) servers {
	t.Helper()
	url := redistest.Server(t)
	return servers{func(t testing.TB) *redis.Client { return redistest.Connect(t, url) }, simtest.Start}
}

// onEachRedis runs a test on a redis-server in real time, and in memory in virtual time.
func onEachRedis(t *testing.T, test func(t *testing.T, on servers)) {
	t.Helper()
	t.Run("redis-server", func(t *testing.T) {
		t.Parallel()
		test(t, realServers(t))
	})
	runVirtually(t, "miniredis", func(t *testing.T) { test(t, memoryServers(t)) })
}

// newRig starts a simulator. The function meddle, unless nil, wraps its handler; the
// functions change, called last, change how the client is made.
func (on servers) newRig(
	t *testing.T, o btsim.Options, meddle func(http.Handler) http.Handler, change ...func(*btapi.Config),
) *rig {
	t.Helper()
	if o.DeliveryMin == 0 {
		o.DeliveryMin, o.DeliveryMax = 10*time.Millisecond, 500*time.Millisecond
	}
	backend := on.start(t, o, meddle, change...)
	r := &rig{t: t, servers: on, backend: backend, sim: backend.Sim, api: backend.Client, rdb: on.connect(t)}
	r.ledger, r.queue = ledger.New(r.rdb), jobs.NewQueue(r.rdb)
	r.config = jobs.Config{
		Redis: r.rdb, Ledger: r.ledger, API: r.api,
		Checker: precheck.NewChecker(precheck.Config{API: r.api, Ledger: r.ledger, Scope: "simulator"}),
		Report: func(_ context.Context, b rollout.Batch, sites iter.Seq2[rollout.Site, error]) (string, error) {
			n := 0
			for _, err := range sites {
				if err != nil {
					return "", err
				}
				n++
			}
			if n != b.Rows() {
				return "", fmt.Errorf("report of %d rows for a batch of %d", n, b.Rows())
			}
			r.reports.Add(1)
			return "report of " + b.ID, nil
		},
		Sustained: func(context.Context) (float64, error) { return math.Inf(1), nil },
		Timeout:   callTimeout, Settle: 300 * time.Millisecond, Window: time.Second, Skew: 100 * time.Millisecond, OrderDeadline: time.Hour,
		RecoveryDelay: noRecoveryDelay,
		Retry:         jobs.Retry{First: 20 * time.Millisecond, Max: 200 * time.Millisecond, Tries: 6, Probe: 500 * time.Millisecond},
		Log:           slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	return r
}

// startWorker starts a worker and returns what stops it, at the latest with the test.
func (r *rig) startWorker() (stop func()) {
	r.t.Helper()
	w := jobs.NewWorker(r.config)
	if err := w.Start(); err != nil {
		r.t.Fatal(err)
	}
	stop = sync.OnceFunc(w.Stop)
	r.t.Cleanup(stop)
	return stop
}

// site is a right row: Switzerland has areas, a manual dial zone and no address API.
func site(row int) rollout.Site {
	s := rollout.Site{Row: rollout.RowRef(row), Cells: []string{}}
	s.Name, s.Label, s.Country, s.VPN = fmt.Sprintf("SITE-%03d", row), "A site", "CH", "1"
	s.Address = rollout.Address{"hno": "5", "a6": "Rue de Bourg", "pc": "1003", "a3": "Lausanne", "a1": "Vaud", "dialzone": "021"}
	s.State = rollout.Imported
	return s
}

// admitAll admits all parked sites of a running batch, as workers do.
func (r *rig) admitAll(id string) {
	r.t.Helper()
	b, err := r.ledger.Batch(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	sites, err := r.ledger.Admit(r.t.Context(), b.Rows(), 0, []ledger.Admissible{{Batch: b}})
	if err = errors.Join(err, r.queue.Sites(r.t.Context(), sites)); err != nil {
		r.t.Fatal(err)
	}
}

// submit checks sites as enqueue does, and submits them as batch id.
func (r *rig) submit(id string, sites ...rollout.Site) {
	r.t.Helper()
	ctx := r.t.Context()
	for i := range sites {
		if sites[i].Country == "" {
			continue
		}
		f, err := r.config.Checker.Check(ctx, r.sim.Credentials().CustomerCode, &sites[i].Request)
		if err != nil {
			r.t.Fatal(err)
		}
		if sites[i].Notes = f.Notes; len(f.Problems) > 0 {
			sites[i].State = rollout.Rejected
			sites[i].Problems = append(sites[i].Problems, f.Problems...)
		}
	}
	customer := r.sim.Credentials().CustomerCode
	entries, err := jobs.Recognise(ctx, r.ledger, customer, sites)
	if err != nil {
		r.t.Fatal(err)
	}
	b := rollout.Batch{ID: id, File: "f.csv", Customer: customer, Created: time.Now().UTC()}
	err = jobs.Submit(ctx, r.ledger, r.queue, b, func(yield func(ledger.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}, nil)
	if err != nil {
		r.t.Fatal(err)
	}
}

// wait waits until a batch fulfils a condition.
func (r *rig) wait(id string, done func(rollout.Batch) bool) rollout.Batch {
	r.t.Helper()
	began := time.Now()
	for {
		b, err := r.ledger.Batch(r.t.Context(), id)
		if err != nil {
			r.t.Fatal(err)
		}
		if done(b) {
			return b
		}
		waited := time.Since(began)
		if waited > cmp.Or(r.patience, patience) {
			r.t.Fatalf("batch %s stands at %s %q %v", id, b.State, b.Reason, b.Counts)
		}
		time.Sleep(max(cmp.Or(r.lookEvery, lookEvery), waited/lookShare))
	}
}

func isDone(b rollout.Batch) bool { return b.State == rollout.Done }

func (r *rig) sites(id string) map[string]rollout.Site {
	r.t.Helper()
	sites := map[string]rollout.Site{}
	for s, err := range r.ledger.Sites(r.t.Context(), id) {
		if err != nil {
			r.t.Fatal(err)
		}
		sites[fmt.Sprint(s.Row)] = s
	}
	return sites
}

// judge holds the ledger against the simulator's own books: no site was ordered
// twice, and every provisioned site has the address of its row and was ordered under
// its own reference, unless a person named its voicesite.
func (r *rig) judge(id string) {
	r.t.Helper()
	stats := r.sim.Stats()
	under := map[string]string{} // orderId → reference
	for reference, orders := range stats.Orders {
		if len(orders) > 1 {
			r.t.Errorf("%d orders under %s", len(orders), reference)
		}
		for _, o := range orders {
			under[o.OrderID] = reference
		}
	}
	books := map[string]btsim.Voicesite{}
	for _, v := range stats.Voicesites {
		if _, twice := books[v.TechnicalSiteName]; twice {
			r.t.Errorf("%s was made twice", v.TechnicalSiteName)
		}
		books[v.TechnicalSiteName] = v
	}
	for _, s := range r.sites(id) {
		if s.State != rollout.Provisioned {
			continue
		}
		v := books[s.Name]
		if v.VoiceSiteID != s.Progress.VoiceSiteID || v.AddressPushes == 0 {
			r.t.Errorf("%s is provisioned as %q; the books have %+v", s.Name, s.Progress.VoiceSiteID, v)
		}
		named := s.Request.VoiceSiteID != "" || s.Decision != nil && s.Decision.VoiceSiteID != ""
		if own := identity.Reference(r.sim.Credentials().CustomerCode, s.Request); !named && under[v.OrderID] != own {
			r.t.Errorf("%s is provisioned as %s, which was ordered under %q and not under its own %s", s.Name, v.VoiceSiteID, under[v.OrderID], own)
		}
		for _, element := range []string{"hno", "a6", "pc", "a3"} {
			if spelling.Fold(v.Address[element]) != spelling.Fold(s.Address[element]) {
				r.t.Errorf("%s has %s %q, its row says %q", s.Name, element, v.Address[element], s.Address[element])
			}
		}
	}
}

// finish takes a batch from its upload to its end, and judges it.
func (r *rig) finish(id string, sites ...rollout.Site) rollout.Batch {
	r.t.Helper()
	r.submit(id, sites...)
	stop := r.startWorker()
	b := r.wait(id, isDone)
	stop()
	r.judge(id)
	return b
}

// The whole sample, on a real Redis and on miniredis, judged by the simulator.
func TestTheSampleIsProvisioned(t *testing.T) {
	t.Parallel()
	onEachRedis(t, func(t *testing.T, on servers) {
		r := on.newRig(t, btsim.Options{}, nil)
		r.config.RecoveryDelay = 0 // as it is by default
		file, err := importer.Open("../../samples/rollout.csv", importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		var sites []rollout.Site
		for s, err := range file.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			sites = append(sites, s)
		}
		b := r.finish("sample", sites...)
		if b.Rows() != len(sites) || b.Counts[rollout.Provisioned] != 51 || b.NeedSomeone() != 13 || b.Report == "" || r.reports.Load() != 1 {
			t.Errorf("the batch ended as %v, report %q written %d times", b.Counts, b.Report, r.reports.Load())
		}
		want := map[string]string{
			"6": "address.unknown", "10": "address.not-used", "16": "site.vpn-unknown", "18": "address.dialzone-missing",
			"23": "address.area", "25": "address.pattern", "30": "order.rejected", "35": "row.name-duplicate",
			"37": "address.missing", "43": "address.not-listed", "44": "address.refused", "45": "site.country-not-covered", "65": "address.too-long",
		}
		for row, s := range r.sites("sample") {
			code := ""
			if len(s.Problems) > 0 {
				code = s.Problems[0].Code
			}
			if code != want[row] {
				t.Errorf("row %s (%s) has problem %q, want %q: %v", row, s.Name, code, want[row], s.Problems)
			}
		}
		left, err := r.rdb.Keys(t.Context(), "asynq:*:t:*").Result()
		if err != nil || len(left) > 0 {
			t.Errorf("tasks are left over: %v %v", left, err)
		}
	})
}

// swallow lets each site's first order through, and loses the answer.
func swallow(mode string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		var mu sync.Mutex
		seen := map[string]bool{}
		return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			if q.Method != http.MethodPost || !strings.HasSuffix(q.URL.Path, "/orders/voicesite") {
				next.ServeHTTP(w, q)
				return
			}
			body, _ := io.ReadAll(q.Body)
			mu.Lock()
			first := !seen[string(body)]
			seen[string(body)] = true
			mu.Unlock()
			q.Body = io.NopCloser(strings.NewReader(string(body)))
			if !first {
				next.ServeHTTP(w, q)
				return
			}
			if mode != "before" {
				next.ServeHTTP(httptest.NewRecorder(), q)
			}
			if mode == "503" {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			panic(http.ErrAbortHandler) // the connection breaks
		})
	}
}

func TestALostAnswerNeverMakesASecondOrder(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"after", "503", "before"} {
		runVirtually(t, mode, func(t *testing.T) {
			r := newVirtualRig(t, btsim.Options{}, swallow(mode))
			b := r.finish("b", site(2), site(3), site(4))
			if b.Counts[rollout.Provisioned] != 3 {
				t.Errorf("ended as %v: %v", b.Counts, r.sites("b"))
			}
		})
	}
}

func TestTransientErrorsAreRetried(t *testing.T) {
	virtually(t, func(t *testing.T) {
		var calls atomic.Int32
		r := newVirtualRig(t, btsim.Options{}, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
				if q.Method != http.MethodPost && strings.Contains(q.URL.Path, "/customers/") && calls.Add(1)%3 == 0 {
					http.Error(w, "<html>busy</html>", http.StatusBadGateway)
					return
				}
				next.ServeHTTP(w, q)
			})
		})
		b := r.finish("b", site(2), site(3), site(4), site(5))
		if b.Counts[rollout.Provisioned] != 4 {
			t.Errorf("ended as %v: %v", b.Counts, r.sites("b"))
		}
	})
}

func TestASiteIsGivenUpWithAnAdviceThatHolds(t *testing.T) {
	virtually(t, func(t *testing.T) {
		var broken atomic.Bool
		broken.Store(true)
		r := newVirtualRig(t, btsim.Options{}, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
				if broken.Load() && q.Method == http.MethodPut {
					http.Error(w, "busy", http.StatusServiceUnavailable)
					return
				}
				next.ServeHTTP(w, q)
			})
		})
		r.submit("b1", site(2))
		stop := r.startWorker()
		b := r.wait("b1", isDone)
		s := r.sites("b1")["2"]
		if b.Counts[rollout.Failed] != 1 || s.Problems[0].Code != jobs.CodeUnavailable || s.Progress.VoiceSiteID == "" {
			t.Fatalf("ended as %v: %+v", b.Counts, s)
		}
		// The advice is to upload the row again, and that only the address is sent.
		broken.Store(false)
		r.submit("b2", site(2))
		r.wait("b2", isDone)
		stop()
		r.judge("b2")
		if s := r.sites("b2")["2"]; s.State != rollout.Provisioned {
			t.Errorf("the second upload ended as %+v", s)
		}
	})
}

func TestUploadingAgain(t *testing.T) {
	t.Parallel()
	r := realServers(t).newRig(t, btsim.Options{}, nil)
	r.submit("b1", site(2), site(3))
	r.submit("early", site(2)) // b1 has not even begun
	r.ended("early", "2", rollout.Skipped, "")
	stop := r.startWorker()
	r.wait("b1", isDone)
	r.wait("early", isDone)

	moved := site(3)
	moved.Address["hno"] = "7"
	r.submit("b2", site(2), moved, site(4))
	b := r.wait("b2", isDone)
	stop()
	r.judge("b2")
	got := r.sites("b2")
	if got["2"].State != rollout.Skipped || got["2"].Progress.VoiceSiteID == "" || b.Counts[rollout.Provisioned] != 2 {
		t.Errorf("ended as %v, row 2 %+v", b.Counts, got["2"].Progress)
	}
	if stats := r.sim.Stats(); len(stats.Orders) != 3 {
		t.Errorf("%d orders, want 3", len(stats.Orders))
	}
}

func TestThrottlingCostsNoSiteAnything(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{Rate: 4}, nil)
		var sites []rollout.Site
		for row := range 12 {
			sites = append(sites, site(row+2))
		}
		b := r.finish("b", sites...)
		throttled := slices.ContainsFunc(r.sim.Stats().Refused, func(f btsim.Refused) bool { return f.Code == 53 })
		if b.Counts[rollout.Provisioned] != 12 || !throttled {
			t.Errorf("ended as %v, throttled %v", b.Counts, throttled)
		}
	})
}

func TestAnotherWorkerGoesOn(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{}, nil)
		var sites []rollout.Site
		for row := range 30 {
			sites = append(sites, site(row+2))
		}
		r.submit("b", sites...)
		stopFirst := r.startWorker()
		r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Imported] < 30 })
		stopFirst()
		if b, err := r.ledger.Batch(t.Context(), "b"); err != nil || b.Open() == 0 {
			t.Fatalf("the first worker did everything: %v %v", b.Counts, err)
		}
		stopSecond := r.startWorker()
		b := r.wait("b", isDone)
		stopSecond()
		r.judge("b")
		if b.Counts[rollout.Provisioned] != 30 {
			t.Errorf("ended as %v", b.Counts)
		}
	})
}

// A task that vanished from the queue is made again by the sweep.
func TestASiteWithoutItsTaskIsFound(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{}, nil)
		r.submit("b", site(2))
		r.admitAll("b")
		keys, err := r.rdb.Keys(t.Context(), "asynq:*").Result()
		if err != nil || len(keys) == 0 {
			t.Fatal(keys, err)
		}
		if err := r.rdb.Del(t.Context(), keys...).Err(); err != nil {
			t.Fatal(err)
		}
		if err := r.ledger.Postpone(t.Context(), "b", time.Now().Add(-time.Hour), 2); err != nil {
			t.Fatal(err)
		}
		stop := r.startWorker()
		b := r.wait("b", isDone)
		stop()
		if b.Counts[rollout.Provisioned] != 1 {
			t.Errorf("ended as %v", b.Counts)
		}
	})
}

// A report that cannot be written is tried again more and more rarely.
func TestReport_TriedMoreAndMoreRarely(t *testing.T) {
	virtually(t, func(t *testing.T) {
		const watched = 2 * time.Minute
		r := newVirtualRig(t, instantly, nil)
		r.config.Retry.First, r.config.Retry.Max = time.Second, time.Hour
		write := r.config.Report
		var tries atomic.Int32
		r.config.Report = func(ctx context.Context, b rollout.Batch, sites iter.Seq2[rollout.Site, error]) (string, error) {
			if tries.Add(1); !b.Finished.After(b.Created.Add(watched)) {
				return "", errors.New("no space left on device")
			}
			return write(ctx, b, sites)
		}
		r.submit("b", site(2))
		stop := r.startWorker()
		time.Sleep(watched)
		if n := tries.Load(); n < 2 || n > 8 { // after 1, 2, 4, 8, 16, 32 and 64 s
			t.Errorf("the report was tried %d times in %s", n, watched)
		}
		r.wait("b", isDone)
		stop()
	})
}
