// This file tests what is told of settings and of a Redis that cannot be used, and commands that are
// interrupted while they connect.

package main

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/alicebob/miniredis/v2"
)

// orderingNothing are the commands that order nothing, and so need no Redis.
func orderingNothing(t *testing.T) map[string][]string {
	return map[string][]string{
		"file":      {"--check", "--report-dir", t.TempDir(), written(t, "rows.csv", rows)},
		"countries": {"countries", "FR"},
		"template":  {"template", "--countries", "FR", "-o", filepath.Join(t.TempDir(), "t.xlsx")},
	}
}

// TestRedis_ThatIsNotThere: a person is told, if the address is one that was set.
func TestRedis_ThatIsNotThere(t *testing.T) {
	t.Parallel()
	flags := simulated[1:] // without --embedded
	for name, args := range orderingNothing(t) {
		exit := 0
		if name == "file" {
			exit = 3
		}
		_, said := command(t, exit, slices.Concat(args, flags, []string{"--redis-url", "redis://127.0.0.1:1/0?max_retries=-1"})...)
		for _, words := range []string{
			"Warning: the Redis of REDIS_URL cannot be used (", "connection refused",
			"): a Redis in this process is used, so the calls of other",
		} {
			if strings.Count(said, words) != 1 {
				t.Errorf("%s: %q is not said once: %s", name, words, said)
			}
		}
	}
	var silent bytes.Buffer
	c := &connection{}
	defer c.close()
	if err := c.openRedis(t.Context(), &session{stderr: &silent, log: slog.New(slog.DiscardHandler)}, false); err != nil || silent.Len() > 0 {
		t.Errorf("nobody set an address: %v, and %q is said", err, silent.String())
	}
}

// TestRun_Interrupted interrupts the commands that order nothing while they wait for a Redis that
// accepts a connection and does not answer. It sends signals to its own process, so it is not
// parallel.
func TestRun_Interrupted(t *testing.T) {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for name, args := range orderingNothing(t) {
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		stderr := &firstWrite{happened: make(chan struct{})}
		go func() {
			connected, err := silent.Accept()
			if err != nil || self.Signal(os.Interrupt) != nil {
				t.Errorf("%s was not interrupted: %v", name, err)
			}
			<-stderr.happened // a read of Redis does not end with the command's context
			silent.Close()
			connected.Close()
		}()
		address := []string{"--redis-url", "redis://" + silent.Addr().String() + "/0"}
		exit := run(slices.Concat(args, simulated[1:], address), io.Discard, stderr)
		said := stderr.String()
		if exit != 1 || strings.Contains(said, "REDIS_URL") || !strings.Contains(said, "\nenqueue: stopped") ||
			!strings.HasPrefix(said, tellStopping+"\n") || strings.Count(said, "\n") != 2 {
			t.Errorf("%s: exit %d, and said %s", name, exit, said)
		}
	}
}

// firstWrite is a buffer that tells when it is first written to. Writes must not overlap.
type firstWrite struct {
	bytes.Buffer
	once     sync.Once
	happened chan struct{}
}

func (w *firstWrite) Write(text []byte) (int, error) {
	defer w.once.Do(func() { close(w.happened) })
	return w.Buffer.Write(text)
}

// TestSettings_ThatAreMalformed: they are wrong usage, also where a simulator or a Redis in
// the process replaces what they are for.
func TestSettings_ThatAreMalformed(t *testing.T) {
	t.Parallel()
	for name, args := range orderingNothing(t) {
		for _, c := range []struct {
			flags []string
			says  string
		}{
			{append([]string{"--redis-url", "redis:/nowhere"}, simulated[1:]...), "REDIS_URL must be"},
			{append([]string{"--redis-url", ""}, simulated...), "REDIS_URL must be"},
			{[]string{"--embedded", "--simulate", "--redis-url", "here"}, "REDIS_URL must be"},
			{[]string{"--embedded", "--simulate", "--rate", "fast"}, `BT_RATE: "fast" is not a rate`},
			{[]string{"--embedded", "--simulate", "--quota", "much"}, `BT_QUOTA: "much" is not a rate`},
			{[]string{"--embedded", "--simulate", "--timeout=-3s"}, "BT_TIMEOUT is -3s"},
			{[]string{"--embedded", "--simulate", "--settle", "0s"}, "BT_SETTLE is 0s"},
			{[]string{"--embedded", "--simulate", "--api-url", "nowhere"}, "BT_API_URL must be"},
		} {
			if _, said := command(t, 2, append(c.flags, args...)...); !strings.Contains(said, c.says) || strings.Count(said, "\n") != 1 {
				t.Errorf("%s %q: said %q, want %q", name, c.flags, said, c.says)
			}
		}
	}
}

// TestRedis_ThatWantsAPassword: the sentence about it stands in the warning.
func TestRedis_ThatWantsAPassword(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	server.RequireAuth("secret")
	_, said := command(t, 0, slices.Concat([]string{"countries", "FR", "--redis-url", "redis://" + server.Addr()}, simulated[1:])...)
	const says = "Warning: the Redis of REDIS_URL cannot be used (Redis wants a password (NOAUTH): put it into REDIS_URL"
	if !strings.Contains(said, says) {
		t.Errorf("%q is not said: %s", says, said)
	}
}
