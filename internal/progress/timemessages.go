// How times and lengths of time are worded, in both languages.

package progress

import (
	"strconv"
	"strings"
	"time"

	"btrollout/internal/rollout"
)

// length is the range as a length, such as 6–9 min.
func (l *Left) length() rollout.Text {
	least, most := time.Duration(l.LeastSeconds)*time.Second, time.Duration(l.MostSeconds)*time.Second
	for _, unit := range units {
		if most < unit.from {
			continue
		}
		from, to := unit.figure(least.Truncate(unit.step)), unit.figure((most + unit.step - 1).Truncate(unit.step))
		if from == to {
			return say("%s %s", "%s %s", to, unit.name)
		}
		return say("%s–%s %s", "%s–%s %s", from, to, unit.name)
	}
	return rollout.Text{}
}

// units are those of durations, from which length on they are used, and the steps to which they are
// rounded.
var units = []struct {
	from, step time.Duration
	figure     func(time.Duration) rollout.Text
	name       rollout.Text
}{
	{48 * time.Hour, 12 * time.Hour, func(d time.Duration) rollout.Text { return number(d.Hours() / 24) }, say("d", "j")},
	{2 * time.Hour, 15 * time.Minute, hoursAndMinutes, say("h", "h")},
	{10 * time.Minute, time.Minute, func(d time.Duration) rollout.Text { return number(d.Minutes()) }, say("min", "min")},
	{2 * time.Minute, 30 * time.Second, func(d time.Duration) rollout.Text { return number(d.Minutes()) }, say("min", "min")},
	{0, 5 * time.Second, func(d time.Duration) rollout.Text { return number(d.Seconds()) }, say("s", "s")},
}

// hoursAndMinutes is a length of time such as 2:15.
func hoursAndMinutes(d time.Duration) rollout.Text {
	return say("%d:%02d", "%d:%02d", d/time.Hour, d%time.Hour/time.Minute)
}

func number(x float64) rollout.Text {
	text := strconv.FormatFloat(x, 'f', -1, 64)
	return rollout.Text{EN: text, FR: strings.Replace(text, ".", ",", 1)}
}

// Duration is a length of time in words, such as 3 h 20 min.
func Duration(d time.Duration) rollout.Text {
	d = max(d, time.Second).Round(time.Second)
	day, hour := 24*time.Hour, time.Hour
	switch {
	case d >= 2*day:
		return say("%d d %d h", "%d j %d h", d/day, d%day/hour)
	case d >= hour:
		return say("%d h %d min", "%d h %d min", d/hour, d%hour/time.Minute)
	case d >= 2*time.Minute:
		return say("%d min", "%d min", d/time.Minute)
	}
	return say("%d s", "%d s", d/time.Second)
}

// weekdays and months are as they are written in dates.
var (
	weekdays = []rollout.Text{
		say("Sun", "dim."), say("Mon", "lun."), say("Tue", "mar."), say("Wed", "mer."), say("Thu", "jeu."), say("Fri", "ven."),
		say("Sat", "sam."),
	}
	months = []rollout.Text{
		say("Jan", "janv."), say("Feb", "févr."), say("Mar", "mars"), say("Apr", "avr."), say("May", "mai"), say("Jun", "juin"),
		say("Jul", "juil."), say("Aug", "août"), say("Sep", "sept."), say("Oct", "oct."), say("Nov", "nov."), say("Dec", "déc."),
	}
)

// dayOf is the day of a time, as seen at now, with a space after it; of today: nothing. Both times are in one
// zone.
func dayOf(t, now time.Time) rollout.Text {
	days := func(t time.Time) int { // since 1970
		return int(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / int64(day.Seconds()))
	}
	switch days(t) - days(now) {
	case 0:
		return rollout.Text{}
	case 1:
		return say("tomorrow ", "demain ")
	}
	date := say("%s %d %s ", "%s %d %s ", weekdays[t.Weekday()], t.Day(), months[t.Month()-1])
	if t.Year() != now.Year() {
		date = say("%s%d ", "%s%d ", date, t.Year())
	}
	return date
}

// moment is a time of the clock with its day, unless that is today.
func moment(t, now time.Time) rollout.Text {
	return say("%s%s", "%s%s", dayOf(t, now), t.Format("15:04"))
}

// between is a range of times of the clock, rounded outwards to minutes.
func between(r Range, now time.Time) rollout.Text {
	from, until := r.From.Truncate(time.Minute), r.Until.Add(time.Minute-1).Truncate(time.Minute)
	if from.Equal(until) {
		return say("at %s", "à %s", moment(from, now))
	}
	layout := "15:04"
	if offsetOf(from) != offsetOf(until) { // clocks are changed meanwhile
		layout = "15:04 MST"
	}
	date, end := dayOf(from, now), dayOf(until, now)
	if date == end {
		return say("%sbetween %s and %s", "%sentre %s et %s", date, from.Format(layout), until.Format(layout))
	}
	return say("between %s%s and %s%s", "entre %s%s et %s%s", date, from.Format(layout), end, until.Format(layout))
}

func offsetOf(t time.Time) int {
	_, offset := t.Zone()
	return offset
}

// clock says ranges as times of the clock, as seen at now.
func clock(l *Left, now time.Time, window windowName) rollout.Text {
	first := between(l.Ranges[0], now)
	if len(l.Ranges) == 1 {
		return say("%s %s", "%s %s", first, l.Zone)
	}
	name := say("the window until %s", "la plage jusqu'à %s", moment(l.WindowCloses, now))
	switch window {
	case presentWindow:
		name = say("the present window", "la plage en cours")
	case tonight:
		name = say("tonight's window", "la plage de cette nuit")
	}
	return say("%[1]s %[2]s, if %[3]s suffices; otherwise %[4]s %[2]s", "%[1]s %[2]s si %[3]s suffit, sinon %[4]s %[2]s",
		first, l.Zone, name, between(l.Ranges[1], now))
}

// Until says until when something lasts, as a part of a sentence: in 4–5 min, or between two times of the clock.
func (l *Left) Until() rollout.Text {
	if len(l.Ranges) > 0 {
		return l.Clock
	}
	return say("in %s", "dans %s", l.length())
}

// Sentence says when the planned batch will be done or, if that is not known, why.
func (f Forecast) Sentence() rollout.Text {
	if f.Left != nil {
		return say("Probably done %s.", "Fin probable %s.", f.Left.Until())
	}
	why := say("the range would be too wide to tell anything", "la plage serait trop large pour être utile")
	switch f.Why {
	case UnknownDeliveries:
		why = say("too few deliveries were seen so far", "trop peu de livraisons ont été observées jusqu'ici")
	case UnknownPause:
		why = say("batches are paused", "les lots sont en pause")
	case UnknownWindows:
		why = say("it would never order, or not within a year", "il ne commanderait jamais, ou pas avant un an")
	case UnknownBudget:
		why = say("the budget of API calls cannot be read", "le budget d'appels à l'API est illisible")
	}
	return say("When the batch will be done is not known: %s.", "On ne sait pas quand le lot sera terminé : %s.", why)
}
