// This file tests which package may import which, and what only some packages may do.

package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "btrollout/"

// arrows is the whole list: a package, and the packages that it may import.
var arrows = map[string][]string{
	"internal/rollout":      {},
	"internal/btapi":        {"internal/endpoint"},
	"internal/btsim":        {"internal/btsim/countries", "internal/btsim/strictjson"},
	"internal/throttle":     {},
	"internal/config":       {"internal/endpoint", "internal/spelling"},
	"internal/endpoint":     {},
	"internal/console":      {},
	"internal/embedded":     {},
	"internal/redistest":    {"internal/embedded"},
	"internal/redistrouble": {},
	"internal/proctest":     {"internal/btsim"},
	"internal/simtest":      {"internal/btapi", "internal/btsim"},
	"internal/archtest":     {},
	"internal/chaos":        {},
	"internal/virtual":      {},
	"internal/judge":        {"internal/btsim"},
	"internal/spelling":     {},
	"internal/schedule":     {"internal/rollout"},
	"internal/importer":     {"internal/rollout", "internal/identity", "internal/spelling", "internal/spreadsheet", "internal/xlsx"},
	"internal/addrcheck":    {"internal/rollout", "internal/spelling"},
	"internal/identity":     {"internal/rollout", "internal/spelling"},
	"internal/ledger":       {"internal/rollout", "internal/identity"},
	"internal/overview":     {"internal/rollout", "internal/identity", "internal/ledger"},
	"internal/progress":     {"internal/rollout", "internal/ledger", "internal/schedule", "internal/throttle"},
	"internal/jsonout": {
		"internal/rollout", "internal/overview", "internal/precheck", "internal/progress", "internal/scratch", "internal/template",
	},
	"internal/retention": {"internal/rollout", "internal/ledger"},
	"internal/report":    {"internal/rollout", "internal/identity", "internal/scratch", "internal/xlsx"},
	"internal/scratch":   {},
	"internal/template":  {"internal/rollout", "internal/spelling", "internal/xlsx"},
	"internal/xlsx":      {},
	"internal/precheck":  {"internal/rollout", "internal/addrcheck", "internal/btapi", "internal/ledger", "internal/spelling"},
	"internal/jobs": {
		"internal/rollout", "internal/precheck", "internal/btapi", "internal/ledger", "internal/identity", "internal/redistrouble",
		"internal/schedule", "internal/spelling",
	},
	"internal/spreadsheet":           {"internal/rollout", "internal/scratch", "internal/xlsx"},
	"internal/importer/importertest": {"internal/spreadsheet", "internal/xlsx"},
	"internal/btsim/countries":       {"internal/btsim/strictjson"},
	"internal/btsim/strictjson":      {},
	"internal/bench":                 {},
	"internal/virtual/mutants":       {"internal/console"},
	"internal/bench/plain":           {"internal/config", "internal/importer", "internal/rollout"},
	"internal/bench/render":          {},
	"samples":                        {},
	"samples/generate":               {},
	"docs/generate": {
		"internal/addrcheck", "internal/importer", "internal/jobs", "internal/jsonout", "internal/precheck", "internal/rollout",
		"internal/spreadsheet",
	},
}

// testHelp are packages that only tests may import.
var testHelp = []string{
	"internal/redistest", "internal/proctest", "internal/simtest", "internal/e2e", "internal/chaos", "internal/virtual", "internal/archtest",
	"internal/importer/importertest", "internal/bench", "internal/judge",
}

// allowed reports whether from may import to.
func allowed(from, to string) bool {
	switch {
	case from == "internal/e2e":
		return true
	case strings.HasPrefix(from, "cmd/"), from == "internal/app":
		return strings.HasPrefix(to, "internal/") && !slices.Contains(testHelp, to)
	}
	return slices.Contains(arrows[from], to)
}

// goPackage is a package as go list describes it.
type goPackage struct {
	ImportPath, Dir  string
	GoFiles, Imports []string
}

func (r goPackage) name() string { return strings.TrimPrefix(r.ImportPath, module) }

// packages asks go list for every package of the module.
func packages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", module+"...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var r goPackage
		err := d.Decode(&r)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		list = append(list, r)
	}
	if len(list) < 10 {
		t.Fatalf("go list found %d packages only", len(list))
	}
	return list
}

func TestArrows(t *testing.T) {
	t.Parallel()
	for _, r := range packages(t) {
		from := r.name()
		_, listed := arrows[from]
		if !listed && !strings.HasPrefix(from, "cmd/") && from != "internal/app" && from != "internal/e2e" {
			t.Errorf("%s is a package without a rule: add it here and to docs/architecture.md", from)
		}
		for _, path := range r.Imports {
			if to, ours := strings.CutPrefix(path, module); ours && !allowed(from, to) {
				t.Errorf("%s must not import %s", from, to)
			}
		}
	}
}

func TestWhoKnowsAsynq(t *testing.T) {
	t.Parallel()
	only := map[string][]string{
		"github.com/hibiken/asynq":    {"internal/jobs", "internal/bench/plain"}, // the latter is the benchmarks' opponent
		"github.com/hibiken/asynqmon": {"cmd/dashboard"},
	}
	for _, r := range packages(t) {
		for _, path := range r.Imports {
			for dependency, owners := range only {
				if (path == dependency || strings.HasPrefix(path, dependency+"/")) && !slices.Contains(owners, r.name()) {
					t.Errorf("%s imports %s; only %s may", r.name(), path, owners)
				}
			}
		}
	}
}

func TestWhoReadsTheEnvironment(t *testing.T) {
	t.Parallel()
	found := false
	for _, r := range packages(t) {
		for _, file := range r.GoFiles {
			source, err := os.ReadFile(filepath.Join(r.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, call := range []string{"os.Getenv(", "os.LookupEnv(", "os.Environ("} {
				if !strings.Contains(string(source), call) {
					continue
				}
				found = true
				if r.name() != "internal/config" {
					t.Errorf("%s/%s calls %s); only internal/config reads the environment", r.name(), file, call)
				}
			}
		}
	}
	if !found {
		t.Error("nobody reads the environment, so this test looks for the wrong thing")
	}
}
