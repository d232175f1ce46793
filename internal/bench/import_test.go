// This file measures the whole of enqueue: reading and checking a file, and writing
// its sites and tasks. Reading alone is measured in internal/importer.

package bench_test

import (
	"context"
	"testing"
)

func BenchmarkEnqueue(b *testing.B) {
	n := size(100_000)
	r := newRig(b, "--rate", "0")
	say(b, "enqueueing")
	batch, u := r.enqueue(n)
	made, err := r.ledger.Batch(context.Background(), batch)
	must(b, err)
	b.ReportMetric(float64(n)/made.Entered.Sub(u.began).Seconds(), "checked-rows/s")
	b.ReportMetric(float64(n)/u.ended.Sub(made.Entered).Seconds(), "written-rows/s")
	b.ReportMetric(float64(n)/u.ended.Sub(u.began).Seconds(), "rows/s")
	b.ReportMetric(u.peakMB, "peak-MB")
	b.ReportMetric(float64(n), "sites")
}
