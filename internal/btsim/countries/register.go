// The address API: the register behind it and its two kinds, search and
// validation. Source: docs/api.md, "Calls", addresses.

package btsim

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxCandidates is how many addresses a search without a house number finds.
const maxCandidates = 10

func (s *Sim) listAddresses(w http.ResponseWriter, r *http.Request) *fault {
	c, f := s.coveredCountry(r)
	if f != nil {
		return f
	}
	if c.AddressAPI == addressNone {
		return notFound("Country %s has no address API.", c.Country.ISO2)
	}
	q, f := query(r, slices.Concat(paging, elements)...)
	if f != nil {
		return f
	}
	asked := map[string]string{}
	for _, element := range sortedKeys(q) {
		if slices.Contains(paging, element) {
			continue
		}
		if !c.declares(element) {
			return refuse(http.StatusBadRequest, codeInvalidQuery, "%s: is not used in country %s.", element, c.Country.ISO2)
		}
		asked[element] = q.Get(element)
	}
	if len(asked) == 0 {
		return refuse(http.StatusBadRequest, codeMissingQuery, "Give at least one address element.")
	}
	found := c.search(asked)
	if c.AddressAPI == addressValidation {
		found = c.validate(asked)
	}
	return writePage(s, w, q, found, asIs)
}

// search finds the addresses that agree with every element asked for; when there
// are none, those that agree but for the postal code, then but for the street
// type.
func (c *country) search(asked map[string]string) []map[string]string {
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
func (c *country) saysNothing(asked map[string]string) bool {
	for _, element := range c.registered {
		if element != houseNumber && asked[element] != "" {
			return false
		}
	}
	return true
}

// validate finds the one address that is fully asked for, or none.
func (c *country) validate(asked map[string]string) []map[string]string {
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

// agreeing lists the streets whose elements are those asked for, as people write
// them. An element that the register knows nothing of, such as a floor, says
// nothing about a street; the house number is looked at in houses.
func (c *country) agreeing(asked map[string]string) []street {
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

// houses lists the addresses with that number in the streets; without a number,
// the first few of every street in turn.
func houses(streets []street, number string) []map[string]string {
	var found []map[string]string
	if number != "" {
		for _, st := range streets {
			if st.has(number) {
				n, _ := strconv.Atoi(number) // has read it already
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
