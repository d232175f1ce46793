// Leases: each gives a piece of work to one process at a time, for a limited time, so that
// a process that died delays the others only until its lease expires.

package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Lease gives work, such as the sweep, to one process at a time. Redis does not record
// which process holds the lease: only its holder may call Extend, ExtendWhile and Release,
// unless the caller means to change the lease whoever holds it. A process whose lease
// expired while it worked may overlap with the next holder, so the work itself must be
// safe to do twice.
type Lease struct {
	rdb  *redis.Client
	name string
}

// Lease returns the lease of that name. It calls no Redis.
func (l *Ledger) Lease(name string) Lease { return Lease{rdb: l.rdb, name: name} }

// Acquire takes the lease for lifetime if no process holds it, and reports whether it did.
func (e Lease) Acquire(ctx context.Context, lifetime time.Duration) (bool, error) {
	acquired, _, err := e.AcquireOrRemaining(ctx, lifetime)
	return acquired, err
}

// AcquireOrRemaining is Acquire. If another process holds the lease, left is the time until it
// expires, unless it is extended, shortened or released meanwhile.
func (e Lease) AcquireOrRemaining(ctx context.Context, lifetime time.Duration) (acquired bool, left time.Duration, err error) {
	err = e.rdb.SetArgs(ctx, keyLease(e.name), "1", redis.SetArgs{Mode: "NX", TTL: lifetime}).Err()
	acquired = err == nil
	if errors.Is(err, redis.Nil) {
		acquired, left, err = e.readRemaining(ctx, lifetime)
	}
	if err != nil {
		return false, 0, fmt.Errorf("acquiring the lease %q: %w", e.name, err)
	}
	return acquired, left, nil
}

// readRemaining returns the remaining time of a lease that is held. If its key has no expiry, the
// record is damaged and no process holds the lease: then it is acquired.
func (e Lease) readRemaining(ctx context.Context, lifetime time.Duration) (acquired bool, left time.Duration, err error) {
	const noExpiry = -1 // the answer of PTTL
	left, err = e.rdb.PTTL(ctx, keyLease(e.name)).Result()
	if err != nil || left != noExpiry {
		return false, max(0, left), err
	}
	n, err := acquireScript.Run(ctx, e.rdb, []string{keyLease(e.name)}, max(1, lifetime.Milliseconds())).Int()
	return n == 1, 0, err
}

// IsHeld reports whether a process holds the lease.
func (e Lease) IsHeld(ctx context.Context) (bool, error) {
	n, err := e.rdb.Exists(ctx, keyLease(e.name)).Result()
	if err != nil {
		return false, fmt.Errorf("reading the lease %q: %w", e.name, err)
	}
	return n > 0, nil
}

// Extend sets the remaining time of the lease to lifetime, even if it is shorter than
// before. A lease that is free is then held.
func (e Lease) Extend(ctx context.Context, lifetime time.Duration) error {
	if err := e.rdb.Set(ctx, keyLease(e.name), "1", lifetime).Err(); err != nil {
		return fmt.Errorf("extending the lease %q: %w", e.name, err)
	}
	return nil
}

// ShortenTo caps the remaining time of the lease at most, whoever holds it. A lease that
// is free stays free.
func (e Lease) ShortenTo(ctx context.Context, most time.Duration) error {
	if err := shortenScript.Run(ctx, e.rdb, []string{keyLease(e.name)}, most.Milliseconds()).Err(); err != nil {
		return fmt.Errorf("shortening the lease %q: %w", e.name, err)
	}
	return nil
}

// Release frees the lease before it expires.
func (e Lease) Release(ctx context.Context) error {
	if err := e.rdb.Del(ctx, keyLease(e.name)).Err(); err != nil {
		return fmt.Errorf("releasing the lease %q: %w", e.name, err)
	}
	return nil
}

// ExtendWhile calls do, and extends the caller's lease to lifetime again and again until do
// returns; if the process dies, the lease expires within lifetime. It returns the error of
// do, and does not release the lease.
func (e Lease) ExtendWhile(ctx context.Context, lifetime time.Duration, do func() error) error {
	ctx, cancel := context.WithCancel(ctx)
	var extending sync.WaitGroup
	extending.Go(func() {
		tick := time.NewTicker(lifetime / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = e.Extend(ctx, lifetime) // if it fails, the work may be done twice
			}
		}
	})
	defer extending.Wait()
	defer cancel()
	return do()
}

// acquireScript acquires a lease that is free, or damaged: its key has no expiry.
//
//	KEYS  1 lease
//	ARGV  1 lifetime (ms)
//	answer: 1 acquired, 0 another process holds it
var acquireScript = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 1 and redis.call('PTTL', KEYS[1]) ~= -1 then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
return 1`)

// shortenScript caps the remaining time of a lease.
//
//	KEYS  1 lease
//	ARGV  1 the longest remaining time (ms)
//	answer: 1 shortened; 0 the lease expires before that, is free or has no expiry
var shortenScript = redis.NewScript(`
if redis.call('PTTL', KEYS[1]) <= tonumber(ARGV[1]) then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])`)
