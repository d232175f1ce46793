// This file holds the titles, labels and words of a report, in both languages.

package report

import "btrollout/internal/rollout"

// pageOfPages is the format of the number of a printed page and of the number of pages.
var pageOfPages = rollout.Say("Page %s of %s", "Page %s sur %s")

// Titles and labels of the summary.
var (
	titleReport    = rollout.Say("Rollout report", "Rapport de déploiement")
	titleHowTo     = rollout.Say("How to use this file", "Comment utiliser ce fichier")
	titleStates    = rollout.Say("Sites by state", "Sites par état")
	titleCountries = rollout.Say("Sites by country", "Sites par pays")
	titleRemarks   = rollout.Say("What Orange says about these countries", "Remarques d'Orange sur ces pays")
	titleLog       = rollout.Say("Who did what", "Qui a fait quoi")
	titleSupport   = rollout.Say("For Orange support, quote", "À communiquer au support Orange")

	labelBatch      = rollout.Say("Batch", "Lot")
	labelName       = rollout.Say("Name", "Nom")
	labelFile       = rollout.Say("File", "Fichier")
	labelSheet      = rollout.Say("Sheet", "Feuille")
	labelSheets     = rollout.Say("Sheets", "Feuilles")
	labelRemarks    = rollout.Say("Good to know", "À savoir")
	labelCustomer   = rollout.Say("Customer code", "Code client")
	labelState      = rollout.Say("State", "État")
	labelCreated    = rollout.Say("Created", "Créé")
	labelFinished   = rollout.Say("Finished", "Terminé")
	labelDuration   = rollout.Say("Duration", "Durée")
	labelWritten    = rollout.Say("Report written", "Rapport écrit")
	labelRows       = rollout.Say("Rows", "Lignes")
	labelUnwritten  = rollout.Say("Rows in no report", "Lignes absentes")
	labelTotal      = rollout.Say("Total", "Total")
	labelRequestIDs = rollout.Say("Request ids", "Identifiants de requête")

	headSites       = rollout.Say("Sites", "Sites")
	headMeaning     = rollout.Say("Meaning", "Signification")
	headCountry     = rollout.Say("Country", "Pays")
	headProvisioned = rollout.Say("Provisioned", "En place")
	headNeedSomeone = rollout.Say("Needs someone", "À traiter")
	headRemarks     = rollout.Say("Good to know before an order", "À savoir avant de commander")
	headRow         = rollout.Say("Row", "Ligne")
	headWhen        = rollout.Say("When", "Quand")
	headWho         = rollout.Say("Who", "Qui")
	headWhat        = rollout.Say("What", "Quoi")
	headRequestID   = rollout.Say("Request id", "Identifiant de requête")

	wordOther       = rollout.Say("other", "autre")    // the country of rows whose country is none
	wordEmpty       = rollout.Say("(empty)", "(vide)") // of a cell
	wordYes         = rollout.Say("Yes", "Oui")
	wordNo          = rollout.Say("No", "Non")
	wordNotFinished = rollout.Say("not finished when this report was written", "pas terminé au moment où ce rapport a été écrit")
)
