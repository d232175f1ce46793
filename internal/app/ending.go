// This file ends commands: it prints errors, also those of the output itself, and chooses the exit
// code.

package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/term"

	"btrollout/internal/config"
	"btrollout/internal/jsonout"
)

// Output is a command's stdout. It knows how wide it is, and keeps the error of the first
// write that fails, for End: the work goes on, because orders may be under way.
type Output struct {
	to  io.Writer
	err error // of the first write that failed; nothing is written after it
}

// NewOutput makes an Output that prints to stdout.
func NewOutput(stdout io.Writer) *Output { return &Output{to: stdout} }

// Columns returns the number of characters that fit on a line: of the terminal or, if there is
// none, plainColumns.
func (o *Output) Columns() int {
	if width := o.TerminalColumns(); width > 0 {
		return width
	}
	return plainColumns
}

// TerminalColumns returns the number of characters that fit on a line of the terminal; 0: there is none.
func (o *Output) TerminalColumns() int {
	if f, ok := o.to.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return 0
}

// plainColumns is the number of characters on a line, where there is no terminal.
const plainColumns = 100

// Write prints text. It returns no error, because End reports it.
func (o *Output) Write(text []byte) (int, error) {
	if o.err == nil {
		_, o.err = o.to.Write(text)
	}
	return len(text), nil
}

// Refusal is an error with a code, by which people find its cause and cure.
type Refusal struct {
	Code string // permanent, such as "file.column-missing"
	Text string // one sentence in the user's language
}

func (e *Refusal) Error() string { return e.Text + " [" + e.Code + "]" }

// End prints err, or else the first error of the output itself, and returns the exit code: of the
// error or, without one, exit. The sentence goes to stderr and, if asJSON is set, as a
// jsonout.Error about that batch ("": none) to stdout. A pipe that its reader closed, as head does, is
// no error.
func (o *Output) End(command string, stderr io.Writer, asJSON bool, batch string, exit int, err error) int {
	if err == nil && o.err != nil && !errors.Is(o.err, syscall.EPIPE) {
		err = errNotPrinted(o.err)
	}
	if err == nil {
		return exit
	}
	text := Explain(err)
	if asJSON {
		object := jsonout.Error{Error: text, Batch: batch}
		var refusal *Refusal
		if errors.As(err, &refusal) {
			object.Error, object.Code = refusal.Text, refusal.Code
		}
		_ = jsonout.Print(o, object) // should this fail too, stderr still says it
	}
	fmt.Fprintf(stderr, "%s: %s\n", command, text)
	var usage *UsageError
	if errors.As(err, &usage) {
		return config.ExitUsage
	}
	return config.ExitFailed
}
