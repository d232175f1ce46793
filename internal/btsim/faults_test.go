// Faults on purpose, as one asks for them: how they are written, when they strike,
// and that a seed decides.

package btsim_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"btrollout/internal/btsim"
)

func TestFaultsAsWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]btsim.Chance{
		"html=0.02":     {Probability: 0.02},
		"html=2%":       {Probability: 0.02},
		"html=100%":     {Probability: 1},
		"html=1":        {Probability: 1},
		"html=0":        {},
		"html=every:1":  {Every: 1},
		"html=every:50": {Every: 50},
	} {
		var f btsim.Faults
		if err := f.UnmarshalText([]byte(text)); err != nil || len(f) != 1 || f[btsim.HTML] != want {
			t.Errorf("%s: %+v, error %v", text, f, err)
		}
	}
	var f btsim.Faults
	for _, text := range []string{"all=2%", "html=every:3", "reset=0"} {
		if err := f.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if len(f) != len(btsim.Kinds) || f[btsim.HTML] != (btsim.Chance{Every: 3}) || f[btsim.Reset] != (btsim.Chance{}) ||
		f[btsim.Slow].Probability != 0.02 {
		t.Errorf("one after the other: %+v", f)
	}
}

func TestFaultsWrittenWrong(t *testing.T) {
	t.Parallel()
	for text, mention := range map[string]string{
		"": "KIND=CHANCE", "html": "KIND=CHANCE", "HTML=1": "all, error-before, html, throttle", "=1": "timeout-after", "html =1": "invisible",
		"html=": "every:50", "html=2": "0.02", "html=101%": "2%", "html=-0.1": "every:50", "html=NaN": "every:50", "html=often": "every:50",
		"html=every:0": "every:50", "html=every:-1": "every:50", "html=every:": "every:50", "html=every:2%": "every:50",
	} {
		f := btsim.Faults{btsim.Reset: {Every: 2}}
		if err := f.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), mention) || len(f) != 1 {
			t.Errorf("%q: %+v, error %v, want one about %s", text, f, err, mention)
		}
	}
}

func TestEveryKindSaysWhatItDoes(t *testing.T) {
	t.Parallel()
	all := slices.Concat(btsim.Kinds, btsim.BreakKinds)
	for _, kind := range all {
		if kind.Meaning() == "" {
			t.Errorf("%s does not", kind)
		}
	}
	if n := len(slices.Compact(slices.Sorted(slices.Values(all)))); n != 20 {
		t.Errorf("%d kinds, want 20", n)
	}
}

func TestEachThirdOpportunity(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Faults: btsim.Faults{btsim.Truncated: {Every: 3}}})
	for i := 1; i <= 9; i++ {
		if i == 5 { // what is refused is no opportunity
			b.get(b.mine+"/orders/none").refused(http.StatusNotFound, 60, "order")
		}
		if whole := json.Valid(b.get(b.api + "/me").body); whole == (i%3 == 0) {
			t.Errorf("call %d: the answer is whole: %v", i, whole)
		}
	}
	if n := b.sim.Stats().Faults[btsim.Truncated]; n != 3 {
		t.Errorf("%d in the books", n)
	}
}

// history makes the same calls of a simulator with all faults and tells what
// became of each.
func history(t *testing.T, seed int64) (trace []string, stats btsim.Stats) {
	t.Helper()
	var faults btsim.Faults
	if err := faults.UnmarshalText([]byte("all=8%")); err != nil {
		t.Fatal(err)
	}
	faults[btsim.ErrorBefore] = btsim.Chance{Every: 9} // never the bench's first token
	faults[btsim.HTML] = btsim.Chance{Every: 11}
	b := newBench(t, btsim.Options{Seed: seed, Faults: faults, Hang: time.Millisecond, Invisible: time.Minute})
	try := func(method, target, content string) {
		a, err := b.exchange(single, b.apiRequest(method, target, content))
		if err != nil {
			trace = append(trace, method+" broken off")
			return
		}
		trace = append(trace, fmt.Sprint(method, a.status, a.header["Retry-After"], len(a.body)))
		if a.status == http.StatusUnauthorized {
			for a = b.askToken(); a.status != http.StatusOK; a = b.askToken() {
				trace = append(trace, fmt.Sprint("token", a.status))
			}
			var token struct {
				AccessToken string `json:"access_token"`
			}
			a.into(http.StatusOK, &token)
			b.token = token.AccessToken
		}
	}
	for i := range 60 {
		try(http.MethodPost, b.mine+"/orders/voicesite", orderBody("ref", fmt.Sprint("SITE", i), "FR", europe))
		try(http.MethodGet, b.mine+"/orders?limit=7", "")
		try(http.MethodGet, b.mine+"/voicesites?limit=3&offset=2", "")
		b.clock.pass(700 * time.Millisecond)
	}
	return trace, b.sim.Stats()
}

func TestSeedDecidesFaults(t *testing.T) {
	t.Parallel()
	one, books := history(t, 1)
	again, booksAgain := history(t, 1)
	two, _ := history(t, 2)
	if !slices.Equal(one, again) || !maps.Equal(books.Faults, booksAgain.Faults) {
		t.Errorf("the same seed has other faults:\n%v\n%v", books.Faults, booksAgain.Faults)
	}
	if slices.Equal(one, two) {
		t.Error("another seed has the same faults")
	}
	for _, kind := range btsim.Kinds {
		if books.Faults[kind] == 0 {
			t.Errorf("%s never struck in %d calls: %v", kind, len(one), books.Faults)
		}
	}
}

func TestFaultsLeaveDeliveryTimesAlone(t *testing.T) {
	t.Parallel()
	delivered := func(faults btsim.Faults) []time.Duration {
		b := newBench(t, btsim.Options{Seed: 7, Faults: faults, Slow: time.Hour})
		start := b.clock.Now()
		for range 12 {
			b.order("ref", "SITE", "FR", europe)
		}
		times := make([]time.Duration, 12)
		for ; b.clock.Now().Sub(start) <= time.Minute; b.clock.pass(time.Second) {
			for i, o := range b.sim.Stats().Orders["ref"] {
				if o.Status == "delivered" && times[i] == 0 {
					times[i] = b.clock.Now().Sub(start)
				}
			}
		}
		return times
	}
	want := delivered(nil)
	got := delivered(btsim.Faults{btsim.Slow: {Every: 4}, btsim.Invisible: {Probability: 0.5}, btsim.Reset: {Probability: 1e-12}})
	for i := range want {
		if i%4 == 3 {
			want[i] = 0 // not within the minute
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("delivered after %v, without faults after %v", got, want)
	}
}

// TestFaultsUnderConcurrency holds the books against what the clients saw.
func TestFaultsUnderConcurrency(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Hang: time.Millisecond, Faults: btsim.Faults{
		btsim.ErrorBefore: {Every: 7}, btsim.ErrorAfter: {Probability: 0.2}, btsim.TimeoutAfter: {Probability: 0.1},
		btsim.Reset: {Probability: 0.2}, btsim.Truncated: {Probability: 0.2}, btsim.Shift: {Probability: 0.2},
		btsim.Invisible: {Probability: 0.2},
	}})
	const buyers, each = 8, 20
	var (
		done         sync.WaitGroup
		mu           sync.Mutex
		whole, wrong int // answers
		orders       = b.mine + "/orders"
	)
	for range buyers {
		done.Go(func() {
			for range each {
				r := b.apiRequest(http.MethodPost, orders+"/voicesite", orderBody("ref", "SITE", "FR", europe))
				a, err := b.exchange(single, r)
				_, _ = b.exchange(single, b.apiRequest(http.MethodGet, orders+"?limit=2", ""))
				mu.Lock()
				if err == nil && a.status == http.StatusCreated && json.Valid(a.body) {
					whole++
				} else {
					wrong++
				}
				mu.Unlock()
			}
		})
	}
	done.Wait()
	stats := b.sim.Stats()
	if got := stats.Calls["POST /customers/{customerCode}/orders/voicesite"]; got != buyers*each {
		t.Errorf("%d calls in the books, %d made", got, buyers*each)
	}
	refused := 0
	for _, r := range stats.Refused {
		if strings.HasPrefix(r.Call, "POST /customers") {
			refused += r.Count
		}
	}
	before := refused - stats.Faults[btsim.ErrorAfter]
	if made := len(stats.Orders["ref"]); made != buyers*each-before || whole >= made || whole+wrong != buyers*each {
		t.Errorf("%d orders made, %d answers whole and %d not, %d refused, faults %v", made, whole, wrong, refused, stats.Faults)
	}
}
