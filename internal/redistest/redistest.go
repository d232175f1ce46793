// Package redistest starts a Redis for each test: a redis-server on a free port (Server),
// miniredis in the process of the test (InMemory), or, for tests in virtual time, miniredis
// without sockets (Virtual).
package redistest

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/embedded"
)

// Kinds are the functions that start a Redis and return its URL, by name. Tests of what must
// hold on both kinds range over them.
var Kinds = map[string]func(testing.TB) string{"redis-server": Server, "miniredis": InMemory}

// Connect returns a client of the Redis at url. It is closed when the test ends.
func Connect(t testing.TB, url string) *redis.Client {
	t.Helper()
	opts, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(opts)
	t.Cleanup(func() { rdb.Close() })
	return rdb
}

// InMemory starts the embedded Redis and returns its URL. It stops when the test ends.
func InMemory(t testing.TB) string {
	t.Helper()
	url, stop, err := embedded.Redis()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return url
}

// startTries is how often Server tries to start: another program may take the free port
// before redis-server does.
const startTries = 5

// Server starts a redis-server that writes every change to disk, in a folder of the test,
// and returns its URL. It stops when the test ends.
func Server(t testing.TB) string {
	t.Helper()
	var last error
	for range startTries {
		url, err := start(t)
		if err == nil {
			return url
		}
		last = err
	}
	t.Fatalf("redis-server does not start (%v); make tools installs it", last)
	return ""
}

// start starts a redis-server on a port that was free a moment before.
func start(t testing.TB) (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	addr := ln.Addr().(*net.TCPAddr)
	ln.Close()
	cmd := exec.Command("redis-server", "--bind", "127.0.0.1", "--port", fmt.Sprint(addr.Port),
		"--dir", t.TempDir(), "--appendonly", "yes", "--appendfsync", "always", "--save", "",
		"--maxmemory-policy", "noeviction", "--loglevel", "warning")
	if err := cmd.Start(); err != nil {
		return "", err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop := func() {
		_ = cmd.Process.Kill()
		<-ended
	}
	rdb := redis.NewClient(&redis.Options{Addr: addr.String(), MaxRetries: -1})
	defer rdb.Close()
	deadline := time.After(10 * time.Second)
	for !isProcess(rdb, cmd.Process.Pid) {
		select {
		case err := <-ended:
			return "", fmt.Errorf("redis-server ended at once: %v", err)
		case <-deadline:
			stop()
			return "", fmt.Errorf("redis-server did not answer within 10 s")
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Cleanup(stop)
	return "redis://" + addr.String() + "/0", nil
}

// isProcess reports whether the server that answers is the process pid, and not another one
// that took the port.
func isProcess(rdb *redis.Client, pid int) bool {
	about, err := rdb.Info(context.Background(), "server").Result()
	return err == nil && strings.Contains(about, fmt.Sprintf("process_id:%d\r\n", pid))
}
