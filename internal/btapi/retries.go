// Repeats calls whose answer concerns many sites, so that a short failure of the API reaches
// none of them.

package btapi

import (
	"context"
	"errors"
	"time"
)

const (
	// maxTries bounds how often one call is made, the first time included.
	maxTries = 4
	// retryPause is the pause before the second try. It doubles with each further one.
	retryPause = 500 * time.Millisecond
)

// WithRetries makes a call up to four times, after pauses of 0.5 s, 1 s and 2 s. It
// repeats the call after errors of the classes Throttle and Transient only, and returns
// the last error.
func WithRetries[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	for r := (Retries{}); ; {
		v, err := call(ctx)
		if err == nil || !r.Wait(ctx, err) {
			return v, err
		}
	}
}

// Retries counts the failed tries of one call. The zero value is ready for use.
type Retries struct{ failed int }

// Wait waits after a failed try as WithRetries does, and reports whether the call should
// be made again. It returns false at once when ctx ends.
func (r *Retries) Wait(ctx context.Context, err error) bool {
	r.failed++
	var api *Error
	passing := errors.As(err, &api) && (api.Class == Throttle || api.Class == Transient)
	if !passing || r.failed >= maxTries {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(retryPause << (r.failed - 1)):
		return true
	}
}
