package main

// This file checks a rollout file and enqueues its sites. What became of them is
// printed in result.go; what was seen of its rows is in seen.go.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/importer"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
)

type fileFlags struct {
	File           string `arg:"" help:"Rollout file, .xlsx or .csv."`
	Check          bool   `help:"Stop after checking; nothing is enqueued. No Redis is needed; if one answers, the calls are counted there. Rows are not compared with earlier uploads."`
	Partial        bool   `help:"Enqueue the good rows even if others are wrong."`
	Wait           bool   `help:"Show progress until the batch is done."`
	Yes            bool   `short:"y" help:"Order without asking. Where no terminal can be asked, nobody is."`
	Annotate       string `placeholder:"FILE" type:"path" help:"Write a copy of the rollout file to this .xlsx in which every wrong cell is marked, with what to write instead."`
	Report         string `placeholder:"FILE" type:"path" help:"Write the report to this .xlsx or .csv."`
	Customer       string `placeholder:"CODE" env:"BT_CUSTOMER_CODE" help:"Customer code; looked up when the account has exactly one customer." group:"Business Talk API"`
	config.Reports `embed:""`
	intakeFlags    `embed:""`
}

// Run is the command.
func (f *fileFlags) Run(s *session) (err error) {
	e := &enqueue{session: s, fileFlags: *f, seen: newSeen()}
	s.exit, err = e.run(s.ctx)
	if err != nil && s.ctx.Err() != nil && s.recorded == "" {
		err = errStopped
	}
	return err
}

// enqueue is the way of one file.
type enqueue struct {
	*session
	fileFlags
	batch  rollout.Batch
	sheets []importer.Sheet
	spool  *spool
	seen   seen
}

// errStopped: somebody interrupted the run in time.
var errStopped = errors.New("stopped; nothing was enqueued")

func (e *enqueue) run(ctx context.Context) (int, error) {
	if err := e.prepare(ctx); err != nil {
		return 0, err
	}
	if err := e.annotate(ctx); err != nil {
		return 0, err
	}
	rejected := e.spool.counts[rollout.Rejected]
	right := e.spool.rows() - rejected
	rows := rollout.Say("%d rows", "%d lignes", e.spool.rows())
	if e.spool.rows() == 1 {
		rows = rollout.Say("1 row", "1 ligne")
	}
	switch {
	case e.Check:
		return e.turnedDown(ctx, rollout.Checked, e.say(
			"Checked %s: %d right, %d wrong. Nothing was enqueued.",
			"Vérification de %s : %d sans erreur, %d avec erreur. Rien n'a été transmis.", rows, right, rejected))
	case rejected > 0 && !e.Partial:
		return e.turnedDown(ctx, rollout.Refused, e.say(
			"Of %s, %d can be enqueued and %d cannot, so nothing was enqueued. Correct them in the file, or enqueue the others with --partial.",
			"Le fichier contient %s : %d sans erreur et %d à corriger ; rien n'a donc été transmis. Corrigez ces dernières dans le fichier, ou transmettez les autres avec --partial.", rows, right, rejected))
	case right == 0:
		return e.turnedDown(ctx, rollout.Refused, e.say(
			"Of %s, %d can be enqueued and %d cannot, so nothing was enqueued. The list says what to do about each.",
			"Le fichier contient %s : %d sans erreur et %d à corriger ; rien n'a donc été transmis. La liste indique que faire pour chacune.", rows, right, rejected))
	}
	return e.enqueue(ctx)
}

// prepare does everything that comes before the decision to enqueue.
func (e *enqueue) prepare(ctx context.Context) error {
	if e.Report != "" {
		if err := app.CheckReportFile(e.Report); err != nil {
			return err
		}
		if app.SameFile(e.Report, e.File) {
			return &app.UsageError{Text: fmt.Sprintf("the report would replace the rollout file %s itself: give --report another name", e.File)}
		}
	}
	if err := e.checkAnnotate(); err != nil {
		return err
	}
	if e.Report == "" || e.Embedded { // the worker in this process writes there
		if err := app.CheckReportDir(e.Dir); err != nil {
			return err
		}
	}
	// The file comes first: most of what is wrong with it needs neither network nor Redis.
	file, err := e.open(ctx)
	if err != nil {
		return err
	}
	defer file.Close()
	if !e.JSON {
		e.printColumns(file)
	}
	if err := e.reach(ctx); err != nil {
		return err
	}
	return e.check(ctx, file)
}

// reach opens the way to the API and finds the customer, once.
func (e *enqueue) reach(ctx context.Context) (err error) {
	if e.batch.Customer != "" {
		return nil
	}
	if err := e.connect(ctx, !e.Check); err != nil {
		return err
	}
	if e.sim != nil {
		e.Customer = e.sim.Credentials().CustomerCode
	}
	e.batch.Customer, err = app.Customer(ctx, e.api.Checker, e.Customer)
	return err
}

// check reads the file and checks every row into the spool.
func (e *enqueue) check(ctx context.Context, file *importer.File) error {
	var err error
	if e.spool, err = newSpool(); err != nil {
		return err
	}
	e.undo = append(e.undo, e.spool.close)
	e.batch.Lang = e.Lang
	e.batch.ID, e.batch.Created = newBatchID(time.Now()), time.Now().UTC()
	e.batch.File, e.batch.Sheets = baseName(e.File), file.Columns()

	progress := app.NewProgress(e.stderr, "Checking "+e.batch.File, -1)
	defer progress.Done()
	var part []rollout.Site
	flush := func() error {
		entries, err := e.recognise(ctx, part)
		for i := 0; err == nil && i < len(entries); i++ {
			err = e.spool.add(entries[i])
			e.seen.add(entries[i].Site)
		}
		part = part[:0]
		return err
	}
	for s, err := range file.Rows() {
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
		if err := checkRow(ctx, e.api.Checker, e.batch.Customer, &s); err != nil {
			return err
		}
		progress.Set(e.spool.rows()+len(part)+1, "")
		if part = append(part, s); len(part) == 500 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	e.sheets, e.batch.Remarks = file.Sheets(), e.remarksOn(file)
	e.batch.Countries, err = e.seen.countries(ctx, e.api.Checker)
	return err
}

// checkRow adds to a row's problems what the account and its country's rules say. A row
// whose country is written otherwise than it must be is held against the one that it
// means, so that all that is wrong with it is told at once.
func checkRow(ctx context.Context, checker *precheck.Checker, customer string, s *rollout.Site) error {
	written := s.Country
	s.Country = countryOf(*s)
	f, err := checker.Check(ctx, customer, &s.Request)
	s.Country = written
	if err != nil {
		return err
	}
	s.Notes = f.Notes
	read := s.Problems // of cells that could not be read as they stand: whatever follows from them is no news
	for _, p := range f.Problems {
		if p.Field != "" && slices.ContainsFunc(read, func(r rollout.Problem) bool { return r.Field == p.Field }) {
			continue
		}
		p.Stage = rollout.StageImport
		s.Problems = append(s.Problems, p)
		s.State = rollout.Rejected
	}
	return nil
}

// recognise finds the sites that earlier batches know. A check is of the file alone.
func (e *enqueue) recognise(ctx context.Context, sites []rollout.Site) ([]ledger.Entry, error) {
	if !e.Check {
		return jobs.Recognise(ctx, ledger.New(e.rdb, nil), e.batch.Customer, sites)
	}
	entries := make([]ledger.Entry, len(sites))
	for i, s := range sites {
		entries[i] = ledger.Entry{Site: s}
	}
	return entries, nil
}

// enqueue submits the batch and, if asked, stays with it to the end.
func (e *enqueue) enqueue(ctx context.Context) (int, error) {
	if !e.JSON {
		e.listProblems()
		e.printSeen()
	}
	if err := e.agree(ctx); err != nil {
		return 0, err
	}
	l := ledger.New(e.rdb, nil)
	e.batch.Uploaded = e.spool.rows()
	progress := app.NewProgress(e.stderr, "Enqueueing", e.spool.rows())
	err := jobs.Submit(ctx, l, jobs.NewQueue(e.rdb), e.batch, e.spool.entries(), func(n int) { progress.Set(n, "") })
	progress.Done()
	begun := errors.Is(err, jobs.ErrStarted)
	switch {
	case errors.Is(err, ledger.ErrWithdrawn):
		return 0, e.withdrawn(ctx, l)
	case err != nil && !begun && ctx.Err() != nil:
		return 0, errStopped
	case err != nil && !begun:
		return 0, fmt.Errorf("the batch could not be enqueued (%w): look at batch list, and try again", err)
	}
	e.recorded = e.batch.ID
	switch {
	case e.Embedded:
		return e.workHere(ctx, l)
	case begun && ctx.Err() != nil:
		return 0, fmt.Errorf("stopped; batch %s had begun and goes on: see batch watch %s", e.batch.ID, e.batch.ID)
	case begun:
		return 0, fmt.Errorf("batch %s goes on without this command (%w): see batch watch %s", e.batch.ID, err, e.batch.ID)
	}
	b, err := l.Batch(ctx, e.batch.ID)
	if err != nil {
		return 0, fmt.Errorf("batch %s is enqueued and goes on, but cannot be shown (%w): see batch watch %s", e.batch.ID, err, e.batch.ID)
	}
	if e.Wait {
		fmt.Fprintf(e.stderr, "Batch %s: %d of %d rows enqueued.\n", b.ID, b.Open(), b.Rows())
		if working, err := jobs.Working(e.rdb); err == nil && !working {
			fmt.Fprintln(e.stderr, "No worker is running: start one with the command worker.")
		}
		if b, err = app.Watch(ctx, l, b.ID, e.stderr); err != nil {
			if ctx.Err() != nil {
				return 0, fmt.Errorf("stopped watching; batch %s goes on: see batch watch %s", b.ID, b.ID)
			}
			return 0, err
		}
	}
	return e.result(b)
}

// withdrawn says that a worker or another upload has withdrawn the batch meanwhile.
func (e *enqueue) withdrawn(ctx context.Context, l *ledger.Ledger) error {
	e.recorded = e.batch.ID
	written := "some of its rows" // how many is not known if Redis is away again
	if b, err := l.Batch(ctx, e.batch.ID); err == nil {
		written = fmt.Sprintf("%d of %d rows", b.Rows(), e.batch.Uploaded)
	}
	return fmt.Errorf("batch %s was withdrawn while this command wrote its rows, because it gave no sign of life for minutes: "+
		"%s had been written and are cancelled, the others are in no report, and nothing was ordered; enqueue the same file again",
		e.batch.ID, written)
}

// workHere runs a worker in this process until the batch is done.
func (e *enqueue) workHere(ctx context.Context, l *ledger.Ledger) (int, error) {
	c := app.WorkerConfig{Access: e.api, ReportDir: e.Dir, Log: e.log}
	if e.Simulate {
		c.RecoveryDelay = time.Nanosecond // nobody ordered before
	}
	w := app.NewWorker(c)
	if !e.Simulate {
		fmt.Fprintf(e.stderr, "The first order waits %s, so that what an earlier run may just have ordered can be seen.\n", w.RecoveryDelay)
	}
	if err := w.Start(); err != nil {
		return 0, err
	}
	b, err := app.Watch(ctx, l, e.batch.ID, e.stderr)
	w.Stop()
	if err != nil {
		return e.interrupted(l, err)
	}
	return e.result(b)
}

// interrupted saves what is known of a batch whose Redis is about to vanish.
func (e *enqueue) interrupted(l *ledger.Ledger, cause error) (int, error) {
	ctx := context.Background()
	b, err := l.Batch(ctx, e.batch.ID)
	if err != nil {
		return 0, errors.Join(cause, err)
	}
	if b.State == rollout.Done {
		return e.result(b) // it ended at the same moment
	}
	b.State = rollout.Stopped
	path, err := e.write(b, l.Sites(ctx, b.ID))
	if err != nil {
		return 0, errors.Join(cause, err)
	}
	if !errors.Is(cause, context.Canceled) { // nobody asked for it
		e.log.Error("the run ended early", "err", cause)
	}
	return 0, fmt.Errorf("stopped before %d sites had ended; what became of each is in %s: look there before ordering any of them again", b.Open(), path)
}
