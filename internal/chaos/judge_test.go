// This file collects the evidence of a run: the simulator's books, the reports, what is left in
// Redis, and the workers' logs, which are only shown to people who look for a cause. Package
// judge has the checks.

package chaos_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/judge"
	"btrollout/internal/proctest"
)

// evidence is what a run left, and the violations that were found.
type evidence struct {
	judge.Evidence
	run        *run
	t          *testing.T
	violations []judge.Violation // that concern a row
}

// collect reads the books and all reports.
func (r *run) collect(t *testing.T) *evidence {
	t.Helper()
	e := &evidence{Evidence: judge.Evidence{Rows: r.rows, Books: proctest.Books(t, r.env), Decided: r.decided}, run: r, t: t}
	batches := slices.DeleteFunc(r.list(context.Background()), func(b status) bool { return b.State == withdrawn })
	if len(batches) == 0 {
		t.Fatal("batch list shows no batch")
	}
	entered := map[string]time.Time{} // by batch
	for _, b := range batches {
		ms, err := r.redis.rdb.HGet(context.Background(), "{btr}:batch:"+b.Batch, "entered").Int64()
		if err != nil {
			t.Fatalf("when batch %s was entered: %v", b.Batch, err)
		}
		entered[b.Batch] = time.UnixMilli(ms)
	}
	slices.SortFunc(batches, func(a, b status) int { return entered[a.Batch].Compare(entered[b.Batch]) })
	for _, b := range batches {
		e.readReport(b, entered[b.Batch])
	}
	return e
}

// judge judges the run after the disturbances, and records its outcome.
func (r *run) judge(t *testing.T) {
	t.Helper()
	e := r.collect(t)
	outcome, violations := e.Check()
	r.outcome, r.faults = outcome, e.Books.Faults
	e.add(violations)
	e.checkStruck()
	e.checkLeftovers()
	e.reportViolations()
}

// judgeAfterLoss judges the upload after Redis lost everything.
func (r *run) judgeAfterLoss(t *testing.T, before btsim.Stats) {
	t.Helper()
	e := r.collect(t)
	e.add(e.CheckAfterLoss(before))
	e.checkLeftovers()
	e.reportViolations()
}

// readReport reads the report of a batch: the file that the worker wrote or, where there is
// none, what the command batch writes.
func (e *evidence) readReport(b status, entered time.Time) {
	path := strings.TrimSuffix(b.Report, ".xlsx") + ".csv"
	if b.Report == "" {
		path = filepath.Join(e.run.dir, b.Batch+".csv")
		if got, err := e.run.run(context.Background(), "batch", "report", b.Batch, "-o", path); err != nil || got.Code != 0 {
			e.t.Errorf("batch report %s: exit %d, %v: %s", b.Batch, got.Code, err, got.Stderr)
			return
		}
	}
	content, err := os.ReadFile(path)
	if err != nil {
		e.t.Errorf("the report of batch %s: %v", b.Batch, err)
		return
	}
	report, err := judge.ReadReport(content, judge.Batch{
		ID: b.Batch, Began: b.Created, Entered: entered, File: b.File, Rows: b.Rows, Counts: b.Counts,
	}, e.Rows)
	if err != nil {
		e.t.Error(err)
		return
	}
	e.Entries = append(e.Entries, report.Entries...)
	e.add(report.Violations)
}

// add keeps violations that concern a row for reportViolations, and fails the test for the
// others at once.
func (e *evidence) add(violations []judge.Violation) {
	e.t.Helper()
	for _, v := range violations {
		if v.Row == nil {
			e.t.Error(v)
		} else {
			e.violations = append(e.violations, v)
		}
	}
}

// enough is the number of sites with which each fault and break has an opportunity to
// strike.
const enough = 200

// checkStruck checks that each fault and break that is switched on has struck.
func (e *evidence) checkStruck() {
	if *sites < enough {
		return
	}
	for _, kind := range struckKinds() {
		if e.Books.Faults[kind] == 0 {
			e.t.Errorf("%s never struck in %d opportunities: give it a higher chance", kind, e.Books.Opportunities[kind])
		}
	}
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
func (e *evidence) checkLeftovers() {
	if left, err := e.run.tasks(); err != nil || len(left) > 0 {
		e.t.Errorf("%d tasks are left in Redis (%v): %q", len(left), err, left[:min(len(left), 10)])
	}
	e.run.eachLine(func(log, line string) {
		for _, bad := range []string{"panic: ", "fatal error: ", "DATA RACE"} {
			if strings.Contains(line, bad) {
				e.t.Errorf("%s: %s", log, line)
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
func (e *evidence) reportViolations() {
	e.t.Helper()
	for _, v := range e.violations[:min(len(e.violations), printedViolations)] {
		e.t.Error(v)
	}
	if more := len(e.violations) - printedViolations; more > 0 {
		e.t.Errorf("and %d more", more)
	}
	shown := map[string]bool{}
	for _, v := range e.violations {
		if key := v.Row.Key(); len(shown) < explainedSites && !shown[key] {
			shown[key] = true
			e.t.Logf("about %s:\n%s%s", v.Row, e.About(*v.Row), e.logged(key))
		}
	}
}

// logged returns what the workers logged about a site.
func (e *evidence) logged(key string) string {
	own := slices.DeleteFunc(slices.Clone(e.Entries), func(entry judge.Entry) bool { return entry.Row.Key() != key })
	var text strings.Builder
	e.run.eachLine(func(log, line string) {
		for _, entry := range own {
			if strings.Contains(line, "batch="+entry.Batch) && strings.Contains(line+" ", fmt.Sprintf(" row=%d ", entry.Row.Number)) {
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
