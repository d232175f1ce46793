// This file ends commands: it reports what could not be printed and what went wrong, and
// chooses the exit code.

package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/term"

	"btrollout/internal/config"
)

// Output is a command's stdout. It knows how wide it is, and keeps the error of the first
// write that fails, for End: the work goes on, because orders may be under way.
type Output struct {
	to  io.Writer
	err error // of the first write that failed; nothing is written after it
}

// NewOutput makes an Output that prints to stdout.
func NewOutput(stdout io.Writer) *Output { return &Output{to: stdout} }

// Columns is how many characters fit on a line: of the terminal or, where there is
// none, plainColumns.
func (o *Output) Columns() int {
	if f, ok := o.to.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return plainColumns
}

const plainColumns = 100

// Write prints text. It returns no error: End says that something could not be printed.
func (o *Output) Write(text []byte) (int, error) {
	if o.err == nil {
		_, o.err = o.to.Write(text)
	}
	return len(text), nil
}

// Refusal is an error that has a code, by which people find more about it.
type Refusal struct {
	Code string // permanent, such as "file.column-missing"
	Text string // one sentence in the user's language
}

func (e *Refusal) Error() string { return e.Text + " [" + e.Code + "]" }

// Trouble is what --json prints when a command cannot do its work.
type Trouble struct {
	Error string `json:"error"`
	Code  string `json:"code,omitempty"`  // of a Refusal
	Batch string `json:"batch,omitempty"` // the batch concerned, if there is one
}

// End says what went wrong, if anything did, and returns the exit code. The
// sentence goes to stderr and, where the user asked for JSON, as an object about
// that batch to stdout. A reader that closed the pipe, as head does, wants no more:
// that is no error, and the exit code is that of the work.
func (o *Output) End(command string, stderr io.Writer, asJSON bool, batch string, exit int, err error) int {
	if err == nil && o.err != nil && !errors.Is(o.err, syscall.EPIPE) {
		err = errNotPrinted(o.err)
	}
	if err == nil {
		return exit
	}
	text := Explain(err)
	if asJSON {
		trouble := Trouble{Error: text, Batch: batch}
		var refusal *Refusal
		if errors.As(err, &refusal) {
			trouble.Error, trouble.Code = refusal.Text, refusal.Code
		}
		_ = JSON(o, trouble) // should this fail too, stderr still says it
	}
	fmt.Fprintf(stderr, "%s: %s\n", command, text)
	var usage *UsageError
	if errors.As(err, &usage) {
		return config.ExitUsage
	}
	return config.ExitFailed
}
