// This file holds what stands in the notes of headers, and what the program's own
// columns are called.

package template

import (
	"strings"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
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

// addNote adds the note on a header.
func (w *writer) addNote(cell, iso2 string, c column) error {
	const bold, size, font = true, 9, "Tahoma"
	title := oneLine(c.Label)
	if title == "" {
		title = c.Code
	} else if title != c.Code {
		title = clip(title, maxNote) + " (" + c.Code + ")"
	}
	return xlsx.AddNote(w.book, iso2, cell, "btrollout",
		excelize.RichTextRun{Text: title + "\n", Font: &excelize.Font{Bold: bold, Size: size, Family: font}},
		excelize.RichTextRun{Text: strings.Join(w.rules(iso2, c), "\n"), Font: &excelize.Font{Size: size, Family: font}},
	)
}

// rules say, a line each, what may stand in a column.
func (w *writer) rules(iso2 string, c column) (lines []string) {
	add := func(text rollout.Text) { lines = append(lines, w.say(text)) }
	if c.Description != "" {
		lines = append(lines, fullStop(clip(oneLine(c.Description), maxNote)))
	}
	if c.isMandatory() {
		add(rollout.Say("Mandatory.", "Obligatoire."))
	} else {
		add(rollout.Say("Optional: the cell may stay empty.", "Facultatif : la cellule peut rester vide."))
	}
	if len(c.Choices) == 0 && c.Branches == nil {
		lines = append(lines, w.form(c)...)
	}
	switch {
	case c.Branches != nil:
		add(rollout.Say(
			"Choose from the list, because emergency calls depend on it. The list fills once %s is chosen.",
			"Choisissez dans la liste, car les appels d'urgence en dépendent. La liste se remplit une fois %s choisi.", c.upper))
	case c.Area && len(c.Choices) == 0:
		add(rollout.Say(
			"Write the place as Business Talk lists it, because emergency calls depend on it. There are too many for a list here: the command "+
				"enqueue countries %s --area PLACE shows those within PLACE.",
			"Écrivez le lieu tel que Business Talk le recense, car les appels d'urgence en dépendent. Il y en a trop pour une liste ici : la "+
				"commande enqueue countries %s --area LIEU montre ceux de LIEU.", iso2))
	case c.Area:
		add(rollout.Say("Choose from the list, because emergency calls depend on it.",
			"Choisissez dans la liste, car les appels d'urgence en dépendent."))
	case len(c.Choices) > 0:
		add(rollout.Say("Choose from the list.", "Choisissez dans la liste."))
	}
	return lines
}

// form says what a free text looks like.
func (w *writer) form(c column) (lines []string) {
	add := func(text rollout.Text) { lines = append(lines, w.say(text)) }
	switch least, most := c.MinLength, c.MaxLength; {
	case least > 0 && least == most:
		add(rollout.Say("Exactly %s.", "Exactement %s.", characters(most)))
	case least > 1 && most > 0:
		add(rollout.Say("%d to %d characters.", "De %d à %d caractères.", least, most))
	case most > 0:
		add(rollout.Say("At most %s.", "Au plus %s.", characters(most)))
	case least > 1:
		add(rollout.Say("At least %s.", "Au moins %s.", characters(least)))
	}
	if c.ValueType == rollout.TypeDigits {
		add(rollout.Say("Digits only.", "Chiffres uniquement."))
	}
	switch {
	case c.Regexp == "":
	case c.example == "":
		add(rollout.Say("Must match the pattern %s", "Doit correspondre au motif %s", clip(oneLine(c.Regexp), maxNote)))
	default:
		add(rollout.Say("Must match the pattern %[2]s, such as %[1]s",
			"Doit correspondre au motif %[2]s, par exemple %[1]s", c.example, clip(oneLine(c.Regexp), maxNote)))
	}
	return lines
}

// characters counts them.
func characters(n int) rollout.Text {
	if n == 1 {
		return rollout.Say("1 character", "1 caractère")
	}
	return rollout.Say("%d characters", "%d caractères", n)
}

// maxNote bounds what the API says within a note, in characters.
const maxNote = 400

func fullStop(sentence string) string {
	if strings.HasSuffix(sentence, ".") || strings.HasSuffix(sentence, "…") {
		return sentence
	}
	return sentence + "."
}
