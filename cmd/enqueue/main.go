// Command enqueue checks every row of a rollout file and, unless it is run with --check,
// gives the sites to the workers. With --embedded it also does the workers' work, in this
// one process. enqueue countries prints what countries ask of an address; enqueue
// template writes an empty workbook for people to fill in.
package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/rollout"
	"btrollout/internal/spreadsheet"
)

// program describes the command to config.Parse.
var program = config.Command{Name: "enqueue", Description: description, UsesAPI: true, Vars: helpTexts.CloneWith(limitVars)}

const description = `Imports a rollout file (.xlsx or .csv), checks every row and enqueues the sites for the workers.

If any row is wrong, nothing is enqueued and the report names them all; with --partial the good rows
go ahead. The Failures sheet of a batch's report can be corrected and given to enqueue as it is.

  enqueue --check rollout.xlsx                     only check
  enqueue --wait rollout.xlsx                      enqueue, and watch to the end
  enqueue --embedded --simulate --partial FILE     rehearse, with nothing installed
  enqueue countries FR CH                          what these countries ask of an address
  enqueue template FR CH -o FILE.xlsx              an empty workbook for people to fill in

What is not the name of a command is a file; a file of that name is reached as ./countries.`

type cli struct {
	File      fileFlags      `cmd:"" default:"withargs" help:"Check a rollout file and enqueue its sites. The word file may be left out."`
	Countries countriesFlags `cmd:"" help:"Show what countries ask of an address, as the API says it now. Without a code: an overview."`
	Template  templateFlags  `cmd:"" help:"${help_template}"`
	Shared    sharedFlags    `embed:""`
}

// subcommand is one of the commands of cli.
type subcommand interface {
	run(ctx context.Context, s *session) (outcome, error)
}

// outcome is a command's exit code and the batch that it recorded; batch is set even if the
// command failed later.
type outcome struct {
	exit  int    // exit code if there was no error
	batch string // id of the batch that is in the ledger; "": none
}

// sharedFlags are the flags of all commands.
type sharedFlags struct {
	Embedded bool         `help:"${help_embedded}"`
	Simulate bool         `help:"With --embedded: use a simulated Business Talk API. Nothing is really ordered."`
	JSON     bool         `name:"json" help:"${help_json}"`
	Lang     rollout.Lang `enum:"en,fr" default:"en" env:"BT_LANG" help:"${help_lang}: ${enum}."`
	LogLevel string       `enum:"debug,info,warn,error" default:"warn" help:"What is logged to stderr: ${enum}."`
	API      config.API   `embed:""`
	Redis    config.Redis `embed:""`
}

// garbagePercent is how much garbage may gather before it is collected, in percent of
// what is in use: at half of Go's own, a file of 100,000 rows takes a quarter less
// memory, and a tenth more time.
const garbagePercent = 50

func main() {
	debug.SetGCPercent(garbagePercent)
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	var c cli
	parsed, exit, ended := config.Parse(program, &c, args, stdout, stderr)
	if ended {
		return exit
	}
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Shared.LogLevel)) // one of the enum
	out := app.NewOutput(stdout)
	s := &session{
		flags:  c.Shared,
		screen: screen{out: out, columns: out.Columns(), lang: c.Shared.Lang},
		stderr: stderr, ask: app.Asker(os.Stdin, stderr),
		log: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level})),
	}
	s.whenStopped(tellStopping)
	ctx, stop := app.SignalContext(stderr, s.stopping)
	defer stop()
	var done outcome
	var err error
	if c.Shared.Simulate && !c.Shared.Embedded {
		err = errSimulateAlone
	} else {
		done, err = parsed.Selected().Target.Addr().Interface().(subcommand).run(ctx, s)
		err = suggestCommand(parsed, c.File.File, err)
	}
	return out.End("enqueue", stderr, c.Shared.JSON, done.batch, done.exit, inLanguage(c.Shared.Lang, err))
}

// suggestCommand replaces the error of a file that is not there, if its name is nearly that of a
// command.
func suggestCommand(parsed *kong.Context, file string, err error) error {
	var fault *spreadsheet.FileError
	if !errors.As(err, &fault) {
		return err
	}
	if _, statErr := os.Stat(file); errors.Is(statErr, fs.ErrNotExist) {
		if mistyped := config.MistypedCommand(parsed); mistyped != nil {
			return &app.UsageError{Text: mistyped.Error()}
		}
	}
	return err
}

// inLanguage puts what makes a whole file unusable into the user's language.
func inLanguage(lang rollout.Lang, err error) error {
	var fault *spreadsheet.FileError
	if errors.As(err, &fault) {
		return &app.Refusal{Code: fault.Code, Text: fault.Message.In(lang)}
	}
	return err
}
