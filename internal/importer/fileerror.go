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
	formOLE    form = "an old .xls file or a password-protected workbook"
	formPDF    form = "a PDF document"
	formUTF16  form = "a text file in UTF-16"
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
	{"\xFF\xFE", formUTF16},
	{"\xFE\xFF", formUTF16},
}

// sniffed is how many bytes are looked at to tell text from anything else.
const sniffed = 8 << 10

// recognise returns formXLSX or formCSV when name and content agree on it.
func recognise(path string) (form, error) {
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
	case info.Size() > MaxFileSize:
		return "", fileError("file.too-large", "The file is larger than %d MB: split it into several files.", MaxFileSize>>20)
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
		if bytes.HasPrefix(start, []byte(m.start)) {
			return m.form, nil
		}
	}
	if bytes.IndexByte(start, 0) >= 0 {
		return formBinary, nil
	}
	return formCSV, nil
}

// agree checks that a file is what the end of its name says.
func agree(extension string, content form) error {
	switch {
	case extension == ".xlsx" && content == formXLSX, extension == ".csv" && content == formCSV:
		return nil
	case extension == ".xlsx" && content == formCSV:
		return fileError("file.not-xlsx", "The file is named .xlsx, but it is a text file: rename it to .csv, or save it as an Excel workbook (.xlsx).")
	case extension == ".xlsx" && content == formOLE:
		return fileError("file.not-xlsx", "The file is password-protected, or it is an old .xls file: save it without a password as an Excel workbook (.xlsx).")
	case extension == ".xlsx":
		return fileError("file.not-xlsx", "The file is named .xlsx, but it is %s: save your table as an Excel workbook (.xlsx).", content)
	case extension == ".csv" && content == formXLSX:
		return fileError("file.not-csv", "The file is named .csv, but it is a workbook: rename it to .xlsx, or save it as CSV UTF-8.")
	case extension == ".csv":
		return fileError("file.not-csv", "The file is named .csv, but it is %s: save your table as CSV UTF-8.", content)
	case extension == "":
		return fileError("file.unsupported", "The file's name does not say what it is: save your table as .xlsx or .csv.")
	}
	return fileError("file.unsupported", "Files named %s are not read: save your table as .xlsx or .csv.", extension)
}
