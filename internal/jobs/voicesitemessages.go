// The problems of voicesites and of their addresses, and the sentences about them.

package jobs

import (
	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

// describeVoiceSite names a voicesite in a list.
func describeVoiceSite(v btapi.VoiceSite) rollout.Text {
	return rollout.Say("%s, %q in %s, VPN %s, label %q", "%s, %q dans le pays %s, VPN %s, libellé %q",
		v.VoiceSiteID, v.TechnicalSiteName, v.Country, v.VPNID, v.CustomerSiteLabel)
}

func problemVoiceSiteOfTheName(s rollout.Site, sites []btapi.VoiceSite) rollout.Problem {
	return siteProblem(CodeNameTaken, rollout.StageOrder, s, rollout.Say(
		"The account holds a voicesite of this name or one like it (%s), and no order says that it was made for this row: "+
			"if it is another site, choose another name.",
		"Le compte contient un voicesite de ce nom ou d'un nom semblable (%s), et aucune commande n'indique qu'il a été créé pour cette ligne : "+
			"s'il s'agit d'un autre site, choisissez un autre nom.", rollout.ListOf(sites, describeVoiceSite)))
}

// The voicesite that a person named.

// voiceSiteIDProblem is a problem of the voiceSiteId that a person named.
func voiceSiteIDProblem(code, id, requestID string, message rollout.Text) rollout.Problem {
	return rollout.Problem{
		Code: code, Stage: rollout.StageOrder, Field: rollout.FieldVoiceSiteID, Value: id, RequestID: requestID, Message: message,
	}
}

// orEmptyCell adds to "correct the voiceSiteId" what else the author of a row can do. It is
// empty for a person's decision, because nobody decided to order.
func orEmptyCell(s rollout.Site) rollout.Text {
	if s.Decision != nil {
		return rollout.Text{}
	}
	return rollout.Say(
		", or leave the cell empty to order a new voicesite",
		", ou laissez la cellule vide pour commander un nouveau voicesite")
}

func problemVoiceSiteUnknown(s rollout.Site, id string, refused *btapi.Error) rollout.Problem {
	return voiceSiteIDProblem(CodeVoiceSiteUnknown, id, refused.RequestID, rollout.Say(
		"The API knows no voicesite %s: correct the voiceSiteId%s.",
		"L'API ne connaît aucun voicesite %s : corrigez le voiceSiteId%s.", id, orEmptyCell(s)))
}

func problemVoiceSiteNotTold(s rollout.Site, id string, refused *btapi.Error) rollout.Problem {
	return voiceSiteIDProblem(CodeVoiceSiteUnknown, id, refused.RequestID, rollout.Say(
		"The API refuses to tell about voicesite %s (%s): correct the voiceSiteId%s.",
		"L'API refuse de renseigner sur le voicesite %s (%s) : corrigez le voiceSiteId%s.",
		id, rollout.Clause(refused.Words()), orEmptyCell(s)))
}

func problemVoiceSiteOfAnother(s rollout.Site, id string, v btapi.VoiceSite) rollout.Problem {
	return voiceSiteIDProblem(CodeVoiceSiteOther, id, "", rollout.Say(
		"Voicesite %s is that of site %q in country %s: correct the voiceSiteId%s.",
		"Le voicesite %s est celui du site %q dans le pays %s : corrigez le voiceSiteId%s.",
		id, v.TechnicalSiteName, v.Country, orEmptyCell(s)))
}

// problemAnotherKnown is the problem of a row that names another voicesite than the site has.
func problemAnotherKnown(s rollout.Site) rollout.Problem {
	id := givenVoiceSiteID(s)
	return voiceSiteIDProblem(CodeTaken, id, "", rollout.Say(
		"An earlier batch knows this site as voicesite %s, and the row says %s: correct the voiceSiteId, or leave the cell empty.",
		"Un lot antérieur connaît ce site comme voicesite %s, et la ligne indique %s : corrigez le voiceSiteId, ou laissez la cellule vide.",
		s.Progress.VoiceSiteID, id))
}

// The voicesite that the API answered an order with.

func problemAnsweredOther(s rollout.Site, v btapi.VoiceSite) rollout.Problem {
	id := s.Progress.VoiceSiteID
	return rollout.Problem{Code: CodeVoiceSiteOther, Stage: rollout.StageAddress, Value: id, Message: rollout.Say(
		"The API answered the order with voicesite %s, which is that of site %q in country %s: "+
			"look for this site's own in the portal.",
		"L'API a répondu à la commande par le voicesite %s, qui est celui du site %q dans le pays %s : "+
			"cherchez celui de ce site dans le portail Business Talk Online.", id, v.TechnicalSiteName, v.Country)}
}

func problemAnsweredUnknown(s rollout.Site, refused *btapi.Error) rollout.Problem {
	id := s.Progress.VoiceSiteID
	return rollout.Problem{
		Code: CodeVoiceSiteUnknown, Stage: rollout.StageAddress, Value: id, RequestID: refused.RequestID,
		Message: rollout.Say(
			"The API answered the order with voicesite %s, and does not know it (%s): look for this site's voicesite in the portal.",
			"L'API a répondu à la commande par le voicesite %s, et ne le connaît pas (%s) : "+
				"cherchez le voicesite de ce site dans le portail Business Talk Online.",
			id, rollout.Clause(refused.Words())),
	}
}

// The voicesite to which the address is sent.

// addressProblem is a problem of the voicesite id when the address is sent.
func addressProblem(code, id, requestID string, message rollout.Text) rollout.Problem {
	return rollout.Problem{
		Code: code, Stage: rollout.StageAddress, Field: rollout.FieldVoiceSiteID, Value: id, RequestID: requestID, Message: message,
	}
}

func problemTakenBeforeAddress(s rollout.Site) rollout.Problem {
	return siteProblem(CodeTaken, rollout.StageAddress, s, rollout.Say(
		"A later upload has taken this site over, and no address was sent for this row: see batch list for it.",
		"Un envoi ultérieur a repris ce site, et aucune adresse n'a été transmise pour cette ligne : retrouvez cet envoi avec batch list."))
}

func problemVoiceSiteTaken(id string, owner rollout.Text) rollout.Problem {
	return addressProblem(CodeVoiceSiteTaken, id, "", rollout.Say(
		"Voicesite %s is that of site %s, and no address was sent to it for this row: "+
			"look in the portal which voicesite is this site's.",
		"Le voicesite %s est celui du site %s, et aucune adresse ne lui a été transmise pour cette ligne : "+
			"cherchez dans le portail Business Talk Online quel voicesite est celui de ce site.", id, owner))
}

func problemAddressNotAccepted(id string, refused *btapi.Error) rollout.Problem {
	return addressProblem(CodeVoiceSiteGone, id, refused.RequestID, rollout.Say(
		"The API takes no address for voicesite %s (%s), although it does not say that the voicesite is gone: ask Orange's support.",
		"L'API n'accepte aucune adresse pour le voicesite %s (%s), bien qu'elle n'indique pas qu'il a disparu : "+
			"adressez-vous au support d'Orange.", id, rollout.Clause(refused.Words())))
}

func problemVoiceSiteGone(id string, refused *btapi.Error) rollout.Problem {
	return addressProblem(CodeVoiceSiteGone, id, refused.RequestID, rollout.Say(
		"The API does not know voicesite %s any more (%s): if it was deleted and made again, give the new id with --voicesite; "+
			"if the site needs a new one, --order-again orders it.",
		"L'API ne connaît plus le voicesite %s (%s) : s'il a été supprimé puis recréé, donnez le nouvel identifiant avec --voicesite ; "+
			"s'il faut un nouveau voicesite, --order-again le commande.", id, rollout.Clause(refused.Words())))
}

func problemAddressNotKept(s rollout.Site) rollout.Problem {
	id := s.Progress.VoiceSiteID
	return addressProblem(CodeAddressNotKept, id, "", rollout.Say(
		"The address was sent to voicesite %s, and the API shows another one, %d times: compare it in the portal.",
		"L'adresse a été transmise au voicesite %s, et l'API en montre une autre, %d fois : "+
			"comparez-la dans le portail Business Talk Online.", id, s.Tries))
}

// Whether the country's rules have changed since a refused address was checked.

func rulesNotRead() rollout.Text {
	return rollout.Say(
		"Whether the country's rules have changed since the row was checked could not be found out.",
		"Il n'a pas été possible de savoir si les règles du pays ont changé depuis le contrôle de la ligne.")
}

func rulesForbidIt(p rollout.Problem) rollout.Text {
	return rollout.Say(
		"The country's rules have changed since the row was checked: %s",
		"Les règles du pays ont changé depuis le contrôle de la ligne : %s", p.Message)
}

func rulesChangedAndAllowIt() rollout.Text {
	return rollout.Say(
		"The country's rules have changed since the row was checked, and what is published of them still allows this address.",
		"Les règles du pays ont changé depuis le contrôle de la ligne, et celles qui sont publiées autorisent toujours cette adresse.")
}

func rulesUnchanged() rollout.Text {
	return rollout.Say(
		"The country's published rules have not changed since the row was checked, and allow this address.",
		"Les règles publiées du pays n'ont pas changé depuis le contrôle de la ligne, et autorisent cette adresse.")
}
