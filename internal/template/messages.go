// This file holds every sentence and every name of a column that the workbook has, in both
// languages.

package template

import (
	"strings"

	"btrollout/internal/rollout"
)

// The program's own columns: what they are called, and what they are for.
var (
	nameLabel = rollout.Say("Site name", "Nom du site")
	nameNote  = rollout.Say(
		"The technical name of the site. No other site of yours has it, and it never changes: by it the site is known when the file is "+
			"sent again.",
		"Le nom technique du site. Aucun autre de vos sites ne le porte, et il ne change jamais : c'est à lui que le site est reconnu quand "+
			"le fichier est envoyé de nouveau.")
	labelLabel   = rollout.Say("Site label", "Libellé du site")
	labelNote    = rollout.Say("The name of the site as people are to read it.", "Le nom du site tel que les utilisateurs le liront.")
	labelExample = rollout.Say("Example, not read: write from row 3 on", "Exemple, non lu : écrivez à partir de la ligne 3")
	countryLabel = rollout.Say("Country", "Pays")
	countryNote  = rollout.Say("The country of the site, by its code of two letters.", "Le pays du site, par son code à deux lettres.")
	vpnLabel     = rollout.Say("VPN", "VPN")
	vpnNote      = rollout.Say("The voice VPN to which the site belongs: its name, code or id.",
		"Le VPN voix auquel le site appartient : son nom, son code ou son identifiant.")

	dialZoneLabel = rollout.Say("Dial zone", "Zone de numérotation")
	dialZoneNote  = rollout.Say(
		"The local area code of the site, with its zeros. Nobody verifies it: make sure that it is right.",
		"L'indicatif local du site, avec ses zéros. Personne ne le vérifie : assurez-vous qu'il est exact.")

	referenceLabel = rollout.Say("Order reference", "Référence de commande")
	referenceNote  = rollout.Say(
		"Your own reference of the order, a different one for each site. Empty: one is made from the site name.",
		"Votre propre référence de commande, différente pour chaque site. Vide : elle est formée à partir du nom du site.")
	voiceSiteLabel = rollout.Say("Voicesite id", "Identifiant du voicesite")
	voiceSiteNote  = rollout.Say(
		"Only for a site that has a voicesite already: nothing is ordered for it, and only its address is sent.",
		"Seulement pour un site qui a déjà un voicesite : rien n'est commandé pour lui, et seule son adresse est envoyée.")
)

// Notes on headers.

func sayMandatory() rollout.Text {
	return rollout.Say("Mandatory.", "Obligatoire.")
}

func sayOptional() rollout.Text {
	return rollout.Say("Optional: the cell may stay empty.", "Facultatif : la cellule peut rester vide.")
}

func sayChooseWithin(upper string) rollout.Text {
	return rollout.Say(
		"Choose from the list, because emergency calls depend on it. The list fills once %s is chosen.",
		"Choisissez dans la liste, car les appels d'urgence en dépendent. La liste se remplit une fois %s choisi.", upper)
}

func sayWritePlace(iso2 string) rollout.Text {
	return rollout.Say(
		"Write the place as Business Talk lists it, because emergency calls depend on it. There are too many for a list here: the command "+
			"enqueue countries %s --area PLACE shows those within PLACE.",
		"Écrivez le lieu tel que Business Talk le recense, car les appels d'urgence en dépendent. Il y en a trop pour une liste ici : la "+
			"commande enqueue countries %s --area LIEU montre ceux de LIEU.", iso2)
}

func sayChoosePlace() rollout.Text {
	return rollout.Say("Choose from the list, because emergency calls depend on it.",
		"Choisissez dans la liste, car les appels d'urgence en dépendent.")
}

func sayChoose() rollout.Text {
	return rollout.Say("Choose from the list.", "Choisissez dans la liste.")
}

func sayExactly(length int) rollout.Text {
	return rollout.Say("Exactly %s.", "Exactement %s.", characters(length))
}

func sayLengths(least, most int) rollout.Text {
	return rollout.Say("%d to %d characters.", "De %d à %d caractères.", least, most)
}

func sayAtMost(most int) rollout.Text {
	return rollout.Say("At most %s.", "Au plus %s.", characters(most))
}

func sayAtLeast(least int) rollout.Text {
	return rollout.Say("At least %s.", "Au moins %s.", characters(least))
}

func sayDigitsOnly() rollout.Text {
	return rollout.Say("Digits only.", "Chiffres uniquement.")
}

func sayPattern(pattern string) rollout.Text {
	return rollout.Say("Must match the pattern %s", "Doit correspondre au motif %s", pattern)
}

func sayPatternAsIn(pattern, example string) rollout.Text {
	return rollout.Say("Must match the pattern %[2]s, such as %[1]s",
		"Doit correspondre au motif %[2]s, par exemple %[1]s", example, pattern)
}

// characters counts characters.
func characters(n int) rollout.Text {
	return rollout.Count(n, rollout.Say("character", "caractère"), rollout.Say("characters", "caractères"))
}

// The page of instructions: subjects on the left, sentences on the right.

// readmeSheet is the name of the page.
var readmeSheet = rollout.Say("Read me", "Lisez-moi")

func sayHowToFillIn() rollout.Text {
	return rollout.Say("How to fill in this workbook", "Comment remplir ce classeur")
}

var (
	subjectRows      = rollout.Say("One row for each site", "Une ligne par site")
	subjectMandatory = rollout.Say("Orange headers, *", "En-têtes orange, *")
	subjectNotes     = rollout.Say("Notes", "Notes")
	subjectDropDowns = rollout.Say("Drop-downs", "Listes déroulantes")
	subjectExample   = rollout.Say("The example", "L'exemple")
	subjectColumns   = rollout.Say("Columns", "Colonnes")
	subjectZeros     = rollout.Say("Zeros", "Zéros")
	subjectSending   = rollout.Say("When it is filled in", "Une fois rempli")
	subjectCountries = rollout.Say("The countries", "Les pays")
)

func sayRows(codes []string) rollout.Text {
	return rollout.Say("Write each site on the sheet of its country (%s), from row 3 on. A sheet that you do not need stays as it is.",
		"Écrivez chaque site sur la feuille de son pays (%s), à partir de la ligne 3. Une feuille dont vous n'avez pas besoin reste "+
			"telle quelle.", strings.Join(codes, ", "))
}

func sayMandatoryColumns() rollout.Text {
	return rollout.Say("These columns are mandatory: fill in every cell. The others may stay empty.",
		"Ces colonnes sont obligatoires : remplissez chaque cellule. Les autres peuvent rester vides.")
}

func sayNotes() rollout.Text {
	return rollout.Say("Point at a header: its note says what the column takes.",
		"Pointez un en-tête : sa note dit ce que la colonne accepte.")
}

func sayDropDowns() rollout.Text {
	return rollout.Say(
		"Choose from the list where a cell has one. Some lists of places fill only once the upper place is chosen. Another value "+
			"can be typed: it is checked when the file is sent.",
		"Choisissez dans la liste là où une cellule en a une. Certaines listes de lieux ne se remplissent qu'une fois le lieu supérieur "+
			"choisi. Une autre valeur peut être saisie : elle est contrôlée à l'envoi.")
}

func sayExample() rollout.Text {
	return rollout.Say(
		"Row 2 shows what a row looks like. It is never ordered: it is left out because its site name is %q. Leave it, or delete it.",
		"La ligne 2 montre à quoi ressemble une ligne. Elle n'est jamais commandée : "+
			"elle est laissée de côté parce que son nom de site est %q. Laissez-la, ou supprimez-la.", rollout.ExampleName)
}

func sayColumns() rollout.Text {
	return rollout.Say("Columns can be moved, and your own added. Do not change the headers.",
		"Les colonnes peuvent être déplacées, et les vôtres ajoutées. Ne modifiez pas les en-têtes.")
}

func sayZeros() rollout.Text {
	return rollout.Say("All cells are text, so that leading zeros stay. Paste values only (Paste special, Values).",
		"Toutes les cellules sont au format texte : les zéros de tête sont conservés. Collez seulement les valeurs (Collage "+
			"spécial, Valeurs).")
}

func sayCheckFile(file string) rollout.Text {
	return rollout.Say("Check the file, which orders nothing: enqueue --check %s",
		"Contrôlez le fichier, sans rien commander : enqueue --check %s", file)
}

// Remarks on a country.

func sayWhatOrangeSays() rollout.Text {
	return rollout.Say("What Orange says of them", "Ce qu'Orange en dit")
}

func sayEmergency(said string) rollout.Text {
	return rollout.Say("Emergency calls: %s.", "Appels d'urgence : %s.", yesNo(said))
}

func sayRemark(remark string) rollout.Text {
	return rollout.Say("Remark: %s", "Remarque : %s", remark)
}

func sayDialZone() rollout.Text {
	return rollout.Say("The dial zone must be written, and nobody verifies it.",
		"La zone de numérotation doit être écrite, et personne ne la vérifie.")
}

func sayUnapplied(rule rollout.Text) rollout.Text {
	return rollout.Say("Not checked before the order: %s", "Non contrôlé avant la commande : %s", rule)
}

func sayNothing() rollout.Text {
	return rollout.Say("Nothing in particular.", "Rien de particulier.")
}

// yesNo translates the API's Yes and No; its other words stay as they are.
func yesNo(said string) rollout.Text {
	switch strings.ToLower(said) {
	case "yes":
		return rollout.Say("yes", "oui")
	case "no":
		return rollout.Say("no", "non")
	}
	return same(said)
}

// Drop-downs.

// The spreadsheet asks under this whether to go on. At most 32 and 255 characters.
var (
	unlistedTitle = rollout.Say("Not in the list", "Absent de la liste")
	unlisted      = rollout.Say(
		"The list has what Business Talk offered when this workbook was made. Keep the value only if you are sure that it is right.",
		"La liste contient ce que Business Talk proposait à la création de ce classeur. Ne gardez la valeur que si vous êtes sûr qu'elle "+
			"est exacte.")
)
