// This file tests how figures, durations and whole lines are worded.

package progress_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/progress"
	"btrollout/internal/rollout"
)

func TestLeft_Words(t *testing.T) {
	t.Parallel()
	const minute, hour, day = 60, 60 * 60, 24 * 60 * 60
	for _, c := range []struct {
		least, most int
		want        rollout.Text
	}{
		{0, 1, text("0–5 s", "0–5 s")},
		{5, 5, text("5 s", "5 s")},
		{5, 9, text("5–10 s", "5–10 s")},
		{71, 119, text("70–120 s", "70–120 s")},
		{80, 2 * minute, text("1–2 min", "1–2 min")},
		{95, 2*minute + 1, text("1.5–2.5 min", "1,5–2,5 min")},
		{6*minute + 10, 9*minute + 59, text("6–10 min", "6–10 min")},
		{9 * minute, 9 * minute, text("9 min", "9 min")},
		{9*minute + 59, 10*minute + 1, text("9–11 min", "9–11 min")},
		{75 * minute, 2*hour - 1, text("75–120 min", "75–120 min")},
		{100 * minute, 2 * hour, text("1:30–2:00 h", "1:30–2:00 h")},
		{2*hour + 20*minute, 3*hour + 40*minute, text("2:15–3:45 h", "2:15–3:45 h")},
		{30 * hour, 48*hour - 1, text("30:00–48:00 h", "30:00–48:00 h")},
		{30 * hour, 2 * day, text("1–2 d", "1–2 j")},
		{6*day + 13*hour, 9 * day, text("6.5–9 d", "6,5–9 j")},
		{9 * day, 9 * day, text("9 d", "9 j")},
	} {
		l := progress.Left{LeastSeconds: c.least, MostSeconds: c.most}
		if diff := cmp.Diff(c.want, l.Words()); diff != "" {
			t.Errorf("%d to %d s (-want +got):\n%s", c.least, c.most, diff)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]rollout.Text{
		-time.Hour:                      text("1 s", "1 s"),
		0:                               text("1 s", "1 s"),
		1499 * time.Millisecond:         text("1 s", "1 s"),
		119 * time.Second:               text("119 s", "119 s"),
		119*time.Second + 500*1e6:       text("2 min", "2 min"),
		59*time.Minute + 59*time.Second: text("59 min", "59 min"),
		60 * time.Minute:                text("1 h 0 min", "1 h 0 min"),
		3*time.Hour + 20*time.Minute + 59*time.Second: text("3 h 20 min", "3 h 20 min"),
		47*time.Hour + 59*time.Minute:                 text("47 h 59 min", "47 h 59 min"),
		48 * time.Hour:                                text("2 d 0 h", "2 j 0 h"),
		9*24*time.Hour + 13*time.Hour:                 text("9 d 13 h", "9 j 13 h"),
	} {
		if diff := cmp.Diff(want, progress.Duration(d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", d, diff)
		}
	}
}

func TestProgress_Line(t *testing.T) {
	t.Parallel()
	reasons := []progress.Reason{noWorker, progress.OfTrouble("Redis does not answer.")}
	left := &progress.Left{LeastSeconds: 370, MostSeconds: 590}
	for _, c := range []struct {
		progress progress.Progress
		want     rollout.Text
	}{
		{progress.Progress{}, text("0 of 0 done (0%)", "0 terminé sur 0 (0 %)")},
		{
			progress.Progress{Rows: 300, Done: 299, Waiting: 1, Reasons: reasons},
			text("299 of 300 done (99%) · 1 waiting · no worker is running · Redis does not answer, waiting for it",
				"299 terminés sur 300 (99 %) · 1 en attente · aucun worker ne tourne · Redis does not answer, en attente"),
		},
		{
			progress.Progress{Rows: 40, Done: 20, Failed: 3, Cancelled: 2, Waiting: 15, PerMinute: 5.24, Left: left},
			text("20 of 40 done (50%) · 3 failed · 2 cancelled · 15 waiting · 5.2/min · 6–10 min left",
				"20 terminés sur 40 (50 %) · 3 en échec · 2 annulés · 15 en attente · 5,2/min · encore 6–10 min"),
		},
		{
			progress.Progress{Rows: 1, Cancelled: 1},
			text("0 of 1 done (0%) · 1 cancelled", "0 terminé sur 1 (0 %) · 1 annulé"),
		},
	} {
		got := rollout.Text{EN: c.progress.Line(rollout.English), FR: c.progress.Line(rollout.French)}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.progress, diff)
		}
	}
}

func TestProgress_Pace(t *testing.T) {
	t.Parallel()
	paces := regexp.MustCompile(`\S+/min`)
	for perMinute, want := range map[float64]rollout.Text{
		108.4: text("108/min", "108/min"), 99.96: text("100/min", "100/min"), 10: text("10/min", "10/min"),
		9.96: text("10/min", "10/min"), 5.2: text("5.2/min", "5,2/min"), 5: text("5/min", "5/min"),
		0.251: text("0.25/min", "0,25/min"), 123456789: text("123456789/min", "123456789/min"),
		0.049: text("", ""), 2e-6: text("", ""), 0: text("", ""), // the last row ended long ago
	} {
		p := progress.Progress{Rows: 2, Done: 1, Waiting: 1, PerMinute: perMinute}
		got := text(paces.FindString(p.Line(rollout.English)), paces.FindString(p.Line(rollout.French)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%g rows a minute (-want +got):\n%s", perMinute, diff)
		}
	}
}
