// What people read is said in every language: a test over the sentences in the source.

package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

func TestEverySentenceIsSaidInBothLanguages(t *testing.T) {
	t.Parallel()
	said := 0
	for _, r := range packages(t) {
		for _, name := range r.GoFiles {
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, filepath.Join(r.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				formats, args := formatsOf(call)
				if len(formats) > 0 {
					said++
				}
				for i, format := range formats {
					language := []string{"English", "French"}[i]
					if fault := faultOf(format, args); fault != "" && !call.Ellipsis.IsValid() {
						t.Errorf("%s/%s:%d: the %s %s", r.name(), name, set.Position(format.Pos()).Line, language, fault)
					}
				}
				return true
			})
		}
	}
	if said < 400 {
		t.Errorf("%d sentences found, so this test looks for the wrong thing", said)
	}
}

// formatsOf gives the two formats of a call that makes a text of them, and how many
// arguments both take.
func formatsOf(call *ast.CallExpr) (formats []ast.Expr, args int) {
	if called(call) != "rollout.Say" || len(call.Args) < 2 {
		return nil, 0
	}
	return call.Args[:2], len(call.Args) - 2
}

// called is the name of a function that is called by it, also in another package.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if qualifier, ok := f.X.(*ast.Ident); ok {
			return qualifier.Name + "." + f.Sel.Name
		}
	}
	return ""
}

// written is a text that the source spells out, in one piece or in several.
func written(expr ast.Expr) (text string, ok bool) {
	switch e := expr.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, ok := written(e.X)
		right, ok2 := written(e.Y)
		return left + right, ok && ok2
	}
	return "", false
}

var verb = regexp.MustCompile(`%(?:\[(\d+)\])?[-+# 0]*[0-9.]*([a-zA-Z%])`)

// faultOf says what is wrong with a format that is written out, given so many arguments.
func faultOf(format ast.Expr, args int) string {
	text, ok := written(format)
	if !ok {
		return "" // made elsewhere
	}
	if text == "" {
		return "is missing"
	}
	if args == 0 {
		return "" // no format
	}
	taken, numbered := 0, false
	for _, v := range verb.FindAllStringSubmatch(text, -1) {
		switch {
		case v[2] == "%":
		case v[1] != "":
			numbered = true
			if n, _ := strconv.Atoi(v[1]); n > args {
				return fmt.Sprintf("takes argument %d of %d", n, args)
			}
		default:
			taken++
		}
	}
	if !numbered && taken != args {
		return fmt.Sprintf("takes %d arguments of %d", taken, args)
	}
	return ""
}
