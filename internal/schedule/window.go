// This file holds the windows: how they are written, and which moments they cover.

package schedule

import (
	"fmt"
	"strings"
	"time"
)

const day = 24 * time.Hour

// searchDays is for how many days next looks ahead. On one weekday, three weeks on end, clocks are
// not put forward over a whole window.
const searchDays = 22

// Window is a time of day, on all or some days of the week, in a time zone. ParseWindow makes one. The zero Window
// never opens.
type Window struct {
	days   [7]bool       // the days on which it opens, by time.Weekday
	opens  time.Duration // wall time after midnight, less than 24 h
	closes time.Duration // wall time after the midnight before it opens: more than opens, at most 24 h more
	zone   *time.Location
}

// ParseWindow reads a window such as "22:00-06:00 Europe/Paris" or "mon-fri 22:00-06:00 Europe/Paris".
//
// The edges are wall times and differ. A closing edge before the opening edge is on the next day; 24:00 is the
// midnight that ends the day. The days are those on which the window opens, as a list of days and ranges: "sat,sun",
// "fri-mon", "mon,wed-fri", in any case. Default: every day. The zone is a name of the IANA database.
//
// An error is a sentence for people that says what is wrong and how to write it.
func ParseWindow(text string) (Window, error) {
	days, rest := "", strings.TrimSpace(text)
	if first, after, _ := strings.Cut(rest, " "); !strings.Contains(first, ":") {
		days, rest = first, strings.TrimSpace(after)
	}
	edges, zone, _ := strings.Cut(rest, " ")
	opening, closing, isRange := strings.Cut(edges, "-")
	if !isRange {
		return Window{}, errNoWindow(text)
	}
	var w Window
	var err error
	if w.days, err = parseDays(days); err != nil {
		return Window{}, err
	}
	if w.opens, err = parseTimeOfDay(opening); err != nil {
		return Window{}, err
	}
	if w.closes, err = parseClosing(closing); err != nil {
		return Window{}, err
	}
	if w.closes == w.opens {
		return Window{}, errEqualEdges(opening)
	}
	if w.closes < w.opens {
		w.closes += day
	}
	w.zone, err = parseZone(zone, text)
	return w, err
}

// String returns the window as ParseWindow reads it, in the one form that windows with the same days, edges
// and zone share: "mon-fri 22:00-06:00 Europe/Paris". A zero Window is "".
func (w Window) String() string {
	if w.zone == nil {
		return ""
	}
	closes := w.closes
	if closes > day {
		closes -= day
	}
	text := fmt.Sprintf("%s-%s %s", formatTimeOfDay(w.opens), formatTimeOfDay(closes), w.zone)
	if days := formatDays(w.days); days != "" {
		return days + " " + text
	}
	return text
}

// Zone returns the time zone of the window; nil for a zero Window.
func (w Window) Zone() *time.Location { return w.zone }

// next returns the first opening of the window that ends after t. It may have begun before t. It returns false
// for a zero Window.
func (w Window) next(t time.Time) (opens, closes time.Time, ok bool) {
	if w.zone == nil {
		return time.Time{}, time.Time{}, false
	}
	// An opening of the day before yesterday has ended, because the clock shows a later time than its closing edge.
	date := wallTime(t, w.zone).Truncate(day).Add(-day)
	for range searchDays {
		if w.days[date.Weekday()] {
			opens, closes = moment(date.Add(w.opens), w.zone), moment(date.Add(w.closes), w.zone)
			if closes.After(t) && opens.Before(closes) {
				return opens, closes, true
			}
		}
		date = date.Add(day)
	}
	return time.Time{}, time.Time{}, false
}

// wallTime returns what the clock of a zone shows at t, as a time in UTC.
func wallTime(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// moment returns the first moment at which the clock of a zone shows the wall time, which is written as a time in
// UTC, or the moment at which the clock is put forward over it.
func moment(wall time.Time, zone *time.Location) time.Time {
	// No zone is as far as a day from UTC, so the clock shows an earlier time at the first t.
	t := wall.Add(-day).In(zone)
	for {
		_, offset := t.Zone()
		_, end := t.ZoneBounds() // when the offset changes next
		at := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if at.Before(t) {
			at = t // the clock was put forward at t
		}
		if end.IsZero() || at.Before(end) {
			return at
		}
		t = end
	}
}
