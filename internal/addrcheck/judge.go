// This file holds what the rules do: one function for each, over one element of
// one address; that of the areas is in areas.go. The list of rules is in rules.go,
// their sentences in messages.go.

package addrcheck

import (
	"fmt"
	"regexp"
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
	message    rollout.Text // one sentence: what is wrong, then what to write
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
	if e.Usage == rollout.UsageNone && value != "" {
		return value, &fault{message: sayNotUsed(j.country, e)}
	}
	return value, nil
}

// dialZoneWords refuses what cannot be a dial zone. The API does not verify it, so
// only a value without any digit is refused, and none where the country says
// itself what a dial zone is.
func dialZoneWords(_ *judgement, e *element, value string) (string, *fault) {
	const digits = "0123456789"
	if e.code != rollout.DialZone || e.isList() || e.Regexp != "" || strings.ContainsAny(value, digits) {
		return value, nil
	}
	suggestion := unaccented(value)
	if fits, err := e.fits(suggestion); !strings.ContainsAny(suggestion, digits) || !fits || err != nil {
		suggestion = ""
	}
	return value, &fault{sayDialZoneWords(e, value, suggestion), suggestion}
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
	if e.Usage == rollout.UsageMandatory {
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
	if !e.isList() {
		return value, nil
	}
	found := e.values.match(value)
	switch len(found) {
	case 1:
		return e.values.columns[0][found[0]], nil
	case 0:
		offers, suggestion, _ := e.values.nearest(value)
		return value, &fault{sayNotListed(e, value, offers, suggestion), suggestion}
	default:
		return value, &fault{message: sayAmbiguous(e, value, pick(e.values.columns[0], found))}
	}
}

func notDigits(j *judgement, e *element, value string) (string, *fault) {
	if e.ValueType == rollout.TypeDigits && strings.Trim(value, "0123456789") != "" {
		return value, j.spelling(e, value, sayNotDigits)
	}
	return value, nil
}

func tooShort(j *judgement, e *element, value string) (string, *fault) {
	if !e.isList() && length(value) < e.MinLength {
		return value, j.spelling(e, value, sayLength)
	}
	return value, nil
}

func tooLong(j *judgement, e *element, value string) (string, *fault) {
	if !e.isList() && e.MaxLength > 0 && length(value) > e.MaxLength {
		return value, j.spelling(e, value, sayLength)
	}
	return value, nil
}

func offPattern(j *judgement, e *element, value string) (string, *fault) {
	if e.pattern == nil {
		return value, nil
	}
	if n := length(value); n > maxMatched {
		return value, &fault{message: sayPatternLength(e, value, n)}
	}
	switch matched, err := e.pattern.match(value); {
	case err != nil:
		return value, &fault{message: sayPatternTimeout(e, value)}
	case !matched:
		return value, j.spelling(e, value, sayPattern)
	}
	return value, nil
}

// spelling is a fault of free text: it suggests the first other way to write the
// value that breaks no rule. Where the house number has a letter and the country
// wants it elsewhere, it says where.
func (j *judgement) spelling(e *element, value string, say func(e *element, value string, remedy rollout.Text) rollout.Text) *fault {
	respelled := respellings
	if e.code == elementPostalCode {
		respelled = postalRespellings
	}
	for _, other := range respelled(value, e.pattern != nil) {
		fits, err := e.fits(other)
		if err != nil { // the pattern took too long; it would again
			break
		}
		if fits {
			return &fault{say(e, value, e.respelling(value, other)), other}
		}
	}
	if number, suffix, ok := j.houseSuffix(e, value); ok {
		return &fault{message: say(e, value, sayHouseSuffix(j.byCode[elementHouseSuffix], number, suffix))}
	}
	if e.pattern != nil {
		return &fault{message: say(e, value, e.patternAdvice())}
	}
	return &fault{message: say(e, value, e.request())}
}

// The elements that rules know by what they mean. [G]
const (
	elementPostalCode  = "pc"
	elementHouseNumber = "hno"
	elementHouseSuffix = "hns"
)

// lettered is a house number and what follows it, such as 62bis.
var lettered = regexp.MustCompile(`^([0-9]+)[ -]?([A-Za-z]+)$`)

// houseSuffix takes a house number and its suffix apart, if the country has an
// element for each.
func (j *judgement) houseSuffix(e *element, value string) (number, suffix string, ok bool) {
	parts := lettered.FindStringSubmatch(value)
	if at := j.byCode[elementHouseSuffix]; e.code != elementHouseNumber || parts == nil || at == nil || at.Usage == rollout.UsageNone {
		return "", "", false
	}
	fits, err := e.fits(parts[1])
	return parts[1], parts[2], fits && err == nil
}

// fits reports whether a free text obeys digits, bounds and pattern.
func (e *element) fits(value string) (bool, error) {
	n := length(value)
	if e.ValueType == rollout.TypeDigits && strings.Trim(value, "0123456789") != "" ||
		n < e.MinLength || e.MaxLength > 0 && n > e.MaxLength || e.pattern != nil && n > maxMatched {
		return false, nil
	}
	if e.pattern == nil {
		return true, nil
	}
	return e.pattern.match(value)
}

// isList reports whether the possible values bound the text already.
func (e *element) isList() bool { return e.values != nil }

// length counts characters: code points after composition. [A]
func length(value string) int { return utf8.RuneCountInString(value) }
