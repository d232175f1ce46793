// The problems of orders, and the sentences about them: what the account holds under a
// site's name and reference, what became of an attempt, and what became of an order.

package jobs

import (
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/identity"
	"btrollout/internal/rollout"
)

// describeOrder names an order in a list.
func describeOrder(o btapi.Order) rollout.Text {
	if name := o.Parameters.TechnicalSiteName; name != "" {
		return rollout.Say("%s for site %q under reference %s", "%s pour le site %q sous la référence %s",
			o.OrderID, name, o.CustomerOrderReference)
	}
	return rollout.Say("%s under reference %s", "%s sous la référence %s", o.OrderID, o.CustomerOrderReference)
}

// What the account holds that may be a site's: a person decides about each.

func problemSeveralOrders(s rollout.Site, orders []btapi.Order) rollout.Problem {
	return siteProblem(CodeOrderSeveral, rollout.StageOrder, s, rollout.Say(
		"The account holds %d orders of this site (%s), and each costs money: have the needless ones cancelled.",
		"Le compte contient %d commandes de ce site (%s), et chacune est facturée : faites annuler celles qui sont de trop.",
		len(orders), rollout.ListOf(orders, describeOrder)))
}

func problemOrderOfTheName(s rollout.Site, o btapi.Order) rollout.Problem {
	return siteProblem(CodeNameTaken, rollout.StageOrder, s, rollout.Say(
		"The account holds an order of this name or one like it (%s), which was not made for this row: "+
			"if it is this site, give this row up, write that reference into its customerOrderReference and upload it again; "+
			"if it is another, choose another name.",
		"Le compte contient une commande à ce nom ou à un nom semblable (%s), qui n'a pas été passée pour cette ligne : "+
			"si c'est bien ce site, abandonnez cette ligne, écrivez cette référence dans son customerOrderReference et envoyez-la de nouveau ; "+
			"si c'en est un autre, choisissez un autre nom.", describeOrder(o)))
}

func problemOrderDiffers(s rollout.Site, o btapi.Order) rollout.Problem {
	return siteProblem(CodeOrderDiffers, rollout.StageOrder, s, rollout.Say(
		"Order %s of this site exists already, for country %s and VPN %s; the row says %s and %s.",
		"La commande %s de ce site existe déjà, pour le pays %s et le VPN %s ; la ligne indique %s et %s.",
		o.OrderID, o.Parameters.Country, o.Parameters.VPNID, s.Country, s.VPNID))
}

func problemOrderWithoutID(s rollout.Site, customer string) rollout.Problem {
	return siteProblem(CodeOrderUnknown, rollout.StageOrder, s, rollout.Say(
		"The account holds an order of this site, under reference %s, without telling its number: look for it in the portal.",
		"Le compte contient une commande de ce site, sous la référence %s, sans en donner le numéro : "+
			"cherchez-la dans le portail Business Talk Online.", identity.Reference(customer, s.Request)))
}

func problemOrdersOfNoName(s rollout.Site, orders []btapi.Order) rollout.Problem {
	return siteProblem(CodeOrderUnknown, rollout.StageOrder, s, rollout.Say(
		"The account holds orders under this site's reference (%s), and does not tell that they are for this site: look them up in the portal.",
		"Le compte contient des commandes sous la référence de ce site (%s), sans indiquer qu'elles sont pour ce site : "+
			"vérifiez-les dans le portail Business Talk Online.", rollout.ListOf(orders, describeOrder)))
}

func problemOrderNotShown(s rollout.Site) rollout.Problem {
	return siteProblem(CodeOrderUnknown, rollout.StageOrder, s, rollout.Say(
		"Order %s of this site was made earlier, and the account shows neither it nor a voicesite that it made: look it up in the portal.",
		"La commande %s de ce site a été passée auparavant, et le compte ne montre ni elle ni un voicesite qu'elle aurait créé : "+
			"cherchez-la dans le portail Business Talk Online.", s.OrderID))
}

// Attempts.

func problemTakenBeforeOrder(s rollout.Site) rollout.Problem {
	return siteProblem(CodeTaken, rollout.StageOrder, s, rollout.Say(
		"A later upload has taken this site over, and nothing was ordered for this row: see batch list for it.",
		"Un envoi ultérieur a repris ce site, et rien n'a été commandé pour cette ligne : retrouvez cet envoi avec batch list."))
}

// problemOrderUndecided is the problem of an attempt of which nobody can tell whether it made an
// order. The reason is one of the sentences below.
func problemOrderUndecided(s rollout.Site, customer, requestID string, reason rollout.Text) rollout.Problem {
	reference := identity.Reference(customer, s.Request)
	return rollout.Problem{
		Code: CodeOrderUnknown, Stage: rollout.StageOrder, Value: reference, RequestID: requestID,
		Message: rollout.Say(
			"Whether order %d of this site was made is not known (%s). Look for reference %s, ordered before %s, in the portal.",
			"On ne sait pas si la commande n° %d de ce site a été passée (%s). "+
				"Cherchez la référence %s, commandée avant le %s, dans le portail Business Talk Online.",
			s.Intent.Attempt, reason, reference, s.Intent.LookFrom.Format("2006-01-02 15:04:05 MST")),
	}
}

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

// An order that was refused, and orders that were made.

func problemOrderRefused(s rollout.Site, refused *btapi.Error) rollout.Problem {
	return refusedCall(CodeOrderRefused, s, refused, rollout.Say(
		"The API refused the order: %s. Nothing was ordered; correct the row and upload it again.",
		"L'API a refusé la commande : %s. Rien n'a été commandé ; corrigez la ligne et envoyez-la de nouveau.",
		rollout.Clause(refused.Words())))
}

func problemOrderRejected(o btapi.Order) rollout.Problem {
	message := rollout.Say(
		"Orange rejected order %s: %s. Correct the row and upload it again.",
		"Orange a rejeté la commande %s : %s. Corrigez la ligne et envoyez-la de nouveau.", o.OrderID, rollout.Clause(o.RejectionReason))
	if o.RejectionReason == "" {
		message = rollout.Say(
			"Orange rejected order %s and gives no reason: ask Orange's support, quoting its number, then upload this row again.",
			"Orange a rejeté la commande %s sans en donner la raison : "+
				"adressez-vous au support d'Orange en citant son numéro, puis envoyez de nouveau cette ligne.", o.OrderID)
	}
	return rollout.Problem{Code: CodeOrderRejected, Stage: rollout.StagePoll, Value: o.Status, Message: message}
}

func problemOrderLate(s rollout.Site, o btapi.Order, deadline time.Duration) rollout.Problem {
	return rollout.Problem{Code: CodeOrderLate, Stage: rollout.StagePoll, Value: o.Status, Message: rollout.Say(
		"Order %s has been in progress for more than %s: ask Orange's support, quoting its number.",
		"La commande %s est en cours depuis plus de %s : adressez-vous au support d'Orange en citant son numéro.",
		s.OrderID, deadline)}
}

func problemOrderIDUnknown(s rollout.Site, customer string, refused *btapi.Error) rollout.Problem {
	return rollout.Problem{
		Code: CodeOrderUnknown, Stage: rollout.StagePoll, RequestID: refused.RequestID,
		Message: rollout.Say(
			"The API answered this site's order with number %s, and tells nothing about it (%s); the number may be wrong: "+
				"look in the portal for reference %s and for the site's name.",
			"L'API a répondu à la commande de ce site par le numéro %s, et n'indique rien à son sujet (%s) ; le numéro est peut-être faux : "+
				"cherchez dans le portail Business Talk Online la référence %s et le nom du site.",
			s.OrderID, rollout.Clause(refused.Words()), identity.Reference(customer, s.Request)),
	}
}

func problemVoiceSiteNotNamed(s rollout.Site, ofName []btapi.VoiceSite) rollout.Problem {
	found := rollout.Say("none", "aucun")
	if len(ofName) > 0 {
		found = rollout.ListOf(ofName, describeVoiceSite)
	}
	return rollout.Problem{Code: CodeOrderUnknown, Stage: rollout.StagePoll, Message: rollout.Say(
		"Order %s is delivered, and the API does not tell its voicesite (of this name it shows: %s): look for it in the portal.",
		"La commande %s est livrée, et l'API n'indique pas son voicesite (à ce nom, elle montre : %s) : "+
			"cherchez-le dans le portail Business Talk Online.", s.OrderID, found)}
}
