// This file holds the rule of the geographical areas: each level is looked up among the places
// that the API lists below the place that was found on the level above.
// Source: Business Talk getting started guide, section Address fields validation
// based on emergency services.

package addrcheck

import (
	"errors"
	"slices"
)

// outsideArea replaces what was written by the API's place. A level is not checked if its upper
// level has a problem or is unknown.
func outsideArea(j *judgement, e *element, value string) (string, *violation) {
	if e.level == 0 || len(j.path) != e.level-1 {
		return value, nil
	}
	if j.areas == nil {
		j.err = errors.New("no areas were given to Check")
		return value, nil
	}
	places, err := j.areas(slices.Clone(j.path)...)
	if err != nil {
		j.err = err
		return value, nil
	}
	if len(places) == 0 {
		j.notes = append(j.notes, noteNoPlaces(j, e))
		return value, nil
	}
	listed := j.branches.list(j.path, places)
	found := e.matchPlace(value, listed)
	switch len(found) {
	case 1:
		j.path = append(j.path, places[found[0]])
		if e.isList() { // the schema says which value the API takes
			return value, nil
		}
		return places[found[0]], nil
	case 0:
		return value, j.unknownPlace(e, listed)
	default:
		return value, &violation{message: sayAmbiguous(e, value, pick(places, found))}
	}
}

// matchPlace finds the places that a value means, by their indexes. If the element is a list
// too, the areas may be spelled as its values or as their displayed texts.
func (e *element) matchPlace(value string, listed *list) []int {
	found := listed.match(value)
	if found == nil && e.isList() {
		if i := slices.Index(e.values.columns[0], value); i >= 0 {
			found = listed.match(e.values.shown()[i])
		}
	}
	return found
}

// unknownPlace is the violation by a text that is none of the places. The text is quoted as
// written, and places are offered as people write them.
func (j *judgement) unknownPlace(e *element, listed *list) *violation {
	written := j.written[e.code]
	if e.isList() {
		shown := slices.Clone(listed.shown())
		for i, place := range shown {
			if entry := e.values.match(place); len(entry) == 1 {
				shown[i] = e.values.shown()[entry[0]]
			}
		}
		listed = newList(shown)
	}
	offers, suggestion, near := listed.nearest(written)
	if !e.isList() && suggestion != "" {
		if accepted, err := e.accepts(suggestion); !accepted || err != nil {
			suggestion = ""
		}
	}
	return &violation{sayOutsideArea(j, e, written, listed.shown(), offers, suggestion, near), suggestion}
}
