package jobs

// This file holds what is said once, and how asynq's own words get into the log.

import (
	"context"
	"fmt"
	"log/slog"
)

// sayReplaced logs, once a task, that it was replaced.
func (w *Worker) sayReplaced(id, state string) {
	w.sayOnce("replaced "+id,
		"a task that asynq would never have delivered was replaced; archiving or deleting tasks does not cancel sites",
		"task", id, "state", state)
}

// sayOnce logs a warning, once for what.
func (w *Worker) sayOnce(what, text string, args ...any) {
	if _, said := w.said.LoadOrStore(what, true); !said {
		w.Log.Warn(text, args...)
	}
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
	text := fmt.Sprint(args...)
	l.Logger.Log(context.Background(), levelOf(text), "the task queue reports trouble, and goes on", "err", text)
}
