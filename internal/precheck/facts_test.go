// This file tests what several processes ask the API together: each fact once, for as long as
// it is valid, and again when there is reason to doubt it. Whether the facts are applied
// rightly is tested in internal/jobs and internal/e2e.

package precheck_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/btsim"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/redistest"
	"btrollout/internal/simtest"
)

func TestFactsAreAskedOnceByAllProcesses(t *testing.T) {
	t.Parallel()
	for kind, start := range redistest.Kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			api, url := simtest.Start(t, btsim.Options{Latency: 50 * time.Millisecond}, nil), start(t)
			var all sync.WaitGroup
			for range 2 {
				process := precheck.NewChecker(precheck.Config{
					API: api.Connect(t, nil), Ledger: ledger.New(redistest.Connect(t, url)), Scope: "scope",
				})
				for range 50 {
					all.Go(func() {
						if err := learn(t.Context(), process, api.Sim.Credentials().CustomerCode); err != nil {
							t.Error(err)
						}
					})
				}
			}
			all.Wait()
			if got := calls(api.Sim); !maps.Equal(got, once) {
				t.Errorf("the API was asked %v", got)
			}
		})
	}
}

func TestFactsAreBelievedForAnHour(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
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
	if diff := cmp.Diff([]string{keyTerms}, h.redis.Keys()); diff != "" {
		t.Errorf("what Redis has after an hour without a question (-want +got):\n%s", diff)
	}
}

// A file with very many rows must not cost as many round trips to Redis.
func TestFactsAreCopiedForHalfAMinute(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
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
	h := newHarness(t)
	h.learn(h.process("one"))
	h.learn(h.process("two"))
	h.expect(2, nil)

	scope := precheck.Scope("https://host/path", "client", "hush-hush", "0123456789abcdef")
	if len(scope) != 16 || precheck.Scope("https://host/path/", "client", "hush-hush", "0123456789abcdef") != scope {
		t.Errorf("a scope is %q", scope)
	}
	seen := map[string]bool{scope: true}
	for _, other := range [][4]string{
		{"https://host/other", "client", "hush-hush", "0123456789abcdef"},
		{"https://host/path", "clienth", "ush-hush", "0123456789abcdef"},
		{"https://host/path", "client", "hush", "0123456789abcdef"},
		{"https://host/path", "client", "hush-hush", "0123456789abcdee"},
	} {
		s := precheck.Scope(other[0], other[1], other[2], other[3])
		if seen[s] {
			t.Errorf("%q has the scope of another account", other)
		}
		seen[s] = true
	}
}

func TestFactsThatAreDoubtedAreAskedForAnew(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	customer := h.customer
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
	h := newHarness(t)
	process := h.process("scope")
	h.learn(process)
	h.advance(2 * time.Minute)
	for _, c := range []*precheck.Checker{h.process("another"), process} {
		if err := c.Doubt(t.Context(), "1", "FR"); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.process("another").Doubt(t.Context(), h.customer, "CH"); err != nil {
		t.Fatal(err)
	}
	h.learn(process)
	h.expect(1, nil)
}

func TestFactsThatAreBadNewsAreAskedForAgain(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
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
	for _, c := range []*precheck.Checker{told, h.process("scope")} {
		if me, err := c.Me(t.Context()); err != nil || me.ReadOnly() {
			t.Errorf("the profile is %v (%v)", me, err)
		}
		if codes, err := c.Customers(t.Context(), h.customer); err != nil || len(codes) != 1 {
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
	h := newHarness(t)
	customer := h.customer
	process, other := h.process("scope"), h.process("scope")
	h.learn(process)
	wrong := func(c *precheck.Checker) {
		t.Helper()
		for range 500 {
			r := row()
			r.VPN, r.Country = "no such VPN", "ZZ"
			f, err := c.Check(t.Context(), customer, &r)
			if err != nil || len(f.Problems) != 2 || f.Problems[0].Code != precheck.CodeVPNUnknown || f.Problems[1].Code != precheck.CodeNotCovered {
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
