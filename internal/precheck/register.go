// Full address validation: looks up in the country's address register, where there is one,
// the address exactly as it must be pushed.
// Source: Business Talk getting started guide, section Full address validation.

package precheck

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// Verify looks up the address of a finding that has no problems. If the country's register has
// exactly one address that agrees with all elements of the row, Verify makes it the address to
// push; elements that the register does not have stay as they are. If the register has none,
// only others, or several that agree, Verify finds a problem. Without a register, the address
// stays as it is. An error says that the API could not be asked.
func (c *Checker) Verify(ctx context.Context, iso2 string, f Finding) (Finding, error) {
	asked := rollout.Address{}
	for element, value := range f.Address {
		if btapi.Registered(iso2, element) {
			asked[element] = value
		}
	}
	if len(asked) == 0 {
		return f, nil
	}
	found, offered, err := c.lookUp(ctx, iso2, asked)
	if err != nil {
		return f, fmt.Errorf("looking the address up: %w", err)
	}
	if !offered {
		return f, nil
	}
	names, err := c.elementNames(ctx, iso2)
	if err != nil {
		return f, err
	}
	candidates := distinct(found)
	agreeing := slices.DeleteFunc(slices.Clone(candidates), func(a rollout.Address) bool { return len(differing(asked, a)) > 0 })
	if len(agreeing) != 1 {
		p := unverified(names, asked, candidates, agreeing)
		for i, candidate := range p.Candidates { // with what the register was not asked for
			p.Candidates[i] = maps.Clone(f.Address)
			maps.DeleteFunc(p.Candidates[i], func(element, _ string) bool { return asked[element] != "" })
			maps.Copy(p.Candidates[i], candidate)
		}
		return Finding{Problems: []rollout.Problem{p}, Notes: f.Notes, Rules: f.Rules}, nil
	}
	push := maps.Clone(f.Address)
	for _, element := range agreeing[0].Filled() {
		value := agreeing[0][element]
		switch written := push[element]; {
		case written == "":
			f.Notes = append(f.Notes, addedByRegister(names(element), value))
		case written != value:
			f.Notes = append(f.Notes, respelledByRegister(names(element), written, value))
		}
		push[element] = value
	}
	f.Address = push
	return f, nil
}

// elementNames returns a function that gives an element's name as the country's people
// know it: "Code postal (pc)".
func (c *Checker) elementNames(ctx context.Context, iso2 string) (func(element string) string, error) {
	book, err := c.rules(ctx, iso2, time.Time{})
	return func(element string) string {
		if label := strings.TrimSpace(book.source.Constraints[element].Label); label != "" {
			return label + " (" + element + ")"
		}
		return element
	}, err
}

// factAddressAPI names the fact whether a country has an address API.
const factAddressAPI = "address API"

// lookUp asks the address API for the addresses that match; offered reports whether the country
// has such an API. The call for the first row of a country also tells that to all others.
func (c *Checker) lookUp(ctx context.Context, iso2 string, asked rollout.Address) (found []map[string]string, offered bool, err error) {
	var answer []map[string]string
	var refused error
	answered := false
	offered, err = cached(ctx, &c.facts, query[bool]{c.facts.countrySubject(iso2), factAddressAPI, func(ctx context.Context) (bool, error) {
		answer, refused = c.api.Addresses(ctx, iso2, asked)
		if refused != nil && btapi.RefusalIn(refused) == nil {
			return false, refused
		}
		answered = true // if the API refuses the address, that is about this row alone
		return !btapi.IsNotFound(refused), nil
	}}, time.Time{})
	if err != nil || !offered {
		return nil, false, err
	}
	if !answered {
		answer, refused = c.api.Addresses(ctx, iso2, asked)
	}
	if btapi.IsNotFound(refused) {
		return nil, false, nil
	}
	return answer, true, refused
}

// HasRegister reports whether the addresses of a country are looked up in its register before they
// are ordered. A country without rules, or that the API refuses to describe, has none. An error says
// that the API could not be asked.
func (c *Checker) HasRegister(ctx context.Context, iso2 string) (bool, error) {
	found, err := c.coverage(ctx, iso2)
	if err == nil && found.problem(iso2) != nil {
		return false, nil
	}
	var book rulebook
	if err == nil {
		book, err = c.rules(ctx, iso2, time.Time{})
	}
	if isCountryRefused(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var d Description
	d.describeElements(book.source.Constraints)
	return c.hasRegister(ctx, iso2, d.Elements)
}

// hasRegister reports whether a country has an address API. If no row has found that out
// yet, it asks for an address that can hardly exist: the country has one if the API
// answers with no address or refuses the address.
func (c *Checker) hasRegister(ctx context.Context, iso2 string, elements []rollout.Element) (bool, error) {
	return cached(ctx, &c.facts, query[bool]{c.facts.countrySubject(iso2), factAddressAPI, func(ctx context.Context) (bool, error) {
		_, err := c.api.Addresses(ctx, iso2, unlikelyAddress(elements))
		if btapi.RefusalIn(err) != nil {
			return !btapi.IsNotFound(err), nil
		}
		return err == nil, err
	}}, time.Time{})
}

// distinct drops candidates that are equal to another one, and empty elements.
func distinct(found []map[string]string) []rollout.Address {
	var all []rollout.Address
	for _, candidate := range found {
		a := rollout.Address(maps.Clone(candidate))
		maps.DeleteFunc(a, func(_, value string) bool { return value == "" })
		if !slices.ContainsFunc(all, func(other rollout.Address) bool { return maps.Equal(a, other) }) {
			all = append(all, a)
		}
	}
	return all
}

// differing lists the elements of the row that a candidate has with another value, or not at all.
// Case, accents and white space do not count. A candidate may have more elements than the row.
func differing(asked, candidate rollout.Address) []string {
	return slices.DeleteFunc(asked.Filled(), func(element string) bool {
		return spelling.Fold(candidate[element]) == spelling.Fold(asked[element])
	})
}

// unverified is the problem of an address for which the register has not exactly one
// agreeing candidate.
func unverified(names func(string) string, asked rollout.Address, candidates, agreeing []rollout.Address) rollout.Problem {
	switch {
	case len(candidates) == 0:
		return addressUnknown(asked)
	case len(agreeing) > 1:
		return addressSeveral(asked, agreeing)
	case len(candidates) > 1:
		return addressLikeOthers(asked, candidates)
	}
	p := addressDiffers(names, asked, candidates[0])
	// If they differ in one element, its value can be pasted into the one cell.
	if elements := differing(asked, candidates[0]); len(elements) == 1 {
		p.Field, p.Value, p.Suggestion = elements[0], asked[elements[0]], candidates[0][elements[0]]
	}
	return p
}
