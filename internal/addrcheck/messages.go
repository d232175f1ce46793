// This file holds every sentence that this package says, and nothing else, so
// that they can be read, and translated, in one place. A sentence about a
// problem says what is wrong, then what to write; its full stop is set where the
// Problem is made of it.

package addrcheck

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"btrollout/internal/rollout"
)

func sayNotUsed(country string, e *element) string {
	return fmt.Sprintf("%s does not use %s: empty the cell", country, e.name())
}

func sayDialZoneMissing(country string, e *element) string {
	return fmt.Sprintf("%s is missing, and %s does not derive it from the address: write the dial zone local to the site", e.name(), country)
}

func sayMissing(country string, e *element) string {
	return fmt.Sprintf("%s is missing, and %s requires it: %s", e.name(), country, e.request())
}

func sayAreaMissing(e, below *element) string {
	return fmt.Sprintf("%s is missing, and %s can only be checked within it: %s", e.name(), below.name(), e.request())
}

func sayUnreadable(e *element, value string) string {
	return fmt.Sprintf("%s %s has characters that cannot be read or printed: write it again by hand", e.name(), quote(value))
}

func sayNotListed(e *element, value string, offers []string, suggestion string) string {
	return fmt.Sprintf("%s %s is not one of its possible values: %s",
		e.name(), quote(value), choice(offers, suggestion, len(e.values), "values"))
}

func sayAmbiguous(e *element, value string, offers []string) string {
	return fmt.Sprintf("%s %s can mean more than one of its possible values: %s",
		e.name(), quote(value), choice(offers[:min(len(offers), offered)], "", len(offers), "values"))
}

func sayOutsideArea(j *judgement, e *element, value string, places, offers []string, suggestion string) string {
	return fmt.Sprintf("%s %s is not in %s: %s",
		e.name(), quote(value), j.within(), choice(offers, suggestion, len(places), "places"))
}

func sayNotDigits(e *element, value, suggestion string) string {
	return fmt.Sprintf("%s %s has other characters than the digits 0 to 9: %s", e.name(), quote(value), e.advice(suggestion))
}

func sayLength(e *element, value, suggestion string) string {
	return fmt.Sprintf("%s %s has %s: %s", e.name(), quote(value), count(length(value), "character"), e.advice(suggestion))
}

func sayPattern(e *element, value, suggestion string) string {
	return fmt.Sprintf("%s %s does not match the country's pattern %s: %s", e.name(), quote(value), oneLine(e.Regexp), e.advice(suggestion))
}

func sayPatternTimeout(e *element, value string) string {
	return fmt.Sprintf("%s %s could not be compared in time with the country's pattern %s: write a simpler value", e.name(), quote(value), oneLine(e.Regexp))
}

func noteDialZone(country string) rollout.Text {
	return rollout.Say("The dial zone is left out: %s derives it from the address", "", country)
}

func noteRespelled(e *element, written, sent string) rollout.Text {
	return rollout.Say("%s %s is sent as %s", "", e.name(), quote(written), quote(sent))
}

func noteNoPlaces(j *judgement, e *element) rollout.Text {
	return rollout.Say("%s is not checked: the API lists no places in %s", "", e.name(), j.within())
}

func warnUsage(e *element) rollout.Text {
	return rollout.Say("%s has the unknown usage %s and is taken as optional", "", e.name(), quote(e.Usage))
}

func warnValueType(e *element) rollout.Text {
	return rollout.Say("%s has the unknown value type %s and is taken as free text", "", e.name(), quote(e.ValueType))
}

func warnNoValues(e *element) rollout.Text {
	return rollout.Say("%s is a list without possible values and is taken as free text", "", e.name())
}

func warnPattern(e *element, err error) rollout.Text {
	return rollout.Say("The pattern %s of %s is not applied: %v", "", oneLine(e.Regexp), e.name(), err)
}

func warnAreaUndeclared(e *element) rollout.Text {
	return rollout.Say("%s is constrained by geographical areas but missing from the address schema, and is taken as optional", "", e.name())
}

func warnAreaUnusable(e *element) rollout.Text {
	return rollout.Say("Geographical areas are not applied from %s downwards: the country does not use it, or names it twice", "", e.name())
}

// name is how people know the element: "Postal code (pc)".
func (e *element) name() string {
	if label := oneLine(e.Label); label != "" {
		return label + " (" + e.code + ")"
	}
	return oneLine(e.code)
}

// request asks for a missing value, in the country's own words when it has some:
// "enter the postal code where your site is located (exactly 5 digits)".
func (e *element) request() string {
	text := strings.TrimRight(oneLine(e.Description), ".")
	if text == "" {
		return e.advice("")
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToLower(first)) + text[size:] + " (" + e.expected() + ")"
}

// advice is what to write instead.
func (e *element) advice(suggestion string) string {
	if suggestion != "" {
		return "write " + quote(suggestion)
	}
	return "write " + e.expected()
}

// expected describes the values that the element takes.
func (e *element) expected() string {
	if e.isList() {
		return "one of its " + count(len(e.values), "possible value")
	}
	text := bounds(e.MinLength, e.MaxLength, "character")
	if e.ValueType == typeDigits {
		text = bounds(e.MinLength, e.MaxLength, "digit")
	}
	if e.pattern != nil {
		text += " that match " + oneLine(e.Regexp)
	}
	return text
}

// within names the place in which the next area is looked for.
func (j *judgement) within() string {
	if len(j.path) == 0 {
		return "the places that " + j.country + " lists"
	}
	upper := len(j.path) - 1
	return j.levels[upper].name() + " " + quote(j.path[upper])
}

func countryName(country string) string {
	if country = oneLine(country); country == "" {
		return "the country"
	}
	return country
}

// bounds says how long a text may be.
func bounds(least, most int, unit string) string {
	switch {
	case least > 0 && least == most:
		return "exactly " + count(most, unit)
	case least > 0 && most > 0:
		return strconv.Itoa(least) + " to " + count(most, unit)
	case most > 0:
		return "at most " + count(most, unit)
	case least > 1:
		return "at least " + count(least, unit)
	}
	return unit + "s"
}

func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}

// choice says which of the possible texts to write.
func choice(offers []string, suggestion string, total int, noun string) string {
	switch {
	case suggestion != "":
		return "write " + quote(suggestion)
	case len(offers) == 0:
		return fmt.Sprintf("write one of its %d %s", total, noun)
	case len(offers) < total:
		return fmt.Sprintf("write one of its %d %s, such as %s", total, noun, either(offers))
	}
	return "write " + either(offers)
}

// either joins texts to `"A", "B" or "C"`.
func either(texts []string) string {
	var b strings.Builder
	for i, text := range texts {
		switch {
		case i > 0 && i == len(texts)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(quote(text))
	}
	return b.String()
}

// maxQuoted bounds a value inside a sentence, in characters.
const maxQuoted = 60

// quote shows a value with everything invisible made visible.
func quote(s string) string { return strconv.Quote(clip(s)) }

// oneLine makes the API's own words fit for a sentence.
func oneLine(s string) string {
	return clip(clean(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)))
}

func clip(s string) string {
	if length(s) <= maxQuoted {
		return s
	}
	return string([]rune(s)[:maxQuoted]) + "…"
}
