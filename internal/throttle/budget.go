package throttle

// This file holds what is kept in Redis: the keys, the script, and how its questions
// and answers are written. When to ask is decided in dispatch.go.

import (
	"context"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// The keys carry the hash tag {btr}, as those of the ledger do, so that one script
// may touch all of them, on a cluster too.

// keyBudget is a hash: "last" (the last slot handed out), "notBefore" (the end of
// the last pause), "pauses" (how often there was one), "tried" (the first slot after
// it, 0 none yet), "pause" (the last that was chosen here, without its random part),
// "part" and "since" (which part of the rate was used, and when it began to grow),
// "settings" (BT_RATE and BT_QUOTA of the last process that called, as calls and
// period), "calls" and "period" (the rate that a person set, if one did). Times are
// in microseconds, by Redis' clock.
func keyBudget() string { return "{btr}:budget" }

// keyQuota is a hash with a lifetime for each period that has a quota: sub-window,
// counted since 1970, → slots handed out in it.
func keyQuota(per time.Duration) string { return "{btr}:budget:quota:" + per.String() }

// askSource documents KEYS, ARGV and answer of the script.
//
//go:embed ask.lua
var askSource string

var askScript = redis.NewScript(askSource)

// budget is the budget in Redis, and what this process has been told to keep to.
type budget struct {
	rdb    redis.UniversalClient
	rate   Rate
	quotas []Rate
}

// A request is what is asked of the budget.
type request struct {
	slots   int           // 0: only to know how it stands
	lead    time.Duration // from now to the first of them, at least
	refusal *refusal      // to be told, if any
}

// An answer is how the budget stands. Points of time are Redis' clock, since 1970.
type answer struct {
	now      time.Duration
	pauses   int64         // so far
	slots    int           // handed out
	first    time.Duration // of them; or else when a call could be made
	apart    time.Duration // from one slot to the next
	again    time.Duration // when it pays to ask for more
	waitsFor cause

	rate   Rate // in force, when nothing was refused
	byHand bool
	part   float64       // of the rate that is used at present
	paused time.Duration // until then
	used   []int         // of each quota
}

// A cause is what makes a call wait.
type cause int

const (
	byRate cause = iota
	byPause
	byQuota
)

// fixedAnswers is how many numbers come before those of the quotas.
const fixedAnswers = 12

func (b budget) ask(ctx context.Context, q request) (answer, error) {
	refused := int64(-1)
	if q.refusal != nil {
		refused = q.refusal.after.Microseconds()
	}
	keys := []string{keyBudget()}
	args := []any{q.slots, q.lead.Microseconds(), refused, rand.Float64(), b.rate.Calls, b.rate.Per.Microseconds()}
	for _, quota := range b.quotas {
		keys = append(keys, keyQuota(quota.Per))
		args = append(args, quota.Calls, quota.Per.Microseconds())
	}
	n, err := askScript.Run(ctx, b.rdb, keys, args...).Int64Slice()
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

// sustained is how many calls a second can be kept up.
func (b budget) sustained(a answer) float64 {
	least := a.rate.PerSecond() * a.part
	for _, q := range b.quotas {
		least = min(least, q.PerSecond())
	}
	return least
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// SetRate changes the rate of all processes, at once, whatever their BT_RATE says,
// until ResetRate.
func SetRate(ctx context.Context, rdb redis.UniversalClient, r Rate) error {
	return rdb.HSet(ctx, keyBudget(), "calls", r.Calls, "period", r.Per.Microseconds()).Err()
}

// ResetRate gives the rate back to BT_RATE.
func ResetRate(ctx context.Context, rdb redis.UniversalClient) error {
	return rdb.HDel(ctx, keyBudget(), "calls", "period").Err()
}

// Status is how the shared budget stands.
type Status struct {
	Rate    Rate          // in force; zero when none is known
	ByHand  bool          // somebody set it; otherwise it is BT_RATE of the last process that called
	Default Rate          // that BT_RATE; zero when no process has called yet
	Part    float64       // of the rate that is used at present; below 1 after a refusal
	Pause   time.Duration // that is left
	Full    time.Duration // until a quota that is used up lets the next call pass; 0: none is
	Quotas  []Usage       // of the last process that called
}

// Usage is how much of a quota is used.
type Usage struct {
	Quota Rate
	Used  int // calls that count against it now
}

// Look reads how the budget in Redis stands, and changes nothing.
func Look(ctx context.Context, rdb redis.UniversalClient) (Status, error) {
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
		b.rate = Rate{Calls: 1, Per: time.Second} // the one set by hand is in force
	}
	a, err := b.ask(ctx, request{})
	if err != nil {
		return Status{}, err
	}
	s := Status{Rate: a.rate, ByHand: a.byHand, Default: rates[0], Part: a.part, Pause: max(0, a.paused-a.now)}
	if a.waitsFor == byQuota {
		s.Full = a.first - a.now
	}
	for i, q := range b.quotas {
		s.Quotas = append(s.Quotas, Usage{Quota: q, Used: a.used[i]})
	}
	return s, nil
}

// readSettings reads pairs of calls and period.
func readSettings(text string) ([]Rate, error) {
	var rates []Rate
	fields := strings.Fields(text)
	for i := 0; i+1 < len(fields); i += 2 {
		calls, err := strconv.Atoi(fields[i])
		if err != nil {
			return nil, err
		}
		period, err := strconv.ParseInt(fields[i+1], 10, 64)
		if err != nil {
			return nil, err
		}
		rates = append(rates, Rate{Calls: calls, Per: micros(period)})
	}
	return rates, nil
}
