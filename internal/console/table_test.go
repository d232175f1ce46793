// This file tests that text is set where it belongs, whatever letters it is made of.

package console

import (
	"strings"
	"testing"
)

func printed(t Table, columns int) string {
	var out strings.Builder
	t.Print(&out, columns)
	return "\n" + out.String()
}

func TestTableAlignsWhateverItsLetters(t *testing.T) {
	t.Parallel()
	tab := Table{Heads: []string{"code", "name", "n", "text"}, Right: []bool{false, false, true}, Indent: 1}
	tab.Add(Row{Cells: []string{"é", "Étage", "7"}, Text: []string{"first paragraph that is long enough to be broken", "second"}})
	tab.Add(Row{Cells: []string{"e\u0301", "東京", "12"}, Below: "beneath"})
	tab.Add(Row{Cells: []string{"\x1b[31mred", "two\nlines", "3"}})
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
	tab := Table{Heads: []string{"", "country", "comment"}, Clip: true}
	tab.Add(Row{Cells: []string{"AA", "A country of a very long name indeed"}, Text: []string{"A remark that no line has room for."}})
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
				if n := widthOf(line); n > max(room, narrowest) {
					t.Errorf("a line of %d columns where %d fit: %q", n, room, line)
				}
			}
			if bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }; bare(strings.Join(lines, "")) != bare(text) {
				t.Errorf("%q became %q", text, lines)
			}
		}
	}
}

// Letters that stand on the one before take no column in any script, and stay with it
// when a word is broken.
func TestWrap_Marks(t *testing.T) {
	t.Parallel()
	for script, letter := range map[string]string{
		"Latin": "e\u0301", "Hebrew": "\u05d0\u05b8", "Arabic": "\u0628\u064e", "Devanagari": "\u0915\u0941", "Thai": "\u0e01\u0e34",
	} {
		if n := widthOf(letter); n != 1 {
			t.Errorf("%s: %q takes %d columns", script, letter, n)
		}
		if lines := wrap(strings.Repeat(letter, 45), 20); len(lines) != 3 || lines[0] != strings.Repeat(letter, 20) ||
			lines[2] != strings.Repeat(letter, 5) {
			t.Errorf("%s: %q", script, lines)
		}
	}
}

func TestTable_WithoutHeads(t *testing.T) {
	t.Parallel()
	tab := Table{Indent: 2}
	tab.Add(Row{Cells: []string{"Dial zone"}, Text: []string{"manual: every row must give it", "\x1b[2Jsecond\u202e"}})
	tab.Add(Row{Cells: []string{"Areas"}, Text: []string{"–"}})
	const want = `
  Dial zone  manual: every row must give it
             [2Jsecond
  Areas      –
`
	if got := printed(tab, 45); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := printed(tab, 0); got != want {
		t.Errorf("on lines of any length: got %s\nwant %s", got, want)
	}
	if got := printed(Table{Heads: []string{"BATCH", "STATE"}}, 45); got != "\n" {
		t.Errorf("without rows: got %s", got)
	}
}

func TestParagraph(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	Paragraph(&out, 2, "\x1b]0;title\x07a paragraph\nthat is long enough to be broken", 30)
	if want := "  ]0;titlea paragraph that is\n  long enough to be broken\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
