// This file tests what every report has; what depends on the state of the batch is in
// attention_test.go, looks are in look_test.go, the CSV's way back in csv_test.go.

package report_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/importer"
	"btrollout/internal/report"
	"btrollout/internal/rollout"
)

var created = time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC)

// batch is one with a few columns, one of them named as people name them.
func batch() rollout.Batch {
	return rollout.Batch{
		ID: "b-1", File: "rollout.xlsx", Customer: "9999",
		Sheets: []rollout.Sheet{{
			Name:    "Sites",
			Columns: []string{"TechnicalSiteName", "customerSiteLabel", "country", "vpn", "pc", "a6"},
			Fields:  []string{"technicalSiteName", "customerSiteLabel", "country", "vpn", "pc", "a6"},
			Letters: []string{"A", "B", "C", "D", "E", "F"},
		}},
		State:    rollout.Done,
		Created:  created,
		Finished: created.Add(90 * time.Minute),
	}
}

// site is a row as the importer would make it.
func site(row int, state rollout.State, problems ...rollout.Problem) rollout.Site {
	name := "SITE-" + strconv.Itoa(row)
	return rollout.Site{
		Row: rollout.RowRef(row), Cells: []string{name, "Label", "FR", "1", "01234", "rue de la Paix"},
		Request:  rollout.Request{Name: name, Country: "FR"},
		Progress: rollout.Progress{State: state, Problems: problems},
	}
}

func stream(sites ...rollout.Site) iter.Seq2[rollout.Site, error] {
	return func(yield func(rollout.Site, error) bool) {
		for _, s := range sites {
			if !yield(s, nil) {
				return
			}
		}
	}
}

// mixedStates are the states of the sites of mixed, in their order.
var mixedStates = slices.Concat(rollout.States[1:], rollout.States[:1])

// mixed is a site in every state.
func mixed() []rollout.Site {
	one := rollout.Problem{Code: "address.pattern", Stage: rollout.StageValidate, Field: "pc", Value: "01234",
		Message: rollout.Text{EN: "The postal code is wrong: give five digits."}, Suggestion: "75002"}
	two := rollout.Problem{Code: "address.mandatory", Stage: rollout.StageValidate, Field: "a6",
		Message: rollout.Text{EN: "The street is missing: give it."}, RequestID: "req-6"}
	var sites []rollout.Site
	for i, state := range mixedStates {
		s := site(i+2, state)
		switch state {
		case rollout.Rejected:
			s.Problems = []rollout.Problem{one}
		case rollout.Failed:
			s.Problems = []rollout.Problem{one, two}
		case rollout.Review:
			s.LastError, s.RequestID = "nobody knows", "req-7"
		case rollout.Provisioned:
			s.OrderID, s.Progress.VoiceSiteID = "ord-1", "vs-1"
		case rollout.Skipped:
			s.Request.VoiceSiteID, s.Country = "vs-2", "BE"
		case rollout.Ordered:
			s.LastError = "connection reset"
		}
		sites = append(sites, s)
	}
	return sites
}

// write writes a report of b into a new directory.
func write(t testing.TB, b rollout.Batch, sites ...rollout.Site) report.Files {
	t.Helper()
	return writeWithLog(t, b, nil, sites...)
}

// writeWithLog is write with an audit log.
func writeWithLog(t testing.TB, b rollout.Batch, log []rollout.AuditEntry, sites ...rollout.Site) report.Files {
	t.Helper()
	files, err := report.Write(filepath.Join(t.TempDir(), "reports"), b, log, stream(sites...), created.Add(2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func rows(t *testing.T, path, sheet string) [][]string {
	t.Helper()
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	all, err := book.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// column returns one column of a sheet by its header.
func column(t *testing.T, table [][]string, header string) []string {
	t.Helper()
	i := slices.Index(table[0], header)
	if i < 0 {
		t.Fatalf("no column %s in %q", header, table[0])
	}
	var values []string
	for _, row := range table[1:] {
		value := ""
		if i < len(row) {
			value = row[i]
		}
		values = append(values, value)
	}
	return values
}

func TestEachRowStandsOnceEverywhereItBelongs(t *testing.T) {
	t.Parallel()
	b, sites := batch(), mixed()
	b.Counts = map[rollout.State]int{}
	var every, attention []string
	for _, s := range sites {
		b.Counts[s.State]++
		every = append(every, strconv.Itoa(int(s.Row)))
		if s.State.NeedsSomeone() {
			attention = append(attention, strconv.Itoa(int(s.Row)))
		}
	}
	files := write(t, b, sites...)
	if got := column(t, rows(t, files.XLSX, "All sites"), "bt_row"); !slices.Equal(got, every) {
		t.Errorf("All sites has rows %v, want %v", got, every)
	}
	if got := column(t, rows(t, files.XLSX, "Failures"), "bt_row"); !slices.Equal(got, attention) {
		t.Errorf("Failures has rows %v, want %v", got, attention)
	}
	table := readCSV(t, files.CSV)
	if got := column(t, table, "bt_row"); !slices.Equal(got, every) {
		t.Errorf("CSV has rows %v, want %v", got, every)
	}
	if got := column(t, table, "pc"); got[0] != "01234" {
		t.Errorf("a zero was lost: %q", got[0])
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	body, marked := strings.CutPrefix(string(content), "\uFEFF")
	if !marked || strings.Count(body, "\n") != strings.Count(body, "\r\n") {
		t.Errorf("CSV has no byte order mark or not only CRLF: %q", content[:20])
	}
	table, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestWhatIsAdded(t *testing.T) {
	t.Parallel()
	files := write(t, batch(), mixed()...)
	table := rows(t, files.XLSX, "All sites")
	at := func(state rollout.State, header string) string {
		return column(t, table, header)[slices.Index(mixedStates, state)]
	}
	for _, c := range []struct {
		state        rollout.State
		header, want string
	}{
		{rollout.Rejected, "bt_state", "rejected"},
		{rollout.Rejected, "bt_problem", "The postal code is wrong: give five digits."},
		{rollout.Rejected, "bt_value", "01234"},
		{rollout.Failed, "bt_problem", "1. The postal code is wrong: give five digits.\n2. The street is missing: give it."},
		{rollout.Failed, "bt_code", "address.pattern\naddress.mandatory"},
		{rollout.Failed, "bt_field", "1. pc\n2. a6"},
		{rollout.Failed, "bt_stage", "validate"},
		{rollout.Failed, "bt_suggestion", "75002"},
		{rollout.Failed, "bt_request_id", "2. req-6"},
		{rollout.Review, "bt_problem", "Whether this site was ordered is not known: look for customerOrderReference " +
			"btr-udo5mtr65qolqi7elkk6 in the Business Talk Online portal before uploading this row again."},
		{rollout.Review, "bt_request_id", "req-7"},
		{rollout.Provisioned, "bt_order_id", "ord-1"},
		{rollout.Provisioned, "bt_voicesite_id", "vs-1"},
		{rollout.Provisioned, "bt_problem", ""},
		{rollout.Skipped, "bt_voicesite_id", "vs-2"},
		{rollout.Ordered, "bt_stage", "poll"},
		{rollout.Ordered, "bt_problem", ""},
		{rollout.Imported, "bt_problem", ""},
	} {
		if got := at(c.state, c.header); got != c.want {
			t.Errorf("%s of a site that is %s: %q, want %q", c.header, c.state, got, c.want)
		}
	}
}

// summary is the text of the summary, its cells separated by "|".
func summary(t *testing.T, files report.Files) string {
	t.Helper()
	var text strings.Builder
	for _, row := range rows(t, files.XLSX, "Summary") {
		fmt.Fprintf(&text, "%s\n", strings.Join(row, "|"))
	}
	return text.String()
}

func TestSummary(t *testing.T) {
	t.Parallel()
	sites := mixed()
	for i := range 60 {
		s := site(100+i, rollout.Failed)
		s.RequestID = fmt.Sprintf("req-%d", 100+i)
		sites = append(sites, s)
	}
	b := batch()
	b.Name = "Wave 3"
	files := write(t, b, sites...)
	text := summary(t, files)
	for _, want := range []string{
		"Batch|b-1\n", "Name|Wave 3\n", "File|rollout.xlsx\n", "Sheet|Sites\n", "Customer code|9999\n",
		"Created|2026-03-09 08:00:00 UTC\n", "Finished|2026-03-09 09:30:00 UTC\n", "Duration|1h30m0s\n", "Rows|72\n",
		"provisioned|1|voicesite and address in place\n", "failed|61|refused, the row must be corrected\n", "Total|72\n",
		"BE|1|0|0\n", "FR|71|1|63\n",
		"The first 50 of the 62 rows with a request id",
		"10|2. req-6\n", "11|req-7\n", "147|req-147\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the summary lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "148|req-148") {
		t.Error("the summary lists more than 50 request ids")
	}
}

// hostile are texts that spreadsheets and file formats like to change.
var hostile = []string{
	"=1+1", "=HYPERLINK(\"http://example.com\")", "+33 1 23", "-5", "@SUM(A1)", "\ttab", "\rreturn", "'quoted", "'=1", "''=1", "'", "''",
	"'s-Gravenhage",
	"x;=cmd|' /C calc'!A0", "x;'=1", "x\n'-1", ";\"=1", "x, +1", "' =1", "'\"=1", "- one\n- two",
	"01234", "1E5", "12345678901234567890", "1.0", "TRUE", "2026-03-09", "3/4", "#hash",
	" padded ", "\u00a0padded\u200b", "two\nlines", "two\r\nlines", "trailing\n", "\n", "tab\tin", "a,b;c", `say "hi"`, "<b>&amp;</b>", "]]>",
	"_x0041_", "_x000D_", "_x005F_x0041_", "_xZZZZ_", "é", "é", "日本", "עברית", "🏢 tower", "\U0010FFFD", "\u2028", "\uFEFF", "%d", "{{.}}",
}

// roundTrip writes cells as a failed row, imports the report's first sheet and
// returns the cells that come back.
func roundTrip(t *testing.T, cells [][]string) [][]string {
	t.Helper()
	b := batch()
	var sites []rollout.Site
	for i, c := range cells {
		sites = append(sites, rollout.Site{Row: rollout.RowRef(i + 2), Cells: c,
			Progress: rollout.Progress{State: rollout.Failed, Problems: []rollout.Problem{{Field: "pc", Message: rollout.Text{EN: "=x"}}}}})
	}
	f, err := importer.Open(write(t, b, sites...).XLSX, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	head := f.Sheets()[0]
	if head.Name != "Failures" || !slices.Equal(head.Columns, (&b.Sheets[0]).Columns) || !slices.Equal(head.Fields, (&b.Sheets[0]).Fields) ||
		len(head.Ignored) != 15 {
		t.Errorf("header came back as %+v", head)
	}
	var back [][]string
	for s, err := range f.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		back = append(back, s.Cells)
	}
	return back
}

func TestFailuresComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	var cells [][]string
	for i, text := range hostile {
		other := hostile[(i*7+3)%len(hostile)]
		cells = append(cells, []string{"S" + strconv.Itoa(i), text, other, text + text, "", text + other})
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 500 {
		row := []string{"R" + strconv.Itoa(i)}
		for range 5 {
			row = append(row, randomText(random))
		}
		cells = append(cells, row)
	}
	back := roundTrip(t, cells)
	if len(back) != len(cells) {
		t.Fatalf("%d rows came back of %d", len(back), len(cells))
	}
	for i := range cells {
		if !slices.Equal(back[i], cells[i]) {
			t.Errorf("row %d came back as %q, was %q", i, back[i], cells[i])
		}
	}
}

// randomText strings hostile pieces and characters together.
func randomText(random *rand.Rand) string {
	alphabet := []rune("'=+-@_x0123456789ABCDEF \t\n\"<>&,;é🏢\u00a0")
	var text strings.Builder
	for range random.IntN(8) {
		if random.IntN(3) == 0 {
			text.WriteString(hostile[random.IntN(len(hostile))])
		} else {
			text.WriteRune(alphabet[random.IntN(len(alphabet))])
		}
	}
	return text.String()
}

func TestWhatAFileCannotHold(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 40_000)
	back := roundTrip(t, [][]string{{"a\x00b", "\x07=1", "\uFFFF", "\xff", long, "x"}})
	if want := []string{"a\uFFFDb", "\uFFFD=1", "\uFFFD", "\uFFFD", long[:32_767], "x"}; !slices.Equal(back[0], want) {
		t.Errorf("came back as %.60q", back[0])
	}
}

func TestNoFormulaAnywhere(t *testing.T) {
	t.Parallel()
	b := batch()
	(&b.Sheets[0]).Columns[0], b.File, b.Sheets[0].Name = "=cmd", "=cmd.csv", "@s"
	s := site(2, rollout.Failed, rollout.Problem{Code: "x", Value: "=1", Message: rollout.Text{EN: "@m"}, Suggestion: "+1", RequestID: "-r"})
	s.Cells[4] = "=1+1"
	files := write(t, b, s)
	check := func(where string, table [][]string) {
		for _, row := range table {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
					t.Errorf("%s: cell %q would run", where, cell)
				}
			}
		}
	}
	for _, sheet := range []string{"Failures", "All sites", "Summary"} {
		check(sheet, rows(t, files.XLSX, sheet))
	}
	check("CSV", readCSV(t, files.CSV))
}

func TestFailureLeavesTheOldReport(t *testing.T) {
	t.Parallel()
	dir, b := t.TempDir(), batch()
	old, err := report.Write(dir, b, nil, stream(site(2, rollout.Failed)), created)
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(old.CSV)
	if err != nil {
		t.Fatal(err)
	}
	lost := errors.New("the ledger went away")
	broken := func(yield func(rollout.Site, error) bool) {
		_ = yield(site(2, rollout.Provisioned), nil) && yield(rollout.Site{}, lost)
	}
	if _, err := report.Write(dir, b, nil, broken, created); !errors.Is(err, lost) {
		t.Errorf("got %v, want the sequence's error", err)
	}
	b.Counts = map[rollout.State]int{rollout.Failed: 2}
	if _, err := report.Write(dir, b, nil, stream(site(2, rollout.Failed)), created); err == nil ||
		!strings.Contains(err.Error(), "1 sites were read, and the batch has 2 rows") {
		t.Errorf("got %v, want a complaint about the missing row", err)
	}
	b.State = rollout.Importing
	if _, err := report.Write(dir, b, nil, stream(site(2, rollout.Failed)), created); err == nil {
		t.Error("a row of an upload that goes on is missing, and there is no error")
	}
	after, err := os.ReadFile(old.CSV)
	if err != nil || string(after) != string(before) {
		t.Errorf("the old report has changed (%v)", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left in the directory: %v %v", left, err)
	}
	b.ID = "../b"
	if _, err := report.Write(dir, b, nil, stream(), created); err == nil {
		t.Error("a batch id that leaves the directory was accepted")
	}
}
