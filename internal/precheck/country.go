// What the API says of a country: whether voicesites can be ordered there, the rules
// for its addresses, and its geographical areas. Rows are held against it in checker.go;
// how facts are kept and shared is in facts.go.
package precheck

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"btrollout/internal/addrcheck"
	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

// coverage is what the account may do in a country.
type coverage struct {
	Known     bool   `json:"known"`  // the API knows the country
	Online    bool   `json:"online"` // a voicesite can be ordered there
	Name      string `json:"name"`
	Code      string `json:"code"`      // of its telephone numbers
	Emergency string `json:"emergency"` // domestic emergency calls: "Yes" or "No"
	Comment   string `json:"comment"`   // the API's own remark
}

func (c coverage) problem(iso2 string) *rollout.Problem {
	p := rollout.Problem{Code: CodeNotCovered, Field: rollout.FieldCountry, Value: iso2}
	switch {
	case !c.Known:
		p.Message = rollout.Say(
			"Business Talk covers no country %q: write its ISO 3166 code of two letters, such as FR or GB, or take the row out.",
			"Business Talk ne couvre aucun pays de code %q : écrivez le code ISO 3166 à deux lettres, par exemple FR, ou retirez la ligne.", iso2)
	case !c.Online:
		p.Message = rollout.Say(
			"Voicesites cannot be ordered online in %s (%s): take the row out, or ask Orange.",
			"Aucun voicesite ne peut être commandé en ligne pour le pays %s (%s) : retirez la ligne, ou adressez-vous à Orange.", c.Name, iso2)
	default:
		return nil
	}
	return &p
}

// country tells of a country. That it is not covered is never older than doubtAge.
func (c *Checker) country(ctx context.Context, iso2 string) (coverage, error) {
	offer := question[coverage]{c.ofCountry(iso2), "coverage", func(ctx context.Context) (coverage, error) {
		got, err := c.API.Country(ctx, iso2)
		if btapi.IsNotFound(err) {
			return coverage{}, nil
		}
		if err != nil {
			return coverage{}, fmt.Errorf("reading the coverage of %s: %w", iso2, err)
		}
		return coverage{
			Known: true, Online: got.Orderable(), Name: got.Name, Code: got.CountryCode,
			Emergency: got.Coverage.DomesticEmergency, Comment: got.Coverage.Comment,
		}, nil
	}}
	return askAgain(ctx, c, offer, c.Now().Add(-doubtAge), func(o coverage) bool { return o.Known && o.Online })
}

// Country is what a person should know of a country before ordering there. One that
// is not covered has no name.
func (c *Checker) Country(ctx context.Context, iso2 string) (rollout.Country, error) {
	known := rollout.Country{ISO2: iso2}
	country, err := c.country(ctx, iso2)
	if err != nil || country.problem(iso2) != nil {
		return known, err
	}
	known.Name, known.Emergency, known.Comment = country.Name, country.Emergency, country.Comment
	book, err := c.rules(ctx, iso2, time.Time{})
	if err == nil {
		known.Unapplied = book.checker.Warnings()
	}
	return known, err
}

// schema holds an address against the country's rulebook, fetching only those
// branches of the geographical areas that the address uses.
func (c *Checker) schema(ctx context.Context, iso2 string, a rollout.Address, since time.Time) (Finding, error) {
	book, err := c.rules(ctx, iso2, since)
	if err != nil {
		return Finding{}, err
	}
	result, err := book.checker.Check(a, func(parents ...string) ([]string, error) { return c.areas(ctx, iso2, parents) })
	return Finding{result.Address, result.Problems, result.Notes, book.edition}, err
}

// areas lists the geographical areas below these.
func (c *Checker) areas(ctx context.Context, iso2 string, parents []string) ([]string, error) {
	name := "areas"
	for _, p := range parents {
		name += "/" + url.PathEscape(p)
	}
	return ask(ctx, c, question[[]string]{c.ofCountry(iso2), name, func(ctx context.Context) ([]string, error) {
		values, err := c.API.GeoAreas(ctx, iso2, parents...)
		if btapi.IsNotFound(err) {
			return nil, nil // nothing lies below
		}
		if err != nil {
			return nil, fmt.Errorf("reading the geographical areas of %s: %w", iso2, err)
		}
		return values, nil
	}}, time.Time{})
}

// rules is a country's rulebook, as asked for at since or later.
func (c *Checker) rules(ctx context.Context, iso2 string, since time.Time) (rulebook, error) {
	return ask(ctx, c, question[rulebook]{c.ofCountry(iso2), "rulebook", func(ctx context.Context) (rulebook, error) {
		return c.rulebook(ctx, iso2)
	}}, since)
}

// rulebook is a country's rulebook, ready for use. Its JSON is what the API said, so
// that each process compiles it for itself.
type rulebook struct {
	said    addrcheck.Rulebook
	checker *addrcheck.Checker
	edition string // another one for other rules
}

// compiled makes a rulebook of what the API said.
func compiled(said addrcheck.Rulebook) (rulebook, error) {
	checker, err := addrcheck.Compile(said)
	return rulebook{said, checker, edition(said)}, err
}

// edition names rules by what they ask for: words and order aside, which are for
// people.
func edition(said addrcheck.Rulebook) string {
	bare := said
	bare.Country, bare.Constraints = "", map[string]addrcheck.Constraint{}
	for element, k := range said.Constraints {
		k.Label, k.Description, k.Position = "", "", 0
		bare.Constraints[element] = k
	}
	text, _ := json.Marshal(bare) // strings and numbers: it cannot fail, and its maps are sorted
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:4])
}

func (b rulebook) MarshalJSON() ([]byte, error) { return json.Marshal(b.said) }

func (b *rulebook) UnmarshalJSON(text []byte) error {
	var said addrcheck.Rulebook
	if err := json.Unmarshal(text, &said); err != nil {
		return err
	}
	var err error
	*b, err = compiled(said)
	return err
}

func (c *Checker) rulebook(ctx context.Context, iso2 string) (rulebook, error) {
	constraints, err := c.API.AddressConstraints(ctx, iso2)
	if err != nil {
		return rulebook{}, fmt.Errorf("reading the address rules of %s: %w", iso2, err)
	}
	if len(constraints) == 0 {
		return rulebook{}, fmt.Errorf("reading the address rules of %s: %w", iso2, errNoRules)
	}
	geo, err := c.API.GeographicalConstraints(ctx, iso2)
	if err != nil {
		return rulebook{}, fmt.Errorf("reading the geographical rules of %s: %w", iso2, err)
	}
	said := addrcheck.Rulebook{
		Country: iso2, Constraints: map[string]addrcheck.Constraint{},
		AreaElements: geo.Areas(), DialZoneManual: !geo.DialZoneAutomatic(),
	}
	if country, err := c.country(ctx, iso2); err == nil && country.Name != "" {
		said.Country = country.Name
	}
	for element, k := range constraints {
		rule := addrcheck.Constraint{
			Usage: k.Usage, Label: k.DefaultLabel, Description: k.DefaultDescription, ValueType: k.ValueType,
			MinLength: k.MinLength, MaxLength: k.MaxLength, Regexp: k.ValueRegexp, Position: k.Position,
		}
		for _, v := range k.PossibleValues {
			rule.Values = append(rule.Values, addrcheck.Value{Value: v.Value, Display: v.Display})
		}
		said.Constraints[element] = rule
	}
	return compiled(said)
}

// factRefusal is the name of what only this process remembers, for doubtAge: that the
// API will not speak about a country.
const factRefusal = "refusal"

// errNoRules: the API's answer holds no rules, although every country has some. [G]
var errNoRules = errors.New("the answer holds no rules")

// countryRefused is the Problem of rows whose country the API will not speak
// about: it concerns them, and no other row. It is nil for any other error.
func countryRefused(iso2 string, err error) *rollout.Problem {
	p := &rollout.Problem{Code: CodeCountryRefused, Field: rollout.FieldCountry, Value: iso2}
	switch api := btapi.RefusalIn(err); {
	case errors.Is(err, errNoRules):
		p.Message = rollout.Say(
			"The API gives no address rules for country %q, so no address can be checked: correct the country, or ask Orange's support.",
			"L'API ne donne aucune règle d'adresse pour le pays %q, aucune adresse ne peut donc être contrôlée : corrigez le pays, ou adressez-vous au support d'Orange.", iso2)
	case api != nil:
		p.RequestID = api.RequestID
		p.Message = rollout.Say(
			"The API refuses to say what applies in country %q (%s): correct the country, or ask Orange's support.",
			"L'API refuse de dire ce qui s'applique dans le pays %q (%s) : corrigez le pays, ou adressez-vous au support d'Orange.", iso2, rollout.Clause(api.Words()))
	default:
		return nil
	}
	return p
}
