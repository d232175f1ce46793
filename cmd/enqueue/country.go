// This file prints what countries ask of an address. All of it is the API's; nothing
// about a country is known here.

package main

import (
	"strconv"
	"strings"

	"btrollout/internal/btapi"
	"btrollout/internal/console"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
)

// printOverview prints a line for each country.
func (s screen) printOverview(countries []precheck.Description) {
	t := console.Table{Heads: s.words(headCode, headCountry, headOrderable, headEmergency, headDialZone, headAreas, headAddressAPI)}
	for _, d := range countries {
		cells := []rollout.Text{
			asSaid(d.ISO2), asSaid(orDash(d.Name)), wordNotKnown, asSaid(noValue), asSaid(noValue), asSaid(noValue), asSaid(noValue),
		}
		switch {
		case d.Orderable && d.Refused == "":
			cells = []rollout.Text{
				asSaid(d.ISO2), asSaid(d.Name), yesNo(true), wordYesNo(d.Emergency), wordDialZone(d.DialZone),
				asSaid(orDash(strings.Join(areaElements(d), ", "))), yesNo(d.Register),
			}
		case d.Refused != "":
			cells[2] = wordRefused
		case d.Known:
			cells[2], cells[3] = yesNo(false), wordYesNo(d.Emergency)
		}
		t.Add(console.Row{Cells: s.words(cells...)})
	}
	s.table(t)
	s.blank()
	s.paragraph(0, sayGuide())
}

// printCountry prints everything about one country; long lists end with how many values
// there are.
func (s screen) printCountry(d precheck.Description) {
	s.println(asSaid(strings.TrimSpace(d.ISO2 + "  " + console.Printable(d.Name))))
	if why := notOrderable(d); why.EN != "" {
		s.paragraph(2, why)
		if d.Comment != "" {
			s.printLabelled(labelled{labelComment, []rollout.Text{asSaid(d.Comment)}})
		}
		return
	}
	lines := []labelled{
		{labelTelephone, []rollout.Text{asSaid(orDash(d.Telephone))}},
		{labelVoicesites, []rollout.Text{wordOrderable}},
		{labelEmergency, []rollout.Text{wordYesNo(d.Emergency)}},
		{labelComment, []rollout.Text{asSaid(orDash(d.Comment))}},
		{labelDialZone, []rollout.Text{sayDialZone(d.DialZone == btapi.DialZoneAutomatic)}},
		{labelAreas, areasOf(d)},
		{labelAddressAPI, []rollout.Text{sayRegister(d.Register)}},
	}
	for _, rule := range d.Unapplied {
		lines = append(lines, labelled{labelUnapplied, []rollout.Text{rule}})
	}
	s.printLabelled(lines...)
	s.blank()
	s.printElements(d)
}

// notOrderable is why a country has no rules; the zero value if it has.
func notOrderable(d precheck.Description) rollout.Text {
	switch {
	case d.Refused != "":
		return sayRulesRefused(d.Refused)
	case !d.Known:
		return sayNotCovered()
	case !d.Orderable:
		return sayNotOrderable()
	}
	return rollout.Text{}
}

// labelled is a label with the paragraphs beside it.
type labelled struct {
	label      rollout.Text
	paragraphs []rollout.Text
}

// printLabelled prints labels, and the paragraphs beside them.
func (s screen) printLabelled(lines ...labelled) {
	t := console.Table{Indent: 2}
	for _, l := range lines {
		t.Add(console.Row{Cells: s.words(l.label), Text: s.words(l.paragraphs...)})
	}
	s.table(t)
}

// areasOf says which elements must name a geographical area, and which places each has.
func areasOf(d precheck.Description) []rollout.Text {
	elements := areaElements(d)
	said := []rollout.Text{sayAreas(elements)}
	for level, a := range d.Areas {
		switch {
		case level == 0:
			said = append(said, sayPlaces(a.Element, len(a.Values), someOf(a.Values)))
		case a.Values == nil:
			said = append(said, sayPlacesUnasked(a.Element, elements[:level]))
		default: // asked for by name
			said = append(said, sayPlacesWithin(a.Element, a.Within, a.Values))
		}
	}
	return said
}

func areaElements(d precheck.Description) []string {
	elements := make([]string, len(d.Areas))
	for i, a := range d.Areas {
		elements[i] = a.Element
	}
	return elements
}

// printElements prints the elements in the order in which the country shows them.
func (s screen) printElements(d precheck.Description) {
	t := console.Table{Indent: 2, Heads: s.words(headElement, headLabel, headUsage, headType, headLength, headWrite)}
	for _, e := range d.Elements {
		row := console.Row{Cells: s.words(asSaid(e.Code), asSaid(e.Label), wordUsage(e.Usage), wordValueType(e.ValueType), asSaid(length(e)))}
		if e.Description != "" {
			row.Text = append(row.Text, e.Description)
		}
		if e.Regexp != "" {
			row.Text = append(row.Text, s.words(sayPattern(e.Regexp))...)
		}
		if len(e.Values) > 0 {
			row.Below = someOf(valuesOf(e)).In(s.lang)
		}
		t.Add(row)
	}
	s.table(t)
	if len(d.NotUsed) > 0 {
		s.blank()
		s.printLabelled(labelled{labelNotUsed, []rollout.Text{sayNotUsed(d.NotUsed)}})
	}
}

// valuesOf lists an element's values as display=value.
func valuesOf(e rollout.Element) []string {
	values := make([]string, len(e.Values))
	for i, v := range e.Values {
		if values[i] = v.Value; v.Display != "" {
			values[i] = v.Display + "=" + v.Value
		}
	}
	return values
}

// length is how many characters a free value has.
func length(e rollout.Element) string {
	least, most := strconv.Itoa(e.MinLength), strconv.Itoa(e.MaxLength)
	switch {
	case len(e.Values) > 0, e.MinLength <= 0 && e.MaxLength <= 0:
		return ""
	case e.MaxLength <= 0:
		return "≥ " + least
	case e.MinLength <= 0:
		return "≤ " + most
	case e.MinLength == e.MaxLength:
		return most
	}
	return least + "–" + most
}

// valuesShown is how many values of a list are printed.
const valuesShown = 60

// someOf lists values, and says how many there are when they are too many to print.
func someOf(values []string) rollout.Text {
	if len(values) <= valuesShown {
		return asSaid(strings.Join(values, ", "))
	}
	return sayValuesCut(strings.Join(values[:valuesShown], ", "), len(values))
}

func orDash(text string) string {
	if text == "" {
		return noValue
	}
	return text
}
