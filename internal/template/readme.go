// This file writes the page that says how the workbook is filled in, and what Orange
// remarks about its countries.

package template

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
)

var readmeSheet = rollout.Say("Read me", "Lisez-moi")

// readme fills the page: what is spoken of on the left, what is said of it on the right.
func (w *writer) readme() error {
	const left, right = 22, 96 // characters
	sheet := w.say(readmeSheet)
	err := errors.Join(
		w.book.SetColWidth(sheet, "A", "A", left), w.book.SetColWidth(sheet, "B", "B", right),
		xlsx.FitToPage(w.book, sheet, "portrait"),
		w.cell(sheet, "A1", w.say(rollout.Say("How to fill in this workbook", "Comment remplir ce classeur")), w.looks.title),
	)
	row := 2
	put := func(subject, text string) {
		row++
		err = errors.Join(err,
			w.cell(sheet, fmt.Sprintf("A%d", row), subject, w.looks.strong),
			w.cell(sheet, fmt.Sprintf("B%d", row), text, w.looks.plain),
			w.book.SetRowHeight(sheet, row, xlsx.RowHeight(max(xlsx.CountLines(subject, left), xlsx.CountLines(text, right)))),
		)
	}
	for _, step := range w.steps() {
		put(w.say(step[0]), w.say(step[1]))
	}
	row++
	put(w.say(rollout.Say("The countries", "Les pays")), w.say(rollout.Say("What Orange says of them", "Ce qu'Orange en dit")))
	for _, c := range w.Countries {
		for i, line := range w.remarks(c) {
			subject := ""
			if i == 0 {
				subject = strings.TrimSpace(c.ISO2 + " " + c.Name)
			}
			put(subject, line)
		}
	}
	return err
}

// steps say how the workbook is filled in and sent.
func (w *writer) steps() [][2]rollout.Text {
	var codes []string
	for _, c := range w.Countries {
		codes = append(codes, c.ISO2)
	}
	file := w.File
	if strings.ContainsAny(file, ` '"&;()$`) {
		file = strconv.Quote(file)
	}
	return [][2]rollout.Text{{
		rollout.Say("One row for each site", "Une ligne par site"),
		rollout.Say("Write each site on the sheet of its country (%s), from row 3 on. A sheet that you do not need stays as it is.",
			"Écrivez chaque site sur la feuille de son pays (%s), à partir de la ligne 3. Une feuille dont vous n'avez pas besoin reste "+
				"telle quelle.", strings.Join(codes, ", ")),
	}, {
		rollout.Say("Orange headers, *", "En-têtes orange, *"),
		rollout.Say("These columns are mandatory: fill in every cell. The others may stay empty.",
			"Ces colonnes sont obligatoires : remplissez chaque cellule. Les autres peuvent rester vides."),
	}, {
		rollout.Say("Notes", "Notes"),
		rollout.Say("Point at a header: its note says what the column takes.", "Pointez un en-tête : sa note dit ce que la colonne accepte."),
	}, {
		rollout.Say("Drop-downs", "Listes déroulantes"),
		rollout.Say("Choose from the list where a cell has one. Some lists of places fill only once the upper place is chosen. Another value "+
			"can be typed: it is checked when the file is sent.",
			"Choisissez dans la liste là où une cellule en a une. Certaines listes de lieux ne se remplissent qu'une fois le lieu supérieur "+
				"choisi. Une autre valeur peut être saisie : elle est contrôlée à l'envoi."),
	}, {
		rollout.Say("The example", "L'exemple"),
		rollout.Say("Row 2 shows what a row looks like. It is never ordered: it is left out because its site name is %q. Leave it, or delete it.",
			"La ligne 2 montre à quoi ressemble une ligne. Elle n'est jamais commandée : "+
				"elle est laissée de côté parce que son nom de site est %q. Laissez-la, ou supprimez-la.", rollout.ExampleName),
	}, {
		rollout.Say("Columns", "Colonnes"),
		rollout.Say("Columns can be moved, and your own added. Do not change the headers.",
			"Les colonnes peuvent être déplacées, et les vôtres ajoutées. Ne modifiez pas les en-têtes."),
	}, {
		rollout.Say("Zeros", "Zéros"),
		rollout.Say("All cells are text, so that leading zeros stay. Paste values only (Paste special, Values).",
			"Toutes les cellules sont au format texte : les zéros de tête sont conservés. Collez seulement les valeurs (Collage "+
				"spécial, Valeurs)."),
	}, {
		rollout.Say("When it is filled in", "Une fois rempli"),
		rollout.Say("Check the file, which orders nothing: enqueue --check %s",
			"Contrôlez le fichier, sans rien commander : enqueue --check %s", file),
	}}
}

// remarks are what is to be known of a country, a line each.
func (w *writer) remarks(c Country) (lines []string) {
	add := func(text rollout.Text) { lines = append(lines, w.say(text)) }
	if c.Emergency != "" {
		add(rollout.Say("Emergency calls: %s.", "Appels d'urgence : %s.", yesNo(c.Emergency)))
	}
	if c.Comment != "" {
		add(rollout.Say("Remark: %s", "Remarque : %s", fullStop(c.Comment)))
	}
	if c.DialZone != nil {
		add(rollout.Say("The dial zone must be written, and nobody verifies it.",
			"La zone de numérotation doit être écrite, et personne ne la vérifie."))
	}
	for _, rule := range c.Unapplied {
		add(rollout.Say("Not checked before the order: %s", "Non contrôlé avant la commande : %s", rule))
	}
	if lines == nil {
		add(rollout.Say("Nothing in particular.", "Rien de particulier."))
	}
	return lines
}

// yesNo speaks the API's Yes and No; other words of the API stay as they are.
func yesNo(said string) rollout.Text {
	switch strings.ToLower(said) {
	case "yes":
		return rollout.Say("yes", "oui")
	case "no":
		return rollout.Say("no", "non")
	}
	return same(said)
}
