package importer

// This file holds FileError and the recognition of a file by its content. What
// the file's rows say is judged in header.go and row.go.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// FileError says why a file as a whole cannot be used.
type FileError struct {
	Code    string // permanent, such as "file.column-missing"
	Message string // one sentence for the file's author: what is wrong and what to do
	Cause   error  // what lies behind it, for a log; may be nil
}

// Error is the Message.
func (e *FileError) Error() string { return e.Message }

// Unwrap is the Cause.
func (e *FileError) Unwrap() error { return e.Cause }

func fileError(code, format string, args ...any) *FileError {
	return &FileError{Code: code, Message: fmt.Sprintf(format, args...)}
}

func damaged(cause error) *FileError {
	err := fileError("file.damaged", "The file is damaged and cannot be read: open it in your spreadsheet program, save it under a new name and use that.")
	err.Cause = cause
	return err
}

// form is what a file is made of.
type form string

const (
	formXLSX   form = "an Excel workbook"
	formCSV    form = "a text file"
	formOLE    form = "an old .xls file"
	formLocked form = "a workbook with a password"
	formPDF    form = "a PDF document"
	formBinary form = "neither a workbook nor text"
)

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
		return "", fileError("file.not-found", "There is no file %s: check the name.", filepath.Base(path))
	case err != nil:
		return "", fmt.Errorf("look at the rollout file: %w", err)
	case !info.Mode().IsRegular():
		return "", fileError("file.unsupported", "%s is not a file: give the name of an .xlsx or .csv file.", filepath.Base(path))
	case info.Size() == 0:
		return "", fileError("file.empty", "The file is empty: save it again from your spreadsheet program.")
	case info.Size() > limits.FileSize:
		return "", fileError("file.too-large", "The file is larger than %d MB: split it into several files.", limits.FileSize>>20)
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
		return fileError("file.not-xlsx", "The file is named %s, but it is a text file: rename it to .csv, or save it as an Excel workbook (.xlsx).", extension)
	case content == formLocked:
		return fileError("file.password", "The workbook is protected by a password, so it cannot be read: open it in Excel, remove the password under File, Info, Protect Workbook, Encrypt with Password, and save it as an Excel workbook (.xlsx).")
	case book && content == formOLE:
		return fileError("file.not-xlsx", "The file is named %s, but it is an old .xls file: open it in Excel and save it as an Excel workbook (.xlsx), without a password.", extension)
	case book:
		return fileError("file.not-xlsx", "The file is named %s, but it is %s: save your table as an Excel workbook (.xlsx).", extension, content)
	case extension == ".csv" && content == formXLSX:
		return fileError("file.not-csv", "The file is named .csv, but it is a workbook: rename it to .xlsx, or save it as CSV UTF-8.")
	case extension == ".csv":
		return fileError("file.not-csv", "The file is named .csv, but it is %s: save your table as CSV UTF-8.", content)
	case extension == "":
		return fileError("file.unsupported", "The file's name does not say what it is: save your table as .xlsx or .csv.")
	}
	if how, ok := conversions[extension]; ok {
		return fileError("file.unsupported", "Files named %s are not read: %s .xlsx or .csv.", extension, how)
	}
	return fileError("file.unsupported", "Files named %s are not read: save your table as .xlsx or .csv.", extension)
}

// conversions say how files of other programs become files that are read.
var conversions = map[string]string{
	".xls":     "open the file in Excel or LibreOffice, choose Save As, and save your table as",
	".xlsb":    "open the binary workbook in Excel, choose Save As, and save your table as",
	".xltx":    "open the template in Excel, choose Save As, and save your table as",
	".xltm":    "open the template in Excel, choose Save As, and save your table as",
	".ods":     "open the file in LibreOffice, choose Save As, and save your table as",
	".numbers": "open the file in Numbers, choose File, Export To, and export your table as",
	".gsheet":  "it is only a link to Google Sheets; open it there, choose File, Download, and download your table as",
	".pdf":     "a PDF has no cells; ask for the table that it was made from, saved as",
}

// otherForm says what a zip archive is that is no Excel workbook, by its parts' names
// in lower case.
func otherForm(has func(part string) bool) string {
	switch {
	case has("xl/workbook.bin"):
		return "a binary workbook (.xlsb): open it in Excel, choose Save As and"
	case has("content.xml") && has("mimetype"):
		return "an OpenDocument file (.ods): open it in LibreOffice, choose Save As and"
	case has("index/document.iwa"), has("index.zip"):
		return "a file of Apple Numbers: open it in Numbers, choose File, Export To and"
	}
	return "not an Excel workbook:"
}
