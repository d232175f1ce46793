package main

// This file has a copy of the rollout file written in which what is wrong is marked.

import (
	"context"
	"fmt"
	"path/filepath"

	"btrollout/internal/app"
)

// checkAnnotate makes sure, before any work is done, that the copy can be written, and
// that it takes no other file's place.
func (e *enqueue) checkAnnotate() error {
	if e.Annotate == "" {
		return nil
	}
	if err := app.CheckAnnotated(e.Annotate, e.File); err != nil {
		return err
	}
	if e.Report != "" && filepath.Clean(e.Annotate) == filepath.Clean(e.Report) {
		return &app.UsageError{Text: "--annotate and --report name the same file: give one of them another name"}
	}
	return nil
}

// annotate writes the copy.
func (e *enqueue) annotate(ctx context.Context) error {
	if e.Annotate == "" {
		return nil
	}
	headers := make([]int, len(e.sheets))
	for i, s := range e.sheets {
		headers[i] = s.Row
	}
	b := e.batch
	b.Counts = e.spool.counts
	copied, err := app.Annotate(e.Annotate, e.File, b, headers, e.spool.sites(ctx))
	switch {
	case err != nil || e.JSON:
	case copied || len(e.sheets) == 1 && e.sheets[0].Name == "": // CSV has nothing to lose
		fmt.Fprintln(e.stdout, e.say("Marked copy: %s", "Copie annotée : %s", e.Annotate))
	default:
		fmt.Fprintln(e.stdout, e.say(
			"Marked copy: %s (the workbook could not be copied as it is, so only the values of the sheets that were read are in it)",
			"Copie annotée : %s (le classeur n'a pas pu être copié tel quel : seules les valeurs des feuilles lues y figurent)", e.Annotate))
	}
	return err
}
