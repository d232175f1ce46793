package importer_test

// This file holds the way of a file through the importer, whichever its format.
// What only workbooks can do is in xlsx_test.go.

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"btrollout/internal/importer"
	"btrollout/internal/rollout"
)

var update = flag.Bool("update", false, "write what is read to testdata/*.want")

// TestCSV reads each testdata/*.csv and compares all of it with the .want file
// beside it.
func TestCSV(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob("testdata/*.csv")
	if err != nil || len(inputs) < 6 {
		t.Fatalf("inputs: %v %v", inputs, err)
	}
	for _, input := range inputs {
		t.Run(filepath.Base(input), func(t *testing.T) {
			t.Parallel()
			got := describe(t, input)
			wantFile := strings.TrimSuffix(input, ".csv") + ".want"
			if *update {
				if err := os.WriteFile(wantFile, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(wantFile)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
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
		fmt.Fprintf(out, "\t%s %q feeds %s (%s)\n", sheet.Letters[i], column, cmp.Or(sheet.Fields[i], "nothing"), cmp.Or(sheet.How[i], "unrecognised"))
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

// write puts content into a new file of that name.
func write(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
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
		{"empty", "a.csv", "", "file.empty", []string{"empty"}},
		{"blank lines only", "a.csv", "\n , \n\n", "file.empty", []string{"no content"}},
		{"header only", "a.csv", header + "\n\n,,,\n", "file.no-rows", []string{"below row 1"}},
		{"zip named csv", "a.csv", "PK\x03\x04....", "file.not-csv", []string{"rename it to .xlsx"}},
		{"text named xlsx", "a.xlsx", header + row, "file.not-xlsx", []string{"rename it to .csv"}},
		{"old xls named xlsx", "a.xlsx", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....", "file.not-xlsx", []string{"password", ".xls"}},
		{"old xls named csv", "a.csv", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....", "file.not-csv", []string{"old .xls", "CSV UTF-8"}},
		{"pdf named csv", "a.csv", "%PDF-1.7 ...", "file.not-csv", []string{"a PDF document"}},
		{"pdf named xlsx", "a.xlsx", "%PDF-1.7 ...", "file.not-xlsx", []string{"a PDF document"}},
		{"binary named csv", "a.csv", "abc\x00def", "file.not-csv", []string{"neither a workbook nor text"}},
		{"utf-16 without content", "a.csv", "\xFF\xFE\r\x00\n\x00", "file.empty", nil},
		{"neither utf-8 nor windows-1252", "a.csv", header + "\nA,Caf\xe9 \x81,FR,1", "file.not-utf8", []string{"CSV UTF-8"}},
		{"macintosh", "a.csv", header + "\rA,L,FR,1\r", "file.not-csv", []string{"Macintosh"}},
		{"no archive", "a.xlsx", "PK\x03\x04 and nothing that follows", "file.damaged", []string{"damaged"}},
		{"xls", "a.xls", "x", "file.unsupported", []string{".xls ", ".xlsx or .csv"}},
		{"ods", "a.ODS", "x", "file.unsupported", []string{".ods ", ".xlsx or .csv"}},
		{"numbers", "a.numbers", "x", "file.unsupported", []string{".numbers ", ".xlsx or .csv"}},
		{"no extension", "a", "x", "file.unsupported", []string{".xlsx or .csv"}},
		{"one column missing", "a.csv", "technicalSiteName,customerSiteLabel,country" + row, "file.column-missing", []string{"lacks the column vpn:"}},
		{"columns missing", "a.csv", "technicalSiteName,country,pc" + row, "file.column-missing", []string{"columns customerSiteLabel and vpn:"}},
		{"no header", "a.csv", "PARIS,Head office,FR,1\nLYON,South,FR,1", "file.column-missing", []string{"first 20 rows", "technicalSiteName, customerSiteLabel, country and vpn"}},
		{"unknown column", "a.csv", header + ",a12" + row, "file.column-unknown", []string{`the column "a12" (E):`, "row 1"}},
		{"unknown columns", "a.csv", header + ",adrExtInfo1,colour,addrExtInfo11" + row, "file.column-unknown", []string{`columns "adrExtInfo1" (E; did you mean addrExtInfo1?) and "addrExtInfo11" (G`}},
		{"misspelt and missing", "a.csv", "technicalSiteName,customerSiteLable,contry\nA,L,FR", "file.column-unknown", []string{"did you mean customerSiteLabel?", "did you mean country?", "misses the column vpn"}},
		{"column twice", "a.csv", header + ", COUNTRY " + row, "file.column-twice", []string{`"country" (C) and "COUNTRY" (E) both hold country`}},
		{"too many columns", "a.csv", header + strings.Repeat(",", 200) + "x" + row, "file.too-many-columns", []string{"200"}},
		{"a name of 1001 letters", "a.csv", header + "," + strings.Repeat("x", 1001) + row, "file.header-cell", []string{"row 1", "column E", "1000 characters"}},
		{"quote in header", "a.csv", header + ",a\"6" + row, "file.not-csv", []string{"row 1", "quotation mark"}},
		{"open quote", "a.csv", header + row + "\nB,\"L,FR,1\nC,L,FR,1\nD,L,FR,1\n", "file.quote-open", []string{"row 3 (line 3)", "line 5"}},
		{"quote that swallows rows", "a.csv", header + row + "\nB,\"L,FR,1\nC,\"L,FR,1\nD,L,FR,1\n", "file.quote-open", []string{"row 3 (line 3)", "line 4"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := read(write(t, c.file, c.content), importer.Options{})
			wantFileError(t, err, c.code, c.says...)
		})
	}
}

func wantFileError(t *testing.T, err error, code string, says ...string) {
	t.Helper()
	var fault *importer.FileError
	if !errors.As(err, &fault) {
		t.Fatalf("got %v, want a FileError %s", err, code)
	}
	if fault.Code != code {
		t.Errorf("code %s (%s), want %s", fault.Code, fault.Message, code)
	}
	for _, part := range says {
		if !strings.Contains(fault.Message.EN, part) {
			t.Errorf("message %q does not say %q", fault.Message.EN, part)
		}
	}
	if !isWorded(fault) {
		t.Errorf("not worded in both languages: %+v", fault.Message)
	}
}

// isWorded reports whether an error is a sentence in each language, with nothing left
// of its formats.
func isWorded(fault *importer.FileError) bool {
	en, fr := fault.Message.EN, fault.Message.FR
	return strings.HasSuffix(en, ".") && strings.HasSuffix(fr, ".") && en != fr && fault.Error() == en && !strings.Contains(en+fr, "%!")
}

// TestFileErrorsInFrench reads whole sentences: those that are put together from pieces.
func TestFileErrorsInFrench(t *testing.T) {
	t.Parallel()
	row := "\nA,L,FR,1,x,y,z"
	mend := `corrigez l'en-tête à la ligne 1, ou indiquez ce qu'est une colonne avec --map "En-tête=champ" ("En-tête=-" : elle n'est pas utilisée).`
	swiss := (&asked{labels: swiss}).ask
	for _, c := range []struct {
		name, path string
		options    importer.Options
		want       string
	}{
		{"missing", write(t, "a.csv", "Site name,Country,Owner,Netz"+row), importer.Options{},
			`Il manque au fichier les colonnes customerSiteLabel et vpn, à moins que ce ne soit l'une des colonnes "Owner" (C) et "Netz" (D) : ` + mend},
		{"missing, with many", write(t, "a.csv", "Site name,Label,Country,u1,u2,u3,u4,u5,u6"+row), importer.Options{},
			`Il manque au fichier la colonne vpn, à moins que ce ne soit l'une des colonnes "u1" (D), "u2" (E), "u3" (F), "u4" (G), "u5" (H) et 1 de plus : ` + mend},
		{"misspelt and missing", write(t, "a.csv", "technicalSiteName,customerSiteLable,contry"+row), importer.Options{},
			`btrollout ne reconnaît pas les colonnes "customerSiteLable" (B ; voulez-vous dire customerSiteLabel ?) et "contry" (C ; voulez-vous dire country ?), et il manque la colonne vpn : ` + mend},
		{"one of several sheets", workbookOf(t, sheetOf("CH", header+"\nA,L,CH,1"), sheetOf("BE", header+",a12\nB,L,BE,1,x")), importer.Options{},
			`Sur la feuille "BE" : btrollout ne reconnaît pas la colonne "a12" (E) : ` + mend + ` Si cette feuille n'est pas destinée à btrollout, nommez les autres avec --sheet.`},
		{"no such sheet", workbookOf(t, sheetOf("CH", header), sheetOf("BE", header), sheetOf("FR", header)), importer.Options{Sheets: []string{"DE"}},
			`Le classeur n'a pas de feuille "DE" : indiquez-en une parmi CH, BE et FR.`},
		{"ambiguous", write(t, "a.csv", header+",Ort\nA,L,CH,1,x\nB,L,BE,1,x"), importer.Options{Labels: swiss},
			`La colonne "Ort" désigne a2 pour BE et a3 pour CH : nommez-la par le code voulu, ou mettez ces pays sur des feuilles distinctes.`},
		{"mapped wrongly", write(t, "a.csv", header+",Standort"+row), importer.Options{Map: map[string]string{"Stadtort": "a3"}},
			`Aucune feuille n'a de colonne "Stadtort", qui est associée à "a3" ; la plus proche est "Standort" (E) : corrigez l'association, ou retirez-la.`},
		{"only the example", write(t, "a.csv", header+"\nbt_example,Example,FR,1"), importer.Options{},
			`Le fichier n'a aucun site, car ses seules lignes, dont la ligne 2, ont été laissées de côté (c'est l'exemple du modèle) : mettez un site sur chaque ligne suivante, avec un technicalSiteName qui lui soit propre.`},
		{"PDF named xlsx", write(t, "a.xlsx", "%PDF-1.7"), importer.Options{},
			`Le fichier est nommé .xlsx, mais c'est un document PDF : enregistrez votre tableau comme classeur Excel (.xlsx).`},
		{"ods", write(t, "a.ods", "x"), importer.Options{},
			`Les fichiers .ods ne sont pas lus : ouvrez le fichier dans LibreOffice, choisissez Enregistrer sous, et enregistrez votre tableau au format .xlsx ou .csv.`},
		{"ods named xlsx", write(t, "a.xlsx", string(pack(t, map[string]string{"content.xml": "x", "mimetype": "x"}))), importer.Options{},
			`Le fichier porte le nom d'un classeur Excel, mais c'est un fichier OpenDocument (.ods) : ouvrez-le dans LibreOffice, choisissez Enregistrer sous et enregistrez votre tableau comme classeur Excel (.xlsx).`},
		{"open quote", write(t, "a.csv", header+row+"\nB,\"L,FR,1\nC,L,FR,1\n"), importer.Options{},
			`Un guillemet s'ouvre à la ligne 3 du tableau (ligne 3 du texte) et n'est pas fermé avant la ligne 4 du texte, si bien qu'on ne peut séparer les lignes intermédiaires : fermez-le ou supprimez-le, ou enregistrez le fichier au format .xlsx.`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := read(c.path, c.options)
			var fault *importer.FileError
			if !errors.As(err, &fault) || fault.Message.FR != c.want {
				t.Errorf("got  %+v\nwant %s", fault, c.want)
			}
		})
	}
}

func TestPathsThatAreNoFile(t *testing.T) {
	t.Parallel()
	_, err := importer.Open(filepath.Join(t.TempDir(), "absent.csv"), importer.Options{})
	wantFileError(t, err, "file.not-found", "absent.csv")
	_, err = importer.Open(t.TempDir(), importer.Options{})
	wantFileError(t, err, "file.unsupported", "not a file")
	_, err = importer.Open(write(t, "a.csv", header+"\nA,L,FR,1"), importer.Options{Sheets: []string{"Sites"}})
	wantFileError(t, err, "file.no-sheet", "Sites")
}

func TestLimits(t *testing.T) {
	t.Parallel()
	t.Run("file size", func(t *testing.T) {
		t.Parallel()
		path := write(t, "a.csv", header)
		if err := os.Truncate(path, importer.DefaultLimits.FileSize+1); err != nil {
			t.Fatal(err)
		}
		_, err := importer.Open(path, importer.Options{})
		wantFileError(t, err, "file.too-large", "200 MB")
	})
	t.Run("rows", func(t *testing.T) {
		t.Parallel()
		var content strings.Builder
		content.WriteString(header)
		for i := range importer.DefaultLimits.Rows + 1 {
			fmt.Fprintf(&content, "\nS%d,L,FR,1", i)
		}
		_, sites, err := read(write(t, "a.csv", content.String()), importer.Options{})
		wantFileError(t, err, "file.too-many-rows", "200000")
		if len(sites) != importer.DefaultLimits.Rows {
			t.Errorf("%d sites before the error, want %d", len(sites), importer.DefaultLimits.Rows)
		}
	})
	t.Run("cell", func(t *testing.T) {
		t.Parallel()
		long := strings.Repeat("é", importer.MaxCell+1)
		_, sites, err := read(write(t, "a.csv", header+"\nA,"+long+",FR,1\nB,"+long[2:]+",FR,1"), importer.Options{})
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

func codes(s rollout.Site) string {
	var all []string
	for _, p := range s.Problems {
		all = append(all, p.Code)
	}
	return strings.Join(all, " ")
}

func TestRowsStopsWhenAsked(t *testing.T) {
	t.Parallel()
	f, err := importer.Open(write(t, "a.csv", header+"\nA,L,FR,1\nB,L,FR,1\nC,L,FR,1"), importer.Options{})
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

// checkInvariants holds what is true of whatever is read, however it is made.
func checkInvariants(t *testing.T, path string) {
	t.Helper()
	head, sites, err := read(path, importer.Options{})
	var fault *importer.FileError
	if err != nil && (!errors.As(err, &fault) || fault.Code == "" || !isWorded(fault)) {
		t.Fatalf("not a worded FileError: %v", err)
	}
	last := head.Row
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
			_, sites, err := read(write(t, "a.csv", header+",voiceSiteId\n"+strings.Join(cells, ",")), importer.Options{})
			must(t, err)
			if len(sites) != 1 || len(sites[0].Problems) != 1 || sites[0].Problems[0].Field != field || sites[0].State != rollout.Rejected {
				t.Errorf("%s is %q: got %+v, want one problem of that field", field, empty, sites)
			}
		}
	}
	_, sites, err := read(write(t, "a.csv", header+",pc\n,,,,75002"), importer.Options{})
	must(t, err)
	var fields []string
	for _, p := range sites[0].Problems {
		fields = append(fields, p.Field)
	}
	slices.Sort(fields)
	if !slices.Equal(fields, []string{"country", "customerSiteLabel", "technicalSiteName", "vpn"}) {
		t.Errorf("four missing fields have problems of %v", fields)
	}
	_, sites, err = read(write(t, "a.csv", header+",voiceSiteId\nA,,FR,,vs-1"), importer.Options{})
	must(t, err)
	if len(sites[0].Problems) != 0 {
		t.Errorf("a row with its own voiceSiteId needs neither label nor vpn, got %+v", sites[0].Problems)
	}
}
