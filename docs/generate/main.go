// Command generate writes docs/problems.md: what each problem code means and what to
// do about it, in English and French. The words about a code are in the package that
// finds the problem, those around them in problems.md.tmpl. It also writes docs/json.md: what the
// commands print with --json.
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"btrollout/internal/addrcheck"
	"btrollout/internal/importer"
	"btrollout/internal/jobs"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
	"btrollout/internal/spreadsheet"
)

// document is written from the project's root.
const document = "docs/problems.md"

//go:embed problems.md.tmpl
var layout string

func main() {
	problems, err := page()
	if err == nil {
		err = os.WriteFile(document, problems, 0o644)
	}
	var objects []byte
	if err == nil {
		objects, err = jsonPage(".")
	}
	if err == nil {
		err = os.WriteFile(jsonDocument, objects, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// sections are all problems, by where they are found.
type sections struct {
	File    []rollout.Kind // of a whole file
	Row     []rollout.Kind // of a row, by itself
	Address []addrcheck.Rule
	Account []rollout.Kind // of the account and the API
	Former  []rollout.Kind // found by earlier versions only
}

func all() sections {
	return sections{
		File:    slices.Concat(spreadsheet.FileKinds(), importer.FileKinds()),
		Row:     slices.Concat(spreadsheet.Kinds(), importer.Kinds()),
		Address: addrcheck.Rules(),
		Account: slices.Concat(precheck.ProblemKinds(), jobs.ProblemKinds()),
		Former:  jobs.FormerKinds(),
	}
}

// Kinds lists the kinds of all sections.
func (s sections) Kinds() []rollout.Kind {
	kinds := slices.Concat(s.File, s.Row, s.Account, s.Former)
	for _, r := range s.Address {
		kinds = append(kinds, r.Kind)
	}
	return kinds
}

// Families gives all codes in alphabetical order, by what stands before their dot.
func (s sections) Families() map[string][]string {
	families := map[string][]string{}
	for _, k := range s.Kinds() {
		name, _, _ := strings.Cut(k.Code, ".")
		families[name] = append(families[name], k.Code)
	}
	for _, codes := range families {
		slices.Sort(codes)
	}
	return families
}

// page is the document.
func page() ([]byte, error) {
	t, err := template.New("page").Funcs(template.FuncMap{
		"anchor": anchor, "en": english, "fr": french, "elements": elements,
	}).Parse(layout)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = t.Execute(&text, all())
	return text.Bytes(), err
}

// anchor is the place of a code's heading, as Markdown is rendered on the usual hosts.
func anchor(code string) string { return strings.ReplaceAll(code, ".", "") }

func english(t rollout.Text) string { return marked(t.EN) }

func french(t rollout.Text) string { return marked(t.FR) }

// verbatim is what a person has to type or look for exactly as it stands.
var verbatim = regexp.MustCompile(`batch (resolve|list|watch)( (BATCH|LOT))?( (ROW|LIGNE))?( --[a-z-]+( ID)?)?|--[a-z-]+( ID)?|` +
	`\b(bt|BT)_\w*|` +
	`\b(technicalSiteName|customerSiteLabel|customerOrderReference|voiceSiteId|dialzone)\b|"Hall ""B"""|#N/A|#REF!`)

// marked sets what is verbatim in a sentence as code.
func marked(sentence string) string {
	return verbatim.ReplaceAllString(sentence, "`$0`")
}

// elements spells an address out, in the guide's order of its elements.
func elements(a rollout.Address) string {
	var parts []string
	for _, element := range append(slices.Clone(rollout.Elements), rollout.DialZone) {
		if value, given := a[element]; given {
			parts = append(parts, fmt.Sprintf("%s = %q", element, value))
		}
	}
	if len(parts) == 0 {
		return "an empty cell"
	}
	return "`" + strings.Join(parts, ", ") + "`"
}
