// What an answer about a site's order does not tell, or tells wrongly: the orderId,
// the voicesite of a delivered order, and whether the voicesite that an answer named is the
// site's.

package jobs

import (
	"context"
	"slices"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/identity"
	"btrollout/internal/rollout"
)

// defaultVoiceSiteWait is Config.VoiceSiteWait.
const defaultVoiceSiteWait = 10 * time.Minute

// surveysForVoiceSite is in how many surveys, at most, a site looks for its voicesite
// within Config.VoiceSiteWait. All sites that wait share a survey, and each survey costs the
// lists.
const surveysForVoiceSite = 10

// namesNoSite reports whether an order is delivered without telling its voiceSiteId.
func namesNoSite(o btapi.Order) bool { return o.Delivered() && o.VoiceSiteID == "" }

// wrongOrderID is for an order whose orderId the API does not know, or knows as another's:
// the answer that told the orderId may have been wrong. The site's own order is looked for
// in the account. Ordered → Ordered or beyond, under the orderId found; Review, if there is
// none and the API refuses to tell about the orderId.
func (w *Worker) wrongOrderID(ctx context.Context, b rollout.Batch, s rollout.Site, why error) (rollout.Site, error) {
	// By then the order is in the lists. The time does not move with the clock, so that a
	// survey of any length serves.
	h, err := w.holdingFor(ctx, b, s, s.OrderedAt.Add(w.Settle))
	if err != nil {
		return s, err
	}
	mine, others, _ := h.ordersFor(b.Customer, s)
	mine = slices.DeleteFunc(mine, func(o btapi.Order) bool { return o.OrderID == s.OrderID || o.OrderID == "" })
	if len(mine) == 1 && len(others) == 0 && contradiction(b.Customer, s, mine[0]) == "" {
		s.Unconfirmed = false
		if w.settle(&s, mine[0]) {
			return s, nil
		}
		return s, &waitError{delay: recheckAfter, reason: "the order is in progress, under another number than was told first"}
	}
	refusal := btapi.RefusalIn(why)
	if refusal == nil {
		return s, why
	}
	review(b, &s, problemOrderIDUnknown(s, b.Customer, refusal))
	return s, nil
}

// findVoiceSite looks for the voicesite of a delivered order by the site's name.
// Ordered → Delivered, if there is one of the same name, in the site's country and on
// its VPN, that no other order made or may have made; Review, if there are several, or
// none within Config.VoiceSiteWait.
func (w *Worker) findVoiceSite(ctx context.Context, b rollout.Batch, s rollout.Site) (rollout.Site, error) {
	if s.NoSiteSince == nil {
		now := w.Now().UTC()
		s.NoSiteSince = &now
	}
	since, pause := *s.NoSiteSince, w.VoiceSiteWait/surveysForVoiceSite
	if s.NoSiteLook != nil { // a survey that takes long is waited for, so this does not move with the clock
		since = *s.NoSiteLook
		if early := since.Add(pause).Sub(w.Now()); early > 0 {
			return s, &waitError{delay: early, reason: "the order is delivered, and its voicesite was not in the list"}
		}
	}
	h, err := w.holdingFor(ctx, b, s, since)
	if err != nil {
		return s, err
	}
	now := w.Now().UTC()
	_, others, _ := h.ordersFor(b.Customer, s)
	unclear := slices.ContainsFunc(others, func(o btapi.Order) bool { return o.VoiceSiteID == "" })
	var sites []btapi.VoiceSite
	for _, v := range h.sites {
		other := !identity.Same(v.Site.TechnicalSiteName, s.Name) || differs(v.Site.Country, s.Country) || differs(v.Site.VPNID, s.VPNID)
		if !v.isForeign(b.Customer, s) && !other && !dismissed(s, v.Site.VoiceSiteID, v.OrderID) {
			sites = append(sites, v.Site)
		}
	}
	switch {
	case len(sites) == 1 && !unclear:
		s.Progress.VoiceSiteID, s.Unconfirmed = sites[0].VoiceSiteID, false
		s.State = rollout.Delivered
		return s, nil
	case len(sites) < 2 && now.Sub(*s.NoSiteSince) < w.VoiceSiteWait:
		s.NoSiteLook = &now
		return s, &waitError{delay: pause, reason: "the order is delivered, and its voicesite is not in the list yet"}
	}
	review(b, &s, problemVoiceSiteNotNamed(s, sites))
	return s, nil
}

// confirmVoiceSite looks at the voicesite that an anonymous answer named. Only what the
// API tells of it can contradict. Delivered → Review, if it is another site's.
func (w *Worker) confirmVoiceSite(ctx context.Context, b rollout.Batch, s rollout.Site) (rollout.Site, error) {
	site, err := w.API.VoiceSite(ctx, b.Customer, s.Progress.VoiceSiteID)
	refusal := btapi.RefusalIn(err)
	switch {
	case refusal != nil && btapi.IsNotFound(refusal) && w.Now().Sub(s.Changed) < w.Settle:
		return s, &waitError{delay: recheckAfter, reason: "the voicesite is not listed yet"}
	case refusal == nil && err != nil:
		return s, err
	case refusal == nil && (site.TechnicalSiteName == "" || isAlike(site.TechnicalSiteName, s.Name)) &&
		!differs(site.Country, s.Country) && !differs(site.VPNID, s.VPNID):
		s.Unconfirmed = false
		return s, nil
	}
	p := problemAnsweredOther(s, site)
	if refusal != nil {
		p = problemAnsweredUnknown(s, refusal)
	}
	s.Progress.VoiceSiteID, s.OrderID = "", "" // neither was confirmed to be this site's
	review(b, &s, p)
	return s, nil
}
