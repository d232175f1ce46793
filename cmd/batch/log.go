// The command batch log: who did what to a batch, and when.

package main

import (
	"context"
	"fmt"

	"btrollout/internal/config"
	"btrollout/internal/console"
	"btrollout/internal/jsonout"
	"btrollout/internal/rollout"
)

type logFlags struct {
	ID   string `arg:"" optional:"" help:"Batch, as batch list shows it; default: what concerns no batch, such as the rate, or all of them."`
	JSON bool   `name:"json" help:"Print one JSON object."`
}

func (f *logFlags) run(ctx context.Context, s *session) (int, error) {
	entries, err := f.read(ctx, s)
	if err != nil {
		return 0, err
	}
	if f.JSON {
		return config.ExitDone, jsonout.Print(s.stdout, jsonout.LogOf(f.ID, entries))
	}
	if len(entries) == 0 {
		fmt.Fprintln(s.stdout, sayNoEntry(f.ID))
		return config.ExitDone, nil
	}
	t := console.Table{Heads: logHeads}
	for _, e := range entries {
		row := console.Row{Cells: []string{e.At.Local().Format("2006-01-02 15:04:05 MST"), e.Who, e.What.Meaning().In(rollout.English)}}
		if detail := e.DetailText().In(rollout.English); detail != "" { // an empty one would be a line of its own
			row.Text = []string{detail}
		}
		t.Add(row)
	}
	t.Print(s.stdout, s.columns)
	return config.ExitDone, nil
}

// read reads the log. The log of a batch that was deleted is there for some time.
func (f *logFlags) read(ctx context.Context, s *session) ([]rollout.AuditEntry, error) {
	if f.ID == "" {
		return s.ledger.AccountLog(ctx)
	}
	entries, err := s.ledger.AuditLog(ctx, f.ID)
	if err == nil && len(entries) == 0 {
		_, err = s.batch(ctx, f.ID)
	}
	return entries, err
}
