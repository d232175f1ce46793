// Admission: which sites begin next, and when. Sites of a new batch are parked: they have no tasks.
// Each worker admits some whenever others have moved on, so that batches take turns, urgent ones come
// first, and a batch that is held up has hardly any tasks.

package jobs

import (
	"context"
	"sync/atomic"
	"time"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

const (
	// admitTick is how often each worker tries to admit sites, also if it notices no change, until a
	// lull.
	admitTick = time.Second
	// admitGap is the shortest time between two tries.
	admitGap = 100 * time.Millisecond
	// dueSoon is how soon a site must be due to count as one that has a call to make.
	dueSoon = 2 * time.Second
	// roomAge is the time after which the worker calculates admissionRoom again.
	roomAge = 10 * time.Second
	// admitAhead is for how long the sites that are admitted keep the budget busy, at least.
	admitAhead = 4 * time.Second
	// fewestAdmitted is how many sites are admitted, however low the rate is: an answer may take long.
	fewestAdmitted = 20
	// mostAdmitted limits them to this many times Config.Concurrency.
	mostAdmitted = 4
)

// admitForever admits sites until ctx ends.
func (w *Worker) admitForever(ctx context.Context) {
	for paused(ctx, admitGap) {
		if err := w.admit(ctx); err != nil && ctx.Err() == nil {
			w.Log.Debug("admission", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-w.moved:
		case <-time.After(w.lullPause(admitTick, longestPollTick)):
		}
	}
}

// noteMoved has the worker admit further sites soon, because one has moved on, or a batch has changed.
func (w *Worker) noteMoved() {
	select {
	case w.moved <- struct{}{}:
	default:
	}
}

// admit admits as many sites as there is room for, and makes their tasks.
func (w *Worker) admit(ctx context.Context) error {
	batches, err := w.readCounts(ctx, w.lullPause(admitTick, longestPollTick))
	if err != nil {
		return err
	}
	var list []ledger.Admissible
	for _, b := range batches {
		if b.State == rollout.Running {
			list = append(list, w.admissible(b)...)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return w.admitFrom(ctx, w.admissionRoom(ctx), list)
}

// admissible returns a batch with the kind of sites of it that may be admitted; nothing if it is held up or
// has none to admit.
func (w *Worker) admissible(b rollout.Batch) []ledger.Admissible {
	toBegin, toAddress := b.Counts[rollout.Imported]+b.Counts[rollout.Validated], b.Counts[rollout.Delivered]
	switch mayOrder, mayPush := w.hold(b, orders) == nil, w.hold(b, addresses) == nil; {
	case mayOrder && mayPush && toBegin+toAddress > 0:
		return []ledger.Admissible{{Batch: b}}
	case mayPush && toBegin+toAddress > 0: // sites that are to begin may have been ordered by an earlier run
		return []ledger.Admissible{{Batch: b, OnlyAddresses: true}}
	}
	return nil
}

// admitFrom admits sites of batches, and makes their tasks; the sweep makes those that are lost. In a
// break, sites that are due before its end count as due: otherwise all sites would be admitted one after the
// other, and wait for the same. Due times are compared with the clock of Redis, hence Config.Skew.
func (w *Worker) admitFrom(ctx context.Context, room int, batches []ledger.Admissible) error {
	soon := dueSoon
	if left := w.breakEnds.get().Sub(w.Now()); left > 0 {
		soon += left + w.Skew
	}
	sites, err := w.Ledger.Admit(ctx, room, soon, batches)
	if err != nil {
		return err
	}
	return w.queue.Sites(ctx, sites)
}

// breakEnd is when the last break ends that a worker knows of: a time in which no site of the account, or
// no new one of a batch, can go on. Waits of a site for reasons of its own are no breaks.
type breakEnd struct{ ms atomic.Int64 } // in Unix milliseconds; 0: there was none

func (e *breakEnd) get() time.Time { return time.UnixMilli(e.ms.Load()) }

// extend notes a break that ends at a time.
func (e *breakEnd) extend(to time.Time) {
	for ms := to.UnixMilli(); ; {
		if known := e.ms.Load(); known >= ms || e.ms.CompareAndSwap(known, ms) {
			return
		}
	}
}

// admissionRoom is how many sites may have a call to make. Only admitForever calls it.
func (w *Worker) admissionRoom(ctx context.Context) int {
	if now := w.Now(); w.room == 0 || now.Sub(w.roomSince) >= roomAge {
		room := w.sustained(ctx) * admitAhead.Seconds()
		w.room, w.roomSince = int(min(max(room, fewestAdmitted), float64(mostAdmitted*w.Concurrency))), now
	}
	return w.room
}
