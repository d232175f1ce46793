package jobs_test

// This file holds facts in trouble: the process that asks for one dies or takes its
// time, the API refuses, Redis is away or has what cannot be read.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// factHold is for how long a process that died while asking may keep others waiting.
const factHold = 15 * time.Second

// holdOf is how long the one duty in Redis is still held; less than 0: there is none.
func holdOf(t *testing.T, rdb redis.UniversalClient) time.Duration {
	t.Helper()
	keys, err := rdb.Keys(t.Context(), "{btr}:duty:*").Result()
	if err != nil || len(keys) > 1 {
		t.Fatalf("duties %q (%v)", keys, err)
	}
	if len(keys) == 0 {
		return -1
	}
	left, err := rdb.PTTL(t.Context(), keys[0]).Result()
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// until waits until a condition holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: never", what)
		}
	}
}

// dam holds the first reading of the profile back until it is let through.
func dam() (rule simtest.Rule, arrived chan struct{}, let func()) {
	arrived, open := make(chan struct{}), make(chan struct{})
	var held atomic.Bool
	return func(call string, _ http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
		if call == simtest.CallMe && held.CompareAndSwap(false, true) {
			close(arrived)
			<-open
		}
		return false
	}, arrived, sync.OnceFunc(func() { close(open) })
}

func TestAFetcherThatDiesDelaysOthersByItsHoldOnly(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	rule, arrived, let := dam()
	h.Set(rule)
	t.Cleanup(let)
	m := &machine{}
	dying := h.process("scope", m)
	died := make(chan error, 1)
	go func() {
		_, err := dying.Me(context.Background())
		died <- err
	}()
	<-arrived
	m.mu.Lock()
	m.dead = true
	m.mu.Unlock()

	looks := &counter{}
	other := h.process("scope", looks)
	told := make(chan error, 1)
	go func() {
		_, err := other.Me(context.Background())
		told <- err
	}()
	until(t, "the other process looks several times", func() bool { return looks.n.Load() > 8 })
	if left := holdOf(t, h.rdb); left <= 0 || left > factHold {
		t.Errorf("the dead one holds its duty for %v", left)
	}
	if n := h.Count(simtest.CallMe); n != 1 {
		t.Errorf("%d calls while one was held back", n)
	}
	h.advance(factHold)
	if err := <-told; err != nil {
		t.Errorf("the other process has %v", err)
	}
	if n := h.Count(simtest.CallMe); n != 2 {
		t.Errorf("%d calls, want the dead one's and the other's", n)
	}
	let()
	if err := <-died; !errors.Is(err, errDead) {
		t.Errorf("the dead one has %v", err)
	}
	if left := holdOf(t, h.rdb); left >= 0 {
		t.Errorf("a duty is left for %v", left)
	}
}

func TestAFetcherThatTakesItsTimeIsWaitedFor(t *testing.T) {
	t.Parallel()
	g := &simtest.Gate{}
	rule, arrived, let := dam()
	g.Set(rule)
	r := newRig(t, redistest.Server(t), btsim.Options{}, g.Between)
	t.Cleanup(let)
	process := func() *jobs.Checker {
		return jobs.NewChecker(jobs.CheckerConfig{API: r.api, Ledger: ledger.New(redistest.Connect(t, r.redisURL), nil), Scope: "scope"})
	}
	results := make(chan error, 2)
	ask := func(c *jobs.Checker) {
		_, err := c.Me(context.Background())
		results <- err
	}
	go ask(process())
	<-arrived
	go ask(process())
	// The hold is renewed: it gets longer although nobody let go of it.
	shortest := factHold
	until(t, "the hold is renewed", func() bool {
		left := holdOf(t, r.rdb)
		shortest = min(shortest, left)
		return left > shortest+factHold/6
	})
	// Whoever waits may leave.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := process().Me(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("whoever does not wait any more has %v", err)
	}
	if n := g.Count(simtest.CallMe); n != 1 {
		t.Errorf("%d calls while one was held back", n)
	}
	let()
	for range 2 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if n := g.Count(simtest.CallMe); n != 1 {
		t.Errorf("%d calls for one fact", n)
	}
}

// latecomer holds a process back between its look for a fact and its turn to ask.
type latecomer struct {
	counter
	arrived, open chan struct{}
}

func (l *latecomer) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "set" {
			close(l.arrived)
			<-l.open
		}
		return next(ctx, cmd)
	}
}

func TestAFactThatHasJustComeIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	late := &latecomer{arrived: make(chan struct{}), open: make(chan struct{})}
	process := h.process("scope", late)
	told := make(chan error, 1)
	go func() {
		_, err := process.Me(context.Background())
		told <- err
	}()
	<-late.arrived
	if _, err := h.process("scope").Me(t.Context()); err != nil {
		t.Error(err)
	}
	close(late.open)
	if err := <-told; err != nil {
		t.Error(err)
	}
	if n := h.Count(simtest.CallMe); n != 1 {
		t.Errorf("%d calls for one fact", n)
	}
}

func TestFactsThatAreErrorsAreNotKept(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	process := h.process("scope")
	h.Set(func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
		return simtest.Refuse(w, http.StatusForbidden, 50)
	})
	for range 2 {
		_, err := process.Me(t.Context())
		if e := (*btapi.Error)(nil); !errors.As(err, &e) || e.Class != btapi.Account {
			t.Fatalf("the error is %v", err)
		}
	}
	h.Set(nil)
	h.learn(process)
	h.expect(1, nil)
}

// One row that the address API refuses says nothing about another.
func TestFactsAreNoRefusalsOfARow(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	var first atomic.Bool
	arrived, let := make(chan struct{}), make(chan struct{})
	h.Set(func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
		if call != "GET /addresses" || !first.CompareAndSwap(false, true) {
			return false
		}
		close(arrived)
		<-let
		return simtest.Refuse(w, http.StatusBadRequest, 25)
	})
	process := h.process("scope")
	verify := func(hno string) error {
		_, err := process.Verify(t.Context(), "FR", jobs.Finding{Address: rollout.Address{"hno": hno, "a6": "RIVOLI", "sts": "RUE", "pc": "75001", "a3": "PARIS"}})
		return err
	}
	refused := make(chan error, 1)
	go func() { refused <- verify("1") }()
	<-arrived
	var others sync.WaitGroup
	for i := range 10 {
		others.Go(func() {
			if err := verify(fmt.Sprint(i + 2)); err != nil {
				t.Errorf("another row was refused: %v", err)
			}
		})
	}
	close(let)
	if e := (*btapi.Error)(nil); !errors.As(<-refused, &e) || e.Class != btapi.Site {
		t.Errorf("the refused row has %v", e)
	}
	others.Wait()
	if n := h.Count("GET /addresses"); n != 11 {
		t.Errorf("11 rows were looked up %d times", n)
	}
}

func TestFactsThatCannotBeReadAreAskedForAnew(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.learn(h.process("scope"))
	for _, key := range h.redis.Keys() {
		for _, spoil := range []string{"{", "nonsense"} {
			fields, err := h.redis.HKeys(key)
			if err != nil {
				t.Fatal(err)
			}
			for i, field := range fields {
				if was := h.redis.HGet(key, field); i%2 == 0 && spoil == "{" {
					h.redis.HSet(key, field, strings.SplitN(was, " ", 2)[0]+" "+spoil)
				} else {
					h.redis.HSet(key, field, spoil)
				}
			}
		}
	}
	h.learn(h.process("scope"))
	h.learn(h.process("scope"))
	h.expect(2, nil)
}

func TestFactsNeedTheirRedis(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	process := h.process("scope")
	h.learn(process)
	h.redis.SetError("LOADING Redis is loading")
	h.learn(process) // by its copies
	h.advance(31 * time.Second)
	for _, c := range []*jobs.Checker{process, h.process("scope")} {
		_, err := c.Me(t.Context())
		if e := (*btapi.Error)(nil); err == nil || errors.As(err, &e) || !strings.Contains(err.Error(), "Redis") {
			t.Errorf("without Redis: %v", err)
		}
		if err := c.Doubt(t.Context(), "1", "CH"); err == nil {
			t.Error("without Redis nothing can be doubted, and nobody says so")
		}
	}
	h.expect(1, nil)
	h.redis.SetError("")
	h.learn(process)
	h.expect(1, nil)
}

// An order is refused although its row passed the checks: what they relied on is asked
// for anew, once for all sites of the country.
func TestARefusedOrderHasTheRulesAskedForAgain(t *testing.T) {
	t.Parallel()
	later := &clock{}
	g := &simtest.Gate{Rule: simtest.Answering(simtest.CallOrder, http.StatusBadRequest, 24)}
	r := newRig(t, redistest.InMemory(t), btsim.Options{}, g.Between)
	r.config.Unseen = nothingUnseen
	r.config.Checker = jobs.NewChecker(jobs.CheckerConfig{API: r.api, Now: later.now})
	r.submit("b", sitesFrom(5)...)
	later.forward(2 * time.Minute) // what is known is no news any more, and not out of date
	stop := r.startWorker()
	b := r.wait("b", isDone)
	stop()
	if b.Counts[rollout.Failed] != 5 {
		t.Errorf("ended as %v", b.Counts)
	}
	if n := r.sim.Stats().Calls[callVPNs]; n > 2 {
		t.Errorf("the VPNs were asked for %d times", n)
	}
	before := r.sim.Stats().Calls[callVPNs]
	r.submit("again", site(9))
	if n := r.sim.Stats().Calls[callVPNs]; n == 1 || n > 2 || before > n {
		t.Errorf("after the refusals, the VPNs were asked for %d times in all, want 2", n)
	}
}

// A country that the API will not speak about costs a file full of its rows one call,
// and not one for each row.
func TestACountryThatTheAPIRefusesIsAskedForOnceAMinute(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]simtest.Rule{
		"refused": simtest.Answering("GET /addressconstraints", http.StatusBadRequest, 20),
		"no rules": func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
			if call == "GET /addressconstraints" {
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, "{}")
			}
			return call == "GET /addressconstraints"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			h.Set(answer)
			process := h.process("scope")
			for minute := range 3 {
				for range 100 {
					s := site(2)
					f, err := process.Check(t.Context(), h.sim.Credentials().CustomerCode, &s.Request)
					if err != nil || len(f.Problems) != 1 || f.Problems[0].Code != jobs.CodeCountryRefused || f.Problems[0].Message.FR == "" {
						t.Fatalf("%+v %v", f, err)
					}
				}
				if n := h.Count("GET /addressconstraints"); n != minute+1 {
					t.Fatalf("asked %d times within %d minutes", n, minute+1)
				}
				h.advance(61 * time.Second)
			}
			h.Set(nil)
			s := site(2)
			if f, err := process.Check(t.Context(), h.sim.Credentials().CustomerCode, &s.Request); err != nil || len(f.Problems) > 0 {
				t.Errorf("when the API speaks again: %+v %v", f, err)
			}
		})
	}
}

// A row that is wrong by rules of long ago may be right by those of today.
func TestARowIsRefusedByFreshRulesOnly(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	process := h.process("scope")
	h.learn(process)
	wrong := func() jobs.Finding {
		s := site(2)
		s.Address["room"] = strings.Repeat("x", 21)
		f, err := process.Check(t.Context(), h.sim.Credentials().CustomerCode, &s.Request)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for range 100 {
		if f := wrong(); len(f.Problems) != 1 {
			t.Fatalf("%+v", f)
		}
	}
	h.expect(1, nil)
	h.Set(func(call string, w http.ResponseWriter, _ *http.Request, carry func() *httptest.ResponseRecorder) bool {
		if call == "GET /addressconstraints" {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, strings.ReplaceAll(carry().Body.String(), `"maxLength":20`, `"maxLength":21`))
		}
		return call == "GET /addressconstraints"
	})
	h.advance(61 * time.Second)
	for range 100 {
		if f := wrong(); len(f.Problems) != 0 {
			t.Fatalf("by today's rules: %+v", f)
		}
	}
	h.expect(1, map[string]int{callRules: 1, callGeoRules: 1})
}
