// This file tests windows that a worker cannot read.

package jobs_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
)

// A batch whose windows have a time zone that the worker does not know is held, and the worker says so once.
func TestWindows_OfAnUnknownTimeZone(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{}, nil)
		r.submit("b", site(2), site(3))
		_, err := jobs.Replan(t.Context(), r.ledger, "b", func(p *rollout.Plan) error {
			p.Windows = []string{"00:00-24:00 Mars/Olympus"}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		r.config.Log = slog.New(slog.NewTextHandler(&log, nil))
		stop := r.startWorker()
		time.Sleep(30 * time.Second)
		stop()
		if n := strings.Count(log.String(), "level=WARN msg=\"the windows of a batch cannot be read"); n != 1 || r.orders() > 0 {
			t.Errorf("%d orders; %d warnings, want 1: %s", r.orders(), n, log.String())
		}
		if !strings.Contains(log.String(), "Mars/Olympus") {
			t.Errorf("the time zone is not named: %s", log.String())
		}
	})
}
