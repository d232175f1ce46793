// Connections in memory between a simulator and its clients, without sockets.

package simtest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
)

// memoryAddress is the address of servers in memory. Nothing is dialed there.
const memoryAddress = "127.0.0.1:80"

// serveInMemory serves a handler without sockets until the test ends.
func serveInMemory(t testing.TB, handler http.Handler) reached {
	t.Helper()
	pipes := &pipeListener{accepted: make(chan net.Conn), closed: make(chan struct{})}
	server := &httptest.Server{Listener: pipes, Config: &http.Server{Handler: handler}}
	server.Start()
	t.Cleanup(server.Close)
	r := reached{baseURL: server.URL + btsim.BasePath, tokenURL: server.URL + btsim.TokenPath, dial: pipes.dial}
	r.transport = transport(t, pipes.dial)
	return r
}

// dialer makes the connections of a transport.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// transport makes a transport over connections in memory.
func transport(t testing.TB, dial dialer) *http.Transport {
	t.Helper()
	// As btapi's own transport, it keeps as many connections as calls are made at once.
	client := &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 100}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// Through makes the calls of a client that Connect makes pass through a link. The API must be
// one of StartInMemory.
func (a *API) Through(t testing.TB, link *Link, c *btapi.Config) {
	t.Helper()
	c.Transport = transport(t, func(ctx context.Context, network, address string) (net.Conn, error) {
		return link.Dial(ctx, func(ctx context.Context) (net.Conn, error) { return a.dial(ctx, network, address) })
	})
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
