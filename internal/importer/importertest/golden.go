// This file compares what a test got with a file of what it wants.

package importertest

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// CompareFile fails the test if got differs from the content of wantFile. With update, it
// writes got into wantFile first.
func CompareFile(t testing.TB, wantFile, got string, update bool) {
	t.Helper()
	if update {
		if err := os.WriteFile(wantFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(wantFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", wantFile, diff)
	}
}
