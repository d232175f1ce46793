package jobs_test

// This file holds what the row says when the API refuses an address that had passed
// every check: the API's words, and whether the rules had changed meanwhile.

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

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
		"not at all":          {say: []string{"have not changed", "n'ont pas changé"}, field: "a6"},
		"and allow it":        {element: "hno", key: "maxLength", value: 9, say: []string{"have changed", "still allows", "ont changé"}, field: "a6"},
		"and forbid it":       {element: "a6", key: "maxLength", value: 5, say: []string{"have changed", "1 to 5 characters", "ont changé"}, field: "a6"},
		"and forbid another":  {element: "pc", key: "valueRegexp", value: "^2", say: []string{"have changed", "(pc)"}, field: "a6"},
		"only words":          {element: "hno", key: "defaultLabel", value: "No.", say: []string{"have not changed"}, field: "a6"},
		"no field is named":   {reason: "there is no room for this unit", say: []string{"have not changed"}},
		"a new rule names it": {reason: "there is no room for this unit", element: "pc", key: "valueRegexp", value: "^2", say: []string{"have changed"}, field: "pc"},
		"a field is named":    {reason: "room: nobody can enter it", say: []string{"have not changed"}, field: "room"},
		"nobody can tell":     {broken: true, say: []string{"could not be found out", "n'a pas été possible"}, field: "a6"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reason := cmp.Or(c.reason, "a6: no ambulance finds it")
			var later atomic.Int64 // nanoseconds by which the checks' clock is ahead
			g := &simtest.Gate{}
			r := newRig(t, redistest.InMemory(t), btsim.Options{}, g.Between)
			r.config.Checker = jobs.NewChecker(jobs.CheckerConfig{API: r.api, Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) }})
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
