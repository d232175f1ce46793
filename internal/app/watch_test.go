// This file tests when a watcher prints lines where there is no terminal, in virtual time.

package app_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/app"
	"btrollout/internal/ledger"
	"btrollout/internal/progress"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// printedLines are lines, and when each was printed.
type printedLines struct {
	mu    sync.Mutex
	lines []string
	times []time.Time
}

func (p *printedLines) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, strings.TrimSuffix(string(b), "\n"))
	p.times = append(p.times, time.Now())
	return len(b), nil
}

// take returns the lines since the last call.
func (p *printedLines) take() (lines []string, times []time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	lines, times = p.lines, p.times
	p.lines, p.times = nil, nil
	return lines, times
}

// watched is a batch b1 of four sites, and what is printed while it is watched in virtual time.
type watched struct {
	*testing.T
	ledger  *ledger.Ledger
	printed printedLines
	ended   chan error // what Watch returned
}

// watchInBubble runs test while a batch is watched.
func watchInBubble(t *testing.T, test func(w *watched)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		rdb := redistest.StartVirtual(t, redistest.VirtualOptions{Expiry: redistest.Exact}).Connect(t, nil)
		w := &watched{T: t, ledger: ledger.New(rdb), ended: make(chan error, 1)}
		b := rollout.Batch{ID: "b1", File: "f.csv", Customer: "9999", Created: time.Now()}
		entries := make([]ledger.Entry, 4)
		for i := range entries {
			entries[i].Site.Row, entries[i].Site.State = rollout.RowRef(i+2), rollout.Imported
			entries[i].Site.Name = fmt.Sprint("S", i)
		}
		err := w.ledger.Create(t.Context(), b)
		for _, step := range []func() error{
			func() error { _, err := w.ledger.Add(t.Context(), b, entries); return err },
			func() error { return w.ledger.Start(t.Context(), "b1") },
		} {
			err = errors.Join(err, step())
		}
		if err != nil {
			t.Fatal(err)
		}
		w.sign()
		go func() {
			_, err := app.Watch(t.Context(), w.ledger, rdb, "b1", &w.printed)
			w.ended <- err
		}()
		test(w)
	})
}

func (w *watched) sign() {
	if err := w.ledger.Sign(w.Context(), ledger.RunningWorker{ID: "w"}); err != nil {
		w.Error(err)
	}
}

// waitSigning waits while a worker gives signs of life.
func (w *watched) waitSigning(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(min(time.Until(end), ledger.SignLifetime/3))
		w.sign()
	}
}

// change moves a site through states.
func (w *watched) change(row rollout.RowRef, states ...rollout.State) {
	_, s, err := w.ledger.Load(w.Context(), "b1", row)
	for _, state := range states {
		if s.State = state; state == rollout.Ordered {
			now := time.Now()
			s.OrderID, s.OrderedAt = "order", &now
		}
		if err == nil {
			s, _, err = w.ledger.Advance(w.Context(), s, time.Now())
		}
	}
	if err != nil {
		w.Fatal(err)
	}
}

// wantPrinted compares the lines since the last call.
func (w *watched) wantPrinted(want ...string) []time.Time {
	w.Helper()
	lines, times := w.printed.take()
	if diff := cmp.Diff(want, lines); diff != "" {
		w.Errorf("the lines (-want +got):\n%s", diff)
	}
	return times
}

// A line is printed when counts or causes change, at most every two seconds.
func TestWatch_PrintsWhatChanges(t *testing.T) {
	t.Parallel()
	watchInBubble(t, func(w *watched) {
		time.Sleep(500 * time.Millisecond)
		w.wantPrinted("f.csv: 0 of 4 done (0%) · 4 waiting")
		w.change(2, rollout.Cancelled)
		time.Sleep(500 * time.Millisecond)
		w.change(3, rollout.Cancelled)
		time.Sleep(999 * time.Millisecond)
		w.wantPrinted()
		w.waitSigning(10 * time.Second)
		lines, _ := w.printed.take()
		if len(lines) != 1 || !strings.HasPrefix(lines[0], "f.csv: 0 of 4 done (0%) · 2 cancelled · 2 waiting") {
			w.Errorf("two changes in two seconds: %q", lines)
		}
		w.change(4, rollout.Validated, rollout.Ordering, rollout.Ordered)
		w.waitSigning(10 * time.Second)
		lines, _ = w.printed.take()
		if len(lines) != 1 || !regexp.MustCompile(` · 1 waits for delivery( \(longest [12] s\))?$`).MatchString(lines[0]) {
			w.Errorf("of an order is said %q", lines)
		}
		time.Sleep(ledger.SignLifetime + 10*time.Second)
		lines, _ = w.printed.take()
		said := func(line string) bool { return strings.HasSuffix(line, " · no worker is running") }
		if n := len(lines); n == 0 || !said(lines[n-1]) || slices.ContainsFunc(lines[:n-1], said) {
			w.Errorf("when no worker runs any more: %q", lines)
		}
		w.change(4, rollout.Failed)
		w.change(5, rollout.Failed)
		if done, err := w.ledger.Finish(w.Context(), "b1", 0, "r.xlsx"); err != nil || !done {
			w.Fatal(done, err)
		}
		if err := <-w.ended; err != nil {
			w.Error(err)
		}
		w.wantPrinted("f.csv: 0 of 4 done (0%) · 2 failed · 2 cancelled")
	})
}

// While only times change, a line is printed each minute.
func TestWatch_PrintsEachMinute(t *testing.T) {
	t.Parallel()
	watchInBubble(t, func(w *watched) {
		began := time.Now()
		w.change(2, rollout.Validated, rollout.Ordering, rollout.Ordered)
		w.waitSigning(5 * time.Second)
		_, times := w.printed.take()
		last := times[len(times)-1]
		w.waitSigning(10*time.Minute + 30*time.Second)
		lines, times := w.printed.take()
		if len(lines) < 9 {
			w.Errorf("in 10 minutes were printed %q", lines)
		}
		for i, line := range lines {
			if !strings.HasPrefix(line, "f.csv: 0 of 4 done (0%) · 4 waiting · 1 waits for delivery (") {
				w.Errorf("said was %q", line)
			}
			if apart := times[i].Sub(last); apart < time.Minute || apart > 65*time.Second {
				w.Errorf("%s after the line before it was printed %q", apart, line)
			}
			last = times[i]
			if said := progress.Duration(times[i].Sub(began)).EN; !strings.HasSuffix(line, "(longest "+said+")") {
				w.Errorf("after %s was printed %q", said, line)
			}
		}
		w.change(2, rollout.Failed)
		for row := range rollout.RowRef(3) {
			w.change(row+3, rollout.Cancelled)
		}
		if done, err := w.ledger.Finish(w.Context(), "b1", 0, "r.xlsx"); err != nil || !done {
			w.Fatal(done, err)
		}
		if err := <-w.ended; err != nil {
			w.Error(err)
		}
	})
}
