// docs/architecture.md agrees with the code: its list of packages, and the files that it names.

package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	repositoryRoot = "../.."
	testsOnly      = "; tests only"
)

// architecture reads docs/architecture.md.
func architecture(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repositoryRoot, "docs/architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestArchitecture_Packages compares the list under "Packages and their imports" with
// arrows and testHelp. A line of the list reads "NAME[, NAME] what it is → IMPORTS", where
// IMPORTS are names without "internal/", or "nothing", and may end with "; tests only".
func TestArchitecture_Packages(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(architecture(t), "\n## Packages and their imports\n")
	_, block, _ := strings.Cut(section, "\n```\n")
	block, _, _ = strings.Cut(block, "\n```\n")
	listed, help := map[string][]string{}, []string{}
	for line := range strings.Lines(block) {
		arrow := strings.LastIndex(line, "→")
		if arrow < 0 {
			continue // the commands
		}
		names, _, _ := strings.Cut(strings.ReplaceAll(line, ", ", ","), " ")
		imports, forTests := strings.CutSuffix(strings.TrimSpace(line[arrow+len("→"):]), testsOnly)
		for name := range strings.SplitSeq(names, ",") {
			if forTests {
				help = append(help, name)
			}
			listed[name] = nil
			for _, to := range strings.Fields(imports) {
				if to != "nothing" {
					listed[name] = append(listed[name], "internal/"+to)
				}
			}
		}
	}
	for _, free := range []string{"internal/app", "internal/e2e"} { // allowed has their rules
		if _, ok := listed[free]; !ok {
			t.Errorf("docs/architecture.md does not list %s", free)
		}
		delete(listed, free)
	}
	want := map[string][]string{}
	for name, imports := range arrows {
		want[name] = slices.Sorted(slices.Values(imports))
	}
	for _, imports := range listed {
		slices.Sort(imports)
	}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Errorf("docs/architecture.md lists other packages or imports (-archtest +document):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(testHelp)), slices.Sorted(slices.Values(help))); diff != "" {
		t.Errorf("docs/architecture.md marks others as tests only (-archtest +document):\n%s", diff)
	}
}

// TestArchitecture_Files finds names of files that do not exist.
func TestArchitecture_Files(t *testing.T) {
	t.Parallel()
	names := regexp.MustCompile("`(internal/[a-z0-9/]+\\.[a-z]+)`").FindAllStringSubmatch(architecture(t), -1)
	if len(names) < 10 {
		t.Errorf("docs/architecture.md names %d files, so this test looks for the wrong thing", len(names))
	}
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(repositoryRoot, name[1])); err != nil {
			t.Errorf("docs/architecture.md names a file that is not there: %v", err)
		}
	}
}
