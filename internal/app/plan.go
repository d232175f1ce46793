// The flags that say when, and in which order, a batch orders.

package app

import (
	"fmt"
	"strings"
	"time"

	"btrollout/internal/rollout"
	"btrollout/internal/schedule"
)

// WindowFlags are the flags about windows that commands share.
type WindowFlags struct {
	Days         string `placeholder:"mon-fri" help:"Days on which the windows open that name none."`
	WindowStrict bool   `help:"Outside the windows, do not poll orders either, and send no address."`
	At           string `placeholder:"TIME" help:"Order nothing before this time, such as \"2026-12-01 22:00 Europe/Paris\"."`
}

// Given reports whether any of the flags was given.
func (f WindowFlags) Given() bool { return f != WindowFlags{} }

// SetWindows puts windows and the flags into a plan; a flag that was not given changes nothing, but for
// WindowStrict. The error is a *UsageError.
func (f WindowFlags) SetWindows(p *rollout.Plan, windows []string, now time.Time) error {
	p.Windows, p.Strict = nil, f.WindowStrict && len(windows) > 0
	for _, text := range windows {
		w, err := schedule.ParseWindow(text)
		if named, ok := withDays(text, f.Days); err == nil && ok {
			w, err = schedule.ParseWindow(named)
		}
		if err != nil {
			return &UsageError{Text: err.Error()}
		}
		p.Windows = append(p.Windows, w.String())
	}
	if f.At != "" {
		start, err := schedule.ParseStart(f.At, now)
		if err != nil {
			return &UsageError{Text: err.Error()}
		}
		p.Start = start
	}
	switch {
	case f.Days != "" && len(windows) == 0:
		return errDaysAlone
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

// Plan is the plan that the flags make. The error is a *UsageError.
func (f PlanFlags) Plan(now time.Time) (rollout.Plan, error) {
	p := rollout.Plan{Urgent: f.Urgent, ByCountry: f.Order == "country"}
	for _, c := range f.Countries {
		code := strings.ToUpper(strings.TrimSpace(c))
		if !rollout.IsISO2(code) {
			return p, &UsageError{Text: fmt.Sprintf("--countries %q is no country code: write two letters, such as FR", c)}
		}
		p.First = append(p.First, code)
	}
	return p, f.SetWindows(&p, f.Window, now)
}

// Errors of the flags.
var (
	errDaysAlone   = &UsageError{Text: "--days names the days on which windows open: give a window, too"}
	errStrictAlone = &UsageError{Text: "--window-strict is about what happens outside windows: give a window, too"}
)
