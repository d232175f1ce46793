package report

// This file holds what the report tells people as far as it depends on the state
// of their batch: who stands among the failures, what is to be done about sites
// that were left open, what states mean. What is wrong with a row stands in its
// problems, and row.go shows these; howto.go says how the file is to be used.

import (
	"strings"

	"btrollout/internal/identity"
	"btrollout/internal/rollout"
)

// portal is where people look up what the API does not tell.
var portal = rollout.Say("the Business Talk Online portal", "le portail Business Talk Online")

// say words something in the batch's language, as rollout.Say does.
func say(b *rollout.Batch, en, fr string, args ...any) string {
	return rollout.Say(en, fr, args...).In(b.Lang)
}

// needsAttention reports whether a site belongs to the failures: a person has to
// act on it or, in a batch that nobody goes on with, it has not ended.
func needsAttention(b *rollout.Batch, s *rollout.Site) bool {
	return s.State.NeedsSomeone() || leftOpen(b, s)
}

// leftOpen reports whether a site has not ended and never will.
func leftOpen(b *rollout.Batch, s *rollout.Site) bool {
	return b.State == rollout.Stopped && !s.State.Final()
}

// neverEnqueued reports whether no site of the batch was ever worked on.
func neverEnqueued(b *rollout.Batch) bool {
	switch b.State {
	case rollout.Checked, rollout.Refused, rollout.Withdrawn:
		return true
	}
	return false
}

// needsVoiceSiteID reports whether a person's decision about a site can only be told
// by a voiceSiteId in its row, because nothing remembers the batch.
func needsVoiceSiteID(b *rollout.Batch, s *rollout.Site) bool {
	return b.State == rollout.Stopped && s.State == rollout.Review && !namesVoiceSite(b, s)
}

// namesVoiceSite reports whether the row itself brings a voiceSiteId.
func namesVoiceSite(b *rollout.Batch, s *rollout.Site) bool {
	sheet, _ := b.Locate(s.Row)
	i, _ := sheet.Column(rollout.FieldVoiceSiteID)
	return i >= 0 && i < len(s.Cells) && strings.TrimSpace(s.Cells[i]) != ""
}

// openSite says what to do about a site that was left open. Its next upload looks
// into the account before it orders anything.
func openSite(b *rollout.Batch, s *rollout.Site) string {
	id := voiceSiteID(b, s)
	switch {
	case id != "" && namesVoiceSite(b, s):
		return say(b, "The run was stopped before the address of voicesite %s was in place: upload this row again; only the address is sent.",
			"L'exécution a été arrêtée avant que l'adresse du voicesite %s ne soit en place : envoyez de nouveau cette ligne ; seule l'adresse est transmise.", id)
	case id != "":
		return say(b, "Voicesite %s exists, and the run was stopped before its address was in place: upload this row again; the voicesite is found in the account, and only the address is sent.",
			"Le voicesite %s existe, et l'exécution a été arrêtée avant que son adresse ne soit en place : envoyez de nouveau cette ligne ; le voicesite est retrouvé dans le compte, et seule l'adresse est transmise.", id)
	case s.State == rollout.Ordered:
		return say(b, "Order %s was made, and the run was stopped before it was delivered: upload this row again; the order is found in the account by its customerOrderReference %s, and not made a second time.",
			"La commande %s a été passée, et l'exécution a été arrêtée avant sa livraison : envoyez de nouveau cette ligne ; la commande est retrouvée dans le compte par sa customerOrderReference %s, et n'est pas passée une seconde fois.", s.OrderID, reference(b, s))
	case s.State == rollout.Ordering:
		return say(b, "The run was stopped while the order was being made, and nobody knows whether it arrived: upload this row again; the account is searched for customerOrderReference %s first, and the order is made only if it is not there.",
			"L'exécution a été arrêtée pendant l'envoi de la commande, et nul ne sait si celle-ci est arrivée : envoyez de nouveau cette ligne ; la customerOrderReference %s est d'abord recherchée dans le compte, et la commande n'est passée que si elle ne s'y trouve pas.", reference(b, s))
	}
	return say(b, "The run was stopped before anything was ordered for this site: upload this row again.",
		"L'exécution a été arrêtée avant toute commande pour ce site : envoyez de nouveau cette ligne.")
}

// forgotten adds to the problems of a site in review what they take for granted
// otherwise: that somebody remembers the batch, and takes a decision about it.
func forgotten(b *rollout.Batch, s *rollout.Site) string {
	if !needsVoiceSiteID(b, s) {
		return ""
	}
	return say(b, "Nothing remembers this run, so batch resolve cannot be used: settle it in %s, and leave this row out until then; should there be a voicesite, %s.",
		"Rien ne garde trace de cette exécution, et batch resolve est donc inutilisable : tranchez dans %s, et laissez cette ligne de côté d'ici là ; s'il existe un voicesite, %s.", portal, idIntoRow(b, s.Row))
}

// unexplained stands in for a problem that nobody wrote down.
func unexplained(b *rollout.Batch, s *rollout.Site) string {
	if s.State == rollout.Review {
		return say(b, "Whether this site was ordered is not known: look for customerOrderReference %s in %s before uploading this row again.",
			"On ne sait pas si ce site a été commandé : recherchez la customerOrderReference %s dans %s avant d'envoyer de nouveau cette ligne.", reference(b, s), portal)
	}
	return say(b, "The site was not provisioned, and no reason was recorded: check the row, look for its voicesite in %s, and upload the row again if there is none.",
		"Le site n'a pas été mis en place, et aucun motif n'a été enregistré : vérifiez la ligne, recherchez son voicesite dans %s, et envoyez de nouveau la ligne s'il n'y en a pas.", portal)
}

func reference(b *rollout.Batch, s *rollout.Site) string {
	return identity.Reference(b.Customer, s.Request)
}

// idIntoRow asks to write a voicesite's id where the next upload looks for it.
func idIntoRow(b *rollout.Batch, row rollout.RowRef) rollout.Text {
	sheet, _ := b.Locate(row)
	if i, header := sheet.Column(rollout.FieldVoiceSiteID); i >= 0 {
		return rollout.Say("write its id into the column %s", "écrivez son identifiant dans la colonne %s", strings.TrimSpace(header))
	}
	return rollout.Say("add a column %s with its id in it", "ajoutez une colonne %s qui contient son identifiant", rollout.FieldVoiceSiteID)
}

// idIntoRows asks the same of any row.
func idIntoRows(b *rollout.Batch) rollout.Text {
	if !several(b) || calledByAll(b, rollout.FieldVoiceSiteID) != rollout.FieldVoiceSiteID {
		return idIntoRow(b, 0)
	}
	return rollout.Say("write its id into the column %[1]s, and add a column %[1]s where the sheet has none",
		"écrivez son identifiant dans la colonne %[1]s, et ajoutez une colonne %[1]s là où la feuille n'en a pas", rollout.FieldVoiceSiteID)
}

// Meanings of states that differ in batches that nobody works on.
var (
	rightOnly   = rollout.Say("right in the file, not enqueued", "correct dans le fichier, non transmis")
	leftBefore  = rollout.Say("left before anything was ordered", "laissé avant toute commande")
	meaningsFor = map[rollout.BatchState]map[rollout.State]rollout.Text{
		rollout.Checked:   {rollout.Imported: rightOnly},
		rollout.Refused:   {rollout.Imported: rightOnly},
		rollout.Withdrawn: {rollout.Imported: rollout.Say("right in the file, being cancelled", "correct dans le fichier, en cours d'annulation")},
		rollout.Stopped: {
			rollout.Imported:  leftBefore,
			rollout.Validated: leftBefore,
			rollout.Ordering:  rollout.Say("left while the order was being made", "laissé pendant l'envoi de la commande"),
			rollout.Ordered:   rollout.Say("ordered, and left before delivery", "commandé, et laissé avant la livraison"),
			rollout.Delivered: rollout.Say("voicesite exists, left without address", "le voicesite existe, laissé sans adresse"),
		},
	}
)

func meaning(b *rollout.Batch, s rollout.State) string {
	if words, differs := meaningsFor[b.State][s]; differs {
		return words.In(b.Lang)
	}
	return s.Meaning().In(b.Lang)
}

// standing says what became of the batch as a whole.
func standing(b *rollout.Batch, t *tally) string {
	switch {
	case b.State == rollout.Checked:
		return say(b, "checked: nothing was enqueued", "vérifié : rien n'a été transmis")
	case b.State == rollout.Refused:
		return say(b, "refused: rows are wrong, and nothing was enqueued", "refusé : des lignes sont erronées, et rien n'a été transmis")
	case b.State == rollout.Withdrawn:
		return say(b, "withdrawn: the upload ended before it was whole, and nothing was ordered", "retiré : l'envoi du fichier s'est interrompu avant la fin, et rien n'a été commandé")
	case b.State == rollout.Stopped:
		return say(b, "stopped before every site had ended", "arrêté avant que tous les sites ne soient terminés")
	case t.open == 0:
		return say(b, "done", "terminé")
	case b.State == rollout.Blocked && b.Reason != "":
		return say(b, "blocked: %s", "bloqué : %s", b.Reason)
	}
	return say(b, string(b.State), goingOn[b.State])
}

// goingOn says in French what batches do that have not ended; in English, their
// states say it themselves.
var goingOn = map[rollout.BatchState]string{
	rollout.Importing: "en cours d'import", rollout.Running: "en cours", rollout.Blocked: "bloqué", rollout.Done: "terminé",
}
