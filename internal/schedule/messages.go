// This file holds the sentences about windows and start times.

package schedule

import (
	"fmt"
	"strconv"
	"time"

	"btrollout/internal/rollout"
)

const (
	rightWindow = "22:00-06:00 Europe/Paris or mon-fri 22:00-06:00 Europe/Paris"
	rightStart  = "2026-12-01 22:00 Europe/Paris, 22:00 Europe/Paris or 2026-12-01T22:00:00+01:00"
	rightZone   = "one of the IANA time zones, such as Europe/Paris"
)

// French names, by time.Weekday and from January on.
var (
	frenchDays   = [7]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
	frenchMonths = [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
		"octobre", "novembre", "décembre"}
)

// frenchDay is the day of t without its year, such as "lundi 30 novembre".
func frenchDay(t time.Time) string {
	number := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		number = "1er"
	}
	return frenchDays[t.Weekday()] + " " + number + " " + frenchMonths[t.Month()-1]
}

// sayDay is a day and a time of that day.
func sayDay(english, french, clock string) rollout.Text {
	return rollout.Text{EN: english + " " + clock, FR: french + " à " + clock}
}

func errNoWindow(text string) error {
	return fmt.Errorf("%q is not a window: write one such as %s", text, rightWindow)
}

func errNoDays(text string) error {
	return fmt.Errorf("%q is not a list of days: write one such as mon-fri or sat,sun, before the times", text)
}

func errNoTimeOfDay(text string) error {
	return fmt.Errorf("%q is not a time of day: write one from 00:00 to 23:59, such as 06:00 (a window may also end at 24:00)", text)
}

func errEqualEdges(edge string) error {
	return fmt.Errorf("the window opens and closes at %s: write a whole day as 00:00-24:00", edge)
}

// errNoZone is about a window or a start time without a zone.
func errNoZone(text string) error {
	return fmt.Errorf("%q has no time zone: add %s", text, rightZone)
}

// errUnknownZone names the zone that was probably meant, unless near is "".
func errUnknownZone(name, near string) error {
	if near != "" {
		return fmt.Errorf("unknown time zone %q: did you mean %s?", name, near)
	}
	return fmt.Errorf("unknown time zone %q: write %s", name, rightZone)
}

func errNoStart(text string) error {
	return fmt.Errorf("%q is not a time: write one such as %s", text, rightStart)
}

// errPast is about a start time before the present time.
func errPast(text, now string) error {
	return fmt.Errorf("%q is in the past: it is now %s", text, now)
}
