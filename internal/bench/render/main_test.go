// This file tests how results are read, and how the document is written.

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const document = "../../../docs/performance.md"

// output is what go test prints: results, and lines that are none.
const output = `# 12:00:00 BenchmarkRedis: 5 of 10 sites have ended
goos: linux
BenchmarkRedis-2   	       1	3486233609 ns/op	      1500 finished-B/site	       500.0 sites	      3359 waiting-B/site
BenchmarkRedis-2   	       1	3486233609 ns/op	      2500 finished-B/site	       500.0 sites	      3359 waiting-B/site
BenchmarkRedis-2   	       1	3486233609 ns/op	      1800 finished-B/site	       500.0 sites	      3359 waiting-B/site
BenchmarkRate/rate=25/workers=4         	       1	1 ns/op	        26.00 peak-second
PASS
`

func TestMediansOfResults(t *testing.T) {
	t.Parallel()
	got, err := read(strings.NewReader(output))
	if err != nil {
		t.Fatal(err)
	}
	if v := got["Redis"]["finished-B/site"]; v != 1800 {
		t.Errorf("the median is %v, want 1800", v)
	}
	if v := got["Rate/rate=25/workers=4"]["peak-second"]; v != 26 {
		t.Errorf("a name that ends with a number has %v, want 26: %v", v, got)
	}
}

func TestSectionIsReplacedAndOthersStay(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "performance.md")
	before := "by hand\n<!-- measured: redis -->\nold\n<!-- end: redis -->\n<!-- measured: calls -->\nstays\n<!-- end: calls -->\n"
	if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	if err := run(strings.NewReader(output), &printed, []string{path}); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	row := "| finished               |         1800 | ≤ 2048 | yes |\n"
	for _, want := range []string{
		"by hand\n<!-- measured: redis -->\n", row, "Measured on ",
		"<!-- end: redis -->\n<!-- measured: calls -->\nstays\n",
	} {
		if !strings.Contains(string(after), want) {
			t.Errorf("%q is not in\n%s", want, after)
		}
	}
	if strings.Contains(string(after), "old") || !strings.Contains(printed.String(), row) {
		t.Errorf("printed %q, wrote %q", &printed, after)
	}
}

func TestNothingMeasuredIsAnError(t *testing.T) {
	t.Parallel()
	if err := run(strings.NewReader("FAIL\n"), new(bytes.Buffer), nil); err == nil {
		t.Error("no result, and no error")
	}
}

func TestEverySectionHasItsPlace(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sections {
		if _, err := replace(text, s.name, ""); err != nil {
			t.Errorf("docs/performance.md: %v", err)
		}
		wide := len(s.header)
		for _, row := range s.rows(results{}) {
			if len(row) != wide {
				t.Errorf("section %s: row %q has %d cells, and the header %d", s.name, row, len(row), wide)
			}
		}
	}
}
