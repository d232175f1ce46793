// What is logged once, what is logged now and then, and how asynq's messages are logged.

package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"btrollout/internal/btapi"
)

// warnReplaced logs that a task was replaced, once for each task.
func (w *Worker) warnReplaced(id, state string) {
	w.warnOnce("replaced "+id,
		"a task that asynq would never have delivered was replaced; archiving or deleting tasks does not cancel sites",
		"task", id, "state", state)
}

// warnUnreadable logs that the windows of a plan cannot be read, such as for a time zone that this machine does not
// know. For this worker they never open.
func (w *Worker) warnUnreadable(windows []string, err error) {
	w.Log.Warn("the windows of a batch cannot be read on this machine, so this worker orders nothing of it "+
		"and, if they are strict, sends no address; "+
		"change them with batch window, or update the worker", "windows", strings.Join(windows, ", "), "err", err)
}

// warnOnce logs a warning, once in the life of the worker for each subject.
func (w *Worker) warnOnce(subject, text string, args ...any) {
	if _, known := w.warned.LoadOrStore(subject, true); !known {
		w.Log.Warn(text, args...)
	}
}

// troubleEvery is how often, at most, trouble that many sites meet is logged.
const troubleEvery = 30 * time.Second

// warnOfTrouble logs that the API does not answer: one line for all sites that meet it. Those who wait
// for a batch learn it, too, until a call succeeds (endTrouble).
func (w *Worker) warnOfTrouble(ctx context.Context, err error) {
	var api *btapi.Error
	if !isAPITrouble(err) || !errors.As(err, &api) {
		return
	}
	if api.Class == btapi.Transient {
		w.inTrouble.Store(true)
		if err := w.Ledger.NoteAPITrouble(context.WithoutCancel(ctx), api.Words()); err != nil {
			w.Log.Debug("trouble with the API", "err", err)
		}
	}
	now := w.Now().UnixNano()
	last := w.warnedTrouble.Load()
	if now-last < int64(troubleEvery) || !w.warnedTrouble.CompareAndSwap(last, now) {
		return
	}
	what := "the API does not answer as it should; the sites are tried again"
	if api.Class == btapi.Throttle {
		what = "calls to the API have to wait; see batch rate"
	}
	w.Log.Warn(what, "err", api)
}

// endTrouble notes that the API answers again, if this worker had found that it does not.
func (w *Worker) endTrouble(ctx context.Context) {
	if !w.inTrouble.Swap(false) {
		return
	}
	if err := w.Ledger.EndAPITrouble(context.WithoutCancel(ctx)); err != nil {
		w.Log.Debug("trouble with the API", "err", err)
	}
}

// asynqLog writes asynq's messages to slog. Its information is logged at debug, and so are
// its warnings: they tell of tasks that are handed back or found again, which is normal.
type asynqLog struct{ *slog.Logger }

func (l asynqLog) Debug(args ...any) { l.Logger.Debug("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Info(args ...any)  { l.Logger.Debug("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Warn(args ...any)  { l.Logger.Debug("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Error(args ...any) { l.logError(args) }
func (l asynqLog) Fatal(args ...any) { l.logError(args) }

func (l asynqLog) logError(args []any) {
	text := fmt.Sprint(args...)
	l.Logger.Log(context.Background(), levelOf(text), "the task queue reports trouble, and goes on", "err", text)
}
