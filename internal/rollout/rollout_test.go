// The promises of the shared words: the state graph, the way of a cell through a
// spreadsheet and back, and the order reference.
package rollout_test

import (
	"strings"
	"testing"
	"testing/quick"

	"btrollout/internal/rollout"
)

// reach lists the states that a site may come to from these, themselves included,
// without a person's decision.
func reach(from ...rollout.State) map[rollout.State]bool {
	seen := map[rollout.State]bool{}
	for len(from) > 0 {
		s := from[0]
		from = from[1:]
		if seen[s] {
			continue
		}
		seen[s] = true
		for _, to := range rollout.States {
			if s != rollout.Review && s.MayBecome(to) == nil {
				from = append(from, to)
			}
		}
	}
	return seen
}

func TestEveryStateIsReachable(t *testing.T) {
	t.Parallel()
	// A row enters the ledger as imported, or as rejected when it is wrong.
	seen := reach(rollout.Imported, rollout.Rejected)
	for _, s := range rollout.States {
		if !seen[s] {
			t.Errorf("no site can become %s", s)
		}
	}
	if len(seen) != 11 || len(rollout.States) != 11 {
		t.Errorf("%d states listed, %d reachable, want 11", len(rollout.States), len(seen))
	}
}

func TestFinalStatesEnd(t *testing.T) {
	t.Parallel()
	for _, s := range rollout.States {
		if !s.Final() {
			if s.Stage() == "" {
				t.Errorf("%s is not final and needs no step", s)
			}
			if !reach(s)[rollout.Provisioned] {
				t.Errorf("a site that is %s can never be provisioned", s)
			}
			if err := s.MayBecome(s); err != nil {
				t.Errorf("an open site may stay where it is: %v", err)
			}
			continue
		}
		if s.Stage() != "" {
			t.Errorf("%s is final and needs step %s", s, s.Stage())
		}
		for _, to := range rollout.States {
			byDecision := s == rollout.Review && (to == rollout.Validated || to == rollout.Failed)
			if (s.MayBecome(to) == nil) != byDecision {
				t.Errorf("%s is final; may it become %s? %v", s, to, s.MayBecome(to))
			}
		}
	}
}

func TestAStateThatIsPassedThroughIsNoWayRound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		recorded, passed, state rollout.State
		lawful                  bool
	}{
		{rollout.Imported, "", rollout.Ordering, false},
		{rollout.Imported, rollout.Validated, rollout.Ordering, true},
		{rollout.Imported, rollout.Validated, rollout.Validated, true},
		{rollout.Imported, rollout.Validated, rollout.Provisioned, false},
		{rollout.Ordered, rollout.Validated, rollout.Ordering, false},
		{rollout.Provisioned, rollout.Validated, rollout.Ordering, false},
		{rollout.Imported, rollout.Failed, rollout.Validated, false},
	} {
		p := rollout.Progress{Recorded: c.recorded, Passed: c.passed, State: c.state}
		if err := p.Lawful(); (err == nil) != c.lawful {
			t.Errorf("%s by way of %q to %s: %v", c.recorded, c.passed, c.state, err)
		}
	}
}

func TestOrderedSitesAreNeverOrderedAgain(t *testing.T) {
	t.Parallel()
	for _, s := range []rollout.State{rollout.Ordered, rollout.Delivered} {
		if reach(s)[rollout.Ordering] {
			t.Errorf("a site that is %s may be ordered again", s)
		}
	}
	if rollout.Imported.MayBecome(rollout.Ordering) == nil {
		t.Error("a site may be ordered without being validated")
	}
}

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
		"x;'=1": "x;''=1", "x; =1": "x;' =1", "x;\u00a0=1": "x;'\u00a0=1", " =1": "' =1", "x;\"=1": "x;'\"=1", "=1;=2\n=3": "'=1;'=2\n'=3", "x;\t=1": "x;'\t'=1",
		"a3=Paris; pc=75001": "a3=Paris; pc=75001", "12, rue de l'Étoile - 3e": "12, rue de l'Étoile - 3e", "1. one\n2. two": "1. one\n2. two", "R&D; 'Hall'": "R&D; 'Hall'",
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

// roundTrip holds what Neutralise, NeutraliseCSV and Restore promise of any text.
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
	for _, text := range []string{"", "'", "=1", "'=1", "''@", "é", "\xff=", "-\x00", "x;=1", "x;'=1", "x;\"\"=1\n\t' -1", "x,\u00a0=1", ";\xff;="} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !roundTrip(text) {
			t.Errorf("%q became %q and %q", text, rollout.Neutralise(text), rollout.NeutraliseCSV(text))
		}
	})
}
