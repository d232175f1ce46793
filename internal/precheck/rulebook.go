// The address rules of a country: how they are asked for, compiled and compared.

package precheck

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"btrollout/internal/addrcheck"
	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

// checkRules judges an address by the country's rules, as asked for at since or later. It
// asks only for those branches of the geographical areas that the address uses.
func (c *Checker) checkRules(ctx context.Context, iso2 string, a rollout.Address, since time.Time) (Finding, error) {
	book, err := c.rules(ctx, iso2, since)
	if err != nil {
		return Finding{}, err
	}
	result, err := book.checker.Check(a, func(parents ...string) ([]string, error) { return c.areas(ctx, iso2, parents) })
	return Finding{result.Address, result.Problems, result.Notes, book.edition}, err
}

// rules returns a country's rulebook, as asked for at since or later.
func (c *Checker) rules(ctx context.Context, iso2 string, since time.Time) (rulebook, error) {
	return cached(ctx, &c.facts, query[rulebook]{c.facts.countrySubject(iso2), "rulebook", func(ctx context.Context) (rulebook, error) {
		return c.fetchRulebook(ctx, iso2)
	}}, since)
}

// rulebook is a country's rulebook, ready for use. Redis has what the API said, as a
// storedRulebook: each process compiles it for itself.
type rulebook struct {
	source  addrcheck.Rulebook // what the API said
	checker *addrcheck.Checker
	edition string // another one for other rules
}

// compileRulebook makes a rulebook of what the API said.
func compileRulebook(source addrcheck.Rulebook) (rulebook, error) {
	checker, err := addrcheck.Compile(source)
	return rulebook{source, checker, editionOf(source)}, err
}

// editionOf names rules by what they ask for. It ignores labels, descriptions and
// positions, which are for people.
func editionOf(source addrcheck.Rulebook) string {
	bare := source
	bare.Country, bare.Constraints = "", map[string]rollout.Constraint{}
	for element, k := range source.Constraints {
		k.Label, k.Description, k.Position = "", "", 0
		bare.Constraints[element] = k
	}
	text, _ := json.Marshal(storedFormOf(bare)) // strings and numbers: it cannot fail, and its maps are sorted
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:4])
}

func (b rulebook) MarshalJSON() ([]byte, error) { return json.Marshal(storedFormOf(b.source)) }

func (b *rulebook) UnmarshalJSON(text []byte) error {
	var stored storedRulebook
	if err := json.Unmarshal(text, &stored); err != nil {
		return err
	}
	var err error
	*b, err = compileRulebook(stored.rulebook())
	return err
}

// storedRulebook is the form in which Redis has a rulebook, and whose hash is its edition. It
// is permanent: processes of other versions read it, and sites keep the edition.
type storedRulebook struct {
	Country        string
	Constraints    map[string]storedConstraint
	AreaElements   []string
	DialZoneManual bool
}

type storedConstraint struct {
	Usage, Label, Description, ValueType string
	MinLength, MaxLength                 int
	Regexp                               string
	Values                               []storedValue
	Position                             int
}

type storedValue struct{ Value, Display string }

// storedFormOf is what is stored of a rulebook.
func storedFormOf(book addrcheck.Rulebook) storedRulebook {
	stored := storedRulebook{book.Country, map[string]storedConstraint{}, book.AreaElements, book.DialZoneManual}
	for element, k := range book.Constraints {
		var values []storedValue
		for _, v := range k.Values {
			values = append(values, storedValue(v))
		}
		stored.Constraints[element] = storedConstraint{
			k.Usage, k.Label, k.Description, k.ValueType, k.MinLength, k.MaxLength, k.Regexp, values, k.Position,
		}
	}
	return stored
}

// rulebook is the rulebook that was stored.
func (s storedRulebook) rulebook() addrcheck.Rulebook {
	book := addrcheck.Rulebook{
		Country: s.Country, Constraints: map[string]rollout.Constraint{}, AreaElements: s.AreaElements, DialZoneManual: s.DialZoneManual,
	}
	for element, k := range s.Constraints {
		var values []rollout.PossibleValue
		for _, v := range k.Values {
			values = append(values, rollout.PossibleValue(v))
		}
		book.Constraints[element] = rollout.Constraint{
			Label: k.Label, Description: k.Description, Usage: k.Usage, ValueType: k.ValueType,
			MinLength: k.MinLength, MaxLength: k.MaxLength, Regexp: k.Regexp, Values: values, Position: k.Position,
		}
	}
	return book
}

// errNoRules: the API's answer holds no rules, although every country has some. [G]
var errNoRules = errors.New("the answer holds no rules")

// fetchRulebook asks the API for a country's rulebook.
func (c *Checker) fetchRulebook(ctx context.Context, iso2 string) (rulebook, error) {
	constraints, err := c.api.AddressConstraints(ctx, iso2)
	if err != nil {
		return rulebook{}, fmt.Errorf("reading the address rules of %s: %w", iso2, err)
	}
	if len(constraints) == 0 {
		return rulebook{}, fmt.Errorf("reading the address rules of %s: %w", iso2, errNoRules)
	}
	geo, err := c.api.GeographicalConstraints(ctx, iso2)
	if err != nil {
		return rulebook{}, fmt.Errorf("reading the geographical rules of %s: %w", iso2, err)
	}
	source := addrcheck.Rulebook{
		Country: iso2, Constraints: map[string]rollout.Constraint{},
		AreaElements: geo.Areas(), DialZoneManual: !geo.DialZoneAutomatic(),
	}
	if country, err := c.coverage(ctx, iso2); err == nil && country.Name != "" {
		source.Country = country.Name
	}
	for element, k := range constraints {
		source.Constraints[element] = constraintOf(k)
	}
	return compileRulebook(source)
}

// constraintOf is a constraint of the API as the rest of the program has it.
func constraintOf(k btapi.Constraint) rollout.Constraint {
	var values []rollout.PossibleValue
	for _, v := range k.PossibleValues {
		values = append(values, rollout.PossibleValue{Value: v.Value, Display: v.Display})
	}
	return rollout.Constraint{
		Label: k.DefaultLabel, Description: k.DefaultDescription, Usage: k.Usage, ValueType: k.ValueType,
		MinLength: k.MinLength, MaxLength: k.MaxLength, Regexp: k.ValueRegexp, Values: values, Position: k.Position,
	}
}
