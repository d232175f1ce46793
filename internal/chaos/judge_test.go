// This file collects the evidence of a run: the rows of the files, the simulator's books and
// the reports. It knows nothing of how the program works; it shows the workers' logs only to
// people who look for a cause. The checks are in checks_test.go.

package chaos_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"btrollout/internal/btsim"
	"btrollout/internal/proctest"
)

// entry is a row of a batch's report.
type entry struct {
	batch string
	row   site              // of the file
	cells map[string]string // of the report, by header
}

func (e entry) state() string { return e.cells["bt_state"] }

// judge holds the evidence.
type judge struct {
	*run
	t          *testing.T
	v          outcome
	batches    []status                     // in the order of their uploads
	entries    map[string][]entry           // by site, the newest last
	orders     map[string][]btsim.Order     // by site
	voicesites map[string][]btsim.Voicesite // by site
	violating  []site                       // rows that violate a promise
	violations []string                     // the violation of each
}

func (r *run) newJudge(t *testing.T) *judge {
	t.Helper()
	j := &judge{run: r, t: t, entries: map[string][]entry{}}
	j.open(proctest.Books(t, r.env))
	j.batches = slices.DeleteFunc(r.list(context.Background()), func(b status) bool { return b.State == withdrawn })
	if len(j.batches) == 0 {
		t.Fatal("batch list shows no batch")
	}
	slices.SortFunc(j.batches, func(a, b status) int { return a.Created.Compare(b.Created) })
	for _, b := range j.batches {
		j.readReport(b)
	}
	return j
}

// open sorts the books by site.
func (j *judge) open(books btsim.Stats) {
	j.v.books = books
	j.orders, j.voicesites = map[string][]btsim.Order{}, map[string][]btsim.Voicesite{}
	for _, orders := range books.Orders {
		for _, o := range orders {
			j.orders[o.FoldedName] = append(j.orders[o.FoldedName], o)
			j.v.orders++
		}
	}
	for _, v := range books.Voicesites {
		j.voicesites[v.FoldedName] = append(j.voicesites[v.FoldedName], v)
	}
}

// judge judges the run after the disturbances.
func (r *run) judge(t *testing.T) outcome {
	t.Helper()
	j := r.newJudge(t)
	j.checkAll()
	j.checkStruck()
	j.checkLeftovers()
	j.reportViolations()
	return j.v
}

// judgeAfterLoss judges the upload after Redis lost everything.
func (r *run) judgeAfterLoss(t *testing.T, before btsim.Stats) {
	t.Helper()
	j := r.newJudge(t)
	j.checkAfterLoss(before)
	j.checkLeftovers()
	j.reportViolations()
}

// readReport reads the report of a batch: the file that the worker wrote or, where
// there is none, what the command batch writes. Each row of the file must stand in
// it once, and the states must be those that were counted.
func (j *judge) readReport(b status) {
	path := strings.TrimSuffix(b.Report, ".xlsx") + ".csv"
	if b.Report == "" {
		path = filepath.Join(j.dir, b.Batch+".csv")
		if got, err := j.run.run(context.Background(), "batch", "report", b.Batch, "-o", path); err != nil || got.Code != 0 {
			j.t.Errorf("batch report %s: exit %d, %v: %s", b.Batch, got.Code, err, got.Stderr)
			return
		}
	}
	content, err := os.ReadFile(path)
	if err != nil {
		j.t.Errorf("the report of batch %s: %v", b.Batch, err)
		return
	}
	table, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(content), "\uFEFF"))).ReadAll()
	if err != nil || len(table) == 0 {
		j.t.Errorf("the report of batch %s: %v", b.Batch, err)
		return
	}
	counts, byRow := map[string]int{}, map[string][]entry{}
	for _, line := range table[1:] {
		e := entry{batch: b.Batch, cells: map[string]string{}}
		for i, cell := range line {
			e.cells[table[0][i]] = cell
		}
		counts[e.state()]++
		byRow[e.cells["bt_row"]] = append(byRow[e.cells["bt_row"]], e)
	}
	for _, s := range j.sites {
		if s.file != b.File {
			continue
		}
		b.Rows--
		found := byRow[strconv.Itoa(s.row)]
		if len(found) != 1 {
			j.violation(s, "it stands in the report of batch %s %d times", b.Batch, len(found))
		}
		for _, e := range found {
			e.row = s
			j.entries[s.key()] = append(j.entries[s.key()], e)
		}
	}
	if b.Rows != 0 || inWords(counts) != inWords(b.Counts) {
		j.t.Errorf("batch %s has %s, its report %s, and its file %d rows less", b.Batch, inWords(b.Counts), inWords(counts), b.Rows)
	}
}

func (j *judge) violation(s site, format string, args ...any) {
	j.violating, j.violations = append(j.violating, s), append(j.violations, fmt.Sprintf(format, args...))
}

// tasks lists the tasks in Redis.
func (r *run) tasks() (left []string, err error) {
	tasks := r.redis.rdb.Scan(context.Background(), 0, "asynq:*:t:*", 1000).Iterator()
	for tasks.Next(context.Background()) {
		left = append(left, tasks.Val())
	}
	return left, tasks.Err()
}

// checkLeftovers finds tasks that are left in Redis, and panics in the workers' logs.
func (j *judge) checkLeftovers() {
	if left, err := j.tasks(); err != nil || len(left) > 0 {
		j.t.Errorf("%d tasks are left in Redis (%v): %q", len(left), err, left[:min(len(left), 10)])
	}
	j.eachLine(func(log, line string) {
		for _, bad := range []string{"panic: ", "fatal error: ", "DATA RACE"} {
			if strings.Contains(line, bad) {
				j.t.Errorf("%s: %s", log, line)
			}
		}
	})
}

// eachLine reads the logs of all workers.
func (r *run) eachLine(look func(log, line string)) {
	logs, _ := filepath.Glob(filepath.Join(r.dir, "logs", "worker-*.log"))
	for _, path := range logs {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 32<<20) // answers of the API may be long
		for lines.Scan() {
			look(filepath.Base(path), lines.Text())
		}
		f.Close()
	}
}

// printedViolations is how many violations are printed, and explainedSites how many sites
// are shown with all evidence.
const printedViolations, explainedSites = 50, 8

// reportViolations fails the test for each violation, and shows the evidence.
func (j *judge) reportViolations() {
	j.t.Helper()
	for i, s := range j.violating[:min(len(j.violating), printedViolations)] {
		j.t.Errorf("%s: %s", s, j.violations[i])
	}
	if more := len(j.violating) - printedViolations; more > 0 {
		j.t.Errorf("and %d more", more)
	}
	shown := map[string]bool{}
	for _, s := range j.violating {
		if len(shown) < explainedSites && !shown[s.key()] {
			shown[s.key()] = true
			j.t.Logf("about %s:\n%s", s, j.about(s))
		}
	}
}

// about returns all evidence about a site.
func (j *judge) about(s site) string {
	var text strings.Builder
	fmt.Fprintf(&text, "  row     %s %v\n", s.expected, s.cells)
	for _, e := range j.entries[s.key()] {
		fmt.Fprintf(&text, "  batch   %s: %s at %s is %s %s %.300s\n",
			e.batch, e.row, e.row.at(), e.state(), e.cells["bt_code"], e.cells["bt_problem"])
	}
	for _, o := range j.orders[s.key()] {
		fmt.Fprintf(&text, "  order   %+v\n", o)
	}
	for _, p := range j.voicesites[s.key()] {
		fmt.Fprintf(&text, "  place   %+v\n", p)
	}
	j.eachLine(func(log, line string) {
		for _, e := range j.entries[s.key()] {
			if strings.Contains(line, "batch="+e.batch) && strings.Contains(line+" ", fmt.Sprintf(" row=%d ", e.row.row)) {
				fmt.Fprintf(&text, "  %s  %.500s\n", log, line)
			}
		}
	})
	return text.String()
}

// logEnds shows the end of each worker's log.
func (r *run) logEnds(t *testing.T) {
	t.Helper()
	const last = 15
	said := map[string][]string{}
	r.eachLine(func(log, line string) {
		if said[log] = append(said[log], line); len(said[log]) > last {
			said[log] = said[log][1:]
		}
	})
	for log, lines := range said {
		t.Logf("the end of %s:\n%s", log, strings.Join(lines, "\n"))
	}
}
