// This file tests what a watcher sees.

package app_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"btrollout/internal/app"
	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// screen is an output that is waited for.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) waitFor(t *testing.T, words string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		s.mu.Lock()
		text := s.text.String()
		s.mu.Unlock()
		if strings.Contains(text, words) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%q was never said, only:\n%s", words, text)
		}
	}
}

func TestWatchWaitsForARedisThatIsAway(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	rdb := redistest.Connect(t, "redis://"+server.Addr())
	l := ledger.New(rdb)
	ctx := t.Context()
	b := rollout.Batch{ID: "b1", File: "f.csv", Customer: "9999", Created: time.Now()}
	site := rollout.Site{Row: 2}
	site.Name, site.State = "S", rollout.Imported
	if err := l.Create(ctx, b); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Add(ctx, b, []ledger.Entry{{Site: site}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Start(ctx, "b1"); err != nil {
		t.Fatal(err)
	}
	var out screen
	type watched struct {
		b   rollout.Batch
		err error
	}
	ended := make(chan watched, 1)
	go func() {
		b, err := app.Watch(context.WithoutCancel(ctx), l, rdb, "b1", &out)
		ended <- watched{b, err}
	}()
	out.waitFor(t, "f.csv: 0 of 1 done (0%) · 1 waiting · no worker is running")
	server.SetError("LOADING the data set is being loaded")
	out.waitFor(t, "f.csv: 0 of 1 done (0%) · 1 waiting · Redis is still reading its data (LOADING), waiting for it")
	server.SetError("")
	server.Close()
	out.waitFor(t, "f.csv: 0 of 1 done (0%) · 1 waiting · Redis does not answer, waiting for it")
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	_, s, err := l.Load(ctx, "b1", 2)
	if err != nil {
		t.Fatal(err)
	}
	s.State = rollout.Cancelled
	if _, _, err := l.Advance(ctx, s, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if done, err := l.Finish(ctx, "b1", 0, "r.xlsx"); err != nil || !done {
		t.Fatal(done, err)
	}
	if w := <-ended; w.err != nil || w.b.Report != "r.xlsx" {
		t.Errorf("Watch ended with %+v, %v", w.b, w.err)
	}
}
