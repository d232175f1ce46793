// This file checks that rows do not follow another one that has ended, and are not left to one.

package virtual_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"btrollout/internal/judge"
	"btrollout/internal/rollout"
)

// keysOf returns the keys of the sites of right rows, by file and row number.
func keysOf(rows []judge.Row) map[string]map[string]string {
	keys := map[string]map[string]string{}
	for _, r := range rows {
		if keys[r.File] == nil {
			keys[r.File] = map[string]string{}
		}
		if r.Expected != judge.Wrong {
			keys[r.File][strconv.Itoa(r.Number)] = r.Key()
		}
	}
	return keys
}

// followsWithin is how long a row may follow when no row is ahead of it any more, while no act is
// under way: the sweep gives it its task sooner.
const followsWithin = time.Minute

// checkFollowing finds rows of batches that run that still follow another row, although no row of
// their site that came before them is open. Open are the states of sites by batch and row, of all
// batches that are not done. Only watch calls it.
func (w *world) checkFollowing(batches []rollout.Batch, open map[string]map[string]rollout.State) {
	before := w.follows
	w.follows = map[string]time.Time{}
	if !w.isCalm() {
		return
	}
	worked := map[string][]rollout.Batch{} // on a site, by key
	for _, b := range batches {
		for row, state := range open[b.ID] {
			if key := w.keys[b.File][row]; key != "" && !state.Final() {
				worked[key] = append(worked[key], b)
			}
		}
	}
	for _, b := range batches {
		for row, state := range open[b.ID] {
			if b.State != rollout.Running || state != rollout.Following ||
				slices.ContainsFunc(worked[w.keys[b.File][row]], func(o rollout.Batch) bool { return o.ID != b.ID && !o.Entered.After(b.Entered) }) {
				continue
			}
			site := b.ID + " row=" + row
			since, known := before[site]
			if !known {
				since = time.Now()
			}
			if w.follows[site] = since; time.Since(since) > followsWithin {
				w.addViolation("%s still follows, %s after the last row ahead of it has ended", site, time.Since(since))
				w.follows[site] = time.Now()
			}
		}
	}
}

// checkLeft finds a row that was left to another one that had ended before, as noteEnded noted. Progress
// is the JSON of the row's rollout.Progress. Only addUp calls it.
func (w *world) checkLeft(site, progress string) {
	if w.left[site] {
		return
	}
	w.left[site] = true
	if w.people.triedAgainLately() { // that one may have been open in between
		return
	}
	var p rollout.Progress
	if err := json.Unmarshal([]byte(progress), &p); err != nil || p.Elsewhere == nil {
		w.addViolation("the record of %s has no Elsewhere: %v", site, err)
		return
	}
	to := fmt.Sprintf("%s row=%d", p.Elsewhere.Batch, p.Elsewhere.Row)
	if noted, ended := w.hadEnded[to]; ended && time.Since(noted) >= w.set.watchEvery { // before the site was read without it
		w.addViolation("%s was left to %s, which had ended", site, to)
	}
}

// noteEnded notes which sites of a batch have ended, for rows that are left to them later. Only addUp calls it.
func (w *world) noteEnded(b rollout.Batch, states map[string]rollout.State) {
	for row, state := range states {
		site := b.ID + " row=" + row
		if !state.Final() {
			delete(w.hadEnded, site)
		} else if w.hadEnded[site].IsZero() {
			w.hadEnded[site] = time.Now()
		}
	}
}
