// This file writes a copy of the rollout file in which every wrong cell is marked.

package main

import (
	"context"
	"path/filepath"

	"btrollout/internal/app"
	"btrollout/internal/report"
)

// checkAnnotate makes sure, before any work is done, that the copy can be written, and that it
// replaces no file but an earlier copy.
func (f *fileFlags) checkAnnotate(s *session) error {
	if f.Annotate == "" {
		return nil
	}
	if err := app.CheckAnnotated(f.Annotate, f.File); err != nil {
		return err
	}
	if f.Report != "" && filepath.Clean(f.Annotate) == filepath.Clean(f.Report) {
		return errAnnotateIsReport
	}
	return app.CheckReplaceable(f.Annotate, report.RoleMarked, f.Force, s.flags.Lang)
}

// annotate writes the copy, if the user asked for one, and sets the sentence that says where it is.
func (u *upload) annotate(ctx context.Context) error {
	file := u.flags.Annotate
	if file == "" {
		return nil
	}
	sheets, spool := u.checked.sheets, u.checked.spool
	headers := make([]int, len(sheets))
	for i, s := range sheets {
		headers[i] = s.Row
	}
	b := u.checked.batch
	b.Counts = spool.counts
	copied, err := report.Annotate(file, u.flags.File, b, headers, spool.sites(ctx))
	isCSV := len(sheets) == 1 && sheets[0].Name == "" // which has only values
	u.marked = sayMarked(file, copied || isCSV)
	return err
}
