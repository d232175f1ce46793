// Whether an address may be stored: the schema, the geographical areas, the dial
// zone, the address register and the country's unpublished refusals.
// Source: Business Talk getting started guide, section "Address management".

package btsim

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// elements are the address elements of the API: the guide's table, and a3, which
// only its rules use.
var elements = []string{
	"a1", "a2", "a3", "a4", "a5", "a6", houseNumber, "hns", "sts", "flr", "room",
	"pc", "pcn", "pobox", "prd", "pod", "unit",
	"addrExtInfo1", "addrExtInfo2", "addrExtInfo3", "addrExtInfo4", "addrExtInfo5",
	"addrExtInfo6", "addrExtInfo7", "addrExtInfo8", "addrExtInfo9", "addrExtInfo10",
}

const (
	houseNumber = "hno"
	dialZone    = "dialzone" // [A]
)

// addressOf reads a body as an address. Empty elements stay in it, because even
// empty they may be out of place.
func addressOf(body map[string]any) (map[string]string, []detail) {
	address := map[string]string{}
	var details []detail
	for _, element := range sortedKeys(body) {
		value, ok := body[element].(string)
		if !ok {
			details = append(details, explain(codeInvalidField, "%s: must be a string.", element))
		}
		address[element] = value
	}
	return address, details
}

// judge says everything that keeps an address from being stored; nil: nothing.
func (c *country) judge(address map[string]string) []detail {
	details := c.applyRules(address)
	details = append(details, c.checkDialZone(address)...)
	if details == nil {
		details = c.checkRegister(address)
	}
	for _, q := range c.Refusals {
		if value := address[q.Element]; value != "" && q.pattern.MatchString(value) {
			details = append(details, explain(codeInvalidField, "%s: %s.", q.Element, q.Reason))
		}
	}
	return details
}

// declares reports whether the country uses an element.
func (c *country) declares(element string) bool {
	rule, listed := c.Constraints[element]
	return listed && rule.Usage != usageNotUsed
}

// applyRules holds an address against what the API publishes: the schema and the
// geographical areas.
func (c *country) applyRules(address map[string]string) []detail {
	var details []detail
	for _, element := range sortedKeys(address) {
		if element != dialZone && !c.declares(element) {
			details = append(details, explain(codeInvalidField, "%s: must not be given in country %s.", element, c.Country.ISO2))
		}
	}
	for _, element := range sortedKeys(c.Constraints) {
		rule, value := c.Constraints[element], address[element]
		switch {
		case rule.Usage == usageNotUsed:
		case value == "" && rule.Usage == usageMandatory:
			details = append(details, explain(codeMissingField, "%s: is mandatory in country %s.", element, c.Country.ISO2))
		case value != "":
			if reason := rule.refusal(value); reason != "" {
				details = append(details, explain(codeInvalidField, "%s: %s.", element, reason))
			}
		}
	}
	return append(details, c.checkPlace(address)...)
}

// refusal says why a value breaks the rule; "": it does not.
func (rule *constraint) refusal(value string) string {
	length := utf8.RuneCountInString(value)
	switch rule.ValueType {
	case typeEnumeration, typeAssociative:
		if !slices.Contains(rule.values, value) {
			return "is not one of the possible values"
		}
	case typeNumerical:
		if !isDigits(value) {
			return "must hold digits only"
		}
		fallthrough
	case typeString:
		if length < rule.MinLength || rule.MaxLength > 0 && length > rule.MaxLength {
			return "is shorter or longer than allowed"
		}
	}
	if rule.pattern != nil {
		if matches, err := rule.pattern.MatchString(value); err != nil || !matches {
			return "does not match the regular expression"
		}
	}
	return ""
}

// checkPlace follows the geographical areas down. What is empty was refused
// already: a constrained element is mandatory.
func (c *country) checkPlace(address map[string]string) []detail {
	below := c.Areas
	for _, element := range c.constrained() {
		found := false
		if below, found = below[address[element]]; !found {
			if address[element] == "" {
				return nil
			}
			return []detail{explain(codeInvalidField, "%s: there is no such geographical area here.", element)}
		}
	}
	return nil
}

// checkDialZone wants the dial zone where it is manual and does not verify it;
// where it is automatic, it must not be given.
func (c *country) checkDialZone(address map[string]string) []detail {
	value, given := address[dialZone]
	switch automatic := c.Geographical.DialZone == dialZoneAutomatic; {
	case automatic && given:
		return []detail{explain(codeInvalidField, "%s: is determined automatically and must not be given.", dialZone)}
	case !automatic && strings.TrimSpace(value) == "":
		return []detail{explain(codeMissingField, "%s: is mandatory in country %s.", dialZone, c.Country.ISO2)}
	}
	return nil
}

// checkRegister wants the address to be exactly one of the register, where there
// is one. What the register knows nothing of, such as a floor, may be added.
func (c *country) checkRegister(address map[string]string) []detail {
	var closest []string
	for i, st := range c.Streets {
		wrong := c.differences(st, address)
		if len(wrong) == 0 {
			return nil
		}
		if i == 0 || len(wrong) < len(closest) {
			closest = wrong
		}
	}
	var details []detail
	for _, element := range closest {
		details = append(details, explain(codeInvalidField, "%s: there is no such address in the register.", element))
	}
	return details
}

// differences lists the elements in which an address is not one of the street's.
func (c *country) differences(st street, address map[string]string) []string {
	var wrong []string
	for _, element := range c.registered {
		if element == houseNumber {
			if !st.has(address[houseNumber]) {
				wrong = append(wrong, element)
			}
		} else if address[element] != st.Address[element] {
			wrong = append(wrong, element)
		}
	}
	return wrong
}
