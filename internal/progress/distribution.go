// How long deliveries take, as far as that is known from those that came and from the orders that
// still wait.

package progress

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"btrollout/internal/ledger"
)

const (
	// fewestDeliveries is from how many deliveries on the time that others take is known.
	fewestDeliveries = 20
	// tailDeliveries is from how many of the longest deliveries the longer ones are estimated, at
	// least; of more than tailShare times as many, from one of tailShare.
	tailDeliveries = 10
	tailShare      = 5
	// classWidth is the width of a class of ledger.Delivery, as a part of its time.
	classWidth = 0.022
	// mostOpen is which part of the orders may have waited for so long, at most, that the time which
	// they take is not known.
	mostOpen = 0.05
)

// distribution is how long deliveries take: up to a threshold as they were seen to take (the
// estimator of Kaplan and Meier, because orders that still wait are known to take longer), and
// beyond that, as extreme values are distributed (a generalized Pareto distribution, with moments
// as those beyond the threshold have).
type distribution struct {
	points    []point // with growing times
	threshold time.Duration
	beyond    float64 // the part that takes longer than the threshold
	mean      float64 // by how much they do, in seconds
	shape     float64 // below 0: no delivery takes longer than a certain time
	deviation float64 // the standard error of shape
	scale     float64 // seconds
}

// point says which part of all deliveries takes a time at most, and how many were seen to take it.
type point struct {
	at     time.Duration
	part   float64
	orders int
}

// deliveryTimes are the times that deliveries take: by the batch's own if these are enough, else by
// those of earlier batches, too. nil: that is not known.
func (f facts) deliveryTimes() *distribution {
	waits := longerThan(f.pace.Unseen)
	for _, at := range f.orders {
		waits = append(waits, f.now.Sub(at))
	}
	if d := newDistribution(f.pace.Deliveries, waits); d != nil {
		return d
	}
	all := f.pace.Deliveries
	for _, p := range f.history {
		all, waits = slices.Concat(all, p.Deliveries), append(waits, longerThan(p.Unseen)...)
	}
	return newDistribution(merged(all), waits)
}

// longerThan has one time for each of the deliveries.
func longerThan(unseen []ledger.Delivery) (times []time.Duration) {
	for _, d := range unseen {
		times = append(times, slices.Repeat([]time.Duration{d.After}, d.Orders)...)
	}
	return times
}

// merged sorts deliveries, and has one entry for each time.
func merged(deliveries []ledger.Delivery) []ledger.Delivery {
	orders := map[time.Duration]int{}
	for _, d := range deliveries {
		orders[d.After] += d.Orders
	}
	list := make([]ledger.Delivery, 0, len(orders))
	for _, after := range slices.Sorted(maps.Keys(orders)) {
		list = append(list, ledger.Delivery{After: after, Orders: orders[after]})
	}
	return list
}

// newDistribution makes the distribution of deliveries, the shortest first, beside orders that are
// known to take longer than some time; nil if too little is known.
func newDistribution(deliveries []ledger.Delivery, waits []time.Duration) *distribution {
	n := 0
	for _, d := range deliveries {
		n += d.Orders
	}
	if n < fewestDeliveries {
		return nil
	}
	waits = slices.Sorted(slices.Values(waits))
	atRisk, open := n+len(waits), 1.0
	var d distribution
	for _, class := range deliveries {
		for len(waits) > 0 && float64(waits[0]) < float64(class.After)*(1-classWidth/2) {
			waits, atRisk = waits[1:], atRisk-1
		}
		open *= 1 - float64(class.Orders)/float64(atRisk)
		atRisk -= class.Orders
		d.points = append(d.points, point{class.After, 1 - open, class.Orders})
	}
	if open > mostOpen {
		return nil
	}
	d.fitTail(max(tailDeliveries, n/tailShare))
	return &d
}

// fitTail estimates how long the longest deliveries take, from so many of the longest that were seen.
func (d *distribution) fitTail(atLeast int) {
	first := len(d.points)
	for tail := 0; first > 1 && tail < atLeast; {
		first--
		tail += d.points[first].orders
	}
	tail := d.points[first:]
	d.points = d.points[:first]
	d.threshold, d.beyond = d.points[first-1].at, 1-d.points[first-1].part
	before := d.points[first-1].part
	var all, sum, squares, spread float64
	for _, p := range tail {
		weight, excess := p.part-before, (p.at - d.threshold).Seconds()
		before = p.part
		all += weight
		sum += weight * excess
		squares += weight * excess * excess
		spread += weight * weight / float64(p.orders)
	}
	if all == 0 || sum == 0 { // all took the same time
		d.setTail(max(1e-3, d.threshold.Seconds()*classWidth), -1, 0)
		return
	}
	mean := sum / all
	variance := max(squares/all-mean*mean, mean*mean/3)
	d.setTail(mean, (1-mean*mean/variance)/2, math.Sqrt(spread)/all)
}

// setTail sets the tail by its mean.
func (d *distribution) setTail(mean, shape, standardError float64) {
	d.mean, d.deviation = mean, standardError
	d.shape = min(max(shape, -1), 0.4)
	d.scale = mean * (1 - d.shape)
}

// longer returns the distribution with a tail that is so many standard errors longer; below 0:
// shorter.
func (d *distribution) longer(by float64) *distribution {
	other := *d
	other.setTail(d.mean*(1+by*d.deviation/2), d.shape+by*d.deviation, d.deviation)
	return &other
}

// cdf is the part of all deliveries that takes a time at most.
func (d *distribution) cdf(t time.Duration) float64 {
	if t > d.threshold {
		excess := (t - d.threshold).Seconds() / d.scale
		left := math.Exp(-excess)
		if math.Abs(d.shape) > 1e-6 {
			left = math.Pow(max(0, 1+d.shape*excess), -1/d.shape)
		}
		return 1 - d.beyond*left
	}
	after, found := slices.BinarySearchFunc(d.points, t, func(p point, t time.Duration) int { return cmp.Compare(p.at, t) })
	switch {
	case found:
		return d.points[after].part
	case after == 0: // between none and the shortest
		return d.points[0].part * max(0, 1-(d.points[0].at-t).Seconds()/(d.points[0].at.Seconds()*classWidth))
	}
	a, b := d.points[after-1], d.points[after]
	return a.part + (b.part-a.part)*float64(t-a.at)/float64(b.at-a.at)
}

// residual is the part of the deliveries that take longer than age which comes within t more.
func (d *distribution) residual(age, t time.Duration) float64 {
	before := d.cdf(age)
	if before >= 1 {
		return 1
	}
	return max(0, d.cdf(age+t)-before) / (1 - before)
}
