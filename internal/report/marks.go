package report

// This file finds the cells of a row that a person has to look at, and what there is to
// say of each. voice.go lets them say it.

import (
	"regexp"
	"slices"
	"strings"

	"btrollout/internal/rollout"
)

// noCell is the place of what no single cell is to blame for: bt_problem is marked
// instead.
const noCell = -1

// mark is a cell that a person has to look at.
type mark struct {
	place   int      // index into the sheet's Columns, or noCell
	codes   []string // of its problems
	note    string   // what is wrong with it and what to do
	choices []string // what may be written into it
}

// Codes of problems that concern more than one cell.
var (
	codesOfWhole = []string{rollout.CodeAddressUnknown, rollout.CodeAddressDiffers, rollout.CodeAddressSeveral} // any element may be wrong
	codeOfArea   = rollout.CodeAddressArea                                                                      // the place, or the area above it
)

// marksOf finds the cells in which problems were found, in the order of the problems.
func marksOf(b *rollout.Batch, s *rollout.Site) []mark {
	sheet, _ := b.Locate(s.Row)
	var m marks
	for _, p := range s.Problems {
		for _, place := range placesOf(sheet, s, p) {
			at := m.at(place)
			at.codes = append(at.codes, p.Code)
			at.say(p.Message.In(b.Lang))
			if place == noCell {
				continue
			}
			field := sheet.Field(place)
			if p.Suggestion != "" && field == p.Field {
				at.say(say(b, "Suggestion: %s", "Suggestion : %s", p.Suggestion))
				at.offer(p.Suggestion)
			}
			if rollout.IsElement(field) {
				for _, candidate := range p.Candidates {
					at.offer(candidate[field])
				}
			}
		}
	}
	if needsVoiceSiteID(b, s) {
		i, _ := sheet.Column(rollout.FieldVoiceSiteID)
		m.at(i).say(forgotten(b, s)) // -1 is noCell
	}
	if len(m) == 0 && s.State.NeedsSomeone() {
		m.at(noCell)
	}
	return m
}

type marks []mark

func (m *marks) at(place int) *mark {
	i := slices.IndexFunc(*m, func(one mark) bool { return one.place == place })
	if i < 0 {
		i = len(*m)
		*m = append(*m, mark{place: place})
	}
	return &(*m)[i]
}

func (m *mark) say(text string) {
	if m.note != "" && text != "" {
		m.note += "\n"
	}
	m.note += text
}

func (m *mark) offer(value string) {
	if value != "" && !slices.Contains(m.choices, value) && len(m.choices) < maxListed {
		m.choices = append(m.choices, value)
	}
}

// placesOf finds the cells that a problem is about.
func placesOf(sheet *rollout.Sheet, s *rollout.Site, p rollout.Problem) []int {
	i, _ := sheet.Column(p.Field)
	switch {
	case i >= 0 && p.Code == codeOfArea:
		return slices.Concat(areasAbove(sheet, p), []int{i})
	case i >= 0:
		return []int{i}
	case slices.Contains(codesOfWhole, p.Code):
		if places := disputed(sheet, s, p.Candidates); len(places) > 0 {
			return places
		}
	}
	return []int{noCell}
}

// namedElement is how messages name an element, after what the country calls it.
var namedElement = regexp.MustCompile(`\(([[:alnum:]]+)\)`)

// areasAbove are the places of the areas in which a place is not to be found: only the
// problem's words tell them.
func areasAbove(sheet *rollout.Sheet, p rollout.Problem) (places []int) {
	for _, found := range namedElement.FindAllStringSubmatch(p.Message.EN, -1) {
		if i, _ := sheet.Column(found[1]); i >= 0 && rollout.IsElement(found[1]) && found[1] != p.Field && !slices.Contains(places, i) {
			places = append(places, i)
		}
	}
	return places
}

// disputed are the places of a row's address elements that differ in any candidate or,
// where there are none, of all that are not empty.
func disputed(sheet *rollout.Sheet, s *rollout.Site, candidates []rollout.Address) (places []int) {
	for i, field := range sheet.Fields {
		if i >= len(s.Cells) || !rollout.IsElement(field) {
			continue
		}
		value := strings.TrimSpace(s.Cells[i])
		differs := slices.ContainsFunc(candidates, func(a rollout.Address) bool { return a[field] != value })
		if differs || len(candidates) == 0 && value != "" {
			places = append(places, i)
		}
	}
	return places
}
