// This file checks the promises of a run: while it goes on, and at its end.

package virtual_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btsim"
	"btrollout/internal/judge"
	"btrollout/internal/rollout"
)

// watch checks that the counts of all batches add up, until ctx ends.
func (w *world) watch(ctx context.Context) {
	tick := time.NewTicker(w.set.watchEvery)
	defer tick.Stop()
	seen, running := map[string]rollout.BatchState{}, map[string]time.Time{} // since when, with no act under way
	for ticks := 1; ; ticks++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		seldom := ticks%max(1, int(handBackEvery/w.set.watchEvery)) == 0
		if seldom {
			w.checkHandedBack(ctx)
		}
		known, restores := w.held.current(), w.restores.Load()
		batches, err := w.direct.Batches(ctx)
		if err != nil {
			if ctx.Err() == nil {
				w.addViolation("reading the batches: %v", err)
			}
			return
		}
		if restores%2 == 0 {
			w.held.note(known, batches)
		}
		open := map[string]map[string]rollout.State{} // sites, by batch and row
		for _, b := range batches {
			if b.State == rollout.Done && seen[b.ID] == b.State {
				continue
			}
			if b.State != seen[b.ID] {
				w.events.add("ledger", "batch %s is %s %s %v", b.ID, b.State, b.Reason, b.Counts)
				seen[b.ID] = b.State
			}
			states := w.addUp(ctx, b)
			open[b.ID] = states
			if b.State != rollout.Running || !w.isCalm() {
				clear(w.waits)
				delete(running, b.ID)
				continue
			}
			if running[b.ID].IsZero() {
				running[b.ID] = time.Now()
			}
			if time.Since(running[b.ID]) > movesWithin { // the steps of a batch that was blocked are late
				w.checkMoving(ctx, b)
			}
			if seldom {
				w.checkPolled(b, states)
			}
		}
		w.checkFollowing(batches, open)
		w.noteBlocked(batches)
	}
}

// movesWithin is how late the step of a site may come while no act is under way, longer
// than the sweep takes to find a lost task.
const movesWithin = time.Minute

// checkMoving finds sites that stand still.
func (w *world) checkMoving(ctx context.Context, b rollout.Batch) {
	late, err := w.direct.Overdue(ctx, b.ID, time.Now().Add(-movesWithin), 1)
	if err == nil && len(late) > 0 {
		w.addViolation("%s row=%d, which is %s, stands still", b.ID, late[0].Row, late[0].State)
	}
}

// fieldElsewhere is in the record of a row that waits for another one, or was left to it: the field of
// rollout.Progress.Elsewhere.
const fieldElsewhere = `"elsewhere":`

// addUp compares the counts of a batch with its sites, read at the same moment. It returns the
// states of these, by row, without rows that were left to another batch.
func (w *world) addUp(ctx context.Context, b rollout.Batch) map[string]rollout.State {
	var counts *redis.MapStringStringCmd
	var sites *redis.MapStringStringCmd
	restores := w.restores.Load()
	_, err := w.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		counts = p.HGetAll(ctx, "{btr}:batch:"+b.ID+":counts")
		sites = p.HGetAll(ctx, "{btr}:batch:"+b.ID+":sites")
		return nil
	})
	if restores%2 == 1 || w.restores.Load() != restores {
		return nil
	}
	if err != nil {
		if ctx.Err() == nil {
			w.addViolation("reading the counts of batch %s: %v", b.ID, err)
		}
		return nil
	}
	states, by := map[string]int{}, map[string]rollout.State{}
	for row, record := range sites.Val() {
		_, rest, _ := strings.Cut(record, " ")
		state, progress, _ := strings.Cut(rest, " ")
		states[state]++
		if state != string(rollout.Skipped) || !strings.Contains(progress, fieldElsewhere) {
			by[row] = rollout.State(state)
			continue
		}
		w.checkLeft(b.ID+" row="+row, progress)
	}
	w.noteEnded(b, by)
	if w.set.observe != nil {
		w.set.observe(b, by)
	}
	for state, n := range counts.Val() {
		if n != fmt.Sprint(states[state]) && (n != "0" || states[state] != 0) {
			w.addViolation("batch %s counts %s %s, and has %d", b.ID, n, state, states[state])
		}
		delete(states, state)
	}
	if len(states) > 0 {
		w.addViolation("batch %s does not count %v", b.ID, states)
	}
	return by
}

// checkLeftovers finds tasks and leases that stay.
func (w *world) checkLeftovers(ctx context.Context) {
	w.redis.Expire()
	for _, key := range w.redis.Keys() {
		switch {
		case strings.HasPrefix(key, "asynq:") && strings.Contains(key, ":t:"):
			w.addViolation("a task is left: %s %v", key, w.rdb.HGet(ctx, key, "state").Val())
		case strings.HasPrefix(key, "{btr}:duty:") && w.redis.TTL(key) <= 0:
			w.addViolation("a lease is held for ever: %s", key)
		}
	}
}

// evidence is what package judge compares.
func (w *world) evidence(ctx context.Context) judge.Evidence {
	e := judge.Evidence{Rows: w.rows, Books: w.sim.Sim.Stats()}
	batches, err := w.direct.Batches(ctx)
	if err != nil {
		w.addViolation("reading the batches: %v", err)
		return e
	}
	w.checkAccountLog(ctx)
	slices.SortFunc(batches, func(a, b rollout.Batch) int { return cmp.Or(a.Entered.Compare(b.Entered), cmp.Compare(a.ID, b.ID)) })
	for _, b := range batches {
		w.checkLog(ctx, b)
		if b.State == rollout.Withdrawn || !b.WithdrawnAt.IsZero() {
			continue
		}
		if b.State != rollout.Done {
			w.addViolation("batch %s is %s: %v", b.ID, b.State, b.Counts)
			continue
		}
		counts := map[string]int{}
		for state, n := range b.Counts {
			if n != 0 {
				counts[string(state)] = n
			}
		}
		read, err := judge.ReadReport(w.reports[b.Report], judge.Batch{
			ID: b.ID, Began: b.Created, Entered: b.Entered, File: b.File, Rows: b.Rows(), Counts: counts,
		}, w.rows)
		if err != nil {
			w.addViolation("the report of batch %s: %v", b.ID, err)
			continue
		}
		w.addViolations(&e, read.Violations)
		e.Entries = append(e.Entries, read.Entries...)
	}
	e.Losses, e.Decided = w.losses, w.people.forJudge()
	if w.api.strict {
		e.Refusable = refusable
	}
	return e
}

// addViolations records violations, with the evidence about their sites.
func (w *world) addViolations(e *judge.Evidence, found []judge.Violation) {
	for _, v := range found {
		about := ""
		if v.Row != nil {
			about = "\n" + e.About(*v.Row)
			w.follow(e, *v.Row)
		}
		w.addViolation("%s%s", v, about)
	}
}

// follow has the events shown that are about a site.
func (w *world) follow(e *judge.Evidence, row judge.Row) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, entry := range e.Entries {
		if entry.Row.Key() == row.Key() {
			w.related = append(w.related, fmt.Sprintf("%s row=%d ", entry.Batch, entry.Row.Number))
		}
	}
}

// judged judges the run.
func (w *world) judged(ctx context.Context) judge.Outcome {
	e := w.evidence(ctx)
	outcome, found := e.Check()
	w.addViolations(&e, found)
	return outcome
}

// judgedAfterLoss judges what came of the upload after Redis lost everything.
func (w *world) judgedAfterLoss(ctx context.Context, before btsim.Stats) {
	e := w.evidence(ctx)
	w.addViolations(&e, e.CheckAfterLoss(before))
}
