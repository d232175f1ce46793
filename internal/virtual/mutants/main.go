// Command mutants tests the simulation of package virtual: it makes known mistakes in the
// program, one at a time, and runs seeds until one fails for it. The mistakes are in mutations.go, as
// texts that replace others in copies of the source files, which the go command compiles instead
// (option -overlay): the program itself knows nothing of them.
//
// A seed counts only if it fails with the violation that the mistake causes. It is then run without
// the mistake, and must not fail. The command prints a table, and exits with 1 if a mistake was not
// found, or if the program fails without one.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"btrollout/internal/console"
)

var (
	seeds = flag.Int("seeds", 200, "how many seeds are run for each mutation, at most")
	first = flag.Int64("first", 1, "the first seed")
	only  = flag.String("only", "", "names of mutations, separated by spaces; default: all")
)

func main() {
	flag.Parse()
	if err := run(strings.Fields(*only)); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// run tests the mutations of these names; none: all.
func run(names []string) error {
	root, err := findRoot()
	if err != nil {
		return err
	}
	chosen, err := choose(names)
	if err != nil {
		return err
	}
	for _, m := range chosen { // before any of them takes its minutes
		if _, err := m.mutated(root); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	original, err := build(root, filepath.Join(dir, "original"))
	if err != nil {
		return err
	}
	table := console.Table{Heads: []string{"mutation", "found after", "time", "violation"}, Right: []bool{false, true, true}}
	var failed []error
	for _, m := range chosen {
		began := time.Now()
		found, violation, err := m.test(root, dir, original)
		took := time.Since(began).Round(time.Second).String()
		failed = append(failed, err)
		after, said := "not found", m.breaks
		switch {
		case violation != "":
			after, said = strconv.Itoa(found.runs)+" seeds", fmt.Sprintf("seed %d: %.120s", found.seed, violation)
		case err == nil:
			failed = append(failed, fmt.Errorf("mutation %s was not found: %s", m.name, m.breaks))
		}
		fmt.Fprintf(os.Stderr, "%s: %s, %s, %s\n", m.name, after, took, said)
		table.Add(console.Row{Cells: []string{m.name, after, took}, Text: []string{said}})
	}
	table.Print(os.Stdout, 0)
	return errors.Join(failed...)
}

// choose returns the mutations of these names; none: all.
func choose(names []string) ([]mutation, error) {
	if len(names) == 0 {
		return mutations, nil
	}
	var chosen []mutation
	for _, name := range names {
		i := slices.IndexFunc(mutations, func(m mutation) bool { return m.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no mutation %q", name)
		}
		chosen = append(chosen, mutations[i])
	}
	return chosen, nil
}

// findRoot returns the root of the repository: the folder of go.mod.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no folder above has a go.mod")
		}
	}
}
