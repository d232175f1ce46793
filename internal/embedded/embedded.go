// Package embedded runs servers in this process: a Redis in memory, and an HTTP server. Both
// listen on a free port of the loopback interface. All data is gone when the process ends.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// shutdownTimeout is how long the HTTP server may take to finish its requests when stopped.
const shutdownTimeout = 2 * time.Second

// Redis starts a Redis in memory. It returns the URL, and a function that stops the Redis.
func Redis() (url string, stop func(), err error) {
	m := miniredis.NewMiniRedis()
	if err := m.Start(); err != nil {
		return "", nil, fmt.Errorf("the embedded Redis did not start: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		expire(ctx, m)
	}()
	stop = func() {
		cancel()
		<-ended
		m.Close()
	}
	return "redis://" + m.Addr() + "/0", stop, nil
}

// expireEvery is how often expired keys are deleted.
const expireEvery = 100 * time.Millisecond

// expire expires keys until ctx ends; by itself, miniredis expires none. Its ClockTTL would
// visit every key at every command, which costs too much with the tasks of a large batch.
func expire(ctx context.Context, m *miniredis.Miniredis) {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			m.FastForward(now.Sub(last))
			last = now
		}
	}
}

// Serve starts an HTTP server with the handler h. It returns the base URL, without a slash
// at its end, and a function that stops the server.
func Serve(h http.Handler) (url string, stop func(), err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("the embedded server did not start: %w", err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			panic(fmt.Sprintf("the embedded server stopped: %v", err))
		}
	}()
	stop = func() {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		if srv.Shutdown(ctx) != nil {
			srv.Close()
		}
		<-ended
	}
	return "http://" + ln.Addr().String(), stop, nil
}
