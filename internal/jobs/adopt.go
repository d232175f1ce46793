// Whose an order or a voicesite is that the account holds under a site's reference
// or name: the site's, which then takes it over, or somebody else's, which only a
// person can decide. Nothing here calls the API.
package jobs

import (
	"regexp"
	"slices"
	"strings"

	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

// adopt settles a site by what the account holds: it takes an order or a voicesite
// over, or goes to Review. It reports whether there was anything to settle.
//
// What bears the reference that only this program makes, for this very name, is the
// site's own. A voicesite that merely has its name is, if the site's own attempt may
// have made it, and it is what was ordered.
func (w *Worker) adopt(b rollout.Batch, s *rollout.Site, h holding) bool {
	reference := rollout.OrderReference(b.Customer, s.Request)
	mine, others, unclear := h.ordersFor(*s, reference)
	sites, foreign := h.sitesFor(*s, reference)
	attempted := s.State == rollout.Ordering && !s.Intent.Conflict
	problem := func(code string, message rollout.Text) bool {
		review(s, rollout.Problem{
			Code: code, Stage: rollout.StageOrder, Field: rollout.FieldName, Value: s.Name,
			Message: rollout.Say("%s %s", "%s %s", message, decide(b, *s)),
		})
		return true
	}
	switch {
	case len(mine)+len(others) > 1:
		return problem(CodeOrderSeveral, rollout.Say(
			"The account holds %d orders of this site (%s), and each costs money: have the needless ones cancelled.",
			"Le compte contient %d commandes de ce site (%s), et chacune est facturée : faites annuler celles qui sont de trop.", len(mine)+len(others), list(append(mine, others...), order)))
	case len(others) == 1 && len(sites) == 0:
		return problem(CodeNameTaken, rollout.Say(
			"The account holds an order of this name (%s), which was not made for this row: if it is this site, give this row up, write that reference into its customerOrderReference and upload it again; if it is another, choose another name.",
			"Le compte contient une commande à ce nom (%s), qui n'a pas été passée pour cette ligne : si c'est bien ce site, abandonnez cette ligne, écrivez cette référence dans son customerOrderReference et envoyez-la de nouveau ; si c'en est un autre, choisissez un autre nom.", order(others[0])))
	case len(mine) == 1 && (differs(mine[0].Parameters.Country, s.Country) || differs(mine[0].Parameters.VPNID, s.VPNID)):
		p := mine[0].Parameters
		return problem(CodeOrderDiffers, rollout.Say(
			"Order %s of this site exists already, for country %s and VPN %s; the row says %s and %s.",
			"La commande %s de ce site existe déjà, pour le pays %s et le VPN %s ; la ligne indique %s et %s.", mine[0].OrderID, p.Country, p.VPNID, s.Country, s.VPNID))
	case len(mine) == 1 && mine[0].OrderID == "" && mine[0].VoiceSiteID == "":
		return problem(CodeOrderUnknown, rollout.Say(
			"The account holds an order of this site, under reference %s, without telling its number: look for it in the portal.",
			"Le compte contient une commande de ce site, sous la référence %s, sans en donner le numéro : cherchez-la dans le portail Business Talk Online.", reference))
	case len(mine) == 1:
		w.settle(s, mine[0])
		return true
	case len(sites) == 1 && attempted && !foreign && sites[0].Country == s.Country && sites[0].VPNID == s.VPNID && sites[0].CustomerSiteLabel == s.Label:
		s.Progress.VoiceSiteID = sites[0].VoiceSiteID
		s.State = rollout.Delivered
		return true
	case len(sites) > 0:
		return problem(CodeNameTaken, rollout.Say(
			"The account holds a voicesite of this name (%s), and no order says that it was made for this row: if it is another site, choose another name.",
			"Le compte contient un voicesite de ce nom (%s), et aucune commande n'indique qu'il a été créé pour cette ligne : s'il s'agit d'un autre site, choisissez un autre nom.", list(sites, voiceSite)))
	case len(unclear) > 0:
		return problem(CodeOrderUnknown, rollout.Say(
			"The account holds orders under reference %s (%s), and does not tell for which site: look them up in the portal.",
			"Le compte contient des commandes sous la référence %s (%s), sans indiquer pour quel site : vérifiez-les dans le portail Business Talk Online.", reference, list(unclear, order)))
	}
	return false
}

// ordersFor sorts the live orders that may be a site's: those that are, those of its
// name that others made, and those of which only the reference is told, which others
// may use, too.
func (h holding) ordersFor(s rollout.Site, reference string) (mine, others, unclear []btapi.Order) {
	ours := s.Reference == "" // a reference that nobody else would choose
	for _, o := range h.orders {
		name, refers := o.Parameters.TechnicalSiteName, o.CustomerOrderReference == reference
		switch {
		case o.Failed() || dismissed(s, o.OrderID, o.VoiceSiteID):
		case refers && (name == s.Name || name == "" && ours):
			mine = append(mine, o)
		case refers && name == "":
			unclear = append(unclear, o)
		case name == s.Name:
			others = append(others, o)
		}
	}
	return mine, others, unclear
}

// sitesFor gives the voicesites of a site's name, and whether an order that is not
// the site's made one of them.
func (h holding) sitesFor(s rollout.Site, reference string) (sites []btapi.VoiceSite, foreign bool) {
	for _, v := range h.sites {
		if !dismissed(s, v.Site.VoiceSiteID, v.OrderID) {
			sites = append(sites, v.Site)
			foreign = foreign || v.Reference != "" && v.Reference != reference
		}
	}
	return sites, foreign
}

// differs reports whether the API says something, and something else.
func differs(said, want string) bool { return said != "" && said != want }

func dismissed(s rollout.Site, ids ...string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return id != "" && slices.Contains(s.Dismissed, id) })
}

// ids are the numbers of all that the account holds under a site's reference and name.
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

// plainWord is what a shell takes as it stands.
var plainWord = regexp.MustCompile(`^[\pL\d:._-]+$`)

// decide tells how a person ends a site's Review.
func decide(b rollout.Batch, s rollout.Site) rollout.Text {
	row := b.RowName(s.Row)
	if !plainWord.MatchString(row) { // a sheet may be called anything
		row = "'" + strings.ReplaceAll(row, "'", `'\''`) + "'"
	}
	return rollout.Say(
		"Decide with batch resolve %s %s, and --voicesite ID if the voicesite exists, --order-again or --fail.",
		"Décidez avec batch resolve %s %s, suivi de --voicesite ID si le voicesite existe, de --order-again ou de --fail.", s.Batch, row)
}

func order(o btapi.Order) rollout.Text {
	return rollout.Say("%s under reference %s", "%s sous la référence %s", o.OrderID, o.CustomerOrderReference)
}

func voiceSite(v btapi.VoiceSite) rollout.Text {
	return rollout.Say("%s in %s, VPN %s, label %q", "%s dans le pays %s, VPN %s, libellé %q", v.VoiceSiteID, v.Country, v.VPNID, v.CustomerSiteLabel)
}

// listed is how many orders or voicesites a Problem spells out.
const listed = 5

// list names items, of which there is at least one.
func list[T any](items []T, name func(T) rollout.Text) rollout.Text {
	names := name(items[0])
	for _, item := range items[1:min(len(items), listed)] {
		names = rollout.Say("%s; %s", "%s ; %s", names, name(item))
	}
	if more := len(items) - listed; more > 0 {
		names = rollout.Say("%s; %d more", "%s ; %d de plus", names, more)
	}
	return names
}
