package importer

// This file tells rows that are no sites: a template's example, and totals.

import (
	"regexp"
	"strings"
	"unicode"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// exampleName is the technicalSiteName of a template's example, in any case.
const exampleName = "bt_example"

// total is the key of what a cell of a row of totals says, be it with the figure, as in
// "Total: 34 sites".
var total = regexp.MustCompile(`^((grand|sub|sous)?(total|totals|totaux)(general|generaux)?(number)?|sum|somme|(nombre|number)(total)?(of|de|des)?(sites|lignes|rows))` +
	`(of|de|des)?\d*(sites?|lignes?|rows?|voicesites?)?\d*$`)

// counted is the key of a figure that says what it counts.
var counted = regexp.MustCompile(`^\d+(sites?|lignes?|rows?|voicesites?)$`)

// noSite reports whether a row is no site, and why. What could be one is never left
// out: a total has neither country nor VPN, and nothing but figures beside its word.
func (l *layout) noSite(rec record) (why rollout.Text, none bool) {
	if rec.problem != nil {
		return rollout.Text{}, false
	}
	isTotal, words := false, 0
	for i, place := range l.places {
		if place >= len(rec.cells) {
			break
		}
		value := clean(rollout.Restore(rec.cells[place]))
		switch field := l.Fields[i]; {
		case value == "":
		case field == rollout.FieldName && strings.EqualFold(value, exampleName):
			return rollout.Say("it is the template's example", "c'est l'exemple du modèle"), true
		case total.MatchString(spelling.Key(value)):
			isTotal = true
		case field == rollout.FieldCountry, field == rollout.FieldVPN, !isFigure(value):
			words++
		}
	}
	return rollout.Say("it is a row of totals", "c'est une ligne de totaux"), isTotal && words == 0
}

// isFigure reports whether a value is written in digits and marks, or counts something.
func isFigure(value string) bool {
	return !strings.ContainsFunc(value, unicode.IsLetter) || counted.MatchString(spelling.Key(value))
}
