package main

// This file prints what became of a file's rows and writes its report; file.go does
// the work itself.

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

// turnedDown ends a run that enqueues nothing, and says so.
func (e *enqueue) turnedDown(ctx context.Context, state rollout.BatchState, said string) (int, error) {
	b := e.batch
	b.Counts = e.spool.counts
	b.State = state
	b.Finished = time.Now().UTC()
	path, err := e.write(b, e.spool.sites(ctx))
	if err != nil {
		return 0, err
	}
	b.Report = path
	exit := config.ExitDone
	if b.NeedSomeone() > 0 {
		exit = config.ExitSomeBad
	}
	if e.JSON {
		b.ID = "" // there is none
		return exit, e.printStatus(b)
	}
	fmt.Fprintln(e.stdout, said)
	e.listProblems()
	e.printSeen()
	fmt.Fprintln(e.stdout, e.say("Report: %s", "Rapport : %s", path))
	return exit, nil
}

// printStatus prints a batch, or a file that did not become one, as JSON.
func (e *enqueue) printStatus(b rollout.Batch) error {
	return app.JSON(e.stdout, e.status(b))
}

// problemsListed is how many wrong rows are printed; the report has them all.
const problemsListed = 20

func (e *enqueue) listProblems() {
	listed, more := 0, 0
	for s, err := range e.spool.sites(e.ctx) {
		if err != nil || s.State != rollout.Rejected {
			continue
		}
		if listed == problemsListed {
			more++
			continue
		}
		listed++
		for _, p := range s.Problems {
			where := e.say("row %s", "ligne %s", e.batch.RowName(s.Row))
			sheet, line := e.batch.Locate(s.Row)
			if i, header := sheet.Column(p.Field); i >= 0 {
				where = fmt.Sprintf("%s%s%d %s", e.sheetPrefix(sheet), sheet.Letters[i], line, header)
			}
			fmt.Fprintln(e.stdout, e.say("  %s: %s [%s]", "  %s : %s [%s]", where, p.Message, p.Code))
		}
	}
	if more > 0 {
		fmt.Fprintln(e.stdout, e.say("  … and %d more rows, in the report", "  … et %d lignes de plus, dans le rapport", more))
	}
}

// sheetPrefix leads to a cell of a sheet, where there are several.
func (e *enqueue) sheetPrefix(sheet *rollout.Sheet) string {
	if len(e.batch.Sheets) < 2 {
		return ""
	}
	return sheet.Name + "!"
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
		return exit, e.printStatus(b)
	}
	if b.State != rollout.Done {
		fmt.Fprintln(e.stdout, e.say(
			"Batch %[1]s: %[2]d of %[3]d rows enqueued. Follow it with: batch watch %[1]s",
			"Lot %[1]s : %[2]d lignes transmises sur %[3]d. Suivez-le avec : batch watch %[1]s", b.ID, b.Open(), b.Rows()))
		app.Summary(e.stdout, b)
		return exit, nil
	}
	fmt.Fprintln(e.stdout, e.say("Batch %s is done after %s.", "Lot %s terminé en %s.", b.ID, app.Took(b, time.Now())))
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
	fmt.Fprintln(e.stdout, e.say(
		"Simulated API's own books: %d orders (at most %d for one site), %d voicesites, %d with an address; nothing was really ordered.",
		"Registres de l'API simulée : %d commandes (au plus %d par site), %d voicesites, dont %d avec une adresse ; rien n'a été réellement commandé.",
		orders, most, len(stats.Voicesites), addresses))
}

// write writes a report into the report folder, or where --report says.
func (e *enqueue) write(b rollout.Batch, sites iter.Seq2[rollout.Site, error]) (string, error) {
	if e.Report != "" {
		return e.Report, app.WriteReport(e.Report, b, sites)
	}
	files, err := report.Write(e.Dir, b, sites, time.Now())
	return files.XLSX, err
}
