// The policy: what happens after a step ended in an error. It alone decides whether and
// when the step is tried again, whether the batch is blocked, and whether the site is given
// up.

package jobs

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

// Retry says after which pauses, and how often, the worker repeats what failed.
type Retry struct {
	First time.Duration // before the first retry; doubled for each further one
	Max   time.Duration // longest pause between two tries
	Tries int           // tries of one step, after which the site is given up
	Probe time.Duration // pause before the first probe of a blocked batch; doubles up to Max
}

// DefaultRetry spreads its tries over somewhat more than an hour.
var DefaultRetry = Retry{First: 2 * time.Second, Max: 10 * time.Minute, Tries: 14, Probe: 15 * time.Second}

// pause is the time before try n+1, with up to a quarter of jitter, so that sites
// that failed together do not come back together.
func (r Retry) pause(n int) time.Duration {
	d := r.Max
	if n < 30 {
		d = min(r.First<<max(n-1, 0), r.Max)
	}
	return d + rand.N(d/4+1)
}

// probe is the pause until the next probe of an account that does not work, after so many
// failed ones.
func (r Retry) probe(failed int) time.Duration {
	if failed > 16 {
		return r.Max
	}
	return min(r.Probe<<max(failed-1, 0), max(r.Max, r.Probe))
}

// throttlePause is how long a task steps back when the API asks to
// slow down, beyond what the API or the limiter says.
const throttlePause = time.Second

// waitError asks for the same task to be delivered again. It is no failure.
type waitError struct {
	delay   time.Duration
	parks   bool   // the site is parked, and the task is over
	isBreak bool   // it is a break, as of breakEnd
	reason  string // for the log
	cause   error  // the error of the API for which the task waits; nil: none
}

func (w *waitError) Error() string { return w.reason }

func (w *waitError) Unwrap() error { return w.cause }

// isAPITrouble reports whether err says that the API failed to answer a call, or asked to
// slow down. That says nothing about the account.
func isAPITrouble(err error) bool {
	var api *btapi.Error
	return errors.As(err, &api) && (api.Class == btapi.Throttle || api.Class == btapi.Transient)
}

// reaction is what follows from a step's error.
type reaction struct {
	delay   time.Duration // a site that has not ended is tried again after this
	parks   bool          // it is parked instead
	isBreak bool          // the delay is a break, as of breakEnd
	block   string        // the batch is blocked, for this reason
}

// reactionTo decides what follows from a step's error, and writes into the site what a
// person will read about it.
func (r Retry) reactionTo(b rollout.Batch, s *rollout.Site, err error) reaction {
	var wait *waitError
	if errors.As(err, &wait) {
		return reaction{delay: wait.delay, isBreak: wait.isBreak}
	}
	if errors.As(err, new(*holdError)) {
		return reaction{delay: r.pause(1), parks: workOf(*s) != lookUps}
	}
	var api *btapi.Error
	if !errors.As(err, &api) || errors.Is(err, context.Canceled) || errors.Is(err, btapi.ErrTooLate) {
		return reaction{delay: r.pause(1)} // trouble of our own: Redis, or the worker is stopping
	}
	s.RequestID = api.RequestID
	switch api.Class {
	case btapi.Throttle:
		return reaction{delay: api.RetryAfter + throttlePause + rand.N(throttlePause), isBreak: true}
	case btapi.Account:
		return reaction{delay: r.Probe, block: api.Words()}
	case btapi.Site:
		fail(s, problemOfRefusal(*s, api))
		return reaction{}
	}
	s.Tries++
	s.LastError = api.Error()
	if s.Tries < r.Tries {
		return reaction{delay: r.pause(s.Tries)}
	}
	giveUp(b, s, api)
	return reaction{}
}

// fail ends a site that someone must correct.
func fail(s *rollout.Site, problems ...rollout.Problem) {
	s.State = rollout.Failed
	s.Problems = append(s.Problems, problems...)
}

// review ends a site that only a person can decide about, and adds to the problem how.
func review(b rollout.Batch, s *rollout.Site, p rollout.Problem) {
	s.State = rollout.Review
	p.Message = rollout.Sentences(p.Message, howToDecide(b, *s))
	s.Problems = append(s.Problems, p)
}

// endInDoubt keeps a site in Review that ended while an order of it may exist: corrected
// and uploaded again it would be ordered a second time.
func endInDoubt(b rollout.Batch, s *rollout.Site) {
	if !s.InDoubt || s.State != rollout.Failed && s.State != rollout.Cancelled {
		return
	}
	review(b, s, problemStillInDoubt(*s))
}

// giveUp ends a site whose step failed too often: what is in the account by now depends on
// its state.
func giveUp(b rollout.Batch, s *rollout.Site, last *btapi.Error) {
	switch s.State {
	case rollout.Ordering:
		review(b, s, problemUnansweredOrder(*s, last))
	case rollout.Ordered:
		review(b, s, problemUnansweredPoll(*s, last))
	case rollout.Delivered:
		fail(s, problemUnansweredAddress(*s, last))
	default:
		fail(s, problemUnansweredBeforeOrder(*s, last))
	}
}
