// This file runs the sample rollout from file to voicesites, in one process and in
// several.

package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"btrollout/internal/btsim"
	"btrollout/internal/jsonout"
	"btrollout/internal/proctest"
	"btrollout/internal/progress"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

const (
	sampleRows        = 64
	sampleProvisioned = 51
)

// summary is the object that the commands print with --json.
type summary struct {
	Schema                            int
	Batch, BatchName, File            string
	Created                           time.Time
	Rows, Accepted, Rejected, Skipped int
	State, Cancellation               string
	Paused                            bool
	Counts                            map[string]int
	Progress                          *progress.Progress
	Plan                              *rollout.Plan
	Report                            string
	Countries                         []rollout.Country
	Notes                             int
	Remarks                           []rollout.Text
	Sheets                            []struct {
		Name    string
		Header  int
		Columns []struct{ Letter, Header, Field, By string }
	}
	Preview []struct {
		Country                                                 string
		Rows, Orders, AddressOnly, Following, Skipped, Rejected int
	}
	Problems []jsonout.Problem
}

// parseSummary reads a summary. It must be one object that has only the documented keys.
func parseSummary(t *testing.T, stdout string) summary {
	t.Helper()
	var s summary
	d := json.NewDecoder(strings.NewReader(stdout))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil || d.More() {
		t.Fatalf("not one JSON object of the documented keys (%v): %q", err, stdout)
	}
	sum := 0
	for _, n := range s.Counts {
		sum += n
	}
	if sum != s.Rows || s.Accepted+s.Rejected+s.Skipped != s.Rows {
		t.Errorf("counts do not add up to the rows: %s", stdout)
	}
	if p := s.Progress; p != nil && (p.Rows != s.Rows || p.Done+p.Failed+p.Cancelled+p.Waiting != s.Rows) {
		t.Errorf("the progress does not add up to the rows: %s", stdout)
	}
	return s
}

// wantSample checks the outcome of the sample rollout on an empty account.
func wantSample(t *testing.T, s summary) {
	t.Helper()
	failed := 0
	wrong := wrongRows(t)
	for _, w := range wrong {
		if w.stage != "import" {
			failed++
		}
	}
	counts := map[string]int{"provisioned": sampleProvisioned, "rejected": len(wrong) - failed, "failed": failed}
	if diff := cmp.Diff(counts, s.Counts); s.Rows != sampleRows || s.State != "done" || diff != "" {
		t.Errorf("%d rows %s, want %d done; counts (-want +got):\n%s", s.Rows, s.State, sampleRows, diff)
	}
	var got, expected []string
	for _, r := range readFailures(t, s.Report) {
		got = append(got, r["bt_row"]+" "+r["technicalSiteName"]+" "+r["bt_stage"])
		if strings.TrimSpace(r["bt_problem"]) == "" {
			t.Errorf("row %s has no bt_problem", r["bt_row"])
		}
	}
	for _, w := range wrong {
		expected = append(expected, w.row+" "+w.site+" "+w.stage)
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Errorf("Failures differs from samples/README.md (-want +got):\n%s", diff)
	}
}

func TestRehearsalInOneProcess(t *testing.T) {
	t.Parallel()
	env := fresh(t)
	r := want(t, 3, env, "enqueue", "--embedded", "--simulate", "--partial", "--json", samples+"rollout.xlsx")
	s := parseSummary(t, r.Stdout)
	if filepath.Dir(s.Report) != env["REPORT_DIR"] {
		t.Errorf("the report %s is not in REPORT_DIR %s", s.Report, env["REPORT_DIR"])
	}
	wantSample(t, s)
	if left, err := os.ReadDir(env["TMPDIR"]); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v %v", left, err)
	}
}

func TestTwoWorkersCorrectionAndSecondUpload(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t)).With("REDIS_URL", redistest.Server(t))
	stops := []func(){startWorker(t, env), startWorker(t, env)}

	r := want(t, 3, env, "enqueue", "--partial", "--wait", "--json", samples+"rollout.csv")
	first := parseSummary(t, r.Stdout)
	wantSample(t, first)
	dir := t.TempDir()
	workbook, table := filepath.Join(dir, "x.xlsx"), filepath.Join(dir, "x.csv")
	readWithBatch(t, env, first, workbook, table)
	provisioned := wantInBooks(t, proctest.Books(t, env), readCSV(t, table))

	correct(t, workbook, "MAN-LIB-01", "pc", "M2 5PD")
	s := parseSummary(t, want(t, 0, env, "enqueue", "--wait", "--json", workbook).Stdout)
	if s.Rows != 1 || s.Counts["provisioned"] != 1 {
		t.Errorf("the corrected row became %+v, want it provisioned", s)
	}
	after := proctest.Books(t, env)
	if n := ordersFor(after, "MAN-LIB-01"); n != 1 {
		t.Errorf("MAN-LIB-01 was ordered %d times, want once", n)
	}
	if v := voicesites(after, "MAN-LIB-01"); len(v) != 1 || fold(v[0].Address["pc"]) != fold("M2 5PD") {
		t.Errorf("MAN-LIB-01 is %+v, want one voicesite with the corrected pc", v)
	}

	want(t, 3, env, "enqueue", "--partial", "--wait", "--json", "--report", table, samples+"rollout.csv")
	again, skipped := proctest.Books(t, env), map[string]string{}
	for _, r := range readCSV(t, table) {
		if skipped[r["technicalSiteName"]] == "" { // a later row of the same name is the sample's own fault
			skipped[r["technicalSiteName"]] = r["bt_state"]
		}
	}
	for _, name := range append(provisioned, "MAN-LIB-01") {
		if n := ordersFor(again, name); n != 1 {
			t.Errorf("after a second upload, %s was ordered %d times, want once", name, n)
		}
		if name != "MAN-LIB-01" && skipped[name] != "skipped" {
			t.Errorf("after a second upload, %s is %q, want skipped", name, skipped[name])
		}
	}
	for _, stop := range stops {
		stop()
	}
}

// readWithBatch checks that the command batch prints the same of s as enqueue did, and
// has it write the report as a workbook and as a table.
func readWithBatch(t *testing.T, env proctest.Settings, s summary, workbook, table string) {
	t.Helper()
	s.Notes, s.Sheets, s.Preview, s.Problems = 0, nil, nil, nil // only enqueue, which reads the rows, prints them
	var list []summary
	err := json.Unmarshal([]byte(want(t, 0, env, "batch", "list", "--json").Stdout), &list)
	listed := s
	listed.Progress = nil // no list of batches prints it
	if diff := cmp.Diff([]summary{listed}, list); err != nil || diff != "" {
		t.Errorf("batch list (%v) (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff(s, parseSummary(t, want(t, 3, env, "batch", "status", s.Batch, "--json").Stdout)); diff != "" {
		t.Errorf("batch status (-want +got):\n%s", diff)
	}
	if r := want(t, 3, env, "batch", "watch", s.Batch); !strings.Contains(r.Stdout, s.Batch) {
		t.Errorf("batch watch says %q", r.Stdout)
	}
	want(t, 0, env, "batch", "report", s.Batch, "-o", workbook)
	want(t, 0, env, "batch", "report", s.Batch, "-o", table)
}

// wantInBooks compares a report with the simulator's books, and returns the names of the
// provisioned sites.
func wantInBooks(t *testing.T, stats btsim.Stats, report []row) (provisioned []string) {
	t.Helper()
	for reference, orders := range stats.Orders {
		if len(orders) > 1 {
			t.Errorf("%d orders under the reference %s: %+v", len(orders), reference, orders)
		}
	}
	orders, delivered := sampleProvisioned, sampleProvisioned
	for _, w := range wrongRows(t) {
		if w.ordered() {
			orders++
		}
		if w.stage == "address" {
			delivered++
		}
	}
	if len(stats.Orders) != orders || len(stats.Voicesites) != delivered {
		t.Errorf("the books hold %d orders and %d voicesites, want %d and %d", len(stats.Orders), len(stats.Voicesites), orders, delivered)
	}
	if len(report) != sampleRows {
		t.Errorf("the report has %d rows, want %d", len(report), sampleRows)
	}
	for _, r := range report {
		if r["bt_state"] != "provisioned" {
			continue
		}
		name := r["technicalSiteName"]
		provisioned = append(provisioned, name)
		v := voicesites(stats, name)
		if len(v) != 1 || len(v[0].Address) == 0 || v[0].VoiceSiteID != r["bt_voicesite_id"] {
			t.Errorf("%s is provisioned as %s, and the books hold %+v", name, r["bt_voicesite_id"], v)
			continue
		}
		for _, element := range []string{"hno", "pc"} {
			if fold(v[0].Address[element]) != fold(r[element]) {
				t.Errorf("%s has %s %q, and the row says %q", name, element, v[0].Address[element], r[element])
			}
		}
	}
	if len(provisioned) != sampleProvisioned {
		t.Errorf("%d rows are provisioned, want %d", len(provisioned), sampleProvisioned)
	}
	return provisioned
}

func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), "")) }

func ordersFor(stats btsim.Stats, name string) (n int) {
	for _, orders := range stats.Orders {
		for _, o := range orders {
			if o.TechnicalSiteName == name {
				n++
			}
		}
	}
	return n
}

func voicesites(stats btsim.Stats, name string) (found []btsim.Voicesite) {
	for _, v := range stats.Voicesites {
		if v.TechnicalSiteName == name {
			found = append(found, v)
		}
	}
	return found
}

// correct edits a Failures sheet as a person does: it keeps only the row of one site, and
// writes a value into it.
func correct(t *testing.T, workbook, name, header, value string) {
	t.Helper()
	book, err := excelize.OpenFile(workbook)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	table, err := book.GetRows("Failures")
	if err != nil {
		t.Fatal(err)
	}
	names, place := slices.Index(table[0], "technicalSiteName"), slices.Index(table[0], header)
	kept := 0
	for i := len(table) - 1; i > 0; i-- {
		if table[i][names] != name {
			err = book.RemoveRow("Failures", i+1)
		} else {
			kept++
			cell, _ := excelize.CoordinatesToCellName(place+1, i+1)
			err = book.SetCellStr("Failures", cell, value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if kept != 1 {
		t.Fatalf("%s stands in Failures %d times", name, kept)
	}
	if err := book.Save(); err != nil {
		t.Fatal(err)
	}
}
