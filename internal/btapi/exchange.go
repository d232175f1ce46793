// How one call is carried: its turn, its token, the request, the answer. What a
// failure means is decided in errors.go.

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
	// maxAnswer is how many bytes of an answer are read that is no page of a list. The
	// longest is a country's rules, with the values of its enumerations.
	maxAnswer = 4 << 20
	// maxFault is how many bytes of an error's text are read.
	maxFault = 256 << 10
)

var (
	errTimeout = errors.New("the time for one exchange was over")
	errEmpty   = errors.New("the answer is empty")
	errForeign = errors.New("the answer is about something else than was asked for")
)

// A call is what is asked of the API.
type call struct {
	route      route
	values     []string // of the path's segments
	query      url.Values
	body       any
	announce   Announcement // nil: none
	sendBefore time.Time    // what was announced; zero: at any time
	most       int          // bytes of the answer; default maxAnswer
}

// An exchange is one request that was sent and what came back.
type exchange struct {
	op      string
	changes bool   // something at the other end, if it arrived
	single  bool   // about one order or voicesite, which may not exist
	token   string // that went with it
	status  int    // 0: no answer
	header  http.Header
	body    []byte
	err     error // there is no answer, or it cannot be read
}

// do makes a call and gives its answer, which is 2xx and complete. Only a call
// whose token had expired is repeated, once: that answer proves that nothing was
// done. A second one is not about this call, so it is the account's trouble.
func (c *Client) do(ctx context.Context, k call) (exchange, error) {
	path, err := k.route.path(k.values...)
	if err != nil {
		return exchange{}, unsendable(k.route, err)
	}
	if len(k.query) > 0 {
		path += "?" + k.query.Encode()
	}
	for repeated := false; ; repeated = true {
		token, err := c.turn(ctx, k)
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
			c.tokens.drop(token) // whatever is wrong with it, the next call takes a fresh one
		}
		switch {
		case e == nil:
			return x, nil
		case x.status == http.StatusUnauthorized && !repeated:
			continue // a token can be forgotten before its time, too
		case e.Class == expired:
			e.Class = Account
		case e.Class == Throttle:
			c.limiter.Throttled(e.RetryAfter)
		}
		return exchange{}, e
	}
}

// turn waits until the call may be made, and gives the token for it. A turn in
// which the token had to be renewed is over when the token is there: all who
// waited for it would otherwise call at once.
func (c *Client) turn(ctx context.Context, k call) (string, error) {
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

// wait waits at the limiter. A turn that would come after the caller's deadline is
// no failure of anything: there are too many calls for now. A limiter that fails says
// nothing about the API, so its error is none of the API's.
func (c *Client) wait(ctx context.Context, k call) error {
	err := c.limiter.Wait(ctx, k.route.rank)
	if err == nil {
		return nil
	}
	if ctx.Err() == nil && !errors.Is(err, context.DeadlineExceeded) {
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

func (k call) late(now time.Time) error {
	if !k.sendBefore.IsZero() && !now.Before(k.sendBefore) {
		return ErrTooLate
	}
	return nil
}

// send sends the request once and reads the whole answer. Its own error means
// that nothing was sent; everything else is in the exchange.
//
// The transport is called directly: http.Client would follow redirects and put
// addresses into errors. The transport itself repeats a request only when it can
// get its body again, and these bodies can be read once only: there is no
// GetBody, and no Idempotency-Key header to make net/http think otherwise.
// GetBody would buy a silent retry when nothing had been written, but over
// HTTP/2 net/http also repeats after a protocol error, which proves nothing.
func (c *Client) send(ctx context.Context, k call, path, token string) (exchange, error) {
	x := exchange{op: k.route.String(), changes: k.route.changes(), single: k.route.single(), token: token}
	within, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, body, err := c.request(within, k, path, token)
	if err != nil {
		return x, unsendable(k.route, err)
	}
	if err := k.late(c.now()); err != nil { // spares a connection
		return x, c.unsent(x.op, err)
	}
	answer, err := c.transport.RoundTrip(request)
	if err == nil {
		x.status, x.header = answer.StatusCode, answer.Header
		x.body, err = readAnswer(answer, cmp.Or(k.most, maxAnswer))
		answer.Body.Close()
	}
	begun, refused := body.seal()
	switch {
	case refused != nil: // whatever was answered, it was not to the order
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

// readAnswer reads an answer to its end, or fails if it is longer than most bytes. Of an
// error it reads the beginning: its status says enough.
func readAnswer(answer *http.Response, most int) ([]byte, error) {
	if answer.StatusCode >= 300 {
		return io.ReadAll(io.LimitReader(answer.Body, maxFault))
	}
	b, err := io.ReadAll(io.LimitReader(answer.Body, int64(most)+1))
	if err == nil && len(b) > most {
		return nil, fmt.Errorf("the answer is longer than %d bytes", most)
	}
	return b, err
}

// isEmpty reports whether a 2xx answer says nothing at all.
func isEmpty(x exchange) bool {
	body := bytes.TrimSpace(x.body)
	return x.status == http.StatusNoContent || len(body) == 0 || string(body) == "null"
}

// decode reads the value of a 2xx answer. An answer that says nothing proves nothing,
// so it is an error: Transient, and Unknown after a call that changes something.
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

// onceBody is a request body that can tell afterwards whether any of it left.
// The transport reads it when it has a connection and has written the header, so
// its first Read is the last moment at which the call can be stopped, and a body
// that was never read is proof that the other end had nothing to act on.
type onceBody struct {
	data   *bytes.Reader
	permit func() error // asked before the first byte is handed over

	mu            sync.Mutex
	begun, sealed bool
	refused       error // the permit's
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

// seal keeps what is left from ever being sent, and tells whether any of it was
// before, and why none was if the permit was refused. A nil body has nothing.
func (b *onceBody) seal() (begun bool, refused error) {
	if b == nil {
		return false, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sealed = true
	return b.begun, b.refused
}
