// This file tests the report of a file of several sheets.

package report_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/importer"
	"btrollout/internal/report"
	"btrollout/internal/rollout"
)

// countries is a batch of three sheets that call and order their columns differently.
func countries() rollout.Batch {
	b := batch()
	b.Sheets = []rollout.Sheet{
		{Name: "FR", Columns: []string{"Nom du site", "customerSiteLabel", "country", "vpn", "Code postal", "Comment"},
			Fields: []string{"technicalSiteName", "customerSiteLabel", "country", "vpn", "pc", ""}, Letters: []string{"A", "B", "C", "D", "E", "F"}},
		{Name: "BE", Columns: []string{"country", "Site name", "customerSiteLabel", "vpn", "Comment", "City (a3)", "Code postal"},
			Fields:  []string{"country", "technicalSiteName", "customerSiteLabel", "vpn", "", "a3", ""},
			Letters: []string{"A", "B", "C", "D", "E", "F", "G"}},
		{Name: "CH", Columns: []string{"technicalSiteName", "customerSiteLabel", "country", "vpn", "dialzone"},
			Fields: []string{"technicalSiteName", "customerSiteLabel", "country", "vpn", "dialzone"}, Letters: []string{"A", "B", "C", "D", "E"}},
	}
	return b
}

// inCountries are three sites, one on each sheet, in the second row of each.
func inCountries(states ...rollout.State) []rollout.Site {
	cells := [][]string{
		{"PAR", "L", "FR", "1", "01234", "=mine"},
		{"BE", "BRU", "L", "1", "yours", "Bruxelles", "free"},
		{"LAU", "L", "CH", "1", "021"},
	}
	var sites []rollout.Site
	for k, state := range states {
		s := site(2, state)
		s.Row, s.Cells = rollout.RowAt(k, 2), cells[k]
		sites = append(sites, s)
	}
	return sites
}

func TestSeveralSheets(t *testing.T) {
	t.Parallel()
	b := countries()
	sites := inCountries(rollout.Failed, rollout.Rejected, rollout.Provisioned)
	sites[1].Problems = []rollout.Problem{{Code: "address.area", Field: "a3", Message: rollout.Text{EN: "It is wrong."}}}
	sites[0].RequestID = "req-1"
	files := write(t, b, sites...)
	book := open(t, files.XLSX)
	if got := book.GetSheetList(); !slices.Equal(got, []string{"Failures FR", "Failures BE", "All sites", "Summary"}) ||
		book.GetActiveSheetIndex() != 0 {
		t.Errorf("sheets %q, active %d", got, book.GetActiveSheetIndex())
	}
	const noReason = "The site was not provisioned, and no reason was recorded: check the row, look for its voicesite in " +
		"the Business Talk Online portal, and upload the row again if there is none."
	for name, want := range map[string][][]string{
		"Failures FR": {slices.Concat([]string{"bt_site", "bt_problem", "bt_row", "bt_cells", "bt_suggestion"},
			b.Sheets[0].Columns, []string{"bt_state", "bt_stage"}),
			{"SITE-2", noReason, "2", "", "", "PAR", "L", "FR", "1", "01234", "'=mine", "failed"}},
		"Failures BE": {slices.Concat([]string{"bt_site", "bt_problem", "bt_row", "bt_cells", "bt_suggestion"},
			b.Sheets[1].Columns, []string{"bt_state", "bt_stage"}),
			{"SITE-2", "It is wrong.", "2", "City (a3): Bruxelles", "", "BE", "BRU", "L", "1", "yours", "Bruxelles", "free", "rejected"}},
	} {
		table := rows(t, files.XLSX, name)
		if len(table) != len(want) {
			t.Fatalf("%s has %d rows", name, len(table))
		}
		for i := range want {
			if !slices.Equal(table[i][:len(want[i])], want[i]) {
				t.Errorf("%s: row %d is %q, want %q …", name, i+1, table[i], want[i])
			}
		}
	}
	union := []string{"technicalSiteName", "customerSiteLabel", "country", "vpn", "pc", "Comment", "a3", "Code postal (-)", "dialzone"}
	together := [][]string{
		{"PAR", "L", "FR", "1", "01234", "'=mine", "", "", ""},
		{"BRU", "L", "BE", "1", "", "yours", "Bruxelles", "free", ""},
		{"LAU", "L", "CH", "1", "", "", "", "", "021"},
	}
	all, lines := rows(t, files.XLSX, "All sites"), readCSV(t, files.CSV)
	first := []string{"bt_sheet", "bt_row", "bt_site", "bt_state", "bt_problem", "bt_voicesite_id"}
	last := []string{"bt_stage", "bt_code", "bt_field", "bt_value", "bt_suggestion", "bt_note", "bt_reference", "bt_order_id", "bt_request_id"}
	if want := slices.Concat(first, union, last); !slices.Equal(all[0], want) {
		t.Errorf("All sites has the header %q", all[0])
	}
	if want := slices.Concat(union, rollout.ReportColumns); !slices.Equal(lines[0], want) {
		t.Errorf("the CSV has the header %q", lines[0])
	}
	for i, want := range together {
		name := b.Sheets[i].Name
		got, wanted := all[i+1], slices.Concat([]string{name, "2"}, want)
		if !slices.Equal(slices.Concat(got[:2], got[len(first):len(want)+len(first)]), wanted) {
			t.Errorf("All sites: %q", got)
		}
		if got := lines[i+1]; !slices.Equal(got[:len(want)+2], slices.Concat(want, []string{name, "2"})) {
			t.Errorf("CSV: %q", got)
		}
	}
	text := summary(t, files)
	for _, want := range []string{"Sheets|FR, BE, CH\n", "FR:2|req-1\n", "on the 2 sheets whose names begin with “Failures”;",
		"these sheets are read, and no others."} {
		if !strings.Contains(text, want) {
			t.Errorf("the summary lacks %q:\n%s", want, text)
		}
	}
	comesBack(t, files)
}

// comesBack uploads the report of TestSeveralSheets, in both its forms.
func comesBack(t *testing.T, files report.Files) {
	t.Helper()
	back := imported(t, files.XLSX)
	if len(back) != 2 || back[0].Name != "PAR" || back[0].Address["pc"] != "01234" || back[1].Name != "BRU" ||
		back[1].Address["a3"] != "Bruxelles" || back[1].Row != rollout.RowAt(1, 2) {
		t.Errorf("came back as %+v", back)
	}
	back = imported(t, files.CSV)
	if len(back) != 3 || back[0].Address["pc"] != "01234" || !maps.Equal(back[1].Address, rollout.Address{"a3": "Bruxelles"}) ||
		back[2].Address["dialzone"] != "021" || back[2].State != rollout.Imported {
		t.Errorf("the CSV came back as %+v", back)
	}
}

// TestOneSheetIsSelected: what is typed into one of several selected sheets is written
// into all of them.
func TestOneSheetIsSelected(t *testing.T) {
	t.Parallel()
	book := open(t, write(t, countries(), inCountries(rollout.Failed, rollout.Failed, rollout.Failed)...).XLSX)
	selected := 0
	book.Pkg.Range(func(name, content any) bool {
		if strings.HasPrefix(name.(string), "xl/worksheets/") {
			selected += strings.Count(string(content.([]byte)), `tabSelected="1"`) + strings.Count(string(content.([]byte)), `tabSelected="true"`)
		}
		return true
	})
	if selected > 1 {
		t.Errorf("%d sheets are selected", selected)
	}
}

// TestSheetsWithoutFailures tests that there is one sheet of failures in any case.
func TestSheetsWithoutFailures(t *testing.T) {
	t.Parallel()
	files := write(t, countries(), inCountries(rollout.Provisioned, rollout.Provisioned, rollout.Provisioned)...)
	if got := open(t, files.XLSX).GetSheetList(); !slices.Equal(got, []string{"Failures FR", "All sites", "Summary"}) {
		t.Errorf("sheets %q", got)
	}
	f, err := importer.Open(files.XLSX, importer.Options{})
	if err != nil {
		return // there is nothing in it
	}
	defer f.Close()
	for s, err := range f.Rows() {
		if err == nil {
			t.Errorf("%+v was read from the report", s)
		}
	}
}

// TestCandidatesOfSeveralSheets tests that each sheet has its own, with its own columns.
func TestCandidatesOfSeveralSheets(t *testing.T) {
	t.Parallel()
	b := countries()
	b.Lang = rollout.French
	sites := inCountries(rollout.Failed, rollout.Failed)
	for i := range sites {
		sites[i].Problems = []rollout.Problem{{Code: "address.several", Candidates: []rollout.Address{{"pc": "75001", "a3": "Paris"}}}}
	}
	files := write(t, b, sites...)
	if got, want := open(t, files.XLSX).GetSheetList(), []string{"À corriger FR", "À corriger BE", "Adresses proposées FR",
		"Adresses proposées BE", "Tous les sites", "Résumé", "bt_lists"}; !slices.Equal(got, want) {
		t.Errorf("sheets %q", got)
	}
	for name, want := range map[string][]string{
		"Adresses proposées FR": {"2", "1", "PAR", "L", "FR", "1", "75001", "'=mine", "Paris"},
		"Adresses proposées BE": {"2", "1", "BE", "BRU", "L", "1", "yours", "Paris", "free", "75001"},
	} {
		if got := rows(t, files.XLSX, name)[1]; !slices.Equal(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	var text strings.Builder
	for _, row := range rows(t, files.XLSX, "Résumé") {
		text.WriteString(strings.Join(row, "|"))
	}
	for _, want := range []string{"de la colonne C à la colonne H, et collez-les",
		"« Adresses proposées BE » concerne les lignes de « À corriger BE » : copiez de la colonne C à la colonne I."} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, text.String())
		}
	}
	if back := imported(t, files.XLSX); len(back) != 2 {
		t.Errorf("came back as %+v", back)
	}
}

// TestNamesOfSheets tests that the source's name is made fit for a spreadsheet.
func TestNamesOfSheets(t *testing.T) {
	t.Parallel()
	b := countries()
	b.Sheets = slices.Repeat(b.Sheets[:1], 5)
	for i, name := range []string{"Région Île-de-France et Normandie", "région île-de-france et bretagne", "a[b]:*?/\\c", "'quoted'",
		"🏢🏢🏢🏢🏢🏢🏢🏢🏢🏢🏢🏢🏢"} {
		b.Sheets[i].Name = name
	}
	var sites []rollout.Site
	for k := range b.Sheets {
		s := inCountries(rollout.Failed)[0]
		s.Row = rollout.RowAt(k, 2)
		sites = append(sites, s)
	}
	want := []string{"Failures Région Île-de-France e", "Failures région île-de-france 2", "Failures a b      c", "Failures 'quoted",
		"Failures 🏢🏢🏢🏢🏢🏢🏢🏢🏢🏢🏢"}
	if got := open(t, write(t, b, sites...).XLSX).GetSheetList(); !slices.Equal(got[:5], want) {
		t.Errorf("sheets %q, want %q", got, want)
	}
}

// TestSeveralSheetsAnnotated holds both ways in which a file of several sheets comes back.
func TestSeveralSheetsAnnotated(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	for _, sheet := range []string{"FR", "BE"} {
		if _, err := book.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
		for line, row := range [][]string{{}, {"technicalSiteName", "customerSiteLabel", "country", "vpn", "pc"},
			{sheet + "-1", "L", sheet, "1", "1"}, {sheet + "-2", "L", sheet, "1", "2"}} {
			if err := book.SetSheetRow(sheet, cell(t, 0, line+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	source := filepath.Join(t.TempDir(), "two.xlsx")
	if err := book.SaveAs(source); err != nil {
		t.Fatal(err)
	}
	in := read(t, source)
	in.reject(t, "BE-2", pcWrong("1000"))
	copied := in.annotate(t, source)
	in.identical(t, copied.Path)
	if got := said(t, copied, "BE"); len(got) != 1 || got["E4"] == "" || value(t, copied, "BE", "F2") != "bt_problem" ||
		value(t, copied, "FR", "F2") != "bt_problem" {
		t.Errorf("notes %q", got)
	}
	in.batch.Counts = map[rollout.State]int{rollout.Imported: 1_000_000} // too many for a copy
	anew := in.annotate(t, source)
	in.identical(t, anew.Path)
	if got := anew.GetSheetList(); !slices.Equal(got, []string{"FR", "BE", "bt_lists"}) {
		t.Errorf("sheets %q", got)
	}
	if got := said(t, anew, "BE"); len(got) != 1 || got["E3"] == "" {
		t.Errorf("notes %q", got)
	}
}
