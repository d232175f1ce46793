// This file prints the result of a file, for people and as JSON, and writes its report.

package main

import (
	"context"
	"crypto/rand"
	"iter"
	"strings"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/btsim"
	"btrollout/internal/config"
	"btrollout/internal/ledger"
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
		path, err := u.write(b, u.checked.spool.sites(ctx))
		if err != nil {
			return outcome{}, err
		}
		b.Report = path
	}
	done, s := outcome{exit: exitFor(b)}, u.session.screen
	if u.session.flags.JSON {
		b.ID = "" // there is none
		return done, app.JSON(s.out, u.checked.status(b))
	}
	s.printPreview(u.checked)
	s.listProblems(ctx, u.checked)
	s.println(why)
	u.printMarked()
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
		sites := ledger.NewReader(u.account.connection.rdb).Sites(context.Background(), b.ID)
		if err := app.WriteReport(u.flags.Report, b, sites); err != nil {
			return done, err
		}
		b.Report = u.flags.Report
	}
	if u.session.flags.JSON {
		return done, app.JSON(s.out, u.checked.status(b))
	}
	if b.State != rollout.Done {
		s.println(sayEnqueued(b))
		app.Summary(s.out, b)
		return done, nil
	}
	s.println(sayDone(b, time.Now()))
	app.Summary(s.out, b)
	if sim := u.account.connection.sim; sim != nil {
		s.printBooks(sim.Stats())
	}
	return done, nil
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

// write writes a report into the report folder, or where --report says.
func (u *upload) write(b rollout.Batch, sites iter.Seq2[rollout.Site, error]) (string, error) {
	if u.flags.Report != "" {
		return u.flags.Report, app.WriteReport(u.flags.Report, b, sites)
	}
	files, err := report.Write(u.flags.Reports.Dir, b, sites, time.Now())
	return files.XLSX, err
}

// fileStatus is what --json prints of a file.
type fileStatus struct {
	app.Status
	Sheets  []sheetStatus   `json:"sheets"`          // those that were read
	Preview []countryStatus `json:"preview"`         // by country, before anything was ordered
	Notes   int             `json:"notes,omitempty"` // rows with a value that is changed before sending
}

type sheetStatus struct {
	Name    string         `json:"name,omitempty"`
	Header  int            `json:"header"` // row of the header
	Columns []columnStatus `json:"columns"`
}

type columnStatus struct {
	Letter string `json:"letter"`
	Header string `json:"header"`
	Field  string `json:"field,omitempty"` // "": it is not used
	By     string `json:"by,omitempty"`    // map, code, label or name
}

type countryStatus struct {
	Country   string `json:"country,omitempty"` // "": rows of no country
	Rows      int    `json:"rows"`
	Orders    int    `json:"orders"`
	Addresses int    `json:"addressOnly"`
	Following int    `json:"following,omitempty"` // rows that wait until an earlier batch is done with their sites
	Skipped   int    `json:"skipped"`
	Rejected  int    `json:"rejected"`
}

// status is the JSON of the file as batch b, which may not have been made.
func (c *checkedFile) status(b rollout.Batch) fileStatus {
	s := fileStatus{Status: app.StatusOf(b), Notes: c.preview.noted, Sheets: []sheetStatus{}, Preview: []countryStatus{}}
	for _, sheet := range c.sheets {
		one := sheetStatus{Name: sheet.Name, Header: sheet.Row, Columns: []columnStatus{}}
		for i, header := range sheet.Columns {
			one.Columns = append(one.Columns, columnStatus{sheet.Letters[i], header, sheet.Fields[i], string(sheet.How[i])})
		}
		s.Sheets = append(s.Sheets, one)
	}
	add := func(country string, t tally) {
		s.Preview = append(s.Preview, countryStatus{country, t.rows, t.orders, t.addresses, t.follow, t.skipped, t.wrong})
	}
	for _, country := range c.batch.Countries {
		add(country.ISO2, *c.preview.byCountry[country.ISO2])
	}
	if c.preview.others.rows > 0 {
		add("", c.preview.others)
	}
	return s
}
