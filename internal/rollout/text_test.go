// The promises of Text: both languages at once, texts within texts, and what older
// records hold.

package rollout_test

import (
	"encoding/json"
	"testing"

	"btrollout/internal/rollout"
)

func TestClip(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "été": "été", "étés": "été…", "a  b": "a  …"} {
		if got := rollout.Clip(text, 3); got != want {
			t.Errorf("%q is cut to %q, want %q", text, got, want)
		}
	}
}

func TestSay(t *testing.T) {
	t.Parallel()
	place := rollout.Say("the canton of %s", "le canton de %s", "VD")
	for _, c := range []struct {
		text   rollout.Text
		en, fr string
	}{
		{rollout.Say("100 % sure", "sûr à 100 %"), "100 % sure", "sûr à 100 %"},
		{
			rollout.Say("%q is not in %s", "%[2]s n'a pas de %[1]q", "Lausane", place),
			`"Lausane" is not in the canton of VD`, `le canton de VD n'a pas de "Lausane"`,
		},
		{rollout.Text{EN: "the API's own words"}, "the API's own words", "the API's own words"},
		{rollout.Say("%s: %d", "%s : %d", rollout.Text{EN: "code"}, 53), "code: 53", "code : 53"},
	} {
		for lang, want := range map[rollout.Lang]string{rollout.English: c.en, rollout.French: c.fr, "": c.en, "de": c.en} {
			if got := c.text.In(lang); got != want {
				t.Errorf("in %q: %q, want %q", lang, got, want)
			}
		}
		if c.text.String() != c.en {
			t.Errorf("in a log: %q", c.text.String())
		}
	}
}

func TestTextInRecords(t *testing.T) {
	t.Parallel()
	said := rollout.Say("Write it.", "Écrivez-le.")
	raw, err := json.Marshal(rollout.Problem{Code: "x", Message: said})
	if err != nil {
		t.Fatal(err)
	}
	for record, want := range map[string]rollout.Text{
		string(raw):                       said,
		`{"code":"x","message":"Old."}`:   {EN: "Old."}, // as version 1 wrote it
		`{"message":{"en":"Only so."}}`:   {EN: "Only so."},
		`{"message":null}`:                {},
		`{"message":{"en":"a","fr":"b"}}`: {EN: "a", FR: "b"},
	} {
		var p rollout.Problem
		if err := json.Unmarshal([]byte(record), &p); err != nil || p.Message != want {
			t.Errorf("%s is read as %+v (%v)", record, p.Message, err)
		}
	}
	var p rollout.Problem
	if err := json.Unmarshal([]byte(`{"message":7}`), &p); err == nil {
		t.Error("a number is read as a text")
	}
}

func TestListOf_SpellsOutFive(t *testing.T) {
	t.Parallel()
	quoted := func(item string) rollout.Text { return rollout.Say("%q", "« %s »", item) }
	for _, c := range []struct {
		items  []string
		en, fr string
	}{
		{[]string{"a"}, `"a"`, "« a »"},
		{[]string{"a", "b", "c", "d", "e"}, `"a"; "b"; "c"; "d"; "e"`, "« a » ; « b » ; « c » ; « d » ; « e »"},
		{
			[]string{"a", "b", "c", "d", "e", "f", "g"},
			`"a"; "b"; "c"; "d"; "e"; 2 more`, "« a » ; « b » ; « c » ; « d » ; « e » ; 2 de plus",
		},
	} {
		if got := rollout.ListOf(c.items, quoted); got.EN != c.en || got.FR != c.fr {
			t.Errorf("%q is listed as %+v", c.items, got)
		}
	}
}

func TestClause_EndsNoSentence(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{" Invalid field: a6. ": "Invalid field: a6", "no; no.:;": "no; no", "": ""} {
		if got := rollout.Clause(words); got != want {
			t.Errorf("%q within a sentence is %q, want %q", words, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]rollout.Text{
		0: {EN: "0 rows", FR: "0 ligne"}, 1: {EN: "1 row", FR: "1 ligne"}, 2: {EN: "2 rows", FR: "2 lignes"},
	} {
		if got := rollout.Rows(n); got != want {
			t.Errorf("%d: got %+v, want %+v", n, got, want)
		}
	}
}
