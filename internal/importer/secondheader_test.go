// This file tests rows that are headers themselves, and the rows below them: a value is never
// read by the name of another column, and no row is lost.

package importer_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/importer"
	"btrollout/internal/importer/importertest"
	"btrollout/internal/rollout"
	"btrollout/internal/spreadsheet"
)

const (
	firstHeader = header + ",hno,a6,pc,a3"
	firstSite   = "A,L,CZ,1,12,Paix,75002,Paris"
)

// czech is what an API calls the elements of a Czech address.
var czech = map[string]map[string]string{"CZ": {"Ulice": "a6", "Obec": "a3", "PSČ": "pc", "Číslo popisné": "hno"}}

// secondHeaders are rows below firstHeader and firstSite, and what becomes of the file.
var secondHeaders = []struct {
	name, rows string
	options    importer.Options
	want       string // "refused", or the sites, rejected ones with their codes, and the rows left out
}{
	{"the same", firstHeader + "\nB,L,CZ,1,1,x,y,z", importer.Options{}, "A B -3"},
	{"the same on each page", firstHeader + "\nB,L,CZ,1,1,x,y,z\n" + firstHeader + "\n" + firstHeader + "\nC,L,CZ,1,1,x,y,z",
		importer.Options{}, "A B C -3 -5 -6"},
	{"the same at the end", firstHeader, importer.Options{}, "A -3"},
	{"spelt otherwise", "Nom du site,Libellé,Pays,VPN voix,N°,Rue,Code postal,Ville\nB,L,CZ,1,1,x,y,z", importer.Options{}, "A B -3"},
	{"with remarks", "Site name *,Label (mandatory),Country/Pays,VPN:,House number (hno),Rue / Street,CP " +
		"(obligatoire),Ville\nB,L,CZ,1,1,x,y,z", importer.Options{}, "A B -3"},
	{
		"by labels", header + ",Číslo popisné,Ulice,PSČ,Obec\nB,L,CZ,1,1,x,y,z",
		importer.Options{Labels: (&asked{labels: czech}).ask}, "A B -3",
	},
	{"by labels, without an API", header + ",Číslo popisné,Ulice,PSČ,Obec\nB,L,CZ,1,1,x,y,z", importer.Options{}, "refused"},
	{"by labels, otherwise", header + ",Číslo popisné,Obec,PSČ,Ulice\nB,L,CZ,1,1,x,y,z",
		importer.Options{Labels: (&asked{labels: czech}).ask}, "refused"},
	{"by labels alone", "Název,Popis,Země,Síť,Číslo popisné,Obec,PSČ,Ulice\nB,L,CZ,1,1,x,y,z",
		importer.Options{Labels: (&asked{labels: czech}).ask}, "refused"},
	{"in German, with a figure", "Standort,Bezeichnung,Land,VPN,Welle 2,Ort,PLZ,Strasse\nB,L,CZ,1,1,x,y,z", importer.Options{}, "refused"},
	{"in German", "Standort,Bezeichnung,Land,VPN,Hausnummer,Ort,PLZ,Strasse\nB,L,CZ,1,1,x,y,z", importer.Options{}, "refused"},
	{"town and street change places", header + ",hno,a3,pc,a6\nB,L,CZ,1,1,x,y,z", importer.Options{}, "refused"},
	{"everyday names change places", "Site name,Label,Country,VPN,Number,City,ZIP,Street\nB,L,CZ,1,1,x,y,z", importer.Options{}, "refused"},
	{"name and label change places", "customerSiteLabel,technicalSiteName,country,vpn,hno,a6,pc,a3\nL,B,CZ,1,1,x,y,z",
		importer.Options{}, "refused"},
	{"a column less", header + ",hno,a6,pc,\nB,L,CZ,1,1,x,y,", importer.Options{}, "refused"},
	{"a column more", firstHeader + ",a1\nB,L,CZ,1,1,x,y,z,w", importer.Options{}, "refused"},
	{"a column more that is not used", firstHeader + ",Owner\nB,L,CZ,1,1,x,y,z,w", importer.Options{}, "A :row.ragged -3"},
	{"without country", "technicalSiteName,customerSiteLabel,,vpn,hno,a6,pc,a3\nB,L,CZ,1,1,x,y,z", importer.Options{}, "refused"},
	{"shifted to the right", "," + firstHeader + "\n,B,L,CZ,1,1,x,y,z", importer.Options{}, "refused"},
	{"two names of one field", header + ",hno,Ville,pc,a3\nB,L,CZ,1,1,x,y,z", importer.Options{}, "refused"},
	{"a misspelt name", "technicalSiteName,customerSiteLabel,contry,vpn,hno,a3,pc,a6\nB,L,CZ,1,1,x,y,z", importer.Options{}, "refused"},
	{"number in the country's place", "technicalSiteName,customerSiteLabel,No,vpn,country,a6,pc,a3\nB,L,1,1,CZ,x,y,z",
		importer.Options{}, "refused"},
	{"a quotation mark too many", "technicalSiteName,customerSiteLabel,country,vpn,6\" hno,a3,pc,a6\nB,L,CZ,1,1,x,y,z",
		importer.Options{}, "refused"},
	{"a title between, otherwise", "Brno,,,,,,,\n" + header + ",hno,a3,pc,a6\nB,L,CZ,1,1,x,y,z", importer.Options{}, "refused"},
	{"a title between, the same", "Brno,,,,,,,\n" + firstHeader + "\nB,L,CZ,1,1,x,y,z", importer.Options{},
		"A Brno:row.country-missing,row.label-missing,row.vpn-missing B -4"},
	{"blank rows between", ",,,,,,,\n\n" + header + ",hno,a3,pc,a6\nB,L,CZ,1,1,x,y,z", importer.Options{}, "refused"},
	{"only in part", ",,,,Number,Street,ZIP,City\nB,L,CZ,1,1,x,y,z", importer.Options{}, "refused"},
	{"town and street alone", ",,,,,Commune,,Rue\nB,L,CZ,1,1,y,y,x", importer.Options{}, "refused"},
	{"town and street alone, as codes", ",,,,,a3,,a6\nB,L,CZ,1,1,y,y,x", importer.Options{}, "refused"},
	{"town and street alone, as codes in capitals", ",,,,,A3,,A6\nB,L,CZ,1,1,y,y,x", importer.Options{}, "refused"},
	{"town and street alone, in English", ",,,,,City,,Street\nB,L,CZ,1,1,y,y,x", importer.Options{}, "refused"},
	{"town and street alone, in French", ",,,,,Ville,,Rue\nB,L,CZ,1,1,y,y,x", importer.Options{}, "refused"},
	{"town and street alone, by labels", ",,,,,Obec,,Ulice\nB,L,CZ,1,1,y,y,x",
		importer.Options{Labels: (&asked{labels: czech}).ask}, "refused"},
	{"town and street beside a title", "Phase 2,,,,,City,,Street\nB,L,CZ,1,1,y,y,x", importer.Options{}, "refused"},
	{"town and street beside a title and labels", "Phase 2,,,,,Obec,,Ulice\nB,L,CZ,1,1,y,y,x",
		importer.Options{Labels: (&asked{labels: czech}).ask}, "refused"},
	{"town and street beside a country", ",,BE,,,City,,Street\nB,L,BE,1,1,y,y,x", importer.Options{}, "refused"},
	{"in part, with a postal code in the country's place", "Ville,Libellé,CP,hno,,,,\ny,L,75002,1,,,,", importer.Options{}, "refused"},
	{"town beside names nobody knows", "Contact,Fax,,,,City,,\nB,L,CZ,1,1,y,y,x", importer.Options{}, "refused"},
	{"town and street shifted to the left", ",City,,Street,,,,\nB,x,CZ,y,1,,y,", importer.Options{}, "refused"},
	{"town alone", ",,,,,City,,\nB,L,CZ,1,1,y,y,x", importer.Options{}, "refused"},
	{"town alone, in the label's place", ",City,,,,,,\nB,y,CZ,1,1,x,y,L", importer.Options{}, "refused"},
	{"town alone, in its own place", ",,,,,,,City\nB,L,CZ,1,1,x,y,z", importer.Options{}, "refused"},
	{"town and number in their own places", ",,,,No,,,City\nB,L,CZ,1,1,x,y,z", importer.Options{}, "refused"},
	{"over two rows", "technicalSiteName,,,,,Ville,,\n,customerSiteLabel,country,vpn,hno,,pc,a6\nB,L,CZ,1,1,y,y,x",
		importer.Options{}, "refused"},
	{"over two rows, the address first", ",,,,,Ville,,Rue\n" + header + ",hno,,pc,\nB,L,CZ,1,1,y,y,x", importer.Options{}, "refused"},
	{"number in the country's place alone", ",,No,,,City,,\nB,L,1,1,CZ,y,y,x", importer.Options{}, "refused"},
	{"all but the country's name, otherwise", "technicalSiteName,customerSiteLabel,CZ,vpn,hno,a3,pc,a6\nB,L,CZ,1,1,y,y,x",
		importer.Options{}, "refused"},
	{"in part, a quotation mark too many", ",,,,6\" hno,a3,,a6\nB,L,CZ,1,1,y,y,x", importer.Options{}, "refused"},

	{"a note", "All towns in capitals,,,,,,,", importer.Options{},
		"A All towns in capitals:row.country-missing,row.label-missing,row.vpn-missing"},
	{"a note with a code", "Hall (A3),,,,,,,", importer.Options{}, "A Hall (A3):row.country-missing,row.label-missing,row.vpn-missing"},
	{"a title like a code", "A1,,,,,,,", importer.Options{}, "A A1:row.country-missing,row.label-missing,row.vpn-missing"},
	{"a country alone", ",,NO,,,,,", importer.Options{}, "A :row.name-missing,row.label-missing,row.vpn-missing"},
	{"a site without much, in a town called Ville", "B,,,,,Paix,,Ville", importer.Options{},
		"A B:row.country-missing,row.label-missing,row.vpn-missing"},

	{"half a header", "technicalSiteName,customerSiteLabel,CZ,vpn,1,x,y,z", importer.Options{}, "A technicalSiteName:row.header-like"},
	{"half a header, with all that are needed", "technicalSiteName,customerSiteLabel,CZ,vpn,1,country,y,z", importer.Options{}, "refused"},
	{"half a header, by two names", "B,Label,CZ,vpn,1,x,y,z", importer.Options{}, "A B:row.header-like"},
	{"half a header, by its address", "B,L,CZ,1,hno,a3,pc,x", importer.Options{}, "A B:row.header-like"},
	{"a site called as fields", "City,Street,CZ,1,12,x,y,z", importer.Options{}, "A City"},
	{"a site called Site", "Site,Site,CZ,VPN,12,Street,y,Ville", importer.Options{}, "A Site:row.header-like"},
	{"a town called Ville", "B,Bureau,CZ,1,12,Rue,75002,Ville", importer.Options{}, "A B"},
	{"a site in Norway", "B,Office,NO,VPN,12,Voie,0150,Oslo", importer.Options{}, "A B"},
	{"codes in capitals", "B (A1),L,Atlantis,x,A6,Hall (A3),PC,y", importer.Options{}, "A B (A1):row.country-invalid"},
	{"a header in capitals", strings.ToUpper(firstHeader) + "\nB,L,CZ,1,1,x,y,z", importer.Options{}, "A B -3"},
	{"a country nobody knows", "B,L,Atlantis,VPN,12,Rue,75002,Ville", importer.Options{}, "refused"},
	{"a country nobody knows, and no names", "B,L,Atlantis,x,12,x,75002,Paris", importer.Options{}, "A B:row.country-invalid"},
}

// outcome says what was read: the sites, rejected ones with their codes, and the rows
// left out.
func outcome(t *testing.T, path string, o importer.Options) string {
	t.Helper()
	f, err := importer.Open(path, o)
	var fault *spreadsheet.FileError
	var said []string
	if err == nil {
		defer f.Close()
		for s, failed := range f.Rows() {
			if err = failed; err != nil {
				break
			}
			name := s.Name
			if len(s.Problems) > 0 {
				name += ":" + strings.ReplaceAll(codes(s), " ", ",")
			}
			said = append(said, name)
		}
	}
	if errors.As(err, &fault) && fault.Code == "file.second-header" {
		if !importertest.IsWorded(fault) {
			t.Errorf("not worded: %+v", fault.Message)
		}
		return "refused"
	}
	must(t, err)
	for _, left := range f.LeftOut() {
		if left.Why.EN == "" || left.Why.FR == "" || left.Why.EN == left.Why.FR {
			t.Errorf("not worded: %+v", left.Why)
		}
		said = append(said, fmt.Sprintf("-%d", left.Row.Line()))
	}
	return strings.Join(said, " ")
}

func TestSecondHeader(t *testing.T) {
	t.Parallel()
	for _, c := range secondHeaders {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			content := firstHeader + "\n" + firstSite + "\n" + c.rows
			if got := outcome(t, importertest.Write(t, "a.csv", content), c.options); got != c.want {
				t.Errorf("as CSV: %s, want %s", got, c.want)
			}
			if strings.Contains(content, `"`) {
				return
			}
			want := strings.ReplaceAll(c.want, ":row.ragged", "B:row.column-unnamed")
			if got := outcome(t, workbookOf(t, sheetOf("Sites", content)), c.options); got != want {
				t.Errorf("as a workbook: %s, want %s", got, want)
			}
		})
	}
}

// TestWordsAreNoHeader: what is often the value of an element is no name in its column, and
// the heading of the notes below a table may be the name of a column that is not used.
func TestWordsAreNoHeader(t *testing.T) {
	t.Parallel()
	const first = header + ",sts,a6,a3,room,Remarks\nA,L,FR,1,Rue,Paix,Paris,2,x\n"
	const rejected = "row.name-missing,row.country-missing,row.label-missing,row.vpn-missing"
	for row, want := range map[string]string{
		",,,,Rue,,,,":            "A :" + rejected,
		",,,,Rue,,,Bureau,":      "A :" + rejected,
		",,,,Street,Paix,,Room,": "A :" + rejected,
		",,,,,,,,Remarks":        "A :" + rejected,
		"Remarks:,,,,,,,,":       "A Remarks::" + strings.Replace(rejected, "row.name-missing,", "", 1),
		",,,,a6,,,,":             "refused",
		",,,,City,,,,":           "refused",
		",,,,,,,Rue,":            "refused",
		",,,,Rue,City,,,":        "refused",
		",,,,Rue,,City,,":        "refused",
		",,,,,City,,,Remarks":    "refused",
		"Remarks,,,,,City,,,":    "refused",
	} {
		if got := outcome(t, importertest.Write(t, "a.csv", first+row), importer.Options{}); got != want {
			t.Errorf("%s: %s, want %s", row, got, want)
		}
	}
	_, _, err := read(importertest.Write(t, "a.csv", first+",,,,,City,,,"), importer.Options{})
	importertest.WantFileError(t, err, "file.second-header", "Row 3", `its cell "City" (F) is the name of a column`,
		"header in row 1", "if row 3 is no header")
}

// TestSecondHeaderOfMappedColumns: what --map says holds below the header too.
func TestSecondHeaderOfMappedColumns(t *testing.T) {
	t.Parallel()
	o := importer.Options{Map: map[string]string{"Standort": "technicalSiteName", "Netz": "vpn", "Ort": "a3", "Strasse": "a6", "Wave": "-"}}
	first := "Standort,Label,Country,Netz,Ort,Strasse,Wave\nA,L,DE,1,Bonn,Weg,2\n"
	for second, want := range map[string]string{
		"Standort,Label,Country,Netz,Ort,Strasse,Wave":     "A B -3",
		"Site name,Label,Country,VPN,City,Street,Remark":   "A B -3",
		"Standort,Label,Country,Netz,Strasse,Ort,Wave":     "refused",
		"Standort,Label,Country,Wave,Ort,Strasse,Netz":     "refused",
		"Standort,Bezeichnung,Land,Netz,Strasse,Ort,Welle": "refused",
	} {
		if got := outcome(t, importertest.Write(t, "a.csv", first+second+"\nB,L,DE,1,Ulm,Gasse,3"), o); got != want {
			t.Errorf("%s: %s, want %s", second, got, want)
		}
	}
}

// TestSecondHeaderOfReport: reports that were put below each other are read as one.
func TestSecondHeaderOfReport(t *testing.T) {
	t.Parallel()
	first := header + ",a3,a6,bt_row,bt_field,bt_problem\nA,L,FR,1,x,y,2,a3,technicalSiteName\n"
	for second, want := range map[string]string{
		header + ",a3,a6,bt_row,bt_field,bt_problem":           "A B -3",
		header + ",a3,a6,bt_row,bt_field,bt_problem,bt_note":   "A B -3",
		header + ",a3,a6,,,":                                   "A B -3",
		header + ",a6,a3,bt_row,bt_field,bt_problem":           "refused",
		"bt_row," + header + ",a3,a6,bt_field,bt_problem":      "refused",
		header + ",a3,bt_row,a6,bt_field,bt_problem":           "refused",
		"B,L,FR,1,country,y,3,a6,technicalSiteName and a3 vpn": "A B B:row.name-duplicate",
	} {
		if got := outcome(t, workbookOf(t, sheetOf("Failures", first+second+"\nB,L,FR,1,x,y,3,vpn,a6")), importer.Options{}); got != want {
			t.Errorf("%s: %s, want %s", second, got, want)
		}
	}
}

// TestSecondHeaderOfSheets: each sheet has its own header, and the row is called by its sheet.
func TestSecondHeaderOfSheets(t *testing.T) {
	t.Parallel()
	other := header + ",a6,a3\nB,L,BE,1,x,y"
	if got := outcome(t, workbookOf(t, sheetOf("FR", header+",a3,a6\nA,L,FR,1,x,y"), sheetOf("BE", other)), importer.Options{}); got != "A B" {
		t.Error(got)
	}
	_, _, err := read(workbookOf(t, sheetOf("FR", header+",a3,a6\nA,L,FR,1,x,y"), sheetOf("BE",
		"Belgium\n"+header+",a3,a6\nC,L,BE,1,x,y\n"+other)), importer.Options{})
	importertest.WantFileError(t, err, "file.second-header", "Row BE:4", "column E holds a6 below it, and a3 above it",
		"sheet of its own", "header in row 2")
	path := importertest.Book(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "A3", &[]any{"technicalSiteName", "customerSiteLabel", "country", "vpn", "Adresse", "Adresse"}))
		must(t, f.MergeCell("Sheet1", "E3", "F3"))
		must(t, f.SetSheetRow("Sheet1", "A4", &[]any{"B", "L", "FR", "1", "75002", "x"}))
	})
	_, _, err = read(path, importer.Options{})
	importertest.WantFileError(t, err, "file.second-header", "Row 3", `"technicalSiteName" (A)`, "are names of columns")
}

// TestRowsAboveTheHeader: what stands above the row that is taken for the header is told,
// and never a site.
func TestRowsAboveTheHeader(t *testing.T) {
	t.Parallel()
	better := header + ",hno,a3,pc,a6,a1\nB,L,CZ,1,1,x,y,z,w"
	for above, want := range map[string]string{
		"": "", "Rollout 2026": "Row 1 stands", "Rollout\n\nof sites": "Rows 1 to 3 stand",
		"Nom,Label,Country,VPN,City,Street": "Row 1 stands", "Project,France,,": "Row 1 stands",
		firstHeader + "\n" + firstSite:                              "row 2",
		firstHeader + "\n" + firstSite + "\n\nBrno":                 "row 2",
		"customerSiteLabel,vpn,technicalSiteName,country\nL,1,A,CZ": "row 2",
		"Standort,Bezeichnung,Land,Netz\nA,L,CZ,1":                  "row 2",
		"A,L,Suisse,1": "row 1",
	} {
		f, err := importer.Open(importertest.Write(t, "a.csv", strings.TrimPrefix(above+"\n"+better, "\n")), importer.Options{})
		if strings.HasPrefix(want, "row") {
			importertest.WantFileError(t, err, "file.second-header", "R"+want[1:]+" looks like a site")
			continue
		}
		must(t, err)
		said := ""
		for _, remark := range f.Remarks() {
			said += remark.EN
		}
		if !strings.HasPrefix(said, want) || (want == "") != (said == "") {
			t.Errorf("%q above: %q, want %q", above, said, want)
		}
		must(t, f.Close())
	}
}

// TestNoRowIsLost puts sites, headers, titles and rows of words in any order: what is
// read has each row as a site or among those left out, no site is left out, and nothing
// is read by a header that is not its own.
func TestNoRowIsLost(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	spellings := map[string][]string{
		"technicalSiteName": {"technicalSiteName", "Site name", "Nom du site"}, "customerSiteLabel": {"customerSiteLabel", "Label *", "Libellé"},
		"country": {"country", "Pays", "Country/Pays"}, "vpn": {"vpn", "VPN voix"},
		"a3": {"a3", "City", "Ville (obligatoire)"}, "a6": {"a6", "Rue", "Street"},
		"pc": {"pc", "CP", "Zip code"}, "hno": {"hno", "No", "House number"},
	}
	order := []string{"technicalSiteName", "customerSiteLabel", "country", "vpn", "a3", "a6", "pc", "hno"}
	spell := func(fields []string) string {
		var cells []string
		for _, field := range fields {
			cells = append(cells, spellings[field][random.IntN(len(spellings[field]))])
		}
		return strings.Join(cells, ",")
	}
	words := []string{"Rue", "Ville", "City", "No", "CP", "bis", "Site", "VPN", "Label", "Bureau", "x", "12", "", "FR", "a3"}
	refused, path := 0, filepath.Join(t.TempDir(), "a.csv")
	for range 60 {
		lines := []string{spell(order)}
		sites, wrong := map[rollout.RowRef]bool{}, false
		fields := order
		for n := range 1 + random.IntN(8) {
			site := map[string]string{"technicalSiteName": fmt.Sprint("S", n), "customerSiteLabel": "L", "country": "FR",
				"vpn": "1", "a3": "town", "a6": "street", "pc": "75002", "hno": "12"}
			switch random.IntN(7) {
			case 6: // a part of a header
				fields = slices.Clone(order)
				random.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
				parts := strings.Split(spell(fields), ",")
				for _, place := range random.Perm(len(parts))[2+random.IntN(3):] {
					parts[place] = ""
				}
				lines, wrong = append(lines, strings.Join(parts, ",")), true
				continue
			case 0:
				lines = append(lines, spell(fields))
				continue
			case 1:
				if fields = slices.Clone(order); random.IntN(3) == 0 {
					random.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
				}
				lines = append(lines, spell(fields))
				wrong = wrong || !slices.Equal(fields, order)
				continue
			case 2:
				for field := range site {
					if field != "technicalSiteName" && field != "country" {
						site[field] = words[random.IntN(len(words))]
					}
				}
			}
			var cells []string
			for _, field := range fields {
				cells = append(cells, site[field])
			}
			lines = append(lines, strings.Join(cells, ","))
			sites[rollout.RowRef(len(lines))] = true
		}
		content := strings.Join(lines, "\n")
		must(t, os.WriteFile(path, []byte(content), 0o600))
		f, err := importer.Open(path, importer.Options{})
		must(t, err)
		seen := map[rollout.RowRef]bool{}
		for s, failed := range f.Rows() {
			if err = failed; err != nil {
				break
			}
			seen[s.Row] = true
			if s.State == rollout.Imported && (s.Name == "" || s.Name[0] != 'S' || !sites[s.Row]) {
				t.Fatalf("row %d is read as %+v of\n%s", s.Row, s, content)
			}
		}
		for _, left := range f.LeftOut() {
			if seen[left.Row] = true; sites[left.Row] {
				t.Fatalf("row %d is left out of\n%s", left.Row, content)
			}
		}
		must(t, f.Close())
		fault := (*spreadsheet.FileError)(nil)
		switch {
		case errors.As(err, &fault) && fault.Code == "file.second-header" && wrong:
			refused++
		case errors.As(err, &fault) && fault.Code == "file.no-rows" && len(sites) == 0:
		case err != nil || wrong || len(seen) != len(lines)-1:
			t.Fatalf("%v and %d rows seen of\n%s", err, len(seen), content)
		}
	}
	if refused < 5 {
		t.Errorf("only %d files were refused", refused)
	}
}
