// Command render turns what the benchmarks print into the tables of
// docs/performance.md. It reads the output of go test -bench; a benchmark that ran
// several times counts with the median. Without a file name it only prints them.
//
// This file reads the results and writes the document; which figures there are, and
// what they should be, is in tables.go.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	if err := run(os.Stdin, os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "render:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer, paths []string) error {
	results, err := read(in)
	if err != nil {
		return err
	}
	made := map[string]string{}
	for _, s := range sections {
		if text, ok := s.render(results); ok {
			made[s.name] = text
			fmt.Fprintf(out, "\n%s\n\n%s", s.name, text)
		}
	}
	if len(made) == 0 {
		return fmt.Errorf("there is no result of a benchmark in the input")
	}
	about := measured()
	fmt.Fprintf(out, "\n%s\n", about)
	for _, path := range paths {
		document, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for name, text := range made {
			if document, err = replace(document, name, text+"\n"+about+"\n"); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
		if err := os.WriteFile(path, document, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// results are the figures of benchmarks, by name and unit.
type results map[string]map[string]float64

// line is one result of go test -bench: the name, how often it ran, and figures.
var line = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\t(.+)$`)

// read reads the output of go test -bench; other lines are left out.
func read(in io.Reader) (results, error) {
	all := map[string]map[string][]float64{}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		found := line.FindStringSubmatch(lines.Text())
		if found == nil {
			continue
		}
		if all[found[1]] == nil {
			all[found[1]] = map[string][]float64{}
		}
		for figure := range strings.SplitSeq(found[2], "\t") {
			number, unit, _ := strings.Cut(strings.TrimSpace(figure), " ")
			value, err := strconv.ParseFloat(number, 64)
			if err != nil {
				return nil, fmt.Errorf("%q is no figure of a benchmark: %w", figure, err)
			}
			all[found[1]][unit] = append(all[found[1]][unit], value)
		}
	}
	medians := results{}
	for name, units := range all {
		medians[name] = map[string]float64{}
		for unit, values := range units {
			slices.Sort(values)
			medians[name][unit] = (values[(len(values)-1)/2] + values[len(values)/2]) / 2
		}
	}
	return medians, lines.Err()
}

// replace puts text between the marks of a section.
func replace(document []byte, name, text string) ([]byte, error) {
	begin, end := "<!-- measured: "+name+" -->\n", "<!-- end: "+name+" -->"
	before, rest, ok := bytes.Cut(document, []byte(begin))
	_, after, closed := bytes.Cut(rest, []byte(end))
	if !ok || !closed {
		return nil, fmt.Errorf("the marks %q and %q are missing", strings.TrimSpace(begin), end)
	}
	return slices.Concat(before, []byte(begin), []byte(text), []byte(end), after), nil
}

// measured says when, of what and on which machine; never on whose.
func measured() string {
	said := func(name string, args ...string) string {
		out, err := exec.Command(name, args...).Output()
		if err != nil {
			return "unknown"
		}
		return strings.TrimSpace(string(out))
	}
	field := func(path, name string) string {
		content, _ := os.ReadFile(path) // not on every system
		for l := range strings.Lines(string(content)) {
			if key, value, _ := strings.Cut(l, name); strings.TrimSpace(key) == "" && value != "" {
				return strings.Trim(value, "\t :=\"\n")
			}
		}
		return "unknown"
	}
	_, redis, _ := strings.Cut(said("redis-server", "--version"), "v=")
	redis, _, _ = strings.Cut(redis, " ")
	linux, _, _ := strings.Cut(said("uname", "-r"), "-")
	return fmt.Sprintf("Measured on %s, commit %s: %s, %d cores, %s, Linux %s, %s, Redis %s.",
		time.Now().UTC().Format(time.DateOnly), said("git", "describe", "--always", "--dirty"),
		field("/proc/cpuinfo", "model name"), runtime.NumCPU(), field("/etc/os-release", "PRETTY_NAME"),
		linux, runtime.Version(), redis)
}
