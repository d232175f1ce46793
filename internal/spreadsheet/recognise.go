// This file recognises a file by its content and by its name.

package spreadsheet

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// fileForm is what a file is made of.
type fileForm string

const (
	formXLSX   fileForm = "workbook"
	formCSV    fileForm = "text"
	formOLE    fileForm = "old .xls file"
	formLocked fileForm = "workbook with a password"
	formPDF    fileForm = "PDF"
	formBinary fileForm = "anything else"

	// Zip archives that are no Excel workbooks.
	formXLSB    fileForm = "binary workbook"
	formODS     fileForm = "OpenDocument file"
	formNumbers fileForm = "file of Apple Numbers"
	formZip     fileForm = "another zip archive"
)

// magics are the first bytes of files of some forms.
var magics = []struct {
	start string
	form  fileForm
}{
	{"PK\x03\x04", formXLSX},
	{"PK\x05\x06", formXLSX}, // an empty zip archive
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", formOLE},
	{"%PDF-", formPDF},
}

// sniffedBytes is the number of bytes by which text is told from anything else.
const sniffedBytes = 8 << 10

// recognise returns formXLSX or formCSV if a file's name and content agree on it.
func recognise(path string, limits Limits) (fileForm, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		return "", errNotFound(filepath.Base(path))
	case err != nil:
		return "", errRead(err)
	case !info.Mode().IsRegular():
		return "", errNoFile(filepath.Base(path))
	case info.Size() == 0:
		return "", errNoContent()
	case info.Size() > limits.FileSize:
		return "", errFileTooLarge(limits.FileSize)
	}
	content, err := formOfContent(path)
	if err != nil {
		return "", errRead(err)
	}
	return content, checkName(strings.ToLower(filepath.Ext(path)), content)
}

func formOfContent(path string) (fileForm, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	start, err := io.ReadAll(io.LimitReader(file, sniffedBytes))
	if err != nil {
		return "", err
	}
	for _, m := range magics {
		switch {
		case !bytes.HasPrefix(start, []byte(m.start)):
		case m.form == formOLE && containsText(io.MultiReader(bytes.NewReader(start), file), encryptedPackage):
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

// encryptedPackage is the name, as OLE files write it, of the stream that holds a workbook with a
// password. Source: MS-OFFCRYPTO, section 2.3.4.4 (EncryptedPackage stream).
var encryptedPackage = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")

// containsText reports whether a text stands anywhere in what can be read.
func containsText(in io.Reader, text []byte) bool {
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

// isWorkbookName reports whether workbooks with this end of their names are read.
func isWorkbookName(extension string) bool { return extension == ".xlsx" || extension == ".xlsm" }

// checkName refuses a file that is not what the end of its name says.
func checkName(extension string, content fileForm) error {
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

// formOfArchive is the form of a zip archive that is no Excel workbook, by the names of its parts
// in lower case.
func formOfArchive(has func(part string) bool) fileForm {
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
