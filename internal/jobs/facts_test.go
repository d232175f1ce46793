package jobs_test

// This file holds what several processes ask the API together: each fact once, for
// as long as it is believed, and again when there is reason to doubt it. Whether the
// facts are applied rightly is shown by the tests of the whole way.

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/simtest"
)

// The calls by which the facts about site's row become known.
const (
	callProfile   = "GET /me"
	callCustomers = "GET /customers"
	callVPNs      = "GET /customers/{customerCode}/vpns"
	callCountry   = "GET /countries/{iso2}"
	callRules     = "GET /countries/{iso2}/addressconstraints"
	callGeoRules  = "GET /countries/{iso2}/geographicalconstraints"
	callArea1     = "GET /countries/{iso2}/geoareas/area1"
	callArea2     = "GET /countries/{iso2}/geoareas/area1/{area1}/area2"
	callAddresses = "GET /countries/{iso2}/addresses"
)

// once is the calls that everything about site's row costs.
var once = map[string]int{
	callProfile: 1, callCustomers: 1, callVPNs: 1, callCountry: 1,
	callRules: 1, callGeoRules: 1, callArea1: 1, callArea2: 1, callAddresses: 1,
}

// hall is a simulator and a Redis in memory, whose clock only advance moves.
type hall struct {
	*rig
	*simtest.Gate
	redis *miniredis.Miniredis
	now   atomic.Int64 // Unix milliseconds
}

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{redis: miniredis.RunT(t), Gate: &simtest.Gate{}}
	h.rig = newRig(t, "redis://"+h.redis.Addr()+"/0", btsim.Options{}, h.Between)
	h.now.Store(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC).UnixMilli())
	h.advance(0)
	return h
}

func (h *hall) advance(d time.Duration) {
	h.redis.SetTime(time.UnixMilli(h.now.Add(d.Milliseconds())))
	h.redis.FastForward(d)
}

// process is a Checker with connections of its own.
func (h *hall) process(scope string, hooks ...redis.Hook) *jobs.Checker {
	h.t.Helper()
	rdb := redistest.Connect(h.t, h.redisURL)
	for _, hook := range hooks {
		rdb.AddHook(hook)
	}
	return jobs.NewChecker(jobs.CheckerConfig{
		API: h.api, Ledger: ledger.New(rdb, nil), Scope: scope,
		Now: func() time.Time { return time.UnixMilli(h.now.Load()) },
	})
}

// calls is how often each call came, tokens aside.
func calls(sim *btsim.Sim) map[string]int {
	all := sim.Stats().Calls
	maps.DeleteFunc(all, func(call string, _ int) bool { return strings.HasSuffix(call, btsim.TokenPath) })
	return all
}

// learn asks a Checker for everything about site's row.
func learn(ctx context.Context, c *jobs.Checker, customer string) error {
	if _, err := c.Me(ctx); err != nil {
		return err
	}
	codes, err := c.Customers(ctx, "")
	if err != nil || !slices.Equal(codes, []string{customer}) {
		return fmt.Errorf("customers %q: %w", codes, err)
	}
	s := site(2)
	f, err := c.Check(ctx, customer, &s.Request)
	if err != nil || len(f.Problems) > 0 || s.VPNID == "" || f.Address["a1"] == "" {
		return fmt.Errorf("checked as %v %v, VPN %q: %w", f.Address, f.Problems, s.VPNID, err)
	}
	if f, err = c.Verify(ctx, s.Country, f); err != nil || len(f.Problems) > 0 {
		return fmt.Errorf("verified as %v: %w", f.Problems, err)
	}
	return nil
}

func (h *hall) learn(c *jobs.Checker) {
	h.t.Helper()
	if err := learn(h.t.Context(), c, h.sim.Credentials().CustomerCode); err != nil {
		h.t.Fatal(err)
	}
}

// expect holds the books against times × once, and other calls.
func (h *hall) expect(times int, others map[string]int) {
	h.t.Helper()
	want := map[string]int{}
	for call, n := range once {
		want[call] = n * times
	}
	for call, n := range others {
		want[call] += n
	}
	if got := calls(h.sim); !maps.Equal(got, want) {
		h.t.Errorf("the API was asked %v\nwant %v", got, want)
	}
}

func TestFactsAreAskedOnceByAllProcesses(t *testing.T) {
	t.Parallel()
	for kind, start := range redistest.Kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, start(t), btsim.Options{Latency: 50 * time.Millisecond}, nil)
			var all sync.WaitGroup
			for range 2 {
				api := r.backend.Connect(t, nil)
				process := jobs.NewChecker(jobs.CheckerConfig{
					API: api, Ledger: ledger.New(redistest.Connect(t, r.redisURL), nil), Scope: "scope",
				})
				for range 50 {
					all.Go(func() {
						if err := learn(t.Context(), process, r.sim.Credentials().CustomerCode); err != nil {
							t.Error(err)
						}
					})
				}
			}
			all.Wait()
			if got := calls(r.sim); !maps.Equal(got, once) {
				t.Errorf("the API was asked %v", got)
			}
		})
	}
}

func TestFactsAreSharedByNobodyWithoutALedger(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	alone := jobs.NewChecker(jobs.CheckerConfig{API: h.api, Now: func() time.Time { return time.UnixMilli(h.now.Load()) }})
	h.learn(alone)
	h.advance(59 * time.Minute)
	h.learn(alone)
	h.expect(1, nil)
	h.advance(2 * time.Minute)
	h.learn(alone)
	h.expect(2, nil)
	h.learn(h.process("scope"))
	h.expect(3, nil)
}

func TestFactsAreBelievedForAnHour(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	first := h.process("scope")
	h.learn(first)
	h.advance(59 * time.Minute)
	h.learn(first)
	h.learn(h.process("scope"))
	h.expect(1, nil)
	h.advance(2 * time.Minute)
	h.learn(first)
	h.learn(h.process("scope"))
	h.expect(2, nil)
	h.advance(61 * time.Minute)
	if keys := h.redis.Keys(); len(keys) > 0 {
		t.Errorf("after an hour without a question, Redis still has %q", keys)
	}
}

// counter counts what a process asks its Redis.
type counter struct{ n atomic.Int32 }

func (c *counter) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *counter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.count(cmd)
		return next(ctx, cmd)
	}
}

func (c *counter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.count(cmds[0])
		return next(ctx, cmds)
	}
}

// count leaves out what a new connection begins with.
func (c *counter) count(cmd redis.Cmder) {
	if name := cmd.Name(); name != "hello" && name != "client" {
		c.n.Add(1)
	}
}

// A file with very many rows must not cost as many round trips to Redis.
func TestFactsAreCopiedForHalfAMinute(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.learn(h.process("scope"))
	trips := &counter{}
	process := h.process("scope", trips)
	h.learn(process)
	first := trips.n.Load()
	if want := int32(len(once) - 1); first != want { // one answer holds both rules
		t.Errorf("the first row cost %d round trips to Redis, want %d", first, want)
	}
	h.advance(29 * time.Second)
	for range 500 {
		h.learn(process)
	}
	if n := trips.n.Load(); n != first {
		t.Errorf("500 rows more cost %d round trips to Redis", n-first)
	}
	h.advance(2 * time.Second)
	for range 500 {
		h.learn(process)
	}
	if n := trips.n.Load(); n != 2*first {
		t.Errorf("500 rows with copies that had ended cost %d round trips to Redis, want %d", n-first, first)
	}
	h.expect(1, nil)
}

func TestFactsOfTwoScopesDoNotMix(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.learn(h.process("one"))
	h.learn(h.process("two"))
	h.expect(2, nil)

	scope := jobs.Scope("https://host/path", "client", "hush-hush", "0123456789abcdef")
	if len(scope) != 16 || jobs.Scope("https://host/path/", "client", "hush-hush", "0123456789abcdef") != scope {
		t.Errorf("a scope is %q", scope)
	}
	seen := map[string]bool{scope: true}
	for _, other := range [][4]string{
		{"https://host/other", "client", "hush-hush", "0123456789abcdef"},
		{"https://host/path", "clienth", "ush-hush", "0123456789abcdef"},
		{"https://host/path", "client", "hush", "0123456789abcdef"},
		{"https://host/path", "client", "hush-hush", "0123456789abcdee"},
	} {
		s := jobs.Scope(other[0], other[1], other[2], other[3])
		if seen[s] {
			t.Errorf("%q has the scope of another account", other)
		}
		seen[s] = true
	}
}

func TestFactsThatAreDoubtedAreAskedForAnew(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	customer := h.sim.Credentials().CustomerCode
	trips := &counter{}
	process, other := h.process("scope"), h.process("scope", trips)
	h.learn(process)
	doubt := func() {
		t.Helper()
		for range 100 {
			if err := process.Doubt(t.Context(), customer, "CH"); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.advance(59 * time.Second)
	doubt() // asked for a moment ago
	h.learn(process)
	h.expect(1, nil)

	h.learn(other)
	h.advance(2 * time.Second)
	doubt()
	h.learn(process)
	doubt()
	h.learn(process)
	again := maps.Clone(once)
	delete(again, callProfile)
	delete(again, callCustomers)
	h.expect(1, again)

	// The other process goes by its copies until they end, and then by the new facts.
	before := trips.n.Load()
	h.learn(other)
	if n := trips.n.Load() - before; n > 0 {
		t.Errorf("%d commands within the life of a copy", n)
	}
	h.advance(29 * time.Second)
	h.learn(other)
	if trips.n.Load() == before {
		t.Error("the copies of the other process never end")
	}
	h.expect(1, again)
}

func TestADoubtLeavesTheFactsOfOthersAlone(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	process := h.process("scope")
	h.learn(process)
	h.advance(2 * time.Minute)
	for _, c := range []*jobs.Checker{h.process("another"), process} {
		if err := c.Doubt(t.Context(), "1", "FR"); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.process("another").Doubt(t.Context(), h.sim.Credentials().CustomerCode, "CH"); err != nil {
		t.Fatal(err)
	}
	h.learn(process)
	h.expect(1, nil)
}

func TestFactsThatAreBadNewsAreAskedForAgain(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.Set(func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
		switch call {
		case simtest.CallMe:
			fmt.Fprint(w, `{"rightsProfile":"readonly"}`)
		case callCustomers:
			fmt.Fprint(w, `[]`)
		default:
			return false
		}
		return true
	})
	told := h.process("scope")
	if me, err := told.Me(t.Context()); err != nil || !me.ReadOnly() || h.Count(simtest.CallMe) != 1 {
		t.Errorf("the profile is %v after %d calls (%v)", me, h.Count(simtest.CallMe), err)
	}
	if codes, err := told.Customers(t.Context(), "77"); err != nil || len(codes) > 0 || h.Count(callCustomers) != 1 {
		t.Errorf("the customers are %q after %d calls (%v)", codes, h.Count(callCustomers), err)
	}
	// The person mended it at once, and tries again, with this process or another.
	h.Set(nil)
	h.advance(time.Millisecond)
	for _, c := range []*jobs.Checker{told, h.process("scope")} {
		if me, err := c.Me(t.Context()); err != nil || me.ReadOnly() {
			t.Errorf("the profile is %v (%v)", me, err)
		}
		if codes, err := c.Customers(t.Context(), h.sim.Credentials().CustomerCode); err != nil || len(codes) != 1 {
			t.Errorf("the customers are %q (%v)", codes, err)
		}
	}
	if n, m := h.Count(simtest.CallMe), h.Count(callCustomers); n != 2 || m != 2 {
		t.Errorf("the profile was read %d times and the customers %d times, want 2 each", n, m)
	}
	if codes, err := told.Customers(t.Context(), "77"); err != nil || len(codes) != 1 {
		t.Errorf("the customers are %q (%v)", codes, err)
	}
	h.advance(time.Millisecond)
	if _, err := told.Customers(t.Context(), "77"); err != nil || h.Count(callCustomers) != 3 {
		t.Errorf("an unknown customer was told by an old list: %d calls (%v)", h.Count(callCustomers), err)
	}
}

func TestFactsAreAskedForOnceAMinuteByWrongRows(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	customer := h.sim.Credentials().CustomerCode
	process, other := h.process("scope"), h.process("scope")
	h.learn(process)
	wrong := func(c *jobs.Checker) {
		t.Helper()
		for range 500 {
			s := site(2)
			s.VPN, s.Country = "no such VPN", "ZZ"
			f, err := c.Check(t.Context(), customer, &s.Request)
			if err != nil || len(f.Problems) != 2 || f.Problems[0].Code != jobs.CodeVPNUnknown || f.Problems[1].Code != jobs.CodeNotCovered {
				t.Fatalf("a wrong row has %v (%v)", f.Problems, err)
			}
		}
	}
	wrong(process)
	h.expect(1, map[string]int{callCountry: 1}) // nobody asked about ZZ yet
	h.advance(61 * time.Second)
	wrong(process)
	wrong(other)
	h.expect(1, map[string]int{callCountry: 2, callVPNs: 1})
	h.advance(59 * time.Second)
	wrong(process)
	wrong(other)
	h.expect(1, map[string]int{callCountry: 2, callVPNs: 1})
	h.advance(2 * time.Second)
	wrong(other)
	h.expect(1, map[string]int{callCountry: 3, callVPNs: 2})
}
