// Full address validation: asking the country's address register, where there is
// one, for the address exactly as it must be pushed.
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

// candidatesKept is how many candidates a Problem holds.
const candidatesKept = 10

// Verify takes what Check found no problem in. It makes the address what the country's
// register has, if this is one address that agrees with everything the row says, and
// finds a problem if the register knows none such, another one, or several. What the
// register cannot know stays as it is, and so does an address of a country without one.
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
	found, offered, err := c.candidates(ctx, iso2, asked)
	if err != nil {
		return f, fmt.Errorf("looking the address up: %w", err)
	}
	if !offered {
		return f, nil
	}
	names, err := c.names(ctx, iso2)
	if err != nil {
		return f, err
	}
	candidates := different(found)
	agreeing := slices.DeleteFunc(slices.Clone(candidates), func(a rollout.Address) bool { return !agrees(asked, a) })
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
			f.Notes = append(f.Notes, rollout.Say("%s is sent as %q, which the address register adds.", "%s est transmis avec la valeur %q, ajoutée par le référentiel d'adresses.", names(element), value))
		case written != value:
			f.Notes = append(f.Notes, rollout.Say("%s %q is sent as %q, as the address register writes it.", "%s %q est transmis sous la forme %q, celle du référentiel d'adresses.", names(element), written, value))
		}
		push[element] = value
	}
	f.Address = push
	return f, nil
}

// names gives an element's name as the country's people know it: "Code postal (pc)".
func (c *Checker) names(ctx context.Context, iso2 string) (func(element string) string, error) {
	book, err := c.rules(ctx, iso2, time.Time{})
	return func(element string) string {
		if label := strings.TrimSpace(book.said.Constraints[element].Label); label != "" {
			return label + " (" + element + ")"
		}
		return element
	}, err
}

// candidates asks the address API for what matches, where one is offered. The first
// row of a country finds out for all of them, by its own address, whether it is.
func (c *Checker) candidates(ctx context.Context, iso2 string, asked rollout.Address) (found []map[string]string, offered bool, err error) {
	var answer []map[string]string
	var refused error
	came := false
	offered, err = ask(ctx, c, question[bool]{c.ofCountry(iso2), factAddressAPI, func(ctx context.Context) (bool, error) {
		answer, refused = c.API.Addresses(ctx, iso2, asked)
		if refused != nil && btapi.RefusalIn(refused) == nil {
			return false, refused
		}
		came = true // a refusal is about this row alone
		return !btapi.IsNotFound(refused), nil
	}}, time.Time{})
	if err != nil || !offered {
		return nil, false, err
	}
	if !came {
		answer, refused = c.API.Addresses(ctx, iso2, asked)
	}
	if btapi.IsNotFound(refused) {
		return nil, false, nil
	}
	return answer, true, refused
}

// factAddressAPI is the name of the fact whether a country has an address API.
const factAddressAPI = "address API"

// different drops candidates that say the same, and elements that say nothing.
func different(found []map[string]string) []rollout.Address {
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

// agrees reports whether a candidate says everything that the row says, case,
// accents and white space aside. It may say more.
func agrees(asked, candidate rollout.Address) bool { return len(disputed(asked, candidate)) == 0 }

// disputed are the elements of the row that a candidate gives otherwise, or not at all.
func disputed(asked, candidate rollout.Address) []string {
	return slices.DeleteFunc(asked.Filled(), func(element string) bool {
		return spelling.Fold(candidate[element]) == spelling.Fold(asked[element])
	})
}

// unverified says what the register made of an address that is not one agreeing
// candidate.
func unverified(names func(string) string, asked rollout.Address, candidates, agreeing []rollout.Address) rollout.Problem {
	p := rollout.Problem{Value: written(asked)}
	switch {
	case len(candidates) == 0:
		p.Code = CodeAddressUnknown
		p.Message = rollout.Say(
			"The country's address register does not know this address: correct street, number, postal code or city.",
			"Le référentiel d'adresses du pays ne connaît pas cette adresse : corrigez la rue, le numéro, le code postal ou la ville.")
		return p
	case len(agreeing) > 1:
		p.Code, candidates = CodeAddressSeveral, agreeing
		p.Message = rollout.Say(
			"%d addresses of the country's register fit this row: complete it, or put one of the candidates into it.",
			"%d adresses du référentiel du pays correspondent à cette ligne : complétez-la, ou reprenez-y l'une des propositions.", len(agreeing))
	case len(candidates) > 1:
		p.Code = CodeAddressDiffers
		p.Message = rollout.Say(
			"The country's address register does not know this address, and knows %d like it: put one of the candidates into the row, or correct it.",
			"Le référentiel d'adresses du pays ne connaît pas cette adresse, mais en connaît %d qui lui ressemblent : reprenez l'une des propositions dans la ligne, ou corrigez celle-ci.", len(candidates))
	default:
		p.Code = CodeAddressDiffers
		p.Message = otherwise(names, asked, candidates[0])
		// In one element: its value can be pasted into the one cell.
		if differing := disputed(asked, candidates[0]); len(differing) == 1 {
			element := differing[0]
			p.Field, p.Value, p.Suggestion = element, asked[element], candidates[0][element]
		}
	}
	p.Candidates = slices.Clone(candidates[:min(len(candidates), candidatesKept)])
	return p
}

// otherwise says in which elements the one candidate is not the row's address.
func otherwise(names func(string) string, asked, candidate rollout.Address) rollout.Text {
	return rollout.Say(
		"The country's address register knows this address otherwise: %s; correct the row to it, or look the address up.",
		"Le référentiel d'adresses du pays connaît cette adresse autrement : %s ; corrigez la ligne en conséquence, ou vérifiez l'adresse.",
		rollout.ListOf(disputed(asked, candidate), func(element string) rollout.Text {
			if candidate[element] == "" {
				return rollout.Say("%s is empty there, not %q", "%s y est vide, et non %q", names(element), asked[element])
			}
			return rollout.Say("%s is %q there, not %q", "%s y est %q, et non %q", names(element), candidate[element], asked[element])
		}))
}

// written spells an address out, element by element.
func written(a rollout.Address) string {
	var parts []string
	for _, element := range a.Filled() {
		parts = append(parts, element+"="+a[element])
	}
	return strings.Join(parts, ", ")
}
