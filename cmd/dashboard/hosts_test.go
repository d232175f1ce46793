// This file tests under which names the dashboard answers, and what it tells browsers.

package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"btrollout/internal/app"
)

// ask sends a request with a Host header to a dashboard that listens on addr, where it
// arrives at the address arrived.
func ask(t *testing.T, addr, arrived, host, path string, named ...string) *http.Response {
	t.Helper()
	allowed, err := newHosts(addr, named)
	if err != nil {
		t.Fatal(err)
	}
	pages := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "the queues") })
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Host = host
	at, err := net.ResolveTCPAddr("tcp", arrived)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	guard(allowed, pages).ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, at)))
	return w.Result()
}

func TestWhichHostsAreAnswered(t *testing.T) {
	t.Parallel()
	const loopback, everywhere, named = "127.0.0.1:8080", "0.0.0.0:8080", "inside.example:8080"
	for _, c := range []struct {
		addr, arrived, host string
		want                bool
	}{
		{loopback, loopback, "127.0.0.1:8080", true},
		{loopback, loopback, "127.0.0.1", true},
		{loopback, loopback, "127.8.8.8:8080", true},
		{loopback, loopback, "localhost:8080", true},
		{loopback, loopback, "localhost", true},
		{loopback, loopback, "LocalHost.:8080", true},
		{loopback, loopback, "localhost:9000", true}, // through a tunnel
		{loopback, loopback, "[::1]:8080", true},
		{loopback, loopback, "[::1]", true},
		{loopback, loopback, "[0:0:0:0:0:0:0:1]:8080", true},
		{loopback, loopback, "[::ffff:127.0.0.1]:8080", true},
		{loopback, loopback, "dash.example.com", true},
		{loopback, loopback, "DASH.example.com.:443", true},
		{loopback, loopback, "[2001:DB8::5]:443", true},

		{loopback, loopback, "", false},
		{loopback, loopback, ":8080", false},
		{loopback, loopback, "evil.example", false},
		{loopback, loopback, "evil.example:8080", false},
		{loopback, loopback, "127.0.0.1.evil.example:8080", false},
		{loopback, loopback, "localhost.evil.example:8080", false},
		{loopback, loopback, "evil.localhost:8080", false},
		{loopback, loopback, "sub.dash.example.com", false},
		{loopback, loopback, "dash.example.com.evil.example", false},
		{loopback, loopback, "localhost@evil.example", false},
		{loopback, loopback, "localhost:8080@evil.example", false},
		{loopback, loopback, "localhost:8080:evil", false},
		{loopback, loopback, "localhost:evil", false},
		{loopback, loopback, "[localhost", false},
		{loopback, loopback, "127.1:8080", false},
		{loopback, loopback, "192.168.1.5:8080", false}, // not where it arrived

		{everywhere, "192.168.1.5:8080", "192.168.1.5:8080", true},
		{everywhere, "192.168.1.5:8080", "localhost:8080", true}, // a container's published port
		{everywhere, "[fe80::5%1]:8080", "[fe80::5]:8080", true},
		{everywhere, "192.168.1.5:8080", "192.168.1.6:8080", false},
		{everywhere, "192.168.1.5:8080", "evil.example:8080", false},
		{":8080", "192.168.1.5:8080", "", false},
		{named, "192.168.1.5:8080", "inside.example:8080", true},
		{named, "192.168.1.5:8080", "outside.example:8080", false},
	} {
		for _, path := range []string{"/", "/monitor/", "/monitor/api/queues", "/monitor//../api", "/nowhere"} {
			resp := ask(t, c.addr, c.arrived, c.host, path, " dash.example.com:443", "[2001:db8::5]")
			body, _ := io.ReadAll(resp.Body)
			want := http.StatusMisdirectedRequest
			if c.want {
				want = http.StatusOK
			}
			if resp.StatusCode != want || strings.Contains(string(body), "queues") != c.want {
				t.Errorf("listening on %s, %s for host %q: %d %s", c.addr, path, c.host, resp.StatusCode, body)
			}
			if !c.want && !strings.Contains(string(body), "--host") {
				t.Errorf("%q does not say what to do", body)
			}
			for name, value := range map[string]string{
				"Content-Security-Policy": "frame-ancestors 'none'", "X-Frame-Options": "DENY",
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			} {
				if got := resp.Header.Get(name); !strings.Contains(got, value) {
					t.Errorf("%s for host %q: %s is %q", path, c.host, name, got)
				}
			}
		}
	}
}

func TestWhatIsNoHostIsRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", "*", "*.example.com", "https://dash.example.com", "dash.example.com/", "a b", "a@b", "münchen.example", "[::1", "a:b",
	} {
		_, err := newHosts("127.0.0.1:8080", []string{name})
		if usage := (*app.UsageError)(nil); !errors.As(err, &usage) {
			t.Errorf("--host %q: %v", name, err)
		}
	}
}

func TestAnnounceWarnsOfOtherMachines(t *testing.T) {
	t.Parallel()
	for addr, c := range map[string]struct {
		shown string
		warns bool
	}{
		"127.0.0.1:80":   {"http://127.0.0.1:80/", false},
		"[::1]:80":       {"http://[::1]:80/", false},
		"0.0.0.0:80":     {"http://localhost:80/", true},
		"[::]:80":        {"http://localhost:80/", true},
		"192.168.1.5:80": {"http://192.168.1.5:80/", true},
	} {
		at, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		var stdout, stderr strings.Builder
		printAddress(&stdout, &stderr, at)
		if stdout.String() != "Dashboard: "+c.shown+"\n" || strings.Contains(stderr.String(), "no login") != c.warns {
			t.Errorf("%s: stdout %q, stderr %q", addr, stdout.String(), stderr.String())
		}
	}
}
