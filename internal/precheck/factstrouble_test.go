// This file tests facts in trouble: the process that asks for one dies or takes its time, the
// API refuses, Redis is away or has a record that cannot be read.

package precheck_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// factLease is for how long a process that died while asking may keep others waiting.
const factLease = 15 * time.Second

// keyTerms is the key of the number of the last term of a duty. It never expires.
const keyTerms = "{btr}:terms"

// leaseLeft is the remaining time of the one lease in Redis; less than 0: there is none.
func leaseLeft(t *testing.T, rdb *redis.Client) time.Duration {
	t.Helper()
	keys, err := rdb.Keys(t.Context(), "{btr}:duty:*").Result()
	if err != nil || len(keys) > 1 {
		t.Fatalf("leases %q (%v)", keys, err)
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

func TestAFetcherThatDiesDelaysOthersByItsLeaseOnly(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	rule, arrived, let := dam()
	h.Set(rule)
	t.Cleanup(let)
	m := &mortal{}
	dying := h.process("scope", m)
	died := make(chan error, 1)
	go func() {
		_, err := dying.Me(context.Background())
		died <- err
	}()
	<-arrived
	m.dead.Store(true)

	looks := &counter{}
	other := h.process("scope", looks)
	told := make(chan error, 1)
	go func() {
		_, err := other.Me(context.Background())
		told <- err
	}()
	simtest.Until(t, "the other process looks several times", func() bool { return looks.n.Load() > 8 })
	if left := leaseLeft(t, h.rdb); left <= 0 || left > factLease {
		t.Errorf("the dead one holds its lease for %v", left)
	}
	if n := h.Count(simtest.CallMe); n != 1 {
		t.Errorf("%d calls while one was held back", n)
	}
	h.advance(factLease)
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
	if left := leaseLeft(t, h.rdb); left >= 0 {
		t.Errorf("a lease is left for %v", left)
	}
}

func TestAFetcherThatTakesItsTimeIsWaitedFor(t *testing.T) {
	t.Parallel()
	g := &simtest.Gate{}
	rule, arrived, let := dam()
	g.Set(rule)
	api, url := simtest.Start(t, btsim.Options{}, g.Between), redistest.Server(t)
	t.Cleanup(let)
	process := func() *precheck.Checker {
		return precheck.NewChecker(precheck.Config{API: api.Client, Ledger: ledger.New(redistest.Connect(t, url)), Scope: "scope"})
	}
	results := make(chan error, 2)
	ask := func(c *precheck.Checker) {
		_, err := c.Me(context.Background())
		results <- err
	}
	go ask(process())
	<-arrived
	go ask(process())
	// The lease is extended: its remaining time grows although it was not released.
	shortest, rdb := factLease, redistest.Connect(t, url)
	simtest.Until(t, "the lease is extended", func() bool {
		left := leaseLeft(t, rdb)
		shortest = min(shortest, left)
		return left > shortest+factLease/6
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
	held          atomic.Bool
}

func (l *latecomer) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if strings.HasPrefix(cmd.Name(), "eval") && l.held.CompareAndSwap(false, true) { // its first script acquires the duty to ask
			close(l.arrived)
			<-l.open
		}
		return next(ctx, cmd)
	}
}

func TestAFactThatHasJustComeIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
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
	h := newHarness(t)
	process := h.process("scope")
	h.Set(func(_ string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
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
	h := newHarness(t)
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
		address := rollout.Address{"hno": hno, "a6": "RIVOLI", "sts": "RUE", "pc": "75001", "a3": "PARIS"}
		_, err := process.Verify(t.Context(), "FR", precheck.Finding{Address: address})
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
	h := newHarness(t)
	h.learn(h.process("scope"))
	for _, key := range slices.DeleteFunc(h.redis.Keys(), func(key string) bool { return key == keyTerms }) {
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
	h := newHarness(t)
	process := h.process("scope")
	h.learn(process)
	h.redis.SetError("LOADING Redis is loading")
	h.learn(process) // by its copies
	h.advance(31 * time.Second)
	for _, c := range []*precheck.Checker{process, h.process("scope")} {
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
			h := newHarness(t)
			h.Set(answer)
			process := h.process("scope")
			for minute := range 3 {
				for range 100 {
					r := row()
					f, err := process.Check(t.Context(), h.customer, &r)
					if err != nil || len(f.Problems) != 1 || f.Problems[0].Code != precheck.CodeCountryRefused || f.Problems[0].Message.FR == "" {
						t.Fatalf("%+v %v", f, err)
					}
				}
				if n := h.Count("GET /addressconstraints"); n != minute+1 {
					t.Fatalf("asked %d times within %d minutes", n, minute+1)
				}
				h.advance(61 * time.Second)
			}
			h.Set(nil)
			r := row()
			if f, err := process.Check(t.Context(), h.customer, &r); err != nil || len(f.Problems) > 0 {
				t.Errorf("when the API speaks again: %+v %v", f, err)
			}
		})
	}
}

// The preview of a file must not fail because the API refuses one country.
func TestChecker_CountryOfARefusedCountry(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call string
		want rollout.Country
	}{
		"coverage":           {"GET /CH", rollout.Country{ISO2: "CH"}},
		"address rules":      {"GET /addressconstraints", rollout.Country{ISO2: "CH", Name: "Switzerland", Emergency: "Yes"}},
		"geographical rules": {"GET /geographicalconstraints", rollout.Country{ISO2: "CH", Name: "Switzerland", Emergency: "Yes"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			h.Set(simtest.Answering(c.call, http.StatusBadRequest, 20))
			got, err := h.process("scope").Country(t.Context(), "CH")
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("error %v (-want +got):\n%s", err, diff)
			}
			if h.Count(c.call) == 0 {
				t.Error("the call did not come")
			}
		})
	}
	h := newHarness(t)
	h.Set(simtest.Answering("GET /addressconstraints", http.StatusUnauthorized, 0))
	if got, err := h.process("scope").Country(t.Context(), "CH"); err == nil {
		t.Errorf("an account that does not work: %+v without an error", got)
	}
}

// A row that is wrong by rules of long ago may be right by those of today.
func TestARowIsRefusedByFreshRulesOnly(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	process := h.process("scope")
	h.learn(process)
	wrong := func() precheck.Finding {
		r := row()
		r.Address["room"] = strings.Repeat("x", 21)
		f, err := process.Check(t.Context(), h.customer, &r)
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
