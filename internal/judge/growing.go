// This file makes the rows of a rollout whose files grow from night to night.

package judge

import (
	"fmt"
	"maps"
	"math/rand/v2"
)

// Growth says how a master file that is uploaded each night changes from night to night.
type Growth struct {
	Sizes     []int // right rows, by night; they must not fall
	Moved     int   // one in so many right rows has another address than the night before; 0: none
	Relabeled int   // one in so many right rows has another customerSiteLabel than the night before; 0: none
	Wrong     bool  // some rows are wrong, each night the same
}

// MakeGrowingRows makes the rows of a master file, as it is on each night: the file of night i,
// NightFile(i), begins with the rows of the night before. Equal arguments make equal rows.
func MakeGrowingRows(rng *rand.Rand, g Growth) []Row {
	m := maker{rng, map[string]bool{}, false}
	var all, master []Row
	if g.Wrong {
		for i, mistake := range mistakes {
			r := m.newSite("", i)
			r.Expected = Wrong
			mistake(r.Cells)
			master = append(master, r)
		}
	}
	sites := 0
	for night, size := range g.Sizes {
		for i, r := range master {
			if master[i].File = NightFile(night); r.Expected != Bought {
				continue
			}
			if g.Moved > 0 && rng.IntN(g.Moved) == 0 {
				master[i] = m.moved(master[i])
			}
			if g.Relabeled > 0 && rng.IntN(g.Relabeled) == 0 {
				master[i].Cells = maps.Clone(master[i].Cells)
				master[i].Cells["customerSiteLabel"] = fmt.Sprintf("Filiale no %d, depuis la nuit %d", i, night)
			}
		}
		for ; sites < size; sites++ {
			master = append(master, m.newSite(NightFile(night), len(mistakes)+sites))
		}
		all = append(all, numbered(master)...)
	}
	return all
}
