// The budget in Redis: its keys, the script, and how requests and answers are encoded.

package throttle

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// All keys carry the hash tag {btr}.

// keyBudget is a hash without an expiry. Times are in microseconds, by Redis' clock:
//
//	last           the last slot that was granted
//	notBefore      the end of the last pause
//	pauses         number of pauses so far
//	tried          the first slot after the last pause, 0: none yet
//	pause          the length of the last pause that budget.lua chose, without its random part
//	part, since    the part of the rate that was used, and when it began to grow
//	settings       BT_RATE and BT_QUOTA of the last process that called: pairs of calls and
//	               period
//	calls, period  the rate that a person set, if one did
func keyBudget() string { return "{btr}:budget" }

// keyQuota is a hash for each period that has a quota: sub-window of the period, counted
// since 1970, → number of slots that were granted in it. It expires two periods after the
// last slot was granted.
func keyQuota(per time.Duration) string { return "{btr}:budget:quota:" + per.String() }

// budgetSource documents KEYS, ARGV and answer of the script.
//
//go:embed budget.lua
var budgetSource string

var budgetScript = redis.NewScript(budgetSource)

// budget is the budget in Redis, with the rate and the quotas of this process.
type budget struct {
	rdb    *redis.Client
	rate   Rate
	quotas []Rate
}

// request is one request to the budget.
type request struct {
	slots   int           // number of slots that are requested; 0: only the status is
	lead    time.Duration // the least time from now to the first slot
	refusal *refusal      // to be recorded; nil: none
}

// answer is the status of the budget, and the slots that it grants. Points of time are Redis'
// clock, since 1970.
type answer struct {
	now      time.Duration
	pauses   int64         // number of pauses so far
	slots    int           // number of slots that are granted
	first    time.Duration // the first slot; if none is granted, when a call could be made
	apart    time.Duration // from one slot to the next
	again    time.Duration // when the budget can grant more slots
	waitsFor cause         // why first is not now

	rate   Rate          // in force, without the reduction by refusals
	byHand bool          // a person set the rate
	part   float64       // of the rate that is used at present; at most 1
	paused time.Duration // the end of the last pause
	used   []int         // number of calls that count against each quota
}

// cause is what makes a call wait.
type cause int

const (
	byRate cause = iota
	byPause
	byQuota
)

// fixedAnswers is how many numbers come before those of the quotas.
const fixedAnswers = 12

// send runs the script.
func (b budget) send(ctx context.Context, q request) (answer, error) {
	refused := int64(-1)
	if q.refusal != nil {
		refused = q.refusal.retryAfter.Microseconds()
	}
	keys := []string{keyBudget()}
	args := []any{q.slots, q.lead.Microseconds(), refused, rand.Float64(), b.rate.Calls, b.rate.Per.Microseconds()}
	for _, quota := range b.quotas {
		keys = append(keys, keyQuota(quota.Per))
		args = append(args, quota.Calls, quota.Per.Microseconds())
	}
	n, err := budgetScript.Run(ctx, b.rdb, keys, args...).Int64Slice()
	if err != nil {
		return answer{}, err
	}
	if len(n) != fixedAnswers+len(b.quotas) {
		return answer{}, fmt.Errorf("the budget answered with %d numbers", len(n))
	}
	a := answer{
		now: micros(n[0]), pauses: n[1], slots: int(n[2]), first: micros(n[3]), apart: micros(n[4]), again: micros(n[5]),
		waitsFor: cause(n[6]), rate: Rate{Calls: int(n[7]), Per: micros(n[8])}, byHand: n[9] == 1,
		part: float64(n[10]) / 1e6, paused: micros(n[11]),
	}
	for _, used := range n[fixedAnswers:] {
		a.used = append(a.used, int(used))
	}
	return a, nil
}

// sustained returns how many calls a second can be kept up, as an answer says.
func (b budget) sustained(a answer) float64 {
	least := a.rate.PerSecond() * a.part
	for _, q := range b.quotas {
		least = min(least, q.PerSecond())
	}
	return least
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// SetRate sets the rate of all processes, whatever their BT_RATE says, until ResetRate. They
// use it within answerLifetime.
func SetRate(ctx context.Context, rdb *redis.Client, r Rate) error {
	return rdb.HSet(ctx, keyBudget(), "calls", r.Calls, "period", r.Per.Microseconds()).Err()
}

// ResetRate ends SetRate: the rate is BT_RATE again.
func ResetRate(ctx context.Context, rdb *redis.Client) error {
	return rdb.HDel(ctx, keyBudget(), "calls", "period").Err()
}

// Status is the status of the shared budget.
type Status struct {
	Now     time.Time     // when it was read, by Redis' clock; zero: Redis was not asked for the time
	Rate    Rate          // in force; zero: none is known
	ByHand  bool          // a person set the rate; otherwise it is Default
	Default Rate          // BT_RATE of the last process that called; zero: none has called yet
	Part    float64       // of the rate that is used at present; below 1 after a refusal
	Pause   time.Duration // the remaining time of a pause; 0: there is none
	Full    time.Duration // until a quota that is used up allows the next call; 0: none is used up
	Quotas  []Usage       // of the quotas of the last process that called
}

// Usage is how much of a quota is used.
type Usage struct {
	Quota   Rate
	Used    int      // number of calls that count against the quota now
	Windows []Window // of these calls, the oldest first
}

// ReadStatus reads the status of the budget in rdb, and changes nothing.
func ReadStatus(ctx context.Context, rdb *redis.Client) (Status, error) {
	fields, err := rdb.HMGet(ctx, keyBudget(), "settings", "calls").Result()
	if err != nil {
		return Status{}, err
	}
	settings, _ := fields[0].(string)
	rates, err := readSettings(settings)
	if err != nil {
		return Status{}, err
	}
	if len(rates) == 0 {
		if fields[1] == nil {
			return Status{Part: 1}, nil
		}
		rates = []Rate{{}}
	}
	b := budget{rdb, rates[0], rates[1:]}
	if b.rate.Calls == 0 {
		b.rate = Rate{Calls: 1, Per: time.Second} // the rate that a person set is in force
	}
	a, err := b.send(ctx, request{})
	if err != nil {
		return Status{}, err
	}
	s := Status{
		Now: time.Unix(0, int64(a.now)), Rate: a.rate, ByHand: a.byHand, Default: rates[0], Part: a.part, Pause: max(0, a.paused-a.now),
	}
	if a.waitsFor == byQuota {
		s.Full = a.first - a.now
	}
	for i, q := range b.quotas {
		windows, err := b.readWindows(ctx, q, a.now)
		if err != nil {
			return Status{}, err
		}
		s.Quotas = append(s.Quotas, Usage{Quota: q, Used: a.used[i], Windows: windows})
	}
	return s, nil
}

// ErrDamaged says that the rate or the quotas in the budget cannot be read.
var ErrDamaged = errors.New("the budget in Redis is damaged")

// readSettings parses the field settings of keyBudget. Its error is ErrDamaged.
func readSettings(text string) ([]Rate, error) {
	var rates []Rate
	fields := strings.Fields(text)
	for i := 0; i+1 < len(fields); i += 2 {
		calls, err1 := strconv.Atoi(fields[i])
		period, err2 := strconv.ParseInt(fields[i+1], 10, 64)
		if err1 != nil || err2 != nil || calls <= 0 || period <= 0 {
			return nil, fmt.Errorf("%w: it holds the rates %q", ErrDamaged, text)
		}
		rates = append(rates, Rate{Calls: calls, Per: micros(period)})
	}
	return rates, nil
}
