// What countries call their address elements, by which the columns of a file are known.
package precheck

import (
	"context"
	"errors"
	"time"

	"btrollout/internal/addrcheck"
	"btrollout/internal/btapi"
)

// Labels gives the elements of a country by their labels. A country without rules, or
// that the API refuses to speak about, has none: its rows are refused one by one.
func (c *Checker) Labels(ctx context.Context, iso2 string) (map[string]string, error) {
	country, err := c.country(ctx, iso2)
	if err == nil && country.problem(iso2) != nil {
		return nil, nil
	}
	var book rulebook
	if err == nil {
		book, err = c.rules(ctx, iso2, time.Time{})
	}
	if btapi.RefusalIn(err) != nil || errors.Is(err, errNoRules) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	elements := map[string]string{}
	for code, k := range book.said.Constraints {
		if k.Usage != addrcheck.UsageNone && k.Label != "" {
			elements[k.Label] = code
		}
	}
	return elements, nil
}
