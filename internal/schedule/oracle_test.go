// This file compares schedules with a slow second implementation that walks from minute to minute.

package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"btrollout/internal/schedule"
)

// windowParts are the parts of a window as ParseWindow reads them.
type windowParts struct {
	opens, closes  int // minutes of the day
	zone           string
	text           string
	opensOnWeekday [7]bool
}

// newParts makes a window of minutes of the day, and of days such as "mon". No days: every day.
func newParts(days []string, opens, closes int, zone string) windowParts {
	p := windowParts{opens: opens, closes: closes, zone: zone}
	p.text = fmt.Sprintf("%02d:%02d-%02d:%02d %s", opens/60, opens%60, closes/60, closes%60, zone)
	if len(days) > 0 {
		p.text = strings.Join(days, ",") + " " + p.text
	}
	for d := range p.opensOnWeekday {
		name := strings.ToLower(time.Weekday(d).String()[:3])
		p.opensOnWeekday[d] = len(days) == 0 || slices.Contains(days, name)
	}
	return p
}

// reading is the latest that the clock of a zone has shown up to a minute.
type reading struct {
	date   int // such as 20261127
	minute int // of the day
	today  time.Weekday
}

// readings reads a zone's clock at each minute from start on, and replaces what the clock shows, after it was put
// back, by the latest that it showed before.
func readings(t *testing.T, name string, start time.Time, minutes int) []reading {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	const before = 26 * 60 // no clock was put back by more in the years of these tests
	latest, list := reading{}, make([]reading, 0, minutes)
	for m := -before; m < minutes; m++ {
		local := start.Add(time.Duration(m) * time.Minute).In(zone)
		year, month, dayOfMonth := local.Date()
		r := reading{date: year*10000 + int(month)*100 + dayOfMonth, minute: local.Hour()*60 + local.Minute()}
		if r.date > latest.date || r.date == latest.date && r.minute > latest.minute {
			r.today = local.Weekday()
			latest = r
		}
		if m >= 0 {
			list = append(list, latest)
		}
	}
	return list
}

// covers reports whether the window is open when its clock shows r.
func (p windowParts) covers(r reading) bool {
	today, yesterday := p.opensOnWeekday[r.today], p.opensOnWeekday[(r.today+6)%7]
	if p.opens < p.closes {
		return today && p.opens <= r.minute && r.minute < p.closes
	}
	return today && p.opens <= r.minute || yesterday && r.minute < p.closes
}

func parse(t *testing.T, text string) schedule.Window {
	t.Helper()
	w, err := schedule.ParseWindow(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// oracle is what a schedule must say at each minute after start.
type oracle struct {
	start  time.Time
	open   []bool
	opens  []int // the first minute from this one on that is open; len(open): none
	closes []int // the first minute from this one on that is closed; len(open): none
}

func newOracle(start time.Time, open []bool) oracle {
	o := oracle{start, open, make([]int, len(open)), make([]int, len(open))}
	opens, closes := len(open), len(open)
	for m := len(open) - 1; m >= 0; m-- {
		if open[m] {
			opens = m
		} else {
			closes = m
		}
		o.opens[m], o.closes[m] = opens, closes
	}
	return o
}

func (o oracle) at(minute int) time.Time { return o.start.Add(time.Duration(minute) * time.Minute) }

// compare compares a schedule with the oracle at a minute, and inside that minute.
func (o oracle) compare(t *testing.T, s schedule.Schedule, m int) {
	t.Helper()
	at := o.at(m)
	if s.IsOpen(at) != o.open[m] || s.IsOpen(at.Add(59*time.Second)) != o.open[m] {
		t.Fatalf("%v from %v: at %v open is %v, want %v", s.Windows, s.Start, at, s.IsOpen(at), o.open[m])
	}
	if next, ok := s.NextOpening(at); o.opens[m] < len(o.open) && (!ok || !next.Equal(o.at(o.opens[m]))) {
		t.Fatalf("%v from %v: at %v the next opening is %v, want %v", s.Windows, s.Start, at, next, o.at(o.opens[m]))
	}
	if end, ok := s.ClosesAt(at); o.closes[m] < len(o.open) && (!ok || !end.Equal(o.at(o.closes[m]))) {
		t.Fatalf("%v from %v: at %v it closes at %v, want %v", s.Windows, s.Start, at, end, o.at(o.closes[m]))
	}
}

// TestSchedule_ChangesOfClocks compares all windows whose edges are near a change of clocks.
func TestSchedule_ChangesOfClocks(t *testing.T) {
	t.Parallel()
	for zone, changes := range map[string][]string{
		"Europe/Paris":        {"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"},
		"America/New_York":    {"2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"},
		"Australia/Lord_Howe": {"2026-10-03T15:30:00Z", "2026-04-04T15:00:00Z"}, // by 30 minutes
		"America/Santiago":    {"2026-09-06T04:00:00Z", "2026-04-05T03:00:00Z"}, // at midnight
		"Africa/Cairo":        {"2026-04-23T22:00:00Z", "2026-10-29T21:00:00Z"}, // at midnight
		"Asia/Beirut":         {"2026-03-28T22:00:00Z", "2026-10-24T21:00:00Z"}, // at midnight
		"America/Nuuk":        {"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"}, // on the day before
		"America/St_Johns":    {"2010-03-14T03:31:00Z", "2010-11-07T02:31:00Z"}, // back at 00:01, over midnight
		"Pacific/Apia":        {"2011-12-30T10:00:00Z"},                         // by a day
		"Pacific/Kwajalein":   {"1993-08-21T12:00:00Z"},                         // by a day
	} {
		for _, change := range changes {
			at, err := time.Parse(time.RFC3339, change)
			if err != nil {
				t.Fatal(err)
			}
			local, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			_, before := at.Add(-time.Second).In(local).Zone()
			if _, after := at.In(local).Zone(); before == after {
				t.Errorf("the clocks of %s do not change at %v", zone, at)
			}
			compareWindowsAround(t, zone, at)
		}
	}
}

// compareWindowsAround compares all daily windows of some edges around a change of a zone's clocks.
func compareWindowsAround(t *testing.T, zone string, change time.Time) {
	t.Helper()
	const minutes = 30 * 60
	edges := []int{0, 60, 90, 2 * 60, 2*60 + 10, 2*60 + 30, 2*60 + 45, 3 * 60, 22 * 60, 23*60 + 30}
	start := change.Add(-10 * time.Hour)
	clock := readings(t, zone, start, minutes)
	for _, opens := range edges {
		for _, closes := range append([]int{24 * 60, 6 * 60}, edges...) {
			if opens == closes {
				continue
			}
			p, open := newParts(nil, opens, closes, zone), make([]bool, minutes)
			for m := range open {
				open[m] = p.covers(clock[m])
			}
			s := schedule.Schedule{Windows: []schedule.Window{parse(t, p.text)}}
			o := newOracle(start, open)
			for m := 1; m < minutes; m++ {
				if open[m] != open[m-1] || m%(15*60+7) == 0 {
					o.compare(t, s, m-1)
					o.compare(t, s, m)
				}
			}
		}
	}
}

// randomParts makes a window of a few edges, so that windows often overlap or adjoin.
func randomParts(r *rand.Rand) windowParts {
	zones := []string{
		"Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Kathmandu", "America/Santiago",
		"Africa/Cairo", "Asia/Beirut", "Pacific/Apia", "Europe/London", "Africa/Casablanca", "America/Nuuk", "Europe/Dublin",
		"Pacific/Chatham", "Asia/Tokyo", "UTC", "Antarctica/Troll", "America/Sao_Paulo",
	}
	days := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	r.Shuffle(len(days), func(i, j int) { days[i], days[j] = days[j], days[i] })
	edge := func() int { return 15 * r.IntN(24*4) }
	opens, closes := edge(), edge()
	for closes == opens {
		closes = edge()
	}
	if r.IntN(8) == 0 {
		closes = 24 * 60
	}
	return newParts(days[:r.IntN(5)], opens, closes, zones[r.IntN(len(zones))])
}

// TestSchedule_Random compares random schedules, half of them around a change of clocks of a window's zone.
func TestSchedule_Random(t *testing.T) {
	t.Parallel()
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(seed, 0))
		var parts []windowParts
		for range 1 + r.IntN(4) {
			parts = append(parts, randomParts(r))
		}
		const minutes = 9 * 24 * 60
		start := time.Date(1975, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(85*365*24)) * time.Hour)
		if zone, err := time.LoadLocation(parts[0].zone); err != nil {
			t.Fatal(err)
		} else if _, change := start.In(zone).ZoneBounds(); !change.IsZero() && seed%2 == 0 {
			start = change.UTC().Add(-48 * time.Hour).Truncate(time.Minute) // a zone database may end between two minutes
		}
		s, open := schedule.Schedule{}, make([]bool, minutes)
		for _, p := range parts {
			s.Windows = append(s.Windows, parse(t, p.text))
			for m, now := range readings(t, p.zone, start, minutes) {
				open[m] = open[m] || p.covers(now)
			}
		}
		if r.IntN(3) == 0 {
			closed := r.IntN(minutes)
			s.Start = start.Add(time.Duration(closed) * time.Minute)
			clear(open[:closed])
		}
		o := newOracle(start, open)
		for m := 1; m < minutes; m++ {
			if open[m] != open[m-1] || r.IntN(50) == 0 {
				o.compare(t, s, m-1)
				o.compare(t, s, m)
			}
		}
	}
}
