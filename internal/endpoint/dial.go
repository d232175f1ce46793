// Connections whose errors name no address.

package endpoint

import (
	"context"
	"errors"
	"net"
	"os"
)

// Dialer makes a network connection, as net.Dialer.DialContext does.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// Silent returns dial with errors that give the reason, such as "connection refused", without the
// address. They wrap the original error.
func Silent(dial Dialer) Dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, &dialError{err}
		}
		return conn, nil
	}
}

// dialError is an error of a Dialer. It is a net.Error like the error that it wraps.
type dialError struct{ cause error }

// Error is the reason without the address.
func (e *dialError) Error() string { return "cannot connect: " + reason(e.cause) }

func (e *dialError) Unwrap() error { return e.cause }

// Timeout is net.Error's.
func (e *dialError) Timeout() bool {
	var cause net.Error
	return errors.As(e.cause, &cause) && cause.Timeout()
}

// Temporary is net.Error's.
func (e *dialError) Temporary() bool { return e.Timeout() }

// reason is the part of a dial error without the address.
func reason(err error) string {
	var (
		lookup  *net.DNSError
		address *net.AddrError
		call    *os.SyscallError
		dial    *net.OpError
	)
	switch {
	case errors.As(err, &lookup):
		return lookup.Err // "no such host"
	case errors.As(err, &address):
		return address.Err // "invalid port"
	case errors.As(err, &call):
		return call.Err.Error() // "connection refused"
	case errors.As(err, &dial):
		return dial.Err.Error() // "i/o timeout"
	}
	return err.Error() // an error of the TLS handshake, which does not name the address
}
