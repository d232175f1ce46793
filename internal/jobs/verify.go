// Full address validation: asking the country's address API, where there is one,
// for the address exactly as it must be pushed.
// Source: Business Talk getting started, "Full address validation".
package jobs

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"btrollout/internal/addrcheck"
	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

// interior are the elements that say where inside a building a site is. Assumed:
// the address API knows buildings, so these are neither asked for nor compared,
// and go to the voicesite as the row gives them.
var interior = []string{
	"flr", "room", "unit",
	"addrExtInfo1", "addrExtInfo2", "addrExtInfo3", "addrExtInfo4", "addrExtInfo5",
	"addrExtInfo6", "addrExtInfo7", "addrExtInfo8", "addrExtInfo9", "addrExtInfo10",
}

// candidatesShown is how many candidates a Problem spells out.
const candidatesShown = 5

// Verify takes an address that passed Check. It returns the address exactly as
// the API wants it pushed, or the problem that the API knows none such, another
// one, or several. Where the country has no address API, the address passes.
func (c *Checker) Verify(ctx context.Context, iso2 string, a rollout.Address) (rollout.Address, []rollout.Problem, error) {
	query := rollout.Address{}
	for element, value := range a {
		if element != rollout.DialZone && !slices.Contains(interior, element) {
			query[element] = value
		}
	}
	candidates, offered, err := c.candidates(ctx, iso2, query)
	if err != nil {
		return nil, nil, fmt.Errorf("looking the address up: %w", err)
	}
	if !offered {
		return a, nil, nil
	}
	var agreeing []rollout.Address
	for _, candidate := range candidates {
		if agrees(query, candidate) {
			agreeing = append(agreeing, candidate)
		}
	}
	if len(agreeing) == 1 {
		push := maps.Clone(a)
		maps.Copy(push, agreeing[0])
		return push, nil, nil
	}
	return nil, []rollout.Problem{unverified(query, candidates)}, nil
}

// candidates asks the address API for what matches, where one is offered. The first
// row of a country finds out for all of them, by its own address, whether it is.
func (c *Checker) candidates(ctx context.Context, iso2 string, query rollout.Address) (found []map[string]string, offered bool, err error) {
	var answer []map[string]string
	var refused error
	asked := false
	offered, err = ask(ctx, c, question[bool]{c.ofCountry(iso2), "address API", func(ctx context.Context) (bool, error) {
		answer, refused = c.API.Addresses(ctx, iso2, query)
		if refused != nil && refusalIn(refused) == nil {
			return false, refused
		}
		asked = true // a refusal is about this row alone
		return !btapi.IsNotFound(refused), nil
	}}, time.Time{})
	if err != nil || !offered {
		return nil, false, err
	}
	if !asked {
		answer, refused = c.API.Addresses(ctx, iso2, query)
	}
	if btapi.IsNotFound(refused) {
		return nil, false, nil
	}
	return answer, true, refused
}

// agrees reports whether a candidate says everything that the row says, case,
// accents and white space aside. It may say more.
func agrees(given rollout.Address, candidate map[string]string) bool {
	for element, value := range given {
		if addrcheck.Fold(candidate[element]) != addrcheck.Fold(value) {
			return false
		}
	}
	return true
}

// unverified says what the address API made of an address that is not one
// agreeing candidate.
func unverified(given rollout.Address, candidates []map[string]string) rollout.Problem {
	p := rollout.Problem{Code: CodeAddressUnknown, Value: written(given)}
	if len(candidates) == 0 {
		p.Message = rollout.Say("The API's address register does not know this address: correct street, number, postal code or city.", "")
		return p
	}
	p.Code = CodeAddressDiffers
	var shown []string
	for _, candidate := range candidates[:min(len(candidates), candidatesShown)] {
		shown = append(shown, written(candidate))
	}
	p.Message = rollout.Say("The API's address register knows no such address, but similar ones: correct the cells to one of them. %s.", "", strings.Join(shown, " · "))
	if len(candidates) > candidatesShown {
		p.Message = rollout.Say("%s There are %d more.", "", p.Message, len(candidates)-candidatesShown)
	}
	if len(candidates) > 1 {
		return p
	}
	// One candidate that differs in one element: that value can be pasted.
	var differing []string
	for element, value := range candidates[0] {
		if addrcheck.Fold(given[element]) != addrcheck.Fold(value) {
			differing = append(differing, element)
		}
	}
	if len(differing) == 1 {
		p.Field, p.Value, p.Suggestion = differing[0], given[differing[0]], candidates[0][differing[0]]
	}
	return p
}

// written spells an address out, element by element, in the guide's order.
func written(a map[string]string) string {
	var parts []string
	for _, element := range rollout.Elements {
		if a[element] != "" {
			parts = append(parts, element+"="+a[element])
		}
	}
	return strings.Join(parts, ", ")
}
