// Tests of one limiter over a Redis in memory, in bubbles of synthetic time.

package throttle_test

import (
	"context"
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"btrollout/internal/redistest"
	"btrollout/internal/throttle"
)

func TestMain(m *testing.M) {
	// Tests on redis-server wait far more than they work, so many may run side by side.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	redis.SetLogger(quiet{}) // what fails comes back as an error
	goleak.VerifyTestMain(m)
}

type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]throttle.Rate{
		"20/s":    {Calls: 20, Per: time.Second},
		" 600/m ": {Calls: 600, Per: time.Minute},
		"2500/h":  {Calls: 2500, Per: time.Hour},
		"50000/d": {Calls: 50000, Per: 24 * time.Hour},
	} {
		got, err := throttle.ParseRate(text)
		if err != nil || got != want {
			t.Errorf("ParseRate(%q) = %v, %v, want %v", text, got, err, want)
		}
		if got.String() != strings.TrimSpace(text) {
			t.Errorf("%q prints as %q", text, got)
		}
	}
	for _, text := range []string{"", "20", "20/", "/s", "0/s", "-1/s", "1.5/s", "20/w", "20 / s", "99999999999999999999/s"} {
		_, err := throttle.ParseRate(text)
		if err == nil || !strings.Contains(err.Error(), "20/s, 600/m") {
			t.Errorf("ParseRate(%q): %v, want an error that names the form", text, err)
		}
	}
}

func TestParseQuotas(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]throttle.Rate{
		"": nil, " ": nil,
		"600/m":           {{Calls: 600, Per: time.Minute}},
		"600/m, 50000/d ": {{Calls: 600, Per: time.Minute}, {Calls: 50000, Per: 24 * time.Hour}},
	} {
		if got, err := throttle.ParseQuotas(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("ParseQuotas(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for text, says := range map[string]string{"600/m,": "not a rate", "600/m;5/s": "not a rate", "600/m,10/h,700/m": "600/m and 700/m"} {
		if _, err := throttle.ParseQuotas(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("ParseQuotas(%q): %v, want an error that says %q", text, err, says)
		}
	}
}

// limiter makes one over a Redis of its own; t is that of a bubble.
func limiter(t *testing.T, text string, quotas ...throttle.Rate) *throttle.Limiter {
	t.Helper()
	return throttle.New(newRedis(t).Connect(t, nil), rateOf(t, text), quotas...)
}

// newRedis starts a Redis; t is that of a bubble.
func newRedis(t *testing.T) *redistest.Virtual {
	t.Helper()
	return redistest.StartVirtual(t, redistest.VirtualOptions{Expiry: redistest.Exact})
}

func rateOf(t testing.TB, text string) throttle.Rate {
	t.Helper()
	r, err := throttle.ParseRate(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// waited is how long the next slot takes to come.
func waited(t *testing.T, l *throttle.Limiter) time.Duration {
	t.Helper()
	start := time.Now()
	if err := l.Wait(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	return time.Since(start)
}

// slots takes n slots as fast as they come, and returns when.
func slots(t *testing.T, l *throttle.Limiter, n int) []time.Time {
	t.Helper()
	came := make(chan time.Time)
	for range n {
		go func() {
			if err := l.Wait(t.Context(), 0); err != nil {
				t.Error(err)
			}
			came <- time.Now()
		}()
	}
	var all []time.Time
	for range n {
		all = append(all, <-came)
	}
	return all
}

// most is the largest number of slots in any window.
func most(slots []time.Time, window time.Duration) int {
	slices.SortFunc(slots, time.Time.Compare)
	n, from := 0, 0
	for i := range slots {
		for slots[i].Sub(slots[from]) >= window {
			from++
		}
		n = max(n, i-from+1)
	}
	return n
}

func TestCallsPassOneByOne(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"20/s", "500/s", "1000/s", "300/m", "7/m"} {
		synctest.Test(t, func(t *testing.T) {
			l, r := limiter(t, text), rateOf(t, text)
			time.Sleep(time.Hour) // saves up nothing
			got := slots(t, l, r.Calls+r.Calls/4+2)
			if n := most(got, r.Per); n > r.Calls {
				t.Errorf("%s: %d calls within %v", text, n, r.Per)
			}
			gap := got[1].Sub(got[0])
			for i := range got[1:] {
				gap = min(gap, got[i+1].Sub(got[i]))
			}
			if gap < r.Interval() {
				t.Errorf("%s: two calls passed within %v", text, gap)
			}
			took := got[len(got)-1].Sub(got[0])
			if use := float64(len(got)-1) * float64(r.Interval()) / float64(took); use < .95 {
				t.Errorf("%s: only %.1f %% of it are used", text, 100*use)
			}
		})
	}
}

func TestNobodyPassesDuringAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, "10/s")
		end := time.Now().Add(30 * time.Second)
		came := make(chan time.Time)
		for range 20 {
			go func() {
				if err := l.Wait(t.Context(), 0); err != nil {
					t.Error(err)
				}
				came <- time.Now()
			}()
		}
		<-came // one was on time; the others are in the middle of their wait
		l.Throttled(30 * time.Second)
		l.Throttled(5 * time.Second) // shortens nothing
		last := end.Add(-time.Hour)
		for range 19 {
			turn := <-came
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
			if got := waited(t, l); got < least || got > least+least/4+20*time.Millisecond {
				t.Errorf("%s: paused for %v, want %v and at most a quarter more", what, got, least)
			}
		}
		for _, seconds := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
			within("one after another", seconds*time.Second)
		}
		time.Sleep(4 * time.Second)
		within("soon after", time.Minute)
		time.Sleep(6 * time.Second)
		within("after calls that went well", time.Second)

		l.Throttled(0)
		time.Sleep(3 * time.Second)
		l.Throttled(0) // since the pause, nobody has called: this answers an older call
		if got := waited(t, l); got > 20*time.Millisecond {
			t.Errorf("a refusal of a call from before the pause cost %v", got)
		}

		l.Throttled(time.Second)
		l.Throttled(time.Minute)
		if got := waited(t, l); got < time.Minute-time.Microsecond { // the budget counts in whole microseconds
			t.Errorf("the API asked for a longer pause, and got %v", got)
		}
	})
}

// Storms that come one by one cost a second or so each.
func TestStormsDoNotAddUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, "100/s")
		for range 5 {
			for range 8 { // 8 s in which calls go well
				waited(t, l)
				time.Sleep(time.Second)
			}
			l.Throttled(0)
			if got := waited(t, l); got < time.Second || got > 1400*time.Millisecond {
				t.Fatalf("a storm cost %v, want a second and a quarter", got)
			}
		}
	})
}

func TestARefusalHalvesTheRateForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, "100/s")
		now := func(what string, want float64) {
			t.Helper()
			got, err := l.Sustained(t.Context())
			if err != nil || got < .98*want || got > 1.02*want {
				t.Errorf("%s: %.1f calls a second (%v), want %.1f", what, got, err, want)
			}
			waited(t, l)
			if gap := waited(t, l); gap < time.Duration(float64(time.Second)/got) {
				t.Errorf("%s: a call every %v, at %.1f a second", what, gap, got)
			}
		}
		refused := func() {
			l.Throttled(time.Second)
			l.Throttled(0) // is no second refusal
			waited(t, l)
		}
		now("undisturbed", 100)
		refused()
		now("after one refusal", 50)
		time.Sleep(15 * time.Second)
		now("15 s later", 100)
		for range 8 {
			refused()
		}
		now("at the least", 100./16)
		time.Sleep(30 * time.Second)
		now("half a minute later", 25)
		time.Sleep(30 * time.Second)
		now("a minute later", 100)
	})
}

func TestQuotasRoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		short, long := throttle.Rate{Calls: 30, Per: time.Minute}, throttle.Rate{Calls: 50, Per: 2 * time.Minute}
		l := limiter(t, "5/s", short, long)
		got := slots(t, l, 200)
		for _, q := range []throttle.Rate{short, long} {
			if n := most(got, q.Per); n > q.Calls || n < q.Calls*95/100 {
				t.Errorf("%d calls within %v, want nearly %d", n, q.Per, q.Calls)
			}
		}
		if took := got[len(got)-1].Sub(got[0]); took > 8*time.Minute {
			t.Errorf("200 calls took %v at 50 in 2 minutes and 30 in one", took)
		}
		if s, err := l.Sustained(t.Context()); err != nil || s != long.PerSecond() {
			t.Errorf("sustained are %v (%v), want the quota's %v", s, err, long.PerSecond())
		}
	})
}

func TestUrgentCallsComeFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, "2/s")
		waited(t, l)
		came := make(chan int, 100)
		wait := func(ctx context.Context, rank, id int) {
			go func() {
				if l.Wait(ctx, rank) == nil {
					came <- id
				}
			}()
			synctest.Wait()
			time.Sleep(time.Millisecond)
		}
		for id, rank := range []int{3, 3, 2, 1, 0, 0} {
			wait(t.Context(), rank, id)
		}
		for i, want := range []int{4, 5, 3, 2, 0, 1} {
			if got := <-came; got != want {
				t.Errorf("slot %d went to caller %d, want %d", i, got, want)
			}
		}

		// One that is not urgent, behind a crowd of those that are.
		wait(t.Context(), 3, -1)
		for id := range 20 {
			wait(t.Context(), 0, id)
		}
		for turn := 1; <-came != -1; turn++ {
			if turn == 8 {
				t.Fatal("a caller starves behind the urgent ones")
			}
		}
	})
}

func TestCancelledCallersLeaveTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, "1/s")
		waited(t, l)
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error)
		for range 10 {
			go func() { left <- l.Wait(ctx, 0) }()
		}
		synctest.Wait()
		time.AfterFunc(500*time.Millisecond, cancel)
		if got := waited(t, l); got > 2100*time.Millisecond {
			t.Errorf("a slot took %v behind callers that are gone", got)
		}
		gone := 0
		for range 10 {
			if err := <-left; errors.Is(err, context.Canceled) {
				gone++
			}
		}
		if gone < 9 {
			t.Errorf("%d of 10 callers were told that they are cancelled", gone)
		}
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
		var again interface{ RetryAfter() time.Duration }
		if err := l.Wait(ctx, 0); !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &again) || time.Since(start) != 0 {
			t.Errorf("a slot after the deadline: %v after %v, want DeadlineExceeded at once", err, time.Since(start))
		}
		l.Throttled(time.Hour)
		if err := l.Wait(ctx, 0); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 0 {
			t.Errorf("a pause beyond the deadline: %v after %v, want DeadlineExceeded at once", err, time.Since(start))
		}
		if err := l.Wait(ctx, 0); !errors.As(err, &again) || again.RetryAfter() != time.Hour || !strings.Contains(err.Error(), "pause") {
			t.Errorf("a pause beyond the deadline does not say for how long: %v", err)
		}

		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if err := l.Wait(ctx, 0); !errors.Is(err, context.Canceled) || time.Since(start) != time.Second {
			t.Errorf("cancelled in a pause: %v after %v, want Canceled after 1s", err, time.Since(start))
		}
		time.Sleep(time.Hour)
		ctx, cancel = context.WithCancel(t.Context())
		waited(t, l)
		time.AfterFunc(time.Second, cancel)
		if err := l.Wait(ctx, 0); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before the slot: %v, want Canceled", err)
		}
		if err := l.Wait(ctx, 0); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled from the start: %v, want Canceled", err)
		}
	})
}

func TestAUsedUpQuotaSaysWhenToComeAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, "100/s", throttle.Rate{Calls: 10, Per: time.Hour})
		slots(t, l, 10)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		err := l.Wait(ctx, 0)
		var again interface{ RetryAfter() time.Duration }
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &again) || !strings.Contains(err.Error(), "BT_QUOTA") ||
			time.Since(start) > time.Second {
			t.Fatalf("a used-up quota: %v after %v, want one that says so at once", err, time.Since(start))
		}
		time.Sleep(again.RetryAfter())
		if got := waited(t, l); again.RetryAfter() < time.Hour-time.Minute || got > time.Second {
			t.Errorf("came again after %v, and waited for another %v", again.RetryAfter(), got)
		}
	})
}

// A caller that waits for hours costs Redis a request every 10 s, passes in time, and costs
// nothing when it has passed.
func TestWait_AsksRarelyWhileNoCallIsPossible(t *testing.T) {
	t.Parallel()
	for _, which := range []string{"a pause", "a quota"} {
		synctest.Test(t, func(t *testing.T) {
			rdb, d := newRedis(t).Connect(t, nil), &down{}
			rdb.AddHook(d)
			l := throttle.New(rdb, rateOf(t, "100/s"), throttle.Rate{Calls: 10, Per: time.Hour})
			if which == "a pause" {
				l.Throttled(time.Hour)
			} else {
				slots(t, l, 10)
			}
			before := d.asked.Load()
			got := waited(t, l)
			if most := time.Hour + 3*time.Minute; got < 59*time.Minute || got > most {
				t.Errorf("%s: waited for %v, want an hour, and %v at most", which, got, most)
			}
			if n := d.asked.Load() - before; n > 400 {
				t.Errorf("%s: Redis was asked %d times in %v", which, n, got)
			}
			before = d.asked.Load()
			time.Sleep(time.Hour)
			if n := d.asked.Load() - before; n > 0 {
				t.Errorf("%s: Redis was asked %d times, and nobody waited", which, n)
			}
		})
	}
}
