// When the last order is delivered, from the times that deliveries take and when orders are sent.

package progress

import (
	"math"
	"slices"
	"time"
)

const (
	// sentParts is the number of parts into which the time is divided in which orders are sent.
	sentParts = 20
	// lastParts is the same, for the last delivery.
	lastParts = 50
)

// setAges sets for how long orders have waited, the shortest first: at most some hundred, and for how many
// each stands.
func (f *forecast) setAges() {
	ages := make([]time.Duration, 0, len(f.orders))
	for _, at := range f.orders {
		ages = append(ages, f.now.Sub(at))
	}
	slices.Sort(ages)
	f.ages, f.perAge = thin(ages)
}

// sentAt is when each of so many parts of the orders is sent, if the last one is sent at ordered.
func (f *forecast) sentAt(parts int, ordered time.Duration) []time.Duration {
	sent, open := make([]time.Duration, parts), f.calendar.openWithin(ordered)
	for i := range sent {
		sent[i] = f.calendar.elapsed(open * time.Duration(2*i+1) / time.Duration(2*parts))
	}
	return sent
}

// deliveredBy is how many further sites of a course are delivered by t.
func (f *forecast) deliveredBy(took *distribution, c course, t time.Duration) (delivered float64) {
	for _, age := range f.ages {
		delivered += f.perAge * took.residual(age, t)
	}
	if c.orders == 0 {
		return delivered
	}
	for _, sent := range f.sentAt(sentParts, c.ordered) {
		delivered += float64(c.orders) / sentParts * took.cdf(t-sent)
	}
	return delivered
}

// addressesDuring is how many addresses are pushed while the orders are sent, in the hours of orders: those
// of sites that are delivered by then.
func (f *forecast) addressesDuring(took *distribution, c course) int {
	first := c.addresses - c.deliveries // of sites that are delivered already
	addresses := first
	for range 8 { // each address delays the last order, and so lets more deliveries come before it
		c.ordered = f.timeFor(c, c.orders+addresses, f.orderHours)
		next := first + int(f.deliveredDuring(took, c))
		if next == addresses {
			break
		}
		addresses = next
	}
	return addresses
}

// deliveredDuring is how many sites are delivered before the last order is sent and get their address in the
// hours of orders: outside them, only a strict batch leaves addresses for these hours. Those that use up a quota
// which the orders need count, too.
func (f *forecast) deliveredDuring(took *distribution, c course) float64 {
	delivered := f.deliveredBy(took, c, c.ordered)
	if f.batch.Plan.Strict {
		return delivered
	}
	closed := time.Duration(0)
	for _, o := range f.calendar.within(c.ordered) {
		if o.from > closed {
			delivered -= c.outside * (f.deliveredBy(took, c, o.from) - f.deliveredBy(took, c, closed))
		}
		closed = o.until
	}
	return delivered
}

// lastDelivery returns the time before which the last delivery comes with a probability; 0: it is not
// known, because orders have waited for longer than deliveries take.
func (f *forecast) lastDelivery(took *distribution, c course, probability float64) time.Duration {
	if len(f.ages) > 0 && took.cdf(f.ages[len(f.ages)-1]) >= 1 {
		return 0
	}
	var sentAt []time.Duration
	spread := float64(c.orders)
	if c.orders > 0 {
		sentAt = f.sentAt(lastParts, c.ordered)
	}
	if c.orders > 0 && !f.calendar.isAlwaysOpen() { // the last order may come in another window than most of the last part
		spread--
	}
	logAllBy := func(t time.Duration) float64 { // logarithm of the probability that all are delivered by t
		sum := 0.0
		for _, age := range f.ages {
			sum += f.perAge * math.Log(took.residual(age, t))
		}
		for _, sent := range sentAt {
			if spread > 0 {
				sum += spread / lastParts * math.Log(took.cdf(t-sent))
			}
		}
		if spread < float64(c.orders) {
			sum += math.Log(took.cdf(t - c.ordered))
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
