// This file tests batch rate, and that enqueue counts its calls on the budget that it shows.

package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"

	"btrollout/internal/proctest"
	"btrollout/internal/redistest"
)

// budget is what batch rate --json prints.
type budget struct {
	Rate, Source, BTRate string
	PresentPerSecond     float64
	PauseSeconds         float64
	Quotas               []struct {
		Quota string
		Used  int
	}
}

func budgetOf(t *testing.T, env proctest.Settings, args ...string) budget {
	t.Helper()
	r := want(t, 0, env, "batch", append([]string{"rate", "--json"}, args...)...)
	var b budget
	if err := json.Unmarshal([]byte(r.Stdout), &b); err != nil {
		t.Fatalf("%v: %s", err, r.Stdout)
	}
	return b
}

func TestBatchRate(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t)).With("REDIS_URL", redistest.InMemory(t), "BT_QUOTA", "600/m,50000/d")
	if b := budgetOf(t, env); b.Rate != "" || b.Source != "" {
		t.Errorf("before any call: %+v", b)
	}
	want(t, 3, env, "enqueue", "--check", samples+"rollout.csv")
	b := budgetOf(t, env)
	if b.Rate != env["BT_RATE"] || b.Source != "BT_RATE" || b.PresentPerSecond != 100 || b.PauseSeconds != 0 ||
		len(b.Quotas) != 2 || b.Quotas[0].Quota != "600/m" || b.Quotas[0].Used == 0 || b.Quotas[1].Used < b.Quotas[0].Used {
		t.Errorf("after a check: %+v", b)
	}

	if b := budgetOf(t, env, "10/s"); b.Rate != "10/s" || b.Source != "hand" || b.BTRate != "100/s" || b.PresentPerSecond != 10 {
		t.Errorf("set by hand: %+v", b)
	}
	r := want(t, 0, env, "batch", "rate")
	if !strings.Contains(r.Stdout, "10/s, set by hand; BT_RATE is 100/s") || !strings.Contains(r.Stdout, "50000/d") {
		t.Errorf("said: %s", r.Stdout)
	}
	if b := budgetOf(t, env, "--default"); b.Rate != "100/s" || b.Source != "BT_RATE" {
		t.Errorf("reset: %+v", b)
	}
	if r := want(t, 0, env, "batch", "rate"); !strings.Contains(r.Stdout, "100/s, from BT_RATE") {
		t.Errorf("said: %s", r.Stdout)
	}

	for _, args := range [][]string{{"0/s"}, {"fast"}, {"10/s", "--default"}} {
		want(t, 2, env, "batch", append([]string{"rate"}, args...)...)
	}
	want(t, 2, env.With("BT_QUOTA", "600/m,5/m"), "enqueue", "--check", samples+"rollout.csv")
}
