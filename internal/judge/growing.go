// This file makes the rows of a rollout whose files grow from night to night.

package judge

import "math/rand/v2"

// MakeGrowingRows makes the rows of a master file that is uploaded each night, as it is by then:
// the file of night i, NightFile(i), has sizes[i] right rows and some wrong ones. It begins with
// the rows of the night before, of which one in changed has another address. The sizes must not
// fall. Equal arguments make equal rows.
func MakeGrowingRows(rng *rand.Rand, sizes []int, changed int) []Row {
	m := maker{rng, map[string]bool{}, false}
	var all, master []Row
	sites := 0
	for i, mistake := range mistakes {
		r := m.newSite("", i)
		r.Expected = Wrong
		mistake(r.Cells)
		master = append(master, r)
	}
	for night, size := range sizes {
		for i, r := range master {
			if master[i].File = NightFile(night); r.Expected == Bought && rng.IntN(changed) == 0 {
				master[i] = m.moved(master[i])
			}
		}
		for ; sites < size; sites++ {
			master = append(master, m.newSite(NightFile(night), len(mistakes)+sites))
		}
		all = append(all, numbered(master)...)
	}
	return all
}
