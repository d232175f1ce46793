package overview_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/ledger"
	"btrollout/internal/overview"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// site is a row of a batch; problems are its codes, and their first letters its stages.
func site(row int, name, country string, state rollout.State, codes ...string) rollout.Site {
	s := rollout.Site{Row: rollout.RowRef(row), Request: rollout.Request{Name: name, Country: country}}
	s.State = state
	for _, code := range codes {
		s.Problems = append(s.Problems, rollout.Problem{Code: code, Stage: rollout.StageImport, Message: rollout.Text{EN: code + " of " + name}})
	}
	return s
}

// newLedger makes a ledger with two batches: the second was created a day later, and has one of
// the first one's sites again.
func newLedger(t *testing.T) *ledger.Ledger {
	t.Helper()
	l := ledger.New(redistest.Connect(t, redistest.InMemory(t)))
	write := func(id string, created time.Time, sites ...rollout.Site) {
		b := rollout.Batch{ID: id, File: id + ".csv", Customer: "9999", Created: created}
		if err := l.Create(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		for _, s := range sites {
			claims, err := l.Claims(t.Context(), "9999", []string{s.Name})
			if err != nil {
				t.Fatal(err)
			}
			e := ledger.Entry{Site: s, Claim: s.State != rollout.Rejected, Seen: claims[0]}
			if lost, err := l.Add(t.Context(), b, []ledger.Entry{e}); err != nil || len(lost) > 0 {
				t.Fatal(lost, err)
			}
		}
		if err := l.Start(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	write("b1", noon,
		site(2, "Büro 1", "DE", rollout.Provisioned), site(3, "Bureau 2", "FR", rollout.Failed, "address.pattern", "address.missing"),
		site(4, "Bureau 3", "FR", rollout.Rejected, "address.pattern", "address.pattern"), site(5, "Bureau 4", "FR", rollout.Ordered),
		site(6, "Nowhere", "?", rollout.Rejected, "site.country"))
	write("b2", noon.Add(24*time.Hour),
		site(2, "BÜRO 1", "DE", rollout.Failed, "address.refused"), site(3, "Bureau 5", "FR", rollout.Skipped))
	return l
}

// batch reads a batch.
func batch(ctx context.Context, t *testing.T, l *ledger.Ledger, id string) rollout.Batch {
	t.Helper()
	b, err := l.Batch(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOfBatch(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	got, err := overview.OfBatch(t.Context(), l, batch(t.Context(), t, l, "b1"))
	if err != nil {
		t.Fatal(err)
	}
	want := overview.Batch{
		Countries: []overview.Country{
			{ISO2: overview.NoCountry, Counts: map[rollout.State]int{rollout.Rejected: 1}},
			{ISO2: "DE", Counts: map[rollout.State]int{rollout.Provisioned: 1}},
			{ISO2: "FR", Counts: map[rollout.State]int{rollout.Failed: 1, rollout.Rejected: 1, rollout.Ordered: 1}},
		},
		Problems: []overview.Problem{
			{Code: "address.pattern", Rows: 2, Row: "3", Name: "Bureau 2", Message: rollout.Text{EN: "address.pattern of Bureau 2"}},
			{Code: "address.missing", Rows: 1, Row: "3", Name: "Bureau 2", Message: rollout.Text{EN: "address.missing of Bureau 2"}},
			{Code: "site.country", Rows: 1, Row: "6", Name: "Nowhere", Message: rollout.Text{EN: "site.country of Nowhere"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	for name, c := range map[string]struct {
		filter overview.Filter
		want   []string // rows and codes
	}{
		"all": {overview.Filter{}, []string{
			"3 address.pattern", "3 address.missing", "4 address.pattern", "4 address.pattern", "6 site.country",
		}},
		"one code":   {overview.Filter{Codes: []string{"address.missing"}}, []string{"3 address.missing"}},
		"one of two": {overview.Filter{Codes: []string{"address.missing", "site.country"}}, []string{"3 address.missing", "6 site.country"}},
		"a country":  {overview.Filter{Countries: []string{"FR"}, Codes: []string{"site.country"}}, nil},
		"of a stage": {overview.Filter{Stages: []rollout.Stage{rollout.StageOrder}}, nil},
	} {
		var got []string
		for f, err := range overview.Failures(t.Context(), l, batch(t.Context(), t, l, "b1"), c.filter) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(f.Site.Row, " ", f.Problem.Code))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestFilter_Selects(t *testing.T) {
	t.Parallel()
	s := rollout.Site{Request: rollout.Request{Country: "FR"}}
	s.Problems = []rollout.Problem{{Code: "a", Stage: rollout.StageOrder}, {Code: "b", Stage: rollout.StageAddress}}
	for name, c := range map[string]struct {
		filter overview.Filter
		want   bool
	}{
		"everything":                {overview.Filter{}, true},
		"one of two countries":      {overview.Filter{Countries: []string{"DE", "FR"}}, true},
		"another country":           {overview.Filter{Countries: []string{"DE"}, Codes: []string{"a"}}, false},
		"one of two codes":          {overview.Filter{Codes: []string{"x", "b"}}, true},
		"a problem with both":       {overview.Filter{Codes: []string{"b"}, Stages: []rollout.Stage{rollout.StageAddress}}, true},
		"two problems, each a half": {overview.Filter{Codes: []string{"a"}, Stages: []rollout.Stage{rollout.StageAddress}}, false},
	} {
		if got := c.filter.Selects(s); got != c.want || c.filter.IsEmpty() != (name == "everything") {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	got, err := overview.Choices(t.Context(), newLedger(t), "b1")
	want := overview.Filter{
		Codes:     []string{"address.missing", "address.pattern", "site.country"},
		Stages:    []rollout.Stage{rollout.StageImport},
		Countries: []string{"FR"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	for name, want := range map[string][]string{
		"büro 1": {"b2 2 true", "b1 2 true"}, "BURO 1": {"b2 2 false", "b1 2 false"}, "Bureau 9": nil,
	} {
		found, err := overview.Find(t.Context(), l, name, nil)
		if err != nil || len(found.Damaged) > 0 {
			t.Fatal(found, err)
		}
		var got []string
		for _, f := range found.Rows {
			got = append(got, f.Batch.ID+" "+f.Batch.RowName(f.Site.Row)+map[bool]string{true: " true", false: " false"}[f.Same])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Batches that cannot be read are named.
func TestFind_DamagedBatches(t *testing.T) {
	t.Parallel()
	rdb := redistest.Connect(t, redistest.InMemory(t))
	l := ledger.New(rdb)
	for _, id := range []string{"b1", "b2"} {
		b := rollout.Batch{ID: id, Customer: "9999", Created: noon}
		err := l.Create(t.Context(), b)
		if err == nil {
			_, err = l.Add(t.Context(), b, []ledger.Entry{{Site: site(2, "Bureau "+id, "FR", rollout.Imported), Claim: true}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := rdb.HSet(t.Context(), "{btr}:batch:b2", "meta", "{").Err(); err != nil {
		t.Fatal(err)
	}
	for name, rows := range map[string]int{"Bureau b1": 1, "Bureau b2": 0} {
		found, err := overview.Find(t.Context(), l, name, nil)
		if diff := cmp.Diff([]string{"b2"}, found.Damaged); err != nil || diff != "" || len(found.Rows) != rows {
			t.Errorf("%s: %d rows (%v); damaged: %s", name, len(found.Rows), err, diff)
		}
	}
}

// Each site counts once: by the row that has the claim on it.
func TestTotals(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	for name, c := range map[string]struct {
		customers []string
		since     time.Time
		want      []overview.Total
	}{
		"all": {nil, time.Time{}, []overview.Total{
			{ISO2: "DE", Sites: 1, NeedSomeone: 1}, {ISO2: "FR", Sites: 3, Live: 1, UnderWay: 1, NeedSomeone: 1},
		}},
		"since the second day": {[]string{"9999"}, noon.Add(time.Hour), []overview.Total{
			{ISO2: "DE", Sites: 1, NeedSomeone: 1}, {ISO2: "FR", Sites: 1, Live: 1},
		}},
		"another customer": {[]string{"1"}, time.Time{}, []overview.Total{}},
	} {
		got, err := overview.Totals(t.Context(), l, c.customers, c.since)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A claim on a batch that is gone is left out, and nothing is written for it.
func TestTotals_OfABatchThatIsGone(t *testing.T) {
	t.Parallel()
	rdb := redistest.Connect(t, redistest.InMemory(t))
	if err := rdb.HSet(t.Context(), "{btr}:claims:9999", "WHOLE", "1", "a", "gone/2", "b", "rubbish").Err(); err != nil {
		t.Fatal(err)
	}
	got, err := overview.Totals(t.Context(), ledger.New(rdb), []string{"9999"}, time.Time{})
	if err != nil || len(got) > 0 {
		t.Errorf("%v (%v)", got, err)
	}
	if keys, err := rdb.Keys(t.Context(), "*").Result(); err != nil || len(keys) != 1 {
		t.Errorf("keys %v (%v)", keys, err)
	}
}
