// This file tests the plot and the checks of this package with given data.

package virtual_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/rollout"
	"btrollout/internal/throttle"
)

// TestBands_EveryState holds that no site vanishes from the plot, whatever its state is.
func TestBands_EveryState(t *testing.T) {
	t.Parallel()
	var got []rollout.State
	for _, b := range bands {
		got = append(got, b.states...)
	}
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(slices.Values(rollout.States)), got); diff != "" {
		t.Errorf("the states of the bands (-want +got):\n%s", diff)
	}
}

// TestLimit_Exceeded holds that slots of three processes are found that come ten percent faster
// than the rate or the quota, whatever the networks, and that no slots of a right limiter are.
func TestLimit_Exceeded(t *testing.T) {
	t.Parallel()
	for _, calls := range []int{5, 40} {
		for _, network := range paces {
			for seed := range uint64(20) {
				rng := rand.New(rand.NewPCG(seed, 1))
				rate := limit{throttle.Rate{Calls: calls, Per: time.Second}, rateSpare}
				quota := limit{throttle.Rate{Calls: 60 * calls, Per: time.Minute}, quotaSpare}
				for want, speed := range map[bool]float64{false: 1 / (1 + rateSpare), true: 1.1} {
					span := slotsOf(rng, float64(calls)*speed, network)
					for _, l := range []limit{rate, quota} {
						if found := l.exceeded("slots", span, time.Time{}); (found != "") != want {
							t.Errorf("%v, network of %v, %v times as fast: found %q", l.Rate, network, speed, found)
						}
					}
				}
			}
		}
	}
}

// slotsOf are the slots of two minutes of three processes, which come as late as their networks
// and the limiter allow; some are of one that is faster.
func slotsOf(rng *rand.Rand, perSecond float64, network pace) (span []moment) {
	for i := range int(120 * perSecond) {
		late := time.Duration(rng.Int64N(int64(latestUse)))
		longest := []time.Duration{network.to, network.to, paces[0].to}[rng.IntN(3)]
		at := time.Duration(float64(i)/perSecond*float64(time.Second)) + late + time.Duration(rng.Int64N(int64(longest)))
		span = append(span, moment{time.Time{}.Add(at), slotParts * longest})
	}
	slices.SortFunc(span, func(a, b moment) int { return a.at.Compare(b.at) })
	return span
}
