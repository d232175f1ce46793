// This file holds the functions of the rules, which check one element of one address. That of
// the areas is in areas.go. The list of rules is in rules.go, their sentences in messages.go.

package addrcheck

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"btrollout/internal/rollout"
)

// judgement is one address while it is checked.
type judgement struct {
	*Checker
	written map[string]string // cleaned; empty values are absent
	areas   Areas
	path    []string // the places found so far, from area1 downwards, as the API spells them
	notes   []rollout.Text
	err     error // what areas failed with
}

// elementResult is what the rules say of one element: a value to push, or a violation.
type elementResult struct {
	value     string
	code      string     // of the rule that is broken
	violation *violation // nil: none
}

// violation is a broken rule, in words.
type violation struct {
	message    rollout.Text // one sentence: what is wrong, then what to write
	suggestion string
}

// judge applies the rules to one element until one is broken.
func (j *judgement) judge(e *element) (elementResult, error) {
	value := j.written[e.code]
	for _, r := range rules {
		if value == "" && !r.presence {
			continue
		}
		var v *violation
		if value, v = r.apply(j, e, value); v != nil {
			return elementResult{code: r.Code, violation: v}, nil
		}
		if j.err != nil {
			return elementResult{}, fmt.Errorf("the areas of %s could not be looked up: %w", j.country, j.err)
		}
	}
	return elementResult{value: value}, nil
}

// notUsed refuses a value of an element that the country does not use.
func notUsed(j *judgement, e *element, value string) (string, *violation) {
	if e.Usage == rollout.UsageNone && value != "" {
		return value, &violation{message: sayNotUsed(j.country, e)}
	}
	return value, nil
}

// dialZoneWords refuses what cannot be a dial zone. The API does not verify it, so only a value
// without any digit is refused, and none if the country itself says what a dial zone is.
func dialZoneWords(_ *judgement, e *element, value string) (string, *violation) {
	if e.code != rollout.DialZone || e.isList() || e.Regexp != "" || strings.ContainsAny(value, arabicDigits) {
		return value, nil
	}
	suggestion := unaccented(value)
	if accepted, err := e.accepts(suggestion); !strings.ContainsAny(suggestion, arabicDigits) || !accepted || err != nil {
		suggestion = ""
	}
	return value, &violation{sayDialZoneWords(e, value, suggestion), suggestion}
}

// dialZoneMissing refuses an empty dial zone; only a rulebook that needs one has the element.
func dialZoneMissing(j *judgement, e *element, value string) (string, *violation) {
	if e.code == rollout.DialZone && value == "" {
		return value, &violation{message: sayDialZoneMissing(j.country, e)}
	}
	return value, nil
}

// missing refuses an empty mandatory element, and an empty upper area of a place that the row
// has, because a place can only be looked up within its upper areas.
func missing(j *judgement, e *element, value string) (string, *violation) {
	if value != "" {
		return value, nil
	}
	if e.Usage == rollout.UsageMandatory {
		return value, &violation{message: sayMissing(j.country, e)}
	}
	if e.level > 0 {
		for _, below := range j.levels[e.level:] {
			if j.written[below.code] != "" {
				return value, &violation{message: sayAreaMissing(e, below)}
			}
		}
	}
	return value, nil
}

// unreadable refuses what no person means to write: bytes that are not UTF-8, U+FFFD, which a
// wrongly decoded file has, and control characters. [A]
func unreadable(_ *judgement, e *element, value string) (string, *violation) {
	if strings.ContainsFunc(value, func(r rune) bool { return r == utf8.RuneError || unicode.IsControl(r) }) {
		return value, &violation{message: sayUnreadable(e, value)}
	}
	return value, nil
}

// notListed replaces what was written by the API's value.
func notListed(_ *judgement, e *element, value string) (string, *violation) {
	if !e.isList() {
		return value, nil
	}
	found := e.values.match(value)
	switch len(found) {
	case 1:
		return e.values.columns[0][found[0]], nil
	case 0:
		offers, suggestion, _ := e.values.nearest(value)
		return value, &violation{sayNotListed(e, value, offers, suggestion), suggestion}
	default:
		return value, &violation{message: sayAmbiguous(e, value, pick(e.values.columns[0], found))}
	}
}

// notDigits refuses other characters than digits in a freenumerical element.
func notDigits(j *judgement, e *element, value string) (string, *violation) {
	if e.ValueType == rollout.TypeDigits && !hasOnlyDigits(value) {
		return value, j.misspelled(e, value, sayNotDigits)
	}
	return value, nil
}

// tooShort refuses a free text below minLength.
func tooShort(j *judgement, e *element, value string) (string, *violation) {
	if !e.isList() && length(value) < e.MinLength {
		return value, j.misspelled(e, value, sayLength)
	}
	return value, nil
}

// tooLong refuses a free text above maxLength.
func tooLong(j *judgement, e *element, value string) (string, *violation) {
	if !e.isList() && e.MaxLength > 0 && length(value) > e.MaxLength {
		return value, j.misspelled(e, value, sayLength)
	}
	return value, nil
}

// offPattern refuses a value that the pattern does not match.
func offPattern(j *judgement, e *element, value string) (string, *violation) {
	if e.pattern == nil {
		return value, nil
	}
	if n := length(value); n > maxMatched {
		return value, &violation{message: sayPatternLength(e, value, n)}
	}
	switch matched, err := e.pattern.match(value); {
	case err != nil:
		return value, &violation{message: sayPatternTimeout(e, value)}
	case !matched:
		return value, j.misspelled(e, value, sayPattern)
	}
	return value, nil
}

// misspelled is a violation by a free text, in the sentence that say makes. It suggests the
// first other way to write the value that breaks no rule. If a house number has a letter for
// which the country has another element, it names that element.
func (j *judgement) misspelled(
	e *element, value string, say func(e *element, value string, remedy rollout.Text) rollout.Text,
) *violation {
	respelled := respellings
	if e.code == elementPostalCode {
		respelled = postalRespellings
	}
	for _, other := range respelled(value, e.pattern != nil) {
		accepted, err := e.accepts(other)
		if err != nil { // the pattern took too long, and would again
			break
		}
		if accepted {
			return &violation{say(e, value, e.respelling(value, other)), other}
		}
	}
	if number, suffix, ok := j.houseSuffix(e, value); ok {
		return &violation{message: say(e, value, sayHouseSuffix(j.byCode[elementHouseSuffix], number, suffix))}
	}
	if e.pattern != nil {
		return &violation{message: say(e, value, e.patternAdvice())}
	}
	return &violation{message: say(e, value, e.request())}
}

// The elements whose meaning matters to rules. [G]
const (
	elementPostalCode  = "pc"
	elementHouseNumber = "hno"
	elementHouseSuffix = "hns"
)

// numberAndSuffix is a house number with its suffix, such as 62bis.
var numberAndSuffix = regexp.MustCompile(`^([0-9]+)[ -]?([A-Za-z]+)$`)

// houseSuffix parts a house number from its suffix, if the country has an element for each.
func (j *judgement) houseSuffix(e *element, value string) (number, suffix string, ok bool) {
	parts := numberAndSuffix.FindStringSubmatch(value)
	if at := j.byCode[elementHouseSuffix]; e.code != elementHouseNumber || parts == nil || at == nil || at.Usage == rollout.UsageNone {
		return "", "", false
	}
	accepted, err := e.accepts(parts[1])
	return parts[1], parts[2], accepted && err == nil
}

// accepts reports whether a free text obeys digits, bounds and pattern. An error says that the
// pattern took too long.
func (e *element) accepts(value string) (bool, error) {
	n := length(value)
	if e.ValueType == rollout.TypeDigits && !hasOnlyDigits(value) ||
		n < e.MinLength || e.MaxLength > 0 && n > e.MaxLength || e.pattern != nil && n > maxMatched {
		return false, nil
	}
	if e.pattern == nil {
		return true, nil
	}
	return e.pattern.match(value)
}

// isList reports whether the element has a list of possible values, which no other rule bounds.
func (e *element) isList() bool { return e.values != nil }

// length counts characters: code points after composition. [A]
func length(value string) int { return utf8.RuneCountInString(value) }
