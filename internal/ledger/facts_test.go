// Tests of facts: how they are stored, when they expire and which are deleted.

package ledger_test

import (
	"testing"
	"time"

	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
)

func TestFactsAreKeptUntilTheyAreForgotten(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		ctx := t.Context()
		expect := func(subject, name, want string, asked time.Duration) {
			t.Helper()
			text, age, ok, err := l.Fact(ctx, subject, name)
			if err != nil || text != want || ok != (want != "") {
				t.Errorf("%s of %s is %q %v, want %q (%v)", name, subject, text, ok, want, err)
			}
			if ok && (age < asked || age > asked+time.Minute) {
				t.Errorf("%s of %s was asked for %v ago, want somewhat more than %v", name, subject, age, asked)
			}
		}
		expect("s:country:CH", "coverage", "", 0)
		now, err := l.Clock(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []struct {
			subject, name, text string
			age                 time.Duration
		}{
			{"s:country:CH", "coverage", "{}", 10 * time.Minute},
			{"s:country:CH", "coverage", `{"a": "b c"}`, 20 * time.Minute}, // whoever comes last is believed
			{"s:country:CH", "rules", "[1, 2]", 0},
			{"s:country:FR", "coverage", "{}", 20 * time.Minute},
			{"r:country:CH", "coverage", "{}", 20 * time.Minute},
		} {
			if err := l.StoreFact(ctx, ledger.Term{}, f.subject, f.name, f.text, now.Add(-f.age), time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		expect("s:country:CH", "coverage", `{"a": "b c"}`, 20*time.Minute)
		expect("s:country:CH", "rules", "[1, 2]", 0)
		expect("s:country:CH", "vpns", "", 0)
		keys, err := l.rdb.Keys(ctx, "{btr}:facts:*").Result()
		if err != nil || len(keys) != 3 {
			t.Fatalf("keys %q (%v)", keys, err)
		}
		for _, key := range keys {
			if left, err := l.rdb.TTL(ctx, key).Result(); err != nil || left <= 59*time.Minute || left > time.Hour {
				t.Errorf("%s is kept for %v (%v)", key, left, err)
			}
		}

		if err := l.rdb.HSet(ctx, "{btr}:facts:s:country:CH", "torn", "x").Err(); err != nil {
			t.Fatal(err)
		}
		expect("s:country:CH", "torn", "", 0)
		for range 2 {
			if err := l.DropFacts(ctx, "s:country:CH", 10*time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		expect("s:country:CH", "coverage", "", 0)
		expect("s:country:CH", "rules", "[1, 2]", 0)
		expect("s:country:FR", "coverage", "{}", 20*time.Minute)
		expect("r:country:CH", "coverage", "{}", 20*time.Minute)
		if n, err := l.rdb.HLen(ctx, "{btr}:facts:s:country:CH").Result(); err != nil || n != 1 {
			t.Errorf("%d facts are left (%v)", n, err)
		}
	})
}

func TestFactsOfARedisThatIsAway(t *testing.T) {
	t.Parallel()
	rdb := redistest.Connect(t, redistest.InMemory(t))
	l := ledger.New(rdb)
	if err := rdb.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, ok, err := l.Fact(t.Context(), "s", "n"); err == nil || ok {
		t.Error("a fact was read from nowhere")
	}
	for name, err := range map[string]error{
		"StoreFact": l.StoreFact(t.Context(), ledger.Term{}, "s", "n", "t", noon, time.Hour),
		"DropFacts": l.DropFacts(t.Context(), "s", 0),
		"Release":   l.Timer("d").Release(t.Context()),
	} {
		if err == nil {
			t.Errorf("%s succeeds without Redis", name)
		}
	}
}
