// The address register of a country, and the two kinds of its address API: search and
// validation. Source: docs/api.md, "Calls", addresses.

package countries

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxCandidates is how many addresses a search without a house number finds.
const maxCandidates = 10

// HasAddressAPI reports whether the country has an address API.
func (c *Country) HasAddressAPI() bool { return c.AddressAPI != addressNone }

// Candidates are the addresses with which the country's address API answers a request for the
// elements asked: those that match, or the one that was asked for completely, if it is valid.
func (c *Country) Candidates(asked map[string]string) []map[string]string {
	if c.AddressAPI == addressValidation {
		return c.validate(asked)
	}
	return c.search(asked)
}

// search finds the addresses that agree with every element asked for; if there are none, those
// that agree in all but the postal code; then, in all but the street type.
func (c *Country) search(asked map[string]string) []map[string]string {
	for _, ignored := range []string{"", "pc", "sts"} {
		rest := maps.Clone(asked)
		delete(rest, ignored)
		if ignored != "" && (asked[ignored] == "" || c.saysNothing(rest)) {
			continue
		}
		if found := houses(c.agreeing(rest), rest[houseNumber]); len(found) > 0 {
			return found
		}
	}
	return nil
}

// saysNothing reports whether no element tells one street from another.
func (c *Country) saysNothing(asked map[string]string) bool {
	for _, element := range c.registered {
		if element != houseNumber && asked[element] != "" {
			return false
		}
	}
	return true
}

// validate finds the one address of which all elements are asked for, or none.
func (c *Country) validate(asked map[string]string) []map[string]string {
	if asked[houseNumber] == "" {
		return nil
	}
	complete := slices.DeleteFunc(c.agreeing(asked), func(st street) bool {
		for element := range st.Address {
			if asked[element] == "" {
				return true
			}
		}
		return false
	})
	if found := houses(complete, asked[houseNumber]); len(found) == 1 {
		return found
	}
	return nil
}

// agreeing lists the streets whose elements are those asked for, without regard to case,
// accents and punctuation. It ignores elements that the register does not have, such as a
// floor, and the house number, which houses compares.
func (c *Country) agreeing(asked map[string]string) []street {
	var found []street
	for _, st := range c.Streets {
		agrees := true
		for element, value := range asked {
			if element != houseNumber && slices.Contains(c.registered, element) {
				agrees = agrees && fold(st.Address[element]) == fold(value)
			}
		}
		if agrees {
			found = append(found, st)
		}
	}
	return found
}

// houses lists the addresses with that number in the streets; without a number, the first
// ones of every street in turn, maxCandidates at most.
func houses(streets []street, number string) []map[string]string {
	var found []map[string]string
	if number != "" {
		for _, st := range streets {
			if st.has(number) {
				n, _ := strconv.Atoi(number) // has checked it
				found = append(found, st.at(n))
			}
		}
		return found
	}
	for i := range maxCandidates {
		for _, st := range streets {
			if st.From+i <= st.To && len(found) < maxCandidates {
				found = append(found, st.at(st.From+i))
			}
		}
	}
	return found
}

// has reports whether the street has a house of that number.
func (st street) has(number string) bool {
	n, err := strconv.Atoi(number)
	return err == nil && strconv.Itoa(n) == number && st.From <= n && n <= st.To
}

// fold keeps letters and digits only, without case and accents.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, cases.Fold().String(norm.NFD.String(text)))
}
