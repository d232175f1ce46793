// Connections in memory, through which a simulator is reached without sockets.

package simtest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"btrollout/internal/btsim"
)

// memoryAddress is where a server in memory says that it listens. Nothing is dialed there.
const memoryAddress = "127.0.0.1:80"

// serveInMemory serves a handler without sockets until the test ends. It returns the
// handler's addresses, and the transport that reaches it under them.
func serveInMemory(t testing.TB, handler http.Handler) (baseURL, tokenURL string, transport http.RoundTripper) {
	t.Helper()
	pipes := &pipeListener{accepted: make(chan net.Conn), closed: make(chan struct{})}
	server := &httptest.Server{Listener: pipes, Config: &http.Server{Handler: handler}}
	server.Start()
	// As btapi's own transport, it keeps as many connections as calls are made at once.
	client := &http.Transport{DialContext: pipes.dial, MaxIdleConnsPerHost: 100}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		server.Close()
	})
	return server.URL + btsim.BasePath, server.URL + btsim.TokenPath, client
}

// pipeListener accepts the connections that its method dial makes.
type pipeListener struct {
	accepted chan net.Conn
	closed   chan struct{}
	close    sync.Once
}

func (p *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.accepted <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept returns the next connection, or net.ErrClosed.
func (p *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-p.accepted:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept. Connections stay open.
func (p *pipeListener) Close() error {
	p.close.Do(func() { close(p.closed) })
	return nil
}

// Addr is memoryAddress.
func (p *pipeListener) Addr() net.Addr { return memoryAddr{} }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return memoryAddress }
