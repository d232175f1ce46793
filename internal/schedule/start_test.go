// This file tests start times, and moments written for people.

package schedule_test

import (
	"strings"
	"testing"
	"time"

	"btrollout/internal/schedule"
)

func TestParseStart(t *testing.T) {
	t.Parallel()
	const now = "2026-11-27T20:59:30Z" // 21:59:30 in Paris
	for _, c := range []struct{ text, now, want string }{
		{"2026-12-01T22:00:00+01:00", now, "2026-12-01T22:00:00+01:00"},
		{"2026-12-01T22:00:00Z", now, "2026-12-01T22:00:00Z"},
		{"2026-11-27T20:59:30Z", now, now},
		{"2026-12-01 22:00 Europe/Paris", now, "2026-12-01T22:00:00+01:00"},
		{" 2026-12-01  22:00  Europe/Paris ", now, "2026-12-01T22:00:00+01:00"},
		{"2028-02-29 00:00 Asia/Kathmandu", now, "2028-02-29T00:00:00+05:45"},
		{"22:00 Europe/Paris", now, "2026-11-27T22:00:00+01:00"},
		{"21:59 Europe/Paris", now, "2026-11-28T21:59:00+01:00"},
		{"22:00 Europe/Paris", "2026-11-27T21:00:00Z", "2026-11-27T22:00:00+01:00"}, // now
		{"22:00 Europe/Paris", "2026-11-27T21:00:01Z", "2026-11-28T22:00:00+01:00"},
		{"00:00 Europe/Paris", "2026-12-31T22:00:00Z", "2027-01-01T00:00:00+01:00"},
		{"08:00 Pacific/Auckland", now, "2026-11-29T08:00:00+13:00"}, // it is the 28th there

		{"2027-03-28 02:30 Europe/Paris", now, "2027-03-28T03:00:00+02:00"}, // skipped
		{"02:30 Europe/Paris", "2027-03-28T00:59:00Z", "2027-03-28T03:00:00+02:00"},
		{"2027-10-31 02:30 Europe/Paris", now, "2027-10-31T02:30:00+02:00"},                    // repeated
		{"02:30 Europe/Paris", "2026-10-25T01:10:00Z", "2026-10-26T02:30:00+01:00"},            // second 02:10
		{"00:00 America/St_Johns", "2010-11-07T02:45:00Z", "2010-11-08T00:00:00-03:30"},        // second 23:15
		{"2011-12-30 22:00 Pacific/Apia", "2011-12-01T00:00:00Z", "2011-12-31T00:00:00+14:00"}, // skipped
	} {
		got, err := schedule.ParseStart(c.text, at(t, c.now))
		if err != nil {
			t.Errorf("%q at %s: %v", c.text, c.now, err)
		} else if got.Format(time.RFC3339) != c.want {
			t.Errorf("%q at %s is %s, want %s", c.text, c.now, got.Format(time.RFC3339), c.want)
		}
	}
}

func TestParseStart_Errors(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-11-27T20:59:30Z")
	for text, want := range map[string]string{
		"":                              `"" is not a time: write one such as 2026-12-01 22:00 Europe/Paris, 22:00 Europe/Paris or 2026`,
		"tomorrow":                      "is not a time",
		"2026-12-01":                    "is not a time",
		"2026-02-30 22:00 Europe/Paris": "is not a time",
		"2026-12-01T22:00 Europe/Paris": "is not a time",
		"22:00-06:00 Europe/Paris":      "is not a time",
		"22:00":                         `"22:00" has no time zone: add one`,
		"2026-12-01 22:00":              `"2026-12-01 22:00" has no time zone: add one`,
		"24:00 Europe/Paris":            `"24:00" is not a time of day`,
		"2026-12-01 9:00 Europe/Paris":  `"9:00" is not a time of day`,
		"22:00 Paris":                   `unknown time zone "Paris": did you mean Europe/Paris?`,
		"2026-11-27 21:59 Europe/Paris": `"2026-11-27 21:59 Europe/Paris" is in the past: it is now 2026-11-27 21:59 Europe/Paris`,
		"2026-11-26 22:00 Europe/Paris": "is in the past: it is now 2026-11-27 21:59 Europe/Paris",
		"2025-12-01T22:00:00+01:00":     `"2025-12-01T22:00:00+01:00" is in the past: it is now 2026-11-27 21:59 +01:00`,
	} {
		if got, err := schedule.ParseStart(text, now); err == nil {
			t.Errorf("%q is read as %v", text, got)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: the error is %q, want %q", text, err, want)
		}
	}
}

func TestFormatMoment(t *testing.T) {
	t.Parallel()
	const now = "2026-11-27T22:30:00Z" // 23:30 in Paris
	for _, c := range []struct{ moment, zone, now, want, french string }{
		{"2026-11-27T22:40:59Z", "Europe/Paris", now, "23:40 Europe/Paris", "23:40 Europe/Paris"},
		{"2026-11-27T01:30:00Z", "Europe/Paris", now, "02:30 Europe/Paris", "02:30 Europe/Paris"},
		{"2026-11-27T23:00:00Z", "Europe/Paris", now, "tomorrow 00:00 Europe/Paris", "demain à 00:00 Europe/Paris"},
		{"2026-11-28T21:40:00Z", "Europe/Paris", now, "tomorrow 22:40 Europe/Paris", "demain à 22:40 Europe/Paris"},
		{"2026-11-28T21:40:00Z", "Asia/Tokyo", now, "tomorrow 06:40 Asia/Tokyo", "demain à 06:40 Asia/Tokyo"}, // it is the 28th there
		{"2026-11-30T21:40:00Z", "Europe/Paris", now, "Mon 30 Nov 22:40 Europe/Paris", "lundi 30 novembre à 22:40 Europe/Paris"},
		{"2026-11-26T21:40:00Z", "Europe/Paris", now, "Thu 26 Nov 22:40 Europe/Paris", "jeudi 26 novembre à 22:40 Europe/Paris"},
		{"2027-11-29T21:40:00Z", "Europe/Paris", now, "Mon 29 Nov 2027 22:40 Europe/Paris", "lundi 29 novembre 2027 à 22:40 Europe/Paris"},
		{"2027-01-01T00:00:00Z", "UTC", "2026-12-31T12:00:00Z", "tomorrow 00:00 UTC", "demain à 00:00 UTC"},
		{"2026-10-25T22:30:00Z", "Europe/Paris", "2026-10-24T22:30:00Z", "23:30 Europe/Paris", "23:30 Europe/Paris"}, // a day of 25 hours
		{"2026-11-30T23:40:00Z", "Europe/Paris", now, "Tue 1 Dec 00:40 Europe/Paris", "mardi 1er décembre à 00:40 Europe/Paris"},
		{"2026-11-27T23:40:00+01:00", "", now, "23:40 +01:00", "23:40 +01:00"},
	} {
		moment := at(t, c.moment)
		if c.zone != "" {
			zone, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			moment = moment.In(zone)
		}
		if got := schedule.FormatMoment(moment, at(t, c.now)); got.EN != c.want || got.FR != c.french {
			t.Errorf("%s in %q at %s is written %+v, want %q and %q", c.moment, c.zone, c.now, got, c.want, c.french)
		}
	}
	local := at(t, "2026-11-27T22:40:00Z").In(time.Local)
	if got, want := schedule.FormatMoment(local, local).EN, local.Format("15:04 -07:00"); got != want {
		t.Errorf("a time of the machine's zone is written %q, want %q", got, want)
	}
}
