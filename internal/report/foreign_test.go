// This file opens the report's CSV as a spreadsheet program does whose separator is
// another: it tests that no cell becomes a formula.

package report_test

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"btrollout/internal/rollout"
)

// opened divides a CSV file as Excel and LibreOffice do: a quotation mark counts only
// where a cell begins, and what follows the closing one belongs to the cell.
func opened(content, separators string) (cells []string) {
	isEnd := func(c byte) bool { return c == '\n' || c == '\r' || strings.IndexByte(separators, c) >= 0 }
	for i := 0; i < len(content); i++ {
		var cell strings.Builder
		if content[i] == '"' {
			for i++; i < len(content); i++ {
				if content[i] == '"' {
					if i++; i == len(content) || content[i] != '"' {
						break
					}
				}
				cell.WriteByte(content[i])
			}
		}
		for ; i < len(content) && !isEnd(content[i]); i++ {
			cell.WriteByte(content[i])
		}
		cells = append(cells, cell.String())
	}
	return cells
}

// TestCSVIsSafeWithAnySeparator: a text that holds the separator of another program
// begins no formula there, and the field comes back as it was.
func TestCSVIsSafeWithAnySeparator(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	pieces := []string{"x", "=cmd|' /C calc'!A0", "+1", "-1", "@A1", ";", ",", "\t", "|", "\n", "\r", "\"", "'", " ", "\u00a0", "Paris", "="}
	texts := []string{"x;=cmd|' /C calc'!A0", "x;", "=1", "x;\"=1", "\"", ";\"\"", "x\n=1", "x\t=1", "x,=1", "x; =1"}
	for range 600 {
		text := ""
		for range 1 + random.IntN(6) {
			text += pieces[random.IntN(len(pieces))]
		}
		texts = append(texts, text)
	}
	var rows []rollout.Site
	for i := range texts {
		s := site(i+2, rollout.Failed)
		s.Cells = []string{"x", texts[i], "FR", texts[(i*7+1)%len(texts)], texts[(i*3+2)%len(texts)], texts[(i*5+3)%len(texts)]}
		rows = append(rows, s)
	}
	path := write(t, batch(), rows...).CSV
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, separators := range []string{",", ";", "\t", "|", ",;\t", ";\t"} {
		for _, cell := range opened(strings.TrimPrefix(string(content), "\uFEFF"), separators) {
			if start := strings.TrimSpace(cell); start != "" && strings.ContainsRune("=+-@", rune(start[0])) {
				t.Errorf("with %q between the cells, one is %.60q", separators, cell)
			}
		}
	}
	for i, s := range imported(t, path) {
		for place, cell := range s.Cells {
			if want := inCSV(rows[i].Cells[place]); cell != want {
				t.Errorf("row %d, column %d came back as %q, was %q", i, place, cell, want)
			}
		}
	}
}

// TestCSVQuotesEachField: no separator within a field begins a cell where quotation marks
// are obeyed, and the file looks alike throughout.
func TestCSVQuotesEachField(t *testing.T) {
	t.Parallel()
	s := site(2, rollout.Failed)
	s.Cells = []string{"A", `say "hi"; you`, "FR", "", "two\nlines", "x"}
	content, err := os.ReadFile(write(t, batch(), s).CSV)
	if err != nil {
		t.Fatal(err)
	}
	if want := `"A","say ""hi""; you","FR","","two` + "\r\n" + `lines","x","2","failed",`; !strings.Contains(string(content), "\r\n"+want) {
		t.Errorf("got %s", content)
	}
}
