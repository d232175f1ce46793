// This file measures the engine itself, at an API that answers at once and without a
// limit: sites a second beside asynq tasks that do nothing, and bytes of Redis a site.

package bench_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/importer"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
)

const (
	engineSites = 10_000
	redisSites  = 100_000
)

func BenchmarkEngine(b *testing.B) {
	n := size(engineSites)
	b.Run("noop", func(b *testing.B) {
		r := newRig(b)
		took := r.noop(n)
		b.ReportMetric(float64(n)/took.Seconds(), "sites/s")
		b.ReportMetric(float64(n)/took.Seconds(), "tasks/s")
	})
	for _, name := range []string{"memory", "simulator"} {
		b.Run(name, func(b *testing.B) {
			r := newRig(b, "--rate", "0", "--delivery", "0s")
			api := r.api(nil)
			if name == "memory" {
				api = r.api(newMemory(b))
			}
			batch := r.submit(api, n)
			began := r.work(api)
			r.await(batch, func(b rollout.Batch) bool { return b.Open() == 0 })
			took := time.Since(began)
			r.finish(batch, n)
			b.ReportMetric(float64(n)/took.Seconds(), "sites/s")
			b.ReportMetric(float64(r.processed())/took.Seconds(), "tasks/s")
		})
	}
}

func BenchmarkRedis(b *testing.B) {
	n := size(redisSites)
	r := newRig(b)
	must(b, r.rdb.ConfigSet(context.Background(), "appendonly", "no").Err()) // memory is the same, and there is less to wait for
	before := r.usedMemory()
	api := r.api(newMemory(b))
	batch := r.submit(api, n)
	waiting := r.usedMemory()
	r.work(api)
	r.finish(batch, n)
	b.ReportMetric(float64(n), "sites")
	b.ReportMetric(float64(waiting-before)/float64(n), "waiting-B/site")
	b.ReportMetric(float64(r.usedMemory()-before)/float64(n), "finished-B/site")
}

// noop is how long asynq takes for n tasks that do nothing, made as the engine makes
// its own.
func (r *rig) noop(n int) time.Duration {
	r.b.Helper()
	client := asynq.NewClientFromRedisClient(r.rdb)
	for i := range n {
		_, err := client.Enqueue(asynq.NewTask("noop", fmt.Appendf(nil, `{"batch":"b","row":%d}`, i)),
			asynq.TaskID(fmt.Sprintf("noop:b:%d:0", i)), asynq.MaxRetry(math.MaxInt32), asynq.Timeout(10*time.Minute))
		must(r.b, err)
	}
	server := asynq.NewServerFromRedisClient(r.rdb, asynq.Config{Concurrency: jobs.DefaultConcurrency, LogLevel: asynq.ErrorLevel})
	var left atomic.Int64
	left.Store(int64(n))
	over := make(chan struct{})
	began := time.Now()
	must(r.b, server.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
		if left.Add(-1) == 0 {
			close(over)
		}
		return nil
	})))
	<-over
	took := time.Since(began)
	server.Shutdown()
	return took
}

// submit checks n sites and writes them to the ledger, with their first tasks, as
// enqueue does.
func (r *rig) submit(api *btapi.Client, n int) (batch string) {
	r.b.Helper()
	file, err := importer.Open(rolloutFile(r.b, n), importer.Options{})
	must(r.b, err)
	defer file.Close()
	batch = "bench"
	ctx, checker, customer := context.Background(), r.checker(api), r.env["BT_CUSTOMER_CODE"]
	entries := func(yield func(ledger.Entry, error) bool) {
		for s, err := range file.Rows() {
			s.Batch = batch
			if err == nil {
				var f precheck.Finding
				f, err = checker.Check(ctx, customer, &s.Request)
				s.Problems = f.Problems
			}
			if !yield(ledger.Entry{Site: s, Claim: true}, err) {
				return
			}
		}
	}
	say(r.b, "submitting %d sites", n)
	must(r.b, jobs.Submit(ctx, r.ledger, jobs.NewQueue(r.rdb), rollout.Batch{
		ID: batch, Customer: customer, Created: time.Now(),
		Sheets: file.Columns(),
	}, entries, nil))
	return batch
}

// api is a client of the rig's simulator; a transport may answer in its place.
func (r *rig) api(transport http.RoundTripper) *btapi.Client {
	r.b.Helper()
	api, err := btapi.New(btapi.Config{
		BaseURL: r.env["BT_API_URL"], TokenURL: r.env["BT_TOKEN_URL"], ClientID: r.env["BT_CLIENT_ID"],
		ClientSecret: r.env["BT_CLIENT_SECRET"], APIKey: r.env["BT_API_KEY"],
		Timeout: timeout, Transport: transport,
	})
	must(r.b, err)
	r.b.Cleanup(api.Close)
	return api
}

// checker makes a Checker that shares what it asks the API over the rig's Redis.
func (r *rig) checker(api *btapi.Client) *precheck.Checker {
	return precheck.NewChecker(precheck.Config{API: api, Ledger: r.ledger, Scope: "bench"})
}

// work starts a worker in this process, on a ledger before which nobody ordered, and
// says when it began. It ends with the benchmark.
func (r *rig) work(api *btapi.Client) (began time.Time) {
	w := jobs.NewWorker(jobs.Config{
		Redis: r.rdb, Ledger: r.ledger, API: api, Checker: r.checker(api),
		Report: func(context.Context, rollout.Batch, iter.Seq2[rollout.Site, error]) (string, error) {
			return "none", nil
		},
		Timeout: timeout, Settle: settle, RecoveryDelay: time.Nanosecond,
		OrderDeadline: time.Hour, Log: slog.New(slog.DiscardHandler),
		Sustained: func(context.Context) (float64, error) { return math.Inf(1), nil },
	})
	began = time.Now()
	must(r.b, w.Start())
	r.b.Cleanup(w.Stop)
	return began
}

// usedMemory is what Redis has allocated, in bytes.
func (r *rig) usedMemory() (n int64) {
	r.b.Helper()
	info, err := r.rdb.Info(context.Background(), "memory").Result()
	must(r.b, err)
	_, after, _ := strings.Cut(info, "used_memory:")
	_, err = fmt.Sscan(after, &n)
	must(r.b, err)
	return n
}

// memory is an API in this process: an order is delivered with its answer, an address
// taken as it is. All else, which is asked once, the simulator answers.
type memory struct {
	simulator http.Handler
	orders    atomic.Int64
}

func newMemory(b *testing.B) *memory {
	sim, err := btsim.New(btsim.Options{Seed: 1})
	must(b, err)
	return &memory{simulator: sim.Handler()}
}

func (m *memory) RoundTrip(r *http.Request) (*http.Response, error) {
	switch {
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/orders/voicesite"):
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		n := m.orders.Add(1)
		order := fmt.Appendf(nil, `{"orderId":"ord%08d","status":"delivered","voiceSiteId":"vs%08d","creationDate":"%s",`,
			n, n, time.Now().UTC().Format(time.RFC3339))
		return answer(r, http.StatusCreated, append(order, body[1:]...)), nil
	case r.Method == http.MethodPut:
		body, err := io.ReadAll(r.Body)
		return answer(r, http.StatusOK, body), err
	}
	recorder := httptest.NewRecorder()
	m.simulator.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

func answer(r *http.Request, status int, body []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
	}
}
