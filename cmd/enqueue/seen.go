package main

// This file counts what the check saw, country by country, and prints it: what a person
// should know before anything is ordered.

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
)

// seen is what the check saw of a file's rows.
type seen struct {
	byCountry map[string]*tally // by ISO2
	others    tally             // rows of no country that could be checked
	noted     int               // rows of which something is sent otherwise than written
}

type tally struct{ rows, wrong int }

func newSeen() seen { return seen{byCountry: map[string]*tally{}} }

func (s *seen) add(site rollout.Site) {
	if len(site.Notes) > 0 {
		s.noted++
	}
	t := &s.others
	if !unplaced(site) {
		if t = s.byCountry[site.Country]; t == nil {
			t = &tally{}
			s.byCountry[site.Country] = t
		}
	}
	t.rows++
	if site.State == rollout.Rejected {
		t.wrong++
	}
}

// unplaced reports whether a row names no country whose rules it can be held against.
func unplaced(s rollout.Site) bool {
	return slices.ContainsFunc(s.Problems, func(p rollout.Problem) bool { return p.Field == rollout.FieldCountry })
}

// countries asks what a person should know of each.
func (s *seen) countries(ctx context.Context, checker *jobs.Checker) ([]rollout.Country, error) {
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

// printSeen prints a line for each country, and what else the check has to say.
func (e *enqueue) printSeen() {
	commented := slices.ContainsFunc(e.batch.Countries, func(c rollout.Country) bool { return c.Comment != "" })
	t := table{
		heads: []string{"", e.say("country", "pays"), e.say("rows", "lignes"), e.say("right", "correctes"), e.say("wrong", "erronées"), e.say("emergency", "urgences")},
		right: []bool{false, false, true, true, true}, clip: true, indent: 2,
	}
	if commented {
		t.heads = append(t.heads, e.say("comment of Orange", "remarque d'Orange"))
	}
	add := func(iso2, name string, n tally, emergency string, comment ...string) {
		t.add(tableRow{cells: []string{iso2, name, strconv.Itoa(n.rows), strconv.Itoa(n.rows - n.wrong), strconv.Itoa(n.wrong), emergency}, text: comment})
	}
	for _, c := range e.batch.Countries {
		add(c.ISO2, c.Name, *e.seen.byCountry[c.ISO2], e.yesNo(c.Emergency), c.Comment)
	}
	if e.seen.others.rows > 0 {
		add("–", e.say("other rows", "autres lignes"), e.seen.others, "")
	}
	t.print(e.stdout, e.columns)
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
	n := 0
	for _, c := range e.batch.Countries {
		for _, rule := range c.Unapplied {
			if n == 0 {
				fmt.Fprintln(e.stdout, e.say("Rules that are not applied before the order:", "Règles non appliquées avant la commande :"))
			}
			if n++; n <= unappliedListed {
				hanging(e.stdout, "  "+c.ISO2, 6, rule.In(e.Lang), e.columns)
			}
		}
	}
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
