// Judges an address as the API does when it is pushed: the country's schema, its geographical
// areas and dial zone, its address register, and the country's unpublished rules.
// Source: Business Talk getting started guide, section "Address management".

package countries

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Elements are the address elements of the API: those of the guide's table, and a3, which
// only its rules use.
var Elements = []string{
	"a1", "a2", "a3", "a4", "a5", "a6", houseNumber, "hns", "sts", "flr", "room",
	"pc", "pcn", "pobox", "prd", "pod", "unit",
	"addrExtInfo1", "addrExtInfo2", "addrExtInfo3", "addrExtInfo4", "addrExtInfo5",
	"addrExtInfo6", "addrExtInfo7", "addrExtInfo8", "addrExtInfo9", "addrExtInfo10",
}

const (
	houseNumber = "hno"
	dialZone    = "dialzone" // [A]
)

// Refusal is one reason why a country does not accept an address.
type Refusal struct {
	Missing bool   // a mandatory element is missing; false: an element is wrong
	Text    string // "ELEMENT: what is wrong."
}

func missing(element, format string, args ...any) Refusal {
	return Refusal{true, element + ": " + fmt.Sprintf(format, args...) + "."}
}

func wrong(element, format string, args ...any) Refusal {
	return Refusal{false, element + ": " + fmt.Sprintf(format, args...) + "."}
}

// Judge returns every reason why an address cannot be stored; nil: it can. An element that is
// present and empty is not the same as an absent one.
func (c *Country) Judge(address map[string]string) []Refusal {
	refusals := c.applyRules(address)
	refusals = append(refusals, c.checkDialZone(address)...)
	if refusals == nil {
		refusals = c.checkRegister(address)
	}
	for _, rule := range c.Unpublished {
		if value := address[rule.Element]; value != "" && rule.pattern.MatchString(value) {
			refusals = append(refusals, wrong(rule.Element, "%s", rule.Reason))
		}
	}
	return refusals
}

// Declares reports whether the country uses an address element.
func (c *Country) Declares(element string) bool {
	rule, listed := c.Constraints[element]
	return listed && rule.Usage != usageNotUsed
}

// applyRules applies the published rules: the schema and the geographical areas.
func (c *Country) applyRules(address map[string]string) []Refusal {
	var refusals []Refusal
	for _, element := range sorted(address) {
		if element != dialZone && !c.Declares(element) {
			refusals = append(refusals, wrong(element, "must not be given in country %s", c.Country.ISO2))
		}
	}
	for _, element := range sorted(c.Constraints) {
		rule, value := c.Constraints[element], address[element]
		switch {
		case rule.Usage == usageNotUsed:
		case value == "" && rule.Usage == usageMandatory:
			refusals = append(refusals, missing(element, "is mandatory in country %s", c.Country.ISO2))
		case value != "":
			if reason := rule.refusal(value); reason != "" {
				refusals = append(refusals, wrong(element, "%s", reason))
			}
		}
	}
	return append(refusals, c.checkPlace(address)...)
}

// refusal is the reason why a value breaks the rule; "": it does not.
func (rule *Constraint) refusal(value string) string {
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

// checkPlace checks the elements that name geographical areas, from area1 down. It reports no
// empty element: applyRules does, because a constrained element is mandatory.
func (c *Country) checkPlace(address map[string]string) []Refusal {
	below := c.Areas
	for _, element := range c.constrained() {
		found := false
		if below, found = below[address[element]]; !found {
			if address[element] == "" {
				return nil
			}
			return []Refusal{wrong(element, "there is no such geographical area here")}
		}
	}
	return nil
}

// checkDialZone reports a missing dial zone if it is manual, and any dial zone if it is
// automatic. It does not verify its value.
func (c *Country) checkDialZone(address map[string]string) []Refusal {
	value, given := address[dialZone]
	switch automatic := c.Geographical.DialZone == dialZoneAutomatic; {
	case automatic && given:
		return []Refusal{wrong(dialZone, "is determined automatically and must not be given")}
	case !automatic && strings.TrimSpace(value) == "":
		return []Refusal{missing(dialZone, "is mandatory in country %s", c.Country.ISO2)}
	}
	return nil
}

// checkRegister reports an address that is not exactly one of the register, if the country has
// one. Elements that the register does not have, such as a floor, are not compared.
func (c *Country) checkRegister(address map[string]string) []Refusal {
	var closest []string
	for i, st := range c.Streets {
		differing := c.differences(st, address)
		if len(differing) == 0 {
			return nil
		}
		if i == 0 || len(differing) < len(closest) {
			closest = differing
		}
	}
	var refusals []Refusal
	for _, element := range closest {
		refusals = append(refusals, wrong(element, "there is no such address in the register"))
	}
	return refusals
}

// differences lists the elements in which an address differs from all addresses of a street.
func (c *Country) differences(st street, address map[string]string) []string {
	var differing []string
	for _, element := range c.registered {
		if element == houseNumber {
			if !st.has(address[houseNumber]) {
				differing = append(differing, element)
			}
		} else if address[element] != st.Address[element] {
			differing = append(differing, element)
		}
	}
	return differing
}
