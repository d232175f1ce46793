// This file holds the problems that the checks find, and every sentence that this package
// says, in both languages, so that they can be read in one place. A sentence about a
// problem says what is wrong, then what to do.

package precheck

import (
	"slices"

	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

// Problem codes. They are permanent.
const (
	CodeNotCovered     = "site.country-not-covered" // no voicesite can be ordered in the country
	CodeCountryRefused = "site.country-refused"     // the API refuses to say what applies in the country
	CodeVPNUnknown     = "site.vpn-unknown"         // the account has no such VPN
	CodeVPNAmbiguous   = "site.vpn-ambiguous"       // several VPNs have that name or code
)

// Countries.

func countryUnknown(iso2 string) rollout.Problem {
	return rollout.Problem{Code: CodeNotCovered, Field: rollout.FieldCountry, Value: iso2, Message: rollout.Say(
		"Business Talk covers no country %q: write its ISO 3166 code of two letters, such as FR or GB, or take the row out.",
		"Business Talk ne couvre aucun pays de code %q : écrivez le code ISO 3166 à deux lettres, par exemple FR, ou retirez la ligne.", iso2)}
}

func countryNotOrderable(iso2, name string) rollout.Problem {
	return rollout.Problem{Code: CodeNotCovered, Field: rollout.FieldCountry, Value: iso2, Message: rollout.Say(
		"Voicesites cannot be ordered online in %s (%s): take the row out, or ask Orange.",
		"Aucun voicesite ne peut être commandé en ligne pour le pays %s (%s) : retirez la ligne, ou adressez-vous à Orange.", name, iso2)}
}

func countryWithoutRules(iso2 string) rollout.Problem {
	return rollout.Problem{Code: CodeCountryRefused, Field: rollout.FieldCountry, Value: iso2, Message: rollout.Say(
		"The API gives no address rules for country %q, so no address can be checked: correct the country, or ask Orange's support.",
		"L'API ne donne aucune règle d'adresse pour le pays %q, aucune adresse ne peut donc être contrôlée : "+
			"corrigez le pays, ou adressez-vous au support d'Orange.", iso2)}
}

func countryRefused(iso2 string, refused *btapi.Error) rollout.Problem {
	return rollout.Problem{
		Code: CodeCountryRefused, Field: rollout.FieldCountry, Value: iso2, RequestID: refused.RequestID,
		Message: rollout.Say(
			"The API refuses to say what applies in country %q (%s): correct the country, or ask Orange's support.",
			"L'API refuse de dire ce qui s'applique dans le pays %q (%s) : corrigez le pays, ou adressez-vous au support d'Orange.",
			iso2, rollout.Clause(refused.Words())),
	}
}

// VPNs.

func vpnAmbiguous(text string, found []btapi.VPN) rollout.Problem {
	return rollout.Problem{Code: CodeVPNAmbiguous, Field: rollout.FieldVPN, Value: text, Message: rollout.Say(
		"Several VPNs have the name or code %q: write the id of the right one, one of %s.",
		"Plusieurs VPN ont %q pour nom ou pour code : écrivez l'identifiant du bon, l'un de %s.",
		text, rollout.ListOf(found, idOfVPN))}
}

func accountWithoutVPN(text string) rollout.Problem {
	return rollout.Problem{Code: CodeVPNUnknown, Field: rollout.FieldVPN, Value: text, Message: rollout.Say(
		"The account has no VPN %q, nor any other: ask for one in the Business Talk Online portal.",
		"Le compte n'a pas de VPN %q, ni aucun autre : demandez-en un dans le portail Business Talk Online.", text)}
}

func vpnUnknown(text string, vpns []btapi.VPN) rollout.Problem {
	return rollout.Problem{Code: CodeVPNUnknown, Field: rollout.FieldVPN, Value: text, Message: rollout.Say(
		"The account has no VPN %q: write the id, name or code of one of %s.",
		"Le compte n'a pas de VPN %q : écrivez l'identifiant, le nom ou le code de l'un de %s.",
		text, rollout.ListOf(vpns, nameOfVPN))}
}

func idOfVPN(v btapi.VPN) rollout.Text {
	return rollout.Say("%s (%s, code %s)", "%s (%s, code %s)", v.VPNID, v.Name, v.VPNCode)
}

func nameOfVPN(v btapi.VPN) rollout.Text {
	return rollout.Say("%s (code %s)", "%s (code %s)", v.Name, v.VPNCode)
}

// The address register.

// maxCandidates is how many candidates a problem holds.
const maxCandidates = 10

// unverifiedAddress is a problem of an address that the register does not confirm.
func unverifiedAddress(code string, asked rollout.Address, candidates []rollout.Address, message rollout.Text) rollout.Problem {
	return rollout.Problem{
		Code: code, Value: asked.List(", "), Message: message,
		Candidates: slices.Clone(candidates[:min(len(candidates), maxCandidates)]),
	}
}

func addressUnknown(asked rollout.Address) rollout.Problem {
	return unverifiedAddress(rollout.CodeAddressUnknown, asked, nil, rollout.Say(
		"The country's address register does not know this address: correct street, number, postal code or city.",
		"Le référentiel d'adresses du pays ne connaît pas cette adresse : corrigez la rue, le numéro, le code postal ou la ville."))
}

func addressSeveral(asked rollout.Address, agreeing []rollout.Address) rollout.Problem {
	return unverifiedAddress(rollout.CodeAddressSeveral, asked, agreeing, rollout.Say(
		"%d addresses of the country's register fit this row: complete it, or put one of the candidates into it.",
		"%d adresses du référentiel du pays correspondent à cette ligne : complétez-la, ou reprenez-y l'une des propositions.",
		len(agreeing)))
}

func addressLikeOthers(asked rollout.Address, candidates []rollout.Address) rollout.Problem {
	return unverifiedAddress(rollout.CodeAddressDiffers, asked, candidates, rollout.Say(
		"The country's address register does not know this address, and knows %d like it: "+
			"put one of the candidates into the row, or correct it.",
		"Le référentiel d'adresses du pays ne connaît pas cette adresse, mais en connaît %d qui lui ressemblent : "+
			"reprenez l'une des propositions dans la ligne, ou corrigez celle-ci.", len(candidates)))
}

func addressDiffers(names func(element string) string, asked, candidate rollout.Address) rollout.Problem {
	difference := func(element string) rollout.Text {
		if candidate[element] == "" {
			return rollout.Say("%s is empty there, not %q", "%s y est vide, et non %q", names(element), asked[element])
		}
		return rollout.Say("%s is %q there, not %q", "%s y est %q, et non %q", names(element), candidate[element], asked[element])
	}
	return unverifiedAddress(rollout.CodeAddressDiffers, asked, []rollout.Address{candidate}, rollout.Say(
		"The country's address register knows this address otherwise: %s; correct the row to it, or look the address up.",
		"Le référentiel d'adresses du pays connaît cette adresse autrement : %s ; corrigez la ligne en conséquence, ou vérifiez l'adresse.",
		rollout.ListOf(differing(asked, candidate), difference)))
}

// Notes: what is pushed otherwise than the row says.

func addedByRegister(name, value string) rollout.Text {
	return rollout.Say(
		"%s is sent as %q, which the address register adds.",
		"%s est transmis avec la valeur %q, ajoutée par le référentiel d'adresses.", name, value)
}

func respelledByRegister(name, written, value string) rollout.Text {
	return rollout.Say(
		"%s %q is sent as %q, as the address register writes it.",
		"%s %q est transmis sous la forme %q, celle du référentiel d'adresses.", name, written, value)
}
