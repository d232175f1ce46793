// This file tests --version.
package config

import (
	"bytes"
	"io"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersionOf(t *testing.T) {
	t.Parallel()
	vcs := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{
			{Key: "vcs.revision", Value: "78e37cd"}, {Key: "vcs.time", Value: "2026-03-02T12:00:59Z"}, {Key: "vcs.modified", Value: modified},
		}
	}
	for want, info := range map[string]debug.BuildInfo{
		"v1.2.0 (commit 78e37cd of 2026-03-02 12:00 UTC, go1.26)": {
			GoVersion: "go1.26", Main: debug.Module{Version: "v1.2.0"}, Settings: vcs("false"),
		},
		"v1.2.1-0.2026+dirty (commit 78e37cd of 2026-03-02 12:00 UTC, go1.26, with uncommitted changes)": {
			GoVersion: "go1.26", Main: debug.Module{Version: "v1.2.1-0.2026+dirty"}, Settings: vcs("true"),
		},
		"unknown version (go1.26)": {GoVersion: "go1.26", Main: debug.Module{Version: "(devel)"}},
	} {
		if got := versionOf(&info); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestParse_Version gives --version to a program without commands, and to one that needs a command.
func TestParse_Version(t *testing.T) {
	t.Parallel()
	for name, cli := range map[string]any{
		"try": &struct{ Size int }{},
		"other": &struct {
			First struct{} `cmd:""`
			Other struct{} `cmd:""`
		}{},
	} {
		var out bytes.Buffer
		_, exit, ended := Parse(Command{Name: name}, cli, []string{"--version"}, &out, io.Discard)
		if want := name + " " + Version() + "\n"; exit != ExitDone || !ended || out.String() != want || !strings.Contains(want, "go1.") {
			t.Errorf("%s: exit %d, ended %v, printed %q, want %q", name, exit, ended, out.String(), want)
		}
	}
}
