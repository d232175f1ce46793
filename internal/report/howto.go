package report

// This file says how a report's workbook is to be used.

import (
	"strings"

	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
)

// howTo says how the file is to be used, a line for each thing to know.
func howTo(w *workbook) []string {
	b, t := w.batch, w.seen
	lines := outlook(b, t)
	if t.attention == 0 {
		return append(lines, noRow(b, t, w.order[0].name))
	}
	lines = append(lines, pasting(b, w.offered.sheets)...)
	lines = append(lines, correcting(w), upload(b, len(w.order)))
	lines = append(lines, silence(b, w.voice)...)
	if !neverEnqueued(b) && b.State != rollout.Stopped && t.open == 0 && t.voiceSites+t.states[rollout.Review] > 0 {
		lines = append(lines, say(b,
			"After a run with --embedded, nothing is remembered: sites that were ordered are found in the account when their rows are uploaded again, %s. Rows in review cannot be resolved then: look them up in %s first and, should there be a voicesite, %s.",
			"Après une exécution avec --embedded, rien n'est gardé en mémoire : les sites déjà commandés sont retrouvés dans le compte quand leurs lignes sont envoyées de nouveau, %s. Il n'est alors pas possible de trancher les lignes à l'état review : recherchez-les d'abord dans %s et, s'il existe un voicesite, %s.",
			unlessHidden, portal, idIntoRows(b)))
	}
	return append(lines, say(b,
		"Columns whose names start with bt_ are ignored by the upload, so they can stay.",
		"Les colonnes dont le nom commence par bt_ sont ignorées à l'envoi : elles peuvent rester."))
}

// unlessHidden is the limit of what a run can find that remembers nothing; the words
// quoted are those of the log.
var unlessHidden = rollout.Say(
	"unless the run warned that the API “does not show all of the account's orders and voicesites”",
	"sauf si l'exécution a averti que l'API « does not show all of the account's orders and voicesites »")

// correcting says where to correct what.
func correcting(w *workbook) string {
	sheets := rollout.Say("sheet “%s”", "la feuille « %s »", w.order[0].name)
	if len(w.order) > 1 {
		sheets = rollout.Say("%d sheets whose names begin with “%s”", "les %d feuilles dont le nom commence par « %s »", len(w.order), failuresSheet)
	}
	return say(w.batch,
		"Correct the coloured cells on the %[1]s; their notes and the column %[2]s say what is wrong and what to do, and some cells have a list to choose from. Where %[2]s itself is coloured, no single cell is to blame: do what it says, and add the column that it names if the file lacks it.",
		"Corrigez les cellules colorées dans %[1]s ; leurs notes et la colonne %[2]s disent ce qui est erroné et ce qu'il faut faire, et certaines cellules proposent une liste de choix. Là où %[2]s est elle-même colorée, aucune cellule n'est en cause à elle seule : faites ce qu'elle dit, et ajoutez la colonne qu'elle nomme si elle manque au fichier.",
		sheets, rollout.ColumnProblem)
}

// pasting says how a row takes one of its candidates.
func pasting(b *rollout.Batch, offered []*choosing) (lines []string) {
	for _, on := range offered {
		from, to := xlsx.ColumnName(len(beforeOwn)+1), xlsx.ColumnName(len(beforeOwn)+len(on.source.Columns))
		if len(lines) == 0 {
			lines = append(lines, say(b,
				"Where a row may mean another address, the sheet “%[1]s” has a line for each possible one, and colours what would change. To take one, copy its cells from column %[3]s to column %[4]s, and paste them over the row with the same %[5]s on “%[2]s”, from its first cell on.",
				"Là où une ligne peut désigner une autre adresse, la feuille « %[1]s » contient une ligne par adresse possible, et colore ce qui changerait. Pour en retenir une, copiez ses cellules de la colonne %[3]s à la colonne %[4]s, et collez-les sur la ligne de même %[5]s dans « %[2]s », à partir de sa première cellule.",
				on.name, on.onto, from, to, rollout.ColumnRow))
		} else {
			lines = append(lines, say(b,
				"Likewise, “%[1]s” is for the rows of “%[2]s”: copy from column %[3]s to column %[4]s.",
				"De même, « %[1]s » concerne les lignes de « %[2]s » : copiez de la colonne %[3]s à la colonne %[4]s.",
				on.name, on.onto, from, to))
		}
		if len(on.lacking) > 0 {
			lines = append(lines, say(b,
				"Your file has no column for what stands after column %[2]s on “%[1]s” (%[4]s): to take an address with a value there, also add a column of that name after the last one on “%[3]s”, and write the value into it.",
				"Votre fichier n'a pas de colonne pour ce qui suit la colonne %[2]s de « %[1]s » (%[4]s) : pour retenir une adresse qui y a une valeur, ajoutez aussi une colonne de ce nom après la dernière de « %[3]s », et écrivez-y la valeur.",
				on.name, to, on.onto, strings.Join(on.lacking, ", ")))
		}
		if on.dropped > 0 {
			lines = append(lines, say(b,
				"“%s” stops after %d lines; for the rows that follow, see the column %s on “%s”.",
				"« %s » s'arrête après %d lignes ; pour la suite, voyez la colonne %s de « %s ».",
				on.name, on.count, rollout.ColumnSuggestion, on.onto))
		}
	}
	return lines
}

// outlook says what becomes of the sites that need nobody.
func outlook(b *rollout.Batch, t *tally) []string {
	switch {
	case b.State == rollout.Stopped:
		return afterStop(b)
	case neverEnqueued(b) && t.attention > 0 && t.total > t.attention:
		return []string{say(b,
			"Nothing was enqueued and nothing was ordered. The rows that are right stand on “%s” only, and uploading this workbook leaves them out: to send all rows together, correct the wrong ones in your own file %s and upload that.",
			"Rien n'a été transmis et rien n'a été commandé. Les lignes correctes ne figurent que sur la feuille « %s », et l'envoi de ce classeur les laisse de côté : pour envoyer toutes les lignes ensemble, corrigez les lignes erronées dans votre propre fichier %s, puis envoyez celui-ci.",
			allSheet, b.File)}
	case neverEnqueued(b):
		return []string{say(b, "Nothing was enqueued and nothing was ordered.", "Rien n'a été transmis et rien n'a été commandé.")}
	case t.open > 0:
		return []string{say(b,
			"Sites that have not ended stand on “%s” only. btrollout goes on with them: do not upload them again, and have the report written again when the batch is done.",
			"Les sites qui ne sont pas terminés ne figurent que sur la feuille « %s ». btrollout continue de les traiter : ne les envoyez pas de nouveau, et faites réécrire le rapport quand le lot est terminé.",
			allSheet)}
	}
	return nil
}

// afterStop says how to go on with a batch that nothing remembers.
func afterStop(b *rollout.Batch) []string {
	return []string{
		say(b, "The run was stopped, and nothing but this report remembers the batch: keep it. You may upload this workbook or the original file again: sites that were ordered are found in the account by their customerOrderReference, and none is ordered a second time, %s.",
			"L'exécution a été arrêtée, et seul ce rapport garde trace du lot : conservez-le. Vous pouvez envoyer de nouveau ce classeur ou le fichier d'origine : les sites déjà commandés sont retrouvés dans le compte par leur customerOrderReference, et aucun n'est commandé une seconde fois, %s.", unlessHidden),
		say(b, "If it did, look up rows whose bt_state is ordering, ordered or delivered in %s first and, where there is a voicesite, %s.",
			"Dans ce cas, recherchez d'abord dans %s les lignes dont bt_state vaut ordering, ordered ou delivered et, là où il existe un voicesite, %s.", portal, idIntoRows(b)),
		say(b, "In any case, leave rows out whose bt_state is review until they are settled, change neither technicalSiteName nor customerOrderReference of the others, and let no two runs order the same sites at the same time.",
			"Dans tous les cas, laissez de côté les lignes dont bt_state vaut review tant qu'elles ne sont pas tranchées, ne modifiez ni technicalSiteName ni customerOrderReference des autres lignes, et ne laissez jamais deux exécutions commander les mêmes sites en même temps."),
	}
}

// upload says what uploading the workbook does.
func upload(b *rollout.Batch, sheets int) string {
	save := say(b, "Save the workbook and upload it as it is: that sheet is read, and no other.",
		"Enregistrez le classeur et envoyez-le tel quel : cette feuille est lue, et aucune autre.")
	if sheets > 1 {
		save = say(b, "Save the workbook and upload it as it is: these sheets are read, and no others.",
			"Enregistrez le classeur et envoyez-le tel quel : ces feuilles sont lues, et aucune autre.")
	}
	if b.State == rollout.Stopped || neverEnqueued(b) {
		return save
	}
	return save + say(b, " btrollout remembers in its Redis what was ordered: with the same Redis, no site is ordered a second time.",
		" btrollout garde dans son Redis la trace de ce qui a été commandé : avec le même Redis, aucun site n'est commandé une seconde fois.")
}

// noRow says what is left to do when the sheet of failures is empty.
func noRow(b *rollout.Batch, t *tally, failures string) string {
	if neverEnqueued(b) && t.total > 0 {
		return say(b, "No row needs correcting, so the sheet “%s” has none: upload your file %s to have it carried out.",
			"Aucune ligne n'est à corriger, et la feuille « %s » n'en contient donc aucune : envoyez votre fichier %s pour le faire exécuter.", failures, b.File)
	}
	return say(b, "No row needs correcting, so the sheet “%s” has none.",
		"Aucune ligne n'est à corriger, et la feuille « %s » n'en contient donc aucune.", failures)
}
