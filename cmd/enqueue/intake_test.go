// This file tests the flags that say how to read a file (mappings, limits), what is printed
// about its columns, and the question before anything is ordered.

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"btrollout/internal/config"
	"btrollout/internal/importer"
	"btrollout/internal/jsonout"
	"btrollout/internal/rollout"
)

// french is a file as a country manager makes it: a title, everyday names, labels, a
// column of remarks and a total.
const french = `Sites de Suisse;;;;;;;;;;;

Nom du site;Libellé;Pays;VPN;Zone de numérotation;N°;Rue;Code postal;Ort;Canton;Commentaire;
GE-1;Cornavin;CH;1;022;7;Place de Cornavin;1201;Genève;Genève;bâtiment A;
VD-1;Ouchy;CH;1;021;1;Place de la Navigation;1006;Lausanne;Vaud;;
Total;;;;;2;;;;;;
`

func TestColumnsAreSaidAsTheyWereRecognised(t *testing.T) {
	t.Parallel()
	file := written(t, "f.csv", french)
	got, _ := inquire(t, 0, "--check", "--map", "ORT=a3", "--report-dir", t.TempDir(), file)
	for _, words := range []string{
		"Header in row 3: 6 columns are read by their names: Nom du site, Pays, VPN, Zone de numérotation,\nRue, Canton.\n",
		"\n    B  Libellé      customerSiteLabel  its everyday name\n",
		"\n    I  Ort (a3)     a3                 --map\n",
		"\n    K  Commentaire  not used\n",
		"\nRow 1 stands above the header and is not read.\nRow 6 was left out: it is a row of totals.\n",
		"Checked 2 rows: 2 right, 0 wrong.",
	} {
		if !strings.Contains(got, words) {
			t.Errorf("not said: %q\nbut %s", words, got)
		}
	}
	mapped := written(t, "map.txt", "\ufeff# of Switzerland\n\nOrt = a4\n")
	got, _ = inquire(t, 3, "--check", "--json", "--map-file", mapped, "--map", "Commentaire=-", "--report-dir", t.TempDir(), file)
	var status jsonout.File
	if err := json.Unmarshal([]byte(got), &status); err != nil {
		t.Fatal(err, got)
	}
	columns := status.Sheets[0].Columns
	for i, want := range map[int]jsonout.Column{
		0:  {Letter: "A", Header: "Nom du site", Field: "technicalSiteName", By: "name"},
		8:  {Letter: "I", Header: "Ort (a4)", Field: "a4", By: "map"},
		10: {Letter: "K", Header: "Commentaire (-)", By: "map"},
	} {
		if diff := cmp.Diff(want, columns[i]); diff != "" {
			t.Errorf("column %d (-want +got):\n%s", i, diff)
		}
	}
	if diff := cmp.Diff([]jsonout.Preview{{Country: "CH", Rows: 2, Rejected: 2}}, status.Preview); diff != "" {
		t.Errorf("preview (-want +got):\n%s", diff)
	}
	if len(status.Remarks) != 2 {
		t.Errorf("remarks %v, want 2", status.Remarks)
	}
}

// TestRemarks_SayASentenceOnce reads a workbook with two sheets that are no rollouts, and rows of
// totals. The report has a sentence for each of them.
func TestRemarks_SayASentenceOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "f.xlsx")
	book := excelize.NewFile()
	for i, line := range append(strings.Split(strings.TrimSpace(rows), "\n"), "Total", "Total") {
		cells := strings.Split(line, ",")
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &cells); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Notes", "Contacts"} {
		_, err := book.NewSheet(name)
		if err := errors.Join(err, book.SetCellStr(name, "A1", "text")); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.SaveAs(file); err != nil {
		t.Fatal(err)
	}
	got, _ := inquire(t, 3, "--check", file)
	const want = "\nThe sheets \"Notes\", \"Contacts\" were not read, each for the same reason: it has no header of a\nrollout.\n" +
		"Rows 6, 7 were left out, each for the same reason: it is a row of totals.\n"
	if !strings.Contains(got, want) {
		t.Errorf("not said: %s\nbut %s", want, got)
	}
	var status jsonout.File
	got, _ = inquire(t, 3, "--check", "--json", file)
	if err := json.Unmarshal([]byte(got), &status); err != nil || len(status.Remarks) != 4 {
		t.Errorf("the remarks are %v (%v)", status.Remarks, err)
	}
}

// TestMappingsInWindows1252 reads a file of mappings that is not in UTF-8.
func TestMappingsInWindows1252(t *testing.T) {
	t.Parallel()
	f := intakeFlags{MapFile: written(t, "m", "Stra\xdfe=a6\r\n\r\nH\xe4user, a=b = hno")}
	got, err := f.mapping()
	if diff := cmp.Diff(map[string]string{"Straße": "a6", "Häuser, a=b": "hno"}, got); err != nil || diff != "" {
		t.Errorf("error %v, mappings (-want +got):\n%s", err, diff)
	}
}

// TestMarkedCopies: the command says so if the marked file holds only values of the original.
func TestMarkedCopies(t *testing.T) {
	t.Parallel()
	sample, err := os.ReadFile("../../samples/rollout.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, says := range map[string]string{
		"a.xlsx": "marked.xlsx\n", "a.xlsm": "only the values of the sheets that were read are in it)\n",
	} {
		got, _ := inquire(t, 3, "--check", "--annotate", filepath.Join(dir, "marked.xlsx"), "--report-dir", dir, written(t, name, string(sample)))
		if !strings.Contains(got, "Marked copy: ") || !strings.Contains(got, says) {
			t.Errorf("%s: printed %s", name, got)
		}
	}
	file := written(t, "b.xlsx", string(sample))
	for _, args := range [][]string{
		{"--annotate", file}, {"--annotate", filepath.Join(dir, "x.csv")}, {"--annotate", filepath.Join(dir, "none", "x.xlsx")},
		{"--annotate", filepath.Join(dir, "x.xlsx"), "--report", filepath.Join(dir, "x.xlsx")},
	} {
		inquire(t, 2, append(args, "--check", file)...)
	}
}

func TestMappingsThatAreNone(t *testing.T) {
	t.Parallel()
	file := written(t, "f.csv", french)
	for _, args := range [][]string{
		{"--map", "Ort"}, {"--map", "=a3"}, {"--map", "Ort="}, {"--map-file", written(t, "m", "Ort\n")},
		{"--map-file", "/nowhere/m"}, {"--max-rows", "0"}, {"--max-cell", "-1"},
	} {
		inquire(t, 2, append(args, "--check", file)...)
	}
	if _, stderr := inquire(t, 1, "--check", "--max-rows", "1", "--map", "Ort=a3", file); !strings.Contains(stderr, "more than 1 row:") {
		t.Errorf("of a file with more rows than wanted is said: %s", stderr)
	}
}

// TestAFileThatCannotBeUsed: the error is in the user's language, and has its code.
func TestAFileThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	file := written(t, "f.csv", "technicalSiteName,customerSiteLabel,country\nA,L,FR\n")
	for lang, want := range map[string]string{
		"en": `The file lacks the column vpn: correct the header in row 1, or say what a column is with ` +
			`--map "Header=field" ("Header=-": it is not used).`,
		"fr": `Il manque au fichier la colonne vpn : corrigez l'en-tête à la ligne 1, ou indiquez ce qu'est une colonne avec ` +
			`--map "En-tête=champ" ("En-tête=-" : elle n'est pas utilisée).`,
	} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			stdout, stderr := inquire(t, 1, "--check", "--lang", lang, "--report-dir", t.TempDir(), file)
			if stdout != "" || stderr != "enqueue: "+want+" [file.column-missing]\n" {
				t.Errorf("printed %q and %q", stdout, stderr)
			}
			stdout, _ = inquire(t, 1, "--check", "--json", "--lang", lang, "--report-dir", t.TempDir(), file)
			var got map[string]any
			err := json.Unmarshal([]byte(stdout), &got)
			if diff := cmp.Diff(map[string]any{"schema": 1.0, "error": want, "code": "file.column-missing"}, got); err != nil || diff != "" {
				t.Errorf("as JSON: %s (%v), (-want +got):\n%s", stdout, err, diff)
			}
		})
	}
	stdout, _ := inquire(t, 2, "--check", "--json", "--map", "Ort", file)
	if !strings.Contains(stdout, `"error"`) || strings.Contains(stdout, `"code"`) {
		t.Errorf("of a fault in the flags is printed %s", stdout)
	}
}

// TestLimitsAreTheImporters: the defaults of the flags are the importer's.
func TestLimitsAreTheImporters(t *testing.T) {
	t.Parallel()
	var c cli
	if _, _, ended := config.Parse(program, &c, []string{"file", "x.csv"}, io.Discard, io.Discard); ended {
		t.Fatal("not parsed")
	}
	limits, err := c.File.Intake.Limits.limits()
	if err != nil || limits != importer.DefaultLimits {
		t.Errorf("%+v (%v), want %+v", limits, err, importer.DefaultLimits)
	}
}

func TestTheUserIsAskedBeforeOrders(t *testing.T) {
	t.Parallel()
	failing := errors.New("the terminal is gone")
	for _, c := range []struct {
		name   string
		flags  fileFlags
		shared sharedFlags
		answer string
		err    error
		want   error
		asked  bool
	}{
		{"yes", fileFlags{}, sharedFlags{}, "y\n", nil, nil, true},
		{"oui", fileFlags{}, sharedFlags{Lang: "fr"}, " Oui \n", nil, nil, true},
		{"no", fileFlags{}, sharedFlags{}, "n\n", nil, errDeclined, true},
		{"nothing", fileFlags{}, sharedFlags{}, "\n", nil, errDeclined, true},
		{"no answer", fileFlags{}, sharedFlags{}, "", failing, errStopped, true},
		{"--yes", fileFlags{Yes: true}, sharedFlags{}, "", failing, nil, false},
		{"a rehearsal", fileFlags{}, sharedFlags{Simulate: true}, "", failing, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			asked := ""
			s := &session{flags: c.shared, stderr: io.Discard, ask: func(_ context.Context, question string) (string, error) {
				asked = question
				return c.answer, c.err
			}}
			u := &upload{flags: &c.flags, session: s, checked: &checkedFile{preview: newPreview()}}
			u.checked.preview.byCountry["FR"] = &tally{rows: 9, orders: 7, addresses: 2}
			if err := u.agree(t.Context()); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if (asked != "") != c.asked || c.asked && !(strings.Contains(asked, "7") && strings.Contains(asked, "2")) {
				t.Errorf("asked %q", asked)
			}
		})
	}
	u := &upload{flags: &fileFlags{}, session: &session{}}
	if err := u.agree(t.Context()); err != nil {
		t.Errorf("where nobody can be asked: %v", err)
	}
}

// Rows that follow others may make orders too, which the question and the table above it say.
func TestAgree_SaysWhatFollowersMayOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang   rollout.Lang
		follow int
		want   string
	}{
		{rollout.English, 0, ""},
		{rollout.English, 1, "1 row waits for another batch and may make an order too if the earlier row of the site does not succeed."},
		{rollout.English, 3, "3 rows wait for another batch and may make orders too if the earlier row of the site does not succeed."},
		{rollout.French, 1, "1 ligne attend un autre lot et peut donner lieu, elle aussi, à une commande " +
			"si la ligne antérieure du site n'aboutit pas."},
		{rollout.French, 3, "3 lignes attendent un autre lot et peuvent donner lieu, elles aussi, à des commandes " +
			"si la ligne antérieure du site n'aboutit pas."},
	} {
		asked, printed := "", strings.Builder{}
		s := &session{
			flags: sharedFlags{Lang: c.lang}, stderr: io.Discard, screen: screen{out: &printed, columns: 200, lang: c.lang},
			ask: func(_ context.Context, question string) (string, error) { asked = question; return "y", nil },
		}
		u := &upload{flags: &fileFlags{}, session: s, checked: &checkedFile{preview: newPreview()}}
		u.checked.preview.byCountry["FR"] = &tally{rows: 9, orders: 9 - c.follow, follow: c.follow}
		if err := u.agree(t.Context()); err != nil {
			t.Error(err)
		}
		s.screen.printPreview(u.checked)
		for where, text := range map[string]string{"the question": asked, "the preview": printed.String()} {
			if c.want == "" && strings.Contains(text, "another batch") || !strings.Contains(text, c.want) {
				t.Errorf("%s is %q, want %q in it", where, text, c.want)
			}
		}
	}
}
