// This file tests the plot and the checks of this package with given data.

package virtual_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/rollout"
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
