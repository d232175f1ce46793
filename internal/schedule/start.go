// This file reads start times, and writes moments for people.

package schedule

import (
	"strings"
	"time"

	"btrollout/internal/rollout"
)

// ParseStart reads the start time of a schedule, given the present time. It is written in RFC 3339
// (2026-12-01T22:00:00+01:00), as a date, a wall time and a zone (2026-12-01 22:00 Europe/Paris), or as a wall time
// and a zone (22:00 Europe/Paris), which is the next such time, now included. The time returned is in the zone of
// the text.
//
// An error is a sentence for people that says what is wrong and how to write it. A time before now is one.
func ParseStart(text string, now time.Time) (time.Time, error) {
	start, err := readStart(strings.TrimSpace(text), now)
	if err == nil && start.Before(now) {
		return time.Time{}, errPast(text, formatInZone(now.In(start.Location()), "2006-01-02 15:04"))
	}
	return start, err
}

// readStart is ParseStart for a text without spaces around it, and may return a time in the past.
func readStart(text string, now time.Time) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	first, rest, _ := strings.Cut(text, " ")
	date, err := time.Parse(time.DateOnly, first)
	hasDate := err == nil
	if hasDate {
		first, rest, _ = strings.Cut(strings.TrimSpace(rest), " ")
	}
	if !strings.Contains(first, ":") || strings.Contains(first, "-") {
		return time.Time{}, errNoStart(text)
	}
	timeOfDay, err := parseTimeOfDay(first)
	if err != nil {
		return time.Time{}, err
	}
	zone, err := parseZone(rest, text)
	if err != nil {
		return time.Time{}, err
	}
	if hasDate {
		return moment(date.Add(timeOfDay), zone), nil
	}
	date = wallTime(now, zone).Truncate(day)
	start := moment(date.Add(timeOfDay), zone)
	for start.Before(now) {
		date = date.Add(day)
		start = moment(date.Add(timeOfDay), zone)
	}
	return start, nil
}

// FormatMoment writes t for people, in its own zone and to the minute, as seen at the time now:
// "22:40 Europe/Paris" on the same day, otherwise "tomorrow 22:40 Europe/Paris", "Mon 30 Nov 22:40 Europe/Paris" or,
// in another year, "Mon 29 Nov 2027 22:40 Europe/Paris"; in French "demain à 22:40 Europe/Paris" and "lundi 30 novembre
// à 22:40 Europe/Paris". A zone without a name of the IANA database is written as its offset from UTC: "22:40 +01:00".
func FormatMoment(t, now time.Time) rollout.Text {
	date, today := wallTime(t, t.Location()).Truncate(day), wallTime(now, t.Location()).Truncate(day)
	clock := formatInZone(t, "15:04")
	switch {
	case date.Equal(today):
		return rollout.Say("%s", "%s", clock)
	case date.Equal(today.Add(day)):
		return rollout.Say("tomorrow %s", "demain à %s", clock)
	case date.Year() == today.Year():
		return sayDay(t.Format("Mon 2 Jan"), frenchDay(t), clock)
	}
	return sayDay(t.Format("Mon 2 Jan 2006"), frenchDay(t)+t.Format(" 2006"), clock)
}

// formatInZone writes t in a layout, and its zone beside.
func formatInZone(t time.Time, layout string) string {
	if zone := t.Location(); zone != time.Local && zone.String() != "" {
		return t.Format(layout) + " " + zone.String()
	}
	return t.Format(layout + " -07:00")
}
