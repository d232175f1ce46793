package main

// This file prints what became of a run and writes its report; main.go does the
// run itself.

import (
	"context"
	"crypto/rand"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/ledger"
	"btrollout/internal/report"
	"btrollout/internal/rollout"
)

// newBatchID makes an id that sorts by time and is short enough to be typed.
func newBatchID(now time.Time) string {
	return now.UTC().Format("20060102-150405-") + strings.ToLower(rand.Text()[:4])
}

func baseName(path string) string { return filepath.Base(path) }

// turnedDown ends a run that enqueues nothing; format takes the rows, the right
// ones and the wrong ones.
func (e *enqueue) turnedDown(state rollout.BatchState, format string) (int, error) {
	b := e.batch
	b.Counts = e.spool.counts
	b.State = state
	b.Finished = time.Now().UTC()
	wrong := b.NeedSomeone()
	path, err := e.write(b, e.spool.sites())
	if err != nil {
		return 0, err
	}
	b.Report = path
	exit := config.ExitDone
	if wrong > 0 {
		exit = config.ExitSomeBad
	}
	if e.JSON {
		status := app.StatusOf(b)
		status.Batch = "" // there is none
		return exit, app.JSON(e.stdout, status)
	}
	fmt.Fprintf(e.stdout, format+"\n", b.Rows(), b.Rows()-wrong, wrong)
	e.listProblems()
	fmt.Fprintf(e.stdout, "Report: %s\n", path)
	return exit, nil
}

// problemsListed is how many wrong rows are printed; the report has them all.
const problemsListed = 20

func (e *enqueue) listProblems() {
	listed, more := 0, 0
	for s, err := range e.spool.sites() {
		if err != nil || s.State != rollout.Rejected {
			continue
		}
		if listed == problemsListed {
			more++
			continue
		}
		listed++
		for _, p := range s.Problems {
			where := fmt.Sprintf("row %d", s.Row)
			if i, header := e.batch.Column(p.Field); i >= 0 {
				where = fmt.Sprintf("%s%d %s", e.batch.Letters[i], s.Row, header)
			}
			fmt.Fprintf(e.stdout, "  %s: %s [%s]\n", where, p.Message, p.Code)
		}
	}
	if more > 0 {
		fmt.Fprintf(e.stdout, "  … and %d more rows, in the report\n", more)
	}
}

// result prints what became of a batch, and chooses the exit code.
func (e *enqueue) result(b rollout.Batch) (int, error) {
	if e.Report != "" && b.State == rollout.Done {
		if err := app.WriteReport(e.Report, b, ledger.New(e.rdb, nil).Sites(context.Background(), b.ID)); err != nil {
			return 0, err
		}
		b.Report = e.Report
	}
	exit := config.ExitDone
	if b.NeedSomeone() > 0 {
		exit = config.ExitSomeBad
	}
	if e.JSON {
		return exit, app.JSON(e.stdout, app.StatusOf(b))
	}
	if b.State != rollout.Done {
		fmt.Fprintf(e.stdout, "Batch %s: %d of %d rows enqueued. Follow it with: batch watch %s\n", b.ID, b.Open(), b.Rows(), b.ID)
		app.Summary(e.stdout, b)
		return exit, nil
	}
	fmt.Fprintf(e.stdout, "Batch %s is done after %s.\n", b.ID, app.Took(b, time.Now()))
	app.Summary(e.stdout, b)
	if e.sim != nil {
		e.simulatorsBooks()
	}
	return exit, nil
}

// simulatorsBooks prints what the simulator says was made.
func (e *enqueue) simulatorsBooks() {
	stats := e.sim.Stats()
	addresses := 0
	for _, v := range stats.Voicesites {
		if len(v.Address) > 0 {
			addresses++
		}
	}
	orders, most := 0, 0
	for _, under := range stats.Orders {
		orders += len(under)
		most = max(most, len(under))
	}
	fmt.Fprintf(e.stdout, "Simulated API's own books: %d orders (at most %d for one site), %d voicesites, %d with an address; nothing was really ordered.\n",
		orders, most, len(stats.Voicesites), addresses)
}

// write writes a report into the report folder, or where --report says.
func (e *enqueue) write(b rollout.Batch, sites iter.Seq2[rollout.Site, error]) (string, error) {
	if e.Report != "" {
		return e.Report, app.WriteReport(e.Report, b, sites)
	}
	files, err := report.Write(e.Dir, b, sites, time.Now())
	return files.XLSX, err
}
