package importer_test

// This file reads the workbooks of testdata: by LibreOffice (from .fods), by excelize,
// and in the XML of Excel (.parts), each beside what is read of it (.want).

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

var convert = flag.Bool("convert", false, "write testdata/*.xlsx anew, those from .fods if LibreOffice is there")

func TestWorkbooks(t *testing.T) {
	t.Parallel()
	if *convert {
		makeWorkbooks(t)
	}
	inputs, err := filepath.Glob("testdata/*.xlsx")
	must(t, err)
	texts, err := filepath.Glob("testdata/*.parts")
	must(t, err)
	if inputs = append(inputs, texts...); len(inputs) < 4 {
		t.Fatalf("inputs: %v", inputs)
	}
	for _, input := range inputs {
		t.Run(filepath.Base(input), func(t *testing.T) {
			t.Parallel()
			file, wantFile := input, input+".want"
			if strings.HasSuffix(input, ".parts") {
				file = write(t, "a.xlsm", string(pack(t, partsOf(t, input))))
			}
			got := describe(t, file)
			if *update {
				must(t, os.WriteFile(wantFile, []byte(got), 0o644))
			}
			want, err := os.ReadFile(wantFile)
			must(t, err)
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// partsOf reads a workbook that is written as text: each part below its name.
func partsOf(t testing.TB, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	parts := map[string]string{}
	for _, part := range strings.Split("\n"+string(text), "\n-- ")[1:] {
		name, content, _ := strings.Cut(part, " --\n")
		parts[name] = content
	}
	return parts
}

func makeWorkbooks(t *testing.T) {
	t.Helper()
	if office, err := exec.LookPath("libreoffice"); err == nil {
		out, err := exec.Command(office, "--headless", "--convert-to", "xlsx", "--outdir", "testdata", "testdata/libreoffice.fods").CombinedOutput()
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
