// The commands that say what stands where: batch failures, summary and find, and the tables of
// batch status.

package main

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/console"
	"btrollout/internal/jsonout"
	"btrollout/internal/overview"
	"btrollout/internal/rollout"
)

type failuresFlags struct {
	ID string `arg:"" help:"Batch, as batch list shows it."`

	Filter filterFlags `embed:""`

	JSON bool `name:"json" help:"Print one JSON object."`
}

// filterFlags select rows by their problems. A row must match each flag, by one of its values.
type filterFlags struct {
	Code    []string        `placeholder:"CODE" help:"Only problems of this code, such as address.pattern. ${help_several}"`
	Stage   []rollout.Stage `enum:"import,validate,order,poll,address" placeholder:"STAGE" help:"${help_stage} ${help_several}"`
	Country []string        `placeholder:"FR" help:"Only rows of this country. ${help_several}"`
}

// filter checks the flags.
func (f filterFlags) filter() (overview.Filter, error) {
	filter := overview.Filter{Codes: f.Code, Stages: f.Stage}
	for _, country := range f.Country {
		iso2 := strings.ToUpper(country)
		if !rollout.IsISO2(iso2) {
			return filter, errNoCountry(country)
		}
		filter.Countries = append(filter.Countries, iso2)
	}
	return filter, nil
}

type summaryFlags struct {
	Customer []string `placeholder:"CODE" help:"Only sites of this customer; default: all."`
	Since    string   `placeholder:"2026-03-02" help:"Only batches that were created on this day or later."`
	JSON     bool     `name:"json" help:"Print one JSON object."`
}

type findFlags struct {
	Name string `arg:"" help:"technicalSiteName, in any case; accents and spaces do not matter."`
	JSON bool   `name:"json" help:"Print one JSON object."`
}

// filtered reads a batch, and the filter of its rows.
func (s *session) filtered(ctx context.Context, id string, f filterFlags) (rollout.Batch, overview.Filter, error) {
	b, err := s.batch(ctx, id)
	if err != nil {
		return b, overview.Filter{}, err
	}
	filter, err := f.filter()
	return b, filter, err
}

func (f *failuresFlags) run(ctx context.Context, s *session) (int, error) {
	b, filter, err := s.filtered(ctx, f.ID, f.Filter)
	if err != nil {
		return 0, err
	}
	if !b.Purged.IsZero() {
		return 0, errPurged(b)
	}
	failures := overview.Failures(ctx, s.ledger, b, filter)
	if f.JSON {
		object := jsonout.Failures{Batch: b.ID, Problems: []jsonout.Problem{}}
		return config.ExitDone, jsonout.PrintWithProblems(s.stdout, object, problemsOf(&b, failures))
	}
	t := console.Table{Heads: failureHeads}
	for failure, err := range failures {
		if err != nil {
			return 0, err
		}
		site, problem := failure.Site, failure.Problem
		t.Add(console.Row{
			Cells: []string{b.RowName(site.Row), site.Name, site.Country, string(site.State), problem.Code},
			Text:  []string{problem.Message.In(b.Lang)},
		})
	}
	if t.Len() == 0 {
		fmt.Fprintln(s.stdout, sayNoFailures(b, filter))
		return config.ExitDone, nil
	}
	t.Print(s.stdout, s.columns)
	return config.ExitDone, nil
}

// problemsOf describes failures of a batch.
func problemsOf(b *rollout.Batch, failures iter.Seq2[overview.Failure, error]) iter.Seq2[jsonout.Problem, error] {
	return func(yield func(jsonout.Problem, error) bool) {
		for failure, err := range failures {
			if !yield(jsonout.ProblemOf(b, failure.Site, failure.Problem), err) {
				return
			}
		}
	}
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
		return config.ExitDone, jsonout.Print(s.stdout, jsonout.Summary{Totals: totals})
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
	return config.ExitDone, s.printPurged(ctx)
}

// printPurged says how many batches were purged, if any was.
func (s *session) printPurged(ctx context.Context) error {
	batches, err := s.ledger.Batches(ctx)
	purged := 0
	for _, b := range batches {
		if !b.Purged.IsZero() {
			purged++
		}
	}
	if purged > 0 {
		fmt.Fprintln(s.stdout, saySummaryPurged(purged))
	}
	return err
}

func totalRow(t overview.Total) console.Row {
	cells := []string{countryWord(t.ISO2, rollout.English)}
	for _, n := range []int{t.Sites, t.Live, t.UnderWay, t.NeedSomeone, t.Cancelled} {
		cells = append(cells, strconv.Itoa(n))
	}
	return console.Row{Cells: cells}
}

func (f *findFlags) run(ctx context.Context, s *session) (int, error) {
	progress := app.NewProgress(s.stderr, titleFinding, -1)
	found, err := overview.Find(ctx, s.ledger, f.Name, func(done, of int) { progress.Set(done, tellBatches(done, of)) })
	progress.Done()
	if err != nil {
		return 0, err
	}
	rows := make([]jsonout.FoundRow, len(found.Rows))
	for i, r := range found.Rows {
		rows[i] = jsonout.FoundRowOf(r)
	}
	if f.JSON {
		return config.ExitDone, jsonout.Print(s.stdout, jsonout.Found{Found: rows, Damaged: found.Damaged})
	}
	if len(found.Damaged) > 0 {
		fmt.Fprintln(s.stderr, sayLeftOut(found.Damaged))
	}
	if len(rows) == 0 {
		fmt.Fprintln(s.stdout, sayNotFound(f.Name))
		return config.ExitDone, nil
	}
	t := console.Table{Heads: foundHeads}
	for i, r := range rows {
		text := createdAndTitle(found.Rows[i].Batch)
		if what := whatElse(r); what != "" {
			text = what + separator + text
		}
		t.Add(console.Row{Cells: []string{r.Batch, r.Name, r.Row, r.Country, string(r.State)}, Text: []string{text}})
	}
	t.Print(s.stdout, s.terminal)
	said := ""
	for _, r := range found.Rows { // in the order of their batches
		if !r.Batch.Purged.IsZero() && r.Batch.ID != said {
			said = r.Batch.ID
			fmt.Fprintln(s.stdout, sayPurged(r.Batch))
		}
	}
	return config.ExitDone, nil
}

// whatElse is what else there is to say of a row: its problem, or else the other row of its site or
// its voicesite, and what is not done.
func whatElse(r jsonout.FoundRow) string {
	var what []string
	switch {
	case len(r.Codes) > 0:
		what = r.Codes[:1]
	case r.Elsewhere != nil && r.State == rollout.Following:
		what = []string{sayWaitsFor(*r.Elsewhere)}
	case r.Elsewhere != nil:
		what = []string{sayLeftTo(*r.Elsewhere)}
	case r.VoiceSiteID != "":
		what = []string{r.VoiceSiteID}
	}
	return strings.Join(slices.Concat(what, r.NoteCodes), ", ")
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
		s.printCountries(o.Countries, b.Lang)
	}
	app.PrintNotes(s.stdout, o, b.Lang, s.columns)
	if len(o.Problems) == 0 {
		return nil
	}
	fmt.Fprintf(s.stdout, "\n%s\n", sayProblems.In(b.Lang))
	heads := make([]string, len(problemHeads))
	for i, head := range problemHeads {
		heads[i] = head.In(b.Lang)
	}
	t := console.Table{Heads: heads, Indent: 4, Right: []bool{true}}
	for _, p := range o.Problems[:min(len(o.Problems), problemsListed)] {
		t.Add(console.Row{Cells: []string{strconv.Itoa(p.Rows), p.Code, p.Row, p.Name}})
	}
	t.Print(s.stdout, s.columns)
	fmt.Fprintln(s.stdout, sayMoreProblems(b.ID, len(o.Problems)-problemsListed).In(b.Lang))
	return nil
}

// printCountries prints a table of countries and of the states that rows of the batch have.
func (s *session) printCountries(countries []overview.Country, lang rollout.Lang) {
	states := slices.DeleteFunc(slices.Clone(rollout.States), func(state rollout.State) bool {
		return !slices.ContainsFunc(countries, func(c overview.Country) bool { return c.Counts[state] > 0 })
	})
	t := console.Table{Heads: []string{headCountry.In(lang)}, Indent: 4, Right: []bool{false}}
	for _, state := range states {
		t.Heads, t.Right = append(t.Heads, string(state)), append(t.Right, true)
	}
	for _, c := range countries {
		cells := []string{countryWord(c.ISO2, lang)}
		for _, state := range states {
			cells = append(cells, strconv.Itoa(c.Counts[state]))
		}
		t.Add(console.Row{Cells: cells})
	}
	fmt.Fprintln(s.stdout)
	t.Print(s.stdout, 0)
}

// countryWord is a country's code, or a word for rows of no country.
func countryWord(iso2 string, lang rollout.Lang) string {
	if iso2 == overview.NoCountry {
		return wordNoCountry.In(lang)
	}
	return iso2
}
