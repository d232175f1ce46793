// This file gives the tests of the package what it does not export.

package precheck

import (
	"context"
	"time"

	"btrollout/internal/rollout"
)

// MadeExample is the Example of a country of which no address is known.
func (c *Checker) MadeExample(ctx context.Context, iso2 string) (rollout.Address, error) {
	book, err := c.rules(ctx, iso2, time.Time{})
	if err != nil {
		return nil, err
	}
	return c.madeExample(ctx, iso2, book)
}
