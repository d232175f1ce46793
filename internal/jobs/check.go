// Checking a row against the account and the rulebook of its country: the same
// code serves the check at import and the worker's own validation, so that what
// passes the one passes the other.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"btrollout/internal/addrcheck"
	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

// factsLifetime is how long what the API said about an account or a country is
// taken for true.
const factsLifetime = time.Hour

// Checker checks rows. It asks the API once for each fact and remembers it for
// factsLifetime; it is safe for concurrent use.
type Checker struct {
	api *btapi.Client
	now func() time.Time

	flight singleflight.Group
	mu     sync.Mutex
	known  map[string]fact
}

type fact struct {
	value any
	until time.Time
}

// NewChecker makes a Checker; now is the clock (nil: time.Now).
func NewChecker(api *btapi.Client, now func() time.Time) *Checker {
	if now == nil {
		now = time.Now
	}
	return &Checker{api: api, now: now, known: map[string]fact{}}
}

// ask returns the fact stored under key, or gets and stores it. Callers that ask
// for the same fact at the same moment share one call. Errors are not stored.
func ask[T any](ctx context.Context, c *Checker, key string, get func(context.Context) (T, error)) (T, error) {
	if v, ok := c.recall(key); ok {
		return v.(T), nil
	}
	// The call serves everybody who waits, so the first one's end must not end it.
	result := c.flight.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), factWithin)
		defer cancel()
		v, err := Patiently(ctx, get)
		if err == nil {
			c.remember(key, v)
		}
		return v, err
	})
	var none T
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case r := <-result:
		if r.Err != nil {
			return none, r.Err
		}
		return r.Val.(T), nil
	}
}

// A fact concerns many rows, so a passing trouble of the API is waited out here,
// before it reaches any of them.
const (
	factTries = 4
	factPause = 500 * time.Millisecond // before the second try; doubled for each further one
	// factWithin is how long it may take: a worker does not sit out a long pause here.
	factWithin = 5 * time.Minute
)

// Patiently makes a call, again if the API is in trouble for a moment.
func Patiently[T any](ctx context.Context, get func(context.Context) (T, error)) (T, error) {
	for p := (patience{}); ; {
		v, err := get(ctx)
		if err == nil || !p.waitedOut(ctx, err) {
			return v, err
		}
	}
}

// patience counts the tries of one call that failed.
type patience struct{ tries int }

// waitedOut waits after a failure, and reports whether the call should be tried again.
func (p *patience) waitedOut(ctx context.Context, err error) bool {
	p.tries++
	var api *btapi.Error
	passing := errors.As(err, &api) && (api.Class == btapi.Throttle || api.Class == btapi.Transient)
	if !passing || p.tries >= factTries {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(factPause << (p.tries - 1)):
		return true
	}
}

// recall returns a fact that is known and not too old.
func (c *Checker) recall(key string) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.known[key]
	if !ok || !c.now().Before(f.until) {
		return nil, false
	}
	return f.value, true
}

func (c *Checker) remember(key string, value any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[key] = fact{value, c.now().Add(factsLifetime)}
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
		Message: fmt.Sprintf("The API refuses to say what applies in country %q (%s): correct the country, or ask Orange's support.", iso2, sentence(api.Words())),
	}
}

// vpn finds the VPN that a row names by id, name or code.
func (c *Checker) vpn(ctx context.Context, customer string, r *rollout.Request) ([]rollout.Problem, error) {
	vpns, err := ask(ctx, c, "vpns/"+customer, func(ctx context.Context) ([]btapi.VPN, error) { return c.api.VPNs(ctx, customer) })
	if err != nil {
		return nil, fmt.Errorf("reading the VPNs: %w", err)
	}
	problem := func(code, format string, args ...any) []rollout.Problem {
		return []rollout.Problem{{Code: code, Field: rollout.FieldVPN, Value: r.VPN, Message: fmt.Sprintf(format, args...)}}
	}
	for _, is := range []func(btapi.VPN) bool{
		func(v btapi.VPN) bool { return v.VPNID == r.VPN },
		func(v btapi.VPN) bool { return strings.EqualFold(v.Name, r.VPN) },
		func(v btapi.VPN) bool { return v.VPNCode == r.VPN },
	} {
		var found []btapi.VPN
		for _, v := range vpns {
			if is(v) {
				found = append(found, v)
			}
		}
		switch len(found) {
		case 0:
			continue
		case 1:
			r.VPNID = found[0].VPNID
			return nil, nil
		}
		var ids []string
		for _, v := range found {
			ids = append(ids, v.VPNID)
		}
		return problem(CodeVPNAmbiguous, "Several VPNs are called %q: write the id of the right one, one of %s.", r.VPN, strings.Join(ids, ", ")), nil
	}
	var names []string
	for _, v := range vpns {
		names = append(names, fmt.Sprintf("%s (code %s)", v.Name, v.VPNCode))
	}
	if len(names) == 0 {
		return problem(CodeVPNUnknown, "The account has no VPN %q, nor any other: ask for one in the Business Talk Online portal.", r.VPN), nil
	}
	return problem(CodeVPNUnknown, "The account has no VPN %q: write the id, name or code of one of %s.", r.VPN, strings.Join(names, ", ")), nil
}

// coverage is what the account may do in a country.
type coverage struct {
	known  bool // the API knows the country
	online bool // a voicesite can be ordered there
	name   string
}

func (c coverage) problem(iso2 string) *rollout.Problem {
	p := rollout.Problem{Code: CodeNotCovered, Field: rollout.FieldCountry, Value: iso2}
	switch {
	case !c.known:
		p.Message = fmt.Sprintf("Business Talk does not cover a country %q: write its ISO 3166 code of two letters, such as FR, or take the row out.", iso2)
	case !c.online:
		p.Message = fmt.Sprintf("Voicesites cannot be ordered online in %s (%s): take the row out, or ask Orange.", c.name, iso2)
	default:
		return nil
	}
	return &p
}

func (c *Checker) country(ctx context.Context, iso2 string) (coverage, error) {
	return ask(ctx, c, "country/"+iso2, func(ctx context.Context) (coverage, error) {
		got, err := c.api.Country(ctx, iso2)
		if btapi.IsNotFound(err) {
			return coverage{}, nil
		}
		if err != nil {
			return coverage{}, fmt.Errorf("reading the coverage of %s: %w", iso2, err)
		}
		return coverage{known: true, online: got.Orderable(), name: got.Name}, nil
	})
}

// schema holds an address against the country's rulebook, fetching only those
// branches of the geographical areas that the address uses.
func (c *Checker) schema(ctx context.Context, iso2 string, a rollout.Address) (addrcheck.Result, error) {
	checker, err := ask(ctx, c, "rulebook/"+iso2, func(ctx context.Context) (*addrcheck.Checker, error) { return c.rulebook(ctx, iso2) })
	if err != nil {
		return addrcheck.Result{}, err
	}
	return checker.Check(a, func(parents ...string) ([]string, error) {
		key := strings.Join(append([]string{"areas", iso2}, parents...), "\x00")
		return ask(ctx, c, key, func(ctx context.Context) ([]string, error) {
			values, err := c.api.GeoAreas(ctx, iso2, parents...)
			if btapi.IsNotFound(err) {
				return nil, nil // nothing lies below
			}
			if err != nil {
				return nil, fmt.Errorf("reading the geographical areas of %s: %w", iso2, err)
			}
			return values, nil
		})
	})
}

func (c *Checker) rulebook(ctx context.Context, iso2 string) (*addrcheck.Checker, error) {
	constraints, err := c.api.AddressConstraints(ctx, iso2)
	if err != nil {
		return nil, fmt.Errorf("reading the address rules of %s: %w", iso2, err)
	}
	geo, err := c.api.GeographicalConstraints(ctx, iso2)
	if err != nil {
		return nil, fmt.Errorf("reading the geographical rules of %s: %w", iso2, err)
	}
	book := addrcheck.Rulebook{
		Country: iso2, Constraints: map[string]addrcheck.Constraint{},
		AreaElements: geo.Areas(), DialZoneManual: !geo.DialZoneAutomatic(),
	}
	if country, err := c.country(ctx, iso2); err == nil && country.name != "" {
		book.Country = country.name
	}
	for element, k := range constraints {
		rule := addrcheck.Constraint{
			Usage: k.Usage, Label: k.DefaultLabel, Description: k.DefaultDescription, ValueType: k.ValueType,
			MinLength: k.MinLength, MaxLength: k.MaxLength, Regexp: k.ValueRegexp, Position: k.Position,
		}
		for _, v := range k.PossibleValues {
			rule.Values = append(rule.Values, addrcheck.Value{Value: v.Value, Display: v.Display})
		}
		book.Constraints[element] = rule
	}
	return addrcheck.Compile(book)
}
