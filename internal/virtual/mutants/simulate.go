// This file runs the simulation with and without a mutation.

package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// simulated is the package whose seeds are run, and the test that runs them.
const (
	simulated     = "internal/virtual"
	simulatedTest = "^TestSimulate$"
)

// result is what came of some seeds.
type result struct {
	failed    bool
	runs      int    // that ended, the one that failed included
	seed      int64  // that failed
	violation string // the first line of it
}

// test runs seeds with the mutation until one fails, and that one without the mutation: original
// is the test of the simulation. Files are written to dir.
func (m mutation) test(root, dir, original string) (result, error) {
	overlay, err := m.overlay(root, dir)
	if err != nil {
		return result{}, err
	}
	mutant, err := build(root, filepath.Join(dir, "mutant"), "-overlay="+overlay)
	if err != nil {
		return result{}, fmt.Errorf("mutation %s: %w", m.name, err)
	}
	found, err := simulate(root, mutant, *first, *seeds)
	if err != nil || !found.failed {
		return found, err
	}
	control, err := simulate(root, original, found.seed, 1)
	if err == nil && control.failed {
		err = fmt.Errorf("seed %d fails without mutation %s, too: %s", found.seed, m.name, control.violation)
	}
	return found, err
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
	runsLine = regexp.MustCompile(`(?m)^\s*simulate_test\.go:\d+: (\d+) seeds in `)
	failLine = regexp.MustCompile(`(?m)^\s*simulate_test\.go:\d+: seed (\d+): (.*)$`)
)

// read reads what the test printed; false: it did not end by itself.
func read(output []byte) (r result, ended bool) {
	runs := runsLine.FindSubmatch(output)
	if runs == nil {
		return r, false
	}
	r.runs, _ = strconv.Atoi(string(runs[1]))
	if failed := failLine.FindSubmatch(output); failed != nil {
		r.failed, r.violation = true, string(failed[2])
		r.seed, _ = strconv.ParseInt(string(failed[1]), 10, 64)
	}
	return r, true
}
