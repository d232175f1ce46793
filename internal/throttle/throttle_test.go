// Tests of the limiter, in bubbles of synthetic time.

package throttle_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"btrollout/internal/throttle"
)

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]throttle.Rate{
		"20/s":    {Calls: 20, Per: time.Second},
		" 600/m ": {Calls: 600, Per: time.Minute},
		"2500/h":  {Calls: 2500, Per: time.Hour},
	} {
		got, err := throttle.ParseRate(text)
		if err != nil || got != want {
			t.Errorf("ParseRate(%q) = %v, %v, want %v", text, got, err, want)
		}
		if got.String() != strings.TrimSpace(text) {
			t.Errorf("%q prints as %q", text, got)
		}
	}
	for _, text := range []string{"", "20", "20/", "/s", "0/s", "-1/s", "1.5/s", "20/d", "20 / s", "99999999999999999999/s"} {
		_, err := throttle.ParseRate(text)
		if err == nil || !strings.Contains(err.Error(), "20/s, 600/m") {
			t.Errorf("ParseRate(%q): %v, want an error that names the form", text, err)
		}
	}
}

func limiter(t *testing.T, text string) *throttle.Limiter {
	t.Helper()
	r, err := throttle.ParseRate(text)
	if err != nil {
		t.Fatal(err)
	}
	return throttle.New(r)
}

// waited is how long the next turn takes to come.
func waited(t *testing.T, l *throttle.Limiter) time.Duration {
	t.Helper()
	start := time.Now()
	if err := l.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return time.Since(start)
}

func TestCallsPassOneByOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, "20/s")
		time.Sleep(time.Hour) // saves up nothing
		turns := make(chan time.Time)
		for range 50 {
			go func() {
				if err := l.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				turns <- time.Now()
			}()
		}
		last := <-turns
		for range 49 {
			turn := <-turns
			if gap := turn.Sub(last); gap < 49*time.Millisecond {
				t.Fatalf("two calls passed within %v", gap)
			}
			last = turn
		}
	})
}

func TestNobodyPassesDuringAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, "10/s")
		end := time.Now().Add(30 * time.Second)
		turns := make(chan time.Time)
		for range 20 {
			go func() {
				if err := l.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				turns <- time.Now()
			}()
		}
		<-turns // one was on time; the others are in the middle of their wait
		l.Throttled(30 * time.Second)
		l.Throttled(5 * time.Second) // shortens nothing
		last := end.Add(-time.Hour)
		for range 19 {
			turn := <-turns
			if turn.Before(end) {
				t.Fatalf("a call passed %v before the pause ended", end.Sub(turn))
			}
			if turn.Sub(last) < 99*time.Millisecond {
				t.Fatal("the calls that waited out the pause came at once")
			}
			last = turn
		}
	})
}

func TestPausesDoubleAndBecomeShortAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, "1000/s")
		within := func(what string, least time.Duration) {
			t.Helper()
			l.Throttled(0)
			l.Throttled(0) // the same refusal, told by another call
			if got := waited(t, l); got < least || got > least+least/4+time.Millisecond {
				t.Errorf("%s: paused for %v, want %v and at most a quarter more", what, got, least)
			}
		}
		for _, seconds := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
			within("one after another", seconds*time.Second)
		}
		time.Sleep(time.Minute)
		within("soon after", time.Minute)
		time.Sleep(3 * time.Minute)
		within("after a quiet time", time.Second)
	})
}

func TestWaitHonoursItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, "1/m")
		waited(t, l)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if err := l.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 0 {
			t.Errorf("a turn after the deadline: %v after %v, want DeadlineExceeded at once", err, time.Since(start))
		}
		l.Throttled(time.Hour)
		if err := l.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 0 {
			t.Errorf("a pause beyond the deadline: %v after %v, want DeadlineExceeded at once", err, time.Since(start))
		}
		var again interface{ RetryAfter() time.Duration }
		if err := l.Wait(ctx); !errors.As(err, &again) || again.RetryAfter() != time.Hour {
			t.Errorf("a pause beyond the deadline does not say for how long: %v", err)
		}

		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if err := l.Wait(ctx); !errors.Is(err, context.Canceled) || time.Since(start) != time.Second {
			t.Errorf("cancelled in a pause: %v after %v, want Canceled after 1s", err, time.Since(start))
		}
		time.Sleep(time.Hour)
		ctx, cancel = context.WithCancel(t.Context())
		waited(t, l)
		time.AfterFunc(time.Second, cancel)
		if err := l.Wait(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before the turn: %v, want Canceled", err)
		}
	})
}
