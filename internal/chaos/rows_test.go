// This file makes the rollout files of a run, with the expected outcome of each row. The
// simulator's countries accept the addresses.

package chaos_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"btrollout/internal/btsim"
)

// columns are the columns of the files.
var columns = []string{
	"technicalSiteName", "customerSiteLabel", "country", "vpn", "customerOrderReference",
	"dialzone", "hno", "sts", "a6", "pc", "a3", "a1", "flr",
}

// elements are the columns of the address.
var elements = columns[slices.Index(columns, "dialzone"):]

// expected is the outcome that a row must have.
type expected string

const (
	bought  expected = "bought"  // a voicesite with its address, unless the simulator rejects the order at random
	refused expected = "refused" // the order is made, and rejected: its VPN takes no new sites
	wrong   expected = "wrong"   // wrong in the file: never enqueued
)

// site is one row; several files may hold rows for one site.
type site struct {
	file     string
	row      int // as the spreadsheet numbers it
	expected expected
	where    *street
	cells    map[string]string // by column
	address  map[string]string // as the API has to store it
}

func (s site) name() string { return s.cells["technicalSiteName"] }

// key is the name as people read it: rows with one key are one site.
func (s site) key() string { return btsim.FoldName(s.name()) }

// at is the row's address, for messages.
func (s site) at() string { return fmt.Sprint(s.cells["hno"], " ", s.cells["a6"], " ", s.cells["flr"]) }

func (s site) String() string { return fmt.Sprintf("%s row %d (%s)", s.file, s.row, s.name()) }

// street is a street in which each house number from first to last is an address.
type street struct {
	first, last int
	cells       map[string]string // as rows write it
	stored      map[string]string // values that the API stores in another spelling
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
	{
		1, 200, cells("country", "CH", "dialzone", "021", "a6", "Avenue de la Gare", "pc", "1003", "a3", "Lausanne", "a1", "Vaud"),
		cells("a1", "VD"),
	},
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
	ownReference = 7  // one row in this many has its own customerOrderReference
	frozenVPN    = 40 // one row in this many names the VPN that takes no new sites
)

// maker makes rows whose addresses are all different, so that an address identifies its
// site.
type maker struct {
	rng       *rand.Rand
	taken     map[string]bool // addresses
	respelled bool            // rewritten rows may spell their names differently
}

// makeSites makes the rows of all files: n right ones in two files and some wrong ones,
// for each night the rows of a file that writes some sites of the first file anew, with
// other spellings of their names if respelled is set, and those of the file that is
// uploaded after Redis lost everything.
func makeSites(rng *rand.Rand, n, nights int, respelled bool) []site {
	m := maker{rng, map[string]bool{}, respelled}
	var all []site
	for i, file := range []string{firstFile, "second.csv"} {
		var sites []site
		for j := i; j < n; j += 2 {
			s := m.newSite(file, j)
			if j%frozenVPN == frozenVPN/2 {
				s.expected, s.cells["vpn"] = refused, "VPN Legacy"
			}
			sites = append(sites, s)
		}
		for j, mistake := range mistakes {
			s := m.newSite(file, n+i*len(mistakes)+j)
			s.expected = wrong
			mistake(s.cells)
			sites = append(sites, s)
		}
		rng.Shuffle(len(sites), func(a, b int) { sites[a], sites[b] = sites[b], sites[a] })
		duplicate := sites[0]
		duplicate.expected, duplicate.cells = wrong, maps.Clone(duplicate.cells) // the second row of a name
		all = append(all, numbered(append(sites, duplicate))...)
	}
	known := slices.DeleteFunc(slices.Clone(all), func(s site) bool { return s.file != firstFile || s.expected != bought })
	for night := range nights {
		var sites []site
		for i := range known {
			if rng.IntN(2) == 0 {
				known[i] = m.rewritten(known[i], nightFile(night))
				sites = append(sites, known[i])
			}
		}
		all = append(all, numbered(sites)...)
	}
	for i := range known {
		known[i].file = afterFile
	}
	return append(all, numbered(known)...)
}

const (
	firstFile = "first.csv"
	afterFile = "after.csv" // the newest row of each site of the first file
)

func nightFile(night int) string { return fmt.Sprintf("night-%d.csv", night+1) }

// numbered gives rows their numbers, below the header.
func numbered(sites []site) []site {
	for i := range sites {
		sites[i].row = i + 2
	}
	return sites
}

func (m maker) newSite(file string, number int) site {
	where := &streets[m.rng.IntN(len(streets))]
	c := maps.Clone(where.cells)
	name := names[m.rng.IntN(len(names))]
	c["technicalSiteName"] = fmt.Sprintf(name, c["country"], c["a3"], number)
	c["customerSiteLabel"] = fmt.Sprintf("Filiale « %s », no %d", c["a3"], number)
	c["vpn"] = []string{"VPN Europe", "1", "aa76e66dfc63"}[m.rng.IntN(3)]
	if number%ownReference == 0 {
		c["customerOrderReference"] = fmt.Sprintf("PO-2026-%05d", number)
	}
	s := site{file: file, expected: bought, where: where, cells: c}
	m.place(&s)
	return s
}

// place gives a row an address in its street that no other row has.
func (m maker) place(s *site) {
	for {
		s.cells["hno"], s.cells["flr"] = fmt.Sprint(s.where.first+m.rng.IntN(s.where.last-s.where.first+1)), ""
		if m.rng.IntN(2) == 0 {
			s.cells["flr"] = fmt.Sprint(1 + m.rng.IntN(99))
		}
		if key := s.cells["a6"] + "|" + s.cells["hno"] + "|" + s.cells["flr"]; !m.taken[key] {
			m.taken[key] = true
			break
		}
	}
	s.address = map[string]string{}
	for _, element := range elements {
		if s.cells[element] != "" {
			s.address[element] = s.cells[element]
		}
	}
	maps.Copy(s.address, s.where.stored)
}

// rewritten returns a site's row in a later file: most have another address, and some spell
// the name differently in a way that people read alike.
func (m maker) rewritten(s site, file string) site {
	s.file, s.cells = file, maps.Clone(s.cells)
	if m.rng.IntN(4) > 0 {
		m.place(&s)
	}
	if m.rng.IntN(3) == 0 && m.respelled {
		s.cells["technicalSiteName"] = spellings[m.rng.IntN(len(spellings))](s.cells["technicalSiteName"])
	}
	return s
}

// spellings are ways to write a name that people read alike.
var spellings = []func(string) string{
	strings.ToUpper,
	strings.ToLower,
	norm.NFD.String,
	strings.NewReplacer(" ", "\u00a0", "-", "\u2013").Replace, // no-break space, en dash
	strings.NewReplacer(" ", "\u2003", "-", "\u2010").Replace, // em space, hyphen
	func(name string) string { return strings.ToUpper(strings.ReplaceAll(name, " ", "  ")) },
	func(name string) string { return width.Widen.String(name) },
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
