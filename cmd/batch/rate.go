package main

// This file is batch rate: the budget of API calls that all processes share.

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/throttle"
)

type rate struct {
	Rate    string `arg:"" optional:"" help:"Rate that all processes keep to from now on, whatever their BT_RATE says, such as 10/s or 300/m."`
	Default bool   `help:"Give the rate back to BT_RATE."`
	JSON    bool   `name:"json" help:"Print one JSON object."`
}

// Help is printed below the flags.
func (rate) Help() string {
	return `Without a rate, it shows the one in force, whether it is reduced because the API refused calls, a pause under way, and how much of each quota is used.

  batch rate
  batch rate 10/s
  batch rate --default`
}

func (c *rate) Run(e *env) error {
	switch {
	case c.Rate != "" && c.Default:
		return &app.UsageError{Text: "give a rate or --default, not both"}
	case c.Rate != "":
		r, err := throttle.ParseRate(c.Rate)
		if err != nil {
			return &app.UsageError{Text: err.Error()}
		}
		if err := throttle.SetRate(e.ctx, e.rdb, r); err != nil {
			return fmt.Errorf("the rate could not be set (%w): try again", err)
		}
	case c.Default:
		if err := throttle.ResetRate(e.ctx, e.rdb); err != nil {
			return fmt.Errorf("the rate could not be given back to BT_RATE (%w): try again", err)
		}
	}
	s, err := throttle.Look(e.ctx, e.rdb)
	if err != nil {
		return fmt.Errorf("the budget of API calls cannot be read (%w): try again", err)
	}
	if c.JSON {
		return app.JSON(e.stdout, budgetOf(s))
	}
	show(e.stdout, s)
	return nil
}

// budget is what batch rate prints with --json.
type budget struct {
	Rate    string  `json:"rate"`             // in force; "" when no process has called the API yet
	Source  string  `json:"source,omitempty"` // "BT_RATE", or "hand" when batch rate set it
	Default string  `json:"btRate,omitempty"` // BT_RATE of the last process that called
	Present float64 `json:"presentPerSecond"` // calls a second at present, after refusals
	Pause   float64 `json:"pauseSeconds"`     // that are left, 0: none is under way
	Full    float64 `json:"quotaSeconds"`     // until a quota that is used up lets the next call pass, 0: none is
	Quotas  []quota `json:"quotas"`           // BT_QUOTA of the last process that called
}

type quota struct {
	Quota string `json:"quota"`
	Used  int    `json:"used"` // calls that count against it now
}

func budgetOf(s throttle.Status) budget {
	b := budget{Pause: s.Pause.Seconds(), Full: s.Full.Seconds(), Quotas: []quota{}}
	if s.Rate.Calls > 0 {
		b.Rate, b.Source, b.Present = s.Rate.String(), "BT_RATE", s.Rate.PerSecond()*s.Part
	}
	if s.ByHand {
		b.Source = "hand"
	}
	if s.Default.Calls > 0 {
		b.Default = s.Default.String()
	}
	for _, q := range s.Quotas {
		b.Quotas = append(b.Quotas, quota{q.Quota.String(), q.Used})
	}
	return b
}

// show prints the budget for people.
func show(w io.Writer, s throttle.Status) {
	b := budgetOf(s)
	switch {
	case b.Rate == "":
		fmt.Fprintln(w, "No process has called the API yet: the rate will be its BT_RATE.")
	case s.ByHand && b.Default != "":
		fmt.Fprintf(w, "Rate: %s, set by hand; BT_RATE is %s.\n", b.Rate, b.Default)
	case s.ByHand:
		fmt.Fprintf(w, "Rate: %s, set by hand.\n", b.Rate)
	default:
		fmt.Fprintf(w, "Rate: %s, from BT_RATE.\n", b.Rate)
	}
	if s.Part < 1 {
		fmt.Fprintf(w, "At present %s calls a second, because the API refused calls; this grows to the full rate.\n", strconv.FormatFloat(b.Present, 'g', 3, 64))
	}
	if s.Pause > 0 {
		fmt.Fprintf(w, "The API asked for a pause: no calls for another %s.\n", s.Pause.Round(time.Second))
	}
	for _, q := range b.Quotas {
		fmt.Fprintf(w, "Quota %s: %d used.\n", q.Quota, q.Used)
	}
	if s.Full > 0 {
		fmt.Fprintf(w, "A quota is used up: no calls for another %s.\n", (s.Full + time.Second).Truncate(time.Second))
	}
}
