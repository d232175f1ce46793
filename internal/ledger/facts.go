// Facts: answers of the API that processes share, such as the rules of a country.

package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Fact reads a fact about a subject. age is the time since the API was asked for it, by
// Redis' clock. ok is false if there is no such fact that can be read.
func (l *Ledger) Fact(ctx context.Context, subject, name string) (text string, age time.Duration, ok bool, err error) {
	pipe := l.rdb.Pipeline()
	stored := pipe.HGet(ctx, keyFacts(subject), name)
	clock := pipe.Time(ctx)
	_, _ = pipe.Exec(ctx)                    // each command has its error
	if err := stored.Err(); wrongType(err) { // it would prevent writing, too
		if err := l.rdb.Del(ctx, keyFacts(subject)).Err(); err != nil {
			return "", 0, false, fmt.Errorf("deleting the damaged facts of %s: %w", subject, err)
		}
	} else if err != nil && !errors.Is(err, redis.Nil) {
		return "", 0, false, fmt.Errorf("reading the fact %s from Redis: %w", name, err)
	}
	if err := clock.Err(); err != nil {
		return "", 0, false, fmt.Errorf("reading the time of Redis: %w", err)
	}
	since, text, _ := strings.Cut(stored.Val(), " ")
	asked, err := strconv.ParseInt(since, 10, 64)
	if err != nil {
		return "", 0, false, nil
	}
	return text, clock.Val().Sub(time.UnixMicro(asked)), true, nil
}

// StoreFact stores a fact about a subject; asked is when the API was asked for it, by Redis'
// clock. All facts of the subject expire when none was stored for lifetime. The error is
// ErrNoLongerLeader if the term in which the API was asked is over: another process may have stored a
// newer fact.
func (l *Ledger) StoreFact(
	ctx context.Context, by Term, subject, name, text string, asked time.Time, lifetime time.Duration,
) error {
	n, err := storeFactScript.Run(ctx, l.rdb, []string{keyFacts(subject), keyLease(by.name)},
		by.text, name, strconv.FormatInt(asked.UnixMicro(), 10)+" "+text, lifetime.Milliseconds()).Int()
	if err == nil && n == refused {
		err = ErrNoLongerLeader
	}
	if err != nil {
		return fmt.Errorf("writing the fact %s to Redis: %w", name, err)
	}
	return nil
}

// storeFactScript stores a fact.
//
//	KEYS  1 facts, 2 lease of the duty to ask for the fact
//	ARGV  1 term, 2 name, 3 "<when the API was asked> <text>", 4 lifetime (ms)
//	answer: 1 stored, -9 the term is over
var storeFactScript = redis.NewScript(FenceLua + `
if not leads(KEYS[2], ARGV[1]) then return -9 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`)

// DropFacts deletes the facts of a subject that are older than age, by Redis' clock.
func (l *Ledger) DropFacts(ctx context.Context, subject string, age time.Duration) error {
	now, err := l.Clock(ctx)
	if err != nil {
		return err
	}
	err = dropFactsScript.Run(ctx, l.rdb, []string{keyFacts(subject)}, now.Add(-age).UnixMicro()).Err()
	if err != nil {
		return fmt.Errorf("deleting facts from Redis: %w", err)
	}
	return nil
}

// dropFactsScript deletes the old facts of a subject, and those that cannot be read.
//
//	KEYS  1 facts
//	ARGV  1 facts that were asked for before this are deleted (Unix µs)
//	answer: number of facts that were deleted
var dropFactsScript = redis.NewScript(`
local known, dropped = redis.call('HGETALL', KEYS[1]), 0
for i = 1, #known, 2 do
  local asked = tonumber(known[i+1]:match('^%d+') or '')
  if not asked or asked < tonumber(ARGV[1]) then
    dropped = dropped + redis.call('HDEL', KEYS[1], known[i])
  end
end
return dropped`)
