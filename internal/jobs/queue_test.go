// This file tests which tasks are replaced and which are left alone, and that tasks of other
// applications on the same Redis are left alone.

package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/hibiken/asynqmon"
	"github.com/redis/go-redis/v9"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

const validate = "btrollout:validate" // the queue of new sites

func taskKey(queue, id string) string { return "asynq:{" + queue + "}:t:" + id }

// asTask puts a task's hash into a state, and its id into the list that belongs to it.
func asTask(ctx context.Context, rdb *redis.Client, id, state string, listed bool) error {
	key := "asynq:{" + validate + "}:"
	err := errors.Join(rdb.LRem(ctx, key+"pending", 0, id).Err(), rdb.HSet(ctx, key+"t:"+id, "state", state).Err())
	later := float64(time.Now().Add(time.Hour).Unix())
	switch {
	case !listed:
	case state == "pending" || state == "active":
		err = errors.Join(err, rdb.LPush(ctx, key+state, id).Err(), rdb.ZAdd(ctx, key+"lease", redis.Z{Score: later, Member: id}).Err())
	default:
		err = errors.Join(err, rdb.ZAdd(ctx, key+state, redis.Z{Score: later, Member: id}).Err())
	}
	return err
}

func siteTask(row int) string { return fmt.Sprintf("site:validate:b:%d:0", row) }

// Whatever somebody does to a task in asynqmon, or asynq to its list, its site goes on.
func TestQueue_ATaskThatIsNeverDeliveredIsReplaced(t *testing.T) {
	t.Parallel()
	damages := []func(ctx context.Context, rdb *redis.Client, id string) error{
		func(_ context.Context, rdb *redis.Client, id string) error { // by hand, in asynqmon
			return asynq.NewInspectorFromRedisClient(rdb).ArchiveTask(validate, id)
		},
		func(ctx context.Context, rdb *redis.Client, id string) error { // and the archive was trimmed
			err := asynq.NewInspectorFromRedisClient(rdb).ArchiveTask(validate, id)
			return errors.Join(err, rdb.ZRem(ctx, "asynq:{"+validate+"}:archived", id).Err())
		},
		func(_ context.Context, rdb *redis.Client, id string) error {
			return asynq.NewInspectorFromRedisClient(rdb).DeleteTask(validate, id)
		},
		func(ctx context.Context, rdb *redis.Client, id string) error {
			return errors.Join(rdb.Del(ctx, taskKey(validate, id)).Err(), rdb.Set(ctx, taskKey(validate, id), "x", 0).Err())
		},
		func(ctx context.Context, rdb *redis.Client, id string) error {
			return rdb.HDel(ctx, taskKey(validate, id), "msg").Err()
		},
		func(ctx context.Context, rdb *redis.Client, id string) error {
			return asTask(ctx, rdb, id, "completed", true)
		},
	}
	for _, state := range []string{"pending", "active", "scheduled", "retry", "completed"} {
		damages = append(damages, func(ctx context.Context, rdb *redis.Client, id string) error {
			return asTask(ctx, rdb, id, state, false)
		})
	}
	onEachRedis(t, func(t *testing.T, on servers) {
		ctx := t.Context()
		r := on.newRig(t, btsim.Options{}, nil)
		r.submit("b", sitesFrom(len(damages))...)
		r.admitAll("b")
		var rows []rollout.RowRef
		for i, damage := range damages {
			if err := damage(ctx, r.rdb, siteTask(i+2)); err != nil {
				t.Fatalf("damage %d: %v", i, err)
			}
			rows = append(rows, rollout.RowRef(i+2))
		}
		// The task that closes the batch is archived before it is needed.
		id := "batch:close:b"
		err := r.queue.Close(ctx, "b")
		err = errors.Join(err, asynq.NewInspectorFromRedisClient(r.rdb).ArchiveTask("btrollout:batch", id))
		if err = errors.Join(err, r.ledger.Postpone(ctx, "b", time.Now().Add(-time.Hour), rows...)); err != nil {
			t.Fatal(err)
		}
		stop := r.startWorker()
		b := r.wait("b", isDone)
		stop()
		if b.Counts[rollout.Provisioned] != len(damages) || r.orders() != len(damages) {
			t.Errorf("ended as %v with %d orders", b.Counts, r.orders())
		}
		if left, err := r.rdb.Keys(ctx, "asynq:*:t:*").Result(); err != nil || len(left) > 0 {
			t.Errorf("tasks are left over: %v %v", left, err)
		}
	})
}

func TestQueue_ATaskThatWaitsOrIsDeliveredStays(t *testing.T) {
	t.Parallel()
	onEachRedis(t, func(t *testing.T, on servers) {
		ctx, rdb := t.Context(), on.connect(t)
		q := jobs.NewQueue(rdb)
		states := []string{"pending", "active", "scheduled", "retry"}
		var sites []rollout.Site
		for i := range states {
			s := site(i + 2)
			s.Batch = "b"
			sites = append(sites, s)
		}
		err := q.Sites(ctx, sites)
		for i, state := range states {
			err = errors.Join(err, asTask(ctx, rdb, siteTask(i+2), state, true))
			err = errors.Join(err, rdb.HSet(ctx, taskKey(validate, siteTask(i+2)), "mark", "as it was").Err())
		}
		// Handed back by a dead worker, it is pending and bears no time.
		err = errors.Join(err, rdb.HDel(ctx, taskKey(validate, siteTask(2)), "pending_since").Err())
		if err = errors.Join(err, q.Sites(ctx, sites)); err != nil {
			t.Fatal(err)
		}
		for i, state := range states {
			if mark, err := rdb.HGet(ctx, taskKey(validate, siteTask(i+2)), "mark").Result(); err != nil || mark == "" {
				t.Errorf("the task that is %s was replaced (%v)", state, err)
			}
		}
	})
}

// A worker of this version finds the tasks of an earlier one, in queues whose names
// another application uses, too.
func TestQueue_OldQueuesAreLeft(t *testing.T) {
	t.Parallel()
	onEachRedis(t, func(t *testing.T, on servers) {
		ctx := t.Context()
		r := on.newRig(t, btsim.Options{}, nil)
		r.submit("b", sitesFrom(4)...)
		r.admitAll("b")
		keys, err := r.rdb.Keys(ctx, "asynq:*").Result()
		if err != nil {
			t.Fatal(err)
		}
		err = r.rdb.Del(ctx, keys...).Err()
		client := asynq.NewClientFromRedisClient(r.rdb)
		enqueue := func(queue, kind, id string, options ...asynq.Option) {
			t.Helper()
			_, failed := client.Enqueue(asynq.NewTask(kind, []byte(`{}`)), append(options, asynq.TaskID(id), asynq.Queue(queue))...)
			err = errors.Join(err, failed)
		}
		enqueue("validate", "site:validate", siteTask(2))
		enqueue("validate", "site:validate", siteTask(3), asynq.ProcessIn(time.Hour))
		enqueue("order", "site:order", "site:order:b:4:0")
		enqueue("batch", "batch:close", "batch:close:b")
		// Somebody else's.
		var theirs []string
		for i := range 600 {
			theirs = append(theirs, fmt.Sprintf("order-%d", i))
			enqueue("order", "shop:order", theirs[i])
		}
		enqueue("order", "site:order", "site:order:b:5:0") // ours behind them
		enqueue("order", "shop:order", "site:order:b:6:0") // theirs, with an id like ours
		enqueue("validate", "form:validate", "form", asynq.ProcessIn(time.Hour))
		if err = errors.Join(err, r.ledger.Postpone(ctx, "b", time.Now().Add(-time.Hour), 2, 3, 4, 5)); err != nil {
			t.Fatal(err)
		}
		before := r.foreign("form", append(theirs, "site:order:b:6:0")...)
		stop := r.startWorker()
		b := r.wait("b", isDone)
		stop()
		if b.Counts[rollout.Provisioned] != 4 || r.orders() != 4 {
			t.Errorf("ended as %v with %d orders", b.Counts, r.orders())
		}
		left, err := r.rdb.Keys(ctx, "asynq:*:t:*").Result()
		if err != nil || len(left) != len(theirs)+2 {
			t.Errorf("%d tasks are left, and the other application has %d (%v)", len(left), len(theirs)+2, err)
		}
		if after := r.foreign("form", append(theirs, "site:order:b:6:0")...); !slices.Equal(before, after) {
			t.Error("the tasks of the other application were touched")
		}
	})
}

// foreign reads all of some tasks in the queues validate and order.
func (r *rig) foreign(form string, orders ...string) []string {
	r.t.Helper()
	var all []string
	read := func(queue, id string) {
		task, err := r.rdb.HGetAll(r.t.Context(), taskKey(queue, id)).Result()
		if err != nil {
			r.t.Fatal(err)
		}
		all = append(all, fmt.Sprint(task))
	}
	read("validate", form)
	for _, id := range orders {
		read("order", id)
	}
	pending, err := r.rdb.LRange(r.t.Context(), "asynq:{order}:pending", 0, -1).Result()
	if err != nil {
		r.t.Fatal(err)
	}
	return append(all, slices.DeleteFunc(pending, func(id string) bool { return id == "site:order:b:4:0" || id == "site:order:b:5:0" })...)
}

// The pages of the dashboard show the queues by their names.
func TestQueue_TheDashboardShowsTheQueues(t *testing.T) {
	t.Parallel()
	url := redistest.InMemory(t)
	s := site(2)
	s.Batch = "b"
	if err := jobs.NewQueue(redistest.Connect(t, url)).Site(t.Context(), s, 0); err != nil {
		t.Fatal(err)
	}
	opts, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	monitor := asynqmon.New(asynqmon.Options{RootPath: "/monitor", RedisConnOpt: jobs.AsynqConnection(opts), ReadOnly: true})
	defer monitor.Close()
	for path, want := range map[string]string{
		"/monitor/api/queues":                                         `"queue":"btrollout:validate"`,
		"/monitor/api/queues/btrollout:validate":                      `"pending":1`,
		"/monitor/api/queues/btrollout:validate/pending_tasks":        siteTask(2),
		"/monitor/api/queues/btrollout%3Avalidate/pending_tasks":      siteTask(2),
		"/monitor/api/queues/btrollout:validate/tasks/" + siteTask(2): `"state":"pending"`,
	} {
		answer := httptest.NewRecorder()
		monitor.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), want) {
			t.Errorf("%s: %d without %s: %s", path, answer.Code, want, answer.Body)
		}
	}
}
