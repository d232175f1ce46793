// This file runs a rollout in French, checks its report as the file of the next run, and
// asks which fields a country requires.

package e2e_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"btrollout/internal/redistest"
)

// quoted matches quotations: values of the file, and words of the API, which are in English.
var quoted = regexp.MustCompile(`"[^"]*"`)

func TestARolloutInFrench(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t)).With("REDIS_URL", redistest.InMemory(t)).With("BT_LANG", "fr")
	startWorker(t, env)
	r := want(t, 3, env, "enqueue", "--partial", "--wait", samples+"rollout.xlsx")
	for _, words := range []string{"voicesite et adresse en place", "Rapport : "} {
		if !strings.Contains(r.Stdout, words) {
			t.Errorf("not said in French: %s\n%s", words, r.Stdout)
		}
	}
	_, path, _ := strings.Cut(r.Stdout, "Rapport : ")
	path, _, _ = strings.Cut(path, "\n")
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	shown := slices.DeleteFunc(book.GetSheetList(), func(sheet string) bool {
		visible, err := book.GetSheetVisible(sheet)
		return err == nil && !visible // lists to choose from
	})
	proposed := func(sheet string) bool { return sheet == "Adresses proposées" } // only if an address has candidates
	if i := slices.IndexFunc(shown, proposed); i == 1 {
		shown = slices.Delete(shown, i, i+1)
	}
	if diff := cmp.Diff([]string{"À corriger", "Tous les sites", "Résumé"}, shown); diff != "" {
		t.Errorf("the sheets (-want +got):\n%s", diff)
	}
	table, err := book.GetRows("À corriger")
	if err != nil {
		t.Fatal(err)
	}
	rows := byHeader(table)
	if len(rows) != len(wrongRows(t)) {
		t.Errorf("%d rows are to be corrected, want %d", len(rows), len(wrongRows(t)))
	}
	for _, row := range rows {
		for _, english := range []string{" the ", "write ", "correct the"} {
			if strings.Contains(quoted.ReplaceAllString(row["bt_problem"], ""), english) {
				t.Errorf("row %s is told in English: %s", row["bt_row"], row["bt_problem"])
			}
		}
	}
	id, english := strings.TrimSuffix(filepath.Base(path), ".xlsx"), filepath.Join(t.TempDir(), "english.xlsx")
	want(t, 0, env, "batch", "report", id, "-o", english, "--lang", "en")
	if n := len(readFailures(t, english)); n != len(rows) {
		t.Errorf("%d rows are to be corrected in English, %d in French", n, len(rows))
	}
	again := want(t, 3, env, "enqueue", "--check", path) // as it is
	if !strings.Contains(again.Stdout, "Vérification de ") {
		t.Errorf("the French report, given back: %s", again.Stdout)
	}
}

func TestWhatACountryAsksFor(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t)).With("REDIS_URL", "redis://"+nowhere+"/0")
	r := want(t, 0, env, "enqueue", "countries", "ch", "--json")
	var told []struct {
		ISO2     string
		Areas    []struct{ Element string }
		Elements []struct{ Code, Label, Usage string }
	}
	if err := json.Unmarshal([]byte(r.Stdout), &told); err != nil || len(told) != 1 {
		t.Fatalf("%v: %s", err, r.Stdout)
	}
	if c := told[0]; c.ISO2 != "CH" || len(c.Areas) != 2 ||
		c.Elements[0].Code != "a1" || c.Elements[0].Label != "Canton" || c.Elements[0].Usage != "mandatory" {
		t.Errorf("Switzerland asks for %+v", c)
	}
}
