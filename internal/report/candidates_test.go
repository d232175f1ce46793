// This file tests how the addresses that a row may have meant are offered, and that one of
// them, pasted over the row, is imported.

package report_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
)

// addressed is a batch whose file has columns for most of an address, among others,
// and one of its rows that an address register knows more than once.
func addressed() (rollout.Batch, rollout.Site) {
	b := batch()
	(&b.Sheets[0]).Fields = []string{"technicalSiteName", "customerSiteLabel", "country", "vpn", "pc", "a3", "flr", "sts", "a6", "hns",
		"dialzone"}
	(&b.Sheets[0]).Columns = slices.Clone((&b.Sheets[0]).Fields)
	(&b.Sheets[0]).Columns[4], (&b.Sheets[0]).Columns[8] = " PC", "A6"
	s := site(7, rollout.Failed, rollout.Problem{
		Code: "address.several", Stage: rollout.StageValidate,
		Message: rollout.Say("The register knows several such addresses: choose one.",
			"Le référentiel connaît plusieurs adresses de ce genre : choisissez-en une."),
		Candidates: []rollout.Address{
			{"pc": "75001", "a3": "Paris", "flr": "9th", "sts": "Rue", "a6": "de Rivoli", "hno": "12"},
			{"pc": "01234", "a3": "=Paris", "a6": "de la Paix", "flr": "2", "addrExtInfo1": "'gate", "pcn": "Paris"},
		},
	})
	s.Cells = []string{s.Name, "Label", "FR", "1", "01234", "Pari", "9th", "Avenue", "de la Paix", "bis", "01"}
	return b, s
}

// inElements are the candidates of addressed, as they are suggested.
const inElements = "a3=Paris; a6=de Rivoli; hno=12; sts=Rue; flr=9th; pc=75001\na3==Paris; a6=de la Paix; flr=2; pc=01234; pcn=Paris; " +
	"addrExtInfo1='gate"

// filled are the columns of a sheet whose cells are coloured in a row, by their headers.
func filled(t *testing.T, book *excelize.File, sheet string, row int) (names []string) {
	t.Helper()
	for i, name := range rows(t, book.Path, sheet)[0] {
		if fill(t, book, sheet, cell(t, i, row)) != "" {
			names = append(names, name)
		}
	}
	return names
}

func cell(t *testing.T, place, row int) string {
	t.Helper()
	name, err := excelize.CoordinatesToCellName(place+1, row)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestTheSheetOfCandidates(t *testing.T) {
	t.Parallel()
	b, s := addressed()
	other := site(9, rollout.Failed, rollout.Problem{Field: "pc", Suggestion: "75002", Message: rollout.Text{EN: "It is wrong."}})
	well := s
	well.Row, well.State = 8, rollout.Provisioned
	files := write(t, b, s, well, other)
	book := open(t, files.XLSX)
	if got := book.GetSheetList(); !slices.Equal(got, []string{"Failures", "Candidates", "All sites", "Summary", "bt_lists"}) ||
		book.GetActiveSheetIndex() != 0 {
		t.Errorf("sheets %v, active %d", got, book.GetActiveSheetIndex())
	}
	want := [][]string{
		{"bt_row", "bt_candidate", "technicalSiteName", "customerSiteLabel", "country", "vpn", " PC", "a3", "flr", "sts", "A6", "hns",
			"dialzone", "hno", "pcn", "addrExtInfo1"},
		{"7", "1", "SITE-7", "Label", "FR", "1", "75001", "Paris", "9th", "Rue", "de Rivoli", "", "01", "12"},
		{"7", "2", "SITE-7", "Label", "FR", "1", "01234", "'=Paris", "2", "", "de la Paix", "", "01", "", "Paris", "'gate"},
	}
	for i, got := range rows(t, book.Path, "Candidates") {
		if i >= len(want) || !slices.Equal(got, want[i]) {
			t.Errorf("row %d is %q", i+1, got)
		}
	}
	for row, want := range map[int][]string{2: {" PC", "a3", "sts", "A6", "hns", "hno"},
		3: {"a3", "flr", "sts", "hns", "pcn", "addrExtInfo1"}} {
		if got := filled(t, book, "Candidates", row); !slices.Equal(got, want) {
			t.Errorf("row %d has colours at %q, want %q", row, got, want)
		}
	}
	own, added := fill(t, book, "Candidates", "C1"), fill(t, book, "Candidates", "N1")
	if own != fill(t, book, "Failures", "F1") || added != fill(t, book, "Candidates", "A1") || own == added {
		t.Errorf("the headers have the colours %q and %q", own, added)
	}
	text := summary(t, files)
	for _, want := range []string{
		"copy its cells from column C to column M, and paste them over the row with the same bt_row on “Failures”, from column F on.",
		"Your file has no column for what stands after column M on “Candidates” (hno, pcn, addrExtInfo1)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the summary lacks %q:\n%s", want, text)
		}
	}
}

// TestEachSheetKeepsItsNames tests that a sheet which comes in between takes from
// no other the header that is repeated in print, nor the filter, nor what is printed.
func TestEachSheetKeepsItsNames(t *testing.T) {
	t.Parallel()
	b, s := addressed()
	b.Lang = rollout.French
	book := open(t, write(t, b, s).XLSX)
	found := map[string]int{}
	for _, name := range book.GetDefinedName() {
		if !strings.HasPrefix(name.RefersTo, "'"+name.Scope+"'!") {
			t.Errorf("%s of the sheet %q refers to %s", name.Name, name.Scope, name.RefersTo)
		}
		found[name.Scope]++
	}
	if want := map[string]int{"À corriger": 3, "Adresses proposées": 2, "Tous les sites": 2}; !maps.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
	panes, err := book.GetPanes("Adresses proposées")
	if err != nil || !panes.Freeze || panes.XSplit != 3 || panes.YSplit != 1 || panes.TopLeftCell != "D2" {
		t.Errorf("row, number and site are not kept in sight: %+v %v", panes, err)
	}
}

// TestACandidateIsPasted does what the summary says, and imports the result.
func TestACandidateIsPasted(t *testing.T) {
	t.Parallel()
	for chosen, want := range []rollout.Address{
		{"pc": "75001", "a3": "Paris", "flr": "9th", "sts": "Rue", "a6": "de Rivoli", "dialzone": "01", "hno": "12"},
		{"pc": "01234", "a3": "=Paris", "flr": "2", "a6": "de la Paix", "dialzone": "01", "pcn": "Paris", "addrExtInfo1": "'gate"},
	} {
		b, s := addressed()
		files := write(t, b, site(2, rollout.Failed), s)
		book := open(t, files.XLSX)
		header := rows(t, files.XLSX, "Candidates")[0]
		width := len(rows(t, files.XLSX, "Failures")[0])
		const failure, before, onto = 3, 2, 5 // the row on the sheet of failures; columns before the file's own on both sheets
		for i := before; i < len(header); i++ {
			text, err := book.GetCellValue("Candidates", cell(t, i, chosen+2))
			if err != nil {
				t.Fatal(err)
			}
			to := i - before + onto
			if to >= onto+len((&b.Sheets[0]).Columns) { // a column that the file lacks is added at its end
				to += width - onto - len((&b.Sheets[0]).Columns)
				if err := book.SetCellStr("Failures", cell(t, to, 1), header[i]); err != nil {
					t.Fatal(err)
				}
			}
			if err := book.SetCellStr("Failures", cell(t, to, failure), text); err != nil {
				t.Fatal(err)
			}
		}
		if err := book.Save(); err != nil {
			t.Fatal(err)
		}
		back := imported(t, files.XLSX)
		if len(back) != 2 || back[1].Name != s.Name || !maps.Equal(back[1].Address, want) {
			t.Errorf("candidate %d: came back as %+v, want the address %v", chosen+1, back, want)
		}
	}
}

func TestCandidatesAsSuggestions(t *testing.T) {
	t.Parallel()
	b, s := addressed()
	both := s
	both.Row = 8
	both.Problems = append(slices.Clone(s.Problems), rollout.Problem{Field: "flr", Suggestion: "2"})
	many := s
	many.Row, many.Problems = 9, []rollout.Problem{{}}
	lines := make([]string, 0, 11)
	for i := range 14 {
		many.Problems[0].Candidates = append(many.Problems[0].Candidates, rollout.Address{"hno": fmt.Sprint(i), "a6": "Rue"})
		if i < 10 {
			lines = append(lines, fmt.Sprintf("a6=Rue; hno=%d", i))
		}
	}
	either := s
	either.Row, either.Problems = 10, []rollout.Problem{{Suggestion: "this", Candidates: s.Problems[0].Candidates}}
	want := []string{inElements, "1. " + inElements + "\n2. 2", strings.Join(append(lines, "… and 4 more"), "\n"), "this"}
	files := write(t, b, s, both, many, either)
	for where, table := range map[string][][]string{"Failures": rows(t, files.XLSX, "Failures"), "CSV": readCSV(t, files.CSV)} {
		if got := column(t, table, "bt_suggestion"); !slices.Equal(got, want) {
			t.Errorf("%s suggests %q, want %q", where, got, want)
		}
	}
	if got := column(t, rows(t, files.XLSX, "Candidates"), "bt_row"); len(got) != 2+2+14+2 {
		t.Errorf("the sheet has the candidates of %q", got)
	}
}

// TestMoreCandidatesThanASheetHolds tests that the sheet has an end and says so.
func TestMoreCandidatesThanASheetHolds(t *testing.T) {
	t.Parallel()
	b, s := addressed()
	b.Sheets[0].Columns, b.Sheets[0].Fields = (&b.Sheets[0]).Columns[:1], (&b.Sheets[0]).Fields[:1]
	s.Problems[0].Candidates = slices.Repeat([]rollout.Address{{"a6": "Rue"}}, 50_005)
	late := s
	late.Row = 8
	late.Problems = []rollout.Problem{{Candidates: []rollout.Address{{"a1": "Nowhere"}}}}
	files := write(t, b, s, late)
	book := open(t, files.XLSX)
	filtered := ""
	for _, name := range book.GetDefinedName() {
		if name.Name == "_xlnm._FilterDatabase" && name.Scope == "Candidates" {
			filtered = name.RefersTo
		}
	}
	if want := "'Candidates'!$A$1:$D$50001"; filtered != want {
		t.Errorf("the sheet's filter is over %s, want its header and 50000 lines, %s", filtered, want)
	}
	const want = "“Candidates” stops after 50000 lines; for the rows that follow, see the column bt_suggestion on “Failures”."
	if !strings.Contains(summary(t, files), want) {
		t.Errorf("the summary does not say %q", want)
	}
	if got := column(t, rows(t, files.XLSX, "Failures"), "bt_suggestion"); !strings.HasSuffix(got[0], "… and 49995 more") ||
		got[1] != "a1=Nowhere" {
		t.Errorf("suggested is %q", got)
	}
}
