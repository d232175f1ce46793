package main

// This file counts what the check saw, country by country, and prints it: what will be
// ordered, and what else a person should know before. It asks whether to go ahead.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"btrollout/internal/console"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
)

// seen is what the check saw of a file's rows.
type seen struct {
	byCountry map[string]*tally // by ISO2
	others    tally             // rows of no country that could be checked
	noted     int               // rows of which something is sent otherwise than written
}

// tally is what is to become of rows, by what is known before anything is ordered: what
// the account holds already is looked for later, and no order is made for it.
type tally struct{ rows, orders, addresses, skipped, wrong int }

func newSeen() seen { return seen{byCountry: map[string]*tally{}} }

func (s *seen) add(site rollout.Site) {
	if len(site.Notes) > 0 {
		s.noted++
	}
	t := &s.others
	if country := countryOf(site); country != "" {
		if t = s.byCountry[country]; t == nil {
			t = &tally{}
			s.byCountry[country] = t
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
	case site.Request.VoiceSiteID != "":
		t.addresses++
	default:
		t.orders++
	}
}

// all adds the countries up.
func (s *seen) all() tally {
	sum := s.others
	for _, t := range s.byCountry {
		sum = tally{sum.rows + t.rows, sum.orders + t.orders, sum.addresses + t.addresses, sum.skipped + t.skipped, sum.wrong + t.wrong}
	}
	return sum
}

// countryOf is the country whose rules a row can be held against: its own or, where that
// is written otherwise than it must be, the one it means; "" if there is none.
func countryOf(s rollout.Site) string {
	for _, p := range s.Problems {
		if p.Field == rollout.FieldCountry {
			return p.Suggestion
		}
	}
	return s.Country
}

// countries asks what a person should know of each.
func (s *seen) countries(ctx context.Context, checker *precheck.Checker) ([]rollout.Country, error) {
	var all []rollout.Country
	for _, iso2 := range slices.Sorted(maps.Keys(s.byCountry)) {
		country, err := checker.Country(ctx, iso2)
		if err != nil {
			return nil, err
		}
		all = append(all, country)
	}
	return all, nil
}

// printSeen prints what each country's rows will cost, and what else the check has to
// say.
func (e *enqueue) printSeen() {
	commented := slices.ContainsFunc(e.batch.Countries, func(c rollout.Country) bool { return c.Comment != "" })
	all := e.seen.all()
	counts := []struct {
		head string
		of   func(tally) int
	}{
		{e.say("rows", "lignes"), func(n tally) int { return n.rows }},
		{e.say("orders", "commandes"), func(n tally) int { return n.orders }},
		{e.say("address only", "adresse seule"), func(n tally) int { return n.addresses }}, // these two only where
		{e.say("skipped", "ignorées"), func(n tally) int { return n.skipped }},             // there are any
		{e.say("wrong", "erronées"), func(n tally) int { return n.wrong }},
	}
	t := console.Table{Heads: []string{"", e.say("country", "pays")}, Right: []bool{false, false}, Clip: true, Indent: 2}
	for i, c := range counts {
		if rare := i == 2 || i == 3; !rare || c.of(all) > 0 {
			t.Heads, t.Right = append(t.Heads, c.head), append(t.Right, true)
		}
	}
	t.Heads = append(t.Heads, e.say("emergency", "urgences"))
	if commented {
		t.Heads = append(t.Heads, e.say("comment of Orange", "remarque d'Orange"))
	}
	add := func(iso2, name string, n tally, emergency string, comment ...string) {
		cells := []string{iso2, name}
		for _, c := range counts {
			if slices.Contains(t.Heads, c.head) {
				cells = append(cells, strconv.Itoa(c.of(n)))
			}
		}
		t.Add(console.Row{Cells: append(cells, emergency), Text: comment})
	}
	for _, c := range e.batch.Countries {
		add(c.ISO2, c.Name, *e.seen.byCountry[c.ISO2], e.yesNo(c.Emergency), c.Comment)
	}
	if e.seen.others.rows > 0 {
		add("–", e.say("other rows", "autres lignes"), e.seen.others, "")
	}
	if t.Len() > 1 {
		add("", e.say("all", "total"), all, "")
	}
	t.Print(e.stdout, e.columns)
	e.printRemarks()
	e.printUnapplied()
	switch n := e.seen.noted; n {
	case 0:
	case 1:
		fmt.Fprintln(e.stdout, e.say(
			"1 row has values that are sent otherwise than written (case, accents, white space, dial zone): column bt_note of the report.",
			"1 ligne a des valeurs envoyées autrement qu'écrites (casse, accents, espaces, zone de numérotation) : colonne bt_note du rapport."))
	default:
		fmt.Fprintln(e.stdout, e.say(
			"%d rows have values that are sent otherwise than written (case, accents, white space, dial zone): column bt_note of the report.",
			"%d lignes ont des valeurs envoyées autrement qu'écrites (casse, accents, espaces, zone de numérotation) : colonne bt_note du rapport.", n))
	}
}

// unappliedListed is how many rules that are not applied are printed; the report has
// them all.
const unappliedListed = 10

func (e *enqueue) printUnapplied() {
	n, t := 0, console.Table{Indent: 2}
	for _, c := range e.batch.Countries {
		for _, rule := range c.Unapplied {
			if n++; n <= unappliedListed {
				t.Add(console.Row{Cells: []string{c.ISO2}, Text: []string{rule.In(e.Lang)}})
			}
		}
	}
	if n == 0 {
		return
	}
	fmt.Fprintln(e.stdout, e.say("Rules that are not applied before the order:", "Règles non appliquées avant la commande :"))
	t.Print(e.stdout, e.columns)
	if n > unappliedListed {
		fmt.Fprintln(e.stdout, e.say("  … and %d more, in the report", "  … et %d de plus, dans le rapport", n-unappliedListed))
	}
}

// yesNo puts the API's "Yes" and "No" into the user's language, and leaves other words.
func (s *session) yesNo(said string) string {
	switch strings.ToLower(said) {
	case "":
		return "–"
	case "yes":
		return s.say("yes", "oui")
	case "no":
		return s.say("no", "non")
	}
	return said
}

// errDeclined: the user was asked, and does not want it.
var errDeclined = errors.New("nothing was enqueued, as you wished")

// agree asks whether the orders shall be made. Who rehearses, said --yes or has no
// terminal is not asked.
func (e *enqueue) agree(ctx context.Context) error {
	if e.Yes || e.Simulate || e.ask == nil {
		return nil
	}
	n := e.seen.all()
	question := e.say("Voicesites to order, which cost money: %d", "Voicesites à commander, qui seront facturés : %d", n.orders)
	if n.addresses > 0 {
		question += e.say("; existing ones that get an address: %d", " ; voicesites existants qui reçoivent une adresse : %d", n.addresses)
	}
	answer, err := e.ask(ctx, question+e.say(". Go ahead? [y/N] ", ". Continuer ? [o/N] "))
	if err != nil {
		return errStopped
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "o", "oui":
		return nil
	}
	return errDeclined
}
