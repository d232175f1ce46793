// This file tests admission: which sites begin next, and when.

package jobs_test

import (
	"fmt"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
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
	r := newPacedRig(t, o, throttle.Rate{Calls: 10, Per: time.Second})
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

// Sites go in the order of their countries if the plan says so.
func TestAdmission_Order(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Hour, DeliveryMax: time.Hour}, nil)
		r.config.Concurrency = 1
		var sites []rollout.Site
		for i := range 60 {
			s := site(i + 2)
			if i%2 == 1 {
				s.Country, s.Address = "BE", rollout.Address{"hno": "1", "a6": "Rue de la Loi", "pc": "1000", "a3": "Bruxelles", "dialzone": "02"}
			}
			sites = append(sites, s)
		}
		r.submit("b", sites...)
		if _, err := jobs.Replan(t.Context(), r.ledger, "b", func(p *rollout.Plan) error { p.First = []string{"BE"}; return nil }); err != nil {
			t.Fatal(err)
		}
		stop := r.startWorker()
		defer stop()
		r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] >= 15 })
		belgian, others := 0, 0
		for _, s := range r.sites("b") {
			switch {
			case s.State != rollout.Ordered:
			case s.Country == "BE":
				belgian++
			default:
				others++
			}
		}
		if belgian < 15 || others > 0 {
			t.Errorf("%d sites in Belgium and %d others were ordered first", belgian, others)
		}
	})
}
