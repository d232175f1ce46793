// This file tests admission: which sites begin next, and when.

package jobs_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
	"btrollout/internal/throttle"
)

// Workers admit sites of the batches in turn, whatever the order of the uploads. Urgent batches have seven
// turns of eight, also if workers admit few sites at a time.
func TestAdmission_Turns(t *testing.T) {
	for _, concurrency := range []int{1, 50} {
		runVirtually(t, fmt.Sprint(concurrency), func(t *testing.T) { testTurns(t, concurrency) })
	}
}

func testTurns(t *testing.T, concurrency int) {
	o := btsim.Options{Latency: 100 * time.Millisecond, DeliveryMin: time.Hour, DeliveryMax: time.Hour}
	r := newPacedRig(t, o, nil, throttle.Rate{Calls: 10, Per: time.Second})
	r.config.Concurrency = concurrency
	for i, id := range []string{"first", "second", "third"} {
		sites := make([]rollout.Site, 400)
		for j := range sites {
			sites[j] = site(1000*i + j + 2)
		}
		r.submit(id, sites...)
	}
	stop := r.startWorker()
	defer stop()
	ordered := func() (n [3]int) {
		for i, id := range []string{"first", "second", "third"} {
			b := r.read(id)
			n[i] = b.Rows() - b.Counts[rollout.Imported] - b.Counts[rollout.Validated]
		}
		return n
	}
	r.wait("first", func(rollout.Batch) bool { return ordered()[0] >= 100 })
	for i, n := range ordered() {
		if n < 90 || n > 110 {
			t.Errorf("when 100 sites of the first batch were ordered, %d of batch %d were", n, i)
		}
	}
	if _, err := jobs.Replan(t.Context(), r.ledger, "third", func(p *rollout.Plan) error { p.Urgent = true; return nil }); err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Second)
	before := ordered()
	r.wait("third", func(rollout.Batch) bool { return ordered()[2] >= before[2]+140 })
	now := ordered()
	if others := now[0] - before[0] + now[1] - before[1]; others < 10 || others > 30 {
		t.Errorf("beside 140 sites of the urgent batch, %d others were ordered", others)
	}
}

// In a break that all sites wait for, workers admit no more sites than usual, also one that starts in the
// break. So an urgent batch that comes then is first when it is over.
func TestAdmission_LongBreaks(t *testing.T) {
	const sites, fewest = 200, 20 // fewest is how many are admitted at a low rate
	for name, c := range map[string]struct {
		quotas   []throttle.Rate
		rule     simtest.Rule
		recovery time.Duration
		others   int // orders that the account holds before
		lasts    time.Duration
	}{
		"quota":       {quotas: []throttle.Rate{{Calls: 60, Per: 15 * time.Minute}}, lasts: 15 * time.Minute},
		"Retry-After": {rule: pauseAfter(10, 15*time.Minute), lasts: 15 * time.Minute},
		"recovery":    {recovery: 5 * time.Minute, lasts: 5 * time.Minute},
		"survey":      {others: 40, lasts: time.Minute},
	} {
		runVirtually(t, name, func(t *testing.T) {
			g := &simtest.Gate{}
			o := btsim.Options{Latency: 100 * time.Millisecond, DeliveryMin: 10 * time.Hour, DeliveryMax: 10 * time.Hour}
			rate := throttle.Rate{Calls: 5, Per: time.Second}
			if c.others > 0 { // they make many pages
				o.MaxPage, rate.Calls = 2, 1
			}
			r := newPacedRig(t, o, g, rate, c.quotas...)
			for i := range c.others {
				r.place(fmt.Sprint("other-", i), site(1000+i))
			}
			g.Set(c.rule)
			if c.recovery > 0 {
				r.config.RecoveryDelay = c.recovery
			}
			r.lookSeldom(time.Second)
			r.submit("b", sitesFrom(sites)...)
			r.submit("urgent", site(900), site(901), site(902), site(903))
			began := time.Now()
			_, err := jobs.Replan(t.Context(), r.ledger, "urgent", func(p *rollout.Plan) error {
				p.Urgent, p.Start = true, began.Add(c.lasts/2)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			stop := r.startWorker()
			time.Sleep(c.lasts / 3)
			r.admitted("b", fewest)
			stop()
			defer r.startWorker()()
			time.Sleep(c.lasts / 3)
			r.admitted("b", 2*fewest)
			before := r.orders()
			r.wait("urgent", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 4 })
			last := slices.Index(r.referencesInOrder(), r.reference(site(903)))
			if first := last - before - 3; first > 2*fewest {
				t.Errorf("%d orders of the other batch came first", first)
			}
		})
	}
}

// admitted checks that a batch has at most so many sites that were admitted and are not ordered yet.
func (r *rig) admitted(id string, most int) {
	r.t.Helper()
	parked, err := r.rdb.ZCount(r.t.Context(), "{btr}:batch:"+id+":open", "4e15", "+inf").Result()
	if err != nil {
		r.t.Fatal(err)
	}
	b := r.read(id)
	if n := b.Open() - b.Counts[rollout.Ordered] - int(parked); n > most {
		r.t.Errorf("%d sites are admitted and not ordered, want at most %d: %v", n, most, b.Counts)
	}
}

// pauseAfter lets orders through, and then answers one with a pause.
func pauseAfter(orders int, pause time.Duration) simtest.Rule {
	var n atomic.Int32
	return func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
		if call != simtest.CallOrder || int(n.Add(1)) != orders {
			return false
		}
		w.Header().Set("Retry-After", fmt.Sprint(int(pause.Seconds())))
		return simtest.Refuse(w, http.StatusTooManyRequests, 0)
	}
}

// Sites are ordered in the order of their countries if the plan says so, also those that must be looked up
// in a register first. Only sites that are begun together overtake each other.
func TestAdmission_Order(t *testing.T) {
	for _, c := range []struct {
		country     string
		address     rollout.Address
		concurrency int
	}{
		{"BE", rollout.Address{"hno": "1", "a6": "Rue de la Loi", "pc": "1000", "a3": "Bruxelles", "dialzone": "02"}, 1},
		{"FR", rollout.Address{"hno": "99", "a6": "de Rivoli", "sts": "RUE", "pc": "75001", "a3": "Paris"}, 10},
	} {
		runVirtually(t, c.country, func(t *testing.T) {
			o := btsim.Options{Latency: 100 * time.Millisecond, DeliveryMin: 10 * time.Hour, DeliveryMax: 10 * time.Hour}
			r := newPacedRig(t, o, nil, throttle.Rate{Calls: 5, Per: time.Second})
			r.config.Concurrency = c.concurrency
			const each = 40 // sites of each of two countries
			isFirst := map[string]bool{}
			var sites []rollout.Site
			for i := range 2 * each {
				s := site(i + 2)
				if i%2 == 1 {
					s.Country, s.Address = c.country, c.address
				}
				sites, isFirst[r.reference(s)] = append(sites, s), i%2 == 1
			}
			stop := r.startWorker()
			defer stop()
			r.submit("earlier", site(999)) // so that it is known that its country has no register
			r.wait("earlier", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 1 })
			stop()
			r.submit("b", sites...)
			_, err := jobs.Replan(t.Context(), r.ledger, "b", func(p *rollout.Plan) error { p.First = []string{c.country}; return nil })
			if err != nil {
				t.Fatal(err)
			}
			defer r.startWorker()()
			r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 2*each })
			first, early := 0, 0 // orders of the first country so far; of the other one before the last of these
			for _, reference := range r.referencesInOrder() {
				isOfFirst, isInBatch := isFirst[reference]
				switch {
				case !isInBatch:
				case isOfFirst:
					first++
				case first < each-c.concurrency:
					t.Errorf("%s was ordered after %d orders of the first country", reference, first)
				case first < each:
					early++
				}
			}
			if early > c.concurrency {
				t.Errorf("%d sites of the other country were ordered before the last of the first one", early)
			}
		})
	}
}

// referencesInOrder are the references of all orders in the books, the earliest order first.
func (r *rig) referencesInOrder() []string {
	made := map[string]time.Time{}
	for reference, orders := range r.sim.Stats().Orders {
		made[reference] = orders[0].CreationDate
	}
	return slices.SortedFunc(maps.Keys(made), func(a, b string) int { return made[a].Compare(made[b]) })
}
