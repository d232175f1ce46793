// The commands that say what stands where: batch failures, summary and find, and the tables of
// batch status.

package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/console"
	"btrollout/internal/overview"
	"btrollout/internal/rollout"
)

type failuresFlags struct {
	ID      string        `arg:"" help:"Batch, as batch list shows it."`
	Code    string        `placeholder:"CODE" help:"Only problems with this code, such as address.pattern."`
	Stage   rollout.Stage `enum:",import,validate,order,poll,address" default:"" placeholder:"STAGE" help:"${help_stage}"`
	Country string        `placeholder:"FR" help:"Only rows of this country."`
	JSON    bool          `name:"json" help:"Print one JSON list."`
}

type summaryFlags struct {
	Customer []string `placeholder:"CODE" help:"Only sites of this customer; default: all."`
	Since    string   `placeholder:"2026-03-02" help:"Only batches that were created on this day or later."`
	JSON     bool     `name:"json" help:"Print one JSON list."`
}

type findFlags struct {
	Name string `arg:"" help:"technicalSiteName, in any case; accents and spaces do not matter."`
	JSON bool   `name:"json" help:"Print one JSON list."`
}

func (f *failuresFlags) run(ctx context.Context, s *session) (int, error) {
	b, err := s.batch(ctx, f.ID)
	if err != nil {
		return 0, err
	}
	filter := overview.Filter{Code: f.Code, Stage: f.Stage, Country: strings.ToUpper(f.Country)}
	if filter.Country != "" && !rollout.IsISO2(filter.Country) {
		return 0, errNoCountry(f.Country)
	}
	failures := []overview.Failure{}
	for failure, err := range overview.Failures(ctx, s.ledger, b, filter) {
		if err != nil {
			return 0, err
		}
		failures = append(failures, failure)
	}
	if f.JSON {
		return config.ExitDone, app.JSON(s.stdout, failures)
	}
	if len(failures) == 0 {
		fmt.Fprintln(s.stdout, sayNoFailures(b, filter))
		return config.ExitDone, nil
	}
	t := console.Table{Heads: failureHeads}
	for _, failure := range failures {
		t.Add(console.Row{
			Cells: []string{failure.Row, failure.Name, failure.Country, string(failure.State), failure.Code},
			Text:  []string{failure.Message.In(b.Lang)},
		})
	}
	t.Print(s.stdout, s.columns)
	return config.ExitDone, nil
}

func (f *summaryFlags) run(ctx context.Context, s *session) (int, error) {
	var since time.Time
	if f.Since != "" {
		var err error
		if since, err = time.ParseInLocation(time.DateOnly, f.Since, time.Local); err != nil {
			return 0, errNoDay(f.Since)
		}
	}
	totals, err := overview.Totals(ctx, s.ledger, f.Customer, since)
	if err != nil {
		return 0, err
	}
	if f.JSON {
		return config.ExitDone, app.JSON(s.stdout, totals)
	}
	if len(totals) == 0 {
		fmt.Fprintln(s.stdout, noSiteYet)
		return config.ExitDone, nil
	}
	t := console.Table{Heads: totalHeads, Right: []bool{false, true, true, true, true, true}}
	all := overview.Total{ISO2: wordAll}
	for _, one := range totals {
		t.Add(totalRow(one))
		all.Sites, all.Live, all.UnderWay = all.Sites+one.Sites, all.Live+one.Live, all.UnderWay+one.UnderWay
		all.NeedSomeone, all.Cancelled = all.NeedSomeone+one.NeedSomeone, all.Cancelled+one.Cancelled
	}
	if len(totals) > 1 {
		t.Add(totalRow(all))
	}
	t.Print(s.stdout, 0)
	return config.ExitDone, nil
}

func totalRow(t overview.Total) console.Row {
	cells := []string{countryWord(t.ISO2)}
	for _, n := range []int{t.Sites, t.Live, t.UnderWay, t.NeedSomeone, t.Cancelled} {
		cells = append(cells, strconv.Itoa(n))
	}
	return console.Row{Cells: cells}
}

// foundRow is the JSON of a row that batch find found.
type foundRow struct {
	title       string        // of the batch
	Batch       string        `json:"batch"`
	BatchName   string        `json:"batchName,omitempty"`
	File        string        `json:"file"`
	Created     time.Time     `json:"created"`
	Row         string        `json:"row"`
	Name        string        `json:"name"`
	Same        bool          `json:"same"` // false: the name differs in accents or spaces
	Country     string        `json:"country"`
	State       rollout.State `json:"state"`
	OrderID     string        `json:"orderId,omitempty"`
	VoiceSiteID string        `json:"voiceSiteId,omitempty"`
	Codes       []string      `json:"codes,omitempty"` // of its problems
}

func (f *findFlags) run(ctx context.Context, s *session) (int, error) {
	found, progress := []foundRow{}, app.NewProgress(s.stderr, titleFinding, -1)
	err := func() error {
		defer progress.Done()
		for r, err := range overview.Find(ctx, s.ledger, f.Name, func(done, of int) { progress.Set(done, tellBatches(done, of)) }) {
			if err != nil {
				return err
			}
			found = append(found, rowOf(r))
		}
		return nil
	}()
	switch {
	case err != nil:
		return 0, err
	case f.JSON:
		return config.ExitDone, app.JSON(s.stdout, found)
	case len(found) == 0:
		fmt.Fprintln(s.stdout, sayNotFound(f.Name))
		return config.ExitDone, nil
	}
	t := console.Table{Heads: foundHeads}
	for _, r := range found {
		what := r.VoiceSiteID
		if len(r.Codes) > 0 {
			what = r.Codes[0]
		}
		t.Add(console.Row{Cells: []string{
			r.Batch, r.Row, r.Name, r.Country, string(r.State), what, r.Created.Local().Format("2006-01-02 15:04"), r.title,
		}})
	}
	t.Print(s.stdout, 0)
	return config.ExitDone, nil
}

func rowOf(r overview.Found) foundRow {
	row := foundRow{
		title: r.Batch.Title(), Batch: r.Batch.ID, BatchName: r.Batch.Name, File: r.Batch.File, Created: r.Batch.Created,
		Row: r.Batch.RowName(r.Site.Row), Name: r.Site.Name, Same: r.Same,
		Country: r.Site.Country, State: r.Site.State, OrderID: r.Site.OrderID, VoiceSiteID: r.Site.Progress.VoiceSiteID,
	}
	for _, p := range r.Site.Problems {
		if !slices.Contains(row.Codes, p.Code) {
			row.Codes = append(row.Codes, p.Code)
		}
	}
	return row
}

// problemsListed is how many problem codes batch status prints; batch failures has them all.
const problemsListed = 5

// printOverview prints what stands where in a batch: its countries, if there are several, and its
// most frequent problems.
func (s *session) printOverview(ctx context.Context, b rollout.Batch) error {
	o, err := overview.OfBatch(ctx, s.ledger, b)
	if err != nil {
		return err
	}
	if len(o.Countries) > 1 {
		s.printCountries(o.Countries)
	}
	if len(o.Problems) == 0 {
		return nil
	}
	fmt.Fprintf(s.stdout, "\n%s\n", sayProblems)
	t := console.Table{Heads: problemHeads, Indent: 4, Right: []bool{true}}
	for _, p := range o.Problems[:min(len(o.Problems), problemsListed)] {
		t.Add(console.Row{Cells: []string{strconv.Itoa(p.Rows), p.Code, p.Row, p.Name}})
	}
	t.Print(s.stdout, s.columns)
	fmt.Fprintln(s.stdout, sayMoreProblems(b.ID, len(o.Problems)-problemsListed))
	return nil
}

// printCountries prints a table of countries and of the states that rows of the batch have.
func (s *session) printCountries(countries []overview.Country) {
	states := slices.DeleteFunc(slices.Clone(rollout.States), func(state rollout.State) bool {
		return !slices.ContainsFunc(countries, func(c overview.Country) bool { return c.Counts[state] > 0 })
	})
	t := console.Table{Heads: []string{headCountry}, Indent: 4, Right: []bool{false}}
	for _, state := range states {
		t.Heads, t.Right = append(t.Heads, string(state)), append(t.Right, true)
	}
	for _, c := range countries {
		cells := []string{countryWord(c.ISO2)}
		for _, state := range states {
			cells = append(cells, strconv.Itoa(c.Counts[state]))
		}
		t.Add(console.Row{Cells: cells})
	}
	fmt.Fprintln(s.stdout)
	t.Print(s.stdout, 0)
}

// countryWord is a country's code, or a word for rows of no country.
func countryWord(iso2 string) string {
	if iso2 == overview.NoCountry {
		return wordNoCountry
	}
	return iso2
}
