// This file tests how windows are read and written.

package schedule_test

import (
	"strings"
	"testing"

	"btrollout/internal/schedule"
)

func TestParseWindow_Canonical(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"22:00-06:00 Europe/Paris":                         "",
		"mon-fri 22:00-06:00 Europe/Paris":                 "",
		"fri-mon 00:00-24:00 America/Argentina/Ushuaia":    "",
		"sat,sun 08:00-24:00 UTC":                          "",
		"mon 23:59-00:01 Asia/Kolkata":                     "",
		"  SAT,Sun  08:00-00:00  UTC ":                     "sat,sun 08:00-24:00 UTC",
		"sun,sat 08:00-09:00 UTC":                          "sat,sun 08:00-09:00 UTC",
		"sun-mon 08:00-09:00 UTC":                          "sun,mon 08:00-09:00 UTC",
		"wed,fri,sat,sun,mon,mon 08:00-09:00 UTC":          "wed,fri-mon 08:00-09:00 UTC",
		"mon,tue,wed,thu,fri,sat,sun 08:00-09:00 Etc/GMT0": "08:00-09:00 Etc/GMT0",
		"thu-wed 08:00-09:00 UTC":                          "08:00-09:00 UTC",
		"tue-tue 08:00-09:00 UTC":                          "tue 08:00-09:00 UTC",
	} {
		if want == "" {
			want = text
		}
		if got := parse(t, text).String(); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
	if got := (schedule.Window{}).String(); got != "" {
		t.Errorf("a zero window is written %q", got)
	}
}

func TestParseWindow_Errors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                     `"" is not a window: write one such as 22:00-06:00 Europe/Paris or mon-fri`,
		"mon-fri":                              "is not a window",
		"22:00 Europe/Paris":                   "is not a window",
		"22:00-06:00":                          `"22:00-06:00" has no time zone: add one of the IANA time zones, such as Europe/Paris`,
		"6:00-22:00 Europe/Paris":              `"6:00" is not a time of day: write one from 00:00 to 23:59, such as 06:00`,
		"24:00-06:00 Europe/Paris":             `"24:00" is not a time of day`,
		"22:00-24:01 Europe/Paris":             `"24:01" is not a time of day`,
		"22:00-06:00:00 Europe/Paris":          `"06:00:00" is not a time of day`,
		"22:00-22:00 Europe/Paris":             "the window opens and closes at 22:00: write a whole day as 00:00-24:00",
		"00:00-00:00 Europe/Paris":             "opens and closes at 00:00",
		"monday 22:00-06:00 Europe/Paris":      `"monday" is not a list of days: write one such as mon-fri or sat,sun`,
		"mon-fri- 22:00-06:00 Europe/Paris":    `"mon-fri-" is not a list of days`,
		"mon, 22:00-06:00 Europe/Paris":        `"mon," is not a list of days`,
		"22:00-06:00 Paris":                    `unknown time zone "Paris": did you mean Europe/Paris?`,
		"22:00-06:00 europe/paris":             "did you mean Europe/Paris?",
		"22:00-06:00 New York":                 "did you mean America/New_York?",
		"22:00-06:00 buenos aires":             "did you mean America/Argentina/Buenos_Aires?",
		"22:00-06:00 Hogwarts":                 `unknown time zone "Hogwarts": write one of the IANA time zones, such as Europe/Paris`,
		"22:00-06:00 ris":                      `unknown time zone "ris": write`,
		"22:00-06:00 Local":                    `unknown time zone "Local"`,
		"22:00-06:00 localtime":                `unknown time zone "localtime"`,
		"22:00-06:00 right/Europe/Paris":       `unknown time zone "right/Europe/Paris"`,
		"22:00-06:00 ../zoneinfo/Europe/Paris": "unknown time zone",
		"22:00-06:00 Europe":                   `unknown time zone "Europe"`,
		"22:00-06:00 +01:00":                   `unknown time zone "+01:00"`,
	} {
		w, err := schedule.ParseWindow(text)
		if err == nil {
			t.Errorf("%q is read as %q", text, w)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: the error is %q, want %q", text, err, want)
		}
	}
}

// TestParseWindow_SuggestedZones holds that every zone that an error suggests is accepted.
func TestParseWindow_SuggestedZones(t *testing.T) {
	t.Parallel()
	for _, zone := range schedule.CommonZones {
		parse(t, "22:00-06:00 "+zone)
	}
}

func FuzzParseWindow(f *testing.F) {
	for _, text := range []string{
		"22:00-06:00 Europe/Paris", "fri-mon,wed 00:00-24:00 UTC", "sat,SUN 23:59-00:00 Asia/Kathmandu", "22:00-06:00 Paris", "mon",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := schedule.ParseWindow(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: the error has several lines: %q", text, err)
			}
			return
		}
		again, err := schedule.ParseWindow(w.String())
		if err != nil || again.String() != w.String() {
			t.Errorf("%q is written %q, which is read as %q: %v", text, w, again, err)
		}
		s, same := schedule.Schedule{Windows: []schedule.Window{w}}, schedule.Schedule{Windows: []schedule.Window{again}}
		now := at(t, "2026-03-27T12:34:56Z")
		for range 10 {
			opens, _ := s.NextOpening(now)
			if other, _ := same.NextOpening(now); !other.Equal(opens) {
				t.Errorf("%q opens at %v, %q at %v", text, opens, w, other)
			}
			closes, ok := s.ClosesAt(opens)
			if !ok {
				return
			}
			if !closes.After(opens) {
				t.Fatalf("%q opens at %v and closes at %v", text, opens, closes)
			}
			now = closes
		}
	})
}
