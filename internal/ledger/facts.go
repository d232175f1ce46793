package ledger

// This file holds what is known of the API, such as the rules of a country, for
// everybody to read. To the ledger, a fact is a text with a name and a subject;
// what it means, for how long it is believed and who asks for it anew is the
// asker's business.

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Fact reads what is known of a subject under a name, and how long ago, by Redis'
// clock, it was asked for. It is not ok if nothing is known that can be read.
func (l *Ledger) Fact(ctx context.Context, subject, name string) (text string, age time.Duration, ok bool, err error) {
	pipe := l.rdb.Pipeline()
	kept := pipe.HGet(ctx, keyFacts(subject), name)
	clock := pipe.Time(ctx)
	_, _ = pipe.Exec(ctx) // each command has its error
	if err := kept.Err(); wrongType(err) {
		// It cannot be written either as long as it is there.
		if err := l.rdb.Del(ctx, keyFacts(subject)).Err(); err != nil {
			return "", 0, false, fmt.Errorf("dropping the damaged facts of %s: %w", subject, err)
		}
	} else if err != nil && !errors.Is(err, redis.Nil) {
		return "", 0, false, fmt.Errorf("reading the fact %s from Redis: %w", name, err)
	}
	if err := clock.Err(); err != nil {
		return "", 0, false, fmt.Errorf("asking Redis for the time: %w", err)
	}
	since, text, _ := strings.Cut(kept.Val(), " ")
	asked, err := strconv.ParseInt(since, 10, 64)
	if err != nil {
		return "", 0, false, nil
	}
	return text, clock.Val().Sub(time.UnixMicro(asked)), true, nil
}

// KeepFact keeps what became known of a subject; asked is when it was asked for, by
// Redis' clock. All facts of the subject are dropped when none was kept for lifetime.
func (l *Ledger) KeepFact(ctx context.Context, subject, name, text string, asked time.Time, lifetime time.Duration) error {
	_, err := l.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, keyFacts(subject), name, strconv.FormatInt(asked.UnixMicro(), 10)+" "+text)
		p.PExpire(ctx, keyFacts(subject), lifetime)
		return nil
	})
	if err != nil {
		return fmt.Errorf("keeping the fact %s in Redis: %w", name, err)
	}
	return nil
}

// ForgetFacts drops those facts of a subject that were asked for longer than age
// ago, by Redis' clock.
func (l *Ledger) ForgetFacts(ctx context.Context, subject string, age time.Duration) error {
	now, err := l.Clock(ctx)
	if err != nil {
		return err
	}
	err = forgetFactsScript.Run(ctx, l.rdb, []string{keyFacts(subject)}, now.Add(-age).UnixMicro()).Err()
	if err != nil {
		return fmt.Errorf("forgetting facts in Redis: %w", err)
	}
	return nil
}
