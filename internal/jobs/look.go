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
	// listAgain is how long a list that the API does not offer is left alone.
	listAgain = time.Hour
	// pollAtOnce is how many sites are written, or orders asked for, side by side.
	pollAtOnce = 16
)

// pollOrders looks at the orders of all sites that wait, in the cheapest way.
func (w *Worker) pollOrders(ctx context.Context, customer string, p *polling, batches []rollout.Batch) error {
	p.calls, p.alone = 0, map[string]ledger.Waiting{}
	waiting := map[string]ledger.Waiting{} // by orderId
	for _, b := range batches {
		list, err := w.Ledger.Waiting(ctx, b.ID)
		if err != nil {
			return err
		}
		for _, x := range list {
			waiting[x.OrderID] = x
		}
	}
	now := w.Now()
	due := func(listed bool) (due []ledger.Waiting) {
		for _, x := range slices.Concat(slices.Collect(maps.Values(waiting)), slices.Collect(maps.Values(p.alone))) {
			// An order that was just made need not be in the list yet.
			if !x.Look.After(now) && (!listed || now.Sub(x.Ordered) > w.Settle) {
				due = append(due, x)
			}
		}
		slices.SortFunc(due, func(a, b ledger.Waiting) int { return a.Look.Compare(b.Look) })
		return due
	}
	alone := due(false)
	if !now.Before(p.noList) && len(alone) > p.pages {
		refused, err := w.readOrders(ctx, customer, p, waiting)
		p.calls = p.pages
		if err != nil {
			return err
		}
		alone = due(refused == nil)
		if refused != nil {
			p.noList = now.Add(listAgain)
			w.Log.Warn("the API does not show the account's orders; they are asked for one by one", "customer", customer, "words", refused.Words)
		}
	}
	share := idleShare
	if p.busy {
		share = lookShare
	}
	most := max(1, min(w.sustained(ctx)*share*pollGap.Seconds(), float64(len(alone))))
	alone = alone[:min(len(alone), int(most))]
	p.calls += len(alone)
	return w.lookAlone(ctx, alone)
}

// readOrders reads the account's orders, and takes those out of waiting that the list
// shows. It begins where the first of them was found the last time, ends when all have
// been seen, and goes round to the beginning if some have not.
func (w *Worker) readOrders(ctx context.Context, customer string, p *polling, waiting map[string]ledger.Waiting) (*refusal, error) {
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
		open, err := w.heardAll(ctx, p, page.Orders, waiting)
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
		if len(waiting) == 0 || wrapped && (end || begin > 0 && offset >= begin) {
			break
		}
		if end {
			offset, wrapped = 0, true
		}
	}
	if p.start = first; first == math.MaxInt {
		p.start = begin
	}
	return nil, failed
}

// heardAll takes the orders of one page out of waiting, and settles the sites whose
// orders are over, or should be. It reports whether there are some whose are not. An
// order that is delivered without a voicesite is left to be asked for by itself. A
// site in trouble keeps nobody from the others.
func (w *Worker) heardAll(ctx context.Context, p *polling, orders []btapi.Order, waiting map[string]ledger.Waiting) (open bool, err error) {
	var g errgroup.Group
	g.SetLimit(pollAtOnce)
	for _, o := range orders {
		x, ok := waiting[o.OrderID]
		if !ok {
			continue
		}
		delete(waiting, o.OrderID)
		if namesNoSite(o) {
			p.alone[o.OrderID] = x
			continue
		}
		if !over(o) && w.Now().Sub(x.Ordered) <= w.OrderDeadline {
			open = true
			continue
		}
		g.Go(func() error { return w.heard(ctx, x, o) })
	}
	return open, g.Wait()
}

// heard settles a site by what the list says of its order.
func (w *Worker) heard(ctx context.Context, x ledger.Waiting, o btapi.Order) error {
	b, s, err := w.Ledger.Load(ctx, x.Batch, x.Row)
	if err != nil || s.State != rollout.Ordered || s.OrderID != o.OrderID {
		return err
	}
	if notAbout(b.Customer, s, o) != nil { // what it says by itself counts
		out, err := w.step(ctx, b, s, rollout.StagePoll)
		return w.handOn(ctx, x, out, err)
	}
	before := s.Progress
	s.Unconfirmed = s.Unconfirmed && isAnonymous(o)
	if !w.settle(&s, o) {
		w.overdue(b, &s, o)
	}
	out, err := w.record(ctx, rollout.StagePoll, before, s, &waiting{})
	return w.handOn(ctx, x, out, err)
}

// handOn makes the task of a site that can go on, and says when the order of one that
// cannot is to be looked at again.
func (w *Worker) handOn(ctx context.Context, x ledger.Waiting, o outcome, err error) error {
	ctx = context.WithoutCancel(ctx)
	var later *waiting
	switch {
	case errors.As(err, &later):
		return w.Ledger.LookAgain(ctx, x, w.Now().Add(later.delay))
	case err == nil && o.onward:
		return w.queue.Site(ctx, o.site, 0)
	}
	return err
}

// lookAlone asks for orders one by one, until one shows that the account does not
// work. Any other site in trouble keeps nobody from the others.
func (w *Worker) lookAlone(ctx context.Context, list []ledger.Waiting) error {
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
			return w.handOn(within, x, o, err)
		})
	}
	err := g.Wait()
	if blocked.Load() {
		return errAccount // whatever else: the calls that were cut off say nothing
	}
	return err
}
