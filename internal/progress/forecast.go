// The time left, from the calls that are still needed and the time that deliveries take.

package progress

import (
	"math"
	"slices"
	"time"

	"btrollout/internal/rollout"
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
	// quotaFree is the used part of a quota up to which it holds up no call.
	quotaFree = 0.8
	// steadyQuota is the longest period of a quota that holds up calls so often that it only makes
	// them less frequent.
	steadyQuota = 5 * time.Minute
	// The longest deliveries may be by so many standard errors shorter and longer than estimated.
	shorterErrors = 2
	longerErrors  = 1.7
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

// left is the range of time in which the batch will be done; nil: that is not known.
func (f facts) left() *Left {
	if f.batch.Counts[rollout.Following] > 0 || f.budget.Rate.Calls == 0 {
		return nil
	}
	if f.batch.IsPaused() || f.batch.Cancelled != rollout.NotCancelled || len(f.pausedQueues()) > 0 {
		return nil
	}
	own := stepsOf(f.batch)
	fewestOthers, mostOthers := f.stepsOfOthers(own)
	fewest, most := work{own, fewestOthers, fewestCalls}, work{own, mostOthers, mostCalls}
	inWindows := own.all() // of the steps, those that are only done while the batch may order
	if len(f.batch.Plan.Windows) > 0 && !f.batch.Plan.Strict {
		inWindows = own.orders
	}
	soonest, latest := f.timeFor(fewest, inWindows), f.timeFor(most, own.all())
	if own.deliveries > 0 {
		took := f.deliveryTimes()
		if took == nil {
			return nil
		}
		first := f.lastDelivery(took.longer(-shorterErrors), fewest, tooEarly)
		last := f.lastDelivery(took.longer(longerErrors), most, tooLate)
		if last == 0 {
			return nil
		}
		soonest, latest = max(soonest, first), max(latest, last+f.mayDoubt())
	}
	silence := max(f.budget.Pause, f.budget.Full) // while no delivery is noticed
	soonest, latest = max(soonest, silence), max(latest, silence)+endMargin
	left := newLeft(soonest, latest)
	if float64(left.MostSeconds-left.LeastSeconds) > widest*float64(left.MostSeconds+left.LeastSeconds) {
		return nil
	}
	return left
}

// stepsOfOthers is how many steps of other batches come before the last one of the batch, at least and
// at most: batches take turns, and urgent ones have all turns but one of eight. How many sites of the others
// were admitted before is not known.
func (f facts) stepsOfOthers(own steps) (least, most int) {
	for _, o := range f.others {
		theirs := stepsOf(o)
		n := theirs.all()
		share := own.all()
		switch urgent := o.Plan.Urgent; {
		case own.orders == 0: // an address comes before any order
			n = theirs.addresses - theirs.deliveries
		case urgent && !f.batch.Plan.Urgent:
			share *= otherTurns
		case !urgent && f.batch.Plan.Urgent:
			share /= otherTurns
		}
		if !f.isOpen(o) {
			n = theirs.addresses
		}
		likely := min(n, share)
		least += max(0, likely-admitted)
		most += min(n, likely+admitted)
	}
	return least, most
}

const (
	// otherTurns is how many turns urgent batches have for each one of others.
	otherTurns = 7
	// admitted is how many steps of another batch may come before those of the batch, because its sites
	// were admitted before.
	admitted = 40
)

// work is what is to be done.
type work struct {
	steps
	others int     // steps of other batches that come before the last one of the batch
	part   float64 // how many calls are made instead of one that is expected
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
// they need.
func (f facts) timeFor(w work, steps int) time.Duration {
	if steps == 0 {
		return 0
	}
	calls, perSecond := float64(steps+w.others)*callsPerStep*w.part, 0.0
	if f.isPaced() {
		perSecond = f.steps.PerSecond * callsPerStep
	}
	if w.orders == 0 {
		return f.firstAddress() + f.budget.TimeFor(calls, perSecond)
	}
	return f.elapsed(f.firstOrder() + f.budget.TimeFor(calls, perSecond))
}

// isPaced reports whether the frequency of steps says how fast further ones are: sites wait for their
// calls, and no quota held them up.
func (f facts) isPaced() bool {
	for _, q := range f.budget.Quotas {
		if q.Quota.Per > steadyQuota && float64(q.Used) > quotaFree*float64(q.Quota.Calls) {
			return false
		}
	}
	return f.steps.Seen >= seenSteps && f.budget.Pause == 0 &&
		f.batch.Counts[rollout.Imported]+f.batch.Counts[rollout.Validated] > 0
}

// addressesDuring is how many addresses are pushed while the orders are sent: those of sites that
// are delivered by then.
func (f facts) addressesDuring(took *distribution, w work) int {
	first := w.addresses - w.deliveries // of sites that are delivered already
	addresses := first
	for range 8 { // each address delays the last order, and so lets more deliveries come before it
		during := f.timeFor(w, w.orders+addresses)
		delivered := 0.0
		for _, at := range f.orders {
			delivered += took.residual(f.now.Sub(at), during)
		}
		const parts = 20
		for i := range parts {
			delivered += float64(w.orders) / parts * took.cdf(during*time.Duration(i)/parts)
		}
		next := first + int(delivered)
		if next == addresses {
			break
		}
		addresses = next
	}
	return addresses
}

// lastDelivery returns the time before which the last delivery comes with a probability; 0: it is not
// known, because orders have waited for longer than deliveries take.
func (f facts) lastDelivery(took *distribution, w work, probability float64) time.Duration {
	during := time.Duration(0) // while orders are sent
	if w.orders > 0 {
		during = f.timeFor(w, w.orders+f.addressesDuring(took, w))
	}
	ages := make([]time.Duration, 0, len(f.orders))
	for _, at := range f.orders {
		ages = append(ages, f.now.Sub(at))
	}
	slices.Sort(ages)
	if len(ages) > 0 && took.cdf(ages[len(ages)-1]) >= 1 {
		return 0
	}
	ages, weight := thin(ages)
	const parts = 50
	var sentAt [parts]time.Duration // when each part of the orders is sent
	if w.orders > 0 {
		open := f.openWithin(during)
		for i := range sentAt {
			sentAt[i] = f.elapsed(open * time.Duration(2*i+1) / (2 * parts))
		}
	}
	logAllBy := func(t time.Duration) float64 { // logarithm of the probability that all are delivered by t
		sum := 0.0
		for _, age := range ages {
			sum += weight * math.Log(took.residual(age, t))
		}
		if w.orders > 0 {
			for i := range parts {
				sent := sentAt[i]
				sum += float64(w.orders) / parts * math.Log(took.cdf(t-sent))
			}
		}
		return sum
	}
	low, high := time.Duration(0), furthest
	for range 60 {
		middle := low + (high-low)/2
		if logAllBy(middle) < math.Log(probability) {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// furthest is how far ahead a forecast looks.
const furthest = 365 * 24 * time.Hour

// thin returns at most some hundred of sorted ages, and for how many each stands.
func thin(ages []time.Duration) ([]time.Duration, float64) {
	const most = 200
	if len(ages) <= most {
		return ages, 1
	}
	thinned := make([]time.Duration, most)
	for i := range thinned {
		thinned[i] = ages[(2*i+1)*len(ages)/(2*most)]
	}
	return thinned, float64(len(ages)) / most
}
