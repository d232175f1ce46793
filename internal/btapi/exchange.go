// One call: the wait for its slot, the token, the request, the answer.

package btapi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	// maxAnswer bounds an answer that is no page of a list, in bytes. The longest is a
	// country's constraints, with the values of its enumerations.
	maxAnswer = 4 << 20
	// maxErrorBody is how many bytes of an error's body are read.
	maxErrorBody = 256 << 10
)

var (
	errTimeout = errors.New("the time for one exchange was over")
	errEmpty   = errors.New("the answer is empty")
	errForeign = errors.New("the answer is about something else than was asked for")
)

// A call is a request before it is sent.
type call struct {
	route      route
	values     []string // segments of the path, in its order
	query      url.Values
	body       any
	announce   Announcement // nil: none
	sendBefore time.Time    // not sent at or after it; zero: sent at any time
	maxBytes   int          // bound of the answer; default maxAnswer
}

// An exchange is one request that was sent, and its answer.
type exchange struct {
	op      string
	changes bool   // it changes something at the API if it arrives
	single  bool   // it is about one order or voicesite, which may not exist
	token   string // the access token that was sent
	status  int    // 0: no answer
	header  http.Header
	body    []byte
	err     error // there is no answer, or it cannot be read
}

// do makes a call and returns its answer, which is 2xx and complete. It repeats a call once
// after a 401, which proves that nothing was done. A second 401 is an Account error.
func (c *Client) do(ctx context.Context, k call) (exchange, error) {
	path, err := k.route.path(k.values...)
	if err != nil {
		return exchange{}, unsendable(k.route, err)
	}
	if len(k.query) > 0 {
		path += "?" + k.query.Encode()
	}
	for repeated := false; ; repeated = true {
		token, err := c.admit(ctx, k)
		if err != nil {
			return exchange{}, err
		}
		if k.announce != nil {
			if k.sendBefore, err = k.announce(ctx); err != nil {
				return exchange{}, err
			}
		}
		x, err := c.send(ctx, k, path, token)
		if err != nil {
			return exchange{}, err
		}
		e := c.classify(x)
		if x.status == http.StatusUnauthorized {
			c.tokens.drop(token) // the next call gets a new one
		}
		switch {
		case e == nil:
			return x, nil
		case x.status == http.StatusUnauthorized && !repeated:
			continue // the API can drop a token before its time, too
		case e.Class == expired:
			e.Class = Account
		case e.Class == Throttle:
			c.limiter.Throttled(e.RetryAfter)
		}
		return exchange{}, e
	}
}

// admit waits until the call may be made, and returns the token for it. If the token had to be
// renewed, admit waits at the limiter again: otherwise all calls that waited for the token
// would be made at once.
func (c *Client) admit(ctx context.Context, k call) (string, error) {
	if err := c.wait(ctx, k); err != nil {
		return "", err
	}
	token, ok := c.tokens.cached()
	if ok {
		return token, nil
	}
	token, err := c.tokens.renew(ctx)
	if err != nil {
		return "", err
	}
	return token, c.wait(ctx, k)
}

// wait waits at the limiter. A slot after the caller's deadline is a Throttle error: there are
// too many calls for now. An error of the limiter itself is not an *Error.
func (c *Client) wait(ctx context.Context, k call) error {
	err := c.waitPermitted(ctx, k)
	if err == nil {
		return nil
	}
	if errors.As(err, new(*unpermittedError)) || ctx.Err() == nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s was not called: %w", k.route, err)
	}
	e := c.unsent(k.route.String(), err)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		e.Class = Throttle
		if pause := (interface{ RetryAfter() time.Duration })(nil); errors.As(err, &pause) {
			e.RetryAfter = pause.RetryAfter()
		}
	}
	return e
}

// late returns ErrTooLate at or after send-before.
func (k call) late(now time.Time) error {
	if !k.sendBefore.IsZero() && !now.Before(k.sendBefore) {
		return ErrTooLate
	}
	return nil
}

// send sends the request once and reads the whole answer. If it returns an error, nothing
// was sent; all other outcomes are in the exchange.
//
// It calls the transport directly: http.Client would follow redirects and put addresses into
// errors. The transport repeats a request only if it can get the body again. It cannot here:
// the request has neither GetBody nor an Idempotency-Key header. With GetBody, net/http would
// also repeat after a protocol error of HTTP/2, which does not prove that nothing arrived.
func (c *Client) send(ctx context.Context, k call, path, token string) (exchange, error) {
	x := exchange{op: k.route.String(), changes: k.route.changes(), single: k.route.single(), token: token}
	within, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, body, err := c.request(within, k, path, token)
	if err != nil {
		return x, unsendable(k.route, err)
	}
	if err := k.late(c.now()); err != nil { // before a connection is made
		return x, c.unsent(x.op, err)
	}
	answer, err := c.transport.RoundTrip(request)
	if err == nil {
		x.status, x.header = answer.StatusCode, answer.Header
		x.body, err = readAnswer(answer, cmp.Or(k.maxBytes, maxAnswer))
		answer.Body.Close()
	}
	begun, refused := body.seal()
	switch {
	case refused != nil: // an answer cannot be to this body, which was not sent
		return x, c.unsent(x.op, refused)
	case err == nil:
		return x, nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case within.Err() != nil:
		err = errTimeout
	}
	if x.status == 0 && x.changes && !begun {
		return x, c.unsent(x.op, err)
	}
	x.err = err
	return x, nil
}

// request builds the request. Source of the headers: guide, "API Setup". [G]
func (c *Client) request(ctx context.Context, k call, path, token string) (*http.Request, *onceBody, error) {
	r, err := http.NewRequestWithContext(ctx, k.route.method, c.base+path, nil)
	if err != nil {
		return nil, nil, errors.New("its values do not make an address; correct them")
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("X-BT-API-KEY", c.key)
	r.Header.Set("Accept", "application/json")
	if k.body == nil {
		return r, nil, nil
	}
	data, err := json.Marshal(k.body)
	if err != nil {
		return nil, nil, errors.New("its values do not make a JSON text; correct them")
	}
	body := &onceBody{data: bytes.NewReader(data), permit: func() error { return k.late(c.now()) }}
	r.Header.Set("Content-Type", "application/json")
	r.Body, r.ContentLength = body, int64(len(data))
	return r, body, nil
}

// readAnswer reads an answer to its end, or fails if it is longer than maxBytes. Of an error's
// body it reads the beginning, because the status is enough.
func readAnswer(answer *http.Response, maxBytes int) ([]byte, error) {
	if answer.StatusCode >= 300 {
		return io.ReadAll(io.LimitReader(answer.Body, maxErrorBody))
	}
	b, err := io.ReadAll(io.LimitReader(answer.Body, int64(maxBytes)+1))
	if err == nil && len(b) > maxBytes {
		return nil, fmt.Errorf("the answer is longer than %d bytes", maxBytes)
	}
	return b, err
}

// isEmpty reports whether a 2xx answer has no content.
func isEmpty(x exchange) bool {
	body := bytes.TrimSpace(x.body)
	return x.status == http.StatusNoContent || len(body) == 0 || string(body) == "null"
}

// decode reads the value of a 2xx answer. An empty answer proves nothing, so it is a
// Transient error, Unknown after a call that changes something.
func decode[T any](c *Client, x exchange) (T, error) {
	var v, zero T
	if isEmpty(x) {
		x.err = errEmpty
	} else if x.err = json.Unmarshal(x.body, &v); x.err == nil && isBlank(v) {
		x.err = errEmpty
	}
	if x.err != nil {
		return zero, c.classify(x)
	}
	return v, nil
}

// onceBody is a request body that records whether any of it was read. The transport reads it
// when it has a connection and has written the header. So its first Read is the last moment
// at which the call can be stopped, and a body that was never read proves that the API had
// nothing to carry out.
type onceBody struct {
	data   *bytes.Reader
	permit func() error // called before the first byte is read; its error stops the call

	mu            sync.Mutex
	begun, sealed bool
	refused       error // error of permit
}

func (b *onceBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.data.Len() == 0:
		return 0, io.EOF
	case b.refused != nil:
		return 0, b.refused
	case b.sealed:
		return 0, io.ErrClosedPipe
	case !b.begun:
		if b.refused = b.permit(); b.refused != nil {
			return 0, b.refused
		}
		b.begun = true
	}
	return b.data.Read(p)
}

func (b *onceBody) Close() error { return nil }

// seal stops further reads. It returns whether any byte was read before, and the error of
// permit. A nil body has no bytes.
func (b *onceBody) seal() (begun bool, refused error) {
	if b == nil {
		return false, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sealed = true
	return b.begun, b.refused
}
