// This file tests what people are told of files of kinds that are not read.

package spreadsheet_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"btrollout/internal/importer/importertest"
)

func TestForms(t *testing.T) {
	t.Parallel()
	ole := "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 100_000)
	locked := ole + utf16Text("EncryptedPackage") + ole
	zipOf := func(name string) string {
		return string(importertest.Pack(t, map[string]string{name: "x", "mimetype": "x"}))
	}
	good := string(wholeBook(t))
	for _, c := range []struct {
		name, content, code string
		says                []string
	}{
		{"a.xlsm", good, "", nil},
		{"a.XLSX", good, "", nil},
		{"a.xls", ole, "file.unsupported", []string{".xls ", "Save As", ".xlsx"}},
		{"a.xlsb", zipOf("xl/workbook.bin"), "file.unsupported", []string{"binary", "Save As"}},
		{"a.xltx", good, "file.unsupported", []string{"template"}},
		{"a.ods", zipOf("content.xml"), "file.unsupported", []string{"LibreOffice"}},
		{"a.Numbers", zipOf("Index/Document.iwa"), "file.unsupported", []string{".numbers ", "Export To"}},
		{"a.gsheet", `{"url": "x"}`, "file.unsupported", []string{"link to Google Sheets", "Download"}},
		{"a.pdf", "%PDF-1.7", "file.unsupported", []string{"no cells"}},
		{"a.doc", ole, "file.unsupported", []string{".doc "}},
		{"a.xlsx", ole, "file.not-xlsx", []string{"old .xls file"}},
		{"a.xlsx", locked, "file.password", []string{"password"}},
		{"a.xls", locked, "file.password", []string{"password"}},
		{"a.xlsx", zipOf("xl/workbook.bin"), "file.not-xlsx", []string{".xlsb", "Save As"}},
		{"a.xlsx", zipOf("content.xml"), "file.not-xlsx", []string{".ods", "LibreOffice"}},
		{"a.xlsx", zipOf("Index/Document.iwa"), "file.not-xlsx", []string{"Numbers"}},
		{"a.xlsx", zipOf("word/document.xml"), "file.not-xlsx", []string{"not an Excel workbook"}},
	} {
		t.Run(c.name+" "+c.code, func(t *testing.T) {
			t.Parallel()
			rows, err := read(importertest.Write(t, c.name, c.content), options)
			if c.code != "" {
				importertest.WantFileError(t, err, c.code, c.says...)
				return
			}
			must(t, err)
			if len(rows) != 3 {
				t.Errorf("%d rows, want 3", len(rows))
			}
		})
	}
}

// utf16Text is a text as OLE files name their streams.
func utf16Text(text string) string {
	var out strings.Builder
	for _, c := range utf16.Encode([]rune(text)) {
		out.WriteByte(byte(c))
		out.WriteByte(byte(c >> 8))
	}
	return out.String()
}
