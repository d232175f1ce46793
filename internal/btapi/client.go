// The client: its configuration, its limiter and its transport.

package btapi

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"btrollout/internal/endpoint"
)

// Config has the addresses of the API and the credentials. It contains secrets, so it prints
// as "btapi.Config{…}".
type Config struct {
	BaseURL      string // address of the API, such as https://api.orange.com/btalk/v1 [S]
	TokenURL     string // address of the token endpoint, such as https://api.orange.com/oauth/v3/token [S]
	ClientID     string // client identifier of the application, from the developer portal
	ClientSecret string // client secret of the application
	APIKey       string // API key of the customer, from the Business Talk Online portal

	// Timeout is the hard limit of one HTTP exchange, from the connection to the
	// last byte of the answer, without the wait for the limiter. Default: 30 s.
	Timeout time.Duration
	// Limiter paces the calls. Default: none.
	Limiter Limiter
	// Transport carries the calls. Default: HTTP/1.1 with connections kept alive.
	Transport http.RoundTripper
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// OrderCollection is the first segment of the order paths. The guide's prose
	// says "customer", every other path of the guide "customers". Default: customers.
	OrderCollection string
}

// Limiter decides when a call may be made.
type Limiter interface {
	// Wait returns nil when the caller may make its call. Of several callers, the one
	// with the lowest rank comes first. It returns an error if
	// ctx ends first, and one that matches context.DeadlineExceeded, possibly at once,
	// if the deadline of ctx is before the slot. Such an error may have a method
	// RetryAfter() time.Duration: the time after which to try again. Any other error
	// means that the limiter failed.
	Wait(ctx context.Context, rank int) error
	// Throttled tells the limiter that the API refused a call because there were too
	// many. retryAfter is the pause that the API asked for; 0: none.
	Throttled(retryAfter time.Duration)
}

const (
	defaultTimeout         = 30 * time.Second
	defaultOrderCollection = "customers"

	// idleTimeout is how long an idle connection is kept: shorter than gateways do,
	// so that an order is rarely written to a connection that is being closed.
	idleTimeout = 30 * time.Second
	// dialTimeout is how long it may take to make a connection.
	dialTimeout = 30 * time.Second
	// idleConnections is how many connections are kept for the next calls.
	idleConnections = 64
)

// Client makes the calls of the API. It is safe for concurrent use.
type Client struct {
	base       string // without a trailing slash
	key        string
	collection string
	timeout    time.Duration
	limiter    Limiter
	transport  http.RoundTripper
	now        func() time.Time
	tokens     *tokens
	redact     *strings.Replacer
}

// New makes a client, without a call to the API; use Me to find out whether the account
// works. Its error names everything that is wrong with the configuration.
func New(cfg Config) (*Client, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	c := &Client{
		base:       strings.TrimRight(cfg.BaseURL, "/"),
		key:        cfg.APIKey,
		collection: cfg.OrderCollection,
		timeout:    cfg.Timeout,
		limiter:    cfg.Limiter,
		transport:  cfg.Transport,
		now:        cfg.Now,
		redact:     redactor(cfg),
	}
	if c.collection == "" {
		c.collection = defaultOrderCollection
	}
	if c.timeout == 0 {
		c.timeout = defaultTimeout
	}
	if c.limiter == nil {
		c.limiter = unlimited{}
	}
	if c.transport == nil {
		c.transport = newTransport()
	}
	if c.now == nil {
		c.now = time.Now
	}
	c.tokens = &tokens{now: c.now, fetch: c.tokenFetcher(cfg)}
	return c, nil
}

// Close closes the idle connections. Calls under way continue.
func (c *Client) Close() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Format prints a Config, whatever the verb, without its contents.
func (Config) Format(f fmt.State, _ rune) { io.WriteString(f, "btapi.Config{…}") }

// LogValue logs a Config without its contents.
func (Config) LogValue() slog.Value { return slog.StringValue("btapi.Config{…}") }

// Format prints a Client, whatever the verb, without its contents.
func (*Client) Format(f fmt.State, _ rune) { io.WriteString(f, "btapi.Client{…}") }

// LogValue logs a Client without its contents.
func (*Client) LogValue() slog.Value { return slog.StringValue("btapi.Client{…}") }

// check returns an error that names every wrong setting.
func (cfg Config) check() error {
	var wrong []error
	for _, v := range []struct{ name, value string }{{"BT_API_URL", cfg.BaseURL}, {"BT_TOKEN_URL", cfg.TokenURL}} {
		if err := endpoint.CheckHTTP(v.value); err != nil {
			wrong = append(wrong, fmt.Errorf("%s %w", v.name, err))
		}
	}
	for _, v := range []struct{ name, value string }{
		{"BT_CLIENT_ID", cfg.ClientID}, {"BT_CLIENT_SECRET", cfg.ClientSecret}, {"BT_API_KEY", cfg.APIKey},
	} {
		if v.value == "" {
			wrong = append(wrong, fmt.Errorf("%s is empty; set it", v.name))
		} else if strings.ContainsFunc(v.value, func(r rune) bool { return r <= ' ' || r > '~' }) {
			wrong = append(wrong, fmt.Errorf("%s contains a space or a character that cannot be sent; set it again", v.name))
		}
	}
	if cfg.Timeout < 0 {
		wrong = append(wrong, errors.New("the time-out of a call is negative; set it to a positive duration"))
	}
	return errors.Join(wrong...)
}

// redactor replaces every form in which an answer could contain a secret, because a gateway
// may quote the request that it refuses.
func redactor(cfg Config) *strings.Replacer {
	basic := url.QueryEscape(cfg.ClientID) + ":" + url.QueryEscape(cfg.ClientSecret)
	var pairs []string
	for _, secret := range []string{
		base64.StdEncoding.EncodeToString([]byte(basic)),
		cfg.ClientSecret, url.QueryEscape(cfg.ClientSecret), cfg.APIKey,
	} {
		pairs = append(pairs, secret, "[secret]")
	}
	return strings.NewReplacer(pairs...)
}

// newTransport uses HTTP/1.1 only: a broken connection then makes the outcome of one call
// unknown; with HTTP/2, that of every call under way.
func newTransport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = endpoint.Silent(dialAbrupt)
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	t.ForceAttemptHTTP2 = false
	t.MaxIdleConnsPerHost = idleConnections
	t.IdleConnTimeout = idleTimeout
	return t
}

// dialAbrupt makes connections that drop unsent data when they are closed. Otherwise the
// operating system would send the rest of an order that was given up, for minutes, and the
// order could arrive after the look-ups.
func dialAbrupt(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, address)
	if tcp, ok := c.(*net.TCPConn); ok {
		if err := tcp.SetLinger(0); err != nil {
			tcp.Close()
			return nil, err
		}
	}
	return c, err
}

// unlimited is the Limiter that lets every call through.
type unlimited struct{}

func (unlimited) Wait(ctx context.Context, _ int) error { return ctx.Err() }
func (unlimited) Throttled(time.Duration)               {}
