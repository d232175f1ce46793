// The Limiter, as its callers see it.

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
	// redisTimeout is how long Redis may be unreachable before a waiting call fails. A
	// restart of Redis takes less.
	redisTimeout = 10 * time.Second
	// reportTimeout is how long Throttled waits until Redis has recorded the refusal. After
	// that, the refusal goes with the next request.
	reportTimeout = 2 * time.Second
	// answerLifetime is how long an answer of the budget is used. A person may change the
	// rate at any time.
	answerLifetime = time.Second
	// longestAnswerLifetime is how long an answer is used while no call is possible because of
	// a pause or a quota, whatever the rate is. A Redis that lost its data knows neither.
	longestAnswerLifetime = 10 * time.Second
)

// Limiter lets calls pass one by one. It is safe for concurrent use.
type Limiter struct {
	budget budget
	pace   *rate.Limiter
	start  time.Time     // Redis' clock is compared with it
	wake   chan struct{} // has serve check everything again

	mu         sync.Mutex
	queue      []*waiter // the callers of Wait, the longest waiting first
	given      int       // number of slots that were given to waiters
	serving    bool      // a goroutine runs serve
	slots      []slot    // granted and not given to a waiter yet, the earliest first
	lastSlot   time.Time // time of the last slot that was added to slots
	pauses     int       // number of pauses that are known here; slots of before the last are void
	unreported *refusal  // a refusal that the budget has not recorded yet

	requesting bool          // a request is under way
	unanswered time.Time     // since when requests are without an answer; zero: none is
	failure    error         // of the last request, if it failed
	retryAt    time.Time     // no request before
	backoff    time.Duration // the last pause between requests that failed
	last       answer        // the last answer
	answeredAt time.Time     // when it came; zero: there was none
	offset     time.Duration // what to add to Redis' time to get the time since start
	lead       time.Duration // how long an answer takes, and a little more
}

// New makes a Limiter over the budget in rdb, which all processes share. The rate and the
// quotas must be such as ParseRate and ParseQuotas return, and the same in all processes.
func New(rdb *redis.Client, r Rate, quotas ...Rate) *Limiter {
	return &Limiter{
		budget: budget{rdb, r, quotas},
		pace:   rate.NewLimiter(rate.Limit(r.PerSecond()), 1),
		start:  time.Now(),
		wake:   make(chan struct{}, 1),
	}
}

// Wait returns when the caller may make one call, which it must make at once. Of the callers
// that wait, the one of the lowest rank comes first, and of those the
// one that has waited longest; but for one of oldestEvery slots, it is the one that has waited
// longest of all.
//
// It fails when ctx ends first. If it is known that the slot comes after the deadline of
// ctx, it fails at once, with an error that matches context.DeadlineExceeded; if a pause or a
// quota is the cause, the error's method RetryAfter returns how long that still lasts. Any
// other error says that Redis did not answer for redisTimeout.
func (l *Limiter) Wait(ctx context.Context, rank int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &waiter{rank: rank, since: time.Now(), grant: make(chan grant, 1)}
	w.deadline, _ = ctx.Deadline()
	for {
		l.enqueue(w)
		select {
		case g := <-w.grant:
			if g.err != nil || l.isUsable(g.slot) {
				return g.err
			}
		case <-ctx.Done():
			l.dequeue(w)
			return ctx.Err()
		}
	}
}

// Throttled reports that the API refused a call because there were too many. All processes
// pause: for retryAfter or, if the API named no time (0), for a time that doubles with every
// refusal that soon follows a pause. The rate is halved, and then recovers steadily. A
// refusal of a call that was made before the pause has no effect, unless it asks for a longer
// pause.
func (l *Limiter) Throttled(retryAfter time.Duration) {
	l.mu.Lock()
	if l.unreported == nil {
		l.unreported = &refusal{recorded: make(chan struct{})}
	}
	r := l.unreported
	r.retryAfter = max(r.retryAfter, retryAfter)
	l.dropSlots()
	if !l.requesting {
		l.startRequest(time.Now(), 0)
	}
	l.mu.Unlock()

	timer := time.NewTimer(reportTimeout)
	defer timer.Stop()
	select {
	case <-r.recorded:
	case <-timer.C:
	}
}

// Sustained returns how many calls a second all processes together can keep up at present:
// the rate, as halved by refusals, or what a quota allows in the long run, if that is less.
// It reads the budget from Redis at most once per answerLifetime.
func (l *Limiter) Sustained(ctx context.Context) (float64, error) {
	l.mu.Lock()
	known, last := !l.answeredAt.IsZero() && time.Since(l.answeredAt) < answerLifetime, l.last
	l.mu.Unlock()
	if !known {
		sent := time.Now()
		a, err := l.budget.send(ctx, request{})
		if err != nil {
			return 0, fmt.Errorf("the API budget cannot be read from Redis (%w): start it, or correct REDIS_URL", err)
		}
		l.mu.Lock()
		l.update(a, sent, time.Now())
		l.mu.Unlock()
		last = a
	}
	return l.budget.sustained(last), nil
}

// refusal is a throttle answer of the API that the budget must record.
type refusal struct {
	retryAfter time.Duration // the pause that the API asked for, 0 if it named none
	recorded   chan struct{} // closed when the budget has recorded it
}

// lateError says that the slot comes after the caller's deadline, because of the rate.
type lateError struct{ left time.Duration }

func (e *lateError) Error() string {
	return fmt.Sprintf("the turn to call comes only in %s", e.left.Round(time.Second))
}

func (e *lateError) Unwrap() error { return context.DeadlineExceeded }

// pausedError says that the slot comes after the caller's deadline, because of a pause or a
// quota.
type pausedError struct {
	why  cause
	left time.Duration
}

func (e *pausedError) Error() string {
	if e.why == byQuota {
		return fmt.Sprintf("a quota of BT_QUOTA is used up for another %s", e.left.Round(time.Second))
	}
	return fmt.Sprintf("the API asked for a pause of another %s", e.left.Round(time.Second))
}

func (e *pausedError) Unwrap() error { return context.DeadlineExceeded }

// RetryAfter returns how long the pause or the quota still lasts.
func (e *pausedError) RetryAfter() time.Duration { return e.left }
