// The time left, from the calls that are still needed and the time that deliveries take.

package progress

import (
	"time"

	"btrollout/internal/rollout"
	"btrollout/internal/throttle"
)

const (
	// callsPerStep is how many calls are made for an order or an address: polls and surveys come on
	// top.
	callsPerStep = 1.06
	// seenSteps is from how many steps on their frequency is what can be expected, however slow the
	// rate lets it be.
	seenSteps = 40
	// widest is how far the ends of a range may be from its middle, as a part of that. A wider one
	// tells nobody anything.
	widest = 0.25
	// The parts of the likely times of the last delivery that lie before and after the range.
	tooEarly, tooLate = 0.03, 0.985
	// How many calls are made instead of one that is expected: at least, and at most.
	fewestCalls, mostCalls = 0.9, 1.12
	// The longest deliveries may be by so many standard errors shorter and longer than estimated.
	shorterErrors = 2
	longerErrors  = 1.7
	// reopening is how long it takes at most, after a window has opened or a quota has allowed calls again, until
	// orders are polled.
	reopening = 75 * time.Second
	// inFlight is how long after a window has closed the last calls end, at most.
	inFlight = 30 * time.Second
	// admitted is how many steps of another batch may come before those of the batch, because its sites
	// were admitted before.
	admitted = 40
	// endMargin is the time after the last address within which the batch is done.
	endMargin = 3 * time.Second
)

// steps counts the orders and addresses that sites still need.
type steps struct{ orders, addresses, deliveries int }

func (s steps) all() int { return s.orders + s.addresses }

// stepsOf are the steps that a batch still needs: an order makes a delivery, and each delivery an
// address.
func stepsOf(b rollout.Batch) steps {
	if b.State != rollout.Running || b.IsPaused() || b.Cancelled != rollout.NotCancelled {
		return steps{}
	}
	orders := b.Counts[rollout.Imported] + b.Counts[rollout.Validated] + b.Counts[rollout.Ordering]
	ordered := b.Counts[rollout.Ordered]
	return steps{orders: orders, deliveries: orders + ordered, addresses: orders + ordered + b.Counts[rollout.Delivered]}
}

// forecast estimates when the batch is done.
type forecast struct {
	facts
	own      steps
	calendar *calendar
	took     *distribution // how long deliveries take; nil: that is not known, or none is needed
	ages     []time.Duration
	perAge   float64 // orders for each of ages
	least    float64 // steps of other batches that come before the last one of the batch, at least,
	most     float64 // and at most
	// quotaBinds: a quota delays the orders, and calls outside the windows use it up, too.
	quotaBinds bool
}

func (f facts) forecast() *forecast {
	c := &forecast{facts: f, own: stepsOf(f.batch), calendar: newCalendar(f.batch, f.now)}
	if c.own.deliveries > 0 {
		c.took = f.deliveryTimes()
	}
	c.setAges()
	c.least, c.most = c.stepsOfOthers()
	c.quotaBinds = c.doesQuotaBind()
	return c
}

// left is the range of time in which the batch will be done; nil: that is not known.
func (f facts) left() *Left {
	if f.batch.Counts[rollout.Following] > 0 || f.budget.Rate.Calls == 0 {
		return nil
	}
	if f.batch.IsPaused() || f.batch.Cancelled != rollout.NotCancelled || len(f.pausedQueues()) > 0 {
		return nil
	}
	return f.forecast().left()
}

// span is a range of times from now.
type span struct{ soonest, latest time.Duration }

// rounded is the span in whole seconds, not shorter than it was.
func (s span) rounded() span {
	return span{s.soonest.Truncate(time.Second), (s.latest + time.Second - 1).Truncate(time.Second)}
}

// isNarrow reports whether the span tells something.
func (s span) isNarrow() bool {
	told := s.rounded()
	return told.latest < furthest && float64(told.latest-told.soonest) <= widest*float64(told.latest+told.soonest)
}

func (f *forecast) left() *Left {
	if f.own.deliveries > 0 && f.took == nil || f.mayLackQuota() {
		return nil
	}
	first, last := f.course(0), f.course(1)
	soonest, known := f.soonest(first)
	latest, alsoKnown := f.latest(last)
	if !known || !alsoKnown {
		return nil
	}
	silence := max(f.budget.Pause, f.budget.Full) // while no delivery is noticed
	whole := span{max(soonest, silence), max(latest, silence) + endMargin}
	if whole.isNarrow() {
		return f.newLeft(0, whole)
	}
	within, later, closes := f.split(first, last, whole)
	if closes == 0 || !within.isNarrow() || !later.isNarrow() || within.latest >= later.soonest {
		return nil
	}
	return f.newLeft(closes, within, later)
}

// course is how the batch goes if a part of what is uncertain takes time.
type course struct {
	steps
	others  float64       // steps of other batches that come before the last one of the batch
	part    float64       // how many calls are made instead of one that is expected
	lookups float64       // calls besides, before the orders
	outside float64       // the part of the addresses pushed outside windows that delays no order
	ordered time.Duration // when the last order is sent; 0: none is left
	called  time.Duration // when the last call is made, if no delivery is waited for
	stopped bool          // a quota stops calls for long before called
}

// course returns the course at x: from 0, if all that is uncertain is short, to 1, if it is long.
func (f *forecast) course(x float64) course {
	c := course{steps: f.own, others: f.least + x*(f.most-f.least), part: fewestCalls + x*(mostCalls-fewestCalls)}
	c.lookups, c.outside = f.lookups+x*f.onceCalls, 1
	if f.quotaBinds {
		c.outside = 1 - x
		ordered := f.orderedAt(c, x)
		c.lookups += x * f.pollsWithin(ordered-f.calendar.openWithin(ordered)) // while the windows are closed
	}
	if c.orders == 0 {
		c.called, c.stopped = f.calledAt(c, f.addressHours(0))
		return c
	}
	c.ordered = f.orderedAt(c, x)
	c.called, c.stopped = f.calledAt(c, f.addressHours(c.ordered))
	return c
}

// orderedAt is when the last order of the course at x is sent.
func (f *forecast) orderedAt(c course, x float64) time.Duration {
	meanwhile := c.addresses - c.deliveries
	if f.took != nil {
		meanwhile = f.addressesDuring(f.took.longer(-shorterErrors+x*(shorterErrors+longerErrors)), c)
	}
	return f.timeFor(c, c.orders+meanwhile, f.orderHours)
}

// soonest is the least time until the last site of a course has its address; false: that is not known.
func (f *forecast) soonest(c course) (time.Duration, bool) {
	if c.deliveries == 0 {
		return c.called, true
	}
	last := f.lastDelivery(f.took.longer(-shorterErrors), c, tooEarly)
	return max(c.called, f.noticed(last)), last > 0
}

// latest is the most time until the last site of a course has its address; false: that is not known.
func (f *forecast) latest(c course) (time.Duration, bool) {
	if c.deliveries == 0 {
		return c.resumed(resuming), true
	}
	took := f.took.longer(longerErrors)
	last := f.lastDelivery(took, c, tooLate)
	end := last + f.mayDoubt() + f.betweenPolls()
	if at := f.noticed(end); at > end { // it waits for a window, with others
		closed := f.calendar.lastClosing(end)
		waiting := f.deliveredBy(took, c, end) - f.deliveredBy(took, c, closed) + 1
		end = at + reopening + f.budget.TimeFor(waiting*callsPerStep*c.part, 0, nil)
	}
	end = max(end, c.resumed(reopening))
	return max(end, f.calledBesidePolls(c, end)), last > 0
}

// noticed is when a delivery is noticed that comes at a time.
func (f *forecast) noticed(at time.Duration) time.Duration {
	if f.batch.Plan.Strict {
		at, _ = f.calendar.hours(at)
	}
	return at
}

// split divides a range by the window that may or may not suffice, which closes at closes; 0: no single
// window decides.
func (f *forecast) split(first, last course, whole span) (within, later span, closes time.Duration) {
	soonest, latest := first.ordered, last.ordered
	if f.batch.Plan.Strict {
		soonest, latest = whole.soonest, whole.latest
	}
	_, closes = f.calendar.hours(max(0, soonest-f.interval()))
	opens, until := f.calendar.hours(closes)
	if latest < opens || latest > until+f.interval() || opens >= furthest {
		return span{}, span{}, 0
	}
	within, later = span{whole.soonest, closes + inFlight + endMargin}, span{opens, whole.latest}
	if f.batch.Plan.Strict {
		return within, later, closes
	}
	low, high := 0.0, 1.0
	for range 20 {
		if middle := (low + high) / 2; f.course(middle).ordered < opens {
			low = middle
		} else {
			high = middle
		}
	}
	end, known := f.latest(f.course(low))
	begin, alsoKnown := f.soonest(f.course(high))
	if !known || !alsoKnown {
		return span{}, span{}, 0
	}
	return span{whole.soonest, end + endMargin}, span{begin, whole.latest}, closes
}

// interval is the time between two calls, with a margin for rounding.
func (f *forecast) interval() time.Duration { return 2 * f.budget.Rate.Interval() }

// orderHours are the throttle.Hours of orders.
func (f *forecast) orderHours(t time.Duration) (from, until time.Duration) {
	return f.calendar.hours(max(t, f.firstOrder()))
}

// addressHours are the throttle.Hours of calls, of which those before the last order are made in the hours
// of orders.
func (f *forecast) addressHours(ordered time.Duration) func(t time.Duration) (from, until time.Duration) {
	return func(t time.Duration) (from, until time.Duration) {
		switch t = max(t, f.firstAddress()); {
		case t < ordered:
			return f.orderHours(t)
		case f.batch.Plan.Strict:
			return f.calendar.hours(t)
		}
		return t, furthest
	}
}

// stepsOfOthers is how many steps of other batches come before the last one of the batch, at least and
// at most: batches take turns with their orders, and urgent ones have all turns but one of eight. Addresses
// come before orders. How many sites of the others were admitted before is not known.
func (f *forecast) stepsOfOthers() (least, most float64) {
	if len(f.others) == 0 {
		return 0, 0
	}
	alone := course{steps: f.own, part: 1, lookups: f.lookups}
	length := f.timeFor(alone, alone.all(), f.orderHours)
	for _, o := range f.others {
		theirs := stepsOf(o)
		if f.own.orders == 0 { // an address comes before any order
			n := float64(theirs.addresses - theirs.deliveries)
			least, most = least+max(0, min(n, float64(f.own.all()))-admitted), most+n
			continue
		}
		share := float64(f.own.all())
		switch urgent := o.Plan.Urgent; {
		case urgent && !f.batch.Plan.Urgent:
			share *= rollout.UrgentTurns
		case !urgent && f.batch.Plan.Urgent:
			share /= rollout.UrgentTurns
		}
		all := float64(theirs.all())
		if calendar := newCalendar(o, f.now); !calendar.isAlwaysOpen() {
			open := f.calendar.overlap(calendar, length)
			share *= open
			if open == 0 {
				all = float64(theirs.addresses - theirs.orders)
			}
		}
		likely := min(all, share)
		least += max(0, likely-admitted)
		most += min(all, likely+admitted)
	}
	return least, most
}

// mayDoubt is how long the look-up of orders takes whose answers were lost, if there may be any: of
// sites that are being ordered although no others wait for that.
func (f facts) mayDoubt() time.Duration {
	c := f.batch.Counts
	if c[rollout.Ordering] == 0 || c[rollout.Imported]+c[rollout.Validated] > 0 {
		return 0
	}
	return f.recoveryDelay()
}

// timeFor is how long so many of the steps take, after those of other batches, if calls are all that
// they need, and are made in some hours.
func (f *forecast) timeFor(c course, steps int, hours throttle.Hours) time.Duration {
	return f.timeWithin(f.budget, c, steps, hours)
}

// timeWithin is timeFor within a budget.
func (f *forecast) timeWithin(budget throttle.Status, c course, steps int, hours throttle.Hours) time.Duration {
	if steps == 0 {
		return 0
	}
	calls, perSecond := ((float64(steps)+c.others)*callsPerStep+c.lookups)*c.part, 0.0
	if f.isPaced() {
		perSecond = f.facts.steps.PerSecond * callsPerStep
	}
	return budget.TimeFor(calls, perSecond, hours)
}
