// This file says which columns a sheet has and what they are called, so that an import
// knows every one of them by its header. What stands in their notes is in notes.go.

package template

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// column is a column of a sheet: an element, or a field of the program's own that is
// described in the same words.
type column struct {
	Element
	own     bool // it is no address element
	header  string
	example string
	upper   string // the headers of the columns that Within names
}

// isMandatory reports whether every row must fill the column.
func (c column) isMandatory() bool { return c.Usage == rollout.UsageMandatory }

// columns are those of a country's sheet, in their order.
func (w *writer) columns(c Country) []column {
	own := func(field, usage string, label, description, example rollout.Text, choices ...string) column {
		return column{own: true, example: w.say(example), Element: Element{Choices: choices, Element: rollout.Element{
			Code: field, Constraint: rollout.Constraint{Label: w.say(label), Description: w.say(description), Usage: usage},
		}}}
	}
	vpn := ""
	if len(w.VPNs) > 0 {
		vpn = w.VPNs[0]
	}
	columns := []column{
		own(rollout.FieldName, rollout.UsageMandatory, nameLabel, nameNote, same(rollout.ExampleName)),
		own(rollout.FieldLabel, rollout.UsageMandatory, labelLabel, labelNote, labelExample),
		own(rollout.FieldCountry, rollout.UsageMandatory, countryLabel, countryNote, same(c.ISO2), c.ISO2),
		own(rollout.FieldVPN, rollout.UsageMandatory, vpnLabel, vpnNote, same(vpn), w.VPNs...),
	}
	columns[0].MaxLength = rollout.MaxName
	for _, e := range c.Elements {
		columns = append(columns, column{Element: e, example: c.Example[e.Code]})
	}
	if c.DialZone != nil {
		zone := own(rollout.DialZone, rollout.UsageMandatory, dialZoneLabel, dialZoneNote, same(c.Example[rollout.DialZone]))
		label, description := zone.Label, zone.Description
		zone.Element = *c.DialZone
		zone.Code, zone.Label, zone.Usage = rollout.DialZone, label, rollout.UsageMandatory
		zone.Description = cmp.Or(zone.Description, description)
		columns = append(columns, zone)
	}
	columns = append(columns,
		own(rollout.FieldReference, rollout.UsageOptional, referenceLabel, referenceNote, rollout.Text{}),
		own(rollout.FieldVoiceSiteID, rollout.UsageOptional, voiceSiteLabel, voiceSiteNote, rollout.Text{}),
	)
	columns[len(columns)-2].MaxLength = rollout.MaxName
	name(columns)
	for i := range columns {
		var upper []string
		for _, place := range placesOf(columns, columns[i].Within) {
			upper = append(upper, fmt.Sprintf("%q", strings.TrimSuffix(columns[place].header, mandatoryMark)))
		}
		columns[i].upper = strings.Join(upper, ", ")
	}
	return columns
}

// placesOf are the columns of some elements; nil if one of them has none.
func placesOf(columns []column, codes []string) []int {
	var places []int
	for _, code := range codes {
		place := slices.IndexFunc(columns, func(c column) bool { return c.Code == code })
		if place < 0 {
			return nil
		}
		places = append(places, place)
	}
	return places
}

// ownLabels are what the workbook calls the program's own fields.
var ownLabels = map[string]rollout.Text{
	rollout.FieldName: nameLabel, rollout.FieldLabel: labelLabel, rollout.FieldCountry: countryLabel, rollout.FieldVPN: vpnLabel,
	rollout.DialZone: dialZoneLabel, rollout.FieldReference: referenceLabel, rollout.FieldVoiceSiteID: voiceSiteLabel,
}

// IsLabel reports whether a header is what the workbook calls one of the program's own fields, in
// either language, with or without the mark of a mandatory column.
func IsLabel(field, header string) bool {
	label, key := ownLabels[field], spelling.Key(header)
	return key != "" && (key == spelling.Key(label.EN) || key == spelling.Key(label.FR))
}

func same(text string) rollout.Text { return rollout.Text{EN: text} }

// mandatoryMark ends the header of a mandatory column.
const mandatoryMark = " *"

// maxLabel bounds a label in a header, in characters.
const maxLabel = 60

// name gives every column its header: the label, with the code in parentheses where an
// import would otherwise take it for another column, and a mark if it is mandatory.
func name(columns []column) {
	times := map[string]int{}
	for _, c := range columns {
		times[spelling.Key(c.Label)]++
	}
	for i := range columns {
		c := &columns[i]
		label := oneLine(c.Label)
		switch {
		case spelling.Key(label) == "", rollout.Reserved(label):
			label = c.Code
		case times[spelling.Key(label)] > 1, !c.own && c.mistakable():
			label = clip(label, maxLabel) + " (" + c.Code + ")"
		}
		c.header = label
		if c.isMandatory() {
			c.header += mandatoryMark
		}
	}
}

// mistakable reports whether a label by itself does not lead to its element: it is the
// name of another field, sounds like a column of the program's own, ends like a code,
// or is not written in full.
func (c *column) mistakable() bool {
	isOther := func(field string) bool { return field != c.Code && spelling.Key(field) == spelling.Key(c.Label) }
	sounds := func(word string) bool { return slices.Contains(ownWords, word) }
	words := strings.FieldsFunc(spelling.FoldWords(c.Label), func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.ContainsFunc(rollout.Fields, isOther) || slices.ContainsFunc(words, sounds) || inParentheses.MatchString(c.Label) ||
		utf8.RuneCountInString(c.Label) > maxLabel || spelling.Key(oneLine(c.Label)) != spelling.Key(c.Label)
}

// inParentheses is how a header names its code.
var inParentheses = regexp.MustCompile(`\)[\s*]*$`)

// ownWords are the words, as spelling.FoldWords has them, by which people call the
// columns that are no address elements, in either language.
var ownWords = []string{
	"site", "technical", "technique", "label", "libelle", "country", "pays", "vpn",
	"order", "commande", "voicesite", "dial", "numerotation",
}

// oneLine makes any text fit for a cell: one line, nothing that cannot be seen.
func oneLine(text string) string {
	seen := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError || r >= '\ufffe' && r <= '\uffff' {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(seen), " ")
}

func clip(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:most-1])) + "…"
}
