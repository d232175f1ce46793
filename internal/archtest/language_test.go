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
	for _, r := range rooms(t) {
		for _, name := range r.GoFiles {
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, filepath.Join(r.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || !isSay(call) {
					return true
				}
				said++
				for i, language := range []string{"English", "French"} {
					if fault := faultOf(call.Args[i], len(call.Args)-2); fault != "" && !call.Ellipsis.IsValid() {
						t.Errorf("%s/%s:%d: the %s %s", r.name(), name, set.Position(call.Args[i].Pos()).Line, language, fault)
					}
				}
				return true
			})
		}
	}
	if said < 50 {
		t.Errorf("%d sentences found, so this test looks for the wrong thing", said)
	}
}

// isSay reports whether a call makes a text of two formats.
func isSay(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != "Say" || len(call.Args) < 2 {
		return false
	}
	room, ok := f.X.(*ast.Ident)
	return ok && room.Name == "rollout"
}

var verb = regexp.MustCompile(`%(?:\[(\d+)\])?[-+# 0]*[0-9.]*([a-zA-Z%])`)

// faultOf says what is wrong with a format that is written out, given so many arguments.
func faultOf(format ast.Expr, args int) string {
	literal, ok := format.(*ast.BasicLit)
	if !ok {
		return "" // made elsewhere
	}
	text, err := strconv.Unquote(literal.Value)
	if err != nil || text == "" {
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
