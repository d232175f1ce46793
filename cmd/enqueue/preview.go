// This file counts the checked rows by country and prints the counts: what will be
// ordered, and what else a person should know before.

package main

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"btrollout/internal/console"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/progress"
	"btrollout/internal/rollout"
)

// preview counts the checked rows of a file.
type preview struct {
	byCountry map[string]*tally // by ISO2
	others    tally             // rows of no country that could be checked
	noted     int               // rows with a value that is changed before sending
	registers []string          // ISO2 codes of countries whose register will be asked for right rows; only of a mere check
}

// tally counts what will become of rows, as far as it is known before anything is ordered.
// Sites that the account already holds are found later; no order is made for them.
type tally struct{ rows, orders, addresses, follow, skipped, wrong int }

func newPreview() preview { return preview{byCountry: map[string]*tally{}} }

func (p *preview) add(site rollout.Site) {
	if len(site.Notes) > 0 {
		p.noted++
	}
	t := &p.others
	if country := countryOf(site); country != "" {
		if t = p.byCountry[country]; t == nil {
			t = &tally{}
			p.byCountry[country] = t
		}
	}
	t.add(site)
}

func (t *tally) add(site rollout.Site) {
	t.rows++
	switch {
	case site.State == rollout.Rejected:
		t.wrong++
	case site.State == rollout.Skipped:
		t.skipped++
	case site.State == rollout.Following:
		t.follow++
	case site.Request.VoiceSiteID != "" || site.Progress.VoiceSiteID != "":
		t.addresses++
	default:
		t.orders++
	}
}

// all adds the countries up.
func (p *preview) all() tally {
	sum := p.others
	for _, t := range p.byCountry {
		sum = tally{
			sum.rows + t.rows, sum.orders + t.orders, sum.addresses + t.addresses, sum.follow + t.follow, sum.skipped + t.skipped,
			sum.wrong + t.wrong,
		}
	}
	return sum
}

// countryOf is the ISO2 code of the country by whose rules a row can be checked: its own
// or, if that is spelled wrong, the one that it means; "" if there is none.
func countryOf(s rollout.Site) string {
	for _, p := range s.Problems {
		if p.Field == rollout.FieldCountry {
			return p.Suggestion
		}
	}
	return s.Country
}

// countries asks the API what a person should know of each country.
func (p *preview) countries(ctx context.Context, checker *precheck.Checker) ([]rollout.Country, error) {
	var all []rollout.Country
	for _, iso2 := range slices.Sorted(maps.Keys(p.byCountry)) {
		country, err := checker.Country(ctx, iso2)
		if err != nil {
			return nil, err
		}
		all = append(all, country)
	}
	return all, nil
}

// findRegisters finds the countries whose right rows have an address that only the register can
// judge: a worker looks it up before the order.
func (p *preview) findRegisters(ctx context.Context, checker *precheck.Checker) error {
	for _, iso2 := range slices.Sorted(maps.Keys(p.byCountry)) {
		if p.byCountry[iso2].right() == 0 {
			continue
		}
		has, err := checker.HasRegister(ctx, iso2)
		if err != nil {
			return err
		}
		if has {
			p.registers = append(p.registers, iso2)
		}
	}
	return nil
}

// unverifiedRows are right rows whose address was not held against the register of their country.
type unverifiedRows struct {
	rows      int
	countries []string // by ISO2 code
}

func (p *preview) unverified() unverifiedRows {
	u := unverifiedRows{countries: p.registers}
	for _, iso2 := range p.registers {
		u.rows += p.byCountry[iso2].right()
	}
	return u
}

// right is the number of rows without a problem.
func (t tally) right() int { return t.rows - t.wrong }

// printPreview prints how many orders each country's rows will make, and what else the check
// found, but for the problems of rows.
func (s screen) printPreview(c *checkedFile) {
	s.table(s.tallies(c))
	if n := c.preview.all().follow; n > 0 {
		s.println(sayFollow(n))
	}
	for _, remark := range c.remarks {
		s.paragraph(0, remark)
	}
	s.printUnapplied(c.batch.Countries, c.unreported)
	if n := c.preview.noted; n > 0 {
		s.println(sayNoted(n))
	}
}

// printForecast says when the batch will probably be done or, if that is not known, why. It says nothing
// with a Redis in this process, which knows no other batches, and nothing if Redis or the API fails now.
func (u *upload) printForecast(ctx context.Context) {
	c, checked := u.account.connection, u.checked
	all := checked.preview.all()
	if c.ownRedis || all.orders+all.addresses == 0 {
		return
	}
	if checked.preview.registers == nil && checked.preview.findRegisters(ctx, c.api.Checker) != nil {
		return
	}
	planned := progress.Planned{
		Customer: u.account.customer, Plan: checked.batch.Plan, Orders: all.orders, Addresses: all.addresses,
		Lookups: checked.preview.unverified().rows, Countries: len(checked.preview.byCountry),
	}
	if told, err := progress.Plan(ctx, ledger.NewReader(c.rdb), c.rdb, planned); err == nil {
		u.session.screen.println(told.Sentence())
	}
}

// tallies is the table of countries; three of its columns, and the comments of Orange, are
// only shown if there is something in them.
func (s screen) tallies(c *checkedFile) console.Table {
	all := c.preview.all()
	counts := []struct {
		head rollout.Text
		show bool
		of   func(tally) int
	}{
		{headRows, true, func(n tally) int { return n.rows }},
		{headOrders, true, func(n tally) int { return n.orders }},
		{headAddresses, all.addresses > 0, func(n tally) int { return n.addresses }},
		{headFollow, all.follow > 0, func(n tally) int { return n.follow }},
		{headSkipped, all.skipped > 0, func(n tally) int { return n.skipped }},
		{headWrong, true, func(n tally) int { return n.wrong }},
	}
	heads := []rollout.Text{{}, headCountry}
	t := console.Table{Right: []bool{false, false}, Clip: true, Indent: 2}
	for _, count := range counts {
		if count.show {
			heads, t.Right = append(heads, count.head), append(t.Right, true)
		}
	}
	heads = append(heads, headEmergency)
	if slices.ContainsFunc(c.batch.Countries, func(c rollout.Country) bool { return c.Comment != "" }) {
		heads = append(heads, headComment)
	}
	t.Heads = s.words(heads...)
	add := func(iso2 string, name rollout.Text, n tally, emergency rollout.Text, comment ...string) {
		cells := s.words(asSaid(iso2), name)
		for _, count := range counts {
			if count.show {
				cells = append(cells, strconv.Itoa(count.of(n)))
			}
		}
		t.Add(console.Row{Cells: append(cells, emergency.In(s.lang)), Text: comment})
	}
	for _, country := range c.batch.Countries {
		add(country.ISO2, asSaid(country.Name), *c.preview.byCountry[country.ISO2], wordYesNo(country.Emergency), country.Comment)
	}
	if c.preview.others.rows > 0 {
		add(noValue, wordOtherRows, c.preview.others, rollout.Text{})
	}
	if t.Len() > 1 {
		add("", wordAll, all, rollout.Text{})
	}
	return t
}

// unappliedListed is how many rules that are not applied are printed; the report has
// them all.
const unappliedListed = 10

func (s screen) printUnapplied(countries []rollout.Country, unreported bool) {
	n, t := 0, console.Table{Indent: 2}
	for _, c := range countries {
		for _, rule := range c.Unapplied {
			if n++; n <= unappliedListed {
				t.Add(console.Row{Cells: []string{c.ISO2}, Text: s.words(rule)})
			}
		}
	}
	if n == 0 {
		return
	}
	s.println(sayUnapplied())
	s.table(t)
	if n > unappliedListed {
		s.println(sayMoreUnapplied(n-unappliedListed, unreported))
	}
}
