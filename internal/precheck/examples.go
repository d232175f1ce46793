// Addresses that show people how rows of a country are filled in.

package precheck

import "btrollout/internal/rollout"

// knownAddresses are public buildings in the countries of Orange's guide, by ISO2 code, written as
// the countries ask for it, with the dial zone that is local there. Example offers one only while
// it keeps the country's rules.
var knownAddresses = map[string]rollout.Address{
	"BE": {"hno": "3", "a6": "Rue de la Régence", "pc": "1000", "a3": "Bruxelles", rollout.DialZone: "02"},
	"CH": {"hno": "7", "a6": "Place de Cornavin", "pc": "1201", "a3": "Genève", "a1": "Genève", rollout.DialZone: "022"},
	"CZ": {"hno": "1700/68", "a6": "Václavské náměstí", "pc": "110 00", "a3": "Praha", rollout.DialZone: "2"},
	"DE": {"hno": "2", "a6": "Unter den Linden", "pc": "10117", "a3": "Berlin"},
	"ES": {
		"hno": "23", "sts": "Calle", "a6": "de Ruiz de Alarcón", "pc": "28014", "a3": "Madrid", "a2": "Madrid",
		"a1": "Comunidad de Madrid", rollout.DialZone: "91",
	},
	"FI": {"hno": "2", "a6": "Kaivokatu", "pc": "00100", "a3": "Helsinki", rollout.DialZone: "09"},
	"FR": {"hno": "1", "sts": "Place", "a6": "de la Comédie", "pc": "69001", "a3": "Lyon"},
	"GB": {"a6": "Great Russell Street", "pc": "WC1B 3DG", "a3": "London", "a1": "England", rollout.DialZone: "020"},
	"GF": {"hno": "30", "sts": "Avenue", "a6": "des Roches", "pc": "97310", "a3": "Kourou"},
	"NL": {"hno": "1", "a6": "Museumstraat", "pc": "1071 XX", "a3": "Amsterdam", "a1": "Noord-Holland"},
	"NZ": {
		"hno": "11", "sts": "Avenue", "a6": "Rolleston", "pc": "8013", "a3": "Christchurch", "a1": "Canterbury",
		rollout.DialZone: "03",
	},
	"PT": {"hno": "4", "sts": "Rua", "a6": "da Madre de Deus", "pc": "1900-312", "a3": "Lisboa", "a1": "Lisboa"},
	"SE": {
		"hno": "14", "a6": "Galärvarvsvägen", "pc": "115 21", "a4": "Djurgården", "a3": "Stockholm", rollout.DialZone: "08",
	},
	"SJ": {"hno": "1", "a6": "Vei 231", "pc": "9170", "a3": "Longyearbyen", "a1": "Svalbard", rollout.DialZone: "79"},
	"US": {
		"hno": "1000", "sts": "Avenue", "a6": "5th", "pc": "10028", "a3": "New York", "a1": "New York", rollout.DialZone: "212",
	},
}
