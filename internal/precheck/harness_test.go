// The harness of these tests: a simulator, a Redis in memory, and processes that share
// what they ask the API.

package precheck_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"btrollout/internal/btsim"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

func TestMain(m *testing.M) {
	// These tests wait far more than they work, so many may run side by side.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	// The clock of regexp2's time limits ends by itself, a second after the last match.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2.runClock"))
}

// The calls by which the facts about row become known, as the simulator counts them.
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

// once is the calls that everything about row costs.
var once = map[string]int{
	callProfile: 1, callCustomers: 1, callVPNs: 1, callCountry: 1,
	callRules: 1, callGeoRules: 1, callArea1: 1, callArea2: 1, callAddresses: 1,
}

// row is a right row: Switzerland has areas, a manual dial zone and no address API.
func row() rollout.Request {
	return rollout.Request{
		Name: "SITE-002", Label: "A site", Country: "CH", VPN: "1",
		Address: rollout.Address{"hno": "5", "a6": "Rue de Bourg", "pc": "1003", "a3": "Lausanne", "a1": "Vaud", "dialzone": "021"},
	}
}

// harness is a simulator behind a gate, and a Redis in memory, whose clock only advance
// moves.
type harness struct {
	*simtest.Gate
	t        *testing.T
	api      *simtest.API
	redis    *miniredis.Miniredis
	rdb      *redis.Client
	customer string
	now      atomic.Int64 // Unix milliseconds
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	h := &harness{Gate: &simtest.Gate{}, t: t, redis: miniredis.RunT(t)}
	h.api = simtest.Start(t, btsim.Options{}, h.Between)
	h.customer = h.api.Sim.Credentials().CustomerCode
	h.rdb = redistest.Connect(t, h.redisURL())
	h.now.Store(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC).UnixMilli())
	h.advance(0)
	return h
}

func (h *harness) redisURL() string { return "redis://" + h.redis.Addr() + "/0" }

func (h *harness) advance(d time.Duration) {
	h.redis.SetTime(time.UnixMilli(h.now.Add(d.Milliseconds())))
	h.redis.FastForward(d)
}

func (h *harness) clock() time.Time { return time.UnixMilli(h.now.Load()) }

// process is a Checker with a connection of its own to Redis.
func (h *harness) process(scope string, hooks ...redis.Hook) *precheck.Checker {
	h.t.Helper()
	rdb := redistest.Connect(h.t, h.redisURL())
	for _, hook := range hooks {
		rdb.AddHook(hook)
	}
	return precheck.NewChecker(precheck.Config{API: h.api.Client, Ledger: ledger.New(rdb), Scope: scope, Now: h.clock})
}

// calls is how often each call came, tokens aside.
func calls(sim *btsim.Sim) map[string]int {
	all := sim.Stats().Calls
	maps.DeleteFunc(all, func(call string, _ int) bool { return strings.HasSuffix(call, btsim.TokenPath) })
	return all
}

// learn asks a Checker for everything about row.
func learn(ctx context.Context, c *precheck.Checker, customer string) error {
	if _, err := c.Me(ctx); err != nil {
		return err
	}
	codes, err := c.Customers(ctx, "")
	if err != nil || !slices.Equal(codes, []string{customer}) {
		return fmt.Errorf("customers %q: %w", codes, err)
	}
	r := row()
	f, err := c.Check(ctx, customer, &r)
	if err != nil || len(f.Problems) > 0 || r.VPNID == "" || f.Address["a1"] == "" {
		return fmt.Errorf("checked as %v %v, VPN %q: %w", f.Address, f.Problems, r.VPNID, err)
	}
	if f, err = c.Verify(ctx, r.Country, f); err != nil || len(f.Problems) > 0 {
		return fmt.Errorf("verified as %v: %w", f.Problems, err)
	}
	return nil
}

func (h *harness) learn(c *precheck.Checker) {
	h.t.Helper()
	if err := learn(h.t.Context(), c, h.customer); err != nil {
		h.t.Fatal(err)
	}
}

// expect holds the simulator's books against times × once, and other calls.
func (h *harness) expect(times int, others map[string]int) {
	h.t.Helper()
	want := map[string]int{}
	for call, n := range once {
		want[call] = n * times
	}
	for call, n := range others {
		want[call] += n
	}
	if got := calls(h.api.Sim); !maps.Equal(got, want) {
		h.t.Errorf("the API was asked %v\nwant %v", got, want)
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

// errDead is what a dead process's commands come to.
var errDead = errors.New("this process is dead")

// mortal is the connection of a process that can die: from then on, none of its commands
// is carried out, and it gets no answer to those that are.
type mortal struct{ dead atomic.Bool }

func (m *mortal) DialHook(next redis.DialHook) redis.DialHook { return next }

func (m *mortal) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return m.around(func() error { return next(ctx, cmd) })
	}
}

func (m *mortal) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return m.around(func() error { return next(ctx, cmds) })
	}
}

func (m *mortal) around(call func() error) error {
	if m.dead.Load() {
		return errDead
	}
	if err := call(); err != nil || !m.dead.Load() {
		return err
	}
	return errDead
}
