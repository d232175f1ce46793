// This file tells rows that are no sites: a template's example, and totals.

package importer

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// exampleLabel is the key of how the label of a template's example begins, in either
// language, or of none.
var exampleLabel = regexp.MustCompile(`^(ex[ae]mple|$)`)

// total is the key of what a cell of a row of totals says, be it with the figure, as in
// "Total: 34 sites".
var total = regexp.MustCompile(`^((grand|sub|sous)?(total|totals|totaux)(general|generaux)?(number)?|sum|somme|(nombre|number)(total)?(of|de|des)?(sites|lignes|rows))` +
	`(of|de|des)?\d*(sites?|lignes?|rows?|voicesites?)?\d*$`)

// counted is the key of a figure that says what it counts.
var counted = regexp.MustCompile(`^\d+(sites?|lignes?|rows?|voicesites?)$`)

// noSite reports whether a row is no site, and why. What could be one is never left
// out: an example has the template's name and label, and a total has neither country nor
// VPN, and nothing but figures beside its word.
func noSite(entries []entry) (why rollout.Text, none bool) {
	name, label := valueOf(entries, rollout.FieldName), valueOf(entries, rollout.FieldLabel)
	switch {
	case isExample(name) && exampleLabel.MatchString(spelling.Key(label)):
		return whyExample(), true
	case isTotal(entries) && (name == "" || valueOf(entries, rollout.FieldCountry) == ""):
		return whyTotals(), true
	}
	return rollout.Text{}, false
}

// valueOf is the value of the last column that feeds a field, or "".
func valueOf(entries []entry, field string) string {
	for _, t := range slices.Backward(entries) {
		if t.field == field {
			return t.value
		}
	}
	return ""
}

// isTotal reports whether a row says "total", and nothing but figures beside that. Most
// rows are none by their first cell.
func isTotal(entries []entry) (said bool) {
	for _, t := range entries {
		place := t.field == rollout.FieldCountry || t.field == rollout.FieldVPN
		switch {
		case !place && t.isFigure(): // the word of a total has letters, and counts nothing
		case total.MatchString(t.key):
			said = true
		default:
			return false
		}
	}
	return said
}

// fieldAt is the field that the cells at a place feed, or "".
func (l *layout) fieldAt(place int) string {
	if i := slices.Index(l.places, place); i >= 0 {
		return l.Fields[i]
	}
	return ""
}

// isExample reports whether a site is called as a template's example, in any case.
func isExample(name string) bool { return strings.EqualFold(name, rollout.ExampleName) }

// isFigure reports whether a value is written in digits and marks, or counts something.
func (e entry) isFigure() bool {
	return !strings.ContainsFunc(e.value, unicode.IsLetter) || counted.MatchString(e.key)
}
