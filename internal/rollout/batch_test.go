// The form of a country code.

package rollout_test

import (
	"testing"

	"btrollout/internal/rollout"
)

func TestIsISO2(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		"FR": true, "ZZ": true, "": false, "F": false, "FRA": false, "fr": false, "F1": false, "É": false, "12": false, "F\n": false,
	} {
		if got := rollout.IsISO2(code); got != want {
			t.Errorf("%q: %v", code, got)
		}
	}
}
