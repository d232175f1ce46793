// What is accepted as an address, and that no text holds any part of one.
package endpoint_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"btrollout/internal/endpoint"
)

func TestCheckHTTP(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]error{
		"https://api.orange.com/btalk/v1": nil,
		"https://api.orange.com:8443":     nil,
		"https://[2001:db8::1]/v1":        nil,
		"http://elsewhere.example/v1":     endpoint.ErrClearText,
		"HTTP://elsewhere.example/v1":     endpoint.ErrClearText,
		"http://10.0.0.1:8400/v1":         endpoint.ErrClearText,
		"http://0.0.0.0:8400/v1":          endpoint.ErrClearText,
		"http://127.1:8400/v1":            endpoint.ErrClearText, // only some resolvers take it for 127.0.0.1
		"http://localhost.example/v1":     endpoint.ErrClearText,
		"http://127.0.0.1.example/v1":     endpoint.ErrClearText,
		"http://localhost/v1":             nil,
		"http://LOCALHOST.:8400/v1":       nil,
		"http://127.0.0.1:8400/v1":        nil,
		"http://127.9.9.9/v1":             nil,
		"http://[::1]:8400/v1":            nil,
		"http://[::ffff:127.0.0.1]/v1":    nil,
		"":                                endpoint.ErrHTTP,
		"api.orange.com":                  endpoint.ErrHTTP,
		"//api.orange.com":                endpoint.ErrHTTP,
		"ftp://api.orange.com":            endpoint.ErrHTTP,
		"https://":                        endpoint.ErrHTTP,
		"https://:8443/v1":                endpoint.ErrHTTP,
		"https://host:0/v1":               endpoint.ErrHTTP,
		"https://host:65536/v1":           endpoint.ErrHTTP,
		"https://host/v1?key=1":           endpoint.ErrHTTP,
		"https://host/v1#a":               endpoint.ErrHTTP,
		"https://user@host/v1":            endpoint.ErrHTTP,
		"user:password@host":              endpoint.ErrHTTP,
		"https://user:1234/5678@host":     endpoint.ErrHTTP, // the host would be "user", the port the password's beginning
	} {
		if got := endpoint.CheckSecure(address); !errors.Is(got, want) {
			t.Errorf("%q: %v, want %v", address, got, want)
		}
		if want != nil && !errors.Is(want, endpoint.ErrHTTP) {
			want = nil
		}
		if got := endpoint.CheckHTTP(address); !errors.Is(got, want) {
			t.Errorf("%q, if http:// is allowed: %v, want %v", address, got, want)
		}
	}
}

func TestCheckRedis(t *testing.T) {
	t.Parallel()
	for address, right := range map[string]bool{
		"redis://127.0.0.1:6379/0":           true,
		"redis://redis":                      true,
		"rediss://user:p%40%23@host:6380/1":  true,
		"redis://:pass@word@host/0":          true, // the last @ counts, so this one does no harm
		"redis://host/0?client_name=rollout": true,
		"unix://user:password@/run/redis":    true,
		"redis://user:1234#56@host:6379/0":   false,
		"redis://user:1234/56@host:6379/0":   false,
		"redis://user:1234?56@host:6379/0":   false,
		"redis://user:12%zz@host:6379/0":     false,
		"redis://user:123456":                false,
		"redis://host:port/0":                false,
		"redis://host:6379":                  true,
		"redis://host:6379/":                 true,
		"redis://host:6379/abc":              false,
		"redis://host:6379/-1":               false,
		"redis://host:6379/0/1":              false,
		"rediss://host/99999999999999":       false,
	} {
		if got := endpoint.CheckRedis(address); (got == nil) != right {
			t.Errorf("%q: %v, want it right: %v", address, got, right)
		}
	}
}

func TestCheckRedis_Database(t *testing.T) {
	t.Parallel()
	if err := endpoint.CheckRedis("redis://host/first"); !errors.Is(err, endpoint.ErrRedisDatabase) {
		t.Errorf("a database that is no number: %v", err)
	}
}

// TestSilent: what cannot be connected to is not named, and what went wrong is.
func TestSilent(t *testing.T) {
	t.Parallel()
	dialer := &net.Dialer{Resolver: &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no server")
	}}}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	_, port, _ := net.SplitHostPort(closed.Addr().String())
	for address, says := range map[string]string{
		closed.Addr().String():     "connection refused",
		"hunter2.invalid:6379":     "",
		"127.0.0.1:hunter2":        "",
		"127.0.0.1:99999999":       "invalid port",
		"hunter2":                  "missing port",
		"[hunter2:6379":            "missing ']'",
		"[fe80::hunter2%zone]:123": "",
	} {
		_, err := endpoint.Silent(dialer.DialContext)(t.Context(), "tcp", address)
		if err == nil {
			t.Fatalf("%s: connected", address)
		}
		for _, part := range []string{"hunter2", "9999", "127.0.0.1", ":" + port, "6379"} {
			if strings.Contains(fmt.Sprintf("%v %+v", err, err), part) {
				t.Errorf("%s: %q names %q", address, err, part)
			}
		}
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %q does not say %q", address, err, says)
		}
		if op := (*net.OpError)(nil); !errors.As(err, &op) {
			t.Errorf("%s: %q does not wrap the network's error", address, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := endpoint.Silent(dialer.DialContext)(ctx, "tcp", closed.Addr().String()); err == nil || strings.Contains(err.Error(), port) {
		t.Errorf("given up: %v", err)
	}
}
