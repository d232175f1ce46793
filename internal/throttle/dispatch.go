package throttle

// This file holds how a process gets slots from the budget, and who of its callers
// gets which. What the budget gives is decided in ask.lua.

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/time/rate"
)

const (
	// ahead is how long before its last slot is due a process asks for the next
	// ones, and how much time they cover, both beside what an answer takes. Longer,
	// and urgent callers of other processes would have to wait for it.
	ahead = 20 * time.Millisecond
	// longestLead is the slowest answer that is reckoned with; what comes later
	// costs slots.
	longestLead = 100 * time.Millisecond
	// lateness is how late a slot may be used, as a part of the rate's period: 15 ms
	// for a rate by the second. It is part of the headroom that ask.lua leaves.
	lateness = 0.015
	// latest is the longest lateness: no call is held back for longer than that.
	latest = time.Second
	// oldestEvery: among so many turns one goes to whoever has waited longest, so
	// that the urgent never starve the others.
	oldestEvery = 8

	// askWithin is how long one question may take.
	askWithin = 3 * time.Second
	// The pauses between questions that failed.
	firstBackoff, longestBackoff = 50 * time.Millisecond, time.Second
)

// A waiter is one call of Wait.
type waiter struct {
	rank     int
	came     time.Time
	deadline time.Time // zero: none
	turn     chan turn // of capacity 1
}

// A turn is a slot, or why there is none.
type turn struct {
	slot slot
	err  error
}

// A slot is the permission to call at a time.
type slot struct {
	at, until time.Time
	pause     int // the last that it knows of
}

// enter puts w where its time of coming belongs, and makes sure that it is served.
func (l *Limiter) enter(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := len(l.queue)
	for i > 0 && l.queue[i-1].came.After(w.came) {
		i--
	}
	l.queue = slices.Insert(l.queue, i, w)
	if l.serving {
		l.signal()
		return
	}
	l.serving = true
	go l.serve()
}

func (l *Limiter) leave(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.queue, w); i >= 0 {
		l.queue = slices.Delete(l.queue, i, i+1)
	}
	l.signal()
}

// signal has serve look at everything anew.
func (l *Limiter) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// serve gives turns until nobody waits.
func (l *Limiter) serve() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-l.wake:
		}
		l.mu.Lock()
		now := time.Now()
		l.giveTurns(now)
		l.giveUp(now)
		if len(l.queue) == 0 {
			l.serving = false
			l.mu.Unlock()
			return
		}
		next := l.plan(now)
		l.mu.Unlock()
		timer.Reset(time.Until(next))
	}
}

// giveTurns gives the slots that are due, and drops those that nobody used in time.
func (l *Limiter) giveTurns(now time.Time) {
	for len(l.held) > 0 {
		s := l.held[0]
		late := now.After(s.until)
		if !late && (now.Before(s.at) || len(l.queue) == 0) {
			return
		}
		l.held = l.held[1:]
		if !late {
			l.choose().turn <- turn{slot: s}
		}
	}
}

// choose takes out of the queue whose turn it is.
func (l *Limiter) choose() *waiter {
	l.turns++
	i := 0
	if l.turns%oldestEvery != 0 {
		for j, w := range l.queue {
			if w.rank < l.queue[i].rank {
				i = j
			}
		}
	}
	w := l.queue[i]
	l.queue = slices.Delete(l.queue, i, i+1)
	return w
}

// usable reports whether a slot may be used now: between the giving and the taking of
// a turn time goes by, and there may have been a pause.
func (l *Limiter) usable(s slot) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return s.pause == l.pause && !time.Now().After(s.until)
}

// giveUp tells those whose waiting is in vain.
func (l *Limiter) giveUp(now time.Time) {
	l.queue = slices.DeleteFunc(l.queue, func(w *waiter) bool {
		err := l.inVain(w, now)
		if err != nil {
			w.turn <- turn{err: err}
		}
		return err != nil
	})
}

func (l *Limiter) inVain(w *waiter, now time.Time) error {
	if end, ok := l.patienceEnds(w); ok && !now.Before(end) {
		trouble := l.trouble
		if trouble == nil {
			trouble = context.DeadlineExceeded
		}
		// Not %w: a time-out of Redis must not be taken for one of the caller's.
		return fmt.Errorf("no call was made, because the Redis that holds the API budget did not answer for %s (%v): start it, or correct REDIS_URL", patience, trouble)
	}
	opens := l.local(l.last.first + time.Duration(l.last.slots)*l.last.apart)
	if w.deadline.IsZero() || len(l.held) > 0 || l.pending != nil || now.Sub(l.answered) >= lookAgain || !w.deadline.Before(opens) {
		return nil
	}
	if l.last.slots > 0 || l.last.waitsFor == byRate {
		return &lateError{opens.Sub(now)}
	}
	return &closedError{l.last.waitsFor, opens.Sub(now)}
}

// patienceEnds is when w is told that Redis is away, if that is not back before.
func (l *Limiter) patienceEnds(w *waiter) (time.Time, bool) {
	if w.came.After(l.unanswered) {
		return w.came.Add(patience), !l.unanswered.IsZero()
	}
	return l.unanswered.Add(patience), !l.unanswered.IsZero()
}

// plan asks for more slots if it is time to, and returns when to look again.
func (l *Limiter) plan(now time.Time) time.Time {
	next := now.Add(lookAgain)
	sooner := func(t time.Time) {
		if t.Before(next) {
			next = t
		}
	}
	if len(l.held) > 0 {
		sooner(l.held[0].at)
	}
	if end, ok := l.patienceEnds(l.queue[0]); ok { // nobody's ends sooner
		sooner(end)
	}
	need := len(l.queue) - len(l.held)
	if l.asking || need <= 0 && l.pending == nil {
		return next
	}
	if at := l.nextQuestion(); at.After(now) {
		sooner(at)
	} else {
		l.startAsking(now, need)
	}
	return next
}

// nextQuestion is when to ask for more slots. A shared rate or pause may change while
// it is waited for, so the wait is never long.
func (l *Limiter) nextQuestion() time.Time {
	var at time.Time
	if n := len(l.held); n > 0 {
		at = l.held[n-1].at.Add(-ahead - l.lead)
	}
	if again := l.local(l.last.again); l.pending == nil && !l.answered.IsZero() && again.After(at) {
		at = again
		if look := l.answered.Add(lookAgain); look.Before(at) {
			at = look
		}
	}
	if l.retryAt.After(at) {
		at = l.retryAt
	}
	return at
}

// startAsking asks for slots, as many as are needed, but not for a longer time than
// it takes until the next question is answered.
func (l *Limiter) startAsking(now time.Time, need int) {
	most := 1
	if l.last.apart > 0 {
		most += int((ahead + l.lead) / l.last.apart)
	}
	q := request{slots: max(0, min(need, most)), lead: l.lead, refusal: l.pending}
	l.pending = nil
	l.asking = true
	if l.unanswered.IsZero() {
		l.unanswered = now
	}
	go l.ask(q, l.pause)
}

// ask asks one question; pause is the last that was known when it was decided on.
func (l *Limiter) ask(q request, pause int) {
	ctx, cancel := context.WithTimeout(context.Background(), askWithin)
	defer cancel()
	sent := time.Now()
	a, err := l.budget.ask(ctx, q)
	now := time.Now()

	l.mu.Lock()
	defer l.mu.Unlock()
	l.asking = false
	defer l.signal()
	if err != nil {
		l.trouble = err
		l.backoff = min(max(2*l.backoff, firstBackoff), longestBackoff)
		l.retryAt = now.Add(l.backoff)
		if q.refusal != nil && l.pending == nil {
			l.pending = q.refusal
		} else if q.refusal != nil {
			l.pending.after = max(l.pending.after, q.refusal.after)
		}
		return
	}
	l.trouble, l.backoff, l.retryAt, l.unanswered = nil, 0, time.Time{}, time.Time{}
	void := pause != l.pause // a refusal came meanwhile
	l.learn(a, sent, now)
	if !void {
		l.hold(a)
	}
	if q.refusal != nil {
		close(q.refusal.told)
	}
	if l.pending != nil {
		l.startAsking(now, 0)
	}
}

// learn takes over how the budget stands.
func (l *Limiter) learn(a answer, sent, received time.Time) {
	if a.pauses != l.last.pauses {
		l.void()
	}
	l.last, l.answered = a, received
	l.lead = min(max(received.Sub(sent), l.lead*7/8), longestLead)
	// The script ran between sending and receiving. The clocks are taken to differ
	// as before, unless that shows that they do not.
	l.offset = min(max(l.offset, sent.Sub(l.start)-a.now), received.Sub(l.start)-a.now)
}

// void drops what was reserved before a pause.
func (l *Limiter) void() {
	l.held = nil
	l.pause++
}

// hold keeps the slots of an answer, as far as this process may use them by itself.
// It reckons with the times of the slots, so that a call which is a little late does
// not delay all that follow.
func (l *Limiter) hold(a answer) {
	tolerance := min(time.Duration(lateness*float64(a.rate.Per)), latest)
	for i := range a.slots {
		at := l.local(a.first + time.Duration(i)*a.apart)
		from := at
		if l.paced.After(at) { // a rate.Limiter that is taken back in time forgets
			from = l.paced
		}
		l.pace.SetLimitAt(from, rate.Limit(a.rate.PerSecond()*a.part))
		turn := l.pace.ReserveN(from, 1)
		due := from.Add(turn.DelayFrom(from))
		if due.Sub(at) > tolerance {
			turn.CancelAt(from)
			continue
		}
		l.paced = due
		l.held = append(l.held, slot{at: due, until: at.Add(tolerance), pause: l.pause})
	}
}

// local is a point of Redis' time by the clock of this process.
func (l *Limiter) local(t time.Duration) time.Time { return l.start.Add(t + l.offset) }
