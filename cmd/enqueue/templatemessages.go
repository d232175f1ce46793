// This file holds every sentence of enqueue template, in both languages.

package main

import (
	"strings"

	"btrollout/internal/rollout"
)

func sayTemplateStopped() rollout.Text {
	return rollout.Say("stopped; no file was written", "arrêté ; aucun fichier n'a été écrit")
}

func sayNoCountries() rollout.Text {
	return rollout.Say("name the countries by their codes, as in: enqueue template FR BE -o rollout.xlsx (or --countries FR,BE)",
		"indiquez les pays par leur code, comme dans : enqueue template FR BE -o rollout.xlsx (ou --countries FR,BE)")
}

func sayNoExcel(file string) rollout.Text {
	return rollout.Say("a template is an Excel workbook: give -o a name that ends in .xlsx, not %q",
		"un modèle est un classeur Excel : donnez à -o un nom qui finit par .xlsx, et non %q", file)
}

func sayNoFolder(folder string) rollout.Text {
	return rollout.Say("there is no folder %s: make it, or give -o another name",
		"le dossier %s n'existe pas : créez-le, ou donnez à -o un autre nom", folder)
}

func sayTaken(file string) rollout.Text {
	return rollout.Say("%s is there already, and somebody may have filled it in: give -o another name, or replace it with --force",
		"%s existe déjà, et quelqu'un l'a peut-être rempli : donnez à -o un autre nom, ou remplacez-le avec --force", file)
}

func sayTemplateFailed(file string, cause error) rollout.Text {
	return rollout.Say("the template cannot be written to %s (%v): choose another folder",
		"le modèle ne peut pas être écrit dans %s (%v) : choisissez un autre dossier", file, cause)
}

// sayNothingToFillIn names, by their codes, the countries for which no template can be
// written: those that are not covered, that take no orders, and whose rules the API
// refuses to give.
func sayNothingToFillIn(unknown, closed, refused []string) rollout.Text {
	var en, fr []string
	for _, fault := range []struct {
		say   func(codes string) rollout.Text
		codes []string
	}{{sayUnknown, unknown}, {sayClosed, closed}, {sayRefusedCountries, refused}} {
		if fault.codes != nil {
			said := fault.say(strings.Join(fault.codes, ", "))
			en, fr = append(en, said.EN), append(fr, said.FR)
		}
	}
	return rollout.Say("%s: leave these countries out; no file was written",
		"%s : laissez ces pays de côté ; aucun fichier n'a été écrit",
		rollout.Text{EN: strings.Join(en, "; "), FR: strings.Join(fr, "; ")})
}

func sayUnknown(codes string) rollout.Text {
	return rollout.Say("Business Talk does not cover %s", "Business Talk ne couvre pas %s", codes)
}

func sayClosed(codes string) rollout.Text {
	return rollout.Say("nothing can be ordered online in %s", "rien ne peut être commandé en ligne pour %s", codes)
}

func sayRefusedCountries(codes string) rollout.Text {
	return rollout.Say("the API does not say what applies in %s", "l'API ne dit pas ce qui s'applique pour %s", codes)
}

func sayWritten(file string) rollout.Text {
	return rollout.Say("%s is written.", "%s est écrit.", file)
}

func saySheet(country string, columns, mandatory, lists int) rollout.Text {
	return rollout.Say("%s: %d columns, %d of them mandatory, %d with a drop-down",
		"%s : %d colonnes, dont %d obligatoires, %d avec une liste déroulante", country, columns, mandatory, lists)
}

func sayNoVPN() rollout.Text {
	return rollout.Say("The account has no VPN, so none is offered.", "Le compte n'a pas de VPN : aucun n'est proposé.")
}

func sayNext(file string) rollout.Text {
	return rollout.Say("Next: have it filled in, from row 3 of each sheet on, and check it with enqueue --check %s",
		"Ensuite : faites-le remplir, à partir de la ligne 3 de chaque feuille, et contrôlez-le avec enqueue --check %s", file)
}
