// This file holds what all commands are given, and how they print.

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"

	"btrollout/internal/app"
	"btrollout/internal/console"
	"btrollout/internal/rollout"
)

// session is what a command is given beside its own flags.
type session struct {
	flags  sharedFlags
	screen screen
	stderr io.Writer // warnings and progress
	// ask asks the person at the terminal; nil: there is no terminal.
	ask func(ctx context.Context, question string) (string, error)
	log *slog.Logger
	// told is the sentence that is printed if the command is interrupted now.
	told atomic.Pointer[string]
}

// whenStopped sets the sentence that is printed if the command is interrupted from now on.
func (s *session) whenStopped(sentence string) { s.told.Store(&sentence) }

// stopping is that sentence.
func (s *session) stopping() string { return *s.told.Load() }

// usage is the error of wrong flags or arguments, in the user's language.
func (s *session) usage(text rollout.Text) error {
	return &app.UsageError{Text: text.In(s.flags.Lang)}
}

// screen prints results for people, in their language.
type screen struct {
	out     io.Writer // stdout
	columns int       // of out
	lang    rollout.Lang
}

// println prints a sentence on one line, however long.
func (s screen) println(text rollout.Text) { fmt.Fprintln(s.out, text.In(s.lang)) }

// blank prints an empty line.
func (s screen) blank() { fmt.Fprintln(s.out) }

// paragraph prints a sentence on lines that fit and begin with an indent.
func (s screen) paragraph(indent int, text rollout.Text) {
	console.Paragraph(s.out, indent, text.In(s.lang), s.columns)
}

// table prints a table.
func (s screen) table(t console.Table) { t.Print(s.out, s.columns) }

// words puts words into the user's language.
func (s screen) words(texts ...rollout.Text) []string {
	words := make([]string, len(texts))
	for i, text := range texts {
		words[i] = text.In(s.lang)
	}
	return words
}
