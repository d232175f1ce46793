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
// clock. All facts of the subject expire when none was stored for lifetime.
func (l *Ledger) StoreFact(ctx context.Context, subject, name, text string, asked time.Time, lifetime time.Duration) error {
	_, err := l.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, keyFacts(subject), name, strconv.FormatInt(asked.UnixMicro(), 10)+" "+text)
		p.PExpire(ctx, keyFacts(subject), lifetime)
		return nil
	})
	if err != nil {
		return fmt.Errorf("writing the fact %s to Redis: %w", name, err)
	}
	return nil
}

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
