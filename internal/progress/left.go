// The time left as it is told: as a length or, for a batch with windows, as times of the clock.

package progress

import (
	"time"

	"btrollout/internal/rollout"
)

// Left is the range of time within which a batch will be done, as estimated.
type Left struct {
	LeastSeconds int `json:"leastSeconds"` // estimate of the earliest end
	MostSeconds  int `json:"mostSeconds"`  // estimate of the latest end
	// Of a batch with windows: when it will be done. Two ranges, if it may or may not be done with the
	// window that closes at `windowCloses`: the first is for a window that suffices, the second for one
	// that does not. The seconds are from the beginning of the first to the end of the last.
	Ranges       []Range   `json:"ranges,omitempty"`
	WindowCloses time.Time `json:"windowCloses,omitzero"` // only with two ranges
	Zone         string    `json:"zone,omitempty"`        // IANA time zone of the windows, such as `Europe/Paris`; only with ranges

	Clock rollout.Text `json:"-"` // the ranges in words, such as "between 03:10 and 04:00 Europe/Paris"
}

// Range is a range of time in which a batch will be done.
type Range struct {
	From  time.Time `json:"from"`  // estimate of the earliest end
	Until time.Time `json:"until"` // estimate of the latest end
}

// newLeft makes what is told of one range or, with the closing of a window that decides, of two.
func (f *forecast) newLeft(closes time.Duration, spans ...span) *Left {
	first, last := spans[0].rounded(), spans[len(spans)-1].rounded()
	l := &Left{LeastSeconds: int(first.soonest.Seconds()), MostSeconds: int(last.latest.Seconds())}
	zone := f.calendar.zone()
	if zone == nil {
		return l
	}
	now := f.now.In(zone)
	l.Zone = zone.String()
	for _, s := range spans {
		s = s.rounded()
		l.Ranges = append(l.Ranges, Range{now.Add(s.soonest), now.Add(s.latest)})
	}
	window := presentWindow
	if closes > 0 {
		l.WindowCloses = now.Add(closes)
		window = f.nameWindow(closes)
	}
	l.Clock = clock(l, now, window)
	return l
}

// windowName says how a window is called that may or may not suffice.
type windowName int

const (
	otherWindow   windowName = iota // by the moment at which it closes
	presentWindow                   // it is open
	tonight                         // it closes next morning
)

// nameWindow names the window that closes at a time.
func (f *forecast) nameWindow(closes time.Duration) windowName {
	zone := f.calendar.zone()
	opened, closed := f.now.Add(f.calendar.openingBefore(closes)).In(zone), f.now.Add(closes).In(zone)
	isOfNight := opened.Day() != closed.Day() || opened.Hour() < nightEnds
	from, until := f.calendar.hours(0)
	switch {
	case isOfNight && closed.Hour() < noon && closes < day:
		return tonight
	case from == 0 && until == closes:
		return presentWindow
	}
	return otherWindow
}

const (
	day       = 24 * time.Hour
	noon      = 12 // hour before which a window closes that is of a night
	nightEnds = 5  // hour before which a night's window may open
)

// Words are the range in words: a length such as 6–9 min, or times of the clock.
func (l *Left) Words() rollout.Text {
	if len(l.Ranges) > 0 {
		return l.Clock
	}
	return l.length()
}
