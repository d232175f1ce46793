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
				for _, column := range regexp.MustCompile(`\bbt_\w+`).FindAllString(sentence, -1) {
					if !slices.Contains(rollout.ReportColumns, column) {
						t.Errorf("%s: reports have no column %s", k.Code, column)
					}
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
	unlisted := map[string]bool{} // codes of rollout that no package lists
	for _, code := range codeConstants(t, "../../internal/rollout") {
		unlisted[code] = true
	}
	for pkg, kinds := range map[string][]rollout.Kind{
		"spreadsheet": slices.Concat(spreadsheet.FileKinds(), spreadsheet.Kinds()),
		"importer":    slices.Concat(importer.FileKinds(), importer.Kinds()),
		"addrcheck":   rules, "precheck": precheck.ProblemKinds(), "jobs": jobs.ProblemKinds(),
	} {
		found, shared := codesIn(t, "../../internal/"+pkg)
		if pkg == "jobs" { // the ledger finds sites that it cannot read, and lists no kinds
			inLedger, _ := codesIn(t, "../../internal/ledger")
			maps.Copy(found, inLedger)
		}
		if n := len(found) + len(shared); n < 5 {
			t.Errorf("%s: %d codes found in its source", pkg, n)
		}
		listed := map[string]bool{}
		for _, k := range kinds {
			listed[k.Code] = true
			if found[k.Code] == "" && shared[k.Code] == "" {
				t.Errorf("%s lists %s, which nothing there finds", pkg, k.Code)
			}
			delete(unlisted, k.Code)
		}
		for _, former := range s.Former {
			if place := found[former.Code]; place != "" {
				t.Errorf("%s: %s is a code of earlier versions", place, former.Code)
			}
		}
		for code, place := range found {
			if !listed[code] {
				t.Errorf("%s: %s is none of the package's kinds", place, code)
			}
		}
	}
	if len(unlisted) > 0 {
		t.Errorf("no package lists %v", slices.Sorted(maps.Keys(unlisted)))
	}
}

var isCode = regexp.MustCompile(`^(row|file|address|site|order|api)\.[a-z0-9]+(-[a-z0-9]+)*$`).MatchString

// codesIn finds the problem codes that a package's source uses, and where: codes that are
// written out, constants of the package, and constants of rollout. That a constant is
// declared does not count.
func codesIn(t *testing.T, dir string) (own, shared map[string]string) {
	t.Helper()
	constants, common := codeConstants(t, dir), codeConstants(t, "../../internal/rollout")
	own, shared = map[string]string{}, map[string]string{}
	set := token.NewFileSet()
	for name, file := range sourceOf(t, set, dir) {
		if slices.Contains(lists, name) {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GenDecl:
				return n.Tok != token.CONST
			case *ast.SelectorExpr:
				if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "rollout" && common[n.Sel.Name] != "" {
					shared[common[n.Sel.Name]] = set.Position(n.Pos()).String()
				}
			case *ast.Ident:
				if code := constants[n.Name]; code != "" {
					own[code] = set.Position(n.Pos()).String()
				}
			case *ast.BasicLit:
				if code := codeOf(n); code != "" {
					own[code] = set.Position(n.Pos()).String()
				}
			}
			return true
		})
	}
	return own, shared
}

// codeConstants are the codes that a package declares as constants, by the constants' names.
func codeConstants(t *testing.T, dir string) map[string]string {
	t.Helper()
	constants := map[string]string{}
	for _, file := range sourceOf(t, token.NewFileSet(), dir) {
		for _, declared := range file.Decls {
			block, ok := declared.(*ast.GenDecl)
			if !ok || block.Tok != token.CONST {
				continue
			}
			for _, spec := range block.Specs {
				for i, value := range spec.(*ast.ValueSpec).Values {
					if code := codeOf(value); code != "" {
						constants[spec.(*ast.ValueSpec).Names[i].Name] = code
					}
				}
			}
		}
	}
	return constants
}

// sourceOf parses the files of a package, without its tests, by their base names.
func sourceOf(t *testing.T, set *token.FileSet, dir string) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob(dir + "/*.go")
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v %v", dir, names, err)
	}
	source := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		source[filepath.Base(name)] = file
	}
	return source
}

// codeOf is the problem code that an expression spells out, or "".
func codeOf(expr ast.Expr) string {
	literal, ok := expr.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return ""
	}
	if text, err := strconv.Unquote(literal.Value); err == nil && isCode(text) {
		return text
	}
	return ""
}
