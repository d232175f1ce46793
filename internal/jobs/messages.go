package jobs

// This file holds sentences about what the account holds, in both languages.

import (
	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

func severalOrders(orders []btapi.Order) rollout.Text {
	return rollout.Say(
		"The account holds %d orders of this site (%s), and each costs money: have the needless ones cancelled.",
		"Le compte contient %d commandes de ce site (%s), et chacune est facturée : faites annuler celles qui sont de trop.",
		len(orders), list(orders, order))
}

func orderOfTheName(o btapi.Order) rollout.Text {
	return rollout.Say(
		"The account holds an order of this name or one like it (%s), which was not made for this row: "+
			"if it is this site, give this row up, write that reference into its customerOrderReference and upload it again; "+
			"if it is another, choose another name.",
		"Le compte contient une commande à ce nom ou à un nom semblable (%s), qui n'a pas été passée pour cette ligne : "+
			"si c'est bien ce site, abandonnez cette ligne, écrivez cette référence dans son customerOrderReference et envoyez-la de nouveau ; "+
			"si c'en est un autre, choisissez un autre nom.", order(o))
}

func orderDiffers(o btapi.Order, s rollout.Site) rollout.Text {
	return rollout.Say(
		"Order %s of this site exists already, for country %s and VPN %s; the row says %s and %s.",
		"La commande %s de ce site existe déjà, pour le pays %s et le VPN %s ; la ligne indique %s et %s.",
		o.OrderID, o.Parameters.Country, o.Parameters.VPNID, s.Country, s.VPNID)
}

func orderWithoutNumber(reference string) rollout.Text {
	return rollout.Say(
		"The account holds an order of this site, under reference %s, without telling its number: look for it in the portal.",
		"Le compte contient une commande de ce site, sous la référence %s, sans en donner le numéro : cherchez-la dans le portail Business Talk Online.",
		reference)
}

func voiceSiteOfTheName(sites []btapi.VoiceSite) rollout.Text {
	return rollout.Say(
		"The account holds a voicesite of this name or one like it (%s), and no order says that it was made for this row: "+
			"if it is another site, choose another name.",
		"Le compte contient un voicesite de ce nom ou d'un nom semblable (%s), et aucune commande n'indique qu'il a été créé pour cette ligne : "+
			"s'il s'agit d'un autre site, choisissez un autre nom.", list(sites, voiceSite))
}

func ordersOfNoName(orders []btapi.Order) rollout.Text {
	return rollout.Say(
		"The account holds orders under this site's reference (%s), and does not tell that they are for this site: look them up in the portal.",
		"Le compte contient des commandes sous la référence de ce site (%s), sans indiquer qu'elles sont pour ce site : "+
			"vérifiez-les dans le portail Business Talk Online.", list(orders, order))
}

func order(o btapi.Order) rollout.Text {
	if name := o.Parameters.TechnicalSiteName; name != "" {
		return rollout.Say("%s for site %q under reference %s", "%s pour le site %q sous la référence %s", o.OrderID, name, o.CustomerOrderReference)
	}
	return rollout.Say("%s under reference %s", "%s sous la référence %s", o.OrderID, o.CustomerOrderReference)
}

func voiceSite(v btapi.VoiceSite) rollout.Text {
	return rollout.Say("%s, %q in %s, VPN %s, label %q", "%s, %q dans le pays %s, VPN %s, libellé %q",
		v.VoiceSiteID, v.TechnicalSiteName, v.Country, v.VPNID, v.CustomerSiteLabel)
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
