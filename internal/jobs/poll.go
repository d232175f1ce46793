// The poller: when open orders are polled, and by which worker. Sites that wait for their
// orders have no tasks; one worker at a time polls for all of them. How it polls is in
// pollorders.go.

package jobs

import (
	"context"
	"errors"
	"slices"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

const (
	// pollTick is how often each worker reads the open batches while they change.
	pollTick = 500 * time.Millisecond
	// longestPollTick is how often it reads them after a lull (lullPause): the first order after
	// the lull is noticed within that time.
	longestPollTick = 5 * time.Second
	// shortestPollTick is the least time between two reads, if a poll is due.
	shortestPollTick = 100 * time.Millisecond
	// pollGap is the shortest time between two polls of a customer's orders.
	pollGap = 2 * time.Second
	// longestGap is the longest time between two polls, unless the budget asks for more.
	longestGap = time.Minute
)

// Which part of the calls that can be kept up goes into polling, at most.
const (
	listShare   = 0.05 // reading lists while sites have other calls to make
	singleShare = 0.25 // asking order by order meanwhile

	// IdleShare is that part when all that is left is to wait, for lists and single orders alike.
	IdleShare = 0.5
)

// polling is what a worker remembers of the polls of one customer's orders. Only its
// poller touches it, and to lose it costs a few calls.
type polling struct {
	ordered, beyond int                           // sites that wait for their orders, and that are past that
	moved           time.Time                     // when these changed last
	start           int                           // offset in the list at which the first order of a waiting site was found
	pages           int                           // calls that the last reading of the list took; one, until it is known
	calls           int                           // calls that the last poll took
	single          map[string]ledger.WaitingSite // by orderId: sites whose orders are polled individually although the list shows them
	busy            bool                          // at the last poll, sites had calls to make
	listed          time.Time                     // when this worker last began to read the list
	noList          time.Time                     // until then, the list is not asked for
	failures        int                           // polls that failed, one after another
	due             time.Time                     // no poll before: another worker polls, or nothing is due
	term            ledger.Term                   // of the present poll
}

// notice records how many sites wait and are past that. It reports whether the next poll
// may come sooner than was planned: sites moved after a lull, or need no other calls.
func (p *polling) notice(batches []rollout.Batch, busy bool, now time.Time) bool {
	freed := p.busy && !busy
	p.busy = busy
	ordered, beyond := 0, 0
	for _, b := range batches {
		ordered += b.Counts[rollout.Ordered]
		beyond += b.Counts[rollout.Delivered] + b.Rows() - b.Open()
	}
	if ordered == p.ordered && beyond == p.beyond {
		return freed
	}
	inLull := p.lullGap(now) > pollGap
	p.ordered, p.beyond, p.moved = ordered, beyond, now
	return inLull || freed
}

// lullGap is the time between two polls while nothing moves: a third of the time for which
// nothing has moved.
func (p *polling) lullGap(now time.Time) time.Duration {
	return min(max(now.Sub(p.moved)/3, pollGap), longestGap)
}

// pollForever polls until ctx ends.
func (w *Worker) pollForever(ctx context.Context) {
	known := map[string]*polling{}
	for wait := pollTick; paused(ctx, wait); {
		due, err := w.pollAll(ctx, known)
		if err != nil && ctx.Err() == nil {
			w.Log.Debug("poll", "err", err)
			w.warnOfTrouble(ctx, err)
		}
		wait = w.lullPause(pollTick, longestPollTick)
		if !due.IsZero() {
			wait = min(wait, max(due.Sub(w.Now()), shortestPollTick))
		}
	}
}

// pollAll polls every customer of whom sites wait, and for whom it is time. It returns when
// the next poll is due; zero if no site waits.
func (w *Worker) pollAll(ctx context.Context, known map[string]*polling) (due time.Time, err error) {
	batches, err := w.readCounts(ctx, 0)
	if err != nil {
		return due, err
	}
	byCustomer := map[string][]rollout.Batch{}
	busy := false // sites have calls to make
	for _, b := range batches {
		if b.State != rollout.Running && b.State != rollout.Blocked {
			continue
		}
		if w.hold(b, orders) == nil {
			busy = busy || b.Open() > b.Counts[rollout.Ordered]+b.Counts[rollout.Following]
		}
		if b.Counts[rollout.Ordered] > 0 && (!b.Plan.Strict || w.schedules.of(b.Plan).IsOpen(w.Now())) {
			byCustomer[b.Customer] = append(byCustomer[b.Customer], b)
		}
	}
	var failed []error
	for customer, batches := range byCustomer {
		p := known[customer]
		if p == nil {
			p = &polling{pages: 1}
			known[customer] = p
		}
		if p.notice(batches, busy, w.Now()) {
			p.due = time.Time{}
			if p.calls > 0 && p.failures == 0 {
				failed = append(failed, w.polledTimer(customer).ShortenTo(ctx, w.spacing(ctx, p)))
			}
		}
		failed = append(failed, w.unlessOver(w.pollCustomer(ctx, customer, p, batches)))
		if due.IsZero() || p.due.Before(due) {
			due = p.due
		}
	}
	return due, errors.Join(failed...)
}

// pollCustomer polls a customer's orders, if it is time and nobody else does. It sets p.due.
func (w *Worker) pollCustomer(ctx context.Context, customer string, p *polling, batches []rollout.Batch) error {
	if w.Now().Before(p.due) {
		return nil
	}
	p.due = w.Now().Add(pollTick) // if Redis fails
	gap := w.polledTimer(customer)
	mine, left, err := gap.AcquireOrRemaining(ctx, pollGap)
	if err != nil {
		return err
	}
	if !mine {
		p.due = w.Now().Add(min(left, longestGap))
		return nil
	}
	term, acquired, err := w.pollDuty(customer).Acquire(ctx, workLease)
	if err != nil || !acquired {
		return err
	}
	p.term = term
	// A poll does not wait for a pause of the API that is longer than this.
	within, cancel := context.WithTimeout(ctx, taskTimeout)
	defer cancel()
	polled := false
	err = term.ExtendWhile(within, workLease, func(within context.Context) (err error) {
		polled, err = w.pollProbing(within, batches, func() error { return w.pollOrders(within, customer, p, batches) })
		return err
	})
	ctx = context.WithoutCancel(ctx)
	if errors.Is(err, ledger.ErrNoLongerLeader) {
		return err // another worker polls by now, and sets the pause
	}
	if !polled { // all batches are blocked, and no probe is due
		p.due = w.Now().Add(min(w.lullPause(pollGap, longestPollTick), longestGap))
		return errors.Join(err, term.Release(ctx))
	}
	rest := w.rest(ctx, p, err)
	p.due = w.Now().Add(min(rest, longestGap))
	return errors.Join(err, term.ReleaseAndStart(ctx, gap, rest))
}

// rest is the time until the next poll, after one that ended with err.
func (w *Worker) rest(ctx context.Context, p *polling, err error) time.Duration {
	rest := max(w.spacing(ctx, p), p.lullGap(w.Now()))
	if err == nil {
		p.failures = 0
		return rest
	}
	p.failures++
	if api := (*btapi.Error)(nil); errors.As(err, &api) {
		rest = max(rest, w.Retry.pause(p.failures), api.RetryAfter)
	}
	return rest
}

// spacing is how long the calls of the last poll have to last.
func (w *Worker) spacing(ctx context.Context, p *polling) time.Duration {
	share := IdleShare
	switch {
	case p.busy && w.Now().Before(p.noList):
		share = singleShare
	case p.busy:
		share = listShare
	}
	return max(pollGap, time.Duration(float64(p.calls)/(w.sustained(ctx)*share)*float64(time.Second)))
}

// sustained is how many calls a second can be kept up.
func (w *Worker) sustained(ctx context.Context) float64 {
	rate, err := w.Sustained(ctx)
	if err != nil || rate <= 0 {
		return 1 // Redis is away; the poll will fail
	}
	return rate
}

// pollProbing polls for batches that run. Where all are blocked, the poll also tries
// whether the account works again, and is made when such a try is due.
func (w *Worker) pollProbing(ctx context.Context, batches []rollout.Batch, poll func() error) (worked bool, err error) {
	running := func(b rollout.Batch) bool { return b.State == rollout.Running }
	if slices.ContainsFunc(batches, running) {
		err := poll()
		return true, errors.Join(err, w.blockAll(ctx, batches, err))
	}
	var probed []rollout.Batch
	for _, b := range batches {
		mine, err := w.probeTimer(b.ID).Acquire(ctx, w.Retry.probe(b.FailedProbes))
		if err != nil {
			return false, err
		}
		if mine {
			probed = append(probed, b)
		}
	}
	if len(probed) == 0 {
		return false, nil
	}
	me, err := w.API.Me(ctx)
	if err == nil && !me.ReadOnly() {
		err = poll()
	}
	var failed []error
	for _, b := range probed {
		if me.ReadOnly() || accountTrouble(err) != nil || errors.Is(err, errAccount) {
			failed = append(failed, w.countFailedProbe(ctx, b))
		} else if err == nil {
			failed = append(failed, w.resume(ctx, b))
		}
	}
	return true, errors.Join(append(failed, err)...)
}

// blockAll blocks the running ones of the batches if err says that the account does
// not work.
func (w *Worker) blockAll(ctx context.Context, batches []rollout.Batch, err error) error {
	trouble := accountTrouble(err)
	if trouble == nil {
		return nil
	}
	var failed []error
	for _, b := range batches {
		failed = append(failed, w.block(ctx, b, trouble.Words()))
	}
	return errors.Join(failed...)
}

// errAccount: one order could not be asked for because the account does not work.
var errAccount = errors.New("the account does not work")

// accountTrouble finds in an error that the account does not work.
func accountTrouble(err error) *btapi.Error {
	var api *btapi.Error
	if errors.As(err, &api) && api.Class == btapi.Account {
		return api
	}
	return nil
}
