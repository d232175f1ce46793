// This file tests what is told about a Redis in trouble.

package app_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/app"
	"btrollout/internal/btapi"
	"btrollout/internal/redistest"
)

// listening starts a server that serves each connection, and returns its address.
func listening(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return ln.Addr().String()
}

// replying is the address of a Redis that answers every command with one error.
func replying(t *testing.T, reply string) string {
	return listening(t, func(c net.Conn) {
		lines := bufio.NewScanner(c)
		for lines.Scan() {
			var words int
			if _, err := fmt.Sscanf(lines.Text(), "*%d", &words); err != nil {
				return
			}
			for range 2 * words {
				lines.Scan()
			}
			fmt.Fprintf(c, "-%s\r\n", reply)
		}
	})
}

func TestOpenRedis_Trouble(t *testing.T) {
	t.Parallel()
	server := redistest.Server(t)
	rdb := redistest.Connect(t, server)
	address := strings.TrimSuffix(strings.TrimPrefix(server, "redis://"), "/0")
	for _, args := range [][]any{
		{"ACL", "SETUSER", "keyed", "on", ">p", "+@all", "~*"}, {"ACL", "SETUSER", "weak", "on", ">p", "-ping"},
		{"CONFIG", "SET", "requirepass", "secret"},
	} {
		if err := rdb.Do(t.Context(), args...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	overTLS := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(overTLS.Close)
	closesTLS := listening(t, func(c net.Conn) {
		_ = tls.Server(c, overTLS.TLS).Handshake()
	})
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	silent := listening(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	for url, says := range map[string]string{
		"redis://" + address + "/0":                                                "Redis wants a password (NOAUTH): put it into REDIS_URL",
		"redis://:wrong@" + address + "/0":                                         "does not accept the user or the password of REDIS_URL",
		"redis://weak:p@" + address + "/0":                                         "may not use a command that is needed (NOPERM): allow it",
		"redis://keyed:p@" + address + "/99":                                       "no database of the number at the end of REDIS_URL: write /0",
		"redis://" + replying(t, "LOADING Redis is loading the dataset in memory"): "reading its data (LOADING): try again",
		"redis://" + replying(t, "MISCONF Redis is configured to save RDB"):        "cannot write to its disk (MISCONF): free some space",
		"redis://" + replying(t, "CLUSTERDOWN Hash slot not served"):               "part of a cluster, which is not supported: set REDIS_URL",
		"redis://" + replying(t, "ERR of a new kind"):                              "refuses to serve (ERR of a new kind): correct REDIS_URL",
		"redis://" + web.Listener.Addr().String():                                  "is no Redis: set its host and port",
		"redis://" + closesTLS:                                                     "with rediss:// instead of redis://",
		"redis://" + listening(t, func(net.Conn) {}):                               "connection at once: start the address with rediss://",
		"rediss://" + listening(t, func(net.Conn) {}):                              "connection at once: start the address with redis://",
		"rediss://" + overTLS.Listener.Addr().String():                             "certificate of the Redis in REDIS_URL is not trusted",
		"rediss://" + web.Listener.Addr().String():                                 "can be made: start the address with redis:// instead",
		"redis://" + silent + "?read_timeout=100ms&max_retries=-1":                 "does not answer (",
		"rediss://" + silent + "?dial_timeout=200ms&max_retries=-1":                "no TLS connection",
		"redis://127.0.0.1:1/0?max_retries=-1":                                     "(cannot connect: connection refused): start it",
		"redis://" + address + "/first":                                            "REDIS_URL must end in the number of a database",
		"redis://" + address + "/-1":                                               "REDIS_URL must end in the number of a database",
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			opened, err := app.OpenRedis(t.Context(), url)
			if err == nil {
				opened.Close()
				t.Fatal("it is opened")
			}
			text := app.Explain(err)
			if !strings.Contains(text, says) || strings.Contains(text, "\n") || strings.Contains(text, "127.0.0.1:"+address) {
				t.Errorf("%q does not say %q", text, says)
			}
		})
	}
}

// redisReply is an error reply of Redis.
type redisReply string

func (r redisReply) Error() string { return string(r) }
func (r redisReply) RedisError()   {}

func TestExplain_RedisInTrouble(t *testing.T) {
	t.Parallel()
	const script = " script: 61c7b7f0a6a2f1f4a3a0b1c2d3e4f5061728394a, on @user_script:3."
	oom := redisReply("OOM command not allowed when used memory > 'maxmemory'." + script)
	const full = "Redis is full (OOM): give it more memory (maxmemory), or delete other applications' data"
	plain := errors.New("other")
	for text, err := range map[string]error{
		full: errors.Join(fmt.Errorf("writing batch b1: %w", oom), fmt.Errorf("withdrawing batch b1: %w", oom)),
		"b1 is not enqueued, because Redis is full (OOM): give it more memory (maxmemory), or delete other applications' data, then go": app.
			BecauseOfRedis("b1 is not enqueued", oom, "go", plain),
		"other":                   app.BecauseOfRedis("b1 is not enqueued", redisReply("ERR else"), "go", plain),
		"listing: ERR no integer": fmt.Errorf("listing: %w", redisReply("ERR user_script:3: no integer"+script)),
		"this Redis is a replica and takes no writes (READONLY): set REDIS_URL to the primary": redisReply(
			"READONLY You can't write against a read only replica." + script),
	} {
		if got := app.Explain(err); got != text {
			t.Errorf("got  %s\nwant %s", got, text)
		}
		if refusal := redis.Error(nil); !errors.Is(err, plain) && !errors.As(err, &refusal) {
			t.Errorf("%v lost its cause", err)
		}
	}
	if got := app.Explain(&btapi.Error{Class: btapi.Transient}); strings.Contains(got, "Redis") {
		t.Errorf("an error of the API is told as %s", got)
	}
}
