// This file tests which of several meanings of a header wins, where a header is found, and
// what is said of columns that are missing or doubled. The names themselves are in
// names_test.go.

package importer_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"btrollout/internal/importer"
	"btrollout/internal/importer/importertest"
	"btrollout/internal/spreadsheet"
)

// asked is what an API is asked for labels, and what it answers.
type asked struct {
	labels map[string]map[string]string
	calls  [][]string
}

func (a *asked) ask(countries []string) (map[string]map[string]string, error) {
	a.calls = append(a.calls, slices.Clone(countries))
	known := map[string]map[string]string{}
	for _, c := range countries {
		known[c] = a.labels[c]
	}
	return known, nil
}

// swiss calls elements otherwise than everybody does, to tell labels from everyday names.
var swiss = map[string]map[string]string{
	"CH": {"Ort": "a3", "City": "a4", "Street": "addrExtInfo1", "Kanton / Canton": "a1", "Number (bis, ter)": "hns"},
	"FR": {"City": "a5", "Ville": "a3"},
	"BE": {"Ort": "a2", "Ville": "a3"},
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, mapped, field string
		how                 importer.How
	}{
		{"City", "", "a4", importer.ByLabel},
		{"CITY *", "", "a4", importer.ByLabel},
		{"City (mandatory)", "", "a4", importer.ByLabel},
		{"City (a3)", "", "a3", importer.ByCode},
		{"City (-)", "", "", importer.ByCode},
		{"City", "a2", "a2", importer.ByMap},
		{"City (a3)", "a2", "a2", importer.ByMap},
		{"a3", "a2", "a2", importer.ByMap},
		{"City", "-", "", importer.ByMap},
		{"a3", "", "a3", importer.ByCode},
		{"Town", "", "a3", importer.ByName},
		{"Ort", "", "a3", importer.ByLabel},
		{"canton/kanton", "", "a1", importer.ByName},
		{"Kanton", "", "a1", importer.ByLabel},
		{"kanton - canton", "", "a1", importer.ByLabel},
		{"Number (bis, ter)", "", "hns", importer.ByLabel},
		{"Number", "", "hno", importer.ByName},
		{"street", "", "addrExtInfo1", importer.ByLabel},
	} {
		t.Run(c.name+" "+c.mapped, func(t *testing.T) {
			t.Parallel()
			o := importer.Options{Labels: (&asked{labels: swiss}).ask}
			if c.mapped != "" {
				o.Map = map[string]string{strings.ToLower(c.name): c.mapped}
			}
			sheet, _, err := read(importertest.Write(t, "a.csv", header+`,"`+c.name+"\"\nA,L,CH,1,x\n"), o)
			must(t, err)
			if sheet.Fields[4] != c.field || sheet.How[4] != c.how {
				t.Errorf("feeds %q (%s), want %q (%s)", sheet.Fields[4], sheet.How[4], c.field, c.how)
			}
		})
	}
}

// TestLabelsAreAskedForOnce: an API is asked only when a header may mean something else
// elsewhere, once, and of the countries that the rows name.
func TestLabelsAreAskedForOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ content, want string }{
		"codes":             {header + ",a3,City (pc),Wave (-),bt_row\nA,L,CH,1,x,y,z,2", "[]"},
		"no columns beside": {header + "\nA,L,CH,1", "[]"},
		"an everyday name":  {header + ",Town\nA,L,CH,1,x\nB,L,fr,1,x\nC,L,CH,1,x", "[[CH FR]]"},
		"countries by name": {header + ",City,Ort (a2)\nA,L,Suisse,1,x,y\nB,L,schweiz,1,x,y", "[[CH]]"},
		"faulty countries":  {header + ",Town\nA,L,Atlantis,1,x\nB,L,,1,x\nC,L,ZZ,1,x", "[[ZZ]]"},
		"no rows":           {header + ",Town\n", "[]"},
		"no country column": {"technicalSiteName,customerSiteLabel,vpn,Town\nA,L,1,x", "[]"},
		"a mapped country":  {"technicalSiteName,customerSiteLabel,Land,vpn,Town\nA,L,CH,1,x", "[[CH]]"},
		"notes above":       {"FR,FR,FR\n" + header + ",Town\nA,L,CH,1,x", "[[CH]]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			labels := &asked{labels: swiss}
			o := importer.Options{Labels: labels.ask}
			if strings.Contains(c.content, "Land") {
				o.Map = map[string]string{"Land": "country"}
			}
			_, _, err := read(importertest.Write(t, "a.csv", c.content), o)
			if fault := (*spreadsheet.FileError)(nil); err != nil && !errors.As(err, &fault) {
				t.Fatal(err)
			}
			if got := fmt.Sprint(labels.calls); got != c.want {
				t.Errorf("asked for %s, want %s", got, c.want)
			}
		})
	}
	silent := errors.New("the API is silent")
	_, err := importer.Open(importertest.Write(t, "a.csv", header+",City\nA,L,CH,1,x"),
		importer.Options{Labels: func([]string) (map[string]map[string]string, error) { return nil, silent }})
	if !errors.Is(err, silent) {
		t.Errorf("got %v", err)
	}
}

// TestContradictoryLabels: two countries that mean different elements by one label cannot
// stand on one sheet, unless the header says which is meant.
func TestContradictoryLabels(t *testing.T) {
	t.Parallel()
	o := importer.Options{Labels: (&asked{labels: swiss}).ask}
	_, _, err := read(importertest.Write(t, "a.csv", header+",Ort\nA,L,CH,1,x\nB,L,BE,1,x"), o)
	importertest.WantFileError(t, err, "file.column-ambiguous", `"Ort"`, "a2 in BE", "a3 in CH", "sheets of their own")
	for _, content := range []string{
		header + ",Ort (a3)\nA,L,CH,1,x\nB,L,BE,1,x",
		header + ",Ort\nA,L,CH,1,x\nB,L,FR,1,x",
		header + ",Ville\nA,L,FR,1,x\nB,L,BE,1,x", // both mean the same
	} {
		sheet, _, err := read(importertest.Write(t, "a.csv", content), o)
		must(t, err)
		if sheet.Fields[4] != "a3" {
			t.Errorf("%q feeds %q", sheet.Columns[4], sheet.Fields[4])
		}
	}
	path := workbookOf(t, sheetOf("CH", header+",Ort\nA,L,CH,1,x"), sheetOf("BE", header+",Ort\nB,L,BE,1,y"),
		sheetOf("More", header+"\nC,L,CH,1"))
	labels := &asked{labels: swiss}
	f, err := importer.Open(path, importer.Options{Labels: labels.ask})
	must(t, err)
	defer f.Close()
	var got []string
	for site, err := range f.Rows() {
		must(t, err)
		got = append(got, fmt.Sprint(site.Name, site.Address))
	}
	if !slices.Equal(got, []string{"Amap[a3:x]", "Bmap[a2:y]", "Cmap[]"}) || fmt.Sprint(labels.calls) != "[[BE CH]]" {
		t.Errorf("got %q by the labels of %v", got, labels.calls)
	}
}

func TestColumnsThatAreMissingOrDoubled(t *testing.T) {
	t.Parallel()
	row := "\nA,L,FR,1,x,y,z"
	for name, c := range map[string]struct {
		content, code string
		says          []string
	}{
		"two names of one field": {header + ",City,Ville" + row, "file.column-twice",
			[]string{`"City" (E) and "Ville" (F) both hold a3`, `--map "Ville=-"`}},
		"a code and a name":          {header + ",Ville,a3" + row, "file.column-twice", []string{`"Ville" (E) and "a3" (F)`}},
		"a name of a required field": {header + ",Pays" + row, "file.column-twice", []string{"country"}},
		"missing, with a stranger": {"Site name,Label,Country,Netz" + row, "file.column-missing",
			[]string{"lacks the column vpn", `unless it is "Netz" (D)`, "--map"}},
		"missing, with several": {"Site name,Country,Owner,Netz" + row, "file.column-missing",
			[]string{"customerSiteLabel and vpn", `unless it is one of "Owner" (C) and "Netz" (D)`}},
		"missing, with many": {"Site name,Label,Country,u1,u2,u3,u4,u5,u6,u7" + row, "file.column-missing",
			[]string{`"u5" (H) and 2 more`}},
		"missing, with unused and bt_": {"Site name,Label,Country,Netz (-),bt_vpn" + row, "file.column-missing",
			[]string{"lacks the column vpn:"}},
		"nothing that anybody knows": {"Standort,Bezeichnung,Staat,Netz" + row, "file.column-missing",
			[]string{"None of the first 20 rows", "--map"}},
		"a code that is none":       {header + ",a7" + row, "file.column-unknown", []string{`"a7" (E)`}},
		"an extension that is none": {header + ",addrExtInfo11" + row, "file.column-unknown", []string{`"addrExtInfo11" (E`}},
		"not enough for a rollout file": {"City,Street,Owner" + row, "file.column-missing",
			[]string{"technicalSiteName, customerSiteLabel, country and vpn"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := read(importertest.Write(t, "a.csv", c.content), importer.Options{})
			importertest.WantFileError(t, err, c.code, c.says...)
		})
	}
}

func TestMappingsThatDoNotFit(t *testing.T) {
	t.Parallel()
	path := importertest.Write(t, "a.csv", header+",Standort,Strasse,Wave\nA,L,FR,1,x,y,z")
	for name, c := range map[string]struct {
		of, to, code string
		says         []string
	}{
		"no such column": {"Stadtort", "a3", "file.map-unused", []string{"No sheet has a column", `"Stadtort"`, `"a3"`,
			`the nearest is "Standort" (E)`}},
		"nothing like it":     {"Quarterly figures", "-", "file.map-unused", []string{`"-": correct`}},
		"no field":            {"Wave", "city", "file.map-unknown", []string{`"Wave"`, `"city"`, "a3"}},
		"no field at all":     {"Wave", "", "file.map-unknown", nil},
		"a bt_ column":        {"bt_row", "a3", "file.map-unused", nil},
		"nothing but marks":   {"#", "a3", "file.map-unused", []string{"neither letters nor digits"}},
		"a field that is fed": {"Wave", "vpn", "file.column-twice", []string{`"vpn" (D) and "Wave" (G)`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := read(path, importer.Options{Map: map[string]string{c.of: c.to}})
			importertest.WantFileError(t, err, c.code, c.says...)
		})
	}
}

// TestMappings_BesideOtherFaults: a mapping of a column that no sheet has is told together with
// what is wrong with the header, because the mapping may be meant to mend it.
func TestMappings_BesideOtherFaults(t *testing.T) {
	t.Parallel()
	const unmet = `No sheet has a column "Netzz", which is mapped to "vpn"`
	row := "\nA,L,FR,1,x,y,z"
	for name, c := range map[string]struct {
		content, code string
		says          []string
	}{
		"a missing column": {"Site name,Label,Country,Netz" + row, "file.column-missing",
			[]string{"lacks the column vpn", `nearest is "Netz" (D)`}},
		"an unknown column":    {header + ",Steet" + row, "file.column-unknown", []string{`"Steet" (E`}},
		"both":                 {"Site name,Label,Country,Steet" + row, "file.column-unknown", []string{`"Steet" (D`, "vpn"}},
		"no header":            {"Standort,Bezeichnung,Staat,Netz" + row, "file.column-missing", []string{"None of the first", `"Netz" (D)`}},
		"an address in a cell": {header + ",Full address" + row, "file.address-in-one-cell", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := read(importertest.Write(t, "a.csv", c.content), importer.Options{Map: map[string]string{"Netzz": "vpn"}})
			importertest.WantFileError(t, err, c.code, append(c.says, unmet, "or leave it out.")...)
		})
	}
	bad, other := sheetOf("BE", "Site name,Label,Country,Netz\nB,L,BE,1"), sheetOf("FR", "Site name,Label,Country,Netzz\nA,L,FR,1")
	_, _, err := read(workbookOf(t, bad, other), importer.Options{Map: map[string]string{"Netzz": "vpn"}})
	importertest.WantFileError(t, err, "file.column-missing", `On the sheet "BE": `)
	if strings.Contains(err.Error(), "No sheet") {
		t.Errorf("a mapping that another sheet needs is told as one that no sheet needs: %v", err)
	}
	lacking := importertest.Write(t, "a.csv", "Site name,Label,Country,Netz"+row)
	_, _, err = read(lacking, importer.Options{Map: map[string]string{"Netz": "vpm"}})
	importertest.WantFileError(t, err, "file.map-unknown", `"Netz" cannot be mapped to "vpm"`)
}

func TestAColumnThatIsMappedTwice(t *testing.T) {
	t.Parallel()
	path := importertest.Write(t, "a.csv", header+",Ort\nA,L,FR,1,x")
	_, err := importer.Open(path, importer.Options{Map: map[string]string{"Ort": "a3", "ORT ": "pc"}})
	importertest.WantFileError(t, err, "file.map-unknown", `"Ort"`, `"a3"`, `"pc"`, "leave one")
	_, err = importer.Open(path, importer.Options{Map: map[string]string{"Ort": "a3", "ORT ": "-"}})
	importertest.WantFileError(t, err, "file.map-unknown", `"-"`)
	sheet, _, err := read(path, importer.Options{Map: map[string]string{"Ort": "a3", "ORT ": "A3"}})
	must(t, err)
	if sheet.Fields[4] != "a3" {
		t.Errorf("said twice, it feeds %q", sheet.Fields[4])
	}
}

// TestMappedColumnsComeBack: what a batch calls the columns of a mapped file is
// recognised without the mapping, and with it.
func TestMappedColumnsComeBack(t *testing.T) {
	t.Parallel()
	mapping := map[string]string{"standort": "technicalSiteName", "Ort": "A3", "Straße": "a6", "Wave": "-", "Land *": "country",
		"City (a2)": "-", "Nr (x)": "hno"}
	o := importer.Options{Map: mapping}
	path := importertest.Write(t, "a.csv", "Standort,Label,Land,VPN,Ort (Pflicht),\"Straße\n\",Wave,City (a2),Nr "+
		"(x),Owner\nA,L,FR,1,Paris,Paix,3,u,12,Mme Y")
	first, sites, err := read(path, o)
	must(t, err)
	want := "[technicalSiteName customerSiteLabel country vpn a3 a6   hno ]"
	if got := fmt.Sprint(first.Fields); got != want || len(sites) != 1 {
		t.Fatalf("feeds %s and %d sites", got, len(sites))
	}
	again := importertest.Write(t, "b.csv", `"`+strings.Join(first.Columns, `","`)+"\"\nA,L,FR,1,Paris,Paix,3,u,12,Mme Y")
	for _, o := range []importer.Options{{}, o} {
		second, sites, err := read(again, o)
		must(t, err)
		if fmt.Sprint(second.Fields) != want || !slices.Equal(second.Columns, first.Columns) || sites[0].Address["a3"] != "Paris" {
			t.Errorf("with %v: columns %q feed %q", o.Map, second.Columns, second.Fields)
		}
	}
	if first.Columns[0] != "Standort (technicalSiteName)" || first.Columns[6] != "Wave (-)" || first.Columns[9] != "Owner" {
		t.Errorf("columns %q", first.Columns)
	}
}

// TestHeaderBelowNotes: a header is found within the first 20 rows, whatever stands above
// it, and a row of data is never taken for one.
func TestHeaderBelowNotes(t *testing.T) {
	t.Parallel()
	notes := "Rollout 2026\n\"Please give City, Street and Country\"\n\nvpn,?\n,,technicalSiteName below\n"
	for name, c := range map[string]struct {
		content string
		row     int
		names   string
	}{
		"at the top":             {header + "\nA,L,FR,1\n", 1, "A"},
		"below notes":            {notes + header + "\nA,L,FR,1\n", 6, "A"},
		"below groups":           {"Site,,,,Address,\nName,Label,Country,VPN,City,Street\n" + header + ",a3,a6\nA,L,FR,1,x,y\n", 3, "A"},
		"in row 20":              {"t" + strings.Repeat("\n-", 18) + "\n" + header + "\nA,L,FR,1\n", 20, "A"},
		"data that names more":   {header + ",Owner,,,,\nCity,Street,FR,VPN,pc,Room,Floor,Unit,a1\n", 1, "City"},
		"below blank rows":       {strings.Repeat("\n", 30) + header + "\nA,L,FR,1\n", 31, "A"},
		"data that names fields": {header + ",Owner\nCity,Street,FR,VPN,pc\nCountry,Label,BE,VPN,Rue\n", 1, "City Country"},
		"a header that is twice": {header + "\nA,L,FR,1\n" + header + "\nB,L,FR,1\n", 1, "A B"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sheet, sites, err := read(importertest.Write(t, "a.csv", c.content), importer.Options{})
			must(t, err)
			var names []string
			for _, s := range sites {
				names = append(names, s.Name)
			}
			if got := strings.Join(names, " "); sheet.Row != c.row || got != c.names {
				t.Errorf("header in row %d and sites %q, want row %d and %q", sheet.Row, got, c.row, c.names)
			}
		})
	}
	_, _, err := read(importertest.Write(t, "a.csv", "t"+strings.Repeat("\n-", 19)+"\n"+header+"\nA,L,FR,1\n"), importer.Options{})
	importertest.WantFileError(t, err, "file.column-missing", "stand in row 21", "first 20 rows", "delete")
	_, _, err = read(importertest.Write(t, "a.csv", "City, Street\n"+strings.Repeat("-\n", 300)+header+"\nA,L,FR,1\n"), importer.Options{})
	importertest.WantFileError(t, err, "file.column-missing", "None of the first 20 rows")
	_, _, err = read(importertest.Write(t, "a.csv", "A title\n\nSite name,Label,Country,VPN,6\" or more\nA,L,FR,1,x\n"), importer.Options{})
	importertest.WantFileError(t, err, "file.not-csv", "header in row 3", "quotation mark")
}

// TestHeadersThatAreMadeToLast: a file with headers of many remarks is refused or read in
// no time.
func TestHeadersThatAreMadeToLast(t *testing.T) {
	t.Parallel()
	long := "City" + strings.Repeat(" (a)", 249)
	row := header + strings.Repeat(","+long, 20) + "\n"
	done := make(chan error, 1)
	go func() {
		_, _, err := read(importertest.Write(t, "a.csv", strings.Repeat(row, 2)+"A,L,FR,1"+strings.Repeat(",", 20)), importer.Options{})
		done <- err
	}()
	select {
	case err := <-done:
		must(t, err)
	case <-time.After(time.Minute):
		t.Error("it takes more than a minute")
	}
}
