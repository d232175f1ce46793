// This file tests what windows make of the time left: against a slow second implementation, and in words.

package progress_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/progress"
	"btrollout/internal/rollout"
	"btrollout/internal/schedule"
	"btrollout/internal/throttle"
)

// inParis is a time of Europe/Paris.
func inParis(value string) time.Time {
	paris, err := time.LoadLocation("Europe/Paris")
	must(err)
	at, err := time.ParseInLocation("2006-01-02 15:04", value, paris)
	must(err)
	return at
}

// planned is a batch with windows.
func planned(start time.Time, windows ...string) rollout.Batch {
	return rollout.Batch{Plan: rollout.Plan{Windows: windows, Start: start}}
}

// minutes says of each minute from now on whether a batch may order.
func minutes(b rollout.Batch, now time.Time, n int) (open []bool) {
	s, err := schedule.Read(b.Plan.Windows, b.Plan.Start)
	must(err)
	for m := range n {
		open = append(open, s.IsOpen(now.Add(time.Duration(m)*time.Minute)))
	}
	return open
}

// Lengths of time in and outside windows are those that are counted minute by minute.
func TestCalendar(t *testing.T) {
	t.Parallel()
	const n = 4 * 24 * 60
	for _, now := range []string{
		"2026-03-28 12:00", "2026-03-29 01:30", // the night without 02:30
		"2026-10-24 20:00", "2026-10-25 01:30", // the night with 02:30 twice
		"2026-11-27 23:00",
	} {
		now := inParis(now)
		for name, b := range map[string]rollout.Batch{
			"always":         planned(time.Time{}),
			"start":          planned(now.Add(100 * time.Minute)),
			"night":          planned(time.Time{}, "22:00-06:00 Europe/Paris"),
			"around change":  planned(time.Time{}, "02:15-02:45 Europe/Paris"),
			"from change":    planned(time.Time{}, "02:30-05:00 Europe/Paris"),
			"two, and start": planned(now.Add(20*time.Hour), "22:00-23:00 Europe/Paris", "sat,sun 03:00-04:00 UTC"),
		} {
			open := minutes(b, now, n)
			calendar := progress.NewCalendar(b, now)
			r := rand.New(rand.NewPCG(uint64(now.Unix()), uint64(len(name))))
			for range 50 {
				m, within := r.IntN(n), 0
				for _, isOpen := range open[:m] {
					if isOpen {
						within++
					}
				}
				length := time.Duration(m) * time.Minute
				if got, want := calendar.OpenWithin(length), time.Duration(within)*time.Minute; got != want {
					t.Errorf("%s from %v: open for %s within %s, want %s", name, now, got, length, want)
				}
				from, until := calendar.Hours(length)
				if open[m] != (from == length) || open[m] && until <= length {
					t.Errorf("%s from %v: after %s, open is %t and the hours are %s to %s", name, now, length, open[m], from, until)
				}
				if !open[m] || within == 0 {
					continue
				}
				// The last minute of an opening that was open for so long.
				elapsed := calendar.Elapsed(time.Duration(within) * time.Minute)
				if back := calendar.OpenWithin(elapsed); back != time.Duration(within)*time.Minute || elapsed > length {
					t.Errorf("%s from %v: open for %d min after %s, within which it is open for %s", name, now, within, elapsed, back)
				}
			}
		}
	}
}

func TestCalendar_Limits(t *testing.T) {
	t.Parallel()
	now := inParis("2026-11-27 23:00")
	for name, b := range map[string]rollout.Batch{
		"a window that cannot be read": planned(time.Time{}, "at night"),
		"a start in two years":         planned(now.AddDate(2, 0, 0), "22:00-06:00 Europe/Paris"),
	} {
		c := progress.NewCalendar(b, now)
		if got := c.Elapsed(time.Minute); got != progress.Furthest {
			t.Errorf("%s: a minute is over after %s", name, got)
		}
		if got := c.OpenWithin(progress.Furthest); got != 0 {
			t.Errorf("%s: open for %s", name, got)
		}
	}
	night := progress.NewCalendar(planned(time.Time{}, "22:00-06:00 Europe/Paris"), now)
	for window, want := range map[string]float64{
		"22:00-06:00 Europe/Paris": 1, "06:00-22:00 Europe/Paris": 0, "02:00-12:00 Europe/Paris": 4.0 / 7, "02:00-02:30 Europe/Paris": 0.5 / 7,
	} {
		other := progress.NewCalendar(planned(time.Time{}, window), now)
		if got := night.Overlap(other, 10*time.Hour); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is open for %.3f of the night, want %.3f", window, got, want)
		}
	}
}

func TestLeft_ClockWords(t *testing.T) {
	t.Parallel()
	night := planned(time.Time{}, "22:00-06:00 Europe/Paris")
	daytime := planned(time.Time{}, "08:00-18:00 Europe/Paris")
	between := func(from, until string) progress.Range {
		return progress.Range{From: inParis(from), Until: inParis(until)}
	}
	for _, c := range []struct {
		now, closes string
		batch       rollout.Batch
		ranges      []progress.Range
		want        rollout.Text
	}{
		{
			"2026-11-27 22:30", "", night, []progress.Range{between("2026-11-27 23:10", "2026-11-27 23:40")},
			text("between 23:10 and 23:40 Europe/Paris", "entre 23:10 et 23:40 Europe/Paris"),
		}, {
			"2026-11-27 22:30", "", night, []progress.Range{between("2026-11-27 23:10", "2026-11-28 00:40")},
			text("between 23:10 and tomorrow 00:40 Europe/Paris", "entre 23:10 et demain 00:40 Europe/Paris"),
		}, {
			"2026-11-27 22:30", "", night, []progress.Range{between("2026-12-01 23:10", "2026-12-02 01:40")},
			text("between Tue 1 Dec 23:10 and Wed 2 Dec 01:40 Europe/Paris", "entre mar. 1 déc. 23:10 et mer. 2 déc. 01:40 Europe/Paris"),
		}, {
			"2026-12-27 22:30", "", night, []progress.Range{between("2027-01-04 01:10", "2027-01-04 02:40")},
			text("Mon 4 Jan 2027 between 01:10 and 02:40 Europe/Paris", "lun. 4 janv. 2027 entre 01:10 et 02:40 Europe/Paris"),
		}, {
			"2026-11-27 22:30", "", night, []progress.Range{between("2026-11-27 23:10", "2026-11-27 23:10")},
			text("at 23:10 Europe/Paris", "à 23:10 Europe/Paris"),
		}, {
			"2026-11-28 00:30", "2026-11-28 06:00", night,
			[]progress.Range{between("2026-11-28 03:10", "2026-11-28 04:00"), between("2026-11-28 22:40", "2026-11-28 23:10")},
			text("between 03:10 and 04:00 Europe/Paris, if tonight's window suffices; otherwise between 22:40 and 23:10 Europe/Paris",
				"entre 03:10 et 04:00 Europe/Paris si la plage de cette nuit suffit, sinon entre 22:40 et 23:10 Europe/Paris"),
		}, {
			"2026-11-27 20:00", "2026-11-28 06:00", night,
			[]progress.Range{between("2026-11-28 03:10", "2026-11-28 06:00"), between("2026-11-28 22:00", "2026-11-28 23:10")},
			text("tomorrow between 03:10 and 06:00 Europe/Paris, if tonight's window suffices; "+
				"otherwise tomorrow between 22:00 and 23:10 Europe/Paris",
				"demain entre 03:10 et 06:00 Europe/Paris si la plage de cette nuit suffit, sinon demain entre 22:00 et 23:10 Europe/Paris"),
		}, {
			"2026-11-27 16:00", "2026-11-27 18:00", daytime,
			[]progress.Range{between("2026-11-27 17:40", "2026-11-27 18:01"), between("2026-11-28 08:05", "2026-11-28 09:00")},
			text("between 17:40 and 18:01 Europe/Paris, if the present window suffices; otherwise tomorrow between 08:05 and 09:00 Europe/Paris",
				"entre 17:40 et 18:01 Europe/Paris si la plage en cours suffit, sinon demain entre 08:05 et 09:00 Europe/Paris"),
		}, {
			"2026-11-27 19:00", "2026-11-28 18:00", daytime,
			[]progress.Range{between("2026-11-28 17:40", "2026-11-28 18:01"), between("2026-11-29 08:05", "2026-11-29 09:00")},
			text("tomorrow between 17:40 and 18:01 Europe/Paris, if the window until tomorrow 18:00 suffices; "+
				"otherwise Sun 29 Nov between 08:05 and 09:00 Europe/Paris",
				"demain entre 17:40 et 18:01 Europe/Paris si la plage jusqu'à demain 18:00 suffit, "+
					"sinon dim. 29 nov. entre 08:05 et 09:00 Europe/Paris"),
		},
	} {
		var closes time.Time
		if c.closes != "" {
			closes = inParis(c.closes)
		}
		got := progress.ClockWords(inParis(c.now), closes, c.batch, "Europe/Paris", c.ranges...)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("at %s (-want +got):\n%s", c.now, diff)
		}
	}
	began := inParis("2026-10-25 01:40").Add(time.Hour) // before clocks are put back
	changed := progress.Range{From: began, Until: began.Add(30 * time.Minute)}
	want := text("between 02:40 CEST and 02:10 CET Europe/Paris", "entre 02:40 CEST et 02:10 CET Europe/Paris")
	got := progress.ClockWords(inParis("2026-10-25 01:00"), time.Time{}, night, "Europe/Paris", changed)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("while clocks are put back (-want +got):\n%s", diff)
	}
}

// ended makes a batch that is done.
func (s *scene) ended(id string) {
	must(s.ledger.Create(s.Context(), rollout.Batch{ID: id, File: "f.csv", Customer: "9999", Created: time.Now()}))
	must(s.ledger.Start(s.Context(), id))
	_, err := s.ledger.Finish(s.Context(), id, 0, "report.xlsx")
	must(err)
}

// delivered makes a batch that is done, and whose deliveries took 60 to 65 s.
func (s *scene) delivered() {
	s.ended("wave")
	for class := range 4 { // some 32 to each doubling
		must(s.rdb.HSet(s.Context(), "{btr}:batch:wave:pace", fmt.Sprint("d", 508+class), 100).Err())
	}
}

// deliveredAfterHours makes a batch that is done, and whose deliveries took 10 h.
func (s *scene) deliveredAfterHours() {
	s.delivered()
	must(s.rdb.Del(s.Context(), "{btr}:batch:wave:pace").Err())
	must(s.rdb.HSet(s.Context(), "{btr}:batch:wave:pace", "d803", 100, "d804", 100).Err())
}

// other makes a batch of so many sites that runs.
func (s *scene) other(sites int) {
	s.add("other", sites)
	must(s.ledger.Start(s.Context(), "other"))
}

// A planned batch is estimated like one that is enqueued.
func TestPlan(t *testing.T) {
	t.Parallel()
	const perMinute = 60 / 1.035 // calls
	quota := func(calls int, per time.Duration) func(s *scene) {
		return func(s *scene) {
			s.calls(1, throttle.Rate{Calls: 60, Per: time.Minute}, throttle.Rate{Calls: calls, Per: per})
		}
	}
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		planned progress.Planned
		do      func(s *scene)
		minutes float64 // somewhere in the range of the end; 0: none is told
		ordered float64 // the same, of the last order
		ranges  int
		why     progress.Unknown
	}{
		"orders":    {planned: progress.Planned{Orders: 1000}, minutes: 2 * 1.06 * 1000 / perMinute, ordered: 2 * 1.06 * 1000 / perMinute},
		"addresses": {planned: progress.Planned{Addresses: 1000}, minutes: 1.06 * 1000 / perMinute},
		"registers": {
			planned: progress.Planned{Orders: 1000, Lookups: 1000}, minutes: 3.12 * 1000 / perMinute, ordered: 3.12 * 1000 / perMinute,
		},
		"rate": {
			planned: progress.Planned{Orders: 1000, Rate: throttle.Rate{Calls: 600, Per: time.Minute}},
			minutes: 2.12*100/perMinute + 0.8, ordered: 1.8 * 100 / perMinute, // the addresses of the last minute come later
		},
		"start": {
			planned: progress.Planned{Orders: 10, Plan: rollout.Plan{Start: time.Date(2000, 1, 1, 10, 0, 0, 0, time.UTC)}},
			minutes: 601.5, ordered: 600.4,
		},
		"a window that suffices": {
			planned: progress.Planned{Orders: 1000, Plan: rollout.Plan{Windows: []string{"22:00-06:00 UTC"}}},
			minutes: 2.12 * 1000 / perMinute, ordered: 2.12 * 1000 / perMinute, ranges: 1,
		},
		"a window that may suffice": {
			planned: progress.Planned{Orders: 1000, Plan: rollout.Plan{Windows: []string{"23:00-00:37 UTC"}}},
			minutes: 2.12 * 1000 / perMinute, ranges: 2,
		},
		"a strict window that may suffice": {
			planned: progress.Planned{Orders: 1000, Plan: rollout.Plan{Windows: []string{"23:00-00:37 UTC"}, Strict: true}},
			minutes: 2.12 * 1000 / perMinute, ranges: 2,
		},
		"never": {planned: progress.Planned{Orders: 10, Plan: rollout.Plan{Windows: []string{"?"}}}, why: progress.UnknownWindows},
		"other customer": {
			planned: progress.Planned{Customer: "1", Orders: 1000}, ordered: 1.06 * 1000 / perMinute, why: progress.UnknownDeliveries,
		},
		"paused": {
			planned: progress.Planned{Orders: 10}, do: func(s *scene) { must(s.ledger.PauseAll(s.Context())) }, why: progress.UnknownPause,
		},
		"turns": {
			planned: progress.Planned{Orders: 1000}, do: func(s *scene) { s.other(500) },
			minutes: 2 * 1.06 * 1500 / perMinute, ordered: 2 * 1.06 * 1500 / perMinute,
		},
		"urgent": {
			planned: progress.Planned{Orders: 1000, Plan: rollout.Plan{Urgent: true}}, do: func(s *scene) { s.other(500) },
			minutes: 2 * 1.06 * 1140 / perMinute, ordered: 2 * 1.06 * 1140 / perMinute,
		},
		"a quota, after which tasks come back": {
			planned: progress.Planned{Addresses: 1000}, do: quota(700, time.Hour),
			minutes: 62 + (1.12*1.06*1000-700)/perMinute + 0.4,
		},
		"a quota that polls do not use up": {
			planned: progress.Planned{Orders: 60}, do: func(s *scene) { s.deliveredAfterHours(); quota(250, day)(s) },
			minutes: 10.5 * 60, ordered: 1.06 * 60 / perMinute,
		},
		"a quota that polls may use up": {
			planned: progress.Planned{Orders: 60}, do: func(s *scene) { s.deliveredAfterHours(); quota(165, day)(s) },
			ordered: 1.06 * 60 / perMinute, why: progress.UnknownRange,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inScene(t, 1, func(s *scene) {
				s.delivered()
				s.calls(1, throttle.Rate{Calls: 60, Per: time.Minute})
				if c.do != nil {
					c.do(s)
				}
				told, err := progress.Plan(s.Context(), s.ledger, s.rdb, c.planned)
				must(err)
				if told.Why != c.why || (told.Left == nil) != (c.minutes == 0) {
					t.Fatalf("told is %+v (%+v)", told, told.Left)
				}
				holds := func(what string, left *progress.Left, minutes float64) {
					if minutes > 0 && (left == nil || float64(left.LeastSeconds) > 60*minutes || float64(left.MostSeconds) < 60*minutes) {
						t.Errorf("%s: %+v, want one that holds %.1f min", what, left, minutes)
					}
				}
				holds("the end", told.Left, c.minutes)
				holds("the last order", told.Orders, c.ordered)
				if told.Left != nil && len(told.Left.Ranges) != c.ranges {
					t.Errorf("ranges: %+v", told.Left)
				}
			})
		})
	}
}

// Steps of a batch that was open beside this one count after its end, too: now this one makes them.
func TestLeft_AfterAnotherBatch(t *testing.T) {
	t.Parallel()
	inScene(t, 1, func(s *scene) {
		s.delivered()
		s.calls(1, throttle.Rate{Calls: 60, Per: time.Minute})
		time.Sleep(10 * time.Minute)
		s.sign(0)
		s.ended("other")
		now := time.Now()
		for _, id := range []string{"b1", "other"} {
			steps := fmt.Sprintf("120 %d %d", now.UnixMilli(), now.Add(-10*time.Minute).UnixMilli()) // 0.46 a second
			must(s.rdb.HSet(s.Context(), "{btr}:batch:"+id+":pace", "steps", steps).Err())
		}
		left := s.progress(map[rollout.State]int{rollout.Imported: 500}).Left
		if seconds := 2 * 500 / (2 * 0.46); left == nil || float64(left.LeastSeconds) > seconds || float64(left.MostSeconds) < seconds {
			t.Errorf("told is %+v, want a range that holds %.0f s", left, seconds)
		}
	})
}
