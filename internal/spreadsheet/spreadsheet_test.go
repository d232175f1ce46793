// This file tests how a file is read, whichever its format: what is read of the files in
// testdata, and why files are refused. What only workbooks can do is in xlsx_test.go, what
// only CSV files can do in csv_test.go.

package spreadsheet_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"btrollout/internal/importer/importertest"
	"btrollout/internal/rollout"
	"btrollout/internal/spreadsheet"
	"btrollout/internal/xlsx"
)

var update = flag.Bool("update", false, "write what is read to testdata/*.want")

const header = "technicalSiteName,customerSiteLabel,country,vpn"

// options say that a row looks the more like a header, the more of some names it holds.
var options = spreadsheet.Options{HeaderScore: func(cells []string) (score int) {
	names := append(strings.Split(header, ","), "Site name", "Label", "Country", "VPN", "City", "a3")
	for _, cell := range cells {
		if slices.Contains(names, cell) {
			score++
		}
	}
	return score
}}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// read reads the rows of all sheets of a file.
func read(path string, o spreadsheet.Options) ([]spreadsheet.Row, error) {
	book, err := spreadsheet.Open(path, o)
	if err != nil {
		return nil, err
	}
	var all []spreadsheet.Row
	for _, sheet := range book.Sheets() {
		rows, err := readSheet(book, sheet.Name)
		if all = append(all, rows...); err != nil {
			return all, errors.Join(err, book.Close())
		}
	}
	return all, book.Close()
}

// readSheet reads the rows of a sheet.
func readSheet(book *spreadsheet.Book, sheet string) (all []spreadsheet.Row, err error) {
	rows, err := book.Open(sheet)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		row.Cells = slices.Clone(row.Cells)
		if row.Text != nil {
			text := row.Text()
			row.Text = func() string { return text }
		}
		all = append(all, row)
	}
}

// TestFiles reads each file of testdata and compares all of it with the .want file beside it.
func TestFiles(t *testing.T) {
	t.Parallel()
	if *convert {
		makeWorkbooks(t)
	}
	var inputs []string
	for pattern, least := range map[string]int{"*.csv": 9, "*.xlsx": 2, "*.parts": 2} {
		found, err := filepath.Glob("testdata/" + pattern)
		must(t, err)
		if inputs = append(inputs, found...); len(found) < least {
			t.Fatalf("%s: %v", pattern, found)
		}
	}
	for _, input := range inputs {
		t.Run(filepath.Base(input), func(t *testing.T) {
			t.Parallel()
			file, wantFile := input, input+".want"
			if strings.HasSuffix(input, ".parts") {
				file = importertest.Write(t, "a.xlsm", string(importertest.Pack(t, importertest.Parts(t, input))))
			}
			got := describe(t, file)
			importertest.CompareFile(t, wantFile, got, *update)
		})
	}
}

// describe writes what is read of a file as text.
func describe(t *testing.T, path string) string {
	t.Helper()
	book, err := spreadsheet.Open(path, options)
	must(t, err)
	defer book.Close()
	var out strings.Builder
	for _, remark := range book.Remarks() {
		fmt.Fprintf(&out, "remark: %s\n", remark)
	}
	for _, sheet := range book.Sheets() {
		fmt.Fprintf(&out, "sheet %q, hidden: %t\n", sheet.Name, sheet.Hidden)
		rows, err := readSheet(book, sheet.Name)
		must(t, err)
		for _, row := range rows {
			describeRow(&out, row)
		}
	}
	return out.String()
}

func describeRow(out *strings.Builder, row spreadsheet.Row) {
	fmt.Fprintf(out, "row %d %q", row.Number, row.Cells)
	if row.Hidden {
		fmt.Fprint(out, " hidden")
	}
	if row.Text != nil {
		fmt.Fprintf(out, "\n\ttext %q", row.Text())
	}
	if f := row.Unreadable; f != nil {
		fmt.Fprintf(out, "\n\t%s %q: %s", f.Code, f.Value, f.Message)
	}
	for _, f := range row.CellFaults {
		fmt.Fprintf(out, "\n\t%s: %s %q: %s", xlsx.ColumnName(f.Column+1), f.Code, f.Value, f.Message)
	}
	fmt.Fprintln(out)
}

func TestFileErrors(t *testing.T) {
	t.Parallel()
	row := "\nA,L,FR,1"
	cases := []struct {
		name, file, content string
		code                string
		says                []string // parts of the message
	}{
		{"empty", "a.csv", "", "file.empty", []string{"empty"}},
		{"zip named csv", "a.csv", "PK\x03\x04....", "file.not-csv", []string{"rename it to .xlsx"}},
		{"text named xlsx", "a.xlsx", header + row, "file.not-xlsx", []string{"rename it to .csv"}},
		{"old xls named xlsx", "a.xlsx", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....", "file.not-xlsx", []string{"password", ".xls"}},
		{"old xls named csv", "a.csv", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....", "file.not-csv", []string{"old .xls", "CSV UTF-8"}},
		{"pdf named csv", "a.csv", "%PDF-1.7 ...", "file.not-csv", []string{"a PDF document"}},
		{"pdf named xlsx", "a.xlsx", "%PDF-1.7 ...", "file.not-xlsx", []string{"a PDF document"}},
		{"binary named csv", "a.csv", "abc\x00def", "file.not-csv", []string{"neither a workbook nor text"}},
		{"neither utf-8 nor windows-1252", "a.csv", header + "\nA,Caf\xe9 \x81,FR,1", "file.not-utf8", []string{"CSV UTF-8"}},
		{"macintosh", "a.csv", header + "\rA,L,FR,1\r", "file.not-csv", []string{"Macintosh"}},
		{"no archive", "a.xlsx", "PK\x03\x04 and nothing that follows", "file.damaged", []string{"damaged"}},
		{"xls", "a.xls", "x", "file.unsupported", []string{".xls ", ".xlsx or .csv"}},
		{"ods", "a.ODS", "x", "file.unsupported", []string{".ods ", ".xlsx or .csv"}},
		{"numbers", "a.numbers", "x", "file.unsupported", []string{".numbers ", ".xlsx or .csv"}},
		{"no extension", "a", "x", "file.unsupported", []string{".xlsx or .csv"}},
		{"open quote", "a.csv", header + row + "\nB,\"L,FR,1\nC,L,FR,1\nD,L,FR,1\n", "file.quote-open", []string{"row 3 (line 3)", "line 5"}},
		{"quote that swallows rows", "a.csv", header + row + "\nB,\"L,FR,1\nC,\"L,FR,1\nD,L,FR,1\n", "file.quote-open",
			[]string{"row 3 (line 3)", "line 4"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := read(importertest.Write(t, c.file, c.content), options)
			importertest.WantFileError(t, err, c.code, c.says...)
		})
	}
}

// TestFileErrorsInFrench reads whole sentences: those that are put together from pieces.
func TestFileErrorsInFrench(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, path, want string }{
		{"PDF named xlsx", importertest.Write(t, "a.xlsx", "%PDF-1.7"),
			`Le fichier est nommé .xlsx, mais c'est un document PDF : enregistrez votre tableau comme classeur Excel (.xlsx).`},
		{"ods", importertest.Write(t, "a.ods", "x"),
			`Les fichiers .ods ne sont pas lus : ouvrez le fichier dans LibreOffice, choisissez Enregistrer sous, et enregistrez votre ` +
				`tableau au format .xlsx ou .csv.`},
		{"ods named xlsx", importertest.Write(t, "a.xlsx", string(importertest.Pack(t, map[string]string{"content.xml": "x", "mimetype": "x"}))),
			`Le fichier porte le nom d'un classeur Excel, mais c'est un fichier OpenDocument (.ods) : ouvrez-le dans LibreOffice, ` +
				`choisissez Enregistrer sous et enregistrez votre tableau comme classeur Excel (.xlsx).`},
		{"open quote", importertest.Write(t, "a.csv", header+"\nA,L,FR,1,x,y,z\nB,\"L,FR,1\nC,L,FR,1\n"),
			`Un guillemet s'ouvre à la ligne 3 du tableau (ligne 3 du texte) et n'est pas fermé avant la ligne 4 du texte, si bien qu'on ` +
				`ne peut séparer les lignes intermédiaires : fermez-le ou supprimez-le, ou enregistrez le fichier au format .xlsx.`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := read(c.path, options)
			var fault *spreadsheet.FileError
			if !errors.As(err, &fault) || fault.Message.FR != c.want {
				t.Errorf("got  %+v\nwant %s", fault, c.want)
			}
		})
	}
}

func TestOpen_PathsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, loop, locked := importertest.Write(t, "a.csv", header), filepath.Join(dir, "loop.xlsx"), importertest.Write(t, "b.csv", header)
	must(t, os.Symlink(loop, loop))
	must(t, os.Chmod(locked, 0))
	for _, c := range []struct{ path, code, says string }{
		{filepath.Join(dir, "absent.csv"), "file.not-found", "absent.csv"},
		{filepath.Join(file, "below.csv"), "file.not-found", "below.csv"},
		{filepath.Join(dir, strings.Repeat("n", 300)+".csv"), "file.not-found", "There is no file n"},
		{dir, "file.unsupported", "not a file"},
		{loop, "file.unreadable", "(it is a link that leads back to itself)"},
		{locked, "file.unreadable", "(you have no right to read it)"},
	} {
		if c.path == locked && os.Geteuid() == 0 { // who may read everything
			continue
		}
		_, err := spreadsheet.Open(c.path, options)
		importertest.WantFileError(t, err, c.code, c.says)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	large := importertest.Write(t, "a.csv", header)
	must(t, os.Truncate(large, spreadsheet.DefaultLimits.FileSize+1))
	_, err := spreadsheet.Open(large, options)
	importertest.WantFileError(t, err, "file.too-large", "200 MB")

	small := importertest.Write(t, "a.xlsx", string(wholeBook(t)))
	for _, limits := range []spreadsheet.Limits{{Unzipped: 1000}, {FileSize: 100}} { // they go before what is usual
		_, err := spreadsheet.Open(small, spreadsheet.Options{Limits: limits})
		importertest.WantFileError(t, err, "file.too-large")
	}
}

// checkInvariants checks what is true of whatever is read, however it is made.
func checkInvariants(t *testing.T, path string) {
	t.Helper()
	book, err := spreadsheet.Open(path, options)
	if err != nil {
		checkFileError(t, err)
		return
	}
	defer book.Close()
	for _, sheet := range book.Sheets() {
		rows, err := readSheet(book, sheet.Name)
		if err != nil {
			checkFileError(t, err)
		}
		last := 0
		for _, row := range rows {
			if row.Number <= last {
				t.Fatalf("row %d after row %d", row.Number, last)
			}
			last = row.Number
			checkRow(t, row)
		}
	}
}

func checkFileError(t *testing.T, err error) {
	t.Helper()
	var fault *spreadsheet.FileError
	if !errors.As(err, &fault) || fault.Code == "" || !importertest.IsWorded(fault) {
		t.Fatalf("not a worded FileError: %v", err)
	}
}

func checkRow(t *testing.T, row spreadsheet.Row) {
	t.Helper()
	faults := []spreadsheet.Fault{}
	if row.Unreadable != nil {
		if faults = append(faults, *row.Unreadable); len(row.Cells) > 0 {
			t.Fatalf("row %d cannot be read and has %q", row.Number, row.Cells)
		}
	}
	for _, f := range row.CellFaults {
		if faults = append(faults, f.Fault); f.Column < 0 {
			t.Fatalf("row %d has a fault in column %d", row.Number, f.Column)
		}
	}
	for _, f := range faults {
		if !isSentence(f.Message) || !slices.ContainsFunc(spreadsheet.Kinds(), func(k rollout.Kind) bool { return k.Code == f.Code }) {
			t.Fatalf("row %d has an unworded fault: %+v", row.Number, f)
		}
	}
	for _, cell := range row.Cells {
		if !utf8.ValidString(cell) {
			t.Fatalf("row %d has %q, which is not in UTF-8", row.Number, cell)
		}
	}
}

// isSentence reports whether a text is worded in both languages.
func isSentence(text rollout.Text) bool {
	return strings.HasSuffix(text.EN, ".") && strings.HasSuffix(text.FR, ".") && text.EN != text.FR
}
