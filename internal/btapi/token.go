// The access token, which all calls share: how it is fetched, kept and renewed.

package btapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/sync/singleflight"
)

const (
	// tokenOp names the token call in errors.
	tokenOp = "POST token"
	// tokenLifetime is how long a token is valid if the answer does not say. [S]
	tokenLifetime = time.Hour
)

// tokens keeps the token that all calls share. The token endpoint accepts 50 requests a minute
// [S], so one call fetches a missing token for all.
type tokens struct {
	now   func() time.Time
	fetch func(context.Context) (token string, lifetime time.Duration, err error)

	flight  singleflight.Group
	mu      sync.Mutex
	current string
	renewAt time.Time
}

// cached returns the token; false: there is none, or it is about to expire.
func (t *tokens) cached() (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current, t.current != "" && t.now().Before(t.renewAt)
}

// drop removes a token that the API refused. It does nothing if the token has been replaced
// meanwhile.
func (t *tokens) drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == token {
		t.current = ""
	}
}

// renew returns a new token. The fetch continues for the other callers when one gives up.
func (t *tokens) renew(ctx context.Context) (string, error) {
	done := t.flight.DoChan("", func() (any, error) {
		if token, ok := t.cached(); ok {
			return token, nil
		}
		token, lifetime, err := t.fetch(context.WithoutCancel(ctx))
		if err != nil {
			return "", err
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.current = token
		t.renewAt = t.now().Add(lifetime - lifetime/10) // before the API would refuse it
		return token, nil
	})
	select {
	case <-ctx.Done():
		return "", &Error{Class: Transient, Op: tokenOp, cause: ctx.Err(), detail: ctx.Err().Error()}
	case r := <-done:
		token, _ := r.Val.(string)
		return token, r.Err
	}
}

// tokenFetcher returns a function that requests a token. Its errors are *Error.
func (c *Client) tokenFetcher(cfg Config) func(context.Context) (string, time.Duration, error) {
	credentials := clientcredentials.Config{
		ClientID:     cfg.ClientID,
		ClientSecret: cfg.ClientSecret,
		TokenURL:     cfg.TokenURL,
		AuthStyle:    oauth2.AuthStyleInHeader, // [G] on sibling APIs
	}
	client := &http.Client{
		Transport:     acceptJSON{c.transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context) (string, time.Duration, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, errTimeout)
		defer cancel()
		token, err := credentials.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
		if err != nil {
			e := c.tokenError(ctx, err)
			if e.Class == Throttle {
				c.limiter.Throttled(e.RetryAfter)
			}
			return "", 0, e
		}
		lifetime := tokenLifetime
		if !token.Expiry.IsZero() {
			lifetime = time.Until(token.Expiry) // the library used its own clock
		}
		return token.AccessToken, lifetime, nil
	}
}

// tokenError classifies a failure of the token call. It keeps no text of the library's errors,
// which quote the whole answer.
func (c *Client) tokenError(ctx context.Context, err error) *Error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		x := exchange{op: tokenOp, status: refused.Response.StatusCode, header: refused.Response.Header, body: refused.Body}
		e := c.classify(x)
		if e == nil { // an OAuth error in a 200
			e = &Error{Class: Account, Op: tokenOp, HTTPStatus: x.status}
		}
		if e.Class == Site || e.Class == expired {
			e.Class = Account
		}
		if refused.ErrorCode != "" {
			e.Message, e.Description = c.clean(refused.ErrorCode, ""), c.clean(refused.ErrorDescription, "")
		}
		return e
	}
	var network *url.Error
	switch {
	case ctx.Err() != nil:
		return c.unsent(tokenOp, context.Cause(ctx))
	case errors.As(err, &network):
		return c.unsent(tokenOp, network.Err)
	}
	return c.unsent(tokenOp, errors.New("the answer holds no token"))
}

// acceptJSON adds the header without which the token endpoint answers 406. [G]
// on sibling APIs.
type acceptJSON struct{ next http.RoundTripper }

func (t acceptJSON) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept", "application/json")
	return t.next.RoundTrip(r)
}
