// This file tests which state may follow which.

package rollout_test

import (
	"testing"

	"btrollout/internal/rollout"
)

// reach lists the states that a site may come to from these, themselves included,
// without a person's decision.
func reach(from ...rollout.State) map[rollout.State]bool {
	seen := map[rollout.State]bool{}
	for len(from) > 0 {
		s := from[0]
		from = from[1:]
		if seen[s] {
			continue
		}
		seen[s] = true
		for _, to := range rollout.States {
			decided := s == rollout.Review || s == rollout.Failed || s == rollout.Cancelled
			if !decided && s.CheckNext(to) == nil {
				from = append(from, to)
			}
		}
	}
	return seen
}

func TestEveryStateIsReachable(t *testing.T) {
	t.Parallel()
	// A row enters the ledger as following, or in a state that may come after it.
	seen := reach(rollout.Following)
	for _, s := range rollout.States {
		if !seen[s] {
			t.Errorf("no site can become %s", s)
		}
	}
	if len(seen) != 12 || len(rollout.States) != 12 {
		t.Errorf("%d states listed, %d reachable, want 12", len(rollout.States), len(seen))
	}
}

func TestFinalStatesEnd(t *testing.T) {
	t.Parallel()
	for _, s := range rollout.States {
		if !s.Final() {
			if s.Stage() == "" {
				t.Errorf("%s is not final and needs no step", s)
			}
			if !reach(s)[rollout.Provisioned] {
				t.Errorf("a site that is %s can never be provisioned", s)
			}
			if err := s.CheckNext(s); err != nil {
				t.Errorf("an open site may stay where it is: %v", err)
			}
			continue
		}
		if s.Stage() != "" {
			t.Errorf("%s is final and needs step %s", s, s.Stage())
		}
		for _, to := range rollout.States {
			byDecision := s == rollout.Review && (to == rollout.Validated || to == rollout.Failed) ||
				(s == rollout.Failed || s == rollout.Cancelled) && to == rollout.Imported
			if (s.CheckNext(to) == nil) != byDecision {
				t.Errorf("%s is final; may it become %s? %v", s, to, s.CheckNext(to))
			}
		}
	}
}

func TestAStateThatIsPassedThroughIsNoWayRound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		recorded, passed, state rollout.State
		allowed                 bool
	}{
		{rollout.Imported, "", rollout.Ordering, false},
		{rollout.Imported, rollout.Validated, rollout.Ordering, true},
		{rollout.Imported, rollout.Validated, rollout.Validated, true},
		{rollout.Imported, rollout.Validated, rollout.Provisioned, false},
		{rollout.Ordered, rollout.Validated, rollout.Ordering, false},
		{rollout.Provisioned, rollout.Validated, rollout.Ordering, false},
		{rollout.Imported, rollout.Failed, rollout.Validated, false},
	} {
		p := rollout.Progress{Recorded: c.recorded, Passed: c.passed, State: c.state}
		if err := p.CheckTransition(); (err == nil) != c.allowed {
			t.Errorf("%s by way of %q to %s: %v", c.recorded, c.passed, c.state, err)
		}
	}
}

func TestOrderedSitesAreNeverOrderedAgain(t *testing.T) {
	t.Parallel()
	for _, s := range []rollout.State{rollout.Ordered, rollout.Delivered} {
		if reach(s)[rollout.Ordering] {
			t.Errorf("a site that is %s may be ordered again", s)
		}
	}
	if rollout.Imported.CheckNext(rollout.Ordering) == nil {
		t.Error("a site may be ordered without being validated")
	}
}
