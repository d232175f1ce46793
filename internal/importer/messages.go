// This file holds every sentence that people read of this package, in both languages: a
// function for each FileError and Problem, and for what is said of sheets and rows that are not
// read. Each says what is wrong, then what to do. The parts that sentences share are in words.go.

package importer

import (
	"cmp"
	"strings"

	"btrollout/internal/rollout"
	"btrollout/internal/spreadsheet"
	"btrollout/internal/xlsx"
)

// Sheets.

func errSheetOfCSV(sheet string) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileNoSheet, Message: rollout.Say(
		"A CSV file has no sheets: leave the sheet %q out.",
		"Un fichier CSV n'a pas de feuilles : n'indiquez pas la feuille %q.", sheet)}
}

func errNoSheet(name string, existing []string) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileNoSheet, Message: rollout.Say(
		"The workbook has no sheet %q: name one of %s.",
		"Le classeur n'a pas de feuille %q : indiquez-en une parmi %s.", name, list(existing))}
}

func errSheetEmpty(sheet string) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: rollout.CodeFileEmpty, Message: rollout.Say(
		"The sheet %q has no content: put the column names into its first row and one site into each row below.",
		"La feuille %q n'a pas de contenu : mettez les noms de colonnes sur sa première ligne et un site sur chaque ligne suivante.",
		sheet)}
}

func errNoContent() *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: rollout.CodeFileEmpty, Message: rollout.Say(
		"The file has no content: put the column names into its first row and one site into each row below.",
		"Le fichier n'a pas de contenu : mettez les noms de colonnes sur sa première ligne et un site sur chaque ligne suivante.")}
}

func whyEmpty() rollout.Text {
	return rollout.Say("it is empty", "elle est vide")
}

func whyReport() rollout.Text {
	return rollout.Say("its first column belongs to a report", "sa première colonne est celle d'un rapport")
}

func whyNoHeader() rollout.Text {
	return rollout.Say("it has no header of a rollout", "elle n'a pas d'en-tête de déploiement")
}

func whyHidden() rollout.Text {
	return rollout.Say("it is hidden; name it with --sheet to have it read",
		"elle est masquée ; nommez-la avec --sheet pour qu'elle soit lue")
}

func whyNotNamed() rollout.Text {
	return rollout.Say("others were named", "d'autres ont été nommées")
}

// Headers.

func errHeaderTooLow(row int) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileColumnMissing, Message: rollout.Say(
		"The names of the columns stand in row %d, and they are looked for in the first %d rows only: delete rows above them.",
		"Les noms des colonnes se trouvent à la ligne %d, et ne sont cherchés que dans les %d premières lignes : supprimez des "+
			"lignes au-dessus.", row, headRows)}
}

func errHeaderQuote(row int) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: rollout.CodeFileNotCSV, Message: rollout.Say(
		"The header in row %d cannot be read, because a quotation mark stands where none may: remove it, or save the file again as "+
			"CSV UTF-8.",
		"L'en-tête à la ligne %d ne peut être lu, car un guillemet s'y trouve mal placé : supprimez-le, ou enregistrez de nouveau le "+
			"fichier au format CSV UTF-8.", row)}
}

func errHeaderCell(row int, fault rollout.Text) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileHeaderCell, Message: rollout.Say(
		"The header in row %d cannot be read: %s",
		"L'en-tête à la ligne %d ne peut être lu : %s", row, fault)}
}

func errHeaderNameTooLong(row, column int) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileHeaderCell, Message: rollout.Say(
		"The header in row %d cannot be read: the name in column %s has more than %d characters, so shorten it.",
		"L'en-tête à la ligne %d ne peut être lu : le nom de la colonne %s a plus de %d caractères, raccourcissez-le.",
		row, xlsx.ColumnName(column+1), longestName)}
}

func errTooManyColumns(most int) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileTooManyColumns, Message: rollout.Say(
		"The file has more than %s: delete those that are not for btrollout.",
		"Le fichier a plus de %s : supprimez celles qui ne sont pas destinées à btrollout.",
		rollout.Count(most, rollout.Say("column", "colonne"), rollout.Say("columns", "colonnes")))}
}

// errColumnTwice is given both columns as described, and the header of the second.
func errColumnTwice(first, second, field, header string) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileColumnTwice, Message: rollout.Say(
		"The columns %s and %s both hold %s: keep one and delete the other, or leave one out with --map %q.",
		"Les colonnes %s et %s contiennent toutes deux %s : gardez l'une et supprimez l'autre, ou laissez-en une de côté avec --map "+
			"%q.", first, second, field, unused(header))}
}

func errWholeAddress(column, header string) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileAddressInOneCell, Message: rollout.Say(
		"The column %s holds whole addresses, and the API takes their elements one by one: split it into columns such as Street, "+
			"Number, Postal code and City, or leave it out with --map %q.",
		"La colonne %s contient des adresses entières, alors que l'API veut leurs éléments un par un : répartissez-la en colonnes "+
			"telles que Rue, Numéro, Code postal et Ville, ou laissez-la de côté avec --map %q.", column, unused(header))}
}

func errSeveralInOneCell(column, header string, elements []string) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileAddressInOneCell, Message: rollout.Say(
		"The column %s holds %s in one cell, and the API takes them one by one: split it into columns of their own, or leave it out "+
			"with --map %q.",
		"La colonne %s contient %s dans une même cellule, alors que l'API les veut un par un : répartissez-les dans des colonnes "+
			"distinctes, ou laissez-la de côté avec --map %q.", column, list(elements), unused(header))}
}

func errColumnAmbiguous(header string, meanings rollout.Text) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileColumnAmbiguous, Message: rollout.Say(
		"The column %q is %s: name it by the code that is meant, or put these countries on sheets of their own.",
		"La colonne %q désigne %s : nommez-la par le code voulu, ou mettez ces pays sur des feuilles distinctes.",
		oneLine(header), meanings)}
}

func errNoHeader() *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileColumnMissing, Message: rollout.Say(
		"None of the first %d rows names the columns that every rollout file has, which are %s: put their names above the sites, or "+
			"say what a column is with --map \"Header=field\".",
		"Aucune des %d premières lignes ne nomme les colonnes indispensables à tout fichier de déploiement, à savoir %s : mettez "+
			"leurs noms au-dessus des sites, ou indiquez ce qu'est une colonne avec --map \"En-tête=champ\".", headRows, list(requiredFields))}
}

func errUnknownAndMissing(row int, unknown []rollout.Text, missing []string) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileColumnUnknown, Message: rollout.Say(
		"btrollout does not know the %s, and misses the %s: %s.",
		"btrollout ne reconnaît pas %s, et il manque %s : %s.", columns(unknown), columns(missing), mendHeader(row))}
}

func errUnknown(row int, unknown []rollout.Text) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileColumnUnknown, Message: rollout.Say(
		"btrollout does not know the %s: %s.",
		"btrollout ne reconnaît pas %s : %s.", columns(unknown), mendHeader(row))}
}

// errMissing is given the columns, too, that nothing recognises: one may be what is missing.
func errMissing(row int, missing, strange []string) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileColumnMissing, Message: rollout.Say(
		"The file lacks the %s%s: %s.",
		"Il manque au fichier %s%s : %s.", columns(missing), unlessAmong(strange), mendHeader(row))}
}

// Columns that people map.

func errMapNoField(header, said string) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileMapUnknown, Message: rollout.Say(
		"The column %q cannot be mapped to %q, which is no field: write one of %s, or %s for a column that is not used.",
		"La colonne %q ne peut être associée à %q, qui n'est pas un champ : écrivez l'un de ces champs (%s), ou %s pour une colonne "+
			"inutilisée.", header, said, strings.Join(rollout.Fields, ", "), NotUsed)}
}

func errMapNoName(header string) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileMapUnused, Message: rollout.Say(
		"The column %q cannot be mapped, because its name has neither letters nor digits: give it a name in the file.",
		"La colonne %q ne peut être associée, car son nom n'a ni lettres ni chiffres : donnez-lui un nom dans le fichier.", header)}
}

func errMapTwice(header, field, other string) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileMapUnknown, Message: rollout.Say(
		"The column %q cannot be mapped to both %q and %q: leave one of them out.",
		"La colonne %q ne peut être associée à la fois à %q et à %q : retirez l'un des deux.",
		header, cmp.Or(other, NotUsed), cmp.Or(field, NotUsed))}
}

func errMapUnmet(header, field string, near rollout.Text) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileMapUnused, Message: rollout.Say(
		"No sheet has a column %q, which is mapped to %q%s: correct the mapping, or leave it out.",
		"Aucune feuille n'a de colonne %q, qui est associée à %q%s : corrigez l'association, ou retirez-la.",
		header, cmp.Or(field, NotUsed), near)}
}

// Second headers, and rows around the header.

func errSecondHeader(l *layout, row string, why, orElse rollout.Text) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileSecondHeader, Message: rollout.Say(
		"Row %[1]s looks like another header (%[2]s), so the rows below it would be read wrongly: put the second table %[3]s, or "+
			"bring its columns into the order of the header in row %[4]d and delete row %[1]s%[5]s.",
		"La ligne %[1]s ressemble à un autre en-tête (%[2]s), si bien que les lignes suivantes seraient mal lues : mettez le second "+
			"tableau %[3]s, ou donnez à ses colonnes l'ordre de l'en-tête de la ligne %[4]d et supprimez la ligne %[1]s%[5]s.",
		row, why, elsewhere(l), l.Row, orElse)}
}

func errSiteAboveHeader(l *layout, row int) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileSecondHeader, Message: rollout.Say(
		"Row %d looks like a site and stands above the header in row %d, so it would not be ordered: put it below that header, or "+
			"put its table %s.",
		"La ligne %d ressemble à un site et se trouve au-dessus de l'en-tête de la ligne %d, si bien qu'elle ne serait pas commandée "+
			": placez-la sous cet en-tête, ou mettez son tableau %s.", row, l.Row, elsewhere(l))}
}

// remarkAbove says that rows above the header are not read.
func remarkAbove(l *layout, first, last int) rollout.Text {
	rows := rollout.Say("Rows %d to %d stand above the header and are not read",
		"Les lignes %d à %d se trouvent au-dessus de l'en-tête et ne sont pas lues", first, last)
	if first == last {
		rows = rollout.Say("Row %d stands above the header and is not read",
			"La ligne %d se trouve au-dessus de l'en-tête et n'est pas lue", first)
	}
	if l.Name == "" {
		return rollout.Say("%s.", "%s.", rows)
	}
	return rollout.Say("On the sheet %[1]q: %[2]s.", "Sur la feuille %[1]q : %[2]s.", l.Name, rows)
}

// Rows.

func errNoRows(headerRow int) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileNoRows, Message: rollout.Say(
		"The file has a header and no sites: put one site into each row below row %d.",
		"Le fichier a un en-tête et aucun site : mettez un site sur chaque ligne sous la ligne %d.", headerRow)}
}

// errAllLeftOut is given one of the rows that were left out, and why.
func errAllLeftOut(row string, why rollout.Text) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileNoRows, Message: rollout.Say(
		"The file has no sites: its only rows, such as row %s, were left out (%s): put one site into each row below, with a "+
			"technicalSiteName of its own.",
		"Le fichier n'a aucun site, car ses seules lignes, dont la ligne %s, ont été laissées de côté (%s) : mettez un site sur "+
			"chaque ligne suivante, avec un technicalSiteName qui lui soit propre.", row, why)}
}

func errTooManyRows(most int) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileTooManyRows, Message: rollout.Say(
		"The file has more than %s: split it into several files.",
		"Le fichier a plus de %s : divisez-le en plusieurs fichiers.", rollout.Rows(most))}
}

func errRowTooLow(row int) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: codeFileTooManyRows, Message: rollout.Say(
		"The file has a row %d, and none beyond %d is read: delete what stands there, or move it up.",
		"Le fichier a une ligne %d, et aucune n'est lue au-delà de la ligne %d : supprimez ce qui s'y trouve, ou remontez-le.",
		row, rollout.MaxLine)}
}

func whyExample() rollout.Text {
	return rollout.Say("it is the template's example", "c'est l'exemple du modèle")
}

func whyTotals() rollout.Text {
	return rollout.Say("it is a row of totals", "c'est une ligne de totaux")
}

func whyRepeated() rollout.Text {
	return rollout.Say("it repeats the header", "elle répète l'en-tête")
}

func problemHeaderLike(named []string) rollout.Problem {
	return rollout.Problem{Code: codeRowHeaderLike, Message: rollout.Say(
		"The row looks half like a header, because %s are names of columns: write the site's values there, or delete the row.",
		"La ligne ressemble à moitié à un en-tête, car %s sont des noms de colonnes : écrivez-y les valeurs du site, ou supprimez la "+
			"ligne.", list(named))}
}

func problemRagged(text string, cells, columns int) rollout.Problem {
	return rollout.Problem{Code: codeRowRagged, Value: text, Message: rollout.Say(
		"The row has %s where the header has %d, so nobody can tell which value belongs to which column: correct its "+
			"separators, or save the file as .xlsx.",
		"La ligne a %s alors que l'en-tête en a %d, si bien qu'on ne peut savoir quelle valeur va dans quelle colonne : "+
			"corrigez ses séparateurs, ou enregistrez le fichier au format .xlsx.",
		rollout.Count(cells, rollout.Say("cell", "cellule"), rollout.Say("cells", "cellules")), columns)}
}

func problemColumnUnnamed(column int, value string) rollout.Problem {
	return rollout.Problem{Code: codeRowColumnUnnamed, Value: value, Message: rollout.Say(
		"The row has a value in column %s, which has no name in the header: name the column or clear the cell.",
		"La ligne a une valeur dans la colonne %s, qui n'a pas de nom dans l'en-tête : nommez la colonne ou videz la cellule.",
		xlsx.ColumnName(column+1))}
}

// Cells, whatever their field.

func problemCellTooLong(field, value string, most int) rollout.Problem {
	return rollout.Problem{Code: codeRowCellTooLong, Field: field, Value: value, Message: rollout.Say(
		"The cell holds more than %s, and the rest is cut off: shorten it.",
		"La cellule contient plus de %s, et la suite est coupée : raccourcissez-la.",
		rollout.Count(most, rollout.Say("character", "caractère"), rollout.Say("characters", "caractères")))}
}

func problemCharactersLost(field, value string) rollout.Problem {
	return rollout.Problem{Code: codeRowCharactersLost, Field: field, Value: value, Message: rollout.Say(
		"The value contains �, which stands where a character was lost when the file was saved: type it again.",
		"La valeur contient �, là où un caractère a été perdu à l'enregistrement du fichier : saisissez-la de nouveau.")}
}

func problemControlCharacter(field, value, oneLine string) rollout.Problem {
	return rollout.Problem{Code: codeRowControlCharacter, Field: field, Value: value, Suggestion: oneLine, Message: rollout.Say(
		"The value contains a line break, a tab or another character that cannot be seen: put it on one line of plain text.",
		"La valeur contient un saut de ligne, une tabulation ou un autre caractère invisible : écrivez-la sur une seule ligne de "+
			"texte simple.")}
}

// Fields.

func problemNoName() rollout.Problem {
	return rollout.Problem{Code: codeRowNameMissing, Field: rollout.FieldName, Message: rollout.Say(
		"The site has no technicalSiteName: give it a name that no other site of the customer has.",
		"Le site n'a pas de technicalSiteName : donnez-lui un nom qu'aucun autre site du client ne porte.")}
}

func problemNoLabel() rollout.Problem {
	return rollout.Problem{Code: codeRowLabelMissing, Field: rollout.FieldLabel, Message: rollout.Say(
		"The site has no customerSiteLabel: give it the label that people are to read.",
		"Le site n'a pas de customerSiteLabel : donnez-lui le libellé que les utilisateurs liront.")}
}

func problemNoCountry() rollout.Problem {
	return rollout.Problem{Code: codeRowCountryMissing, Field: rollout.FieldCountry, Message: rollout.Say(
		"The site has no country: give its two-letter ISO code, such as FR.",
		"Le site n'a pas de pays : indiquez son code ISO à deux lettres, par exemple FR.")}
}

func problemNoVPN() rollout.Problem {
	return rollout.Problem{Code: codeRowVPNMissing, Field: rollout.FieldVPN, Message: rollout.Say(
		"The site has no vpn: give the id, name or code of the voice VPN on which it is to be created.",
		"Le site n'a pas de vpn : indiquez l'identifiant, le nom ou le code du VPN voix sur lequel il doit être créé.")}
}

func problemNameOfExample(name string) rollout.Problem {
	return rollout.Problem{Code: codeRowNameExample, Field: rollout.FieldName, Value: name, Message: rollout.Say(
		"The row has the name of the template's example and is none: give the site its own technicalSiteName.",
		"La ligne porte le nom de l'exemple du modèle sans en être un : donnez au site son propre technicalSiteName.")}
}

// problemCountry is given the code of the country that is meant, or "".
func problemCountry(written, code string) rollout.Problem {
	p := rollout.Problem{Code: codeRowCountryInvalid, Field: rollout.FieldCountry, Value: written, Suggestion: code}
	if code == "" {
		p.Message = rollout.Say(
			"The country %q is not a two-letter ISO code: write FR for France, for example.",
			"Le pays %q n'est pas un code ISO à deux lettres : écrivez par exemple FR pour la France.", shortened(written))
	} else {
		p.Message = rollout.Say(
			"The country %[1]q is not a two-letter ISO code: write %[2]q.",
			"Le pays %[1]q n'est pas un code ISO à deux lettres : écrivez %[2]q.", shortened(written), code)
	}
	return p
}

// problemTooLong is given the length in characters.
func problemTooLong(code, field, value string, length int) rollout.Problem {
	return rollout.Problem{Code: code, Field: field, Value: value, Message: rollout.Say(
		"The %s has %d characters, and at most %d are allowed: shorten it.",
		"Le champ %s compte %d caractères, et %d au plus sont admis : raccourcissez-le.", field, length, rollout.MaxName)}
}

func problemNameAlike(name, row string) rollout.Problem {
	return rollout.Problem{Code: codeRowNameAlike, Field: rollout.FieldName, Value: name, Message: rollout.Say(
		"Row %s has this technicalSiteName, but for case, accents or spaces, and each would be ordered: delete one of the rows, or "+
			"give the sites names that people can tell apart.",
		"La ligne %s a ce technicalSiteName, à la casse, aux accents ou aux espaces près, et chacun serait commandé : supprimez "+
			"l'une des lignes, ou donnez aux sites des noms qu'on ne peut confondre.", row)}
}

func problemNameTwice(name, row string) rollout.Problem {
	return rollout.Problem{Code: codeRowNameDuplicate, Field: rollout.FieldName, Value: name, Message: rollout.Say(
		"Row %s has the same technicalSiteName: give each site its own, or delete one of the rows.",
		"La ligne %s a le même technicalSiteName : donnez à chaque site le sien, ou supprimez l'une des deux lignes.", row)}
}

func problemReferenceTwice(reference, row string) rollout.Problem {
	return rollout.Problem{Code: codeRowReferenceDuplicate, Field: rollout.FieldReference, Value: reference, Message: rollout.Say(
		"Row %s has the same customerOrderReference, by which btrollout finds an order again so that nothing is ordered twice: give "+
			"each site its own, or leave the cell empty.",
		"La ligne %s a le même customerOrderReference, qui permet à btrollout de retrouver une commande et de ne rien commander deux "+
			"fois : donnez à chaque site le sien, ou laissez la cellule vide.", row)}
}

func problemVoiceSiteTwice(voiceSiteID, row string) rollout.Problem {
	return rollout.Problem{Code: codeRowVoicesiteDuplicate, Field: rollout.FieldVoiceSiteID, Value: voiceSiteID, Message: rollout.Say(
		"Row %s has the same voiceSiteId, and a voicesite has one address: correct the id, or delete one of the rows.",
		"La ligne %s a le même voiceSiteId, et un voicesite n'a qu'une adresse : corrigez l'identifiant, ou supprimez l'une des deux "+
			"lignes.", row)}
}
