package chaos_test

// This file makes the rollout files of a run, and knows what has to become of
// each row. The addresses are ones that the simulator's countries accept.

import (
	"encoding/csv"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// columns are those of the files.
var columns = []string{
	"technicalSiteName", "customerSiteLabel", "country", "vpn", "customerOrderReference",
	"dialzone", "hno", "sts", "a6", "pc", "a3", "a1", "flr",
}

// fate is what has to become of a row.
type fate string

const (
	bought  fate = "bought"  // a voicesite with its address, unless the simulator rejects the order at random
	refused fate = "refused" // the order is made, and rejected: its VPN takes no new sites
	wrong   fate = "wrong"   // wrong in the file: never enqueued
)

// site is one row.
type site struct {
	file    string
	row     int // as the spreadsheet numbers it
	fate    fate
	cells   map[string]string // by column
	address map[string]string // as the API has to store it
}

func (s site) name() string { return s.cells["technicalSiteName"] }

func (s site) String() string { return fmt.Sprintf("%s row %d (%s)", s.file, s.row, s.name()) }

// street is where sites are: any number from first to last is an address.
type street struct {
	first, last int
	cells       map[string]string // as rows write it
	stored      map[string]string // what the API stores of it in other words
}

// cells pairs columns and values.
func cells(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// streets: Switzerland has areas and wants the dial zone, France and the
// Netherlands have an address API to search in, Germany one that only confirms,
// Belgium areas, and Great Britain neither.
var streets = []street{
	{1, 200, cells("country", "CH", "dialzone", "021", "a6", "Avenue de la Gare", "pc", "1003", "a3", "Lausanne", "a1", "Vaud"), cells("a1", "VD")},
	{1, 90, cells("country", "CH", "dialzone", "022", "a6", "Rue du Mont-Blanc", "pc", "1201", "a3", "Genève", "a1", "GE"), nil},
	{1, 120, cells("country", "CH", "dialzone", "044", "a6", "Bahnhofstrasse", "pc", "8001", "a3", "Zürich", "a1", "ZH"), nil},
	{1, 80, cells("country", "CH", "dialzone", "091", "a6", "Via Nassa", "pc", "6900", "a3", "Lugano", "a1", "Ticino"), cells("a1", "TI")},
	{1, 123, cells("country", "FR", "sts", "Rue", "a6", "de Lille", "pc", "75007", "a3", "Paris"), nil},
	{1, 221, cells("country", "FR", "sts", "Avenue", "a6", "Jean Jaurès", "pc", "75019", "a3", "Paris"), cells("sts", "AV")},
	{1, 100, cells("country", "FR", "sts", "QU", "a6", "Perrache", "pc", "69002", "a3", "Lyon"), nil},
	{1, 200, cells("country", "FR", "sts", "Promenade", "a6", "des Anglais", "pc", "06000", "a3", "Nice"), cells("sts", "PRM")},
	{1, 78, cells("country", "DE", "a6", "Unter den Linden", "pc", "10117", "a3", "Berlin"), nil},
	{1, 28, cells("country", "DE", "a6", "Barer Straße", "pc", "80333", "a3", "München"), nil},
	{35, 103, cells("country", "DE", "a6", "Schaumainkai", "pc", "60596", "a3", "Frankfurt am Main"), nil},
	{1, 51, cells("country", "NL", "a6", "Stationsplein", "pc", "1012 AB", "a3", "Amsterdam", "a1", "Noord-Holland"), cells("a1", "NH")},
	{1, 180, cells("country", "BE", "dialzone", "02", "a6", "Rue de la Loi", "pc", "1000", "a3", "Bruxelles"), nil},
	{1, 96, cells("country", "GB", "dialzone", "020", "a6", "Euston Road", "pc", "NW1 2DB", "a3", "London", "a1", "England"), nil},
}

// names are the ways in which customers name their sites; each takes country,
// town and a number.
var names = []string{"%s-%s-%05d", "%s %s %05d", "%05[3]d_%[2]s/%[1]s", "Büro %[2]s (%[1]s) №%[3]d"}

// mistakes make a right row wrong at import, each in its own way.
var mistakes = []func(map[string]string){
	func(c map[string]string) { c["vpn"] = "VPN Asia" },
	func(c map[string]string) { c["country"] = "GL" },
	func(c map[string]string) { c["country"] = "" },
	func(c map[string]string) { c["pc"] = "12" },
	func(c map[string]string) { c["customerSiteLabel"] = "" },
	func(c map[string]string) { c["a3"] = "" },
}

const (
	ownReference = 7  // one row in so many brings its customerOrderReference
	frozenVPN    = 40 // one row in so many names the VPN that takes no new sites
)

// makeSites makes the rows of two files: n right ones, and some wrong ones.
func makeSites(rng *rand.Rand, n int) []site {
	var all []site
	for i, file := range []string{"first.csv", "second.csv"} {
		var sites []site
		for j := i; j < n; j += 2 {
			s := newSite(rng, file, j)
			if j%frozenVPN == frozenVPN/2 {
				s.fate, s.cells["vpn"] = refused, "VPN Legacy"
			}
			sites = append(sites, s)
		}
		for j, mistake := range mistakes {
			s := newSite(rng, file, n+i*len(mistakes)+j)
			s.fate = wrong
			mistake(s.cells)
			sites = append(sites, s)
		}
		rng.Shuffle(len(sites), func(a, b int) { sites[a], sites[b] = sites[b], sites[a] })
		twin := sites[0]
		twin.fate, twin.cells = wrong, maps.Clone(twin.cells) // the second row of a name
		sites = append(sites, twin)
		for j := range sites {
			sites[j].row = j + 2 // below the header
		}
		all = append(all, sites...)
	}
	return all
}

func newSite(rng *rand.Rand, file string, number int) site {
	where := streets[rng.IntN(len(streets))]
	c := maps.Clone(where.cells)
	name := names[rng.IntN(len(names))]
	c["technicalSiteName"] = fmt.Sprintf(name, c["country"], c["a3"], number)
	c["customerSiteLabel"] = fmt.Sprintf("Filiale « %s », no %d", c["a3"], number)
	c["vpn"] = []string{"VPN Europe", "1", "aa76e66dfc63"}[rng.IntN(3)]
	c["hno"] = fmt.Sprint(where.first + rng.IntN(where.last-where.first+1))
	if rng.IntN(4) == 0 {
		c["flr"] = fmt.Sprint(1 + rng.IntN(9))
	}
	if number%ownReference == 0 {
		c["customerOrderReference"] = fmt.Sprintf("PO-2026-%05d", number)
	}
	address := map[string]string{}
	for _, element := range columns[slices.Index(columns, "dialzone"):] {
		if c[element] != "" {
			address[element] = c[element]
		}
	}
	maps.Copy(address, where.stored)
	return site{file: file, fate: bought, cells: c, address: address}
}

// writeFiles writes the files into dir.
func writeFiles(t *testing.T, dir string, sites []site) {
	t.Helper()
	tables := map[string][][]string{}
	for _, s := range sites {
		line := make([]string, len(columns))
		for i, column := range columns {
			line[i] = s.cells[column]
		}
		tables[s.file] = append(tables[s.file], line)
	}
	for name, table := range tables {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := csv.NewWriter(f).WriteAll(append([][]string{columns}, table...)); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
