// This file holds the words of tables and parts of sentences.

package main

import (
	"strings"

	"btrollout/internal/btapi"
	"btrollout/internal/importer"
	"btrollout/internal/rollout"
)

// noValue stands where there is nothing to show.
const noValue = "–"

// Titles of progress; the name of the file follows the first two.
const (
	titleOpening    = "Opening "
	titleChecking   = "Checking "
	titleEnqueueing = "Enqueueing"
	titleAsking     = "Asking the API"
	titlePlaces     = "Asking for places"
)

// Heads of columns.
var (
	headCode       = rollout.Say("code", "code")
	headCountry    = rollout.Say("country", "pays")
	headOrderable  = rollout.Say("orderable", "commande")
	headEmergency  = rollout.Say("emergency", "urgences")
	headDialZone   = rollout.Say("dial zone", "zone num.")
	headAreas      = rollout.Say("areas", "zones")
	headAddressAPI = rollout.Say("address API", "API adr.")

	headElement = rollout.Say("element", "élément")
	headLabel   = rollout.Say("label", "libellé")
	headUsage   = rollout.Say("usage", "usage")
	headType    = rollout.Say("type", "type")
	headLength  = rollout.Say("length", "longueur")
	headWrite   = rollout.Say("what to write", "à écrire")

	headColumn = rollout.Say("column", "colonne")
	headReadAs = rollout.Say("read as", "lue comme")
	headBy     = rollout.Say("by", "d'après")

	headRows      = rollout.Say("rows", "lignes")
	headOrders    = rollout.Say("orders", "commandes")
	headAddresses = rollout.Say("address only", "adresse seule")
	headFollow    = rollout.Say("wait for another batch", "attendent un autre lot")
	headSkipped   = rollout.Say("skipped", "ignorées")
	headWrong     = rollout.Say("wrong", "erronées")
	headComment   = rollout.Say("comment of Orange", "remarque d'Orange")
)

// Labels of what is printed about a country.
var (
	labelTelephone  = rollout.Say("Telephone code", "Indicatif")
	labelVoicesites = rollout.Say("Voicesites", "Voicesites")
	labelEmergency  = rollout.Say("Emergency calls", "Appels d'urgence")
	labelComment    = rollout.Say("Comment of Orange", "Remarque d'Orange")
	labelDialZone   = rollout.Say("Dial zone", "Zone de numérotation")
	labelAreas      = rollout.Say("Geographical areas", "Zones géographiques")
	labelAddressAPI = rollout.Say("Address API", "API d'adresses")
	labelUnapplied  = rollout.Say("Not applied", "Non appliqué")
	labelNotUsed    = rollout.Say("To be left empty:", "À laisser vides :")
)

// Words in cells.
var (
	wordOrderable = rollout.Say("can be ordered", "peuvent être commandés")
	wordNone      = rollout.Say("none", "aucune")
	wordNotKnown  = rollout.Say("not known", "inconnu")
	wordRefused   = rollout.Say("refused", "refusé")
	wordNotUsed   = rollout.Say("not used", "non utilisée")
	wordOtherRows = rollout.Say("other rows", "autres lignes")
	wordAll       = rollout.Say("all", "total")
)

// wordRows names rows, the first of count.
func wordRows(rows []string, count int) rollout.Text {
	if count == 1 {
		return rollout.Say("row %s", "ligne %s", rows[0])
	}
	return rollout.Say("rows %s", "lignes %s", firstOf(rows, count))
}

// wordCells names cells of a column, the first of count.
func wordCells(cells []string, count int, header string) rollout.Text {
	return rollout.Say("%s %s", "%s %s", firstOf(cells, count), header)
}

// firstOf lists names, and says how many there are in all if that is more.
func firstOf(names []string, count int) rollout.Text {
	listed := strings.Join(names, ", ")
	if count <= len(names) {
		return asSaid(listed)
	}
	return rollout.Say("%s, … (%d in all)", "%s, … (%d en tout)", listed, count)
}

// asSaid is a word of the API, which is the same in every language.
func asSaid(word string) rollout.Text { return rollout.Text{EN: word} }

// wordYesNo translates the API's "Yes" and "No", and leaves other words.
func wordYesNo(said string) rollout.Text {
	switch strings.ToLower(said) {
	case "":
		return asSaid(noValue)
	case "yes":
		return rollout.Say("yes", "oui")
	case "no":
		return rollout.Say("no", "non")
	}
	return asSaid(said)
}

// yesNo is the word for is.
func yesNo(is bool) rollout.Text {
	if is {
		return wordYesNo("yes")
	}
	return wordYesNo("no")
}

func wordDialZone(said string) rollout.Text {
	if said == btapi.DialZoneAutomatic {
		return rollout.Say("automatic", "automatique")
	}
	return rollout.Say("manual", "manuelle")
}

func wordUsage(said string) rollout.Text {
	switch said {
	case rollout.UsageMandatory:
		return rollout.Say("mandatory", "obligatoire")
	case rollout.UsageOptional:
		return rollout.Say("optional", "facultatif")
	}
	return asSaid(said)
}

func wordValueType(said string) rollout.Text {
	switch said {
	case rollout.TypeString:
		return rollout.Say("text", "texte")
	case rollout.TypeDigits:
		return rollout.Say("digits", "chiffres")
	case rollout.TypeList, rollout.TypeAssociative:
		return rollout.Say("list", "liste")
	}
	return asSaid(said)
}

// wordHow names the way in which a column was recognised.
func wordHow(how importer.How) rollout.Text {
	switch how {
	case importer.ByMap:
		return asSaid("--map")
	case importer.ByCode:
		return rollout.Say("its code", "son code")
	case importer.ByLabel:
		return rollout.Say("the country's label", "libellé du pays")
	case importer.ByName:
		return rollout.Say("its everyday name", "nom courant")
	}
	return rollout.Text{}
}
