// The lists of the Makefile, by which make test chooses the race detector, agree with the code.

package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// racedPackage is the package in PURE some tests of which, those in RACED, are run with the
// race detector all the same.
const racedPackage = "internal/addrcheck"

// waits are tests of packages in PURE that start a goroutine only to stop waiting for it.
var waits = []string{"TestHeadersThatAreMadeToLast"}

// makeList returns the words of a variable of the Makefile.
func makeList(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	_, value, found := strings.Cut(strings.ReplaceAll(string(text), "\\\n", " "), "\n"+name+" := ")
	if !found {
		t.Fatalf("the Makefile does not set %s", name)
	}
	value, _, _ = strings.Cut(value, "\n")
	return strings.Fields(value)
}

// goroutines returns the functions in a package, tests included, that start goroutines.
func goroutines(t *testing.T, dir string) (functions []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			function := "a variable of " + filepath.Base(name)
			if f, ok := declaration.(*ast.FuncDecl); ok {
				function = f.Name.Name
			}
			ast.Inspect(declaration, func(n ast.Node) bool {
				_, starts := n.(*ast.GoStmt)
				if call, ok := n.(*ast.CallExpr); ok {
					method, ok := call.Fun.(*ast.SelectorExpr)
					starts = ok && method.Sel.Name == "Go" // of a WaitGroup or an errgroup
				}
				if starts {
					functions = append(functions, function)
				}
				return true
			})
		}
	}
	return functions
}

func TestMakefile_RaceDetector(t *testing.T) {
	t.Parallel()
	dirs := map[string]string{}
	for _, p := range packages(t) {
		dirs[p.name()] = p.Dir
	}
	for _, name := range makeList(t, "PROCESSES") {
		if dirs[name] == "" {
			t.Errorf("PROCESSES in the Makefile lists %s, which is no package", name)
		}
	}
	raced := makeList(t, "RACED")
	var found []string
	for _, name := range makeList(t, "PURE") {
		if dirs[name] == "" {
			t.Errorf("PURE in the Makefile lists %s, which is no package", name)
			continue
		}
		for _, function := range goroutines(t, dirs[name]) {
			if name == racedPackage {
				found = append(found, function)
			}
			if !slices.Contains(raced, function) && !slices.Contains(waits, function) {
				t.Errorf("%s of %s starts a goroutine: remove the package from PURE in the Makefile", function, name)
			}
		}
	}
	for _, test := range raced {
		if !slices.Contains(found, test) {
			t.Errorf("RACED in the Makefile lists %s, which starts no goroutine in %s", test, racedPackage)
		}
	}
}

func TestMakefile_Unraced(t *testing.T) {
	t.Parallel()
	var code strings.Builder
	for _, dir := range makeList(t, "UNRACED_IN") {
		names, err := filepath.Glob(filepath.Join("../..", dir, "*_test.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("UNRACED_IN in the Makefile lists %s, which has no tests (%v)", dir, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			code.Write(text)
		}
	}
	for _, test := range makeList(t, "UNRACED") {
		if strings.Count(code.String(), "\nfunc "+test+"(") != 1 {
			t.Errorf("UNRACED in the Makefile lists %s, which is not one test of the packages in UNRACED_IN", test)
		}
	}
}
