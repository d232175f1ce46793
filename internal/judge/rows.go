// This file makes the rollout files of a run, with the outcome that each row must have. The
// simulator's countries accept the addresses.

package judge

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"btrollout/internal/btsim"
)

// Columns are the columns of the files, in their order.
var Columns = []string{
	"technicalSiteName", "customerSiteLabel", "country", "vpn", "customerOrderReference",
	"dialzone", "hno", "sts", "a6", "pc", "a3", "a1", "flr",
}

// elements are the columns of the address.
var elements = Columns[slices.Index(Columns, "dialzone"):]

// The names of the files. Those of FirstFile and SecondFile are the only ones with wrong rows.
const (
	FirstFile  = "first.csv"
	SecondFile = "second.csv"
	AfterFile  = "after.csv" // the newest row of each Bought site of FirstFile, for an upload after Redis lost its data
)

// NightFile returns the name of the file of a night, counted from 0. It has new addresses
// and spellings for some sites of FirstFile.
func NightFile(night int) string { return fmt.Sprintf("night-%d.csv", night+1) }

// Expected is the outcome that a row must have.
type Expected string

// The outcomes that rows must have.
const (
	Bought  Expected = "bought"  // a voicesite with its address, unless the simulator rejects the order at random
	Refused Expected = "refused" // the order is made, and rejected: its VPN takes no new sites
	Wrong   Expected = "wrong"   // wrong in the file: rejected at import, never ordered
)

// Row is one row of a file. Several files may have rows for one site.
type Row struct {
	File     string
	Number   int // as the spreadsheet numbers it: the row below the header is 2
	Expected Expected
	Cells    map[string]string // by column
	Address  map[string]string // as the API must store it, by element

	street *street
}

// Name is the technicalSiteName, as the row spells it.
func (r Row) Name() string { return r.Cells["technicalSiteName"] }

// Key identifies the row's site: it is the name as people read it, so that rows with one key
// are one site.
func (r Row) Key() string { return btsim.FoldName(r.Name()) }

// String names the row in messages.
func (r Row) String() string { return fmt.Sprintf("%s row %d (%s)", r.File, r.Number, r.Name()) }

// at is the row's address, for messages.
func (r Row) at() string { return fmt.Sprint(r.Cells["hno"], " ", r.Cells["a6"], " ", r.Cells["flr"]) }

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

// MakeRows makes the rows of all files, in the order of their uploads: n right rows in
// FirstFile and SecondFile, and some wrong ones; for each night the rows of a file that
// writes some sites of FirstFile anew, with other spellings of their names if respelled is
// set; and the rows of AfterFile. Equal arguments make equal rows.
func MakeRows(rng *rand.Rand, n, nights int, respelled bool) []Row {
	m := maker{rng, map[string]bool{}, respelled}
	var all []Row
	for i, file := range []string{FirstFile, SecondFile} {
		var rows []Row
		for j := i; j < n; j += 2 {
			r := m.newSite(file, j)
			if j%frozenVPN == frozenVPN/2 {
				r.Expected, r.Cells["vpn"] = Refused, "VPN Legacy"
			}
			rows = append(rows, r)
		}
		for j, mistake := range mistakes {
			r := m.newSite(file, n+i*len(mistakes)+j)
			r.Expected = Wrong
			mistake(r.Cells)
			rows = append(rows, r)
		}
		rng.Shuffle(len(rows), func(a, b int) { rows[a], rows[b] = rows[b], rows[a] })
		duplicate := rows[0]
		duplicate.Expected, duplicate.Cells = Wrong, maps.Clone(duplicate.Cells) // the second row of a name
		all = append(all, numbered(append(rows, duplicate))...)
	}
	newest := slices.DeleteFunc(slices.Clone(all), func(r Row) bool { return r.File != FirstFile || r.Expected != Bought })
	for night := range nights {
		var rows []Row
		for i := range newest {
			if rng.IntN(2) == 0 {
				newest[i] = m.rewritten(newest[i], NightFile(night))
				rows = append(rows, newest[i])
			}
		}
		all = append(all, numbered(rows)...)
	}
	for i := range newest {
		newest[i].File = AfterFile
	}
	return append(all, numbered(newest)...)
}

// numbered gives rows their numbers, below the header.
func numbered(rows []Row) []Row {
	for i := range rows {
		rows[i].Number = i + 2
	}
	return rows
}

// newSite makes the first row of a site.
func (m maker) newSite(file string, number int) Row {
	street := &streets[m.rng.IntN(len(streets))]
	c := maps.Clone(street.cells)
	name := names[m.rng.IntN(len(names))]
	c["technicalSiteName"] = fmt.Sprintf(name, c["country"], c["a3"], number)
	c["customerSiteLabel"] = fmt.Sprintf("Filiale « %s », no %d", c["a3"], number)
	c["vpn"] = []string{"VPN Europe", "1", "aa76e66dfc63"}[m.rng.IntN(3)]
	if number%ownReference == 0 {
		c["customerOrderReference"] = fmt.Sprintf("PO-2026-%05d", number)
	}
	r := Row{File: file, Expected: Bought, Cells: c, street: street}
	m.place(&r)
	return r
}

// place gives a row an address in its street that no other row has.
func (m maker) place(r *Row) {
	for {
		r.Cells["hno"], r.Cells["flr"] = fmt.Sprint(r.street.first+m.rng.IntN(r.street.last-r.street.first+1)), ""
		if m.rng.IntN(2) == 0 {
			r.Cells["flr"] = fmt.Sprint(1 + m.rng.IntN(99))
		}
		if key := r.Cells["a6"] + "|" + r.Cells["hno"] + "|" + r.Cells["flr"]; !m.taken[key] {
			m.taken[key] = true
			break
		}
	}
	r.Address = map[string]string{}
	for _, element := range elements {
		if r.Cells[element] != "" {
			r.Address[element] = r.Cells[element]
		}
	}
	maps.Copy(r.Address, r.street.stored)
}

// rewritten returns a site's row in a later file: most have another address, and some spell
// the name differently in a way that people read alike.
func (m maker) rewritten(r Row, file string) Row {
	if r.File = file; m.rng.IntN(4) > 0 {
		r = m.moved(r)
	}
	if m.rng.IntN(3) == 0 && m.respelled {
		r.Cells = maps.Clone(r.Cells)
		r.Cells["technicalSiteName"] = spellings[m.rng.IntN(len(spellings))](r.Cells["technicalSiteName"])
	}
	return r
}

// moved returns a row with another address.
func (m maker) moved(r Row) Row {
	r.Cells = maps.Clone(r.Cells)
	m.place(&r)
	return r
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

// WriteFiles writes the rows into dir, as CSV, each file under its name.
func WriteFiles(dir string, rows []Row) error {
	tables := map[string][][]string{}
	for _, r := range rows {
		line := make([]string, len(Columns))
		for i, column := range Columns {
			line[i] = r.Cells[column]
		}
		tables[r.File] = append(tables[r.File], line)
	}
	for name, table := range tables {
		var text bytes.Buffer
		if err := csv.NewWriter(&text).WriteAll(append([][]string{Columns}, table...)); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}
