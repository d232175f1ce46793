// Package embedded runs what usually stands beside the program inside it: a
// Redis in memory, and an HTTP server on a free loopback port. Everything in it
// is gone when the process ends.
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

// stopWithin is how long a server may take to finish its requests when closed.
const stopWithin = 2 * time.Second

// Redis starts a Redis in memory. It returns its URL and a function that ends it.
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

// expireEvery is how exactly keys with a lifetime end.
const expireEvery = 100 * time.Millisecond

// expire lets time pass for keys with a lifetime, which by itself it does not.
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

// Serve answers HTTP with h on a free port. It returns the base URL, without a
// closing slash, and a function that ends the server.
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
		ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
		defer cancel()
		if srv.Shutdown(ctx) != nil {
			srv.Close()
		}
		<-ended
	}
	return "http://" + ln.Addr().String(), stop, nil
}
