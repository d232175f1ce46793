// Cause and cure of each problem code of this package, for people who look a code up.

package precheck

import (
	"slices"

	"btrollout/internal/rollout"
)

// ProblemKinds returns the problems of a country, of a VPN and of an address that obeys all rules
// of its country, in the order in which a row is checked.
func ProblemKinds() []rollout.Kind { return slices.Clone(problemKinds) }

var problemKinds = []rollout.Kind{{
	Code: CodeNotCovered,
	Cause: rollout.Say(
		"Business Talk does not cover the country, or voicesites cannot be ordered online there.",
		"Business Talk ne couvre pas ce pays, ou les voicesites ne peuvent pas y être commandés en ligne."),
	Cure: rollout.Say(
		"Check the two-letter ISO code in country (GB, not UK, for Great Britain); if it is "+
			"right, take the row out of the file and ask Orange how to order there.",
		"Vérifiez le code ISO à deux lettres dans country (GB et non UK pour la Grande-Bretagne) ; s'il est "+
			"juste, retirez la ligne du fichier et demandez à Orange comment y commander."),
}, {
	Code: CodeCountryRefused,
	Cause: rollout.Say(
		"The API refuses to say what applies in the country.",
		"L'API refuse d'indiquer ce qui s'applique dans ce pays."),
	Cure: rollout.Say(
		"Check the two-letter ISO code in country; if it is right, ask Orange's support, "+
			"quoting bt_request_id, and upload the row again afterwards.",
		"Vérifiez le code ISO à deux lettres dans country ; s'il est juste, adressez-vous au "+
			"support d'Orange en citant bt_request_id, puis envoyez de nouveau la ligne."),
}, {
	Code: CodeVPNUnknown,
	Cause: rollout.Say(
		"No voice VPN of the account has the id, name or code that stands in vpn.",
		"Aucun VPN voix du compte n'a l'identifiant, le nom ou le code écrit dans vpn."),
	Cure: rollout.Say(
		"Write one of the VPNs that bt_problem names into vpn; if the right one is not "+
			"among them, ask for it in the Business Talk Online portal.",
		"Écrivez dans vpn l'un des VPN que cite bt_problem ; si le bon n'y est pas, demandez-le dans le portail Business Talk Online."),
}, {
	Code: CodeVPNAmbiguous,
	Cause: rollout.Say(
		"Several voice VPNs of the account have the name or code that stands in vpn.",
		"Plusieurs VPN voix du compte ont le nom ou le code écrit dans vpn."),
	Cure: rollout.Say(
		"Write the id of the right one into vpn; bt_problem lists the ids.",
		"Écrivez dans vpn l'identifiant du bon ; bt_problem cite les identifiants."),
}, {
	Code: rollout.CodeAddressUnknown,
	Cause: rollout.Say(
		"The country's address register does not know this address, and names none like it.",
		"Le référentiel d'adresses du pays ne connaît pas cette adresse, ni aucune qui lui ressemble."),
	Cure: rollout.Say(
		"Compare street, number, postal code and city with the official address of the "+
			"site, correct the cells that differ and upload the row again.",
		"Comparez la rue, le numéro, le code postal et la ville avec l'adresse officielle du site, "+
			"corrigez les cellules qui diffèrent et envoyez de nouveau la ligne."),
}, {
	Code: rollout.CodeAddressDiffers,
	Cause: rollout.Say(
		"The country's address register knows no such address, but others that are like it.",
		"Le référentiel d'adresses du pays ne connaît pas cette adresse, mais en connaît d'autres qui lui ressemblent."),
	Cure: rollout.Say(
		"Write the value of bt_suggestion into the cell, or copy the right address from the report's "+
			"Candidates sheet over the row on its Failures sheet, and upload the row again.",
		"Écrivez la valeur de bt_suggestion dans la cellule, ou copiez la bonne adresse de la feuille Adresses "+
			"proposées du rapport sur la ligne de sa feuille À corriger, puis envoyez de nouveau la ligne."),
}, {
	Code: rollout.CodeAddressSeveral,
	Cause: rollout.Say(
		"The country's address register knows several addresses that fit what the row says.",
		"Le référentiel d'adresses du pays connaît plusieurs adresses qui correspondent à ce qu'indique la ligne."),
	Cure: rollout.Say(
		"Fill in what the row leaves open, such as number or postal code, or copy the right address from the "+
			"report's Candidates sheet over the row on its Failures sheet, and upload the row again.",
		"Complétez ce que la ligne laisse ouvert, par exemple le numéro ou le code postal, ou "+
			"copiez la bonne adresse de la feuille Adresses proposées du rapport sur la ligne de sa "+
			"feuille À corriger, puis envoyez de nouveau la ligne."),
}}
