// Facts: what the API hands out once is asked once, by one process for all of them.
// They stand in Redis with the time at which they were asked for; each process has
// copies that serve for a short while. What the facts are is in checker.go.
package precheck

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"time"

	"btrollout/internal/btapi"
)

const (
	// factLifetime is how long what the API said is taken for true.
	factLifetime = time.Hour
	// copyLifetime is how long a process takes its copy of a fact for what Redis
	// has: short, because another process may have it forgotten.
	copyLifetime = 30 * time.Second
	// doubtAge is how old a fact must be for a doubt to have it asked for anew, so that
	// a file full of wrong rows asks once a minute, and not once a row.
	doubtAge = time.Minute

	// factHold is how long a process that died while asking keeps the others waiting.
	factHold = 15 * time.Second
	// factLook is how often, at least, those who wait look for the answer; twice as
	// often at most.
	factLook = 200 * time.Millisecond
	// factWithin is how long asking may take: a worker does not sit out a long pause here.
	factWithin = 5 * time.Minute
)

// Scope names the account that these credentials open at this API: facts of two
// scopes never mix. The secret is part of it, so that wrong credentials find nothing
// to rely on. None of them can be read from it.
func Scope(apiURL, clientID, clientSecret, apiKey string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{strings.TrimRight(apiURL, "/"), clientID, clientSecret, apiKey}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// Doubt is for an answer of the API that does not agree with what is known of a
// country and of a customer's VPNs: it is asked for anew when it is next needed,
// unless that was done within the last minute. Other processes go by their copies
// for at most half a minute more.
func (c *Checker) Doubt(ctx context.Context, customer, iso2 string) error {
	var failed error
	for _, subject := range []string{c.ofCountry(iso2), c.ofCustomer(customer)} {
		if c.Ledger != nil {
			failed = errors.Join(failed, c.Ledger.ForgetFacts(ctx, subject, doubtAge))
		}
		old := c.Now().Add(-doubtAge)
		c.mu.Lock()
		maps.DeleteFunc(c.known[subject], func(_ string, f fact) bool { return f.asked.Before(old) })
		c.mu.Unlock()
	}
	return failed
}

// question is what makes a fact known.
type question[T any] struct {
	subject, name string // where the answer is kept
	get           func(context.Context) (T, error)
}

// The subjects of facts. Those of one subject are doubted together.
func (c *Checker) ofAccount() string                 { return c.Scope + ":account" }
func (c *Checker) ofCustomer(customer string) string { return c.Scope + ":customer:" + customer }
func (c *Checker) ofCountry(iso2 string) string      { return c.Scope + ":country:" + iso2 }

// fact is this process's copy of an answer.
type fact struct {
	value any
	asked time.Time // when the API was asked, by the clock of this process
	until time.Time // when the copy ends
}

// ask returns a fact that was asked for at since or later, and within factLifetime.
// Callers that want the same fact at the same moment share one question, and its
// error. Errors are not kept.
func ask[T any](ctx context.Context, c *Checker, q question[T], since time.Time) (T, error) {
	var none T
	if oldest := c.Now().Add(-factLifetime); since.Before(oldest) {
		since = oldest
	}
	for {
		if v, ok := c.recall(q.subject, q.name, since); ok {
			return v.(T), nil
		}
		// The question serves everybody who waits, so the first one's end must not end it.
		result := c.flight.DoChan(q.subject+"/"+q.name, func() (any, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), factWithin)
			defer cancel()
			f, err := find(ctx, c, q, since)
			if err == nil {
				c.remember(q.subject, q.name, f)
			}
			return f, err
		})
		select {
		case <-ctx.Done():
			return none, ctx.Err()
		case r := <-result:
			if r.Err != nil {
				return none, r.Err
			}
			// Somebody who is content with an older fact may have put the question.
			if f := r.Val.(fact); !f.asked.Before(since) {
				return f.value.(T), nil
			}
		}
	}
}

// askAgain is ask for what may be bad news: a fact that does not please is asked
// for anew, unless it was asked for at since or later.
func askAgain[T any](ctx context.Context, c *Checker, q question[T], since time.Time, pleases func(T) bool) (T, error) {
	v, err := ask(ctx, c, q, time.Time{})
	if err != nil || pleases(v) {
		return v, err
	}
	return ask(ctx, c, q, since)
}

// recall returns this process's copy of a fact, if it still serves.
func (c *Checker) recall(subject, name string, since time.Time) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.known[subject][name]
	return f.value, ok && c.Now().Before(f.until) && !f.asked.Before(since)
}

func (c *Checker) remember(subject, name string, f fact) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known[subject] == nil {
		c.known[subject] = map[string]fact{}
	}
	c.known[subject][name] = f
}

// find gets a fact from Redis or, if it has none that will do, from the API; or
// waits for the process that is just asking the API.
func find[T any](ctx context.Context, c *Checker, q question[T], since time.Time) (fact, error) {
	if c.Ledger == nil {
		asked := c.Now()
		v, err := btapi.WithRetries(ctx, q.get)
		return fact{v, asked, asked.Add(factLifetime)}, err
	}
	duty := "fact:" + q.subject + "/" + q.name
	for {
		f, ok, err := kept(ctx, c, q, since)
		if ok || err != nil {
			return f, err
		}
		mine, err := c.Ledger.Hold(ctx, duty, factHold)
		if err != nil {
			return f, unshared(err)
		}
		if mine {
			err := c.Ledger.WhileHolding(ctx, duty, factHold, func() (err error) {
				if f, ok, err = kept(ctx, c, q, since); !ok && err == nil { // it may just have come
					f, err = fetch(ctx, c, q)
				}
				return err
			})
			_ = c.Ledger.Release(context.WithoutCancel(ctx), duty) // if it fails, the others wait for the hold to end
			return f, err
		}
		select {
		case <-ctx.Done():
			return f, fmt.Errorf("waiting for another process to ask the API: %w", ctx.Err())
		case <-time.After(factLook/2 + rand.N(factLook/2)):
		}
	}
}

// kept reads a fact from Redis. What cannot be decoded was written by another
// version of the program, and will not do.
func kept[T any](ctx context.Context, c *Checker, q question[T], since time.Time) (fact, bool, error) {
	text, age, ok, err := c.Ledger.Fact(ctx, q.subject, q.name)
	if err != nil {
		return fact{}, false, unshared(err)
	}
	now := c.Now()
	asked := now.Add(-max(age, 0))
	if !ok || asked.Before(since) {
		return fact{}, false, nil
	}
	var v T
	if json.Unmarshal([]byte(text), &v) != nil {
		return fact{}, false, nil
	}
	return fact{v, asked, now.Add(copyLifetime)}, true, nil
}

// fetch asks the API, and keeps the answer in Redis.
func fetch[T any](ctx context.Context, c *Checker, q question[T]) (fact, error) {
	began, err := c.Ledger.Clock(ctx)
	if err != nil {
		return fact{}, unshared(err)
	}
	asked := c.Now()
	v, err := btapi.WithRetries(ctx, q.get)
	if err != nil {
		return fact{}, err
	}
	text, err := json.Marshal(v)
	if err == nil {
		err = c.Ledger.KeepFact(ctx, q.subject, q.name, string(text), began, factLifetime)
	}
	if err != nil {
		return fact{}, unshared(err)
	}
	return fact{v, asked, c.Now().Add(copyLifetime)}, nil
}

// unshared is the error of a Redis that does not hand out or take facts.
func unshared(err error) error {
	return fmt.Errorf("what is known of the account and its countries cannot be shared (%w): see that Redis runs and can be reached", err)
}
