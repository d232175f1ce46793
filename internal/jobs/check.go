// Checking a row against the account and the rulebook of its country: the same
// code serves the check at import and the worker's own validation, so that what
// passes the one passes the other. How facts are kept and shared is in facts.go.
package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"btrollout/internal/addrcheck"
	"btrollout/internal/btapi"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// CheckerConfig is what a Checker needs. Fields without a default are required.
type CheckerConfig struct {
	API    *btapi.Client
	Ledger *ledger.Ledger   // where facts are shared with other processes; default: they are not
	Scope  string           // whose facts they are, as Scope names it; required with a Ledger
	Now    func() time.Time // default time.Now
}

// Checker checks rows, and the account itself. What the API says of the account and
// of countries is asked once for an hour by all Checkers of one Ledger and Scope
// together. It is safe for concurrent use.
type Checker struct {
	CheckerConfig

	flight singleflight.Group
	mu     sync.Mutex
	known  map[string]map[string]fact // by subject and name
}

// NewChecker makes a Checker.
func NewChecker(c CheckerConfig) *Checker {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Checker{CheckerConfig: c, known: map[string]map[string]fact{}}
}

// Me says what the API key may do. That it cannot order is never old news.
func (c *Checker) Me(ctx context.Context) (btapi.Profile, error) {
	me := question[btapi.Profile]{c.ofAccount(), "me", c.API.Me}
	return askAgain(ctx, c, me, c.Now(), func(p btapi.Profile) bool { return !p.ReadOnly() })
}

// Customers lists the customer codes that the API key may manage. That the code
// given is not among them or, when none is given, that they are not exactly one, is
// never old news.
func (c *Checker) Customers(ctx context.Context, given string) ([]string, error) {
	codes := question[[]string]{c.ofAccount(), "customers", func(ctx context.Context) ([]string, error) {
		customers, err := c.API.Customers(ctx)
		codes := make([]string, len(customers))
		for i, customer := range customers {
			codes[i] = customer.CustomerCode
		}
		return codes, err
	}}
	return askAgain(ctx, c, codes, c.Now(), func(codes []string) bool {
		return slices.Contains(codes, given) || given == "" && len(codes) == 1
	})
}

// Check judges a row against a customer's account and its country's rules. It returns the
// address to push, in the API's own spelling, and the row's problems; the VPN's id
// is written into the request. An error says that the API could not be asked.
func (c *Checker) Check(ctx context.Context, customer string, r *rollout.Request) (rollout.Address, []rollout.Problem, error) {
	var problems []rollout.Problem
	if r.VoiceSiteID == "" && r.VPN != "" {
		p, err := c.vpn(ctx, customer, r)
		if err != nil {
			return nil, nil, err
		}
		problems = append(problems, p...)
	}
	country, err := c.country(ctx, r.Country)
	if p := country.problem(r.Country); err == nil && p != nil {
		return nil, append(problems, *p), nil // no rules to hold the address against
	}
	var result addrcheck.Result
	if err == nil {
		result, err = c.schema(ctx, r.Country, r.Address)
	}
	if p := countryRefused(r.Country, err); p != nil {
		return nil, append(problems, *p), nil
	}
	if err != nil {
		return nil, nil, err
	}
	return result.Address, append(problems, result.Problems...), nil
}

// countryRefused is the Problem of rows whose country the API will not speak
// about: it concerns them, and no other row. It is nil for any other error.
func countryRefused(iso2 string, err error) *rollout.Problem {
	api := refusalIn(err)
	if api == nil {
		return nil
	}
	return &rollout.Problem{
		Code: CodeCountryRefused, Field: rollout.FieldCountry, Value: iso2, RequestID: api.RequestID,
		Message: rollout.Say("The API refuses to say what applies in country %q (%s): correct the country, or ask Orange's support.", "", iso2, sentence(api.Words())),
	}
}

// vpn finds the VPN that a row names by id, name or code. That it cannot be told is
// said by a list that is not older than doubtAge.
func (c *Checker) vpn(ctx context.Context, customer string, r *rollout.Request) ([]rollout.Problem, error) {
	list := question[[]btapi.VPN]{c.ofCustomer(customer), "vpns", func(ctx context.Context) ([]btapi.VPN, error) { return c.API.VPNs(ctx, customer) }}
	vpns, err := askAgain(ctx, c, list, c.Now().Add(-doubtAge), func(vpns []btapi.VPN) bool { return len(named(vpns, r.VPN)) == 1 })
	if err != nil {
		return nil, fmt.Errorf("reading the VPNs: %w", err)
	}
	problem := func(code string, message rollout.Text) []rollout.Problem {
		return []rollout.Problem{{Code: code, Field: rollout.FieldVPN, Value: r.VPN, Message: message}}
	}
	switch found := named(vpns, r.VPN); len(found) {
	case 1:
		r.VPNID = found[0].VPNID
		return nil, nil
	case 0:
	default:
		var ids []string
		for _, v := range found {
			ids = append(ids, v.VPNID)
		}
		return problem(CodeVPNAmbiguous, rollout.Say("Several VPNs are called %q: write the id of the right one, one of %s.", "", r.VPN, strings.Join(ids, ", "))), nil
	}
	var names []string
	for _, v := range vpns {
		names = append(names, fmt.Sprintf("%s (code %s)", v.Name, v.VPNCode))
	}
	if len(names) == 0 {
		return problem(CodeVPNUnknown, rollout.Say("The account has no VPN %q, nor any other: ask for one in the Business Talk Online portal.", "", r.VPN)), nil
	}
	return problem(CodeVPNUnknown, rollout.Say("The account has no VPN %q: write the id, name or code of one of %s.", "", r.VPN, strings.Join(names, ", "))), nil
}

// named finds the VPNs of this id, or else of this name, or else of this code.
func named(vpns []btapi.VPN, text string) []btapi.VPN {
	for _, is := range []func(btapi.VPN) bool{
		func(v btapi.VPN) bool { return v.VPNID == text },
		func(v btapi.VPN) bool { return strings.EqualFold(v.Name, text) },
		func(v btapi.VPN) bool { return v.VPNCode == text },
	} {
		var found []btapi.VPN
		for _, v := range vpns {
			if is(v) {
				found = append(found, v)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// coverage is what the account may do in a country.
type coverage struct {
	Known  bool   `json:"known"`  // the API knows the country
	Online bool   `json:"online"` // a voicesite can be ordered there
	Name   string `json:"name"`
}

func (c coverage) problem(iso2 string) *rollout.Problem {
	p := rollout.Problem{Code: CodeNotCovered, Field: rollout.FieldCountry, Value: iso2}
	switch {
	case !c.Known:
		p.Message = rollout.Say("Business Talk does not cover a country %q: write its ISO 3166 code of two letters, such as FR, or take the row out.", "", iso2)
	case !c.Online:
		p.Message = rollout.Say("Voicesites cannot be ordered online in %s (%s): take the row out, or ask Orange.", "", c.Name, iso2)
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
		return coverage{Known: true, Online: got.Orderable(), Name: got.Name}, nil
	}}
	return askAgain(ctx, c, offer, c.Now().Add(-doubtAge), func(o coverage) bool { return o.Known && o.Online })
}

// schema holds an address against the country's rulebook, fetching only those
// branches of the geographical areas that the address uses.
func (c *Checker) schema(ctx context.Context, iso2 string, a rollout.Address) (addrcheck.Result, error) {
	book, err := ask(ctx, c, question[rulebook]{c.ofCountry(iso2), "rulebook", func(ctx context.Context) (rulebook, error) {
		return c.rulebook(ctx, iso2)
	}}, time.Time{})
	if err != nil {
		return addrcheck.Result{}, err
	}
	return book.checker.Check(a, func(parents ...string) ([]string, error) {
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
	})
}

// rulebook is a country's rulebook, ready for use. Its JSON is what the API said, so
// that each process compiles it for itself.
type rulebook struct {
	said    addrcheck.Rulebook
	checker *addrcheck.Checker
}

func (b rulebook) MarshalJSON() ([]byte, error) { return json.Marshal(b.said) }

func (b *rulebook) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, &b.said); err != nil {
		return err
	}
	var err error
	b.checker, err = addrcheck.Compile(b.said)
	return err
}

func (c *Checker) rulebook(ctx context.Context, iso2 string) (rulebook, error) {
	constraints, err := c.API.AddressConstraints(ctx, iso2)
	if err != nil {
		return rulebook{}, fmt.Errorf("reading the address rules of %s: %w", iso2, err)
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
	checker, err := addrcheck.Compile(said)
	return rulebook{said, checker}, err
}
