// This file tests how a file is imported, whichever its format. What only workbooks can do is
// in xlsx_test.go.

package importer_test

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"btrollout/internal/importer"
	"btrollout/internal/importer/importertest"
	"btrollout/internal/rollout"
	"btrollout/internal/spreadsheet"
)

var update = flag.Bool("update", false, "write what is read to testdata/*.want")

// TestFiles reads each file of testdata, and each of internal/spreadsheet's, and compares all
// of it with the .want file in testdata.
func TestFiles(t *testing.T) {
	t.Parallel()
	var inputs []string
	for pattern, least := range map[string]int{
		"testdata/*.csv": 3, "../spreadsheet/testdata/*.csv": 9, "../spreadsheet/testdata/*.xlsx": 2, "../spreadsheet/testdata/*.parts": 2,
	} {
		found, err := filepath.Glob(pattern)
		must(t, err)
		if inputs = append(inputs, found...); len(found) < least {
			t.Fatalf("%s: %v", pattern, found)
		}
	}
	for _, input := range inputs {
		t.Run(filepath.Base(input), func(t *testing.T) {
			t.Parallel()
			file, wantFile := input, filepath.Join("testdata", filepath.Base(input)+".want")
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
	f, err := importer.Open(path, importer.Options{})
	must(t, err)
	defer f.Close()
	var out strings.Builder
	for _, remark := range f.Remarks() {
		fmt.Fprintf(&out, "remark: %s\n", remark)
	}
	for _, sheet := range f.Unread() {
		fmt.Fprintf(&out, "sheet %q is not read: %s\n", sheet.Name, sheet.Why)
	}
	for _, sheet := range f.Sheets() {
		describeSheet(&out, sheet)
	}
	for site, err := range f.Rows() {
		must(t, err)
		describeSite(&out, site)
	}
	for _, left := range f.LeftOut() {
		fmt.Fprintf(&out, "row %d is left out: %s\n", left.Row, left.Why)
	}
	if f.Hidden() > 0 {
		fmt.Fprintf(&out, "hidden: %d\n", f.Hidden())
	}
	return out.String()
}

func describeSheet(out *strings.Builder, sheet importer.Sheet) {
	fmt.Fprintf(out, "header row %d\n", sheet.Row)
	for i, column := range sheet.Columns {
		fmt.Fprintf(out, "\t%s %q feeds %s (%s)\n", sheet.Letters[i], column, cmp.Or(sheet.Fields[i], "nothing"),
			cmp.Or(sheet.How[i], "unrecognised"))
	}
	if len(sheet.Ignored) > 0 {
		fmt.Fprintf(out, "\tignored %q\n", sheet.Ignored)
	}
}

func describeSite(out *strings.Builder, s rollout.Site) {
	fmt.Fprintf(out, "row %d %s\n\tcells %q\n", s.Row, s.State, s.Cells)
	fmt.Fprintf(out, "\tname %q label %q country %q vpn %q reference %q voicesite %q\n",
		s.Name, s.Label, s.Country, s.VPN, s.Reference, s.Request.VoiceSiteID)
	fmt.Fprintf(out, "\taddress %q\n", s.Address)
	for _, p := range s.Problems {
		fmt.Fprintf(out, "\t%s %s %s value %q suggestion %q\n\t\t%s\n", p.Stage, p.Code, p.Field, p.Value, p.Suggestion, p.Message)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// read reads a whole file, of which it gives the first sheet's header.
func read(path string, o importer.Options) (importer.Sheet, []rollout.Site, error) {
	f, err := importer.Open(path, o)
	if err != nil {
		return importer.Sheet{}, nil, err
	}
	var sites []rollout.Site
	for site, err := range f.Rows() {
		if err != nil {
			return f.Sheets()[0], sites, errors.Join(err, f.Close())
		}
		sites = append(sites, site)
	}
	return f.Sheets()[0], sites, f.Close()
}

const header = "technicalSiteName,customerSiteLabel,country,vpn"

func TestFileErrors(t *testing.T) {
	t.Parallel()
	row := "\nA,L,FR,1"
	cases := []struct {
		name, file, content string
		code                string
		says                []string // parts of the message
	}{
		{"blank lines only", "a.csv", "\n , \n\n", "file.empty", []string{"no content"}},
		{"header only", "a.csv", header + "\n\n,,,\n", "file.no-rows", []string{"below row 1"}},
		{"utf-16 without content", "a.csv", "\xFF\xFE\r\x00\n\x00", "file.empty", nil},
		{"one column missing", "a.csv", "technicalSiteName,customerSiteLabel,country" + row, "file.column-missing",
			[]string{"lacks the column vpn:"}},
		{"columns missing", "a.csv", "technicalSiteName,country,pc" + row, "file.column-missing", []string{"columns customerSiteLabel and vpn:"}},
		{"no header", "a.csv", "PARIS,Head office,FR,1\nLYON,South,FR,1", "file.column-missing",
			[]string{"first 20 rows", "technicalSiteName, customerSiteLabel, country and vpn"}},
		{"unknown column", "a.csv", header + ",a12" + row, "file.column-unknown", []string{`the column "a12" (E):`, "row 1"}},
		{"unknown columns", "a.csv", header + ",adrExtInfo1,colour,addrExtInfo11" + row, "file.column-unknown",
			[]string{`columns "adrExtInfo1" (E; did you mean addrExtInfo1?) and "addrExtInfo11" (G`}},
		{"misspelt and missing", "a.csv", "technicalSiteName,customerSiteLable,contry\nA,L,FR", "file.column-unknown",
			[]string{"did you mean customerSiteLabel?", "did you mean country?", "misses the column vpn"}},
		{"column twice", "a.csv", header + ", COUNTRY " + row, "file.column-twice",
			[]string{`"country" (C) and "COUNTRY" (E) both hold country`}},
		{"too many columns", "a.csv", header + strings.Repeat(",", 200) + "x" + row, "file.too-many-columns", []string{"200"}},
		{"a name of 1001 letters", "a.csv", header + "," + strings.Repeat("x", 1001) + row, "file.header-cell",
			[]string{"row 1", "column E", "1000 characters"}},
		{"quote in header", "a.csv", header + ",a\"6" + row, "file.not-csv", []string{"row 1", "quotation mark"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := read(importertest.Write(t, c.file, c.content), importer.Options{})
			importertest.WantFileError(t, err, c.code, c.says...)
		})
	}
}

// TestFileErrorsInFrench reads whole sentences: those that are put together from pieces.
func TestFileErrorsInFrench(t *testing.T) {
	t.Parallel()
	row := "\nA,L,FR,1,x,y,z"
	mend := `corrigez l'en-tête à la ligne 1, ou indiquez ce qu'est une colonne avec --map "En-tête=champ" ("En-tête=-" : elle n'est ` +
		`pas utilisée).`
	swiss := (&asked{labels: swiss}).ask
	for _, c := range []struct {
		name, path string
		options    importer.Options
		want       string
	}{
		{"missing", importertest.Write(t, "a.csv", "Site name,Country,Owner,Netz"+row), importer.Options{},
			`Il manque au fichier les colonnes customerSiteLabel et vpn, à moins que ce ne soit l'une des colonnes "Owner" (C) et ` +
				`"Netz" (D) : ` + mend},
		{"missing, with many", importertest.Write(t, "a.csv", "Site name,Label,Country,u1,u2,u3,u4,u5,u6"+row), importer.Options{},
			`Il manque au fichier la colonne vpn, à moins que ce ne soit l'une des colonnes "u1" (D), "u2" (E), "u3" (F), "u4" (G), ` +
				`"u5" (H) et 1 de plus : ` + mend},
		{"misspelt and missing", importertest.Write(t, "a.csv", "technicalSiteName,customerSiteLable,contry"+row), importer.Options{},
			`btrollout ne reconnaît pas les colonnes "customerSiteLable" (B ; voulez-vous dire customerSiteLabel ?) et "contry" (C ; ` +
				`voulez-vous dire country ?), et il manque la colonne vpn : ` + mend},
		{"one of several sheets", workbookOf(t, sheetOf("CH", header+"\nA,L,CH,1"), sheetOf("BE", header+",a12\nB,L,BE,1,x")), importer.Options{},
			`Sur la feuille "BE" : btrollout ne reconnaît pas la colonne "a12" (E) : ` + mend + ` Si cette feuille n'est pas ` +
				`destinée à btrollout, nommez les autres avec --sheet.`},
		{"no such sheet", workbookOf(t, sheetOf("CH", header), sheetOf("BE", header), sheetOf("FR", header)),
			importer.Options{Sheets: []string{"DE"}},
			`Le classeur n'a pas de feuille "DE" : indiquez-en une parmi CH, BE et FR.`},
		{"ambiguous", importertest.Write(t, "a.csv", header+",Ort\nA,L,CH,1,x\nB,L,BE,1,x"), importer.Options{Labels: swiss},
			`La colonne "Ort" désigne a2 pour BE et a3 pour CH : nommez-la par le code voulu, ou mettez ces pays sur des feuilles distinctes.`},
		{"mapped wrongly", importertest.Write(t, "a.csv", header+",Standort"+row), importer.Options{Map: map[string]string{"Stadtort": "a3"}},
			`Aucune feuille n'a de colonne "Stadtort", qui est associée à "a3" ; la plus proche est "Standort" (E) : corrigez ` +
				`l'association, ou retirez-la.`},
		{"only the example", importertest.Write(t, "a.csv", header+"\nbt_example,Example,FR,1"), importer.Options{},
			`Le fichier n'a aucun site, car ses seules lignes, dont la ligne 2, ont été laissées de côté (c'est l'exemple du modèle) ` +
				`: mettez un site sur chaque ligne suivante, avec un technicalSiteName qui lui soit propre.`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := read(c.path, c.options)
			var fault *spreadsheet.FileError
			if !errors.As(err, &fault) || fault.Message.FR != c.want {
				t.Errorf("got  %+v\nwant %s", fault, c.want)
			}
		})
	}
}

func TestASheetOfACSVFile(t *testing.T) {
	t.Parallel()
	_, err := importer.Open(importertest.Write(t, "a.csv", header+"\nA,L,FR,1"), importer.Options{Sheets: []string{"Sites"}})
	importertest.WantFileError(t, err, "file.no-sheet", "Sites")
}

func TestLimits(t *testing.T) {
	t.Parallel()
	t.Run("rows", func(t *testing.T) {
		t.Parallel()
		var content strings.Builder
		content.WriteString(header)
		for i := range importer.DefaultLimits.Rows + 1 {
			fmt.Fprintf(&content, "\nS%d,L,FR,1", i)
		}
		_, sites, err := read(importertest.Write(t, "a.csv", content.String()), importer.Options{})
		importertest.WantFileError(t, err, "file.too-many-rows", "200000")
		if len(sites) != importer.DefaultLimits.Rows {
			t.Errorf("%d sites before the error, want %d", len(sites), importer.DefaultLimits.Rows)
		}
	})
	t.Run("cell", func(t *testing.T) {
		t.Parallel()
		long := strings.Repeat("é", importer.MaxCell+1)
		_, sites, err := read(importertest.Write(t, "a.csv", header+"\nA,"+long+",FR,1\nB,"+long[2:]+",FR,1"), importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if codes(sites[0]) != "row.cell-too-long" || sites[0].Label != long[2:] {
			t.Errorf("row A has %s and a label of %d bytes", codes(sites[0]), len(sites[0].Label))
		}
		if codes(sites[1]) != "" {
			t.Errorf("row B has %s", codes(sites[1]))
		}
	})
}

// TestLimitsThatAreAskedFor go before what is usual.
func TestLimitsThatAreAskedFor(t *testing.T) {
	t.Parallel()
	path := importertest.Write(t, "a.xlsx", string(importertest.OneSheet(t, importertest.WholeSheet, importertest.WholeStrings,
		importertest.Styles)))
	for code, limits := range map[string]importer.Limits{
		"file.too-large":        {Limits: spreadsheet.Limits{Unzipped: 1000}},
		"file.too-many-rows":    {Rows: 1},
		"file.too-many-columns": {Columns: 3},
	} {
		_, _, err := read(path, importer.Options{Limits: limits})
		importertest.WantFileError(t, err, code)
	}
	_, _, err := read(path, importer.Options{Limits: importer.Limits{Limits: spreadsheet.Limits{FileSize: 100}}})
	importertest.WantFileError(t, err, "file.too-large")
	_, sites, err := read(path, importer.Options{Limits: importer.Limits{Cell: 6}})
	must(t, err)
	if codes(sites[0]) != "row.cell-too-long" {
		t.Errorf("got %q", codes(sites[0]))
	}
}

// TestLimits_OfOne: a limit of one, and a row of one cell, are told in the singular.
func TestLimits_OfOne(t *testing.T) {
	t.Parallel()
	path := importertest.Write(t, "a.csv", header+"\nA\nBB,L,FR,1\n")
	for says, limits := range map[string]importer.Limits{"more than 1 row:": {Rows: 1}, "more than 1 column:": {Columns: 1}} {
		if _, _, err := read(path, importer.Options{Limits: limits}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: got %v, want %q", limits, err, says)
		}
	}
	_, sites, err := read(path, importer.Options{Limits: importer.Limits{Cell: 1}})
	must(t, err)
	for i, says := range []string{"The row has 1 cell where", "more than 1 character,"} {
		if len(sites[i].Problems) == 0 || !strings.Contains(sites[i].Problems[0].Message.EN, says) {
			t.Errorf("row %d has %+v, want %q", i, sites[i].Problems, says)
		}
	}
}

func codes(s rollout.Site) string {
	var all []string
	for _, p := range s.Problems {
		all = append(all, p.Code)
	}
	return strings.Join(all, " ")
}

func TestRowsStopsWhenAsked(t *testing.T) {
	t.Parallel()
	f, err := importer.Open(importertest.Write(t, "a.csv", header+"\nA,L,FR,1\nB,L,FR,1\nC,L,FR,1"), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var names []string
	for site, err := range f.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if names = append(names, site.Name); len(names) == 2 {
			break
		}
	}
	if !slices.Equal(names, []string{"A", "B"}) {
		t.Errorf("got %v", names)
	}
}

// checkInvariants checks what is true of whatever is read, however it is made.
func checkInvariants(t *testing.T, path string) {
	t.Helper()
	head, sites, err := read(path, importer.Options{})
	var fault *spreadsheet.FileError
	if err != nil && (!errors.As(err, &fault) || fault.Code == "" || !importertest.IsWorded(fault)) {
		t.Fatalf("not a worded FileError: %v", err)
	}
	last := rollout.RowRef(head.Row)
	for _, s := range sites {
		if s.Row <= last {
			t.Fatalf("row %d after row %d", s.Row, last)
		}
		last = s.Row
		if len(s.Cells) != len(head.Columns) {
			t.Fatalf("row %d has %d cells for %d columns", s.Row, len(s.Cells), len(head.Columns))
		}
		if (s.State == rollout.Rejected) != (len(s.Problems) > 0) || s.State != rollout.Rejected && s.State != rollout.Imported {
			t.Fatalf("row %d is %s with %d problems", s.Row, s.State, len(s.Problems))
		}
		if s.State == rollout.Imported && (s.Name == "" || len(s.Country) != 2) {
			t.Fatalf("row %d passed as %q in %q", s.Row, s.Name, s.Country)
		}
		for _, p := range s.Problems {
			if p.Code == "" || p.Message.EN == "" || p.Stage != rollout.StageImport {
				t.Fatalf("row %d has an unworded problem: %+v", s.Row, p)
			}
		}
	}
}

// TestOneProblemForEachMissingField: a cell that is empty, or looks so, is one
// mistake and gets one Problem.
func TestOneProblemForEachMissingField(t *testing.T) {
	t.Parallel()
	good := []string{"A", "L", "FR", "1", ""}
	for place, field := range []string{"technicalSiteName", "customerSiteLabel", "country", "vpn"} {
		for _, empty := range []string{"", " ", "\u00a0", "\u200b", "\"\n\"", "\t"} {
			cells := slices.Clone(good)
			cells[place] = empty
			_, sites, err := read(importertest.Write(t, "a.csv", header+",voiceSiteId\n"+strings.Join(cells, ",")), importer.Options{})
			must(t, err)
			if len(sites) != 1 || len(sites[0].Problems) != 1 || sites[0].Problems[0].Field != field || sites[0].State != rollout.Rejected {
				t.Errorf("%s is %q: got %+v, want one problem of that field", field, empty, sites)
			}
		}
	}
	_, sites, err := read(importertest.Write(t, "a.csv", header+",pc\n,,,,75002"), importer.Options{})
	must(t, err)
	var fields []string
	for _, p := range sites[0].Problems {
		fields = append(fields, p.Field)
	}
	slices.Sort(fields)
	if !slices.Equal(fields, []string{"country", "customerSiteLabel", "technicalSiteName", "vpn"}) {
		t.Errorf("four missing fields have problems of %v", fields)
	}
	_, sites, err = read(importertest.Write(t, "a.csv", header+",voiceSiteId\nA,,FR,,vs-1"), importer.Options{})
	must(t, err)
	if len(sites[0].Problems) != 0 {
		t.Errorf("a row with its own voiceSiteId needs neither label nor vpn, got %+v", sites[0].Problems)
	}
}
