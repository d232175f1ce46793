// This file tests how the times that deliveries take are estimated.

package progress

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"btrollout/internal/ledger"
)

// inClasses counts deliveries by the classes of the ledger, of which there are 32 to each doubling.
func inClasses(took []time.Duration) []ledger.Delivery {
	var classes []ledger.Delivery
	for _, d := range slices.Sorted(slices.Values(took)) {
		class := math.Floor(math.Log2(float64(d.Milliseconds())) * 32)
		after := time.Duration(math.Exp2((class+0.5)/32) * float64(time.Millisecond))
		if last := len(classes) - 1; last >= 0 && classes[last].After == after {
			classes[last].Orders++
		} else {
			classes = append(classes, ledger.Delivery{After: after, Orders: 1})
		}
	}
	return classes
}

func TestDistribution_AllTheSame(t *testing.T) {
	t.Parallel()
	for _, orders := range []int{fewestDeliveries, 1000} {
		d := newDistribution([]ledger.Delivery{{After: time.Minute, Orders: orders}}, nil)
		if d == nil {
			t.Fatalf("%d deliveries are not enough", orders)
		}
		for at, want := range map[time.Duration]float64{58 * time.Second: 0, time.Minute: 1, 62 * time.Second: 1} {
			for _, errors := range []float64{-shorterErrors, 0, longerErrors} {
				if got := d.longer(errors).cdf(at); math.Abs(got-want) > 1e-9 {
					t.Errorf("by %s, %g of %d deliveries have come, want %g", at, got, orders, want)
				}
			}
		}
		if got := d.residual(30*time.Second, 31*time.Second); got != 1 {
			t.Errorf("after half a minute, %g come within another 31 s", got)
		}
	}
}

func TestDistribution_TooFewDeliveries(t *testing.T) {
	t.Parallel()
	for orders, known := range map[int]bool{0: false, fewestDeliveries - 1: false, fewestDeliveries: true} {
		deliveries := []ledger.Delivery{{After: time.Minute, Orders: orders / 2}, {After: 2 * time.Minute, Orders: orders - orders/2}}
		if d := newDistribution(deliveries, nil); (d != nil) != known {
			t.Errorf("of %d deliveries, the distribution is %+v", orders, d)
		}
	}
	if d := newDistribution(nil, []time.Duration{time.Hour}); d != nil {
		t.Errorf("of no deliveries, the distribution is %+v", d)
	}
}

// How long deliveries take is not known if more than a twentieth of the orders has waited for longer
// than all that were delivered.
func TestDistribution_OrdersThatStillWait(t *testing.T) {
	t.Parallel()
	var took []time.Duration
	for i := range 95 {
		took = append(took, time.Duration(100+i)*time.Second)
	}
	for _, c := range []struct {
		waits int
		age   time.Duration
		known bool
	}{
		{5, time.Hour, true}, {6, time.Hour, false}, {100, 50 * time.Second, true}, {100, time.Second, true},
	} {
		d := newDistribution(inClasses(took), slices.Repeat([]time.Duration{c.age}, c.waits))
		if (d != nil) != c.known {
			t.Errorf("of 95 deliveries and %d orders that have waited %s, the distribution is known: %t", c.waits, c.age, d != nil)
		}
	}
	// Half of the orders had waited for less than all others took: these do not change anything.
	few := newDistribution(inClasses(took), nil)
	many := newDistribution(inClasses(took), slices.Repeat([]time.Duration{50 * time.Second}, 95))
	for at := 100 * time.Second; at < 200*time.Second; at += time.Second {
		if a, b := few.cdf(at), many.cdf(at); math.Abs(a-b) > 1e-9 {
			t.Errorf("by %s, %g have come; beside orders that were made just now, %g", at, a, b)
		}
	}
}

// Of times that are spread evenly, the longest is estimated within a tenth.
func TestDistribution_Uniform(t *testing.T) {
	t.Parallel()
	const shortest, longest = 1000., 2000. // seconds
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		took := make([]time.Duration, 50+r.IntN(500))
		for i := range took {
			took[i] = time.Duration((shortest + r.Float64()*(longest-shortest)) * float64(time.Second))
		}
		d := newDistribution(inClasses(took), nil)
		if d == nil {
			t.Fatalf("%d deliveries are not enough", len(took))
		}
		got := d.threshold.Seconds()
		for d.cdf(time.Duration(got*float64(time.Second))) < 0.999 {
			got++
		}
		if got < longest*0.9 || got > longest*1.1 {
			t.Errorf("of %d deliveries, the longest is estimated as %g s, want %g (%+v)", len(took), got, longest, d)
		}
		before := 0.
		for at := time.Second; at < 3000*time.Second; at += time.Second {
			part := d.cdf(at)
			if part < before || part > 1 {
				t.Fatalf("by %s, %g have come, before %g", at, part, before)
			}
			before = part
		}
	}
}

// Deliveries that nobody saw are known to take longer than until the last poll before them: without
// them, only the quick ones would count.
func TestDistribution_UnseenDeliveries(t *testing.T) {
	t.Parallel()
	f := facts{pace: ledger.Pace{
		Deliveries: []ledger.Delivery{{After: time.Minute, Orders: 40}},
		Unseen:     []ledger.Delivery{{After: 2 * time.Minute, Orders: 60}},
	}}
	if d := f.deliveryTimes(); d != nil {
		t.Errorf("of 100 deliveries, 60 took longer than those that were seen; the distribution is %+v", d)
	}
	f.history = []ledger.Pace{{
		Deliveries: []ledger.Delivery{{After: 3 * time.Minute, Orders: 300}},
		Unseen:     []ledger.Delivery{{After: time.Minute, Orders: 30}},
	}}
	d := f.deliveryTimes()
	if d == nil {
		t.Fatal("with those of an earlier batch, the distribution is unknown")
	}
	if part := d.cdf(time.Minute); part < 0.09 || part > 0.11 {
		t.Errorf("%g of the deliveries come within a minute, want a tenth", part)
	}
}
