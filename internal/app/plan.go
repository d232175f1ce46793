// The flags that say when, and in which order, a batch orders.

package app

import (
	"slices"
	"strings"
	"time"

	"btrollout/internal/importer"
	"btrollout/internal/rollout"
	"btrollout/internal/schedule"
)

// WindowFlags are the flags about windows that commands share.
type WindowFlags struct {
	Days         string `placeholder:"mon-fri" help:"Days on which those windows open that name none."`
	WindowStrict bool   `help:"Outside the windows, do not poll orders either, and send no address."`
	At           string `placeholder:"TIME" help:"Order nothing before it, such as \"2026-12-01 22:00 Europe/Paris\"; now: no such time."`
}

// Given reports whether any of the flags was given.
func (f WindowFlags) Given() bool { return f != WindowFlags{} }

// startNow is the value of --at that takes a start time back.
const startNow = "now"

// SetWindows puts windows and the flags into a plan; a flag that was not given changes nothing, but for
// WindowStrict. The error is a *UsageError.
func (f WindowFlags) SetWindows(p *rollout.Plan, windows []string, now time.Time) error {
	p.Windows, p.Strict = nil, f.WindowStrict && len(windows) > 0
	daysUsed := false
	for _, text := range windows {
		w, err := schedule.ParseWindow(text)
		if named, ok := withDays(text, f.Days); err == nil && ok {
			daysUsed = true
			w, err = schedule.ParseWindow(named)
		}
		if err != nil {
			return &UsageError{Text: err.Error()}
		}
		p.Windows = append(p.Windows, w.String())
	}
	switch f.At {
	case "":
	case startNow:
		p.Start = time.Time{}
	default:
		start, err := schedule.ParseStart(f.At, now)
		if err != nil {
			return &UsageError{Text: err.Error()}
		}
		p.Start = start
	}
	switch {
	case f.Days != "" && len(windows) == 0:
		return errDaysAlone
	case f.Days != "" && !daysUsed:
		return errDaysNamed
	case f.WindowStrict && len(windows) == 0:
		return errStrictAlone
	}
	return nil
}

// withDays is a window that names no days, with days; false if it names some, or there are none.
func withDays(text, days string) (string, bool) {
	text = strings.TrimSpace(text)
	if days == "" || text == "" || text[0] < '0' || text[0] > '9' {
		return text, false
	}
	return days + " " + text, true
}

// PlanFlags are the flags about the plan of a batch that is enqueued.
type PlanFlags struct {
	Window []string `sep:"none" placeholder:"WINDOW" help:"Order only then, such as \"22:00-06:00 Europe/Paris\". Repeatable."`
	WindowFlags
	Urgent    bool     `help:"Order before all batches that are not urgent."`
	Order     string   `enum:"file,country" default:"file" help:"Order the sites as in the file, or by country: ${enum}."`
	Countries []string `placeholder:"FR,BE" help:"Order the sites of these countries first."`
}

// Orders of the sites of a batch, as people write them.
const (
	OrderFile    = "file"    // as in the file
	OrderCountry = "country" // by country
)

// Plan is the plan that the flags make. The error is a *UsageError.
func (f PlanFlags) Plan(now time.Time) (rollout.Plan, error) {
	p := rollout.Plan{Urgent: f.Urgent, ByCountry: f.Order == OrderCountry}
	var err error
	if p.First, err = ParseFirst(f.Countries); err != nil {
		return p, err
	}
	return p, f.SetWindows(&p, f.Window, now)
}

// ParseFirst reads the countries whose sites come first, each once; UK is GB, as in files. The error is a
// *UsageError: a code has not two letters, or no country has it.
func ParseFirst(written []string) ([]string, error) {
	var first []string
	for _, c := range written {
		code := strings.ToUpper(strings.TrimSpace(c))
		if !rollout.IsISO2(code) {
			return nil, errNoCountryCode(c)
		}
		known := importer.CountryCode(code)
		if known == "" {
			return nil, errNoCountry(code)
		}
		if !slices.Contains(first, known) {
			first = append(first, known)
		}
	}
	return first, nil
}

// SayFirstWithoutRows names the countries that come first by a plan and of which no row is; zero: there are
// none, or the countries of the rows are not known.
func SayFirstWithoutRows(p rollout.Plan, countries []rollout.Country) rollout.Text {
	if len(countries) == 0 {
		return rollout.Text{}
	}
	var without []string
	for _, code := range p.First {
		if !slices.ContainsFunc(countries, func(c rollout.Country) bool { return c.ISO2 == code }) {
			without = append(without, code)
		}
	}
	if len(without) == 0 {
		return rollout.Text{}
	}
	return sayNoRowsOf(without)
}

// SayPlan says when, and in which order, a batch of this plan may order.
func SayPlan(p rollout.Plan, now time.Time) rollout.Text {
	sched, err := schedule.Read(p.Windows, p.Start)
	if err != nil {
		return rollout.Text{EN: err.Error()}
	}
	said := sayWindows(p)
	if opens, found := sched.NextOpening(now); found && opens.After(now) {
		from := schedule.FormatMoment(opens, now)
		if len(p.Windows) == 0 {
			said = sayStart(from)
		} else {
			said = rollout.Sentences(said, sayOpens(from))
		}
	} else if closes, found := sched.ClosesAt(now); found {
		said = rollout.Sentences(said, sayCloses(schedule.FormatMoment(closes, now)))
	}
	if p.Urgent {
		said = rollout.Sentences(said, sayUrgent())
	}
	if len(p.First) > 0 {
		said = rollout.Sentences(said, sayFirst(p.First))
	}
	if p.ByCountry {
		said = rollout.Sentences(said, sayByCountry(len(p.First) > 0))
	}
	return said
}

// Errors of the flags.
var (
	errDaysNamed = &UsageError{Text: "--days is for windows that name no days, and each of these does: " +
		"write the days into the window, such as \"mon-fri 22:00-06:00 Europe/Paris\""}
	errDaysAlone   = &UsageError{Text: "--days names the days on which windows open: give a window, too"}
	errStrictAlone = &UsageError{Text: "--window-strict is about what happens outside windows: give a window, too"}
)
