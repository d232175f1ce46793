// Package throttle keeps all processes together to the API's budget: an even rate
// without bursts, rolling quotas, and one pause for everybody when the API says that
// there were too many calls. It knows neither HTTP nor the API's errors.
//
// The budget is a generic cell rate algorithm of burst 1 in a script of our own, and
// not go-redis/redis_rate, because a call needs more than a yes or no: slots that are
// reserved ahead, pauses, quotas and a rate that changes while it is used have to be
// decided in one atomic step. golang.org/x/time/rate stands in front of it in each
// process, so that no process exceeds the rate even if Redis forgets what it gave.
//
// This file holds what callers need. Who gets which slot is decided in dispatch.go,
// the budget itself in ask.lua.
package throttle

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/time/rate"
)

const (
	// patience is how long Redis may be away before a waiting call is given up. A
	// restart of Redis takes less.
	patience = 10 * time.Second
	// tellWithin is how long Throttled waits for Redis. Later it is told with the
	// next question.
	tellWithin = 2 * time.Second
	// lookAgain is for how long an answer of the budget is believed. A person may
	// change the rate at any time.
	lookAgain = time.Second
)

// Limiter lets calls pass one by one. It is safe for concurrent use.
type Limiter struct {
	budget budget
	pace   *rate.Limiter
	start  time.Time // what Redis' clock is compared with
	wake   chan struct{}

	mu      sync.Mutex
	queue   []*waiter // the longest waiting first
	turns   int       // that were given so far
	serving bool      // somebody gives turns
	held    []slot    // reserved and not given yet, the earliest first
	paced   time.Time // the last slot that was held
	pause   int       // counts pauses; slots that are older than the last are void
	pending *refusal  // that the budget does not know of yet

	asking     bool
	unanswered time.Time // since when there was no answer, zero: there is nothing to answer
	trouble    error     // that came instead of the last answer
	retryAt    time.Time // no question before
	backoff    time.Duration
	last       answer
	answered   time.Time // when last came, zero: never
	offset     time.Duration
	lead       time.Duration // how long an answer takes, and a little more
}

// New makes a limiter over the budget in rdb, which all processes share. The rates must
// be such as ParseRate and ParseQuotas give, and alike in all processes.
func New(rdb redis.UniversalClient, r Rate, quotas ...Rate) *Limiter {
	return &Limiter{
		budget: budget{rdb, r, quotas},
		pace:   rate.NewLimiter(rate.Limit(r.PerSecond()), 1),
		start:  time.Now(),
		wake:   make(chan struct{}, 1),
	}
}

// Wait returns when the next call may be made, which must then be made at once. Of
// those who wait, the lowest rank comes first (0 is the most urgent), and the oldest
// of a rank; but every few turns it is whoever has waited longest.
//
// It fails when ctx ends first, and at once, with an error that matches
// context.DeadlineExceeded, when it is known that the turn comes after the deadline
// of ctx; if that is for a pause or a quota, the error's RetryAfter says how long that
// still lasts. Any other error says that Redis could not be asked for some time.
func (l *Limiter) Wait(ctx context.Context, rank int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &waiter{rank: rank, came: time.Now(), turn: make(chan turn, 1)}
	w.deadline, _ = ctx.Deadline()
	for {
		l.enter(w)
		select {
		case t := <-w.turn:
			if t.err != nil || l.usable(t.slot) {
				return t.err
			}
		case <-ctx.Done():
			l.leave(w)
			return ctx.Err()
		}
	}
}

// Throttled pauses everybody, in all processes: for as long as the API asked, or,
// when it did not say (0), for a time that doubles with every refusal that soon
// follows a pause. It also halves the rate, which then recovers steadily. Refusals
// that answer calls made before the pause do nothing, unless they ask for a longer one.
func (l *Limiter) Throttled(retryAfter time.Duration) {
	l.mu.Lock()
	if l.pending == nil {
		l.pending = &refusal{told: make(chan struct{})}
	}
	r := l.pending
	r.after = max(r.after, retryAfter)
	l.void()
	if !l.asking {
		l.startAsking(time.Now(), 0)
	}
	l.mu.Unlock()

	timer := time.NewTimer(tellWithin)
	defer timer.Stop()
	select {
	case <-r.told:
	case <-timer.C:
	}
}

// Sustained is how many calls a second all processes together can keep up at present:
// the rate, as halved by refusals, or the least that a quota allows in the long run.
// It asks Redis about once a second.
func (l *Limiter) Sustained(ctx context.Context) (float64, error) {
	l.mu.Lock()
	known, last := !l.answered.IsZero() && time.Since(l.answered) < lookAgain, l.last
	l.mu.Unlock()
	if !known {
		sent := time.Now()
		a, err := l.budget.ask(ctx, request{})
		if err != nil {
			return 0, fmt.Errorf("the API budget cannot be read from Redis (%w): start it, or correct REDIS_URL", err)
		}
		l.mu.Lock()
		l.learn(a, sent, time.Now())
		l.mu.Unlock()
		last = a
	}
	return l.budget.sustained(last), nil
}

// refusal is a throttle answer that the budget has to be told.
type refusal struct {
	after time.Duration // that the API asked for, 0 when it named none
	told  chan struct{} // closed when it was
}

// lateError: the turn comes after the caller's deadline, because of the rate.
type lateError struct{ left time.Duration }

func (e *lateError) Error() string {
	return fmt.Sprintf("the turn to call comes only in %s", e.left.Round(time.Second))
}

func (e *lateError) Unwrap() error { return context.DeadlineExceeded }

// closedError: the same, because of a pause or a quota, which is worth telling.
type closedError struct {
	why  cause
	left time.Duration
}

func (e *closedError) Error() string {
	if e.why == byQuota {
		return fmt.Sprintf("a quota of BT_QUOTA is used up for another %s", e.left.Round(time.Second))
	}
	return fmt.Sprintf("the API asked for a pause of another %s", e.left.Round(time.Second))
}

func (e *closedError) Unwrap() error { return context.DeadlineExceeded }

// RetryAfter is when it pays to come again.
func (e *closedError) RetryAfter() time.Duration { return e.left }
