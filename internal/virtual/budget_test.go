// This file checks that all processes together keep to rate and quotas.

package virtual_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/throttle"
)

// budget is how many calls may be made, and when slots were granted and calls made.
type budget struct {
	limits []throttle.Rate // the rate, and then the quotas
	away   time.Duration   // how long an answer of Redis takes at most

	mu      sync.Mutex
	granted moments
	called  moments
}

// moments are when something happened, in spans: a new one begins when Redis loses the budget.
type moments [][]time.Time

func (m *moments) add(at time.Time) {
	if len(*m) == 0 {
		*m = append(*m, nil)
	}
	last := len(*m) - 1
	(*m)[last] = append((*m)[last], at)
}

func newBudget(plan scenario) *budget {
	b := &budget{limits: append([]throttle.Rate{plan.rate}, plan.quotas...)}
	for _, p := range plan.paces {
		b.away = max(b.away, p.to)
	}
	return b
}

// grants counts the slots that a limiter grants.
type grants struct {
	btapi.Limiter
	budget *budget
}

// Wait is that of the limiter.
func (g grants) Wait(ctx context.Context, rank int) error {
	err := g.Limiter.Wait(ctx, rank)
	if err == nil {
		g.budget.mu.Lock()
		defer g.budget.mu.Unlock()
		g.budget.granted.add(time.Now())
	}
	return err
}

// call notes that a process makes a call now.
func (b *budget) call() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.called.add(time.Now())
}

// restart begins new spans, because Redis lost the budget.
func (b *budget) restart() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.granted, b.called = append(b.granted, nil), append(b.called, nil)
}

// count returns how many calls were made.
func (b *budget) count() int { return len(slices.Concat(b.called...)) }

// A process learns Redis' time from answers, which are under way for a while, so that the slots of
// two processes come together by the time of an answer each, there and back. Between its slot and
// itself, an order may wait for a connection to Redis and for its intent: five answers more.
const slotAnswers, callAnswers = 4, 4 + 2*5

// spaced is how late or early a slot may be without consequence, because slots are further apart
// than the rate says.
const spaced = 20 * time.Millisecond

// check finds windows with more slots or calls than the budget has. Where an answer of Redis
// takes long, it looks at windows that are shorter by as much.
func (b *budget) check(w *world) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.checkSpans(w, "slots", b.granted, slotAnswers)
	b.checkSpans(w, "calls", b.called, callAnswers)
}

func (b *budget) checkSpans(w *world, what string, spans moments, answers time.Duration) {
	slack := max(0, answers*b.away-spaced)
	for _, span := range spans {
		slices.SortFunc(span, time.Time.Compare)
		for _, limit := range b.limits {
			for i := limit.Calls; i < len(span); i++ {
				if within := span[i].Sub(span[i-limit.Calls]); within < limit.Per-slack {
					w.addViolation("%d %s within %s up to %s, the budget is %v", limit.Calls+1, what, within, span[i].Sub(w.events.began), limit)
					break
				}
			}
		}
	}
}
