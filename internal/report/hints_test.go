// This file tests what cells of the report say: their notes and lists.

package report_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"btrollout/internal/rollout"
)

func TestCellsSpeak(t *testing.T) {
	t.Parallel()
	b, several := addressed()
	area := several
	area.Row, area.Problems = 8, []rollout.Problem{{
		Code: "address.area", Field: "a3", Suggestion: "Paris, 1er",
		Message: rollout.Say("City (a3) \"Pari\" is not in Postal code (pc) \"01234\": write \"Paris\".",
			"Ville (a3) \"Pari\" n'est pas dans Code postal (pc) \"01234\" : écrivez \"Paris\"."),
	}, {Code: "x", Field: "a3", Message: rollout.Say("It is short.", "C'est court.")}}
	files := map[rollout.Lang]map[string]string{
		rollout.English: {
			"K3": "btrollout|City (a3) \"Pari\" is not in Postal code (pc) \"01234\": write \"Paris\".\nSuggestion: Paris, 1er\nIt is short.",
			"J3": "btrollout|City (a3) \"Pari\" is not in Postal code (pc) \"01234\": write \"Paris\".",
		},
		rollout.French: {
			"K3": "btrollout|Ville (a3) \"Pari\" n'est pas dans Code postal (pc) \"01234\" : écrivez \"Paris\".\nSuggestion : Paris, " +
				"1er\nC'est court.",
			"J3": "btrollout|Ville (a3) \"Pari\" n'est pas dans Code postal (pc) \"01234\" : écrivez \"Paris\".",
		},
	}
	for lang, want := range files {
		b.Lang = lang
		book := open(t, write(t, b, several, area).XLSX)
		sheet := book.GetSheetName(0)
		for _, place := range []string{"J2", "K2", "L2", "M2", "N2", "O2"} { // where a candidate differs
			want[place] = "btrollout|" + several.Problems[0].Message.In(lang)
		}
		if got := said(t, book, sheet); !maps.Equal(got, want) {
			t.Errorf("%s: notes %q", lang, got)
		}
		lists := lists(t, book, sheet)
		for place, want := range map[string][]string{
			"J2": {"75001", "01234"}, "K2": {"Paris", "'=Paris"}, "L2": {"9th", "2"}, "M2": {"Rue"}, "N2": {"de Rivoli", "de la Paix"}, "O2": nil,
			"K3": {"Paris, 1er"}, "J3": nil,
		} {
			if got := lists[place]; !slices.Equal(got, want) {
				t.Errorf("%s: %s offers %q, want %q", lang, place, got, want)
			}
		}
		if got := filled(t, book, sheet, 3); !slices.Equal(got, []string{" PC", "a3"}) {
			t.Errorf("coloured are %q", got)
		}
	}
}

// TestNotesCanBeRead tests that a note has room for its text.
func TestNotesCanBeRead(t *testing.T) {
	t.Parallel()
	short, long := site(2, rollout.Failed, pcWrong("1")), site(3, rollout.Failed,
		rollout.Problem{Field: "pc", Message: rollout.Text{EN: strings.Repeat("This is wrong. ", 40)}})
	book := open(t, write(t, batch(), short, long).XLSX)
	anchors := map[string][]int{}
	book.Pkg.Range(func(name, content any) bool {
		if strings.HasSuffix(name.(string), ".vml") {
			for _, part := range strings.Split(string(content.([]byte)), "<x:Anchor>")[1:] {
				var a [8]int
				if _, err := fmt.Sscanf(part, "%d, %d, %d, %d, %d, %d, %d, %d", &a[0], &a[1], &a[2], &a[3], &a[4], &a[5], &a[6], &a[7]); err != nil {
					t.Fatal(err)
				}
				anchors[fmt.Sprint(a[2]+1)] = a[:]
			}
		}
		return true
	})
	for row, least := range map[string]int{"2": 3 * 15, "3": 13 * 15} { // pixels
		a := anchors[row]
		line := 0
		if _, err := fmt.Sscan(row, &line); err != nil {
			t.Fatal(err)
		}
		height, err := book.GetRowHeight("Failures", line)
		if err != nil {
			t.Fatal(err)
		}
		if got := (a[6]-a[2])*int(height*4/3) + a[7]; got < least || got > 3*least {
			t.Errorf("the note of row %s is %d pixels high, want %d or a bit more: %v", row, got, least, a)
		}
	}
}

// TestTooManyNotes tests that there is an end to them in a workbook, however many
// sheets it has, and that the summary says so.
func TestTooManyNotes(t *testing.T) {
	t.Parallel()
	b := batch()
	b.Sheets = slices.Repeat(b.Sheets, 6)
	var sites []rollout.Site
	for k := range b.Sheets {
		b.Sheets[k].Name = fmt.Sprint(k)
		for i := range 350 {
			sites = append(sites, site(int(rollout.RowAt(k, i+2)), rollout.Failed, pcWrong(fmt.Sprint(i%7))))
		}
	}
	files := write(t, b, sites...)
	book := open(t, files.XLSX)
	for name, want := range map[string]int{"Failures 0": 350, "Failures 5": 2_000 - 5*350} {
		notes := said(t, book, name)
		lists, err := book.GetDataValidations(name)
		if last := fmt.Sprint("J", want+1); err != nil || len(notes) != want || len(lists) != want || notes[last] == "" {
			t.Errorf("%s: %d notes and %d lists, want %d up to %s (%v)", name, len(notes), len(lists), want, last, err)
		}
		if fill(t, book, name, "J351") == "" {
			t.Errorf("%s: the last cell is not coloured", name)
		}
	}
	if got := rows(t, files.XLSX, "bt_lists"); len(got) != 1+7 {
		t.Errorf("%d rows of lists, want each list once", len(got)-1)
	}
	if want := "Only the first 2000 coloured cells have a note"; !strings.Contains(summary(t, files), want) {
		t.Errorf("the summary does not say %q", want)
	}
	if text := summary(t, write(t, batch(), sites[:3]...)); strings.Contains(text, "Only the first") {
		t.Error("the summary says that notes are missing, and none is")
	}
}

// TestLongLists tests that a list has an end.
func TestLongLists(t *testing.T) {
	t.Parallel()
	b, s := addressed()
	s.Problems[0].Candidates = nil
	for i := range 300 {
		s.Problems[0].Candidates = append(s.Problems[0].Candidates, rollout.Address{"pc": fmt.Sprint(10000 + i), "a3": "Paris"})
	}
	book := open(t, write(t, b, s).XLSX)
	offered := lists(t, book, "Failures")
	if got := offered["J2"]; len(got) != 100 || got[99] != "10099" || !slices.Equal(offered["K2"], []string{"Paris"}) {
		t.Errorf("%d values are offered: %q", len(got), offered)
	}
}
