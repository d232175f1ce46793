// This file holds what the rules do: one function for each, over one element of
// one address. The list of rules is in rules.go, their sentences in messages.go.

package addrcheck

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"btrollout/internal/rollout"
)

// judgement is one address while it is being judged.
type judgement struct {
	*Checker
	written map[string]string // cleaned; empty values are absent
	areas   Areas
	path    []string // the places found so far, from area1 downwards, as the API spells them
	notes   []rollout.Text
	err     error // what areas failed with
}

// verdict is what became of one element: a value to push, or a fault.
type verdict struct {
	value string
	code  string // of the rule that found the fault
	fault *fault
}

// fault is a broken rule, in words.
type fault struct {
	message    string
	suggestion string
}

// judge applies the rules to one element until one is broken.
func (j *judgement) judge(e *element) (verdict, error) {
	value := j.written[e.code]
	for _, r := range rules {
		if value == "" && !r.presence {
			continue
		}
		var f *fault
		if value, f = r.apply(j, e, value); f != nil {
			return verdict{code: r.Code, fault: f}, nil
		}
		if j.err != nil {
			return verdict{}, fmt.Errorf("the areas of %s could not be looked up: %w", j.country, j.err)
		}
	}
	return verdict{value: value}, nil
}

func notUsed(j *judgement, e *element, value string) (string, *fault) {
	if e.Usage == usageNone && value != "" {
		return value, &fault{message: sayNotUsed(j.country, e)}
	}
	return value, nil
}

func dialZoneMissing(j *judgement, e *element, value string) (string, *fault) {
	if e.code == rollout.DialZone && value == "" {
		return value, &fault{message: sayDialZoneMissing(j.country, e)}
	}
	return value, nil
}

// missing also asks for the upper areas of a place that is given, because it
// can only be looked up within them.
func missing(j *judgement, e *element, value string) (string, *fault) {
	if value != "" {
		return value, nil
	}
	if e.Usage == usageMandatory {
		return value, &fault{message: sayMissing(j.country, e)}
	}
	if e.level > 0 {
		for _, below := range j.levels[e.level:] {
			if j.written[below.code] != "" {
				return value, &fault{message: sayAreaMissing(e, below)}
			}
		}
	}
	return value, nil
}

// unreadable refuses what no person means to write: bytes that are not UTF-8,
// the mark that a wrongly decoded file leaves, and control characters. [A]
func unreadable(_ *judgement, e *element, value string) (string, *fault) {
	if strings.ContainsFunc(value, func(r rune) bool { return r == utf8.RuneError || unicode.IsControl(r) }) {
		return value, &fault{message: sayUnreadable(e, value)}
	}
	return value, nil
}

// notListed turns what was written into the API's value.
func notListed(_ *judgement, e *element, value string) (string, *fault) {
	if len(e.values) == 0 {
		return value, nil
	}
	found := match(value, e.values, e.displays)
	switch len(found) {
	case 1:
		return e.values[found[0]], nil
	case 0:
		offers, suggestion := nearest(value, e.values, e.displays)
		return value, &fault{sayNotListed(e, value, offers, suggestion), suggestion}
	default:
		return value, &fault{message: sayAmbiguous(e, value, pick(e.values, found))}
	}
}

// outsideArea turns what was written into the API's place. A level whose upper
// level is broken or unknown is not judged.
func outsideArea(j *judgement, e *element, value string) (string, *fault) {
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
	found := match(value, places)
	switch len(found) {
	case 1:
		j.path = append(j.path, places[found[0]])
		return places[found[0]], nil
	case 0:
		offers, suggestion := nearest(value, places)
		return value, &fault{sayOutsideArea(j, e, value, places, offers, suggestion), suggestion}
	default:
		return value, &fault{message: sayAmbiguous(e, value, pick(places, found))}
	}
}

func notDigits(_ *judgement, e *element, value string) (string, *fault) {
	if e.ValueType == typeDigits && strings.Trim(value, "0123456789") != "" {
		return value, spelling(e, value, sayNotDigits)
	}
	return value, nil
}

func tooShort(_ *judgement, e *element, value string) (string, *fault) {
	if !e.isList() && length(value) < e.MinLength {
		return value, spelling(e, value, sayLength)
	}
	return value, nil
}

func tooLong(_ *judgement, e *element, value string) (string, *fault) {
	if !e.isList() && e.MaxLength > 0 && length(value) > e.MaxLength {
		return value, spelling(e, value, sayLength)
	}
	return value, nil
}

func offPattern(_ *judgement, e *element, value string) (string, *fault) {
	if e.pattern == nil {
		return value, nil
	}
	switch matched, err := e.pattern.match(value); {
	case err != nil:
		return value, &fault{message: sayPatternTimeout(e, value)}
	case !matched:
		return value, spelling(e, value, sayPattern)
	}
	return value, nil
}

// spelling is a fault of free text: it suggests the first other way to write the
// value that breaks no rule.
func spelling(e *element, value string, say func(e *element, value, suggestion string) string) *fault {
	suggestion := ""
	for _, other := range respellings(value) {
		fits, err := e.fits(other)
		if err != nil { // the pattern took too long; it would again
			break
		}
		if fits {
			suggestion = other
			break
		}
	}
	return &fault{message: say(e, value, suggestion), suggestion: suggestion}
}

// fits reports whether a free text obeys digits, bounds and pattern.
func (e *element) fits(value string) (bool, error) {
	n := length(value)
	if e.ValueType == typeDigits && strings.Trim(value, "0123456789") != "" ||
		n < e.MinLength || e.MaxLength > 0 && n > e.MaxLength {
		return false, nil
	}
	if e.pattern == nil {
		return true, nil
	}
	return e.pattern.match(value)
}

// isList reports whether the possible values bound the text already.
func (e *element) isList() bool { return len(e.values) > 0 }

// length counts characters: code points after composition. [A]
func length(value string) int { return utf8.RuneCountInString(value) }
