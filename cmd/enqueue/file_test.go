// This file tests what the command prints about the rows of a file, in both languages. How
// the rows end is tested in internal/e2e.

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/btsim"
	"btrollout/internal/jsonout"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// rows are a file with rows of three countries, one of which does not exist. One row spells
// canton and place differently from the API, one has no address.
const rows = `technicalSiteName,customerSiteLabel,country,vpn,dialzone,hno,sts,a6,pc,a3,a1
CH-1,Cornavin,CH,1,022,7,,Place de Cornavin,1201,geneve,Genève
CH-2,Ouchy,CH,1,021,,,,,,
SJ-1,Svalbard,SJ,1,79,231,,Vei 231,9170,Longyearbyen,21
ZZ-1,Nowhere,ZZ,1,,,,,,,
`

func TestACheckTellsOfCountriesAndNotes(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string][]string{
		"en": {
			"Checked 4 rows: 2 right, 2 wrong. Nothing was enqueued.\n",
			"  C5 country: ",
			`
      country                         rows  orders  wrong  emergency  comment of Orange
  CH  Switzerland                        2       1      1  yes
  SJ  Svalbard and Jan Mayen Islands     1       1      0  no         Calls may be routed by satell…
  –   other rows                         1       0      1
      all                                4       2      2
1 row has values that are sent otherwise than written (case, accents, white space, dial zone): column bt_note of the report.
  K3 a1: `,
		},
		"fr": {
			"Vérification de 4 lignes : 2 sans erreur, 2 avec erreur. Rien n'a été transmis.\n",
			"  C5 country : ",
			`
      pays                            lignes  commandes  erronées  urgences  remarque d'Orange
  CH  Switzerland                          2          1         1  oui
  SJ  Svalbard and Jan Mayen Islands       1          1         0  non       Calls may be routed by…
  –   autres lignes                        1          0         1
      total                                4          2         2
1 ligne a des valeurs envoyées autrement qu'écrites (casse, accents, espaces, zone de numérotation) : colonne bt_note du rapport.
  K3 a1 : `,
		},
	} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			got, _ := inquire(t, 3, "--check", "--lang", lang, "--report-dir", t.TempDir(), written(t, "rows.csv", rows))
			for _, words := range want {
				if !strings.Contains(got, words) {
					t.Errorf("not said: %s\nbut %s", words, got)
				}
			}
		})
	}
}

// TestCheck_WritesAReportOnlyWhereItIsAskedTo: the folder of reports need not be usable. The problems
// stand right before the sentence that says right and wrong, and below that where a report is, or how
// to get one.
func TestCheck_WritesAReportOnlyWhereItIsAskedTo(t *testing.T) {
	t.Parallel()
	file, dir := written(t, "rows.csv", rows), t.TempDir()
	folder := written(t, "reports", "") // a file
	const problem, enqueued = "[site.country-not-covered]\nChecked 4 rows: 2 right, 2 wrong. ", "Nothing was enqueued.\n"
	ends := func(got, end string) {
		t.Helper()
		if !strings.HasSuffix(got, problem+enqueued+end) {
			t.Errorf("printed %s, and the end is not %q", got, end)
		}
	}
	check := func(flags ...string) string {
		t.Helper()
		got, _ := inquire(t, 3, slices.Concat([]string{"--check", "--report-dir", folder}, flags, []string{file})...)
		return got
	}
	ends(check(), "No report was written: --report FILE.xlsx writes one, and --annotate FILE.xlsx a copy with the wrong cells marked.\n")
	if got := check("--lang", "fr"); !strings.Contains(got, "transmis.\nAucun rapport n'a été écrit : --report FICHIER.xlsx en écrit un") {
		t.Errorf("printed %s", got)
	}
	const noBE = "No row has the country BE: naming it in --countries changes nothing."
	if got := check("--countries", "ch,be"); !strings.Contains(got, "\n"+noBE+"\n") {
		t.Errorf("printed %s", got)
	}
	if got := check("--countries", "CH"); strings.Contains(got, "No row has the country") {
		t.Errorf("printed %s", got)
	}
	var status jsonout.File
	err := json.Unmarshal([]byte(check("--json", "--countries", "BE")), &status)
	if err != nil || status.Report != "" || len(status.Remarks) != 1 || status.Remarks[0].EN != noBE {
		t.Errorf("the report is %q, the remarks are %v (%v)", status.Report, status.Remarks, err)
	}
	report, marked := filepath.Join(dir, "r.xlsx"), filepath.Join(dir, "m.xlsx")
	ends(check("--annotate", marked), "Marked copy: "+marked+"\n")
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("the folder has %v (%v), want the marked copy", left, err)
	}
	ends(check("--report", report, "--annotate", marked), "Marked copy: "+marked+"\nReport: "+report+"\n")
	if _, err := os.Stat(report); err != nil {
		t.Error(err)
	}
}

// TestCheck_SaysWhatOnlyTheRegisterCanJudge counts right rows in countries with a register, and no
// others. What is enqueued is held against the register by the worker.
func TestCheck_SaysWhatOnlyTheRegisterCanJudge(t *testing.T) {
	t.Parallel()
	file := written(t, "rows.csv", rows+`FR-1,L,FR,1,,1,Place,de la Comédie,69001,Lyon,
FR-2,L,FR,1,,1,Place,du Capitole,31000,Toulouse,
FR-3,L,FR,1,,,,,,,
DE-1,L,DE,1,,2,,Unter den Linden,10117,Berlin,
`)
	for lang, want := range map[string]string{
		"en": "Checked 8 rows: 5 right, 3 wrong. 3 rows: address not yet held against the register of DE, FR, " +
			"which a worker does before the order. Nothing was enqueued.\n",
		"fr": "Vérification de 8 lignes : 5 sans erreur, 3 avec erreur. 3 lignes : adresse pas encore vérifiée dans le registre " +
			"de DE, FR, ce que fait un worker avant la commande. Rien n'a été transmis.\n",
	} {
		if got, _ := inquire(t, 3, "--check", "--lang", lang, file); !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
	got, _ := inquire(t, 3, "--report-dir", t.TempDir(), file)
	if strings.Contains(got, "register of") {
		t.Errorf("of a file that was to be enqueued is printed %s", got)
	}
}

// TestListProblems_SaysASentenceOnce lists wrong rows with the same problem, with different ones, and
// with more than are printed.
func TestListProblems_SaysASentenceOnce(t *testing.T) {
	t.Parallel()
	spool, err := newSpool()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(spool.close)
	add := func(row int, problems ...rollout.Problem) {
		s := rollout.Site{Row: rollout.RowRef(row)}
		s.State, s.Problems = rollout.Rejected, problems
		if err := spool.add(ledger.Entry{Site: s}); err != nil {
			t.Fatal(err)
		}
	}
	lacks := rollout.Problem{Code: "c.lacks", Field: "pc", Message: rollout.Say("The number is missing.", "")}
	for row := range placesListed + 1 {
		add(row+2, lacks)
	}
	strange := lacks
	strange.Field = "a3" // which has a column
	add(20, strange, lacks)
	add(21, strange)
	for i := range problemsListed {
		add(30+i, rollout.Problem{Code: "c.other", Message: rollout.Say(fmt.Sprintf("Other %d.", i), "")})
	}
	file := &checkedFile{spool: spool, unreported: true, batch: rollout.Batch{
		Sheets: []rollout.Sheet{{Columns: []string{"Ort"}, Letters: []string{"C"}, Fields: []string{"a3"}}},
	}}
	var out bytes.Buffer
	screen{out: &out, columns: 80, lang: rollout.English}.listProblems(t.Context(), file)
	got := out.String()
	const begin = `  rows 2, 3, 4, 5, 6, 7, 8, 9, … (10 in all): The number is missing. [c.lacks]
  C20, C21 Ort: The number is missing. [c.lacks]
  row 30: Other 0. [c.other]
`
	if !strings.HasPrefix(got, begin) || strings.Count(got, "\n") != problemsListed+1 ||
		!strings.HasSuffix(got, "Other 17. [c.other]\n  … and 2 more rows, in the report with --report FILE\n") {
		t.Errorf("printed %s\nwant, at first, %s", got, begin)
	}
}

// TestARowIsHeldAgainstTheCountryThatItMeans: the command prints all problems of a row
// together, even if the country is misspelled, and no guesses about a row that it cannot
// read.
func TestARowIsHeldAgainstTheCountryThatItMeans(t *testing.T) {
	t.Parallel()
	got, _ := inquire(t, 3, "--check", "--report-dir", t.TempDir(), written(t, "rows.csv",
		strings.ReplaceAll(rows, "CH-2,Ouchy,CH", "CH-2,Ouchy,Suisse")+"X-1,\"a\"b,CH,1,,,,,,,\n"))
	for _, words := range []string{
		"  C3 country: ", "  J3 a3: ", "  row 6: The row has a quotation mark",
		"CH  Switzerland                        2       1      1", "–   other rows                         2       0      2",
	} {
		if !strings.Contains(got, words) {
			t.Errorf("not said: %s\nbut %s", words, got)
		}
	}
	if n := strings.Count(got, "row 6") + strings.Count(got, "C6 "); n != 1 {
		t.Errorf("%d things are said of the row that cannot be read: %s", n, got)
	}
}

// TestFile_RefusedCountryStopsNoFile: the API refuses the rules of Switzerland, and a row
// has the country's name instead of its code.
func TestFile_RefusedCountryStopsNoFile(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"GET /CH", "GET /addressconstraints"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			gate := &simtest.Gate{Rule: func(got string, w http.ResponseWriter, q *http.Request, _ func() *httptest.ResponseRecorder) bool {
				return got == call && strings.Contains(q.URL.Path, "/CH") && simtest.Refuse(w, http.StatusBadRequest, 20)
			}}
			api := simtest.Start(t, btsim.Options{Seed: 1}, gate.Between)
			got, _ := command(t, 3, "--check", "--report-dir", t.TempDir(), "--embedded", "--rate", "1000000/s",
				"--api-url", api.Access.BaseURL, "--token-url", api.Access.TokenURL,
				written(t, "rows.csv", strings.ReplaceAll(rows, ",CH,", ",Suisse,")))
			for words, times := range map[string]int{
				"Checked 4 rows: 1 right, 3 wrong.": 1, "  C2, C3 country: ": 1,
				"  CH ": 1, "  SJ  Svalbard and Jan Mayen Islands     1       1      0": 1,
			} {
				if n := strings.Count(got, words); n != times {
					t.Errorf("%q is printed %d times, want %d:\n%s", words, n, times, got)
				}
			}
		})
	}
}

// TestOneMistakeIsSaidOnce: a cell that cannot be read causes one problem. An unknown VPN is
// a problem in any country.
func TestOneMistakeIsSaidOnce(t *testing.T) {
	t.Parallel()
	got, _ := inquire(t, 3, "--check", "--report-dir", t.TempDir(), written(t, "rows.csv",
		strings.ReplaceAll(rows, "1201,geneve", "#N/A,geneve")+"X-1,L,,VPN Mars,,,,,,,\n"))
	for words, times := range map[string]int{"  I2 pc: ": 1, "[row.cell-error]": 1, "  C6 country: ": 1, "  D6 vpn: ": 1, " 6 ": 0} {
		if n := strings.Count(got, words); n != times {
			t.Errorf("%q is said %d times, want %d: %s", words, n, times, got)
		}
	}
}

func TestStatusTellsOfCountriesAndNotes(t *testing.T) {
	t.Parallel()
	for flag, run := range map[string]func(*testing.T, int, ...string) (string, string){"--check": inquire, "--partial": rehearse} {
		got, _ := run(t, 3, flag, "--json", "--report-dir", t.TempDir(), written(t, "rows.csv", rows))
		var status jsonout.File
		if err := json.Unmarshal([]byte(got), &status); err != nil {
			t.Fatal(err, got)
		}
		want := []rollout.Country{
			{ISO2: "CH", Name: "Switzerland", Emergency: "Yes"},
			{ISO2: "SJ", Name: "Svalbard and Jan Mayen Islands", Emergency: "No", Comment: "Calls may be routed by satellite"},
		}
		same := func(a, b rollout.Country) bool {
			return a.ISO2 == b.ISO2 && a.Name == b.Name && a.Emergency == b.Emergency && a.Comment == b.Comment &&
				len(a.Unapplied) == len(b.Unapplied)
		}
		if !slices.EqualFunc(status.Countries, want, same) || status.Notes != 1 {
			t.Errorf("%s: countries %+v, notes %d", flag, status.Countries, status.Notes)
		}
	}
}

// TestJSON_HasTheProblems: of a file that is checked or refused, in the language of the batch. internal/e2e has one
// that is enqueued in part.
func TestJSON_HasTheProblems(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"--check"}, {}, {"--check", "--lang", "fr"}} {
		got, _ := inquire(t, 3, slices.Concat(flags, []string{"--json", "--report-dir", t.TempDir(), written(t, "rows.csv", rows)})...)
		var file jsonout.File
		if err := json.Unmarshal([]byte(got), &file); err != nil {
			t.Fatal(err, got)
		}
		var at []string
		said := ""
		for _, p := range file.Problems {
			at = append(at, fmt.Sprintf("%s %s=%q %s %s %s", p.Cell, p.Column, p.Value, p.Name, p.Country, p.Code))
			said += p.Sentence
		}
		want := []string{
			`K3 a1="" CH-2 CH address.missing`, `J3 a3="" CH-2 CH address.missing`, `I3 pc="" CH-2 CH address.missing`,
			`H3 a6="" CH-2 CH address.missing`, `F3 hno="" CH-2 CH address.missing`, `C5 country="ZZ" ZZ-1 ZZ site.country-not-covered`,
		}
		if diff := cmp.Diff(want, at); diff != "" {
			t.Errorf("%v: problems (-want +got):\n%s", flags, diff)
		}
		if french := slices.Contains(flags, "fr"); strings.Contains(said, "Business Talk covers") == french {
			t.Errorf("%v: said %s", flags, said)
		}
	}
}

func TestCountriesAreShownBeforeAnythingIsOrdered(t *testing.T) {
	t.Parallel()
	got, _ := rehearse(t, 3, "file", "--partial", "--lang", "fr", "--report-dir", t.TempDir(), written(t, "rows.csv", rows))
	table, after, found := strings.Cut(got, "\nLot ")
	if !found || !strings.Contains(table, "SJ  Svalbard and Jan Mayen Islands") {
		t.Errorf("the countries are not shown before the result: %s", got)
	}
	for _, words := range []string{
		" terminé en ", "voicesite et adresse en place", "lignes  4", "Rapport : ",
		"2 commandes (au plus 1 par site), 2 voicesites, dont 2 avec une adresse",
	} {
		if !strings.Contains(after, words) {
			t.Errorf("not said: %s\nbut %s", words, after)
		}
	}
}

func TestRulesThatAreNotAppliedAreListedInShort(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	file := &checkedFile{preview: newPreview()}
	left := rollout.Say("A pattern cannot be read and is left to the API, which will say so when the address is sent.", "")
	for _, iso2 := range []string{"AA", "BB"} {
		file.preview.byCountry[iso2] = &tally{rows: 1}
		c := rollout.Country{ISO2: iso2, Name: "Country " + iso2}
		for range 6 {
			c.Unapplied = append(c.Unapplied, left)
		}
		file.batch.Countries = append(file.batch.Countries, c)
	}
	screen{out: &out, columns: 80}.printPreview(file)
	if !strings.Contains(out.String(), "\nRules that are not applied before the order:\n  AA  A pattern") {
		t.Errorf("printed %s", out.String())
	}
	const end = `  BB  A pattern cannot be read and is left to the API, which will say so when
      the address is sent.
  … and 2 more, in the report
`
	got := out.String()
	if !strings.HasSuffix(got, end) || strings.Count(got, "A pattern") != unappliedListed || strings.Contains(got, "comment") {
		t.Errorf("printed %s", got)
	}
}

// TestFile_IsNotReplaced gives the rollout file as the path of the report, and of the
// annotated copy.
func TestFile_IsNotReplaced(t *testing.T) {
	t.Parallel()
	for flag, name := range map[string]string{"--report": "rollout.csv", "--annotate": "rollout.xlsx"} {
		file := written(t, name, rows)
		_, stderr := inquire(t, 2, "--check", flag, filepath.Join(filepath.Dir(file), ".", name), file)
		if !strings.Contains(stderr, "would replace the rollout file") {
			t.Errorf("stderr: %s", stderr)
		}
		if content, err := os.ReadFile(file); err != nil || string(content) != rows {
			t.Errorf("the file is now %q (%v)", content, err)
		}
	}
}

// TestFile_OutputsThatAreThere: an output that is there is left alone, unless it is as the command
// wrote it, as a nightly run finds it, or --force is given.
func TestFile_OutputsThatAreThere(t *testing.T) {
	t.Parallel()
	file := written(t, "rows.csv", rows)
	for _, c := range []struct{ flag, name, en, fr string }{
		{"--report", "out.xlsx", "is no report", "n'est pas un rapport"},
		{"--report", "out.csv", "is no report", "n'est pas un rapport"},
		{"--annotate", "out.xlsx", "is no marked copy", "n'est pas une copie annotée"},
	} {
		t.Run(c.flag+" "+c.name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), c.name)
			check := []string{"--check", "--report-dir", t.TempDir(), c.flag, out, file}
			for range 2 { // the second one replaces what the first one wrote
				inquire(t, 3, check...)
			}
			if err := os.WriteFile(out, []byte(rows), 0o600); err != nil {
				t.Fatal(err)
			}
			for lang, says := range map[string][]string{"en": {"there already", c.en, "--force"}, "fr": {"existe déjà", c.fr, "--force"}} {
				_, stderr := inquire(t, 2, append(check, "--lang", lang)...)
				for _, words := range says {
					if !strings.Contains(stderr, words) || strings.Count(stderr, "\n") != 1 {
						t.Errorf("%q is not in %s", words, stderr)
					}
				}
			}
			if content, err := os.ReadFile(out); err != nil || string(content) != rows {
				t.Errorf("the file is now %q (%v)", content, err)
			}
			inquire(t, 3, append(check, "--force")...)
			if err := os.Truncate(out, 0); err != nil { // as mktemp makes files
				t.Fatal(err)
			}
			inquire(t, 3, check...)
			if content, err := os.ReadFile(out); err != nil || len(content) == 0 || string(content) == rows {
				t.Errorf("the file is not replaced: %q (%v)", content, err)
			}
		})
	}
	both := filepath.Join(t.TempDir(), "out.xlsx")
	inquire(t, 3, "--check", "--report-dir", t.TempDir(), "--annotate", both, file)
	inquire(t, 2, "--check", "--report", both, file) // a marked copy is no report
	if _, stderr := inquire(t, 2, "--check", "--force", "--report", file, file); !strings.Contains(stderr, "would replace the rollout file") {
		t.Errorf("by force, the rollout file itself is replaced: %s", stderr)
	}
}
