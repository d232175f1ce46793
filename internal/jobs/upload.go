// Which uploads are alive, by Redis' clock: an upload gives signs of life, and one that
// gives none for long is withdrawn.

package jobs

import (
	"context"
	"errors"
	"time"

	"btrollout/internal/ledger"
)

const (
	// touchEvery is how often an upload gives a sign of life.
	touchEvery = 5 * time.Second
	// abandonedAfter is how long an upload may give no sign of life.
	abandonedAfter = 5 * time.Minute
	// watchedFor is for how long an upload that gave no sign of life for abandonedAfter is
	// watched before it is taken for dead, so that it can give one when Redis was away.
	watchedFor = 4 * touchEvery
	// watchEvery is how often an upload that is watched is looked at.
	watchEvery = time.Second
)

// deadUpload is the silence after which an upload is taken for dead.
var deadUpload = ledger.Silence{After: abandonedAfter, While: watchedFor}

// whileTouching calls do, and gives signs of life of the upload until do returns. If the
// batch is withdrawn, the context of do ends, and the error is ledger.ErrWithdrawn.
func whileTouching(ctx context.Context, l *ledger.Ledger, batch string, do func(ctx context.Context) error) error {
	within, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(touchEvery)
		defer tick.Stop()
		for {
			select {
			case <-within.Done():
				return
			case <-tick.C:
			}
			// Any other error is one of Redis, and do meets it, too.
			if err := l.Touch(within, batch); errors.Is(err, ledger.ErrWithdrawn) {
				cancel(err)
				return
			}
		}
	}()
	err := do(within)
	cancel(nil)
	<-ended
	if cause := context.Cause(within); err != nil && errors.Is(cause, ledger.ErrWithdrawn) {
		return cause
	}
	return err
}

// withdrawDead withdraws the upload of a batch if it is dead; that may take watchedFor.
func withdrawDead(ctx context.Context, l *ledger.Ledger, batch string) error {
	for {
		_, watched, err := l.WithdrawSilent(ctx, batch, deadUpload)
		if err != nil || !watched {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(watchEvery):
		}
	}
}
