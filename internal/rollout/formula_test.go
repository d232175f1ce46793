// This file tests that a text goes through a cell of a spreadsheet and back unchanged.

package rollout_test

import (
	"strings"
	"testing"
	"testing/quick"

	"btrollout/internal/rollout"
)

func TestNeutralise(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "Paris": "Paris", "=1+1": "'=1+1", "+33": "'+33", "-1": "'-1", "@x": "'@x",
		"\tx": "'\tx", "'": "'", "'quoted'": "'quoted'", "'=1": "''=1", "é=": "é=",
	} {
		if got := rollout.Neutralise(text); got != want {
			t.Errorf("Neutralise(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestNeutraliseCSV: what would be a formula in a cell that another separator begins is
// text too, and other texts stay as they are.
func TestNeutraliseCSV(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "Paris": "Paris", "=1+1": "'=1+1", "'=1": "''=1", "'quoted'": "'quoted'", "é=": "é=", "a=b": "a=b",
		"x;=cmd|' /C calc'!A0": "x;'=cmd|' /C calc'!A0", "x,=1": "x,'=1", "x\t=1": "x\t'=1", "x\n=1": "x\n'=1", "x|@y": "x|'@y",
		"x;'=1": "x;''=1", "x; =1": "x;' =1", "x;\u00a0=1": "x;'\u00a0=1", " =1": "' =1", "x;\"=1": "x;'\"=1",
		"=1;=2\n=3": "'=1;'=2\n'=3", "x;\t=1": "x;'\t'=1",
		"a3=Paris; pc=75001": "a3=Paris; pc=75001", "12, rue de l'Étoile - 3e": "12, rue de l'Étoile - 3e",
		"1. one\n2. two": "1. one\n2. two", "R&D; 'Hall'": "R&D; 'Hall'",
	} {
		if got := rollout.NeutraliseCSV(text); got != want {
			t.Errorf("NeutraliseCSV(%q) = %q, want %q", text, got, want)
		}
		if !roundTrip(text) {
			t.Errorf("%q does not come back", text)
		}
	}
	for _, text := range []string{"x;=1", "x\n- one\n- two", "+33 1;+33 2"} { // in a workbook, no cell begins there
		if got := strings.TrimPrefix(rollout.Neutralise(text), "'"); got != text {
			t.Errorf("Neutralise(%q) = %q", text, got)
		}
	}
}

// roundTrip checks what Neutralise, NeutraliseCSV and Restore promise of any text.
func roundTrip(text string) bool {
	cell, field := rollout.Neutralise(text), rollout.NeutraliseCSV(text)
	const starts = "=+-@\t\r"
	safe := cell == "" || !strings.ContainsRune(starts, rune(cell[0]))
	for _, part := range strings.FieldsFunc(field, func(c rune) bool { return strings.ContainsRune(",;|\t\r\n", c) }) {
		part = strings.TrimLeft(part, " \u00a0\"")
		safe = safe && (part == "" || !strings.ContainsRune(starts, rune(part[0])))
	}
	return safe && rollout.Restore(cell) == text && rollout.Restore(field) == text
}

func TestRoundTripOfAnyText(t *testing.T) {
	t.Parallel()
	pieces := []string{"", "'", "''", "=", "'=", "''+", "-", "\t", "\r'", ";", ",", "\n", "|", "\"", " ", "\u00a0", "@", "x", "é"}
	property := func(places []uint8, rest string) bool {
		text := ""
		for _, place := range places {
			text += pieces[int(place)%len(pieces)]
		}
		return roundTrip(text) && roundTrip(text+rest)
	}
	if err := quick.Check(property, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
}

func FuzzRoundTrip(f *testing.F) {
	for _, text := range []string{
		"", "'", "=1", "'=1", "''@", "é", "\xff=", "-\x00",
		"x;=1", "x;'=1", "x;\"\"=1\n\t' -1", "x,\u00a0=1", ";\xff;=",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !roundTrip(text) {
			t.Errorf("%q became %q and %q", text, rollout.Neutralise(text), rollout.NeutraliseCSV(text))
		}
	})
}
