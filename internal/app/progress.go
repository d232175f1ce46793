package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

const (
	lookEvery = 300 * time.Millisecond // how often the ledger is asked while somebody watches
	lineEvery = 2 * time.Second        // how often, at most, a line is printed where there is no terminal
)

// Progress shows how far something is: a bar on a terminal, plain lines elsewhere.
type Progress struct {
	out      io.Writer
	bar      *progressbar.ProgressBar
	title    string
	total    int
	said     string
	lastLine time.Time
}

// NewProgress starts to show title; total < 0 says that the end is not known.
func NewProgress(out io.Writer, title string, total int) *Progress {
	p := &Progress{out: out, title: title, total: total}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(title),
			progressbar.OptionShowCount(), progressbar.OptionSetWidth(24), progressbar.OptionFullWidth(),
			progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish(),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSpinnerType(14))
	}
	return p
}

// Set shows that n of the total are done; detail says more in a few words.
func (p *Progress) Set(n int, detail string) {
	if p.bar != nil {
		p.bar.Describe(strings.TrimSpace(p.title + "  " + detail))
		_ = p.bar.Set(n)
		return
	}
	line := fmt.Sprintf("%s: %d", p.title, n)
	if p.total >= 0 {
		line += fmt.Sprintf(" of %d", p.total)
	}
	if detail != "" {
		line += "; " + detail
	}
	if line == p.said || time.Since(p.lastLine) < lineEvery {
		return
	}
	p.said, p.lastLine = line, time.Now()
	fmt.Fprintln(p.out, line)
}

// Done takes the bar away.
func (p *Progress) Done() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// Watch shows a batch's progress until it is done or ctx ends.
func Watch(ctx context.Context, l *ledger.Ledger, id string, out io.Writer) (rollout.Batch, error) {
	b, err := l.Batch(ctx, id)
	if err != nil {
		return b, err
	}
	p := NewProgress(out, b.File, b.Rows())
	defer p.Done()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for b.State != rollout.Done {
		p.Set(b.Rows()-b.Open(), standing(b))
		select {
		case <-ctx.Done():
			return b, ctx.Err()
		case <-tick.C:
		}
		if b, err = l.Batch(ctx, id); err != nil {
			return b, err
		}
	}
	return b, nil
}

// standing says in a few words where the open sites are.
func standing(b rollout.Batch) string {
	if b.State == rollout.Blocked {
		return "blocked: " + b.Reason
	}
	var parts []string
	for _, s := range rollout.States {
		if n := b.Counts[s]; n > 0 && !s.Final() {
			parts = append(parts, fmt.Sprintf("%s %d", s, n))
		}
	}
	return strings.Join(parts, " · ")
}
