// This file sends the dashboard requests of browsers, for its own pages and from other
// hosts' pages.

package e2e_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"btrollout/internal/proctest"
	"btrollout/internal/redistest"
)

// dashboard starts a dashboard, and returns its address without a slash at the end.
func dashboard(t *testing.T, args ...string) string {
	t.Helper()
	env := fresh(t).With("REDIS_URL", redistest.InMemory(t), "BT_DASHBOARD_HOST", "proxied.example")
	lines, read := proctest.Serve(t, command(context.Background(), env, "dashboard", append([]string{"--addr", "127.0.0.1:0"}, args...)...))
	if !lines.Scan() {
		t.Fatal("the dashboard ended before it said where it is")
	}
	read()
	return strings.TrimSuffix(strings.TrimPrefix(lines.Text(), "Dashboard: "), "/")
}

func TestDashboardAnswersItsOwnHostsOnly(t *testing.T) {
	t.Parallel()
	url := dashboard(t)
	for _, c := range []struct {
		method, path, host string
		code               int
		holds              string
	}{
		{http.MethodGet, "/", "", http.StatusOK, "Asynq"}, // redirected
		{http.MethodGet, "/monitor/static/js/main.5adda2da.chunk.js", "", http.StatusOK, "webpackJsonp"},
		{http.MethodGet, "/monitor/api/queues", "localhost", http.StatusOK, "queues"},
		{http.MethodGet, "/monitor/api/queues", "Proxied.Example:443", http.StatusOK, "queues"},
		{http.MethodGet, "/monitor/api/queues", "evil.example", http.StatusMisdirectedRequest, "--host"},
		{http.MethodGet, "/", "evil.example", http.StatusMisdirectedRequest, "--host"},
		{http.MethodOptions, "*", "evil.example", http.StatusMisdirectedRequest, "--host"},
		{http.MethodPost, "/monitor/api/queues/order:pause", "evil.example", http.StatusMisdirectedRequest, "--host"},
		{http.MethodPost, "/monitor/api/queues/order:pause", "", http.StatusMethodNotAllowed, "read-only"},
		{http.MethodDelete, "/monitor/api/queues/order", "", http.StatusMethodNotAllowed, "read-only"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, url+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.URL.Path, r.Host = c.path, c.host; c.path == "*" {
			r.URL.Opaque = "*"
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != c.code || !strings.Contains(string(body), c.holds) {
			t.Errorf("%s %s of host %q: %d, want %d with %q (%v): %.200s", c.method, c.path, c.host, resp.StatusCode, c.code, c.holds, err, body)
		}
		if got := resp.Header.Get("X-Frame-Options"); got != "DENY" {
			t.Errorf("%s %s of host %q: X-Frame-Options is %q", c.method, c.path, c.host, got)
		}
	}
}

func TestDashboardRefusesWrongUsage(t *testing.T) {
	t.Parallel()
	env := fresh(t)
	for _, args := range [][]string{{"--write"}, {"--host", "https://dash.example"}} {
		if r := want(t, 2, env, "dashboard", args...); !strings.Contains(r.Stderr, args[0]) {
			t.Errorf("%q: %s", args, r.Stderr)
		}
	}
}
