// This file tests that the mutations fit the source, and how the output of runs is read.

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMutations(t *testing.T) {
	t.Parallel()
	root, err := findRoot()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range mutations {
		if names[m.name] || strings.Contains(m.name, " ") || m.breaks == "" || m.causes == nil || len(m.edits) == 0 {
			t.Errorf("mutation %q: its name is not one word, or another one has it, or it breaks or causes nothing", m.name)
		}
		names[m.name] = true
		if _, err := m.mutated(root); err != nil {
			t.Error(err)
		}
		for _, e := range m.edits {
			if e.old == e.new || strings.HasSuffix(e.file, "_test.go") {
				t.Errorf("mutation %s changes nothing, or a test: %s", m.name, e.file)
			}
		}
	}
}

func TestMutation_StaleText(t *testing.T) {
	t.Parallel()
	root, err := findRoot()
	if err != nil {
		t.Fatal(err)
	}
	const file = "internal/virtual/mutants/mutations.go"
	for old, want := range map[string]string{
		"this text is in no " + "file":     "its old text is 0 times in " + file,
		"// This file has the table of":    "",
		"\n\t\t[]edit{{":                   "its old text is",
		"the first look-up that finds no ": "",
	} {
		_, err := mutation{name: "test", edits: []edit{{file, old, ""}}}.mutated(root)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", old, err, want)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	const passed = `=== RUN   TestSimulate
=== NAME  TestSimulate
    simulate_test.go:75: 4 seeds in 20s: 1h17m0s of virtual time
--- PASS: TestSimulate (19.56s)
`
	const failed = `=== NAME  TestSimulate/seeds/1
    simulate_test.go:142: seed 1: at 9m13s: first.csv row 7 (Lugano): 2 live orders
          row     bought
=== NAME  TestSimulate/seeds/2
    simulate_test.go:142: seed 2: at 8m13s: first.csv row 9 (Paris): given up
=== NAME  TestSimulate
    simulate_test.go:75: 3 seeds in 20s: 1h17m0s of virtual time
    simulate_test.go:78: seed 2: 50 sites, 1 nights, 10/s
          freeze at 38.3s for 1s, worker 1, 41 writes, behind true

        at 8m13.5s: first.csv row 9 (Paris): given up
          row     bought
        at 9m1.000000001s: second.csv row 2 (Lyon): 2 voicesites
        and 1 more
        the last of 2 events that have to do with it:
              26.115 s  worker-1  at work
`
	for output, want := range map[string]result{
		passed: {runs: 4},
		failed: {true, 3, 2, []string{"first.csv row 9 (Paris): given up", "second.csv row 2 (Lyon): 2 voicesites"}},
	} {
		got, ended := read([]byte(output))
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" || !ended {
			t.Errorf("ended: %v\n%s", ended, diff)
		}
	}
	if _, ended := read([]byte("panic: deadlock\n")); ended {
		t.Error("a run that broke off has ended")
	}
}

func TestResult_First(t *testing.T) {
	t.Parallel()
	r := result{violations: []string{"first.csv row 9 (Paris): given up", "second.csv row 2 (Lyon): 2 voicesites"}}
	if got, ok := r.first(doubles); !ok || got != r.violations[1] {
		t.Errorf("%q, %v", got, ok)
	}
	if got, ok := r.first(manyCalls); ok {
		t.Errorf("%q matches", got)
	}
}
