// This file tests the flags about windows, and what is said of a plan.

package app

import (
	"errors"
	"strings"
	"testing"
	"time"

	"btrollout/internal/rollout"
)

func TestWindowFlags_SetWindows(t *testing.T) {
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	night := "22:00-06:00 Europe/Paris"
	for _, c := range []struct {
		flags   WindowFlags
		windows []string
		want    string // the windows that the plan has, or a part of the error
		refused bool
	}{
		{WindowFlags{}, []string{night}, night, false},
		{WindowFlags{Days: "mon-fri"}, []string{night, "sat 10:00-12:00 UTC"}, "mon-fri " + night + ";sat 10:00-12:00 UTC", false},
		{WindowFlags{Days: "mon-fri"}, []string{"sat " + night}, "write the days into the window", true},
		{WindowFlags{Days: "mon-fri"}, nil, "give a window, too", true},
		{WindowFlags{Days: "lun-ven"}, []string{night}, "write one such as mon-fri", true},
		{WindowFlags{WindowStrict: true}, nil, "give a window, too", true},
		{WindowFlags{}, []string{"22-6"}, "write one such as 22:00-06:00 Europe/Paris", true},
		{WindowFlags{At: "22:00"}, nil, "add one of the IANA time zones", true},
	} {
		var p rollout.Plan
		err := c.flags.SetWindows(&p, c.windows, now)
		got := strings.Join(p.Windows, ";")
		if err != nil {
			got = err.Error()
		}
		usage := (*UsageError)(nil)
		if errors.As(err, &usage) != c.refused || !strings.Contains(got, c.want) {
			t.Errorf("%+v with %q: %s, want %s", c.flags, c.windows, got, c.want)
		}
	}
}

func TestWindowFlags_SetWindowsStart(t *testing.T) {
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	var p rollout.Plan
	if err := (WindowFlags{At: "23:30 UTC"}).SetWindows(&p, nil, now); err != nil || !p.Start.Equal(now.Add(210*time.Minute)) {
		t.Fatalf("%v, %v", p.Start, err)
	}
	if err := (WindowFlags{}).SetWindows(&p, nil, now); err != nil || p.Start.IsZero() {
		t.Errorf("without --at, the start is %v, %v", p.Start, err)
	}
	if err := (WindowFlags{At: "now"}).SetWindows(&p, nil, now); err != nil || !p.Start.IsZero() {
		t.Errorf("after --at now, the start is %v, %v", p.Start, err)
	}
}

func TestParseFirst(t *testing.T) {
	for _, c := range []struct {
		written []string
		want    string // the countries, or a part of the error
		refused bool
	}{
		{nil, "", false},
		{[]string{"be", " FR", "UK", "BE"}, "BE,FR,GB", false},
		{[]string{"FR", "France"}, `--countries "France" is no country code`, true},
		{[]string{"FR", "xx"}, "no country has the code XX", true},
		{[]string{"EU"}, "no country has the code EU", true},
	} {
		first, err := ParseFirst(c.written)
		got := strings.Join(first, ",")
		if err != nil {
			got = err.Error()
		}
		usage := (*UsageError)(nil)
		if errors.As(err, &usage) != c.refused || !strings.Contains(got, c.want) {
			t.Errorf("%q: %s, want %s", c.written, got, c.want)
		}
	}
}

func TestSayPlan(t *testing.T) {
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC) // a Friday
	night := []string{"mon-fri 22:00-06:00 Europe/Paris"}
	later := time.Date(2026, 11, 30, 22, 40, 0, 0, time.FixedZone("", 3600))
	for _, c := range []struct {
		plan   rollout.Plan
		en, fr string
	}{
		{rollout.Plan{}, "The batch may order at any time.", "Le lot peut commander à tout moment."},
		{rollout.Plan{Start: later}, "The batch orders nothing before Mon 30 Nov 22:40 +01:00.",
			"Le lot ne commande rien avant lundi 30 novembre à 22:40 +01:00."},
		{rollout.Plan{Windows: night, Start: later}, "The batch orders in these windows only: mon-fri 22:00-06:00 Europe/Paris. " +
			"It orders nothing before Mon 30 Nov 22:40 Europe/Paris.", "Le lot ne commande que dans ces plages : " +
			"mon-fri 22:00-06:00 Europe/Paris. Il ne commande rien avant lundi 30 novembre à 22:40 Europe/Paris."},
		{rollout.Plan{Windows: []string{"20:00-22:00 UTC"}, Strict: true},
			"The batch orders, polls and sends addresses in these windows only: 20:00-22:00 UTC. It may order now, until 22:00 UTC.",
			"Le lot ne commande, n'interroge ses commandes et n'envoie d'adresses que dans ces plages : 20:00-22:00 UTC. " +
				"Il peut commander maintenant, jusqu'à 22:00 UTC."},
		{rollout.Plan{Urgent: true, First: []string{"FR", "BE"}, ByCountry: true},
			"The batch may order at any time. It is urgent: it comes before all batches that are not. " +
				"The sites of these countries come first, in this order: FR, BE. The others are ordered by country.",
			"Le lot peut commander à tout moment. Il est urgent : il passe avant tous les lots qui ne le sont pas. " +
				"Les sites de ces pays passent en premier, dans cet ordre : FR, BE. Les autres sont commandés pays par pays."},
	} {
		if got := SayPlan(c.plan, now); got.EN != c.en || got.FR != c.fr {
			t.Errorf("%+v is said as\n%s\n%s\nwant\n%s\n%s", c.plan, got.EN, got.FR, c.en, c.fr)
		}
	}
}
