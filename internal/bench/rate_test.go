// This file measures how exactly worker processes keep to one rate together, at a
// simulator that lets every call through and writes down when it came.

package bench_test

import (
	"fmt"
	"testing"
	"time"

	"btrollout/internal/btsim"
)

func BenchmarkRate(b *testing.B) {
	n := size(4000)
	for _, run := range []struct{ rate, workers, sites int }{
		{500, 1, n}, {500, 2, n}, {500, 4, n},
		{25, 4, max(n/20, 1)},
	} {
		b.Run(fmt.Sprintf("rate=%d/workers=%d", run.rate, run.workers), func(b *testing.B) {
			r := newRig(b, "--rate", "0", "--delivery", "1s..3s")
			r.env["BT_RATE"] = fmt.Sprintf("%d/s", run.rate)
			stop := r.startAll(run.workers, "worker")
			batch, _ := r.enqueue(run.sites)
			r.finish(batch, run.sites)
			books := r.books()
			stop()
			b.ReportMetric(float64(run.sites), "sites")
			b.ReportMetric(float64(books.PeakSecond), "peak-second")
			b.ReportMetric(float64(books.Peak100ms), "peak-100ms")
			if calls, seconds := busy(books); seconds > 0 {
				b.ReportMetric(float64(calls)/float64(seconds*run.rate), "use")
			}
		})
	}
}

// busy counts the calls, and the whole seconds, between the first and the last order:
// as long as there is work without a pause.
func busy(books btsim.Stats) (calls, seconds int) {
	first, last := orderTimes(books)
	for second := first.Truncate(time.Second).Add(time.Second); second.Before(last.Truncate(time.Second)); second = second.Add(time.Second) {
		calls += books.PerSecond[second.Unix()]
		seconds++
	}
	return calls, seconds
}
