// Why a batch is not faster.

package progress

import (
	"slices"
	"time"

	"btrollout/internal/rollout"
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
	// OtherBatches: sites of other batches, uploaded earlier, come first.
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
	return slices.Contains([]Cause{Redis, Damaged, Importing, Withdrawn, NoWorker, Blocked, API}, r.Cause)
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
		return []Reason{blocked(b)}
	case b.Open() == 0:
		return []Reason{reportBegun()}
	}
	all := []Reason{} // never nil: JSON would say null
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
	if len(all) == 0 && f.budget.Rate.Calls > 0 && float64(toSend) >= f.perSecond()*queueTime.Seconds() {
		all = append(all, rateFull(f.budget.Rate, toSend))
	}
	if n := f.ahead(); n > 0 && unordered > 0 {
		all = append(all, otherBatches(n))
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

// ahead is how many sites of batches that were uploaded earlier still need calls before those of the
// batch.
func (f facts) ahead() int {
	n := 0
	for _, o := range f.others {
		if o.Entered.Before(f.batch.Entered) && o.State == rollout.Running {
			n += o.Counts[rollout.Imported] + o.Counts[rollout.Validated] + o.Counts[rollout.Ordering]
		}
	}
	return n
}

// longestWait is how long the oldest order has waited for its delivery; 0: that is not known.
func (f facts) longestWait() time.Duration {
	var longest time.Duration
	for _, at := range f.orders {
		longest = max(longest, f.now.Sub(at))
	}
	return longest
}
