// This file tests what depends on the names of columns in CSV files, and that sites are whole
// whatever a file is made of.

package importer_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"btrollout/internal/importer"
	"btrollout/internal/importer/importertest"
)

// TestSeparatorsByTheHeader: the separator is the one with which a row names the most fields.
func TestSeparatorsByTheHeader(t *testing.T) {
	t.Parallel()
	semicolons := strings.ReplaceAll(header, ",", ";")
	for name, content := range map[string]string{
		"comma":                  header + ",a3\nA,L,FR,1,x;y\n",
		"semicolon":              semicolons + ";a3\nA;L;FR;1;x,y\n",
		"semicolon, decimals":    semicolons + ";a3\nA;L;FR;1;1,5\nB;L;FR;1;2,5\n",
		"notes with other marks": "Read this, please, all of it, now, yes\n" + semicolons + ";a3\nA;L;FR;1;x\n",
		"everyday names":         "Site name;Label;Country;VPN;City\nA;L;FR;1;x\n",
		"sep, and other columns": "sep=^\n" + strings.ReplaceAll(header, ",", "^") + "^a3\nA^L^FR^1^x\n",
	} {
		sheet, sites, err := read(importertest.Write(t, "a.csv", content), importer.Options{})
		must(t, err)
		if len(sheet.Fields) != 5 || sheet.Fields[4] != "a3" || sites[0].Name != "A" || len(sites[0].Problems) != 0 ||
			int(sites[0].Row) != sheet.Row+1 {
			t.Errorf("%s: header %+v and %+v", name, sheet, sites)
		}
	}
}

// TestRefusedFilesAreClosed: what was decoded of a file is removed when its header refuses it.
func TestRefusedFilesAreClosed(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	for code, content := range map[string]string{
		"file.column-missing": "technicalSiteName,country\nA,\xe9", "file.empty": "\xff\xfe\n\x00",
	} {
		_, _, err := read(importertest.Write(t, "a.csv", content), importer.Options{})
		importertest.WantFileError(t, err, code)
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v (%v)", code, left, err)
		}
	}
}

// FuzzSites tests that the site is whole whatever it is made of, and that every refusal is
// worded. Run it with -fuzzminimizetime=5x.
func FuzzSites(f *testing.F) {
	semicolons := strings.ReplaceAll(header, ",", ";")
	f.Add([]byte(header + "\nA,L,FR,1\n"))
	f.Add([]byte("\xef\xbb\xbf" + semicolons + "\r\nA;\"L\nM\";FR;1\r\n\r\nB;\"x\"y;;"))
	f.Add([]byte(header + ",bt_row,\n,\"\n\n"))
	f.Add([]byte("sep=;\r\n" + semicolons + ";City (a3);Wave (-)\r\nA;L;FR;1;x;2\r\nTotal : 1;;;;;"))
	f.Add([]byte("Nom du site;Libellé (obligatoire);Pays;VPN;N°;Rue\nA;Siège à 5 €;Suisse;1;12;de l’Œuvre\n"))
	f.Add([]byte(semicolons + "\nbt_example;L;FR;1\nB;L;FR;1\n"))
	f.Add([]byte("Title\n\nSite name|Label|Country|VPN|Postcod|Address\nA|L|FR|1|7|x\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		checkInvariants(t, importertest.Write(t, "a.csv", string(content)))
	})
}

// TestFilesThatFuzzingFound: the site is whole of those that were found in the readers, too.
func TestFilesThatFuzzingFound(t *testing.T) {
	t.Parallel()
	for _, values := range foundBy(t, "FuzzCSV") {
		checkInvariants(t, importertest.Write(t, "a.csv", values[0]))
	}
	for _, values := range foundBy(t, "FuzzXLSX") {
		checkInvariants(t, importertest.Write(t, "a.xlsx", string(importertest.OneSheet(t, values[0], values[1], values[2]))))
	}
}

// foundBy gives the values of each file that a fuzz target of internal/spreadsheet keeps.
func foundBy(t *testing.T, target string) (all [][]string) {
	t.Helper()
	files, err := filepath.Glob("../spreadsheet/testdata/fuzz/" + target + "/*")
	must(t, err)
	if len(files) < 5 {
		t.Fatalf("%s: %v", target, files)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		must(t, err)
		var values []string
		for _, line := range strings.Split(strings.TrimSpace(string(content)), "\n")[1:] {
			value, err := strconv.Unquote(line[strings.IndexByte(line, '(')+1 : len(line)-1])
			must(t, err)
			values = append(values, value)
		}
		all = append(all, values)
	}
	return all
}
