// This file enqueues the sites of a checked file, and stays with the batch for as long as
// the user asked for.

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// enqueue submits the batch and, if asked, stays with it to the end.
func (u *upload) enqueue(ctx context.Context) (outcome, error) {
	if !u.session.flags.JSON {
		u.session.screen.printPreview(u.checked)
		u.session.screen.listProblems(ctx, u.checked)
		u.printMarked()
		if err := u.printPlan(ctx); err != nil {
			return outcome{}, errNotEnqueued(err)
		}
		u.printForecast(ctx)
	}
	if err := u.agree(ctx); err != nil {
		return outcome{}, err
	}
	l := ledger.New(u.account.connection.rdb).As(app.Person())
	id, flags := u.checked.batch.ID, u.session.flags
	if flags.Embedded {
		u.session.whenStopped(tellStoppingHere(flags.API.Timeout, flags.Simulate))
	} else {
		u.session.whenStopped(tellStoppingUpload)
	}
	err := u.submit(ctx, l)
	begun := errors.Is(err, jobs.ErrStarted)
	switch {
	case errors.Is(err, ledger.ErrWithdrawn):
		return outcome{batch: id}, u.withdrawn(ctx, l)
	case err != nil && !begun && ctx.Err() != nil:
		return outcome{}, errStopped
	case err != nil && !begun:
		return outcome{}, errNotEnqueued(err)
	case flags.Embedded:
		return u.workHere(ctx, l)
	case begun && ctx.Err() != nil:
		return outcome{batch: id}, errStoppedAfterStart(id)
	case begun:
		return outcome{batch: id}, errGoesOn(id, err)
	}
	b, err := u.follow(ctx, ledger.NewReader(u.account.connection.rdb))
	if err != nil {
		return outcome{batch: id}, err
	}
	return u.result(b)
}

// agree asks whether the orders shall be made, unless they are simulated, --yes is given
// or there is no terminal.
func (u *upload) agree(ctx context.Context) error {
	if !u.asks() {
		return nil
	}
	answer, err := u.session.ask(ctx, askToOrder(u.checked.preview.all()).In(u.session.flags.Lang))
	if err != nil {
		return errStopped
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "o", "oui":
		return nil
	}
	return errDeclined
}

// asks reports whether a person is asked before the orders are made.
func (u *upload) asks() bool {
	return !u.flags.Yes && !u.session.flags.Simulate && u.session.ask != nil
}

// printPlan says, before the question, when the batch will order: by its plan, and because all batches
// are paused. Without a question, the result says it.
func (u *upload) printPlan(ctx context.Context) error {
	if !u.asks() {
		return nil
	}
	u.session.screen.printPlan(u.checked.batch.Plan)
	pause, err := ledger.NewReader(u.account.connection.rdb).AllPaused(ctx)
	if err == nil && !pause.At.IsZero() {
		u.session.screen.paragraph(0, sayAllPaused(pause.By))
	}
	return err
}

// submit writes the batch to the ledger and enqueues it; errors as of jobs.Submit.
func (u *upload) submit(ctx context.Context, l *ledger.Ledger) error {
	b, rows := u.checked.batch, u.checked.spool.rows()
	b.Uploaded = rows
	progress := app.NewProgress(u.session.stderr, titleEnqueueing, rows)
	defer progress.Done()
	queue := jobs.NewQueue(u.account.connection.rdb)
	return jobs.Submit(ctx, l, queue, b, u.checked.spool.entries(), func(n int) { progress.Set(n, "") })
}

// withdrawn is the error of a batch that a worker or another upload withdrew meanwhile.
func (u *upload) withdrawn(ctx context.Context, l *ledger.Ledger) error {
	id := u.checked.batch.ID
	b, err := l.Batch(ctx, id)
	return errWithdrawn(id, writtenRows(b, u.checked.spool.rows(), err == nil)) // Redis may be away again
}

// follow reads the batch and, with --wait, watches it until it is done.
func (u *upload) follow(ctx context.Context, l *ledger.Ledger) (rollout.Batch, error) {
	id, stderr := u.checked.batch.ID, u.session.stderr
	b, err := l.Batch(ctx, id)
	if err != nil {
		return b, errNotShown(id, err)
	}
	if !u.flags.Wait {
		return b, nil
	}
	u.session.whenStopped(tellStoppingWatch(id))
	fmt.Fprintln(stderr, tellEnqueued(b))
	if b, err = app.Watch(ctx, l, u.account.connection.rdb, id, stderr); err != nil && ctx.Err() != nil {
		err = errStoppedWatching(id)
	}
	return b, err
}

// workHere runs a worker in this process until the batch is done.
func (u *upload) workHere(ctx context.Context, l *ledger.Ledger) (outcome, error) {
	s := u.session
	id := u.checked.batch.ID
	c := app.WorkerConfig{Access: u.account.connection.api, ReportDir: u.flags.Reports.Dir, Log: s.log}
	if s.flags.Simulate {
		c.RecoveryDelay = time.Nanosecond // a new simulator has no earlier orders
	}
	w := app.NewWorker(c)
	if !s.flags.Simulate {
		fmt.Fprintln(s.stderr, tellFirstOrder(w.RecoveryDelay))
	}
	if err := w.Start(); err != nil {
		return outcome{batch: id}, err
	}
	b, err := app.Watch(ctx, l, u.account.connection.rdb, id, s.stderr)
	w.Stop()
	if err != nil {
		return u.interrupted(l, err)
	}
	return u.result(b)
}

// interrupted writes the report of a batch whose Redis is about to vanish.
func (u *upload) interrupted(l *ledger.Ledger, cause error) (outcome, error) {
	ctx := context.Background()
	done := outcome{batch: u.checked.batch.ID}
	b, err := l.Batch(ctx, done.batch)
	if err != nil {
		return done, errors.Join(cause, err)
	}
	if b.State == rollout.Done {
		return u.result(b) // it ended at the same moment
	}
	b.State = rollout.Stopped
	log, err := l.AuditLog(ctx, b.ID)
	if err != nil {
		return done, errors.Join(cause, err)
	}
	path, err := u.write(b, log, l.Sites(ctx, b.ID))
	if err != nil {
		return done, errors.Join(cause, err)
	}
	if !errors.Is(cause, context.Canceled) { // it was not interrupted by the user
		u.session.log.Error("the run ended early", "err", cause)
	}
	return done, errStoppedHere(b.Open(), path)
}
