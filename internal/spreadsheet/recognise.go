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
)

// form is what a file is made of.
type form string

const (
	formXLSX   form = "workbook"
	formCSV    form = "text"
	formOLE    form = "old .xls file"
	formLocked form = "workbook with a password"
	formPDF    form = "PDF"
	formBinary form = "anything else"

	// The zip archives that are no Excel workbooks.
	formXLSB    form = "binary workbook"
	formODS     form = "OpenDocument file"
	formNumbers form = "file of Apple Numbers"
	formZip     form = "another zip archive"
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
		return "", errNotFound(filepath.Base(path))
	case err != nil:
		return "", fmt.Errorf("look at the rollout file: %w", err)
	case !info.Mode().IsRegular():
		return "", errNoFile(filepath.Base(path))
	case info.Size() == 0:
		return "", errNoContent()
	case info.Size() > limits.FileSize:
		return "", errFileTooLarge(limits.FileSize)
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
		return errTextNamedWorkbook(extension)
	case content == formLocked:
		return errPassword()
	case book && content == formOLE:
		return errOldWorkbook(extension)
	case book:
		return errNamedWorkbook(extension, content)
	case extension == ".csv" && content == formXLSX:
		return errWorkbookNamedCSV()
	case extension == ".csv":
		return errNamedCSV(content)
	case extension == "":
		return errNoExtension()
	}
	if how, ok := conversions[extension]; ok {
		return errOtherFormat(extension, how)
	}
	return errUnknownFormat(extension)
}

// formOfArchive tells what a zip archive is that is no Excel workbook, by its parts' names
// in lower case.
func formOfArchive(has func(part string) bool) form {
	switch {
	case has("xl/workbook.bin"):
		return formXLSB
	case has("content.xml") && has("mimetype"):
		return formODS
	case has("index/document.iwa"), has("index.zip"):
		return formNumbers
	}
	return formZip
}
