// This file holds every sentence that people read of this package, in both languages: a
// function for each FileError, Fault and remark. Each says what is wrong, then what to do.

package spreadsheet

import (
	"errors"
	"io/fs"
	"syscall"

	"btrollout/internal/rollout"
)

// Files that cannot be opened or read, or are of no form that is read.

// errRead is the error of a file that the system does not open, or does not read to its end.
func errRead(cause error) *FileError {
	why, wrapped := rollout.Text{EN: cause.Error()}, (*fs.PathError)(nil)
	switch {
	case errors.Is(cause, fs.ErrPermission):
		why = rollout.Say("you have no right to read it", "vous n'avez pas le droit de le lire")
	case errors.Is(cause, syscall.ELOOP):
		why = rollout.Say("it is a link that leads back to itself", "c'est un lien qui ramène à lui-même")
	case errors.As(cause, &wrapped):
		why = rollout.Text{EN: wrapped.Err.Error()}
	}
	return &FileError{Code: codeFileUnreadable, Cause: cause, Message: rollout.Say(
		"The file cannot be read (%s): check its name and your rights, or copy it to another folder.",
		"Le fichier ne peut être lu (%s) : vérifiez son nom et vos droits, ou copiez-le dans un autre dossier.", why)}
}

func errNotFound(name string) *FileError {
	return &FileError{Code: codeFileNotFound, Message: rollout.Say(
		"There is no file %s: check the name.",
		"Il n'y a pas de fichier %s : vérifiez le nom.", name)}
}

func errNoFile(name string) *FileError {
	return &FileError{Code: codeFileUnsupported, Message: rollout.Say(
		"%s is not a file: give the name of an .xlsx or .csv file.",
		"%s n'est pas un fichier : indiquez le nom d'un fichier .xlsx ou .csv.", name)}
}

func errNoContent() *FileError {
	return &FileError{Code: rollout.CodeFileEmpty, Message: rollout.Say(
		"The file is empty: save it again from your spreadsheet program.",
		"Le fichier est vide : enregistrez-le de nouveau depuis votre tableur.")}
}

func errFileTooLarge(most int64) *FileError {
	return &FileError{Code: codeFileTooLarge, Message: rollout.Say(
		"The file is larger than %d MB: split it into several files.",
		"Le fichier dépasse %d Mo : divisez-le en plusieurs fichiers.", most>>20)}
}

func errTextNamedWorkbook(extension string) *FileError {
	return &FileError{Code: codeFileNotXLSX, Message: rollout.Say(
		"The file is named %s, but it is a text file: rename it to .csv, or save it as an Excel workbook (.xlsx).",
		"Le fichier est nommé %s, mais c'est un fichier texte : renommez-le en .csv, ou enregistrez-le comme classeur Excel (.xlsx).",
		extension)}
}

func errPassword() *FileError {
	return &FileError{Code: codeFilePassword, Message: rollout.Say(
		"The workbook is protected by a password, so it cannot be read: open it in Excel, remove the password under File, Info, "+
			"Protect Workbook, Encrypt with Password, and save it as an Excel workbook (.xlsx).",
		"Le classeur est protégé par un mot de passe et ne peut donc être lu : ouvrez-le dans Excel, retirez le mot de passe sous "+
			"Fichier, Informations, Protéger le classeur, Chiffrer avec mot de passe, et enregistrez-le comme classeur Excel (.xlsx).")}
}

func errOldWorkbook(extension string) *FileError {
	return &FileError{Code: codeFileNotXLSX, Message: rollout.Say(
		"The file is named %s, but it is an old .xls file: open it in Excel and save it as an Excel workbook (.xlsx), without a "+
			"password.",
		"Le fichier est nommé %s, mais c'est un ancien fichier .xls : ouvrez-le dans Excel et enregistrez-le comme classeur Excel "+
			"(.xlsx), sans mot de passe.", extension)}
}

func errNamedWorkbook(extension string, content fileForm) *FileError {
	return &FileError{Code: codeFileNotXLSX, Message: rollout.Say(
		"The file is named %s, but %s: save your table as an Excel workbook (.xlsx).",
		"Le fichier est nommé %s, mais %s : enregistrez votre tableau comme classeur Excel (.xlsx).", extension, formNames[content])}
}

func errWorkbookNamedCSV() *FileError {
	return &FileError{Code: rollout.CodeFileNotCSV, Message: rollout.Say(
		"The file is named .csv, but it is a workbook: rename it to .xlsx, or save it as CSV UTF-8.",
		"Le fichier est nommé .csv, mais c'est un classeur : renommez-le en .xlsx, ou enregistrez-le au format CSV UTF-8.")}
}

func errNamedCSV(content fileForm) *FileError {
	return &FileError{Code: rollout.CodeFileNotCSV, Message: rollout.Say(
		"The file is named .csv, but %s: save your table as CSV UTF-8.",
		"Le fichier est nommé .csv, mais %s : enregistrez votre tableau au format CSV UTF-8.", formNames[content])}
}

// formNames say what a file is that is neither a workbook nor text.
var formNames = map[fileForm]rollout.Text{
	formOLE:    rollout.Say("it is an old .xls file", "c'est un ancien fichier .xls"),
	formPDF:    rollout.Say("it is a PDF document", "c'est un document PDF"),
	formBinary: rollout.Say("it is neither a workbook nor text", "ce n'est ni un classeur ni du texte"),
}

func errNoExtension() *FileError {
	return &FileError{Code: codeFileUnsupported, Message: rollout.Say(
		"The file's name does not say what it is: save your table as .xlsx or .csv.",
		"Le nom du fichier n'indique pas ce que c'est : enregistrez votre tableau au format .xlsx ou .csv.")}
}

// errOtherFormat says how a file of another program becomes one that is read: one of conversions.
func errOtherFormat(extension string, how rollout.Text) *FileError {
	return &FileError{Code: codeFileUnsupported, Message: rollout.Say(
		"Files named %s are not read: %s .xlsx or .csv.",
		"Les fichiers %s ne sont pas lus : %s .xlsx ou .csv.", extension, how)}
}

// conversions say how files of other programs, by the ends of their names, become files that
// are read.
var conversions = map[string]rollout.Text{
	".xls": rollout.Say(
		"open the file in Excel or LibreOffice, choose Save As, and save your table as",
		"ouvrez le fichier dans Excel ou LibreOffice, choisissez Enregistrer sous, et enregistrez votre tableau au format"),
	".xlsb": rollout.Say(
		"open the binary workbook in Excel, choose Save As, and save your table as",
		"ouvrez le classeur binaire dans Excel, choisissez Enregistrer sous, et enregistrez votre tableau au format"),
	".xltx": fromTemplate,
	".xltm": fromTemplate,
	".ods": rollout.Say(
		"open the file in LibreOffice, choose Save As, and save your table as",
		"ouvrez le fichier dans LibreOffice, choisissez Enregistrer sous, et enregistrez votre tableau au format"),
	".numbers": rollout.Say(
		"open the file in Numbers, choose File, Export To, and export your table as",
		"ouvrez le fichier dans Numbers, choisissez Fichier, Exporter vers, et exportez votre tableau au format"),
	".gsheet": rollout.Say(
		"it is only a link to Google Sheets; open it there, choose File, Download, and download your table as",
		"ce ne sont que des liens vers Google Sheets ; ouvrez-y le tableau, choisissez Fichier, Télécharger, et téléchargez-le au "+
			"format"),
	".pdf": rollout.Say(
		"a PDF has no cells; ask for the table that it was made from, saved as",
		"un PDF n'a pas de cellules ; demandez le tableau dont il est issu, enregistré au format"),
}

var fromTemplate = rollout.Say(
	"open the template in Excel, choose Save As, and save your table as",
	"ouvrez le modèle dans Excel, choisissez Enregistrer sous, et enregistrez votre tableau au format")

func errUnknownFormat(extension string) *FileError {
	return &FileError{Code: codeFileUnsupported, Message: rollout.Say(
		"Files named %s are not read: save your table as .xlsx or .csv.",
		"Les fichiers %s ne sont pas lus : enregistrez votre tableau au format .xlsx ou .csv.", extension)}
}

// Workbooks.

func errNotXLSX(content fileForm) *FileError {
	return &FileError{Code: codeFileNotXLSX, Message: rollout.Say(
		"The file is named like an Excel workbook, but %s save your table as an Excel workbook (.xlsx).",
		"Le fichier porte le nom d'un classeur Excel, mais %s enregistrez votre tableau comme classeur Excel (.xlsx).",
		otherArchives[content])}
}

// otherArchives say what a zip archive is that is no Excel workbook, and begin to say how it
// becomes one.
var otherArchives = map[fileForm]rollout.Text{
	formXLSB: rollout.Say(
		"it is a binary workbook (.xlsb): open it in Excel, choose Save As and",
		"c'est un classeur binaire (.xlsb) : ouvrez-le dans Excel, choisissez Enregistrer sous et"),
	formODS: rollout.Say(
		"it is an OpenDocument file (.ods): open it in LibreOffice, choose Save As and",
		"c'est un fichier OpenDocument (.ods) : ouvrez-le dans LibreOffice, choisissez Enregistrer sous et"),
	formNumbers: rollout.Say(
		"it is a file of Apple Numbers: open it in Numbers, choose File, Export To and",
		"c'est un fichier Numbers d'Apple : ouvrez-le dans Numbers, choisissez Fichier, Exporter vers et"),
	formZip: rollout.Say(
		"it is not an Excel workbook:",
		"ce n'est pas un classeur Excel :"),
}

func errDamaged(cause error) *FileError {
	return &FileError{Code: codeFileDamaged, Cause: cause, Message: rollout.Say(
		"The file is damaged and cannot be read: open it in your spreadsheet program, save it under a new name and use that.",
		"Le fichier est endommagé et ne peut être lu : ouvrez-le dans votre tableur, enregistrez-le sous un nouveau nom et utilisez "+
			"celui-ci.")}
}

// errSuspicious refuses a workbook that is built as if to do harm.
func errSuspicious(cause error) *FileError {
	return &FileError{Code: codeFileSuspicious, Cause: cause, Message: rollout.Say(
		"The workbook is built in a way that no spreadsheet program builds one, so it is not opened: open it in your spreadsheet "+
			"program if you trust where it comes from, and copy its table into a new workbook.",
		"Le classeur est construit comme aucun tableur n'en construit, et n'est donc pas ouvert : si vous faites confiance à sa "+
			"provenance, ouvrez-le dans votre tableur et copiez son tableau dans un nouveau classeur.")}
}

func errUnzippedTooLarge(most int64) *FileError {
	return &FileError{Code: codeFileTooLarge, Message: rollout.Say(
		"The workbook takes more than %d MB once unzipped: delete sheets that are not needed, or split it into several files.",
		"Le classeur dépasse %d Mo une fois décompressé : supprimez les feuilles inutiles, ou divisez-le en plusieurs fichiers.", most>>20)}
}

func errOthersTooLarge() *FileError {
	return &FileError{Code: codeFileTooLarge, Message: rollout.Say(
		"The workbook holds more than %d MB of pictures and the like: copy its table into a new workbook.",
		"Le classeur contient plus de %d Mo d'images et autres objets : copiez son tableau dans un nouveau classeur.", maxOther>>20)}
}

func errTooManySheets() *FileError {
	return &FileError{Code: codeFileTooLarge, Message: rollout.Say(
		"The workbook has more than %d sheets: split it into several files.",
		"Le classeur a plus de %d feuilles : divisez-le en plusieurs fichiers.", maxSheets)}
}

func errTooManyTexts() *FileError {
	return &FileError{Code: codeFileTooLarge, Message: rollout.Say(
		"The workbook holds more than %d different texts: split it into several files.",
		"Le classeur contient plus de %d textes différents : divisez-le en plusieurs fichiers.", maxTexts)}
}

// errTooMuchText is given how many bytes the cells of a workbook may hold.
func errTooMuchText(most int64) *FileError {
	return &FileError{Code: codeFileTooLarge, Message: rollout.Say(
		"The cells of the workbook, or those of one row, hold more text than is read (%d MB, %d MB): shorten them, or split it into "+
			"several files.",
		"Les cellules du classeur, ou celles d'une seule ligne, contiennent plus de texte qu'il n'en est lu (%d Mo, %d Mo) : "+
			"raccourcissez-les, ou divisez le classeur en plusieurs fichiers.", most>>20, maxRowText>>20)}
}

func errCellTooLarge() *FileError {
	return &FileError{Code: codeFileTooLarge, Message: rollout.Say(
		"A cell of the workbook holds more than %d MB: shorten it.",
		"Une cellule du classeur contient plus de %d Mo : raccourcissez-la.", maxToken>>20)}
}

func errTooManyMerged() *FileError {
	return &FileError{Code: codeFileTooLarge, Message: rollout.Say(
		"The workbook merges more cells than any table: unmerge them, or copy the table's values into a new workbook.",
		"Le classeur a plus de cellules fusionnées qu'aucun tableau : défusionnez-les, ou copiez les valeurs du tableau dans un "+
			"nouveau classeur.")}
}

func errTooManyOdd() *FileError {
	return &FileError{Code: codeFileTooLarge, Message: rollout.Say(
		"The workbook has more than %d cells with dates, amounts or formulas without a value: format its columns as text, or split "+
			"it into several files.",
		"Le classeur a plus de %d cellules contenant des dates, des montants ou des formules sans valeur : mettez ses colonnes au "+
			"format Texte, ou divisez-le en plusieurs fichiers.", maxOdd)}
}

// CSV files.

func errMacintosh() *FileError {
	return &FileError{Code: rollout.CodeFileNotCSV, Message: rollout.Say(
		"The file ends its lines as old Macintosh programs did: save it as CSV UTF-8 or as .xlsx.",
		"Le fichier termine ses lignes comme le faisaient les anciens programmes pour Macintosh : enregistrez-le au format CSV UTF-8 "+
			"ou .xlsx.")}
}

func errMixedEncodings() *FileError {
	return &FileError{Code: codeFileNotUTF8, Message: rollout.Say(
		"The file is partly in UTF-8 and partly in another encoding, so letters such as é would be garbled: save it as CSV UTF-8 or "+
			"as .xlsx.",
		"Le fichier est en partie en UTF-8 et en partie dans un autre codage, si bien que des lettres comme é seraient altérées : "+
			"enregistrez-le au format CSV UTF-8 ou .xlsx.")}
}

func errUnknownEncoding() *FileError {
	return &FileError{Code: codeFileNotUTF8, Message: rollout.Say(
		"The file is neither in UTF-8 nor in Windows-1252, so letters such as é would be lost: save it as CSV UTF-8 or as .xlsx.",
		"Le fichier n'est ni en UTF-8 ni en Windows-1252, si bien que des lettres comme é seraient perdues : enregistrez-le au "+
			"format CSV UTF-8 ou .xlsx.")}
}

func remarkWindows1252() rollout.Text {
	return rollout.Say(
		"The file is not in UTF-8 and was read as Windows-1252, as Excel saves CSV in Western Europe: check that letters such as é "+
			"and ü are right.",
		"Le fichier n'est pas en UTF-8 et a été lu comme du Windows-1252, tel qu'Excel enregistre le CSV en Europe occidentale : "+
			"vérifiez que les lettres comme é et ü sont correctes.")
}

func errQuoteOpen(row, firstLine, lastLine int) *FileError {
	return &FileError{Code: codeFileQuoteOpen, Message: rollout.Say(
		"A quotation mark opens in row %d (line %d) and is not closed before line %d, so the rows between cannot be told apart: "+
			"close or remove it, or save the file as .xlsx.",
		"Un guillemet s'ouvre à la ligne %d du tableau (ligne %d du texte) et n'est pas fermé avant la ligne %d du texte, si bien "+
			"qu'on ne peut séparer les lignes intermédiaires : fermez-le ou supprimez-le, ou enregistrez le fichier au format .xlsx.",
		row, firstLine, lastLine)}
}

// errRowTooLong is given the number of the row before.
func errRowTooLong(before int) *FileError {
	return &FileError{Code: codeFileRowTooLong, Message: rollout.Say(
		"The row after row %d takes more than %d MB: look for a quotation mark that is never closed, or save the file as .xlsx.",
		"La ligne qui suit la ligne %d occupe plus de %d Mo : cherchez un guillemet jamais fermé, ou enregistrez le fichier au "+
			"format .xlsx.", before, maxRecord>>20)}
}

// Rows and cells.

// faultQuote is given the text of the row.
func faultQuote(text string) Fault {
	return Fault{Code: codeRowQuote, Value: text, Message: rollout.Say(
		"The row has a quotation mark where none may stand, so its cells cannot be told apart: enclose the whole cell in quotation "+
			"marks and double those inside it, or save the file as .xlsx.",
		"La ligne contient un guillemet mal placé, si bien qu'on ne peut en séparer les cellules : mettez toute la cellule entre "+
			"guillemets et doublez ceux qu'elle contient, ou enregistrez le fichier au format .xlsx.")}
}

func faultMerged(cells string) Fault {
	return Fault{Code: rollout.CodeRowMerged, Message: rollout.Say(
		"The row is part of the merged cells %s, of which only the first holds a value: unmerge them, and fill in each cell.",
		"La ligne fait partie des cellules fusionnées %s, dont seule la première contient une valeur : annulez la fusion et "+
			"remplissez chaque cellule.", cells)}
}

func faultNoValue(cell string) Fault {
	return Fault{Code: rollout.CodeRowFormulaEmpty, Message: rollout.Say(
		"The cell %s holds a formula whose value was not saved: open the file in Excel, recalculate and save it, or type the value.",
		"La cellule %s contient une formule dont la valeur n'a pas été enregistrée : ouvrez le fichier dans Excel, recalculez-le et "+
			"enregistrez-le, ou saisissez la valeur.", cell)}
}

func faultDate(cell, shown string) Fault {
	return Fault{Code: rollout.CodeRowDate, Value: shown, Message: rollout.Say(
		"The cell %s holds a date, shown as %q, and a spreadsheet turns values such as 1-3 into dates: format the cell as text and "+
			"type the value again.",
		"La cellule %s contient une date, affichée \"%s\", et un tableur transforme en dates des valeurs telles que 1-3 : mettez la "+
			"cellule au format texte et saisissez de nouveau la valeur.", cell, shortened(shown))}
}

func faultErrorValue(shown string) Fault {
	return Fault{Code: rollout.CodeRowCellError, Value: shown, Message: rollout.Say(
		"The cell holds the spreadsheet error %s instead of a value: correct its formula or type the value.",
		"La cellule contient l'erreur de tableur %s au lieu d'une valeur : corrigez sa formule ou saisissez la valeur.", shown)}
}

func faultNumberShortened(shown string) Fault {
	return Fault{Code: codeRowNumberShortened, Value: shown, Message: rollout.Say(
		"The spreadsheet has shortened a long number to %s, and its digits are lost: format the cell as text and type the number "+
			"again.",
		"Le tableur a abrégé un long nombre en %s, et ses chiffres sont perdus : mettez la cellule au format texte et saisissez de "+
			"nouveau le nombre.", shown)}
}

// shortened is a text that is short enough for a sentence.
func shortened(text string) string {
	const most = 60 // characters
	return rollout.Clip(text, most)
}
