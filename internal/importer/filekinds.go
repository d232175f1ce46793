package importer

// This file lists the kinds of FileErrors, for the people who look a code up.

import (
	"slices"

	"btrollout/internal/rollout"
)

// FileKinds lists what makes a whole file unusable: the codes of every FileError.
func FileKinds() []rollout.Kind { return slices.Concat(formatKinds, headerKinds) }

// formatKinds are of files that cannot be opened or read to their end.
var formatKinds = []rollout.Kind{{
	Code: "file.not-found",
	Cause: rollout.Say(
		"There is no file of that name.",
		"Il n'y a pas de fichier de ce nom."),
	Cure: rollout.Say(
		"Check the name and the folder.",
		"Vérifiez le nom et le dossier."),
}, {
	Code: "file.unsupported",
	Cause: rollout.Say(
		"The file is neither an .xlsx nor a .csv file, by its name.",
		"D'après son nom, le fichier n'est ni un .xlsx ni un .csv."),
	Cure: rollout.Say(
		"Save the table as an Excel workbook (.xlsx) or as CSV UTF-8 (.csv).",
		"Enregistrez le tableau comme classeur Excel (.xlsx) ou au format CSV UTF-8 (.csv)."),
}, {
	Code: "file.empty",
	Cause: rollout.Say(
		"The file, or the sheet that is read, holds nothing.",
		"Le fichier, ou la feuille qui est lue, ne contient rien."),
	Cure: rollout.Say(
		"Put the column names into the first row and one site into each row below, and save the file again.",
		"Mettez les noms de colonnes sur la première ligne et un site sur chaque ligne suivante, et enregistrez de nouveau le fichier."),
}, {
	Code: "file.not-xlsx",
	Cause: rollout.Say(
		"The file is named .xlsx and is something else: text, an old .xls file, a workbook with a password.",
		"Le fichier est nommé .xlsx et est autre chose : du texte, un ancien fichier .xls, un classeur protégé par mot de passe."),
	Cure: rollout.Say(
		"Save the table without a password as an Excel workbook (.xlsx), or rename a text file to .csv.",
		"Enregistrez le tableau sans mot de passe comme classeur Excel (.xlsx), ou renommez un fichier texte en .csv."),
}, {
	Code: "file.not-csv",
	Cause: rollout.Say(
		"The file is named .csv and is something else, or its header cannot be read as CSV.",
		"Le fichier est nommé .csv et est autre chose, ou son en-tête ne peut être lu comme du CSV."),
	Cure: rollout.Say(
		"Save the table as CSV UTF-8, or rename a workbook to .xlsx.",
		"Enregistrez le tableau au format CSV UTF-8, ou renommez un classeur en .xlsx."),
}, {
	Code: "file.not-utf8",
	Cause: rollout.Say(
		"The CSV file is not in UTF-8, so letters such as é would be lost.",
		"Le fichier CSV n'est pas en UTF-8, si bien que des lettres comme é seraient perdues."),
	Cure: rollout.Say(
		"Save it as CSV UTF-8 or as an Excel workbook (.xlsx).",
		"Enregistrez-le au format CSV UTF-8 ou comme classeur Excel (.xlsx)."),
}, {
	Code: "file.quote-open",
	Cause: rollout.Say(
		"A quotation mark in the CSV file opens and is closed only some rows below, if at all.",
		"Un guillemet ouvert dans le fichier CSV n'est fermé que plusieurs lignes plus bas, ou jamais."),
	Cure: rollout.Say(
		"Close or remove the quotation mark in the row that the message names, or save the file as .xlsx.",
		"Fermez ou supprimez le guillemet à la ligne que cite le message, ou enregistrez le fichier au format .xlsx."),
}, {
	Code: "file.damaged",
	Cause: rollout.Say(
		"The workbook is cut off or damaged.",
		"Le classeur est tronqué ou endommagé."),
	Cure: rollout.Say(
		"Open it in your spreadsheet program, save it under a new name and use that.",
		"Ouvrez-le dans votre tableur, enregistrez-le sous un nouveau nom et utilisez celui-ci."),
}, {
	Code: "file.too-large",
	Cause: rollout.Say(
		"The file is larger than %d MB, or a workbook larger than %d MB once unzipped.",
		"Le fichier dépasse %d Mo, ou le classeur %d Mo une fois décompressé.", MaxFileSize>>20, MaxUnzipped>>20),
	Cure: rollout.Say(
		"Delete sheets that are not needed, or split the file into several.",
		"Supprimez les feuilles inutiles, ou divisez le fichier en plusieurs."),
}, {
	Code: "file.too-many-rows",
	Cause: rollout.Say(
		"The file has more than %d rows.",
		"Le fichier a plus de %d lignes.", MaxRows),
	Cure: rollout.Say(
		"Split it into several files.",
		"Divisez-le en plusieurs fichiers."),
}}

// headerKinds are of files whose header or sheets are not those of a rollout.
var headerKinds = []rollout.Kind{{
	Code: "file.no-sheet",
	Cause: rollout.Say(
		"The workbook has no sheet of the name that was given, or a sheet was named for a CSV file, which has none.",
		"Le classeur n'a pas de feuille du nom donné, ou une feuille a été nommée pour un fichier CSV, qui n'en a pas."),
	Cure: rollout.Say(
		"Name one of the workbook's sheets, or none: then the first visible sheet that has content is read.",
		"Nommez l'une des feuilles du classeur, ou aucune : la première feuille visible qui a un contenu est alors lue."),
}, {
	Code: "file.column-missing",
	Cause: rollout.Say(
		"The header lacks a column that every rollout file needs.",
		"Il manque à l'en-tête une colonne indispensable."),
	Cure: rollout.Say(
		"Make the first row a header with at least technicalSiteName, customerSiteLabel, country and vpn.",
		"Faites de la première ligne un en-tête avec au moins technicalSiteName, customerSiteLabel, country et vpn."),
}, {
	Code: "file.column-unknown",
	Cause: rollout.Say(
		"The header names a column that btrollout does not know.",
		"L'en-tête nomme une colonne que btrollout ne connaît pas."),
	Cure: rollout.Say(
		"Correct the name as the message proposes, delete the column, or begin its name with bt_ so that it is ignored.",
		"Corrigez le nom comme le propose le message, supprimez la colonne, ou faites commencer son nom par bt_ pour qu'elle soit ignorée."),
}, {
	Code: "file.column-twice",
	Cause: rollout.Say(
		"Two columns of the header have the same name.",
		"Deux colonnes de l'en-tête ont le même nom."),
	Cure: rollout.Say(
		"Keep the one that holds the right values and delete the other.",
		"Gardez celle qui contient les bonnes valeurs et supprimez l'autre."),
}, {
	Code: "file.too-many-columns",
	Cause: rollout.Say(
		"The header names more than %d columns.",
		"L'en-tête nomme plus de %d colonnes.", MaxColumns),
	Cure: rollout.Say(
		"Delete the columns that are not for btrollout.",
		"Supprimez les colonnes qui ne sont pas destinées à btrollout."),
}, {
	Code: "file.no-rows",
	Cause: rollout.Say(
		"The file has a header and no sites.",
		"Le fichier a un en-tête et aucun site."),
	Cure: rollout.Say(
		"Put one site into each row below the header.",
		"Mettez un site sur chaque ligne sous l'en-tête."),
}}
