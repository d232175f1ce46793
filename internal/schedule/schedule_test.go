// This file tests schedules by examples.

package schedule_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/schedule"
)

// at reads a time in RFC 3339.
func at(t *testing.T, text string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

// openings lists the openings of a schedule from one time to another, in UTC.
func openings(t *testing.T, s schedule.Schedule, from, to string) (list []string) {
	t.Helper()
	for now := at(t, from); ; {
		opens, ok := s.NextOpening(now)
		if !ok || !opens.Before(at(t, to)) {
			return list
		}
		closes, ok := s.ClosesAt(opens)
		if !ok {
			return append(list, "for ever")
		}
		const layout = "Mon 15:04"
		list = append(list, opens.UTC().Format(layout)+" to "+closes.UTC().Format(layout))
		now = closes
	}
}

func TestSchedule_Openings(t *testing.T) {
	t.Parallel()
	const ( // days in UTC, from noon on
		spring, afterSpring = "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"
		autumn, afterAutumn = "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"
		fri, mon            = "2026-11-27T12:00:00Z", "2026-11-30T12:00:00Z"
	)
	for _, c := range []struct {
		name     string
		windows  []string
		from, to string
		want     []string
	}{
		{"night", []string{"22:00-06:00 Europe/Paris"}, fri, mon,
			[]string{"Fri 21:00 to Sat 05:00", "Sat 21:00 to Sun 05:00", "Sun 21:00 to Mon 05:00"}},
		{"day on which it opens", []string{"fri,sun 22:00-06:00 Europe/Paris"}, fri, mon,
			[]string{"Fri 21:00 to Sat 05:00", "Sun 21:00 to Mon 05:00"}},
		{"days past the week's end", []string{"sat-mon 00:00-24:00 UTC"}, fri, "2026-12-06T00:00:00Z",
			[]string{"Sat 00:00 to Tue 00:00", "Sat 00:00 to Tue 00:00"}},
		{"overlap", []string{"22:00-02:00 Europe/Paris", "01:00-03:00 Europe/Paris"}, fri, mon,
			[]string{"Fri 21:00 to Sat 02:00", "Sat 21:00 to Sun 02:00", "Sun 21:00 to Mon 02:00"}},
		{"adjacent, two zones", []string{"fri 22:00-24:00 Europe/Paris", "fri 18:00-20:00 America/New_York"}, fri, mon,
			[]string{"Fri 21:00 to Sat 01:00"}},
		{"always, by two windows", []string{"00:00-12:00 Europe/Paris", "12:00-24:00 Europe/Paris"}, fri, mon, []string{"for ever"}},
		{"always, by two zones", []string{"00:00-12:00 Europe/Paris", "11:00-23:00 Europe/London"}, fri, mon, []string{"for ever"}},
		{"always, but for weeks with other differences of clocks", []string{"00:00-12:00 Europe/Paris", "06:00-18:00 America/New_York"},
			fri, "2027-03-14T23:00:00Z", []string{"Fri 12:00 to Sun 22:00"}},
		{"month and year end", []string{"thu 23:30-00:30 Asia/Kolkata"}, "2026-12-31T12:00:00Z", "2027-01-01T12:00:00Z",
			[]string{"Thu 18:00 to Thu 19:00"}},
		{"leap day", []string{"tue 00:00-24:00 Asia/Kathmandu"}, "2028-02-27T12:00:00Z", "2028-03-02T12:00:00Z",
			[]string{"Mon 18:15 to Tue 18:15"}},

		{"autumn, first of two", []string{"02:30-02:45 Europe/Paris"}, autumn, afterAutumn, []string{"Sun 00:30 to Sun 00:45"}},
		{"autumn, ends in it", []string{"01:00-02:30 Europe/Paris"}, autumn, afterAutumn, []string{"Sat 23:00 to Sun 00:30"}},
		{"autumn, across", []string{"22:00-06:00 Europe/Paris"}, autumn, afterAutumn, []string{"Sat 20:00 to Sun 05:00"}},
		{"spring, begins in it", []string{"02:30-05:00 Europe/Paris"}, spring, afterSpring, []string{"Sun 01:00 to Sun 03:00"}},
		{"spring, ends in it", []string{"01:00-02:30 Europe/Paris"}, spring, afterSpring, []string{"Sun 00:00 to Sun 01:00"}},
		{"spring, inside", []string{"02:10-02:40 Europe/Paris"}, spring, afterSpring, nil},
		{"spring, inside, once a week", []string{"sun 02:10-02:40 Europe/Paris"}, spring, "2026-04-05T12:00:00Z",
			[]string{"Sun 00:10 to Sun 00:40"}},
		{"spring, across", []string{"22:00-06:00 Europe/Paris"}, spring, afterSpring, []string{"Sat 21:00 to Sun 04:00"}},
		{"a Friday that was skipped", []string{"fri 22:00-06:00 Pacific/Apia"}, "2011-12-29T12:00:00Z", "2012-01-02T12:00:00Z",
			[]string{"Fri 10:00 to Fri 16:00"}},
		{"within a day that was skipped", []string{"fri 10:00-12:00 Pacific/Apia"}, "2011-12-29T12:00:00Z", "2012-01-02T12:00:00Z", nil},
	} {
		var s schedule.Schedule
		for _, text := range c.windows {
			s.Windows = append(s.Windows, parse(t, text))
		}
		if diff := cmp.Diff(c.want, openings(t, s, c.from, c.to)); diff != "" {
			t.Errorf("%s: %q has other openings (-want +got):\n%s", c.name, c.windows, diff)
		}
	}
}

func TestSchedule_Start(t *testing.T) {
	t.Parallel()
	start := at(t, "2026-12-01T21:30:00Z")
	for _, c := range []struct {
		windows []string
		opens   string
	}{
		{nil, "2026-12-01T21:30:00Z"},
		{[]string{"22:00-06:00 Europe/Paris"}, "2026-12-01T21:30:00Z"}, // open at the start
		{[]string{"20:00-22:30 Europe/Paris"}, "2026-12-02T19:00:00Z"}, // closes at the start
	} {
		s := schedule.Schedule{Start: start}
		for _, text := range c.windows {
			s.Windows = append(s.Windows, parse(t, text))
		}
		for _, before := range []time.Time{{}, start.Add(-48 * time.Hour), start.Add(-time.Nanosecond)} {
			if s.IsOpen(before) {
				t.Errorf("%q is open before its start, at %v", c.windows, before)
			}
			if closes, ok := s.ClosesAt(before); !ok || !closes.Equal(before) {
				t.Errorf("%q closes at %v, want %v, when it is closed", c.windows, closes, before)
			}
			if opens, ok := s.NextOpening(before); !ok || !opens.Equal(at(t, c.opens)) {
				t.Errorf("%q opens at %v, want %s", c.windows, opens, c.opens)
			}
		}
	}
}

func TestSchedule_Always(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-11-27T12:00:00Z")
	s := schedule.Schedule{}
	if opens, ok := s.NextOpening(now); !s.IsOpen(now) || !ok || !opens.Equal(now) {
		t.Errorf("a schedule without windows opens at %v, want now", opens)
	}
	if closes, ok := s.ClosesAt(now); ok {
		t.Errorf("a schedule without windows closes at %v", closes)
	}
}

func TestSchedule_ZeroWindow(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-11-27T12:00:00Z")
	s := schedule.Schedule{Windows: make([]schedule.Window, 1)}
	if opens, ok := s.NextOpening(now); ok || s.IsOpen(now) {
		t.Errorf("a zero window opens at %v", opens)
	}
	if closes, ok := s.ClosesAt(now); !ok || !closes.Equal(now) {
		t.Errorf("a zero window closes at %v, want now", closes)
	}
}

// TestSchedule_Allocations holds that IsOpen, which is called often, neither loads a zone nor makes garbage.
func TestSchedule_Allocations(t *testing.T) {
	s := schedule.Schedule{Windows: []schedule.Window{
		parse(t, "mon-fri 22:00-06:00 Europe/Paris"), parse(t, "sat 02:00-03:00 Australia/Lord_Howe"),
	}}
	now := at(t, "2045-11-27T12:00:00Z")
	if n := testing.AllocsPerRun(100, func() { s.IsOpen(now) }); n > 0 {
		t.Errorf("IsOpen allocates %v times", n)
	}
}

// TestSchedule_Loop waits for openings as a worker does, over a change of clocks.
func TestSchedule_Loop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := schedule.Schedule{Windows: []schedule.Window{parse(t, "02:30-02:45 Europe/Paris"), parse(t, "mon 02:40-03:15 Europe/Paris")}}
		time.Sleep(time.Until(at(t, "2026-10-23T12:00:00Z")))
		var got []string
		for len(got) < 4 {
			opens, _ := s.NextOpening(time.Now())
			time.Sleep(time.Until(opens))
			if !s.IsOpen(time.Now()) {
				t.Errorf("closed at its opening, %v", opens)
			}
			closes, _ := s.ClosesAt(time.Now())
			time.Sleep(time.Until(closes))
			if s.IsOpen(time.Now()) {
				t.Errorf("open at its end, %v", closes)
			}
			got = append(got, opens.Format("Mon 15:04 MST")+" to "+closes.Format("15:04 MST"))
		}
		want := []string{
			"Sat 02:30 CEST to 02:45 CEST", "Sun 02:30 CEST to 02:45 CEST", "Mon 02:30 CET to 03:15 CET", "Tue 02:30 CET to 02:45 CET",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("other openings (-want +got):\n%s", diff)
		}
	})
}
