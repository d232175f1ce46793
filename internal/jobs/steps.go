// The steps of a site, except the order and the address: validation and polling. A step gets
// the site as it stands and returns it as it should stand; an error goes to the policy. A
// step does not write the site.

package jobs

import (
	"cmp"
	"context"
	"math/rand/v2"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

// step does the work that a site in its present state needs.
type step func(w *Worker, ctx context.Context, b rollout.Batch, s rollout.Site) (rollout.Site, error)

// steps says which step does a stage's work.
var steps = map[rollout.Stage]step{
	rollout.StageValidate: (*Worker).validate,
	rollout.StageOrder:    (*Worker).order,
	rollout.StagePoll:     (*Worker).poll,
	rollout.StageAddress:  (*Worker).address,
}

// validate checks the row by today's rules and by the address register, and continues to the
// order: Imported → Validated or Failed, or what comes after.
func (w *Worker) validate(ctx context.Context, b rollout.Batch, s rollout.Site) (rollout.Site, error) {
	f, err := w.Checker.Check(ctx, b.Customer, &s.Request)
	if err == nil && len(f.Problems) == 0 {
		f, err = w.Checker.Verify(ctx, s.Country, f)
	}
	if err != nil {
		return s, err
	}
	s.Notes = f.Notes
	if len(f.Problems) > 0 {
		for i := range f.Problems {
			f.Problems[i].Stage = rollout.StageValidate
		}
		fail(&s, f.Problems...)
		return s, nil
	}
	s.Push, s.Rules, s.Tries, s.LastError = f.Address, f.Rules, 0, ""
	s.State, s.Passed = rollout.Validated, rollout.Validated
	return w.order(ctx, b, s)
}

// poll asks for one order. Ordered → Delivered, Failed or, when it takes too long,
// Review.
func (w *Worker) poll(ctx context.Context, b rollout.Batch, s rollout.Site) (rollout.Site, error) {
	age := w.Now().Sub(*s.OrderedAt)
	order, err := w.API.Order(ctx, b.Customer, s.OrderID)
	refusal := btapi.RefusalIn(err)
	switch {
	case refusal != nil && btapi.IsNotFound(refusal) && age < w.Settle:
		return s, &waitError{delay: recheckAfter, reason: "the API does not show the order yet"}
	case refusal != nil:
		return w.wrongOrderID(ctx, b, s, refusal)
	case err == nil:
		err = notAbout(b.Customer, s, order)
		if err != nil && age >= w.Settle {
			return w.wrongOrderID(ctx, b, s, err)
		}
	}
	if err != nil {
		return s, err
	}
	s.Tries, s.LastError = 0, "" // the API answered: earlier trouble has ended
	s.Unconfirmed = s.Unconfirmed && isAnonymous(order)
	if namesNoSite(order) {
		return w.findVoiceSite(ctx, b, s)
	}
	if w.settle(&s, order) || w.overdue(b, &s, order) {
		return s, nil
	}
	return s, &waitError{delay: pollPause(age), reason: "the order is in progress"}
}

// overdue ends a site whose order is in progress for too long: Ordered → Review. It
// reports whether it did.
func (w *Worker) overdue(b rollout.Batch, s *rollout.Site, o btapi.Order) bool {
	if w.Now().Sub(*s.OrderedAt) <= w.OrderDeadline {
		return false
	}
	review(b, s, problemOrderLate(*s, o, w.OrderDeadline))
	return true
}

// recheckAfter is the time until something that was just made, and is not visible yet, is
// asked for again.
const recheckAfter = 2 * time.Second

// pollPause is the time until an order of this age is polled individually again: a third of
// the age, so that an order that takes long is asked for rarely.
func pollPause(age time.Duration) time.Duration {
	d := min(max(age/3, recheckAfter), longestGap)
	return d + rand.N(d/8+1)
}

// isFinished reports whether an order is delivered or rejected.
func isFinished(o btapi.Order) bool {
	return o.Failed() || o.VoiceSiteID != "" && (o.Delivered() || o.OrderID == "")
}

// settle writes into a site what its order says. It reports whether the order is finished.
func (w *Worker) settle(s *rollout.Site, o btapi.Order) bool {
	if s.OrderedAt == nil {
		now := w.Now().UTC()
		s.OrderedAt = &now
	}
	s.OrderID = cmp.Or(o.OrderID, s.OrderID)
	switch {
	case !isFinished(o):
		s.State = rollout.Ordered
		return false
	case o.Failed():
		fail(s, problemOrderRejected(o))
	default:
		s.Progress.VoiceSiteID = o.VoiceSiteID
		s.State = rollout.Delivered
	}
	return true
}
