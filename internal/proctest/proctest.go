// Package proctest runs the program's commands as processes, for tests: it builds them,
// gives each an environment of its own, starts the simulator and reads its books. Package
// redistest starts a Redis.
package proctest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"btrollout/internal/btsim"
)

// Patience bounds each wait for a process, long enough for a busy machine.
const Patience = 90 * time.Second

// Settings is the whole environment of a process: names and values.
type Settings map[string]string

// With returns a copy of s in which pairs of names and values are set.
func (s Settings) With(pairs ...string) Settings {
	changed := maps.Clone(s)
	for i := 0; i < len(pairs); i += 2 {
		changed[pairs[i]] = pairs[i+1]
	}
	return changed
}

// BuiltVar is the environment variable that names the absolute path of a folder with the
// commands. make test sets it, so that they are built once for all packages.
const BuiltVar = "BTROLLOUT_BUILT"

// Commands returns the folder that holds the commands: built, the value of BuiltVar, or,
// if that is "", dir, into which it builds them.
func Commands(built, dir string) (string, error) {
	if built != "" {
		return built, nil
	}
	return dir, Build(dir)
}

// Build builds all commands into a folder.
func Build(dir string) error {
	if out, err := exec.Command("go", "build", "-o", dir+"/", "btrollout/cmd/...").CombinedOutput(); err != nil {
		return fmt.Errorf("the commands do not build: %w\n%s", err, out)
	}
	return nil
}

// Command prepares the command name in the folder dir. Its environment is env only.
func Command(ctx context.Context, dir string, env Settings, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(dir, name), args...)
	cmd.Env = []string{}
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	return cmd
}

// Result is the exit code and the output of a command that ended.
type Result struct {
	Code           int
	Stdout, Stderr string
}

// Run runs a command to its end. It returns an error if a signal ends the command, or ctx.
func Run(ctx context.Context, cmd *exec.Cmd) (Result, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		return Result{}, fmt.Errorf("%q did not end by itself: %w\n%s", cmd.Args, errors.Join(err, ctx.Err()), stderr.String())
	}
	return Result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}, nil
}

// Serve starts a server, which is killed when the test ends, and returns the lines that it
// prints. It is also killed after Patience, which ends the lines, unless the test calls
// read by then: it has read what it needs.
func Serve(t testing.TB, cmd *exec.Cmd) (lines *bufio.Scanner, read func()) {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	hung := time.AfterFunc(Patience, func() { _ = cmd.Process.Kill() })
	return bufio.NewScanner(stdout), func() { hung.Stop() }
}

// Simulator starts the command simulator, and returns the variables that it prints.
func Simulator(t testing.TB, cmd *exec.Cmd) Settings {
	t.Helper()
	lines, read := Serve(t, cmd)
	defer read()
	pasted := Settings{}
	for lines.Scan() {
		if line, ok := strings.CutPrefix(lines.Text(), "export "); ok {
			name, value, _ := strings.Cut(line, "=")
			pasted[name] = value
		}
		if strings.HasPrefix(lines.Text(), "Stop with") {
			return pasted
		}
	}
	t.Fatalf("%q ended before it said where it is", cmd.Args)
	return nil
}

// Books reads the books of the simulator that BT_API_URL in env names.
func Books(t testing.TB, env Settings) btsim.Stats {
	t.Helper()
	client := http.Client{Timeout: Patience}
	resp, err := client.Get(strings.TrimSuffix(env["BT_API_URL"], btsim.BasePath) + btsim.StatsPath)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var stats btsim.Stats
	if err := json.NewDecoder(resp.Body).Decode(&stats); err != nil {
		t.Fatal(err)
	}
	return stats
}
