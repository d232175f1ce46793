// What a Worker needs, and the defaults.

package jobs

import (
	"cmp"
	"context"
	"iter"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btapi"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
)

// Config is what a Worker needs. Fields without a default are required.
type Config struct {
	Redis   *redis.Client
	Ledger  *ledger.Ledger
	API     *btapi.Client
	Checker *precheck.Checker
	// Report writes a batch's report and returns its path. It may be called again
	// for the same batch.
	Report func(ctx context.Context, b rollout.Batch, sites iter.Seq2[rollout.Site, error]) (string, error)

	// Sustained tells how many API calls a second can be kept up, by which the worker
	// decides how often to poll.
	Sustained func(context.Context) (float64, error)

	// Concurrency is the number of sites that the worker handles concurrently at each stage.
	// Default: DefaultConcurrency.
	Concurrency int

	// Timeout is the time after which the client ends an API call; the same as btapi.Config
	// has. It also decides when an order whose answer was lost is looked up, how long an
	// address may still arrive after its push, and, unless StopWithin is set, how long tasks
	// may finish when the worker stops.
	Timeout time.Duration
	// Settle is the time after which the API's lists show what a call changed.
	Settle time.Duration
	// Window is the time after its intent within which the worker sends an order, or does not
	// send it at all; for an address, the time after its announcement. Default: 10 s.
	Window time.Duration
	// Skew is the largest difference between the clocks of the workers. It prolongs the wait
	// for orders and addresses that may still arrive. Default: MaxSkew.
	Skew time.Duration

	// RecoveryDelay is how long after the ledger began, or its Redis was restarted, a worker sends
	// no order, so that orders that were sent before become visible, and, without Settle, no
	// address. Default: Window, Timeout,
	// Skew and Settle together.
	RecoveryDelay time.Duration

	OrderDeadline time.Duration    // time after which the worker sends a site whose order is in progress to Review
	VoiceSiteWait time.Duration    // time for which the worker looks for the voicesite of a delivered order, before Review; default 10 min
	Retry         Retry            // default DefaultRetry
	Sweep         Sweep            // each part by default that of DefaultSweep
	SurveySlice   time.Duration    // time for which one task continues a survey of the account; default 1 min
	StopWithin    time.Duration    // time that a worker that stops gives tasks under way; default Timeout
	Now           func() time.Time // default time.Now
	Log           *slog.Logger     // default slog.Default()

	// Intervals of asynq. Longer ones save commands, and cost only time.
	TaskCheckInterval        time.Duration // between two reads of an empty queue; Stop may wait half as long again; default 250 ms
	DelayedTaskCheckInterval time.Duration // between two searches for delayed tasks that are due; default 1 s
}

// DefaultConcurrency is how many sites a worker handles concurrently at each stage:
// enough for 25 calls a second that take two seconds each.
const DefaultConcurrency = 50

// MaxSkew is the largest difference between the clocks of the workers' machines that the
// default of Config.Skew allows. A worker whose clock differs from Redis' by more than half
// of it does not start (internal/app/durable.go).
const MaxSkew = 5 * time.Second

// defaultWindow is Config.Window.
const defaultWindow = 10 * time.Second

// Defaults of the intervals of asynq. A site passes four queues, so they are short.
const (
	defaultTaskCheckInterval        = 250 * time.Millisecond
	defaultDelayedTaskCheckInterval = time.Second
)

// janitorInterval is the time between two searches of asynq for tasks that were retained after
// their completion. This program retains none.
const janitorInterval = time.Hour

// withDefaults returns the configuration with the defaults of fields that are not set.
func (c Config) withDefaults() Config {
	if c.Concurrency <= 0 {
		c.Concurrency = DefaultConcurrency
	}
	if c.Retry == (Retry{}) {
		c.Retry = DefaultRetry
	}
	c.Sweep.Every = cmp.Or(c.Sweep.Every, DefaultSweep.Every)
	c.Sweep.Overdue = cmp.Or(c.Sweep.Overdue, DefaultSweep.Overdue)
	c.Sweep.Silent = cmp.Or(c.Sweep.Silent, DefaultSweep.Silent)
	if c.Window <= 0 {
		c.Window = defaultWindow
	}
	if c.Skew <= 0 {
		c.Skew = MaxSkew
	}
	if c.RecoveryDelay <= 0 {
		c.RecoveryDelay = c.Window + c.Timeout + c.Skew + c.Settle
	}
	if c.VoiceSiteWait <= 0 {
		c.VoiceSiteWait = defaultVoiceSiteWait
	}
	if c.SurveySlice <= 0 {
		c.SurveySlice = defaultSurveySlice
	}
	if c.StopWithin <= 0 {
		c.StopWithin = c.Timeout
	}
	if c.TaskCheckInterval <= 0 {
		c.TaskCheckInterval = defaultTaskCheckInterval
	}
	if c.DelayedTaskCheckInterval <= 0 {
		c.DelayedTaskCheckInterval = defaultDelayedTaskCheckInterval
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

// arrivesBy is the time from which, by each worker's clock, an order or an address that was
// sent before a time has arrived, or never will.
func (c Config) arrivesBy(sendBefore time.Time) time.Time {
	return sendBefore.Add(c.Timeout + c.Skew)
}
