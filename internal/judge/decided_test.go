// This file tests the checks of what follows from decisions of people.

package judge_test

import (
	"strings"
	"testing"

	"btrollout/internal/btsim"
	"btrollout/internal/judge"
)

// cancelled is a case of the tests: both rows of a site were cancelled, with their batches.
func cancelled() (*site, map[string]judge.Decided) {
	s := moved()
	s.states, s.orders, s.voicesites = []string{"cancelled", "cancelled"}, nil, nil
	return &s, map[string]judge.Decided{"b": {Cancelled: true}, "b2": {Cancelled: true, Left: true}}
}

// live is an order of the site.
func live() []btsim.Order { return moved().orders }

func TestEvidence_CheckDecided(t *testing.T) {
	t.Parallel()
	type decisions = map[string]judge.Decided
	for name, c := range map[string]struct {
		change func(*site, decisions)
		want   string // "": nothing
	}{
		"cancelled": {change: func(*site, decisions) {}},
		"cancelled by nobody": {
			func(_ *site, d decisions) { delete(d, "b") }, "cancelled in batch b, which nobody cancelled",
		},
		"cancelled, and another row is in place": {change: func(s *site, _ decisions) {
			s.states[0], s.orders, s.voicesites = "provisioned", live(), moved().voicesites
			s.voicesites[0].Address = firstRow().Address
		}},
		"the address of the cancelled row was under way": {change: func(s *site, _ decisions) {
			s.states[0], s.orders, s.voicesites = "provisioned", live(), moved().voicesites
		}},
		"the address of a row that was cancelled earlier": {func(s *site, _ decisions) {
			s.states[1], s.orders, s.voicesites = "provisioned", live(), moved().voicesites
			s.voicesites[0].Address = firstRow().Address
		}, "in the books, want"},
		"a row of another batch stays validated": {
			func(s *site, _ decisions) { s.states[0] = "validated" }, "lost: validated",
		},
		"ordered, and nobody says so": {
			func(s *site, _ decisions) { s.orders = live() }, "cancelled without a note",
		},
		"left, and said so": {change: func(s *site, d decisions) {
			s.orders, s.states[1], d["b"] = live(), "failed site.left", d["b2"]
		}},
		"left, which nobody decided": {
			func(s *site, _ decisions) { s.orders, s.states[0] = live(), "failed site.left" }, "which nobody decided",
		},
		"rejected after the cancellation": {change: func(s *site, d decisions) {
			s.orders, s.states[1], d["b"] = live(), "failed site.left", d["b2"]
			s.orders[0].Status = "rejected"
		}},
		"more orders than rows": {
			func(s *site, _ decisions) { rejectedThrice(s) }, "3 orders, and 2 rows",
		},
		"ordered once more by a retry": {change: func(s *site, d decisions) {
			rejectedThrice(s)
			d["b"] = judge.Decided{Cancelled: true, Retried: map[int]int{firstRow().Number: 1}}
		}},
		"given up by a person": {change: func(s *site, d decisions) {
			s.states[1], d["b2"] = "failed site.given-up", judge.Decided{GivenUp: map[int]bool{laterRow().Number: true}}
		}},
		"given up by nobody": {func(s *site, _ decisions) { s.states[1] = "failed site.given-up" }, "given up"},
	} {
		s, decided := cancelled()
		c.change(s, decided)
		e := s.evidence()
		e.Decided = decided
		_, violations := e.Check()
		found := strings.Join(texts(violations), "; ")
		if !strings.Contains(found, c.want) || c.want == "" && found != "" {
			t.Errorf("%s: found %q, want %q", name, found, c.want)
		}
	}
}

// rejectedThrice has a site ordered three times, and each order rejected.
func rejectedThrice(s *site) {
	for _, id := range []string{"o1", "o2", "o3"} {
		s.orders = append(s.orders, btsim.Order{OrderID: id, Status: "rejected", TechnicalSiteName: "Büro 1"})
	}
}
