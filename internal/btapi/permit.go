// Permits: until when calls may be begun, and how urgent they are. Callers put both into the context.

package btapi

import (
	"context"
	"fmt"
	"sync"
)

// Permit is the permission to begin calls, until it ends.
type Permit struct {
	ended chan struct{}
	once  sync.Once
	cause error // why it ended; to be read when ended is closed
}

// NewPermit makes a Permit.
func NewPermit() *Permit { return &Permit{ended: make(chan struct{})} }

// End ends the permit: no call may be begun by it any more. cause is why. A permit ends once.
func (p *Permit) End(cause error) {
	p.once.Do(func() {
		p.cause = cause
		close(p.ended)
	})
}

// Cause returns why the permit ended; nil if it has not.
func (p *Permit) Cause() error {
	select {
	case <-p.ended:
		return p.cause
	default:
		return nil
	}
}

type permitKey struct{}

type urgentKey struct{}

// WithPermit returns a context whose calls may be begun until p ends: a call that waits for its slot
// then fails with an error that matches the cause, and hardly ever uses a slot. A call that is being
// made is not disturbed.
func WithPermit(ctx context.Context, p *Permit) context.Context {
	return context.WithValue(ctx, permitKey{}, p)
}

// WithUrgency returns a context whose calls come before those that are not urgent, except for addresses
// and look-ups, which come first in any case.
func WithUrgency(ctx context.Context) context.Context {
	return context.WithValue(ctx, urgentKey{}, true)
}

// rankOf is the rank of a call at the limiter. Addresses and look-ups come first in any case; of the
// other calls, urgent ones come before those that are not.
func (k call) rankOf(ctx context.Context) int {
	if k.route.rank >= rankOrder && ctx.Value(urgentKey{}) == nil {
		return k.route.rank + rankCount
	}
	return k.route.rank
}

// waitPermitted waits at the limiter until the call may be made, its permit ends or ctx does.
func (c *Client) waitPermitted(ctx context.Context, k call) error {
	permit, ok := ctx.Value(permitKey{}).(*Permit)
	if !ok {
		return c.limiter.Wait(ctx, k.rankOf(ctx))
	}
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-permit.ended:
			cancel()
		case <-within.Done():
		}
	}()
	err := c.limiter.Wait(within, k.rankOf(ctx))
	if cause := permit.Cause(); cause != nil && ctx.Err() == nil {
		return &unpermittedError{cause}
	}
	return err
}

// unpermittedError says that the permit of a call ended before the call was made.
type unpermittedError struct{ cause error }

func (e *unpermittedError) Error() string {
	return fmt.Sprintf("the call may not be made: %v", e.cause)
}

func (e *unpermittedError) Unwrap() error { return e.cause }
