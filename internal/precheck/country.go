// What the API says of a country: whether voicesites can be ordered there, its
// geographical areas, and that it refuses to say what applies there. The address rules are
// in rulebook.go.

package precheck

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

// coverage is what the account may do in a country. Its JSON is stored in Redis.
type coverage struct {
	Known     bool   `json:"known"`  // the API knows the country
	Online    bool   `json:"online"` // a voicesite can be ordered there
	Name      string `json:"name"`
	Code      string `json:"code"`      // of its telephone numbers
	Emergency string `json:"emergency"` // domestic emergency calls: "Yes" or "No"
	Comment   string `json:"comment"`   // the API's own remark
}

// problem is the problem of a row in this country; nil: voicesites can be ordered there.
func (c coverage) problem(iso2 string) *rollout.Problem {
	var p rollout.Problem
	switch {
	case !c.Known:
		p = countryUnknown(iso2)
	case !c.Online:
		p = countryNotOrderable(iso2, c.Name)
	default:
		return nil
	}
	return &p
}

// country is what a person should know of the country, without its rules.
func (c coverage) country(iso2 string) rollout.Country {
	return rollout.Country{ISO2: iso2, Name: c.Name, Emergency: c.Emergency, Comment: c.Comment}
}

// coverage returns the coverage of a country. If the country is not covered, the answer
// is at most minRefetchAge old.
func (c *Checker) coverage(ctx context.Context, iso2 string) (coverage, error) {
	offer := query[coverage]{c.facts.countrySubject(iso2), "coverage", func(ctx context.Context) (coverage, error) {
		got, err := c.api.Country(ctx, iso2)
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
	return cachedIf(ctx, &c.facts, offer, c.now().Add(-minRefetchAge), func(o coverage) bool { return o.Known && o.Online })
}

// Country returns what a person should know of a country before ordering there. A country
// that is not covered, or of which the API refuses to tell the coverage, has no name. If
// the API refuses to tell the rules, Unapplied is nil. An error says that the API could
// not be asked.
func (c *Checker) Country(ctx context.Context, iso2 string) (rollout.Country, error) {
	known := rollout.Country{ISO2: iso2}
	found, err := c.coverage(ctx, iso2)
	if err == nil && found.problem(iso2) == nil {
		known = found.country(iso2)
		var book rulebook
		if book, err = c.rules(ctx, iso2, time.Time{}); err == nil {
			known.Unapplied = book.checker.Warnings()
		}
	}
	if isCountryRefused(err) {
		err = nil // it is a problem of the country's rows, which CheckAddress reports
	}
	return known, err
}

// areas lists the geographical areas below these.
func (c *Checker) areas(ctx context.Context, iso2 string, parents []string) ([]string, error) {
	name := "areas"
	for _, p := range parents {
		name += "/" + url.PathEscape(p)
	}
	return cached(ctx, &c.facts, query[[]string]{c.facts.countrySubject(iso2), name, func(ctx context.Context) ([]string, error) {
		values, err := c.api.GeoAreas(ctx, iso2, parents...)
		if btapi.IsNotFound(err) {
			return nil, nil // nothing lies below
		}
		if err != nil {
			return nil, fmt.Errorf("reading the geographical areas of %s: %w", iso2, err)
		}
		return values, nil
	}}, time.Time{})
}

// isCountryRefused reports whether err says that the API refuses to tell what applies in a
// country: it concerns the rows of that country, and no others.
func isCountryRefused(err error) bool {
	return btapi.RefusalIn(err) != nil || errors.Is(err, errNoRules)
}

// refusalOf is the problem of rows in a country if isCountryRefused(err). It is nil for any
// other error.
func refusalOf(iso2 string, err error) *rollout.Problem {
	var p rollout.Problem
	switch refused := btapi.RefusalIn(err); {
	case errors.Is(err, errNoRules):
		p = countryWithoutRules(iso2)
	case refused != nil:
		p = countryRefused(iso2, refused)
	default:
		return nil
	}
	return &p
}

// factRefusal names what this process alone remembers of a country, for minRefetchAge: the
// problem that refusalOf found, so that the API is not asked for each row of the country.
const factRefusal = "refusal"

func (c *Checker) rememberRefusal(iso2 string, p rollout.Problem) {
	now := c.now()
	c.facts.remember(c.facts.countrySubject(iso2), factRefusal, factCopy{p, now, now.Add(minRefetchAge)})
}

func (c *Checker) rememberedRefusal(iso2 string) (rollout.Problem, bool) {
	v, ok := c.facts.recall(c.facts.countrySubject(iso2), factRefusal, time.Time{})
	if !ok {
		return rollout.Problem{}, false
	}
	return v.(rollout.Problem), true
}
