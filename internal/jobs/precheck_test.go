// This file tests what workers do with the results of the checks: what a refused row says of
// the country's rules, and that these are asked for again; what the address register changes.

package jobs_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// checkerBy makes a Checker with a Redis of its own; both take the time from now.
func checkerBy(t *testing.T, api *btapi.Client, now func() time.Time) *precheck.Checker {
	t.Helper()
	m := newMemoryRedis(t)
	rdb := m.Connect(t, nil)
	rdb.AddHook(beforeCommands(func() { m.SetTime(now()) }))
	return precheck.NewChecker(precheck.Config{API: api, Ledger: ledger.New(rdb), Scope: "simulator", Now: now})
}

// beforeCommands is called before commands are sent to Redis.
type beforeCommands func()

func (f beforeCommands) DialHook(next redis.DialHook) redis.DialHook { return next }

func (f beforeCommands) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		f()
		return next(ctx, cmd)
	}
}

func (f beforeCommands) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		f()
		return next(ctx, cmds)
	}
}

func TestARefusedAddressSaysWhetherTheRulesChanged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		element, key string // of the rule that changes; "": none
		value        any
		broken       bool   // no rules can be had any more
		reason       string // the API's words; default: a6: no ambulance finds it
		say          []string
		field        string
	}{
		"not at all": {say: []string{"have not changed", "n'ont pas changé"}, field: "a6"},
		"and allow it": {
			element: "hno", key: "maxLength", value: 9,
			say: []string{"have changed", "still allows", "ont changé"}, field: "a6",
		},
		"and forbid it": {
			element: "a6", key: "maxLength", value: 5,
			say: []string{"have changed", "1 to 5 characters", "ont changé"}, field: "a6",
		},
		"and forbid another": {element: "pc", key: "valueRegexp", value: "^2", say: []string{"have changed", "(pc)"}, field: "a6"},
		"only words":         {element: "hno", key: "defaultLabel", value: "No.", say: []string{"have not changed"}, field: "a6"},
		"no field is named":  {reason: "there is no room for this unit", say: []string{"have not changed"}},
		"a new rule names it": {
			reason: "there is no room for this unit", element: "pc", key: "valueRegexp", value: "^2", say: []string{"have changed"}, field: "pc",
		},
		"a field is named": {reason: "room: nobody can enter it", say: []string{"have not changed"}, field: "room"},
		"nobody can tell":  {broken: true, say: []string{"could not be found out", "n'a pas été possible"}, field: "a6"},
	} {
		runVirtually(t, name, func(t *testing.T) {
			reason := cmp.Or(c.reason, "a6: no ambulance finds it")
			var later atomic.Int64 // nanoseconds by which the checks' clock is ahead
			g := &simtest.Gate{}
			r := newVirtualRig(t, btsim.Options{}, g.Between)
			ahead := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
			r.config.Checker = checkerBy(t, r.api, ahead)
			g.Set(func(call string, w http.ResponseWriter, _ *http.Request, carry func() *httptest.ResponseRecorder) bool {
				switch {
				case call == simtest.CallAddress:
					later.Store(int64(20 * time.Second)) // too soon for a doubt to drop them
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(http.StatusBadRequest)
					fmt.Fprintf(w, `[{"code":24,"message":"Invalid field","description":%q}]`, reason)
					return true
				case call != "GET /addressconstraints" || later.Load() == 0:
					return false
				case c.broken:
					return simtest.Refuse(w, http.StatusForbidden, 50)
				}
				answer := carry()
				var rules map[string]map[string]any
				if err := json.Unmarshal(answer.Body.Bytes(), &rules); err != nil {
					panic(err)
				}
				if c.element != "" {
					rules[c.element][c.key] = c.value
				}
				w.Header().Set("Content-Type", "application/json")
				_ = json.NewEncoder(w).Encode(rules)
				return true
			})
			r.finish("b1", site(2))
			s := r.sites("b1")["2"]
			if s.State != rollout.Failed || len(s.Problems) != 1 || s.Problems[0].Code != jobs.CodeAddressRefused || s.Problems[0].Field != c.field {
				t.Fatalf("the site is %s: %+v", s.State, s.Problems)
			}
			said := s.Problems[0].Message.EN + "\n" + s.Problems[0].Message.FR
			for _, words := range append(c.say, reason) {
				if !strings.Contains(said, words) {
					t.Errorf("not said: %s\n%s", words, said)
				}
			}
			if n := g.Count("GET /addressconstraints"); n < 2 {
				t.Errorf("the rules were asked for %d times", n)
			}
		})
	}
}

// callVPNs reads the VPNs, as the simulator counts calls.
const callVPNs = "GET /customers/{customerCode}/vpns"

// The API refuses orders whose rows passed the checks: the worker fetches the facts of the
// country again, once for all its sites.
func TestARefusedOrderHasTheRulesAskedForAgain(t *testing.T) {
	virtually(t, func(t *testing.T) {
		later := &clock{}
		g := &simtest.Gate{Rule: simtest.Answering(simtest.CallOrder, http.StatusBadRequest, 24)}
		r := newVirtualRig(t, btsim.Options{}, g.Between)
		r.config.Checker = checkerBy(t, r.api, later.now)
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
	})
}

// What the register changes is told of the site, like what the check at import changed.
func TestWhatTheRegisterChangesStandsInTheRecord(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{}, nil)
		s := site(2)
		there := rollout.Address{"hno": "99", "a6": "de Rivoli", "sts": "RUE", "pc": "75001", "a3": "Paris"}
		s.Country, s.Address = "FR", maps.Clone(there)
		s.Address["a3"], s.Address["sts"] = "PARIS", "Rue"
		r.finish("b1", s)
		s = r.sites("b1")["2"]
		var notes []string
		for _, n := range s.Notes {
			notes = append(notes, n.EN)
		}
		said := strings.Join(notes, "\n")
		if s.State != rollout.Provisioned || !strings.Contains(said, `"Rue" is sent as "RUE".`) ||
			!strings.Contains(said, `"PARIS" is sent as "Paris", as the address register writes it.`) {
			t.Errorf("the site is %s, with notes %q", s.State, notes)
		}
		if !maps.Equal(s.Push, there) || s.Rules == "" {
			t.Errorf("pushed %v by rules %q", s.Push, s.Rules)
		}
	})
}
