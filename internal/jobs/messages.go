package jobs

// This file holds the sentences that people read about rows and sites, in both languages:
// those of uploads, of orders, of voicesites and of addresses. Each says what happened
// and what to do.

import (
	"cmp"

	"btrollout/internal/btapi"
	"btrollout/internal/identity"
	"btrollout/internal/rollout"
)

// Uploads: why a row is rejected whose site an earlier upload has.

func nameIsAlike(b rollout.Batch, was rollout.Site) rollout.Text {
	return rollout.Say(
		"Row %s of batch %s is a site called %q, which people can take for this name: "+
			"write the name as it is there if it is the same site; otherwise give this one a name that cannot be confused.",
		"La ligne %s du lot %s est un site nommé %q, que l'on peut confondre avec ce nom : "+
			"écrivez le nom comme il y figure s'il s'agit du même site ; sinon, donnez à celui-ci un nom qu'on ne puisse confondre.",
		b.RowName(was.Row), b.ID, was.Name)
}

func siteBeingWritten(b rollout.Batch, was rollout.Site) rollout.Text {
	return rollout.Say(
		"Another upload, batch %s, is being written with this site as row %s: try again when it is through, or in %.0f minutes.",
		"Un autre envoi, le lot %s, est en cours d'écriture et contient ce site à la ligne %s : "+
			"réessayez quand il sera terminé, ou dans %.0f minutes.", b.ID, b.RowName(was.Row), abandonedAfter.Minutes())
}

func siteUnderWay(b rollout.Batch, was rollout.Site) rollout.Text {
	return rollout.Say(
		"This site is under way as row %s of batch %s: "+
			"wait until that batch is done, then upload this row again if it is still needed.",
		"Ce site est en cours de traitement, à la ligne %s du lot %s : "+
			"attendez que ce lot soit terminé, puis envoyez de nouveau cette ligne si elle est encore nécessaire.",
		b.RowName(was.Row), b.ID)
}

func siteInReview(b rollout.Batch, was rollout.Site) rollout.Text {
	return rollout.Say(
		"This site waits for a person's decision, as row %s of batch %s: look it up in the portal first. %s",
		"Ce site attend la décision d'une personne, à la ligne %s du lot %s : "+
			"vérifiez-le d'abord dans le portail Business Talk Online. %s", b.RowName(was.Row), b.ID, decide(b, was))
}

func siteChanged(s, was rollout.Site) rollout.Text {
	return rollout.Say(
		"Voicesite %s of this site stands in country %s on VPN %s, and the row says %s and %s: "+
			"the address of a voicesite can be changed by an upload, country and VPN cannot; "+
			"correct the row, or give a new site another name.",
		"Le voicesite %s de ce site est dans le pays %s sur le VPN %s, et la ligne indique %s et %s : "+
			"un envoi peut changer l'adresse d'un voicesite, mais ni son pays ni son VPN ; "+
			"corrigez la ligne, ou donnez un autre nom au nouveau site.",
		was.Progress.VoiceSiteID, was.Country, vpnOf(was), s.Country, vpnOf(s))
}

// vpnOf names a site's VPN; a row that gives a voiceSiteId may have none.
func vpnOf(s rollout.Site) rollout.Text {
	return cmp.Or(rollout.Text{EN: cmp.Or(s.VPN, s.VPNID)}, rollout.Say("unknown", "inconnu"))
}

var takenDuringUpload = rollout.Say(
	"Another upload took this site at the same moment, or a person decided about it: see batch list; "+
		"upload this row again when that batch is done, if it is still needed.",
	"Un autre envoi a pris ce site au même moment, ou une personne a décidé à son sujet : voyez batch list ; "+
		"envoyez de nouveau cette ligne quand ce lot sera terminé, si elle est encore nécessaire.")

func recordDamaged(batch string) rollout.Text {
	return rollout.Say(
		"Batch %s has this site, and its record in Redis cannot be read, so that it is not known whether the site was ordered: "+
			"have the record repaired or removed, as operations.md says, then upload this row again.",
		"Le lot %s contient ce site, et son enregistrement dans Redis est illisible ; on ne sait donc pas si le site a été commandé : "+
			"faites réparer ou supprimer l'enregistrement, comme l'indique operations.md, puis envoyez de nouveau cette ligne.", batch)
}

// Orders: what the account holds, and what became of an attempt.

func severalOrders(orders []btapi.Order) rollout.Text {
	return rollout.Say(
		"The account holds %d orders of this site (%s), and each costs money: have the needless ones cancelled.",
		"Le compte contient %d commandes de ce site (%s), et chacune est facturée : faites annuler celles qui sont de trop.",
		len(orders), rollout.ListOf(orders, describeOrder))
}

func orderOfTheName(o btapi.Order) rollout.Text {
	return rollout.Say(
		"The account holds an order of this name or one like it (%s), which was not made for this row: "+
			"if it is this site, give this row up, write that reference into its customerOrderReference and upload it again; "+
			"if it is another, choose another name.",
		"Le compte contient une commande à ce nom ou à un nom semblable (%s), qui n'a pas été passée pour cette ligne : "+
			"si c'est bien ce site, abandonnez cette ligne, écrivez cette référence dans son customerOrderReference et envoyez-la de nouveau ; "+
			"si c'en est un autre, choisissez un autre nom.", describeOrder(o))
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
		"Le compte contient une commande de ce site, sous la référence %s, sans en donner le numéro : "+
			"cherchez-la dans le portail Business Talk Online.", reference)
}

func voiceSiteOfTheName(sites []btapi.VoiceSite) rollout.Text {
	return rollout.Say(
		"The account holds a voicesite of this name or one like it (%s), and no order says that it was made for this row: "+
			"if it is another site, choose another name.",
		"Le compte contient un voicesite de ce nom ou d'un nom semblable (%s), et aucune commande n'indique qu'il a été créé pour cette ligne : "+
			"s'il s'agit d'un autre site, choisissez un autre nom.", rollout.ListOf(sites, describeVoiceSite))
}

func ordersOfNoName(orders []btapi.Order) rollout.Text {
	return rollout.Say(
		"The account holds orders under this site's reference (%s), and does not tell that they are for this site: look them up in the portal.",
		"Le compte contient des commandes sous la référence de ce site (%s), sans indiquer qu'elles sont pour ce site : "+
			"vérifiez-les dans le portail Business Talk Online.", rollout.ListOf(orders, describeOrder))
}

var takenBeforeOrder = rollout.Say(
	"A later upload has taken this site over, and nothing was ordered for this row: see batch list for it.",
	"Un envoi ultérieur a repris ce site, et rien n'a été commandé pour cette ligne : retrouvez cet envoi avec batch list.")

func orderUndecided(b rollout.Batch, s rollout.Site, reference string, why rollout.Text) rollout.Text {
	return rollout.Say(
		"Whether order %d of this site was made is not known (%s). Look for reference %s, ordered before %s, in the portal. %s",
		"On ne sait pas si la commande n° %d de ce site a été passée (%s). "+
			"Cherchez la référence %s, commandée avant le %s, dans le portail Business Talk Online. %s",
		s.Intent.Attempt, why, reference, s.Intent.LookFrom.Format("2006-01-02 15:04:05 MST"), decide(b, s))
}

// Reasons of orderUndecided.

func lookUpRefused(words string) rollout.Text {
	return rollout.Say("the API does not let it be looked up: %s", "l'API ne permet pas de la rechercher : %s", rollout.Clause(words))
}

var conflictWithoutOrder = rollout.Say(
	"the API says that it exists already, and shows no order of it",
	"l'API répond que le site existe déjà, et n'en montre aucune commande")

func answersLost(s rollout.Site) rollout.Text {
	return rollout.Say(
		"%d answers were lost, and the account shows no order; the last time: %s",
		"%d réponses ont été perdues, et aucune commande n'est visible dans le compte ; la dernière fois : %s",
		s.Intent.Lost, rollout.Clause(s.LastError))
}

// Voicesites: which one is the site's.

// orEmpty adds to "correct the voiceSiteId" what else the author of a row can do. For a
// decision it is empty, because nobody decided to order.
func orEmpty(s rollout.Site) rollout.Text {
	if s.Decision != nil {
		return rollout.Text{}
	}
	return rollout.Say(
		", or leave the cell empty to order a new voicesite",
		", ou laissez la cellule vide pour commander un nouveau voicesite")
}

func voiceSiteUnknown(s rollout.Site, id string) rollout.Text {
	return rollout.Say(
		"The API knows no voicesite %s: correct the voiceSiteId%s.",
		"L'API ne connaît aucun voicesite %s : corrigez le voiceSiteId%s.", id, orEmpty(s))
}

func voiceSiteNotTold(s rollout.Site, id string, refused *btapi.Error) rollout.Text {
	return rollout.Say(
		"The API refuses to tell about voicesite %s (%s): correct the voiceSiteId%s.",
		"L'API refuse de renseigner sur le voicesite %s (%s) : corrigez le voiceSiteId%s.", id, rollout.Clause(refused.Words()), orEmpty(s))
}

func voiceSiteOfAnother(s rollout.Site, id string, v btapi.VoiceSite) rollout.Text {
	return rollout.Say(
		"Voicesite %s is that of site %q in country %s: correct the voiceSiteId%s.",
		"Le voicesite %s est celui du site %q dans le pays %s : corrigez le voiceSiteId%s.",
		id, v.TechnicalSiteName, v.Country, orEmpty(s))
}

func knownAsAnother(known, inRow string) rollout.Text {
	return rollout.Say(
		"An earlier batch knows this site as voicesite %s, and the row says %s: correct the voiceSiteId, or leave the cell empty.",
		"Un lot antérieur connaît ce site comme voicesite %s, et la ligne indique %s : corrigez le voiceSiteId, ou laissez la cellule vide.",
		known, inRow)
}

func addressNotAccepted(id string, refused *btapi.Error) rollout.Text {
	return rollout.Say(
		"The API takes no address for voicesite %s (%s), although it does not say that the voicesite is gone: ask Orange's support.",
		"L'API n'accepte aucune adresse pour le voicesite %s (%s), bien qu'elle n'indique pas qu'il a disparu : "+
			"adressez-vous au support d'Orange.", id, rollout.Clause(refused.Words()))
}

func voiceSiteGone(id string, refused *btapi.Error) rollout.Text {
	return rollout.Say(
		"The API does not know voicesite %s any more (%s): if it was deleted and made again, give the new id with --voicesite; "+
			"if the site needs a new one, --order-again orders it.",
		"L'API ne connaît plus le voicesite %s (%s) : s'il a été supprimé puis recréé, donnez le nouvel identifiant avec --voicesite ; "+
			"s'il faut un nouveau voicesite, --order-again le commande.", id, rollout.Clause(refused.Words()))
}

// siteAndRow names a site and its row.
func siteAndRow(b rollout.Batch, s rollout.Site) rollout.Text {
	return rollout.Say("%q (row %s of batch %s)", "%q (ligne %s du lot %s)", s.Name, b.RowName(s.Row), b.ID)
}

func voiceSiteTaken(id string, owner, howToDecide rollout.Text) rollout.Text {
	return rollout.Say(
		"Voicesite %s is that of site %s, and no address was sent to it for this row: "+
			"look in the portal which voicesite is this site's. %s",
		"Le voicesite %s est celui du site %s, et aucune adresse ne lui a été transmise pour cette ligne : "+
			"cherchez dans le portail Business Talk Online quel voicesite est celui de ce site. %s", id, owner, howToDecide)
}

func voiceSiteNotNamed(orderID string, ofName []btapi.VoiceSite, howToDecide rollout.Text) rollout.Text {
	found := rollout.Say("none", "aucun")
	if len(ofName) > 0 {
		found = rollout.ListOf(ofName, describeVoiceSite)
	}
	return rollout.Say(
		"Order %s is delivered, and the API does not tell its voicesite (of this name it shows: %s): look for it in the portal. %s",
		"La commande %s est livrée, et l'API n'indique pas son voicesite (à ce nom, elle montre : %s) : "+
			"cherchez-le dans le portail Business Talk Online. %s", orderID, found, howToDecide)
}

func answeredOther(id string, v btapi.VoiceSite, howToDecide rollout.Text) rollout.Text {
	return rollout.Say(
		"The API answered the order with voicesite %s, which is that of site %q in country %s: "+
			"look for this site's own in the portal. %s",
		"L'API a répondu à la commande par le voicesite %s, qui est celui du site %q dans le pays %s : "+
			"cherchez celui de ce site dans le portail Business Talk Online. %s", id, v.TechnicalSiteName, v.Country, howToDecide)
}

func answeredUnknown(id string, refused *btapi.Error, howToDecide rollout.Text) rollout.Text {
	return rollout.Say(
		"The API answered the order with voicesite %s, and does not know it (%s): look for this site's voicesite in the portal. %s",
		"L'API a répondu à la commande par le voicesite %s, et ne le connaît pas (%s) : "+
			"cherchez le voicesite de ce site dans le portail Business Talk Online. %s", id, rollout.Clause(refused.Words()), howToDecide)
}

// Addresses.

var takenBeforeAddress = rollout.Say(
	"A later upload has taken this site over, and no address was sent for this row: see batch list for it.",
	"Un envoi ultérieur a repris ce site, et aucune adresse n'a été transmise pour cette ligne : retrouvez cet envoi avec batch list.")

func addressNotKept(s rollout.Site, howToDecide rollout.Text) rollout.Text {
	return rollout.Say(
		"The address was sent to voicesite %s, and the API shows another one, %d times: compare it in the portal. %s",
		"L'adresse a été transmise au voicesite %s, et l'API en montre une autre, %d fois : "+
			"comparez-la dans le portail Business Talk Online. %s", s.Progress.VoiceSiteID, s.Tries, howToDecide)
}

// Lists of orders and voicesites.

func describeOrder(o btapi.Order) rollout.Text {
	if name := o.Parameters.TechnicalSiteName; name != "" {
		return rollout.Say("%s for site %q under reference %s", "%s pour le site %q sous la référence %s",
			o.OrderID, name, o.CustomerOrderReference)
	}
	return rollout.Say("%s under reference %s", "%s sous la référence %s", o.OrderID, o.CustomerOrderReference)
}

func describeVoiceSite(v btapi.VoiceSite) rollout.Text {
	return rollout.Say("%s, %q in %s, VPN %s, label %q", "%s, %q dans le pays %s, VPN %s, libellé %q",
		v.VoiceSiteID, v.TechnicalSiteName, v.Country, v.VPNID, v.CustomerSiteLabel)
}

func numberUnknown(b rollout.Batch, s rollout.Site, words string) rollout.Text {
	return rollout.Say(
		"The API answered this site's order with number %s, and tells nothing about it (%s); the number may be wrong: "+
			"look in the portal for reference %s and for the site's name. %s",
		"L'API a répondu à la commande de ce site par le numéro %s, et n'indique rien à son sujet (%s) ; le numéro est peut-être faux : "+
			"cherchez dans le portail Business Talk Online la référence %s et le nom du site. %s",
		s.OrderID, words, identity.Reference(b.Customer, s.Request), decide(b, s))
}
