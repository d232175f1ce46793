// This file tests how reports are read, and what is shown about a site.

package judge_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/btsim"
	"btrollout/internal/judge"
)

// twoRows are the rows of one file.
func twoRows() []judge.Row {
	second := firstRow()
	second.Number, second.Cells = 3, cells("technicalSiteName", "Büro 2")
	return []judge.Row{firstRow(), second, laterRow()}
}

func TestReadReport_Entries(t *testing.T) {
	t.Parallel()
	batch := judge.Batch{ID: "b", File: judge.FirstFile, Rows: 2, Counts: map[string]int{"provisioned": 1, "failed": 1}}
	report, err := judge.ReadReport([]byte("\uFEFFbt_row,bt_state\n3,failed\n2,provisioned\n"), batch, twoRows())
	if err != nil || len(report.Violations) > 0 {
		t.Fatalf("%v, %v", err, report.Violations)
	}
	var got []string
	for _, e := range report.Entries {
		got = append(got, strings.Join([]string{e.Batch, e.Row.String(), e.State(), e.Cells["bt_row"]}, ", "))
	}
	want := []string{"b, first.csv row 2 (Büro 1), provisioned, 2", "b, first.csv row 3 (Büro 2), failed, 3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the entries (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(batch.Counts, report.Counts); diff != "" {
		t.Errorf("the counts (-want +got):\n%s", diff)
	}
}

func TestReadReport_Violations(t *testing.T) {
	t.Parallel()
	const header = "bt_row,bt_state\n"
	for name, c := range map[string]struct {
		content string
		rows    int // of the batch
		counts  map[string]int
		want    []string
	}{
		"a row is missing": {
			header + "2,failed\n", 2, map[string]int{"failed": 2},
			[]string{
				"first.csv row 3 (Büro 2): it stands in the report of batch b 0 times",
				"batch b has 2 rows (2 failed), its report has 1 failed, and first.csv has 2 rows",
			},
		},
		"a row twice": {
			header + "2,failed\n3,failed\n3,skipped\n", 3, map[string]int{"failed": 2, "skipped": 1},
			[]string{
				"first.csv row 3 (Büro 2): it stands in the report of batch b 2 times",
				"batch b has 3 rows (1 skipped, 2 failed), its report has 1 skipped, 2 failed, and first.csv has 2 rows",
			},
		},
		"a row of no file": {
			header + "2,failed\n3,failed\n9,failed\n,failed\n", 2, map[string]int{"failed": 4},
			[]string{
				`the report of batch b has 1 lines for row "", which first.csv does not have`,
				`the report of batch b has 1 lines for row "9", which first.csv does not have`,
			},
		},
		"other states": {
			header + "2,failed\n3,failed\n", 2, map[string]int{"failed": 1, "review": 1},
			[]string{"batch b has 2 rows (1 failed, 1 review), its report has 2 failed, and first.csv has 2 rows"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch := judge.Batch{ID: "b", File: judge.FirstFile, Rows: c.rows, Counts: c.counts}
			report, err := judge.ReadReport([]byte(c.content), batch, twoRows())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, texts(report.Violations)); diff != "" {
				t.Errorf("the violations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadReport_NoReport(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "\uFEFF", "bt_row,bt_state\n2\n", "bt_row,\"bt_state\n"} {
		_, err := judge.ReadReport([]byte(content), judge.Batch{ID: "b"}, twoRows())
		if err == nil || !strings.HasPrefix(err.Error(), "the report of batch b: ") {
			t.Errorf("%q: %v", content, err)
		}
	}
}

// TestEvidence_About holds that everything about the site is shown, under any spelling, and
// nothing about other sites.
func TestEvidence_About(t *testing.T) {
	t.Parallel()
	c := moved()
	c.orders = append(c.orders, btsim.Order{OrderID: "o9", TechnicalSiteName: "Büro 9"})
	c.voicesites = append(c.voicesites, btsim.Voicesite{VoiceSiteID: "vs9", TechnicalSiteName: "Büro 9"})
	text := c.evidence().About(firstRow())
	for _, want := range []string{"  row     bought ", "first.csv row 2 (Büro 1)", "night-1.csv row 2 (", "OrderID:o1 ", "VoiceSiteID:vs1 "} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "o9") || strings.Contains(text, "vs9") {
		t.Errorf("it shows another site:\n%s", text)
	}
}
