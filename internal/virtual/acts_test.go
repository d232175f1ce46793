// This file carries out the acts of a scenario.

package virtual_test

import (
	"context"
	"sync"
	"time"

	"btrollout/internal/judge"
)

// disturb carries out the acts of the scenario; side waits for all of them.
func (w *world) disturb(ctx context.Context, side *sync.WaitGroup) {
	for _, a := range w.plan.acts {
		side.Go(func() {
			time.Sleep(a.at)
			w.events.add(byAct, "begins: %s", a)
			w.note(a, 1)
			end := w.hindered.begin(a)
			w.do(ctx, a)
			end()
			w.note(a, -1)
			w.events.add(byAct, "has ended: %s", a)
		})
	}
}

// note counts the acts, and those that go on.
func (w *world) note(a act, begun int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.did[a.kind] += max(begun, 0)
	w.acting += begun
	w.calm = time.Now()
}

// isCalm reports whether no act has been under way for a while.
func (w *world) isCalm() bool {
	const while = 3 * time.Minute
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.acting == 0 && time.Since(w.calm) > while
}

// do carries out one act, and undoes it.
func (w *world) do(ctx context.Context, a act) {
	m := w.workers[a.worker]
	switch a.kind {
	case killWorker:
		killed := make(chan struct{})
		m.atWrite(a.after, a.behind, func() { m.kill(); close(killed) })
		<-killed
		time.Sleep(a.lasts)
		m.startIfNone()
	case freezeWorker:
		frozen := make(chan func(), 1)
		m.atWrite(a.after, a.behind, func() { frozen <- m.freeze() })
		thaw := <-frozen
		time.Sleep(a.lasts)
		thaw()
	case freezeOrder:
		w.freezeSender(a, intentWritten, a.lasts, func() {})
	case freezeAddress:
		w.freezeSender(a, addressAnnounced, handedBackWithin+a.lasts/2, func() { w.correct(ctx) })
	case holdCalls:
		w.proxy.hold(a.lasts)
	case restartWorker:
		m.stop()
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
		w.during(a.lasts, &w.api.blocked)
	case apiStricter:
		w.changeRules()
	case redisRestored:
		w.restore(a.lasts)
	case redisEmptied:
		w.events.add(byAct, "Redis is emptied")
		w.redis.FlushAll()
		w.noteLoss()
		w.emptied = true
		w.upload(ctx, judge.FirstFile)
	}
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

// noteLoss notes that Redis loses its data now. An order whose intent is lost may be made until its
// send-before, and arrive a little later.
func (w *world) noteLoss() {
	w.budget.restart()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.losses = append(w.losses, time.Now().Add(w.plan.window+arrivesWithin))
}

// restore copies Redis now, and puts the copy back after a while.
func (w *world) restore(after time.Duration) {
	ctx := context.Background()
	copied, err := w.redis.Copy(ctx, w.rdb)
	if err != nil {
		w.addViolation("copying Redis: %v", err)
		return
	}
	time.Sleep(after)
	w.redis.Leave()
	w.redis.FlushAll()
	if err := copied.Restore(ctx, w.rdb); err != nil {
		w.addViolation("restoring Redis: %v", err)
	}
	w.noteLoss()
	time.Sleep(time.Second)
	w.redis.Return()
	w.events.add(byAct, "the copy of Redis of %s ago is put back", after)
}
