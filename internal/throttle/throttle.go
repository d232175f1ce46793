// Package throttle paces the calls of one process to the API's budget: an even
// rate without bursts, and one pause for everybody when the API says that there
// were too many calls. It knows neither HTTP nor the API's errors.
package throttle

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is how many calls may be made in a period of time.
type Rate struct {
	Calls int
	Per   time.Duration
}

var units = []struct {
	name string
	per  time.Duration
}{{"s", time.Second}, {"m", time.Minute}, {"h", time.Hour}}

// ParseRate reads a rate such as 20/s, 600/m or 2500/h.
func ParseRate(text string) (Rate, error) {
	count, unit, _ := strings.Cut(strings.TrimSpace(text), "/")
	calls, err := strconv.Atoi(count)
	if err == nil && calls > 0 {
		for _, u := range units {
			if u.name == unit {
				return Rate{Calls: calls, Per: u.per}, nil
			}
		}
	}
	return Rate{}, fmt.Errorf("%q is not a rate; write a whole number of calls above 0 and a unit, such as 20/s, 600/m or 2500/h", text)
}

// String is the form that ParseRate reads.
func (r Rate) String() string {
	for _, u := range units {
		if u.per == r.Per {
			return strconv.Itoa(r.Calls) + "/" + u.name
		}
	}
	return fmt.Sprintf("%d/%v", r.Calls, r.Per)
}

// Interval is the time from one call to the next.
func (r Rate) Interval() time.Duration { return r.Per / time.Duration(r.Calls) }

// The pauses after a refusal that names none. The API's spike arrest counts by
// the second, its quotas by the minute.
const (
	firstPause   = time.Second
	longestPause = time.Minute
	// jitter is the part by which a pause is prolonged at random, at most.
	jitter = 0.25
	// quiet is how long calls must have gone well, after a pause, for the next
	// one to be short again.
	quiet = 2 * time.Minute
)

// Limiter lets calls pass one by one. It is safe for concurrent use.
type Limiter struct {
	pace *rate.Limiter

	mu        sync.Mutex
	notBefore time.Time     // nobody passes earlier
	pause     time.Duration // the last that was chosen here, without its jitter
}

// New makes a limiter. The rate must be one that ParseRate could give.
func New(r Rate) *Limiter {
	return &Limiter{pace: rate.NewLimiter(rate.Every(r.Interval()), 1)}
}

// Wait returns when the next call may be made. It fails when ctx ends first,
// and at once, with an error that matches context.DeadlineExceeded, when the
// turn would come after the deadline of ctx; if that is for a pause, the error's
// RetryAfter says how long it still lasts.
func (l *Limiter) Wait(ctx context.Context) error {
	for {
		if err := l.sitOut(ctx); err != nil {
			return err
		}
		if err := l.pace.Wait(ctx); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("the turn to call would come too late: %w", context.DeadlineExceeded)
		}
		if l.remaining() <= 0 {
			return nil
		}
	}
}

// Throttled pauses everybody: for as long as the API asked, or, when it did not
// say (0), for a time that doubles with every refusal that follows a pause.
// Refusals during a pause answer calls made before it, and do not prolong it
// unless they say so.
func (l *Limiter) Throttled(retryAfter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if retryAfter <= 0 {
		if now.Before(l.notBefore) {
			return
		}
		if now.Sub(l.notBefore) > quiet {
			l.pause = 0
		}
		l.pause = min(max(2*l.pause, firstPause), longestPause)
		retryAfter = l.pause + time.Duration(rand.Float64()*jitter*float64(l.pause))
	}
	if until := now.Add(retryAfter); until.After(l.notBefore) {
		l.notBefore = until
	}
}

// sitOut waits until no pause is left, however often it is prolonged.
func (l *Limiter) sitOut(ctx context.Context) error {
	for {
		left := l.remaining()
		if left <= 0 {
			return ctx.Err()
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < left {
			return &pauseError{left}
		}
		timer := time.NewTimer(left)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// pauseError: the pause ends after the caller's deadline.
type pauseError struct{ left time.Duration }

func (e *pauseError) Error() string {
	return fmt.Sprintf("the API asked for a pause of another %s", e.left.Round(time.Second))
}

func (e *pauseError) Unwrap() error { return context.DeadlineExceeded }

// RetryAfter is when it pays to come again.
func (e *pauseError) RetryAfter() time.Duration { return e.left }

// remaining is what is left of the pause.
func (l *Limiter) remaining() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Until(l.notBefore)
}
