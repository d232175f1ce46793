// The page is as the packages list their kinds of problems, and the packages list all
// that their source can find.
package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"btrollout/internal/importer"
	"btrollout/internal/jobs"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
	"btrollout/internal/spreadsheet"
)

func TestTheDocumentIsUpToDate(t *testing.T) {
	t.Parallel()
	want, err := page()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../" + document)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is out of date: run go run ./docs/generate", document)
	}
}

func TestEveryLinkOfTheContentsLeadsToAHeading(t *testing.T) {
	t.Parallel()
	text, err := page()
	if err != nil {
		t.Fatal(err)
	}
	var headings, links []string
	for _, found := range regexp.MustCompile("(?m)^### `(.*)`$").FindAllSubmatch(text, -1) {
		// As the usual hosts make anchors of headings.
		headings = append(headings, regexp.MustCompile(`[^a-z0-9-]`).ReplaceAllString(string(found[1]), ""))
	}
	for _, found := range regexp.MustCompile(`\(#(.*?)\)`).FindAllSubmatch(text, -1) {
		links = append(links, string(found[1]))
	}
	slices.Sort(headings)
	slices.Sort(links)
	if len(headings) < 40 || !slices.Equal(headings, links) {
		t.Errorf("headings %v, links %v", headings, links)
	}
}

func TestEveryKindSaysCauseAndCureInBothLanguages(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, k := range all().Kinds() {
		if seen[k.Code] {
			t.Errorf("%s is listed twice", k.Code)
		}
		seen[k.Code] = true
		for _, text := range []rollout.Text{k.Cause, k.Cure} {
			for _, sentence := range []string{text.EN, text.FR} {
				if !isSentence(sentence) {
					t.Errorf("%s: %q is not one sentence", k.Code, sentence)
				}
			}
			if text.EN == text.FR {
				t.Errorf("%s: %q is said in one language", k.Code, text.EN)
			}
		}
	}
}

// isSentence reports whether a text is one sentence, with nothing left of its format.
func isSentence(text string) bool {
	return strings.HasSuffix(text, ".") && !strings.Contains(text, ". ") && !strings.HasSuffix(text, "..") && !strings.Contains(text, "%!")
}

// The files that only list kinds find none.
var lists = []string{"kinds.go"}

func TestEveryCodeInTheSourceIsListedAndNoOther(t *testing.T) {
	t.Parallel()
	s := all()
	var rules []rollout.Kind
	for _, r := range s.Address {
		rules = append(rules, r.Kind)
	}
	for pkg, kinds := range map[string][]rollout.Kind{
		"spreadsheet": slices.Concat(spreadsheet.FileKinds(), spreadsheet.Kinds()),
		"importer":    slices.Concat(importer.FileKinds(), importer.Kinds()),
		"addrcheck":   rules, "precheck": precheck.ProblemKinds(), "jobs": jobs.ProblemKinds(),
	} {
		found := codesIn(t, "../../internal/"+pkg)
		if pkg == "jobs" { // the ledger finds sites that it cannot read, and lists no kinds
			maps.Copy(found, codesIn(t, "../../internal/ledger"))
		}
		if len(found) < 5 {
			t.Errorf("%s: %d codes found in its source", pkg, len(found))
		}
		listed := map[string]bool{}
		for _, k := range kinds {
			listed[k.Code] = true
			if found[k.Code] == "" {
				t.Errorf("%s lists %s, which nothing there finds", pkg, k.Code)
			}
		}
		for code, place := range found {
			if !listed[code] {
				t.Errorf("%s: %s is none of the package's kinds", place, code)
			}
		}
	}
}

var isCode = regexp.MustCompile(`^(row|file|address|site|order|api)\.[a-z0-9]+(-[a-z0-9]+)*$`).MatchString

// codesIn finds the problem codes in a package's source, and where each stands.
func codesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(dir + "/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v %v", dir, files, err)
	}
	codes := map[string]string{}
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || slices.Contains(lists, filepath.Base(name)) {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil && isCode(text) {
					codes[text] = set.Position(literal.Pos()).String()
				}
			}
			return true
		})
	}
	return codes
}
