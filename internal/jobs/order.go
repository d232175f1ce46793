// The order: the one step that costs money. A survey of the account is read first; an
// intent is recorded before the first byte is sent. An attempt whose outcome is unknown (no
// answer, a 5xx, HTTP 409) is looked up in the account: Config.Timeout and Skew after its
// sender gave up, or Config.Window, Timeout and Skew after the intent of a sender that died;
// and once more Config.Settle later. If neither finds an order, the next attempt begins after
// Retry.First, doubled for each lost answer; but after HTTP 409 a person decides. What a person's
// retry of a site keeps of earlier attempts is in retry.go.

package jobs

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/identity"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// order makes sure that the site's order exists, once. Validated → Ordered or
// Delivered when the account holds it already; otherwise Validated → Ordering
// (intent) → Ordered, Delivered, Failed, or back to Validated when it is certain
// that nothing was made.
func (w *Worker) order(ctx context.Context, b rollout.Batch, s rollout.Site) (rollout.Site, error) {
	switch {
	case s.State == rollout.Ordering:
		return w.reconcile(ctx, b, s)
	case len(s.Push) == 0 && s.Passed == "": // a person decided before it was validated
		return w.validate(ctx, b, s)
	case s.Progress.VoiceSiteID != "" && !namesAnother(s): // this program had it delivered, for an earlier batch
		s.State = rollout.Delivered
		return s, nil
	case s.Intent != nil && s.Intent.LookUp && givenVoiceSiteID(s) == "":
		return w.lookUpAgain(ctx, b, s)
	}
	since := w.earliestSurvey(b, s)
	if s.OrderedAt != nil { // an order was made, perhaps of an earlier row of the site, which the lists may not show yet
		since = later(since, s.OrderedAt.Add(w.Settle))
		if early := since.Sub(w.Now()); early > 0 {
			return s, &waitError{delay: early, reason: "the account need not show the order of the site yet"}
		}
	}
	h, err := w.holdingFor(ctx, b, s, since)
	if err == nil && h.moving && givenVoiceSiteID(s) == "" {
		var found []btapi.Order
		found, _, err = w.ordersOf(ctx, b.Customer, identity.References(b.Customer, s.Request)...)
		h.add(found)
	}
	if err != nil {
		return s, err
	}
	s.OrderedAt = nil // if it is adopted, it may take as long as others from now on
	switch {
	case givenVoiceSiteID(s) != "":
		return w.takeOver(ctx, b, s, h)
	case s.Decision != nil && s.Decision.OrderAgain: // a person said that what there is now is not the site
		s.Dismissed, s.Decision, s.Problems = append(s.Dismissed, h.ids()...), nil, nil
	}
	if w.adopt(b, &s, h) {
		return s, nil
	}
	if s.OrderID != "" { // only a site that is tried again has one here
		w.recallOrder(b, &s, h)
		return s, nil
	}
	return w.send(ctx, b, s, h)
}

// recallOrder is for a site that is tried again, whose order is known and not live in the account: no
// other one is made. Validated → Failed, if it was rejected meanwhile; Review otherwise.
func (w *Worker) recallOrder(b rollout.Batch, s *rollout.Site, h holding) {
	known := func(o btapi.Order) bool { return o.OrderID == s.OrderID }
	if i := slices.IndexFunc(h.orders, known); i >= 0 && h.orders[i].Failed() {
		w.settle(s, h.orders[i])
		return
	}
	review(b, s, problemOrderNotShown(*s))
}

// lookUpAgain is for a site that a person has tried again, and of whose last attempt it is not known
// whether it made an order: it is looked up as one whose answer was just lost. Validated → Ordering,
// or what follows from it.
func (w *Worker) lookUpAgain(ctx context.Context, b rollout.Batch, s rollout.Site) (rollout.Site, error) {
	intent := *s.Intent
	intent.LookUp, intent.Missed, intent.MissedAt = false, 0, nil
	s.State, s.Intent = rollout.Ordering, &intent
	return w.reconcile(ctx, b, s)
}

// givenVoiceSiteID is the voiceSiteId that a person gave: in the row, or deciding a
// Review. A later decision to order again overrides the row.
func givenVoiceSiteID(s rollout.Site) string {
	switch {
	case s.Decision != nil:
		return s.Decision.VoiceSiteID
	case dismissed(s, s.Request.VoiceSiteID):
		return ""
	}
	return s.Request.VoiceSiteID
}

// takeOver makes sure that the voicesite which a person named is the site's: an
// address pushed to another one would send an ambulance to the wrong place.
// Validated → Delivered, or Failed, or Review where that was a person's decision.
func (w *Worker) takeOver(ctx context.Context, b rollout.Batch, s rollout.Site, h holding) (rollout.Site, error) {
	id := givenVoiceSiteID(s)
	site, held := h.voiceSite(id)
	var refused *btapi.Error
	if !held {
		var err error
		site, err = w.API.VoiceSite(ctx, b.Customer, id)
		if refused = btapi.RefusalIn(err); refused == nil && err != nil {
			return s, err
		}
	}
	var p rollout.Problem
	switch {
	case refused != nil && btapi.IsNotFound(refused):
		p = problemVoiceSiteUnknown(s, id, refused)
	case refused != nil:
		p = problemVoiceSiteNotTold(s, id, refused)
	case site.TechnicalSiteName != "" && !isAlike(site.TechnicalSiteName, s.Name) || differs(site.Country, s.Country):
		p = problemVoiceSiteOfAnother(s, id, site)
	default:
		return w.acceptVoiceSite(ctx, b, s, site, h)
	}
	switch {
	case s.Decision != nil:
		review(b, &s, p)
	case s.Progress.VoiceSiteID != "":
		fail(&s, problemAnotherKnown(s))
	default:
		fail(&s, p)
	}
	return s, nil
}

// send makes one attempt to order. Its intent is recorded when its slot has come,
// right before the sending; if the compare-and-set fails, nothing is sent.
func (w *Worker) send(ctx context.Context, b rollout.Batch, s rollout.Site, h holding) (rollout.Site, error) {
	intent := nextIntent(b, s, h)
	order, err := w.API.OrderVoiceSite(ctx, b.Customer, btapi.OrderRequest{
		CustomerOrderReference: identity.Reference(b.Customer, s.Request),
		Parameters: btapi.OrderParameters{
			TechnicalSiteName: s.Name, CustomerSiteLabel: s.Label, Country: s.Country, VPNID: s.VPNID,
		},
	}, func(ctx context.Context) (time.Time, error) {
		if err := w.hold(b, orders); err != nil {
			return time.Time{}, err
		}
		intent.SendBefore = w.sendBefore(b, w.Now().UTC())
		intent.LookFrom = w.arrivesBy(intent.SendBefore)
		next := s
		next.State, next.Intent = rollout.Ordering, &intent
		next, _, err := w.Ledger.AdvanceClaimedInState(ctx, b, next, intent.LookFrom)
		if err == nil {
			s = next
		}
		return intent.SendBefore, err
	})
	if err == nil {
		err = notAbout(b.Customer, s, order)
	}
	var api *btapi.Error
	errors.As(err, &api)
	switch {
	case err == nil:
		s.Unconfirmed = isAnonymous(order)
		w.settle(&s, order)
		return s, nil
	case errors.Is(err, ledger.ErrUnclaimed):
		return s, w.restoreClaims(ctx, b.Customer)
	case errors.Is(err, ledger.ErrTaken):
		fail(&s, problemTakenBeforeOrder(s))
		return s, nil
	case api == nil:
		return s, err
	case api.Unknown || btapi.IsConflict(err):
		// This sender is done with the attempt, and no other may send it.
		intent.SendBefore = w.Now().UTC()
		intent.LookFrom = w.arrivesBy(intent.SendBefore)
		intent.Conflict = btapi.IsConflict(err)
		intent.Lost++
		s.Intent, s.LastError, s.RequestID = &intent, api.Error(), api.RequestID
		if api.Class == btapi.Account {
			return s, err
		}
		return s, &waitError{delay: w.Timeout + w.Skew, reason: "whether the order was made is not known yet", cause: api}
	case api.Class == btapi.Site:
		return s, err
	}
	if s.State == rollout.Ordering {
		s.State = rollout.Validated // certainly nothing was made
	}
	return s, err
}

// nextIntent is the intent of a site's next attempt, without its times. The first one, and the
// first after a person had the site tried again, notes which rejected orders the account holds
// already, so that none of them is taken for the outcome of an attempt.
func nextIntent(b rollout.Batch, s rollout.Site, h holding) rollout.Intent {
	intent := rollout.Intent{Attempt: 1, Folded: true, Run: s.Run}
	if s.Intent != nil {
		intent.Attempt, intent.Lost, intent.Rejected = s.Intent.Attempt+1, s.Intent.Lost, slices.Clone(s.Intent.Rejected)
		if s.Intent.Run == s.Run {
			return intent
		}
	}
	for _, o := range h.rejectionsOf(b.Customer, s) {
		intent.Rejected = append(intent.Rejected, o.OrderID)
	}
	return intent
}

// notAbout is the error of an answer that speaks of something else than a site's order:
// whatever it says, the outcome of the call is unknown. It is nil for all others.
func notAbout(customer string, s rollout.Site, o btapi.Order) error {
	said := contradiction(customer, s, o)
	if said == "" && o.Failed() && isAnonymous(o) && (s.Unconfirmed || o.OrderID != s.OrderID) {
		said = "the answer says that an order failed, and not which site's"
	}
	if said == "" {
		return nil
	}
	return &btapi.Error{Class: btapi.Transient, Op: "order", Description: said, Unknown: true}
}

// reconcile finds out what became of an attempt whose outcome is unknown.
// Ordering → Ordered or Delivered (found), Failed (found, and rejected), Validated (not
// found, twice, a settle time apart), Review (it cannot be found out, or it was tried
// too often).
func (w *Worker) reconcile(ctx context.Context, b rollout.Batch, s rollout.Site) (rollout.Site, error) {
	// In an older copy of Redis, this intent need not be the last one.
	since := later(s.Intent.LookFrom, w.earliestSurvey(b, s))
	if s.Intent.Missed > 0 {
		since = later(s.Intent.MissedAt.Add(w.Settle), w.earliestSurvey(b, s))
	}
	if early := since.Sub(w.Now()); early > 0 {
		return s, &waitError{delay: early, reason: "an order may still be under way"}
	}
	h, err := w.holdingFor(ctx, b, s, since)
	if err != nil {
		return s, err
	}
	if w.adopt(b, &s, h) {
		return s, nil
	}
	if s.Intent.Missed > 0 {
		references := identity.References(b.Customer, s.Request)
		if s.Intent.Folded {
			references = references[:1]
		}
		found, refused, err := w.ordersOf(ctx, b.Customer, references...)
		if err != nil {
			return s, err
		}
		if h.add(found); h.moving { // then nothing else can tell
			h.refused = cmp.Or(h.refused, refused)
		}
		if w.adopt(b, &s, h) {
			return s, nil
		}
	}
	now := w.Now().UTC()
	intent := *s.Intent
	s.Intent = &intent
	switch {
	case h.refused != nil:
		review(b, &s, problemOrderUndecided(s, b.Customer, h.refused.RequestID, lookUpRefused(h.refused.Words)))
	case intent.Missed == 0:
		s.Intent.Missed, s.Intent.MissedAt = 1, &now
		return s, &waitError{delay: w.Settle, reason: "the account shows no order; looking once more"}
	case intent.Conflict:
		review(b, &s, problemOrderUndecided(s, b.Customer, s.RequestID, conflictWithoutOrder))
	case intent.Lost >= w.Retry.Tries:
		review(b, &s, problemOrderUndecided(s, b.Customer, s.RequestID, answersLost(s)))
	default:
		s.State = rollout.Validated
		return s, &waitError{delay: w.Retry.pause(intent.Lost), reason: "no order was made; the next attempt may begin"}
	}
	return s, nil
}
