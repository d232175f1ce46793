// This file tests what the summary says of countries and of notes.

package report_test

import (
	"slices"
	"strings"
	"testing"

	"btrollout/internal/rollout"
)

func TestNotes(t *testing.T) {
	t.Parallel()
	noted := site(3, rollout.Provisioned)
	noted.Notes = []rollout.Text{{EN: "The city is sent as \"Paris\"."}, {EN: "=a1 is left out."}}
	files := write(t, batch(), site(2, rollout.Failed), noted)
	const first, second = "The city is sent as \"Paris\".\n", "=a1 is left out."
	for where, note := range map[string]string{"All sites": first + second, "CSV": first + "'" + second} {
		table := readCSV(t, files.CSV)
		if where != "CSV" {
			table = rows(t, files.XLSX, where)
		}
		if got := column(t, table, "bt_note"); !slices.Equal(got, []string{"", note}) {
			t.Errorf("%s notes %q, want %q", where, got, note)
		}
	}
	again := noted
	again.Row = 4
	for words, sites := range map[string][]rollout.Site{
		"In 1 row, values are sent otherwise":  {noted, site(5, rollout.Failed)},
		"In 2 rows, values are sent otherwise": {noted, again},
	} {
		if text := summary(t, write(t, batch(), sites...)); !strings.Contains(text, words) {
			t.Errorf("the summary lacks %q:\n%s", words, text)
		}
	}
	if text := summary(t, write(t, batch(), site(2, rollout.Failed))); strings.Contains(text, "bt_note") {
		t.Errorf("the summary speaks of notes, and there are none:\n%s", text)
	}
}

const remarks = "What Orange says about these countries\n"

func TestCountries(t *testing.T) {
	t.Parallel()
	b := batch()
	b.Countries = []rollout.Country{
		{ISO2: "BE", Name: "Belgium", Emergency: "Yes"},
		{ISO2: "CH", Name: "Switzerland", Emergency: "No"},
		{ISO2: "FR", Name: "France", Emergency: "Yes", Comment: "(1) Fax are supported only with certified designs. "},
		{ISO2: "GB", Comment: "=1+1", Unapplied: []rollout.Text{{EN: "pc has a pattern that cannot be read."}, {EN: "a1 has no list."}}},
		{ISO2: "NL", Name: "Netherlands"},
	}
	sites := mixed()
	sites[0].Country, sites[1].Country = "DE", "GB"
	text := summary(t, write(t, b, sites...))
	want := remarks + "Country|Good to know before an order\n" +
		"CH Switzerland|Domestic emergency calls: No.\n" +
		"FR France|Domestic emergency calls: Yes.\n" +
		"|(1) Fax are supported only with certified designs.\n" +
		"GB|'=1+1\n" +
		"|Not checked before the order: pc has a pattern that cannot be read.\n" +
		"|Not checked before the order: a1 has no list.\n\n"
	for _, want := range []string{want, "BE Belgium|1|0|0\n", "FR France|9|1|3\n", "DE|1|0|0\n", "GB|1|0|0\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the summary lacks %q:\n%s", want, text)
		}
	}
	b.Countries = b.Countries[:1]
	if text := summary(t, write(t, b, sites...)); strings.Contains(text, remarks) {
		t.Errorf("the summary has a heading without a remark:\n%s", text)
	}
}

// What an import had to say of the file stands in the summary, neutralised like all
// that may come from the file.
func TestHowTheFileWasRead(t *testing.T) {
	t.Parallel()
	b := batch()
	b.Remarks = []rollout.Text{rollout.Say("Row 7 was left out.", "La ligne 7 a été laissée de côté."), {EN: "=1+1"}}
	if text := summary(t, write(t, b, mixed()...)); !strings.Contains(text, "Good to know|Row 7 was left out.\n|'=1+1\n") {
		t.Errorf("the summary lacks the remarks:\n%s", text)
	}
	b.Lang = rollout.French
	if table := rows(t, write(t, b, mixed()...).XLSX, "Résumé"); !slices.ContainsFunc(table, func(row []string) bool {
		return slices.Equal(row, []string{"À savoir", "La ligne 7 a été laissée de côté."})
	}) {
		t.Errorf("the summary lacks the remarks in French:\n%q", table)
	}
}
