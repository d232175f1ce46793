// This file and those whose names end in messages.go hold the problems that sites and
// uploads meet, and every sentence about them that people read, in both languages. Each
// says what happened and what to do. This file has the problems of uploads, of calls that
// the API refuses or does not answer, and the parts that sentences share.

package jobs

import (
	"cmp"
	"regexp"
	"strings"

	"btrollout/internal/btapi"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// Parts of sentences.

// plainWord is a word that a shell takes as it stands.
var plainWord = regexp.MustCompile(`^[\pL\d:._-]+$`)

// howToDecide says how a person ends a site's Review.
func howToDecide(b rollout.Batch, s rollout.Site) rollout.Text {
	row := b.RowName(s.Row)
	if !plainWord.MatchString(row) { // a sheet may be called anything
		row = "'" + strings.ReplaceAll(row, "'", `'\''`) + "'"
	}
	return rollout.Say(
		"Decide with batch resolve %s %s and one of these: --voicesite ID if that voicesite is this site's; "+
			"--order-again if nothing in the account is this site's (one more order is paid); or --fail to give the row up.",
		"Décidez avec batch resolve %s %s suivi de l'une de ces options : --voicesite ID si ce voicesite est celui du site ; "+
			"--order-again si rien dans le compte n'est à ce site (une commande de plus est facturée) ; ou --fail pour abandonner la ligne.",
		s.Batch, row)
}

// siteAndRow names a site and its row.
func siteAndRow(b rollout.Batch, s rollout.Site) rollout.Text {
	return rollout.Say("%q (row %s of batch %s)", "%q (ligne %s du lot %s)", s.Name, b.RowName(s.Row), b.ID)
}

// vpnOf names a site's VPN; a row that gives a voiceSiteId may have none.
func vpnOf(s rollout.Site) rollout.Text {
	return cmp.Or(rollout.Text{EN: cmp.Or(s.VPN, s.VPNID)}, rollout.Say("unknown", "inconnu"))
}

// Uploads: why a row is rejected whose site an earlier upload has. The earlier upload is
// batch b, and was is its row of the site.

// siteProblem is a problem of a row that concerns its site as a whole.
func siteProblem(code string, stage rollout.Stage, s rollout.Site, message rollout.Text) rollout.Problem {
	return rollout.Problem{Code: code, Stage: stage, Field: rollout.FieldName, Value: s.Name, Message: message}
}

func problemNameAlike(s rollout.Site, b rollout.Batch, was rollout.Site) rollout.Problem {
	return siteProblem(CodeNameAlike, rollout.StageImport, s, rollout.Say(
		"Row %s of batch %s is a site called %q, which people can take for this name: "+
			"write the name as it is there if it is the same site; otherwise give this one a name that cannot be confused.",
		"La ligne %s du lot %s est un site nommé %q, que l'on peut confondre avec ce nom : "+
			"écrivez le nom comme il y figure s'il s'agit du même site ; sinon, donnez à celui-ci un nom qu'on ne puisse confondre.",
		b.RowName(was.Row), b.ID, was.Name))
}

// noteUnderWay says which row has the site to which this row is left.
func noteUnderWay(s rollout.Site, b rollout.Batch, was rollout.Site) rollout.Problem {
	return siteProblem(CodeUnderWay, rollout.StageImport, s, rollout.Say(
		"This site is under way, with the same values, as row %s of batch %s: "+
			"do nothing, unless that row does not succeed; then upload this row again.",
		"Ce site est déjà en cours de traitement, avec les mêmes valeurs, à la ligne %s du lot %s : "+
			"ne faites rien, sauf si cette ligne-là n'aboutit pas ; envoyez alors celle-ci de nouveau.",
		b.RowName(was.Row), b.ID))
}

// noteLabelDiffers says which label a voicesite keeps.
func noteLabelDiffers(s rollout.Site, kept string) rollout.Problem {
	return rollout.Problem{Code: CodeLabelDiffers, Stage: rollout.StageImport, Field: rollout.FieldLabel, Value: s.Label, Message: rollout.Say(
		"The voicesite keeps its label %q, because no call of the API changes a label: change it in the Business Talk Online portal.",
		"Le voicesite garde son libellé %q, car aucun appel de l'API ne modifie un libellé : modifiez-le dans le portail Business Talk Online.",
		kept)}
}

// problemOrderLeft says what is to be done by hand for a site whose order was left when its batch was
// cancelled.
func problemOrderLeft(s rollout.Site) rollout.Problem {
	return siteProblem(CodeLeft, rollout.StagePoll, s, rollout.Say(
		"The batch was cancelled while order %s of this site was in progress, and the order was left: have it cancelled, "+
			"or enter the address in the Business Talk Online portal once it is delivered; or upload this row again.",
		"Le lot a été annulé pendant que la commande %s de ce site était en cours, et la commande a été laissée : faites-la annuler, "+
			"ou saisissez l'adresse dans le portail Business Talk Online une fois qu'elle est livrée ; ou envoyez cette ligne de nouveau.",
		s.OrderID))
}

// problemOrderNotLookedUp says the same for a site of which an order may exist.
func problemOrderNotLookedUp(s rollout.Site) rollout.Problem {
	return siteProblem(CodeLeft, rollout.StageOrder, s, rollout.Say(
		"The batch was cancelled before it was looked up whether an order of this site had been made: look for it in the "+
			"Business Talk Online portal, or upload this row again.",
		"Le lot a été annulé avant qu'on ait vérifié si une commande de ce site avait été passée : cherchez-la dans le portail "+
			"Business Talk Online, ou envoyez cette ligne de nouveau."))
}

// problemAddressLeft says the same for a site whose voicesite has no address.
func problemAddressLeft(s rollout.Site) rollout.Problem {
	return siteProblem(CodeLeft, rollout.StageAddress, s, rollout.Say(
		"The batch was cancelled before voicesite %s got its address, which emergency calls need: "+
			"enter the address in the Business Talk Online portal, or upload this row again.",
		"Le lot a été annulé avant que le voicesite %s ait reçu son adresse, nécessaire aux appels d'urgence : "+
			"saisissez l'adresse dans le portail Business Talk Online, ou envoyez cette ligne de nouveau.",
		s.Progress.VoiceSiteID))
}

func problemSiteInReview(s rollout.Site, b rollout.Batch, was rollout.Site) rollout.Problem {
	return siteProblem(CodeInReview, rollout.StageImport, s, rollout.Sentences(rollout.Say(
		"This site waits for a person's decision, as row %s of batch %s: look it up in the portal first.",
		"Ce site attend la décision d'une personne, à la ligne %s du lot %s : "+
			"vérifiez-le d'abord dans le portail Business Talk Online.", b.RowName(was.Row), b.ID), howToDecide(b, was)))
}

func problemSiteChanged(s, was rollout.Site) rollout.Problem {
	return siteProblem(CodeSiteChanged, rollout.StageImport, s, rollout.Say(
		"Voicesite %s of this site stands in country %s on VPN %s, and the row says %s and %s: "+
			"the address of a voicesite can be changed by an upload, country and VPN cannot; "+
			"correct the row, or give a new site another name.",
		"Le voicesite %s de ce site est dans le pays %s sur le VPN %s, et la ligne indique %s et %s : "+
			"un envoi peut changer l'adresse d'un voicesite, mais ni son pays ni son VPN ; "+
			"corrigez la ligne, ou donnez un autre nom au nouveau site.",
		was.Progress.VoiceSiteID, was.Country, vpnOf(was), s.Country, vpnOf(s)))
}

func problemTakenDuringUpload(s rollout.Site) rollout.Problem {
	return siteProblem(CodeTaken, rollout.StageImport, s, rollout.Say(
		"Another upload took this site at the same moment, or a person decided about it: see batch list; "+
			"upload this row again when that batch is done, if it is still needed.",
		"Un autre envoi a pris ce site au même moment, ou une personne a décidé à son sujet : voyez batch list ; "+
			"envoyez de nouveau cette ligne quand ce lot sera terminé, si elle est encore nécessaire."))
}

func problemRecordDamaged(s rollout.Site, batch string) rollout.Problem {
	return siteProblem(ledger.CodeDamaged, rollout.StageImport, s, rollout.Say(
		"Batch %s has this site, and its record in Redis cannot be read, so that it is not known whether the site was ordered: "+
			"have the record repaired or removed, as operations.md says, then upload this row again.",
		"Le lot %s contient ce site, et son enregistrement dans Redis est illisible ; on ne sait donc pas si le site a été commandé : "+
			"faites réparer ou supprimer l'enregistrement, comme l'indique operations.md, puis envoyez de nouveau cette ligne.", batch))
}

// Decisions of people.

func problemStillInDoubt(s rollout.Site) rollout.Problem {
	return siteProblem(CodeInReview, rollout.StageOrder, s, rollout.Say(
		"Whether an order of this site exists is still not known, so it waits for a person's decision.",
		"On ne sait toujours pas s'il existe une commande de ce site : il attend la décision d'une personne."))
}

func problemGivenUpByPerson() rollout.Problem {
	return rollout.Problem{Code: CodeGivenUp, Stage: rollout.StageOrder, Message: rollout.Say(
		"A person gave this site up: before it is uploaded again, make sure in the portal that no order of it is under way.",
		"Une personne a abandonné ce site : avant de l'envoyer de nouveau, "+
			"assurez-vous dans le portail Business Talk Online qu'aucune de ses commandes n'est en cours.")}
}

// Calls that the API refused.

// refusedCall is the problem of a call that the API refused for the site's own data.
func refusedCall(code string, s rollout.Site, refused *btapi.Error, message rollout.Text) rollout.Problem {
	return rollout.Problem{
		Code: code, Stage: s.State.Stage(), Field: fieldNamedIn(refused), RequestID: refused.RequestID, Message: message,
	}
}

func problemRowRefused(s rollout.Site, refused *btapi.Error) rollout.Problem {
	return refusedCall(CodeRefused, s, refused, rollout.Say(
		"The API refused this row: %s. Correct the row and upload it again.",
		"L'API a refusé cette ligne : %s. Corrigez la ligne et envoyez-la de nouveau.", rollout.Clause(refused.Words())))
}

func problemAddressRefused(s rollout.Site, refused *btapi.Error) rollout.Problem {
	return refusedCall(CodeAddressRefused, s, refused, rollout.Say(
		"The voicesite exists, and the API refused its address: %s. "+
			"Correct the address and upload this row again; only the address is sent.",
		"Le voicesite existe, et l'API a refusé son adresse : %s. "+
			"Corrigez l'adresse et envoyez de nouveau cette ligne ; seule l'adresse sera transmise.", rollout.Clause(refused.Words())))
}

// Calls that the API did not answer in any try.

// unansweredCall is the problem of a step that was given up.
func unansweredCall(s rollout.Site, last *btapi.Error, message rollout.Text) rollout.Problem {
	return rollout.Problem{
		Code: CodeUnavailable, Stage: s.State.Stage(), RequestID: last.RequestID, Value: last.Words(), Message: message,
	}
}

func problemUnansweredBeforeOrder(s rollout.Site, last *btapi.Error) rollout.Problem {
	return unansweredCall(s, last, rollout.Say(
		"The API did not answer in %d tries; nothing was ordered: upload this row again.",
		"L'API n'a pas répondu en %d essais ; rien n'a été commandé : envoyez de nouveau cette ligne.", s.Tries))
}

func problemUnansweredOrder(s rollout.Site, last *btapi.Error) rollout.Problem {
	return unansweredCall(s, last, rollout.Say(
		"The API did not tell, in %d tries, whether order %d of this site was made: "+
			"look for its customerOrderReference and name in the portal.",
		"En %d essais, l'API n'a pas indiqué si la commande n° %d de ce site a été passée : "+
			"cherchez son customerOrderReference et son nom dans le portail Business Talk Online.",
		s.Tries, s.Intent.Attempt))
}

func problemUnansweredPoll(s rollout.Site, last *btapi.Error) rollout.Problem {
	return unansweredCall(s, last, rollout.Say(
		"Order %s was made, and the API did not tell in %d tries what became of it: look it up in the portal.",
		"La commande %s a été passée, et en %d essais l'API n'a pas indiqué ce qu'elle est devenue : "+
			"cherchez-la dans le portail Business Talk Online.", s.OrderID, s.Tries))
}

func problemUnansweredAddress(s rollout.Site, last *btapi.Error) rollout.Problem {
	return unansweredCall(s, last, rollout.Say(
		"Voicesite %s exists, and whether it has this address is not known, because the API gave no usable answer in %d tries: "+
			"upload this row again, and only the address is sent.",
		"Le voicesite %s existe, et on ne sait pas s'il a cette adresse, car l'API n'a donné aucune réponse exploitable en %d essais : "+
			"envoyez de nouveau cette ligne, et seule l'adresse sera transmise.", s.Progress.VoiceSiteID, s.Tries))
}
