// This file holds the parts that sentences share: how columns are described and listed, and
// clauses.

package importer

import (
	"fmt"
	"strings"

	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
)

// describe says a column as people find it: "City" (D).
func describe(header string, column int) string {
	return fmt.Sprintf("%q (%s)", oneLine(header), xlsx.ColumnName(column+1))
}

// oneLine is a header as people say it, whatever line breaks it was written with.
func oneLine(header string) string { return strings.Join(strings.Fields(clean(header)), " ") }

// unused is what --map takes for a column that is not used.
func unused(header string) string { return oneLine(header) + "=" + NotUsed }

// columns says "column a" or "columns a and b"; in French, with the article.
func columns[T string | rollout.Text](names []T) rollout.Text {
	if len(names) == 1 {
		return rollout.Say("column %s", "la colonne %s", names[0])
	}
	return rollout.Say("columns %s", "les colonnes %s", list(names))
}

// list says "a, b and c".
func list[T string | rollout.Text](names []T) rollout.Text {
	last := len(names) - 1
	if last == 0 {
		return rollout.Say("%s", "%s", names[0])
	}
	args := make([]any, len(names))
	for i, name := range names {
		args[i] = name
	}
	commas := strings.Repeat("%s, ", last-1) + "%s"
	return rollout.Say(commas+" and %s", commas+" et %s", args...)
}

// elementIn says "a3 in FR, BE".
func elementIn(element string, countries []string) rollout.Text {
	return rollout.Say("%s in %s", "%s pour %s", element, strings.Join(countries, ", "))
}

// shortened is a text that is short enough for a sentence.
func shortened(text string) string {
	const most = 60 // characters
	return rollout.Clip(text, most)
}

// onSheet says which sheet a message is about.
func onSheet(sheet string, message rollout.Text) rollout.Text {
	return rollout.Say("On the sheet %q: %s", "Sur la feuille %q : %s", sheet, message)
}

// onSheetOrName says what to do, too, if nobody asked for the sheet.
func onSheetOrName(sheet string, message rollout.Text) rollout.Text {
	return rollout.Say("On the sheet %q: %s If the sheet is not for btrollout, name the others with --sheet.",
		"Sur la feuille %q : %s Si cette feuille n'est pas destinée à btrollout, nommez les autres avec --sheet.", sheet, message)
}

// areHidden says that sheets with the header of a rollout were not read, and what to do.
func areHidden(sheets []string) rollout.Text {
	if len(sheets) == 1 {
		return rollout.Say("The sheet %[1]q has the header of a rollout, but is hidden and was left out: name it with --sheet %[1]q, or "+
			"show it in the workbook.",
			"La feuille %[1]q a l'en-tête d'un déploiement, mais elle est masquée et a été laissée de côté : nommez-la avec --sheet "+
				"%[1]q, ou affichez-la dans le classeur.", sheets[0])
	}
	return rollout.Say("The sheets %s have the header of a rollout, but are hidden and were left out: name them with --sheet, or "+
		"show them in the workbook.",
		"Les feuilles %s ont l'en-tête d'un déploiement, mais elles sont masquées et ont été laissées de côté : nommez-les avec "+
			"--sheet, ou affichez-les dans le classeur.", list(sheets))
}

// didYouMean is given a column as described.
func didYouMean(column, near string) rollout.Text {
	return rollout.Say("%s; did you mean %s?)", "%s ; voulez-vous dire %s ?)", strings.TrimSuffix(column, ")"), near)
}

func mendHeader(row int) rollout.Text {
	return rollout.Say(
		"correct the header in row %d, or say what a column is with --map \"Header=field\" (\"Header=%s\": it is not used)",
		"corrigez l'en-tête à la ligne %d, ou indiquez ce qu'est une colonne avec --map \"En-tête=champ\" (\"En-tête=%s\" : elle "+
			"n'est pas utilisée)", row, NotUsed)
}

// unlessAmong names the columns one of which may be what is missing.
func unlessAmong(strange []string) rollout.Text {
	const most = 5
	switch n := len(strange); {
	case n == 0:
		return rollout.Text{}
	case n == 1:
		return rollout.Say(", unless it is %s", ", à moins que ce ne soit %s", strange[0])
	case n <= most:
		return rollout.Say(", unless it is one of %s", ", à moins que ce ne soit l'une des colonnes %s", list(strange))
	}
	return rollout.Say(", unless it is one of %s and %d more",
		", à moins que ce ne soit l'une des colonnes %s et %d de plus", strings.Join(strange[:most], ", "), len(strange)-most)
}

func theNearestIs(column string) rollout.Text {
	return rollout.Say("; the nearest is %s", " ; la plus proche est %s", column)
}

func whyAnotherField(column string, below, above rollout.Text) rollout.Text {
	return rollout.Say("column %s holds %s below it, and %s above it",
		"la colonne %s contient %s au-dessous, et %s au-dessus", column, below, above)
}

func noField() rollout.Text {
	return rollout.Say("no field", "aucun champ")
}

func orNoHeader(row string) rollout.Text {
	return rollout.Say("; if row %s is no header, correct or delete it",
		" ; si la ligne %s n'est pas un en-tête, corrigez-la ou supprimez-la", row)
}

// whyNamesOfColumns is given cells as described.
func whyNamesOfColumns(cells []string) rollout.Text {
	if len(cells) == 1 {
		return rollout.Say("its cell %s is the name of a column", "sa cellule %s est le nom d'une colonne", cells[0])
	}
	return rollout.Say("its cells %s are names of columns", "ses cellules %s sont des noms de colonnes", list(cells))
}

// elsewhere is where a second table may stand.
func elsewhere(l *layout) rollout.Text {
	if l.Name == "" {
		return rollout.Say("into a file of its own", "dans un fichier à part")
	}
	return rollout.Say("on a sheet of its own", "sur une feuille à part")
}
