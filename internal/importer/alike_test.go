// This file tests that two rows for one site, written in two ways, are found.

package importer_test

import (
	"testing"

	"btrollout/internal/importer"
	"btrollout/internal/importer/importertest"
)

func TestNamesThatPeopleReadAlike(t *testing.T) {
	t.Parallel()
	for second, want := range map[string]string{
		"Genève 1": "row.name-duplicate", "GENEVE 1": "row.name-alike", "Genève1": "row.name-alike", "Gene\u0300ve 1": "row.name-duplicate",
		"Genève-1": "", "Genève 2": "", "Genève 11": "",
	} {
		_, sites, err := read(importertest.Write(t, "a.csv", header+"\nGenève 1,L,FR,1\n"+second+",L,FR,1\n"), importer.Options{})
		must(t, err)
		if codes(sites[0]) != "" || codes(sites[1]) != want {
			t.Errorf("%q beside Genève 1: %q and %q, want none and %q", second, codes(sites[0]), codes(sites[1]), want)
		}
	}
}
