// This file tests that a seed decides a scenario, and that the smaller ones are smaller.

package virtual_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNewScenario_SameSeed(t *testing.T) {
	t.Parallel()
	kinds, faults, breaks := map[kind]int{}, 0, 0
	for seed := range int64(200) {
		a, b := newScenario(seed, 20, 3), newScenario(seed, 20, 3)
		if a.String() != b.String() {
			t.Fatalf("seed %d is one time\n%s and another time\n%s", seed, a, b)
		}
		faults, breaks = faults+len(a.faults), breaks+len(a.breaks)
		for _, act := range a.acts {
			kinds[act.kind]++
			if (act.kind == freezeAddress || act.kind == restoredUnder) && a.window != longWindow {
				t.Errorf("seed %d freezes a worker for longer than it sends orders and addresses: %v", seed, a.window)
			}
			if act.at < a.firstOrder()-beforeFirst || act.lasts <= 0 || act.worker >= len(a.paces) {
				t.Errorf("seed %d: %s", seed, act)
			}
		}
	}
	first, dir := makeRows(t, newScenario(7, 20, 3))
	second, _ := makeRows(t, newScenario(7, 20, 3))
	if diff := cmp.Diff(fmt.Sprint(first), fmt.Sprint(second)); diff != "" || dir == "" {
		t.Errorf("one seed makes different rows:\n%s", diff)
	}
	for _, k := range everyKind {
		if kinds[k] < 10 {
			t.Errorf("200 seeds have %q %d times", k, kinds[k])
		}
	}
	if faults < 1000 || breaks < 700 {
		t.Errorf("200 seeds have %d kinds of faults and %d of breaks", faults, breaks)
	}
}

func TestScenario_Smaller(t *testing.T) {
	t.Parallel()
	size := func(s scenario) int {
		n := s.sites + s.nights + len(s.acts) + len(s.faults) + len(s.breaks) + int(s.consent/time.Second)
		for _, more := range []bool{s.twice, s.again > 0} {
			if more {
				n++
			}
		}
		return n
	}
	plan := newScenario(3, 50, 3)
	for len(plan.smaller()) > 0 {
		for _, s := range plan.smaller() {
			if size(s) >= size(plan) {
				t.Fatalf("not smaller than\n%s:\n%s", plan, s)
			}
		}
		plan = plan.smaller()[0]
	}
	if size(plan) > fewestSites+1 {
		t.Errorf("the smallest is\n%s", plan)
	}
}
