// This file checks a rollout file and decides whether its sites are enqueued. enqueue.go
// enqueues them, result.go prints the result, and preview.go what the check found.

package main

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/importer"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/report"
	"btrollout/internal/rollout"
)

type fileFlags struct {
	File     string         `arg:"" help:"Rollout file, .xlsx or .csv."`
	Check    bool           `help:"${help_check}"`
	Partial  bool           `help:"Enqueue the good rows even if others are wrong."`
	Wait     bool           `help:"Show progress until the batch is done."`
	Yes      bool           `short:"y" help:"Order without asking. Where no terminal can be asked, nobody is."`
	Annotate string         `placeholder:"FILE" type:"path" help:"${help_annotate}"`
	Report   string         `placeholder:"FILE" type:"path" help:"Write the report to this .xlsx or .csv."`
	Name     string         `placeholder:"TEXT" help:"A name for the batch, such as \"Wave 3\": lists and reports show it."`
	Force    bool           `help:"${help_force}"`
	Customer string         `placeholder:"CODE" env:"BT_CUSTOMER_CODE" help:"${help_customer}" group:"Business Talk API"`
	Plan     app.PlanFlags  `embed:"" group:"When and in which order"`
	Reports  config.Reports `embed:""`
	Intake   intakeFlags    `embed:""`
}

// upload is a rollout file whose rows were checked, on its way into the ledger.
type upload struct {
	flags   *fileFlags
	session *session
	account *account
	checked *checkedFile
	marked  rollout.Text // where the marked copy is; zero: none is written
}

// checkedFile is what the check found in a rollout file.
type checkedFile struct {
	batch   rollout.Batch // as it would be enqueued; without state and counts
	sheets  []importer.Sheet
	spool   *spool // its rows
	preview preview
	remarks []rollout.Text // those of the batch, grouped for the screen
	// unreported: no report of the file is written.
	unreported bool
}

// run checks the file and, unless rows are wrong, enqueues its sites.
func (f *fileFlags) run(ctx context.Context, s *session) (outcome, error) {
	done, err := f.process(ctx, s)
	if err != nil && ctx.Err() != nil && done.batch == "" {
		err = errStopped
	}
	return done, err
}

func (f *fileFlags) process(ctx context.Context, s *session) (outcome, error) {
	if err := f.checkOutputs(s); err != nil {
		return outcome{}, err
	}
	if _, err := f.Plan.Plan(time.Now()); err != nil { // before any work is done
		return outcome{}, err
	}
	opener := &accountOpener{session: s, toOrder: !f.Check, customer: f.Customer}
	defer opener.close()
	checked, err := f.check(ctx, s, opener)
	if err != nil {
		return outcome{}, err
	}
	defer checked.spool.close()
	u := &upload{flags: f, session: s, account: opener.opened, checked: checked}
	if err := u.annotate(ctx); err != nil {
		return outcome{}, err
	}
	rows, wrong := checked.spool.rows(), checked.spool.counts[rollout.Rejected]
	switch right := rows - wrong; {
	case f.Check:
		return u.turnDown(ctx, rollout.Checked, sayChecked(rows, right, wrong, checked.preview.unverified()))
	case wrong > 0 && !f.Partial:
		return u.turnDown(ctx, rollout.Refused, sayRefused(rows, right, wrong))
	case right == 0:
		return u.turnDown(ctx, rollout.Refused, sayNoneRight(rows, right, wrong))
	}
	return u.enqueue(ctx)
}

// checkOutputs makes sure, before any work is done, that the files which the user asked
// for can be written, and that none replaces another, unless it is one that this program wrote.
func (f *fileFlags) checkOutputs(s *session) error {
	if f.Report != "" {
		if err := app.CheckReportFile(f.Report); err != nil {
			return err
		}
		if app.SameFile(f.Report, f.File) {
			return errReportReplaces(f.File)
		}
		if err := app.CheckReplaceable(f.Report, report.RoleReport, f.Force, s.flags.Lang); err != nil {
			return err
		}
	}
	if err := f.checkAnnotate(s); err != nil {
		return err
	}
	if !f.Check && (f.Report == "" || s.flags.Embedded) { // the worker in this process writes there
		return app.CheckReportDir(f.Reports.Dir)
	}
	return nil
}

// check reads the file and checks its rows. The file is opened first: most of what is
// wrong with it needs neither network nor Redis.
func (f *fileFlags) check(ctx context.Context, s *session, opener *accountOpener) (*checkedFile, error) {
	file, err := f.open(ctx, s, opener)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if !s.flags.JSON {
		s.screen.printColumns(file.Sheets())
	}
	a, err := opener.open(ctx)
	if err != nil {
		return nil, err
	}
	return f.checkRows(ctx, s, a, file)
}

// rowsAtOnce is how many rows are looked up in the ledger together.
const rowsAtOnce = 500

// checkRows checks every row of a file into a spool.
func (f *fileFlags) checkRows(ctx context.Context, s *session, a *account, file *importer.File) (_ *checkedFile, err error) {
	spool, err := newSpool()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			spool.close()
		}
	}()
	now := time.Now()
	plan, err := f.Plan.Plan(now)
	if err != nil {
		return nil, err
	}
	checked := &checkedFile{spool: spool, preview: newPreview(), unreported: f.Check && f.Report == "", batch: rollout.Batch{
		ID: newBatchID(now), Created: now.UTC(), Lang: s.flags.Lang, Customer: a.customer,
		Name: strings.TrimSpace(f.Name), File: filepath.Base(f.File), Sheets: file.Columns(), Plan: plan,
	}}
	progress := app.NewProgress(s.stderr, titleChecking+checked.batch.File, -1)
	defer progress.Done()
	var part []rollout.Site
	flush := func() error {
		entries, err := f.recognise(ctx, a, part)
		for i := 0; err == nil && i < len(entries); i++ {
			err = spool.add(entries[i])
			checked.preview.add(entries[i].Site)
		}
		part = part[:0]
		return err
	}
	for site, err := range file.Rows() {
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return nil, err
		}
		if err := checkRow(ctx, a.connection.api.Checker, a.customer, &site); err != nil {
			return nil, err
		}
		progress.Set(spool.rows()+len(part)+1, "")
		if part = append(part, site); len(part) == rowsAtOnce {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	if checked.batch.Countries, err = checked.preview.countries(ctx, a.connection.api.Checker); err != nil {
		return nil, err
	}
	checked.sheets, checked.batch.Remarks = file.Sheets(), remarksOn(file, checked.batch)
	checked.remarks = groupedRemarks(file, checked.batch)
	if f.Check {
		err = checked.preview.findRegisters(ctx, a.connection.api.Checker)
	}
	return checked, err
}

// checkRow adds to a row's problems those against the account and the rules of its
// country. A row whose country is spelled wrong is checked by the rules of the country
// that it means, so that everything that is wrong with it is said at once.
func checkRow(ctx context.Context, checker *precheck.Checker, customer string, s *rollout.Site) error {
	written := s.Country
	s.Country = countryOf(*s)
	f, err := checker.Check(ctx, customer, &s.Request)
	s.Country = written
	if err != nil {
		return err
	}
	s.Notes = f.Notes
	read := s.Problems // of cells that could not be read: another problem of such a cell only follows from that
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

// recognise finds the sites that earlier batches know. A mere check is of the file alone.
func (f *fileFlags) recognise(ctx context.Context, a *account, sites []rollout.Site) ([]ledger.Entry, error) {
	if !f.Check {
		return jobs.Recognise(ctx, ledger.New(a.connection.rdb).As(app.Person()), a.customer, sites)
	}
	entries := make([]ledger.Entry, len(sites))
	for i, s := range sites {
		entries[i] = ledger.Entry{Site: s}
	}
	return entries, nil
}
