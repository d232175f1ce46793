// Package jobs moves sites along: it holds the task kinds and queues, the steps
// of a site's way, the policy for errors and the sweep for lost tasks. It is the
// only room that knows asynq. A task carries a site's identity and nothing else;
// what is true stands in the ledger, and is written there before the next task is
// made.
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"btrollout/internal/btapi"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// Config is what a Worker needs. Fields without a default are required.
type Config struct {
	Redis   redis.UniversalClient
	Ledger  *ledger.Ledger
	API     *btapi.Client
	Checker *Checker
	// Report writes a batch's report and returns its path. It may be called again
	// for the same batch.
	Report func(ctx context.Context, b rollout.Batch, sites iter.Seq2[rollout.Site, error]) (string, error)

	Concurrency   int              // sites worked on side by side; default 20
	Timeout       time.Duration    // hard limit of one API call, as the client has it
	Settle        time.Duration    // between two looks for an order that may be invisible yet
	OrderDeadline time.Duration    // an order in progress for longer goes to Review
	Retry         Retry            // default DefaultRetry
	StopWithin    time.Duration    // time for tasks under way when the worker stops; default Timeout
	Now           func() time.Time // default time.Now
	Log           *slog.Logger     // default slog.Default()
}

// Worker runs the pipeline until it is stopped.
type Worker struct {
	Config
	queue  *Queue
	server *asynq.Server
	stop   context.CancelFunc
	done   sync.WaitGroup

	complained atomic.Int64 // when trouble with the API was last logged, in Unix nanoseconds
}

// How often asynq looks at its queues. Short, because a site passes four of them.
const (
	taskCheckInterval    = 250 * time.Millisecond
	delayedCheckInterval = time.Second
)

// recordWithin is how long writing an outcome may take after the step is over,
// even when the worker is being stopped.
const recordWithin = 5 * time.Second

// NewWorker makes a worker. Start makes it run.
func NewWorker(c Config) *Worker {
	if c.Concurrency <= 0 {
		c.Concurrency = 20
	}
	if c.Retry == (Retry{}) {
		c.Retry = DefaultRetry
	}
	if c.StopWithin <= 0 {
		c.StopWithin = c.Timeout
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	w := &Worker{Config: c, queue: NewQueue(c.Redis)}
	w.server = asynq.NewServerFromRedisClient(c.Redis, asynq.Config{
		Concurrency:              c.Concurrency,
		Queues:                   weights,
		TaskCheckInterval:        taskCheckInterval,
		DelayedTaskCheckInterval: delayedCheckInterval,
		ShutdownTimeout:          c.StopWithin,
		RetryDelayFunc:           delayOf,
		IsFailure:                func(err error) bool { return !errors.As(err, new(*waiting)) },
		Logger:                   asynqLog{c.Log},
	})
	return w
}

// Start begins to work; it returns at once.
func (w *Worker) Start() error {
	mux := asynq.NewServeMux()
	for stage, kind := range kinds {
		mux.HandleFunc(kind, func(ctx context.Context, t *asynq.Task) error { return w.site(ctx, stage, t) })
	}
	mux.HandleFunc(kindClose, w.close)
	if err := w.server.Start(mux); err != nil {
		return fmt.Errorf("starting the worker: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.stop = cancel
	w.done.Go(func() { w.sweepForever(ctx) })
	return nil
}

// Stop finishes what is under way, or hands it back to the queues, and returns.
func (w *Worker) Stop() {
	w.stop()
	w.server.Shutdown()
	w.done.Wait()
}

// site does one step of one site: load, work, record, make the next task.
func (w *Worker) site(ctx context.Context, stage rollout.Stage, t *asynq.Task) error {
	var id identity
	if err := json.Unmarshal(t.Payload(), &id); err != nil {
		return fmt.Errorf("task payload cannot be read: %w: %w", err, asynq.SkipRetry)
	}
	b, s, err := w.Ledger.Load(ctx, id.Batch, id.Row)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		w.Log.Warn("a task's site is not in the ledger; the task is dropped", "batch", id.Batch, "row", id.Row)
		return nil
	case err != nil:
		return err
	case s.Run != id.Run || s.State.Stage() != stage:
		return w.queue.Site(ctx, s, 0) // another delivery did the work; its next task may be missing
	}
	if b.State == rollout.Blocked {
		if err := w.unblock(ctx, b); err != nil {
			return err
		}
	}
	before := s.Progress
	s, err = steps[stage](w, ctx, b, s)
	if errors.Is(err, ledger.ErrStale) {
		return nil // whoever won has the site now
	}
	// What was learnt is written even if the worker is being stopped meanwhile.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	return w.record(ctx, before, s, err)
}

// record writes what a step made of a site, and makes its next task.
func (w *Worker) record(ctx context.Context, before rollout.Progress, s rollout.Site, stepErr error) error {
	var v verdict
	if stepErr != nil {
		v = w.Retry.judge(&s, stepErr)
		w.complain(stepErr)
		w.Log.Debug("step", "batch", s.Batch, "row", s.Row, "state", s.State, "err", stepErr)
	}
	if v.block != "" {
		blocked, err := w.Ledger.Block(ctx, s.Batch, v.block)
		if err != nil {
			return err
		}
		if blocked {
			w.Log.Error("the account does not work; the batch waits", "batch", s.Batch, "reason", v.block)
		}
	}
	sameStage := s.State.Stage() == before.State.Stage()
	if !sameStage {
		s.Tries, s.LastError = 0, ""
	}
	if s.State == rollout.Ordered && !sameStage {
		v.delay = firstPoll
	}
	due := w.Now().Add(v.delay)
	if reflect.DeepEqual(before, s.Progress) {
		if err := w.Ledger.Postpone(ctx, s.Batch, due, s.Row); err != nil {
			return err
		}
		return &waiting{delay: v.delay, reason: stepErr.Error()}
	}
	s, open, err := w.Ledger.Advance(ctx, s, due)
	switch {
	case errors.Is(err, ledger.ErrStale):
		return nil
	case err != nil:
		return err
	case s.State.Final() && open == 0:
		return w.queue.Close(ctx, s.Batch)
	case sameStage:
		return &waiting{delay: v.delay, reason: stepErr.Error()}
	}
	return w.queue.Site(ctx, s, v.delay)
}

// complainEvery is how often, at most, trouble that many sites meet is logged.
const complainEvery = 30 * time.Second

// complain logs that the API does not answer: many sites notice, one line says it.
func (w *Worker) complain(err error) {
	var api *btapi.Error
	if !errors.As(err, &api) || api.Class != btapi.Transient && api.Class != btapi.Throttle {
		return
	}
	now := w.Now().UnixNano()
	last := w.complained.Load()
	if now-last < int64(complainEvery) || !w.complained.CompareAndSwap(last, now) {
		return
	}
	w.Log.Warn("the API does not answer as it should; the sites are tried again", "err", api)
}

// unblock returns nil when the account of a blocked batch works again. One worker
// at a time asks; all others wait.
func (w *Worker) unblock(ctx context.Context, b rollout.Batch) error {
	wait := &waiting{delay: w.Retry.Probe + rand.N(w.Retry.Probe/4+1), reason: "the batch is blocked: " + b.Reason}
	mine, err := w.Ledger.Hold(ctx, "probe:"+b.ID, w.Retry.Probe)
	if err != nil {
		return err
	}
	if !mine {
		return wait
	}
	if _, err := w.API.Me(ctx); err != nil {
		return wait
	}
	w.Log.Info("the account works again; the batch goes on", "batch", b.ID)
	return w.Ledger.Unblock(ctx, b.ID)
}

// close writes the report of a batch whose sites have all ended, and ends it.
func (w *Worker) close(ctx context.Context, t *asynq.Task) error {
	var id identity
	if err := json.Unmarshal(t.Payload(), &id); err != nil {
		return fmt.Errorf("task payload cannot be read: %w: %w", err, asynq.SkipRetry)
	}
	b, err := w.Ledger.Batch(ctx, id.Batch)
	if errors.Is(err, ledger.ErrNotFound) || err == nil && (b.State == rollout.Done || b.Open() > 0) {
		return nil
	}
	if err != nil {
		return err
	}
	b.Finished = w.Now().UTC()
	path, err := w.Report(ctx, b, w.Ledger.Sites(ctx, b.ID))
	if err != nil {
		w.Log.Error("the report could not be written; trying again", "batch", b.ID, "err", err)
		return err
	}
	if err := w.Ledger.Finish(ctx, b.ID, path); err != nil {
		return err
	}
	w.Log.Info("the batch is done", "batch", b.ID, "rows", b.Rows(), "provisioned", b.Counts[rollout.Provisioned], "need_someone", b.NeedSomeone(), "report", path)
	return nil
}

// delayOf tells asynq when to deliver a task again.
func delayOf(_ int, err error, _ *asynq.Task) time.Duration {
	var wait *waiting
	if errors.As(err, &wait) {
		return wait.delay
	}
	return DefaultRetry.pause(1)
}

// asynqLog lets asynq speak through slog. What it says of its daily life is debug,
// and so are its warnings: they tell of tasks that are handed back or found again,
// which is as it should be.
type asynqLog struct{ *slog.Logger }

func (l asynqLog) Debug(args ...any) { l.Logger.Debug("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Info(args ...any)  { l.Logger.Debug("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Warn(args ...any)  { l.Logger.Debug("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Error(args ...any) { l.complain(args) }
func (l asynqLog) Fatal(args ...any) { l.complain(args) }

func (l asynqLog) complain(args []any) {
	l.Logger.Error("the task queue reports trouble, and goes on", "err", fmt.Sprint(args...))
}
