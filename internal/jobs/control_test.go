// This file tests what people decide about a batch while it runs: pause, cancellation, windows.

package jobs_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
	"btrollout/internal/throttle"
)

// newPacedRig is a rig in virtual time whose calls keep to a rate and to quotas. g, unless nil, is between
// client and simulator.
func newPacedRig(t *testing.T, o btsim.Options, g *simtest.Gate, rate throttle.Rate, quotas ...throttle.Rate) *rig {
	m := newMemoryRedis(t)
	connect := func(t testing.TB) *redis.Client { return m.Connect(t, nil) }
	limiter := throttle.New(connect(t), rate, quotas...)
	var meddle func(http.Handler) http.Handler
	if g != nil {
		meddle = g.Between
	}
	r := servers{connect, simtest.StartInMemory}.newRig(t, o, meddle, func(c *btapi.Config) { c.Limiter = limiter })
	r.config.Sustained, r.patience = limiter.Sustained, 100*time.Hour
	return r
}

// changes counts the calls that change something: orders and addresses.
func (r *rig) changes() int {
	n := 0
	for call, times := range r.sim.Stats().Calls {
		if strings.HasPrefix(call, http.MethodPost) || strings.HasPrefix(call, http.MethodPut) {
			n += times
		}
	}
	return n
}

// read reads a batch as it stands.
func (r *rig) read(id string) rollout.Batch {
	r.t.Helper()
	b, err := r.ledger.Batch(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

// While a batch is paused, nothing new is ordered or pushed; resumed, it goes on.
func TestPause(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{Latency: 300 * time.Millisecond, DeliveryMin: 2 * time.Second, DeliveryMax: 5 * time.Second}, nil)
		r.config.Concurrency = 3
		r.submit("b", sitesFrom(40)...)
		stop := r.startWorker()
		defer stop()
		r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Provisioned] > 3 })
		if err := jobs.Pause(t.Context(), r.ledger.As("anna@office"), "b"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		before := r.orders()
		b, err := r.ledger.Batch(t.Context(), "b")
		if err != nil || b.Shown() != rollout.Paused || b.Paused.By != "anna@office" {
			t.Fatalf("the batch is shown as %s by %q: %v", b.Shown(), b.Paused.By, err)
		}
		provisioned := b.Counts[rollout.Provisioned]
		time.Sleep(10 * time.Minute)
		if b, err = r.ledger.Batch(t.Context(), "b"); err != nil {
			t.Fatal(err)
		}
		if now := r.orders(); now != before || b.Counts[rollout.Provisioned] != provisioned || b.Counts[rollout.Ordered] > 0 {
			t.Errorf("in the pause, %d orders became %d, and %d provisioned sites %v", before, now, provisioned, b.Counts)
		}
		if err := jobs.Resume(t.Context(), r.ledger, "b"); err != nil {
			t.Fatal(err)
		}
		resumed := time.Now()
		b = r.wait("b", isDone)
		r.judge("b")
		if took := time.Since(resumed); b.Counts[rollout.Provisioned] != 40 || took > 2*time.Minute {
			t.Errorf("after the pause, it took %s, and ended as %v", took, b.Counts)
		}
	})
}

// A pause ends the wait of calls for their slot, too: none is made 2 s later, and none of a batch that
// was uploaded in the pause of the account.
func TestPause_WhileCallsWait(t *testing.T) {
	for _, all := range []bool{false, true} {
		runVirtually(t, fmt.Sprint(all), func(t *testing.T) {
			o := btsim.Options{Latency: 100 * time.Millisecond, DeliveryMin: time.Minute, DeliveryMax: 2 * time.Minute}
			r := newPacedRig(t, o, nil, throttle.Rate{Calls: 120, Per: time.Minute})
			r.submit("b", sitesFrom(60)...)
			stop := r.startWorker()
			defer stop()
			r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] > 10 })
			var err error
			if all {
				err = r.ledger.PauseAll(t.Context())
			} else {
				err = jobs.Pause(t.Context(), r.ledger.As("anna@office"), "b")
			}
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			flying, err := r.ledger.InFlight(t.Context(), r.read("b"), time.Now())
			if err != nil || flying != 0 {
				t.Errorf("%d calls are in flight after 2 s (%v)", flying, err)
			}
			made := r.changes()
			if all {
				r.submit("later", site(900))
			}
			time.Sleep(30 * time.Minute)
			if now := r.changes(); now != made {
				t.Errorf("%d orders and addresses were sent in the pause", now-made)
			}
			if all {
				err = r.ledger.ResumeAll(t.Context())
			} else {
				err = jobs.Resume(t.Context(), r.ledger, "b")
			}
			if err != nil {
				t.Fatal(err)
			}
			b := r.wait("b", isDone)
			if all {
				r.wait("later", isDone)
			}
			r.judge("b")
			if b.Counts[rollout.Provisioned] != 60 {
				t.Errorf("ended as %v", b.Counts)
			}
		})
	}
}

// A cancelled batch orders nothing more, and finishes or leaves what it ordered. Uploaded again, its rows
// make no second order.
func TestCancel(t *testing.T) {
	for _, leave := range []bool{false, true} {
		runVirtually(t, fmt.Sprint(leave), func(t *testing.T) {
			r := newVirtualRig(t, btsim.Options{Latency: 300 * time.Millisecond, DeliveryMin: 20 * time.Second, DeliveryMax: 40 * time.Second}, nil)
			r.config.Concurrency = 3
			r.submit("b", sitesFrom(60)...)
			stop := r.startWorker()
			defer stop()
			r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] > 10 && b.Counts[rollout.Ordering] > 0 })
			if err := jobs.Cancel(t.Context(), r.ledger, r.queue, "b", leave); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			ordered := r.orders()
			b := r.wait("b", isDone)
			r.judge("b")
			c := b.Counts
			switch {
			case r.orders() != ordered:
				t.Errorf("%d orders became %d", ordered, r.orders())
			case c[rollout.Provisioned]+c[rollout.Cancelled]+c[rollout.Failed] != 60, !leave && c[rollout.Provisioned] != ordered,
				leave && c[rollout.Provisioned] > ordered/2:
				t.Errorf("after %d orders, it ended as %v", ordered, c)
			}
			left := 0
			for _, s := range r.sites("b") {
				if s.State == rollout.Failed && slices.Contains(rollout.Codes(s.Problems), jobs.CodeLeft) {
					left++
				}
			}
			if want := ordered - c[rollout.Provisioned]; left != want {
				t.Errorf("%d sites are said to be left, want %d", left, want)
			}
			if err := jobs.Cancel(t.Context(), r.ledger, r.queue, "b", leave); !errors.Is(err, jobs.ErrEnded) {
				t.Errorf("cancelled again: %v", err)
			}
			r.submit("again", sitesFrom(60)...)
			b = r.wait("again", isDone)
			r.judge("again")
			if n := b.Counts[rollout.Provisioned] + b.Counts[rollout.Skipped]; n != 60 || r.orders() != 60 {
				t.Errorf("uploaded again, it ended as %v, with %d orders", b.Counts, r.orders())
			}
		})
	}
}

// A batch that is cancelled in a pause finishes what it ordered when it is resumed, also the sites that
// were delivered, and parked, in the pause.
func TestCancel_InAPause(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{Latency: 300 * time.Millisecond, DeliveryMin: 20 * time.Second, DeliveryMax: 40 * time.Second}, nil)
		r.config.Concurrency = 3
		r.submit("b", sitesFrom(60)...)
		stop := r.startWorker()
		defer stop()
		r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] > 10 })
		if err := jobs.Pause(t.Context(), r.ledger.As("anna@office"), "b"); err != nil {
			t.Fatal(err)
		}
		r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Delivered] > 10 && b.Counts[rollout.Ordered] == 0 })
		if err := jobs.Cancel(t.Context(), r.ledger, r.queue, "b", false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := jobs.Resume(t.Context(), r.ledger, "b"); err != nil {
			t.Fatal(err)
		}
		b := r.wait("b", isDone)
		r.judge("b")
		if b.Counts[rollout.Provisioned] != r.orders() || b.Counts[rollout.Cancelled] != 60-r.orders() {
			t.Errorf("after %d orders, it ended as %v", r.orders(), b.Counts)
		}
	})
}

// Sites that were ordered, left, and tried again are finished, also outside the windows, or if their batch
// is cancelled before they have gone on. If they are left once more, they have their note again.
func TestCancel_AfterARetry(t *testing.T) {
	const ordered = 3
	for name, c := range map[string]struct {
		decide      func(r *rig) error
		provisioned int
	}{
		"left once more": {func(r *rig) error { return jobs.Cancel(r.t.Context(), r.ledger, r.queue, "b", true) }, 0},
		"finished":       {func(r *rig) error { return jobs.Cancel(r.t.Context(), r.ledger, r.queue, "b", false) }, ordered},
		"finished, parked by an earlier version": {func(r *rig) error {
			for row := range ordered {
				place := redis.Z{Score: 4e15 + 1e9 + float64(row+2), Member: row + 2} // of a site that needs an order
				if err := r.rdb.ZAddXX(r.t.Context(), "{btr}:batch:b:open", place).Err(); err != nil {
					return err
				}
			}
			return jobs.Cancel(r.t.Context(), r.ledger, r.queue, "b", false)
		}, ordered},
		"outside the windows": {func(r *rig) error {
			_, err := jobs.Replan(r.t.Context(), r.ledger, "b", func(p *rollout.Plan) error { p.Windows = []string{"20:00-21:00 UTC"}; return nil })
			return err
		}, ordered},
	} {
		runVirtually(t, name, func(t *testing.T) {
			r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Hour, DeliveryMax: time.Hour}, nil)
			r.patience = 2 * time.Hour
			r.submit("b", sitesFrom(ordered)...)
			stop := r.startWorker()
			r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == ordered })
			if err := jobs.Cancel(t.Context(), r.ledger, r.queue, "b", true); err != nil {
				t.Fatal(err)
			}
			r.wait("b", isDone)
			stop()
			if tried, not := r.retry("b", jobs.Selection{}); tried != ordered {
				t.Fatalf("%d rows are tried again, and not %v", tried, not)
			}
			if err := c.decide(r); err != nil {
				t.Fatal(err)
			}
			stop = r.startWorker()
			defer stop()
			b := r.wait("b", isDone)
			left := 0
			for _, s := range r.sites("b") {
				if s.State == rollout.Failed && slices.Contains(rollout.Codes(s.Problems), jobs.CodeLeft) {
					left++
				}
			}
			if b.Counts[rollout.Provisioned] != c.provisioned || left != ordered-c.provisioned || r.orders() != ordered {
				t.Errorf("%v, of which %d are left; %d orders", b.Counts, left, r.orders())
			}
		})
	}
}

// A batch in which no site was begun is cancelled without a call, also while it is paused or its account
// does not work.
func TestCancel_BeforeTheFirstSite(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{}, nil)
		r.submit("b", sitesFrom(1200)...)
		if err := jobs.Pause(t.Context(), r.ledger.As("anna@office"), "b"); err != nil {
			t.Fatal(err)
		}
		if err := jobs.Cancel(t.Context(), r.ledger, r.queue, "b", false); err != nil {
			t.Fatal(err)
		}
		stop := r.startWorker()
		defer stop()
		if b := r.wait("b", isDone); b.Counts[rollout.Cancelled] != 1200 || r.orders() > 0 {
			t.Errorf("ended as %v, with %d orders", b.Counts, r.orders())
		}
	})
}

// A row is not left to a batch that was cancelled, although that one has not ended: it follows, and is
// ordered.
func TestCancel_RowsOfALaterUpload(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{}, nil)
		r.submit("b", site(2))
		if err := jobs.Cancel(t.Context(), r.ledger, r.queue, "b", false); err != nil {
			t.Fatal(err)
		}
		r.submit("b2", site(2))
		if b := r.read("b2"); b.Counts[rollout.Following] != 1 {
			t.Errorf("it was taken as %v", b.Counts)
		}
		stop := r.startWorker()
		defer stop()
		if b := r.wait("b2", isDone); b.Counts[rollout.Provisioned] != 1 || r.orders() != 1 {
			t.Errorf("ended as %v, with %d orders", b.Counts, r.orders())
		}
	})
}

// A row that is uploaded, or tried again, right after its order was left waits until the account shows
// the order: no second one is made.
func TestCancel_OrdersThatAreNotShownYet(t *testing.T) {
	for name, goOn := range map[string]func(r *rig) string{
		"uploaded": func(r *rig) string { r.submit("b2", sitesFrom(3)...); return "b2" },
		"retried":  func(r *rig) string { r.retry("b", jobs.Selection{}); return "b" },
	} {
		runVirtually(t, name, func(t *testing.T) {
			r := newVirtualRig(t, btsim.Options{
				DeliveryMin: time.Minute, DeliveryMax: time.Minute,
				Faults: btsim.Faults{btsim.Invisible: {Every: 1}}, Invisible: 50 * time.Second,
			}, nil)
			r.config.Settle, r.patience = time.Minute, time.Hour
			r.submit("b", sitesFrom(3)...)
			stop := r.startWorker()
			defer stop()
			r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 3 })
			if err := jobs.Cancel(t.Context(), r.ledger, r.queue, "b", true); err != nil {
				t.Fatal(err)
			}
			r.wait("b", isDone)
			id := goOn(r)
			b := r.wait(id, isDone)
			if b.Counts[rollout.Provisioned] != 3 || r.orders() != 3 {
				t.Errorf("ended as %v, with %d orders", b.Counts, r.orders())
			}
		})
	}
}

// A batch that was blocked, paused, cancelled and resumed sends the addresses that wait.
func TestCancel_WhileBlocked(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Minute, DeliveryMax: time.Minute}, nil)
		r.patience = 2 * time.Hour
		r.submit("b", sitesFrom(5)...)
		stop := r.startWorker()
		defer stop()
		r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 5 })
		if err := jobs.Pause(t.Context(), r.ledger, "b"); err != nil {
			t.Fatal(err)
		}
		r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Delivered] == 5 })
		time.Sleep(time.Minute)
		if _, err := r.ledger.Block(t.Context(), "b", "the contract has ended"); err != nil {
			t.Fatal(err)
		}
		err := errors.Join(jobs.Cancel(t.Context(), r.ledger, r.queue, "b", false), jobs.Resume(t.Context(), r.ledger, "b"))
		if err != nil {
			t.Fatal(err)
		}
		if b := r.wait("b", isDone); b.Counts[rollout.Provisioned] != 5 {
			t.Errorf("ended as %v", b.Counts)
		}
	})
}

// Outside its windows a batch orders nothing; what was ordered is delivered, and gets its address, unless
// the windows are strict. Nothing is ordered before the start either.
func TestWindows(t *testing.T) {
	for _, strict := range []bool{false, true} {
		runVirtually(t, fmt.Sprint(strict), func(t *testing.T) { // virtual time begins at midnight, UTC, on 2000-01-01
			o := btsim.Options{Latency: 300 * time.Millisecond, DeliveryMin: time.Minute, DeliveryMax: 2 * time.Minute}
			r := newPacedRig(t, o, nil, throttle.Rate{Calls: 60, Per: time.Minute})
			r.lookSeldom(time.Second)
			r.submit("b", sitesFrom(100)...)
			midnight := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
			_, err := jobs.Replan(t.Context(), r.ledger, "b", func(p *rollout.Plan) error {
				p.Windows, p.Strict = []string{"00:02-00:06 UTC", "sat 00:15-02:00 UTC", "sun 00:08-00:14 UTC"}, strict
				p.Start = midnight.Add(5 * time.Minute)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			stop := r.startWorker()
			defer stop()
			at := func(d time.Duration) { time.Sleep(time.Until(midnight.Add(d))) }
			at(6*time.Minute + time.Second) // an order may have been on its way
			first := r.orders()
			if first == 0 || first >= 60 {
				t.Fatalf("%d orders were made in the first minute", first)
			}
			at(14 * time.Minute)
			b := r.read("b")
			if r.orders() != first || !strict && b.Counts[rollout.Provisioned] != first || strict && b.Counts[rollout.Provisioned] > 0 {
				t.Errorf("at 00:14, %d orders are %d: %v", first, r.orders(), b.Counts)
			}
			r.orderedWithin(midnight.Add(5*time.Minute), midnight.Add(6*time.Minute))
			b = r.wait("b", isDone)
			r.judge("b")
			if ended := time.Since(midnight); b.Counts[rollout.Provisioned] != 100 || ended > 30*time.Minute {
				t.Errorf("after %s, it ended as %v", ended, b.Counts)
			}
		})
	}
}

// orderedWithin checks that orders were made, and none outside a span of time.
func (r *rig) orderedWithin(from, to time.Time) {
	r.t.Helper()
	var last time.Time
	for _, orders := range r.sim.Stats().Orders {
		made := orders[0].CreationDate
		if made.Before(from) || made.After(to.Add(time.Second)) { // the books have when an order arrived
			r.t.Errorf("an order was made at %s, not within %s and %s", made, from, to)
		}
		if made.After(last) {
			last = made
		}
	}
	if to.Sub(last) > to.Sub(from)/3 {
		r.t.Errorf("the last order was made at %s, long before %s", last, to)
	}
}

// A window is not opened again in the hour that is repeated in autumn, and opens at the end of the gap in
// spring.
func TestWindows_ChangesOfClocks(t *testing.T) {
	utc := func(text string) time.Time {
		at, err := time.Parse("2006-01-02 15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for window, open := range map[string][3]time.Time{ // from, to, and when the wall clock shows the same again
		"02:30-02:33 Europe/Paris":        {utc("2026-10-25 00:30"), utc("2026-10-25 00:33"), utc("2026-10-25 01:30")},
		"02:10-03:03 Europe/Paris":        {utc("2027-03-28 01:00"), utc("2027-03-28 01:03")},
		"01:30-01:33 America/New_York":    {utc("2026-11-01 05:30"), utc("2026-11-01 05:33"), utc("2026-11-01 06:30")},
		"02:30-03:03 America/New_York":    {utc("2027-03-14 07:00"), utc("2027-03-14 07:03")},
		"01:40-01:43 Australia/Lord_Howe": {utc("2027-04-03 14:40"), utc("2027-04-03 14:43"), utc("2027-04-03 15:10")},
		"02:15-02:33 Australia/Lord_Howe": {utc("2026-10-03 15:30"), utc("2026-10-03 15:33")},
	} {
		runVirtually(t, strings.ReplaceAll(window, "/", "_"), func(t *testing.T) {
			work := func(r *rig, from, to time.Time) { // a worker runs from then to then
				time.Sleep(time.Until(from))
				stop := r.startWorker()
				time.Sleep(time.Until(to))
				stop()
			}
			time.Sleep(time.Until(open[0].Add(-5 * time.Minute))) // facts are not an hour old in the window
			o := btsim.Options{DeliveryMin: 2 * time.Hour, DeliveryMax: 2 * time.Hour}
			r := newPacedRig(t, o, nil, throttle.Rate{Calls: 20, Per: time.Minute})
			r.lookSeldom(4 * time.Second)
			r.submit("b", sitesFrom(80)...)
			_, err := jobs.Replan(t.Context(), r.ledger, "b", func(p *rollout.Plan) error { p.Windows = []string{window}; return nil })
			if err != nil {
				t.Fatal(err)
			}
			work(r, open[0].Add(-time.Minute), open[1].Add(time.Minute))
			if again := open[2]; !again.IsZero() {
				work(r, again.Add(-time.Minute), again.Add(2*time.Minute))
			}
			r.orderedWithin(open[0], open[1])
		})
	}
}
