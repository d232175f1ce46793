// This file carries out the acts of a scenario.

package virtual_test

import (
	"context"
	"sync"
	"time"

	"btrollout/internal/judge"
	"btrollout/internal/rollout"
)

// disturb carries out the acts of the scenario; side waits for all of them.
func (w *world) disturb(ctx context.Context, side *sync.WaitGroup) {
	for _, a := range w.plan.acts {
		side.Go(func() {
			time.Sleep(a.at)
			w.events.add(byAct, "begins: %s", a)
			w.noteBegin()
			end := w.hindered.begin(a)
			before := w.disturbable(a)
			struck := w.do(ctx, a)
			end()
			w.noteEnd(a.kind, struck || w.disturbable(a) > before)
			w.events.add(byAct, "has ended: %s", a)
		})
	}
}

// noteBegin notes that an act goes on.
func (w *world) noteBegin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acting++
	w.calm = time.Now()
}

// noteEnd notes that an act of this kind has ended, and whether it disturbed anything.
func (w *world) noteEnd(k kind, struck bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acting--
	w.calm = time.Now()
	w.ended[k]++
	if struck {
		w.struck[k]++
	}
}

// noteStruck notes that an act of this kind disturbs something.
func (w *world) noteStruck(k kind) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.struck[k]++
}

// disturbable counts what an act of this kind disturbs if it comes while the act goes on: calls to
// Redis or to the API. It is 0 for kinds that find out otherwise whether they strike.
func (w *world) disturbable(a act) (n int64) {
	m := w.workers[a.worker]
	switch a.kind {
	case cutThere, cutBack, resetNetwork:
		return m.toRedis.calls.Load() + m.toAPI.calls.Load()
	case cutAPI:
		return m.toAPI.calls.Load()
	case cutRedis:
		return m.toRedis.calls.Load()
	case redisAway:
		for _, m := range w.workers {
			n += m.toRedis.calls.Load()
		}
	case redisFull, redisReplica:
		for _, m := range w.workers {
			n += m.toRedis.writes.Load()
		}
	case holdCalls:
		return w.proxy.held.Load()
	case apiAway, apiBlocked:
		return w.api.refused.Load()
	}
	return n
}

// isCalm reports whether no act has been under way for a while.
func (w *world) isCalm() bool {
	const while = 3 * time.Minute
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.acting == 0 && time.Since(w.calm) > while
}

// do carries out one act, and undoes it. It reports whether the act struck, for the kinds of which
// disturbable counts nothing.
func (w *world) do(ctx context.Context, a act) (struck bool) {
	m := w.workers[a.worker]
	switch a.kind {
	case killWorker, freezeWorker, freezeOrder, freezeAddress, restoredUnder, holdUnder:
		return w.strikeAtWrite(ctx, m, a)
	case holdCalls:
		w.proxy.hold(a.lasts)
	case restartWorker:
		struck = m.stop()
		time.Sleep(a.lasts)
		m.startIfNone()
	case cutThere, cutBack, cutAPI, cutRedis:
		w.silence(m, a)
	case resetNetwork:
		m.redis.Refuse(true)
		m.api.Refuse(true)
		m.redis.Reset()
		m.api.Reset()
		time.Sleep(a.lasts)
		m.redis.Refuse(false)
		m.api.Refuse(false)
	case redisAway:
		w.redis.Leave()
		time.Sleep(a.lasts)
		w.redis.Return()
	case redisFull:
		w.refuseWrites("OOM command not allowed when used memory > 'maxmemory'.", a.lasts)
	case redisReplica:
		w.refuseWrites("READONLY You can't write against a read only replica.", a.lasts)
	case apiAway:
		w.during(a.lasts, &w.api.away)
	case apiBlocked:
		w.noteRefusing()
		w.during(a.lasts, &w.api.blocked)
	case apiStricter:
		w.changeRules()
	case pauseBatch, pauseAll, cancelBatch, retryBatch, replanBatch, windowBatch, purgeBatch:
		return w.office.decideAct(ctx, a)
	case redisRestored:
		return w.restore(a.lasts)
	case redisEmptied:
		struck = !w.office.settled(ctx)
		had := w.readBatches(ctx)
		w.events.add(byAct, "Redis is emptied")
		w.redis.FlushAll()
		w.noteLoss(had)
		w.emptied = true
		w.upload(ctx, judge.FirstFile)
	}
	return struck
}

// strikeAtWrite carries out an act that waits for a write of a machine. It reports whether that came.
func (w *world) strikeAtWrite(ctx context.Context, m *machine, a act) (struck bool) {
	sent := a.after % mostSentBefore
	switch a.kind {
	case killWorker:
		killed := make(chan bool, 1)
		m.atWrite(a.after, a.behind, func(atWrite bool) { m.kill(); killed <- atWrite })
		struck = <-killed
		time.Sleep(a.lasts)
		m.startIfNone()
	case freezeWorker:
		return m.freezeAt("", a.after, a.behind, longestWait, a.lasts, func() {})
	case freezeOrder:
		return m.freezeAt(intentWritten, sent, true, sentWithin, a.lasts, func() {})
	case freezeAddress:
		lasts := handedBackWithin + a.lasts/2
		if a.behind { // it ends when the address may just be sent
			lasts = w.plan.window - a.lasts/10
		}
		return m.freezeAt(addressAnnounced, sent, true, sentWithin, lasts, func() { w.correct(ctx) })
	case holdUnder:
		decided := false
		came := m.freezeAt(intentWritten, sent, false, sentWithin, time.Second+a.lasts/4, func() { decided = w.office.holdNow(ctx, a) })
		w.office.endHoldNow(ctx, a)
		return came && decided
	case restoredUnder:
		restored := false
		came := m.freezeAt(intentWritten, sent, false, sentWithin, handedBackWithin+a.lasts/2, func() {
			restored = w.restore(handedBackWithin)
		})
		return came && restored
	}
	return struck
}

// silence cuts a machine's networks off for a while.
func (w *world) silence(m *machine, a act) {
	there, back := a.kind != cutBack, a.kind != cutThere
	if a.kind != cutAPI {
		m.redis.Silence(there, back)
	}
	if a.kind != cutRedis {
		m.api.Silence(there, back)
	}
	time.Sleep(a.lasts)
	m.redis.Silence(false, false)
	m.api.Silence(false, false)
}

func (w *world) refuseWrites(reply string, lasts time.Duration) {
	w.redis.RefuseWrites(reply)
	time.Sleep(lasts)
	w.redis.RefuseWrites("")
}

// noteLoss notes that Redis, which had these batches, loses its data now. An order whose intent is
// lost may be made until its send-before, and arrive a little later.
func (w *world) noteLoss(had []rollout.Batch) {
	w.budget.restart()
	w.held.forget()
	loss := judge.Loss{At: time.Now().Add(w.plan.window + arrivesWithin), Uploads: map[string]int{}}
	for _, b := range had {
		if b.State != rollout.Withdrawn && b.WithdrawnAt.IsZero() {
			loss.Uploads[b.File]++
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.losses, w.lost = append(w.losses, loss), time.Now()
}

// readBatches reads the batches of the ledger.
func (w *world) readBatches(ctx context.Context) []rollout.Batch {
	batches, err := w.direct.Batches(ctx)
	if err != nil {
		w.addViolation("reading the batches: %v", err)
	}
	return batches
}

// restore copies Redis now, and puts the copy back after a while. It reports whether a batch was
// open by then.
func (w *world) restore(after time.Duration) (struck bool) {
	ctx := context.Background()
	copied, err := w.redis.Copy(ctx, w.rdb)
	if err != nil {
		w.addViolation("copying Redis: %v", err)
		return false
	}
	time.Sleep(after)
	struck = !w.office.settled(ctx)
	had := w.readBatches(ctx)
	w.redis.Leave()
	w.held.forget()
	w.restores.Add(1)
	w.redis.FlushAll()
	if err := copied.Restore(ctx, w.rdb); err != nil {
		w.addViolation("restoring Redis: %v", err)
	}
	w.restores.Add(1)
	w.noteLoss(had)
	time.Sleep(time.Second)
	w.redis.Return()
	w.events.add(byAct, "the copy of Redis of %s ago is put back", after)
	return struck
}
