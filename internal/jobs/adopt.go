// Decides whether an order or a voicesite that the account holds belongs to a site,
// which then adopts it, or to another, which only a person can decide. Nothing here
// calls the API.

package jobs

import (
	"fmt"
	"slices"
	"strings"

	"btrollout/internal/btapi"
	"btrollout/internal/identity"
	"btrollout/internal/rollout"
)

// adopt settles a site by what the account holds: the site adopts an order or a
// voicesite, or goes to Review. It reports whether there was anything to settle.
//
// An order under the reference that only this program makes is the site's own, however
// the API spells its name. A voicesite that merely has the name is the site's own if the
// site's attempt may have made it, and it is as ordered. A rejected order is the outcome
// of the site's attempt if it was not there before.
func (w *Worker) adopt(b rollout.Batch, s *rollout.Site, h holding) bool {
	mine, others, unclear := h.ordersFor(b.Customer, *s)
	sites, foreign := h.sitesFor(b.Customer, *s)
	attempted := s.State == rollout.Ordering && !s.Intent.Conflict
	rejected := h.rejectionsOf(b.Customer, *s)
	switch {
	case len(mine)+len(others) > 1:
		review(b, s, problemSeveralOrders(*s, append(mine, others...)))
	case len(others) == 1 && len(sites) == 0:
		review(b, s, problemOrderOfTheName(*s, others[0]))
	case len(mine) == 1 && isForAnother(mine[0], *s):
		review(b, s, problemOrderDiffers(*s, mine[0]))
	case len(mine) == 1 && mine[0].OrderID == "" && mine[0].VoiceSiteID == "":
		review(b, s, problemOrderWithoutID(*s, b.Customer))
	case len(mine) == 1:
		w.settle(s, mine[0])
	case len(sites) == 1 && attempted && !foreign && len(others) == 0 && isAsOrdered(sites[0], *s):
		s.Progress.VoiceSiteID = sites[0].VoiceSiteID
		s.State = rollout.Delivered
	case len(sites) > 0:
		review(b, s, problemVoiceSiteOfTheName(*s, sites))
	case len(unclear) > 0:
		review(b, s, problemOrdersOfNoName(*s, unclear))
	case attempted && len(rejected) > 0:
		w.settle(s, rejected[0])
	default:
		return false
	}
	return true
}

// isForAnother reports whether an order is for another country or VPN than a site's.
func isForAnother(o btapi.Order, s rollout.Site) bool {
	return differs(o.Parameters.Country, s.Country) || differs(o.Parameters.VPNID, s.VPNID)
}

// isAsOrdered reports whether a voicesite agrees with what a site orders.
func isAsOrdered(v btapi.VoiceSite, s rollout.Site) bool {
	return identity.Same(v.TechnicalSiteName, s.Name) && v.Country == s.Country && v.VPNID == s.VPNID && v.CustomerSiteLabel == s.Label
}

// ordersFor sorts the live orders that may be a site's: its own; those of its name, or one
// like it, that are not its own; and those under its reference of which the API does not
// tell for which site they are.
func (h holding) ordersFor(customer string, s rollout.Site) (mine, others, unclear []btapi.Order) {
	for _, o := range h.orders {
		refers, name := refersTo(customer, s, o.CustomerOrderReference, o.Parameters.TechnicalSiteName), o.Parameters.TechnicalSiteName
		own := refers && identity.IsOwn(o.CustomerOrderReference) // a reference that nobody else would choose
		switch {
		case o.Failed() || dismissed(s, o.OrderID, o.VoiceSiteID):
		case refers && identity.Same(name, s.Name), own && (name == "" || isAlike(name, s.Name)):
			mine = append(mine, o)
		case own, refers && name == "":
			unclear = append(unclear, o)
		case isAlike(name, s.Name):
			others = append(others, o)
		}
	}
	return mine, others, unclear
}

// rejectionsOf are the orders of a site that Orange rejected or cancelled, and that were
// not there before its first attempt. An alike name suffices: ordering a second time without a
// person is worse than failing.
func (h holding) rejectionsOf(customer string, s rollout.Site) []btapi.Order {
	return slices.DeleteFunc(slices.Clone(h.orders), func(o btapi.Order) bool {
		name := o.Parameters.TechnicalSiteName
		known := s.Intent != nil && slices.Contains(s.Intent.Rejected, o.OrderID)
		ofSite := name == "" || isAlike(name, s.Name)
		return !o.Failed() || known || !ofSite || dismissed(s, o.OrderID) || !refersTo(customer, s, o.CustomerOrderReference, name)
	})
}

// sitesFor gives the voicesites of a site's name, or one like it, and whether an order
// that is not the site's made one of them.
func (h holding) sitesFor(customer string, s rollout.Site) (sites []btapi.VoiceSite, foreign bool) {
	for _, v := range h.sites {
		if !dismissed(s, v.Site.VoiceSiteID, v.OrderID) {
			sites = append(sites, v.Site)
			foreign = foreign || v.isForeign(customer, s)
		}
	}
	return sites, foreign
}

// isForeign reports whether an order that is not a site's made the voicesite.
func (v madeSite) isForeign(customer string, s rollout.Site) bool {
	return v.Reference != "" && !refersTo(customer, s, v.Reference, v.Site.TechnicalSiteName)
}

// voiceSite returns the voicesite of that id, if the account holds one of a name like the
// site's.
func (h holding) voiceSite(id string) (btapi.VoiceSite, bool) {
	for _, v := range h.sites {
		if v.Site.VoiceSiteID == id {
			return v.Site, true
		}
	}
	return btapi.VoiceSite{}, false
}

// refersTo reports whether a reference is that of a site: its own, or one that this
// program made for the same name in another spelling.
func refersTo(customer string, s rollout.Site, reference, name string) bool {
	return slices.Contains(identity.References(customer, s.Request), reference) ||
		identity.Same(name, s.Name) && identity.IsOwnOf(reference, customer, name)
}

// isAlike reports whether two names are alike (see identity.Alike).
func isAlike(name, of string) bool { return name != "" && identity.Alike(name) == identity.Alike(of) }

// contradiction says in what an answer about a site's order disagrees with the site; "" if
// in nothing. What the answer does not tell disagrees with nothing.
func contradiction(customer string, s rollout.Site, o btapi.Order) string {
	reference, p := o.CustomerOrderReference, o.Parameters
	switch {
	case reference != "" && !refersTo(customer, s, reference, p.TechnicalSiteName):
		return fmt.Sprintf("the answer is about an order under reference %q", reference)
	case p.TechnicalSiteName != "" && !isAlike(p.TechnicalSiteName, s.Name):
		return fmt.Sprintf("the answer is about site %q", p.TechnicalSiteName)
	case isForAnother(o, s):
		return fmt.Sprintf("the answer is about an order in country %q on VPN %q", p.Country, p.VPNID)
	}
	return ""
}

// isAnonymous reports whether an order does not say for which site it was made: it tells
// no name, and no reference of this program's; those of rows may be shared by several.
func isAnonymous(o btapi.Order) bool {
	return o.Parameters.TechnicalSiteName == "" && !identity.IsOwn(o.CustomerOrderReference)
}

// differs reports whether the API says something, and something else, but for case.
func differs(said, want string) bool { return said != "" && !strings.EqualFold(said, want) }

func dismissed(s rollout.Site, ids ...string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return id != "" && slices.Contains(s.Dismissed, id) })
}

// ids are the orderIds and voiceSiteIds of all that the account holds under a site's reference and name.
func (h holding) ids() []string {
	var ids []string
	for _, o := range h.orders {
		ids = append(ids, o.OrderID, o.VoiceSiteID)
	}
	for _, v := range h.sites {
		ids = append(ids, v.Site.VoiceSiteID)
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
}
