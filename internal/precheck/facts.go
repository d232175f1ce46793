// The cache of facts: what the API says is asked for once, by one process for all. Facts
// are kept in Redis with the time at which they were asked for, and each process has copies
// that it uses for a short while.

package precheck

import (
	"context"
	crand "crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"btrollout/internal/btapi"
	"btrollout/internal/ledger"
)

const (
	// factLifetime is how long a fact is taken for true.
	factLifetime = time.Hour
	// copyLifetime is how long a process uses its copy of a fact in Redis: short, because
	// another process may have dropped the fact.
	copyLifetime = 30 * time.Second
	// minRefetchAge is how old a fact must be to be asked for again before factLifetime is over, so
	// that a file full of wrong rows asks once a minute, and not once a row.
	minRefetchAge = time.Minute

	// factLease is the lifetime of the lease under which a process asks: how long one that
	// died while asking keeps the others waiting.
	factLease = 15 * time.Second
	// factCheckEvery is how often, at least, a process that waits for another one's answer
	// reads it from Redis; at most twice as often.
	factCheckEvery = 200 * time.Millisecond
	// factTimeout is how long asking may take. A longer pause is not waited out here.
	factTimeout = 5 * time.Minute
)

// Scope names the account that these credentials open at this API: facts of two scopes
// never mix. The secret is part of it, so that wrong credentials find no facts. None of
// the four can be read from it.
func Scope(apiURL, clientID, clientSecret, apiKey string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{strings.TrimRight(apiURL, "/"), clientID, clientSecret, apiKey}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// factCache is the cache of one process. It is safe for concurrent use.
type factCache struct {
	ledger *ledger.Ledger // shared with other processes
	scope  string
	now    func() time.Time
	id     string // of this process, as the owner of duties

	flight singleflight.Group
	mu     sync.Mutex
	copies map[string]map[string]factCopy // by subject and name
}

func newFactCache(c Config) factCache {
	return factCache{ledger: c.Ledger, scope: c.Scope, now: c.Now, id: crand.Text(), copies: map[string]map[string]factCopy{}}
}

// The subjects of facts. Facts of one subject are dropped together.
func (f *factCache) accountSubject() string                 { return f.scope + ":account" }
func (f *factCache) customerSubject(customer string) string { return f.scope + ":customer:" + customer }
func (f *factCache) countrySubject(iso2 string) string      { return f.scope + ":country:" + iso2 }

// query is how the API is asked for a fact, and where the answer is kept.
type query[T any] struct {
	subject, name string
	fetch         func(context.Context) (T, error)
}

// factCopy is this process's copy of a fact.
type factCopy struct {
	value any
	asked time.Time // when the API was asked, by the clock of this process
	until time.Time // when the copy ends
}

// cached returns a fact that was asked for at since or later, and within factLifetime.
// Callers that want the same fact at the same moment share one call of the API, and its
// error. Errors are not kept.
func cached[T any](ctx context.Context, f *factCache, q query[T], since time.Time) (T, error) {
	var none T
	if oldest := f.now().Add(-factLifetime); since.Before(oldest) {
		since = oldest
	}
	for {
		if v, ok := f.recall(q.subject, q.name, since); ok {
			return v.(T), nil
		}
		// The call is for all callers that wait, so it goes on when the first one leaves.
		result := f.flight.DoChan(q.subject+"/"+q.name, func() (any, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), factTimeout)
			defer cancel()
			found, err := find(ctx, f, q, since)
			if err == nil {
				f.remember(q.subject, q.name, found)
			}
			return found, err
		})
		select {
		case <-ctx.Done():
			return none, ctx.Err()
		case r := <-result:
			if r.Err != nil {
				return none, r.Err
			}
			// The call may be that of a caller for whom an older fact is recent enough.
			if found := r.Val.(factCopy); !found.asked.Before(since) {
				return found.value.(T), nil
			}
		}
	}
}

// cachedIf is cached for facts that may be bad news: it asks for the fact again when
// accept is false for it, unless it was asked for at since or later.
func cachedIf[T any](ctx context.Context, f *factCache, q query[T], since time.Time, accept func(T) bool) (T, error) {
	v, err := cached(ctx, f, q, time.Time{})
	if err != nil || accept(v) {
		return v, err
	}
	return cached(ctx, f, q, since)
}

// dropOlder drops the facts about some subjects that are older than age.
func (f *factCache) dropOlder(ctx context.Context, age time.Duration, subjects ...string) error {
	var failed error
	for _, subject := range subjects {
		failed = errors.Join(failed, f.ledger.DropFacts(ctx, subject, age))
		oldest := f.now().Add(-age)
		f.mu.Lock()
		maps.DeleteFunc(f.copies[subject], func(_ string, c factCopy) bool { return c.asked.Before(oldest) })
		f.mu.Unlock()
	}
	return failed
}

// recall returns the value of this process's copy, if it was asked for at since or later
// and has not ended.
func (f *factCache) recall(subject, name string, since time.Time) (any, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.copies[subject][name]
	return c.value, ok && f.now().Before(c.until) && !c.asked.Before(since)
}

func (f *factCache) remember(subject, name string, c factCopy) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.copies[subject] == nil {
		f.copies[subject] = map[string]factCopy{}
	}
	f.copies[subject][name] = c
}

// find reads a fact from Redis or, if Redis has none of since or later, asks the API, or
// waits for the process that is asking it.
func find[T any](ctx context.Context, f *factCache, q query[T], since time.Time) (factCopy, error) {
	duty := f.ledger.Duty("fact:"+q.subject+"/"+q.name, f.id)
	for {
		c, ok, err := readFact(ctx, f, q, since)
		if ok || err != nil {
			return c, err
		}
		term, acquired, err := duty.Acquire(ctx, factLease)
		if err != nil {
			return c, notShared(err)
		}
		if acquired {
			err := term.ExtendWhile(ctx, factLease, func(ctx context.Context) (err error) {
				if c, ok, err = readFact(ctx, f, q, since); !ok && err == nil { // another process may have written it
					c, err = fetchFact(ctx, f, q, term)
				}
				return err
			})
			_ = term.Release(context.WithoutCancel(ctx)) // if it fails, the others wait until the lease expires
			if errors.Is(err, ledger.ErrNoLongerLeader) {
				continue // another process asks by now, or has asked
			}
			return c, err
		}
		select {
		case <-ctx.Done():
			return c, fmt.Errorf("waiting for another process to ask the API: %w", ctx.Err())
		case <-time.After(factCheckEvery/2 + rand.N(factCheckEvery/2)):
		}
	}
}

// readFact reads a fact of since or later from Redis. A fact that cannot be decoded was
// written by another version of the program, and counts as none.
func readFact[T any](ctx context.Context, f *factCache, q query[T], since time.Time) (factCopy, bool, error) {
	text, age, ok, err := f.ledger.Fact(ctx, q.subject, q.name)
	if err != nil {
		return factCopy{}, false, notShared(err)
	}
	now := f.now()
	asked := now.Add(-max(age, 0))
	if !ok || asked.Before(since) {
		return factCopy{}, false, nil
	}
	var v T
	if json.Unmarshal([]byte(text), &v) != nil {
		return factCopy{}, false, nil
	}
	return factCopy{v, asked, now.Add(copyLifetime)}, true, nil
}

// fetchFact asks the API for a fact, and writes it to Redis, in the term in which it asks. The error is
// ledger.ErrNoLongerLeader if the term is over.
func fetchFact[T any](ctx context.Context, f *factCache, q query[T], by ledger.Term) (factCopy, error) {
	began, err := f.ledger.Clock(ctx)
	if err != nil {
		return factCopy{}, notShared(err)
	}
	asked := f.now()
	v, err := btapi.WithRetries(ctx, q.fetch)
	if err != nil {
		return factCopy{}, err
	}
	text, err := json.Marshal(v)
	if err == nil {
		err = f.ledger.StoreFact(ctx, by, q.subject, q.name, string(text), began, factLifetime)
	}
	if err != nil {
		return factCopy{}, notShared(err)
	}
	return factCopy{v, asked, f.now().Add(copyLifetime)}, nil
}

// notShared is the error of a Redis that does not hand out or take facts.
func notShared(err error) error {
	return fmt.Errorf("what is known of the account and its countries cannot be shared (%w): see that Redis runs and can be reached", err)
}
