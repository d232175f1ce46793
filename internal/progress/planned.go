// The time that a batch would take that is not enqueued yet.

package progress

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/throttle"
)

// Planned is a batch that is not enqueued yet.
type Planned struct {
	Customer  string       // customer code; "": the deliveries of all customers count
	Plan      rollout.Plan // when it may order
	Orders    int          // sites that need an order and an address
	Addresses int          // sites whose voicesite exists: they need an address only
	Lookups   int          // of Orders, the sites whose address is looked up in their country's register before
	Countries int          // number of countries, whose rules are asked for once
	// Rate is the rate of calls; zero: the one in force in Redis. Default and Quotas are used if no process
	// has called the API yet.
	Rate, Default throttle.Rate
	Quotas        []throttle.Rate
}

// Forecast is what is known of the time that a planned batch takes, if it were enqueued now.
type Forecast struct {
	Rate   throttle.Rate // rate that the forecast uses
	Quotas []throttle.Usage
	Calls  int   // calls that are expected, with polls
	Others int   // open batches that come before it or take turns with it
	Worker bool  // a worker is running; without one, times count from when one is
	Left   *Left // until it is done; nil: that is not known
	// Orders is until its last order is sent; nil: that is not known, or there is none. With
	// UnknownDeliveries: if no address is pushed before.
	Orders *Left
	Why    Unknown // why Left is nil
}

// Unknown says why it is not known when a batch will be done.
type Unknown string

// The reasons; they are permanent.
const (
	UnknownDeliveries Unknown = "deliveries" // too few deliveries were seen in earlier batches
	UnknownPause      Unknown = "paused"     // all batches are paused
	UnknownRange      Unknown = "range"      // the range would be so wide that it says nothing
	UnknownWindows    Unknown = "never"      // the batch may never order, or not within a year
	UnknownBudget     Unknown = "budget"     // the budget of calls cannot be read
)

// onceSurvey and oncePerCountry are how many calls are made once for a batch, at most: the survey of the
// account, and what a country asks of an address.
const onceSurvey, oncePerCountry = 10, 5

// Plan estimates how long a planned batch takes. It changes nothing.
func Plan(ctx context.Context, l *ledger.Ledger, rdb *redis.Client, p Planned) (Forecast, error) {
	f, err := plannedFacts(ctx, l, rdb, p)
	if err != nil {
		return Forecast{}, err
	}
	result := Forecast{Rate: f.budget.Rate, Quotas: f.budget.Quotas, Others: len(f.others), Worker: len(f.workers) > 0}
	result.Calls = int(float64(2*p.Orders+p.Addresses)*callsPerStep) + p.Lookups
	switch {
	case f.budget.Rate.Calls == 0:
		result.Why = UnknownBudget
		return result, nil
	case f.batch.IsPaused() || len(f.pausedQueues()) > 0:
		result.Why = UnknownPause
		return result, nil
	}
	estimate := f.forecast()
	result.Left, result.Orders = estimate.left(), estimate.untilOrdered()
	if from, _ := estimate.calendar.hours(0); result.Left == nil {
		switch {
		case from >= furthest:
			result.Why = UnknownWindows
		case estimate.own.deliveries > 0 && estimate.took == nil:
			result.Why = UnknownDeliveries
		default:
			result.Why = UnknownRange
		}
	}
	return result, nil
}

// plannedFacts are the facts of a batch that would be enqueued now.
func plannedFacts(ctx context.Context, l *ledger.Ledger, rdb *redis.Client, p Planned) (facts, error) {
	batches, err := l.Batches(ctx)
	if err != nil {
		return facts{}, err
	}
	r := NewReader(l, rdb, "")
	b := rollout.Batch{
		Customer: p.Customer, Plan: p.Plan, State: rollout.Running,
		Counts: map[rollout.State]int{rollout.Imported: p.Orders, rollout.Delivered: p.Addresses},
	}
	r.anyCustomer = p.Customer == ""
	if err := r.readFacts(ctx, b); err != nil {
		return facts{}, err
	}
	f := r.facts
	b.LedgerSince = f.now // of a new Redis
	if i := slices.IndexFunc(batches, func(b rollout.Batch) bool { return !b.LedgerSince.IsZero() }); i >= 0 {
		b.LedgerSince = batches[i].LedgerSince
	}
	if b.AllPaused, err = l.AllPaused(ctx); err != nil {
		return facts{}, err
	}
	f.batch, f.lookups, f.onceCalls = b, float64(p.Lookups), float64(onceSurvey+oncePerCountry*p.Countries)
	if f.budget.Rate.Calls == 0 && !f.unreadable {
		f.budget.Now, f.budget.Rate, f.budget.Part = f.now, p.Default, 1
		for _, q := range p.Quotas {
			f.budget.Quotas = append(f.budget.Quotas, throttle.Usage{Quota: q})
		}
	}
	if p.Rate.Calls > 0 {
		f.budget.Rate = p.Rate
		f.steps = ledger.Frequency{} // it was seen at another rate
	}
	return f, nil
}

// untilOrdered is the range of time until the last order is sent, as Forecast.Orders says.
func (f *forecast) untilOrdered() *Left {
	if f.own.orders == 0 || f.mayLackQuota() {
		return nil
	}
	s := span{f.course(0).ordered, f.course(1).ordered}
	if !s.isNarrow() {
		return nil
	}
	return f.newLeft(0, s)
}
