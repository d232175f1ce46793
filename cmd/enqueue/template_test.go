// This file tests that enqueue reads its own templates, and which templates it refuses to
// write. The content of the workbook is tested in internal/template, the way from it to
// voicesites in internal/e2e.

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"btrollout/internal/btapi"
	"btrollout/internal/importer"
	"btrollout/internal/jsonout"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
	"btrollout/internal/template"
)

// TestEveryColumnOfATemplateIsRecognised fills in a site for each of the guide's
// countries, in both languages.
func TestEveryColumnOfATemplateIsRecognised(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "fr"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "t.xlsx")
			got, _ := inquire(t, 0, "template", "--countries", strings.Join(guideCountries, ","), "-o", file, "--lang", lang, "--json")
			var written struct {
				Lang   string
				Sheets []struct {
					Name                      string
					Columns, Mandatory, Lists int
				}
			}
			if err := json.Unmarshal([]byte(got), &written); err != nil || written.Lang != lang || len(written.Sheets) != len(guideCountries) {
				t.Fatalf("printed %s (%v)", got, err)
			}
			book, err := excelize.OpenFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, iso2 := range guideCountries {
				if err := book.SetSheetRow(iso2, "A3", &[]any{"SITE-" + iso2, "Site", iso2, "1"}); err != nil {
					t.Fatal(err)
				}
			}
			if err := book.Save(); err != nil {
				t.Fatal(err)
			}
			got, _ = inquire(t, 3, "--check", "--json", "--report-dir", t.TempDir(), file)
			var status jsonout.File
			if err := json.Unmarshal([]byte(got), &status); err != nil {
				t.Fatal(err)
			}
			if status.Rows != len(guideCountries) {
				t.Errorf("%d sites were read, and %d filled in", status.Rows, len(guideCountries))
			}
			for i, s := range status.Sheets {
				if s.Name != guideCountries[i] || len(s.Columns) != written.Sheets[i].Columns {
					t.Errorf("sheet %s with %d columns was read, and %+v written", s.Name, len(s.Columns), written.Sheets[i])
				}
				fields := map[string]bool{}
				for _, c := range s.Columns {
					if c.Field == "" || fields[c.Field] {
						t.Errorf("%s: the column %q feeds %q", s.Name, c.Header, c.Field)
					}
					fields[c.Field] = true
					if !isOwnName(c.Header, c.Field, importer.How(c.By)) {
						t.Errorf("%s: the column %q is listed as one that is read as something else: %s", s.Name, c.Header, c.Field)
					}
				}
			}
		})
	}
}

func TestTemplatesThatAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	there := filepath.Join(dir, "there.xlsx")
	if err := os.WriteFile(there, []byte("filled in"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		says []string
	}{
		{"no countries", []string{"-o", filepath.Join(dir, "t.xlsx")}, []string{"--countries", "enqueue template FR BE"}},
		{"no file", []string{"--countries", "FR"}, []string{"--output"}},
		{"no codes", []string{"--countries", "FR,France", "-o", filepath.Join(dir, "t.xlsx")}, []string{`"FRANCE"`}},
		{
			"not covered", []string{"--countries", "FR,ZZ,GL,QQ", "-o", filepath.Join(dir, "t.xlsx")},
			[]string{"ZZ", "QQ", "GL", "no file was written"},
		},
		{"another form", []string{"--countries", "FR", "-o", filepath.Join(dir, "t.csv")}, []string{"ends in .xlsx"}},
		{"no folder", []string{"--countries", "FR", "-o", filepath.Join(dir, "none", "t.xlsx")}, []string{"no folder"}},
		{"a file that is there", []string{"--countries", "FR", "-o", there}, []string{"there already", "--force"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, stderr := inquire(t, 2, append([]string{"template"}, c.args...)...)
			for _, words := range c.says {
				if !strings.Contains(stderr, words) {
					t.Errorf("%q is not in %s", words, stderr)
				}
			}
		})
	}
	t.Cleanup(func() {
		left, err := os.ReadDir(dir)
		if content, readErr := os.ReadFile(there); err != nil || readErr != nil || len(left) != 1 || string(content) != "filled in" {
			t.Errorf("the folder holds %v, and the file %q (%v, %v)", left, content, err, readErr)
		}
	})
}

// TestTemplate_CountriesAsArguments names countries as enqueue countries takes them, as a list, and
// in both ways.
func TestTemplate_CountriesAsArguments(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"FR", "be"}, {"--countries", "FR,BE"}, {"BE", "--countries", "FR"}, {"FR,BE"}} {
		file := filepath.Join(t.TempDir(), "t.xlsx")
		got, _ := inquire(t, 0, append([]string{"template", "-o", file}, args...)...)
		if fr, be := strings.Index(got, "\n  FR  "), strings.Index(got, "\n  BE  "); fr < 0 || be < fr || strings.Count(got, "\n") != 4 {
			t.Errorf("%q: printed %s", args, got)
		}
	}
}

func TestATemplateIsReplacedByForce(t *testing.T) {
	t.Parallel()
	file := written(t, "t.xlsx", "old")
	got, _ := inquire(t, 0, "template", "--countries", "CH", "-o", file, "--force", "--lang", "fr")
	for _, words := range []string{"est écrit.", "\n  CH  Switzerland : ", "enqueue --check t.xlsx"} {
		if !strings.Contains(got, words) {
			t.Errorf("%q is not in %s", words, got)
		}
	}
	book, err := excelize.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if sheets := book.GetSheetList(); !slices.Contains(sheets, "CH") || !slices.Contains(sheets, "Lisez-moi") {
		t.Errorf("the sheets are %q", sheets)
	}
}

// TestATemplateThatIsThereIsSeenBeforeTheAPIIsAsked has neither a simulator nor credentials.
func TestATemplateThatIsThereIsSeenBeforeTheAPIIsAsked(t *testing.T) {
	t.Setenv("BT_CLIENT_SECRET", "")
	_, said := command(t, 2, "template", "--countries", "FR", "-o", written(t, "t.xlsx", "filled in"), "--api-url", "http://127.0.0.1:1")
	if !strings.Contains(said, "there already") {
		t.Errorf("said %s", said)
	}
}

func TestTemplateOfWhatCountriesMaySay(t *testing.T) {
	t.Parallel()
	said := precheck.Description{
		DialZone: btapi.DialZoneManual,
		Elements: []rollout.Element{
			{Code: "a1", Constraint: rollout.Constraint{
				Usage: rollout.UsageMandatory, ValueType: rollout.TypeAssociative,
				Values: []rollout.PossibleValue{{Value: "VD", Display: "Vaud"}},
			}},
			{Code: rollout.DialZone, Constraint: rollout.Constraint{Description: "Enter it", MaxLength: 4}},
			{Code: "pc", Constraint: rollout.Constraint{Usage: rollout.UsageOptional, ValueType: rollout.TypeDigits}},
		},
		Areas:   []precheck.Area{{Element: "a1"}, {Element: "a3"}, {Element: "a4"}, {Element: "a5"}},
		NotUsed: []string{"a4"},
	}
	levels := [][]precheck.Branch{{{Values: []string{"Vaud", "Uri"}}}}
	c := sheetOf(said, levels, rollout.Address{"a1": "Vaud"})
	var codes []string
	for _, e := range c.Elements {
		codes = append(codes, e.Code)
	}
	// The dial zone has a column of its own, a3 is named by the areas only, and what
	// lies below an area that is not used cannot be told.
	if got := strings.Join(codes, " "); got != "a1 pc a3" || c.DialZone == nil || c.DialZone.Description != "Enter it" {
		t.Errorf("the columns are %s, the dial zone %+v", got, c.DialZone)
	}
	want := []template.Element{
		{Element: said.Elements[0], Area: true, Choices: []string{"Vaud", "Uri"}},
		{Element: said.Elements[2]},
		{Element: rollout.Element{Code: "a3"}, Area: true, Within: []string{"a1"}},
	}
	if diff := cmp.Diff(want, c.Elements); diff != "" {
		t.Errorf("elements (-want +got):\n%s", diff)
	}
	said.DialZone = btapi.DialZoneAutomatic
	if c := sheetOf(said, levels, nil); c.DialZone != nil || len(c.Elements) != 3 {
		t.Errorf("where the API derives the dial zone, the columns are %+v and %+v", c.Elements, c.DialZone)
	}
}
