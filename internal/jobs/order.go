// The order: the one step that costs money. An intent is recorded before the
// first byte is sent; an attempt whose outcome is unknown is looked up, and never
// sent again blindly.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

const (
	// sendWindow is how long after its intent was recorded an order may be sent.
	// It covers the wait for the API's budget.
	sendWindow = 30 * time.Second
	// settleMargin is added to send-before and time-out before an unknown attempt
	// is looked up, for clocks of several hosts that differ.
	settleMargin = 5 * time.Second
)

// order makes the order. Validated → Delivered when the voicesite exists already;
// otherwise Validated → Ordering (intent) → Ordered, Delivered, Failed, or back to
// Validated when it is certain that nothing was made.
func (w *Worker) order(ctx context.Context, b rollout.Batch, s rollout.Site) (rollout.Site, error) {
	if s.State == rollout.Ordering {
		return w.reconcile(ctx, b, s)
	}
	if s.Request.VoiceSiteID != "" {
		s.Progress.VoiceSiteID = s.Request.VoiceSiteID
		s.State = rollout.Delivered
		return s, nil
	}
	attempt := 1
	if s.Intent != nil {
		attempt = s.Intent.Attempt + 1
	}
	s.Intent = &rollout.Intent{Attempt: attempt, SendBefore: w.Now().Add(sendWindow).UTC()}
	s.State = rollout.Ordering
	s, _, err := w.Ledger.Advance(ctx, s, w.unknownUntil(s))
	if err != nil {
		return s, err // who does not win this write must not send
	}

	order, err := w.API.OrderVoiceSite(ctx, b.Customer, btapi.OrderRequest{
		CustomerOrderReference: rollout.OrderReference(b.Customer, s.Request),
		Parameters: btapi.OrderParameters{
			TechnicalSiteName: s.Name, CustomerSiteLabel: s.Label, Country: s.Country, VPNID: s.VPNID,
		},
	}, s.Intent.SendBefore)
	var api *btapi.Error
	switch {
	case err == nil:
		w.settle(&s, order)
		return s, nil
	case errors.As(err, &api) && (api.Unknown || btapi.IsConflict(err)):
		// Nobody else may send this attempt, and this sender is done with it: what was
		// sent was sent before now.
		s.Intent.SendBefore = w.Now().UTC()
		s.LastError, s.RequestID = api.Error(), api.RequestID
		return s, &waiting{delay: w.unknownUntil(s).Sub(w.Now()), reason: "whether the order was made is not known yet"}
	case api != nil && api.Class == btapi.Site:
		return s, err
	}
	s.State = rollout.Validated // certainly nothing was made
	return s, err
}

// unknownUntil is the earliest moment at which an attempt whose outcome is unknown
// may be looked up: by then, whatever was sent has arrived.
func (w *Worker) unknownUntil(s rollout.Site) time.Time {
	return s.Intent.SendBefore.Add(w.Timeout + settleMargin)
}

// reconcile finds out what became of an attempt that nobody saw the end of.
// Ordering → Ordered or Delivered (found), Validated (not found, twice, a settle
// time apart), Review (it cannot be looked up).
func (w *Worker) reconcile(ctx context.Context, b rollout.Batch, s rollout.Site) (rollout.Site, error) {
	if early := w.unknownUntil(s).Sub(w.Now()); early > 0 {
		return s, &waiting{delay: early, reason: "an order may still be under way"}
	}
	found, err := w.lookUp(ctx, b, &s)
	if err != nil || found {
		return s, err
	}
	now := w.Now().UTC()
	intent := *s.Intent
	s.Intent = &intent
	if intent.Missed > 0 && now.Sub(*intent.MissedAt) >= w.Settle {
		s.State = rollout.Validated
		return s, &waiting{reason: "no order was made; the next attempt may begin"}
	}
	if intent.Missed == 0 {
		s.Intent.Missed, s.Intent.MissedAt = 1, &now
	}
	return s, &waiting{delay: w.Settle, reason: "no order is to be seen; looking once more"}
}

// lookUp searches the account for the site's order, by reference, and for its
// voicesite, by name. What it finds, it takes over.
func (w *Worker) lookUp(ctx context.Context, b rollout.Batch, s *rollout.Site) (found bool, err error) {
	reference := rollout.OrderReference(b.Customer, s.Request)
	var live []btapi.Order
	var refused *btapi.Error // a list that is refused has not been looked through
	for o, err := range w.API.Orders(ctx, b.Customer, reference) {
		if refused = refusalIn(err); refused != nil {
			break
		}
		if err != nil {
			return false, err
		}
		if !o.Failed() && o.CustomerOrderReference == reference &&
			(o.Parameters.TechnicalSiteName == "" || o.Parameters.TechnicalSiteName == s.Name) {
			live = append(live, o)
		}
	}
	if len(live) > 0 {
		// Should there be several, the oldest is the site's; the rest is for a person.
		w.settle(s, slices.MinFunc(live, func(a, b btapi.Order) int { return strings.Compare(a.CreationDate, b.CreationDate) }))
		if len(live) > 1 {
			w.Log.Error("the account holds several orders of one site", "batch", s.Batch, "row", s.Row, "reference", reference, "orders", len(live))
		}
		return true, nil
	}
	for v, err := range w.API.VoiceSites(ctx, b.Customer) {
		if e := refusalIn(err); e != nil {
			refused = e
			break
		}
		if err != nil {
			return false, err
		}
		if v.TechnicalSiteName == s.Name {
			s.Progress.VoiceSiteID = v.VoiceSiteID
			s.State = rollout.Delivered
			return true, nil
		}
	}
	if refused != nil {
		review(s, rollout.Problem{
			Code: CodeOrderUnknown, Stage: rollout.StageOrder, Value: reference, RequestID: refused.RequestID,
			Message: fmt.Sprintf("The answer to order %d of this site was lost, and the API does not let it be looked up (%s): look for reference %s in the portal before ordering it again.", s.Intent.Attempt, sentence(refused.Words()), reference),
		})
		return true, nil
	}
	return false, nil
}
