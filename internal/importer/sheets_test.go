// This file tests which sheets of a workbook are read, what their rows are called, and which
// rows are not sites.

package importer_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/importer"
	"btrollout/internal/importer/importertest"
	"btrollout/internal/rollout"
)

// written is a sheet to be made: cells as in plain CSV.
type written struct {
	name, content string
	hidden        bool
}

func sheetOf(name, content string) written { return written{name: name, content: content} }

// workbookOf makes a workbook of sheets.
func workbookOf(t *testing.T, sheets ...written) string {
	t.Helper()
	f := excelize.NewFile()
	for i, s := range sheets {
		if i == 0 {
			must(t, f.SetSheetName("Sheet1", s.name))
		} else {
			_, err := f.NewSheet(s.name)
			must(t, err)
		}
		for row, line := range strings.Split(s.content, "\n") {
			cells := strings.Split(line, ",")
			must(t, f.SetSheetRow(s.name, fmt.Sprintf("A%d", row+1), &cells))
		}
	}
	f.SetActiveSheet(0)
	for _, s := range sheets {
		must(t, f.SetSheetVisible(s.name, !s.hidden))
	}
	path := filepath.Join(t.TempDir(), "a.xlsx")
	must(t, f.SaveAs(path))
	must(t, f.Close())
	return path
}

func TestSheetsThatAreRead(t *testing.T) {
	t.Parallel()
	path := workbookOf(t,
		sheetOf("Read me", "How to fill this in\nWrite a site into each row"),
		sheetOf("FR", header+",Ville"+strings.Repeat("\nA,L,FR,1,x", 2)),
		sheetOf("Failures", "technicalSiteName,customerSiteLabel,country,vpn,bt_problem\nF,L,FR,1,p"),
		sheetOf("Failures BE", "bt_site,bt_problem,bt_row,technicalSiteName,customerSiteLabel,country,vpn\nG,p,2,G,L,FR,1"),
		sheetOf("Failures CH", " BT_Problem,bt_row,technicalSiteName,customerSiteLabel,country,vpn\np,2,I,L,FR,1"),
		sheetOf("All sites", "bt_row,bt_site,technicalSiteName,customerSiteLabel,country,vpn\n2,X,X,L,FR,1"),
		sheetOf("Empty", ""),
		sheetOf("Cities", "City,Country\nParis,FR"),
		sheetOf("VPNs", "Country,VPN,Contact\nFR,1,x"),
		sheetOf("Words", "Country,Label,City\nFR,France,x"),
		written{"Lists", header + "\nH,L,FR,1", true},
		sheetOf("BE", "A title\n\nNom du site,Libellé,Pays,VPN,Rue\nB,L,BE,1,y\nA,L,BE,1,y"),
	)
	for _, c := range []struct {
		ask          []string
		read, unread string
	}{
		{nil, "FR, Failures, Failures BE, Failures CH, BE", "Lists:hidden All sites:report Empty:empty " +
			"Read me:no header Cities:no header VPNs:no header Words:no header"},
		{[]string{"be", " fr "}, "FR, BE", "Read me:others Failures:others Failures BE:others Failures CH:others All sites:others " +
			"Empty:others Cities:others VPNs:others Words:others Lists:hidden"},
		{[]string{"Lists"}, "Lists", "Read me:others FR:others Failures:others Failures BE:others Failures CH:others All sites:others " +
			"Empty:others Cities:others VPNs:others Words:others BE:others"},
	} {
		f, err := importer.Open(path, importer.Options{Sheets: c.ask})
		must(t, err)
		var read, unread []string
		for _, s := range f.Sheets() {
			read = append(read, s.Name)
		}
		for _, u := range f.Unread() {
			for _, why := range strings.Split("hidden,report,empty,no header,others", ",") {
				if strings.Contains(u.Why.EN, why) && u.Why.FR != "" && u.Why.FR != u.Why.EN {
					unread = append(unread, u.Name+":"+why)
				}
			}
		}
		if got := strings.Join(read, ", "); got != c.read {
			t.Errorf("asked for %q: %s is read, want %s", c.ask, got, c.read)
		}
		if got := strings.Join(unread, " "); got != c.unread {
			t.Errorf("asked for %q: not read\n%s, want\n%s", c.ask, got, c.unread)
		}
		must(t, f.Close())
	}
	for ask, code := range map[string]string{"Cities": "file.column-missing", "Empty": "file.empty", "Nowhere": "file.no-sheet"} {
		_, _, err := read(path, importer.Options{Sheets: []string{"FR", ask}})
		importertest.WantFileError(t, err, code, ask)
	}
}

// TestSheets_RolloutIsHidden: a rollout that only hidden sheets have is mentioned, whatever is
// wrong with the visible ones.
func TestSheets_RolloutIsHidden(t *testing.T) {
	t.Parallel()
	hidden := written{"Data", header + "\nH,L,FR,1", true}
	const mentioned = `The sheet "Data" has the header of a rollout, but is hidden and was left out: name it with --sheet "Data"`
	for visible, code := range map[string]string{
		"How to fill this in\nWrite a site into each row": "file.column-missing",
		"City,Country\nParis,FR":                          "file.column-missing",
		"":                                                "file.empty",
		"bt_row,technicalSiteName,customerSiteLabel,country,vpn\n2,X,L,FR,1": "file.empty",
	} {
		path := workbookOf(t, sheetOf("Read me", visible), hidden, written{"Lists", "FR,CH", true})
		_, _, err := read(path, importer.Options{})
		importertest.WantFileError(t, err, code, mentioned)
		if strings.Contains(err.Error(), "Lists") {
			t.Errorf("a sheet that is no rollout is mentioned: %v", err)
		}
		_, sites, err := read(path, importer.Options{Sheets: []string{"Data"}})
		if must(t, err); len(sites) != 1 {
			t.Errorf("%d sites are read from the sheet that is named", len(sites))
		}
	}
	_, _, err := read(workbookOf(t, sheetOf("Read me", "Hello"), hidden, written{"More", header, true}), importer.Options{})
	importertest.WantFileError(t, err, "file.column-missing", "The sheets Data and More have", "name them with --sheet")
	_, _, err = read(workbookOf(t, sheetOf("FR", header+",Steet\nA,L,FR,1,x"), hidden), importer.Options{})
	importertest.WantFileError(t, err, "file.column-unknown")
	if strings.Contains(err.Error(), "hidden") {
		t.Errorf("the rollout is on a visible sheet: %v", err)
	}
}

// TestRowsOfSeveralSheets: rows are numbered apart, and called by their sheets.
func TestRowsOfSeveralSheets(t *testing.T) {
	t.Parallel()
	path := workbookOf(t,
		sheetOf("FR", header+",customerOrderReference\nA,L,FR,1,R\nB,L,FR,1,"),
		sheetOf("BE", "A title\n"+header+",voiceSiteId\nC,L,BE,1,v\nB,L,BE,1,\nD,L,BE,1,v"),
		sheetOf("CH", "customerOrderReference,"+header+"\nR,E,L,CH,1\n,Total : 1,,,"),
	)
	f, err := importer.Open(path, importer.Options{})
	must(t, err)
	defer f.Close()
	var got []string
	batch := rollout.Batch{Sheets: f.Columns()}
	for s, err := range f.Rows() {
		must(t, err)
		line := fmt.Sprintf("%d %s %s", s.Row, batch.RowName(s.Row), s.Name)
		for _, p := range s.Problems {
			line += " " + p.Code + " " + strings.Join(strings.Fields(p.Message.EN)[:2], " ")
		}
		got = append(got, line)
	}
	want := []string{
		"2 FR:2 A", "3 FR:3 B",
		"1000003 BE:3 C", "1000004 BE:4 B row.name-duplicate Row FR:3", "1000005 BE:5 D row.voicesite-duplicate Row BE:3",
		"2000002 CH:2 E row.reference-duplicate Row FR:2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if left := f.LeftOut(); len(left) != 1 || batch.RowName(left[0].Row) != "CH:3" {
		t.Errorf("left out: %v", left)
	}
}

// TestErrorsNameTheirSheet, if there are others that are read or not.
func TestErrorsNameTheirSheet(t *testing.T) {
	t.Parallel()
	good, bad := sheetOf("FR", header+"\nA,L,FR,1"), sheetOf("BE", header+",Steet\nB,L,BE,1,x")
	_, _, err := read(workbookOf(t, good, bad), importer.Options{})
	importertest.WantFileError(t, err, "file.column-unknown", `On the sheet "BE": `, `"Steet" (E; did you mean a6?)`, "--sheet")
	_, _, err = read(workbookOf(t, good, bad), importer.Options{Sheets: []string{"FR"}})
	must(t, err)
	_, _, err = read(workbookOf(t, bad), importer.Options{})
	importertest.WantFileError(t, err, "file.column-unknown")
	if strings.Contains(err.Error(), "On the sheet") {
		t.Errorf("of one sheet: %v", err)
	}
	_, _, err = read(workbookOf(t, good, bad), importer.Options{Sheets: []string{"BE", "be", "FR"}})
	importertest.WantFileError(t, err, "file.column-unknown", `On the sheet "BE": `)
	if strings.Contains(err.Error(), "--sheet") {
		t.Errorf("who named the sheet is told to name others: %v", err)
	}
	low := sheetOf("CH", "A title"+strings.Repeat("\n-", 24)+"\n"+header+"\nC,L,CH,1")
	_, _, err = read(workbookOf(t, good, low), importer.Options{}) // its sites would be missing
	importertest.WantFileError(t, err, "file.column-missing", `On the sheet "CH": `, "row 26", "--sheet")
	for _, likely := range []string{"Site nam,Site lable,Country,VPN", "Ort,Bez,Country,VPN,City,Street,pc", "Standort,Label,Country,VPN"} {
		_, _, err = read(workbookOf(t, good, sheetOf("CH", likely+"\nC,L,CH,1")), importer.Options{})
		if err == nil || !strings.Contains(err.Error(), `On the sheet "CH": `) {
			t.Errorf("%s is passed over: %v", likely, err)
		}
	}
	_, _, err = read(workbookOf(t, sheetOf("Notes", "Hello\nyou"), sheetOf("Sites", "Nom du site,Ville\nA,x")), importer.Options{})
	importertest.WantFileError(t, err, "file.column-missing", `On the sheet "Sites": `, "customerSiteLabel, country and vpn")
	mapped := importer.Options{Map: map[string]string{"Steet": "a6"}} // which one of the sheets has
	_, _, err = read(workbookOf(t, good, bad), mapped)
	must(t, err)
	_, _, err = read(workbookOf(t, good), mapped)
	importertest.WantFileError(t, err, "file.map-unused", "Steet")
	_, _, err = read(workbookOf(t, sheetOf("FR", header), sheetOf("BE", header)), importer.Options{})
	importertest.WantFileError(t, err, "file.no-rows")
}

func TestHiddenRows(t *testing.T) {
	t.Parallel()
	path := importertest.Book(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "A3", &[]any{"B", "L", "FR", "1", "75002", "x"}))
		must(t, f.SetSheetRow("Sheet1", "A4", &[]any{"bt_example", "Example", "FR", "1"}))
		must(t, f.SetRowVisible("Sheet1", 3, false))
		must(t, f.SetRowVisible("Sheet1", 4, false)) // is no site
		must(t, f.SetRowVisible("Sheet1", 5, false)) // is blank
	})
	f, err := importer.Open(path, importer.Options{})
	must(t, err)
	defer f.Close()
	sites := 0
	for _, err := range f.Rows() {
		must(t, err)
		sites++
	}
	if sites != 2 || f.Hidden() != 1 || len(f.LeftOut()) != 1 {
		t.Errorf("%d sites, %d of them hidden, and %v left out", sites, f.Hidden(), f.LeftOut())
	}
}

// TestRowsThatAreNoSites: examples and totals are left out, and people are told; what may
// be a site never is.
func TestRowsThatAreNoSites(t *testing.T) {
	t.Parallel()
	for row, want := range map[string]string{
		"bt_example,Example of a,FR,1,x,": "example",
		"bt_example,,,,,":                 "example",
		"bt_example,Paris Louvre,FR,1,x,": "",
		"BT_Example ,Exemple,FR,1,x,":     "example",
		" bt_example1,L,FR,1,x,":          "",
		"Total,,,,,":                      "totals",
		"TOTAL GÉNÉRAL :,,,,,":            "totals",
		"Total: 34 sites,,,,,":            "totals",
		"Nombre de sites : 34,,,,,":       "totals",
		"Nombre total de sites,,,,34,":    "totals",
		"Number of sites: 34,,,,,":        "totals",
		"Total number of sites,34,,,,":    "totals",
		"Total des sites,,,,,1 234.50 €":  "totals",
		"Grand total,34 sites,,,,":        "totals",
		"Sous-total,,,,,12":               "totals",
		"Subtotal,,,,,12":                 "totals",
		",,,,Total,34":                    "totals",
		",,Total,,,34":                    "totals",
		"Somme,,,,,34":                    "totals",

		",,,,,,Total": "totals", // in a column without a name

		"Total Energies Paris,L,FR,1,x,": "",
		"12,,Total,,,":                   "",
		",,,,,Total,a note":              "",
		"Total,L,FR,1,x,":                "",
		"Total,,FR,,,":                   "",
		"Total,,,1,,":                    "",
		"Total,Head office,,,,":          "",
		"TotalEnergies,,,,,":             "",
		"Totally,,,,,":                   "",
		"Somme-Leuze,L,BE,1,x,":          "",
		"Sites,,,,,":                     "",
		"34,,,,,":                        "",
		"bt_exam,L,FR,1,x,":              "",
		"bt_example-FR,L,FR,1,x,":        "",
		"example,L,FR,1,x,":              "",
		",bt_example,FR,1,x,":            "",
		"Total: 34 villes,,,,,":          "",
	} {
		f, err := importer.Open(importertest.Write(t, "a.csv", header+",a3,Phones,\nA,L,FR,1,x,,\n"+row+strings.Repeat(",",
			6-strings.Count(row, ","))+"\nB,L,FR,1,x,,\n"), importer.Options{})
		must(t, err)
		var rows []rollout.RowRef
		for s, err := range f.Rows() {
			must(t, err)
			rows = append(rows, s.Row)
		}
		left := f.LeftOut()
		switch {
		case want == "":
			if !slices.Equal(rows, []rollout.RowRef{2, 3, 4}) || len(left) != 0 {
				t.Errorf("%s: rows %v, left out %v", row, rows, left)
			}
		case !slices.Equal(rows, []rollout.RowRef{2, 4}) || len(left) != 1 || left[0].Row != 3 || !strings.Contains(left[0].Why.EN, want) ||
			left[0].Why.FR == "":
			t.Errorf("%s: rows %v, left out %v, want the row of %s", row, rows, left, want)
		}
		must(t, f.Close())
	}
}

// TestARowWithACountryAndANameIsASite, whatever else it holds.
func TestARowWithACountryAndANameIsASite(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	words := []string{"Total", "TOTAL :", "34", "34 sites", "Nombre de sites : 34", "Sum", "", "", "bt_row", "x", "1 234,50 €", "-",
		"Grand total"}
	word := func() string { return words[random.IntN(len(words))] }
	const rows = 3000
	var content strings.Builder
	content.WriteString(header + ",a3,Phones")
	for i := range rows {
		name := word()
		if name == "" {
			name = fmt.Sprint(i)
		}
		fmt.Fprintf(&content, "\n%s,%s,%s,%s,\"%s\",\"%s\"", name, word(), []string{"FR", "be", "Suisse", "ZZ"}[random.IntN(4)],
			strings.ReplaceAll(word(), ",", ""), word(), word())
	}
	_, sites, err := read(importertest.Write(t, "a.csv", strings.ReplaceAll(content.String(), "1 234,50", "1 234.50")), importer.Options{})
	must(t, err)
	if len(sites) != rows {
		t.Errorf("%d of %d rows are sites", len(sites), rows)
	}
}
