package chaos_test

// This file judges a run. It knows the rows that were written, the simulator's
// books and the report files, and nothing of how the program works; what it shows
// of the workers' logs is for whoever has to find out why.

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
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"btrollout/internal/btsim"
	"btrollout/internal/proctest"
)

// verdict is what became of a run, in numbers.
type verdict struct {
	books   btsim.Stats
	orders  int
	doubles int // live orders beyond a site's first
	lost    int // sites that no report explains and that are not provisioned
	reviews int // sites that a person would have to look up
	failed  int // sites that were given up though nothing is wrong with them
}

// entry is a row of a batch's report.
type entry struct {
	batch string
	cells map[string]string // by header
}

func (e entry) state() string { return e.cells["bt_state"] }

// judge holds the evidence.
type judge struct {
	*run
	t         *testing.T
	v         verdict
	batches   []status
	entries   map[string][]entry       // by file and row
	orders    map[string][]btsim.Order // by technicalSiteName
	places    map[string][]btsim.Voicesite
	suspects  []site   // sites with which something is wrong
	suspicion []string // what, for each
}

func (r *run) newJudge(t *testing.T) *judge {
	t.Helper()
	j := &judge{
		run: r, t: t, entries: map[string][]entry{},
		orders: map[string][]btsim.Order{}, places: map[string][]btsim.Voicesite{},
	}
	j.v.books = proctest.Books(t, r.env)
	for _, orders := range j.v.books.Orders {
		for _, o := range orders {
			j.orders[o.TechnicalSiteName] = append(j.orders[o.TechnicalSiteName], o)
			j.v.orders++
		}
	}
	for _, v := range j.v.books.Voicesites {
		j.places[v.TechnicalSiteName] = append(j.places[v.TechnicalSiteName], v)
	}
	j.batches = r.list(context.Background())
	if len(j.batches) == 0 {
		t.Fatal("batch list shows no batch")
	}
	for _, b := range j.batches {
		j.readReport(b)
	}
	return j
}

// judge judges the run after the mischief.
func (r *run) judge(t *testing.T) verdict {
	t.Helper()
	j := r.newJudge(t)
	j.checkKnown()
	for _, s := range r.sites {
		switch s.fate {
		case wrong:
			j.checkWrong(s)
		case refused:
			j.checkRefused(s)
		case bought:
			j.checkBought(s)
		}
	}
	j.checkLeftovers()
	j.tell()
	return j.v
}

// judgeForgotten judges the upload after Redis lost everything.
func (r *run) judgeForgotten(t *testing.T, before btsim.Stats) {
	t.Helper()
	had, alive := map[string]int{}, map[string]bool{} // orders of a site, and whether one is live
	for _, orders := range before.Orders {
		for _, o := range orders {
			had[o.TechnicalSiteName]++
			alive[o.TechnicalSiteName] = alive[o.TechnicalSiteName] || live(o)
		}
	}
	j := r.newJudge(t)
	for _, s := range r.sites {
		n := len(j.orders[s.name()]) - had[s.name()]
		switch {
		case s.fate == wrong || s.file != "first.csv":
		case !alive[s.name()]:
			j.checkDoubles(s)
		case n > 0:
			j.suspect(s, "ordered %d times more after Redis lost its data", n)
		case j.provisioned(s) == nil:
			j.suspect(s, "not found again after Redis lost its data")
		default:
			j.checkVoicesite(s, *j.provisioned(s))
		}
	}
	j.checkLeftovers()
	j.tell()
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
	counts, times := map[string]int{}, map[string]int{}
	for _, line := range table[1:] {
		e := entry{b.Batch, map[string]string{}}
		for i, cell := range line {
			e.cells[table[0][i]] = cell
		}
		key := b.File + " " + e.cells["bt_row"]
		j.entries[key] = append(j.entries[key], e)
		counts[e.state()]++
		times[e.cells["bt_row"]]++
	}
	for _, s := range j.sites {
		if s.file == b.File && times[strconv.Itoa(s.row)] != 1 {
			j.suspect(s, "it stands in the report of batch %s %d times", b.Batch, times[strconv.Itoa(s.row)])
		}
		if s.file == b.File {
			b.Rows--
		}
	}
	if b.Rows != 0 || inWords(counts) != inWords(b.Counts) {
		j.t.Errorf("batch %s has %s, its report %s, and its file %d rows less", b.Batch, inWords(b.Counts), inWords(counts), b.Rows)
	}
}

func (j *judge) of(s site) []entry { return j.entries[s.file+" "+strconv.Itoa(s.row)] }

// in finds the first entry of a site that is in one of the states.
func (j *judge) in(s site, states ...string) *entry {
	for _, e := range j.of(s) {
		if slices.Contains(states, e.state()) {
			return &e
		}
	}
	return nil
}

func (j *judge) provisioned(s site) *entry { return j.in(s, "provisioned", "skipped") }

func (j *judge) suspect(s site, format string, args ...any) {
	j.suspects, j.suspicion = append(j.suspects, s), append(j.suspicion, fmt.Sprintf(format, args...))
}

// checkKnown wants nothing in the books that no right row asked for, and no
// reference that two sites share.
func (j *judge) checkKnown() {
	known := map[string]bool{}
	for _, s := range j.sites {
		known[s.name()] = known[s.name()] || s.fate != wrong
	}
	for name, orders := range j.orders {
		if !known[name] {
			j.t.Errorf("%d orders for %q, which no right row asked for: %+v", len(orders), name, orders)
		}
	}
	for reference, orders := range j.v.books.Orders {
		for _, o := range orders[1:] {
			if o.TechnicalSiteName != orders[0].TechnicalSiteName {
				j.t.Errorf("reference %s is used for %q and %q", reference, orders[0].TechnicalSiteName, o.TechnicalSiteName)
			}
		}
	}
}

func (j *judge) checkWrong(s site) {
	for _, e := range j.of(s) {
		if e.state() != "rejected" || e.cells["bt_problem"] == "" {
			j.suspect(s, "wrong in the file, and %s in batch %s", e.state(), e.batch)
		}
	}
}

func (j *judge) checkRefused(s site) {
	j.checkDoubles(s)
	j.checkRejection(s)
}

// checkRejection wants a site whose every order was rejected to have failed for
// that reason.
func (j *judge) checkRejection(s site) {
	e := j.in(s, "failed")
	switch {
	case len(j.places[s.name()]) > 0 || j.provisioned(s) != nil:
		j.suspect(s, "a voicesite, though its orders were rejected")
	case e == nil || e.cells["bt_code"] != "order.rejected" || e.cells["bt_problem"] == "":
		j.suspect(s, "its orders were rejected, and no report says so")
	}
}

func liveOnes(orders []btsim.Order) []btsim.Order {
	return slices.DeleteFunc(slices.Clone(orders), func(o btsim.Order) bool { return !live(o) })
}

func (j *judge) checkDoubles(s site) {
	if live := liveOnes(j.orders[s.name()]); len(live) > 1 {
		j.v.doubles += len(live) - 1
		j.suspect(s, "%d live orders", len(live))
	}
	if n := len(j.places[s.name()]); n > 1 {
		j.suspect(s, "%d voicesites", n)
	}
}

func (j *judge) checkBought(s site) {
	j.checkDoubles(s)
	orders := j.orders[s.name()]
	if len(orders) > 0 && len(liveOnes(orders)) == 0 {
		j.checkRejection(s)
		return
	}
	if j.provisioned(s) == nil {
		switch {
		case j.in(s, "review") != nil:
			j.v.reviews++
			j.suspect(s, "left to a person")
		case j.in(s, "failed") != nil:
			j.v.failed++
			j.suspect(s, "given up")
		default:
			j.v.lost++
			j.suspect(s, "lost")
		}
		return
	}
	for _, e := range j.of(s) {
		if e.state() == "provisioned" || e.state() == "skipped" {
			j.checkVoicesite(s, e)
		}
	}
}

// checkVoicesite wants the voicesite that an entry names, with the row's address.
func (j *judge) checkVoicesite(s site, e entry) {
	places := j.places[s.name()]
	if len(places) == 0 {
		j.suspect(s, "%s in batch %s, and the books hold no voicesite", e.state(), e.batch)
		return
	}
	if places[0].VoiceSiteID != e.cells["bt_voicesite_id"] {
		j.suspect(s, "voicesite %s in batch %s, and %s in the books", e.cells["bt_voicesite_id"], e.batch, places[0].VoiceSiteID)
	}
	for _, element := range columns {
		if got, want := places[0].Address[element], s.address[element]; fold(got) != fold(want) {
			j.suspect(s, "%s in batch %s, and its %s is %q in the books, want %q", e.state(), e.batch, element, got, want)
		}
	}
}

// fold leaves letters and digits without case and accents.
func fold(text string) string {
	folded, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.Predicate(func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}))), text)
	if err != nil {
		return text
	}
	return strings.ToLower(folded)
}

// checkLeftovers wants no task left in Redis, and no panic in a worker's log.
func (j *judge) checkLeftovers() {
	var left []string
	tasks := j.redis.rdb.Scan(context.Background(), 0, "asynq:*:t:*", 1000).Iterator()
	for tasks.Next(context.Background()) {
		left = append(left, tasks.Val())
	}
	if err := tasks.Err(); err != nil || len(left) > 0 {
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

// eachLine reads what all workers said.
func (r *run) eachLine(look func(log, line string)) {
	logs, _ := filepath.Glob(filepath.Join(r.dir, "logs", "worker-*.log"))
	for _, path := range logs {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			look(filepath.Base(path), lines.Text())
		}
		f.Close()
	}
}

// accused is how many suspicions are printed, and explained how many suspects are
// shown in full.
const accused, explained = 50, 8

// tell fails the test for each suspect, and shows what there is to understand why.
func (j *judge) tell() {
	j.t.Helper()
	for i, s := range j.suspects[:min(len(j.suspects), accused)] {
		j.t.Errorf("%s: %s", s, j.suspicion[i])
	}
	if more := len(j.suspects) - accused; more > 0 {
		j.t.Errorf("and %d more", more)
	}
	shown := map[string]bool{}
	for _, s := range j.suspects {
		if len(shown) < explained && !shown[s.name()] {
			shown[s.name()] = true
			j.t.Logf("about %s:\n%s", s, j.about(s))
		}
	}
}

// about is all that is known of a site.
func (j *judge) about(s site) string {
	var text strings.Builder
	fmt.Fprintf(&text, "  row     %s %v\n", s.fate, s.cells)
	for _, e := range j.of(s) {
		fmt.Fprintf(&text, "  batch   %s: %s %s %s\n", e.batch, e.state(), e.cells["bt_code"], e.cells["bt_problem"])
	}
	for _, o := range j.orders[s.name()] {
		fmt.Fprintf(&text, "  order   %+v\n", o)
	}
	for _, p := range j.places[s.name()] {
		fmt.Fprintf(&text, "  place   %+v\n", p)
	}
	j.eachLine(func(log, line string) {
		for _, e := range j.of(s) {
			if strings.Contains(line, "batch="+e.batch) && strings.Contains(line+" ", fmt.Sprintf(" row=%d ", s.row)) {
				fmt.Fprintf(&text, "  %s  %s\n", log, line)
			}
		}
	})
	return text.String()
}

// lastWords shows the end of each worker's log.
func (r *run) lastWords(t *testing.T) {
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
