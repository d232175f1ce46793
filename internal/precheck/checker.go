// The Checker, which checks rows against the account and against the rules of their country. The
// check at import and the worker's own validation call the same functions, so that a row that
// passes the one passes the other.

package precheck

import (
	"context"
	"slices"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// Config is what a Checker needs. Fields without a default are required.
type Config struct {
	API    *btapi.Client
	Ledger *ledger.Ledger   // where facts are shared with other processes
	Scope  string           // the account of the facts, as Scope names it
	Now    func() time.Time // default time.Now
}

// Checker checks rows, and the account itself. All Checkers of one Ledger and Scope together ask
// the API for each fact about the account and about countries once an hour. A Checker is safe
// for concurrent use.
type Checker struct {
	api   *btapi.Client
	now   func() time.Time
	facts factCache
}

// NewChecker makes a Checker.
func NewChecker(c Config) *Checker {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Checker{api: c.API, now: c.Now, facts: newFactCache(c)}
}

// Me returns what the API key may do. A stored profile that may not order is not used: the API is
// asked again.
func (c *Checker) Me(ctx context.Context) (btapi.Profile, error) {
	me := query[btapi.Profile]{c.facts.accountSubject(), "me", c.api.Me}
	return cachedIf(ctx, &c.facts, me, c.now(), func(p btapi.Profile) bool { return !p.ReadOnly() })
}

// Customers lists the customer codes that the API key may manage. A stored list without the
// configured code is not used: the API is asked again. If configured is "", the same holds for
// a list of no code or of several.
func (c *Checker) Customers(ctx context.Context, configured string) ([]string, error) {
	list := query[[]string]{c.facts.accountSubject(), "customers", func(ctx context.Context) ([]string, error) {
		customers, err := c.api.Customers(ctx)
		codes := make([]string, len(customers))
		for i, customer := range customers {
			codes[i] = customer.CustomerCode
		}
		return codes, err
	}}
	return cachedIf(ctx, &c.facts, list, c.now(), func(codes []string) bool {
		return slices.Contains(codes, configured) || configured == "" && len(codes) == 1
	})
}

// Doubt drops the facts about a country and about a customer's VPNs, except those that are less
// than a minute old, so that they are asked for again when they are next needed. It is called
// when an answer of the API contradicts them. Other processes use their copies for up to half
// a minute more.
func (c *Checker) Doubt(ctx context.Context, customer, iso2 string) error {
	return c.facts.dropOlder(ctx, minRefetchAge, c.facts.countrySubject(iso2), c.facts.customerSubject(customer))
}

// Finding is the result of a check of a row.
type Finding struct {
	Address  rollout.Address   // what is to be pushed; nil when there are problems
	Problems []rollout.Problem // the caller sets their Stage
	Notes    []rollout.Text    // a sentence for each value that is pushed otherwise than the row has it
	Rules    string            // edition of the country's rules by which the address was checked
}

// rejection is the Finding of a row that has a problem.
func rejection(p rollout.Problem) Finding { return Finding{Problems: []rollout.Problem{p}} }

// Check checks a row against a customer's account and, if the row has a country, against the
// rules of that country. It writes the VPN's id into the request. An error says that the API
// could not be asked.
func (c *Checker) Check(ctx context.Context, customer string, r *rollout.Request) (Finding, error) {
	var problems []rollout.Problem
	if r.VoiceSiteID == "" && r.VPN != "" {
		p, err := c.checkVPN(ctx, customer, r)
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

// CheckAddress checks an address by the rules of its country, which are at most maxAge old. An
// address that has problems is checked again by rules that are at most a minute old. An error
// says that the API could not be asked.
func (c *Checker) CheckAddress(ctx context.Context, iso2 string, a rollout.Address, maxAge time.Duration) (Finding, error) {
	if p, ok := c.rememberedRefusal(iso2); ok {
		return rejection(p), nil
	}
	country, err := c.coverage(ctx, iso2)
	if p := country.problem(iso2); err == nil && p != nil {
		return rejection(*p), nil // there are no rules to check the address by
	}
	var f Finding
	if err == nil {
		f, err = c.checkRules(ctx, iso2, a, c.now().Add(-maxAge))
	}
	if err == nil && len(f.Problems) > 0 {
		f, err = c.recheckByFreshRules(ctx, iso2, a, f)
	}
	if p := refusalOf(iso2, err); p != nil {
		c.rememberRefusal(iso2, *p)
		return rejection(*p), nil
	}
	return f, err
}

// recheckByFreshRules replaces a finding that has problems, if the country has other
// rules by now than those of the finding.
func (c *Checker) recheckByFreshRules(ctx context.Context, iso2 string, a rollout.Address, f Finding) (Finding, error) {
	fresh := c.now().Add(-minRefetchAge)
	book, err := c.rules(ctx, iso2, fresh)
	if err != nil || book.edition == f.Rules {
		return f, err
	}
	return c.checkRules(ctx, iso2, a, fresh)
}
