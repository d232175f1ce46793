// This file tests the rows of files that grow.

package judge_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/judge"
)

func TestMakeGrowingRows(t *testing.T) {
	t.Parallel()
	sizes := []int{50, 50, 80}
	all := judge.MakeGrowingRows(rand.New(rand.NewPCG(1, 1)), judge.Growth{Sizes: sizes, Moved: 10, Wrong: true})
	var before []judge.Row
	for night, size := range sizes {
		rows := slices.DeleteFunc(slices.Clone(all), func(r judge.Row) bool { return r.File != judge.NightFile(night) })
		right, moved := 0, 0
		for i, r := range rows {
			if r.Number != i+2 {
				t.Errorf("%s is row %d of its file", r, i+2)
			}
			if r.Expected == judge.Bought {
				right++
			}
			if i >= len(before) {
				continue
			}
			if r.Name() != before[i].Name() || r.Expected != before[i].Expected {
				t.Errorf("%s was %s the night before", r, before[i])
			}
			if cmp.Diff(r.Cells, before[i].Cells) != "" {
				moved++
			}
			if r.Expected == judge.Wrong && r.Cells["hno"] != before[i].Cells["hno"] {
				t.Errorf("%s has another address", r)
			}
		}
		if right != size || len(rows) < len(before) || night > 0 && (moved == 0 || moved > size/4) {
			t.Errorf("night %d: %d right rows, want %d, and %d with another address", night, right, size, moved)
		}
		before = rows
	}
}

// TestMakeGrowingRows_Labels holds that labels change, and nothing else if no row is moved.
func TestMakeGrowingRows_Labels(t *testing.T) {
	t.Parallel()
	sizes := []int{40, 40}
	rows := judge.MakeGrowingRows(rand.New(rand.NewPCG(1, 1)), judge.Growth{Sizes: sizes, Relabeled: 5})
	if len(rows) != 80 {
		t.Fatalf("%d rows", len(rows))
	}
	changed := 0
	for i, r := range rows[:40] {
		later := rows[40+i]
		if later.Cells["customerSiteLabel"] != r.Cells["customerSiteLabel"] {
			changed++
		}
		if diff := cmp.Diff(r.Address, later.Address); diff != "" || later.Name() != r.Name() {
			t.Errorf("%s is %s the night before, address:\n%s", later, r, diff)
		}
	}
	if changed == 0 || changed > 20 {
		t.Errorf("%d labels changed", changed)
	}
}
