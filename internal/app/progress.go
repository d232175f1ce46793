// This file shows work under way, on a terminal and elsewhere. What is printed at its
// end is in status.go.

package app

import (
	"context"
	"errors"
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
	// The time between two reads of a batch that is watched: while it changes, and at most when
	// nothing has changed for a minute or longer.
	watchInterval, longestWatchInterval = 300 * time.Millisecond, 5 * time.Second
	// watchShare is which part of the time for which nothing has changed Watch waits: a twelfth.
	watchShare = 12

	lineInterval = 2 * time.Second // least time between two lines, where there is no terminal
)

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

// Watch shows a batch's progress until it is done or ctx ends. If Redis does not answer, Watch
// waits for it, because the batch does not depend on being watched. An error is that of the
// first read or of ctx, or says that the batch is lost or damaged.
func Watch(ctx context.Context, l *ledger.Ledger, id string, out io.Writer) (rollout.Batch, error) {
	b, err := l.Batch(ctx, id)
	if err != nil {
		return b, err
	}
	p := NewProgress(out, b.Title(), b.Rows())
	defer p.Done()
	shown, changed := "", time.Now() // what is shown, and when it last changed
	for detail := openStates(b); b.State != rollout.Done; {
		p.Set(b.Rows()-b.Open(), detail)
		if shows := fmt.Sprint(b.Rows()-b.Open(), detail); shows != shown {
			shown, changed = shows, time.Now()
		}
		select {
		case <-ctx.Done():
			return b, ctx.Err()
		case <-time.After(min(max(time.Since(changed)/watchShare, watchInterval), longestWatchInterval)):
		}
		now, err := l.Batch(ctx, id)
		switch {
		case err == nil:
			b, detail = now, openStates(now)
		case errors.Is(err, ledger.ErrDamaged):
			return b, err
		case errors.Is(err, ledger.ErrNotFound):
			return b, errBatchLost(id)
		case ctx.Err() == nil:
			detail = tellRedisWaited(err)
		}
	}
	return b, nil
}

// openStates counts the open sites by their states, in a few words, or says why the batch is
// blocked or withdrawn.
func openStates(b rollout.Batch) string {
	if b.State == rollout.Blocked {
		return tellBlocked(b.Reason)
	}
	if b.State == rollout.Withdrawn {
		return tellWithdrawn
	}
	var parts []string
	for _, s := range rollout.States {
		if n := b.Counts[s]; n > 0 && !s.Final() {
			parts = append(parts, fmt.Sprintf("%s %d", s, n))
		}
	}
	return strings.Join(parts, " · ")
}
