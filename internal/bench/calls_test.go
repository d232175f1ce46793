// This file measures what a site costs at an API that keeps a rate: calls, time and
// how soon a delivery is noticed. The plain pipeline is the baseline.

package bench_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"btrollout/internal/btsim"
)

const (
	callsSites   = 10_000
	callsRate    = 500 // a second; the simulator refuses what comes on top
	callsWorkers = 2
)

func BenchmarkCalls(b *testing.B) {
	n := size(callsSites)
	simulator := []string{"--rate", fmt.Sprint(callsRate), "--delivery", "5s..30s"}
	b.Run("btrollout", func(b *testing.B) {
		r := newRig(b, simulator...)
		r.env["BT_RATE"] = fmt.Sprintf("%d/s", callsRate)
		stop := r.startAll(callsWorkers, "worker")
		batch, _ := r.enqueue(n)
		r.finish(batch, n)
		r.report(n, time.Now(), stop())
	})
	b.Run("plain", func(b *testing.B) {
		r := newRig(b, simulator...)
		r.env["BT_RATE"] = fmt.Sprintf("%d/s", callsRate/callsWorkers)
		stop := r.startAll(callsWorkers, "plain")
		r.run("plain", rolloutFile(b, n))
		r.drain()
		r.report(n, time.Now(), stop())
	})
}

// startAll starts n processes of one command; the function returned stops them, and
// gives the CPU time of all together.
func (r *rig) startAll(n int, name string) (stop func() time.Duration) {
	var stops []func() usage
	for range n {
		stops = append(stops, r.start(name))
	}
	return func() (cpu time.Duration) {
		for _, stop := range stops {
			cpu += stop().cpu
		}
		return cpu
	}
}

// drain waits until asynq has no task left.
func (r *rig) drain() {
	r.b.Helper()
	inspector := asynq.NewInspectorFromRedisClient(r.rdb)
	r.until(func() (bool, string) {
		queue, err := inspector.GetQueueInfo("default")
		must(r.b, err)
		if queue.Archived > 0 {
			r.b.Fatalf("%d tasks were given up", queue.Archived)
		}
		return queue.Size == 0, fmt.Sprintf("%d tasks left, %d of them failed lately", queue.Size, queue.Retry)
	})
}

// report holds a run of n sites, which ended at a moment, against the books.
func (r *rig) report(n int, ended time.Time, cpu time.Duration) {
	r.b.Helper()
	books := r.books()
	delivered, noticed := deliveries(books)
	if len(noticed) != n {
		r.b.Fatalf("of %d sites, %d have an address", n, len(noticed))
	}
	kinds := map[string]string{
		"POST /customers/{customerCode}/orders/voicesite":                     "orders/site",
		"GET /customers/{customerCode}/orders/{orderId}":                      "polls/site",
		"GET /customers/{customerCode}/orders":                                "lists/site",
		"PUT /customers/{customerCode}/voicesites/{voiceSiteId}/voiceaddress": "addresses/site",
	}
	counts := map[string]int{"orders/site": 0, "polls/site": 0, "lists/site": 0, "addresses/site": 0, "others/site": 0}
	for call, count := range books.Calls {
		if call == "POST "+btsim.TokenPath {
			continue
		}
		kind, known := kinds[call]
		if !known {
			kind = "others/site"
		}
		counts[kind] += count
		counts["calls/site"] += count
	}
	for unit, count := range counts {
		r.b.ReportMetric(float64(count)/float64(n), unit)
	}
	refused := 0
	for _, refusal := range books.Refused {
		if refusal.Code == 53 { // too many requests
			refused += refusal.Count
		}
	}
	r.b.ReportMetric(float64(refused), "refused")

	first, last := orderTimes(books)
	r.b.ReportMetric(float64(n), "sites")
	r.b.ReportMetric(ended.Sub(first).Seconds(), "wall-s")
	r.b.ReportMetric(float64(2*n)/callsRate, "floor-s")
	r.b.ReportMetric(delivered.Sub(last).Seconds(), "delivery-s")
	r.b.ReportMetric(quantile(noticed, 0.5), "noticed-p50-s")
	r.b.ReportMetric(quantile(noticed, 0.95), "noticed-p95-s")
	r.b.ReportMetric(cpu.Seconds()*1000/float64(n), "cpu-ms/site")
}

// orderTimes are when the first and the last order were made.
func orderTimes(books btsim.Stats) (first, last time.Time) {
	for _, orders := range books.Orders {
		for _, o := range orders {
			if first.IsZero() || o.CreationDate.Before(first) {
				first = o.CreationDate
			}
			if o.CreationDate.After(last) {
				last = o.CreationDate
			}
		}
	}
	return first, last
}

// deliveries are when the last site was delivered, and how many seconds it took from
// each delivery to the first address that arrived.
func deliveries(books btsim.Stats) (last time.Time, noticed []float64) {
	due := map[string]time.Time{}
	for _, orders := range books.Orders {
		for _, o := range orders {
			due[o.OrderID] = o.Due
			if o.Due.After(last) {
				last = o.Due
			}
		}
	}
	for _, v := range books.Voicesites {
		if !v.FirstPush.IsZero() {
			noticed = append(noticed, v.FirstPush.Sub(due[v.OrderID]).Seconds())
		}
	}
	return last, noticed
}

// quantile is the value below which that part of all values lies.
func quantile(values []float64, part float64) float64 {
	slices.Sort(values)
	return values[int(part*float64(len(values)-1))]
}

// processed is how many tasks asynq has carried out on a Redis.
func (r *rig) processed() (n int) {
	r.b.Helper()
	inspector := asynq.NewInspectorFromRedisClient(r.rdb)
	queues, err := inspector.Queues()
	must(r.b, err)
	for _, name := range queues {
		queue, err := inspector.GetQueueInfo(name)
		must(r.b, err)
		n += queue.ProcessedTotal
	}
	return n
}
