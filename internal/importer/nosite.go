// This file finds rows that are no sites: a template's example, and totals.

package importer

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// exampleLabel is the beginning of the key of the label of a template's example, in either
// language, or the key of no label.
var exampleLabel = regexp.MustCompile(`^(ex[ae]mple|$)`)

// totalsKey is the key of a cell that says that its row holds totals, with or without the figure,
// as in "Total: 34 sites".
var totalsKey = regexp.MustCompile(`^((grand|sub|sous)?(total|totals|totaux)(general|generaux)?(number)?|sum|somme|` +
	`(nombre|number)(total)?(of|de|des)?(sites|lignes|rows))` +
	`(of|de|des)?\d*(sites?|lignes?|rows?|voicesites?)?\d*$`)

// countedKey is the key of a figure that says what it counts.
var countedKey = regexp.MustCompile(`^\d+(sites?|lignes?|rows?|voicesites?)$`)

// whyNoSite says why a row is no site; "": it may be one. A row that may be a site is never left
// out: an example has the template's name and label, and a row of totals has neither country nor
// VPN, and nothing but figures beside its word.
func whyNoSite(cells []filledCell) rollout.Text {
	name, label := valueOf(cells, rollout.FieldName), valueOf(cells, rollout.FieldLabel)
	switch {
	case isExample(name) && exampleLabel.MatchString(spelling.Key(label)):
		return whyExample()
	case holdsTotals(cells) && (name == "" || valueOf(cells, rollout.FieldCountry) == ""):
		return whyTotals()
	}
	return rollout.Text{}
}

// valueOf is the value of the last column that feeds a field, or "".
func valueOf(cells []filledCell, field string) string {
	for _, cell := range slices.Backward(cells) {
		if cell.field == field {
			return cell.value
		}
	}
	return ""
}

// holdsTotals reports whether a row says "total", and nothing but figures beside that. The
// first cell of most rows shows that they do not.
func holdsTotals(cells []filledCell) (total bool) {
	for _, cell := range cells {
		place := cell.field == rollout.FieldCountry || cell.field == rollout.FieldVPN
		switch {
		case !place && cell.isFigure(): // the word of a total has letters, and counts nothing
		case totalsKey.MatchString(cell.key):
			total = true
		default:
			return false
		}
	}
	return total
}

// isExample reports whether a site has the name of a template's example, in any case.
func isExample(name string) bool { return strings.EqualFold(name, rollout.ExampleName) }

// isFigure reports whether a cell is written in digits and marks, or counts something.
func (c filledCell) isFigure() bool {
	return !strings.ContainsFunc(c.value, unicode.IsLetter) || countedKey.MatchString(c.key)
}
