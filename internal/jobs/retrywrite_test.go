// Tests of the repeated writing of an outcome, without a Redis.

package jobs

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"btrollout/internal/ledger"
)

// Only an error that may pass is tried again.
func TestRetryWrite_RepeatsWhatMayPass(t *testing.T) {
	t.Parallel()
	for which, c := range map[string]struct {
		err   error
		again bool
	}{
		"written":      {nil, false},
		"stale":        {ledger.ErrStale, false},
		"not found":    {ledger.ErrNotFound, false},
		"invalid":      {fmt.Errorf("row 2 of batch b: %w", ledger.ErrInvalid), false},
		"Redis's fail": {errors.New("connection refused"), true},
	} {
		t.Run(which, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), recordWithin)
				defer cancel()
				tries := 0
				err := retryWrite(ctx, func() error {
					tries++
					return c.err
				})
				if !errors.Is(err, c.err) || (tries > 1) != c.again {
					t.Errorf("tried %d times, and ended with %v", tries, err)
				}
			})
		})
	}
}
