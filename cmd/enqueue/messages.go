// This file holds every sentence that the command says, so that they can be read in one
// place; those about what is in a file are in findingmessages.go, those of enqueue template in
// templatemessages.go. What is said about files,
// rows and countries is in both languages; errors, warnings and progress are in English.
// Parts of sentences and the words of tables are in words.go.

package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/rollout"
)

// Errors of every command.

// errSimulateAlone: only this process can be given the address of its simulator.
var errSimulateAlone = &app.UsageError{Text: "--simulate goes with --embedded; for several processes, " +
	"start the command simulator and set the variables it prints"}

const warnRedisInMemory = "Warning: real orders on a Redis in memory, which forgets them when this run ends. " +
	"The same file may be uploaded again, because its sites are found in the account as long as the API shows the account's orders; " +
	"but let no two runs order the same sites at the same time. " +
	"Rows in review can be resolved only on a Redis that keeps its data."

const ownRedis = ": a Redis in this process is used, so the calls of other processes are not counted"

// noteOwnRedis says that there is no Redis, and nobody set REDIS_URL.
const noteOwnRedis = "there is no Redis at " + config.DefaultRedis + ", the default of REDIS_URL" + ownRedis

// warnOwnRedis says that the Redis that the user named cannot be used.
func warnOwnRedis(why string) string {
	return fmt.Sprintf("Warning: the Redis of REDIS_URL cannot be used (%s)%s.", why, ownRedis)
}

func warnDisagreement(disagreement string) string { return "Warning: " + disagreement + "." }

// What is printed at once when the command is interrupted.

// tellStopping: nothing is in the ledger yet.
const tellStopping = "Stopping: nothing was enqueued; a second Ctrl-C ends the command at once, and loses nothing more."

// tellStoppingUpload: rows are being written to the ledger, or their tasks enqueued.
const tellStoppingUpload = "Stopping: the upload is withdrawn, unless all its rows are written, and then the batch goes on; " +
	"a second Ctrl-C ends the command at once, and a worker withdraws the upload later."

// tellStoppingWatch: the batch does not need the command.
func tellStoppingWatch(batch string) string {
	return fmt.Sprintf("Stopping: batch %s goes on without this command; a second Ctrl-C ends the command at once, and loses nothing.", batch)
}

// tellStoppingHere: a worker runs in this process. within is how long its steps may still run.
func tellStoppingHere(within time.Duration, simulated bool) string {
	orders := ", and then only the account shows what was ordered"
	if simulated {
		orders = ""
	}
	return fmt.Sprintf("Stopping: the present steps are finished within %s, and then the report is written; "+
		"a second Ctrl-C ends the command at once, without the report%s.", within, orders)
}

// Enqueueing a file.

var (
	// errStopped: the run was interrupted before anything was enqueued.
	errStopped = errors.New("stopped; nothing was enqueued")
	// errDeclined: the user was asked, and does not want the orders.
	errDeclined = errors.New("nothing was enqueued, as you wished")
)

func errReportReplaces(file string) error {
	return app.Usagef("the report would replace the rollout file %s itself: give --report another name", file)
}

var (
	errAnnotateIsReport = &app.UsageError{Text: "--annotate and --report name the same file: give one of them another name"}
	errLimits           = &app.UsageError{Text: "the limits of a rollout file are whole numbers from 1 on"}
)

func errMapping(line string) error {
	return app.Usagef("a column is mapped as HEADER=FIELD, such as 'Ort=a3', and %q is not", line)
}

func errMapFile(cause error) error {
	return app.Usagef("the file of --map-file cannot be read (%v)", cause)
}

func errMapFileLine(file string, line int, cause error) error {
	return app.Usagef("%s, line %d: %v", file, line, cause)
}

func errNotEnqueued(cause error) error {
	const what = "the batch could not be enqueued"
	return app.BecauseOfRedis(what, cause, "look at batch list, and enqueue the same file again",
		fmt.Errorf(what+" (%w): look at batch list, and try again", cause))
}

func errWithdrawn(batch, written string) error {
	return fmt.Errorf("batch %s was withdrawn while this command wrote its rows, because it gave no sign of life for minutes: "+
		"%s had been written and are cancelled, the others are in no report, and nothing was ordered; enqueue the same file again",
		batch, written)
}

// writtenRows is how many rows of a withdrawn upload were written; known: that could be read.
func writtenRows(b rollout.Batch, of int, known bool) string {
	if !known {
		return "some of its rows"
	}
	return fmt.Sprintf("%d of %s", b.Rows(), rollout.Rows(of))
}

func errStoppedAfterStart(batch string) error {
	return fmt.Errorf("stopped; batch %s had begun and goes on: see batch watch %s", batch, batch)
}

func errGoesOn(batch string, cause error) error {
	what := fmt.Sprintf("batch %s goes on without this command", batch)
	return app.BecauseOfRedis(what, cause, "see batch watch "+batch, fmt.Errorf("%s (%w): see batch watch %s", what, cause, batch))
}

func errNotShown(batch string, cause error) error {
	what := fmt.Sprintf("batch %s is enqueued and goes on, but cannot be shown", batch)
	return app.BecauseOfRedis(what, cause, "see batch watch "+batch, fmt.Errorf("%s (%w): see batch watch %s", what, cause, batch))
}

func errStoppedWatching(batch string) error {
	return fmt.Errorf("stopped watching; batch %s goes on: see batch watch %s", batch, batch)
}

func errStoppedHere(open int, report string) error {
	return fmt.Errorf("stopped before %s had ended; what became of each is in %s: look there before ordering any of them again",
		rollout.Count(open, rollout.Say("site", "site"), rollout.Say("sites", "sites")), report)
}

func tellEnqueued(b rollout.Batch) string {
	return fmt.Sprintf("Batch %s: %d of %s enqueued.", b.ID, b.Open(), rollout.Rows(b.Rows()))
}

func tellFirstOrder(wait time.Duration) string {
	return fmt.Sprintf("The first order waits %s, so that what an earlier run may just have ordered can be seen.", wait)
}

// What becomes of a file.

// sayChecked also says what a mere check leaves to the workers.
func sayChecked(rows, right, wrong int, unverified unverifiedRows) rollout.Text {
	checked := rollout.Say("Checked %s: %d right, %d wrong.", "Vérification de %s : %d sans erreur, %d avec erreur.",
		rollout.Rows(rows), right, wrong)
	if unverified.rows > 0 {
		checked = rollout.Sentences(checked, rollout.Say(
			"%s: address not yet held against the register of %s, which a worker does before the order.",
			"%s : adresse pas encore vérifiée dans le registre de %s, ce que fait un worker avant la commande.",
			rollout.Rows(unverified.rows), strings.Join(unverified.countries, ", ")))
	}
	return rollout.Sentences(checked, rollout.Say("Nothing was enqueued.", "Rien n'a été transmis."))
}

func sayRefused(rows, right, wrong int) rollout.Text {
	return rollout.Say("Of %s, %d can be enqueued and %d cannot, so nothing was enqueued. "+
		"Correct them in the file, or enqueue the others with --partial.",
		"Le fichier contient %s : %d sans erreur et %d à corriger ; rien n'a donc été transmis. "+
			"Corrigez ces dernières dans le fichier, ou transmettez les autres avec --partial.", rollout.Rows(rows), right, wrong)
}

func sayNoneRight(rows, right, wrong int) rollout.Text {
	return rollout.Say("Of %s, %d can be enqueued and %d cannot, so nothing was enqueued. The list says what to do about each.",
		"Le fichier contient %s : %d sans erreur et %d à corriger ; rien n'a donc été transmis. "+
			"La liste indique que faire pour chacune.", rollout.Rows(rows), right, wrong)
}

// askToOrder asks before orders are made; n counts the rows of all countries.
func askToOrder(n tally) rollout.Text {
	question := rollout.Say("Voicesites to order, which cost money: %d", "Voicesites à commander, qui seront facturés : %d", n.orders)
	if n.addresses > 0 {
		question = rollout.Say("%s; existing ones that get an address: %d",
			"%s ; voicesites existants qui reçoivent une adresse : %d", question, n.addresses)
	}
	question = rollout.Say("%s.", "%s.", question)
	if n.follow > 0 {
		question = rollout.Sentences(question, sayFollow(n.follow))
	}
	return rollout.Say("%s Go ahead? [y/N] ", "%s Continuer ? [o/N] ", question)
}

// sayFollow says what rows may do that follow others.
func sayFollow(rows int) rollout.Text {
	return rollout.Say("%s if the earlier row of the site does not succeed.", "%s si la ligne antérieure du site n'aboutit pas.",
		rollout.Count(rows, rollout.Say(
			"row waits for another batch and may make an order too", "ligne attend un autre lot et peut donner lieu, elle aussi, à une commande"),
			rollout.Say("rows wait for another batch and may make orders too",
				"lignes attendent un autre lot et peuvent donner lieu, elles aussi, à des commandes")))
}

func sayMarked(file string, whole bool) rollout.Text {
	if whole {
		return rollout.Say("Marked copy: %s", "Copie annotée : %s", file)
	}
	return rollout.Say("Marked copy: %s (the workbook could not be copied as it is, "+
		"so only the values of the sheets that were read are in it)",
		"Copie annotée : %s (le classeur n'a pas pu être copié tel quel : "+
			"seules les valeurs des feuilles lues y figurent)", file)
}

// sayNoReport says how to get what a mere check does not write by itself.
func sayNoReport() rollout.Text {
	return rollout.Say("No report was written: --report FILE.xlsx writes one, and --annotate FILE.xlsx a copy with the wrong cells marked.",
		"Aucun rapport n'a été écrit : --report FICHIER.xlsx en écrit un, et --annotate FICHIER.xlsx une copie où les cellules "+
			"erronées sont marquées.")
}

func sayReport(file string) rollout.Text { return rollout.Say("Report: %s", "Rapport : %s", file) }

func sayEnqueued(b rollout.Batch) rollout.Text {
	enqueued := rollout.Text{
		EN: fmt.Sprintf("%d of %s enqueued", b.Open(), rollout.Rows(b.Rows())),
		FR: rollout.Count(b.Open(), rollout.Text{FR: "ligne transmise"}, rollout.Text{FR: "lignes transmises"}).FR +
			fmt.Sprintf(" sur %d", b.Rows()),
	}
	return rollout.Say("Batch %[1]s: %[2]s. Follow it with: batch watch %[1]s",
		"Lot %[1]s : %[2]s. Suivez-le avec : batch watch %[1]s", b.ID, enqueued)
}

func sayDone(b rollout.Batch, now time.Time) rollout.Text {
	return rollout.Say("Batch %s is done after %s.", "Lot %s terminé en %s.", b.ID, app.Took(b, now))
}

// sayAllPaused says, before a batch is enqueued, that somebody paused all batches.
func sayAllPaused(by string) rollout.Text {
	if by == "" {
		return rollout.Say("All batches are paused: this one will order nothing before batch resume --all.",
			"Tous les lots sont en pause : celui-ci ne commandera rien avant batch resume --all.")
	}
	return rollout.Say("All batches are paused, by %s: this one will order nothing before batch resume --all.",
		"Tous les lots sont en pause, par %s : celui-ci ne commandera rien avant batch resume --all.", by)
}

// sayBooks says what the simulator holds; most: orders for one site, addresses:
// voicesites with one.
func sayBooks(orders, most, voicesites, addresses int) rollout.Text {
	return rollout.Say("Simulated API's own books: %s (at most %d for one site), %s, %d with an address; "+
		"nothing was really ordered.",
		"Registres de l'API simulée : %s (au plus %d par site), %s, dont %d avec une adresse ; "+
			"rien n'a été réellement commandé.",
		rollout.Count(orders, rollout.Say("order", "commande"), rollout.Say("orders", "commandes")), most,
		rollout.Count(voicesites, rollout.Say("voicesite", "voicesite"), rollout.Say("voicesites", "voicesites")), addresses)
}

// Countries.

// errStoppedAsking: the run was interrupted before the API had answered everything.
var errStoppedAsking = errors.New("stopped")

var errAreaCountries = &app.UsageError{Text: "--area goes with one country"}

func errNoPlace(cause error) error {
	return &app.UsageError{Text: cause.Error() + ": write it as enqueue countries shows it"}
}

func errCountryCodes(wrong []string) error {
	return app.Usagef("no country has the code %s: write ISO 3166 codes of two letters, such as FR; "+
		"a file that is named countries is reached as ./countries", strings.Join(wrong, ", "))
}

func sayGuide() rollout.Text {
	return rollout.Say("These are the countries of Orange's guide; the API has no call that lists countries, "+
		"and more may be covered: enqueue countries XX tells of any.",
		"Ce sont les pays du guide d'Orange ; l'API n'a pas d'appel qui liste les pays, "+
			"et d'autres peuvent être couverts : enqueue countries XX renseigne sur chacun.")
}

func sayRulesRefused(words string) rollout.Text {
	return rollout.Say("The API refuses to say what applies there: %s.", "L'API refuse de dire ce qui s'y applique : %s.", words)
}

func sayNotCovered() rollout.Text {
	return rollout.Say("Business Talk does not cover a country of this code.", "Business Talk ne couvre pas de pays de ce code.")
}

func sayNotOrderable() rollout.Text {
	return rollout.Say("Voicesites cannot be ordered online there: ask Orange.",
		"Aucun voicesite ne peut y être commandé en ligne : adressez-vous à Orange.")
}

func sayDialZone(automatic bool) rollout.Text {
	if automatic {
		return rollout.Say("automatic: the API derives it from the address; leave the column dialzone empty",
			"automatique : l'API la déduit de l'adresse ; laissez la colonne dialzone vide")
	}
	return rollout.Say("manual: every row must give it in the column dialzone, and nobody verifies it",
		"manuelle : chaque ligne doit la donner dans la colonne dialzone, et personne ne la vérifie")
}

// sayAreas names the elements that must name a geographical area, from the outermost.
func sayAreas(elements []string) rollout.Text {
	if len(elements) == 0 {
		return wordNone
	}
	within := rollout.Text{
		EN: strings.Join(elements, ", and within it "),
		FR: strings.Join(elements, ", puis, à l'intérieur, "),
	}
	return rollout.Say("%s: written as the API lists it, because it determines the area for emergency services",
		"%s : à écrire comme dans la liste de l'API, car la zone des services d'urgence en dépend", within)
}

func sayPlaces(element string, n int, places rollout.Text) rollout.Text {
	return rollout.Say("%s, %s: %s", "%s, %s : %s", element, countValues(n), places)
}

func sayPlacesWithin(element string, within, places []string) rollout.Text {
	return rollout.Say("%s within %s, %s: %s", "%s dans %s, %s : %s",
		element, strings.Join(within, ", "), countValues(len(places)), strings.Join(places, ", "))
}

func countValues(n int) rollout.Text {
	return rollout.Count(n, rollout.Say("value", "valeur"), rollout.Say("values", "valeurs"))
}

func sayPlacesUnasked(element string, upper []string) rollout.Text {
	return rollout.Say("%s: asked for within the %s of the row; --area lists them",
		"%s : demandé pour la valeur de %s de la ligne ; --area les liste", element, strings.Join(upper, ", "))
}

func sayRegister(has bool) rollout.Text {
	if !has {
		return wordNone
	}
	return rollout.Say("yes: every address is looked up before it is ordered "+
		"(the API does not tell whether it searches, or only validates)",
		"oui : chaque adresse y est vérifiée avant la commande "+
			"(l'API ne dit pas si elle cherche ou ne fait que valider)")
}

func sayPattern(pattern string) rollout.Text { return rollout.Say("pattern %s", "motif %s", pattern) }

func sayNotUsed(elements []string) rollout.Text {
	return rollout.Say("%s, and whatever is not listed here", "%s, et tout élément absent de cette liste", strings.Join(elements, ", "))
}

func sayValuesCut(shown string, n int) rollout.Text {
	return rollout.Say("%s, … %d in all; --json has them all", "%s, … %d en tout ; --json les donne toutes", shown, n)
}
