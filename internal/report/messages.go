// This file holds every sentence that a report says, in both languages: a function for each, so
// that they can be read in one place. Titles, labels and words are in labels.go. Which of them is said when is
// decided in attention.go, howto.go and summary.go.

package report

import (
	"strings"

	"btrollout/internal/rollout"
)

// Names of sheets. There is a sheet of failures, and one of candidates, for each sheet of the
// rollout file that has any. An import reads the sheets of failures only.
var (
	failuresSheet   = rollout.Say("Failures", "À corriger")
	candidatesSheet = rollout.Say("Candidates", "Adresses proposées")
	allSheet        = rollout.Say("All sites", "Tous les sites")
	summarySheet    = rollout.Say("Summary", "Résumé")
	csvSheet        = rollout.Say("Sheet1", "Feuil1") // the one sheet of a CSV file
)

// portal is where people look up what the API does not tell.
var portal = rollout.Say("the Business Talk Online portal", "le portail Business Talk Online")

// unlessHidden says when a run without memory does not find earlier orders. It quotes the log.
var unlessHidden = rollout.Say(
	"unless the run warned that the API “does not show all of the account's orders and voicesites”",
	"sauf si l'exécution a averti que l'API « does not show all of the account's orders and voicesites »")

func writeID(column string) rollout.Text {
	return rollout.Say("write its id into the column %s", "écrivez son identifiant dans la colonne %s", column)
}

func addIDColumn() rollout.Text {
	return rollout.Say("add a column %s with its id in it", "ajoutez une colonne %s qui contient son identifiant",
		rollout.FieldVoiceSiteID)
}

func writeOrAddID() rollout.Text {
	return rollout.Say("write its id into the column %[1]s, and add a column %[1]s where the sheet has none",
		"écrivez son identifiant dans la colonne %[1]s, et ajoutez une colonne %[1]s là où la feuille n'en a pas",
		rollout.FieldVoiceSiteID)
}

func saySuggestion(value string) rollout.Text {
	return rollout.Say("Suggestion: %s", "Suggestion : %s", value)
}

// sayCell: a column has that value in a row.
func sayCell(header, value string) rollout.Text {
	return rollout.Say("%s: %s", "%s : %s", header, value)
}

func sayMoreCandidates(more int) rollout.Text {
	return rollout.Say("… and %d more", "… et %d de plus", more)
}

// Rows. sayLeft… are about sites that a stopped run left open.

func sayLeftWithOwnVoiceSite(id string) rollout.Text {
	return rollout.Say(
		"The run was stopped before the address of voicesite %s was in place: upload this row again; only the address is sent.",
		"L'exécution a été arrêtée avant que l'adresse du voicesite %s ne soit en place : "+
			"envoyez de nouveau cette ligne ; seule l'adresse est transmise.", id)
}

func sayLeftDelivered(id string) rollout.Text {
	return rollout.Say(
		"Voicesite %s exists, and the run was stopped before its address was in place: "+
			"upload this row again; the voicesite is found in the account, and only the address is sent.",
		"Le voicesite %s existe, et l'exécution a été arrêtée avant que son adresse ne soit en place : "+
			"envoyez de nouveau cette ligne ; le voicesite est retrouvé dans le compte, et seule l'adresse est transmise.", id)
}

func sayLeftOrdered(order, reference string) rollout.Text {
	return rollout.Say(
		"Order %s was made, and the run was stopped before it was delivered: upload this row again; "+
			"the order is found in the account by its customerOrderReference %s, and not made a second time.",
		"La commande %s a été passée, et l'exécution a été arrêtée avant sa livraison : envoyez de nouveau cette ligne ; "+
			"la commande est retrouvée dans le compte par sa customerOrderReference %s, et n'est pas passée une seconde fois.",
		order, reference)
}

func sayLeftOrdering(reference string) rollout.Text {
	return rollout.Say(
		"The run was stopped while the order was being made, and nobody knows whether it arrived: upload this row again; "+
			"the account is searched for customerOrderReference %s first, and the order is made only if it is not there.",
		"L'exécution a été arrêtée pendant l'envoi de la commande, et nul ne sait si celle-ci est arrivée : "+
			"envoyez de nouveau cette ligne ; la customerOrderReference %s est d'abord recherchée dans le compte, "+
			"et la commande n'est passée que si elle ne s'y trouve pas.", reference)
}

func sayLeftUnordered() rollout.Text {
	return rollout.Say(
		"The run was stopped before anything was ordered for this site: upload this row again.",
		"L'exécution a été arrêtée avant toute commande pour ce site : envoyez de nouveau cette ligne.")
}

// sayFollowing says for which row a row in Following waits.
func sayFollowing(row rollout.Place) rollout.Text {
	return rollout.Say(
		"Waits until row %s of batch %s, and all earlier rows of this site, have ended.",
		"Attend que soient terminées la ligne %s du lot %s et toutes les lignes antérieures de ce site.", row.Name, row.Batch)
}

// sayNotResolvable follows the problems of a site in review; writeID says how a row takes the
// id of a voicesite.
func sayNotResolvable(writeID rollout.Text) rollout.Text {
	return rollout.Say(
		"Nothing remembers this run, so batch resolve cannot be used: settle it in %s, "+
			"and leave this row out until then; should there be a voicesite, %s.",
		"Rien ne garde trace de cette exécution, et batch resolve est donc inutilisable : tranchez dans %s, "+
			"et laissez cette ligne de côté d'ici là ; s'il existe un voicesite, %s.", portal, writeID)
}

func sayOrderUnknown(reference string) rollout.Text {
	return rollout.Say(
		"Whether this site was ordered is not known: look for customerOrderReference %s in %s before uploading this row again.",
		"On ne sait pas si ce site a été commandé : recherchez la customerOrderReference %s dans %s "+
			"avant d'envoyer de nouveau cette ligne.", reference, portal)
}

func sayNoReason() rollout.Text {
	return rollout.Say(
		"The site was not provisioned, and no reason was recorded: check the row, look for its voicesite in %s, "+
			"and upload the row again if there is none.",
		"Le site n'a pas été mis en place, et aucun motif n'a été enregistré : vérifiez la ligne, "+
			"recherchez son voicesite dans %s, et envoyez de nouveau la ligne s'il n'y en a pas.", portal)
}

// Meanings of states of sites, where they differ from rollout.State.Meaning: in batches that
// no worker goes on with.
var (
	meaningRight       = rollout.Say("right in the file, not enqueued", "correct dans le fichier, non transmis")
	meaningBeingEnded  = rollout.Say("right in the file, being cancelled", "correct dans le fichier, en cours d'annulation")
	meaningNotOrdered  = rollout.Say("left before anything was ordered", "laissé avant toute commande")
	meaningOrdering    = rollout.Say("left while the order was being made", "laissé pendant l'envoi de la commande")
	meaningUndelivered = rollout.Say("ordered, and left before delivery", "commandé, et laissé avant la livraison")
	meaningNoAddress   = rollout.Say("voicesite exists, left without address", "le voicesite existe, laissé sans adresse")
)

// States of batches.
var (
	stateChecked = rollout.Say("checked: nothing was enqueued", "vérifié : rien n'a été transmis")
	stateRefused = rollout.Say("refused: rows are wrong, and nothing was enqueued",
		"refusé : des lignes sont erronées, et rien n'a été transmis")
	stateWithdrawn = rollout.Say("withdrawn: the upload ended before it was whole, and nothing was ordered",
		"retiré : l'envoi du fichier s'est interrompu avant la fin, et rien n'a été commandé")
	stateStopped = rollout.Say("stopped before every site had ended", "arrêté avant que tous les sites ne soient terminés")
	stateDone    = rollout.Say("done", "terminé")
)

func stateBlocked(reason string) rollout.Text {
	return rollout.Say("blocked: %s", "bloqué : %s", reason)
}

// stateOpen names the state of a batch that has not ended; in English, by the state itself.
func stateOpen(state rollout.BatchState) rollout.Text {
	french := map[rollout.BatchState]string{
		rollout.Importing: "en cours d'import", rollout.Running: "en cours", rollout.Blocked: "bloqué", rollout.Done: "terminé",
	}
	return rollout.Text{EN: string(state), FR: french[state]}
}

// How a report is used.

func sayCorrecting(sheets rollout.Text) rollout.Text {
	return rollout.Say(
		"Correct the coloured cells on the %[1]s; their notes and the column %[2]s say what is wrong and what to do, "+
			"and some cells have a list to choose from. Where %[2]s itself is coloured, no single cell is to blame: "+
			"do what it says, and add the column that it names if the file lacks it.",
		"Corrigez les cellules colorées dans %[1]s ; leurs notes et la colonne %[2]s disent ce qui est erroné et ce qu'il faut faire, "+
			"et certaines cellules proposent une liste de choix. Là où %[2]s est elle-même colorée, aucune cellule n'est en cause "+
			"à elle seule : faites ce qu'elle dit, et ajoutez la colonne qu'elle nomme si elle manque au fichier.",
		sheets, rollout.ColumnProblem)
}

func oneSheet(name string) rollout.Text {
	return rollout.Say("sheet “%s”", "la feuille « %s »", name)
}

func severalSheets(number int) rollout.Text {
	return rollout.Say("%d sheets whose names begin with “%s”", "les %d feuilles dont le nom commence par « %s »",
		number, failuresSheet)
}

// sayPasting: the cells of a candidate, from one column to another, replace those of a row on
// the sheet of failures, where the first of them is in the column onto.
func sayPasting(candidates, failures, from, to, onto string) rollout.Text {
	return rollout.Say(
		"Where a row may mean another address, the sheet “%[1]s” has a line for each possible one, and colours what would change. "+
			"To take one, copy its cells from column %[3]s to column %[4]s, "+
			"and paste them over the row with the same %[5]s on “%[2]s”, from column %[6]s on.",
		"Là où une ligne peut désigner une autre adresse, la feuille « %[1]s » contient une ligne par adresse possible, "+
			"et colore ce qui changerait. Pour en retenir une, copiez ses cellules de la colonne %[3]s à la colonne %[4]s, "+
			"et collez-les sur la ligne de même %[5]s dans « %[2]s », à partir de la colonne %[6]s.",
		candidates, failures, from, to, rollout.ColumnRow, onto)
}

func sayPastingToo(candidates, failures, from, to string) rollout.Text {
	return rollout.Say(
		"Likewise, “%[1]s” is for the rows of “%[2]s”: copy from column %[3]s to column %[4]s.",
		"De même, « %[1]s » concerne les lignes de « %[2]s » : copiez de la colonne %[3]s à la colonne %[4]s.",
		candidates, failures, from, to)
}

// sayAddedElements: candidates have elements for which the file has no column, behind the
// last column that can be pasted.
func sayAddedElements(candidates, failures, last string, elements []string) rollout.Text {
	return rollout.Say(
		"Your file has no column for what stands after column %[2]s on “%[1]s” (%[4]s): to take an address with a value there, "+
			"also add a column of that name after the last one on “%[3]s”, and write the value into it.",
		"Votre fichier n'a pas de colonne pour ce qui suit la colonne %[2]s de « %[1]s » (%[4]s) : "+
			"pour retenir une adresse qui y a une valeur, ajoutez aussi une colonne de ce nom après la dernière de « %[3]s », "+
			"et écrivez-y la valeur.",
		candidates, last, failures, strings.Join(elements, ", "))
}

func sayCandidatesCut(candidates, failures string, kept int) rollout.Text {
	return rollout.Say(
		"“%s” stops after %d lines; for the rows that follow, see the column %s on “%s”.",
		"« %s » s'arrête après %d lignes ; pour la suite, voyez la colonne %s de « %s ».",
		candidates, kept, rollout.ColumnSuggestion, failures)
}

// sayPrinting: what a sheet of failures shows on paper.
func sayPrinting() rollout.Text {
	return rollout.Say(
		"The columns of your file stand behind the first %d. Only these are printed: which row it is, what is wrong and what to do.",
		"Les colonnes de votre fichier suivent les %d premières. Seules celles-ci s'impriment : quelle ligne, ce qui est erroné et que faire.",
		len(failuresFirst))
}

func sayHintsOmitted() rollout.Text {
	return rollout.Say(
		"Only the first %d coloured cells have a note and a list to choose from: for the others, see the columns %s and %s.",
		"Seules les %d premières cellules colorées ont une note et une liste de choix : pour les autres, voyez les colonnes %s et %s.",
		maxHints, rollout.ColumnProblem, rollout.ColumnSuggestion)
}

func sayNothingOrdered() rollout.Text {
	return rollout.Say("Nothing was enqueued and nothing was ordered.", "Rien n'a été transmis et rien n'a été commandé.")
}

func sayNothingOrderedAndRight(file string) rollout.Text {
	return rollout.Say(
		"Nothing was enqueued and nothing was ordered. The rows that are right stand on “%s” only, "+
			"and uploading this workbook leaves them out: to send all rows together, "+
			"correct the wrong ones in your own file %s and upload that.",
		"Rien n'a été transmis et rien n'a été commandé. Les lignes correctes ne figurent que sur la feuille « %s », "+
			"et l'envoi de ce classeur les laisse de côté : pour envoyer toutes les lignes ensemble, "+
			"corrigez les lignes erronées dans votre propre fichier %s, puis envoyez celui-ci.", allSheet, file)
}

func sayOpenSites() rollout.Text {
	return rollout.Say(
		"Sites that have not ended stand on “%s” only. btrollout goes on with them: do not upload them again, "+
			"and have the report written again when the batch is done.",
		"Les sites qui ne sont pas terminés ne figurent que sur la feuille « %s ». btrollout continue de les traiter : "+
			"ne les envoyez pas de nouveau, et faites réécrire le rapport quand le lot est terminé.", allSheet)
}

func sayKeepReport() rollout.Text {
	return rollout.Say(
		"The run was stopped, and nothing but this report remembers the batch: keep it. "+
			"You may upload this workbook or the original file again: sites that were ordered are found in the account "+
			"by their customerOrderReference, and none is ordered a second time, %s.",
		"L'exécution a été arrêtée, et seul ce rapport garde trace du lot : conservez-le. "+
			"Vous pouvez envoyer de nouveau ce classeur ou le fichier d'origine : les sites déjà commandés sont retrouvés dans le compte "+
			"par leur customerOrderReference, et aucun n'est commandé une seconde fois, %s.", unlessHidden)
}

// sayLookUp is for a run whose API does not show all orders; writeID as for sayNotResolvable.
func sayLookUp(writeID rollout.Text) rollout.Text {
	return rollout.Say(
		"If it did, look up rows whose bt_state is ordering, ordered or delivered in %s first and, where there is a voicesite, %s.",
		"Dans ce cas, recherchez d'abord dans %s les lignes dont bt_state vaut ordering, ordered ou delivered "+
			"et, là où il existe un voicesite, %s.", portal, writeID)
}

func sayLeaveOutReview() rollout.Text {
	return rollout.Say(
		"In any case, leave rows out whose bt_state is review until they are settled, "+
			"change neither technicalSiteName nor customerOrderReference of the others, "+
			"and let no two runs order the same sites at the same time.",
		"Dans tous les cas, laissez de côté les lignes dont bt_state vaut review tant qu'elles ne sont pas tranchées, "+
			"ne modifiez ni technicalSiteName ni customerOrderReference des autres lignes, "+
			"et ne laissez jamais deux exécutions commander les mêmes sites en même temps.")
}

// sayAfterEmbedded: writeID as for sayNotResolvable.
func sayAfterEmbedded(writeID rollout.Text) rollout.Text {
	return rollout.Say(
		"After a run with --embedded, nothing is remembered: sites that were ordered are found in the account "+
			"when their rows are uploaded again, %s. Rows in review cannot be resolved then: "+
			"look them up in %s first and, should there be a voicesite, %s.",
		"Après une exécution avec --embedded, rien n'est gardé en mémoire : les sites déjà commandés sont retrouvés dans le compte "+
			"quand leurs lignes sont envoyées de nouveau, %s. Il n'est alors pas possible de trancher les lignes à l'état review : "+
			"recherchez-les d'abord dans %s et, s'il existe un voicesite, %s.", unlessHidden, portal, writeID)
}

func sayUploadSheet() rollout.Text {
	return rollout.Say(
		"Save the workbook and upload it as it is: that sheet is read, and no other.",
		"Enregistrez le classeur et envoyez-le tel quel : cette feuille est lue, et aucune autre.")
}

func sayUploadSheets() rollout.Text {
	return rollout.Say(
		"Save the workbook and upload it as it is: these sheets are read, and no others.",
		"Enregistrez le classeur et envoyez-le tel quel : ces feuilles sont lues, et aucune autre.")
}

// sayNoSecondOrder follows upload, which says what is uploaded.
func sayNoSecondOrder(upload rollout.Text) rollout.Text {
	return rollout.Say(
		"%s btrollout remembers in its Redis what was ordered: with the same Redis, no site is ordered a second time.",
		"%s btrollout garde dans son Redis la trace de ce qui a été commandé : "+
			"avec le même Redis, aucun site n'est commandé une seconde fois.", upload)
}

func sayNothingToCorrect(failures string) rollout.Text {
	return rollout.Say(
		"No row needs correcting, so the sheet “%s” has none.",
		"Aucune ligne n'est à corriger, et la feuille « %s » n'en contient donc aucune.", failures)
}

func sayNothingToCorrectYet(failures, file string) rollout.Text {
	return rollout.Say(
		"No row needs correcting, so the sheet “%s” has none: upload your file %s to have it carried out.",
		"Aucune ligne n'est à corriger, et la feuille « %s » n'en contient donc aucune : "+
			"envoyez votre fichier %s pour le faire exécuter.", failures, file)
}

func sayColumnsIgnored() rollout.Text {
	return rollout.Say(
		"Columns whose names start with bt_ are ignored by the upload, so they can stay.",
		"Les colonnes dont le nom commence par bt_ sont ignorées à l'envoi : elles peuvent rester.")
}

func sayUnwritten(rows int) rollout.Text {
	return rollout.Say(
		"%d: the upload was withdrawn before they were written; enqueue the file again",
		"%d : l'envoi a été retiré avant leur écriture ; transmettez de nouveau le fichier", rows)
}

// sayNoted: some rows have a note about values that are changed before sending.
func sayNoted(rows int) rollout.Text {
	return rollout.Say(
		"In %s, values are sent otherwise than the file has them (case, accents, white space; left out or added): see %s on “%s”.",
		"Dans %s, des valeurs sont transmises autrement que dans le fichier (casse, accents, espaces ; omises ou ajoutées) : "+
			"voyez %s dans « %s ».", rollout.Rows(rows), rollout.ColumnNote, allSheet)
}

func sayEmergency(possible rollout.Text) rollout.Text {
	return rollout.Say("Domestic emergency calls: %s.", "Appels d'urgence nationaux : %s.", possible)
}

func sayUnapplied(rule rollout.Text) rollout.Text {
	return rollout.Say("Not checked before the order: %s", "Non vérifié avant la commande : %s", rule)
}

func sayNoRequestIDs() rollout.Text {
	return rollout.Say(
		"none: behind no row on “%s” is a call that failed",
		"aucun : les lignes de « %s » ne viennent pas d'un appel en échec", failuresSheet)
}

func sayRequestIDsCut(listed, rows int) rollout.Text {
	return rollout.Say(
		"The first %d of the %d rows with a request id; the column bt_request_id has them all.",
		"Les %d premières des %d lignes avec un identifiant de requête ; la colonne bt_request_id les contient tous.", listed, rows)
}

// sayEvent says what an entry of the audit log records.
func sayEvent(e rollout.AuditEntry) rollout.Text {
	detail := e.DetailText()
	if detail == (rollout.Text{}) {
		return e.What.Meaning()
	}
	return rollout.Say("%s: %s", "%s : %s", e.What.Meaning(), detail)
}

// sayLogCut: of the entries of the audit log, the last ones are shown.
func sayLogCut(shown, entries int, batch string) rollout.Text {
	return rollout.Say(
		"The last %d of %d entries; batch log %s shows them all.",
		"Les %d dernières des %d entrées ; batch log %s les affiche toutes.", shown, entries, batch)
}
