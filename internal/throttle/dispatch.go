// How a process gets slots from the budget, and which of its callers gets which slot.
// budget.lua decides which slots the budget grants.

package throttle

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/time/rate"
)

const (
	// ahead is how long before its last slot is due a process requests the next slots, and
	// how much time they cover, both beside the time that an answer takes. If it were longer,
	// urgent callers of other processes would have to wait for these slots.
	ahead = 20 * time.Millisecond
	// longestLead is the slowest answer that requests allow for; an answer that takes longer
	// may bring slots that are too old to use.
	longestLead = 100 * time.Millisecond
	// lateness is how late a slot may be used, as a part of the rate's period: 15 ms for a
	// rate per second. It is part of the HEADROOM of budget.lua.
	lateness = 0.015
	// longestLateness is the most that lateness may come to.
	longestLateness = time.Second
	// oldestEvery is the number of slots of which one goes to the caller that has waited
	// longest, so that urgent callers never starve the others.
	oldestEvery = 8

	// requestTimeout is how long one request may take.
	requestTimeout = 3 * time.Second
	// The pauses between requests that failed.
	firstBackoff, longestBackoff = 50 * time.Millisecond, time.Second
)

// waiter is one call of Wait.
type waiter struct {
	rank     int
	since    time.Time  // when Wait was called
	deadline time.Time  // zero: none
	grant    chan grant // of capacity 1
}

// grant is a slot, or the error why there is none.
type grant struct {
	slot slot
	err  error
}

// slot is the permission to make one call between two times.
type slot struct {
	at, until time.Time
	pauses    int // Limiter.pauses when it was granted
}

// enqueue inserts w into the queue by its time, and makes sure that serve runs.
func (l *Limiter) enqueue(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := len(l.queue)
	for i > 0 && l.queue[i-1].since.After(w.since) {
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

func (l *Limiter) dequeue(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.queue, w); i >= 0 {
		l.queue = slices.Delete(l.queue, i, i+1)
	}
	l.signal()
}

// signal has serve check everything again.
func (l *Limiter) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// serve gives slots until the queue is empty.
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
		l.giveSlots(now)
		l.failHopeless(now)
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

// giveSlots gives the slots that are due to waiters, and drops those that are too old.
func (l *Limiter) giveSlots(now time.Time) {
	for len(l.slots) > 0 {
		s := l.slots[0]
		late := now.After(s.until)
		if !late && (now.Before(s.at) || len(l.queue) == 0) {
			return
		}
		l.slots = l.slots[1:]
		if !late {
			l.nextWaiter().grant <- grant{slot: s}
		}
	}
}

// nextWaiter removes the waiter that gets the next slot from the queue.
func (l *Limiter) nextWaiter() *waiter {
	l.given++
	i := 0
	if l.given%oldestEvery != 0 {
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

// isUsable reports whether a slot may be used now: since it was given to the waiter, it may
// have become too old, and a pause may have begun.
func (l *Limiter) isUsable(s slot) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return s.pauses == l.pauses && !time.Now().After(s.until)
}

// failHopeless fails the waiters that will get no slot in time.
func (l *Limiter) failHopeless(now time.Time) {
	l.queue = slices.DeleteFunc(l.queue, func(w *waiter) bool {
		err := l.missesDeadline(w, now)
		if err != nil {
			w.grant <- grant{err: err}
		}
		return err != nil
	})
}

// missesDeadline returns why a waiter will get no slot in time; nil if it may.
func (l *Limiter) missesDeadline(w *waiter, now time.Time) error {
	if end, ok := l.patienceEnds(w); ok && !now.Before(end) {
		failure := l.failure
		if failure == nil {
			failure = context.DeadlineExceeded
		}
		// Not %w: a time-out of Redis must not match one of the caller's context.
		return fmt.Errorf("no call was made, because the Redis that holds the API budget did not answer for %s (%v): "+
			"start it, or correct REDIS_URL", redisTimeout, failure)
	}
	nextSlot := l.localTime(l.last.first + time.Duration(l.last.slots)*l.last.apart)
	if w.deadline.IsZero() || len(l.slots) > 0 || l.unreported != nil || now.Sub(l.answeredAt) >= l.lifetime() ||
		!w.deadline.Before(nextSlot) {
		return nil
	}
	if l.last.slots > 0 || l.last.waitsFor == byRate {
		return &lateError{nextSlot.Sub(now)}
	}
	return &pausedError{l.last.waitsFor, nextSlot.Sub(now)}
}

// patienceEnds returns when w fails because Redis does not answer; false if Redis does.
func (l *Limiter) patienceEnds(w *waiter) (time.Time, bool) {
	if w.since.After(l.unanswered) {
		return w.since.Add(redisTimeout), !l.unanswered.IsZero()
	}
	return l.unanswered.Add(redisTimeout), !l.unanswered.IsZero()
}

// plan requests more slots if it is time to, and returns when serve must check again.
func (l *Limiter) plan(now time.Time) time.Time {
	next := now.Add(l.lifetime())
	sooner := func(t time.Time) {
		if t.Before(next) {
			next = t
		}
	}
	if len(l.slots) > 0 {
		sooner(l.slots[0].at)
	}
	if end, ok := l.patienceEnds(l.queue[0]); ok { // the queue is sorted by it
		sooner(end)
	}
	need := len(l.queue) - len(l.slots)
	if l.requesting || need <= 0 && l.unreported == nil {
		return next
	}
	if at := l.nextRequest(); at.After(now) {
		sooner(at)
	} else {
		l.startRequest(now, need)
	}
	return next
}

// lifetime is how long the last answer is used. A pause and a quota outlast a change of the
// rate: a tenth of the time for which they last, within limits.
func (l *Limiter) lifetime() time.Duration {
	if l.last.waitsFor == byRate {
		return answerLifetime
	}
	return min(max((l.last.first-l.last.now)/10, answerLifetime), longestAnswerLifetime)
}

// nextRequest returns when to request more slots: at the latest when the last answer expires,
// because the rate or the pause may have changed.
func (l *Limiter) nextRequest() time.Time {
	var at time.Time
	if n := len(l.slots); n > 0 {
		at = l.slots[n-1].at.Add(-ahead - l.lead)
	}
	if again := l.localTime(l.last.again); l.unreported == nil && !l.answeredAt.IsZero() && again.After(at) {
		at = again
		if expires := l.answeredAt.Add(l.lifetime()); expires.Before(at) {
			at = expires
		}
	}
	if l.retryAt.After(at) {
		at = l.retryAt
	}
	return at
}

// startRequest requests slots: as many as are needed, but not for a longer time than until
// the next request is answered.
func (l *Limiter) startRequest(now time.Time, need int) {
	most := 1
	if l.last.apart > 0 {
		most += int((ahead + l.lead) / l.last.apart)
	}
	q := request{slots: max(0, min(need, most)), lead: l.lead, refusal: l.unreported}
	l.unreported = nil
	l.requesting = true
	if l.unanswered.IsZero() {
		l.unanswered = now
	}
	go l.request(q, l.pauses)
}

// request sends one request, and takes its answer over. pauses is Limiter.pauses when the
// request was decided on.
func (l *Limiter) request(q request, pauses int) {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	sent := time.Now()
	a, err := l.budget.send(ctx, q)
	now := time.Now()

	l.mu.Lock()
	defer l.mu.Unlock()
	l.requesting = false
	defer l.signal()
	if err != nil {
		l.failure = err
		l.backoff = min(max(2*l.backoff, firstBackoff), longestBackoff)
		l.retryAt = now.Add(l.backoff)
		if q.refusal != nil && l.unreported == nil {
			l.unreported = q.refusal
		} else if q.refusal != nil {
			l.unreported.retryAfter = max(l.unreported.retryAfter, q.refusal.retryAfter)
		}
		return
	}
	l.failure, l.backoff, l.retryAt, l.unanswered = nil, 0, time.Time{}, time.Time{}
	void := pauses != l.pauses // a refusal came meanwhile
	l.update(a, sent, now)
	if !void {
		l.addSlots(a)
	}
	if q.refusal != nil {
		close(q.refusal.recorded)
	}
	if l.unreported != nil {
		l.startRequest(now, 0)
	}
}

// update takes over an answer to a request that was sent at sent.
func (l *Limiter) update(a answer, sent, received time.Time) {
	if a.pauses != l.last.pauses {
		l.dropSlots()
	}
	l.last, l.answeredAt = a, received
	l.lead = min(max(received.Sub(sent), l.lead*7/8), longestLead)
	// The script ran between sending and receiving. The offset stays as it was, unless that
	// shows that it is wrong.
	l.offset = min(max(l.offset, sent.Sub(l.start)-a.now), received.Sub(l.start)-a.now)
}

// dropSlots makes all slots void that were granted so far, because a pause begins.
func (l *Limiter) dropSlots() {
	l.slots = nil
	l.pauses++
}

// addSlots adds the slots of an answer, as far as the limiter of this process alone allows
// them. It counts by the times of the slots, so that a call which is a little late does not
// delay all that follow.
func (l *Limiter) addSlots(a answer) {
	tolerance := min(time.Duration(lateness*float64(a.rate.Per)), longestLateness)
	for i := range a.slots {
		at := l.localTime(a.first + time.Duration(i)*a.apart)
		from := at
		if l.lastSlot.After(at) { // a rate.Limiter that is set back in time allows too much
			from = l.lastSlot
		}
		l.pace.SetLimitAt(from, rate.Limit(a.rate.PerSecond()*a.part))
		reserved := l.pace.ReserveN(from, 1)
		due := from.Add(reserved.DelayFrom(from))
		if due.Sub(at) > tolerance {
			reserved.CancelAt(from)
			continue
		}
		l.lastSlot = due
		l.slots = append(l.slots, slot{at: due, until: at.Add(tolerance), pauses: l.pauses})
	}
}

// localTime converts a time of Redis' clock to the clock of this process.
func (l *Limiter) localTime(t time.Duration) time.Time { return l.start.Add(t + l.offset) }
