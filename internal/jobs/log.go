// What is logged once, what is logged now and then, and how asynq's messages are logged.

package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"btrollout/internal/btapi"
)

// sayReplaced logs, once a task, that it was replaced.
func (w *Worker) sayReplaced(id, state string) {
	w.sayOnce("replaced "+id,
		"a task that asynq would never have delivered was replaced; archiving or deleting tasks does not cancel sites",
		"task", id, "state", state)
}

// sayOnce logs a warning, once in the life of the worker for each what.
func (w *Worker) sayOnce(what, text string, args ...any) {
	if _, said := w.said.LoadOrStore(what, true); !said {
		w.Log.Warn(text, args...)
	}
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
	what := "the API does not answer as it should; the sites are tried again"
	if api.Class == btapi.Throttle {
		what = "calls to the API have to wait; see batch rate"
	}
	w.Log.Warn(what, "err", api)
}

// asynqLog writes asynq's messages to slog. Its information is logged at debug, and so are
// its warnings: they tell of tasks that are handed back or found again, which is normal.
type asynqLog struct{ *slog.Logger }

func (l asynqLog) Debug(args ...any) { l.Logger.Debug("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Info(args ...any)  { l.Logger.Debug("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Warn(args ...any)  { l.Logger.Debug("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Error(args ...any) { l.complain(args) }
func (l asynqLog) Fatal(args ...any) { l.complain(args) }

func (l asynqLog) complain(args []any) {
	text := fmt.Sprint(args...)
	l.Logger.Log(context.Background(), levelOf(text), "the task queue reports trouble, and goes on", "err", text)
}
