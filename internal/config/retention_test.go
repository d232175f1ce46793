// This file tests how the time for which batches are kept is written.

package config_test

import (
	"strings"
	"testing"
	"time"

	"btrollout/internal/config"
)

func TestBatches_Retention(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"90d": 90 * day, "1d": day, "36500d": 36500 * day, "36h": 36 * time.Hour, "90m": 90 * time.Minute,
		"0": 0, "0d": 0, "never": 0,
	} {
		c, exit, ended, _, stderr := parse("--batch-retention", text)
		if ended || time.Duration(c.Batches.Retention) != want {
			t.Errorf("%q is %s, want %s (exit %d: %s)", text, time.Duration(c.Batches.Retention), want, exit, stderr)
		}
	}
	if c, _, _, _, _ := parse(); time.Duration(c.Batches.Retention) != 90*day {
		t.Errorf("the default is %s", time.Duration(c.Batches.Retention))
	}
	for _, text := range []string{"90", "-1d", "-1h", "d", "1.5d", "36501d", "99999999999999999999d", "90 days", "ever", "", "90D"} {
		_, exit, ended, _, stderr := parse("--batch-retention=" + text)
		if exit != config.ExitUsage || !ended || !strings.Contains(stderr, "90d") || !strings.Contains(stderr, "never") {
			t.Errorf("%q: exit %d, ended %v: %s", text, exit, ended, stderr)
		}
	}
}

func TestBatches_RetentionOfTheEnvironment(t *testing.T) {
	t.Setenv("BATCH_RETENTION", "soon")
	_, exit, ended, _, stderr := parse()
	if exit != config.ExitUsage || !ended || !strings.Contains(stderr, `BATCH_RETENTION is "soon": write a number of days such as 90d`) {
		t.Errorf("exit %d, ended %v: %s", exit, ended, stderr)
	}
}
