// This file connects to Redis and to the API, and builds the worker.

package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/term"

	"btrollout/internal/btapi"
	"btrollout/internal/config"
	"btrollout/internal/endpoint"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/redistrouble"
	"btrollout/internal/report"
	"btrollout/internal/rollout"
	"btrollout/internal/throttle"
)

// connectWithin bounds the time of the first connection to Redis.
const connectWithin = 5 * time.Second

// poolSize bounds the connections of a process to Redis, unless REDIS_URL has a pool_size. A
// worker needs that many, because each of its sites may wait for Redis' disk.
const poolSize = 2 * jobs.DefaultConcurrency

// UsageError is an error in flags, arguments or environment. Its exit code is config.ExitUsage.
type UsageError struct{ Text string }

func (e *UsageError) Error() string { return e.Text }

// SignalContext returns a context that ends at SIGINT, SIGTERM or SIGHUP. A second signal ends the
// process at once. At the first one the sentence of stopping is printed to stderr, unless stopping
// is nil: what happens now, and what a second signal loses. SIGPIPE is ignored, because orders may
// be under way when the reader of the output ends, as in "| head".
func SignalContext(stderr io.Writer, stopping func() string) (context.Context, context.CancelFunc) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancel(context.Background())
	first := make(chan os.Signal, 1)
	signal.Notify(first, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		defer cancel()
		select {
		case <-ctx.Done():
			signal.Stop(first)
		case <-first:
			signal.Stop(first)
			if stopping != nil {
				fmt.Fprintln(stderr, behindBar(stderr)+stopping())
			}
		}
	}()
	return ctx, cancel
}

// behindBar is what ends the line of a terminal, on which a progress bar or ^C may stand.
func behindBar(out io.Writer) string {
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return "\n"
	}
	return ""
}

// RedisOptions says how to connect to the Redis at address. Neither its error nor that
// of a connection holds any part of the address, which may hold a password.
func RedisOptions(address string) (*redis.Options, error) {
	if err := endpoint.CheckRedis(address); err != nil {
		return nil, &UsageError{"REDIS_URL " + err.Error()}
	}
	opts, err := redis.ParseURL(address)
	if err != nil {
		return nil, &UsageError{"REDIS_URL " + endpoint.ErrRedis.Error()}
	}
	opts.PoolSize = cmp.Or(opts.PoolSize, poolSize)
	opts.DialTimeout = cmp.Or(opts.DialTimeout, connectWithin)
	opts.Dialer = endpoint.Silent(redis.NewDialer(opts))
	return opts, nil
}

// OpenRedis connects to the Redis at address and makes sure that it answers.
func OpenRedis(ctx context.Context, address string) (*redis.Client, error) {
	opts, err := RedisOptions(address)
	if err != nil {
		return nil, err
	}
	return open(ctx, opts)
}

// OpenRedisForWorker is OpenRedis for a worker: it notices when the Redis was restarted, and takes
// no Redis whose clock is too far off. A worker with a Redis of its own in memory needs neither.
func OpenRedisForWorker(ctx context.Context, address string) (*redis.Client, error) {
	opts, err := RedisOptions(address)
	if err != nil {
		return nil, err
	}
	opts.OnConnect = ledger.RestartWatch{RunID: ledger.RunID, Now: time.Now, MaxOffset: mostClockOffset}.OnConnect
	return open(ctx, opts)
}

// open connects as opts says, and makes sure that the Redis answers.
func open(ctx context.Context, opts *redis.Options) (*redis.Client, error) {
	redis.SetLogger(quiet{}) // what fails comes back as an error, and is said once
	rdb := redis.NewClient(opts)
	answering, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	err := rdb.Ping(answering).Err()
	if err == nil {
		return rdb, nil
	}
	rdb.Close()
	return nil, notOpened(err, ctx.Err() != nil, opts.TLSConfig != nil)
}

// notOpened is the error of a Redis that did not answer the first command as it should, over TLS or
// not; stopped: the command was interrupted meanwhile.
func notOpened(err error, stopped, overTLS bool) error {
	var refusal redis.Error
	var clock *ledger.ClockError
	var handshake tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	trouble, found := redistrouble.In(err)
	switch {
	case errors.As(err, &clock):
		return errClock(clock.Ahead)
	case stopped:
		return errStopped
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return errRedisCloses(err, overTLS)
	case errors.As(err, &certificate):
		return errRedisCertificate(err)
	case errors.As(err, &handshake), overTLS && !found && errors.Is(err, context.DeadlineExceeded):
		return errRedisWithoutTLS(err)
	case found && trouble != redistrouble.Unreachable:
		return tellTrouble(trouble, err)
	case errors.As(err, &refusal):
		return errRedisRefuses(err)
	}
	return errRedisAway(err)
}

// quiet keeps go-redis from writing to stderr on its own.
type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// Access is a way to the API. It must be closed.
type Access struct {
	Client   *btapi.Client
	Checker  *precheck.Checker
	limits   []throttle.Rate // the rate, and then the quotas
	limiter  *throttle.Limiter
	settings config.API
	rdb      *redis.Client
}

// CheckAPI checks the settings of the API, but for the credentials, which a simulated API does not
// need. Its error is a UsageError that names every wrong one.
func CheckAPI(c config.API) error {
	_, err := parseLimits(c)
	if err = errors.Join(c.Check(), err); err != nil {
		return &UsageError{err.Error()}
	}
	return nil
}

// parseLimits parses the rate, and then the quotas.
func parseLimits(c config.API) ([]throttle.Rate, error) {
	rate, err := throttle.ParseRate(c.Rate)
	if err != nil {
		return nil, &UsageError{"BT_RATE: " + err.Error()}
	}
	quotas, err := throttle.ParseQuotas(c.Quota)
	if err != nil {
		return nil, &UsageError{"BT_QUOTA: " + err.Error()}
	}
	return append([]throttle.Rate{rate}, quotas...), nil
}

// NewAccess makes a way to the API that c describes, under its rate and quotas. These,
// and what the API says of the account and of countries, are shared with all processes
// on rdb.
func NewAccess(c config.API, rdb *redis.Client) (*Access, error) {
	limits, err := parseLimits(c)
	if err != nil {
		return nil, err
	}
	a := &Access{limits: limits, limiter: throttle.New(rdb, limits[0], limits[1:]...), settings: c, rdb: rdb}
	a.Client, err = btapi.New(btapi.Config{
		BaseURL: c.URL, TokenURL: c.TokenURL,
		ClientID: c.Secrets.ClientID, ClientSecret: c.Secrets.ClientSecret, APIKey: c.Secrets.APIKey,
		Timeout: c.Timeout, Limiter: a.limiter,
	})
	if err != nil {
		return nil, err
	}
	a.Checker = precheck.NewChecker(precheck.Config{
		API: a.Client, Ledger: ledger.New(rdb),
		Scope: precheck.Scope(c.URL, c.Secrets.ClientID, c.Secrets.ClientSecret, c.Secrets.APIKey),
	})
	return a, nil
}

// Close closes the connections to the API.
func (a *Access) Close() { a.Client.Close() }

// Disagreement says, in a sentence, that the process which called the API last kept to
// other limits; "" if it did not. A process counts for the quotas that it knows only.
func (a *Access) Disagreement(ctx context.Context) string {
	s, err := throttle.ReadStatus(ctx, a.rdb)
	if err != nil || s.Default.Calls == 0 {
		return "" // an error comes back with the next call to the API
	}
	theirs := []throttle.Rate{s.Default}
	for _, q := range s.Quotas {
		theirs = append(theirs, q.Quota)
	}
	if slices.Equal(theirs, a.limits) {
		return ""
	}
	return sayDisagreement(a.limits, theirs)
}

// MayOrder checks that the account works, and that it may order.
func MayOrder(ctx context.Context, checker *precheck.Checker) error {
	me, err := checker.Me(ctx)
	if err == nil && me.ReadOnly() {
		err = errReadOnly
	}
	return err
}

// Customer checks that the account may order, and returns the customer code to
// use: the one given, or the account's only one.
func Customer(ctx context.Context, checker *precheck.Checker, given string) (string, error) {
	if err := MayOrder(ctx, checker); err != nil {
		return "", err
	}
	codes, err := checker.Customers(ctx, given)
	if err != nil {
		return "", err
	}
	if slices.Contains(codes, given) {
		return given, nil
	}
	switch {
	case len(codes) == 0:
		return "", errNoCustomer
	case given != "":
		return "", errOtherCustomer(given, codes)
	case len(codes) > 1:
		return "", errSeveralCustomers(codes)
	}
	return codes[0], nil
}

// WorkerConfig is what the commands leave open about a worker.
type WorkerConfig struct {
	Access        *Access
	ReportDir     string
	Concurrency   int
	RecoveryDelay time.Duration // as in jobs.Config
	Log           *slog.Logger
}

// NewWorker builds a worker, the only one of its Access.
func NewWorker(c WorkerConfig) *jobs.Worker {
	a := c.Access
	l := ledger.New(a.rdb).As(WorkerActor())
	jobs.DelayRedisErrors(a.rdb, c.Log)
	return jobs.NewWorker(jobs.Config{
		Redis: a.rdb, Ledger: l, API: a.Client, Checker: a.Checker, Sustained: a.limiter.Sustained,
		Report: func(ctx context.Context, b rollout.Batch, sites iter.Seq2[rollout.Site, error]) (string, error) {
			log, err := l.AuditLog(ctx, b.ID)
			if err != nil {
				return "", err
			}
			files, err := report.Write(c.ReportDir, b, log, sites, time.Now())
			return files.XLSX, err
		},
		Concurrency: c.Concurrency, RecoveryDelay: c.RecoveryDelay,
		Timeout: a.settings.Timeout, Settle: a.settings.Settle, OrderDeadline: a.settings.Deadline,
		Log: c.Log,
	})
}
