// This file makes the workbooks of testdata anew: by LibreOffice (from .fods) and by excelize.
// Those in the XML of Excel (.parts) are written by hand.

package spreadsheet_test

import (
	"flag"
	"os/exec"
	"testing"

	"github.com/xuri/excelize/v2"
)

var convert = flag.Bool("convert", false, "write testdata/*.xlsx anew, those from .fods if LibreOffice is there")

func makeWorkbooks(t *testing.T) {
	t.Helper()
	if office, err := exec.LookPath("libreoffice"); err == nil {
		out, err := exec.Command(office, "--headless", "--convert-to", "xlsx", "--outdir", "testdata",
			"testdata/libreoffice.fods").CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	f := excelize.NewFile()
	must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"technicalSiteName", "customerSiteLabel", "country", "vpn", "pc", "hno", "a6"}))
	must(t, f.SetSheetRow("Sheet1", "A2", &[]any{"A", "L", "FR", 1, 1234, 1e10, "'-1"}))
	must(t, f.SetSheetRow("Sheet1", "A3", &[]any{"B", "L", "FR", true, 46000, 0.3, "#REF!"}))
	must(t, f.SetSheetRow("Sheet1", "A4", &[]any{"C", "L", "FR", 1, 75002.5, nil, " x "}))
	must(t, f.SetCellRichText("Sheet1", "B4", []excelize.RichTextRun{{Text: "Rich ", Font: &excelize.Font{Bold: true}}, {Text: "text"}}))
	must(t, f.SetCellFormula("Sheet1", "F4", "1+1"))
	zeros, amount := "00000", "#,##0.00"
	for cell, style := range map[string]*excelize.Style{"E2": {CustomNumFmt: &zeros}, "E3": {NumFmt: 14}, "E4": {CustomNumFmt: &amount}} {
		id, err := f.NewStyle(style)
		must(t, err)
		must(t, f.SetCellStyle("Sheet1", cell, cell, id))
	}
	must(t, f.SetRowVisible("Sheet1", 3, false))
	must(t, f.MergeCell("Sheet1", "C3", "D3"))
	must(t, f.SaveAs("testdata/excelize.xlsx"))
	must(t, f.Close())
}
