// The worker, and the frame of every step: it loads a site, does the step, records the
// outcome, and makes the next task.

package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"

	"btrollout/internal/btapi"
	"btrollout/internal/ledger"
	"btrollout/internal/redistrouble"
	"btrollout/internal/rollout"
)

// Worker runs the pipeline until it is stopped.
type Worker struct {
	Config
	id      string
	queue   *Queue
	servers []*asynq.Server // one for each queue
	stop    context.CancelFunc
	done    sync.WaitGroup

	stopping  atomic.Bool   // no site begins another step
	surveys   surveyNotes   // how far surveys are that are being made
	counts    lastCounts    // what was last read of the open batches
	permits   permits       // of the steps that are being done
	schedules schedules     // of the plans of batches
	moved     chan struct{} // holds an element if a site has moved on since the last admission
	breakEnds breakEnd      // end of the last known break

	warned        sync.Map     // subjects of warnOnce
	inTrouble     atomic.Bool  // a call failed since the last one that surely succeeded
	warnedTrouble atomic.Int64 // when trouble with the API was last logged, in Unix nanoseconds

	// Only admission uses these.
	room      int       // admissionRoom; 0: not calculated yet
	roomSince time.Time // when that was calculated

	// Only the sweep uses these.
	sweepTerm  *ledger.Term           // in which this worker leads the sweep; nil: it has written nothing yet
	leftOld    bool                   // no task is left in the queues of earlier versions
	cancelled  map[string]cancelSweep // by the ids of batches
	mended     map[string]time.Time   // batch → when its records were last mended; "": the lists of batches
	noActive   time.Time              // when no task was active, as last checked; zero: at no check
	foundSound time.Time              // when all batches were last checked, and sound; zero: some were not
}

// recordWithin is how long writing an outcome may take after the step is over,
// even when the worker is being stopped, and Redis away for a moment.
const recordWithin = 15 * time.Second

// NewWorker makes a worker. Start makes it run.
func NewWorker(c Config) *Worker {
	c = c.withDefaults()
	w := &Worker{
		Config: c, id: rand.Text(), queue: NewQueue(c.Redis), mended: map[string]time.Time{}, cancelled: map[string]cancelSweep{},
		permits: permits{issued: map[permitFor]*issuedPermit{}}, moved: make(chan struct{}, 1),
	}
	w.queue.replaced = w.warnReplaced
	w.schedules.unreadable = w.warnUnreadable
	for _, queue := range queues {
		w.servers = append(w.servers, asynq.NewServerFromRedisClient(c.Redis, asynq.Config{
			Concurrency:              c.Concurrency,
			Queues:                   map[string]int{queue: 1},
			TaskCheckInterval:        c.TaskCheckInterval,
			DelayedTaskCheckInterval: c.DelayedTaskCheckInterval,
			JanitorInterval:          janitorInterval,
			ShutdownTimeout:          c.StopWithin,
			RetryDelayFunc:           w.retryDelay,
			IsFailure:                func(err error) bool { return !errors.As(err, new(*waitError)) },
			Logger:                   asynqLog{c.Log},
		}))
	}
	return w
}

// Start begins to work; it returns within signWithin.
func (w *Worker) Start() error {
	mux := asynq.NewServeMux()
	for stage, kind := range taskKinds {
		mux.HandleFunc(kind, func(ctx context.Context, t *asynq.Task) error { return w.handleSite(ctx, stage, t) })
	}
	mux.HandleFunc(kindClose, w.handleClose)
	for i, server := range w.servers {
		if err := server.Start(mux); err != nil {
			shutDown(w.servers[:i])
			return fmt.Errorf("starting the worker: %w", err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.stop = cancel
	w.sign(ctx)
	w.done.Go(func() { w.sweepForever(ctx) })
	w.done.Go(func() { w.pollForever(ctx) })
	w.done.Go(func() { w.admitForever(ctx) })
	w.done.Go(func() { w.signForever(ctx) })
	return nil
}

// Stop finishes what is under way, or hands it back to the queues, and returns.
func (w *Worker) Stop() {
	w.stopping.Store(true)
	w.stop()
	shutDown(w.servers)
	w.done.Wait()
}

const (
	// signEvery is the time between two signs of life of a worker.
	signEvery = ledger.SignLifetime / 3
	// signWithin is how long a sign may take, also when the worker starts.
	signWithin = 2 * time.Second
)

// signForever gives signs of life until ctx ends, and then signs off.
func (w *Worker) signForever(ctx context.Context) {
	for paused(ctx, signEvery) {
		w.sign(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), signWithin)
	defer cancel()
	if err := w.Ledger.SignOff(ctx, w.id); err != nil {
		w.Log.Debug("sign of life", "err", err) // it expires
	}
}

// sign gives a sign of life.
func (w *Worker) sign(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, signWithin)
	defer cancel()
	paused, err := w.queue.Paused(ctx)
	if len(paused) > 0 {
		w.warnOnce("paused "+strings.Join(paused, ","), "queues of asynq are paused; batch resume --queues lets them go on", "queues", paused)
	}
	err = errors.Join(err, w.Ledger.Sign(ctx, ledger.RunningWorker{
		ID: w.id, RecoveryDelay: w.RecoveryDelay, AddressDelay: w.RecoveryDelay - w.Settle, PausedQueues: paused,
	}))
	if err != nil {
		w.Log.Debug("sign of life", "err", err)
	}
}

func shutDown(servers []*asynq.Server) {
	var all sync.WaitGroup
	for _, server := range servers {
		all.Go(server.Shutdown)
	}
	all.Wait()
}

// handleSite handles a task: it loads the site and does its next steps.
func (w *Worker) handleSite(ctx context.Context, stage rollout.Stage, t *asynq.Task) error {
	id, err := readPayload(t)
	if err != nil {
		return err
	}
	b, s, err := w.Ledger.Load(ctx, id.Batch, id.Row)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		w.Log.Warn("a task's site is not in the ledger; the task is dropped", "batch", id.Batch, "row", id.Row)
		return nil
	case errors.Is(err, ledger.ErrDamaged): // the sweep says so, and makes the task again if it is mended
		return nil
	case err != nil:
		return err
	case s.Run != id.Run || s.State.Stage() != stage:
		return w.queue.Site(ctx, s, 0) // another task delivery did the work; its next task may be missing
	case s.State == rollout.Following && (b.State == rollout.Running || b.State == rollout.Blocked) && b.Cancelled == rollout.NotCancelled:
		return w.follow(ctx, b, s)
	case b.State != rollout.Running && b.State != rollout.Blocked:
		return &waitError{delay: idlePause, reason: "the batch is " + string(b.State)}
	case isCancelled(b, s):
		return w.cancelSite(ctx, b, s)
	case w.hold(b, workOf(s)) != nil:
		return w.Ledger.Park(ctx, b, s)
	case b.State == rollout.Blocked:
		return w.probe(ctx, b, s)
	}
	return w.runSteps(ctx, b, s, stage)
}

// idlePause is how long the task of a batch that should have none waits.
const idlePause = 10 * time.Second

// runSteps does a site's steps until it has to wait or has ended. The task that is being
// delivered is one of taskStage.
func (w *Worker) runSteps(ctx context.Context, b rollout.Batch, s rollout.Site, taskStage rollout.Stage) error {
	for {
		o, err := w.step(ctx, b, s, taskStage)
		switch {
		case err != nil || !o.onward:
			return err
		case w.stopping.Load():
			return w.queue.Site(ctx, o.site, 0)
		}
		s = o.site
	}
}

// outcome is how a site stands after a step.
type outcome struct {
	site     rollout.Site
	onward   bool // its next step can be done now, and has no task
	blocked  bool // the account does not work
	answered bool // the API answered the step's calls, by a refusal of the site perhaps
	troubled bool // the API failed to answer one of them, or asked to slow down
}

// step does a site's next step and records its outcome. It makes sure that the site has a
// task for the step after it, unless the outcome is onward.
func (w *Worker) step(ctx context.Context, b rollout.Batch, s rollout.Site, taskStage rollout.Stage) (outcome, error) {
	before := s.Progress
	within, end := w.withPermit(ctx, b, workOf(s))
	s, err := steps[s.State.Stage()](w, within, b, s)
	end()
	answered, troubled := err == nil || btapi.RefusalIn(err) != nil, isAPITrouble(err)
	ctx = context.WithoutCancel(ctx) // what was learnt is written even if the worker is being stopped
	if errors.Is(err, ledger.ErrStale) {
		return outcome{}, w.handleStale(ctx, s, taskStage)
	}
	var r reaction
	reason := ""
	if err != nil {
		r = w.Retry.reactionTo(b, &s, err)
		reason = err.Error()
		w.warnOfTrouble(ctx, err)
		w.Log.Debug("step", "batch", s.Batch, "row", s.Row, "state", s.State, "err", err)
	}
	if wasRefused(s, err) {
		w.recheckRefused(ctx, b, &s)
	}
	endInDoubt(b, &s)
	if r.isBreak { // before the site is postponed, so that admission does not miss it
		w.breakEnds.extend(w.Now().Add(r.delay))
	}
	if r.block != "" {
		if err := w.block(ctx, b, r.block); err != nil {
			return outcome{blocked: true}, err
		}
	}
	o, err := w.record(ctx, b, taskStage, before, s, &waitError{delay: r.delay, reason: reason, parks: r.parks})
	o.blocked, o.answered, o.troubled = r.block != "", answered, troubled
	return o, err
}

// record writes what a step made of a site of batch b, which waits as long as wait says before its
// next step. If that step is one of taskStage, record returns wait, so that the same task is
// delivered again; for a step of another stage, record makes the task. A site that is parked has no
// task any more.
func (w *Worker) record(
	ctx context.Context, b rollout.Batch, taskStage rollout.Stage, before rollout.Progress, s rollout.Site, wait *waitError,
) (outcome, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	if s.State.Stage() != before.State.Stage() {
		s.Tries, s.LastError = 0, ""
	}
	due := w.Now().Add(wait.delay)
	if wait.parks {
		due = ledger.ParkedDue(b, s)
	}
	if s.State == rollout.Ordered { // the poller settles it; after the deadline, the sweep makes the poller poll it individually
		due = later(due, s.OrderedAt.Add(w.OrderDeadline))
	}
	open := 1
	if reflect.DeepEqual(before, s.Progress) && wait.parks {
		if err := w.Ledger.Park(ctx, b, s); err != nil {
			return outcome{}, err
		}
	} else if reflect.DeepEqual(before, s.Progress) {
		if err := w.Ledger.Postpone(ctx, s.Batch, due, s.Row); err != nil {
			return outcome{}, err
		}
	} else if err := retryWrite(ctx, func() error {
		next, left, err := w.Ledger.Advance(ctx, s, due)
		if err == nil {
			s, open = next, left
		}
		return err
	}); errors.Is(err, ledger.ErrStale) {
		return outcome{}, w.handleStale(ctx, s, taskStage)
	} else if err != nil {
		return outcome{}, err
	}
	if s.State != before.State && (s.State == rollout.Ordered || s.State == rollout.Provisioned) {
		w.endTrouble(ctx)
	}
	if s.State != before.State {
		w.noteMoved()
	}
	o := outcome{site: s}
	switch stage := s.State.Stage(); {
	case s.State.Final() && open == 0:
		return o, w.queue.Close(ctx, s.Batch)
	case wait.parks:
		return o, nil
	case stage == taskStage:
		return o, wait
	case wait.delay > 0 || stage == "" || stage == rollout.StagePoll:
		return o, w.queue.Site(ctx, s, wait.delay)
	}
	o.onward = true
	return o, nil
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// handleStale is for a task delivery whose write came too late, because another one was
// faster, or because its own write arrived and the answer was lost. The site continues from
// where it stands.
func (w *Worker) handleStale(ctx context.Context, s rollout.Site, taskStage rollout.Stage) error {
	_, now, err := w.Ledger.Load(ctx, s.Batch, s.Row)
	switch {
	case err != nil:
		return err
	case now.State.Stage() == taskStage && now.Run == s.Run:
		return &waitError{delay: stalePause, reason: "another delivery moved this site on"}
	case now.State.Final():
		return nil // the sweep closes the batch, if no task delivery does
	}
	return w.queue.Site(ctx, now, 0)
}

// stalePause is how long a task delivery that lost a race leaves the site alone.
const stalePause = 2 * time.Second

// retryWrite repeats a write until Redis takes it or ctx ends, because what must be written
// may have cost money. An error that no repetition changes ends it at once.
func retryWrite(ctx context.Context, write func() error) error {
	for pause := redisPauseFirst; ; pause = min(2*pause, redisPauseMax) {
		err := write()
		if err == nil || errors.Is(err, ledger.ErrStale) || errors.Is(err, ledger.ErrNotFound) || errors.Is(err, ledger.ErrInvalid) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// handleClose writes the report of a batch whose sites have all ended, and ends it.
func (w *Worker) handleClose(ctx context.Context, t *asynq.Task) error {
	id, err := readPayload(t)
	if err != nil {
		return err
	}
	b, err := w.Ledger.Batch(ctx, id.Batch)
	if errors.Is(err, ledger.ErrNotFound) || errors.Is(err, ledger.ErrDamaged) || err == nil && (b.State == rollout.Done || b.Open() > 0) {
		return nil
	}
	if err != nil {
		return err
	}
	b.Finished = w.Now().UTC()
	path, err := w.Report(ctx, b, w.Ledger.Sites(ctx, b.ID))
	if err != nil {
		w.Log.Log(ctx, levelOf(err.Error()), "the report could not be written; trying again", "batch", b.ID, "err", err)
		return err
	}
	done, err := w.Ledger.Finish(ctx, b.ID, b.Decisions, path)
	if err != nil || !done {
		return err
	}
	w.forgetPushes(ctx, b.Customer)
	w.Log.Info("the batch is done", "batch", b.ID, "rows", b.Rows(),
		"provisioned", b.Counts[rollout.Provisioned], "need_someone", b.NeedSomeone(), "report", path)
	return nil
}

// retryDelay tells asynq when to deliver a task again that failed retried times before. The
// delays become longer, except in trouble of Redis as a whole, which DelayRedisErrors delays.
func (w *Worker) retryDelay(retried int, err error, _ *asynq.Task) time.Duration {
	var wait *waitError
	if errors.As(err, &wait) {
		return wait.delay
	}
	if _, found := redistrouble.InText(err.Error()); found {
		retried = 0
	}
	return w.Retry.pause(retried + 1)
}
