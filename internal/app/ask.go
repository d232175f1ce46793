// This file asks a question at the terminal.

package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// Asker returns a function that asks a question and waits for a line. It returns nil if nobody can
// be asked, because in or out is no terminal. An answer without an end of line, and a context
// that ends, are errors.
func Asker(in *os.File, out io.Writer) func(ctx context.Context, question string) (string, error) {
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return func(ctx context.Context, question string) (string, error) {
		fmt.Fprint(out, question)
		type answer struct {
			line string
			err  error
		}
		answers := make(chan answer, 1)
		go func() { // a read of a terminal cannot be interrupted
			line, err := bufio.NewReader(in).ReadString('\n')
			answers <- answer{line, err}
		}()
		select {
		case a := <-answers:
			return a.line, a.err
		case <-ctx.Done():
			fmt.Fprintln(out)
			return "", ctx.Err()
		}
	}
}
