// This file shows the progress of a batch: two lines on a terminal, which are drawn again and
// again, and one line after the other elsewhere.

package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/redis/go-redis/v9"
	"golang.org/x/term"

	"btrollout/internal/console"
	"btrollout/internal/ledger"
	"btrollout/internal/progress"
	"btrollout/internal/rollout"
)

const (
	// The time between two reads of a batch that is watched: while it changes, and at most when
	// nothing has changed for a minute or longer.
	watchInterval, longestWatchInterval = 300 * time.Millisecond, 5 * time.Second
	// watchShare is which part of the time for which nothing has changed Watch waits: a twelfth.
	watchShare = 12
	// stillInterval is the time between two lines where there is no terminal, while only times
	// change.
	stillInterval = time.Minute
)

// Watch shows a batch's progress until it is done or ctx ends. If Redis does not answer, Watch
// waits for it, because the batch does not depend on being watched. An error is that of the
// first read or of ctx, or says that the batch is lost or damaged.
func Watch(ctx context.Context, l *ledger.Ledger, rdb *redis.Client, id string, out io.Writer) (rollout.Batch, error) {
	reader := progress.NewReader(l, rdb, id)
	b, p, err := reader.Read(ctx)
	if err != nil {
		return b, err
	}
	shown := newBatchLine(out, b)
	defer shown.leave()
	counts, changed := "", time.Now() // withoutTimes of p, and when it last changed
	for b.State != rollout.Done {
		shown.show(p)
		if now := withoutTimes(p); now != counts {
			counts, changed = now, time.Now()
		}
		select {
		case <-ctx.Done():
			return b, ctx.Err()
		case <-time.After(min(max(time.Since(changed)/watchShare, watchInterval), longestWatchInterval)):
		}
		now, next, err := reader.Read(ctx)
		switch {
		case err == nil:
			b, p = now, next
		case errors.Is(err, ledger.ErrDamaged):
			return b, err
		case errors.Is(err, ledger.ErrNotFound):
			return b, errBatchLost(id)
		case ctx.Err() == nil:
			p.Left, p.Reasons = nil, []progress.Reason{progress.OfTrouble(tellRedisTrouble(err))}
		}
	}
	shown.end(p)
	return b, nil
}

// batchLine shows the progress of a batch.
type batchLine struct {
	out      io.Writer
	terminal int // file descriptor; -1: out is no terminal
	title    string
	lang     rollout.Lang
	drawn    string    // what stands on the terminal
	printed  string    // withoutTimes of the last line that was printed,
	last     time.Time // and when that was
}

func newBatchLine(out io.Writer, b rollout.Batch) *batchLine {
	line := &batchLine{out: out, terminal: -1, title: b.Title(), lang: b.Lang}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		line.terminal = int(f.Fd())
		fmt.Fprintln(out, line.title)
	}
	return line
}

// withoutTimes is a text that changes with the counts and causes of a progress, and not with its times.
func withoutTimes(p progress.Progress) string {
	causes := ""
	for _, r := range p.Reasons {
		causes += fmt.Sprint(" ", r.Cause, r.Sites)
		if r.StandsStill() {
			causes += r.Text.EN
		}
	}
	return fmt.Sprint(p.Done, p.Failed, p.Cancelled, p.Waiting, causes)
}

// show shows the progress.
func (l *batchLine) show(p progress.Progress) {
	if l.terminal >= 0 {
		l.draw(p)
		return
	}
	now, since := withoutTimes(p), time.Since(l.last)
	if since >= stillInterval || now != l.printed && since >= lineInterval {
		l.printed, l.last = now, time.Now()
		fmt.Fprintf(l.out, "%s: %s\n", l.title, p.Line(l.lang))
	}
}

// draw draws two lines over those that it drew before: the figures, and the reasons.
func (l *batchLine) draw(p progress.Progress) {
	columns, _, err := term.GetSize(l.terminal)
	if err != nil || columns <= 0 {
		columns = plainColumns
	}
	drawn := figuresLine(p, l.lang, columns) + "\n" + reasonsLine(p, l.lang, columns)
	if drawn == l.drawn {
		return
	}
	l.clear()
	fmt.Fprint(l.out, drawn)
	l.drawn = drawn
}

// clear removes what draw drew; the cursor stands at the end of it.
func (l *batchLine) clear() {
	if l.drawn != "" {
		fmt.Fprint(l.out, "\r\x1b[1A\x1b[J")
	}
	l.drawn = ""
}

// leave ends the line on which the cursor stands, if draw left it there: what is printed next, such as
// an error, begins a line.
func (l *batchLine) leave() {
	if l.drawn != "" {
		fmt.Fprintln(l.out)
	}
}

// end shows how the batch ended.
func (l *batchLine) end(p progress.Progress) {
	l.clear()
	if l.terminal < 0 && withoutTimes(p) != l.printed {
		fmt.Fprintf(l.out, "%s: %s\n", l.title, p.Line(l.lang))
	}
}

// figuresLine is the line of the figures, which fits into so many columns. Failures are in color,
// unless the environment wants none.
func figuresLine(p progress.Progress, lang rollout.Lang, columns int) string {
	var plain, colored []string
	for _, part := range p.Words() {
		words := part.Text.In(lang)
		plain = append(plain, words)
		if part.Kind == progress.Bad {
			words = text.FgRed.Sprint(words)
		}
		colored = append(colored, words)
	}
	if clipped := console.Clip(strings.Join(plain, separator), columns-1); strings.HasSuffix(clipped, "…") {
		return clipped
	}
	return strings.Join(colored, separator)
}

// separator stands between two parts of a line.
const separator = " · "

// reasonsLine is the line of the reasons, which fits into so many columns. A reason for which nothing
// moves is in color.
func reasonsLine(p progress.Progress, lang rollout.Lang, columns int) string {
	var words []string
	for _, r := range p.Reasons {
		words = append(words, r.Brief.In(lang))
	}
	line := console.Clip(strings.Join(words, separator), columns-1)
	if len(p.Reasons) > 0 && p.Reasons[0].StandsStill() {
		return text.FgRed.Sprint(line)
	}
	return line
}

// PrintProgress prints the progress of a batch that is not done: the figures, and each reason in a
// sentence.
func PrintProgress(w io.Writer, p progress.Progress, lang rollout.Lang, columns int) {
	var words []string
	for _, part := range p.Words() {
		words = append(words, part.Text.In(lang))
	}
	console.Paragraph(w, 0, strings.Join(words, separator), columns)
	for _, r := range p.Reasons {
		console.Paragraph(w, reasonIndent, r.Text.In(lang), columns)
	}
}

// reasonIndent is the number of columns before a reason.
const reasonIndent = 4
