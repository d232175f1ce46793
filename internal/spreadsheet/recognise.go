package spreadsheet

// This file recognises a file by its content and by its name.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"btrollout/internal/rollout"
)

// fileError takes its formats and arguments as rollout.Say does.
func fileError(code, en, fr string, args ...any) *FileError {
	return &FileError{Code: code, Message: rollout.Say(en, fr, args...)}
}

func damaged(cause error) *FileError {
	err := fileError("file.damaged",
		"The file is damaged and cannot be read: open it in your spreadsheet program, save it under a new name and use that.",
		"Le fichier est endommagé et ne peut être lu : ouvrez-le dans votre tableur, enregistrez-le sous un nouveau nom et utilisez celui-ci.")
	err.Cause = cause
	return err
}

// form is what a file is made of.
type form string

const (
	formXLSX   form = "workbook"
	formCSV    form = "text"
	formOLE    form = "old .xls file"
	formLocked form = "workbook with a password"
	formPDF    form = "PDF"
	formBinary form = "anything else"
)

// itIs says what a file is that is neither a workbook nor text.
var itIs = map[form]rollout.Text{
	formOLE:    rollout.Say("it is an old .xls file", "c'est un ancien fichier .xls"),
	formPDF:    rollout.Say("it is a PDF document", "c'est un document PDF"),
	formBinary: rollout.Say("it is neither a workbook nor text", "ce n'est ni un classeur ni du texte"),
}

// magics are the bytes by which a file shows its form.
var magics = []struct {
	start string
	form  form
}{
	{"PK\x03\x04", formXLSX},
	{"PK\x05\x06", formXLSX}, // an empty zip archive
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", formOLE},
	{"%PDF-", formPDF},
}

// sniffed is how many bytes are looked at to tell text from anything else.
const sniffed = 8 << 10

// recognise returns formXLSX or formCSV when name and content agree on it.
func recognise(path string, limits Limits) (form, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fileError("file.not-found",
			"There is no file %s: check the name.",
			"Il n'y a pas de fichier %s : vérifiez le nom.", filepath.Base(path))
	case err != nil:
		return "", fmt.Errorf("look at the rollout file: %w", err)
	case !info.Mode().IsRegular():
		return "", fileError("file.unsupported",
			"%s is not a file: give the name of an .xlsx or .csv file.",
			"%s n'est pas un fichier : indiquez le nom d'un fichier .xlsx ou .csv.", filepath.Base(path))
	case info.Size() == 0:
		return "", fileError(CodeEmpty,
			"The file is empty: save it again from your spreadsheet program.",
			"Le fichier est vide : enregistrez-le de nouveau depuis votre tableur.")
	case info.Size() > limits.FileSize:
		return "", fileError("file.too-large",
			"The file is larger than %d MB: split it into several files.",
			"Le fichier dépasse %d Mo : divisez-le en plusieurs fichiers.", limits.FileSize>>20)
	}
	content, err := contentForm(path)
	if err != nil {
		return "", fmt.Errorf("read the rollout file: %w", err)
	}
	return content, agree(strings.ToLower(filepath.Ext(path)), content)
}

func contentForm(path string) (form, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	start, err := io.ReadAll(io.LimitReader(file, sniffed))
	if err != nil {
		return "", err
	}
	for _, m := range magics {
		switch {
		case !bytes.HasPrefix(start, []byte(m.start)):
		case m.form == formOLE && contains(io.MultiReader(bytes.NewReader(start), file), encrypted):
			return formLocked, nil
		default:
			return m.form, nil
		}
	}
	if _, wide := utf16Order(start); !wide && bytes.IndexByte(start, 0) >= 0 {
		return formBinary, nil
	}
	return formCSV, nil
}

// encrypted is the name of the stream that holds a workbook with a password, as OLE
// files write it. Source: MS-OFFCRYPTO, section 2.3.4.4 (EncryptedPackage stream).
var encrypted = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")

// contains reports whether a text stands anywhere in what can be read.
func contains(in io.Reader, text []byte) bool {
	buffer := make([]byte, 64<<10)
	kept := 0 // bytes at the buffer's start that may begin the text
	for {
		n, err := in.Read(buffer[kept:])
		seen := buffer[:kept+n]
		if bytes.Contains(seen, text) {
			return true
		}
		if err != nil {
			return false
		}
		kept = copy(buffer, seen[max(0, len(seen)-len(text)+1):])
	}
}

// isWorkbookName reports whether files that are so named are workbooks that are read.
func isWorkbookName(extension string) bool { return extension == ".xlsx" || extension == ".xlsm" }

// agree checks that a file is what the end of its name says.
func agree(extension string, content form) error {
	book := isWorkbookName(extension)
	switch {
	case book && content == formXLSX, extension == ".csv" && content == formCSV:
		return nil
	case book && content == formCSV:
		return fileError("file.not-xlsx",
			"The file is named %s, but it is a text file: rename it to .csv, or save it as an Excel workbook (.xlsx).",
			"Le fichier est nommé %s, mais c'est un fichier texte : renommez-le en .csv, ou enregistrez-le comme classeur Excel (.xlsx).", extension)
	case content == formLocked:
		return fileError("file.password",
			"The workbook is protected by a password, so it cannot be read: open it in Excel, remove the password under File, Info, Protect Workbook, Encrypt with Password, and save it as an Excel workbook (.xlsx).",
			"Le classeur est protégé par un mot de passe et ne peut donc être lu : ouvrez-le dans Excel, retirez le mot de passe sous Fichier, Informations, Protéger le classeur, Chiffrer avec mot de passe, et enregistrez-le comme classeur Excel (.xlsx).")
	case book && content == formOLE:
		return fileError("file.not-xlsx",
			"The file is named %s, but it is an old .xls file: open it in Excel and save it as an Excel workbook (.xlsx), without a password.",
			"Le fichier est nommé %s, mais c'est un ancien fichier .xls : ouvrez-le dans Excel et enregistrez-le comme classeur Excel (.xlsx), sans mot de passe.", extension)
	case book:
		return fileError("file.not-xlsx",
			"The file is named %s, but %s: save your table as an Excel workbook (.xlsx).",
			"Le fichier est nommé %s, mais %s : enregistrez votre tableau comme classeur Excel (.xlsx).", extension, itIs[content])
	case extension == ".csv" && content == formXLSX:
		return fileError(CodeNotCSV,
			"The file is named .csv, but it is a workbook: rename it to .xlsx, or save it as CSV UTF-8.",
			"Le fichier est nommé .csv, mais c'est un classeur : renommez-le en .xlsx, ou enregistrez-le au format CSV UTF-8.")
	case extension == ".csv":
		return fileError(CodeNotCSV,
			"The file is named .csv, but %s: save your table as CSV UTF-8.",
			"Le fichier est nommé .csv, mais %s : enregistrez votre tableau au format CSV UTF-8.", itIs[content])
	case extension == "":
		return fileError("file.unsupported",
			"The file's name does not say what it is: save your table as .xlsx or .csv.",
			"Le nom du fichier n'indique pas ce que c'est : enregistrez votre tableau au format .xlsx ou .csv.")
	}
	if how, ok := conversions[extension]; ok {
		return fileError("file.unsupported",
			"Files named %s are not read: %s .xlsx or .csv.",
			"Les fichiers %s ne sont pas lus : %s .xlsx ou .csv.", extension, how)
	}
	return fileError("file.unsupported",
		"Files named %s are not read: save your table as .xlsx or .csv.",
		"Les fichiers %s ne sont pas lus : enregistrez votre tableau au format .xlsx ou .csv.", extension)
}

// conversions say how files of other programs become files that are read.
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
		"ce ne sont que des liens vers Google Sheets ; ouvrez-y le tableau, choisissez Fichier, Télécharger, et téléchargez-le au format"),
	".pdf": rollout.Say(
		"a PDF has no cells; ask for the table that it was made from, saved as",
		"un PDF n'a pas de cellules ; demandez le tableau dont il est issu, enregistré au format"),
}

var fromTemplate = rollout.Say(
	"open the template in Excel, choose Save As, and save your table as",
	"ouvrez le modèle dans Excel, choisissez Enregistrer sous, et enregistrez votre tableau au format")

// otherForm says what a zip archive is that is no Excel workbook, by its parts' names
// in lower case.
func otherForm(has func(part string) bool) rollout.Text {
	switch {
	case has("xl/workbook.bin"):
		return rollout.Say(
			"it is a binary workbook (.xlsb): open it in Excel, choose Save As and",
			"c'est un classeur binaire (.xlsb) : ouvrez-le dans Excel, choisissez Enregistrer sous et")
	case has("content.xml") && has("mimetype"):
		return rollout.Say(
			"it is an OpenDocument file (.ods): open it in LibreOffice, choose Save As and",
			"c'est un fichier OpenDocument (.ods) : ouvrez-le dans LibreOffice, choisissez Enregistrer sous et")
	case has("index/document.iwa"), has("index.zip"):
		return rollout.Say(
			"it is a file of Apple Numbers: open it in Numbers, choose File, Export To and",
			"c'est un fichier Numbers d'Apple : ouvrez-le dans Numbers, choisissez Fichier, Exporter vers et")
	}
	return rollout.Say("it is not an Excel workbook:", "ce n'est pas un classeur Excel :")
}
