// Why a batch is not faster.

package progress

import (
	"slices"
	"time"

	"btrollout/internal/rollout"
	"btrollout/internal/schedule"
)

// Cause is why a batch is not faster.
type Cause string

// The causes, the most important first.
const (
	// Redis does not answer, or is in trouble.
	Redis Cause = "redis"
	// Damaged: the record of the batch cannot be read.
	Damaged Cause = "damaged"
	// Importing: its rows are still being written.
	Importing Cause = "importing"
	// Withdrawn: its upload ended too early, and its sites are being cancelled.
	Withdrawn Cause = "withdrawn"
	// NoWorker: no worker is running.
	NoWorker Cause = "no-worker"
	// Blocked: the account does not work.
	Blocked Cause = "blocked"
	// AllPaused: somebody paused all batches.
	AllPaused Cause = "all-paused"
	// BatchPaused: somebody paused the batch.
	BatchPaused Cause = "batch-paused"
	// QueuesPaused: somebody paused queues of asynq, which have tasks of all batches.
	QueuesPaused Cause = "queues-paused"
	// Cancelling: somebody cancelled the batch, and sites of it have not ended yet.
	Cancelling Cause = "cancelling"
	// Window: the batch is outside its windows.
	Window Cause = "window"
	// API: it does not answer as it should.
	API Cause = "api"
	// Paused: the API asked for a pause.
	Paused Cause = "paused"
	// Quota: a quota of calls is used up.
	Quota Cause = "quota"
	// FirstOrder: no order is sent yet, because this Redis is new or was restarted.
	FirstOrder Cause = "first-order"
	// FirstAddress: no address is sent yet, for the same reason.
	FirstAddress Cause = "first-address"
	// Slowed: fewer calls than the rate are made, because the API refused some.
	Slowed Cause = "slowed"
	// Rate: the rate of calls is used up.
	Rate Cause = "rate"
	// UrgentBatches: sites of urgent batches come first.
	UrgentBatches Cause = "urgent-batches"
	// OtherBatches: the batch takes turns with others.
	OtherBatches Cause = "other-batches"
	// Deliveries: sites wait for their orders to be delivered.
	Deliveries Cause = "deliveries"
	// Following: rows wait for earlier rows of their sites in other batches.
	Following Cause = "following"
	// Report: all sites have ended, and the report is being written.
	Report Cause = "report"
)

// Reason is a cause, with its figures.
type Reason struct {
	Cause Cause `json:"cause"`           // why the batch is not faster
	Sites int   `json:"sites,omitempty"` // number of sites that wait for it; left out if that is not known
	// How long it still lasts; of `deliveries`, how long the oldest order has waited. Left out if that
	// is not known.
	Seconds   int          `json:"seconds,omitempty"`
	PerSecond float64      `json:"perSecond,omitempty"` // how many calls a second are made at most; of `slowed` and `rate`
	Text      rollout.Text `json:"text"`                // the reason in a sentence
	Brief     rollout.Text `json:"-"`                   // the reason in a few words
}

// StandsStill reports whether nothing moves for this reason, so that no time left can be told.
func (r Reason) StandsStill() bool {
	return slices.Contains([]Cause{
		Redis, Damaged, Importing, Withdrawn, NoWorker, Blocked, AllPaused, BatchPaused, QueuesPaused, Cancelling, API,
	}, r.Cause)
}

// reasons lists the reasons.
func (f facts) reasons() []Reason {
	b := f.batch
	switch {
	case b.State == rollout.Damaged:
		return []Reason{damaged(b)}
	case b.State == rollout.Importing:
		return []Reason{importing(b)}
	case !b.WithdrawnAt.IsZero():
		return []Reason{withdrawn()}
	case len(f.workers) == 0:
		return []Reason{noWorker(b.Open())}
	case b.State == rollout.Blocked:
		return append([]Reason{blocked(b)}, f.decisions()...)
	case b.Open() == 0:
		return []Reason{reportBegun()}
	}
	all := f.decisions() // never nil: JSON would say null
	held := slices.ContainsFunc(all, func(r Reason) bool { return r.Cause != QueuesPaused })
	following, ordered := b.Counts[rollout.Following], b.Counts[rollout.Ordered]
	toSend := b.Open() - following - ordered
	unordered := b.Counts[rollout.Imported] + b.Counts[rollout.Validated] + b.Counts[rollout.Ordering]
	if f.trouble != "" {
		all = append(all, apiTrouble(f.trouble))
	}
	if f.budget.Pause > 0 && toSend+ordered > 0 { // orders are not polled either
		all = append(all, paused(f.budget.Pause))
	}
	if f.budget.Full > 0 && toSend+ordered > 0 {
		all = append(all, quotaFull(f.budget.Full))
	}
	if first := f.firstOrder(); first > 0 && unordered > 0 {
		all = append(all, firstOrder(first, unordered))
	}
	if first, n := f.firstAddress(), b.Counts[rollout.Delivered]; first > 0 && n > 0 {
		all = append(all, firstAddress(first, n))
	}
	if f.budget.Part < 1 && f.budget.Rate.Calls > 0 && toSend > 0 {
		all = append(all, slowed(f.perSecond()))
	}
	if held {
		unordered, toSend = 0, 0
	}
	if len(all) == 0 && f.budget.Rate.Calls > 0 && float64(toSend) >= f.perSecond()*queueTime.Seconds() {
		all = append(all, rateFull(f.budget.Rate, toSend))
	}
	if unordered > 0 {
		if n := f.urgentAhead(); n > 0 {
			all = append(all, urgentBatches(n))
		}
		if n := f.takingTurns(); n > 0 {
			all = append(all, otherBatches(n))
		}
	}
	if ordered > 0 {
		all = append(all, deliveries(ordered, f.longestWait()))
	}
	if following > 0 {
		all = append(all, followers(following))
	}
	return all
}

// queueTime is how long the calls of the sites that wait for one take, at least, if the rate of calls is
// a reason.
const queueTime = 5 * time.Second

// recoveryDelay is how long after the ledger began the workers send no order.
func (f facts) recoveryDelay() time.Duration {
	var delay time.Duration
	for _, w := range f.workers {
		delay = max(delay, w.RecoveryDelay)
	}
	return delay
}

// firstOrder is how long no order is sent yet.
func (f facts) firstOrder() time.Duration {
	return max(0, f.batch.LedgerSince.Add(f.recoveryDelay()).Sub(f.now))
}

// firstAddress is how long no address is sent yet.
func (f facts) firstAddress() time.Duration {
	var delay time.Duration
	for _, w := range f.workers {
		delay = max(delay, w.AddressDelay)
	}
	return max(0, f.batch.LedgerSince.Add(delay).Sub(f.now))
}

// perSecond is how many calls a second are made at most at present.
func (f facts) perSecond() float64 { return f.budget.Rate.PerSecond() * f.budget.Part }

// toOrder is how many sites of a batch still need an order, if it may order.
func (f facts) toOrder(b rollout.Batch) int {
	if b.State != rollout.Running || b.IsPaused() || b.Cancelled != rollout.NotCancelled || !f.isOpen(b) {
		return 0
	}
	return b.Counts[rollout.Imported] + b.Counts[rollout.Validated] + b.Counts[rollout.Ordering]
}

// urgentAhead is how many sites of urgent batches come before those of the batch.
func (f facts) urgentAhead() int {
	n := 0
	for _, o := range f.others {
		if o.Plan.Urgent && !f.batch.Plan.Urgent {
			n += f.toOrder(o)
		}
	}
	return n
}

// takingTurns is how many other batches take turns with the batch.
func (f facts) takingTurns() int {
	n := 0
	for _, o := range f.others {
		if o.Plan.Urgent == f.batch.Plan.Urgent && f.toOrder(o) > 0 {
			n++
		}
	}
	return n
}

// pausedQueues are the queues of asynq that somebody paused, as one of the workers last found.
func (f facts) pausedQueues() (queues []string) {
	for _, w := range f.workers {
		queues = append(queues, w.PausedQueues...)
	}
	slices.Sort(queues)
	return slices.Compact(queues)
}

// decisions lists what people decided that holds the batch up. It is never nil.
func (f facts) decisions() []Reason {
	b, all := f.batch, []Reason{}
	if !b.AllPaused.At.IsZero() {
		all = append(all, allPaused(b.AllPaused, f.now))
	}
	if !b.Paused.At.IsZero() {
		all = append(all, batchPaused(b.Paused, f.now))
	}
	if b.Cancelled != rollout.NotCancelled {
		all = append(all, cancelling(b))
	}
	if paused := f.pausedQueues(); len(paused) > 0 {
		all = append(all, queuesPaused(paused))
	}
	if len(all) > 0 {
		return all
	}
	return append(all, f.outsideWindows()...)
}

// outsideWindows is why the plan of the batch holds sites up now; empty: it does not.
func (f facts) outsideWindows() []Reason {
	b := f.batch
	sites := b.Counts[rollout.Imported] + b.Counts[rollout.Validated]
	if b.Plan.Strict {
		sites += b.Counts[rollout.Ordered] + b.Counts[rollout.Delivered]
	}
	if sites == 0 {
		return nil
	}
	sched, err := schedule.Read(b.Plan.Windows, b.Plan.Start)
	if err != nil {
		return []Reason{unreadableWindows(err, sites)}
	}
	opens, found := sched.NextOpening(f.now)
	if !found || !opens.After(f.now) {
		return nil
	}
	return []Reason{outsideWindow(opens, f.now, sites, b.Plan.Strict)}
}

// longestWait is how long the oldest order has waited for its delivery; 0: that is not known.
func (f facts) longestWait() time.Duration {
	var longest time.Duration
	for _, at := range f.orders {
		longest = max(longest, f.now.Sub(at))
	}
	return longest
}
