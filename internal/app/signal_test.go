// This file tests how commands are interrupted. Its tests send signals to their own process, so they
// are not parallel.

package app_test

import (
	"os"
	"strings"
	"testing"

	"btrollout/internal/app"
)

func TestSignalContext(t *testing.T) {
	var stderr screen
	ctx, stop := app.SignalContext(&stderr, func() string { return "Stopping." })
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	stop()
	if got := stderr.text.String(); got != "Stopping.\n" {
		t.Errorf("printed %q before the context ended", got)
	}
}

func TestSignalContext_ThatIsNotInterrupted(t *testing.T) {
	t.Parallel()
	var stderr strings.Builder
	ctx, stop := app.SignalContext(&stderr, func() string { return "Stopping." })
	stop()
	<-ctx.Done()
	if stderr.Len() > 0 {
		t.Errorf("printed %q", stderr.String())
	}
}
