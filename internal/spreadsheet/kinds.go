// This file lists the kinds of faults and of file errors, for the people who look a code up.

package spreadsheet

import "btrollout/internal/rollout"

// Codes of problems that no other package names. They are permanent.
const (
	codeRowQuote           = "row.quote"
	codeRowNumberShortened = "row.number-shortened"

	codeFileNotFound    = "file.not-found"
	codeFileUnreadable  = "file.unreadable"
	codeFileUnsupported = "file.unsupported"
	codeFileNotXLSX     = "file.not-xlsx"
	codeFilePassword    = "file.password"
	codeFileNotUTF8     = "file.not-utf8"
	codeFileQuoteOpen   = "file.quote-open"
	codeFileRowTooLong  = "file.row-too-long"
	codeFileDamaged     = "file.damaged"
	codeFileTooLarge    = "file.too-large"
	codeFileSuspicious  = "file.suspicious"
)

// Kinds lists what can be wrong with a row or a cell: the codes of every Fault.
func Kinds() []rollout.Kind { return faultKinds }

// FileKinds lists what makes a whole file unreadable: the codes of every FileError.
func FileKinds() []rollout.Kind { return fileKinds }

var faultKinds = []rollout.Kind{{
	Code: codeRowQuote,
	Cause: rollout.Say(
		"A quotation mark stands in a row of a CSV file where none may stand, so the row's cells cannot be told apart.",
		"Un guillemet est mal placé dans une ligne d'un fichier CSV, si bien qu'on ne peut en séparer les cellules."),
	Cure: rollout.Say(
		`Enclose the whole cell in quotation marks and double those inside it, as in "Hall ""B""", or save the file as .xlsx.`,
		`Mettez toute la cellule entre guillemets et doublez ceux qu'elle contient, comme dans "Hall ""B""", ou enregistrez le `+
			`fichier au format .xlsx.`),
}, {
	Code: rollout.CodeRowCellError,
	Cause: rollout.Say(
		"A cell holds a spreadsheet error such as #N/A or #REF! instead of a value.",
		"Une cellule contient une erreur de tableur telle que #N/A ou #REF! au lieu d'une valeur."),
	Cure: rollout.Say(
		"Correct the formula, or type the value in its place.",
		"Corrigez la formule, ou saisissez la valeur à sa place."),
}, {
	Code: rollout.CodeRowFormulaEmpty,
	Cause: rollout.Say(
		"A cell holds a formula, and the program that wrote the file saved no value for it.",
		"Une cellule contient une formule, dont le programme qui a écrit le fichier n'a pas enregistré la valeur."),
	Cure: rollout.Say(
		"Open the file in Excel, recalculate and save it, or type the value in the formula's place.",
		"Ouvrez le fichier dans Excel, recalculez-le et enregistrez-le, ou saisissez la valeur à la place de la formule."),
}, {
	Code: rollout.CodeRowMerged,
	Cause: rollout.Say(
		"The row is part of merged cells, of which only the first holds a value.",
		"La ligne fait partie de cellules fusionnées, dont seule la première contient une valeur."),
	Cure: rollout.Say(
		"Unmerge the cells that the message names, and fill in each of them.",
		"Annulez la fusion des cellules que cite le message, et remplissez chacune d'elles."),
}, {
	Code: rollout.CodeRowDate,
	Cause: rollout.Say(
		"A cell that feeds a field holds a date, and spreadsheets turn values such as 1-3 into dates.",
		"Une cellule qui alimente un champ contient une date, et les tableurs transforment en dates des valeurs telles que 1-3."),
	Cure: rollout.Say(
		"Format the cell as text, then type the value again.",
		"Mettez la cellule au format texte, puis saisissez de nouveau la valeur."),
}, {
	Code: codeRowNumberShortened,
	Cause: rollout.Say(
		"The spreadsheet program has shortened a long number, as in 3.31E+10, and its digits are lost.",
		"Le tableur a abrégé un long nombre, comme 3.31E+10, et ses chiffres sont perdus."),
	Cure: rollout.Say(
		"Format the column as text, then type the number again.",
		"Mettez la colonne au format texte, puis saisissez de nouveau le nombre."),
}}

var fileKinds = []rollout.Kind{{
	Code: codeFileNotFound,
	Cause: rollout.Say(
		"There is no file of that name.",
		"Il n'y a pas de fichier de ce nom."),
	Cure: rollout.Say(
		"Check the name and the folder.",
		"Vérifiez le nom et le dossier."),
}, {
	Code: codeFileUnreadable,
	Cause: rollout.Say(
		"The system does not let the program read the file: rights are missing, its name is a link that leads back to itself, or its "+
			"disk fails.",
		"Le système ne laisse pas le programme lire le fichier : il manque des droits, son nom est un lien qui ramène à lui-même, ou "+
			"son disque est en panne."),
	Cure: rollout.Say(
		"Check the name and your rights, or copy the file to another folder.",
		"Vérifiez le nom et vos droits, ou copiez le fichier dans un autre dossier."),
}, {
	Code: codeFileUnsupported,
	Cause: rollout.Say(
		"The file is neither an .xlsx nor a .csv file, by its name.",
		"D'après son nom, le fichier n'est ni un .xlsx ni un .csv."),
	Cure: rollout.Say(
		"Save the table as an Excel workbook (.xlsx) or as CSV UTF-8 (.csv).",
		"Enregistrez le tableau comme classeur Excel (.xlsx) ou au format CSV UTF-8 (.csv)."),
}, {
	Code: rollout.CodeFileEmpty,
	Cause: rollout.Say(
		"The file, or the sheet that is read, holds nothing.",
		"Le fichier, ou la feuille qui est lue, ne contient rien."),
	Cure: rollout.Say(
		"Put the column names into the first row and one site into each row below, and save the file again.",
		"Mettez les noms de colonnes sur la première ligne et un site sur chaque ligne suivante, et enregistrez de nouveau le "+
			"fichier."),
}, {
	Code: codeFileNotXLSX,
	Cause: rollout.Say(
		"The file is named .xlsx or .xlsm and is something else: text, an old .xls file, an .ods file.",
		"Le fichier est nommé .xlsx ou .xlsm et est autre chose : du texte, un ancien fichier .xls, un fichier .ods."),
	Cure: rollout.Say(
		"Save the table as an Excel workbook (.xlsx), or rename a text file to .csv.",
		"Enregistrez le tableau comme classeur Excel (.xlsx), ou renommez un fichier texte en .csv."),
}, {
	Code: codeFilePassword,
	Cause: rollout.Say(
		"The workbook is protected by a password.",
		"Le classeur est protégé par un mot de passe."),
	Cure: rollout.Say(
		"In Excel, remove it under File, Info, Protect Workbook, Encrypt with Password, and save the workbook again.",
		"Dans Excel, retirez-le sous Fichier, Informations, Protéger le classeur, Chiffrer avec mot de passe, et enregistrez de "+
			"nouveau le classeur."),
}, {
	Code: rollout.CodeFileNotCSV,
	Cause: rollout.Say(
		"The file is named .csv and is something else, or its header cannot be read as CSV.",
		"Le fichier est nommé .csv et est autre chose, ou son en-tête ne peut être lu comme du CSV."),
	Cure: rollout.Say(
		"Save the table as CSV, or rename a workbook to .xlsx.",
		"Enregistrez le tableau au format CSV, ou renommez un classeur en .xlsx."),
}, {
	Code: codeFileNotUTF8,
	Cause: rollout.Say(
		"The CSV file is neither in UTF-8, UTF-16 nor Windows-1252, or parts of it are in one and parts in another, so letters such "+
			"as é would be lost.",
		"Le fichier CSV n'est ni en UTF-8, ni en UTF-16, ni en Windows-1252, ou mélange ces codages, si bien que des lettres comme é "+
			"seraient perdues."),
	Cure: rollout.Say(
		"Save it as CSV UTF-8 or as an Excel workbook (.xlsx).",
		"Enregistrez-le au format CSV UTF-8 ou comme classeur Excel (.xlsx)."),
}, {
	Code: codeFileQuoteOpen,
	Cause: rollout.Say(
		"A quotation mark in the CSV file opens and is closed only some rows below, if at all.",
		"Un guillemet ouvert dans le fichier CSV n'est fermé que plusieurs lignes plus bas, ou jamais."),
	Cure: rollout.Say(
		"Close or remove the quotation mark in the row that the message names, or save the file as .xlsx.",
		"Fermez ou supprimez le guillemet à la ligne que cite le message, ou enregistrez le fichier au format .xlsx."),
}, {
	Code: codeFileRowTooLong,
	Cause: rollout.Say(
		"A row of the CSV file takes more space than any table's, as after a quotation mark that is never closed.",
		"Une ligne du fichier CSV occupe plus de place que celle d'aucun tableau, comme après un guillemet jamais fermé."),
	Cure: rollout.Say(
		"Look for the quotation mark in the row that the message names or the one below, or save the file as .xlsx.",
		"Cherchez le guillemet à la ligne que cite le message ou à la suivante, ou enregistrez le fichier au format .xlsx."),
}, {
	Code: codeFileDamaged,
	Cause: rollout.Say(
		"The workbook is cut off or damaged.",
		"Le classeur est tronqué ou endommagé."),
	Cure: rollout.Say(
		"Open it in your spreadsheet program, save it under a new name and use that.",
		"Ouvrez-le dans votre tableur, enregistrez-le sous un nouveau nom et utilisez celui-ci."),
}, {
	Code: codeFileTooLarge,
	Cause: rollout.Say(
		"The file is larger than %d MB, or a workbook larger than %d MB once unzipped.",
		"Le fichier dépasse %d Mo, ou le classeur %d Mo une fois décompressé.", DefaultLimits.FileSize>>20, DefaultLimits.Unzipped>>20),
	Cure: rollout.Say(
		"Delete sheets that are not needed, or split the file into several.",
		"Supprimez les feuilles inutiles, ou divisez le fichier en plusieurs."),
}, {
	Code: codeFileSuspicious,
	Cause: rollout.Say(
		"The workbook is built in a way that no spreadsheet program builds one, as are files that are meant to exhaust what opens "+
			"them.",
		"Le classeur est construit comme aucun tableur n'en construit, à la manière des fichiers destinés à saturer le programme qui "+
			"les ouvre."),
	Cure: rollout.Say(
		"If you trust where it comes from, open it in your spreadsheet program and copy its table into a new workbook.",
		"Si vous faites confiance à sa provenance, ouvrez-le dans votre tableur et copiez son tableau dans un nouveau classeur."),
}}
