// This file prepares the tests of the package: it runs the command in the process of the
// test, against a simulator, and compares what it prints with golden files.

package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"btrollout/internal/btsim"
	"btrollout/internal/embedded"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if that is right, run go test ./cmd/enqueue -update. Got:\n%s", file, got)
	}
}

// simulated are the flags of a command that uses a simulator of the package's tests, without a limit
// of calls, so that commands do not wait. It is for commands that order nothing. TestMain sets them.
var simulated []string

// simulators are such flags for each simulator of the package's tests. There are several because
// each gives 50 tokens a minute, one to each command.
var simulators [3][]string

// inquiries is the number of commands that used them.
var inquiries atomic.Int32

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var id btsim.Credentials // the same for all simulators of one seed
		for i := range simulators {
			sim, err := btsim.New(btsim.Options{Seed: 1})
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			url, stop, err := embedded.Serve(sim.Handler())
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			defer stop()
			simulators[i] = []string{
				"--embedded", "--api-url", url + btsim.BasePath, "--token-url", url + btsim.TokenPath, "--rate", "1000000/s",
			}
			id = sim.Credentials()
		}
		simulated = simulators[0]
		for name, value := range map[string]string{
			"BT_CLIENT_ID": id.ClientID, "BT_CLIENT_SECRET": id.ClientSecret, "BT_API_KEY": id.APIKey,
		} {
			os.Setenv(name, value)
		}
		return m.Run()
	}())
}

// inquire runs a command that orders nothing, against a simulator of the package's tests. Exit is the exit code that it must end with.
func inquire(t *testing.T, exit int, args ...string) (stdout, stderr string) {
	t.Helper()
	own := simulators[int(inquiries.Add(1))%len(simulators)]
	return command(t, exit, append(args, own...)...)
}

// rehearse runs a command that orders, with a simulator and a Redis of its own, at the
// rate of a rehearsal. Exit is the exit code that it must end with.
func rehearse(t *testing.T, exit int, args ...string) (stdout, stderr string) {
	t.Helper()
	return command(t, exit, append(args, "--embedded", "--simulate")...)
}

// command runs the command; exit is the exit code that it must end with.
func command(t *testing.T, exit int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := run(args, &out, &errs); got != exit {
		t.Fatalf("%q ended with %d, want %d\n%s%s", args, got, exit, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

// written writes a file into a folder of the test, and returns its path.
func written(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
