// Checking a row against the account and the rulebook of its country: the same
// code serves the check at import and the worker's own validation, so that what
// passes the one passes the other. What a country's rules are is in country.go, the
// look-up in the address register in register.go, how facts are shared in facts.go.
package precheck

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"btrollout/internal/btapi"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// Config is what a Checker needs. Fields without a default are required.
type Config struct {
	API    *btapi.Client
	Ledger *ledger.Ledger   // where facts are shared with other processes; default: they are not
	Scope  string           // whose facts they are, as Scope names it; required with a Ledger
	Now    func() time.Time // default time.Now
}

// Checker checks rows, and the account itself. What the API says of the account and
// of countries is asked once for an hour by all Checkers of one Ledger and Scope
// together. It is safe for concurrent use.
type Checker struct {
	Config

	flight singleflight.Group
	mu     sync.Mutex
	known  map[string]map[string]fact // by subject and name
}

// NewChecker makes a Checker.
func NewChecker(c Config) *Checker {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Checker{Config: c, known: map[string]map[string]fact{}}
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

// Finding is what a check makes of a row.
type Finding struct {
	Address  rollout.Address   // what is to be pushed; nil when there are problems
	Problems []rollout.Problem // the caller sets their Stage
	Notes    []rollout.Text    // what is pushed otherwise than the row says
	Rules    string            // the edition of the country's rules that the address was held against
}

// Check judges a row against a customer's account and its country's rules, if it has a
// country; the VPN's id is written into the request. An error says that the API could
// not be asked.
func (c *Checker) Check(ctx context.Context, customer string, r *rollout.Request) (Finding, error) {
	var problems []rollout.Problem
	if r.VoiceSiteID == "" && r.VPN != "" {
		p, err := c.vpn(ctx, customer, r)
		if err != nil {
			return Finding{}, err
		}
		problems = append(problems, p...)
	}
	var f Finding
	var err error
	if r.Country != "" {
		f, err = c.CheckAddress(ctx, r.Country, r.Address, factLifetime)
	}
	if problems = append(problems, f.Problems...); len(problems) > 0 {
		f.Address, f.Problems = nil, problems
	}
	return f, err
}

// CheckAddress judges an address against the rules of its country, which were asked for
// at most maxAge ago. Problems are found by rules that are not older than doubtAge.
func (c *Checker) CheckAddress(ctx context.Context, iso2 string, a rollout.Address, maxAge time.Duration) (Finding, error) {
	if p, ok := c.recall(c.ofCountry(iso2), factRefusal, time.Time{}); ok {
		return Finding{Problems: []rollout.Problem{p.(rollout.Problem)}}, nil
	}
	country, err := c.country(ctx, iso2)
	if p := country.problem(iso2); err == nil && p != nil {
		return Finding{Problems: []rollout.Problem{*p}}, nil // no rules to hold the address against
	}
	var f Finding
	if err == nil {
		f, err = c.schema(ctx, iso2, a, c.Now().Add(-maxAge))
	}
	if err == nil && len(f.Problems) > 0 {
		var book rulebook
		fresh := c.Now().Add(-doubtAge)
		if book, err = c.rules(ctx, iso2, fresh); err == nil && book.edition != f.Rules {
			f, err = c.schema(ctx, iso2, a, fresh)
		}
	}
	if p := countryRefused(iso2, err); p != nil {
		now := c.Now() // as it is not to be asked for every row
		c.remember(c.ofCountry(iso2), factRefusal, fact{*p, now, now.Add(doubtAge)})
		return Finding{Problems: []rollout.Problem{*p}}, nil
	}
	return f, err
}

// vpn finds the VPN that a row names by id, name or code. That it cannot be told is
// said by a list that is not older than doubtAge.
func (c *Checker) vpn(ctx context.Context, customer string, r *rollout.Request) ([]rollout.Problem, error) {
	vpns, err := askAgain(ctx, c, c.vpnsOf(customer), c.Now().Add(-doubtAge), func(vpns []btapi.VPN) bool { return len(named(vpns, r.VPN)) == 1 })
	if err != nil {
		return nil, fmt.Errorf("reading the VPNs: %w", err)
	}
	problem := func(code string, message rollout.Text) []rollout.Problem {
		return []rollout.Problem{{Code: code, Field: rollout.FieldVPN, Value: r.VPN, Message: message}}
	}
	switch found := named(vpns, r.VPN); {
	case len(found) == 1:
		r.VPNID = found[0].VPNID
		return nil, nil
	case len(found) > 1:
		return problem(CodeVPNAmbiguous, rollout.Say(
			"Several VPNs have the name or code %q: write the id of the right one, one of %s.",
			"Plusieurs VPN ont %q pour nom ou pour code : écrivez l'identifiant du bon, l'un de %s.", r.VPN, rollout.ListOf(found, idOf))), nil
	case len(vpns) == 0:
		return problem(CodeVPNUnknown, rollout.Say(
			"The account has no VPN %q, nor any other: ask for one in the Business Talk Online portal.",
			"Le compte n'a pas de VPN %q, ni aucun autre : demandez-en un dans le portail Business Talk Online.", r.VPN)), nil
	}
	return problem(CodeVPNUnknown, rollout.Say(
		"The account has no VPN %q: write the id, name or code of one of %s.",
		"Le compte n'a pas de VPN %q : écrivez l'identifiant, le nom ou le code de l'un de %s.", r.VPN, rollout.ListOf(vpns, nameOf))), nil
}

// vpnsOf are the VPNs of a customer.
func (c *Checker) vpnsOf(customer string) question[[]btapi.VPN] {
	return question[[]btapi.VPN]{c.ofCustomer(customer), "vpns", func(ctx context.Context) ([]btapi.VPN, error) {
		return c.API.VPNs(ctx, customer)
	}}
}

func idOf(v btapi.VPN) rollout.Text {
	return rollout.Say("%s (%s, code %s)", "%s (%s, code %s)", v.VPNID, v.Name, v.VPNCode)
}

func nameOf(v btapi.VPN) rollout.Text {
	return rollout.Say("%s (code %s)", "%s (code %s)", v.Name, v.VPNCode)
}

// named finds the VPNs of this id, or else all of this name, in any case and with any
// accents and spaces, or code: what is one VPN's name and another's code names neither.
func named(vpns []btapi.VPN, text string) []btapi.VPN {
	for _, is := range []func(btapi.VPN) bool{
		func(v btapi.VPN) bool { return v.VPNID == text },
		func(v btapi.VPN) bool { return spelling.Fold(v.Name) == spelling.Fold(text) || v.VPNCode == text },
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
