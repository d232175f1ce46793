// This file lists the everyday names of columns. They also feed the suggestions for misspelt
// headers, and a row with such names counts as a second header. English and French are covered
// and tested. Names of other languages may be added if they are not frequent values of cells
// too; but header_test.go and secondheader_test.go use German names, such as Standort, Staat,
// Land, Ort and Strasse, as names that the program does not know: choose others there first.

package importer

import (
	"slices"
	"strings"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// everydayNames are the fields by the keys of their names in English and French. It lacks names that
// people give to other things, too.
var everydayNames = byKey(map[string][]string{
	rollout.FieldName: {
		"Technical site name", "Technical name of the site", "Technical name", "Site name", "Name of the site",
		"Nom technique du site", "Nom technique", "Nom du site", "Nom de site", "Nom site",
	},
	rollout.FieldLabel: {
		"Customer site label", "Site label", "Customer label", "Label", "Display name", "Site display name",
		"Libellé client du site", "Libellé client", "Libellé du site", "Libellé de site", "Libellé site", "Libellé", "Nom affiché",
		"Nom d'affichage",
	},
	rollout.FieldCountry: {
		"Country", "Country code", "ISO country code", "Country ISO code", "Country ISO", "ISO country", "Country/Region",
		"Pays", "Code pays", "Code ISO du pays", "Code pays ISO", "Pays/Région",
	},
	rollout.FieldVPN: {
		"VPN", "Voice VPN", "VPN name", "VPN code", "VPN id", "Voice VPN name", "Voice VPN code", "Voice VPN id",
		"VPN voix", "Nom du VPN", "Nom VPN", "Code VPN", "Code du VPN", "Identifiant VPN", "Identifiant du VPN", "Nom du VPN voix",
		"VPN de voix",
	},
	rollout.FieldReference: {
		"Customer order reference", "Order reference", "Customer order ref", "Order ref", "Reference of the order",
		"Référence de commande", "Référence de la commande", "Référence commande", "Référence client de commande",
		"Référence client de la commande", "Réf. commande", "Réf. de commande",
	},
	rollout.FieldVoiceSiteID: {
		"Voicesite id", "Voicesite identifier", "Id of the voicesite",
		"Identifiant du voicesite", "Identifiant voicesite", "Id voicesite", "Id du voicesite",
	},
	rollout.DialZone: {"Dial zone", "Dialling zone", "Dialing zone", "Zone de numérotation"},

	"a1": {"State", "State or region", "State or province", "State/Province", "Region", "Province", "Canton", "Région"},
	"a2": {"County", "District", "Parish", "Département", "Paroisse"},
	"a3": {
		"City", "Town", "Town or city", "City or town", "City name", "Locality", "Municipality", "Ville", "Nom de la ville", "Commune",
		"Nom de la commune", "Localité", "Municipalité",
	},
	"a4": {"City subdivision", "City district", "Borough", "Subdivision de la ville", "Arrondissement"},
	"a5": {"Neighborhood", "Neighbourhood", "Quartier"},
	"a6": {
		"Street", "Street name", "Name of the street", "Road name", "Road",
		"Rue", "Nom de la rue", "Nom de rue", "Nom rue", "Voie", "Nom de la voie", "Nom de voie", "Nom voie", "Libellé de la voie",
		"Libellé de voie",
	},
	"hno": {
		"N°", "No", "Nr", "Number", "House number", "Street number", "House no", "House nr", "Street no", "Street nr", "Number in the street",
		"Numéro", "Numéro de rue", "Numéro de la rue", "Numéro de voie", "Numéro de la voie", "Numéro dans la rue",
		"Numéro dans la voie", "N° de rue", "N° rue", "N° de voie", "N° voie", "N° dans la voie",
	},
	"hns": {
		"Number suffix", "Street number suffix", "House number suffix", "Bis/Ter",
		"Suffixe", "Suffixe du numéro", "Suffixe de numéro", "Indice de répétition", "Bis, ter, quater", "Bis",
	},
	"sts": {
		"Street type", "Type of street", "Road type", "Type de voie", "Type de la voie", "Type voie", "Type de rue",
		"Nature de la voie",
	},
	"flr":  {"Floor", "Floor number", "Étage", "Numéro d'étage", "Numéro de l'étage", "N° d'étage"},
	"room": {"Room", "Room number", "Bureau", "Salle", "Numéro de bureau", "Numéro de salle", "N° de bureau", "N° de salle"},
	"pc": {
		"Postal code", "Postcode", "Post code", "ZIP", "ZIP code", "ZIP/Postal code", "Postal code/ZIP", "Code postal", "CP", "NPA",
		"PLZ",
	},
	"pcn": {
		"Postal community name", "Postal community", "Post town", "Postal town", "Commune postale", "Nom postal de la commune",
		"Bureau distributeur",
	},
	"pobox": {"PO Box", "Post office box", "Postal box", "PO Box number", "Boîte postale", "BP", "Numéro de boîte postale"},
	"prd": {
		"Leading direction", "Leading street direction", "Street direction prefix", "Predirectional", "Direction avant la rue",
		"Direction avant la voie",
	},
	"pod": {
		"Trailing direction", "Trailing street direction", "Trailing street suffix", "Street direction suffix", "Postdirectional",
		"Direction après la rue", "Direction après la voie",
	},
	"unit": {
		"Unit number", "Apartment", "Apartment number", "Flat", "Flat number", "Suite", "Suite number", "Appartement",
		"Numéro d'appartement", "N° d'appartement",
	},
})

// fieldByEverydayName is the field of an everyday name, by its key, or "". The name of a field that
// says where a site is may be that of the site, or of its address: "Site - Code postal",
// "Adresse : Ville".
func fieldByEverydayName(key string) string {
	if field := everydayNames[key]; field != "" {
		return field
	}
	for _, group := range addressGroups {
		if name, ok := strings.CutPrefix(key, group); ok && slices.Contains(locatedFields, everydayNames[name]) {
			return everydayNames[name]
		}
	}
	if name, ok := strings.CutSuffix(key, "dusite"); ok && slices.Contains(locatedFields, everydayNames[name]) {
		return everydayNames[name]
	}
	return ""
}

// addressGroups are the keys of names under which the columns of an address are grouped.
var addressGroups = keys("Site address", "Adresse du site", "Site", "Address", "Adresse")

// locatedFields mean nothing else when they are a site's. The number or the state of a site may be
// other than those of its house and its country.
var locatedFields = []string{rollout.FieldCountry, "a3", "a6", "pc"}

// keys are the keys of headers.
func keys(headers ...string) []string {
	all := make([]string, len(headers))
	for i, header := range headers {
		all[i] = spelling.Key(header)
	}
	return all
}

func byKey(names map[string][]string) map[string]string {
	fields := map[string]string{}
	for field, all := range names {
		for _, name := range keys(all...) {
			fields[name] = field
		}
	}
	return fields
}

// bareNumbers are the keys of headers that number houses as well as rows.
var bareNumbers = keys("N°", "No", "Nr", "Num", "Number", "Numéro", "Nummer")

// wholeAddresses are the keys of headers of whole addresses.
var wholeAddresses = keys(
	"Address", "Full address", "Complete address", "Postal address", "Mailing address", "Site address", "Address of the site",
	"Installation address", "Street address",
	"Address 1", "Address line", "Address line 1", "Address 1st line",
	"Adresse", "Adresse complète", "Adresse entière", "Adresse postale", "Adresse du site", "Adresse site", "Adresse d'installation",
	"Adresse 1", "Ligne d'adresse", "Ligne d'adresse 1", "Adresse ligne 1", "Adresse (ligne 1)",
)

// ordinary are the keys of headers that are nearly a field's name and mean something else, such as
// the number of units or a quarter of the year.
var ordinary = keys(
	"Site", "Stage", "Étape", "Stade", "Flag", "Voice", "Voix", "Voicesites", "Count", "Counter", "Quarter", "Department",
	"Unité", "Units", "Rooms", "Floors", "Numbers", "Numéros", "Bureaux", "Salles", "Suites",
	"VoIP", "Void", "Villa", "Cité", "Plant", "Site number", "Fax number", "Code poste",
)
