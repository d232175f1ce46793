// This file holds every sentence about what was found in a rollout file, in both languages.

package main

import (
	"strings"

	"btrollout/internal/rollout"
)

// sayHeader says where the header of a sheet is, and names the columns that are read by their names.
func sayHeader(sheet string, row, columns int, byName []string) rollout.Text {
	named := rollout.Say("%s: %s", "%s : %s", rollout.Count(len(byName),
		rollout.Say("column is read by its name", "colonne est lue d'après son nom"),
		rollout.Say("columns are read by their names", "colonnes sont lues d'après leur nom")), strings.Join(byName, ", "))
	if len(byName) == 0 {
		named = rollout.Count(columns, rollout.Say("column", "colonne"), rollout.Say("columns", "colonnes"))
	}
	switch {
	case sheet != "":
		return rollout.Say("Sheet %q, header in row %d: %s.", "Feuille %q, en-tête à la ligne %d : %s.", sheet, row, named)
	case row > 1:
		return rollout.Say("Header in row %d: %s.", "En-tête à la ligne %d : %s.", row, named)
	}
	return rollout.Say("%s.", "%s.", named)
}

func saySheetUnread(sheet string, why rollout.Text) rollout.Text {
	return rollout.Say("The sheet %q was not read: %s.", "La feuille %q n'a pas été lue : %s.", sheet, why)
}

// saySheetsUnreadFor is about count sheets, of which it names the first.
func saySheetsUnreadFor(sheets []string, count int, why rollout.Text) rollout.Text {
	if count == 1 {
		return rollout.Say("The sheet %s was not read: %s.", "La feuille %s n'a pas été lue : %s.", sheets[0], why)
	}
	return rollout.Say("The sheets %s were not read, each for the same reason: %s.",
		"Les feuilles %s n'ont pas été lues, chacune pour la même raison : %s.", firstOf(sheets, count), why)
}

func saySheetsUnread(more int) rollout.Text {
	return rollout.Count(more, rollout.Say("more sheet was not read.", "autre feuille n'a pas été lue."),
		rollout.Say("more sheets were not read.", "autres feuilles n'ont pas été lues."))
}

func sayRowLeftOut(row string, why rollout.Text) rollout.Text {
	return rollout.Say("Row %s was left out: %s.", "La ligne %s a été laissée de côté : %s.", row, why)
}

// sayRowsLeftOutFor is about count rows, of which it names the first.
func sayRowsLeftOutFor(rows []string, count int, why rollout.Text) rollout.Text {
	if count == 1 {
		return sayRowLeftOut(rows[0], why)
	}
	return rollout.Say("Rows %s were left out, each for the same reason: %s.",
		"Les lignes %s ont été laissées de côté, chacune pour la même raison : %s.", firstOf(rows, count), why)
}

func sayRowsLeftOut(more int) rollout.Text {
	return rollout.Count(more, rollout.Say("more row was left out.", "autre ligne a été laissée de côté."),
		rollout.Say("more rows were left out.", "autres lignes ont été laissées de côté."))
}

func sayHidden(rows int) rollout.Text {
	if rows == 1 {
		return rollout.Say("One row is hidden in the file, by hand or by a filter, and is imported like the others.",
			"Une ligne est masquée dans le fichier, à la main ou par un filtre, et elle est importée comme les autres.")
	}
	return rollout.Say("%d rows are hidden in the file, by hand or by a filter, and are imported like the others.",
		"%d lignes sont masquées dans le fichier, à la main ou par un filtre, et elles sont importées comme les autres.", rows)
}

func sayProblem(where, message rollout.Text, code string) rollout.Text {
	return rollout.Say("  %s: %s [%s]", "  %s : %s [%s]", where, message, code)
}

// sayMoreRows is about rows with problems that are not printed; unreported: no report has them either.
func sayMoreRows(more int, unreported bool) rollout.Text {
	return rollout.Say("  … and %s%s", "  … et %s%s", rollout.Count(more,
		rollout.Say("more row", "ligne de plus"), rollout.Say("more rows", "lignes de plus")), inReport(unreported))
}

// inReport says where to find what is not printed.
func inReport(unreported bool) rollout.Text {
	if unreported {
		return rollout.Say(", in the report with --report FILE", ", dans le rapport avec --report FICHIER")
	}
	return rollout.Say(", in the report", ", dans le rapport")
}

func sayUnapplied() rollout.Text {
	return rollout.Say("Rules that are not applied before the order:", "Règles non appliquées avant la commande :")
}

func sayMoreUnapplied(more int, unreported bool) rollout.Text {
	return rollout.Say("  … and %d more%s", "  … et %d de plus%s", more, inReport(unreported))
}

func sayNoted(rows int) rollout.Text {
	return rollout.Say("%s values that are sent otherwise than written (case, accents, white space, dial zone): "+
		"column bt_note of the report.",
		"%s des valeurs envoyées autrement qu'écrites (casse, accents, espaces, zone de numérotation) : "+
			"colonne bt_note du rapport.",
		rollout.Count(rows, rollout.Say("row has", "ligne a"), rollout.Say("rows have", "lignes ont")))
}
