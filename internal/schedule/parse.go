// This file reads and writes the parts of a window: days, times of day, zones.

package schedule

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // machines without a zone database, such as small containers
)

// week is the days of a week in the order in which they are written.
var week = []time.Weekday{
	time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday,
}

// shortName returns the name of a day in a window, such as "mon".
func shortName(d time.Weekday) string { return strings.ToLower(d.String()[:3]) }

// parseDays reads days such as "mon,wed-fri". The empty text is every day.
func parseDays(text string) (days [7]bool, err error) {
	if text == "" {
		return [7]bool{true, true, true, true, true, true, true}, nil
	}
	for part := range strings.SplitSeq(strings.ToLower(text), ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		isNamed := func(name string) func(time.Weekday) bool {
			return func(d time.Weekday) bool { return shortName(d) == name }
		}
		from, to := slices.IndexFunc(week, isNamed(first)), slices.IndexFunc(week, isNamed(last))
		if from < 0 || to < 0 {
			return days, errNoDays(text)
		}
		for i := from; i != to; i = (i + 1) % len(week) {
			days[week[i]] = true
		}
		days[week[to]] = true
	}
	return days, nil
}

// formatDays returns the days in the order of the week, three or more days in sequence as a range, which may
// pass the end of the week. Every day is "".
func formatDays(days [7]bool) string {
	opensOn := func(i int) bool { return days[week[(i+len(week))%len(week)]] }
	var parts []string
	for i := range week {
		if !opensOn(i) || opensOn(i-1) {
			continue // no first day of a sequence
		}
		last := i
		for opensOn(last + 1) {
			last++
		}
		first, end := shortName(week[i]), shortName(week[last%len(week)])
		switch last - i {
		case 0:
			parts = append(parts, first)
		case 1:
			parts = append(parts, first, end)
		default:
			parts = append(parts, first+"-"+end)
		}
	}
	return strings.Join(parts, ",") // of every day, none is the first of a sequence
}

// parseTimeOfDay reads a wall time from 00:00 to 23:59.
func parseTimeOfDay(text string) (time.Duration, error) {
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, errNoTimeOfDay(text)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// parseClosing reads a closing edge. Both 00:00 and 24:00 are the midnight that ends the day.
func parseClosing(text string) (time.Duration, error) {
	if text == "24:00" {
		return day, nil
	}
	return parseTimeOfDay(text)
}

// formatTimeOfDay writes a wall time as parseClosing reads it.
func formatTimeOfDay(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute)
}

// parseZone loads the zone of a text. Local is none, because it differs from machine to machine, and neither are
// the other files of a zone database, whose names begin with a small letter.
func parseZone(name, text string) (*time.Location, error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return nil, errNoZone(text)
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" || name[0] < 'A' || name[0] > 'Z' {
		return nil, errUnknownZone(name, nearZone(name))
	}
	return zone, nil
}

// nearZone returns the zone of commonZones that has this name, or this name after a slash. Case, and spaces in place of
// underscores, do not matter. It returns "" if there is none.
func nearZone(name string) string {
	name = strings.ToLower(strings.ReplaceAll(name, " ", "_"))
	i := slices.IndexFunc(commonZones, func(zone string) bool {
		return strings.HasSuffix("/"+strings.ToLower(zone), "/"+name)
	})
	if i < 0 {
		return ""
	}
	return commonZones[i]
}

// commonZones are the zones that an error can suggest. All zones are accepted.
var commonZones = []string{
	"UTC",
	"Africa/Abidjan", "Africa/Algiers", "Africa/Cairo", "Africa/Casablanca", "Africa/Dakar", "Africa/Johannesburg",
	"Africa/Lagos", "Africa/Nairobi", "Africa/Tunis",
	"America/Argentina/Buenos_Aires", "America/Bogota", "America/Cayenne", "America/Chicago", "America/Denver",
	"America/Guadeloupe", "America/Lima", "America/Los_Angeles", "America/Martinique", "America/Mexico_City",
	"America/Miquelon", "America/New_York", "America/Nuuk", "America/Panama", "America/Santiago",
	"America/Sao_Paulo", "America/Toronto",
	"Asia/Bangkok", "Asia/Beirut", "Asia/Dubai", "Asia/Ho_Chi_Minh", "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Jerusalem",
	"Asia/Kolkata", "Asia/Kuala_Lumpur", "Asia/Manila", "Asia/Qatar", "Asia/Riyadh", "Asia/Seoul", "Asia/Shanghai",
	"Asia/Singapore", "Asia/Taipei", "Asia/Tokyo",
	"Arctic/Longyearbyen", "Atlantic/Canary", "Atlantic/Madeira", "Atlantic/Reykjavik", "Australia/Melbourne",
	"Australia/Perth", "Australia/Sydney",
	"Europe/Amsterdam", "Europe/Athens", "Europe/Belgrade", "Europe/Berlin", "Europe/Bratislava", "Europe/Brussels",
	"Europe/Bucharest", "Europe/Budapest", "Europe/Copenhagen", "Europe/Dublin", "Europe/Helsinki", "Europe/Istanbul",
	"Europe/Kyiv", "Europe/Lisbon", "Europe/Ljubljana", "Europe/London", "Europe/Luxembourg", "Europe/Madrid",
	"Europe/Monaco", "Europe/Oslo", "Europe/Paris", "Europe/Prague", "Europe/Riga", "Europe/Rome", "Europe/Sofia",
	"Europe/Stockholm", "Europe/Tallinn", "Europe/Vienna", "Europe/Vilnius", "Europe/Warsaw", "Europe/Zagreb",
	"Europe/Zurich",
	"Indian/Mauritius", "Indian/Reunion", "Pacific/Auckland", "Pacific/Noumea", "Pacific/Tahiti",
}
