// This file shows work under way, on a terminal and elsewhere. What is printed at its
// end is in status.go.

package app

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// lineInterval is the least time between two lines, where there is no terminal.
const lineInterval = 2 * time.Second

// Progress shows how far something is: a bar on a terminal, plain lines elsewhere.
type Progress struct {
	Of string // plural of what is counted, if the total is known; "": rows

	out      io.Writer
	bar      *progressbar.ProgressBar
	title    string
	total    int
	line     string    // the next line, where there is no terminal
	printed  string    // the last line that was printed,
	lastLine time.Time // and when
}

// NewProgress begins to show title; total < 0 means that the total is not known. Done must be
// called.
func NewProgress(out io.Writer, title string, total int) *Progress {
	p := &Progress{out: out, title: title, total: total}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		options := []progressbar.Option{
			progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(title),
			progressbar.OptionSetWidth(24), progressbar.OptionFullWidth(),
			progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish(),
			progressbar.OptionThrottle(100 * time.Millisecond),
			// It turns when it is set, and never by itself: that would go on after its end.
			progressbar.OptionSpinnerType(14), progressbar.OptionSetSpinnerChangeInterval(0),
		}
		if total >= 0 {
			options = append(options, progressbar.OptionShowCount())
		}
		p.bar = progressbar.NewOptions(total, options...)
	}
	return p
}

// Set shows that n of the total are done, and a few words of detail; "": none.
func (p *Progress) Set(n int, detail string) {
	if p.bar != nil {
		if p.total < 0 {
			detail = countRows(n)
		}
		p.bar.Describe(strings.TrimSpace(p.title + "  " + detail))
		_ = p.bar.Set(n)
		return
	}
	p.line = tellCount(p.title, n)
	if p.total >= 0 {
		p.line = tellProgress(p.title, n, p.total, p.Of)
	}
	if detail != "" {
		p.line += "; " + detail
	}
	if time.Since(p.lastLine) >= lineInterval {
		p.print()
	}
}

// print prints the line, unless it was the last one printed.
func (p *Progress) print() {
	if p.line != p.printed {
		fmt.Fprintln(p.out, p.line)
	}
	p.printed, p.lastLine = p.line, time.Now()
}

// Done removes the bar, or prints the last line.
func (p *Progress) Done() {
	if p.bar == nil {
		p.print()
		return
	}
	_ = p.bar.Clear()
}
