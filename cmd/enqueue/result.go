// This file prints the result of a file, for people and as JSON, and writes its report.

package main

import (
	"context"
	"crypto/rand"
	"io"
	"iter"
	"strings"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/btsim"
	"btrollout/internal/config"
	"btrollout/internal/jsonout"
	"btrollout/internal/ledger"
	"btrollout/internal/overview"
	"btrollout/internal/progress"
	"btrollout/internal/report"
	"btrollout/internal/rollout"
)

// newBatchID makes an id that sorts by time and is short enough to type.
func newBatchID(now time.Time) string {
	return now.UTC().Format("20060102-150405-") + strings.ToLower(rand.Text()[:4])
}

// turnDown ends a run that enqueues nothing: it writes the report, unless none is wanted of a mere
// check, and says why.
func (u *upload) turnDown(ctx context.Context, state rollout.BatchState, why rollout.Text) (outcome, error) {
	b := u.checked.batch
	b.Counts = u.checked.spool.counts
	b.State = state
	b.Finished = time.Now().UTC()
	if !u.checked.unreported {
		path, err := u.write(b, nil, u.checked.spool.sites(ctx))
		if err != nil {
			return outcome{}, err
		}
		b.Report = path
	}
	done, s := outcome{exit: exitFor(b)}, u.session.screen
	if u.session.flags.JSON {
		b.ID = "" // there is none
		return done, u.checked.printJSON(ctx, s.out, b, nil)
	}
	s.printPreview(u.checked)
	s.listProblems(ctx, u.checked)
	s.println(why)
	u.printMarked()
	if state == rollout.Checked {
		u.printForecast(ctx)
	}
	switch {
	case b.Report != "":
		s.println(sayReport(b.Report))
	case u.flags.Annotate == "":
		s.println(sayNoReport())
	}
	return done, nil
}

// printMarked says where the marked copy is, if there is one.
func (u *upload) printMarked() {
	if u.marked != (rollout.Text{}) {
		u.session.screen.println(u.marked)
	}
}

// exitFor is the exit code of a run that did its work.
func exitFor(b rollout.Batch) int {
	if b.NeedSomeone() > 0 || !b.WithdrawnAt.IsZero() {
		return config.ExitSomeBad
	}
	return config.ExitDone
}

// result prints the state of a batch that is in the ledger; with --report, it writes the
// report of one that is done.
func (u *upload) result(b rollout.Batch) (outcome, error) {
	done, s := outcome{batch: b.ID, exit: exitFor(b)}, u.session.screen
	if u.flags.Report != "" && b.State == rollout.Done {
		l := ledger.NewReader(u.account.connection.rdb)
		log, err := l.AuditLog(context.Background(), b.ID)
		if err != nil {
			return done, err
		}
		if err := app.WriteReport(u.flags.Report, b, log, l.Sites(context.Background(), b.ID)); err != nil {
			return done, err
		}
		b.Report = u.flags.Report
	}
	rdb := u.account.connection.rdb
	p, err := progress.Of(context.Background(), ledger.NewReader(rdb), rdb, b)
	if err != nil {
		return done, errNotShown(b.ID, err)
	}
	if u.session.flags.JSON {
		return done, u.checked.printJSON(context.Background(), s.out, b, &p)
	}
	if b.State != rollout.Done {
		s.println(sayEnqueued(b))
		s.printPlan(b.Plan)
		app.PrintProgress(s.out, p, s.lang, s.columns)
		app.Summary(s.out, b)
		return done, nil
	}
	s.println(sayDone(b, time.Now()))
	app.Summary(s.out, b)
	o, err := overview.OfBatch(context.Background(), ledger.NewReader(rdb), b)
	if err != nil {
		return done, errNotShown(b.ID, err)
	}
	app.PrintNotes(s.out, o, s.lang, s.columns)
	if sim := u.account.connection.sim; sim != nil {
		s.printBooks(sim.Stats())
	}
	return done, nil
}

// printPlan says when, and in which order, a batch will order, unless it begins at once and in the order
// of its file.
func (s screen) printPlan(p rollout.Plan) {
	if !p.IsZero() {
		s.paragraph(0, app.SayPlan(p, time.Now()))
	}
}

// printBooks prints how many orders and voicesites a simulator holds.
func (s screen) printBooks(books btsim.Stats) {
	addresses := 0
	for _, v := range books.Voicesites {
		if len(v.Address) > 0 {
			addresses++
		}
	}
	orders, most := 0, 0
	for _, ofSite := range books.Orders {
		orders += len(ofSite)
		most = max(most, len(ofSite))
	}
	s.println(sayBooks(orders, most, len(books.Voicesites), addresses))
}

// write writes a report, with an audit log, into the report folder, or where --report says.
func (u *upload) write(b rollout.Batch, log []rollout.AuditEntry, sites iter.Seq2[rollout.Site, error]) (string, error) {
	if u.flags.Report != "" {
		return u.flags.Report, app.WriteReport(u.flags.Report, b, log, sites)
	}
	files, err := report.Write(u.flags.Reports.Dir, b, log, sites, time.Now())
	return files.XLSX, err
}

// printJSON prints the file as batch b, which may not have been made: then p is nil.
func (c *checkedFile) printJSON(ctx context.Context, w io.Writer, b rollout.Batch, p *progress.Progress) error {
	f := c.object(b)
	f.Progress = p
	return jsonout.PrintWithProblems(w, f, c.problems(ctx))
}

// object describes the file as batch b, but for its problems.
func (c *checkedFile) object(b rollout.Batch) jsonout.File {
	f := jsonout.File{
		Status: jsonout.StatusOf(b), Notes: c.preview.noted,
		Sheets: []jsonout.Sheet{}, Preview: []jsonout.Preview{}, Problems: []jsonout.Problem{},
	}
	for _, sheet := range c.sheets {
		one := jsonout.Sheet{Name: sheet.Name, Header: sheet.Row, Columns: []jsonout.Column{}}
		for i, header := range sheet.Columns {
			one.Columns = append(one.Columns, jsonout.Column{
				Letter: sheet.Letters[i], Header: header, Field: sheet.Fields[i], By: string(sheet.How[i]),
			})
		}
		f.Sheets = append(f.Sheets, one)
	}
	add := func(country string, t tally) {
		f.Preview = append(f.Preview, jsonout.Preview{
			Country: country, Rows: t.rows, Orders: t.orders, Addresses: t.addresses,
			Following: t.follow, Skipped: t.skipped, Rejected: t.wrong,
		})
	}
	for _, country := range c.batch.Countries {
		add(country.ISO2, *c.preview.byCountry[country.ISO2])
	}
	if c.preview.others.rows > 0 {
		add("", c.preview.others)
	}
	return f
}

// problems yields the problems of the wrong rows, in the order of the rows.
func (c *checkedFile) problems(ctx context.Context) iter.Seq2[jsonout.Problem, error] {
	return func(yield func(jsonout.Problem, error) bool) {
		for site, err := range c.spool.sites(ctx) {
			if err != nil {
				yield(jsonout.Problem{}, err)
				return
			}
			if site.State != rollout.Rejected {
				continue
			}
			for _, p := range site.Problems {
				if !yield(jsonout.ProblemOf(&c.batch, site, p), nil) {
					return
				}
			}
		}
	}
}
