// This file tests how commands end whose output cannot be written.

package app_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/jsonout"
)

// failing is an output that takes nothing.
type failing struct{ err error }

func (f failing) Write(text []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return len(text), nil
}

func TestOutput_End(t *testing.T) {
	t.Parallel()
	pipe := fmt.Errorf("write /dev/stdout: %w", syscall.EPIPE)
	for _, c := range []struct {
		name  string
		write error // of stdout
		err   error // of the command's work
		exit  int
		says  string
	}{
		{"all is well", nil, nil, config.ExitSomeBad, ""},
		{"the reader closed the pipe", pipe, nil, config.ExitSomeBad, ""},
		{"the disk is full", syscall.ENOSPC, nil, config.ExitFailed, "batch: the result could not be printed (no space left on device)\n"},
		{"the work failed, too", pipe, errors.New("no Redis"), config.ExitFailed, "batch: no Redis\n"},
		{"the connection to Redis broke", nil, fmt.Errorf("write tcp: %w", syscall.EPIPE), config.ExitFailed, "batch: write tcp: broken pipe\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var stderr strings.Builder
			out := app.NewOutput(failing{c.write})
			err := jsonout.Print(out, "printed")
			if err == nil {
				_, err = fmt.Fprintln(out, "printed")
			}
			exit := out.End("batch", &stderr, true, "b1", config.ExitSomeBad, errors.Join(err, c.err))
			if exit != c.exit || stderr.String() != c.says {
				t.Errorf("exit code %d, said %q; want %d, %q", exit, stderr.String(), c.exit, c.says)
			}
		})
	}
}
