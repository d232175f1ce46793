// The tasks: their kinds, their identity, and asynq's queues, into which they are put. What
// a task does is in worker.go.

package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"btrollout/internal/rollout"
)

// Task kinds. They are stored in Redis and must never change.
const (
	kindValidate = "site:validate"
	kindOrder    = "site:order"
	kindAddress  = "site:address"
	kindClose    = "batch:close"
)

// queuePrefix begins the names of all queues, so that another asynq application may use
// the same Redis.
const queuePrefix = "btrollout:"

// queueBatch carries what concerns a batch as a whole.
const queueBatch = queuePrefix + "batch"

// queueOf names the queue that carries a stage's tasks.
func queueOf(stage rollout.Stage) string { return queuePrefix + string(stage) }

// taskKinds are the kinds of the tasks that do a stage's work. Polling has none: see
// poll.go.
var taskKinds = map[rollout.Stage]string{
	rollout.StageValidate: kindValidate,
	rollout.StageOrder:    kindOrder,
	rollout.StageAddress:  kindAddress,
}

// queues are all queues. In every worker each has an asynq server of its own, so that no
// stage waits for another; when the budget is short, the limiter orders the calls by
// their kind. Sites that are admitted enter through the validate queue, and continue to the order in
// the same delivery.
var queues = []string{
	queueBatch, queueOf(rollout.StageAddress), queueOf(rollout.StageOrder), queueOf(rollout.StageValidate),
}

// taskTimeout is the longest that one task delivery may take.
const taskTimeout = 10 * time.Minute

// enqueueAtOnce is how many tasks are written to Redis concurrently.
const enqueueAtOnce = 64

// payload is a task's whole payload: batch, row, and Run of the site.
// Everything else is in the ledger.
type payload struct {
	Batch string         `json:"batch"`
	Row   rollout.RowRef `json:"row,omitempty"`
	Run   int            `json:"run,omitempty"`
}

// readPayload reads the payload of a task. If it cannot be read, the task is not tried again.
func readPayload(t *asynq.Task) (payload, error) {
	var p payload
	if err := json.Unmarshal(t.Payload(), &p); err != nil {
		return p, fmt.Errorf("task payload cannot be read: %w: %w", err, asynq.SkipRetry)
	}
	return p, nil
}

// Queue puts tasks into asynq.
type Queue struct {
	client *asynq.Client
	rdb    *redis.Client
	// replaced, unless nil, is called for each task that was replaced because asynq would
	// never have delivered it; state is the task's state in asynq.
	replaced func(id, state string)
}

// NewQueue makes a queue over rdb, which stays the caller's to close.
func NewQueue(rdb *redis.Client) *Queue {
	return &Queue{client: asynq.NewClientFromRedisClient(rdb), rdb: rdb}
}

// Site makes sure that the task for a site's next step exists, to be run after
// delay. Calling it again changes nothing, unless somebody archived the task, or asynq
// lost it: then it is replaced.
func (q *Queue) Site(ctx context.Context, s rollout.Site, delay time.Duration) error {
	stage := s.State.Stage()
	kind, ok := taskKinds[stage]
	if !ok {
		return nil
	}
	id := kind + ":" + s.Batch + ":" + strconv.Itoa(int(s.Row)) + ":" + strconv.Itoa(s.Run)
	return q.put(ctx, kind, id, queueOf(stage), payload{s.Batch, s.Row, s.Run}, delay)
}

// Sites makes sure that the tasks of many sites exist.
func (q *Queue) Sites(ctx context.Context, sites []rollout.Site) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(enqueueAtOnce)
	for _, s := range sites {
		g.Go(func() error { return q.Site(ctx, s, 0) })
	}
	return g.Wait()
}

// Close makes sure that the task exists which writes a batch's report and ends it.
func (q *Queue) Close(ctx context.Context, batch string) error {
	return q.put(ctx, kindClose, kindClose+":"+batch, queueBatch, payload{Batch: batch}, 0)
}

// Paused lists the queues that somebody paused in asynq, such as in asynqmon: their tasks are not
// delivered.
func (q *Queue) Paused(ctx context.Context) ([]string, error) {
	keys := make([]string, len(queues))
	for i, queue := range queues {
		keys[i] = keyQueue(queue) + "paused"
	}
	n, err := q.rdb.Exists(ctx, keys...).Result()
	if err != nil {
		return nil, fmt.Errorf("reading which queues are paused: %w", err)
	}
	if n == 0 {
		return nil, nil
	}
	var paused []string
	for i, queue := range queues {
		n, err := q.rdb.Exists(ctx, keys[i]).Result()
		if err != nil {
			return nil, fmt.Errorf("reading which queues are paused: %w", err)
		}
		if n > 0 {
			paused = append(paused, queue)
		}
	}
	return paused, nil
}

// Resume lets all paused queues go on, and returns them. Workers tell others of that within signEvery.
func (q *Queue) Resume(ctx context.Context) ([]string, error) {
	paused, err := q.Paused(ctx)
	if err != nil || len(paused) == 0 {
		return nil, err
	}
	for _, queue := range paused {
		if err := asynq.NewInspectorFromRedisClient(q.rdb).UnpauseQueue(queue); err != nil {
			return nil, fmt.Errorf("resuming the queue %s: %w", queue, err)
		}
	}
	return paused, nil
}

func (q *Queue) put(ctx context.Context, kind, id, queue string, who payload, delay time.Duration) error {
	body, err := json.Marshal(who)
	if err != nil {
		return fmt.Errorf("enqueueing %s: %w", id, err)
	}
	enqueue := func() (exists bool, err error) {
		// The ledger counts a site's retries, not asynq: a crash or a pause must not
		// spend them, so asynq may deliver a task as often as it takes.
		_, err = q.client.EnqueueContext(ctx, asynq.NewTask(kind, body),
			asynq.TaskID(id), asynq.Queue(queue), asynq.MaxRetry(math.MaxInt32),
			asynq.Timeout(taskTimeout), asynq.ProcessIn(delay))
		if errors.Is(err, asynq.ErrTaskIDConflict) {
			return true, nil
		}
		return false, err
	}
	exists, err := enqueue()
	if err == nil && exists {
		var state string
		if state, err = q.removeDead(ctx, queue, id); err == nil && state != "" {
			if q.replaced != nil {
				q.replaced(id, state)
			}
			_, err = enqueue()
		}
	}
	if err != nil {
		return fmt.Errorf("enqueueing %s: %w", id, err)
	}
	return nil
}

// AsynqConnection lets asynq's own pages connect as opts says. asynq's parser of addresses is
// not used: it ignores users and options, and its errors quote the address.
func AsynqConnection(opts *redis.Options) asynq.RedisConnOpt { return connection{opts} }

type connection struct{ opts *redis.Options }

// MakeRedisClient is asynq.RedisConnOpt's.
func (c connection) MakeRedisClient() any { return redis.NewClient(c.opts) }
