package main

// This file holds that text is set where it belongs, whatever letters it is made of.

import (
	"strings"
	"testing"
)

func printed(t table, columns int) string {
	var out strings.Builder
	t.print(&out, columns)
	return "\n" + out.String()
}

func TestTableAlignsWhateverItsLetters(t *testing.T) {
	t.Parallel()
	tab := table{heads: []string{"code", "name", "n", "text"}, right: []bool{false, false, true}, indent: 1}
	tab.add(tableRow{cells: []string{"é", "Étage", "7"}, text: []string{"first paragraph that is long enough to be broken", "second"}})
	tab.add(tableRow{cells: []string{"e\u0301", "東京", "12"}, below: "beneath"})
	tab.add(tableRow{cells: []string{"\x1b[31mred", "two\nlines", "3"}})
	const want = `
 code     name        n  text
 é        Étage       7  first paragraph that is long enough
                         to be broken
                         second
 é        東京       12
     beneath
 [31mred  two lines   3
`
	if got := printed(tab, 60); got != strings.Replace(want, "é        東", "e\u0301        東", 1) {
		t.Errorf("got %s\nwant %s", got, want)
	}
	const narrow = `
 code     name        n
 é        Étage       7
     first paragraph that is long
     enough to be broken
     second
`
	if got := printed(tab, 35); !strings.HasPrefix(got, narrow) {
		t.Errorf("got %s\nwant %s", got, narrow)
	}
}

func TestTableClips(t *testing.T) {
	t.Parallel()
	tab := table{heads: []string{"", "country", "comment"}, clip: true}
	tab.add(tableRow{cells: []string{"AA", "A country of a very long name indeed"}, text: []string{"A remark that no line has room for."}})
	const want = `
    country               comment
AA  A country of a very…  A remark that no li…
`
	if got := printed(tab, 46); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestWrapLosesNothing(t *testing.T) {
	t.Parallel()
	pattern := strings.Repeat("[a-z]{2}|", 30)
	for _, text := range []string{"", "word", pattern, "a " + pattern + " z", strings.Repeat("Éléments ", 40), strings.Repeat("東京", 40)} {
		for _, room := range []int{1, 20, 21, 33, 80} {
			lines := wrap(text, room)
			for _, line := range lines {
				if n := columnsOf(line); n > max(room, narrowest) {
					t.Errorf("a line of %d columns where %d fit: %q", n, room, line)
				}
			}
			if bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }; bare(strings.Join(lines, "")) != bare(text) {
				t.Errorf("%q became %q", text, lines)
			}
		}
	}
}
