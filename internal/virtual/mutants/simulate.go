// This file runs the simulation with and without a mutation.

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// simulated is the package whose seeds are run, and the test that runs them.
const (
	simulated     = "internal/virtual"
	simulatedTest = "^TestSimulate$"
)

// result is what came of some seeds.
type result struct {
	failed     bool
	runs       int      // that ended, the one that failed included
	seed       int64    // that failed
	violations []string // the first line of each that the test shows
}

// first returns the first violation that matches; false: none does.
func (r result) first(causes *regexp.Regexp) (string, bool) {
	i := slices.IndexFunc(r.violations, causes.MatchString)
	if i < 0 {
		return "", false
	}
	return r.violations[i], true
}

// atOnce is how many seeds one process runs. If one fails for another reason than that of the
// mutation, the rest of them is left out.
const atOnce = 10

// test runs seeds with the mutation until one fails with a violation that the mutation causes,
// and that one without the mutation: original is the test of the simulation. Files are written to
// dir. Of the result, runs counts all seeds that were run.
func (m mutation) test(root, dir, original string) (found result, violation string, err error) {
	overlay, err := m.overlay(root, dir)
	if err != nil {
		return result{}, "", err
	}
	mutant, err := build(root, filepath.Join(dir, "mutant"), "-overlay="+overlay)
	if err != nil {
		return result{}, "", fmt.Errorf("mutation %s: %w", m.name, err)
	}
	runs := 0
	for next := 0; next < *seeds; next += atOnce {
		found, err = simulate(root, mutant, *first+int64(next), min(atOnce, *seeds-next))
		if err != nil {
			return found, "", err
		}
		runs += found.runs
		found.runs = runs
		if violation, matches := found.first(m.causes); matches {
			return found, violation, m.control(root, original, found.seed)
		}
		if found.failed {
			fmt.Fprintf(os.Stderr, "%s: seed %d fails for another reason: %.300q\n", m.name, found.seed, found.violations)
		}
	}
	return found, "", nil
}

// control runs a seed without the mutation. It must not fail.
func (m mutation) control(root, original string, seed int64) error {
	control, err := simulate(root, original, seed, 1)
	if err == nil && control.failed {
		err = fmt.Errorf("seed %d fails without mutation %s, too: %q", seed, m.name, control.violations)
	}
	return err
}

// build compiles the test of the simulation.
func build(root, binary string, options ...string) (string, error) {
	args := append([]string{"test", "-c", "-o", binary}, options...)
	cmd := exec.Command("go", append(args, "./"+simulated)...)
	cmd.Dir = root
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("compiling: %w\n%s", err, output)
	}
	return binary, nil
}

// simulate runs seeds until one fails.
func simulate(root, binary string, first int64, seeds int) (result, error) {
	cmd := exec.Command(binary, "-test.run="+simulatedTest, "-test.v", "-test.timeout=1h", "-virtual.shrink=0s",
		fmt.Sprintf("-virtual.seed=%d", first), fmt.Sprintf("-virtual.seeds=%d", seeds))
	cmd.Dir = filepath.Join(root, simulated)
	output, err := cmd.CombinedOutput()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		return result{}, err
	}
	r, readable := read(output)
	if !readable || r.failed != (err != nil) {
		return r, fmt.Errorf("the simulation did not end as it should (%v):\n%.3000s", err, output)
	}
	return r, nil
}

var (
	runsLine      = regexp.MustCompile(`(?m)^\s*simulate_test\.go:\d+: (\d+) seeds in `)
	planLine      = regexp.MustCompile(`(?m)^\s*simulate_test\.go:\d+: seed (\d+): \d+ sites, `)
	violationLine = regexp.MustCompile(`(?m)^\s*at [\d.hmsnµ]+: (.*)$`)
)

// read reads what the test printed: the number of runs and, of the one that failed, its scenario
// and then its violations. False: it did not end by itself.
func read(output []byte) (r result, ended bool) {
	runs := runsLine.FindSubmatch(output)
	if runs == nil {
		return r, false
	}
	r.runs, _ = strconv.Atoi(string(runs[1]))
	at := planLine.FindSubmatchIndex(output)
	if at == nil {
		return r, true
	}
	r.failed = true
	r.seed, _ = strconv.ParseInt(string(output[at[2]:at[3]]), 10, 64)
	for _, line := range violationLine.FindAllSubmatch(output[at[1]:], -1) {
		r.violations = append(r.violations, string(line[1]))
	}
	return r, true
}
