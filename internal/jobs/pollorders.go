// One poll: asks for the orders of all sites that wait for them, with the fewest calls. It
// reads the account's list of orders; where the API offers no list, or the list takes more
// calls, it asks for the orders one by one.

package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"btrollout/internal/btapi"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

const (
	// listRetryAfter is how long a list that the API does not offer is left alone.
	listRetryAfter = time.Hour
	// pollAtOnce is how many sites are written, or orders polled, concurrently.
	pollAtOnce = 16
)

// pollOrders asks for the orders of all sites that wait, with the fewest calls.
func (w *Worker) pollOrders(ctx context.Context, customer string, p *polling, batches []rollout.Batch) error {
	p.calls, p.single = 0, map[string]ledger.WaitingSite{}
	waitingSites := map[string]ledger.WaitingSite{} // by orderId
	for _, b := range batches {
		list, err := w.Ledger.WaitingSites(ctx, b.ID)
		if err != nil {
			return err
		}
		for _, x := range list {
			waitingSites[x.OrderID] = x
		}
	}
	now := w.Now()
	due := func(listed bool) (sites []ledger.WaitingSite) {
		for _, x := range slices.Concat(slices.Collect(maps.Values(waitingSites)), slices.Collect(maps.Values(p.single))) {
			// An order that was just made need not be in the list yet.
			if !x.PollAt.After(now) && (!listed || now.Sub(x.OrderedAt) > w.Settle) {
				sites = append(sites, x)
			}
		}
		slices.SortFunc(sites, func(a, b ledger.WaitingSite) int { return a.PollAt.Compare(b.PollAt) })
		return sites
	}
	single := due(false)
	if !now.Before(p.noList) && len(single) > p.pages {
		refused, err := w.readOrders(ctx, customer, p, waitingSites)
		p.calls = p.pages
		if err != nil {
			return err
		}
		single = due(refused == nil)
		if refused != nil {
			p.noList = now.Add(listRetryAfter)
			w.Log.Warn("the API does not show the account's orders; they are asked for one by one", "customer", customer, "words", refused.Words)
		}
	}
	share := IdleShare
	if p.busy {
		share = singleShare
	}
	most := max(1, min(w.sustained(ctx)*share*pollGap.Seconds(), float64(len(single))))
	single = single[:min(len(single), int(most))]
	p.calls += len(single)
	return w.pollIndividually(ctx, p.term, single)
}

// readOrders reads the account's orders, and removes from waitingSites those whose orders
// the list shows. It begins where the first of them was found the last time, and ends when
// none is left. At the end of the list it continues at the beginning.
func (w *Worker) readOrders(
	ctx context.Context, customer string, p *polling, waitingSites map[string]ledger.WaitingSite,
) (*listRefusal, error) {
	began := w.Now()
	begin, first, last := p.start, math.MaxInt, ""
	var failed error // of single sites
	p.pages = 0
	for offset, wrapped := begin, begin == 0; ; {
		page, err := btapi.WithRetries(ctx, func(ctx context.Context) (btapi.OrderPage, error) {
			p.pages++
			return w.API.OrdersFrom(ctx, customer, offset)
		})
		if refused := notOffered(err); refused != nil {
			return refused, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the account's orders: %w", err)
		}
		open, err := w.settlePage(ctx, p, page.Orders, waitingSites)
		failed = errors.Join(failed, err)
		if open {
			first = min(first, offset)
		}
		n := len(page.Orders)
		again := n > 0 && page.Total < 0 && page.Orders[0].OrderID == last // it knows no pages
		if n > 0 {
			last = page.Orders[0].OrderID
		}
		offset += n
		end := n == 0 || again || page.Total >= 0 && offset >= page.Total
		if len(waitingSites) == 0 || wrapped && (end || begin > 0 && offset >= begin) {
			break
		}
		if end {
			offset, wrapped = 0, true
		}
	}
	if p.start = first; first == math.MaxInt {
		p.start = begin
	}
	p.listed = began
	w.endTrouble(ctx)
	return nil, failed
}

// settlePage removes the sites of one page's orders from waitingSites, and settles those
// whose orders are over, or should be. It reports whether any order is in progress. An
// order that is delivered without a voicesite is polled individually later. An error of one
// site does not keep the others from being settled.
func (w *Worker) settlePage(
	ctx context.Context, p *polling, orders []btapi.Order, waitingSites map[string]ledger.WaitingSite,
) (open bool, err error) {
	var g errgroup.Group
	g.SetLimit(pollAtOnce)
	for _, o := range orders {
		x, ok := waitingSites[o.OrderID]
		if !ok {
			continue
		}
		delete(waitingSites, o.OrderID)
		if namesNoSite(o) {
			p.single[o.OrderID] = x
			continue
		}
		if !isFinished(o) && w.Now().Sub(x.OrderedAt) <= w.OrderDeadline {
			open = true
			continue
		}
		g.Go(func() error { return w.settleListed(ctx, p.term, x, o, p.listed) })
	}
	return open, g.Wait()
}

// settleListed settles a site by what the list says of its order. The list was read before at
// undelivered.
func (w *Worker) settleListed(
	ctx context.Context, by ledger.Term, x ledger.WaitingSite, o btapi.Order, undelivered time.Time,
) error {
	b, s, err := w.Ledger.Load(ctx, x.Batch, x.Row)
	if err != nil || s.State != rollout.Ordered || s.OrderID != o.OrderID {
		return err
	}
	if notAbout(b.Customer, s, o) != nil { // it counts what the order says when it is polled individually
		out, err := w.step(ctx, b, s, rollout.StagePoll)
		return w.scheduleNext(ctx, by, x, out, err)
	}
	before := s.Progress
	s.Unconfirmed, s.Undelivered = s.Unconfirmed && isAnonymous(o), undelivered
	if !w.settle(&s, o) {
		w.overdue(b, &s, o)
	}
	out, err := w.record(ctx, b, rollout.StagePoll, before, s, &waitError{})
	return w.scheduleNext(ctx, by, x, out, err)
}

// scheduleNext makes the task of a site that can continue. If the site has to wait, it records
// when its order is asked for again, in the term of the poller. It returns every other error of the
// step. What the step found was written with the version of the site, so that needs no term.
func (w *Worker) scheduleNext(ctx context.Context, by ledger.Term, x ledger.WaitingSite, o outcome, err error) error {
	ctx = context.WithoutCancel(ctx)
	var later *waitError
	switch {
	case errors.As(err, &later):
		return w.Ledger.SetNextPoll(ctx, by, x, w.Now().Add(later.delay))
	case err == nil && o.onward:
		return w.queue.Site(ctx, o.site, 0)
	}
	return err
}

// pollIndividually polls orders one by one, until an answer shows that the account does not
// work. Any other error of one site does not keep the others from being asked for.
func (w *Worker) pollIndividually(ctx context.Context, by ledger.Term, list []ledger.WaitingSite) error {
	within, stop := context.WithCancel(ctx)
	defer stop()
	var blocked atomic.Bool
	var g errgroup.Group
	g.SetLimit(pollAtOnce)
	for _, x := range list {
		g.Go(func() error {
			if within.Err() != nil {
				return nil
			}
			b, s, err := w.Ledger.Load(within, x.Batch, x.Row)
			if err != nil || s.State != rollout.Ordered {
				return err
			}
			o, err := w.step(within, b, s, rollout.StagePoll)
			if o.blocked {
				blocked.Store(true)
				stop()
			}
			return w.scheduleNext(within, by, x, o, err)
		})
	}
	err := g.Wait()
	if blocked.Load() {
		return errAccount // the errors of calls that were cancelled say nothing
	}
	return err
}
