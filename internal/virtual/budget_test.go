// This file checks that all processes together keep to rate and quotas.

package virtual_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/throttle"
)

// budget is how many calls may be made, and when slots were granted and calls made.
type budget struct {
	limits []limit // the rate, and then the quotas

	mu      sync.Mutex
	granted moments
	called  moments
	lost    time.Time // when Redis last lost the budget
}

// limit is a rate or a quota, and how much more time than its period the limiter takes for so many
// calls, as a part of the period: HEADROOM and COUNTED of budget.lua.
type limit struct {
	throttle.Rate
	spare float64
}

const (
	rateSpare  = 0.035
	quotaSpare = 1. / 60
	// latestUse is how late the limiter lets a slot be used, if the rate is one per second.
	latestUse = 15 * time.Millisecond
)

// moment is when a slot was granted or a call made, and how far from the time of its slot in Redis
// that may be because of the network of its machine.
type moment struct {
	at  time.Time
	off time.Duration
}

// moments are in spans: a new one begins when Redis loses the budget.
type moments [][]moment

// add adds the present moment to the last span.
func (m moments) add(off time.Duration) {
	last := len(m) - 1
	m[last] = append(m[last], moment{time.Now(), off})
}

func newBudget(plan scenario) *budget {
	b := &budget{limits: []limit{{plan.rate, rateSpare}}, granted: make(moments, 1), called: make(moments, 1)}
	for _, quota := range plan.quotas {
		b.limits = append(b.limits, limit{quota, quotaSpare})
	}
	return b
}

// grants counts the slots that a limiter grants.
type grants struct {
	btapi.Limiter
	budget  *budget
	longest time.Duration // that a part of an answer of Redis is under way
}

// Wait is that of the limiter. It is not known which budget granted a slot that was asked for
// before Redis lost the budget and granted after it: it is not counted.
func (g grants) Wait(ctx context.Context, rank int) error {
	g.budget.mu.Lock()
	span := len(g.budget.granted) - 1
	g.budget.mu.Unlock()
	err := g.Limiter.Wait(ctx, rank)
	g.budget.mu.Lock()
	defer g.budget.mu.Unlock()
	if err == nil && span == len(g.budget.granted)-1 {
		g.budget.granted.add(slotParts * g.longest)
	}
	return err
}

// usedWithin is how long after its slot was granted a call is made, if nothing disturbs it. Calls
// that are made so soon after Redis lost the budget may have a slot of before, and are not counted.
const usedWithin = 5 * time.Second

// call notes that a process makes a call now. Of its machine, longest is how long a part of an
// answer of Redis is under way; changes: it is an order or an address.
func (b *budget) call(longest time.Duration, changes bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if changes {
		longest *= changeParts
	} else {
		longest *= slotParts
	}
	if b.lost.IsZero() || time.Since(b.lost) > usedWithin {
		b.called.add(longest)
	}
}

// restart begins new spans, because Redis lost the budget.
func (b *budget) restart() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.granted, b.called, b.lost = append(b.granted, nil), append(b.called, nil), time.Now()
}

// times are when calls were made.
func (b *budget) times() (all []time.Time) {
	for _, m := range slices.Concat(b.called...) {
		all = append(all, m.at)
	}
	return all
}

// A process learns Redis' time from a request and its answer, each of one part. Between its slot
// and itself, an order or an address also waits for a connection to Redis and for its intent: five
// requests and answers.
const slotParts, changeParts = 2, 2 + 2*5

// periods are the lengths of the windows that are checked, in periods of a limit. In the long ones,
// the time that the limiter spares is more than what a slow network takes.
var periods = []int{1, 10, 30}

// check finds windows with more slots or calls than the budget has.
func (b *budget) check(w *world) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for what, spans := range map[string]moments{"slots": b.granted, "calls": b.called} {
		for _, span := range spans {
			slices.SortFunc(span, func(a, b moment) int { return a.at.Compare(b.at) })
			for _, l := range b.limits {
				if found := l.exceeded(what, span, w.events.began); found != "" {
					w.addViolation("%s", found)
				}
			}
		}
	}
}

// exceeded describes a window of a sorted span with more slots or calls than the limit allows; ""
// if there is none. A window is shorter than its periods by as much as those in it may come
// together, less what the limiter spares.
func (l limit) exceeded(what string, span []moment, began time.Time) string {
	for _, k := range periods {
		most, per := k*l.Calls, time.Duration(k)*l.Per
		spare := time.Duration(l.spare*float64(per)) - latestUse
		for i := most; i < len(span); i++ {
			within := span[i].at.Sub(span[i-most].at)
			if within >= per {
				continue
			}
			off := slices.MaxFunc(span[i-most:i+1], func(a, b moment) int { return cmp.Compare(a.off, b.off) }).off
			if within < per-max(0, off-spare) {
				return fmt.Sprintf("%d %s within %s up to %s, the budget is %v", most+1, what, within, span[i].at.Sub(began), l.Rate)
			}
		}
	}
	return ""
}
