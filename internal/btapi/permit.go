// Permits: until when calls may be begun, and how urgent they are. Callers put both into the context.

package btapi

import (
	"context"
	"fmt"
)

type permitKey struct{}

type urgentKey struct{}

// WithPermit returns a context whose calls may be begun until permit ends: a call that waits for its
// slot then fails with an error that matches the cause of permit, and no slot is used for it. A call
// that is being made is not disturbed.
func WithPermit(ctx, permit context.Context) context.Context {
	return context.WithValue(ctx, permitKey{}, permit)
}

// WithUrgency returns a context whose calls come before all that are not urgent.
func WithUrgency(ctx context.Context) context.Context {
	return context.WithValue(ctx, urgentKey{}, true)
}

// rankOf is the rank of a call at the limiter: urgent ones are below 0.
func (k call) rankOf(ctx context.Context) int {
	if ctx.Value(urgentKey{}) != nil {
		return k.route.rank - rankCount
	}
	return k.route.rank
}

// waitPermitted waits at the limiter until the call may be made, its permit ends or ctx does.
func (c *Client) waitPermitted(ctx context.Context, k call) error {
	permit, ok := ctx.Value(permitKey{}).(context.Context)
	if !ok {
		return c.limiter.Wait(ctx, k.rankOf(ctx))
	}
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(permit, cancel)()
	err := c.limiter.Wait(within, k.rankOf(ctx))
	if permit.Err() != nil && ctx.Err() == nil {
		return &unpermittedError{context.Cause(permit)}
	}
	return err
}

// unpermittedError says that the permit of a call ended before the call was made.
type unpermittedError struct{ cause error }

func (e *unpermittedError) Error() string {
	return fmt.Sprintf("the call may not be made: %v", e.cause)
}

func (e *unpermittedError) Unwrap() error { return e.cause }
