package ledger

// This file holds the last survey of an account. To the ledger, it is a set of fields
// with a text each; package jobs knows what they mean.

import (
	"context"
	"crypto/rand"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// surveyLifetime is how long a survey is kept. A batch whose sites wait longer
	// has the account surveyed again.
	surveyLifetime = time.Hour
	// fieldBegan is when the survey began, in Unix milliseconds. The fields of a
	// survey have names of at least two characters.
	fieldBegan = "@"
)

// Survey replaces the last survey of a customer's account. Readers see the new one as a
// whole or not at all, and not if the one before began later. Began is when its first page
// was asked for.
func (l *Ledger) Survey(ctx context.Context, customer string, began time.Time, fields iter.Seq2[string, string]) error {
	next := keySurveyNext(customer, rand.Text())
	values := []any{fieldBegan, began.UnixMilli()}
	flush := func() error {
		if len(values) == 0 {
			return nil
		}
		_, err := l.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			p.HSet(ctx, next, values...)
			p.PExpire(ctx, next, surveyLifetime)
			return nil
		})
		values = values[:0]
		return err
	}
	err := func() error {
		for name, value := range fields {
			if values = append(values, name, value); len(values) >= 2*chunk {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if err := flush(); err != nil {
			return err
		}
		return publishScript.Run(ctx, l.rdb, []string{next, keySurvey(customer)}, began.UnixMilli()).Err()
	}()
	if err != nil {
		return fmt.Errorf("keeping the survey of customer %s: %w", customer, err)
	}
	return nil
}

// Forget drops the last survey of a customer's account.
func (l *Ledger) Forget(ctx context.Context, customer string) error {
	if err := l.rdb.Del(ctx, keySurvey(customer)).Err(); err != nil {
		return fmt.Errorf("forgetting the survey of customer %s: %w", customer, err)
	}
	return nil
}

// Surveyed reads fields of the last survey of a customer's account, "" for those
// that it has not, and when it began. The zero time: there is none that can be read.
func (l *Ledger) Surveyed(ctx context.Context, customer string, names ...string) (began time.Time, values []string, err error) {
	// One command, so that all fields are of the same survey.
	got, err := l.rdb.HMGet(ctx, keySurvey(customer), append([]string{fieldBegan}, names...)...).Result()
	if wrongType(err) {
		return began, nil, nil
	}
	if err != nil {
		return began, nil, fmt.Errorf("reading the survey of customer %s: %w", customer, err)
	}
	text, _ := got[0].(string)
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil { // there is none, or it cannot be read
		return began, nil, nil
	}
	values = make([]string, len(names))
	for i := range names {
		text, there := got[i+1].(string)
		if there && text == "" { // no field was written so: the account is surveyed again
			return began, nil, nil
		}
		values[i] = text
	}
	return time.UnixMilli(ms).UTC(), values, nil
}
